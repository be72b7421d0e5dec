/* A resident shares a part of a sealed clip with an agency: from the request to the receipt.
 *
 *     share CLIP OWNER FROM TO OPENED
 *
 * CLIP is a sealed clip, OWNER the private key of one of its owners (32 bytes), FROM and TO are seconds of the clip, and OPENED
 * is where the agency's copy goes. Everybody is in this one program: the log and its witnesses, a registrar, an agency, three
 * custodians, and the resident. In the world each of them runs its own, and they meet in the log. It leaves `excerpt`, and
 * the states in `*.state`, in the working directory. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <footage.h>

#define MINUTE INT64_C(60000)
#define DAY (24 * 60 * MINUTE)
#define CUSTODIANS 3
#define AGENCY "OH0500100"
#define TOOL "{\"name\":\"share\",\"version\":\"1.0\"}"
#define DELETION "{\"method\":\"cryptographic-erase\",\"tool\":" TOOL ",\"backups\":false,\"obtained\":true}"

static const char *const NAMES[CUSTODIANS] = {"alpha", "beta", "gamma"};

struct bytes {
    uint8_t *at;
    size_t length;
};

/* The clock of everybody: time is an argument. */
static int64_t now;
static footage_memory_log *town_log;
static footage_ledger *ledger;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "share: %s: %s\n", what, why);
    exit(1);
}

static void check(footage_status status, const char *what)
{
    char message[1024] = "";
    size_t length = 0;
    if (status == FOOTAGE_OK)
        return;
    footage_last_error_message(message, sizeof message, &length);
    fail(what, message);
}

#define MUST(call) check((call), #call)

/* A buffer for any one statement. */
static struct bytes room(void)
{
    struct bytes bytes = {malloc(FOOTAGE_STATEMENT_BYTES), FOOTAGE_STATEMENT_BYTES};
    if (bytes.at == NULL)
        fail("memory", "none");
    return bytes;
}

/* The three arguments of a result's buffer: its capacity becomes its length. */
#define INTO(bytes) (bytes).at, (bytes).length, &(bytes).length

static FILE *open_file(const char *name, const char *mode)
{
    FILE *file = fopen(name, mode);
    if (file == NULL)
        fail(name, strerror(errno));
    return file;
}

static void close_file(FILE *file, const char *name)
{
    if (fclose(file) != 0)
        fail(name, strerror(errno));
}

/* Stores a state in the place of the one before. An app does so durably, where no backup reaches. */
#define STORE(name, save) \
    do { \
        size_t length_ = 0; \
        uint8_t *state_; \
        FILE *file_ = open_file((name), "wb"); \
        MUST(save(NULL, 0, &length_)); \
        state_ = malloc(length_); \
        if (state_ == NULL) \
            fail("memory", "none"); \
        MUST(save(state_, length_, &length_)); \
        if (fwrite(state_, 1, length_, file_) != length_) \
            fail((name), strerror(errno)); \
        close_file(file_, (name)); \
        memset(state_, 0, length_); \
        free(state_); \
    } while (0)

static footage_agency *agency;
static footage_custodian *custodians[CUSTODIANS];

static footage_status save_agency(uint8_t *state, size_t capacity, size_t *length)
{
    return footage_agency_save(agency, state, capacity, length);
}

static int saving;

static footage_status save_custodian(uint8_t *state, size_t capacity, size_t *length)
{
    return footage_custodian_save(custodians[saving], state, capacity, length);
}

/* Makes a call of the agency's until it is done. */
#define AGENCY_DOES(call) \
    do { \
        footage_status status_; \
        while ((status_ = (call)) == FOOTAGE_UNSAVED) \
            STORE("agency.state", save_agency); \
        check(status_, #call); \
    } while (0)

/* The same of a custodian's. */
#define CUSTODIAN_DOES(which, call) \
    do { \
        footage_status status_; \
        saving = (which); \
        while ((status_ = (call)) == FOOTAGE_UNSAVED) { \
            char name_[32]; \
            snprintf(name_, sizeof name_, "%s.state", NAMES[saving]); \
            STORE(name_, save_custodian); \
        } \
        check(status_, #call); \
    } while (0)

/* Serves an input and an output, either of which may be NULL. */
static void serve(footage_stream *in, FILE *from, footage_stream *out, FILE *to)
{
    static uint8_t bytes[1 << 16];
    uint64_t offset = 0;
    size_t length = 0;
    if (in != NULL) {
        MUST(footage_stream_wanted(in, &offset, &length));
        if (length > 0) {
            length = length > sizeof bytes ? sizeof bytes : length;
            if (fseek(from, (long)offset, SEEK_SET) != 0)
                fail("seek", strerror(errno));
            length = fread(bytes, 1, length, from);
            if (ferror(from))
                fail("read", strerror(errno));
            MUST(footage_stream_feed(in, bytes, length));
        }
    }
    if (out == NULL)
        return;
    for (;;) {
        MUST(footage_stream_take(out, bytes, sizeof bytes, &length));
        if (length == 0)
            return;
        if (fwrite(bytes, 1, length, to) != length)
            fail("write", strerror(errno));
    }
}

#define SERVED(call, in, from, out, to) \
    do { \
        footage_status status_; \
        while ((status_ = (call)) == FOOTAGE_WANT) \
            serve((in), (from), (out), (to)); \
        check(status_, #call); \
    } while (0)

static footage_signing_key *new_key(void)
{
    footage_signing_key *key = NULL;
    MUST(footage_signing_key_generate(&key));
    return key;
}

/* Writes the public half of a key in hexadecimal, 64 characters and a NUL. */
static const char *hex(const footage_signing_key *key, char text[65])
{
    uint8_t public[32];
    size_t length, at;
    MUST(footage_signing_key_public(key, public, sizeof public, &length));
    for (at = 0; at < sizeof public; at++)
        snprintf(text + 2 * at, 3, "%02x", public[at]);
    return text;
}

static void append(struct bytes statement)
{
    uint64_t index;
    MUST(footage_memory_log_append(town_log, statement.at, statement.length, &index));
}

static void append_all(footage_list *list)
{
    size_t count, at;
    MUST(footage_list_count(list, &count));
    for (at = 0; at < count; at++) {
        struct bytes statement = room();
        MUST(footage_list_get(list, at, INTO(statement)));
        append(statement);
        free(statement.at);
    }
    footage_list_free(list);
}

/* A second passes, the witnesses cosign what was logged, and everybody follows. */
static void witness(void)
{
    uint8_t checkpoint[FOOTAGE_CHECKPOINT_BYTES];
    footage_list *entries = NULL;
    uint64_t from, to;
    size_t length, at;
    now += 1000;
    MUST(footage_memory_log_checkpoint(town_log, now, checkpoint, sizeof checkpoint, &length));
    MUST(footage_ledger_size(ledger, &from));
    MUST(footage_memory_log_size(town_log, &to));
    MUST(footage_memory_log_entries(town_log, from, to, &entries));
    for (at = 0; at < to - from; at++) {
        struct bytes entry = room();
        MUST(footage_list_get(entries, at, INTO(entry)));
        MUST(footage_ledger_entry(ledger, entry.at, entry.length));
        free(entry.at);
    }
    footage_list_free(entries);
    MUST(footage_ledger_advance(ledger, checkpoint, length));
}

static void publish(struct bytes statement)
{
    append(statement);
    witness();
}

/* A log with four witnesses, of which three must have seen what is believed, and one registrar. */
static void found(const footage_signing_key *registrar)
{
    footage_signing_key *log_key = new_key();
    char trust[2048], text[65];
    int length, at;
    MUST(footage_memory_log_new("log.example/footage", log_key, &town_log));
    length = snprintf(trust, sizeof trust, "{\"log\":{\"origin\":\"log.example/footage\",\"key\":\"%s\",\"witnesses\":[",
                      hex(log_key, text));
    for (at = 0; at < 4; at++) {
        footage_signing_key *key = new_key();
        char name[32];
        snprintf(name, sizeof name, "witness%d.example", at);
        MUST(footage_memory_log_witness(town_log, name, key));
        length += snprintf(trust + length, sizeof trust - (size_t)length, "%s{\"name\":\"%s\",\"key\":\"%s\"}",
                           at > 0 ? "," : "", name, hex(key, text));
        footage_signing_key_free(key);
    }
    snprintf(trust + length, sizeof trust - (size_t)length,
             "],\"quorum\":3,\"faulty\":1},\"registrars\":[\"%s\"],\"registrar_quorum\":1}", hex(registrar, text));
    MUST(footage_ledger_new(trust, &ledger));
    footage_signing_key_free(log_key);
}

static void approve(const footage_signing_key *registrar, const char *json)
{
    struct bytes approval = room();
    MUST(footage_registrar_approve(registrar, json, INTO(approval)));
    append(approval);
    free(approval.at);
}

/* The registrar approves the agency and the custodians, who start and publish keys for the days to come. */
static void begin(const footage_signing_key *registrar, const footage_signing_key *agency_key)
{
    footage_list *list = NULL;
    char json[2048], text[65], validity[80];
    int at;
    snprintf(validity, sizeof validity, "{\"from\":%" PRId64 ",\"to\":%" PRId64 "}", now - MINUTE,
             now - MINUTE + 7 * DAY);
    snprintf(json, sizeof json,
             "{\"agency-approval\":{\"agency\":\"" AGENCY "\",\"name\":\"Town Police\",\"jurisdiction\":{\"type\":\"Polygon\","
             "\"coordinates\":[[[-80.8,40.95],[-80.5,40.95],[-80.5,41.25],[-80.8,41.25],[-80.8,40.95]]]},\"key\":\"%s\","
             "\"incentives\":[],\"validity\":%s}}",
             hex(agency_key, text), validity);
    approve(registrar, json);
    for (at = 0; at < CUSTODIANS; at++) {
        footage_signing_key *key = new_key();
        struct bytes start = room();
        snprintf(json, sizeof json,
                 "{\"custodian-approval\":{\"custodian\":\"%s\",\"operator\":\"A trusted operator\",\"group\":{\"id\":"
                 "\"town\",\"threshold\":2,\"size\":3},\"key\":\"%s\",\"affiliations\":[],\"validity\":%s}}",
                 NAMES[at], hex(key, text), validity);
        approve(registrar, json);
        MUST(footage_custodian_new(NAMES[at], key, FOOTAGE_KEM_XWING, TOOL, NULL, 0, &custodians[at]));
        MUST(footage_custodian_start(custodians[at], INTO(start)));
        append(start);
        free(start.at);
        footage_signing_key_free(key);
    }
    witness();
    for (at = 0; at < CUSTODIANS; at++) {
        CUSTODIAN_DOES(at, footage_custodian_serve(custodians[at], ledger, now, &list));
        append_all(list);
        CUSTODIAN_DOES(at, footage_custodian_publish_keys(custodians[at], ledger, 45, &list));
        append_all(list);
    }
    witness();
    MUST(footage_agency_new(AGENCY, agency_key, FOOTAGE_KEM_XWING, NULL, 0, NULL, &agency));
}

/* The agency asks for half an hour around the clip's beginning. */
static struct bytes ask(int64_t started)
{
    struct bytes request = room();
    char json[1024];
    snprintf(json, sizeof json,
             "{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[-80.653,41.0977],[-80.647,41.0977],[-80.647,41.1023],"
             "[-80.653,41.1023],[-80.653,41.0977]]]},\"window\":{\"from\":%" PRId64 ",\"to\":%" PRId64 "},\"offence\":"
             "\"220\",\"case\":\"2026-0042\",\"basis\":\"voluntary\",\"retention\":14,\"open_until\":%" PRId64 "}",
             started - MINUTE, started + 30 * MINUTE, now + 3 * DAY);
    AGENCY_DOES(footage_agency_request(agency, json, ledger, INTO(request)));
    publish(request);
    return request;
}

/* Opens the clip and unlocks it with its owner's key, and says when it started. */
static int64_t unlock(footage_clip *clip, footage_stream *in, FILE *from, const char *owner_name)
{
    FILE *file = open_file(owner_name, "rb");
    footage_owner *owner = NULL;
    uint8_t secret[FOOTAGE_SECRET_BYTES];
    char info[4096] = "";
    const char *started;
    size_t length = fread(secret, 1, sizeof secret, file);
    close_file(file, owner_name);
    SERVED(footage_clip_open(clip), in, from, NULL, NULL);
    MUST(footage_owner_restore(FOOTAGE_KEM_XWING, secret, length, &owner));
    memset(secret, 0, sizeof secret);
    MUST(footage_clip_unlock(clip, owner));
    footage_owner_free(owner);
    MUST(footage_clip_info(clip, (uint8_t *)info, sizeof info - 1, &length));
    started = strstr(info, "\"started\":");
    if (started == NULL)
        fail("clip", "no time");
    return strtoll(started + strlen("\"started\":"), NULL, 10);
}

/* The resident has looked at the request, and says yes to a part of the clip, for seven days. */
static void consent(footage_clip *clip, footage_stream *in, FILE *from, struct bytes request, int64_t begin, int64_t end)
{
    footage_stream *out = NULL;
    footage_list *consents = NULL;
    struct bytes id = room();
    uint32_t first, last;
    FILE *to = open_file("excerpt", "wb");
    MUST(footage_statement_id(request.at, request.length, INTO(id)));
    MUST(footage_stream_new_output(&out));
    MUST(footage_policy_check(ledger, id.at, id.length, NULL, now));
    SERVED(footage_clip_select(clip, begin, end, &first, &last), in, from, NULL, NULL);
    SERVED(footage_consent(ledger, clip, id.at, id.length, first, last, "town", 7, NULL, "At the door.", now, out,
                           &consents),
           in, from, out, to);
    printf("granted segments %" PRIu32 " to %" PRIu32 "\n", first, last - 1);
    /* Here an app stores the consent for every owner: it holds the revocation. */
    footage_list_free(consents);
    footage_stream_free(out);
    close_file(to, "excerpt");
    free(id.at);
}

/* The agency says in public that it opens the grant; two custodians give notice, and then their answers. */
static void release(const footage_excerpt *excerpt, struct bytes answers[2])
{
    footage_list *deliveries = NULL;
    struct bytes statement = room(), id = room(), notices[2];
    size_t at;
    AGENCY_DOES(footage_agency_take_in(agency, excerpt));
    AGENCY_DOES(footage_agency_release(agency, excerpt, INTO(statement)));
    publish(statement);
    MUST(footage_statement_id(statement.at, statement.length, INTO(id)));
    MUST(footage_agency_deliveries(agency, excerpt, id.at, id.length, &deliveries));
    for (at = 0; at < 2; at++) {
        struct bytes delivery = room();
        notices[at] = room();
        MUST(footage_list_get(deliveries, 2 * at + 1, INTO(delivery)));
        MUST(footage_custodian_notice(custodians[at], delivery.at, delivery.length, NULL, ledger, now, INTO(notices[at])));
        append(notices[at]);
        free(delivery.at);
    }
    witness();
    for (at = 0; at < 2; at++) {
        answers[at] = room();
        id.length = FOOTAGE_STATEMENT_BYTES;
        MUST(footage_statement_id(notices[at].at, notices[at].length, INTO(id)));
        MUST(footage_custodian_answer(custodians[at], id.at, id.length, NULL, ledger, now, INTO(answers[at])));
        free(notices[at].at);
    }
    footage_list_free(deliveries);
    free(statement.at);
    free(id.at);
}

/* The agency opens the excerpt, and writes what it holds to a file that players know. */
static void open_excerpt(const footage_excerpt *excerpt, footage_stream *in, FILE *from, const struct bytes answers[2],
                         const char *name)
{
    const uint8_t *const given[2] = {answers[0].at, answers[1].at};
    const size_t lengths[2] = {answers[0].length, answers[1].length};
    footage_opened *opened = NULL;
    footage_stream *out = NULL;
    footage_segment segment;
    footage_status status;
    struct bytes verdict = room();
    uint32_t index;
    FILE *to = open_file(name, "wb");
    AGENCY_DOES(footage_agency_open(agency, excerpt, given, lengths, 2, ledger, now, &opened));
    MUST(footage_opened_verdict(opened, INTO(verdict)));
    printf("verdict: %.*s\n", (int)verdict.length, (const char *)verdict.at);
    MUST(footage_stream_new_output(&out));
    while ((status = footage_opened_next(opened, &index, &segment, out)) != FOOTAGE_END) {
        if (status == FOOTAGE_WANT)
            serve(in, from, out, to);
        else
            check(status, "footage_opened_next");
    }
    footage_opened_free(opened);
    footage_stream_free(out);
    close_file(to, name);
    free(verdict.at);
}

/* The agency deletes before the end date; then it comes, and the custodians destroy their keys. */
static void end(const footage_excerpt *excerpt, struct bytes request)
{
    footage_list *list = NULL;
    struct bytes receipt = room();
    int at;
    AGENCY_DOES(footage_agency_delete(agency, excerpt, DELETION, ledger, INTO(receipt)));
    append(receipt);
    receipt.length = FOOTAGE_STATEMENT_BYTES;
    AGENCY_DOES(footage_agency_close_request(agency, request.at, request.length, DELETION, ledger, INTO(receipt)));
    publish(receipt);
    free(receipt.at);
    now += 8 * DAY;
    witness();
    for (at = 0; at < CUSTODIANS; at++) {
        CUSTODIAN_DOES(at, footage_custodian_destroy_ended(custodians[at], ledger, now, &list));
        append_all(list);
    }
    witness();
    printf("deleted, and the keys are destroyed: the receipts are in the log\n");
}

int main(int count, char **arguments)
{
    footage_signing_key *registrar, *agency_key;
    footage_stream *in = NULL, *in_excerpt = NULL;
    footage_clip *clip = NULL;
    footage_excerpt *excerpt = NULL;
    struct bytes request, answers[2];
    FILE *from, *from_excerpt;
    int64_t started;
    long length = 0;
    int at;
    if (count != 6) {
        fprintf(stderr, "usage: share CLIP OWNER FROM TO OPENED\n");
        return 2;
    }
    from = open_file(arguments[1], "rb");
    if (fseek(from, 0, SEEK_END) != 0 || (length = ftell(from)) < 0)
        fail(arguments[1], strerror(errno));
    MUST(footage_stream_new_input((uint64_t)length, &in));
    MUST(footage_clip_new(in, &clip));
    started = unlock(clip, in, from, arguments[2]);
    now = started + 60 * MINUTE;

    registrar = new_key();
    agency_key = new_key();
    found(registrar);
    begin(registrar, agency_key);
    request = ask(started);
    consent(clip, in, from, request, started + (int64_t)(atof(arguments[3]) * 1000),
            started + (int64_t)(atof(arguments[4]) * 1000));

    from_excerpt = open_file("excerpt", "rb");
    MUST(footage_stream_new_input(FOOTAGE_UNKNOWN_LENGTH, &in_excerpt));
    MUST(footage_excerpt_new(in_excerpt, &excerpt));
    SERVED(footage_excerpt_open(excerpt), in_excerpt, from_excerpt, NULL, NULL);
    release(excerpt, answers);
    open_excerpt(excerpt, in_excerpt, from_excerpt, answers, arguments[5]);
    end(excerpt, request);

    footage_excerpt_free(excerpt);
    footage_clip_free(clip);
    footage_stream_free(in);
    footage_stream_free(in_excerpt);
    close_file(from, arguments[1]);
    close_file(from_excerpt, "excerpt");
    footage_agency_free(agency);
    for (at = 0; at < CUSTODIANS; at++)
        footage_custodian_free(custodians[at]);
    footage_signing_key_free(registrar);
    footage_signing_key_free(agency_key);
    footage_ledger_free(ledger);
    footage_memory_log_free(town_log);
    free(request.at);
    free(answers[0].at);
    free(answers[1].at);
    return 0;
}
