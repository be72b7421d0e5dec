/* A video is sealed as it would arrive: cut from a source, piece by piece. */
#include "device.h"
#include "memory.h"

static struct device device;
static footage_owner *owner;

/* A source that is read a little at a time, and only forward. */
static struct bytes sample;
static uint64_t read_so_far;

static int32_t read_forward(void *user, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    CHECK(offset == read_so_far);
    read_bytes(user, offset, bytes, capacity < 5000 ? capacity : 5000, length);
    read_so_far += *length;
    return 0;
}

/* Seals what the cutter gives, and returns how many pieces that were. */
static uint32_t seal_all(footage_cutter *cutter, const char *name)
{
    struct memory memory = {0};
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    footage_segment segment;
    footage_status status;
    struct bytes public, piece;
    const uint8_t *owners[1];
    uint32_t count = 0;
    size_t length = 0;
    memory.power = -1;
    OK(camera_on(&memory, &device.device, 1, &camera));
    FETCH(public, footage_owner_public(owner, FETCHED));
    owners[0] = public.at;
    OK(footage_camera_start(camera, owners, &public.length, 1, STARTED, FOOTAGE_SIGN_AT_END, &recording));
    GIVES(FOOTAGE_ORDER, footage_cutter_content(cutter, NULL, 0, &length));
    GIVES(FOOTAGE_NULL, footage_cutter_next(cutter, NULL));
    while ((status = footage_cutter_next(cutter, &segment)) == FOOTAGE_OK) {
        FETCH(piece, footage_cutter_content(cutter, FETCHED));
        CHECK(piece.length == segment.length);
        if (segment.kind == FOOTAGE_SEGMENT_INIT)
            OK(footage_recording_init(recording, piece.at, piece.length));
        else
            OK(footage_recording_media(recording, segment.start, segment.duration, piece.at, piece.length));
        free_bytes(&piece);
        count++;
    }
    GIVES(FOOTAGE_END, status);
    GIVES(FOOTAGE_END, footage_cutter_next(cutter, &segment));
    GIVES(FOOTAGE_ORDER, footage_cutter_content(cutter, NULL, 0, &length));
    OK(footage_recording_finish(recording, camera));
    write_file(name, memory.files[0].bytes);
    footage_recording_free(recording);
    footage_camera_free(camera);
    free_bytes(&public);
    free_memory(&memory);
    return count;
}

static int32_t fails(void *user, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    (void)user, (void)offset, (void)bytes, (void)capacity, (void)length;
    return 5;
}

static int32_t gives_too_much(void *user, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    (void)user, (void)offset, (void)bytes;
    *length = capacity + 1;
    return 0;
}

int main(void)
{
    footage_cutter *cutter = NULL;
    footage_segment segment;
    footage_source source;
    owner = owner_from("owner");
    sample = read_file("sample.mp4");
    make_device(&device);
    source = source_of(&sample);

    source.read = read_forward;
    source.size = NULL;
    OK(footage_cutter_new(&source, &cutter));
    CHECK(seal_all(cutter, "video") > 2 && read_so_far == sample.length);
    footage_cutter_free(cutter);

    source.read = read_bytes;
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new_by_size(&source, 0, &cutter));
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new_by_size(&source, (16u << 20) + 1, &cutter));
    OK(footage_cutter_new_by_size(&source, 100000, &cutter));
    CHECK(seal_all(cutter, "pieces") == sample.length / 100000 + 1);
    footage_cutter_free(cutter);

    /* Sources that fail, lie, or end early. */
    source.read = fails;
    OK(footage_cutter_new(&source, &cutter));
    GIVES(FOOTAGE_IO, footage_cutter_next(cutter, &segment));
    says("`read` returned 5");
    GIVES(FOOTAGE_END, footage_cutter_next(cutter, &segment));
    footage_cutter_free(cutter);
    source.read = gives_too_much;
    OK(footage_cutter_new(&source, &cutter));
    GIVES(FOOTAGE_IO, footage_cutter_next(cutter, &segment));
    says("`read` gave");
    footage_cutter_free(cutter);
    source.read = NULL;
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new(&source, &cutter));
    says("`read` is NULL");
    GIVES(FOOTAGE_NULL, footage_cutter_new(NULL, &cutter));
    {
        struct bytes half = {sample.at, sample.length / 2};
        source = source_of(&half);
        OK(footage_cutter_new(&source, &cutter));
        while (footage_cutter_next(cutter, &segment) == FOOTAGE_OK)
            ;
        says("ends at byte");
        footage_cutter_free(cutter);
    }
    footage_cutter_free(NULL);
    footage_owner_free(owner);
    free_device(&device);
    free_bytes(&sample);
    return 0;
}
