/* A camera as its factory makes it, and what its clips hold. */
#ifndef DEVICE_H
#define DEVICE_H

#include "check.h"

#define STARTED INT64_C(1790000000000)
#define SEGMENTS 5u

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
    struct bytes public;
    OK(footage_signing_key_generate(&maker));
    OK(footage_signing_key_generate(&device->key));
    FETCH(public, footage_signing_key_public(device->key, FETCHED));
    FETCH(device->certificate, footage_certificate_sign(id, sizeof id, "acme", "Doorbell 3", public.at, public.length,
                                                        STARTED, maker, FETCHED));
    memset(device->secret, 42, sizeof device->secret);
    device->device.certificate = device->certificate.at;
    device->device.certificate_length = device->certificate.length;
    device->device.key = device->key;
    device->device.secret = device->secret;
    device->device.secret_length = sizeof device->secret;
    device->device.suite = FOOTAGE_SUITE_CHACHA20_POLY1305;
    free_bytes(&public);
    footage_signing_key_free(maker);
}

static inline void free_device(struct device *device)
{
    footage_signing_key_free(device->key);
    free_bytes(&device->certificate);
}

/* What segment n holds: the codec parameters, and then media of n seconds. */
static inline struct bytes content(uint32_t n)
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

/* Seals segment n, which overwrites its content. */
static inline footage_status seal(footage_recording *recording, uint32_t n)
{
    struct bytes segment = content(n);
    footage_status status;
    if (n == 0)
        status = footage_recording_init(recording, segment.at, segment.length);
    else
        status = footage_recording_media(recording, 1000u * (n - 1), 1000, segment.at, segment.length);
    free_bytes(&segment);
    return status;
}

static inline footage_status start(footage_camera *camera, const footage_owner *owner, footage_recording **recording)
{
    struct bytes public;
    const uint8_t *owners[1];
    footage_status status;
    FETCH(public, footage_owner_public(owner, FETCHED));
    owners[0] = public.at;
    status = footage_camera_start(camera, owners, &public.length, 1, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT, recording);
    free_bytes(&public);
    return status;
}

/* Checks that a clip is that of a camera, for an owner, with this ending and the first so many segments. */
static inline void check_clip(struct bytes file, const footage_owner *owner, uint8_t ending, uint32_t segments)
{
    footage_source source = source_of(&file);
    footage_clip *clip = NULL;
    footage_clip_info info;
    footage_segment segment;
    uint32_t n;
    OK(footage_clip_open(&source, &clip));
    OK(footage_clip_describe(clip, &info));
    CHECK(info.count == segments && info.ending == ending && info.started == STARTED && info.camera[0] == 7);
    OK(footage_clip_unlock(clip, owner));
    for (n = 0; n < segments; n++) {
        struct bytes sealed = content(n), opened;
        OK(footage_clip_segment_info(clip, n, &segment));
        CHECK(segment.kind == (n == 0 ? FOOTAGE_SEGMENT_INIT : FOOTAGE_SEGMENT_MEDIA));
        CHECK(segment.init == (n == 0 ? FOOTAGE_NO_INIT : 0));
        CHECK(segment.length == sealed.length && segment.start == (n == 0 ? 0 : 1000u * (n - 1)));
        FETCH(opened, footage_clip_segment(clip, n, FETCHED));
        CHECK(opened.length == sealed.length && memcmp(opened.at, sealed.at, sealed.length) == 0);
        free_bytes(&sealed);
        free_bytes(&opened);
    }
    footage_clip_free(clip);
}

#endif
