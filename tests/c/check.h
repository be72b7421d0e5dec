/* What every test program needs: checks that say where they failed, results, and files. */
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

/* Expects that the last error has these words. */
static inline void says(const char *words)
{
    char message[512] = "";
    size_t length = 0;
    OK(footage_last_error_message(message, sizeof message, &length));
    if (strstr(message, words) == NULL) {
        fprintf(stderr, "\"%s\" does not say \"%s\"\n", message, words);
        exit(1);
    }
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

static inline void free_bytes(struct bytes *bytes)
{
    free(bytes->at);
    bytes->at = NULL;
    bytes->length = 0;
}

static inline void append(struct bytes *bytes, const uint8_t *more, size_t length)
{
    bytes->at = realloc(bytes->at, bytes->length + length + 1);
    CHECK(bytes->at != NULL);
    if (length > 0)
        memcpy(bytes->at + bytes->length, more, length);
    bytes->length += length;
}

/* Asks how long a result is, and fetches it: FETCH(bytes, footage_owner_public(owner, FETCHED)), where FETCHED stands for the
 * three arguments of the buffer. */
#define FETCHED fetched_.at, fetched_.length, &fetched_length_
#define FETCH(result, call) \
    do { \
        struct bytes fetched_ = {NULL, 0}; \
        size_t fetched_length_ = 0; \
        OK(call); \
        fetched_ = make(fetched_length_); \
        OK(call); \
        CHECK(fetched_length_ == fetched_.length); \
        (result) = fetched_; \
    } while (0)

static inline struct bytes read_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    struct bytes bytes = {NULL, 0};
    long length;
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0);
    rewind(file);
    bytes = make((size_t)length);
    CHECK(fread(bytes.at, 1, bytes.length, file) == bytes.length && fclose(file) == 0);
    return bytes;
}

static inline void write_file(const char *name, struct bytes bytes)
{
    FILE *file = fopen(name, "wb");
    CHECK(file != NULL && fwrite(bytes.at, 1, bytes.length, file) == bytes.length && fclose(file) == 0);
}

/* An owner's key of 32 bytes in a file. */
static inline footage_owner *owner_from(const char *name)
{
    footage_owner *owner = NULL;
    struct bytes secret = read_file(name);
    OK(footage_owner_restore(FOOTAGE_KEM_XWING, secret.at, secret.length, &owner));
    free_bytes(&secret);
    return owner;
}

/* A source of bytes in memory. */
static inline int32_t read_bytes(void *user, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    const struct bytes *from = user;
    *length = 0;
    if (offset < from->length) {
        *length = from->length - (size_t)offset;
        if (*length > capacity)
            *length = capacity;
        memcpy(bytes, from->at + offset, *length);
    }
    return 0;
}

static inline int32_t size_of_bytes(void *user, uint64_t *size)
{
    *size = ((const struct bytes *)user)->length;
    return 0;
}

static inline footage_source source_of(struct bytes *bytes)
{
    footage_source source = {NULL, read_bytes, size_of_bytes};
    source.user = bytes;
    return source;
}

#endif
