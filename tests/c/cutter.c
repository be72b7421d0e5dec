/* A video is sealed as it would arrive: cut from a stream, piece by piece. */
#include "check.h"

static struct bytes owner_key;

/* A camera that a factory has just made. */
static footage_camera *new_camera(void)
{
    footage_signing_key *maker = NULL, *key = NULL;
    footage_camera *camera = NULL;
    struct bytes public, certificate;
    uint8_t device[32] = {1};
    char json[512], hex[65];
    size_t at;
    OK(footage_signing_key_generate(&maker));
    OK(footage_signing_key_generate(&key));
    FETCH(public, footage_signing_key_public(key, FETCHED));
    for (at = 0; at < public.length; at++)
        snprintf(hex + 2 * at, 3, "%02x", public.at[at]);
    snprintf(json, sizeof json,
             "{\"camera\":\"07070707070707070707070707070707\",\"maker\":\"acme\",\"model\":\"Doorbell 3\","
             "\"key\":\"%s\",\"issued\":1780000000000}",
             hex);
    FETCH(certificate, footage_certificate_sign(json, maker, FETCHED));
    OK(footage_camera_new(certificate.at, certificate.length, key, device, sizeof device, FOOTAGE_SUITE_AES_256_GCM,
                          NULL, 0, &camera));
    free(public.at);
    free(certificate.at);
    footage_signing_key_free(maker);
    footage_signing_key_free(key);
    return camera;
}

/* Seals what the cutter gives, and says how many pieces that were. */
static uint32_t seal(footage_cutter *cutter, footage_stream *in, FILE *from, const char *name)
{
    footage_camera *camera = new_camera();
    footage_recording *recording = NULL;
    footage_segment segment;
    footage_status status;
    struct bytes state = {NULL, 0}, buffer = make(FOOTAGE_SEGMENT_OVERHEAD), content;
    const uint8_t *const owners[1] = {owner_key.at};
    const size_t lengths[1] = {owner_key.length};
    FILE *to = fopen(name, "wb");
    uint32_t count = 0;
    size_t length = 0;
    CHECK(to != NULL);
    store(camera, &state);
    OK(footage_recording_new(camera, owners, lengths, 1, 1780315200000, FOOTAGE_SIGN_AT_END, buffer.at, buffer.length,
                             &length, &recording));
    CHECK(fwrite(buffer.at, 1, length, to) == length);
    GIVES(FOOTAGE_ORDER, footage_cutter_content(cutter, NULL, 0, &length));
    GIVES(FOOTAGE_NULL, footage_cutter_next(cutter, NULL));
    for (;;) {
        while ((status = footage_cutter_next(cutter, &segment)) == FOOTAGE_WANT) {
            GIVES(FOOTAGE_ORDER, footage_cutter_content(cutter, NULL, 0, &length));
            serve(in, from, NULL, NULL);
        }
        if (status == FOOTAGE_END)
            break;
        GIVES(FOOTAGE_OK, status);
        FETCH(content, footage_cutter_content(cutter, FETCHED));
        CHECK(content.length == segment.length);
        free(buffer.at);
        buffer = make(content.length + FOOTAGE_SEGMENT_OVERHEAD);
        if (segment.kind == FOOTAGE_SEGMENT_INIT)
            OK(footage_recording_init(recording, content.at, content.length, buffer.at, buffer.length, &length));
        else
            OK(footage_recording_media(recording, segment.start, segment.duration, content.at, content.length,
                                       buffer.at, buffer.length, &length));
        CHECK(fwrite(buffer.at, 1, length, to) == length);
        free(content.at);
        count++;
    }
    GIVES(FOOTAGE_END, footage_cutter_next(cutter, &segment));
    GIVES(FOOTAGE_UNSAVED, footage_recording_finish(recording, buffer.at, buffer.length, &length));
    store(camera, &state);
    OK(footage_recording_finish(recording, buffer.at, buffer.length, &length));
    CHECK(fwrite(buffer.at, 1, length, to) == length && fclose(to) == 0);
    footage_recording_free(recording);
    footage_camera_free(camera);
    free(buffer.at);
    free(state.at);
    return count;
}

int main(void)
{
    footage_owner *owner = owner_from("owner");
    footage_stream *in = NULL, *out = NULL;
    footage_cutter *cutter = NULL;
    footage_segment segment;
    FILE *from = fopen("sample.mp4", "rb");
    struct bytes sample = read_file("sample.mp4");
    CHECK(from != NULL);
    FETCH(owner_key, footage_owner_public(owner, FETCHED));

    OK(footage_stream_new_input(FOOTAGE_UNKNOWN_LENGTH, &in));
    OK(footage_cutter_new(in, &cutter));
    CHECK(seal(cutter, in, from, "video") > 2);
    footage_cutter_free(cutter);
    footage_stream_free(in);

    OK(footage_stream_new_input(sample.length, &in));
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new_by_size(in, 0, &cutter));
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new_by_size(in, (16u << 20) + 1, &cutter));
    OK(footage_cutter_new_by_size(in, 100000, &cutter));
    CHECK(seal(cutter, in, from, "pieces") == sample.length / 100000 + 1);
    footage_cutter_free(cutter);

    /* Given up halfway, and misused. */
    OK(footage_cutter_new(in, &cutter));
    footage_stream_free(in);
    in = NULL;
    GIVES(FOOTAGE_STORE, footage_cutter_next(cutter, &segment));
    GIVES(FOOTAGE_END, footage_cutter_next(cutter, &segment));
    footage_cutter_free(cutter);
    OK(footage_stream_new_input(sample.length, &in));
    OK(footage_cutter_new(in, &cutter));
    GIVES(FOOTAGE_WANT, footage_cutter_next(cutter, &segment));
    footage_cutter_free(cutter);
    OK(footage_stream_new_output(&out));
    GIVES(FOOTAGE_ARGUMENT, footage_cutter_new(out, &cutter));
    GIVES(FOOTAGE_NULL, footage_cutter_new(NULL, &cutter));
    GIVES(FOOTAGE_HANDLE, footage_cutter_new((footage_stream *)owner, &cutter));
    footage_cutter_free(NULL);
    footage_stream_free(in);
    footage_stream_free(out);
    footage_owner_free(owner);
    free(owner_key.at);
    free(sample.at);
    CHECK(fclose(from) == 0);
    return 0;
}
