/* A camera records live, segment by segment, and what it sealed is read again; a power cut, and a clip that Rust sealed. */
#include "check.h"

#define SEGMENTS 5u

static const int64_t STARTED = 1780315200000;

/* What segment n is made of: it is overwritten when it is sealed. */
static struct bytes content(uint32_t n)
{
    struct bytes bytes = make(n == 0 ? 6 : n * 1000u);
    size_t at;
    if (n == 0)
        memcpy(bytes.at, "codecs", 6);
    else
        for (at = 0; at < bytes.length; at++)
            bytes.at[at] = (uint8_t)(at * 31u ^ n);
    return bytes;
}

static void free_bytes(struct bytes *bytes)
{
    free(bytes->at);
    bytes->at = NULL;
}

/* Keys and the certificate of a camera, as its factory makes them. */
struct factory {
    footage_signing_key *key;
    struct bytes certificate;
    uint8_t device[32];
};

static void build(struct factory *factory)
{
    footage_signing_key *maker = NULL;
    struct bytes key;
    char json[512], hex[65];
    size_t at;
    OK(footage_signing_key_generate(&maker));
    OK(footage_signing_key_generate(&factory->key));
    FETCH(key, footage_signing_key_public(factory->key, FETCHED));
    CHECK(key.length == 32);
    for (at = 0; at < key.length; at++)
        snprintf(hex + 2 * at, 3, "%02x", key.at[at]);
    free_bytes(&key);
    snprintf(json, sizeof json,
             "{\"camera\":\"07070707070707070707070707070707\",\"maker\":\"acme\",\"model\":\"Doorbell 3\","
             "\"key\":\"%s\",\"issued\":1780000000000}",
             hex);
    FETCH(factory->certificate, footage_certificate_sign(json, maker, FETCHED));
    GIVES(FOOTAGE_ARGUMENT, footage_certificate_sign("{}", maker, NULL, 0, &at));
    footage_signing_key_free(maker);
    memset(factory->device, 42, sizeof factory->device);
}

static footage_camera *camera_of(const struct factory *factory, struct bytes state)
{
    footage_camera *camera = NULL;
    OK(footage_camera_new(factory->certificate.at, factory->certificate.length, factory->key, factory->device,
                          sizeof factory->device, FOOTAGE_SUITE_CHACHA20_POLY1305, state.at, state.length, &camera));
    return camera;
}

static void camera_is_particular(const struct factory *factory)
{
    footage_signing_key *other = NULL;
    footage_camera *camera = NULL;
    struct bytes certificate = factory->certificate;
    OK(footage_signing_key_generate(&other));
    GIVES(FOOTAGE_SIGNATURE, footage_camera_new(certificate.at, certificate.length, other, factory->device, 32,
                                                FOOTAGE_SUITE_AES_256_GCM, NULL, 0, &camera));
    GIVES(FOOTAGE_ARGUMENT, footage_camera_new(certificate.at, certificate.length, factory->key, factory->device, 31,
                                               FOOTAGE_SUITE_AES_256_GCM, NULL, 0, &camera));
    GIVES(FOOTAGE_ARGUMENT, footage_camera_new(certificate.at, certificate.length, factory->key, factory->device, 32, 3,
                                               NULL, 0, &camera));
    GIVES(FOOTAGE_MALFORMED, footage_camera_new(certificate.at, certificate.length, factory->key, factory->device, 32,
                                                FOOTAGE_SUITE_AES_256_GCM, (const uint8_t *)"?", 1, &camera));
    GIVES(FOOTAGE_MALFORMED, footage_camera_new(certificate.at, certificate.length - 1, factory->key, factory->device,
                                                32, FOOTAGE_SUITE_AES_256_GCM, NULL, 0, &camera));
    GIVES(FOOTAGE_NULL, footage_camera_new(certificate.at, certificate.length, factory->key, factory->device, 32,
                                           FOOTAGE_SUITE_AES_256_GCM, NULL, 0, NULL));
    CHECK(camera == NULL);
    footage_signing_key_free(other);
}

/* The file of a clip as it grows. */
struct file {
    struct bytes bytes;
    size_t length;
};

static void append(struct file *file, const uint8_t *bytes, size_t length)
{
    file->bytes.at = realloc(file->bytes.at, file->length + length + 1);
    CHECK(file->bytes.at != NULL);
    memcpy(file->bytes.at + file->length, bytes, length);
    file->length += length;
}

/* Starts a clip; its state has to be stored first. */
static footage_recording *start(footage_camera *camera, struct bytes *state, const struct bytes *owners,
                                struct file *file)
{
    footage_recording *recording = NULL;
    const uint8_t *const keys[2] = {owners[0].at, owners[1].at};
    const size_t lengths[2] = {owners[0].length, owners[1].length};
    struct bytes buffer = make(FOOTAGE_SEGMENT_OVERHEAD);
    size_t length = 0;
    OK(footage_recording_new(camera, keys, lengths, 2, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT, NULL, 0, &length,
                             &recording));
    CHECK(length == FOOTAGE_SEGMENT_OVERHEAD && recording == NULL);
    GIVES(FOOTAGE_TOO_SMALL, footage_recording_new(camera, keys, lengths, 2, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT,
                                                   buffer.at, buffer.length - 1, &length, &recording));
    GIVES(FOOTAGE_ARGUMENT, footage_recording_new(camera, keys, lengths, 2, STARTED, 2, buffer.at, buffer.length,
                                                  &length, &recording));
    GIVES(FOOTAGE_ARGUMENT, footage_recording_new(camera, keys, lengths, 2, -1, FOOTAGE_SIGN_AT_END, buffer.at,
                                                  buffer.length, &length, &recording));
    GIVES(FOOTAGE_UNSAVED, footage_recording_new(camera, keys, lengths, 2, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT,
                                                 buffer.at, buffer.length, &length, &recording));
    CHECK(recording == NULL);
    /* Asking how long the state is does not store it. */
    OK(footage_camera_save(camera, NULL, 0, &length));
    GIVES(FOOTAGE_UNSAVED, footage_recording_new(camera, keys, lengths, 2, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT,
                                                 buffer.at, buffer.length, &length, &recording));
    store(camera, state);
    GIVES(FOOTAGE_ARGUMENT, footage_recording_new(camera, NULL, NULL, 0, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT,
                                                  buffer.at, buffer.length, &length, &recording));
    store(camera, state);
    OK(footage_recording_new(camera, keys, lengths, 2, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT, buffer.at, buffer.length,
                             &length, &recording));
    append(file, buffer.at, length);
    free_bytes(&buffer);
    return recording;
}

static void seal(footage_recording *recording, uint32_t n, struct file *file)
{
    struct bytes segment = content(n), buffer = make(segment.length + FOOTAGE_SEGMENT_OVERHEAD);
    size_t length = 0;
    if (n == 0) {
        OK(footage_recording_init(recording, segment.at, segment.length, NULL, 0, &length));
        CHECK(length == segment.length + FOOTAGE_SEGMENT_OVERHEAD);
        OK(footage_recording_init(recording, segment.at, segment.length, buffer.at, buffer.length, &length));
        CHECK(memcmp(segment.at, "codecs", 6) != 0);
    } else {
        uint64_t when = 1000u * (n - 1);
        GIVES(FOOTAGE_TOO_SMALL, footage_recording_media(recording, when, 1000, segment.at, segment.length, buffer.at,
                                                         buffer.length - 1, &length));
        CHECK(length == buffer.length);
        GIVES(FOOTAGE_OVERLAP, footage_recording_media(recording, when, 1000, buffer.at + buffer.length - 1, 1,
                                                       buffer.at, buffer.length, &length));
        GIVES(FOOTAGE_ARGUMENT, footage_recording_media(recording, when, UINT64_MAX, segment.at, segment.length,
                                                        buffer.at, buffer.length, &length));
        GIVES(FOOTAGE_ARGUMENT, footage_recording_media(recording, when, 1000, segment.at, SIZE_MAX, buffer.at,
                                                        buffer.length, &length));
        OK(footage_recording_media(recording, when, 1000, segment.at, segment.length, buffer.at, buffer.length,
                                   &length));
    }
    append(file, buffer.at, length);
    free_bytes(&segment);
    free_bytes(&buffer);
}

static void finish(footage_camera *camera, footage_recording *recording, struct bytes *state, struct file *file)
{
    struct bytes buffer = make(FOOTAGE_SEGMENT_OVERHEAD);
    uint8_t late[1] = {0}, room[FOOTAGE_SEGMENT_OVERHEAD + 1];
    size_t length = 0;
    OK(footage_recording_finish(recording, NULL, 0, &length));
    GIVES(FOOTAGE_TOO_SMALL, footage_recording_finish(recording, buffer.at, 0, &length));
    CHECK(length == FOOTAGE_SEGMENT_OVERHEAD);
    GIVES(FOOTAGE_UNSAVED, footage_recording_finish(recording, buffer.at, buffer.length, &length));
    /* It has its ending now. */
    GIVES(FOOTAGE_ORDER, footage_recording_media(recording, 60000, 1000, late, 1, room, sizeof room, &length));
    GIVES(FOOTAGE_UNSAVED, footage_recording_finish(recording, buffer.at, buffer.length, &length));
    store(camera, state);
    OK(footage_recording_finish(recording, buffer.at, buffer.length, &length));
    append(file, buffer.at, length);
    GIVES(FOOTAGE_ORDER, footage_recording_finish(recording, buffer.at, buffer.length, &length));
    GIVES(FOOTAGE_ORDER, footage_recording_clip(recording, buffer.at, buffer.length, &length));
    free_bytes(&buffer);
}

/* Counts what goes through a stream, and finds the stream in use. */
struct progress {
    footage_stream *stream;
    uint64_t bytes;
};

static void progressed(void *context, uint64_t bytes)
{
    struct progress *progress = context;
    GIVES(FOOTAGE_BUSY, footage_stream_fail(progress->stream));
    CHECK(bytes > progress->bytes);
    progress->bytes = bytes;
}

static uint64_t length_of(FILE *file)
{
    long length;
    CHECK(fseek(file, 0, SEEK_END) == 0);
    length = ftell(file);
    CHECK(length >= 0);
    return (uint64_t)length;
}

/* Opens a clip of SEGMENTS segments of which the first is the init, and compares each with what was sealed. */
static void reads(const char *name, const char *ending, const footage_owner *owner, uint32_t segments)
{
    FILE *file = fopen(name, "rb");
    footage_stream *in = NULL, *out = NULL;
    footage_clip *clip = NULL;
    footage_owner *stranger = NULL;
    footage_segment segment;
    struct progress progress = {NULL, 0};
    struct bytes info;
    char expected[64];
    uint32_t n, first = 0, end = 0;
    CHECK(file != NULL);
    OK(footage_stream_new_input(length_of(file), &in));
    progress.stream = in;
    OK(footage_stream_on_progress(in, progressed, &progress));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_ORDER, footage_clip_info(clip, NULL, 0, &(size_t){0}));
    GIVES(FOOTAGE_WANT, footage_clip_open(clip));
    GIVES(FOOTAGE_ORDER, footage_clip_segment_info(clip, 0, &segment));
    SERVED(footage_clip_open(clip), in, file, NULL, NULL);
    GIVES(FOOTAGE_ORDER, footage_clip_open(clip));
    CHECK(progress.bytes > 0);
    OK(footage_stream_on_progress(in, NULL, NULL));
    FETCH(info, footage_clip_info(clip, FETCHED));
    info.at = realloc(info.at, info.length + 1);
    info.at[info.length] = 0;
    snprintf(expected, sizeof expected, "\"count\":%u,\"ending\":\"%s\"", (unsigned)segments, ending);
    CHECK(strstr((const char *)info.at, expected) != NULL);
    free_bytes(&info);
    OK(footage_stream_new_output(&out));
    GIVES(FOOTAGE_ORDER, footage_clip_segment(clip, 0, out));
    OK(footage_owner_generate(FOOTAGE_KEM_XWING, &stranger));
    GIVES(FOOTAGE_LOCKED, footage_clip_unlock(clip, stranger));
    footage_owner_free(stranger);
    OK(footage_clip_unlock(clip, owner));
    for (n = 0; n < segments; n++) {
        struct bytes sealed = content(n);
        FILE *opened = tmpfile();
        struct bytes found;
        SERVED(footage_clip_segment_info(clip, n, &segment), in, file, NULL, NULL);
        CHECK(segment.kind == (n == 0 ? FOOTAGE_SEGMENT_INIT : FOOTAGE_SEGMENT_MEDIA));
        CHECK(segment.init == (n == 0 ? FOOTAGE_NO_INIT : 0));
        CHECK(segment.length == sealed.length && segment.start == (n == 0 ? 0 : 1000u * (n - 1)));
        CHECK(opened != NULL);
        SERVED(footage_clip_segment(clip, n, out), in, file, out, opened);
        found = make((size_t)length_of(opened));
        rewind(opened);
        CHECK(found.length == sealed.length && fread(found.at, 1, found.length, opened) == found.length);
        CHECK(memcmp(found.at, sealed.at, sealed.length) == 0);
        free_bytes(&found);
        free_bytes(&sealed);
        CHECK(fclose(opened) == 0);
    }
    SERVED(footage_clip_select(clip, STARTED + 500, STARTED + 3000, &first, &end), in, file, NULL, NULL);
    CHECK(first == 2 && end == 4);
    footage_clip_free(clip);
    footage_stream_free(out);
    footage_stream_free(in);
    CHECK(fclose(file) == 0);
}

/* The power failed while the clip was recorded: it is recovered in memory, and from a stream. */
static void power_cut(const struct factory *factory, struct bytes *state, const struct bytes *owners,
                      const footage_owner *owner)
{
    footage_camera *camera = camera_of(factory, *state);
    struct file file = {{NULL, 0}, 0};
    footage_recording *recording = start(camera, state, owners, &file);
    struct bytes buffer, exact;
    footage_stream *in = NULL, *out = NULL;
    footage_status status;
    FILE *from, *to;
    size_t length = 0;
    uint32_t n;
    for (n = 0; n < SEGMENTS; n++)
        seal(recording, n, &file);
    file.length -= 100; /* in the middle of the last head: only what is signed before it stays */
    buffer = make(file.length + FOOTAGE_SEGMENT_OVERHEAD);
    exact = make(file.length);
    memcpy(exact.at, file.bytes.at, file.length);
    OK(footage_camera_recover(camera, exact.at, exact.length, NULL, 0, &length));
    CHECK(length == buffer.length);
    GIVES(FOOTAGE_TOO_SMALL, footage_camera_recover(camera, exact.at, exact.length, buffer.at, 0, &length));
    GIVES(FOOTAGE_OVERLAP, footage_camera_recover(camera, buffer.at, 1, buffer.at, buffer.length, &length));
    GIVES(FOOTAGE_MALFORMED, footage_camera_recover(camera, exact.at, 10, buffer.at, buffer.length, &length));
    GIVES(FOOTAGE_UNSAVED, footage_camera_recover(camera, exact.at, exact.length, buffer.at, buffer.length, &length));
    GIVES(FOOTAGE_UNSAVED, footage_camera_recover(camera, exact.at, exact.length, buffer.at, buffer.length, &length));
    store(camera, state);
    OK(footage_camera_recover(camera, exact.at, exact.length, buffer.at, buffer.length, &length));
    write_file("recovered", buffer.at, length);
    reads("recovered", "recovered", owner, SEGMENTS - 1);
    /* The recording lives on here, but its clip has its one ending. */
    GIVES(FOOTAGE_ORDER, footage_recording_finish(recording, buffer.at, buffer.length, &length));
    footage_recording_free(recording);
    footage_camera_free(camera);

    /* The same after a restart, from a file: the ending is remembered. */
    camera = camera_of(factory, *state);
    write_file("unfinished", exact.at, exact.length);
    from = fopen("unfinished", "rb");
    to = fopen("recovered-again", "wb");
    CHECK(from != NULL && to != NULL);
    OK(footage_stream_new_input(exact.length, &in));
    OK(footage_stream_new_output(&out));
    GIVES(FOOTAGE_ARGUMENT, footage_camera_recover_stream(camera, out, out));
    SERVED(footage_camera_recover_stream(camera, in, out), in, from, out, to);
    CHECK(fclose(to) == 0);
    reads("recovered-again", "recovered", owner, SEGMENTS - 1);
    footage_stream_free(in);
    footage_stream_free(out);
    CHECK(fclose(from) == 0);
    footage_camera_free(camera);

    /* A camera that does not know it yet stores it in between, and one that is not its camera does not sign. */
    {
        struct factory other;
        struct bytes fresh = {NULL, 0};
        struct file second = {{NULL, 0}, 0};
        camera = camera_of(factory, *state);
        recording = start(camera, state, owners, &second);
        seal(recording, 0, &second);
        footage_recording_free(recording);
        write_file("unfinished", second.bytes.at, second.length);
        from = fopen("unfinished", "rb");
        CHECK(from != NULL);
        OK(footage_stream_new_input(second.length, &in));
        OK(footage_stream_new_output(&out));
        while ((status = footage_camera_recover_stream(camera, in, out)) == FOOTAGE_WANT)
            serve(in, from, NULL, NULL);
        GIVES(FOOTAGE_UNSAVED, status);
        store(camera, state);
        to = tmpfile();
        SERVED(footage_camera_recover_stream(camera, in, out), in, from, out, to);
        CHECK(fclose(to) == 0);
        footage_camera_free(camera);
        build(&other);
        camera = camera_of(&other, fresh);
        while ((status = footage_camera_recover_stream(camera, in, out)) == FOOTAGE_WANT)
            serve(in, from, NULL, NULL);
        GIVES(FOOTAGE_SIGNATURE, status);
        footage_stream_free(in);
        OK(footage_stream_new_input(second.length, &in));
        GIVES(FOOTAGE_WANT, footage_camera_recover_stream(camera, in, out));
        OK(footage_stream_fail(in));
        GIVES(FOOTAGE_STORE, footage_camera_recover_stream(camera, in, out));
        GIVES(FOOTAGE_STORE, footage_camera_recover_stream(camera, in, out));
        footage_camera_free(camera);
        footage_stream_free(in);
        footage_stream_free(out);
        CHECK(fclose(from) == 0);
        footage_signing_key_free(other.key);
        free_bytes(&other.certificate);
        free_bytes(&second.bytes);
    }
    free_bytes(&file.bytes);
    free_bytes(&buffer);
    free_bytes(&exact);
}

static void keys_last(void)
{
    footage_signing_key *key = NULL, *same = NULL;
    footage_owner *owner = NULL, *twin = NULL;
    struct bytes secret, first, second;
    OK(footage_signing_key_generate(&key));
    FETCH(secret, footage_signing_key_save(key, FETCHED));
    CHECK(secret.length == FOOTAGE_SECRET_BYTES);
    OK(footage_signing_key_restore(secret.at, secret.length, &same));
    FETCH(first, footage_signing_key_public(key, FETCHED));
    FETCH(second, footage_signing_key_public(same, FETCHED));
    CHECK(first.length == second.length && memcmp(first.at, second.at, first.length) == 0);
    free_bytes(&secret);
    free_bytes(&first);
    free_bytes(&second);
    GIVES(FOOTAGE_ARGUMENT, footage_owner_generate(1, &owner));
    OK(footage_owner_generate(FOOTAGE_KEM_X25519, &owner));
    FETCH(secret, footage_owner_save(owner, FETCHED));
    GIVES(FOOTAGE_ARGUMENT, footage_owner_restore(FOOTAGE_KEM_X25519, secret.at, 31, &twin));
    OK(footage_owner_restore(FOOTAGE_KEM_X25519, secret.at, secret.length, &twin));
    FETCH(first, footage_owner_public(owner, FETCHED));
    FETCH(second, footage_owner_public(twin, FETCHED));
    CHECK(first.length == 34 && second.length == 34 && memcmp(first.at, second.at, 34) == 0);
    free_bytes(&secret);
    free_bytes(&first);
    free_bytes(&second);
    footage_signing_key_free(key);
    footage_signing_key_free(same);
    footage_owner_free(owner);
    footage_owner_free(twin);
}

int main(void)
{
    struct factory factory;
    struct bytes state = {NULL, 0}, owners[2], id, again;
    footage_camera *camera;
    footage_recording *recording;
    footage_owner *owner = owner_from("owner"), *recovery = NULL;
    struct file file = {{NULL, 0}, 0};
    uint32_t n;
    CHECK(footage_version() >> 16 == FOOTAGE_VERSION_MAJOR && (footage_version() >> 8 & 255) == FOOTAGE_VERSION_MINOR
          && (footage_version() & 255) == FOOTAGE_VERSION_PATCH);
    keys_last();
    build(&factory);
    camera_is_particular(&factory);
    OK(footage_owner_generate(FOOTAGE_KEM_XWING, &recovery));
    FETCH(owners[0], footage_owner_public(owner, FETCHED));
    FETCH(owners[1], footage_owner_public(recovery, FETCHED));

    camera = camera_of(&factory, state);
    recording = start(camera, &state, owners, &file);
    FETCH(id, footage_recording_clip(recording, FETCHED));
    CHECK(id.length == 16);
    /* An empty clip has no end. */
    again = make(FOOTAGE_SEGMENT_OVERHEAD);
    GIVES(FOOTAGE_ORDER, footage_recording_finish(recording, again.at, again.length, &again.length));
    free_bytes(&again);
    for (n = 0; n < SEGMENTS; n++)
        seal(recording, n, &file);
    finish(camera, recording, &state, &file);
    footage_recording_free(recording);
    footage_camera_free(camera);
    write_file("sealed-by-c", file.bytes.at, file.length);
    reads("sealed-by-c", "finished", owner, SEGMENTS);
    reads("sealed-by-c", "finished", recovery, SEGMENTS);

    /* After a restart another clip has another id. */
    camera = camera_of(&factory, state);
    file.length = 0;
    recording = start(camera, &state, owners, &file);
    footage_camera_free(camera); /* its recordings keep it alive */
    FETCH(again, footage_recording_clip(recording, FETCHED));
    CHECK(memcmp(id.at, again.at, 16) != 0);
    seal(recording, 0, &file);
    footage_recording_free(recording);

    power_cut(&factory, &state, owners, owner);
    reads("sealed-by-rust", "finished", owner, SEGMENTS);

    footage_owner_free(owner);
    footage_owner_free(recovery);
    footage_signing_key_free(factory.key);
    free_bytes(&factory.certificate);
    free_bytes(&state);
    free_bytes(&owners[0]);
    free_bytes(&owners[1]);
    free_bytes(&id);
    free_bytes(&again);
    free_bytes(&file.bytes);
    return 0;
}
