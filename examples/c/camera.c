/* A camera: `camera FILE FOLDER` records FILE as it would arrive from an encoder, group by group.
 *
 * FOLDER holds all that the camera keeps: its key, secret and certificate, which are made the first time, its state in `state`,
 * and its clips in `clips`. `owner.key` opens the clips; a real one is on a
 * resident's phone. What the power cut off the last
 * time is recovered first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <footage.h>

static const char *folder;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Ends the program unless a call succeeded. */
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

static const char *in_folder(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Reads a small file of FOLDER, and returns its length, or 0 if there is none. */
static size_t load(const char *name, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(in_folder(name), "rb");
    size_t length = file != NULL ? fread(bytes, 1, capacity, file) : 0;
    if (file != NULL)
        fclose(file);
    return length;
}

static void save(const char *name, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(in_folder(name), "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        fail(name);
}

/* A signing key that stays; it is made the first time. */
static footage_signing_key *signing_key(const char *name)
{
    uint8_t secret[FOOTAGE_SECRET_BYTES];
    footage_signing_key *key = NULL;
    size_t length = load(name, secret, sizeof secret);
    if (length > 0) {
        ok(footage_signing_key_restore(secret, length, &key), name);
    } else {
        ok(footage_signing_key_generate(&key), name);
        ok(footage_signing_key_save(key, secret, sizeof secret, &length), name);
        save(name, secret, length);
    }
    memset(secret, 0, sizeof secret);
    return key;
}

/* What a factory does once for each camera. Returns the length of the certificate. */
static size_t certificate_of(const footage_signing_key *key, uint8_t *certificate, size_t capacity)
{
    footage_signing_key *maker = NULL;
    uint8_t public[32], request[1024];
    size_t request_length, length = load("certificate", certificate, capacity);
    if (length > 0)
        return length;
    ok(footage_signing_key_generate(&maker), "maker");
    ok(footage_signing_key_public(key, public, sizeof public, &length), "key");
    /* The camera's id is any 16 bytes that no other camera has. */
    ok(footage_certificate_request(public, 16, "example", "camera.c", key, request, sizeof request, &request_length),
       "request");
    ok(footage_certificate_sign(public, 16, "example", "camera.c", request, request_length, (int64_t)time(NULL) * 1000,
                                maker, certificate, capacity, &length),
       "certificate");
    footage_signing_key_free(maker);
    save("certificate", certificate, length);
    return length;
}

/* Closes the clips that the power cut off. */
static void recover(const footage_camera *camera)
{
    uint8_t clips[256];
    size_t length = 0, at;
    footage_status status;
    ok(footage_camera_open_clips(camera, clips, sizeof clips, &length), "open clips");
    for (at = 0; at < length; at += 16) {
        status = footage_camera_recover(camera, clips + at, 16);
        if (status != FOOTAGE_LOST)
            ok(status, "recover");
    }
}

/* A key that opens clips and stays; it is made the first time. */
static footage_owner *owner_key(const char *name)
{
    uint8_t secret[FOOTAGE_SECRET_BYTES];
    footage_owner *owner = NULL;
    size_t length = load(name, secret, sizeof secret);
    if (length > 0) {
        ok(footage_owner_restore(FOOTAGE_KEM_XWING, secret, length, &owner), name);
    } else {
        ok(footage_owner_generate(FOOTAGE_KEM_XWING, &owner), name);
        ok(footage_owner_save(owner, secret, sizeof secret, &length), name);
        save(name, secret, length);
    }
    memset(secret, 0, sizeof secret);
    return owner;
}

/* What the resident's phone gives the camera when they are paired: the owner list of the household. Returns its length. */
static size_t owners_of(uint8_t *owners, size_t capacity)
{
    static uint8_t key[2048], recovery[2048], device[2048];
    static const uint8_t household[16] = {1}; /* 16 random bytes */
    footage_owner *household_key = owner_key("owner.key"), *recovery_key = NULL, *device_key = NULL;
    footage_signing_key *phone = NULL, *recovery_signer = NULL;
    footage_owner_list list = {0};
    uint8_t signer[32];
    size_t length = load("owners", owners, capacity);
    if (length == 0) {
        ok(footage_owner_generate(FOOTAGE_KEM_XWING, &recovery_key), "recovery key");
        ok(footage_owner_generate(FOOTAGE_KEM_XWING, &device_key), "phone");
        ok(footage_signing_key_generate(&phone), "phone");
        ok(footage_signing_key_generate(&recovery_signer), "recovery key");
        ok(footage_owner_public(household_key, key, sizeof key, &list.key_length), "owner.key");
        ok(footage_owner_public(recovery_key, recovery, sizeof recovery, &list.recovery_length), "recovery key");
        ok(footage_owner_public(device_key, device, sizeof device, &list.device_length), "phone");
        ok(footage_signing_key_public(recovery_signer, signer, sizeof signer, &list.recovery_signer_length), "recovery key");
        list.household = household;
        list.household_length = sizeof household;
        list.key = key;
        list.recovery = recovery;
        list.recovery_signer = signer;
        list.device = device;
        ok(footage_owner_list_sign(&list, phone, owners, capacity, &length), "owners");
        save("owners", owners, length);
        footage_owner_free(recovery_key);
        footage_owner_free(device_key);
        footage_signing_key_free(phone);
        footage_signing_key_free(recovery_signer);
    }
    footage_owner_free(household_key);
    return length;
}

static footage_camera *open_camera(void)
{
    static uint8_t certificate[4096], owners[8192], secret[FOOTAGE_SECRET_BYTES];
    footage_signing_key *key = signing_key("key");
    footage_camera *camera = NULL;
    footage_store *store = NULL;
    footage_files *files = NULL;
    footage_device device = {0};
    footage_status status;

    footage_signing_key_free(signing_key("secret")); /* 32 random bytes, as a key is */
    device.certificate = certificate;
    device.certificate_length = certificate_of(key, certificate, sizeof certificate);
    device.key = key;
    device.secret = secret;
    device.secret_length = load("secret", secret, sizeof secret);
    device.suite = FOOTAGE_SUITE_AES_256_GCM;

    mkdir(in_folder("clips"), 0700);
    ok(footage_files_directory(in_folder("clips"), &files), "clips");
    status = footage_store_directory_open(in_folder("state"), &store);
    if (status == FOOTAGE_NOT_FOUND) {
        ok(footage_store_directory_begin(in_folder("state"), &store), "state");
        status = footage_camera_begin(&device, owners, owners_of(owners, sizeof owners), store, files, &camera);
    } else {
        ok(status, "state");
        status = footage_camera_open(&device, store, files, &camera);
    }
    ok(status, "camera");
    footage_store_free(store);
    footage_files_free(files);
    footage_signing_key_free(key);
    memset(secret, 0, sizeof secret);
    return camera;
}

static footage_clocks clocks_now(void)
{
    footage_clocks clocks;
    struct timespec monotonic;
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clocks.monotonic = (uint64_t)monotonic.tv_sec * 1000 + (uint64_t)monotonic.tv_nsec / 1000000;
    clocks.wall = (int64_t)time(NULL) * 1000;
    return clocks;
}

/* The clocks when a group of the clip has just been recorded: what is read from a file comes faster than that, so the wall clock
 * is not read again. A camera gives clocks_now(). */
static footage_clocks clocks_after(footage_clocks began, const footage_group *group)
{
    uint64_t end = group->pictures_count > 0 ? group->pictures[group->pictures_count - 1].end : 0;
    if (group->next != FOOTAGE_UNKNOWN)
        end = group->next;
    else if (group->sound != NULL && group->sound->end > end)
        end = group->sound->end;
    began.monotonic += end;
    began.wall = FOOTAGE_NO_TIME;
    return began;
}

/* The callback of the source: a cutter reads from the beginning to the end. */
static int32_t read_file(void *user, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    (void)offset;
    *length = fread(bytes, 1, capacity, user);
    return ferror((FILE *)user);
}

int main(int count, char **arguments)
{
    uint8_t clip[16], content = 0;
    size_t length = 0, at;
    uint64_t tracks = 0, samples = 0;
    unsigned long groups = 0;
    footage_source source = {NULL, read_file, NULL};
    footage_camera *camera;
    footage_cutter *cutter = NULL;
    footage_recording *recording = NULL;
    footage_group group;
    footage_clocks clocks, began;
    footage_status status, sealed;
    if (count != 3) {
        fprintf(stderr, "usage: %s FILE FOLDER\n", arguments[0]);
        return 2;
    }
    folder = arguments[2];
    mkdir(folder, 0700);
    source.user = fopen(arguments[1], "rb");
    if (source.user == NULL)
        fail(arguments[1]);

    camera = open_camera();
    recover(camera);
    ok(footage_cutter_new(&source, &cutter), "cutter");
    ok(footage_cutter_content(cutter, &content), arguments[1]);
    began = clocks_now();
    ok(footage_camera_start(camera, content, FOOTAGE_SIGN_EVERY_GROUP, &began, &recording), "start");
    ok(footage_recording_clip(recording, clip, sizeof clip, &length), "start");

    /* A file that is no video has pieces without times. A camera whose clock was set, FOOTAGE_CLIP_OVER, would finish the
     * clip, start another, and seal the group in that. */
    while ((status = footage_cutter_next(cutter, &group)) == FOOTAGE_OK) {
        clocks = content == FOOTAGE_CONTENT_VIDEO ? clocks_after(began, &group) : clocks_now();
        if (content == FOOTAGE_CONTENT_VIDEO)
            sealed = footage_recording_group(recording, camera, &clocks, &group);
        else
            sealed = footage_recording_piece(recording, camera, &clocks, group.pictures->content,
                                             group.pictures->content_length);
        ok(sealed, "group");
        groups++;
    }
    ok(footage_cutter_left_out(cutter, &tracks, &samples), "cutter");
    ok(footage_recording_leave_out(recording, tracks, samples), "leave out");
    /* What ends in the middle is closed as far as it goes. */
    ok((status == FOOTAGE_END ? footage_recording_finish : footage_recording_cut_off)(recording, camera), "finish");
    for (at = 0; at < sizeof clip; at++)
        printf("%02x", clip[at]);
    printf(".footage: %lu groups\n", groups);

    footage_cutter_free(cutter);
    footage_recording_free(recording);
    footage_camera_free(camera);
    fclose(source.user);
    return 0;
}
