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

/* A whole file, with a NUL behind it, which does not count: so it may be a text. */
static inline struct bytes read_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    struct bytes bytes = {NULL, 0};
    long length;
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0);
    rewind(file);
    bytes = make((size_t)length + 1);
    bytes.length = fread(bytes.at, 1, (size_t)length, file);
    CHECK(bytes.length == (size_t)length && fclose(file) == 0);
    bytes.at[bytes.length] = 0;
    return bytes;
}

static inline void write_file(const char *name, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(name, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
}

/* An owner's key of 32 bytes in a file. */
static inline footage_owner *owner_from(const char *name)
{
    footage_owner *owner = NULL;
    struct bytes secret = read_file(name);
    OK(footage_owner_restore(FOOTAGE_KEM_XWING, secret.at, secret.length, &owner));
    free(secret.at);
    return owner;
}

/* Whether a list has so many items, of which the one at an index holds this text. */
static inline void check_list(const footage_list *list, size_t count, size_t index, const char *text)
{
    struct bytes item;
    size_t found = 0;
    OK(footage_list_count(list, &found));
    if (found != count)
        fprintf(stderr, "%lu items instead of %lu\n", (unsigned long)found, (unsigned long)count);
    CHECK(found == count);
    GIVES(FOOTAGE_END, footage_list_get(list, count, NULL, 0, &found));
    if (text == NULL)
        return;
    FETCH(item, footage_list_get(list, index, FETCHED));
    item.at = realloc(item.at, item.length + 1);
    CHECK(item.at != NULL);
    item.at[item.length] = 0;
    if (strstr((const char *)item.at, text) == NULL)
        fprintf(stderr, "%s\ndoes not hold %s\n", (const char *)item.at, text);
    CHECK(strstr((const char *)item.at, text) != NULL);
    free(item.at);
}

/* Stores a camera's state. */
static inline void store(footage_camera *camera, struct bytes *state)
{
    free(state->at);
    FETCH(*state, footage_camera_save(camera, FETCHED));
}

#endif
