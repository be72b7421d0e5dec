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

/* A sink that fails after so many bytes. */
struct written {
    struct bytes bytes;
    size_t room;
};

static int32_t write_bytes(void *user, const uint8_t *bytes, size_t length)
{
    struct written *written = user;
    if (written->bytes.length + length > written->room)
        return 28;
    written->bytes.at = realloc(written->bytes.at, written->bytes.length + length);
    CHECK(written->bytes.at != NULL);
    memcpy(written->bytes.at + written->bytes.length, bytes, length);
    written->bytes.length += length;
    return 0;
}

/* The owner plays two groups of the clip, and the sink fails once. */
static void play(footage_clip *clip)
{
    struct written written = {{0}, 1 << 20};
    footage_sink sink = {&written, write_bytes};
    uint32_t next = 0;
    uint8_t form;
    GIVES(FOOTAGE_ORDER, footage_clip_write_playable(clip, 4, 8, FOOTAGE_FORM_FRAGMENTED, &sink, &next));
    OK(footage_clip_unlock(clip, owner));
    for (form = FOOTAGE_FORM_FRAGMENTED; form <= FOOTAGE_FORM_FAST_START; form++) {
        OK(footage_clip_write_playable(clip, 4, 8, form, &sink, &next));
        CHECK(next == 8 && written.bytes.length > 1000 && memcmp(written.bytes.at + 4, "ftyp", 4) == 0);
        free_bytes(&written.bytes);
        written.bytes.length = 0;
    }
    GIVES(FOOTAGE_ARGUMENT, footage_clip_write_playable(clip, 4, 8, form, &sink, &next));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_write_playable(clip, 8, 8, FOOTAGE_FORM_FRAGMENTED, &sink, &next));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_write_playable(clip, 5, 8, FOOTAGE_FORM_FRAGMENTED, &sink, &next));
    GIVES(FOOTAGE_NULL, footage_clip_write_playable(clip, 4, 8, FOOTAGE_FORM_FRAGMENTED, &sink, NULL));
    GIVES(FOOTAGE_NULL, footage_clip_write_playable(clip, 4, 8, FOOTAGE_FORM_FRAGMENTED, NULL, &next));
    written.room = 2000;
    GIVES(FOOTAGE_IO, footage_clip_write_playable(clip, 4, 8, FOOTAGE_FORM_FRAGMENTED, &sink, &next));
    says("`write` returned 28");
    free_bytes(&written.bytes);
    sink.write = NULL;
    GIVES(FOOTAGE_ARGUMENT, footage_clip_write_playable(clip, 4, 8, FOOTAGE_FORM_FRAGMENTED, &sink, &next));
}

/* Seals what the cutter gives, and returns how many groups that were. */
static uint32_t seal_all(footage_cutter *cutter, uint8_t expected, int cut_off, const char *name)
{
    struct memory memory = {0};
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    footage_group group;
    footage_status status;
    footage_clocks clocks = {0, FOOTAGE_NO_TIME};
    uint8_t content = 0;
    uint32_t count = 0;
    uint64_t tracks = 9, samples = 9;
    memory.power = -1;
    OK(camera_on(&memory, &device.device, 1, &camera));
    OK(footage_cutter_content(cutter, &content));
    CHECK(content == expected);
    OK(footage_camera_start(camera, content, FOOTAGE_SIGN_AT_END, &clocks, &recording));
    GIVES(FOOTAGE_NULL, footage_cutter_next(cutter, NULL));
    while ((status = footage_cutter_next(cutter, &group)) == FOOTAGE_OK) {
        CHECK(group.pictures_count == 1);
        clocks.monotonic = content == FOOTAGE_CONTENT_VIDEO ? group.pictures->end : clocks.monotonic + 1000;
        if (content == FOOTAGE_CONTENT_VIDEO)
            OK(footage_recording_group(recording, camera, &clocks, &group));
        else
            OK(footage_recording_piece(recording, camera, &clocks, group.pictures->content,
                                       group.pictures->content_length));
        count++;
    }
    if (cut_off)
        says("ends at byte");
    else
        GIVES(FOOTAGE_END, status);
    GIVES(FOOTAGE_END, footage_cutter_next(cutter, &group));
    OK(footage_cutter_left_out(cutter, &tracks, &samples));
    CHECK(tracks == 0 && samples == 0);
    OK(footage_recording_leave_out(recording, 3, 40));
    OK((cut_off ? footage_recording_cut_off : footage_recording_finish)(recording, camera));
    GIVES(FOOTAGE_ORDER, footage_recording_leave_out(recording, 3, 40));
    GIVES(FOOTAGE_ORDER, footage_recording_cut_off(recording, camera));
    write_file(name, memory.files[0].bytes);
    {
        footage_source source = source_of(&memory.files[0].bytes);
        footage_clip *clip = NULL;
        footage_clip_info info;
        uint32_t first, end;
        OK(footage_clip_open(&source, &clip));
        OK(footage_clip_describe(clip, &info));
        CHECK(info.clock == FOOTAGE_CLOCK_NOT_SET && info.started == FOOTAGE_NO_TIME && info.content == expected);
        CHECK(info.tracks_left_out == 3 && info.samples_left_out == 40 && info.number == 1);
        CHECK(info.ending == (cut_off ? FOOTAGE_ENDING_CUT_OFF : FOOTAGE_ENDING_FINISHED));
        CHECK(memcmp(info.household, info.recovery, 32) != 0);
        GIVES(FOOTAGE_NOT_FOUND, footage_clip_select(clip, STARTED, STARTED + 1000, &first, &end));
        if (content == FOOTAGE_CONTENT_VIDEO && !cut_off)
            play(clip);
        footage_clip_free(clip);
    }
    footage_recording_free(recording);
    footage_camera_free(camera);
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
    footage_group group;
    footage_source source;
    owner = owner_from("owner");
    sample = read_file("sample.mp4");
    make_owner_list(owner, NULL);
    make_device(&device);
    source = source_of(&sample);

    source.read = read_forward;
    source.size = NULL;
    OK(footage_cutter_new(&source, &cutter));
    CHECK(seal_all(cutter, FOOTAGE_CONTENT_VIDEO, 0, "video") > 2 && read_so_far == sample.length);
    footage_cutter_free(cutter);

    source.read = read_bytes;
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new_by_size(&source, 0, &cutter));
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new_by_size(&source, (16u << 20) + 1, &cutter));
    OK(footage_cutter_new_by_size(&source, 100000, &cutter));
    CHECK(seal_all(cutter, FOOTAGE_CONTENT_ANY_FILE, 0, "pieces") == sample.length / 100000 + 1);
    footage_cutter_free(cutter);

    /* Sources that fail, lie, or end early. */
    source.read = fails;
    OK(footage_cutter_new(&source, &cutter));
    GIVES(FOOTAGE_IO, footage_cutter_next(cutter, &group));
    says("`read` returned 5");
    GIVES(FOOTAGE_END, footage_cutter_next(cutter, &group));
    footage_cutter_free(cutter);
    source.read = gives_too_much;
    OK(footage_cutter_new(&source, &cutter));
    GIVES(FOOTAGE_IO, footage_cutter_next(cutter, &group));
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
        CHECK(seal_all(cutter, FOOTAGE_CONTENT_VIDEO, 1, "cut-off") > 0);
        footage_cutter_free(cutter);
    }
    {
        /* A progressive MP4 takes a source with a size. */
        struct bytes progressive = read_file("progressive.mp4");
        source = source_of(&progressive);
        OK(footage_cutter_new(&source, &cutter));
        CHECK(seal_all(cutter, FOOTAGE_CONTENT_VIDEO, 0, "progressive") > 2);
        footage_cutter_free(cutter);
        source.size = NULL;
        OK(footage_cutter_new(&source, &cutter));
        GIVES(FOOTAGE_MALFORMED, footage_cutter_next(cutter, &group));
        says("a source that can seek");
        footage_cutter_free(cutter);
        free_bytes(&progressive);
    }
    footage_cutter_free(NULL);
    footage_owner_free(owner);
    free_bytes(&owner_list);
    free_device(&device);
    free_bytes(&sample);
    return 0;
}
