/* A camera whose power fails at the n-th callback, for every n: it is opened again afterwards, and goes on. */
#include "device.h"
#include "memory.h"

/* Groups of a clip. */
#define RECORDED 2u

static struct device device;
static footage_owner *owner;

/* Records so many clips, as far as the power lasts. Says how many groups of each were sealed, and whether they were
 * finished. */
static footage_status record(struct memory *memory, int clips, uint32_t sealed[2], int finished[2])
{
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    footage_status status = camera_on(memory, &device.device, 0, &camera);
    int clip;
    for (clip = 0; clip < clips && status == FOOTAGE_OK; clip++) {
        status = start(camera, &recording);
        while (status == FOOTAGE_OK && sealed[clip] < RECORDED) {
            status = seal(recording, camera, sealed[clip]);
            if (status == FOOTAGE_OK)
                sealed[clip]++;
        }
        if (status == FOOTAGE_OK) {
            status = footage_recording_finish(recording, camera);
            finished[clip] = status == FOOTAGE_OK;
        }
        footage_recording_free(recording);
        recording = NULL;
    }
    footage_camera_free(camera);
    return status;
}

/* Opens the camera again, and closes what is open, as far as the power lasts. */
static footage_status recover(struct memory *memory)
{
    footage_camera *camera = NULL;
    uint8_t open[256];
    size_t length = 0, at;
    footage_status status = camera_on(memory, &device.device, 0, &camera);
    if (status == FOOTAGE_OK) {
        OK(footage_camera_open_clips(camera, open, sizeof open, &length));
        for (at = 0; at < length && status == FOOTAGE_OK; at += 16) {
            status = footage_camera_recover(camera, open + at, 16);
            if (status == FOOTAGE_LOST)
                status = FOOTAGE_OK;
        }
    }
    footage_camera_free(camera);
    return status;
}

/* Every clip that has a group is closed, holds what was sealed, and perhaps the group that was being written. */
static void check(struct memory *memory, const uint32_t sealed[2], const int finished[2])
{
    uint32_t found = 0, expected = 0, groups;
    int at;
    for (at = 0; at < FILES; at++) {
        struct bytes file = memory->files[at].bytes;
        footage_source source = source_of(&file);
        footage_clip *clip = NULL;
        footage_clip_info info;
        if (memory->files[at].clip[0] == 0 || file.length == 0)
            continue;
        if (footage_clip_open(&source, &clip) != FOOTAGE_OK)
            continue; /* nothing of it was signed */
        OK(footage_clip_describe(clip, &info));
        footage_clip_free(clip);
        groups = info.count == 0 ? 0 : info.count / 2 - 1;
        check_clip(file, owner, info.ending, groups);
        found += groups;
        if (finished[0] && finished[1])
            CHECK(info.ending == FOOTAGE_ENDING_FINISHED && groups == RECORDED);
    }
    expected = sealed[0] + sealed[1];
    CHECK(found == expected || found == expected + 1);
}

/* The power fails while it records, at every callback or every so many; and then while it recovers, at every callback of
 * that. */
static void power_cuts(int loses, int step)
{
    long cut, again;
    for (cut = 0;; cut += step) {
        for (again = 0;; again++) {
            struct memory memory = {0};
            footage_camera *camera = NULL;
            uint32_t sealed[2] = {0, 0};
            int finished[2] = {0, 0}, whole, recovered;
            memory.power = -1;
            OK(camera_on(&memory, &device.device, 1, &camera));
            footage_camera_free(camera);
            memory.power = cut;
            whole = record(&memory, 2, sealed, finished) == FOOTAGE_OK;
            if (!whole)
                says("returned 77");
            power_on(&memory, loses);
            memory.power = again;
            recovered = recover(&memory) == FOOTAGE_OK;
            power_on(&memory, loses);
            OK(recover(&memory));
            check(&memory, sealed, finished);
            /* It goes on. */
            sealed[0] = 0;
            OK(record(&memory, 1, sealed, finished));
            free_memory(&memory);
            if (whole && recovered) {
                CHECK(cut > 20);
                return;
            }
            /* Twice in a row at some of them, which keeps this short. */
            if (recovered || cut % 20 != 15)
                break;
        }
    }
}

/* A camera that could not begin left nothing, or is there. */
static void beginnings(void)
{
    long cut;
    footage_status status = FOOTAGE_STORE;
    for (cut = 0; status != FOOTAGE_OK; cut++) {
        struct memory memory = {0};
        footage_camera *camera = NULL;
        memory.power = cut;
        status = camera_on(&memory, &device.device, 1, &camera);
        CHECK((camera != NULL) == (status == FOOTAGE_OK));
        footage_camera_free(camera);
        camera = NULL;
        power_on(&memory, 1);
        if (fact_of(&memory, "camera") == NULL)
            GIVES(FOOTAGE_NOT_FOUND, camera_on(&memory, &device.device, 0, &camera));
        else
            OK(camera_on(&memory, &device.device, 0, &camera));
        footage_camera_free(camera);
        free_memory(&memory);
    }
    CHECK(cut > 5);
}

/* An old copy of the store is put back: the hardware's floor tells. */
static void old_copies(void)
{
    struct memory memory = {0};
    struct bytes old = {NULL, 0};
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    memory.power = -1;
    OK(camera_on(&memory, &device.device, 1, &camera));
    copy(&old, fact_of(&memory, "camera")->value);
    OK(start(camera, &recording));
    footage_recording_free(recording);
    footage_camera_free(camera);
    camera = NULL;
    copy(&fact_of(&memory, "camera")->value, old);
    GIVES(FOOTAGE_MALFORMED, camera_on(&memory, &device.device, 0, &camera));
    free_bytes(&old);
    free_memory(&memory);
}

/* At most 16 clips are open. */
static void many(void)
{
    struct memory memory = {0};
    footage_camera *camera = NULL;
    footage_recording *recordings[17] = {NULL};
    struct bytes open;
    int at;
    memory.power = -1;
    OK(camera_on(&memory, &device.device, 1, &camera));
    for (at = 0; at < 16; at++)
        OK(start(camera, &recordings[at]));
    GIVES(FOOTAGE_FULL, start(camera, &recordings[16]));
    OK(seal(recordings[0], camera, 0));
    footage_recording_free(recordings[0]);
    recordings[0] = NULL;
    OK(start(camera, &recordings[16]));
    FETCH(open, footage_camera_open_clips(camera, FETCHED));
    CHECK(open.length == 256);
    free_bytes(&open);
    for (at = 0; at < 17; at++)
        footage_recording_free(recordings[at]);
    footage_camera_free(camera);
    free_memory(&memory);
}

int main(void)
{
    make_device(&device);
    OK(footage_owner_generate(FOOTAGE_KEM_X25519, &owner));
    make_owner_list(owner, NULL);
    beginnings();
    old_copies();
    many();
    power_cuts(1, 1);
    power_cuts(0, 5);
    footage_owner_free(owner);
    free_bytes(&owner_list);
    free_device(&device);
    return 0;
}
