/* What every test program needs: checks that say where they failed, and files behind streams. */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "footage.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

/* Expects a status. */
#define GIVES(expected, call) check_status((expected), (call), #call, __FILE__, __LINE__)

/* Expects success. */
#define OK(call) GIVES(FOOTAGE_OK, call)

/* Makes a call until no stream needs the app any more. */
#define SERVED(call, in, from, out, to) \
    do { \
        footage_status status_; \
        while ((status_ = (call)) == FOOTAGE_WANT) \
            serve((in), (from), (out), (to)); \
        GIVES(FOOTAGE_OK, status_); \
    } while (0)

static inline void check_status(footage_status expected, footage_status found, const char *call, const char *file,
                                int line)
{
    char message[512] = "";
    size_t length = 0;
    if (found == expected)
        return;
    footage_last_error_message(message, sizeof message, &length);
    fprintf(stderr, "%s:%d: %s: %s instead of %s: %s\n", file, line, call, footage_status_message(found),
            footage_status_message(expected), message);
    exit(1);
}

/* A block of memory that ends where it should: valgrind and the sanitizers see what goes beyond. */
struct bytes {
    uint8_t *at;
    size_t length;
};

static inline struct bytes make(size_t length)
{
    struct bytes bytes = {malloc(length > 0 ? length : 1), length};
    CHECK(bytes.at != NULL);
    return bytes;
}

/* Serves an input and an output, either of which may be NULL. */
static inline void serve(footage_stream *in, FILE *from, footage_stream *out, FILE *to)
{
    static uint8_t bytes[1 << 16];
    uint64_t offset = 0;
    size_t length = 0;
    if (in != NULL) {
        OK(footage_stream_wanted(in, &offset, &length));
        if (length > 0) {
            if (length > sizeof bytes)
                length = sizeof bytes;
            CHECK(fseek(from, (long)offset, SEEK_SET) == 0);
            length = fread(bytes, 1, length, from);
            CHECK(!ferror(from));
            OK(footage_stream_feed(in, bytes, length));
        }
    }
    if (out != NULL) {
        do {
            OK(footage_stream_take(out, bytes, sizeof bytes, &length));
            CHECK(fwrite(bytes, 1, length, to) == length);
        } while (length > 0);
    }
}

/* Asks how long a result is, and fetches it: FETCH(bytes, footage_owner_public(owner, FETCHED)) with the three arguments
 * of the buffer named by FETCHED. */
#define FETCHED fetched_.at, fetched_.length, &fetched_length_
#define FETCH(result, call) \
    do { \
        struct bytes fetched_ = {NULL, 0}; \
        size_t fetched_length_ = 0; \
        OK(call); \
        fetched_ = make(fetched_length_); \
        OK(call); \
        CHECK(fetched_length_ <= fetched_.length); \
        fetched_.length = fetched_length_; \
        (result) = fetched_; \
    } while (0)

/* Stores a camera's state. */
static inline void store(footage_camera *camera, struct bytes *state)
{
    free(state->at);
    FETCH(*state, footage_camera_save(camera, FETCHED));
}

#endif
