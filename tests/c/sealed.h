/* A camera of a maker, and a clip that it sealed, in memory. */
#ifndef SEALED_H
#define SEALED_H

#include "check.h"

#define STARTED INT64_C(1790000000000)
#define SEGMENTS 5
#define CONTENT 3000

static inline void hex(const uint8_t *bytes, size_t length, char *text)
{
    size_t at;
    for (at = 0; at < length; at++)
        sprintf(text + 2 * at, "%02x", bytes[at]);
}

static inline footage_camera *make_camera(void)
{
    footage_signing_key *maker, *own;
    footage_camera *camera = NULL;
    uint8_t device[FOOTAGE_SECRET_BYTES] = {7};
    struct bytes public, certificate;
    char json[512], key[65];

    OK(footage_signing_key_generate(&maker));
    OK(footage_signing_key_generate(&own));
    FETCH(public, footage_signing_key_public(own, FETCHED));
    CHECK(public.length == 32);
    hex(public.at, public.length, key);
    snprintf(json, sizeof json,
             "{\"camera\":\"000102030405060708090a0b0c0d0e0f\",\"maker\":\"acme\",\"model\":\"Doorbell\","
             "\"key\":\"%s\",\"issued\":%" PRId64 "}",
             key, STARTED);
    FETCH(certificate, footage_certificate_sign(json, maker, FETCHED));
    OK(footage_camera_new(certificate.at, certificate.length, own, device, sizeof device,
                          FOOTAGE_SUITE_CHACHA20_POLY1305, NULL, 0, &camera));
    footage_signing_key_free(maker);
    footage_signing_key_free(own);
    free(public.at);
    free(certificate.at);
    return camera;
}

/* Begins a recording for one owner, at the beginning of the buffer. */
static inline footage_recording *begin(footage_camera *camera, const footage_owner *owner, struct bytes *clip)
{
    footage_recording *recording = NULL;
    struct bytes state = {NULL, 0}, public;
    const uint8_t *owners[1];
    FETCH(public, footage_owner_public(owner, FETCHED));
    owners[0] = public.at;
    *clip = make(FOOTAGE_SEGMENT_OVERHEAD);
    GIVES(FOOTAGE_UNSAVED, footage_recording_new(camera, owners, &public.length, 1, STARTED,
                                                 FOOTAGE_SIGN_EVERY_SEGMENT, clip->at, clip->length, &clip->length,
                                                 &recording));
    store(camera, &state);
    clip->length = FOOTAGE_SEGMENT_OVERHEAD;
    OK(footage_recording_new(camera, owners, &public.length, 1, STARTED, FOOTAGE_SIGN_EVERY_SEGMENT, clip->at,
                             clip->length, &clip->length, &recording));
    free(public.at);
    free(state.at);
    return recording;
}

static inline void append(struct bytes *clip, const uint8_t *bytes, size_t length)
{
    clip->at = realloc(clip->at, clip->length + length);
    CHECK(clip->at != NULL);
    memcpy(clip->at + clip->length, bytes, length);
    clip->length += length;
}

/* Segment `index` of a clip is `CONTENT` bytes of this value. */
static inline void media(footage_recording *recording, unsigned index, struct bytes *clip)
{
    struct bytes content = make(CONTENT), room = make(CONTENT + FOOTAGE_SEGMENT_OVERHEAD);
    memset(content.at, (int)index, content.length);
    OK(footage_recording_media(recording, 1000 * index, 1000, content.at, content.length, room.at, room.length,
                               &room.length));
    append(clip, room.at, room.length);
    free(content.at);
    free(room.at);
}

/* Finishes a clip. */
static inline void finish(footage_camera *camera, footage_recording *recording, struct bytes *clip)
{
    struct bytes room = make(FOOTAGE_SEGMENT_OVERHEAD), state = {NULL, 0};
    GIVES(FOOTAGE_UNSAVED, footage_recording_finish(recording, room.at, room.length, &room.length));
    store(camera, &state);
    room.length = FOOTAGE_SEGMENT_OVERHEAD;
    OK(footage_recording_finish(recording, room.at, room.length, &room.length));
    append(clip, room.at, room.length);
    free(room.at);
    free(state.at);
}

/* Seals a whole clip for one owner. */
static inline struct bytes sealed(const footage_owner *owner)
{
    footage_camera *camera = make_camera();
    struct bytes clip;
    footage_recording *recording = begin(camera, owner, &clip);
    unsigned index;
    for (index = 0; index < SEGMENTS; index++)
        media(recording, index, &clip);
    finish(camera, recording, &clip);
    footage_recording_free(recording);
    footage_camera_free(camera);
    return clip;
}

/* Feeds an input once from memory; says whether it wanted anything. */
static inline int feed(footage_stream *stream, struct bytes from)
{
    uint64_t offset = 0;
    size_t length = 0;
    OK(footage_stream_wanted(stream, &offset, &length));
    if (length == 0)
        return 0;
    CHECK(offset <= from.length);
    if (length > from.length - offset)
        length = (size_t)(from.length - offset);
    OK(footage_stream_feed(stream, from.at + offset, length));
    return 1;
}

/* Makes a call until the input, which is in memory, is wanted no more. */
#define FED(call, stream, bytes) \
    do { \
        footage_status fed_; \
        while ((fed_ = (call)) == FOOTAGE_WANT) \
            feed((stream), (bytes)); \
        GIVES(FOOTAGE_OK, fed_); \
    } while (0)

#endif
