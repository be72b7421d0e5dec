/* A board: `firmware record|recover SEGMENTS LENGTH` reads `certificate`, `key`, `device` and `owner` from the working
 * folder and writes a clip to the standard output; how much heap that took goes to the standard error. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "footage.h"

#define OVERHEAD ((size_t)FOOTAGE_SEGMENT_OVERHEAD)

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

/* Memory of the board's own, which does not count. */
static uint8_t *room(size_t length)
{
    uint8_t *bytes = malloc(length);
    if (bytes == NULL)
        exit(1);
    return bytes;
}

static size_t part(const char *name, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(name, "rb");
    size_t length = file != NULL ? fread(bytes, 1, capacity, file) : 0;
    if (file != NULL)
        fclose(file);
    return length;
}

/* The durable place of the state, of which this board has none. */
static void store(const footage_camera *camera)
{
    size_t length = 0;
    uint8_t *state;
    ok(footage_camera_save(camera, NULL, 0, &length), "save");
    state = room(length);
    ok(footage_camera_save(camera, state, length, &length), "save");
    free(state);
}

/* Where the clip goes: the standard output, or memory until the power fails. */
static uint8_t *flash;
static size_t flashed;

static void put(const uint8_t *bytes, size_t length)
{
    if (flash != NULL)
        memcpy(flash + flashed, bytes, length);
    else if (fwrite(bytes, 1, length, stdout) != length)
        exit(1);
    flashed += length;
}

int main(int count, char **arguments)
{
    static uint8_t certificate[4096], secret[FOOTAGE_SECRET_BYTES], device[32], owner[2048];
    const uint8_t *const owners[1] = {owner};
    size_t owner_length, certificate_length, length, segment_length;
    uint32_t segments, second;
    uint8_t *content, *buffer;
    footage_signing_key *key = NULL;
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    int cut;
    if (count != 4)
        return 2;
    cut = strcmp(arguments[1], "recover") == 0;
    segments = (uint32_t)strtoul(arguments[2], NULL, 10);
    segment_length = strtoul(arguments[3], NULL, 10);
    certificate_length = part("certificate", certificate, sizeof certificate);
    owner_length = part("owner", owner, sizeof owner);
    if (part("device", device, sizeof device) != sizeof device || part("key", secret, sizeof secret) != sizeof secret)
        return 2;
    if (cut)
        flash = room((segments + 1) * (segment_length + OVERHEAD));

    ok(footage_signing_key_restore(secret, sizeof secret, &key), "key");
    ok(footage_camera_new(certificate, certificate_length, key, device, sizeof device, FOOTAGE_SUITE_CHACHA20_POLY1305,
                          NULL, 0, &camera),
       "camera");
    footage_signing_key_free(key);
    content = room(segment_length);
    buffer = room(segment_length + OVERHEAD);
    store(camera);
    ok(footage_recording_new(camera, owners, &owner_length, 1, 1780315200000, FOOTAGE_SIGN_EVERY_SEGMENT, buffer,
                             segment_length + OVERHEAD, &length, &recording),
       "recording");
    put(buffer, length);
    /* Second n is made of bytes n. */
    for (second = 0; second < segments; second++) {
        memset(content, (int)(second & 255), segment_length);
        ok(footage_recording_media(recording, 1000 * (uint64_t)second, 1000, content, segment_length, buffer,
                                   segment_length + OVERHEAD, &length),
           "media");
        put(buffer, length);
    }
    if (cut) {
        uint8_t *whole = flash, *recovered = room(flashed + OVERHEAD);
        size_t left = flashed;
        footage_recording_free(recording);
        flash = NULL;
        if (footage_camera_recover(camera, whole, left, recovered, left + OVERHEAD, &length) != FOOTAGE_UNSAVED)
            return 1;
        store(camera);
        ok(footage_camera_recover(camera, whole, left, recovered, left + OVERHEAD, &length), "recover");
        put(recovered, length);
        free(whole);
        free(recovered);
    } else {
        if (footage_recording_finish(recording, buffer, segment_length + OVERHEAD, &length) != FOOTAGE_UNSAVED)
            return 1;
        store(camera);
        ok(footage_recording_finish(recording, buffer, segment_length + OVERHEAD, &length), "finish");
        put(buffer, length);
        footage_recording_free(recording);
    }
    footage_camera_free(camera);
    free(content);
    free(buffer);
    fprintf(stderr, "%lu\n", (unsigned long)heap_most);
    return heap_now != 0 || fflush(stdout) != 0;
}
