/* Seals a file as it would arrive from a sensor, segment by segment: `camera FILE OUT`.
 *
 * The camera's keys and its state stand beside OUT, as `camera.key`, `camera.device`, `camera.certificate` and
 * `camera.state`; `owner.key` opens what it sealed. Missing ones are made: here the program is the factory, too. The state
 * must never be set back, nor go to another camera.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <footage.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void ok(footage_status status, const char *what)
{
    char message[512] = "";
    size_t length = 0;
    if (status == FOOTAGE_OK)
        return;
    footage_last_error_message(message, sizeof message, &length);
    fprintf(stderr, "%s: %s: %s\n", what, footage_status_message(status), message);
    exit(1);
}

/* Bytes with the room that they have. */
struct bytes {
    uint8_t *at;
    size_t length;
};

static struct bytes make(size_t length)
{
    struct bytes bytes;
    bytes.at = malloc(length > 0 ? length : 1);
    bytes.length = length;
    if (bytes.at == NULL)
        fail("memory");
    return bytes;
}

/* A small file; of length 0 if there is none. */
static struct bytes load(const char *name)
{
    FILE *file = fopen(name, "rb");
    struct bytes bytes;
    long length = 0;
    if (file == NULL)
        return make(0);
    if (fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0)
        fail(name);
    rewind(file);
    bytes = make((size_t)length);
    if (fread(bytes.at, 1, bytes.length, file) != bytes.length)
        fail(name);
    fclose(file);
    return bytes;
}

/* Replaces a small file durably: a power cut leaves the old one or the new one. Nobody else reads it. */
static void store(const char *name, struct bytes bytes)
{
    char fresh[4096];
    int file, folder;
    char *slash;
    if (snprintf(fresh, sizeof fresh, "%s.new", name) >= (int)sizeof fresh)
        fail(name);
    file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, bytes.at, bytes.length) != (ssize_t)bytes.length || fsync(file) != 0
        || close(file) != 0 || rename(fresh, name) != 0)
        fail(name);
    slash = strrchr(fresh, '/');
    if (slash != NULL)
        slash[1] = 0;
    folder = open(slash != NULL ? fresh : ".", O_RDONLY);
    if (folder < 0 || fsync(folder) != 0 || close(folder) != 0)
        fail(name);
}

/* Where everything stands: beside OUT. */
static char folder[2048];

static const char *beside(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s%s", folder, name);
    return path;
}

/* A signing key that stays; it is made the first time. */
static footage_signing_key *signing_key(const char *name)
{
    footage_signing_key *key = NULL;
    struct bytes secret = load(beside(name));
    if (secret.length > 0) {
        ok(footage_signing_key_restore(secret.at, secret.length, &key), name);
    } else {
        free(secret.at);
        secret = make(FOOTAGE_SECRET_BYTES);
        ok(footage_signing_key_generate(&key), name);
        ok(footage_signing_key_save(key, secret.at, secret.length, &secret.length), name);
        store(beside(name), secret);
    }
    memset(secret.at, 0, secret.length);
    free(secret.at);
    return key;
}

/* The public key of the resident, whose private key would be on a phone. */
static struct bytes owner_key(void)
{
    footage_owner *owner = NULL;
    struct bytes secret = load(beside("owner.key")), public = make(2048);
    if (secret.length > 0) {
        ok(footage_owner_restore(FOOTAGE_KEM_XWING, secret.at, secret.length, &owner), "owner.key");
    } else {
        free(secret.at);
        secret = make(FOOTAGE_SECRET_BYTES);
        ok(footage_owner_generate(FOOTAGE_KEM_XWING, &owner), "owner.key");
        ok(footage_owner_save(owner, secret.at, secret.length, &secret.length), "owner.key");
        store(beside("owner.key"), secret);
    }
    ok(footage_owner_public(owner, public.at, public.length, &public.length), "owner.key");
    footage_owner_free(owner);
    memset(secret.at, 0, secret.length);
    free(secret.at);
    return public;
}

/* What a factory does once for each camera. */
static struct bytes certificate_of(const footage_signing_key *key)
{
    struct bytes certificate = load(beside("camera.certificate"));
    footage_signing_key *maker = NULL;
    uint8_t public[32];
    char json[512], hex[65];
    size_t at, length = 0;
    if (certificate.length > 0)
        return certificate;
    free(certificate.at);
    certificate = make(4096);
    ok(footage_signing_key_generate(&maker), "maker");
    ok(footage_signing_key_public(key, public, sizeof public, &length), "camera.key");
    for (at = 0; at < length; at++)
        snprintf(hex + 2 * at, 3, "%02x", public[at]);
    snprintf(json, sizeof json,
             "{\"camera\":\"%.32s\",\"maker\":\"example\",\"model\":\"camera.c\",\"key\":\"%s\",\"issued\":%lld000}", hex,
             hex, (long long)time(NULL));
    ok(footage_certificate_sign(json, maker, certificate.at, certificate.length, &certificate.length), "certificate");
    footage_signing_key_free(maker);
    store(beside("camera.certificate"), certificate);
    return certificate;
}

/* The secret of this camera alone: 32 random bytes, as a key is. */
static struct bytes device_secret(void)
{
    footage_signing_key_free(signing_key("camera.device"));
    return load(beside("camera.device"));
}

static footage_camera *camera_of(void)
{
    footage_signing_key *key = signing_key("camera.key");
    footage_camera *camera = NULL;
    struct bytes certificate = certificate_of(key), device = device_secret(), state = load(beside("camera.state"));
    ok(footage_camera_new(certificate.at, certificate.length, key, device.at, device.length,
                          FOOTAGE_SUITE_AES_256_GCM, state.at, state.length, &camera),
       "camera");
    memset(device.at, 0, device.length);
    free(device.at);
    free(certificate.at);
    free(state.at);
    footage_signing_key_free(key);
    return camera;
}

static void save(const footage_camera *camera)
{
    struct bytes state = make(0);
    size_t length = 0;
    ok(footage_camera_save(camera, NULL, 0, &length), "state");
    free(state.at);
    state = make(length);
    ok(footage_camera_save(camera, state.at, state.length, &length), "state");
    store(beside("camera.state"), state);
    free(state.at);
}

static void put(FILE *to, struct bytes bytes, size_t length, const char *name)
{
    if (fwrite(bytes.at, 1, length, to) != length || fflush(to) != 0)
        fail(name);
}

/* Gives the cutter what it wants of the file. */
static void serve(const footage_stream *in, FILE *from)
{
    static uint8_t bytes[1 << 16];
    uint64_t offset = 0;
    size_t length = 0;
    ok(footage_stream_wanted(in, &offset, &length), "stream");
    if (length == 0)
        return;
    if (length > sizeof bytes)
        length = sizeof bytes;
    if (fseek(from, (long)offset, SEEK_SET) != 0)
        fail("reading");
    length = fread(bytes, 1, length, from);
    if (ferror(from))
        fail("reading");
    ok(footage_stream_feed(in, bytes, length), "stream");
}

int main(int count, char **arguments)
{
    FILE *from, *to;
    const char *slash;
    footage_camera *camera;
    footage_stream *in = NULL;
    footage_cutter *cutter = NULL;
    footage_recording *recording = NULL;
    footage_segment segment;
    footage_status status;
    struct bytes owner, buffer, content;
    const uint8_t *owners[1];
    size_t length = 0;
    unsigned long segments = 0;
    if (count != 3) {
        fprintf(stderr, "usage: %s FILE OUT\n", arguments[0]);
        return 2;
    }
    slash = strrchr(arguments[2], '/');
    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash + 1 - arguments[2]), arguments[2]);
    from = fopen(arguments[1], "rb");
    if (from == NULL)
        fail(arguments[1]);
    to = fopen(arguments[2], "wb");
    if (to == NULL)
        fail(arguments[2]);

    camera = camera_of();
    owner = owner_key();
    owners[0] = owner.at;
    buffer = make(FOOTAGE_SEGMENT_OVERHEAD);
    while ((status = footage_recording_new(camera, owners, &owner.length, 1, (int64_t)time(NULL) * 1000,
                                           FOOTAGE_SIGN_EVERY_SEGMENT, buffer.at, buffer.length, &length, &recording))
           == FOOTAGE_UNSAVED)
        save(camera);
    ok(status, "recording");
    put(to, buffer, length, arguments[2]);

    ok(footage_stream_new_input(FOOTAGE_UNKNOWN_LENGTH, &in), "stream");
    ok(footage_cutter_new(in, &cutter), "cutter");
    for (;;) {
        while ((status = footage_cutter_next(cutter, &segment)) == FOOTAGE_WANT)
            serve(in, from);
        if (status == FOOTAGE_END)
            break;
        ok(status, arguments[1]);
        content = make(segment.length);
        ok(footage_cutter_content(cutter, content.at, content.length, &length), arguments[1]);
        free(buffer.at);
        buffer = make(content.length + FOOTAGE_SEGMENT_OVERHEAD);
        if (segment.kind == FOOTAGE_SEGMENT_INIT)
            status = footage_recording_init(recording, content.at, content.length, buffer.at, buffer.length, &length);
        else
            status = footage_recording_media(recording, segment.start, segment.duration, content.at, content.length,
                                             buffer.at, buffer.length, &length);
        ok(status, "segment");
        put(to, buffer, length, arguments[2]);
        free(content.at);
        segments++;
    }
    while ((status = footage_recording_finish(recording, buffer.at, buffer.length, &length)) == FOOTAGE_UNSAVED)
        save(camera);
    ok(status, "finish");
    put(to, buffer, length, arguments[2]);
    if (fsync(fileno(to)) != 0 || fclose(to) != 0)
        fail(arguments[2]);
    printf("%lu segments\n", segments);

    fclose(from);
    free(buffer.at);
    free(owner.at);
    footage_recording_free(recording);
    footage_cutter_free(cutter);
    footage_stream_free(in);
    footage_camera_free(camera);
    return 0;
}
