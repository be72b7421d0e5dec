/* A small town for test programs: a log with four witnesses, a registrar, a maker, an agency, three custodians. Time is what
 * the program says it is. */
#ifndef TOWN_H
#define TOWN_H

#include "check.h"

#define NOON INT64_C(1780315200000)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)
#define CUSTODIANS 3

static const char *const CUSTODIAN[CUSTODIANS] = {"alpha", "beta", "gamma"};

struct town {
    footage_memory_log *log;
    footage_ledger *ledger;
    footage_signing_key *registrar, *maker, *agency, *custodians[CUSTODIANS];
    int64_t now;
    /* What was logged, for others to replay: records of a kind, a length in four bytes, and so many bytes. */
    FILE *record;
};

/* Makes a call until the state is stored that it asks for, and says how often it had to be. */
#define SAVED(call, save) \
    do { \
        footage_status status_; \
        while ((status_ = (call)) == FOOTAGE_UNSAVED) \
            save; \
        GIVES(FOOTAGE_OK, status_); \
    } while (0)

/* Fetches a statement of which there is one: there is room for any. FETCH_SAVED(statement, save, call(..., FETCHED)). */
#define FETCH_SAVED(result, save, call) \
    do { \
        struct bytes fetched_ = make(FOOTAGE_STATEMENT_BYTES); \
        size_t fetched_length_ = 0; \
        SAVED(call, save); \
        fetched_.length = fetched_length_; \
        (result) = fetched_; \
    } while (0)

static inline footage_signing_key *new_key(void)
{
    footage_signing_key *key = NULL;
    OK(footage_signing_key_generate(&key));
    return key;
}

/* The public half in hexadecimal. */
struct hex {
    char text[65];
};

static inline struct hex hex_of(const footage_signing_key *key)
{
    struct bytes public;
    struct hex hex;
    size_t at;
    FETCH(public, footage_signing_key_public(key, FETCHED));
    CHECK(public.length == 32);
    for (at = 0; at < 32; at++)
        snprintf(hex.text + 2 * at, 3, "%02x", public.at[at]);
    free(public.at);
    return hex;
}

static inline void put_record(const struct town *town, char kind, const uint8_t *bytes, size_t length)
{
    const uint8_t head[5] = {(uint8_t)kind, (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                             (uint8_t)length};
    CHECK(fwrite(head, 1, sizeof head, town->record) == sizeof head);
    CHECK(fwrite(bytes, 1, length, town->record) == length);
}

/* Puts a statement into the log, not witnessed yet, and frees it. */
static inline void append(const struct town *town, struct bytes statement)
{
    uint64_t before, index;
    OK(footage_memory_log_size(town->log, &before));
    OK(footage_memory_log_append(town->log, statement.at, statement.length, &index));
    CHECK(index == before);
    put_record(town, 'e', statement.at, statement.length);
    free(statement.at);
}

/* The same with a list of them, of which it says how many there were. */
static inline size_t append_all(const struct town *town, footage_list *list)
{
    size_t count, at;
    OK(footage_list_count(list, &count));
    for (at = 0; at < count; at++) {
        struct bytes statement;
        FETCH(statement, footage_list_get(list, at, FETCHED));
        append(town, statement);
    }
    footage_list_free(list);
    return count;
}

/* A second passes, the witnesses cosign the log, and the ledger follows. */
static inline void witness(struct town *town)
{
    struct bytes checkpoint;
    footage_list *entries = NULL;
    uint64_t followed, size;
    size_t at;
    town->now += SECOND;
    FETCH(checkpoint, footage_memory_log_checkpoint(town->log, town->now, FETCHED));
    OK(footage_ledger_size(town->ledger, &followed));
    OK(footage_memory_log_size(town->log, &size));
    OK(footage_memory_log_entries(town->log, followed, size, &entries));
    for (at = 0; at < size - followed; at++) {
        struct bytes entry;
        FETCH(entry, footage_list_get(entries, at, FETCHED));
        OK(footage_ledger_entry(town->ledger, entry.at, entry.length));
        free(entry.at);
    }
    footage_list_free(entries);
    OK(footage_ledger_advance(town->ledger, checkpoint.at, checkpoint.length));
    put_record(town, 'c', checkpoint.at, checkpoint.length);
    free(checkpoint.at);
}

static inline void approve(const struct town *town, const char *json)
{
    struct bytes approval;
    FETCH(approval, footage_registrar_approve(town->registrar, json, FETCHED));
    append(town, approval);
}

/* Approves everybody for a week. */
static inline void renew(struct town *town)
{
    char json[2048], validity[80];
    int at;
    snprintf(validity, sizeof validity, "{\"from\":%" PRId64 ",\"to\":%" PRId64 "}", town->now - MINUTE,
             town->now - MINUTE + 7 * DAY);
    snprintf(json, sizeof json,
             "{\"agency-approval\":{\"agency\":\"OH0500100\",\"name\":\"Town Police\",\"jurisdiction\":{\"type\":\"Polygon\","
             "\"coordinates\":[[[-80.8,40.95],[-80.5,40.95],[-80.5,41.25],[-80.8,41.25],[-80.8,40.95]]]},\"key\":\"%s\","
             "\"incentives\":[],\"validity\":%s}}",
             hex_of(town->agency).text, validity);
    approve(town, json);
    snprintf(json, sizeof json,
             "{\"maker-approval\":{\"maker\":\"acme\",\"name\":\"Acme Cameras\",\"key\":\"%s\",\"validity\":%s}}",
             hex_of(town->maker).text, validity);
    approve(town, json);
    for (at = 0; at < CUSTODIANS; at++) {
        snprintf(json, sizeof json,
                 "{\"custodian-approval\":{\"custodian\":\"%s\",\"operator\":\"A trusted operator\",\"group\":{\"id\":"
                 "\"town\",\"threshold\":2,\"size\":3},\"key\":\"%s\",\"affiliations\":[],\"validity\":%s}}",
                 CUSTODIAN[at], hex_of(town->custodians[at]).text, validity);
        approve(town, json);
    }
    witness(town);
}

/* Lets time pass, with renewed approvals every three days. */
static inline void pass_to(struct town *town, int64_t time)
{
    while (town->now < time) {
        town->now = time - town->now < 3 * DAY ? time : town->now + 3 * DAY;
        renew(town);
    }
}

/* A town whose log is recorded in a file, and whose trust roots are left in another. */
static inline struct town new_town(const char *record, const char *trust)
{
    struct town town = {0};
    footage_signing_key *log = new_key(), *witnesses[4];
    char json[2048];
    size_t length;
    FILE *file;
    int at;
    town.now = NOON;
    town.registrar = new_key();
    town.maker = new_key();
    town.agency = new_key();
    town.record = fopen(record, "wb");
    CHECK(town.record != NULL);
    OK(footage_memory_log_new("log.example/footage", log, &town.log));
    length = (size_t)snprintf(json, sizeof json, "{\"log\":{\"origin\":\"log.example/footage\",\"key\":\"%s\",\"witnesses\":[",
                              hex_of(log).text);
    for (at = 0; at < 4; at++) {
        char name[32];
        witnesses[at] = new_key();
        snprintf(name, sizeof name, "witness%d.example", at);
        OK(footage_memory_log_witness(town.log, name, witnesses[at]));
        length += (size_t)snprintf(json + length, sizeof json - length, "%s{\"name\":\"%s\",\"key\":\"%s\"}",
                                   at > 0 ? "," : "", name, hex_of(witnesses[at]).text);
        footage_signing_key_free(witnesses[at]);
    }
    length += (size_t)snprintf(json + length, sizeof json - length,
                               "],\"quorum\":3,\"faulty\":1},\"registrars\":[\"%s\"],\"registrar_quorum\":1}",
                               hex_of(town.registrar).text);
    CHECK(length < sizeof json);
    footage_signing_key_free(log);
    file = fopen(trust, "wb");
    CHECK(file != NULL && fwrite(json, 1, length, file) == length && fclose(file) == 0);
    OK(footage_ledger_new(json, &town.ledger));
    for (at = 0; at < CUSTODIANS; at++)
        town.custodians[at] = new_key();
    renew(&town);
    return town;
}

static inline void free_town(struct town *town)
{
    int at;
    CHECK(fclose(town->record) == 0);
    footage_memory_log_free(town->log);
    footage_ledger_free(town->ledger);
    footage_signing_key_free(town->registrar);
    footage_signing_key_free(town->maker);
    footage_signing_key_free(town->agency);
    for (at = 0; at < CUSTODIANS; at++)
        footage_signing_key_free(town->custodians[at]);
}

#endif
