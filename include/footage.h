/* The C interface of footage.
 *
 * Functions give a footage_status. FOOTAGE_WANT and FOOTAGE_UNSAVED ask for something and for the same call again; the
 * other statuses besides FOOTAGE_OK say why nothing was done, and footage_last_error_message has the words.
 *
 * A pointer may be NULL only where it says so, and for bytes of length 0. Bytes come as pointer and length, texts end with
 * a NUL and are UTF-8. Results go into the app's buffers: with a NULL buffer only the length is written, a buffer that is
 * too small gives FOOTAGE_TOO_SMALL and the length that is needed. A result may overlap with what the call reads, unless
 * it says otherwise.
 *
 * Handles are opaque, and each goes back once, with the _free of its type, which takes NULL. Any thread may use a handle,
 * one call at a time: another finds it FOOTAGE_BUSY. A handle must not be freed while a call uses it; one that others were
 * made from may be. Secrets are wiped when their last handle is freed.
 *
 * Files stay the app's: footage_stream. State that has to outlast the process is the app's to store: FOOTAGE_UNSAVED.
 * Times are milliseconds since 1970, UTC. No call waits for anything, reads a clock, or keeps a pointer beyond its end.
 */


#ifndef FOOTAGE_H
#define FOOTAGE_H

#include <stddef.h>
#include <stdint.h>

/**
 * Numbers below this are suppressed by default.
 */
#define FOOTAGE_SMALL 5

/**
 * The numbers of each agency, offence and month.
 */
#define FOOTAGE_CSV_ROWS 0

/**
 * Each agency's total of what its rows show exactly.
 */
#define FOOTAGE_CSV_TOTALS 1

/**
 * Money, equipment and other incentives.
 */
#define FOOTAGE_CSV_INCENTIVES 2

/**
 * The statements that an accusation shows prove it.
 */
#define FOOTAGE_WEIGHT_PROOF 1

/**
 * It rests on something not being in the log: whoever is accused refutes it by showing that.
 */
#define FOOTAGE_WEIGHT_ABSENCE 2

/**
 * AES-256-GCM, for processors that have AES.
 */
#define FOOTAGE_SUITE_AES_256_GCM 1

/**
 * ChaCha20-Poly1305, for all others.
 */
#define FOOTAGE_SUITE_CHACHA20_POLY1305 2

/**
 * Codec parameters.
 */
#define FOOTAGE_SEGMENT_INIT 0

/**
 * A group of pictures.
 */
#define FOOTAGE_SEGMENT_MEDIA 1

/**
 * What `init` of a `footage_segment` is when it needs none.
 */
#define FOOTAGE_NO_INIT UINT32_MAX

/**
 * Bytes of a saved private key of either kind.
 */
#define FOOTAGE_SECRET_BYTES 32

/**
 * Keys are wrapped with X-Wing, which stays sealed against a later quantum computer.
 */
#define FOOTAGE_KEM_XWING 25722

/**
 * Keys are wrapped with X25519, for deployments that may only use published standards. Not post-quantum.
 */
#define FOOTAGE_KEM_X25519 32

/**
 * Bytes of a cosigned checkpoint, at most.
 */
#define FOOTAGE_CHECKPOINT_BYTES (8 << 10)

/**
 * Signs with every segment: for live recording, so that a power cut loses at most one.
 */
#define FOOTAGE_SIGN_EVERY_SEGMENT 0

/**
 * Signs at the end only: for sealing a file that is whole.
 */
#define FOOTAGE_SIGN_AT_END 1

/**
 * Bytes that a segment has in the clip's file besides its content, at most: a buffer of so many more always holds what
 * `footage_recording_init` and `footage_recording_media` write.
 */
#define FOOTAGE_SEGMENT_OVERHEAD (48 << 10)

/**
 * Bytes of a statement, at most: a buffer of so many holds each. Calls that sign one but once say that they need as many.
 */
#define FOOTAGE_STATEMENT_BYTES (48 << 10)

/**
 * A length that is not known yet: for an input that is read from its beginning to its end.
 */
#define FOOTAGE_UNKNOWN_LENGTH UINT64_MAX

/**
 * The version that this header belongs to. Within one major version functions and numbers are added, none is changed; before
 * 1.0 this holds within one minor version.
 */
#define FOOTAGE_VERSION_MAJOR 0

/**
 * See `FOOTAGE_VERSION_MAJOR`.
 */
#define FOOTAGE_VERSION_MINOR 1

/**
 * See `FOOTAGE_VERSION_MAJOR`.
 */
#define FOOTAGE_VERSION_PATCH 0

/**
 * Bytes of a witness's answer, at most: a buffer of so many always holds what `footage_witness_add_checkpoint` writes.
 */
#define FOOTAGE_COSIGNATURE_BYTES 256

/**
 * What became of a call. The numbers are never used again for something else.
 */
typedef enum {
    /**
     * Done.
     */
    FOOTAGE_OK = 0,
    /**
     * Not done yet: one of the streams needs the app. Serve it (`footage_stream_wanted`, `footage_stream_take`) and make
     * the same call again.
     */
    FOOTAGE_WANT = 1,
    /**
     * Not done yet: store what the handle's `_save` function gives, and make the same call again.
     */
    FOOTAGE_UNSAVED = 2,
    /**
     * There is nothing more.
     */
    FOOTAGE_END = 3,
    /**
     * A pointer is NULL that may not be.
     */
    FOOTAGE_NULL = 16,
    /**
     * A number, a length or a text that this argument cannot be.
     */
    FOOTAGE_ARGUMENT = 17,
    /**
     * The buffer is too small. The length that is needed has been written, and nothing else.
     */
    FOOTAGE_TOO_SMALL = 18,
    /**
     * The handle is not of this type.
     */
    FOOTAGE_HANDLE = 19,
    /**
     * The handle is in use: by another thread, or by the very call that called back.
     */
    FOOTAGE_BUSY = 20,
    /**
     * The call comes too early or too late: what it needs has not been done, or is over, or another one has to be finished.
     */
    FOOTAGE_ORDER = 21,
    /**
     * Two buffers overlap that may not.
     */
    FOOTAGE_OVERLAP = 22,
    /**
     * Bytes that are not what they should be: not of the format, damaged, or over a limit.
     */
    FOOTAGE_MALFORMED = 32,
    /**
     * A signature is not valid, or by another key than it should be.
     */
    FOOTAGE_SIGNATURE = 33,
    /**
     * It does not open: the wrong key, or altered. It never says which.
     */
    FOOTAGE_LOCKED = 34,
    /**
     * There is no such thing: the log, the clip or the vault does not hold it.
     */
    FOOTAGE_NOT_FOUND = 35,
    /**
     * The rules refuse it. The message lists each that is broken.
     */
    FOOTAGE_REFUSED = 36,
    /**
     * The log rewound, forked, stands still or is not witnessed.
     */
    FOOTAGE_LOG = 37,
    /**
     * More than fits: a clip, a batch or a statement is full.
     */
    FOOTAGE_FULL = 38,
    /**
     * It is too late, or too early, by witnessed time.
     */
    FOOTAGE_TIME = 39,
    /**
     * A stream was failed by the app, or a store failed.
     */
    FOOTAGE_STORE = 48,
    /**
     * The random source gave nothing. Nothing was made.
     */
    FOOTAGE_RANDOM = 49,
    /**
     * A bug of this library. The handles of this call can only be freed.
     */
    FOOTAGE_INTERNAL = 64,
} footage_status;

/**
 * An agency: it asks in public, takes excerpts in, releases in public, opens, and deletes.
 *
 * Its state holds a secret for each open request and for each grant. A call that changes it acts once, and gives
 * `FOOTAGE_UNSAVED` until the state is stored: store what `footage_agency_save` gives in the place of what was stored before,
 * durably, and make the same call again, which then gives what it made. Until then every other call that acts gives
 * `FOOTAGE_ORDER`.
 *
 * What is erased, a request's key, a grant's half, a one-time key, is erased from the state as well: the state must never
 * be backed up or set back, and what was stored before has to be gone.
 */
typedef struct footage_agency footage_agency;

/**
 * Anybody who replays the log, and says what it shows: numbers, the directory of agencies, what is overdue, accusations.
 *
 * It holds the log's entries in memory, unless it was restored. Times are those of the checkpoints that it follows, so let it follow every one.
 */
typedef struct footage_auditor footage_auditor;

/**
 * A camera, which seals clips and cannot open them again.
 *
 * Its state has to outlast a power cut: whenever a call gives `FOOTAGE_UNSAVED`, store what `footage_camera_save` gives in
 * the place of what was stored before, durably, and make the call again. The state must never be set back, and never be
 * copied to another camera: with a counter that is used twice, two clips stand on the random source alone. It grows by
 * about 110 bytes with each clip.
 */
typedef struct footage_camera footage_camera;

/**
 * A finished clip that is read: by whoever has the file, and, once it is unlocked, its content.
 *
 * Calls that read the file give `FOOTAGE_WANT` while the stream needs the app.
 */
typedef struct footage_clip footage_clip;

/**
 * A custodian, which holds half of every lock until its end date, and destroys it then.
 *
 * It starts anew with each handle: log what `footage_custodian_start` gives, and call `footage_custodian_serve` once the ledger
 * shows it. What it gave notice of, it forgets with the handle.
 *
 * Its state holds a secret for each epoch to come, and the revocations. A call that changes it acts once, and gives
 * `FOOTAGE_UNSAVED` until the state is stored: store what `footage_custodian_save` gives in the place of what was stored
 * before, durably, and make the same call again, which then goes on or gives what it made. Until then every other call that
 * acts gives `FOOTAGE_ORDER`.
 *
 * An ended key is erased from the state as well: the state must never be backed up or set back, and what was stored before
 * has to be gone. A lost one is covered by the other custodians.
 */
typedef struct footage_custodian footage_custodian;

/**
 * Cuts a recording into pieces that can each be sealed as a segment, in one pass through a stream.
 *
 * It holds two of them at most. After an error it gives nothing more.
 */
typedef struct footage_cutter footage_cutter;

/**
 * An excerpt as it came in: what is public of it is read, what is sealed stays so.
 *
 * It can be used again and again: to take it in, to release it, to open it, and to delete it.
 */
typedef struct footage_excerpt footage_excerpt;

/**
 * Whoever publishes the feed: the pages that phones follow in place of the whole log. Anybody who has the log can.
 *
 * It holds the log's entries in memory. It has no state to store: it is made anew from the log's beginning, along the same
 * checkpoints, and then makes the same pages.
 */
typedef struct footage_feed footage_feed;

/**
 * What the log says of who stands how: for agencies, custodians and auditors from its every entry, for phones from the
 * pages of the feed.
 */
typedef struct footage_ledger footage_ledger;

/**
 * What a call has made: byte strings in order, mostly statements, of which the function says what they are.
 */
typedef struct footage_list footage_list;

/**
 * A log that is kept in a directory, or in a store elsewhere: whoever holds it is its logkeeper.
 *
 * These functions read and write the store, and wait for it. The library has them if it was built with the feature
 * `logkeeper`.
 */
typedef struct footage_log footage_log;

/**
 * A log in memory, with its witnesses: for tests, and for a deployment so small that it hands its entries to
 * `footage_memory_log_append` again when it starts.
 *
 * It forgets with the handle what it signed, and so do its witnesses: begun anew with other entries, it forks.
 */
typedef struct footage_memory_log footage_memory_log;

/**
 * An excerpt that an agency has opened: its segments come out one after the other, each checked before anything of it
 * leaves. Wiped when it is freed.
 */
typedef struct footage_opened footage_opened;

/**
 * The private key of an owner of clips: a member of a household, or its recovery key. Wiped when it is freed.
 */
typedef struct footage_owner footage_owner;

/**
 * A clip while it is recorded. Freed before it is finished, the clip can only be recovered.
 *
 * The clip's file is what the calls of the recording write, one after the other. The recording keeps its camera alive:
 * `footage_camera_free` may come first.
 */
typedef struct footage_recording footage_recording;

/**
 * A private key that signs: of a maker, a camera, a registrar, an agency, a custodian, a log or a witness (Ed25519).
 * Wiped when it is freed.
 */
typedef struct footage_signing_key footage_signing_key;

/**
 * A file of the app's, as this library sees it: bytes that it wants or has.
 *
 * An input is read at any place, an output is written from its beginning on. Functions that take streams give
 * `FOOTAGE_WANT` as long as a stream needs the app: then feed the inputs what they want, take from the outputs what they
 * have, and make the same call again. When that gives `FOOTAGE_OK`, the outputs are empty and the output is whole; after
 * any other status what was taken is to be thrown away.
 *
 * A stream serves one call at a time. Inputs may be used again; freed, a stream fails whatever still needs it.
 */
typedef struct footage_stream footage_stream;

/**
 * The files that a log publishes (C2SP tlog-tiles), as the app fetches them: over HTTP, or from wherever they are. They
 * need not be trusted.
 */
typedef struct footage_tiles footage_tiles;

/**
 * A witness: it cosigns checkpoints of the logs that it watches, each only if it extends the last one.
 *
 * Its state is all that makes it a witness. It must never be set back: the witness would sign another history.
 */
typedef struct footage_witness footage_witness;

/**
 * What the camera signed of a segment besides its content. Times are in milliseconds from the beginning of the clip.
 */
typedef struct {
    /**
     * When it begins.
     */
    uint64_t start;
    /**
     * How long it is.
     */
    uint64_t duration;
    /**
     * Bytes of its content.
     */
    uint32_t length;
    /**
     * The index of the init segment that it needs, or `FOOTAGE_NO_INIT`.
     */
    uint32_t init;
    /**
     * `FOOTAGE_SEGMENT_INIT` or `FOOTAGE_SEGMENT_MEDIA`.
     */
    uint8_t kind;
} footage_segment;

/**
 * Called on the app's thread, within `footage_stream_feed` and `footage_stream_take`, with the bytes that have gone
 * through the stream so far. It must not unwind; calls on the same stream give it `FOOTAGE_BUSY`.
 */
typedef void (*footage_progress)(void *context, uint64_t bytes);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes an agency of its id, its signing key, and the KEM of its request keys, `FOOTAGE_KEM_XWING` or `FOOTAGE_KEM_X25519`.
 *
 * `state` is what `footage_agency_save` gave last, for keys of the same KEM, or empty for an agency that never had one. Its
 * requests are numbered on from those in `ledger`, which has to know every entry of the log; NULL is only for an agency that
 * never made a request. The key's handle may be freed afterwards.
 */
footage_status footage_agency_new(const char *agency_id,
                                  const footage_signing_key *key,
                                  uint16_t algorithm,
                                  const uint8_t *state,
                                  size_t state_length,
                                  const footage_ledger *ledger,
                                  footage_agency **agency);

/**
 * Writes the state that has to be stored; wipe the buffer afterwards. Asking for its length alone does not count as saving
 * it.
 */
footage_status footage_agency_save(const footage_agency *agency,
                                   uint8_t *state,
                                   size_t capacity,
                                   size_t *length);

/**
 * Makes a request with a fresh request key, anchored in the ledger's latest checkpoint, and writes the statement, which is
 * to be logged. `FOOTAGE_UNSAVED` until the state is stored.
 *
 * `ask` is JSON with the members `area`, `window`, `offence`, `case`, `basis`, `retention` (days) and `open_until`.
 */
footage_status footage_agency_request(const footage_agency *agency,
                                      const char *ask,
                                      const footage_ledger *ledger,
                                      uint8_t *request,
                                      size_t capacity,
                                      size_t *length);

/**
 * Takes an open excerpt in: unwraps the agency's half of its key, checks it, and keeps it by itself, so that the request key
 * can go. `FOOTAGE_UNSAVED` until the state is stored. `FOOTAGE_NOT_FOUND` if the request is closed, or was not made here.
 */
footage_status footage_agency_take_in(const footage_agency *agency,
                                      const footage_excerpt *excerpt);

/**
 * Says in public that a grant which was taken in shall be opened, with a fresh one-time key, and writes the release, which
 * is to be logged. `FOOTAGE_UNSAVED` until the state is stored.
 */
footage_status footage_agency_release(const footage_agency *agency,
                                      const footage_excerpt *excerpt,
                                      uint8_t *release,
                                      size_t capacity,
                                      size_t *length);

/**
 * Lists what each custodian is brought beside the log so that it can answer a release, whose id has 32 bytes: in turn a
 * custodian's id, a text without NUL, and its delivery, for `footage_custodian_notice`.
 */
footage_status footage_agency_deliveries(const footage_agency *agency,
                                         const footage_excerpt *excerpt,
                                         const uint8_t *release,
                                         size_t release_length,
                                         footage_list **deliveries);

/**
 * Opens an excerpt with enough custodians' answers, each to a notice in the log; others are passed over, and what is no
 * answer at all. `answers` has `answers_count` pointers at answers, `answers_lengths` their lengths; the ledger has to know
 * every entry of the log.
 *
 * The one-time key is erased: to open again takes a new release. `FOOTAGE_UNSAVED` until the state is stored. `FOOTAGE_ORDER`
 * if more answers are needed, `FOOTAGE_NOT_FOUND` if the grant was not released, or is open already. The excerpt's handle may
 * be freed afterwards.
 */
footage_status footage_agency_open(const footage_agency *agency,
                                   const footage_excerpt *excerpt,
                                   const uint8_t *const *answers,
                                   const size_t *answers_lengths,
                                   size_t answers_count,
                                   const footage_ledger *ledger,
                                   int64_t now,
                                   footage_opened **opened);

/**
 * Closes a request, given as the statement that was logged: destroys its key, and writes the receipt that says so, anchored
 * in the ledger's latest checkpoint and to be logged. From then on a copy of an excerpt that was not taken in is dead.
 * `FOOTAGE_UNSAVED` until the state is stored.
 *
 * `deletion` is JSON with the members `method`, `tool` (`name`, `version`), `backups` and `obtained`.
 */
footage_status footage_agency_close_request(const footage_agency *agency,
                                            const uint8_t *request,
                                            size_t request_length,
                                            const char *deletion,
                                            const footage_ledger *ledger,
                                            uint8_t *receipt,
                                            size_t capacity,
                                            size_t *length);

/**
 * Deletes a grant: destroys the agency's half of its key and any one-time key, and writes the receipt that says so, anchored
 * in the ledger's latest checkpoint and to be logged. The app has destroyed every copy of the footage before.
 * `FOOTAGE_UNSAVED` until the state is stored. `deletion` is as in `footage_agency_close_request`.
 */
footage_status footage_agency_delete(const footage_agency *agency,
                                     const footage_excerpt *excerpt,
                                     const char *deletion,
                                     const footage_ledger *ledger,
                                     uint8_t *receipt,
                                     size_t capacity,
                                     size_t *length);

/**
 * Frees an agency, and wipes its secrets. What a call has made and not given yet is gone. NULL is allowed.
 */
void footage_agency_free(footage_agency *agency);

/**
 * Makes an auditor at the beginning of the log that the trust roots name, who holds requests against a policy. Both are
 * JSON; a NULL policy is the default one.
 */
footage_status footage_auditor_new(const char *trust,
                                   const char *policy,
                                   footage_auditor **auditor);

/**
 * Writes what the auditor knows, to go on from there the next time. What is stored is believed: keep it where nobody else
 * writes.
 */
footage_status footage_auditor_save(const footage_auditor *auditor,
                                    uint8_t *state,
                                    size_t capacity,
                                    size_t *length);

/**
 * Makes an auditor again from what `footage_auditor_save` gave under the same trust roots and policy, to go on with the
 * entries since.
 */
footage_status footage_auditor_restore(const uint8_t *state,
                                       size_t state_length,
                                       const char *trust,
                                       const char *policy,
                                       footage_auditor **auditor);

/**
 * How many entries of the log the auditor has replayed.
 */
footage_status footage_auditor_size(const footage_auditor *auditor, uint64_t *size);

/**
 * Hands over the log's next entry, which waits for a checkpoint that includes it.
 */
footage_status footage_auditor_entry(const footage_auditor *auditor, const uint8_t *entry, size_t length);

/**
 * Goes on to a cosigned checkpoint with the entries that wait, which have to be all up to it. If it fails, the auditor is
 * as before, and the entries are forgotten; but a fork that is proven is charged from now on.
 */
footage_status footage_auditor_advance(const footage_auditor *auditor,
                                       const uint8_t *checkpoint,
                                       size_t length);

/**
 * Goes on to a cosigned checkpoint, or to the latest one if `length` is 0, and fetches the entries up to it. `FOOTAGE_WANT`
 * while a file is wanted of the app. Otherwise as `footage_auditor_advance`.
 */
footage_status footage_auditor_follow(const footage_auditor *auditor,
                                      const footage_tiles *tiles,
                                      const uint8_t *checkpoint,
                                      size_t length);

/**
 * Holds a cosigned checkpoint that was found elsewhere against those that were followed: `forked` becomes 1 if the log
 * shows it another history, which is charged from now on, else 0.
 */
footage_status footage_auditor_compare(const footage_auditor *auditor,
                                       const uint8_t *checkpoint,
                                       size_t length,
                                       uint8_t *forked);

/**
 * Says since when the log stands still by this clock, in milliseconds since 1970. `FOOTAGE_NOT_FOUND` if it does not.
 */
footage_status footage_auditor_stale(const footage_auditor *auditor,
                                     int64_t now,
                                     int64_t *since);

/**
 * Writes the numbers as they may be published, as JSON: cells below the threshold are suppressed, and cannot be found by
 * subtraction. `FOOTAGE_SMALL` is a good threshold, 1 suppresses nothing.
 */
footage_status footage_auditor_numbers(const footage_auditor *auditor,
                                       uint64_t threshold,
                                       uint8_t *json,
                                       size_t capacity,
                                       size_t *length);

/**
 * Writes a table of the numbers as they may be published, as CSV (RFC 4180, with a header line): `FOOTAGE_CSV_ROWS`,
 * `FOOTAGE_CSV_TOTALS` or `FOOTAGE_CSV_INCENTIVES`. As `footage_auditor_numbers`.
 */
footage_status footage_auditor_numbers_csv(const footage_auditor *auditor,
                                           uint64_t threshold,
                                           uint8_t table,
                                           uint8_t *csv,
                                           size_t capacity,
                                           size_t *length);

/**
 * Writes the directory of the agencies that were approved at a time, as GeoJSON: a `FeatureCollection` with one `Feature`
 * an agency, its jurisdiction as geometry and what the log says of it as properties.
 */
footage_status footage_auditor_directory(const footage_auditor *auditor,
                                         int64_t time,
                                         uint8_t *json,
                                         size_t capacity,
                                         size_t *length);

/**
 * Lists the agencies approved at a time in whose names a text stands, in capital or small letters. Each is JSON: a `Feature`
 * of the directory.
 */
footage_status footage_auditor_agencies_named(const footage_auditor *auditor,
                                              int64_t time,
                                              const char *text,
                                              footage_list **agencies);

/**
 * Lists the agencies approved at a time that might ask at a place, in 1e-7 degrees (WGS84). Each is JSON: a `Feature` of
 * the directory.
 */
footage_status footage_auditor_agencies_at(const footage_auditor *auditor,
                                           int64_t time,
                                           int32_t longitude,
                                           int32_t latitude,
                                           footage_list **agencies);

/**
 * Lists what should have been deleted by now, by witnessed time, and is not proven to be. Each is JSON: `party`, `subject`,
 * `since`, `due` and `verdict`.
 */
footage_status footage_auditor_overdue(const footage_auditor *auditor,
                                       footage_list **duties);

/**
 * Lists everything that is to be charged, by witnessed time. Each is JSON: an object with one member named by the kind of
 * charge, or its name alone.
 */
footage_status footage_auditor_charges(const footage_auditor *auditor,
                                       footage_list **charges);

/**
 * Makes the accusations of a charge, by its index among those that `footage_auditor_charges` gives now: each convinces a
 * third party by itself, by `footage_accusation_verify`. There is none if the times are not known well enough for that.
 * `FOOTAGE_ORDER` with an auditor that was restored, which has no entries to show.
 */
footage_status footage_auditor_accuse(const footage_auditor *auditor,
                                      size_t charge,
                                      footage_list **accusations);

/**
 * Verifies an accusation from its bytes alone, under one's own trust and policy, and says how much it proves:
 * `FOOTAGE_WEIGHT_PROOF` or `FOOTAGE_WEIGHT_ABSENCE`. `trust` and `policy` are JSON; a NULL policy is the default one.
 * `FOOTAGE_REFUSED` if it does not show what it charges.
 */
footage_status footage_accusation_verify(const uint8_t *accusation,
                                         size_t accusation_length,
                                         const char *trust,
                                         const char *policy,
                                         uint8_t *weight);

/**
 * Writes what an accusation charges, as JSON, verified or not: as `footage_auditor_charges` has it.
 */
footage_status footage_accusation_charge(const uint8_t *accusation,
                                         size_t accusation_length,
                                         uint8_t *json,
                                         size_t capacity,
                                         size_t *length);

/**
 * Frees an auditor. NULL is allowed.
 */
void footage_auditor_free(footage_auditor *auditor);

/**
 * Supplied by the firmware, for the library without `std`: fills `bytes` with random bytes of the chip's source. 0 if
 * it did.
 */
extern int32_t footage_board_random(uint8_t *bytes,
                                    size_t length);

/**
 * Supplied by the firmware, for the library without `std`: gives memory of so many bytes, at least one, aligned to 8;
 * NULL if there is none, which ends in `footage_board_panic`.
 */
extern void *footage_board_alloc(size_t size);

/**
 * Supplied by the firmware, for the library without `std`: takes memory back that `footage_board_alloc` gave, of which
 * `size` bytes had been asked for.
 */
extern void footage_board_free(void *memory,
                               size_t size);

/**
 * Supplied by the firmware, for the library without `std`: is called when there is no memory, or a bug of this library
 * shows. It must not return; what it may do is to start the chip anew.
 */
extern void footage_board_panic(void);

/**
 * Makes a camera of the certificate that its maker signed, its signing key, and its device secret of 32 random bytes,
 * which it makes itself and keeps like the key: with the counter it keeps clip keys apart should the random source fail.
 *
 * `state` is what `footage_camera_save` gave last, or empty for a camera that never recorded. `suite` is
 * `FOOTAGE_SUITE_AES_256_GCM` or `FOOTAGE_SUITE_CHACHA20_POLY1305`. The key's handle may be freed afterwards.
 */
footage_status footage_camera_new(const uint8_t *certificate,
                                  size_t certificate_length,
                                  const footage_signing_key *key,
                                  const uint8_t *device,
                                  size_t device_length,
                                  uint8_t suite,
                                  const uint8_t *state,
                                  size_t state_length,
                                  footage_camera **camera);

/**
 * Writes the state that has to be stored. Asking for its length alone does not count as saving it.
 */
footage_status footage_camera_save(const footage_camera *camera,
                                   uint8_t *state,
                                   size_t capacity,
                                   size_t *length);

/**
 * Frees a camera; its secrets are wiped once no recording of it is left. NULL is allowed.
 *
 * A recording keeps its camera, and goes on when this handle is freed. But without the handle the state cannot be saved
 * any more, which a recording asks for to be finished: keep it until the state after the recording's end is saved.
 */
void footage_camera_free(footage_camera *camera);

/**
 * Makes a clip of an input whose length is known. The stream's handle is to be kept until the clip is freed.
 */
footage_status footage_clip_new(const footage_stream *stream, footage_clip **clip);

/**
 * Opens the clip: reads its beginning and its end, and checks the camera's signatures. `FOOTAGE_WANT` until it is done.
 */
footage_status footage_clip_open(const footage_clip *clip);

/**
 * Unlocks the clip with the key of one of its owners. `FOOTAGE_LOCKED` if it is none.
 */
footage_status footage_clip_unlock(const footage_clip *clip, const footage_owner *owner);

/**
 * Writes what stands in the open of an open clip, as JSON: `id`, `suite`, `started`, `certificate`, `count` and `ending`.
 */
footage_status footage_clip_info(const footage_clip *clip,
                                 uint8_t *json,
                                 size_t capacity,
                                 size_t *length);

/**
 * Finds the segments that lie wholly between two times, in milliseconds since 1970, by the camera's claim: `first` and
 * the index after the last. `FOOTAGE_WANT` until it is done.
 */
footage_status footage_clip_select(const footage_clip *clip,
                                   int64_t from,
                                   int64_t to,
                                   uint32_t *first,
                                   uint32_t *end);

/**
 * Says what the camera signed of a segment. `FOOTAGE_WANT` until it is done.
 */
footage_status footage_clip_segment_info(const footage_clip *clip, uint32_t index, footage_segment *segment);

/**
 * Opens a segment of an unlocked clip, checks it, and writes its content to an output. `FOOTAGE_WANT` until it is done.
 */
footage_status footage_clip_segment(const footage_clip *clip,
                                    uint32_t index,
                                    const footage_stream *content);

/**
 * Frees a clip and wipes its secret. NULL is allowed.
 */
void footage_clip_free(footage_clip *clip);

/**
 * A resident says yes: grants the segments of an open and unlocked clip from `first` to before `end` to the agency of a
 * request, for so many days, and writes the excerpt to an output. `FOOTAGE_WANT` until it is done. There is no other way to a
 * grant, and no function for no.
 *
 * `request` is its id of 32 bytes; `group` names the custodians who hold the other half of the key; `policy` is JSON, or NULL
 * for the default; `words` go to the agency with the footage, at most 4 KiB, or NULL. `now` is the device's clock.
 * `FOOTAGE_REFUSED` if a rule of the policy is broken, of which `footage_last_refusal` lists each. The ledger's handle must
 * not be in use by another call meanwhile.
 *
 * `consents` becomes a list of one record, which belongs in every owner's store: it holds the revocation. Nothing of it goes
 * to anybody.
 */
footage_status footage_consent(const footage_ledger *ledger,
                               const footage_clip *clip,
                               const uint8_t *request,
                               size_t request_length,
                               uint32_t first,
                               uint32_t end,
                               const char *group,
                               uint64_t days,
                               const char *policy,
                               const char *words,
                               int64_t now,
                               const footage_stream *excerpt,
                               footage_list **consents);

/**
 * Writes the revocation of a consent, a signed statement: given to the custodians, it ends access before its time.
 */
footage_status footage_consent_revocation(const uint8_t *consent,
                                          size_t consent_length,
                                          uint8_t *revocation,
                                          size_t capacity,
                                          size_t *length);

/**
 * Writes what a consent says, as JSON: `grant`, `request`, `clip`, `from`, `to`, `given`, `not_after` and `revocation`.
 */
footage_status footage_consent_json(const uint8_t *consent,
                                    size_t consent_length,
                                    uint8_t *json,
                                    size_t capacity,
                                    size_t *length);

/**
 * Makes a custodian that starts, of its id, its signing key, the KEM of its expiry keys, `FOOTAGE_KEM_XWING` or
 * `FOOTAGE_KEM_X25519`, and the tool that it destroys with, JSON with `name` and `version`.
 *
 * `state` is what `footage_custodian_save` gave last, for keys of the same KEM, or empty for a custodian that never had one.
 * The key's handle may be freed afterwards.
 */
footage_status footage_custodian_new(const char *custodian_id,
                                     const footage_signing_key *key,
                                     uint16_t algorithm,
                                     const char *tool,
                                     const uint8_t *state,
                                     size_t state_length,
                                     footage_custodian **custodian);

/**
 * Writes the state that has to be stored; wipe the buffer afterwards. Asking for its length alone does not count as saving
 * it.
 */
footage_status footage_custodian_save(const footage_custodian *custodian,
                                      uint8_t *state,
                                      size_t capacity,
                                      size_t *length);

/**
 * Writes the statement of this start, which is to be logged. It is another one for every handle, so that no earlier log
 * shows it.
 */
footage_status footage_custodian_start(const footage_custodian *custodian,
                                       uint8_t *start,
                                       size_t capacity,
                                       size_t *length);

/**
 * Serves, once the start is in the log, of which the ledger has to know every entry: first every ended epoch is destroyed,
 * and every destruction that was under way finished. `receipts` becomes the list of the receipts, which are to be logged.
 *
 * `FOOTAGE_UNSAVED` until the state is stored, twice if a key is destroyed: marked, and erased. `FOOTAGE_ORDER` while the start
 * is not in the log; then nothing is lost, and it can be tried again.
 */
footage_status footage_custodian_serve(const footage_custodian *custodian,
                                       const footage_ledger *ledger,
                                       int64_t now,
                                       footage_list **receipts);

/**
 * Destroys the keys of every epoch that has ended by witnessed time, or by 72 hours on the custodian's clock, `now`, and
 * finishes what was under way; before it serves, too. `receipts` becomes the list of the receipts, which are to be logged.
 * `FOOTAGE_UNSAVED` until the state is stored, twice if a key is destroyed: marked, and erased.
 */
footage_status footage_custodian_destroy_ended(const footage_custodian *custodian,
                                               const footage_ledger *ledger,
                                               int64_t now,
                                               footage_list **receipts);

/**
 * Makes the expiry keys that are missing in the log, from the present epoch to `ahead` epochs later, at most 45. `keys`
 * becomes the list of the statements, which are to be logged. `FOOTAGE_UNSAVED` until the state is stored.
 */
footage_status footage_custodian_publish_keys(const footage_custodian *custodian,
                                              const footage_ledger *ledger,
                                              uint32_t ahead,
                                              footage_list **keys);

/**
 * Checks a release in the log with what the agency brought, from `footage_agency_deliveries`, and writes the notice that it
 * will be answered, which is to be logged. Nothing has left yet. Each call gives another notice.
 *
 * `policy` is JSON, or NULL for the default; `now` is the custodian's clock. `FOOTAGE_REFUSED`, `FOOTAGE_TIME` or
 * `FOOTAGE_LOCKED` if it is not to be answered, `FOOTAGE_LOG` while the log stands still.
 */
footage_status footage_custodian_notice(const footage_custodian *custodian,
                                        const uint8_t *delivery,
                                        size_t delivery_length,
                                        const char *policy,
                                        const footage_ledger *ledger,
                                        int64_t now,
                                        uint8_t *notice,
                                        size_t capacity,
                                        size_t *length);

/**
 * Hands the share out: writes the answer to a notice, by its id of 32 bytes, once that is witnessed before the end date. It
 * goes to the agency, not to the log. Each notice is answered once, by the handle that gave it. `policy`, `now` and the
 * statuses are as with `footage_custodian_notice`; `FOOTAGE_NOT_FOUND` if the log does not show the notice yet, or it was not
 * given by this handle.
 */
footage_status footage_custodian_answer(const footage_custodian *custodian,
                                        const uint8_t *notice,
                                        size_t notice_length,
                                        const char *policy,
                                        const footage_ledger *ledger,
                                        int64_t now,
                                        uint8_t *answer,
                                        size_t capacity,
                                        size_t *length);

/**
 * Takes a grant's revocation: it is not answered for again. Writes the notice of that, which is to be logged.
 * `FOOTAGE_UNSAVED` until the state is stored.
 */
footage_status footage_custodian_revoke(const footage_custodian *custodian,
                                        const uint8_t *revocation,
                                        size_t revocation_length,
                                        uint8_t *notice,
                                        size_t capacity,
                                        size_t *length);

/**
 * Carries an agency's receipt into the log: writes the statement that holds it, which is to be logged.
 */
footage_status footage_custodian_carry(const footage_custodian *custodian,
                                       const uint8_t *receipt,
                                       size_t receipt_length,
                                       uint8_t *carried,
                                       size_t capacity,
                                       size_t *length);

/**
 * Frees a custodian, and wipes its secrets. NULL is allowed.
 */
void footage_custodian_free(footage_custodian *custodian);

/**
 * Makes a cutter of an input, which may be of unknown length. A file that begins as MP4 has to be fragmented, and is cut at
 * its key frames, without what is not needed to play it; any other is cut into pieces of 1 MiB, whose times are 0. The
 * stream's handle is to be kept until the cutter is freed.
 */
footage_status footage_cutter_new(const footage_stream *stream,
                                  footage_cutter **cutter);

/**
 * Makes a cutter that cuts any input into pieces of `size` bytes, 1 to 16 MiB, the last one shorter. Their times are 0.
 */
footage_status footage_cutter_new_by_size(const footage_stream *stream,
                                          uint64_t size,
                                          footage_cutter **cutter);

/**
 * Goes on to the next cut, and says what it is: what the clip's reader will say of it if the clip holds nothing else.
 * `FOOTAGE_WANT` until it is done, `FOOTAGE_END` after the last one.
 */
footage_status footage_cutter_next(const footage_cutter *cutter,
                                   footage_segment *segment);

/**
 * Writes the content of the cut that `footage_cutter_next` went on to.
 */
footage_status footage_cutter_content(const footage_cutter *cutter,
                                      uint8_t *content,
                                      size_t capacity,
                                      size_t *length);

/**
 * Frees a cutter. NULL is allowed.
 */
void footage_cutter_free(footage_cutter *cutter);

/**
 * Makes an excerpt of an input, which may be of unknown length. The stream's handle is to be kept until the excerpt is
 * freed, and what was opened of it.
 */
footage_status footage_excerpt_new(const footage_stream *stream,
                                   footage_excerpt **excerpt);

/**
 * Reads the excerpt from its beginning to its end, and checks that each of its parts is the one that was granted.
 * `FOOTAGE_WANT` until it is done.
 */
footage_status footage_excerpt_open(const footage_excerpt *excerpt);

/**
 * Writes the terms of the grant, a statement signed by the grant's own key.
 */
footage_status footage_excerpt_terms(const footage_excerpt *excerpt,
                                     uint8_t *terms,
                                     size_t capacity,
                                     size_t *length);

/**
 * Writes what the terms say, as JSON: the `grant`, the `request`, the `agency`, the `custody`, `not_before`, `not_after`,
 * and the commitments.
 */
footage_status footage_excerpt_terms_json(const footage_excerpt *excerpt,
                                          uint8_t *json,
                                          size_t capacity,
                                          size_t *length);

/**
 * Writes the id of the terms, by which the log names the grant: 32 bytes.
 */
footage_status footage_excerpt_terms_id(const footage_excerpt *excerpt,
                                        uint8_t *id,
                                        size_t capacity,
                                        size_t *length);

/**
 * Says whether every wrap of the excerpt stays sealed against a later quantum computer: 1 if so, or 0.
 */
footage_status footage_excerpt_is_post_quantum(const footage_excerpt *excerpt, uint8_t *is_post_quantum);

/**
 * Frees an excerpt. NULL is allowed.
 */
void footage_excerpt_free(footage_excerpt *excerpt);

/**
 * Makes the feed of the log that the trust roots name, at its beginning. `trust` is JSON.
 */
footage_status footage_feed_new(const char *trust, footage_feed **feed);

/**
 * How many entries of the log the feed stands for: the index of the next `footage_feed_entry` after an advance.
 */
footage_status footage_feed_size(const footage_feed *feed,
                                 uint64_t *size);

/**
 * Hands over the log's next entry, which waits for a checkpoint that includes it.
 */
footage_status footage_feed_entry(const footage_feed *feed, const uint8_t *entry, size_t length);

/**
 * Makes the page up to a cosigned checkpoint, from the entries that wait, which have to be all up to it; fetch it by
 * `footage_feed_page`. If it fails, the feed is as before, and the entries are forgotten.
 */
footage_status footage_feed_advance(const footage_feed *feed,
                                    const uint8_t *checkpoint,
                                    size_t length);

/**
 * Writes the page that was made last. `FOOTAGE_NOT_FOUND` before the first.
 */
footage_status footage_feed_page(const footage_feed *feed, uint8_t *page, size_t capacity, size_t *length);

/**
 * Frees a feed. NULL is allowed.
 */
void footage_feed_free(footage_feed *feed);

/**
 * Makes what `footage_ledger_follow` and `footage_auditor_follow` ask for files.
 */
footage_status footage_tiles_new(footage_tiles **tiles);

/**
 * Writes the path of the file that is wanted, below the log's prefix: `checkpoint`, `tile/0/000`... The text ends with a
 * NUL that does not count. `FOOTAGE_END` if none is wanted.
 */
footage_status footage_tiles_wanted(const footage_tiles *tiles,
                                    char *path,
                                    size_t capacity,
                                    size_t *length);

/**
 * Feeds the file that is wanted. None has 0 bytes: that says that there is no such file.
 */
footage_status footage_tiles_feed(const footage_tiles *tiles, const uint8_t *bytes, size_t length);

/**
 * Says that the file that is wanted could not be fetched: the call gives `FOOTAGE_STORE` when it is made again.
 */
footage_status footage_tiles_fail(const footage_tiles *tiles);

/**
 * Goes on with a ledger of every entry to a cosigned checkpoint, or to the latest one if `length` is 0, and fetches the
 * entries up to it. `FOOTAGE_WANT` while a file is wanted of the app. If it fails, the ledger is as before.
 *
 * Follow every checkpoint that is known: times are only as fine as they are.
 */
footage_status footage_ledger_follow(const footage_ledger *ledger,
                                     const footage_tiles *tiles,
                                     const uint8_t *checkpoint,
                                     size_t length);

/**
 * Frees it; what still waits for a file is given up. NULL is allowed.
 */
void footage_tiles_free(footage_tiles *tiles);

/**
 * Makes a fresh key.
 */
footage_status footage_signing_key_generate(footage_signing_key **key);

/**
 * Makes the key again from what `footage_signing_key_save` gave, 32 bytes.
 */
footage_status footage_signing_key_restore(const uint8_t *secret, size_t length, footage_signing_key **key);

/**
 * Writes the private key, 32 bytes, to be stored where nobody else reads; wipe the buffer afterwards.
 */
footage_status footage_signing_key_save(const footage_signing_key *key,
                                        uint8_t *secret,
                                        size_t capacity,
                                        size_t *length);

/**
 * Writes the public half, 32 bytes.
 */
footage_status footage_signing_key_public(const footage_signing_key *key,
                                          uint8_t *bytes,
                                          size_t capacity,
                                          size_t *length);

/**
 * Wipes and frees a key. NULL is allowed.
 */
void footage_signing_key_free(footage_signing_key *key);

/**
 * Makes a fresh key for `FOOTAGE_KEM_XWING` or `FOOTAGE_KEM_X25519`.
 */
footage_status footage_owner_generate(uint16_t algorithm, footage_owner **owner);

/**
 * Makes the key again from what `footage_owner_save` gave, 32 bytes.
 */
footage_status footage_owner_restore(uint16_t algorithm,
                                     const uint8_t *secret,
                                     size_t length,
                                     footage_owner **owner);

/**
 * Writes the private key, 32 bytes, to be stored where its owner alone reads; wipe the buffer afterwards. The recovery key
 * belongs on paper, or in a drawer.
 */
footage_status footage_owner_save(const footage_owner *owner,
                                  uint8_t *secret,
                                  size_t capacity,
                                  size_t *length);

/**
 * Writes the public half, for cameras: the KEM's number in two bytes (big-endian), and the key, 1216 bytes for X-Wing or
 * 32 for X25519.
 */
footage_status footage_owner_public(const footage_owner *owner,
                                    uint8_t *bytes,
                                    size_t capacity,
                                    size_t *length);

/**
 * Wipes and frees a key. NULL is allowed.
 */
void footage_owner_free(footage_owner *owner);

/**
 * What went wrong in the last call of this thread that did not give `FOOTAGE_OK`, in English, for people. It never holds
 * a secret.
 *
 * The text ends with a NUL, which `length` does not count and `capacity` has to.
 */
footage_status footage_last_error_message(char *text,
                                          size_t capacity,
                                          size_t *length);

/**
 * Makes an empty ledger of the log that the trust roots name, for `footage_ledger_entry` and `footage_ledger_advance`.
 * `trust` is JSON.
 */
footage_status footage_ledger_new(const char *trust,
                                  footage_ledger **ledger);

/**
 * Writes what a ledger of every entry knows, to go on from there the next time. What is stored is believed: keep it where
 * nobody else writes.
 */
footage_status footage_ledger_save(const footage_ledger *ledger,
                                   uint8_t *state,
                                   size_t capacity,
                                   size_t *length);

/**
 * Makes a ledger again from what `footage_ledger_save` gave under the same trust roots, to go on with the entries since.
 */
footage_status footage_ledger_restore(const uint8_t *state,
                                      size_t state_length,
                                      const char *trust,
                                      footage_ledger **ledger);

/**
 * Makes an empty ledger for a phone, for `footage_ledger_page`. `trust` is JSON.
 */
footage_status footage_ledger_new_phone(const char *trust, footage_ledger **ledger);

/**
 * How many entries of the log the ledger stands for: the next `footage_ledger_entry` has this index, or this and those that
 * wait.
 */
footage_status footage_ledger_size(const footage_ledger *ledger,
                                   uint64_t *size);

/**
 * Hands over the log's next entry, which waits for a checkpoint that includes it.
 */
footage_status footage_ledger_entry(const footage_ledger *ledger, const uint8_t *entry, size_t length);

/**
 * Goes on to a cosigned checkpoint with the entries that wait, which have to be all up to it. If it fails, the ledger is as
 * before, and the entries are forgotten. Follow every checkpoint: times are only as fine as they are.
 */
footage_status footage_ledger_advance(const footage_ledger *ledger,
                                      const uint8_t *checkpoint,
                                      size_t length);

/**
 * Takes a page of the feed into a phone's ledger. If it fails, the ledger is as before.
 */
footage_status footage_ledger_page(const footage_ledger *ledger, const uint8_t *page, size_t length);

/**
 * The time that the log's witnesses have reached, in milliseconds since 1970; 0 before the first checkpoint.
 */
footage_status footage_ledger_time(const footage_ledger *ledger, int64_t *time);

/**
 * Lists the requests, from an index of the log on, whose agencies were approved, in the log's order. Each is JSON: its
 * `id`, its `index`, and the `request`.
 */
footage_status footage_ledger_requests(const footage_ledger *ledger,
                                       uint64_t index,
                                       footage_list **requests);

/**
 * Writes the approval that an agency has at a time, as JSON. `FOOTAGE_NOT_FOUND` if it has none.
 */
footage_status footage_ledger_agency(const footage_ledger *ledger,
                                     const char *agency,
                                     int64_t time,
                                     uint8_t *json,
                                     size_t capacity,
                                     size_t *length);

/**
 * Writes what the log says of a request, as JSON: its `id`, its `index`, the `request`; when it was `made` at the earliest, or
 * null, and by when it `existed`; the agency's `usage` up to then (`in_30_days`, `for_the_case`), its `conduct` (`one_chain`,
 * `fresh`), and the `outcome` that it reported, or null. `request` is its id of 32 bytes.
 *
 * A phone's ledger knows no outcomes, and counts what it has seen. `FOOTAGE_NOT_FOUND` if the log does not hold the request,
 * `FOOTAGE_REFUSED` if its agency was not approved.
 */
footage_status footage_ledger_request(const footage_ledger *ledger,
                                      const uint8_t *request,
                                      size_t request_length,
                                      uint8_t *json,
                                      size_t capacity,
                                      size_t *length);

/**
 * Lists what vendors and an agency have disclosed of each other, in the log's order; of every agency for NULL. Each is JSON.
 * Only a ledger of every entry knows them.
 */
footage_status footage_ledger_disclosures(const footage_ledger *ledger,
                                          const char *agency,
                                          footage_list **disclosures);

/**
 * Lists the approvals of custodians at a time, for a resident to choose a group from. Each is JSON.
 */
footage_status footage_ledger_custodians(const footage_ledger *ledger,
                                         int64_t time,
                                         footage_list **custodians);

/**
 * Frees a ledger. NULL is allowed.
 */
void footage_ledger_free(footage_ledger *ledger);

/**
 * How many strings are in the list.
 */
footage_status footage_list_count(const footage_list *list, size_t *count);

/**
 * Writes the string at an index, which begins at 0; `FOOTAGE_END` beyond the last one.
 */
footage_status footage_list_get(const footage_list *list,
                                size_t index,
                                uint8_t *bytes,
                                size_t capacity,
                                size_t *length);

/**
 * Frees a list. NULL is allowed.
 */
void footage_list_free(footage_list *list);

/**
 * Lists the rules that the last call of this thread broke, if it gave `FOOTAGE_REFUSED`. Each is JSON: the `rule`, what was
 * `found`, and what is `allowed`.
 */
footage_status footage_last_refusal(footage_list **rules);

/**
 * Makes an empty log at a place: a directory, or the URL of a store (`s3://bucket/prefix`, `az://container/prefix`,
 * `gs://bucket/prefix`), if the library was built with the feature `s3`, `azure` or `gcp`. `options` are those of the store,
 * a JSON object of texts, or NULL.
 *
 * `trust` is JSON: it names the log's origin and its key, of which `key` is the private half, and the witnesses of whom a
 * quorum has to cosign what is published.
 */
footage_status footage_log_create(const char *place,
                                  const char *options,
                                  const char *trust,
                                  const footage_signing_key *key,
                                  footage_log **log);

/**
 * Opens a log, and finishes what was begun when it was last open. As `footage_log_create`; `FOOTAGE_NOT_FOUND` if there is
 * no log.
 */
footage_status footage_log_open(const char *place,
                                const char *options,
                                const char *trust,
                                const footage_signing_key *key,
                                footage_log **log);

/**
 * How many entries the log has, without those that wait to be flushed.
 */
footage_status footage_log_size(const footage_log *log, uint64_t *size);

/**
 * Takes in a statement if its signature is valid, and gives a number for it, one more for each. It is in the log once it
 * is flushed; `FOOTAGE_FULL` if that has to be done first.
 */
footage_status footage_log_submit(const footage_log *log,
                                  const uint8_t *statement,
                                  size_t statement_length,
                                  int64_t now,
                                  uint64_t *ticket);

/**
 * Whether what was submitted should be flushed by now: 1 or 0.
 */
footage_status footage_log_is_due(const footage_log *log, int64_t now, uint8_t *due);

/**
 * Stores what was submitted, has the witnesses cosign the new checkpoint, publishes it, and gives a proof file (C2SP
 * tlog-proof) for each statement, in the order in which they were submitted; `first` becomes the number of the first. Without
 * statements, the checkpoint is cosigned anew, which shows that the log is alive.
 *
 * `FOOTAGE_WANT` as long as a witness is to be asked: see `footage_log_asked`. If it fails, it is not known what was
 * stored; the same statements stay at their places, and the next call goes on. `FOOTAGE_ORDER` if another writer has taken
 * over the log, after which this handle can only be freed.
 */
footage_status footage_log_flush(const footage_log *log,
                                 uint64_t *first,
                                 footage_list **proofs);

/**
 * Says which witness is to be asked, by its place in the trust roots from 0 on, and writes the body of the request (C2SP
 * tlog-witness, "add-checkpoint"). `FOOTAGE_END` if none is. All witnesses get the same body first, so that an app can ask
 * them at once, and answer as it is asked.
 */
footage_status footage_log_asked(const footage_log *log,
                                 uint32_t *witness,
                                 uint8_t *body,
                                 size_t capacity,
                                 size_t *length);

/**
 * Hands in the body of the witness's answer: its cosignature.
 */
footage_status footage_log_answer(const footage_log *log, const uint8_t *answer, size_t length);

/**
 * Says that the witness answered with HTTP status 409 and a size: it is asked again with a proof from there.
 */
footage_status footage_log_answer_conflict(const footage_log *log, uint64_t size);

/**
 * Says that the witness refuses, or does not answer: it is left out.
 */
footage_status footage_log_answer_none(const footage_log *log);

/**
 * Writes a file that the log publishes (C2SP tlog-tiles), for whoever follows it: `checkpoint`, or the path of a tile or
 * bundle. `FOOTAGE_NOT_FOUND` if there is none.
 */
footage_status footage_log_file(const footage_log *log,
                                const char *path,
                                uint8_t *bytes,
                                size_t capacity,
                                size_t *length);

/**
 * Writes the proof file (C2SP tlog-proof) of an entry under the checkpoint that is published.
 */
footage_status footage_log_proof(const footage_log *log,
                                 uint64_t index,
                                 uint8_t *proof,
                                 size_t capacity,
                                 size_t *length);

/**
 * Frees a log. What was submitted and not flushed is forgotten. NULL is allowed.
 */
void footage_log_free(footage_log *log);

/**
 * Makes an empty log of its origin, which is also the name of its key, and its signing key, whose handle may be freed
 * afterwards.
 */
footage_status footage_memory_log_new(const char *origin,
                                      const footage_signing_key *key,
                                      footage_memory_log **log);

/**
 * Adds a witness of this name and signing key, which has seen nothing of the log yet. At most 16; the key's handle may be freed
 * afterwards.
 */
footage_status footage_memory_log_witness(const footage_memory_log *log,
                                          const char *name,
                                          const footage_signing_key *key);

/**
 * Takes a statement into the log, if its signature is valid, and says which index it has. One that is there already keeps
 * its first index and bytes.
 */
footage_status footage_memory_log_append(const footage_memory_log *log,
                                         const uint8_t *statement,
                                         size_t length,
                                         uint64_t *index);

/**
 * Says how many entries the log has.
 */
footage_status footage_memory_log_size(const footage_memory_log *log, uint64_t *size);

/**
 * Lists the entries `from` up to before `to`, for `footage_ledger_entry`. `FOOTAGE_NOT_FOUND` if the log does not have them
 * all.
 */
footage_status footage_memory_log_entries(const footage_memory_log *log,
                                          uint64_t from,
                                          uint64_t to,
                                          footage_list **entries);

/**
 * Writes the checkpoint of the log as it is now, signed, and cosigned by its witnesses, whose clocks all say `now`; at most
 * `FOOTAGE_CHECKPOINT_BYTES`, of which the buffer has to have as many.
 */
footage_status footage_memory_log_checkpoint(const footage_memory_log *log,
                                             int64_t now,
                                             uint8_t *checkpoint,
                                             size_t capacity,
                                             size_t *length);

/**
 * Frees a log, and wipes its key. NULL is allowed.
 */
void footage_memory_log_free(footage_memory_log *log);

/**
 * Writes the verdicts, as JSON, each by itself: `completeness`, `camera`, `log`, `agency`, and `wrap`. That the content is
 * what the camera recorded, in order and unaltered, needs no verdict: what is not so does not open.
 */
footage_status footage_opened_verdict(const footage_opened *opened,
                                      uint8_t *json,
                                      size_t capacity,
                                      size_t *length);

/**
 * Writes what the camera signed of the clip, as JSON: when it `started`, by the camera's clock; the camera's `certificate`;
 * the media segments that were granted, `from` and before `to`; how many segments there are (`count`), and the `ending`.
 */
footage_status footage_opened_info(const footage_opened *opened,
                                   uint8_t *json,
                                   size_t capacity,
                                   size_t *length);

/**
 * Writes the owner's words to the agency, UTF-8 without a NUL.
 */
footage_status footage_opened_words(const footage_opened *opened,
                                    uint8_t *words,
                                    size_t capacity,
                                    size_t *length);

/**
 * Opens the next segment, checks it, and writes its content to an output: the init segment first, if there is one, then the
 * range in order. `index` becomes its index in the clip, `segment` what the camera signed of it. `FOOTAGE_WANT` until it is
 * done, `FOOTAGE_END` after the last. After any other status than these the excerpt is to be opened anew.
 */
footage_status footage_opened_next(const footage_opened *opened,
                                   uint32_t *index,
                                   footage_segment *segment,
                                   const footage_stream *content);

/**
 * Frees what was opened, and wipes its secrets. NULL is allowed.
 */
void footage_opened_free(footage_opened *opened);

/**
 * Verifies offline that a statement is in the log, by a proof file (C2SP tlog-proof), and says at which index, and by when
 * it existed, in milliseconds since 1970, by the witnesses of the proof's checkpoint. `trust` is JSON.
 *
 * Whether its signer had the right to make the statement, the ledger says.
 */
footage_status footage_proof_verify(const uint8_t *proof,
                                    size_t proof_length,
                                    const uint8_t *statement,
                                    size_t statement_length,
                                    const char *trust,
                                    uint64_t *index,
                                    int64_t *existed_by);

/**
 * Starts a clip for these owners, and writes its beginning: at most `FOOTAGE_SEGMENT_OVERHEAD` bytes, of which the buffer
 * has to have as many.
 *
 * `owners` has `owners_count` pointers at public keys as `footage_owner_public` gives them, 1 to 32, the recovery key among
 * them, and `owners_lengths` their lengths. `started` is the camera's claim of the time. `cadence` is
 * `FOOTAGE_SIGN_EVERY_SEGMENT` or `FOOTAGE_SIGN_AT_END`.
 *
 * `FOOTAGE_UNSAVED` until the camera's state is saved, once for each clip.
 */
footage_status footage_recording_new(const footage_camera *camera,
                                     const uint8_t *const *owners,
                                     const size_t *owners_lengths,
                                     size_t owners_count,
                                     int64_t started,
                                     uint8_t cadence,
                                     uint8_t *bytes,
                                     size_t capacity,
                                     size_t *length,
                                     footage_recording **recording);

/**
 * Writes the clip's id, 16 bytes.
 */
footage_status footage_recording_clip(const footage_recording *recording,
                                      uint8_t *clip,
                                      size_t capacity,
                                      size_t *length);

/**
 * Seals the codec parameters for the media that follow. As `footage_recording_media`, without times.
 */
footage_status footage_recording_init(const footage_recording *recording,
                                      uint8_t *content,
                                      size_t content_length,
                                      uint8_t *bytes,
                                      size_t capacity,
                                      size_t *length);

/**
 * Seals a media segment, one group of pictures of at most 16 MiB, which begins `start` milliseconds after the clip and
 * lasts `duration` milliseconds, and writes what comes next in the clip's file.
 *
 * The buffer has to have `FOOTAGE_SEGMENT_OVERHEAD` bytes more than the content, and lie apart from it; `length` becomes
 * what was written. The content is sealed in place, so it is ciphertext afterwards. After a call with another status than
 * `FOOTAGE_NULL` to `FOOTAGE_OVERLAP`, `FOOTAGE_FULL` or `FOOTAGE_ARGUMENT` the clip can only be recovered.
 */
footage_status footage_recording_media(const footage_recording *recording,
                                       uint64_t start,
                                       uint64_t duration,
                                       uint8_t *content,
                                       size_t content_length,
                                       uint8_t *bytes,
                                       size_t capacity,
                                       size_t *length);

/**
 * Signs the manifest, closes the clip for ever, and writes the rest of its file: at most `FOOTAGE_SEGMENT_OVERHEAD` bytes,
 * of which the buffer has to have as many.
 *
 * `FOOTAGE_UNSAVED` until the camera's state is saved, which remembers the manifest: a clip has one ending, and takes no
 * more segments from then on. `FOOTAGE_ORDER` if it was recovered in the meantime.
 */
footage_status footage_recording_finish(const footage_recording *recording,
                                        uint8_t *bytes,
                                        size_t capacity,
                                        size_t *length);

/**
 * Frees a recording. NULL is allowed.
 */
void footage_recording_free(footage_recording *recording);

/**
 * Closes a clip of this camera that a power cut left open, in memory, be it a mapped file: writes it anew, as far as the
 * camera signed it, with a manifest that says that it was recovered. If the power failed while it was being closed, it gets
 * the very manifest that it was about to have.
 *
 * The buffer has to have `FOOTAGE_SEGMENT_OVERHEAD` bytes more than the clip, and lie apart from it; `length` becomes what
 * was written.
 *
 * `FOOTAGE_UNSAVED` until the camera's state is saved, which remembers the manifest: a clip has one ending.
 * `FOOTAGE_NOT_FOUND` if nothing of it was signed, `FOOTAGE_ORDER` if it is closed, `FOOTAGE_SIGNATURE` if another camera
 * recorded it.
 */
footage_status footage_camera_recover(const footage_camera *camera,
                                      const uint8_t *clip,
                                      size_t clip_length,
                                      uint8_t *recovered,
                                      size_t capacity,
                                      size_t *length);

/**
 * The same for a clip that is a stream, an input whose length is known, and goes to an output. `FOOTAGE_WANT` until it is
 * done, and `FOOTAGE_UNSAVED` in between.
 */
footage_status footage_camera_recover_stream(const footage_camera *camera,
                                             const footage_stream *clip,
                                             const footage_stream *recovered);

/**
 * Approves an agency, a custodian or a maker with a registrar's key, for at most seven days, and writes the statement, which
 * is to be logged.
 *
 * `json` is an object with one member, `agency-approval`, `custodian-approval` or `maker-approval`, whose value is the approval.
 */
footage_status footage_registrar_approve(const footage_signing_key *registrar,
                                         const char *json,
                                         uint8_t *approval,
                                         size_t capacity,
                                         size_t *length);

/**
 * Ends every approval of a public key of 32 bytes that was logged before, and writes the statement, which is to be logged.
 */
footage_status footage_registrar_withdraw(const footage_signing_key *registrar,
                                          const uint8_t *key,
                                          size_t key_length,
                                          uint8_t *withdrawal,
                                          size_t capacity,
                                          size_t *length);

/**
 * Finds on the device what the requests ask for of a household: its clips by cameras in their areas, in their windows, for
 * the requests from an index of the log on. It tells nobody; ask for all requests, whoever made them.
 *
 * `cameras` is a JSON array of objects with `camera` and `position` (longitude and latitude in 1e-7 degrees: `[-806500000,
 * 411000000]`), `clips` one of objects with `clip`, `camera` and `span`. Neither leaves the device. Each match is JSON: the
 * `request`, the `clip`, and the `span` that both cover.
 */
footage_status footage_matching(const footage_ledger *ledger,
                                uint64_t index,
                                const char *cameras,
                                const char *clips,
                                footage_list **matches);

/**
 * Checks whether a request may be shown to a resident at all: `FOOTAGE_REFUSED` if it breaks a rule of the policy, of which
 * `footage_last_refusal` lists each. `request` is its id of 32 bytes, `policy` is JSON, or NULL for the default; `now` is the
 * device's clock, which counts where witnessed time is not later.
 */
footage_status footage_policy_check(const footage_ledger *ledger,
                                    const uint8_t *request,
                                    size_t request_length,
                                    const char *policy,
                                    int64_t now);

/**
 * Signs a statement for the log, and writes its bytes. `json` is an object with one member, named by the kind of statement,
 * whose value is the statement: `{"disclosure": {...}}`.
 *
 * It is for kinds that no role of this library makes: disclosures, outcomes. What an agency, a custodian or a registrar
 * signs, their own functions make.
 */
footage_status footage_statement_sign(const char *json,
                                      const footage_signing_key *key,
                                      uint8_t *statement,
                                      size_t capacity,
                                      size_t *length);

/**
 * Signs a camera's certificate with its maker's key, in the factory, and writes its bytes. `json` has the members `camera`,
 * `maker`, `model`, `key` and `issued`.
 */
footage_status footage_certificate_sign(const char *json,
                                        const footage_signing_key *maker,
                                        uint8_t *certificate,
                                        size_t capacity,
                                        size_t *length);

/**
 * Verifies the signature of a statement of the log, under the key that it names, and writes what it says as JSON: an object
 * with one member, named by its kind. Whether that key had the right to make it, the ledger says.
 */
footage_status footage_statement_json(const uint8_t *statement,
                                      size_t statement_length,
                                      uint8_t *json,
                                      size_t capacity,
                                      size_t *length);

/**
 * Writes the id of a statement of the log, by which others name it: 32 bytes.
 */
footage_status footage_statement_id(const uint8_t *statement,
                                    size_t statement_length,
                                    uint8_t *id,
                                    size_t capacity,
                                    size_t *length);

/**
 * What a status means, in English: a text that ends with a NUL, is never freed, and is the same for a status that is none.
 */
const char *footage_status_message(int32_t status);

/**
 * Makes an input of so many bytes, or of `FOOTAGE_UNKNOWN_LENGTH`.
 */
footage_status footage_stream_new_input(uint64_t length, footage_stream **stream);

/**
 * Makes an output.
 */
footage_status footage_stream_new_output(footage_stream **stream);

/**
 * Has `progress` called whenever bytes go through the stream; NULL ends that. `context` is handed to it unseen.
 */
footage_status footage_stream_on_progress(const footage_stream *stream,
                                          footage_progress progress,
                                          void *context);

/**
 * Says which bytes an input wants: so many from `offset` on. It wants none if `length` becomes 0, as an output always
 * does.
 */
footage_status footage_stream_wanted(const footage_stream *stream,
                                     uint64_t *offset,
                                     size_t *length);

/**
 * Feeds an input what it wants: bytes from the wanted offset on, at least one, at most as many as wanted. None at all
 * means that it ends there.
 */
footage_status footage_stream_feed(const footage_stream *stream,
                                   const uint8_t *bytes,
                                   size_t length);

/**
 * Takes the next bytes from an output, as many as there are and fit. `length` becomes 0 when there are none now, as with
 * an input.
 */
footage_status footage_stream_take(const footage_stream *stream,
                                   uint8_t *bytes,
                                   size_t capacity,
                                   size_t *length);

/**
 * Fails whatever uses the stream, with `FOOTAGE_STORE`, when its call is made again: for an app whose file failed, or that
 * gives up.
 */
footage_status footage_stream_fail(const footage_stream *stream);

/**
 * Frees a stream. NULL is allowed.
 */
void footage_stream_free(footage_stream *stream);

/**
 * The version of the library that is linked: major in bits 16 and up, minor in bits 8 to 15, patch in bits 0 to 7. Compare
 * it with the header's at start.
 */
uint32_t footage_version(void);

/**
 * Makes a witness that cosigns under a name with a key. `state` is what `footage_witness_save` gave last, or empty for one
 * that never cosigned. The key's handle may be freed afterwards.
 */
footage_status footage_witness_new(const char *name,
                                   const footage_signing_key *key,
                                   const uint8_t *state,
                                   size_t state_length,
                                   footage_witness **witness);

/**
 * Watches a log, from what the state says was cosigned last on. `key` is the log's public key, 32 bytes. A log that is
 * watched already goes on as it is.
 */
footage_status footage_witness_watch(const footage_witness *witness,
                                     const char *origin,
                                     const uint8_t *key,
                                     size_t key_length);

/**
 * The size of a log that was cosigned last: where the next proof has to begin. `FOOTAGE_NOT_FOUND` if it is not watched.
 */
footage_status footage_witness_size(const footage_witness *witness,
                                    const char *origin,
                                    uint64_t *size);

/**
 * Answers a log that asks for a cosignature (C2SP tlog-witness, "add-checkpoint"): takes the body of its request, and
 * writes that of the answer, at most `FOOTAGE_COSIGNATURE_BYTES`, of which the buffer has to have as many. `now` is the
 * witness's own clock.
 *
 * `FOOTAGE_UNSAVED` until the state is saved that remembers the checkpoint. `http` becomes the status of the answer over
 * HTTP; where it is 409 and `footage_witness_size` gives another size than the body says, that size and a newline are the
 * answer's body.
 */
footage_status footage_witness_add_checkpoint(const footage_witness *witness,
                                              const uint8_t *body,
                                              size_t body_length,
                                              int64_t now,
                                              uint8_t *answer,
                                              size_t capacity,
                                              size_t *length,
                                              uint16_t *http);

/**
 * Writes the state that has to be stored. Asking for its length alone does not count as saving it.
 */
footage_status footage_witness_save(const footage_witness *witness,
                                    uint8_t *state,
                                    size_t capacity,
                                    size_t *length);

/**
 * Frees a witness and wipes its key. NULL is allowed.
 */
void footage_witness_free(footage_witness *witness);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FOOTAGE_H */
