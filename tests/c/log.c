/* The log from all sides: its keeper, its witnesses, who follows it, who publishes its feed, and an auditor. */
#include "check.h"

#define NOW INT64_C(1790000000000)
#define HOUR INT64_C(3600000)
#define WITNESSES 4
#define ORIGIN "log.example"
#define AGENCY "OH0500100"

#define AREA(west, south, east, north) \
    "{\"type\":\"Polygon\",\"coordinates\":[[[" west "," south "],[" east "," south "],[" east "," north "],[" west \
    "," north "],[" west "," south "]]]}"
#define JURISDICTION AREA("-80.7", "41.05", "-80.6", "41.15")
#define STREET AREA("-80.653", "41.098", "-80.647", "41.102")

struct town {
    footage_log *log;
    footage_signing_key *log_key, *agency;
    footage_signing_key *witness_keys[WITNESSES];
    footage_witness *witnesses[WITNESSES];
    struct bytes states[WITNESSES];
    int silent[WITNESSES];
    footage_signing_key *registrar;
    char trust[4096];
    /* What was submitted, in order, and what was flushed of it. */
    struct bytes statements[16];
    unsigned count, flushed;
    /* The checkpoints that were published, and how many entries each has. */
    struct bytes notes[16];
    unsigned sizes[16], published;
    int64_t now;
};

static void hex_of(const footage_signing_key *key, char *text)
{
    struct bytes public;
    size_t at;
    FETCH(public, footage_signing_key_public(key, FETCHED));
    for (at = 0; at < public.length; at++)
        sprintf(text + 2 * at, "%02x", public.at[at]);
    free(public.at);
}

/* In base64url without padding, as JSON has longer bytes. */
static char *base64(struct bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = malloc(bytes.length * 2 + 8), *to = text;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t at;
    CHECK(text != NULL);
    for (at = 0; at < bytes.length; at++) {
        bits = bits << 8 | bytes.at[at];
        for (held += 8; held >= 6; held -= 6)
            *to++ = digits[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *to++ = digits[bits << (6 - held) & 63];
    *to = 0;
    return text;
}

static void witness_starts(struct town *town, unsigned n)
{
    char name[32];
    struct bytes public;
    sprintf(name, "w%u.example", n);
    footage_witness_free(town->witnesses[n]);
    OK(footage_witness_new(name, town->witness_keys[n], town->states[n].at, town->states[n].length,
                           &town->witnesses[n]));
    FETCH(public, footage_signing_key_public(town->log_key, FETCHED));
    OK(footage_witness_watch(town->witnesses[n], ORIGIN, public.at, public.length));
    free(public.at);
}

static void founded(struct town *town)
{
    char key[65], *to = town->trust;
    unsigned n;
    memset(town, 0, sizeof *town);
    town->now = NOW;
    OK(footage_signing_key_generate(&town->log_key));
    OK(footage_signing_key_generate(&town->agency));
    OK(footage_signing_key_generate(&town->registrar));
    hex_of(town->log_key, key);
    to += sprintf(to, "{\"log\":{\"origin\":\"" ORIGIN "\",\"key\":\"%s\",\"witnesses\":[", key);
    for (n = 0; n < WITNESSES; n++) {
        OK(footage_signing_key_generate(&town->witness_keys[n]));
        hex_of(town->witness_keys[n], key);
        to += sprintf(to, "%s{\"name\":\"w%u.example\",\"key\":\"%s\"}", n > 0 ? "," : "", n, key);
        witness_starts(town, n);
    }
    hex_of(town->registrar, key);
    sprintf(to, "],\"quorum\":3,\"faulty\":1},\"registrars\":[\"%s\"],\"registrar_quorum\":1}", key);
}

static void submit(struct town *town, const footage_signing_key *key, const char *json)
{
    struct bytes statement;
    uint64_t ticket = UINT64_MAX;
    FETCH(statement, footage_statement_sign(json, key, FETCHED));
    OK(footage_log_submit(town->log, statement.at, statement.length, town->now, &ticket));
    CHECK(ticket == town->count);
    town->statements[town->count++] = statement;
}

/* Has the witness answer what the log asks of it. */
static void answer(struct town *town)
{
    uint32_t n = WITNESSES;
    struct bytes body, line = make(FOOTAGE_COSIGNATURE_BYTES);
    uint16_t http = 0;
    size_t length = 0;
    footage_status status;
    FETCH(body, footage_log_asked(town->log, &n, FETCHED));
    CHECK(n < WITNESSES);
    if (town->silent[n]) {
        OK(footage_log_answer_none(town->log));
    } else {
        /* Only asked for the length, it does nothing. */
        OK(footage_witness_add_checkpoint(town->witnesses[n], body.at, body.length, town->now, NULL, 0, &length,
                                          &http));
        CHECK(length == line.length && http == 0);
        status = footage_witness_add_checkpoint(town->witnesses[n], body.at, body.length, town->now, line.at,
                                                line.length, &length, &http);
        if (status == FOOTAGE_UNSAVED) {
            GIVES(FOOTAGE_UNSAVED,
                  footage_witness_add_checkpoint(town->witnesses[n], body.at, body.length, town->now, line.at,
                                                 line.length, &length, &http));
            OK(footage_witness_save(town->witnesses[n], NULL, 0, &length));
            GIVES(FOOTAGE_UNSAVED,
                  footage_witness_add_checkpoint(town->witnesses[n], body.at, body.length, town->now, line.at,
                                                 line.length, &length, &http));
            CHECK(http == 500);
            free(town->states[n].at);
            FETCH(town->states[n], footage_witness_save(town->witnesses[n], FETCHED));
            status = footage_witness_add_checkpoint(town->witnesses[n], body.at, body.length, town->now, line.at,
                                                    line.length, &length, &http);
        }
        if (status == FOOTAGE_ORDER) {
            uint64_t size = 0;
            CHECK(http == 409);
            OK(footage_witness_size(town->witnesses[n], ORIGIN, &size));
            OK(footage_log_answer_conflict(town->log, size));
        } else {
            GIVES(FOOTAGE_OK, status);
            CHECK(http == 200 && length <= line.length);
            OK(footage_log_answer(town->log, line.at, length));
        }
    }
    GIVES(FOOTAGE_ORDER, footage_log_answer_none(town->log));
    GIVES(FOOTAGE_END, footage_log_asked(town->log, &n, NULL, 0, &length));
    free(body.at);
    free(line.at);
}

static struct bytes checkpoint(const struct town *town)
{
    struct bytes note;
    FETCH(note, footage_log_file(town->log, "checkpoint", FETCHED));
    return note;
}

/* Flushes, and verifies the proof of each statement offline. */
static void flush(struct town *town)
{
    footage_list *proofs = NULL;
    footage_status status;
    uint64_t first = UINT64_MAX, size = 0;
    size_t count = 0;
    unsigned n;
    town->now += HOUR;
    while ((status = footage_log_flush(town->log, &first, &proofs)) == FOOTAGE_WANT)
        answer(town);
    GIVES(FOOTAGE_OK, status);
    OK(footage_list_count(proofs, &count));
    CHECK(count == town->count - town->flushed && first == (count > 0 ? town->flushed : 0));
    for (n = town->flushed; n < town->count; n++) {
        struct bytes proof, later, statement = town->statements[n];
        uint64_t index = UINT64_MAX;
        int64_t time = 0;
        FETCH(proof, footage_list_get(proofs, n - town->flushed, FETCHED));
        OK(footage_proof_verify(proof.at, proof.length, statement.at, statement.length, town->trust, &index, &time));
        CHECK(index == n && time == town->now + 999);
        FETCH(later, footage_log_proof(town->log, index, FETCHED));
        CHECK(later.length == proof.length && memcmp(later.at, proof.at, later.length) == 0);
        statement = town->statements[n > 0 ? n - 1 : n + 1];
        GIVES(FOOTAGE_LOG, footage_proof_verify(proof.at, proof.length, statement.at, statement.length, town->trust,
                                                &index, &time));
        GIVES(FOOTAGE_MALFORMED, footage_proof_verify(proof.at, 20, statement.at, statement.length, town->trust,
                                                      &index, &time));
        free(later.at);
        free(proof.at);
    }
    footage_list_free(proofs);
    town->flushed = town->count;
    OK(footage_log_size(town->log, &size));
    CHECK(size == town->count);
    town->notes[town->published] = checkpoint(town);
    town->sizes[town->published++] = town->count;
}

static void approve(struct town *town)
{
    char json[2048], key[65];
    hex_of(town->agency, key);
    sprintf(json,
            "{\"agency-approval\":{\"agency\":\"" AGENCY "\",\"name\":\"Town Police\",\"jurisdiction\":" JURISDICTION
            ",\"key\":\"%s\",\"incentives\":[],\"validity\":{\"from\":%" PRId64 ",\"to\":%" PRId64 "}}}",
            key, NOW - HOUR, NOW + 7 * 24 * HOUR - HOUR);
    submit(town, town->registrar, json);
}

/* A request, always with the same key and number, which only a careless agency files. */
static void request(struct town *town, const footage_owner *key, const char *reference)
{
    struct bytes public, anchor = checkpoint(town);
    char *in_base64 = base64(anchor), *key_in_base64, *json = malloc(16384);
    CHECK(json != NULL);
    FETCH(public, footage_owner_public(key, FETCHED));
    public.at += 2;
    public.length -= 2;
    key_in_base64 = base64(public);
    public.at -= 2;
    sprintf(json,
            "{\"request\":{\"agency\":\"" AGENCY "\",\"area\":" STREET ",\"window\":{\"from\":%" PRId64
            ",\"to\":%" PRId64 "},\"offence\":\"220\",\"case\":\"%s\",\"basis\":\"voluntary\",\"retention\":14,"
            "\"open_until\":%" PRId64 ",\"key\":{\"kem\":\"x25519\",\"key\":\"%s\"},\"sequence\":0,\"previous\":null,"
            "\"anchor\":\"%s\"}}",
            NOW - 2 * HOUR, NOW - HOUR, reference, NOW + 72 * HOUR, key_in_base64, in_base64);
    submit(town, town->agency, json);
    free(json);
    free(in_base64);
    free(key_in_base64);
    free(public.at);
    free(anchor.at);
}

static void keeping(struct town *town)
{
    footage_log *other = NULL;
    struct bytes note;
    uint64_t size = 1, ticket;
    uint8_t due = 2;
    size_t length;
    char json[256];

    GIVES(FOOTAGE_NOT_FOUND, footage_log_open("nowhere", NULL, town->trust, town->log_key, &other));
    GIVES(FOOTAGE_ARGUMENT, footage_log_create("log", NULL, town->trust, town->agency, &other));
    GIVES(FOOTAGE_ARGUMENT, footage_log_create("log", "[]", town->trust, town->log_key, &other));
    GIVES(FOOTAGE_STORE, footage_log_create("gopher://log", "{}", town->trust, town->log_key, &other));
    GIVES(FOOTAGE_NULL, footage_log_create("log", NULL, town->trust, town->log_key, NULL));
    OK(footage_log_create("log", NULL, town->trust, town->log_key, &town->log));
    GIVES(FOOTAGE_STORE, footage_log_open("log", NULL, town->trust, town->log_key, &other)); /* it is locked */
    OK(footage_log_size(town->log, &size));
    OK(footage_log_is_due(town->log, town->now, &due));
    CHECK(size == 0 && due == 0);
    approve(town);
    OK(footage_log_is_due(town->log, town->now, &due));
    CHECK(due == 0);
    OK(footage_log_is_due(town->log, town->now + 1000, &due));
    CHECK(due == 1);
    GIVES(FOOTAGE_MALFORMED, footage_log_submit(town->log, (const uint8_t *)"?", 1, town->now, &ticket));
    town->statements[0].at[town->statements[0].length - 1] ^= 1;
    GIVES(FOOTAGE_SIGNATURE, footage_log_submit(town->log, town->statements[0].at, town->statements[0].length,
                                                town->now, &ticket));
    town->statements[0].at[town->statements[0].length - 1] ^= 1;
    sprintf(json, "{\"disclosure\":{\"agency\":\"" AGENCY
                  "\",\"vendor\":\"Cameras\",\"incentive\":\"money\",\"cents\":125,\"text\":null}}");
    submit(town, town->agency, json);

    /* One witness is away, and is told later where the log was when it went. */
    town->silent[3] = 1;
    flush(town);
    town->silent[3] = 0;
    note = checkpoint(town);
    CHECK(memcmp(note.at, ORIGIN "\n2\n", strlen(ORIGIN "\n2\n")) == 0);
    free(note.at);
    GIVES(FOOTAGE_NOT_FOUND, footage_log_file(town->log, "staging/0", NULL, 0, &length));
    GIVES(FOOTAGE_NOT_FOUND, footage_log_file(town->log, "../log/checkpoint", NULL, 0, &length));
    GIVES(FOOTAGE_NOT_FOUND, footage_log_file(town->log, "tile/0/007", NULL, 0, &length));
    GIVES(FOOTAGE_NOT_FOUND, footage_log_proof(town->log, 2, NULL, 0, &length));

    /* Without statements it shows that it is alive. */
    flush(town);

    /* Without a quorum nothing is published. */
    {
        footage_list *proofs = NULL;
        footage_status status;
        uint64_t first = 0;
        footage_owner *key;
        OK(footage_owner_generate(FOOTAGE_KEM_X25519, &key));
        request(town, key, "2026-1");
        town->silent[0] = town->silent[1] = 1;
        while ((status = footage_log_flush(town->log, &first, &proofs)) == FOOTAGE_WANT) {
            GIVES(FOOTAGE_ORDER, footage_log_size(town->log, &size));
            answer(town);
        }
        GIVES(FOOTAGE_LOG, status);
        town->silent[0] = town->silent[1] = 0;
        flush(town);

        /* Freed in the middle of a flush, it goes on when it is opened again. */
        request(town, key, "2026-2");
        GIVES(FOOTAGE_WANT, footage_log_flush(town->log, &first, &proofs));
        footage_log_free(town->log);
        OK(footage_log_open("log", NULL, town->trust, town->log_key, &town->log));
        OK(footage_log_size(town->log, &size));
        CHECK(size == 4);
        town->flushed = 4;
        flush(town);
        footage_owner_free(key);
    }
}

static void witnessing(struct town *town)
{
    footage_witness *witness;
    struct bytes state, body, line = make(FOOTAGE_COSIGNATURE_BYTES);
    uint64_t size = 0, first;
    uint32_t n;
    uint16_t http = 0;
    size_t length;
    footage_list *proofs;

    GIVES(FOOTAGE_ARGUMENT, footage_witness_new("a name", town->witness_keys[0], NULL, 0, &witness));
    GIVES(FOOTAGE_MALFORMED, footage_witness_new("w", town->witness_keys[0], (const uint8_t *)"?", 1, &witness));
    GIVES(FOOTAGE_NOT_FOUND, footage_witness_size(town->witnesses[0], "other.example", &size));
    GIVES(FOOTAGE_ARGUMENT, footage_witness_watch(town->witnesses[0], "other.example", line.at, 31));

    /* Started again from what it saved, it goes on where it was. */
    witness_starts(town, 0);
    OK(footage_witness_size(town->witnesses[0], ORIGIN, &size));
    CHECK(size == town->count);
    FETCH(state, footage_witness_save(town->witnesses[0], FETCHED));
    CHECK(state.length == town->states[0].length && memcmp(state.at, town->states[0].at, state.length) == 0);
    free(state.at);

    /* What it does not watch, and what is no request, it refuses. */
    GIVES(FOOTAGE_WANT, footage_log_flush(town->log, &first, &proofs));
    FETCH(body, footage_log_asked(town->log, &n, FETCHED));
    OK(footage_witness_new("w9.example", town->witness_keys[0], NULL, 0, &witness));
    GIVES(FOOTAGE_NOT_FOUND, footage_witness_add_checkpoint(witness, body.at, body.length, town->now, line.at,
                                                            line.length, &length, &http));
    CHECK(http == 404);
    GIVES(FOOTAGE_MALFORMED, footage_witness_add_checkpoint(witness, body.at, 5, town->now, line.at, line.length,
                                                            &length, &http));
    CHECK(http == 400);
    GIVES(FOOTAGE_TOO_SMALL, footage_witness_add_checkpoint(witness, body.at, body.length, town->now, line.at, 10,
                                                            &length, &http));
    footage_witness_free(witness);
    free(body.at);
    free(line.at);
    flush(town);
}

/* Serves the files of the log; says whether one was wanted. */
static int serve_tiles(const struct town *town, footage_tiles *tiles)
{
    char path[64];
    size_t length = 0;
    footage_status status = footage_tiles_wanted(tiles, path, sizeof path, &length);
    if (status == FOOTAGE_END)
        return 0;
    GIVES(FOOTAGE_OK, status);
    CHECK(strlen(path) == length);
    status = footage_log_file(town->log, path, NULL, 0, &length);
    if (status == FOOTAGE_NOT_FOUND) {
        OK(footage_tiles_feed(tiles, NULL, 0));
    } else {
        struct bytes file;
        FETCH(file, footage_log_file(town->log, path, FETCHED));
        OK(footage_tiles_feed(tiles, file.at, file.length));
        free(file.at);
    }
    return 1;
}

static void following(const struct town *town)
{
    footage_ledger *ledger, *other;
    footage_tiles *tiles;
    footage_list *requests;
    footage_status status;
    struct bytes note = checkpoint(town), state;
    uint64_t size = 0;
    int64_t time = 0;
    size_t count = 0, length;

    OK(footage_ledger_new(town->trust, &ledger));
    OK(footage_tiles_new(&tiles));
    GIVES(FOOTAGE_END, footage_tiles_wanted(tiles, NULL, 0, &length));
    GIVES(FOOTAGE_ORDER, footage_tiles_feed(tiles, note.at, note.length));
    GIVES(FOOTAGE_ORDER, footage_tiles_fail(tiles));
    while ((status = footage_ledger_follow(ledger, tiles, NULL, 0)) == FOOTAGE_WANT)
        CHECK(serve_tiles(town, tiles));
    GIVES(FOOTAGE_OK, status);
    OK(footage_ledger_size(ledger, &size));
    OK(footage_ledger_time(ledger, &time));
    CHECK(size == town->count && time == town->now);
    OK(footage_ledger_requests(ledger, 0, &requests));
    OK(footage_list_count(requests, &count));
    CHECK(count == 2);
    footage_list_free(requests);
    /* There is nothing new, and a checkpoint that is known needs nothing. */
    OK(footage_ledger_follow(ledger, tiles, note.at, note.length));
    GIVES(FOOTAGE_LOG, footage_ledger_follow(ledger, tiles, note.at, 1));

    /* What was saved stands where it stood. */
    FETCH(state, footage_ledger_save(ledger, FETCHED));
    OK(footage_ledger_restore(state.at, state.length, town->trust, &other));
    OK(footage_ledger_size(other, &size));
    CHECK(size == town->count);
    OK(footage_ledger_follow(other, tiles, note.at, note.length));
    footage_ledger_free(other);
    GIVES(FOOTAGE_MALFORMED, footage_ledger_restore(state.at, state.length - 1, town->trust, &other));
    free(state.at);

    /* A copy that cannot be read, that lacks a file, or that lies. */
    OK(footage_ledger_new(town->trust, &other));
    GIVES(FOOTAGE_WANT, footage_ledger_follow(other, tiles, NULL, 0));
    GIVES(FOOTAGE_WANT, footage_ledger_follow(other, tiles, NULL, 0)); /* nothing was fed */
    OK(footage_tiles_fail(tiles));
    GIVES(FOOTAGE_STORE, footage_ledger_follow(other, tiles, NULL, 0));
    GIVES(FOOTAGE_WANT, footage_ledger_follow(other, tiles, NULL, 0));
    OK(footage_tiles_feed(tiles, NULL, 0));
    GIVES(FOOTAGE_NOT_FOUND, footage_ledger_follow(other, tiles, NULL, 0));
    GIVES(FOOTAGE_WANT, footage_ledger_follow(other, tiles, note.at, note.length));
    OK(footage_tiles_feed(tiles, note.at, note.length)); /* no tile */
    while ((status = footage_ledger_follow(other, tiles, note.at, note.length)) == FOOTAGE_WANT)
        CHECK(serve_tiles(town, tiles));
    GIVES(FOOTAGE_MALFORMED, status);
    GIVES(FOOTAGE_WANT, footage_ledger_follow(other, tiles, note.at, note.length)); /* left in the middle */
    footage_ledger_free(other);
    footage_tiles_free(tiles);
    footage_ledger_free(ledger);
    free(note.at);
}

static void feeding(const struct town *town)
{
    footage_feed *feed;
    footage_ledger *phone;
    footage_list *requests;
    struct bytes page, note = checkpoint(town);
    size_t count = 0, length;
    uint64_t size = 1;
    unsigned n;

    OK(footage_feed_new(town->trust, &feed));
    GIVES(FOOTAGE_NOT_FOUND, footage_feed_page(feed, NULL, 0, &length));
    /* Entries that are not all. */
    OK(footage_feed_entry(feed, town->statements[0].at, town->statements[0].length));
    GIVES(FOOTAGE_LOG, footage_feed_advance(feed, note.at, note.length));
    for (n = 0; n < town->count; n++)
        OK(footage_feed_entry(feed, town->statements[0].at, town->statements[0].length));
    GIVES(FOOTAGE_LOG, footage_feed_advance(feed, note.at, note.length));
    OK(footage_feed_size(feed, &size));
    CHECK(size == 0);
    for (n = 0; n < town->count; n++)
        OK(footage_feed_entry(feed, town->statements[n].at, town->statements[n].length));
    OK(footage_feed_advance(feed, note.at, note.length));
    OK(footage_feed_size(feed, &size));
    CHECK(size == town->count);
    FETCH(page, footage_feed_page(feed, FETCHED));
    OK(footage_ledger_new_phone(town->trust, &phone));
    OK(footage_ledger_page(phone, page.at, page.length));
    GIVES(FOOTAGE_LOG, footage_ledger_page(phone, page.at, page.length));
    OK(footage_ledger_requests(phone, 0, &requests));
    OK(footage_list_count(requests, &count));
    CHECK(count == 2);
    footage_list_free(requests);
    footage_ledger_free(phone);
    footage_feed_free(feed);
    free(page.at);
    free(note.at);
}

static int says(struct bytes text, const char *words)
{
    char *copy = malloc(text.length + 1);
    int found;
    CHECK(copy != NULL);
    memcpy(copy, text.at, text.length);
    copy[text.length] = 0;
    found = strstr(copy, words) != NULL;
    if (!found)
        fprintf(stderr, "%s\n", copy);
    free(copy);
    return found;
}

static size_t counted(footage_list *list)
{
    size_t count = 0;
    OK(footage_list_count(list, &count));
    footage_list_free(list);
    return count;
}

static void auditing(const struct town *town)
{
    footage_auditor *auditor, *replayed, *restored, *auditor_none = NULL;
    struct bytes again;
    footage_tiles *tiles;
    footage_list *list, *charges;
    footage_status status;
    struct bytes text, note = checkpoint(town);
    uint64_t size = 0;
    int64_t since = 0;
    uint8_t forked = 2;
    size_t count = 0, index, length, proven = 0;
    unsigned n;

    OK(footage_tiles_new(&tiles));
    OK(footage_auditor_new(town->trust, NULL, &auditor));
    while ((status = footage_auditor_follow(auditor, tiles, NULL, 0)) == FOOTAGE_WANT)
        CHECK(serve_tiles(town, tiles));
    GIVES(FOOTAGE_OK, status);
    OK(footage_auditor_new(town->trust, NULL, &replayed));
    OK(footage_auditor_entry(replayed, town->statements[1].at, town->statements[1].length));
    GIVES(FOOTAGE_LOG, footage_auditor_advance(replayed, note.at, note.length));
    /* Along every checkpoint, so that times are as fine as they can be. */
    for (n = index = 0; index < town->published; index++) {
        for (; n < town->sizes[index]; n++)
            OK(footage_auditor_entry(replayed, town->statements[n].at, town->statements[n].length));
        OK(footage_auditor_advance(replayed, town->notes[index].at, town->notes[index].length));
    }
    OK(footage_auditor_size(replayed, &size));
    CHECK(size == town->count);
    OK(footage_auditor_compare(replayed, note.at, note.length, &forked));
    CHECK(forked == 0);
    GIVES(FOOTAGE_NOT_FOUND, footage_auditor_stale(replayed, town->now + HOUR, &since));
    OK(footage_auditor_stale(replayed, town->now + 48 * HOUR, &since));
    CHECK(since == town->now + 999);

    FETCH(text, footage_auditor_numbers(auditor, FOOTAGE_SMALL, FETCHED));
    CHECK(says(text, "\"requests\":\"<5\""));
    free(text.at);
    FETCH(text, footage_auditor_numbers_csv(auditor, 1, FOOTAGE_CSV_ROWS, FETCHED));
    CHECK(says(text, "\r\n" AGENCY ",220,2026-09,2,"));
    free(text.at);
    FETCH(text, footage_auditor_numbers_csv(auditor, 1, FOOTAGE_CSV_TOTALS, FETCHED));
    CHECK(says(text, "\r\n" AGENCY ",2,"));
    free(text.at);
    FETCH(text, footage_auditor_numbers_csv(auditor, FOOTAGE_SMALL, FOOTAGE_CSV_INCENTIVES, FETCHED));
    CHECK(says(text, AGENCY ",Cameras,money,1,125"));
    free(text.at);
    GIVES(FOOTAGE_ARGUMENT, footage_auditor_numbers_csv(auditor, 1, 9, NULL, 0, &length));

    FETCH(text, footage_auditor_directory(auditor, town->now, FETCHED));
    CHECK(says(text, "\"FeatureCollection\"") && says(text, "\"Town Police\""));
    free(text.at);
    OK(footage_auditor_agencies_named(auditor, town->now, "town", &list));
    CHECK(counted(list) == 1);
    OK(footage_auditor_agencies_named(auditor, town->now, "village", &list));
    CHECK(counted(list) == 0);
    OK(footage_auditor_agencies_at(auditor, town->now, -806500000, 411000000, &list));
    CHECK(counted(list) == 1);
    OK(footage_auditor_agencies_at(auditor, town->now, 806500000, 411000000, &list));
    CHECK(counted(list) == 0);
    GIVES(FOOTAGE_ARGUMENT, footage_auditor_agencies_at(auditor, town->now, INT32_MAX, 0, &list));
    OK(footage_auditor_overdue(auditor, &list));
    CHECK(counted(list) == 0);

    /* One number and one key for two requests. */
    OK(footage_auditor_charges(replayed, &charges));
    OK(footage_list_count(charges, &count));
    CHECK(count >= 2);
    for (index = 0; index < count; index++) {
        struct bytes charge, accusation, charged;
        uint8_t weight = 0;
        FETCH(charge, footage_list_get(charges, index, FETCHED));
        OK(footage_auditor_accuse(replayed, index, &list));
        GIVES(FOOTAGE_OK, footage_list_count(list, &length));
        if (length > 0) {
            FETCH(accusation, footage_list_get(list, 0, FETCHED));
            OK(footage_accusation_verify(accusation.at, accusation.length, town->trust, NULL, &weight));
            CHECK(weight == FOOTAGE_WEIGHT_PROOF || weight == FOOTAGE_WEIGHT_ABSENCE);
            FETCH(charged, footage_accusation_charge(accusation.at, accusation.length, FETCHED));
            CHECK(charged.length == charge.length && memcmp(charged.at, charge.at, charge.length) == 0);
            CHECK(footage_accusation_verify(accusation.at, accusation.length - 1, town->trust, NULL, &weight) ==
                  FOOTAGE_MALFORMED);
            free(charged.at);
            free(accusation.at);
            proven++;
        }
        footage_list_free(list);
        free(charge.at);
    }
    CHECK(proven >= 2);
    GIVES(FOOTAGE_NOT_FOUND, footage_auditor_accuse(replayed, count, &list));
    footage_list_free(charges);

    /* What was saved says the same, and goes on. */
    FETCH(text, footage_auditor_save(replayed, FETCHED));
    OK(footage_auditor_restore(text.at, text.length, town->trust, NULL, &restored));
    OK(footage_auditor_charges(restored, &charges));
    CHECK(counted(charges) == count);
    GIVES(FOOTAGE_ORDER, footage_auditor_accuse(restored, 0, &list));
    FETCH(again, footage_auditor_save(restored, FETCHED));
    CHECK(again.length == text.length && memcmp(again.at, text.at, text.length) == 0);
    text.at[0] ^= 1;
    GIVES(FOOTAGE_MALFORMED, footage_auditor_restore(text.at, text.length, town->trust, NULL, &auditor_none));
    free(again.at);
    free(text.at);
    footage_auditor_free(restored);
    footage_auditor_free(auditor);
    footage_auditor_free(replayed);
    footage_tiles_free(tiles);
    free(note.at);
}

int main(void)
{
    static struct town town;
    unsigned n;
    founded(&town);
    keeping(&town);
    witnessing(&town);
    following(&town);
    feeding(&town);
    auditing(&town);
    /* What Rust needs to read the log after it. */
    write_file("trust.json", (const uint8_t *)town.trust, strlen(town.trust));
    footage_log_free(town.log);
    for (n = 0; n < WITNESSES; n++) {
        footage_witness_free(town.witnesses[n]);
        footage_signing_key_free(town.witness_keys[n]);
        free(town.states[n].at);
    }
    for (n = 0; n < town.count; n++)
        free(town.statements[n].at);
    for (n = 0; n < town.published; n++)
        free(town.notes[n].at);
    footage_signing_key_free(town.log_key);
    footage_signing_key_free(town.agency);
    footage_signing_key_free(town.registrar);
    return 0;
}
