/* The C interface of footage.
 *
 * Calls. A function returns a footage_status; 0 is success. After any other, footage_last_error_message has the message for
 * the calling thread. Times are milliseconds since 1970, UTC; the library reads no clock.
 *
 * Pointers. A pointer may be NULL only where a function says so, and for bytes whose length is 0. Bytes are a pointer and a
 * length; texts end with a NUL and are UTF-8. No pointer is kept beyond a call, but for callbacks and their `user`. A result
 * goes into a buffer of the app's: with a NULL buffer only its length is written; a buffer that is too small gives
 * FOOTAGE_TOO_SMALL and the length that is needed. The buffer may overlap with what the call reads.
 *
 * Handles. A handle is freed once, with the _free of its type, which ignores NULL. Any thread may use a handle, one call at a
 * time: another call finds it FOOTAGE_BUSY, and nothing has happened. A handle must not be freed while a call uses it.
 * Secrets are wiped when their handle is freed.
 *
 * Callbacks. A callback returns 0, or any other number if it fails: its call then fails with FOOTAGE_STORE or FOOTAGE_IO,
 * and the message has the name of the callback and the number. It runs during a call, on the thread of that call. It must not
 * throw, nor leave by longjmp: both are undefined. It must not free the handle whose call it runs in; any other use of that
 * handle gives FOOTAGE_BUSY. It may use other handles. It must not keep the pointers that it is given, `user` and files
 * excepted. A required callback that is NULL gives FOOTAGE_ARGUMENT, before any is called. `user` must stay valid until the
 * handle that the callbacks were made into, or the camera that took it, is freed, and every recording of that camera.
 */


#ifndef FOOTAGE_H
#define FOOTAGE_H

#include <stddef.h>
#include <stdint.h>

/**
 * The length that a callback leaves for a value that does not exist.
 */
#define FOOTAGE_ABSENT SIZE_MAX

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
 * The bytes of a file were overwritten in place, and the file was removed.
 */
#define FOOTAGE_ERASED_FILE 1

/**
 * The memory was overwritten, and the secret was never written anywhere else.
 */
#define FOOTAGE_ERASED_MEMORY 2

/**
 * The key that the secret was stored under was destroyed in hardware.
 */
#define FOOTAGE_ERASED_HARDWARE_KEY 3

/**
 * Another method, which the deployment documents.
 */
#define FOOTAGE_ERASED_OTHER 4

/**
 * AES-256-GCM, for processors that have AES instructions.
 */
#define FOOTAGE_SUITE_AES_256_GCM 1

/**
 * ChaCha20-Poly1305, for all others.
 */
#define FOOTAGE_SUITE_CHACHA20_POLY1305 2

/**
 * A wall time that is not known.
 */
#define FOOTAGE_NO_TIME -1

/**
 * The start of a next group that is not known.
 */
#define FOOTAGE_UNKNOWN UINT64_MAX

/**
 * Pictures, sound, or both.
 */
#define FOOTAGE_CONTENT_VIDEO 1

/**
 * Any file.
 */
#define FOOTAGE_CONTENT_ANY_FILE 2

/**
 * Signs with every group, which is durable when the call returns: for live recording.
 */
#define FOOTAGE_SIGN_EVERY_GROUP 0

/**
 * Signs at the end only: for sealing a file that is whole.
 */
#define FOOTAGE_SIGN_AT_END 1

/**
 * The pictures, and all of a file that is no video.
 */
#define FOOTAGE_LAYER_PICTURES 0

/**
 * The sound.
 */
#define FOOTAGE_LAYER_SOUND 1

/**
 * H.264 (AVC). `parameters` are the sequence and picture parameter sets, each after a start code, or the content of an `avcC`.
 */
#define FOOTAGE_H264 1

/**
 * H.265 (HEVC). `parameters` are the video, sequence and picture parameter sets, each after a start code, or the content of an
 * `hvcC`.
 */
#define FOOTAGE_HEVC 2

/**
 * AV1. `parameters` are the content of an `av1C`.
 */
#define FOOTAGE_AV1 3

/**
 * VP9. `parameters` are the content of a `vpcC`.
 */
#define FOOTAGE_VP9 4

/**
 * JPEG pictures. There are no `parameters`.
 */
#define FOOTAGE_MJPEG 5

/**
 * Each NAL unit comes after a start code, 0 0 1.
 */
#define FOOTAGE_START_CODES 0

/**
 * Each NAL unit comes after its length, which has as many bytes as `parameters` say, or four.
 */
#define FOOTAGE_LENGTHS 1

/**
 * AAC without ADTS headers. `parameters` are the `AudioSpecificConfig`, at most 64 bytes.
 */
#define FOOTAGE_AAC 1

/**
 * Opus, of one or two channels at 48 000 samples a second.
 */
#define FOOTAGE_OPUS 2

/**
 * G.711, A-law.
 */
#define FOOTAGE_A_LAW 3

/**
 * G.711, mu-law.
 */
#define FOOTAGE_MU_LAW 4

/**
 * Codec parameters.
 */
#define FOOTAGE_SEGMENT_INIT 0

/**
 * Pictures or sound, or a piece of another file.
 */
#define FOOTAGE_SEGMENT_MEDIA 1

/**
 * A flag of a segment: it is the first one of a group.
 */
#define FOOTAGE_SEGMENT_GROUP 1

/**
 * A flag of a segment: the recording jumped, lost something or changed its codec, before it or within its group.
 */
#define FOOTAGE_SEGMENT_GAP 2

/**
 * The `init` of a `footage_segment` that needs none.
 */
#define FOOTAGE_NO_INIT UINT32_MAX

/**
 * The camera closed the clip: its count is exact.
 */
#define FOOTAGE_ENDING_FINISHED 1

/**
 * A power cut ended the clip, and the camera closed what it had signed: all its counts are lower bounds.
 */
#define FOOTAGE_ENDING_RECOVERED 2

/**
 * The source of the recording ended in the middle: the count is exact, and there was more.
 */
#define FOOTAGE_ENDING_CUT_OFF 3

/**
 * The camera's clock was not set when the clip began. The clip has a time if it was set later.
 */
#define FOOTAGE_CLOCK_NOT_SET 0

/**
 * The camera's clock was set.
 */
#define FOOTAGE_CLOCK_SET 1

/**
 * The camera's clock was set to a time before something that the camera had dated: it is not believed.
 */
#define FOOTAGE_CLOCK_EARLIER 2

/**
 * The time is one that was told when a file was sealed.
 */
#define FOOTAGE_CLOCK_TOLD 3

/**
 * A file without a time.
 */
#define FOOTAGE_CLOCK_NONE 4

/**
 * A fragmented MP4, which plays while it comes.
 */
#define FOOTAGE_FORM_FRAGMENTED 0

/**
 * An MP4 with its index in front, which every player opens.
 */
#define FOOTAGE_FORM_FAST_START 1

/**
 * What became of a call. The numbers are never used again for something else.
 */
typedef enum {
    /**
     * The call succeeded.
     */
    FOOTAGE_OK = 0,
    /**
     * There is nothing more.
     */
    FOOTAGE_END = 1,
    /**
     * A pointer is NULL that may not be.
     */
    FOOTAGE_NULL = 16,
    /**
     * An argument has a value that it cannot have, or a required callback is NULL.
     */
    FOOTAGE_ARGUMENT = 17,
    /**
     * The buffer is too small. The length that is needed was written, and nothing else.
     */
    FOOTAGE_TOO_SMALL = 18,
    /**
     * The handle is of another type.
     */
    FOOTAGE_HANDLE = 19,
    /**
     * The handle is in use: by another thread, or by the call whose callback made this one.
     */
    FOOTAGE_BUSY = 20,
    /**
     * The call comes too early or too late: what it needs has not been done, or is over.
     */
    FOOTAGE_ORDER = 21,
    /**
     * The bytes are malformed, damaged, or exceed a limit.
     */
    FOOTAGE_MALFORMED = 32,
    /**
     * A signature is not valid, or is by another key than it should be.
     */
    FOOTAGE_SIGNATURE = 33,
    /**
     * It does not open: the key is wrong, or it was altered. Which of the two is never said.
     */
    FOOTAGE_LOCKED = 34,
    /**
     * There is no such thing.
     */
    FOOTAGE_NOT_FOUND = 35,
    /**
     * There is such a thing already.
     */
    FOOTAGE_EXISTS = 36,
    /**
     * A limit is reached: the clip or the segment is full, or too many clips are open.
     */
    FOOTAGE_FULL = 37,
    /**
     * Nothing of the clip can be recovered: its camera signed none of it.
     */
    FOOTAGE_LOST = 38,
    /**
     * The camera's clock was set, or its household has new keys. Finish the clip and start another; the group was not sealed.
     */
    FOOTAGE_CLIP_OVER = 39,
    /**
     * The camera does not take the owner list. Nothing was changed.
     */
    FOOTAGE_REFUSED = 40,
    /**
     * The codec parameters change: the rest is another file.
     */
    FOOTAGE_CODEC = 41,
    /**
     * The store failed, or one of its callbacks did.
     */
    FOOTAGE_STORE = 48,
    /**
     * A file failed, or a callback of a source, of a sink or of the clip files did.
     */
    FOOTAGE_IO = 49,
    /**
     * The random source failed. Nothing was made.
     */
    FOOTAGE_RANDOM = 50,
    /**
     * A bug of this library. The handles of this call can only be freed.
     */
    FOOTAGE_INTERNAL = 64,
} footage_status;

/**
 * A camera, which seals clips and cannot open them again.
 *
 * What it has to remember over a power cut is in its store. The store must never be set back, and never be copied to another
 * camera. After an error of the store the camera is of no use any more: free it, and open store and camera again.
 */
typedef struct footage_camera footage_camera;

/**
 * A finished clip that is read: anybody who has the file can read what stands in the open, and an owner's key unlocks the
 * content.
 */
typedef struct footage_clip footage_clip;

/**
 * Cuts a recording into groups that can be sealed, in one pass through a source.
 *
 * It holds the group that it reads, at most 32 MiB of pictures, up to 32 MiB of samples that are stored before earlier
 * ones, and about 16 MiB of pictures that wait for their sound. After an error it gives nothing more.
 */
typedef struct footage_cutter footage_cutter;

/**
 * Where a camera's clips lie: one file for each clip, under the clip's id. `footage_camera_begin` and `footage_camera_open`
 * take it out of this handle, which can only be freed afterwards.
 */
typedef struct footage_files footage_files;

/**
 * A recording of what encoders give, sample by sample. Freed before it is finished, the clip can only be recovered.
 *
 * A group begins with a picture at which decoding can begin, and takes the sound that begins between its start and the start
 * of the next one. It is sealed when the second picture of the next group has come, and sound that begins with the next group
 * or later. Sound is waited for until pictures of two seconds or 16 MiB more have come. What comes later is left out and
 * counted. Without pictures, a group is two seconds of sound.
 *
 * In memory are the group that is being gathered, twice while it is cut, and what comes before its sound: at most 80 MiB. A
 * group of more than 32 MiB goes on in another, with which decoding cannot begin.
 */
typedef struct footage_live footage_live;

/**
 * A private key that opens clips or unwraps keys: a household key, a recovery key, or the key of a device (X-Wing or X25519).
 * Wiped when it is freed.
 */
typedef struct footage_owner footage_owner;

/**
 * A clip while it is recorded into its file. Freed before it is finished, the clip can only be recovered.
 */
typedef struct footage_recording footage_recording;

/**
 * A private key that signs: of a maker, a camera, a registrar, an agency, a custodian, a log or a witness (Ed25519).
 * Wiped when it is freed.
 */
typedef struct footage_signing_key footage_signing_key;

/**
 * The durable state of a camera. `footage_camera_begin` and `footage_camera_open` take it out of this handle, which can only
 * be freed afterwards.
 *
 * After a call returned `FOOTAGE_STORE` the state is not known: free the camera, and open store and camera again.
 */
typedef struct footage_store footage_store;

/**
 * The first owner list of a household, with one device. It is read during the call.
 *
 * Keys are as `footage_owner_public` writes them, and all of one KEM.
 */
typedef struct {
    /**
     * The household's id: 16 random bytes.
     */
    const uint8_t *household;
    /**
     * The bytes of the id.
     */
    size_t household_length;
    /**
     * The household key, which the clips are sealed for.
     */
    const uint8_t *key;
    /**
     * The bytes of the household key.
     */
    size_t key_length;
    /**
     * The recovery key, which the clips are sealed for as well.
     */
    const uint8_t *recovery;
    /**
     * The bytes of the recovery key.
     */
    size_t recovery_length;
    /**
     * The public half of the recovery key's signing key, 32 bytes.
     */
    const uint8_t *recovery_signer;
    /**
     * The bytes of that.
     */
    size_t recovery_signer_length;
    /**
     * The device's own key, which household keys are wrapped to.
     */
    const uint8_t *device;
    /**
     * The bytes of the device's key.
     */
    size_t device_length;
} footage_owner_list;

/**
 * Adds a key to the list that a callback was asked for. The one function of this library that such a callback calls; it
 * returns 0, or what the callback then has to return.
 */
typedef int32_t (*footage_add_key)(void *list, const char *key);

/**
 * The same for a secret: `half_erased` is 1 if its erasure was begun and not finished, and 0 otherwise.
 */
typedef int32_t (*footage_add_secret)(void *list, const char *key, uint8_t half_erased);

/**
 * A store that the app implements: a database, a flash, secure hardware. It holds facts, which are replaced atomically, and
 * secrets, which are put once and erased.
 *
 * A key has 1 to 96 characters out of `a` to `z`, `0` to `9`, `-`, `_` and `.`. Each change must be durable when its
 * callback returns: after a power cut at any instant, a fact has its old value or the new one, never half of it, and a
 * secret is there whole or not at all. After a callback failed, no other is called.
 */
typedef struct {
    /**
     * Passed to each callback.
     */
    void *user;
    /**
     * Required. Reads a fact of at most 1 MiB: writes its length to `length`, and the value if it fits. If it does not, the
     * callback is called again with a larger buffer. If there is no such fact, it returns 0 and leaves `length` as it is,
     * `FOOTAGE_ABSENT`.
     */
    int32_t (*fact)(void *user, const char *key, uint8_t *value, size_t capacity, size_t *length);
    /**
     * Required. Puts a fact in place of the value before.
     */
    int32_t (*put_fact)(void *user, const char *key, const uint8_t *value, size_t length);
    /**
     * Required. Removes a fact. It is no error if there is none.
     */
    int32_t (*remove_fact)(void *user, const char *key);
    /**
     * Required. Calls `add` with `list` for the key of each fact, in any order.
     */
    int32_t (*list_facts)(void *user, void *list, footage_add_key add);
    /**
     * Required. Reads a secret of at most 1024 bytes, for which the buffer has room. A half erased one is absent.
     */
    int32_t (*secret)(void *user, const char *key, uint8_t *value, size_t capacity, size_t *length);
    /**
     * Required. Puts a secret. It is never called for a key that `list_secrets` lists.
     */
    int32_t (*put_secret)(void *user, const char *key, const uint8_t *value, size_t length);
    /**
     * Required. Erases a secret, and reads back: writes one of `FOOTAGE_ERASED_` to `method`, and to `nothing_left` 1 if
     * nothing is left under this key, and 0 if something is, which then stays listed as half erased. Erasing a secret that
     * does not exist is no error; erasing one again finishes what was interrupted.
     */
    int32_t (*erase)(void *user, const char *key, uint8_t *method, uint8_t *nothing_left);
    /**
     * Required. Calls `add` with `list` for each secret, half erased ones included, in any order.
     */
    int32_t (*list_secrets)(void *user, void *list, footage_add_secret add);
    /**
     * Optional, with `raise_floor`. Reads a number that hardware keeps and never lowers, by which an old copy of the store is
     * noticed.
     */
    int32_t (*floor)(void *user, uint64_t *floor);
    /**
     * Optional, with `floor`. Raises that number. A lower one changes nothing.
     */
    int32_t (*raise_floor)(void *user, uint64_t to);
} footage_store_callbacks;

/**
 * Adds a clip to the list that a callback was asked for. The one function of this library that such a callback calls; it
 * returns 0, or what the callback then has to return.
 */
typedef int32_t (*footage_add_clip)(void *list, const char *clip);

/**
 * Files that the app implements. A clip is named by its id, 32 characters of lowercase hexadecimal and a NUL; a file is what
 * `create` or `open` gave for it, any pointer but NULL. The place belongs to one camera.
 *
 * Files are used as long as the camera or a recording of it is not freed, by one call at a time for each file; but calls of
 * the camera and of its recordings may come from several threads at once, if the app makes them so.
 */
typedef struct {
    /**
     * Passed to each callback.
     */
    void *user;
    /**
     * Required. Creates the empty file of a clip, and opens it. It fails if the clip has a file. The file and its name must
     * be durable when it returns.
     */
    int32_t (*create)(void *user, const char *clip, void **file);
    /**
     * Required. Opens the file of a clip. If there is none, it returns 0 and leaves `file` as it is, NULL.
     */
    int32_t (*open)(void *user, const char *clip, void **file);
    /**
     * Required. Removes the file of a clip. It is no error if there is none.
     */
    int32_t (*remove)(void *user, const char *clip);
    /**
     * Optional. Calls `add` with `list` for each clip whose file is empty. The camera removes those that it does not know:
     * what a power cut left of a clip that was about to be started.
     */
    int32_t (*list_empty)(void *user, void *list, footage_add_clip add);
    /**
     * Required. Reads at most `capacity` bytes from `offset` on, and writes how many to `length`: fewer than `capacity` are
     * no error, and 0 says that the file ends before `offset`.
     */
    int32_t (*read)(void *user, void *file, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length);
    /**
     * Required. Writes all the bytes at `offset`, which is never past the end of the file. They need not be durable before
     * `sync`.
     */
    int32_t (*write)(void *user, void *file, uint64_t offset, const uint8_t *bytes, size_t length);
    /**
     * Required. Writes the length of the file.
     */
    int32_t (*size)(void *user, void *file, uint64_t *size);
    /**
     * Required. Cuts the file to its first `size` bytes.
     */
    int32_t (*truncate)(void *user, void *file, uint64_t size);
    /**
     * Required. Makes everything that was written, and the length, durable.
     */
    int32_t (*sync)(void *user, void *file);
    /**
     * Optional. Closes the file, which is not used again.
     */
    void (*close)(void *user, void *file);
} footage_files_callbacks;

/**
 * What makes a camera this one and no other. It is read during the call, and the key's handle may be freed afterwards.
 */
typedef struct {
    /**
     * The certificate that its maker signed for the key.
     */
    const uint8_t *certificate;
    /**
     * The bytes of the certificate.
     */
    size_t certificate_length;
    /**
     * The key that signs its clips.
     */
    const footage_signing_key *key;
    /**
     * 32 random bytes, which this camera alone knows and keeps like the key. They authenticate its state, and keep clip keys
     * apart if the random source should fail.
     */
    const uint8_t *secret;
    /**
     * The bytes of the secret, `FOOTAGE_SECRET_BYTES`.
     */
    size_t secret_length;
    /**
     * The cipher of its clips: `FOOTAGE_SUITE_AES_256_GCM` or `FOOTAGE_SUITE_CHACHA20_POLY1305`.
     */
    uint8_t suite;
} footage_device;

/**
 * What the camera's two clocks say at one moment.
 */
typedef struct {
    /**
     * The monotonic clock in milliseconds, from any origin. It never goes back while a clip is recorded, and is never set.
     */
    uint64_t monotonic;
    /**
     * The wall clock, or `FOOTAGE_NO_TIME` while it is not set.
     */
    int64_t wall;
} footage_clocks;

/**
 * A piece of pictures or sound. Times are in milliseconds from the beginning of the clip.
 */
typedef struct {
    /**
     * The least presentation time in it, rounded down.
     */
    uint64_t start;
    /**
     * The greatest presentation time plus duration in it, rounded up.
     */
    uint64_t end;
    /**
     * Its content, at most 16 MiB.
     */
    uint8_t *content;
    /**
     * The bytes of the content.
     */
    size_t content_length;
} footage_piece;

/**
 * What is sealed and signed together: a group of pictures, with the sound from its start up to the start of the next group.
 * In a recording of sound alone it is about two seconds of sound.
 *
 * All contents are sealed in place: they are ciphertext afterwards. No two of them may overlap.
 */
typedef struct {
    /**
     * The codec parameters of the pictures, in the first group and whenever they change; NULL otherwise. Parameters that are
     * in force already are not sealed again.
     */
    uint8_t *picture_init;
    /**
     * The bytes of the pictures' codec parameters.
     */
    size_t picture_init_length;
    /**
     * The codec parameters of the sound, in the same way. They belong into the first group even if nothing is heard yet: if they
     * first come in a later one, sound is left out and counted from there on.
     */
    uint8_t *sound_init;
    /**
     * The bytes of the sound's codec parameters.
     */
    size_t sound_init_length;
    /**
     * The pictures, in order. The group begins with the first. NULL if there are none.
     */
    const footage_piece *pictures;
    /**
     * How many pieces of pictures.
     */
    size_t pictures_count;
    /**
     * The sound, or NULL. A clip has sound if its first group has, or has codec parameters of it; it may be empty there.
     */
    const footage_piece *sound;
    /**
     * How many samples the sound holds, to be counted if it is not taken.
     */
    uint64_t sound_samples;
    /**
     * When the next group begins, if it follows without a gap and with the same codec parameters; `FOOTAGE_UNKNOWN` for the
     * last group, and before a gap. The next group is flagged unless it begins at this time.
     */
    uint64_t next;
} footage_group;

/**
 * How an encoder codes pictures.
 */
typedef struct {
    /**
     * How many ticks a second has; not 0.
     */
    uint32_t timescale;
    /**
     * The width of the pictures. Of H.264 and HEVC the parameter sets say it.
     */
    uint16_t width;
    /**
     * The height of the pictures. Of H.264 and HEVC the parameter sets say it.
     */
    uint16_t height;
    /**
     * The codec: `FOOTAGE_H264` and so on.
     */
    uint8_t coding;
    /**
     * Of H.264 and HEVC, `FOOTAGE_START_CODES` or `FOOTAGE_LENGTHS`.
     */
    uint8_t nal_units;
    /**
     * What a decoder has to know.
     */
    const uint8_t *parameters;
    /**
     * The bytes of the parameters.
     */
    size_t parameters_length;
} footage_picture_codec;

/**
 * How an encoder codes sound. A tick is one sample of sound.
 */
typedef struct {
    /**
     * Samples a second; not 0.
     */
    uint32_t rate;
    /**
     * How many channels; not 0.
     */
    uint16_t channels;
    /**
     * Of Opus, how many samples a decoder drops at the beginning.
     */
    uint16_t pre_skip;
    /**
     * The codec: `FOOTAGE_AAC` and so on.
     */
    uint8_t coding;
    /**
     * What a decoder has to know.
     */
    const uint8_t *parameters;
    /**
     * The bytes of the parameters.
     */
    size_t parameters_length;
} footage_sound_codec;

/**
 * A sample as an encoder gives it: a picture, or a frame of sound. Times are in ticks of its codec.
 */
typedef struct {
    /**
     * When it is decoded, by the monotonic clock of `footage_clocks`.
     */
    int64_t decode;
    /**
     * Added to `decode`, gives the presentation time. Fits 32 bits.
     */
    int64_t offset;
    /**
     * How long it lasts, unless the next sample says something else; 0 if that is not known. Fits 32 bits.
     */
    int64_t duration;
    /**
     * `FOOTAGE_LAYER_PICTURES` or `FOOTAGE_LAYER_SOUND`.
     */
    uint8_t layer;
    /**
     * Whether decoding can begin here. Not used for H.264 and HEVC, whose NAL units say it.
     */
    uint8_t sync;
    /**
     * The sample.
     */
    const uint8_t *bytes;
    /**
     * The bytes of the sample, at most 16 MiB less 272.
     */
    size_t bytes_length;
} footage_sample;

/**
 * A file of the app's that the library reads. The struct is copied; `user` must stay valid until the handle that was made
 * from it is freed.
 */
typedef struct {
    /**
     * Passed to each callback.
     */
    void *user;
    /**
     * Required. Reads at most `capacity` bytes from `offset` on, and writes how many to `length`: fewer than `capacity` are
     * no error, and 0 says that the file ends before `offset`.
     */
    int32_t (*read)(void *user, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length);
    /**
     * Writes the length of the file. Required by `footage_clip_open`, and by `footage_cutter_new` for progressive MP4. A cutter
     * of a source without it reads from the beginning to the end.
     */
    int32_t (*size)(void *user, uint64_t *size);
} footage_source;

/**
 * What stands in the open of a clip, as its camera signed it.
 */
typedef struct {
    /**
     * The clip's id.
     */
    uint8_t clip[16];
    /**
     * The camera's id, of its certificate. Whether its maker is an approved one, the certificate alone does not say.
     */
    uint8_t camera[16];
    /**
     * The camera's public key, of its certificate.
     */
    uint8_t camera_key[32];
    /**
     * The fingerprint of the household key that it is sealed for.
     */
    uint8_t household[32];
    /**
     * The fingerprint of the recovery key that it is sealed for.
     */
    uint8_t recovery[32];
    /**
     * The id of the owner list that names both keys.
     */
    uint8_t owner_list[32];
    /**
     * The clip's number among those of its camera.
     */
    uint64_t number;
    /**
     * When the recording began, by the camera's clock, or `FOOTAGE_NO_TIME` if it has no time that is believed.
     */
    int64_t started;
    /**
     * How many tracks the recording had that the camera did not take.
     */
    uint64_t tracks_left_out;
    /**
     * How many samples it had, of the tracks that were taken, that the camera did not take.
     */
    uint64_t samples_left_out;
    /**
     * How many segments it has.
     */
    uint32_t count;
    /**
     * `FOOTAGE_SUITE_AES_256_GCM` or `FOOTAGE_SUITE_CHACHA20_POLY1305`.
     */
    uint8_t suite;
    /**
     * `FOOTAGE_ENDING_FINISHED`, `FOOTAGE_ENDING_RECOVERED` or `FOOTAGE_ENDING_CUT_OFF`.
     */
    uint8_t ending;
    /**
     * One of the constants that begin with `FOOTAGE_CLOCK_`.
     */
    uint8_t clock;
    /**
     * `FOOTAGE_CONTENT_VIDEO` or `FOOTAGE_CONTENT_ANY_FILE`.
     */
    uint8_t content;
} footage_clip_info;

/**
 * What the camera signed of a segment besides its content. Times are in milliseconds from the beginning of the clip.
 */
typedef struct {
    /**
     * When it begins.
     */
    uint64_t start;
    /**
     * How long it lasts.
     */
    uint64_t duration;
    /**
     * The bytes of its content.
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
    /**
     * `FOOTAGE_LAYER_PICTURES` or `FOOTAGE_LAYER_SOUND`.
     */
    uint8_t layer;
    /**
     * The sum of its flags, `FOOTAGE_SEGMENT_GROUP` and `FOOTAGE_SEGMENT_GAP`.
     */
    uint8_t flags;
} footage_segment;

/**
 * A file of the app's that the library writes during one call, from its beginning to its end.
 */
typedef struct {
    /**
     * Passed to the callback.
     */
    void *user;
    /**
     * Required. Writes all of these bytes behind those that were written before.
     */
    int32_t (*write)(void *user, const uint8_t *bytes, size_t length);
} footage_sink;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns what a status means, in English. The text is static: it is never freed.
 */
const char *footage_status_message(int32_t status);

/**
 * The version of the library that is linked: major in bits 16 and up, minor in bits 8 to 15, patch in bits 0 to 7. Compare
 * it with the header's at start.
 */
uint32_t footage_version(void);

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
 * Signs a camera's request for a certificate with the camera's own key, and writes its bytes. Only the maker that it names
 * can use it.
 *
 * `camera` is the camera's id of 16 bytes. `maker` is the maker's id as the registrars approve it, `model` a name for people.
 */
footage_status footage_certificate_request(const uint8_t *camera,
                                           size_t camera_length,
                                           const char *maker,
                                           const char *model,
                                           const footage_signing_key *key,
                                           uint8_t *request,
                                           size_t capacity,
                                           size_t *length);

/**
 * Signs a camera's certificate with its maker's key, in the factory, and writes its bytes.
 *
 * `camera`, `maker` and `model` are what the maker certifies. `request` is what footage_certificate_request wrote in the
 * camera: it is FOOTAGE_ARGUMENT if it says anything else, and FOOTAGE_SIGNATURE if the camera did not sign it. `issued` is the
 * present time.
 */
footage_status footage_certificate_sign(const uint8_t *camera,
                                        size_t camera_length,
                                        const char *maker,
                                        const char *model,
                                        const uint8_t *request,
                                        size_t request_length,
                                        int64_t issued,
                                        const footage_signing_key *maker_key,
                                        uint8_t *certificate,
                                        size_t capacity,
                                        size_t *length);

/**
 * Signs the first owner list of a household with the signing key of its device, for pairing, and writes its bytes.
 */
footage_status footage_owner_list_sign(const footage_owner_list *list,
                                       const footage_signing_key *device_key,
                                       uint8_t *signed_list,
                                       size_t capacity,
                                       size_t *length);

/**
 * Makes a store of callbacks, which are copied. It is `FOOTAGE_ARGUMENT` if a required one is NULL.
 */
footage_status footage_store_new(const footage_store_callbacks *callbacks, footage_store **store);

/**
 * Begins a store in a directory, which is made if it does not exist. Returns `FOOTAGE_EXISTS` if a store is there already.
 *
 * A path is UTF-8. One process at a time has a store open; another one gets `FOOTAGE_STORE`.
 */
footage_status footage_store_directory_begin(const char *path,
                                             footage_store **store);

/**
 * Opens the store in a directory. Returns `FOOTAGE_NOT_FOUND` if none was begun there, as when a volume is not mounted.
 */
footage_status footage_store_directory_open(const char *path,
                                            footage_store **store);

/**
 * Frees a store. NULL is ignored.
 */
void footage_store_free(footage_store *store);

/**
 * Makes files of callbacks, which are copied. It is `FOOTAGE_ARGUMENT` if a required one is NULL.
 */
footage_status footage_files_new(const footage_files_callbacks *callbacks, footage_files **files);

/**
 * Makes files of a directory: `<clip>.footage`, with the clip's id in lowercase hexadecimal. The directory has to exist when
 * a clip is started; until then it may be a card that is not mounted yet. The path is UTF-8.
 */
footage_status footage_files_directory(const char *path,
                                       footage_files **files);

/**
 * Frees files. NULL is ignored.
 */
void footage_files_free(footage_files *files);

/**
 * Begins a camera, when it is paired or reset, with a new key and a new secret. `owners` has the bytes of the household's first
 * owner list: that it is the right one is for the pairing to show. The camera takes what `store` and `files` hold, even if it
 * fails. Returns `FOOTAGE_EXISTS` if the store holds a camera already.
 */
footage_status footage_camera_begin(const footage_device *device,
                                    const uint8_t *owners,
                                    size_t owners_length,
                                    const footage_store *store,
                                    const footage_files *files,
                                    footage_camera **camera);

/**
 * Opens a camera with the state that it left. It takes what `store` and `files` hold, even if it fails.
 *
 * Returns `FOOTAGE_NOT_FOUND` if the store holds no camera. One that was begun before has lost its state then, and has to be
 * reset; it must not be begun again with the same key. Returns `FOOTAGE_MALFORMED` if the state or an owner list that it
 * names is damaged or missing.
 */
footage_status footage_camera_open(const footage_device *device,
                                   const footage_store *store,
                                   const footage_files *files,
                                   footage_camera **camera);

/**
 * Takes a further owner list of the camera's household: one of the present period that a known device signed, or one that
 * begins a higher period and is signed by the recovery key of the lists that the camera has. `list` has its bytes. A list that
 * the camera has taken before changes nothing. A list that begins a period ends the clips that are being recorded: the next
 * group gives `FOOTAGE_CLIP_OVER`.
 *
 * Returns `FOOTAGE_REFUSED` if the list does not follow those that the camera has: nothing was changed.
 */
footage_status footage_camera_take_list(const footage_camera *camera,
                                        const uint8_t *list,
                                        size_t list_length);

/**
 * Writes the bytes of the owner list that the camera seals for: the newest that it has taken.
 */
footage_status footage_camera_owners(const footage_camera *camera,
                                     uint8_t *list,
                                     size_t capacity,
                                     size_t *length);

/**
 * Writes the ids of the clips that were started and not closed, 16 bytes each, the oldest first: at most 16 of them. Each is
 * being recorded, or is to be recovered or given up.
 */
footage_status footage_camera_open_clips(const footage_camera *camera,
                                         uint8_t *clips,
                                         size_t capacity,
                                         size_t *length);

/**
 * Closes a clip that a power cut or an error left open, in its file: the longest beginning that the camera signed, with a
 * manifest that says that it was recovered. If the power failed while the clip was being closed, it is closed as it was
 * about to be. `clip` is the id of 16 bytes.
 *
 * Returns `FOOTAGE_LOST` if the camera signed nothing of it: it is given up then, and its file can be deleted.
 * `FOOTAGE_NOT_FOUND` if it has no file, `FOOTAGE_MALFORMED` if the file is not what the camera closed: it stays open.
 * `FOOTAGE_ORDER` if it is being recorded, or not open.
 */
footage_status footage_camera_recover(const footage_camera *camera,
                                      const uint8_t *clip,
                                      size_t clip_length);

/**
 * Gives up a clip that is open and not being recorded: the camera signs nothing more of it. Its file is left.
 */
footage_status footage_camera_give_up(const footage_camera *camera, const uint8_t *clip, size_t clip_length);

/**
 * Frees a camera, and closes its store. Its recordings can only be freed then. NULL is ignored.
 */
void footage_camera_free(footage_camera *camera);

/**
 * Starts a clip, in a file of its own, sealed for the newest owner list that the camera has taken. The beginning of the clip
 * is the moment of `clocks`: now, or when the recording began that was kept in memory so far, at most a minute ago.
 *
 * `content` is `FOOTAGE_CONTENT_VIDEO` or `FOOTAGE_CONTENT_ANY_FILE`, `cadence` is `FOOTAGE_SIGN_EVERY_GROUP` or
 * `FOOTAGE_SIGN_AT_END`.
 *
 * Where the wall clock is not set, or says a time before something that the camera has dated, the clip has no time. A clock
 * that is set later dates it with the next group.
 *
 * At most 16 clips are open. At the limit, the oldest that is not being recorded is recovered or given up to make room;
 * `FOOTAGE_FULL` if all are being recorded.
 */
footage_status footage_camera_start(const footage_camera *camera,
                                    uint8_t content,
                                    uint8_t cadence,
                                    const footage_clocks *clocks,
                                    footage_recording **recording);

/**
 * Writes the clip's id, 16 bytes.
 */
footage_status footage_recording_clip(const footage_recording *recording,
                                      uint8_t *clip,
                                      size_t capacity,
                                      size_t *length);

/**
 * Seals a group, on the camera that started the clip, and writes it to the clip's file. `clocks` is what the camera's clocks
 * say now. With `FOOTAGE_SIGN_EVERY_GROUP` the group is signed and durable when the call returns.
 *
 * The times of the group are those of the monotonic clock, from the reading that the clip was started with. If the group ends
 * more than two seconds after `clocks`, or more than a minute before, this returns `FOOTAGE_ARGUMENT`.
 *
 * After `FOOTAGE_ARGUMENT` and `FOOTAGE_FULL` the clip goes on without the group, whose contents are as they were. After
 * `FOOTAGE_CLIP_OVER` they are so, too: finish the clip, start another, and seal the group in that. After `FOOTAGE_IO` the
 * clip can only be recovered.
 */
footage_status footage_recording_group(const footage_recording *recording,
                                       const footage_camera *camera,
                                       const footage_clocks *clocks,
                                       const footage_group *group);

/**
 * Seals a piece of a recording that has no times of its own, as a group, in a clip of `FOOTAGE_CONTENT_ANY_FILE`. It lasts
 * from when the piece before it was sealed until now. The content is sealed in place: it is ciphertext afterwards.
 */
footage_status footage_recording_piece(const footage_recording *recording,
                                       const footage_camera *camera,
                                       const footage_clocks *clocks,
                                       uint8_t *content,
                                       size_t content_length);

/**
 * Counts tracks and samples that the recording has and that are not given to the camera. The clip says so.
 */
footage_status footage_recording_leave_out(const footage_recording *recording,
                                           uint64_t tracks,
                                           uint64_t samples);

/**
 * Signs the manifest, and closes the clip for ever, on the camera that started it. The recording is over whatever this
 * returns, unless it is `FOOTAGE_NULL`, `FOOTAGE_HANDLE` or `FOOTAGE_BUSY`: after an error the clip is to be recovered.
 */
footage_status footage_recording_finish(const footage_recording *recording,
                                        const footage_camera *camera);

/**
 * Closes the clip like `footage_recording_finish`, and says that the source ended in the middle: there was more to record.
 */
footage_status footage_recording_cut_off(const footage_recording *recording,
                                         const footage_camera *camera);

/**
 * Frees a recording, and closes its file. NULL is ignored.
 */
void footage_recording_free(footage_recording *recording);

/**
 * Goes on with a recording of `FOOTAGE_CONTENT_VIDEO` in which nothing was sealed, with these codecs: NULL where the camera
 * has no pictures or no sound. Sound that first comes later is left out. `pictures` and `sound` may point to the same bytes.
 *
 * The recording's handle is over, as after `footage_recording_finish`. After an error it goes on as it was.
 */
footage_status footage_live_new(const footage_recording *recording,
                                const footage_picture_codec *pictures,
                                const footage_sound_codec *sound,
                                footage_live **live);

/**
 * Writes the clip's id, 16 bytes.
 */
footage_status footage_live_clip(const footage_live *live, uint8_t *clip, size_t capacity, size_t *length);

/**
 * Takes a sample, which stays as it is, and seals the groups that are complete with it, on the camera that started the clip.
 * `clocks` is what the camera's clocks say now. Writes how many groups were sealed. With `FOOTAGE_SIGN_EVERY_GROUP` they are
 * signed and durable when the call returns.
 *
 * The samples of each track come in the order in which they are decoded, pictures and sound as they are encoded. A time that
 * jumps back, or is more than two seconds after `clocks`, is not believed: the track goes on where it was, and the group is
 * flagged.
 *
 * After `FOOTAGE_ARGUMENT`, `FOOTAGE_MALFORMED` and `FOOTAGE_FULL` the clip goes on with the next sample: this one was not
 * taken, or a group ended more than a minute before `clocks`, which is counted as left out. After `FOOTAGE_CLIP_OVER`, finish
 * the clip, start another, and begin with a picture at which decoding can begin. After `FOOTAGE_IO` the clip can only be
 * recovered.
 */
footage_status footage_live_push(const footage_live *live,
                                 const footage_camera *camera,
                                 const footage_clocks *clocks,
                                 const footage_sample *sample,
                                 uint64_t *sealed);

/**
 * Takes the codecs of the samples that follow, as `footage_live_new` does. Writes how many groups were sealed. Codecs that are in
 * force already change nothing; NULL ends a track. Where the codec of the pictures changes, what came before is sealed. Where only
 * that of the sound changes, the next group begins with it. That group is flagged.
 */
footage_status footage_live_codecs(const footage_live *live,
                                   const footage_camera *camera,
                                   const footage_clocks *clocks,
                                   const footage_picture_codec *pictures,
                                   const footage_sound_codec *sound,
                                   uint64_t *sealed);

/**
 * Seals everything that waits: because the encoder pauses, or the power is about to fail. Writes how many groups were sealed. What
 * follows before the next picture at which decoding can begin is a group by itself, which is flagged. Sound that comes later and
 * begins before the end of what was sealed is left out, and counted.
 */
footage_status footage_live_flush(const footage_live *live,
                                  const footage_camera *camera,
                                  const footage_clocks *clocks,
                                  uint64_t *sealed);

/**
 * Counts tracks and samples that the camera has and that are not pushed. The clip says so.
 */
footage_status footage_live_leave_out(const footage_live *live, uint64_t tracks, uint64_t samples);

/**
 * Seals what waits, and closes the clip as `footage_recording_finish` does. What can no longer be sealed in this clip is
 * counted as left out.
 */
footage_status footage_live_finish(const footage_live *live,
                                   const footage_camera *camera,
                                   const footage_clocks *clocks);

/**
 * Closes the clip like `footage_live_finish`, and says that the source broke off: there was more to record.
 */
footage_status footage_live_cut_off(const footage_live *live,
                                    const footage_camera *camera,
                                    const footage_clocks *clocks);

/**
 * Frees a live recording, and closes its file. NULL is ignored.
 */
void footage_live_free(footage_live *live);

/**
 * Makes a cutter of a source. MP4 and MPEG-TS are cut into groups that begin where decoding can begin; other tracks and metadata
 * are left out. Any other recording that is known to be video or sound is refused. Any other file is cut into pieces of 1 MiB,
 * whose times are 0.
 *
 * If the source has `size`, the MP4 may be fragmented or progressive, and is read at any place. Otherwise it must be fragmented,
 * and is read from the beginning to the end.
 */
footage_status footage_cutter_new(const footage_source *source,
                                  footage_cutter **cutter);

/**
 * Makes a cutter that cuts any source into pieces of `size` bytes, 1 to 16 MiB, the last one shorter. Their times are 0.
 */
footage_status footage_cutter_new_by_size(const footage_source *source,
                                          uint64_t size,
                                          footage_cutter **cutter);

/**
 * Writes what the recording is, by its first bytes: `FOOTAGE_CONTENT_VIDEO` or `FOOTAGE_CONTENT_ANY_FILE`. It may be called
 * before the first group only.
 */
footage_status footage_cutter_content(const footage_cutter *cutter,
                                      uint8_t *content);

/**
 * Goes on to the next group. What the group points to belongs to the cutter: it may be sealed in place, and is valid until
 * the next call with this cutter, or until it is freed. Returns `FOOTAGE_END` after the last group.
 *
 * If the recording cannot be cut further, the groups that are whole before that are given first.
 */
footage_status footage_cutter_next(const footage_cutter *cutter,
                                   footage_group *group);

/**
 * Writes how many tracks are left out, and how many samples have been left out so far, for
 * `footage_recording_leave_out`.
 */
footage_status footage_cutter_left_out(const footage_cutter *cutter, uint64_t *tracks, uint64_t *samples);

/**
 * Frees a cutter. NULL is ignored.
 */
void footage_cutter_free(footage_cutter *cutter);

/**
 * Opens a clip: reads its beginning and its end, and verifies the camera's signatures.
 *
 * Returns `FOOTAGE_ORDER` if the clip was never finished: its camera has to recover it first.
 */
footage_status footage_clip_open(const footage_source *source, footage_clip **clip);

/**
 * Unlocks the clip with the household key or the recovery key. Returns `FOOTAGE_LOCKED` if the clip is not sealed for the key.
 */
footage_status footage_clip_unlock(const footage_clip *clip,
                                   const footage_owner *owner);

/**
 * Writes what stands in the open of the clip.
 */
footage_status footage_clip_describe(const footage_clip *clip, footage_clip_info *info);

/**
 * Finds the groups that lie wholly between two times, by the camera's clock, and writes the index of their first segment and
 * the index after their last one. Returns `FOOTAGE_NOT_FOUND` if there are none, or if the clip has no time.
 */
footage_status footage_clip_select(const footage_clip *clip,
                                   int64_t from,
                                   int64_t to,
                                   uint32_t *first,
                                   uint32_t *end);

/**
 * Writes what the camera signed of a segment. Returns `FOOTAGE_NOT_FOUND` past the last one.
 */
footage_status footage_clip_segment_info(const footage_clip *clip, uint32_t index, footage_segment *segment);

/**
 * Opens a segment of an unlocked clip, and writes its content, at most 16 MiB. Nothing is written unless all of it is what
 * the camera signed.
 */
footage_status footage_clip_segment(const footage_clip *clip,
                                    uint32_t index,
                                    uint8_t *content,
                                    size_t capacity,
                                    size_t *length);

/**
 * Writes the segments from `first` to before `end` of an unlocked clip as one file that players open: it begins at 0, and lasts as
 * long as what it shows. The first segment must begin a group. `form` is `FOOTAGE_FORM_FRAGMENTED` or `FOOTAGE_FORM_FAST_START`.
 *
 * Returns `FOOTAGE_CODEC` if the codec parameters change in between, with the segment at which the next file has to begin in
 * `*next`. Otherwise `*next` becomes `end`. Nothing is written before every segment was read once. If the call fails later, what
 * was written is a beginning of the file. Returns `FOOTAGE_ARGUMENT` if the clip is no video, and in a library without the feature
 * `video`.
 */
footage_status footage_clip_write_playable(const footage_clip *clip,
                                           uint32_t first,
                                           uint32_t end,
                                           uint8_t form,
                                           const footage_sink *sink,
                                           uint32_t *next);

/**
 * Frees a clip, and wipes its secret and the content that it opened. NULL is ignored.
 */
void footage_clip_free(footage_clip *clip);

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

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FOOTAGE_H */
