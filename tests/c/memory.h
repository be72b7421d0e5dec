/* A store and the files of clips in memory, as an app implements them: with a power that fails at the n-th callback, which
 * loses what was not synced. */
#ifndef MEMORY_H
#define MEMORY_H

#include "device.h"

#define FACTS 4
#define FILES 20

/* The error of a callback when there is no power. */
#define NO_POWER 77

struct fact {
    char key[97];
    struct bytes value;
};

struct file {
    char clip[33];
    struct bytes bytes;
    /* What a power cut leaves. */
    struct bytes synced;
    int is_open;
    struct memory *memory;
};

struct memory {
    struct fact facts[FACTS];
    struct file files[FILES];
    /* So many callbacks are left until the power fails; none fails if it is negative. */
    long power;
    long calls;
    uint64_t floor;
};

static inline int32_t powered(struct memory *memory)
{
    memory->calls++;
    if (memory->power == 0)
        return NO_POWER;
    if (memory->power > 0)
        memory->power--;
    return 0;
}

static inline void copy(struct bytes *to, struct bytes from)
{
    free_bytes(to);
    append(to, from.at, from.length);
}

/* The store. A camera has facts alone, so there is never a secret. */

static inline struct fact *fact_of(struct memory *memory, const char *key)
{
    int at;
    for (at = 0; at < FACTS; at++)
        if (memory->facts[at].value.at != NULL && strcmp(memory->facts[at].key, key) == 0)
            return &memory->facts[at];
    return NULL;
}

static inline int32_t fact(void *user, const char *key, uint8_t *value, size_t capacity, size_t *length)
{
    const struct fact *found = fact_of(user, key);
    CHECK(*length == FOOTAGE_ABSENT);
    if (found != NULL) {
        *length = found->value.length;
        if (found->value.length <= capacity)
            memcpy(value, found->value.at, found->value.length);
    }
    return powered(user);
}

static inline int32_t put_fact(void *user, const char *key, const uint8_t *value, size_t length)
{
    struct memory *memory = user;
    struct fact *place = fact_of(memory, key);
    int at;
    if (powered(memory) != 0)
        return NO_POWER;
    for (at = 0; place == NULL && at < FACTS; at++)
        if (memory->facts[at].value.at == NULL)
            place = &memory->facts[at];
    CHECK(place != NULL && strlen(key) < sizeof place->key);
    strcpy(place->key, key);
    free_bytes(&place->value);
    append(&place->value, value, length);
    return 0;
}

static inline int32_t remove_fact(void *user, const char *key)
{
    struct fact *found = fact_of(user, key);
    if (powered(user) != 0)
        return NO_POWER;
    if (found != NULL)
        free_bytes(&found->value);
    return 0;
}

static inline int32_t list_facts(void *user, void *list, footage_add_key add)
{
    struct memory *memory = user;
    int at;
    for (at = 0; at < FACTS; at++)
        if (memory->facts[at].value.at != NULL && add(list, memory->facts[at].key) != 0)
            return 1;
    return powered(memory);
}

static inline int32_t secret(void *user, const char *key, uint8_t *value, size_t capacity, size_t *length)
{
    (void)key, (void)value, (void)capacity, (void)length;
    return powered(user);
}

static inline int32_t put_secret(void *user, const char *key, const uint8_t *value, size_t length)
{
    (void)user, (void)key, (void)value, (void)length;
    return 1;
}

static inline int32_t erase(void *user, const char *key, uint8_t *method, uint8_t *nothing_left)
{
    (void)key;
    *method = FOOTAGE_ERASED_MEMORY;
    *nothing_left = 1;
    return powered(user);
}

static inline int32_t list_secrets(void *user, void *list, footage_add_secret add)
{
    (void)list, (void)add;
    return powered(user);
}

static inline int32_t floor_of(void *user, uint64_t *floor)
{
    *floor = ((struct memory *)user)->floor;
    return powered(user);
}

static inline int32_t raise_floor(void *user, uint64_t to)
{
    struct memory *memory = user;
    if (powered(memory) != 0)
        return NO_POWER;
    if (to > memory->floor)
        memory->floor = to;
    return 0;
}

static inline footage_store_callbacks store_of(struct memory *memory)
{
    footage_store_callbacks store = {NULL,   fact,       put_fact, remove_fact,  list_facts, secret,
                                     put_secret, erase, list_secrets, floor_of, raise_floor};
    store.user = memory;
    return store;
}

/* The files. */

static inline struct file *file_of(struct memory *memory, const char *clip)
{
    int at;
    for (at = 0; at < FILES; at++)
        if (strcmp(memory->files[at].clip, clip) == 0)
            return &memory->files[at];
    return NULL;
}

static inline int32_t create(void *user, const char *clip, void **file)
{
    struct memory *memory = user;
    struct file *place;
    CHECK(strlen(clip) == 32 && file_of(memory, clip) == NULL);
    if (powered(memory) != 0)
        return NO_POWER;
    place = file_of(memory, "");
    CHECK(place != NULL);
    strcpy(place->clip, clip);
    place->memory = memory;
    place->is_open = 1;
    *file = place;
    return 0;
}

static inline int32_t open_file(void *user, const char *clip, void **file)
{
    struct file *found = file_of(user, clip);
    CHECK(*file == NULL);
    if (powered(user) != 0)
        return NO_POWER;
    if (found != NULL) {
        CHECK(!found->is_open);
        found->is_open = 1;
        *file = found;
    }
    return 0;
}

static inline int32_t remove_file(void *user, const char *clip)
{
    struct file *found = file_of(user, clip);
    if (powered(user) != 0)
        return NO_POWER;
    if (found != NULL) {
        found->clip[0] = 0;
        free_bytes(&found->bytes);
        free_bytes(&found->synced);
    }
    return 0;
}

static inline int32_t list_empty(void *user, void *list, footage_add_clip add)
{
    struct memory *memory = user;
    int at;
    for (at = 0; at < FILES; at++)
        if (memory->files[at].clip[0] != 0 && memory->files[at].bytes.length == 0)
            CHECK(add(list, memory->files[at].clip) == 0);
    return powered(memory);
}

static inline int32_t read_at(void *user, void *file, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    CHECK(((struct file *)file)->is_open);
    read_bytes(&((struct file *)file)->bytes, offset, bytes, capacity, length);
    return powered(user);
}

static inline int32_t write_at(void *user, void *file, uint64_t offset, const uint8_t *bytes, size_t length)
{
    struct file *to = file;
    CHECK(to->is_open && offset <= to->bytes.length);
    if (powered(user) != 0)
        return NO_POWER;
    if (offset + length > to->bytes.length) {
        to->bytes.at = realloc(to->bytes.at, (size_t)offset + length);
        CHECK(to->bytes.at != NULL);
        to->bytes.length = (size_t)offset + length;
    }
    memcpy(to->bytes.at + offset, bytes, length);
    return 0;
}

static inline int32_t size_of_file(void *user, void *file, uint64_t *size)
{
    *size = ((struct file *)file)->bytes.length;
    return powered(user);
}

static inline int32_t truncate_file(void *user, void *file, uint64_t size)
{
    struct file *to = file;
    if (powered(user) != 0)
        return NO_POWER;
    CHECK(size <= to->bytes.length);
    to->bytes.length = (size_t)size;
    return 0;
}

static inline int32_t sync_file(void *user, void *file)
{
    struct file *to = file;
    if (powered(user) != 0)
        return NO_POWER;
    copy(&to->synced, to->bytes);
    return 0;
}

static inline void close_file(void *user, void *file)
{
    CHECK(((struct file *)file)->memory == user && ((struct file *)file)->is_open);
    ((struct file *)file)->is_open = 0;
}

static inline footage_files_callbacks files_of(struct memory *memory)
{
    footage_files_callbacks files = {NULL,    create,       open_file,     remove_file, list_empty, read_at,
                                     write_at, size_of_file, truncate_file, sync_file,   close_file};
    files.user = memory;
    return files;
}

/* Begins or opens a camera that keeps everything in this memory. */
static inline footage_status camera_on(struct memory *memory, const footage_device *device, int begins,
                                       footage_camera **camera)
{
    footage_store_callbacks store_callbacks = store_of(memory);
    footage_files_callbacks files_callbacks = files_of(memory);
    footage_store *store = NULL;
    footage_files *files = NULL;
    footage_status status;
    OK(footage_store_new(&store_callbacks, &store));
    OK(footage_files_new(&files_callbacks, &files));
    status = begin_or_open(begins, device, store, files, camera);
    footage_store_free(store);
    footage_files_free(files);
    return status;
}

/* The power comes back: what was not synced is lost, or, if the system did not fail with the program, still there. */
static inline void power_on(struct memory *memory, int loses)
{
    int at;
    for (at = 0; at < FILES; at++) {
        CHECK(!memory->files[at].is_open);
        if (loses)
            copy(&memory->files[at].bytes, memory->files[at].synced);
    }
    memory->power = -1;
}

static inline void free_memory(struct memory *memory)
{
    int at;
    for (at = 0; at < FACTS; at++)
        free_bytes(&memory->facts[at].value);
    for (at = 0; at < FILES; at++) {
        free_bytes(&memory->files[at].bytes);
        free_bytes(&memory->files[at].synced);
    }
}

#endif
