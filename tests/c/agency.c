/* The agency alone, in three runs: it asks, takes an excerpt in and releases it, and opens it. What happens in between is
 * others' work: the log, the resident's yes and the custodians' answers come in files. */
#include "check.h"

#define AGENCY "OH0500100"

static footage_ledger *ledger;
static footage_agency *agency;
static int64_t now;

/* Follows the log: records of a kind, a length in four bytes, and so many bytes. */
static void follow(void)
{
    struct bytes trust = read_file("trust.json"), log = read_file("log"), clock = read_file("now");
    size_t at = 0;
    now = strtoll((const char *)clock.at, NULL, 10);
    OK(footage_ledger_new((const char *)trust.at, &ledger));
    while (at < log.length) {
        const uint8_t *record = log.at + at;
        size_t length = (size_t)record[1] << 24 | (size_t)record[2] << 16 | (size_t)record[3] << 8 | record[4];
        if (record[0] == 'e')
            OK(footage_ledger_entry(ledger, record + 5, length));
        else
            OK(footage_ledger_advance(ledger, record + 5, length));
        at += 5 + length;
    }
    free(trust.at);
    free(log.at);
    free(clock.at);
}

/* The agency as its last run left it. */
static void begin(int goes_on)
{
    struct bytes secret = read_file("agency.key"), state = {NULL, 0};
    footage_signing_key *key = NULL;
    follow();
    if (goes_on)
        state = read_file("state");
    OK(footage_signing_key_restore(secret.at, secret.length, &key));
    OK(footage_agency_new(AGENCY, key, FOOTAGE_KEM_XWING, state.at, state.length, goes_on ? ledger : NULL, &agency));
    footage_signing_key_free(key);
    free(secret.at);
    free(state.at);
}

static void save(void)
{
    struct bytes state;
    FETCH(state, footage_agency_save(agency, FETCHED));
    write_file("state", state.at, state.length);
    free(state.at);
}

/* Makes a call until the state is stored that it asks for. */
#define SAVED(call) \
    do { \
        footage_status status_; \
        while ((status_ = (call)) == FOOTAGE_UNSAVED) \
            save(); \
        GIVES(FOOTAGE_OK, status_); \
    } while (0)

static void asks(void)
{
    struct bytes ask = read_file("ask.json"), request = make(FOOTAGE_STATEMENT_BYTES);
    SAVED(footage_agency_request(agency, (const char *)ask.at, ledger, request.at, request.length, &request.length));
    write_file("request", request.at, request.length);
    free(ask.at);
    free(request.at);
}

static footage_excerpt *excerpt_of(footage_stream *in, FILE *from)
{
    footage_excerpt *excerpt = NULL;
    OK(footage_excerpt_new(in, &excerpt));
    SERVED(footage_excerpt_open(excerpt), in, from, NULL, NULL);
    return excerpt;
}

static void releases(footage_excerpt *excerpt)
{
    struct bytes release = make(FOOTAGE_STATEMENT_BYTES), id, delivery;
    footage_list *deliveries = NULL;
    SAVED(footage_agency_take_in(agency, excerpt));
    SAVED(footage_agency_release(agency, excerpt, release.at, release.length, &release.length));
    write_file("release", release.at, release.length);
    FETCH(id, footage_statement_id(release.at, release.length, FETCHED));
    OK(footage_agency_deliveries(agency, excerpt, id.at, id.length, &deliveries));
    FETCH(delivery, footage_list_get(deliveries, 1, FETCHED));
    write_file("delivery-to-alpha", delivery.at, delivery.length);
    free(delivery.at);
    FETCH(delivery, footage_list_get(deliveries, 3, FETCHED));
    write_file("delivery-to-beta", delivery.at, delivery.length);
    free(delivery.at);
    footage_list_free(deliveries);
    free(release.at);
    free(id.at);
}

static void opens(footage_excerpt *excerpt, footage_stream *in, FILE *from)
{
    struct bytes answers[2], words;
    const uint8_t *given[2];
    size_t lengths[2];
    uint32_t index = 0;
    footage_opened *opened = NULL;
    footage_stream *out = NULL;
    footage_segment segment;
    footage_status status;
    FILE *to = fopen("opened", "wb");
    CHECK(to != NULL);
    answers[0] = read_file("answer-of-alpha");
    answers[1] = read_file("answer-of-beta");
    given[0] = answers[0].at, lengths[0] = answers[0].length;
    given[1] = answers[1].at, lengths[1] = answers[1].length;
    SAVED(footage_agency_open(agency, excerpt, given, lengths, 2, ledger, now, &opened));
    FETCH(words, footage_opened_words(opened, FETCHED));
    write_file("words", words.at, words.length);
    OK(footage_stream_new_output(&out));
    do {
        while ((status = footage_opened_next(opened, &index, &segment, out)) == FOOTAGE_WANT)
            serve(in, from, out, to);
    } while (status == FOOTAGE_OK);
    GIVES(FOOTAGE_END, status);
    CHECK(fclose(to) == 0);
    footage_opened_free(opened);
    footage_stream_free(out);
    free(answers[0].at);
    free(answers[1].at);
    free(words.at);
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    if (strcmp(arguments[1], "asks") == 0) {
        begin(0);
        asks();
    } else {
        struct bytes file = read_file("excerpt");
        FILE *from = fopen("excerpt", "rb");
        footage_stream *in = NULL;
        footage_excerpt *excerpt;
        CHECK(from != NULL);
        begin(1);
        OK(footage_stream_new_input(file.length, &in));
        excerpt = excerpt_of(in, from);
        if (strcmp(arguments[1], "releases") == 0)
            releases(excerpt);
        else
            opens(excerpt, in, from);
        CHECK(fclose(from) == 0);
        footage_excerpt_free(excerpt);
        footage_stream_free(in);
        free(file.at);
    }
    footage_agency_free(agency);
    footage_ledger_free(ledger);
    return 0;
}
