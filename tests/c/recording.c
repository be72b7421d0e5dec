/* A camera with its store and its clips in directories records live; what it sealed is read again. A clip that Rust sealed. */
#include <sys/stat.h>

#include "device.h"

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

static footage_status camera_in(const struct device *device, int begins, footage_camera **camera)
{
    footage_store *store = NULL;
    footage_files *files = NULL;
    footage_status status;
    OK((begins ? footage_store_directory_begin : footage_store_directory_open)("state", &store));
    OK(footage_files_directory("clips", &files));
    status = begin_or_open(begins, &device->device, store, files, camera);
    footage_store_free(store);
    footage_files_free(files);
    return status;
}

/* The path of a clip, and its id. */
static const char *path_of(footage_recording *recording, uint8_t clip[16])
{
    static char path[64];
    size_t at, length = 0;
    OK(footage_recording_clip(recording, clip, 16, &length));
    CHECK(length == 16);
    at = (size_t)snprintf(path, sizeof path, "clips/");
    for (length = 0; length < 16; length++)
        at += (size_t)snprintf(path + at, sizeof path - at, "%02x", clip[length]);
    snprintf(path + at, sizeof path - at, ".footage");
    return path;
}

static void stores_are_begun_or_opened(void)
{
    footage_store *store = NULL, *other = NULL;
    GIVES(FOOTAGE_NOT_FOUND, footage_store_directory_open("state", &store));
    OK(footage_store_directory_begin("state", &store));
    GIVES(FOOTAGE_STORE, footage_store_directory_open("state", &other));
    footage_store_free(store);
    GIVES(FOOTAGE_EXISTS, footage_store_directory_begin("state", &other));
    OK(footage_store_directory_open("state", &store));
    footage_store_free(store);
    CHECK(other == NULL);
}

static void cameras_are_particular(const struct device *device)
{
    struct device other = *device, bad = *device;
    footage_camera *camera = NULL;
    footage_store *store = NULL;
    footage_files *files = NULL;
    OK(footage_signing_key_generate(&other.key));
    other.device.key = other.key;
    OK(footage_store_directory_open("state", &store));
    OK(footage_files_directory("clips", &files));
    /* What is wrong with the arguments themselves leaves store and files as they are. */
    bad.device.suite = 3;
    GIVES(FOOTAGE_ARGUMENT, footage_camera_open(&bad.device, store, files, &camera));
    bad.device = device->device;
    bad.device.secret_length--;
    GIVES(FOOTAGE_ARGUMENT, footage_camera_open(&bad.device, store, files, &camera));
    bad.device = device->device;
    bad.device.certificate_length--;
    GIVES(FOOTAGE_MALFORMED, footage_camera_open(&bad.device, store, files, &camera));
    GIVES(FOOTAGE_NULL, footage_camera_open(&device->device, store, files, NULL));
    GIVES(FOOTAGE_SIGNATURE, footage_camera_open(&other.device, store, files, &camera));
    GIVES(FOOTAGE_ORDER, footage_camera_open(&device->device, store, files, &camera));
    footage_store_free(store);
    footage_files_free(files);
    OK(footage_store_directory_open("state", &store));
    OK(footage_files_directory("clips", &files));
    GIVES(FOOTAGE_EXISTS, begin_or_open(1, &device->device, store, files, &camera));
    footage_store_free(store);
    footage_files_free(files);
    bad.device = device->device;
    bad.secret[0]++;
    bad.device.secret = bad.secret;
    GIVES(FOOTAGE_MALFORMED, camera_in(&bad, 0, &camera));
    CHECK(camera == NULL);
    footage_signing_key_free(other.key);
}

/* Recordings refuse what no clip holds, and go on. */
static void refuse(footage_camera *camera)
{
    const uint8_t video = FOOTAGE_CONTENT_VIDEO, end = FOOTAGE_SIGN_AT_END;
    footage_recording *recording = NULL;
    uint8_t bytes[2] = {0, 0};
    footage_piece pieces[2] = {{0, 1000, NULL, 1}, {1000, 2000, NULL, 1}};
    footage_group group = {0};
    footage_clocks clocks = now(), early = {0, -2};
    pieces[0].content = bytes;
    pieces[1].content = bytes + 1;
    GIVES(FOOTAGE_ARGUMENT, footage_camera_start(camera, video, 2, &clocks, &recording));
    GIVES(FOOTAGE_ARGUMENT, footage_camera_start(camera, 0, end, &clocks, &recording));
    GIVES(FOOTAGE_ARGUMENT, footage_camera_start(camera, video, end, &early, &recording));
    GIVES(FOOTAGE_NULL, footage_camera_start(camera, video, end, NULL, &recording));
    CHECK(recording == NULL);
    OK(footage_camera_start(camera, video, end, &clocks, &recording));
    group.next = FOOTAGE_UNKNOWN;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_group(recording, camera, &clocks, &group));
    group.pictures = pieces;
    group.pictures_count = SIZE_MAX;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_group(recording, camera, &clocks, &group));
    group.pictures_count = 2;
    pieces[0].end = UINT64_MAX;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_group(recording, camera, &clocks, &group));
    pieces[0].end = 1000;
    pieces[0].content_length = 2;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_group(recording, camera, &clocks, &group));
    says("overlap");
    pieces[0].content_length = SIZE_MAX;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_group(recording, camera, &clocks, &group));
    pieces[0].content_length = 1;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_piece(recording, camera, &clocks, bytes, 1));
    pieces[1].end = 2001;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_group(recording, camera, &clocks, &group));
    says("date it by the monotonic clock");
    clocks.monotonic += 62002;
    clocks.wall += 62002;
    GIVES(FOOTAGE_ARGUMENT, footage_recording_group(recording, camera, &clocks, &group));
    says("seal it within a minute");
    clocks = now();
    pieces[1].end = 2000;
    CHECK(bytes[0] == 0 && bytes[1] == 0);
    OK(footage_recording_group(recording, camera, &clocks, &group));
    /* The clock is set. */
    clocks.wall += 60000;
    pieces[0].start = pieces[1].start = 3000;
    pieces[0].end = pieces[1].end = 4000;
    bytes[0] = 5;
    GIVES(FOOTAGE_CLIP_OVER, footage_recording_group(recording, camera, &clocks, &group));
    CHECK(bytes[0] == 5);
    OK(footage_recording_finish(recording, camera));
    GIVES(FOOTAGE_ORDER, footage_recording_finish(recording, camera));
    GIVES(FOOTAGE_ORDER, footage_recording_group(recording, camera, &clocks, &group));
    footage_recording_free(recording);
}

/* A camera follows its own household, whose next list is in a file. */
static void follow(footage_camera *camera)
{
    struct bytes present, other, next = read_file("next-list"), altered = make(next.length);
    FETCH(present, footage_camera_owners(camera, FETCHED));
    CHECK(present.length == owner_list.length && memcmp(present.at, owner_list.at, present.length) == 0);
    OK(footage_camera_take_list(camera, present.at, present.length));
    GIVES(FOOTAGE_MALFORMED, footage_camera_take_list(camera, NULL, 0));
    GIVES(FOOTAGE_MALFORMED, footage_camera_take_list(camera, next.at, next.length - 1));
    memcpy(altered.at, next.at, next.length);
    altered.at[next.length - 1] ^= 1;
    GIVES(FOOTAGE_SIGNATURE, footage_camera_take_list(camera, altered.at, altered.length));
    /* It is of another household. */
    GIVES(FOOTAGE_REFUSED, footage_camera_take_list(camera, next.at, next.length));
    says("another household");
    FETCH(other, footage_camera_owners(camera, FETCHED));
    CHECK(present.length == other.length && memcmp(present.at, other.at, present.length) == 0);
    free_bytes(&present);
    free_bytes(&other);
    free_bytes(&next);
    free_bytes(&altered);
}

/* A camera whose household begins a new period while it records: the clip takes no further group. */
static void period(const struct device *device)
{
    struct bytes first = read_file("first-list"), next = read_file("next-list"), newest;
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    footage_store *store = NULL;
    footage_files *files = NULL;
    OK(footage_store_directory_begin("followed", &store));
    OK(footage_files_directory("clips", &files));
    OK(footage_camera_begin(&device->device, first.at, first.length, store, files, &camera));
    footage_store_free(store);
    footage_files_free(files);
    OK(start(camera, &recording));
    OK(seal(recording, camera, 0));
    OK(footage_camera_take_list(camera, next.at, next.length));
    GIVES(FOOTAGE_CLIP_OVER, seal(recording, camera, 1));
    OK(footage_recording_finish(recording, camera));
    footage_recording_free(recording);
    OK(start(camera, &recording));
    OK(seal(recording, camera, 0));
    OK(footage_recording_finish(recording, camera));
    footage_recording_free(recording);
    footage_camera_free(camera);
    OK(footage_store_directory_open("followed", &store));
    OK(footage_files_directory("clips", &files));
    OK(footage_camera_open(&device->device, store, files, &camera));
    footage_store_free(store);
    footage_files_free(files);
    FETCH(newest, footage_camera_owners(camera, FETCHED));
    CHECK(newest.length == next.length && memcmp(newest.at, next.at, next.length) == 0);
    footage_camera_free(camera);
    free_bytes(&first);
    free_bytes(&next);
    free_bytes(&newest);
}

int main(void)
{
    struct device device;
    struct bytes file, open;
    footage_camera *camera = NULL;
    footage_recording *recording = NULL, *second = NULL, *third = NULL;
    footage_owner *owner = owner_from("owner"), *recovery = NULL, *stranger = NULL;
    footage_clip *clip = NULL;
    footage_source source;
    uint8_t id[16];
    uint32_t n, first = 0, end = 0;
    const char *path;

    CHECK(footage_version() ==
          (FOOTAGE_VERSION_MAJOR << 16 | FOOTAGE_VERSION_MINOR << 8 | FOOTAGE_VERSION_PATCH));
    keys_last();
    make_device(&device);
    stores_are_begun_or_opened();
    OK(footage_owner_generate(FOOTAGE_KEM_XWING, &recovery));
    make_owner_list(owner, recovery);

    /* The store is there, and holds no camera. */
    GIVES(FOOTAGE_NOT_FOUND, camera_in(&device, 0, &camera));
    {
        footage_store *store = NULL;
        footage_files *files = NULL;
        OK(footage_store_directory_open("state", &store));
        OK(footage_files_directory("clips", &files));
        GIVES(FOOTAGE_MALFORMED, footage_camera_begin(&device.device, NULL, 0, store, files, &camera));
        OK(begin_or_open(1, &device.device, store, files, &camera));
        footage_store_free(store);
        footage_files_free(files);
    }
    /* There is no card. */
    GIVES(FOOTAGE_IO, start(camera, &recording));
    elapsed = 0;
    CHECK(mkdir("clips", 0700) == 0);

    OK(start(camera, &recording));
    path = path_of(recording, id);
    FETCH(open, footage_camera_open_clips(camera, FETCHED));
    CHECK(open.length == 16 && memcmp(open.at, id, 16) == 0);
    free_bytes(&open);
    for (n = 0; n < GROUPS; n++)
        OK(seal(recording, camera, n));
    GIVES(FOOTAGE_ORDER, footage_camera_recover(camera, id, sizeof id));
    GIVES(FOOTAGE_ORDER, footage_camera_give_up(camera, id, sizeof id));
    OK(footage_recording_finish(recording, camera));
    GIVES(FOOTAGE_ORDER, footage_recording_finish(recording, camera));
    GIVES(FOOTAGE_ORDER, footage_recording_clip(recording, NULL, 0, &(size_t){0}));
    footage_recording_free(recording);
    FETCH(open, footage_camera_open_clips(camera, FETCHED));
    CHECK(open.length == 0);
    free_bytes(&open);
    file = read_file(path);
    write_file("sealed-by-c", file);
    check_clip(file, owner, FOOTAGE_ENDING_FINISHED, GROUPS);
    check_clip(file, recovery, FOOTAGE_ENDING_FINISHED, GROUPS);
    source = source_of(&file);
    OK(footage_owner_generate(FOOTAGE_KEM_XWING, &stranger));
    OK(footage_clip_open(&source, &clip));
    GIVES(FOOTAGE_LOCKED, footage_clip_unlock(clip, stranger));
    OK(footage_clip_select(clip, STARTED + 500, STARTED + 3000, &first, &end));
    CHECK(first == 4 && end == 8);
    GIVES(FOOTAGE_NOT_FOUND, footage_clip_select(clip, STARTED, STARTED + 1, &first, &end));
    footage_clip_free(clip);
    footage_owner_free(stranger);
    free_bytes(&file);
    footage_camera_free(camera);

    /* The power fails during the next clip. */
    cameras_are_particular(&device);
    OK(camera_in(&device, 0, &camera));
    refuse(camera);
    follow(camera);
    OK(start(camera, &recording));
    OK(start(camera, &second));
    OK(start(camera, &third));
    path = path_of(recording, id);
    for (n = 0; n < GROUPS; n++)
        OK(seal(recording, camera, n));
    footage_camera_free(camera);
    footage_recording_free(recording);
    footage_recording_free(second);
    footage_recording_free(third);
    file = read_file(path);
    file.length -= 100; /* in the middle of the last head */
    source = source_of(&file);
    GIVES(FOOTAGE_ORDER, footage_clip_open(&source, &clip));
    write_file(path, file);
    free_bytes(&file);
    OK(camera_in(&device, 0, &camera));
    FETCH(open, footage_camera_open_clips(camera, FETCHED));
    CHECK(open.length == 48 && memcmp(open.at, id, 16) == 0);
    OK(footage_camera_recover(camera, id, sizeof id));
    GIVES(FOOTAGE_ORDER, footage_camera_recover(camera, id, sizeof id));
    GIVES(FOOTAGE_LOST, footage_camera_recover(camera, open.at + 16, 16));
    OK(footage_camera_give_up(camera, open.at + 32, 16));
    GIVES(FOOTAGE_ORDER, footage_camera_give_up(camera, open.at + 32, 16));
    GIVES(FOOTAGE_ARGUMENT, footage_camera_recover(camera, id, 15));
    free_bytes(&open);
    FETCH(open, footage_camera_open_clips(camera, FETCHED));
    CHECK(open.length == 0);
    free_bytes(&open);
    file = read_file(path);
    write_file("recovered", file);
    check_clip(file, owner, FOOTAGE_ENDING_RECOVERED, GROUPS - 1);
    free_bytes(&file);
    footage_camera_free(camera);

    period(&device);

    file = read_file("sealed-by-rust");
    source = source_of(&file);
    OK(footage_clip_open(&source, &clip));
    OK(footage_clip_unlock(clip, owner));
    for (n = 0; n < SEGMENTS; n++) {
        struct bytes opened, expected = content(n);
        FETCH(opened, footage_clip_segment(clip, n, FETCHED));
        CHECK(opened.length == expected.length && memcmp(opened.at, expected.at, opened.length) == 0);
        free_bytes(&opened);
        free_bytes(&expected);
    }
    footage_clip_free(clip);
    free_bytes(&file);

    footage_owner_free(owner);
    footage_owner_free(recovery);
    free_device(&device);
    free_bytes(&owner_list);
    return 0;
}
