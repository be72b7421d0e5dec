/* A camera's firmware, for this computer with host.c and for a chip with chip.c.
 *
 * `firmware record|recover GROUPS LENGTH` seals a clip of so many groups, each of one segment of pictures of so many bytes
 * and one of sound of a sixteenth of that, and finishes it, or lets the power fail and recovers it. `firmware clips CLIPS
 * LENGTH` seals many clips of one group. `firmware live GROUPS LENGTH` hands over samples, ten pictures a second and a frame of sound
 * with each, which are as many bytes. It reads `certificate`, `key`, `device` and `owners` from the working folder, writes
 * the last clip to the file `clip` there, and prints figures: one on a line, a name and a number.
 *
 * Its flash is memory: one value for the state, and one file for the clip. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "footage.h"

/* What the library uses of the heap. */
static size_t heap_now, heap_most;

int32_t footage_board_random(uint8_t *bytes, size_t length)
{
    FILE *source = fopen("/dev/urandom", "rb");
    size_t read = source != NULL ? fread(bytes, 1, length, source) : 0;
    if (source != NULL)
        fclose(source);
    return read == length ? 0 : 1;
}

void *footage_board_alloc(size_t size)
{
    heap_now += size;
    if (heap_now > heap_most)
        heap_most = heap_now;
    return malloc(size);
}

void footage_board_free(void *memory, size_t size)
{
    heap_now -= size;
    free(memory);
}

void footage_board_panic(void)
{
    abort();
}

static void ok(footage_status status, const char *what)
{
    if (status != FOOTAGE_OK) {
        fprintf(stderr, "%s: %s\n", what, footage_status_message(status));
        exit(1);
    }
}

static size_t part(const char *name, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(name, "rb");
    size_t length = file != NULL ? fread(bytes, 1, capacity, file) : 0;
    if (file != NULL)
        fclose(file);
    return length;
}

/* The store: this camera has two facts, `camera` and its owner list, and no secrets. */

static struct {
    char key[97];
    uint8_t value[8192];
    size_t length;
} facts[2];

static int place_of(const char *key)
{
    int at;
    for (at = 0; at < 2; at++)
        if (strcmp(facts[at].key, key) == 0)
            return at;
    return -1;
}

static int32_t fact(void *user, const char *key, uint8_t *value, size_t capacity, size_t *length)
{
    (void)user;
    int at = place_of(key);
    if (at < 0)
        return 0;
    *length = facts[at].length;
    if (facts[at].length <= capacity)
        memcpy(value, facts[at].value, facts[at].length);
    return 0;
}

static int32_t put_fact(void *user, const char *key, const uint8_t *value, size_t length)
{
    (void)user;
    int at = place_of(key);
    if (at < 0)
        at = place_of("");
    if (at < 0 || length > sizeof facts[at].value)
        return 1;
    strcpy(facts[at].key, key);
    memcpy(facts[at].value, value, length);
    facts[at].length = length;
    return 0;
}

static int32_t remove_fact(void *user, const char *key)
{
    int at = place_of(key);
    (void)user;
    if (at >= 0)
        facts[at].key[0] = 0;
    return 0;
}

static int32_t list_facts(void *user, void *list, footage_add_key add)
{
    (void)user;
    int at;
    for (at = 0; at < 2; at++)
        if (facts[at].key[0] != 0 && add(list, facts[at].key) != 0)
            return 1;
    return 0;
}

static int32_t secret(void *user, const char *key, uint8_t *value, size_t capacity, size_t *length)
{
    (void)user, (void)key, (void)value, (void)capacity, (void)length;
    return 0;
}

static int32_t put_secret(void *user, const char *key, const uint8_t *value, size_t length)
{
    (void)user, (void)key, (void)value, (void)length;
    return 1;
}

static int32_t erase(void *user, const char *key, uint8_t *method, uint8_t *nothing_left)
{
    (void)user, (void)key, (void)method, (void)nothing_left;
    return 1;
}

static int32_t list_secrets(void *user, void *list, footage_add_secret add)
{
    (void)user, (void)list, (void)add;
    return 0;
}

/* The files: one clip. */

static uint8_t *flash;
static size_t flash_size, flashed;
static char flashed_clip[33];

static int32_t open_clip(void *user, const char *clip, void **file)
{
    (void)user;
    if (strcmp(clip, flashed_clip) == 0)
        *file = flash;
    return 0;
}

static int32_t create(void *user, const char *clip, void **file)
{
    if (flashed_clip[0] != 0)
        return 1;
    strcpy(flashed_clip, clip);
    return open_clip(user, clip, file);
}

static int32_t remove_clip(void *user, const char *clip)
{
    (void)user, (void)clip;
    flashed_clip[0] = 0;
    flashed = 0;
    return 0;
}

static int32_t read_clip(void *user, void *file, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    (void)user;
    *length = offset < flashed ? flashed - (size_t)offset : 0;
    if (*length > capacity)
        *length = capacity;
    memcpy(bytes, (uint8_t *)file + offset, *length);
    return 0;
}

static int32_t write_clip(void *user, void *file, uint64_t offset, const uint8_t *bytes, size_t length)
{
    (void)user;
    if (offset > flash_size || length > flash_size - offset)
        return 1;
    memcpy((uint8_t *)file + offset, bytes, length);
    if (offset + length > flashed)
        flashed = (size_t)offset + length;
    return 0;
}

static int32_t size_of_clip(void *user, void *file, uint64_t *size)
{
    (void)user, (void)file;
    *size = flashed;
    return 0;
}

static int32_t truncate_clip(void *user, void *file, uint64_t size)
{
    (void)user, (void)file;
    flashed = (size_t)size;
    return 0;
}

static int32_t sync_clip(void *user, void *file)
{
    (void)user, (void)file;
    return 0;
}

static uint8_t owners[8192], *content;
static size_t owners_length, picture_length, sound_length;

static footage_camera *camera_of(const footage_device *device, int begins)
{
    static const footage_store_callbacks stores = {NULL,       fact,  put_fact,     remove_fact, list_facts, secret,
                                                   put_secret, erase, list_secrets, NULL,        NULL};
    static const footage_files_callbacks all = {NULL,       create,       open_clip,     remove_clip, NULL, read_clip,
                                                write_clip, size_of_clip, truncate_clip, sync_clip,   NULL};
    footage_store *store = NULL;
    footage_files *files = NULL;
    footage_camera *camera = NULL;
    ok(footage_store_new(&stores, &store), "store");
    ok(footage_files_new(&all, &files), "files");
    if (begins)
        ok(footage_camera_begin(device, owners, owners_length, store, files, &camera), "camera");
    else
        ok(footage_camera_open(device, store, files, &camera), "camera");
    footage_store_free(store);
    footage_files_free(files);
    return camera;
}

/* What a task is given, and what it leaves. */
static footage_device device;
static footage_clocks clocks = {0, 1780315200000};
static uint64_t sealing, ending;

static footage_recording *start(footage_camera *camera)
{
    footage_recording *recording = NULL;
    ok(footage_camera_start(camera, FOOTAGE_CONTENT_VIDEO, FOOTAGE_SIGN_EVERY_GROUP, &clocks, &recording), "start");
    return recording;
}

/* Seals the second of the clip that is made of bytes `second`, pictures and sound. */
static void seal(footage_recording *recording, footage_camera *camera, uint32_t second)
{
    footage_piece pictures = {0}, sound = {0};
    footage_group group = {0};
    uint64_t before;
    memset(content, (int)(second & 255), picture_length + sound_length);
    group.pictures = &pictures;
    group.pictures_count = 1;
    group.sound = &sound;
    group.sound_samples = 47;
    pictures.content = content;
    pictures.content_length = picture_length;
    sound.content = content + picture_length;
    sound.content_length = sound_length;
    pictures.start = sound.start = 1000 * (uint64_t)second;
    group.next = pictures.end = sound.end = 1000 * (uint64_t)(second + 1);
    clocks.monotonic += 1000;
    clocks.wall += 1000;
    before = board_instructions();
    ok(footage_recording_group(recording, camera, &clocks, &group), "group");
    sealing += board_instructions() - before;
}

static void finish(footage_recording *recording, footage_camera *camera)
{
    uint64_t before = board_instructions();
    ok(footage_recording_finish(recording, camera), "finish");
    ending += board_instructions() - before;
    footage_recording_free(recording);
}

/* Writes the clip to a file. */
static void take_clip(void)
{
    FILE *file = fopen("clip", "wb");
    if (file == NULL || fwrite(flash, 1, flashed, file) != flashed || fclose(file) != 0)
        exit(1);
}

static void figure(const char *name, uint64_t value)
{
    printf("%s %llu\n", name, (unsigned long long)value);
}

static footage_camera *record(footage_camera *camera, uint32_t groups, int power_fails)
{
    footage_recording *recording;
    uint8_t clip[16];
    size_t length;
    uint32_t second;
    uint64_t before = board_instructions();
    recording = start(camera);
    figure("start", board_instructions() - before);
    ok(footage_recording_clip(recording, clip, sizeof clip, &length), "clip");
    for (second = 0; second < groups; second++)
        seal(recording, camera, second);
    figure("recording_heap", heap_most);
    if (power_fails) {
        footage_recording_free(recording);
        footage_camera_free(camera);
        heap_most = heap_now;
        camera = camera_of(&device, 0);
        before = board_instructions();
        ok(footage_camera_recover(camera, clip, sizeof clip), "recover");
        ending = board_instructions() - before;
        figure("recovering_heap", heap_most);
    } else {
        finish(recording, camera);
    }
    figure("sealing", sealing);
    figure("ending", ending);
    return camera;
}

static void record_many(footage_camera *camera, uint32_t clips)
{
    uint32_t clip;
    for (clip = 0; clip < clips; clip++) {
        footage_recording *recording;
        remove_clip(NULL, flashed_clip);
        recording = start(camera);
        seal(recording, camera, 0);
        finish(recording, camera);
        if (clip == 0)
            figure("heap_after_first", heap_now);
    }
    figure("heap_after_last", heap_now);
    figure("recording_heap", heap_most);
}

/* Ten pictures of H.264 a second, the first of which begins, and G.711. Each is one NAL unit of bytes `second`. */
static void record_live(footage_camera *camera, uint32_t groups)
{
    static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 66, 0, 10, 0xda, 0x13, 0x90, 0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80};
    footage_picture_codec pictures = {0};
    footage_sound_codec sound = {0};
    footage_recording *recording = start(camera);
    footage_live *live = NULL;
    uint64_t begun = clocks.monotonic, before, sealed, all = 0;
    uint32_t number;
    pictures.timescale = 1000;
    pictures.coding = FOOTAGE_H264;
    pictures.nal_units = FOOTAGE_START_CODES;
    pictures.parameters = sets;
    pictures.parameters_length = sizeof sets;
    sound.rate = 8000;
    sound.channels = 1;
    sound.coding = FOOTAGE_MU_LAW;
    ok(footage_live_new(recording, &pictures, &sound, &live), "live");
    footage_recording_free(recording);
    for (number = 0; number < 10 * groups; number++) {
        footage_sample picture = {0}, frame = {0};
        clocks.monotonic += 100;
        clocks.wall += 100;
        memset(content, (int)(1 + (number / 10 & 127)), picture_length / 10 + sound_length / 10);
        memcpy(content, "\0\0\0\1", 4);
        content[4] = number % 10 == 0 ? 0x65 : 0x41;
        picture.layer = FOOTAGE_LAYER_PICTURES;
        picture.decode = (int64_t)(begun + 100 * (uint64_t)number);
        picture.duration = 100;
        picture.bytes = content;
        picture.bytes_length = picture_length / 10;
        frame.layer = FOOTAGE_LAYER_SOUND;
        frame.decode = 8 * picture.decode;
        frame.duration = 800;
        frame.bytes = content + picture_length / 10;
        frame.bytes_length = sound_length / 10;
        before = board_instructions();
        ok(footage_live_push(live, camera, &clocks, &picture, &sealed), "picture");
        all += sealed;
        ok(footage_live_push(live, camera, &clocks, &frame, &sealed), "frame");
        sealing += board_instructions() - before;
        all += sealed;
        if (number == 25)
            figure("heap_early", heap_most);
    }
    figure("recording_heap", heap_most);
    figure("groups", all);
    before = board_instructions();
    ok(footage_live_finish(live, camera, &clocks), "finish");
    ending = board_instructions() - before;
    footage_live_free(live);
    figure("sealing", sealing);
    figure("ending", ending);
}

int main(int count, char **arguments)
{
    static uint8_t certificate[4096], key_secret[FOOTAGE_SECRET_BYTES], secret_bytes[FOOTAGE_SECRET_BYTES];
    footage_signing_key *key = NULL;
    footage_camera *camera;
    uint32_t number;
    int many;
    if (count != 4)
        return 2;
    many = strcmp(arguments[1], "clips") == 0;
    number = (uint32_t)strtoul(arguments[2], NULL, 10);
    picture_length = strtoul(arguments[3], NULL, 10);
    sound_length = picture_length / 16;
    owners_length = part("owners", owners, sizeof owners);
    device.certificate = certificate;
    device.certificate_length = part("certificate", certificate, sizeof certificate);
    device.secret = secret_bytes;
    device.secret_length = part("device", secret_bytes, sizeof secret_bytes);
    device.suite = FOOTAGE_SUITE_CHACHA20_POLY1305;
    ok(footage_signing_key_restore(key_secret, part("key", key_secret, sizeof key_secret), &key), "key");
    device.key = key;
    flash_size = ((many ? 1 : number) + 1) * (picture_length + sound_length + 8192);
    flash = malloc(flash_size);
    content = malloc(picture_length + sound_length);
    if (flash == NULL || content == NULL)
        return 1;

    camera = camera_of(&device, 1);
    if (many)
        record_many(camera, number);
    else if (strcmp(arguments[1], "live") == 0)
        record_live(camera, number);
    else
        camera = record(camera, number, strcmp(arguments[1], "recover") == 0);
    footage_camera_free(camera);
    footage_signing_key_free(key);
    take_clip();
    free(content);
    free(flash);
    figure("stack", board_stack());
    return heap_now != 0 || fflush(stdout) != 0;
}
