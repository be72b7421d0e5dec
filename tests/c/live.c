/* A camera hands over what its encoders give, sample by sample. */
#include "device.h"
#include "memory.h"

static struct device device;

/* Parameter sets of H.264, of pictures 64 and 80 wide: those of a picture come in it, too. */
static const uint8_t narrow[] = {0, 0, 0, 1, 0x67, 66, 0, 10, 0xda, 0x13, 0x90, 0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80};
static const uint8_t wide[] = {0, 0, 0, 1, 0x67, 66, 0, 10, 0xda, 0x17, 0x90, 0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80};
static const uint8_t aac[] = {0x15, 0x88};

static footage_picture_codec picture_codec(const uint8_t *parameters, size_t length)
{
    footage_picture_codec codec = {0};
    codec.timescale = 90000;
    codec.coding = FOOTAGE_H264;
    codec.nal_units = FOOTAGE_START_CODES;
    codec.parameters = parameters;
    codec.parameters_length = length;
    return codec;
}

static footage_sound_codec sound_codec(void)
{
    footage_sound_codec codec = {0};
    codec.rate = 8000;
    codec.channels = 1;
    codec.coding = FOOTAGE_AAC;
    codec.parameters = aac;
    codec.parameters_length = sizeof aac;
    return codec;
}

/* Five pictures a second, the first of which begins. */
static footage_sample picture(uint32_t number)
{
    static uint8_t bytes[9];
    footage_sample sample = {0};
    memset(bytes, 0x80, sizeof bytes);
    memcpy(bytes, "\0\0\0\1", 4);
    bytes[4] = number % 5 == 0 ? 0x65 : 0x41;
    bytes[6] = (uint8_t)number;
    sample.layer = FOOTAGE_LAYER_PICTURES;
    sample.decode = (int64_t)(5000 + 200 * number) * 90;
    sample.duration = 18000;
    sample.bytes = bytes;
    sample.bytes_length = sizeof bytes;
    return sample;
}

/* Frames of sound of 200 ms. */
static footage_sample frame(uint32_t number)
{
    static uint8_t bytes[2];
    footage_sample sample = {0};
    bytes[1] = (uint8_t)number;
    sample.layer = FOOTAGE_LAYER_SOUND;
    sample.decode = (int64_t)(5000 + 200 * number) * 8;
    sample.duration = 1600;
    sample.bytes = bytes;
    sample.bytes_length = sizeof bytes;
    return sample;
}

static footage_clocks at(uint32_t number)
{
    footage_clocks clocks = {0, FOOTAGE_NO_TIME};
    clocks.monotonic = 5000 + 200 * (uint64_t)number;
    return clocks;
}

/* Pushes the picture and the frame of this number, and returns how many groups were sealed. */
static uint64_t push(footage_live *live, footage_camera *camera, uint32_t number)
{
    footage_sample shown = picture(number), heard = frame(number);
    footage_clocks clocks = at(number);
    uint64_t one = 9, other = 9;
    OK(footage_live_push(live, camera, &clocks, &shown, &one));
    OK(footage_live_push(live, camera, &clocks, &heard, &other));
    return one + other;
}

/* What is refused changes nothing but the count of what is left out. */
static void refuse(footage_live *live, footage_camera *camera)
{
    footage_sample sample = picture(0), bad = sample;
    footage_clocks clocks = at(0);
    uint64_t sealed = 9;
    bad.layer = 2;
    GIVES(FOOTAGE_ARGUMENT, footage_live_push(live, camera, &clocks, &bad, &sealed));
    bad = sample;
    bad.bytes += 4;
    bad.bytes_length -= 4;
    GIVES(FOOTAGE_MALFORMED, footage_live_push(live, camera, &clocks, &bad, &sealed));
    says("NAL units");
    bad.bytes_length = 0;
    GIVES(FOOTAGE_ARGUMENT, footage_live_push(live, camera, &clocks, &bad, &sealed));
    bad = sample;
    bad.duration = -1;
    GIVES(FOOTAGE_ARGUMENT, footage_live_push(live, camera, &clocks, &bad, &sealed));
    bad = sample;
    bad.bytes = NULL;
    GIVES(FOOTAGE_NULL, footage_live_push(live, camera, &clocks, &bad, &sealed));
    GIVES(FOOTAGE_NULL, footage_live_push(live, camera, &clocks, &sample, NULL));
    GIVES(FOOTAGE_NULL, footage_live_push(live, camera, NULL, &sample, &sealed));
    CHECK(sealed == 9);
    {
        struct bytes large = make(17u << 20);
        memset(large.at, 1, large.length);
        bad.bytes = large.at;
        bad.bytes_length = large.length;
        GIVES(FOOTAGE_FULL, footage_live_push(live, camera, &clocks, &bad, &sealed));
        free_bytes(&large);
    }
}

/* Codecs that are none leave the recording as it is. */
static footage_live *begin_live(footage_recording *recording)
{
    footage_picture_codec pictures = picture_codec(narrow, sizeof narrow), bad = pictures;
    footage_sound_codec sound = sound_codec(), deaf = sound;
    footage_live *live = NULL;
    uint8_t clip[16];
    size_t length = 0;
    GIVES(FOOTAGE_ARGUMENT, footage_live_new(recording, NULL, NULL, &live));
    bad.coding = 0;
    GIVES(FOOTAGE_ARGUMENT, footage_live_new(recording, &bad, &sound, &live));
    bad = pictures;
    bad.nal_units = 2;
    GIVES(FOOTAGE_ARGUMENT, footage_live_new(recording, &bad, &sound, &live));
    bad = pictures;
    bad.parameters_length = 11;
    GIVES(FOOTAGE_MALFORMED, footage_live_new(recording, &bad, &sound, &live));
    deaf.coding = 5;
    GIVES(FOOTAGE_ARGUMENT, footage_live_new(recording, &pictures, &deaf, &live));
    deaf = sound;
    deaf.rate = 0;
    GIVES(FOOTAGE_ARGUMENT, footage_live_new(recording, &pictures, &deaf, &live));
    GIVES(FOOTAGE_NULL, footage_live_new(recording, &pictures, &sound, NULL));
    CHECK(live == NULL);
    OK(footage_live_new(recording, &pictures, &sound, &live));
    GIVES(FOOTAGE_ORDER, footage_recording_clip(recording, clip, sizeof clip, &length));
    OK(footage_live_clip(live, clip, sizeof clip, &length));
    CHECK(length == 16);
    footage_recording_free(recording);
    return live;
}

static void record(int cut_off, const char *name)
{
    struct memory memory = {0};
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    footage_live *live;
    footage_picture_codec pictures = picture_codec(wide, sizeof wide);
    footage_sound_codec sound = sound_codec();
    footage_clocks clocks;
    uint32_t number;
    uint64_t groups = 0, sealed = 9;
    memory.power = -1;
    OK(camera_on(&memory, &device.device, 1, &camera));
    OK(start(camera, &recording));
    live = begin_live(recording);
    refuse(live, camera);
    for (number = 0; number < 15; number++)
        groups += push(live, camera, number);
    CHECK(groups == 2);
    clocks = at(15);
    OK(footage_live_codecs(live, camera, &clocks, &pictures, &sound, &sealed));
    CHECK(sealed == 1);
    for (; number < 20; number++)
        CHECK(push(live, camera, number) == 0);
    clocks = at(20);
    OK(footage_live_flush(live, camera, &clocks, &sealed));
    CHECK(sealed == 1);
    for (; number < 25; number++)
        push(live, camera, number);
    OK(footage_live_leave_out(live, 1, 7));
    clocks = at(25);
    if (cut_off)
        OK(footage_live_cut_off(live, camera, &clocks));
    else
        OK(footage_live_finish(live, camera, &clocks));
    GIVES(FOOTAGE_ORDER, footage_live_flush(live, camera, &clocks, &sealed));
    GIVES(FOOTAGE_ORDER, footage_live_finish(live, camera, &clocks));
    footage_live_free(live);
    write_file(name, memory.files[0].bytes);
    footage_camera_free(camera);
    free_memory(&memory);
}

int main(void)
{
    footage_owner *owner = owner_from("owner");
    make_owner_list(owner, NULL);
    make_device(&device);
    record(0, "finished");
    record(1, "cut-off");
    footage_live_free(NULL);
    footage_owner_free(owner);
    free_bytes(&owner_list);
    free_device(&device);
    return 0;
}
