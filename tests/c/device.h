/* A camera as its factory makes it, and what its clips hold. */
#ifndef DEVICE_H
#define DEVICE_H

#include "check.h"

#define STARTED INT64_C(1790000000000)
#define GROUPS 4u
/* The codec parameters of pictures and sound, and then pictures and sound of each group. */
#define SEGMENTS_OF(groups) ((groups) == 0 ? 0 : 2 + 2 * (groups))
#define SEGMENTS SEGMENTS_OF(GROUPS)

/* A key, a certificate for it, and a secret. */
struct device {
    footage_signing_key *key;
    struct bytes certificate;
    uint8_t secret[FOOTAGE_SECRET_BYTES];
    footage_device device;
};

static inline void make_device(struct device *device)
{
    static const uint8_t id[16] = {7, 7, 7};
    footage_signing_key *maker = NULL;
    struct bytes request;
    OK(footage_signing_key_generate(&maker));
    OK(footage_signing_key_generate(&device->key));
    FETCH(request, footage_certificate_request(id, sizeof id, "acme", "Doorbell 3", device->key, FETCHED));
    FETCH(device->certificate, footage_certificate_sign(id, sizeof id, "acme", "Doorbell 3", request.at, request.length,
                                                        STARTED, maker, FETCHED));
    memset(device->secret, 42, sizeof device->secret);
    device->device.certificate = device->certificate.at;
    device->device.certificate_length = device->certificate.length;
    device->device.key = device->key;
    device->device.secret = device->secret;
    device->device.secret_length = sizeof device->secret;
    device->device.suite = FOOTAGE_SUITE_CHACHA20_POLY1305;
    free_bytes(&request);
    footage_signing_key_free(maker);
}

static inline void free_device(struct device *device)
{
    footage_signing_key_free(device->key);
    free_bytes(&device->certificate);
}

/* The owner list that cameras are paired with. */
static struct bytes owner_list;

/* Signs a list of this owner, whose household key it is, and this recovery key; a fresh one if that is NULL. */
static inline void make_owner_list(const footage_owner *owner, const footage_owner *recovery)
{
    static const uint8_t household[16] = {1};
    footage_signing_key *phone = NULL, *recovery_signer = NULL;
    footage_owner *fresh = NULL, *device = NULL;
    footage_owner_list list = {0};
    struct bytes key, recovery_key, device_key, signer;
    uint16_t kem;
    FETCH(key, footage_owner_public(owner, FETCHED));
    kem = (uint16_t)(key.at[0] << 8 | key.at[1]);
    OK(footage_owner_generate(kem, &fresh));
    OK(footage_owner_generate(kem, &device));
    OK(footage_signing_key_generate(&phone));
    OK(footage_signing_key_generate(&recovery_signer));
    FETCH(recovery_key, footage_owner_public(recovery != NULL ? recovery : fresh, FETCHED));
    FETCH(device_key, footage_owner_public(device, FETCHED));
    FETCH(signer, footage_signing_key_public(recovery_signer, FETCHED));
    list.household = household;
    list.household_length = sizeof household;
    list.key = key.at;
    list.key_length = key.length;
    list.recovery = recovery_key.at;
    list.recovery_length = recovery_key.length;
    list.recovery_signer = signer.at;
    list.recovery_signer_length = signer.length;
    list.device = device_key.at;
    list.device_length = device_key.length;
    free_bytes(&owner_list);
    FETCH(owner_list, footage_owner_list_sign(&list, phone, FETCHED));
    list.household_length--;
    GIVES(FOOTAGE_ARGUMENT, footage_owner_list_sign(&list, phone, NULL, 0, &(size_t){0}));
    list.household_length++;
    list.recovery = list.key;
    GIVES(FOOTAGE_ARGUMENT, footage_owner_list_sign(&list, phone, NULL, 0, &(size_t){0}));
    says("different keys");
    footage_owner_free(fresh);
    footage_owner_free(device);
    footage_signing_key_free(phone);
    footage_signing_key_free(recovery_signer);
    free_bytes(&key);
    free_bytes(&recovery_key);
    free_bytes(&device_key);
    free_bytes(&signer);
}

/* Begins or opens a camera of the household of that list. */
static inline footage_status begin_or_open(int begins, const footage_device *device, const footage_store *store,
                                           const footage_files *files, footage_camera **camera)
{
    return begins ? footage_camera_begin(device, owner_list.at, owner_list.length, store, files, camera)
                  : footage_camera_open(device, store, files, camera);
}

/* What segment n holds: the codec parameters of pictures and sound, and then in turn pictures and sound. */
static inline struct bytes content(uint32_t n)
{
    struct bytes bytes = make(n < 2 ? 6 : n * 1000u);
    size_t at;
    if (n < 2)
        memcpy(bytes.at, n == 0 ? "codecs" : "sounds", 6);
    else
        for (at = 0; at < bytes.length; at++)
            bytes.at[at] = (uint8_t)(at * 31u ^ n);
    return bytes;
}

/* The wall clock of all cameras goes on with every clip that is started. */
static uint64_t elapsed;

static inline footage_clocks now(void)
{
    footage_clocks clocks;
    clocks.monotonic = 5000;
    clocks.wall = STARTED + (int64_t)elapsed;
    return clocks;
}

/* Seals group n, a second of pictures and sound. */
static inline footage_status seal(footage_recording *recording, footage_camera *camera, uint32_t n)
{
    struct bytes contents[4] = {content(0), content(1), content(2 + 2 * n), content(3 + 2 * n)};
    footage_piece pictures = {0}, sound = {0};
    footage_group group = {0};
    footage_clocks clocks = now();
    footage_status status;
    int at;
    pictures.start = sound.start = 1000u * n;
    pictures.end = sound.end = 1000u * (n + 1);
    pictures.content = contents[2].at;
    pictures.content_length = contents[2].length;
    sound.content = contents[3].at;
    sound.content_length = contents[3].length;
    if (n == 0) {
        group.picture_init = contents[0].at;
        group.picture_init_length = contents[0].length;
        group.sound_init = contents[1].at;
        group.sound_init_length = contents[1].length;
    }
    group.pictures = &pictures;
    group.pictures_count = 1;
    group.sound = &sound;
    group.sound_samples = 50;
    group.next = pictures.end;
    clocks.monotonic += pictures.end;
    clocks.wall = FOOTAGE_NO_TIME;
    status = footage_recording_group(recording, camera, &clocks, &group);
    for (at = 0; at < 4; at++)
        free_bytes(&contents[at]);
    return status;
}

static inline footage_status start(footage_camera *camera, footage_recording **recording)
{
    footage_clocks clocks = now();
    elapsed += 60000;
    return footage_camera_start(camera, FOOTAGE_CONTENT_VIDEO, FOOTAGE_SIGN_EVERY_GROUP, &clocks, recording);
}

/* Checks that a clip is that of a camera, for an owner, with this ending and the first so many groups. */
static inline void check_clip(struct bytes file, const footage_owner *owner, uint8_t ending, uint32_t groups)
{
    footage_source source = source_of(&file);
    footage_clip *clip = NULL;
    footage_clip_info info;
    footage_segment segment;
    uint32_t n, segments = SEGMENTS_OF(groups);
    OK(footage_clip_open(&source, &clip));
    OK(footage_clip_describe(clip, &info));
    CHECK(info.count == segments && info.ending == ending && info.camera[0] == 7);
    CHECK(info.started >= STARTED && info.clock == FOOTAGE_CLOCK_SET && info.content == FOOTAGE_CONTENT_VIDEO);
    OK(footage_clip_unlock(clip, owner));
    for (n = 0; n < segments; n++) {
        struct bytes sealed = content(n), opened;
        OK(footage_clip_segment_info(clip, n, &segment));
        CHECK(segment.kind == (n < 2 ? FOOTAGE_SEGMENT_INIT : FOOTAGE_SEGMENT_MEDIA));
        CHECK(segment.layer == (n % 2 == 0 ? FOOTAGE_LAYER_PICTURES : FOOTAGE_LAYER_SOUND));
        CHECK(segment.flags == (n == 0 || (n > 2 && n % 2 == 0) ? FOOTAGE_SEGMENT_GROUP : 0));
        CHECK(segment.init == (n < 2 ? FOOTAGE_NO_INIT : n % 2));
        CHECK(segment.length == sealed.length && segment.start == (n < 2 ? 0 : 1000u * (n / 2 - 1)));
        FETCH(opened, footage_clip_segment(clip, n, FETCHED));
        CHECK(opened.length == sealed.length && memcmp(opened.at, sealed.at, sealed.length) == 0);
        free_bytes(&sealed);
        free_bytes(&opened);
    }
    footage_clip_free(clip);
}

#endif
