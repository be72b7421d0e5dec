/* The whole story: a camera seals the sample video, a resident grants a part of it, an agency opens that and deletes it,
 * custodians destroy their keys. Each state goes to bytes and comes back. */
#include "town.h"

#define STARTED (NOON - 70 * MINUTE)
#define AGENCY "OH0500100"
#define TOOL "{\"name\":\"shredder\",\"version\":\"1.0\"}"
#define DELETION "{\"method\":\"cryptographic-erase\",\"tool\":" TOOL ",\"backups\":false,\"obtained\":true}"

static struct town town;
static footage_agency *agency;
static footage_custodian *custodians[CUSTODIANS];
/* What the app has stored. */
static struct bytes agency_state, custodian_states[CUSTODIANS];

static void replace(struct bytes *stored, struct bytes state)
{
    free(stored->at);
    *stored = state;
}

static void save_agency(void)
{
    struct bytes state;
    FETCH(state, footage_agency_save(agency, FETCHED));
    replace(&agency_state, state);
}

static void save_custodian(int at)
{
    struct bytes state;
    FETCH(state, footage_custodian_save(custodians[at], FETCHED));
    replace(&custodian_states[at], state);
}

static struct bytes id_of(struct bytes statement)
{
    struct bytes id;
    FETCH(id, footage_statement_id(statement.at, statement.length, FETCHED));
    CHECK(id.length == 32);
    return id;
}

/* Whether bytes hold a text. */
static int holds(struct bytes bytes, const char *text)
{
    size_t length = strlen(text), at;
    for (at = 0; at + length <= bytes.length; at++)
        if (memcmp(bytes.at + at, text, length) == 0)
            return 1;
    return 0;
}

static void expect(struct bytes bytes, const char *text)
{
    if (!holds(bytes, text))
        fprintf(stderr, "%.*s\ndoes not hold %s\n", (int)bytes.length, (const char *)bytes.at, text);
    CHECK(holds(bytes, text));
    free(bytes.at);
}

static void new_custodian(int at)
{
    OK(footage_custodian_new(CUSTODIAN[at], town.custodians[at], FOOTAGE_KEM_XWING, TOOL, custodian_states[at].at,
                             custodian_states[at].length, &custodians[at]));
}

static void start(int at)
{
    struct bytes statement;
    FETCH(statement, footage_custodian_start(custodians[at], FETCHED));
    append(&town, statement);
}

static void custodians_begin(void)
{
    footage_list *list = NULL;
    struct bytes buffer = make(FOOTAGE_STATEMENT_BYTES);
    size_t length;
    int at;
    for (at = 0; at < CUSTODIANS; at++) {
        new_custodian(at);
        GIVES(FOOTAGE_ORDER, footage_custodian_serve(custodians[at], town.ledger, town.now, &list));
        GIVES(FOOTAGE_ORDER, footage_custodian_publish_keys(custodians[at], town.ledger, 45, &list));
        start(at);
    }
    GIVES(FOOTAGE_ORDER, footage_custodian_serve(custodians[0], town.ledger, town.now, &list));
    CHECK(list == NULL);
    witness(&town);
    for (at = 0; at < CUSTODIANS; at++) {
        OK(footage_custodian_serve(custodians[at], town.ledger, town.now, &list));
        CHECK(append_all(&town, list) == 0);
        list = NULL;
        GIVES(FOOTAGE_ORDER, footage_custodian_serve(custodians[at], town.ledger, town.now, &list));

        GIVES(FOOTAGE_NULL, footage_custodian_publish_keys(custodians[at], town.ledger, 45, NULL));
        GIVES(FOOTAGE_UNSAVED, footage_custodian_publish_keys(custodians[at], town.ledger, 45, &list));
        GIVES(FOOTAGE_UNSAVED, footage_custodian_publish_keys(custodians[at], town.ledger, 45, &list));
        /* Asking for the length is not saving, and nothing else goes on. */
        OK(footage_custodian_save(custodians[at], NULL, 0, &length));
        GIVES(FOOTAGE_TOO_SMALL, footage_custodian_save(custodians[at], buffer.at, length - 1, &length));
        GIVES(FOOTAGE_UNSAVED, footage_custodian_publish_keys(custodians[at], town.ledger, 45, &list));
        GIVES(FOOTAGE_ORDER, footage_custodian_publish_keys(custodians[at], town.ledger, 44, &list));
        GIVES(FOOTAGE_ORDER, footage_custodian_destroy_ended(custodians[at], town.ledger, town.now, &list));
        CHECK(list == NULL);
        save_custodian(at);
        OK(footage_custodian_publish_keys(custodians[at], town.ledger, 45, &list));
        CHECK(append_all(&town, list) == 46);
    }
    witness(&town);
    free(buffer.at);
}

static footage_camera *new_camera(void)
{
    footage_signing_key *key = new_key();
    footage_camera *camera = NULL;
    struct bytes certificate;
    uint8_t device[32] = {1};
    char json[512];
    snprintf(json, sizeof json,
             "{\"camera\":\"07070707070707070707070707070707\",\"maker\":\"acme\",\"model\":\"Doorbell 3\",\"key\":\"%s\","
             "\"issued\":%" PRId64 "}",
             hex_of(key).text, NOON - 100 * DAY);
    FETCH(certificate, footage_certificate_sign(json, town.maker, FETCHED));
    OK(footage_camera_new(certificate.at, certificate.length, key, device, sizeof device, FOOTAGE_SUITE_AES_256_GCM,
                          NULL, 0, &camera));
    free(certificate.at);
    footage_signing_key_free(key);
    return camera;
}

/* Seals the video as it would arrive. */
static void record(footage_owner *owner)
{
    footage_camera *camera = new_camera();
    footage_recording *recording = NULL;
    footage_cutter *cutter = NULL;
    footage_stream *in = NULL;
    footage_segment segment;
    footage_status status;
    FILE *from = fopen("sample.mp4", "rb"), *to = fopen("clip", "wb");
    struct bytes public, state = {NULL, 0}, buffer = make(FOOTAGE_SEGMENT_OVERHEAD), content;
    size_t length;
    CHECK(from != NULL && to != NULL);
    FETCH(public, footage_owner_public(owner, FETCHED));
    store(camera, &state);
    OK(footage_recording_new(camera, (const uint8_t *const *)&public.at, &public.length, 1, STARTED,
                             FOOTAGE_SIGN_EVERY_SEGMENT, buffer.at, buffer.length, &length, &recording));
    CHECK(fwrite(buffer.at, 1, length, to) == length);
    OK(footage_stream_new_input(FOOTAGE_UNKNOWN_LENGTH, &in));
    OK(footage_cutter_new(in, &cutter));
    for (;;) {
        while ((status = footage_cutter_next(cutter, &segment)) == FOOTAGE_WANT)
            serve(in, from, NULL, NULL);
        if (status == FOOTAGE_END)
            break;
        GIVES(FOOTAGE_OK, status);
        FETCH(content, footage_cutter_content(cutter, FETCHED));
        free(buffer.at);
        buffer = make(content.length + FOOTAGE_SEGMENT_OVERHEAD);
        if (segment.kind == FOOTAGE_SEGMENT_INIT)
            OK(footage_recording_init(recording, content.at, content.length, buffer.at, buffer.length, &length));
        else
            OK(footage_recording_media(recording, segment.start, segment.duration, content.at, content.length, buffer.at,
                                       buffer.length, &length));
        CHECK(fwrite(buffer.at, 1, length, to) == length);
        free(content.at);
    }
    GIVES(FOOTAGE_UNSAVED, footage_recording_finish(recording, buffer.at, buffer.length, &length));
    store(camera, &state);
    OK(footage_recording_finish(recording, buffer.at, buffer.length, &length));
    CHECK(fwrite(buffer.at, 1, length, to) == length && fclose(to) == 0 && fclose(from) == 0);
    footage_cutter_free(cutter);
    footage_stream_free(in);
    footage_recording_free(recording);
    footage_camera_free(camera);
    free(buffer.at);
    free(public.at);
    free(state.at);
}

/* The agency asks for the hour before the last quarter of an hour. */
static struct bytes request(void)
{
    char ask[1024];
    struct bytes statement, buffer = make(FOOTAGE_STATEMENT_BYTES);
    size_t length = 0;
    snprintf(ask, sizeof ask,
             "{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[-80.653,41.0977],[-80.647,41.0977],[-80.647,41.1023],"
             "[-80.653,41.1023],[-80.653,41.0977]]]},\"window\":{\"from\":%" PRId64 ",\"to\":%" PRId64 "},\"offence\":"
             "\"220\",\"case\":\"2026-0042\",\"basis\":\"voluntary\",\"retention\":14,\"open_until\":%" PRId64 "}",
             NOON - 75 * MINUTE, NOON - 15 * MINUTE, town.now + 3 * DAY);
    OK(footage_agency_new(AGENCY, town.agency, FOOTAGE_KEM_XWING, NULL, 0, NULL, &agency));
    OK(footage_agency_request(agency, ask, town.ledger, NULL, 0, &length));
    CHECK(length == FOOTAGE_STATEMENT_BYTES);
    GIVES(FOOTAGE_TOO_SMALL, footage_agency_request(agency, ask, town.ledger, buffer.at, length - 1, &length));
    GIVES(FOOTAGE_NULL, footage_agency_request(agency, ask, town.ledger, buffer.at, buffer.length, NULL));
    GIVES(FOOTAGE_ARGUMENT, footage_agency_request(agency, "{}", town.ledger, buffer.at, buffer.length, &length));
    /* Nothing has been done so far: there is nothing to be saved. */
    save_agency();
    CHECK(agency_state.length == 3);
    GIVES(FOOTAGE_UNSAVED, footage_agency_request(agency, ask, town.ledger, buffer.at, buffer.length, &length));
    ask[strlen(ask) - 1] = ' ';
    strcat(ask, "}");
    GIVES(FOOTAGE_ORDER, footage_agency_request(agency, ask, town.ledger, buffer.at, buffer.length, &length));
    strcpy(ask + strlen(ask) - 2, "}");
    FETCH_SAVED(statement, save_agency(), footage_agency_request(agency, ask, town.ledger, FETCHED));
    CHECK(agency_state.length > 32);
    free(buffer.at);
    buffer = make(statement.length);
    memcpy(buffer.at, statement.at, statement.length);
    append(&town, statement);
    witness(&town);
    return buffer;
}

/* The resident says yes to two media segments, and says where they begin. */
static uint32_t consent(footage_owner *owner, struct bytes request, struct bytes *revocation)
{
    FILE *from = fopen("clip", "rb"), *to = fopen("excerpt", "wb"), *expected = fopen("expected", "wb");
    footage_stream *in = NULL, *out = NULL;
    footage_clip *clip = NULL;
    footage_list *consents = NULL;
    footage_segment segment;
    struct bytes consent, id = id_of(request);
    uint32_t first, end;
    CHECK(from != NULL && to != NULL && expected != NULL && fseek(from, 0, SEEK_END) == 0);
    OK(footage_stream_new_input((uint64_t)ftell(from), &in));
    OK(footage_stream_new_output(&out));
    OK(footage_clip_new(in, &clip));
    SERVED(footage_clip_open(clip), in, from, NULL, NULL);
    OK(footage_clip_unlock(clip, owner));
    SERVED(footage_clip_select(clip, STARTED, STARTED + MINUTE, &first, &end), in, from, NULL, NULL);
    CHECK(first + 3 <= end);
    SERVED(footage_consent(town.ledger, clip, id.at, id.length, first + 1, first + 3, "town", 7, NULL, "At the door.",
                           town.now, out, &consents),
           in, from, out, to);
    FETCH(consent, footage_list_get(consents, 0, FETCHED));
    FETCH(*revocation, footage_consent_revocation(consent.at, consent.length, FETCHED));
    SERVED(footage_clip_segment_info(clip, first + 1, &segment), in, from, NULL, NULL);
    SERVED(footage_clip_segment(clip, segment.init, out), in, from, out, expected);
    SERVED(footage_clip_segment(clip, first + 1, out), in, from, out, expected);
    SERVED(footage_clip_segment(clip, first + 2, out), in, from, out, expected);
    CHECK(fclose(from) == 0 && fclose(to) == 0 && fclose(expected) == 0);
    footage_list_free(consents);
    footage_clip_free(clip);
    footage_stream_free(in);
    footage_stream_free(out);
    free(consent.at);
    free(id.at);
    return first + 1;
}

/* The custodians answer a release: notice, and then the answer. */
static struct bytes answer(int at, footage_list *deliveries)
{
    struct bytes name, delivery, notice, id, answer;
    size_t length;
    FETCH(name, footage_list_get(deliveries, 2 * (size_t)at, FETCHED));
    expect(name, CUSTODIAN[at]);
    FETCH(delivery, footage_list_get(deliveries, 2 * (size_t)at + 1, FETCHED));
    GIVES(FOOTAGE_MALFORMED, footage_custodian_notice(custodians[at], delivery.at, delivery.length - 1, NULL, town.ledger,
                                                      town.now, NULL, 0, &length));
    FETCH(notice, footage_custodian_notice(custodians[at], delivery.at, delivery.length, NULL, town.ledger, town.now,
                                           FETCHED));
    id = id_of(notice);
    append(&town, notice);
    answer = make(FOOTAGE_STATEMENT_BYTES);
    GIVES(FOOTAGE_NOT_FOUND, footage_custodian_answer(custodians[at], id.at, id.length, NULL, town.ledger, town.now,
                                                      answer.at, answer.length, &length));
    witness(&town);
    GIVES(FOOTAGE_LOG, footage_custodian_answer(custodians[at], id.at, id.length, NULL, town.ledger, town.now + 2 * DAY,
                                                answer.at, answer.length, &length));
    OK(footage_custodian_answer(custodians[at], id.at, id.length, NULL, town.ledger, town.now, answer.at, answer.length,
                                &answer.length));
    notice = make(FOOTAGE_STATEMENT_BYTES);
    GIVES(FOOTAGE_NOT_FOUND, footage_custodian_answer(custodians[at], id.at, id.length, NULL, town.ledger, town.now,
                                                      notice.at, notice.length, &length));
    free(notice.at);
    free(delivery.at);
    free(id.at);
    return answer;
}

/* Opens the excerpt's file. */
static footage_excerpt *excerpt_of(footage_stream *in, FILE *from)
{
    footage_excerpt *excerpt = NULL;
    struct bytes terms, id, same;
    size_t length;
    uint8_t is_post_quantum = 2;
    OK(footage_excerpt_new(in, &excerpt));
    GIVES(FOOTAGE_ORDER, footage_excerpt_terms_id(excerpt, NULL, 0, &length));
    GIVES(FOOTAGE_ORDER, footage_agency_take_in(agency, excerpt));
    SERVED(footage_excerpt_open(excerpt), in, from, NULL, NULL);
    GIVES(FOOTAGE_ORDER, footage_excerpt_open(excerpt));
    FETCH(id, footage_excerpt_terms_id(excerpt, FETCHED));
    CHECK(id.length == 32);
    FETCH(terms, footage_excerpt_terms(excerpt, FETCHED));
    FETCH(same, footage_excerpt_terms_json(excerpt, FETCHED));
    expect(same, "\"agency\":\"" AGENCY "\"");
    OK(footage_excerpt_is_post_quantum(excerpt, &is_post_quantum));
    CHECK(is_post_quantum == 1);
    free(terms.at);
    free(id.at);
    return excerpt;
}

static void opens(footage_excerpt *excerpt, footage_stream *in, FILE *from, uint32_t first)
{
    footage_list *deliveries = NULL;
    footage_opened *opened = NULL, *again = NULL;
    footage_stream *out = NULL;
    footage_segment segment;
    footage_status status;
    struct bytes release, id, answers[2], text;
    const uint8_t *given[3];
    size_t lengths[3], count, length;
    uint32_t index = 0, segments = 0;
    FILE *to = fopen("opened", "wb");
    CHECK(to != NULL);
    GIVES(FOOTAGE_NOT_FOUND, footage_agency_open(agency, excerpt, NULL, NULL, 0, town.ledger, town.now, &opened));
    SAVED(footage_agency_take_in(agency, excerpt), save_agency());
    /* It has it already. */
    OK(footage_agency_take_in(agency, excerpt));
    FETCH_SAVED(release, save_agency(), footage_agency_release(agency, excerpt, FETCHED));
    id = id_of(release);
    append(&town, release);
    witness(&town);
    OK(footage_agency_deliveries(agency, excerpt, id.at, id.length, &deliveries));
    OK(footage_list_count(deliveries, &count));
    CHECK(count == 2 * CUSTODIANS);
    answers[0] = answer(0, deliveries);
    answers[1] = answer(2, deliveries);
    /* The agency's program starts anew in between. */
    footage_agency_free(agency);
    OK(footage_agency_new(AGENCY, town.agency, FOOTAGE_KEM_XWING, agency_state.at, agency_state.length, town.ledger,
                          &agency));
    given[0] = answers[0].at, lengths[0] = answers[0].length;
    given[1] = id.at, lengths[1] = id.length;
    given[2] = answers[1].at, lengths[2] = answers[1].length;
    GIVES(FOOTAGE_ORDER, footage_agency_open(agency, excerpt, given, lengths, 2, town.ledger, town.now, &opened));
    GIVES(FOOTAGE_NULL, footage_agency_open(agency, excerpt, given, lengths, 3, town.ledger, town.now, NULL));
    GIVES(FOOTAGE_UNSAVED, footage_agency_open(agency, excerpt, given, lengths, 3, town.ledger, town.now, &opened));
    CHECK(opened == NULL);
    GIVES(FOOTAGE_ORDER, footage_agency_take_in(agency, excerpt));
    save_agency();
    OK(footage_agency_open(agency, excerpt, given, lengths, 3, town.ledger, town.now, &opened));
    GIVES(FOOTAGE_NOT_FOUND, footage_agency_open(agency, excerpt, given, lengths, 3, town.ledger, town.now, &again));
    CHECK(again == NULL);
    FETCH(text, footage_opened_verdict(opened, FETCHED));
    expect(text, "\"camera\":{\"approved-maker\":\"acme\"},\"log\":\"current\",\"agency\":\"approved\",\"wrap\":"
                 "\"post-quantum\"");
    FETCH(text, footage_opened_info(opened, FETCHED));
    expect(text, "\"ending\":\"finished\"");
    FETCH(text, footage_opened_words(opened, FETCHED));
    expect(text, "At the door.");
    OK(footage_stream_new_output(&out));
    GIVES(FOOTAGE_NULL, footage_opened_next(opened, &index, NULL, out));
    for (;;) {
        while ((status = footage_opened_next(opened, &index, &segment, out)) == FOOTAGE_WANT) {
            GIVES(FOOTAGE_ORDER, footage_opened_words(opened, NULL, 0, &length));
            serve(in, from, out, to);
        }
        if (status == FOOTAGE_END)
            break;
        GIVES(FOOTAGE_OK, status);
        CHECK(segment.kind == (segments == 0 ? FOOTAGE_SEGMENT_INIT : FOOTAGE_SEGMENT_MEDIA));
        CHECK(segments == 0 || index == first + segments - 1);
        segments++;
    }
    CHECK(segments == 3 && fclose(to) == 0);
    footage_opened_free(opened);
    footage_stream_free(out);
    footage_list_free(deliveries);
    free(answers[0].at);
    free(answers[1].at);
    free(id.at);
}

/* One custodian is told that the grant is revoked. */
static void revokes(struct bytes revocation)
{
    struct bytes notice;
    size_t length = 0;
    OK(footage_custodian_revoke(custodians[1], revocation.at, revocation.length, NULL, 0, &length));
    FETCH_SAVED(notice, save_custodian(1),
                footage_custodian_revoke(custodians[1], revocation.at, revocation.length, FETCHED));
    append(&town, notice);
    revocation.at[revocation.length - 1] ^= 1;
    notice = make(FOOTAGE_STATEMENT_BYTES);
    GIVES(FOOTAGE_SIGNATURE, footage_custodian_revoke(custodians[1], revocation.at, revocation.length, notice.at,
                                                      notice.length, &length));
    free(notice.at);
}

/* The end date: keys are destroyed, the agency deletes, and everybody says so. */
static void ends(footage_excerpt *excerpt, struct bytes request)
{
    footage_list *list = NULL;
    struct bytes receipt, carried;
    size_t before, marked, length;
    int at;
    /* Half of the agency's receipts come late through a custodian. */
    FETCH_SAVED(receipt, save_agency(),
                footage_agency_close_request(agency, request.at, request.length, DELETION, town.ledger, FETCHED));
    append(&town, receipt);
    FETCH_SAVED(receipt, save_agency(), footage_agency_delete(agency, excerpt, DELETION, town.ledger, FETCHED));
    FETCH(carried, footage_custodian_carry(custodians[0], receipt.at, receipt.length, FETCHED));
    append(&town, carried);
    GIVES(FOOTAGE_NOT_FOUND, footage_agency_take_in(agency, excerpt));
    /* Nothing is left of it. */
    CHECK(agency_state.length == 3);
    witness(&town);

    pass_to(&town, NOON + 8 * DAY);
    for (at = 0; at < 2; at++) {
        before = custodian_states[at].length;
        GIVES(FOOTAGE_UNSAVED, footage_custodian_destroy_ended(custodians[at], town.ledger, town.now, &list));
        save_custodian(at);
        marked = custodian_states[at].length;
        CHECK(marked == before);
        GIVES(FOOTAGE_UNSAVED, footage_custodian_destroy_ended(custodians[at], town.ledger, town.now, &list));
        CHECK(list == NULL);
        save_custodian(at);
        /* Eight epochs have ended: eight secrets less. */
        CHECK(custodian_states[at].length == marked - 8 * 33);
        OK(footage_custodian_destroy_ended(custodians[at], town.ledger, town.now, &list));
        CHECK(append_all(&town, list) == 8);
        list = NULL;
    }
    /* The third was asleep: it destroys before it serves, and goes on where its last program stopped. */
    footage_custodian_free(custodians[2]);
    new_custodian(2);
    GIVES(FOOTAGE_UNSAVED, footage_custodian_destroy_ended(custodians[2], town.ledger, town.now, &list));
    save_custodian(2);
    footage_custodian_free(custodians[2]);
    new_custodian(2);
    start(2);
    witness(&town);
    GIVES(FOOTAGE_UNSAVED, footage_custodian_serve(custodians[2], town.ledger, town.now, &list));
    GIVES(FOOTAGE_ORDER, footage_custodian_carry(custodians[2], receipt.at, receipt.length, NULL, 0, &length));
    OK(footage_custodian_start(custodians[2], NULL, 0, &length));
    save_custodian(2);
    OK(footage_custodian_serve(custodians[2], town.ledger, town.now, &list));
    CHECK(append_all(&town, list) == 8);
    witness(&town);
    free(receipt.at);
}

/* What does not fit is refused. */
static void misfits(void)
{
    footage_agency *other_agency = NULL;
    footage_custodian *other = NULL;
    footage_list *list = NULL;
    struct bytes public, withdrawal, state;
    size_t length;
    GIVES(FOOTAGE_MALFORMED, footage_agency_new(AGENCY, town.agency, FOOTAGE_KEM_XWING, custodian_states[0].at,
                                                custodian_states[0].length, NULL, &other_agency));
    GIVES(FOOTAGE_MALFORMED, footage_custodian_new("alpha", town.custodians[0], FOOTAGE_KEM_XWING, TOOL, agency_state.at,
                                                   agency_state.length, &other));
    state = make(custodian_states[0].length);
    memcpy(state.at, custodian_states[0].at, state.length);
    state.at[1] = 2;
    GIVES(FOOTAGE_MALFORMED, footage_custodian_new("alpha", town.custodians[0], FOOTAGE_KEM_XWING, TOOL, state.at,
                                                   state.length, &other));
    free(state.at);
    GIVES(FOOTAGE_ARGUMENT, footage_agency_new("Town Police", town.agency, FOOTAGE_KEM_XWING, NULL, 0, NULL, &other_agency));
    CHECK(other_agency == NULL && other == NULL);
    GIVES(FOOTAGE_ARGUMENT, footage_registrar_approve(town.registrar,
                                                      "{\"disclosure\":{\"agency\":\"" AGENCY "\",\"vendor\":\"Acme\","
                                                      "\"incentive\":\"money\",\"cents\":null,\"text\":null}}",
                                                      NULL, 0, &length));
    GIVES(FOOTAGE_NOT_FOUND, footage_memory_log_entries(town.log, 0, 100000, &list));
    FETCH(public, footage_signing_key_public(town.maker, FETCHED));
    FETCH(withdrawal, footage_registrar_withdraw(town.registrar, public.at, public.length, FETCHED));
    append(&town, withdrawal);
    witness(&town);
    free(public.at);
}

int main(void)
{
    footage_owner *owner = NULL;
    footage_stream *in = NULL;
    footage_excerpt *excerpt;
    struct bytes asked, revocation;
    uint32_t first;
    FILE *from;
    int at;
    town = new_town("log", "trust.json");
    custodians_begin();
    OK(footage_owner_generate(FOOTAGE_KEM_XWING, &owner));
    record(owner);
    asked = request();
    first = consent(owner, asked, &revocation);
    footage_owner_free(owner);
    /* The program starts anew. */
    footage_agency_free(agency);
    OK(footage_agency_new(AGENCY, town.agency, FOOTAGE_KEM_XWING, agency_state.at, agency_state.length, town.ledger,
                          &agency));
    from = fopen("excerpt", "rb");
    CHECK(from != NULL);
    OK(footage_stream_new_input(FOOTAGE_UNKNOWN_LENGTH, &in));
    excerpt = excerpt_of(in, from);
    opens(excerpt, in, from, first);
    revokes(revocation);
    ends(excerpt, asked);
    misfits();
    footage_excerpt_free(excerpt);
    footage_stream_free(in);
    CHECK(fclose(from) == 0);
    footage_agency_free(agency);
    for (at = 0; at < CUSTODIANS; at++) {
        footage_custodian_free(custodians[at]);
        free(custodian_states[at].at);
    }
    free(agency_state.at);
    free(asked.at);
    free(revocation.at);
    free_town(&town);
    return 0;
}
