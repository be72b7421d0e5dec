/* The resident's phone: which requests ask for own clips, whether they keep the rules, and a yes. */
#include "check.h"

static struct bytes request;
static int64_t now;

/* Follows the log: records of a kind, a length in four bytes, and so many bytes. */
static void follow(footage_ledger *ledger, const char *name)
{
    struct bytes log = read_file(name);
    size_t at = 0;
    while (at < log.length) {
        const uint8_t *record = log.at + at;
        size_t length = (size_t)record[1] << 24 | (size_t)record[2] << 16 | (size_t)record[3] << 8 | record[4];
        if (record[0] == 'e')
            OK(footage_ledger_entry(ledger, record + 5, length));
        else if (record[0] == 'c')
            OK(footage_ledger_advance(ledger, record + 5, length));
        else
            OK(footage_ledger_page(ledger, record + 5, length));
        at += 5 + length;
    }
    free(log.at);
}

static void check_text(struct bytes text, const char *part)
{
    text.at = realloc(text.at, text.length + 1);
    CHECK(text.at != NULL);
    text.at[text.length] = 0;
    if (strstr((const char *)text.at, part) == NULL)
        fprintf(stderr, "%s\ndoes not hold %s\n", (const char *)text.at, part);
    CHECK(strstr((const char *)text.at, part) != NULL);
    free(text.at);
}

/* What the app shows of the request. */
static void shows(const footage_ledger *ledger)
{
    footage_list *list = NULL;
    struct bytes text;
    struct bytes unknown = make(32);
    uint64_t size = 0;
    int64_t time = 0;
    OK(footage_ledger_size(ledger, &size));
    OK(footage_ledger_time(ledger, &time));
    CHECK(size > 0 && 0 < time && time <= now);
    OK(footage_ledger_requests(ledger, 0, &list));
    check_list(list, 1, 0, "\"case\":\"2026-0042\"");
    footage_list_free(list);
    OK(footage_ledger_requests(ledger, size, &list));
    check_list(list, 0, 0, NULL);
    footage_list_free(list);
    FETCH(text, footage_ledger_request(ledger, request.at, request.length, FETCHED));
    check_text(text, "\"usage\":{\"in_30_days\":1,\"for_the_case\":1},\"conduct\":{\"one_chain\":true,\"fresh\":true}");
    memset(unknown.at, 7, unknown.length);
    GIVES(FOOTAGE_NOT_FOUND, footage_ledger_request(ledger, unknown.at, unknown.length, NULL, 0, &text.length));
    GIVES(FOOTAGE_ARGUMENT, footage_ledger_request(ledger, unknown.at, 31, NULL, 0, &text.length));
    free(unknown.at);
    FETCH(text, footage_ledger_agency(ledger, "OH0500100", now, FETCHED));
    check_text(text, "\"Town Police\"");
    GIVES(FOOTAGE_NOT_FOUND, footage_ledger_agency(ledger, "OH0500300", now, NULL, 0, &text.length));
    OK(footage_ledger_custodians(ledger, now, &list));
    check_list(list, 3, 2, "\"id\":\"town\"");
    footage_list_free(list);
}

static void matches(const footage_ledger *ledger)
{
    struct bytes cameras = read_file("cameras.json"), clips = read_file("clips.json");
    footage_list *list = NULL;
    OK(footage_matching(ledger, 0, (const char *)cameras.at, (const char *)clips.at, &list));
    check_list(list, 1, 0, "\"span\"");
    footage_list_free(list);
    list = NULL;
    OK(footage_matching(ledger, 0, (const char *)cameras.at, "[]", &list));
    check_list(list, 0, 0, NULL);
    footage_list_free(list);
    list = NULL;
    GIVES(FOOTAGE_ARGUMENT, footage_matching(ledger, 0, "{}", (const char *)clips.at, &list));
    GIVES(FOOTAGE_NULL, footage_matching(ledger, 0, NULL, (const char *)clips.at, &list));
    CHECK(list == NULL);
    free(cameras.at);
    free(clips.at);
}

static void judges(const footage_ledger *ledger)
{
    struct bytes strict = read_file("strict.json");
    footage_list *list = NULL;
    OK(footage_policy_check(ledger, request.at, request.length, NULL, now));
    GIVES(FOOTAGE_REFUSED, footage_policy_check(ledger, request.at, request.length, (const char *)strict.at, now));
    OK(footage_last_refusal(&list));
    check_list(list, 2, 0, "{\"rule\":\"min-area\",\"found\":");
    check_list(list, 2, 1, "{\"rule\":\"budget\",\"found\":\"1\",\"allowed\":\"0\"}");
    footage_list_free(list);
    GIVES(FOOTAGE_ARGUMENT, footage_policy_check(ledger, NULL, 32, NULL, now));
    OK(footage_last_refusal(&list));
    check_list(list, 0, 0, NULL);
    footage_list_free(list);
    GIVES(FOOTAGE_ARGUMENT, footage_policy_check(ledger, request.at, request.length, "{}", now));
    free(strict.at);
}

/* Says yes, and leaves the excerpt and the consent in files. */
static void consents(const footage_ledger *ledger, const char *excerpt, const char *consent)
{
    FILE *from = fopen("clip", "rb"), *to = fopen(excerpt, "wb");
    struct bytes file = read_file("clip"), record, text;
    footage_stream *in = NULL, *out = NULL;
    footage_clip *clip = NULL;
    footage_list *list = NULL;
    footage_owner *owner = owner_from("owner");
    footage_status status;
    char message[256];
    size_t length = 0;
    CHECK(from != NULL && to != NULL);
    OK(footage_stream_new_input(file.length, &in));
    OK(footage_stream_new_output(&out));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_ORDER, footage_consent(ledger, clip, request.at, request.length, 2, 5, "town", 7, NULL, NULL, now,
                                         out, &list));
    SERVED(footage_clip_open(clip), in, from, NULL, NULL);
    GIVES(FOOTAGE_ORDER, footage_consent(ledger, clip, request.at, request.length, 2, 5, "town", 7, NULL, NULL, now,
                                         out, &list));
    OK(footage_clip_unlock(clip, owner));
    GIVES(FOOTAGE_ARGUMENT, footage_consent(ledger, clip, request.at, request.length, 2, 5, "town", 0, NULL, NULL, now,
                                            out, &list));
    GIVES(FOOTAGE_ARGUMENT, footage_consent(ledger, clip, request.at, request.length, 2, 5, "To wn", 7, NULL, NULL,
                                            now, out, &list));
    GIVES(FOOTAGE_ARGUMENT, footage_consent(ledger, clip, request.at, request.length, 2, 5, "town", 7, NULL, NULL, now,
                                            in, &list));
    GIVES(FOOTAGE_NULL, footage_consent(ledger, clip, request.at, request.length, 2, 5, "town", 7, NULL, NULL, now, out,
                                        NULL));
    while ((status = footage_consent(ledger, clip, request.at, request.length, 2, 5, "city", 30, NULL, NULL, now, out,
                                     &list)) == FOOTAGE_WANT)
        serve(in, from, NULL, NULL);
    GIVES(FOOTAGE_REFUSED, status);
    OK(footage_last_error_message(message, sizeof message, &length));
    CHECK(strlen(message) == length && strstr(message, "no such group") != NULL);
    GIVES(FOOTAGE_TOO_SMALL, footage_last_error_message(message, length, &length));
    OK(footage_last_refusal(&list));
    check_list(list, 2, 0, "\"rule\":\"end-date\"");
    check_list(list, 2, 1, "\"rule\":\"custodians\"");
    footage_list_free(list);
    list = NULL;
    SERVED(footage_consent(ledger, clip, request.at, request.length, 2, 5, "town", 7, NULL, "At the door.", now, out,
                           &list),
           in, from, out, to);
    check_list(list, 1, 0, NULL);
    FETCH(record, footage_list_get(list, 0, FETCHED));
    write_file(consent, record.at, record.length);
    FETCH(text, footage_consent_json(record.at, record.length, FETCHED));
    check_text(text, "\"from\":2,\"to\":5");
    FETCH(text, footage_consent_revocation(record.at, record.length, FETCHED));
    write_file("revocation", text.at, text.length);
    free(text.at);
    GIVES(FOOTAGE_MALFORMED, footage_consent_revocation(record.at, record.length - 1, NULL, 0, &length));
    GIVES(FOOTAGE_MALFORMED, footage_consent_json(NULL, 0, NULL, 0, &length));
    CHECK(fclose(from) == 0 && fclose(to) == 0);
    free(record.at);
    free(file.at);
    footage_list_free(list);
    footage_owner_free(owner);
    footage_clip_free(clip);
    footage_stream_free(in);
    footage_stream_free(out);
}

/* A statement that no role makes, and what others read of it. */
static void states(void)
{
    static const char disclosure[] = "{\"disclosure\":{\"agency\":\"OH0500100\",\"vendor\":\"Acme Cameras\","
                                     "\"incentive\":\"money\",\"cents\":100,\"text\":null}}";
    footage_signing_key *key = NULL;
    struct bytes statement, text;
    size_t length = 0;
    OK(footage_signing_key_generate(&key));
    FETCH(statement, footage_statement_sign(disclosure, key, FETCHED));
    GIVES(FOOTAGE_ARGUMENT, footage_statement_sign("{\"gossip\":{}}", key, NULL, 0, &length));
    FETCH(text, footage_statement_json(statement.at, statement.length, FETCHED));
    check_text(text, "{\"disclosure\":{\"agency\":\"OH0500100\"");
    FETCH(text, footage_statement_id(statement.at, statement.length, FETCHED));
    CHECK(text.length == 32);
    free(text.at);
    statement.at[statement.length - 1] ^= 1;
    GIVES(FOOTAGE_SIGNATURE, footage_statement_json(statement.at, statement.length, NULL, 0, &length));
    footage_signing_key_free(key);
    free(statement.at);
}

int main(void)
{
    struct bytes trust = read_file("trust.json"), time = read_file("now");
    footage_ledger *phone = NULL, *full = NULL;
    footage_list *list = NULL;
    request = read_file("request");
    now = (int64_t)strtoll((const char *)time.at, NULL, 10);

    states();
    GIVES(FOOTAGE_ARGUMENT, footage_ledger_new_phone("{}", &phone));
    OK(footage_ledger_new_phone((const char *)trust.at, &phone));
    GIVES(FOOTAGE_ARGUMENT, footage_ledger_entry(phone, NULL, 0));
    GIVES(FOOTAGE_ARGUMENT, footage_ledger_advance(phone, NULL, 0));
    follow(phone, "pages");
    shows(phone);
    matches(phone);
    judges(phone);
    consents(phone, "excerpt", "consent");
    GIVES(FOOTAGE_ARGUMENT, footage_ledger_disclosures(phone, NULL, &list));
    footage_ledger_free(phone);

    OK(footage_ledger_new((const char *)trust.at, &full));
    GIVES(FOOTAGE_MALFORMED, footage_ledger_page(full, NULL, 0));
    follow(full, "log");
    shows(full);
    matches(full);
    judges(full);
    consents(full, "excerpt-of-full", "consent-of-full");
    OK(footage_ledger_disclosures(full, NULL, &list));
    check_list(list, 1, 0, "\"incentive\":\"equipment\"");
    footage_list_free(list);
    OK(footage_ledger_disclosures(full, "OH0500200", &list));
    check_list(list, 0, 0, NULL);
    footage_list_free(list);
    footage_ledger_free(full);

    free(request.at);
    free(trust.at);
    free(time.at);
    return 0;
}
