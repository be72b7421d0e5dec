/* What an app must not do, and what its callbacks must not, and what comes of it. */
#include <pthread.h>

#include "device.h"
#include "memory.h"

#define THREADS 8

static struct device device;
static footage_owner *owner;
/* A clip of the device's for the owner. */
static struct bytes sealed;

static void lengths(void)
{
    uint8_t bytes[64] = {1};
    size_t length = 7;
    footage_signing_key *key = NULL;
    footage_owner *made = NULL;
    char text[8];

    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, SIZE_MAX, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, (size_t)PTRDIFF_MAX + 1, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, 31, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, 0, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(NULL, 0, &key));
    GIVES(FOOTAGE_NULL, footage_signing_key_restore(NULL, 32, &key));
    CHECK(key == NULL);
    GIVES(FOOTAGE_ARGUMENT, footage_owner_generate(1, &made));
    GIVES(FOOTAGE_ARGUMENT, footage_owner_restore(FOOTAGE_KEM_X25519, bytes, SIZE_MAX, &made));

    /* A buffer that is too small, or whose capacity no object has. */
    OK(footage_signing_key_restore(bytes, 32, &key));
    GIVES(FOOTAGE_TOO_SMALL, footage_signing_key_save(key, bytes, 31, &length));
    CHECK(length == 32 && bytes[0] == 1);
    GIVES(FOOTAGE_TOO_SMALL, footage_signing_key_save(key, bytes, 0, &length));
    OK(footage_signing_key_save(key, NULL, SIZE_MAX, &length));
    GIVES(FOOTAGE_NULL, footage_signing_key_save(key, bytes, sizeof bytes, NULL));
    OK(footage_signing_key_save(key, bytes, SIZE_MAX, &length));
    CHECK(length == 32 && bytes[32] == 0);

    /* Texts have a NUL that does not count. */
    GIVES(FOOTAGE_NULL, footage_signing_key_generate(NULL));
    GIVES(FOOTAGE_TOO_SMALL, footage_last_error_message(text, sizeof text, &length));
    CHECK(length > sizeof text);
    GIVES(FOOTAGE_TOO_SMALL, footage_last_error_message(text, 0, &length));
    GIVES(FOOTAGE_NULL, footage_last_error_message(text, sizeof text, NULL));
    OK(footage_last_error_message(NULL, 0, &length));
    {
        struct bytes message = make(length);
        GIVES(FOOTAGE_TOO_SMALL, footage_last_error_message((char *)message.at, message.length, &length));
        free_bytes(&message);
        message = make(length + 1);
        OK(footage_last_error_message((char *)message.at, message.length, &length));
        CHECK(strlen((char *)message.at) == length);
        free_bytes(&message);
    }

    /* Certificates of what is no camera. */
    GIVES(FOOTAGE_ARGUMENT, footage_certificate_request(bytes, 15, "acme", "x", key, NULL, 0, &length));
    GIVES(FOOTAGE_ARGUMENT, footage_certificate_request(bytes, 16, "A B", "x", key, NULL, 0, &length));
    GIVES(FOOTAGE_ARGUMENT, footage_certificate_request(bytes, 16, "acme", "\xff", key, NULL, 0, &length));
    GIVES(FOOTAGE_NULL, footage_certificate_request(bytes, 16, NULL, "x", key, NULL, 0, &length));
    {
        struct bytes request;
        FETCH(request, footage_certificate_request(bytes, 16, "acme", "x", key, FETCHED));
        OK(footage_certificate_sign(bytes, 16, "acme", "x", request.at, request.length, 1, key, NULL, 0, &length));
        /* C18: what the camera did not ask for, or did not sign. */
        GIVES(FOOTAGE_ARGUMENT, footage_certificate_sign(bytes, 16, "other", "x", request.at, request.length, 1, key,
                                                         NULL, 0, &length));
        GIVES(FOOTAGE_ARGUMENT, footage_certificate_sign(bytes, 16, "acme", "y", request.at, request.length, 1, key,
                                                         NULL, 0, &length));
        request.at[request.length - 1] ^= 1;
        GIVES(FOOTAGE_SIGNATURE, footage_certificate_sign(bytes, 16, "acme", "x", request.at, request.length, 1, key,
                                                          NULL, 0, &length));
        free_bytes(&request);
    }

    CHECK(footage_status_message(FOOTAGE_OK) != NULL && footage_status_message(-1) != NULL);
    footage_signing_key_free(key);
}

static void wrong_handles(void)
{
    footage_signing_key *key = NULL;
    footage_clip *clip = NULL;
    footage_source source = source_of(&sealed);
    uint8_t bytes[32];
    size_t length = 0;
    OK(footage_signing_key_generate(&key));
    OK(footage_clip_open(&source, &clip));
    GIVES(FOOTAGE_HANDLE, footage_signing_key_public((footage_signing_key *)owner, bytes, sizeof bytes, &length));
    GIVES(FOOTAGE_HANDLE, footage_owner_save((footage_owner *)clip, bytes, sizeof bytes, &length));
    GIVES(FOOTAGE_HANDLE, footage_clip_unlock((footage_clip *)key, owner));
    GIVES(FOOTAGE_HANDLE, footage_clip_unlock(clip, (footage_owner *)key));
    /* Freeing through a wrong type frees nothing. */
    footage_owner_free((footage_owner *)key);
    footage_camera_free((footage_camera *)clip);
    footage_store_free((footage_store *)owner);
    footage_files_free((footage_files *)owner);
    footage_recording_free((footage_recording *)owner);
    OK(footage_signing_key_public(key, bytes, sizeof bytes, &length));
    OK(footage_clip_unlock(clip, owner));
    footage_signing_key_free(key);
    footage_clip_free(clip);
}

static void order(void)
{
    footage_source source = source_of(&sealed);
    footage_clip *clip = NULL;
    footage_segment segment;
    uint32_t first, end;
    uint8_t byte;
    size_t length = 0;
    OK(footage_clip_open(&source, &clip));
    GIVES(FOOTAGE_ORDER, footage_clip_segment(clip, 0, NULL, 0, &length));
    OK(footage_clip_unlock(clip, owner));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_select(clip, STARTED + 1, STARTED, &first, &end));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_select(clip, -1, STARTED, &first, &end));
    GIVES(FOOTAGE_NOT_FOUND, footage_clip_segment_info(clip, SEGMENTS, &segment));
    GIVES(FOOTAGE_NOT_FOUND, footage_clip_segment(clip, UINT32_MAX, NULL, 0, &length));
    GIVES(FOOTAGE_TOO_SMALL, footage_clip_segment(clip, 2, &byte, 1, &length));
    CHECK(length == 2000);
    footage_clip_free(clip);
}

/* Callbacks of sources that fail, or lie. */

struct source {
    footage_clip *clip;
    int lie;
    unsigned calls;
};

static int32_t lying_read(void *user, uint64_t offset, uint8_t *bytes, size_t capacity, size_t *length)
{
    struct source *source = user;
    uint32_t first, end;
    source->calls++;
    read_bytes(&sealed, offset, bytes, capacity, length);
    switch (source->lie) {
    case 1:
        return 5;
    case 2:
        *length = capacity + 1;
        return 0;
    case 3:
        *length = SIZE_MAX;
        return 0;
    case 4:
        *length = 0;
        return 0;
    case 5:
        /* Zeroes in the place of what is there. */
        memset(bytes, 0, *length);
        return 0;
    case 6:
        /* It calls back in. */
        GIVES(FOOTAGE_BUSY, footage_clip_unlock(source->clip, owner));
        GIVES(FOOTAGE_BUSY, footage_clip_select(source->clip, STARTED, STARTED + 1, &first, &end));
        return 0;
    default:
        return 0;
    }
}

static int32_t lying_size(void *user, uint64_t *size)
{
    const struct source *source = user;
    *size = source->lie == 10 ? sealed.length - 1 : source->lie == 11 ? UINT64_MAX : source->lie == 12 ? 0 : sealed.length;
    return source->lie == 13 ? -1 : 0;
}

static void sources(void)
{
    struct source state = {NULL, 0, 0};
    footage_source source = {NULL, lying_read, lying_size};
    footage_status status;
    struct bytes content;
    size_t length = 0;
    source.user = &state;
    for (state.lie = 1; state.lie < 14; state.lie++) {
        footage_clip *clip = NULL;
        if (state.lie >= 6 && state.lie < 10)
            continue;
        status = footage_clip_open(&source, &clip);
        /* The footer is only a hint: with a wrong size the clip is read from its beginning. */
        if (status == FOOTAGE_OK) {
            CHECK(state.lie >= 10);
            footage_clip_free(clip);
        } else {
            CHECK(status == FOOTAGE_IO || status == FOOTAGE_MALFORMED);
            CHECK(clip == NULL);
        }
        if (state.lie == 1)
            says("`read` returned 5");
        if (state.lie == 2 || state.lie == 3)
            says("`read` gave");
    }
    state.lie = 0;
    OK(footage_clip_open(&source, &state.clip));
    OK(footage_clip_unlock(state.clip, owner));
    state.calls = 0;
    state.lie = 6;
    FETCH(content, footage_clip_segment(state.clip, 2, FETCHED));
    CHECK(state.calls > 0 && content.length == 2000);
    free_bytes(&content);
    for (state.lie = 1; state.lie < 6; state.lie++) {
        status = footage_clip_segment(state.clip, 3, NULL, 0, &length);
        CHECK(status == FOOTAGE_IO || status == FOOTAGE_MALFORMED);
    }
    footage_clip_free(state.clip);
    source.size = NULL;
    GIVES(FOOTAGE_ARGUMENT, footage_clip_open(&source, &state.clip));
    says("`size` is NULL");
    source.read = NULL;
    GIVES(FOOTAGE_ARGUMENT, footage_clip_open(&source, &state.clip));
    says("`read` is NULL");
}

/* Callbacks that are NULL. */
static void missing(void)
{
    struct memory memory = {0};
    footage_store *store = NULL;
    footage_files *files = NULL;
    const footage_store_callbacks stores = store_of(&memory);
    const footage_files_callbacks all = files_of(&memory);
    footage_store_callbacks some;
    footage_files_callbacks few;
#define WITHOUT(callbacks, whole, member, place, make, free_it, expected) \
    callbacks = whole; \
    callbacks.member = NULL; \
    GIVES(expected, make(&callbacks, &place)); \
    if ((expected) == FOOTAGE_OK) \
        free_it(place); \
    else \
        says("`" #member "` is NULL")
#define STORE(member, expected) WITHOUT(some, stores, member, store, footage_store_new, footage_store_free, expected)
#define FILES_(member, expected) WITHOUT(few, all, member, files, footage_files_new, footage_files_free, expected)
    STORE(fact, FOOTAGE_ARGUMENT);
    STORE(put_fact, FOOTAGE_ARGUMENT);
    STORE(remove_fact, FOOTAGE_ARGUMENT);
    STORE(list_facts, FOOTAGE_ARGUMENT);
    STORE(secret, FOOTAGE_ARGUMENT);
    STORE(put_secret, FOOTAGE_ARGUMENT);
    STORE(erase, FOOTAGE_ARGUMENT);
    STORE(list_secrets, FOOTAGE_ARGUMENT);
    STORE(floor, FOOTAGE_OK);
    STORE(raise_floor, FOOTAGE_OK);
    FILES_(create, FOOTAGE_ARGUMENT);
    FILES_(open, FOOTAGE_ARGUMENT);
    FILES_(remove, FOOTAGE_ARGUMENT);
    FILES_(list_empty, FOOTAGE_OK);
    FILES_(read, FOOTAGE_ARGUMENT);
    FILES_(write, FOOTAGE_ARGUMENT);
    FILES_(size, FOOTAGE_ARGUMENT);
    FILES_(truncate, FOOTAGE_ARGUMENT);
    FILES_(sync, FOOTAGE_ARGUMENT);
    FILES_(close, FOOTAGE_OK);
    CHECK(memory.calls == 0);
}

/* Callbacks of a camera that lie, or call back in. */

static struct {
    footage_camera *camera;
    footage_recording *recording;
    int lie;
    unsigned calls;
} at_work;

static int32_t lying_fact(void *user, const char *key, uint8_t *value, size_t capacity, size_t *length)
{
    if (at_work.lie == 1) {
        *length = ((size_t)1 << 20) + 1;
        return 0;
    }
    if (at_work.lie == 2) {
        *length = capacity + 1; /* each time a little more */
        return 0;
    }
    if (at_work.lie == 3) {
        *length = 3;
        memset(value, 0xff, 3);
        return 0;
    }
    return fact(user, key, value, capacity, length);
}

static int32_t put_fact_and_call(void *user, const char *key, const uint8_t *value, size_t length)
{
    size_t ignored;
    if (at_work.camera != NULL) {
        at_work.calls++;
        GIVES(FOOTAGE_BUSY, footage_camera_open_clips(at_work.camera, NULL, 0, &ignored));
        GIVES(FOOTAGE_BUSY, start(at_work.camera, &at_work.recording));
    }
    return at_work.lie == 4 ? 7 : put_fact(user, key, value, length);
}

static int32_t write_and_call(void *user, void *file, uint64_t offset, const uint8_t *bytes, size_t length)
{
    size_t ignored;
    if (at_work.recording != NULL) {
        at_work.calls++;
        GIVES(FOOTAGE_BUSY, seal(at_work.recording, at_work.camera, 1));
        GIVES(FOOTAGE_BUSY, footage_recording_finish(at_work.recording, at_work.camera));
        /* The camera is in use as well. */
        GIVES(FOOTAGE_BUSY, footage_camera_open_clips(at_work.camera, NULL, 0, &ignored));
    }
    return write_at(user, file, offset, bytes, length);
}

static int32_t create_nothing(void *user, const char *clip, void **file)
{
    (void)user, (void)clip, (void)file;
    return 0;
}

static int32_t list_nonsense(void *user, void *list, footage_add_clip add)
{
    (void)user;
    CHECK(add(list, NULL) != 0 && add(list, "clip") != 0 && add(NULL, "00000000000000000000000000000000") != 0);
    return 0;
}

static footage_status make_camera(const footage_store_callbacks *stores, const footage_files_callbacks *all, int begins)
{
    footage_store *store = NULL;
    footage_files *files = NULL;
    footage_status status;
    OK(footage_store_new(stores, &store));
    OK(footage_files_new(all, &files));
    at_work.camera = NULL;
    status = begin_or_open(begins, &device.device, store, files, &at_work.camera);
    footage_store_free(store);
    footage_files_free(files);
    return status;
}

static void cameras(void)
{
    struct memory memory = {0};
    footage_store_callbacks stores = store_of(&memory);
    footage_files_callbacks all = files_of(&memory);
    footage_recording *recording = NULL;
    memory.power = -1;
    memset(&at_work, 0, sizeof at_work);
    stores.fact = lying_fact;
    stores.put_fact = put_fact_and_call;
    all.write = write_and_call;
    for (at_work.lie = 1; at_work.lie < 4; at_work.lie++) {
        GIVES(at_work.lie == 3 ? FOOTAGE_EXISTS : FOOTAGE_STORE, make_camera(&stores, &all, 1));
        GIVES(at_work.lie == 3 ? FOOTAGE_MALFORMED : FOOTAGE_STORE, make_camera(&stores, &all, 0));
    }
    GIVES(FOOTAGE_STORE, make_camera(&stores, &all, 1));
    says("`put_fact` returned 7");
    at_work.lie = 0;
    OK(make_camera(&stores, &all, 1));
    footage_camera_free(at_work.camera);

    /* Lists of what is no clip; and then files that are none. */
    all.list_empty = list_nonsense;
    OK(make_camera(&stores, &all, 0));
    footage_camera_free(at_work.camera);
    all = files_of(&memory);
    all.create = create_nothing;
    OK(make_camera(&stores, &all, 0));
    GIVES(FOOTAGE_IO, start(at_work.camera, &recording));
    says("`create` gave NULL");
    footage_camera_free(at_work.camera);

    /* A store that fails once is asked no more. */
    all.create = create;
    stores.put_fact = put_fact;
    OK(make_camera(&stores, &all, 0));
    memory.power = 1; /* the file is created */
    GIVES(FOOTAGE_STORE, start(at_work.camera, &recording));
    memory.power = -1;
    GIVES(FOOTAGE_STORE, start(at_work.camera, &recording));
    says("open it again");
    footage_camera_free(at_work.camera);
    free_memory(&memory);
}

static void calls_back(void)
{
    struct memory memory = {0};
    footage_store_callbacks stores = store_of(&memory);
    footage_files_callbacks all = files_of(&memory);
    memset(&at_work, 0, sizeof at_work);
    memory.power = -1;
    all.write = write_and_call;
    OK(make_camera(&stores, &all, 1));
    OK(start(at_work.camera, &at_work.recording));
    OK(seal(at_work.recording, at_work.camera, 0));
    CHECK(at_work.calls > 0);
    footage_recording_free(at_work.recording);
    footage_camera_free(at_work.camera);

    memset(&at_work, 0, sizeof at_work);
    stores.put_fact = put_fact_and_call;
    all.write = write_at;
    OK(make_camera(&stores, &all, 0));
    {
        footage_recording *recording = NULL;
        OK(start(at_work.camera, &recording));
        footage_recording_free(recording);
    }
    CHECK(at_work.calls > 0 && at_work.recording == NULL);
    footage_camera_free(at_work.camera);
    free_memory(&memory);
}

/* A store has one camera, and a recording is finished on its own. */
static void taken(void)
{
    struct memory one = {0}, two = {0};
    footage_store_callbacks callbacks = store_of(&one);
    footage_store *store = NULL;
    footage_files_callbacks all = files_of(&one);
    footage_files *files = NULL;
    footage_camera *camera = NULL, *other = NULL;
    footage_recording *recording = NULL;
    one.power = two.power = -1;
    OK(footage_store_new(&callbacks, &store));
    OK(footage_files_new(&all, &files));
    OK(begin_or_open(1, &device.device, store, files, &camera));
    GIVES(FOOTAGE_ORDER, footage_camera_open(&device.device, store, files, &other));
    footage_store_free(store);
    footage_files_free(files);
    OK(camera_on(&two, &device.device, 1, &other));
    OK(start(camera, &recording));
    OK(seal(recording, camera, 0));
    GIVES(FOOTAGE_ORDER, seal(recording, other, 1));
    GIVES(FOOTAGE_ORDER, footage_recording_finish(recording, other));
    footage_recording_free(recording);
    footage_camera_free(camera);
    footage_camera_free(other);
    free_memory(&one);
    free_memory(&two);
}

/* One clip, many threads: each call is done, or finds it in use. */
static void *on_one(void *shared)
{
    unsigned done = 0;
    while (done < 20) {
        footage_segment segment;
        footage_status status = footage_clip_segment_info(shared, 4, &segment);
        if (status == FOOTAGE_OK) {
            CHECK(segment.start == 1000 && segment.length == 4000);
            done++;
        } else {
            CHECK(status == FOOTAGE_BUSY);
        }
    }
    return NULL;
}

/* Each thread its own camera and clip; the owner's key alone is shared. */
static void *on_own(void *shared)
{
    struct memory memory = {0};
    footage_camera *camera = NULL;
    footage_clip *clip = NULL;
    footage_source source = source_of(&sealed);
    footage_status status;
    (void)shared;
    memory.power = -1;
    while ((status = camera_on(&memory, &device.device, 1, &camera)) != FOOTAGE_OK)
        CHECK(status == FOOTAGE_BUSY);
    footage_camera_free(camera);
    OK(footage_clip_open(&source, &clip));
    while ((status = footage_clip_unlock(clip, owner)) != FOOTAGE_OK)
        CHECK(status == FOOTAGE_BUSY);
    footage_clip_free(clip);
    free_memory(&memory);
    return NULL;
}

/* The last error is the thread's own. */
static void *errs(void *context)
{
    char text[200] = "x";
    size_t length = 1;
    (void)context;
    OK(footage_last_error_message(text, sizeof text, &length));
    CHECK(length == 0 && text[0] == 0);
    GIVES(FOOTAGE_NULL, footage_clip_unlock(NULL, NULL));
    return NULL;
}

static void threads(void)
{
    pthread_t threads[2 * THREADS], thread;
    footage_source source = source_of(&sealed);
    footage_clip *clip = NULL;
    char before[200], after[200];
    size_t length;
    unsigned n;
    OK(footage_clip_open(&source, &clip));
    for (n = 0; n < 2 * THREADS; n++)
        CHECK(pthread_create(&threads[n], NULL, n < THREADS ? on_one : on_own, clip) == 0);
    for (n = 0; n < 2 * THREADS; n++)
        CHECK(pthread_join(threads[n], NULL) == 0);
    footage_clip_free(clip);
    GIVES(FOOTAGE_HANDLE, footage_clip_unlock((footage_clip *)owner, owner));
    OK(footage_last_error_message(before, sizeof before, &length));
    CHECK(pthread_create(&thread, NULL, errs, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    OK(footage_last_error_message(after, sizeof after, &length));
    CHECK(strcmp(before, after) == 0);
}

int main(void)
{
    struct memory memory = {0};
    footage_camera *camera = NULL;
    footage_recording *recording = NULL;
    uint32_t n;
    OK(footage_owner_generate(FOOTAGE_KEM_X25519, &owner));
    make_owner_list(owner, NULL);
    make_device(&device);
    memory.power = -1;
    OK(camera_on(&memory, &device.device, 1, &camera));
    OK(start(camera, &recording));
    for (n = 0; n < GROUPS; n++)
        OK(seal(recording, camera, n));
    OK(footage_recording_finish(recording, camera));
    footage_recording_free(recording);
    footage_camera_free(camera);
    copy(&sealed, memory.files[0].bytes);
    free_memory(&memory);

    lengths();
    wrong_handles();
    order();
    sources();
    missing();
    cameras();
    calls_back();
    taken();
    threads();
    footage_owner_free(owner);
    free_bytes(&owner_list);
    free_device(&device);
    free_bytes(&sealed);
    return 0;
}
