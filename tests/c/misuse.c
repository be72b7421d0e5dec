/* What an app must not do, and what comes of it. */
#include <pthread.h>

#include "sealed.h"

#define THREADS 8

static void lengths(void)
{
    uint8_t bytes[64] = {1};
    size_t length = 7;
    footage_signing_key *key = NULL;
    footage_owner *owner = NULL;
    footage_list *list = NULL;
    footage_ledger *ledger = NULL;
    char text[8];

    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, SIZE_MAX, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, (size_t)PTRDIFF_MAX + 1, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, 31, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(bytes, 0, &key));
    GIVES(FOOTAGE_ARGUMENT, footage_signing_key_restore(NULL, 0, &key));
    GIVES(FOOTAGE_NULL, footage_signing_key_restore(NULL, 32, &key));
    CHECK(key == NULL);
    GIVES(FOOTAGE_ARGUMENT, footage_owner_generate(1, &owner));
    GIVES(FOOTAGE_ARGUMENT, footage_owner_restore(FOOTAGE_KEM_X25519, bytes, SIZE_MAX, &owner));
    GIVES(FOOTAGE_ARGUMENT, footage_statement_json(bytes, SIZE_MAX, NULL, 0, &length));
    GIVES(FOOTAGE_MALFORMED, footage_statement_json(bytes, 0, NULL, 0, &length));
    GIVES(FOOTAGE_MALFORMED, footage_statement_id(bytes, sizeof bytes, NULL, 0, &length));
    CHECK(length == 7);

    /* A buffer that is too small, or that its own capacity denies. */
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
        free(message.at);
        message = make(length + 1);
        OK(footage_last_error_message((char *)message.at, message.length, &length));
        CHECK(strlen((char *)message.at) == length);
        free(message.at);
    }

    /* JSON and texts that are none. */
    GIVES(FOOTAGE_ARGUMENT, footage_statement_sign("{", key, NULL, 0, &length));
    GIVES(FOOTAGE_ARGUMENT, footage_statement_sign("\xff", key, NULL, 0, &length));
    GIVES(FOOTAGE_ARGUMENT, footage_ledger_new("{}", &ledger));
    CHECK(list == NULL && ledger == NULL);
    GIVES(FOOTAGE_NULL, footage_list_count(list, &length));
    footage_list_free(list);

    CHECK(footage_status_message(FOOTAGE_OK) != NULL && footage_status_message(-1) != NULL);
    CHECK(footage_version() ==
          (FOOTAGE_VERSION_MAJOR << 16 | FOOTAGE_VERSION_MINOR << 8 | FOOTAGE_VERSION_PATCH));
    footage_signing_key_free(key);
}

static void overlaps(const footage_owner *owner)
{
    footage_camera *camera = make_camera();
    struct bytes clip, room = make(CONTENT + FOOTAGE_SEGMENT_OVERHEAD), content = make(CONTENT), statement;
    footage_recording *recording = begin(camera, owner, &clip);
    footage_signing_key *key;
    size_t length = 0;
    char text[65], json[200];

    memset(room.at, 5, room.length);
    GIVES(FOOTAGE_OVERLAP, footage_recording_media(recording, 0, 1000, room.at, CONTENT, room.at, room.length, &length));
    GIVES(FOOTAGE_OVERLAP, footage_recording_media(recording, 0, 1000, room.at + room.length - 1, 1, room.at,
                                                   room.length, &length));
    GIVES(FOOTAGE_OVERLAP, footage_recording_init(recording, room.at, CONTENT, room.at + CONTENT - 1,
                                                  CONTENT + FOOTAGE_SEGMENT_OVERHEAD, &length));
    GIVES(FOOTAGE_OVERLAP, footage_recording_init(recording, (uint8_t *)&length, 1, room.at, room.length, &length));
    CHECK(room.at[0] == 5 && room.at[room.length - 1] == 5);
    GIVES(FOOTAGE_ARGUMENT,
          footage_recording_media(recording, 0, 1000, content.at, SIZE_MAX, room.at, room.length, &length));
    GIVES(FOOTAGE_TOO_SMALL,
          footage_recording_media(recording, 0, 1000, content.at, content.length, room.at, 1, &length));
    CHECK(length == CONTENT + FOOTAGE_SEGMENT_OVERHEAD);
    /* Only asked, nothing is sealed: the content stays, and the clip is the one that it is without. */
    memset(content.at, 0, content.length);
    OK(footage_recording_media(recording, 0, 1000, content.at, content.length, NULL, 0, &length));
    OK(footage_recording_media(recording, 0, 1000, content.at, content.length, NULL, SIZE_MAX, &length));
    CHECK(content.at[0] == 0 && content.at[CONTENT - 1] == 0);
    media(recording, 0, &clip);
    finish(camera, recording, &clip);
    GIVES(FOOTAGE_ORDER, footage_recording_finish(recording, room.at, room.length, &length));
    GIVES(FOOTAGE_ORDER, footage_recording_clip(recording, NULL, 0, &length));
    GIVES(FOOTAGE_ORDER,
          footage_recording_media(recording, 0, 1, content.at, content.length, room.at, room.length, &length));
    footage_recording_free(recording);
    footage_camera_free(camera);

    /* A result may go where the call read from. */
    OK(footage_signing_key_generate(&key));
    FETCH(statement, footage_signing_key_public(key, FETCHED));
    hex(statement.at, statement.length, text);
    snprintf(json, sizeof json, "{\"withdrawal\":{\"key\":\"%s\",\"nonce\":\"%s\"}}", text, text);
    free(statement.at);
    FETCH(statement, footage_statement_sign(json, key, FETCHED));
    OK(footage_statement_id(statement.at, statement.length, statement.at, statement.length, &length));
    CHECK(length == 32);
    footage_signing_key_free(key);
    free(statement.at);
    free(content.at);
    free(room.at);
    free(clip.at);
}

static void wrong_handles(void)
{
    footage_signing_key *key;
    footage_owner *owner;
    footage_stream *stream;
    uint8_t bytes[32];
    size_t length = 0;

    OK(footage_signing_key_generate(&key));
    OK(footage_owner_generate(FOOTAGE_KEM_X25519, &owner));
    OK(footage_stream_new_output(&stream));
    GIVES(FOOTAGE_HANDLE, footage_signing_key_public((footage_signing_key *)owner, bytes, sizeof bytes, &length));
    GIVES(FOOTAGE_HANDLE, footage_owner_save((footage_owner *)stream, bytes, sizeof bytes, &length));
    GIVES(FOOTAGE_HANDLE, footage_stream_fail((footage_stream *)key));
    /* A close through a wrong type closes nothing. */
    footage_owner_free((footage_owner *)key);
    footage_stream_free((footage_stream *)owner);
    footage_clip_free((footage_clip *)stream);
    OK(footage_signing_key_public(key, bytes, sizeof bytes, &length));
    OK(footage_owner_save(owner, bytes, sizeof bytes, &length));
    OK(footage_stream_fail(stream));
    footage_signing_key_free(key);
    footage_owner_free(owner);
    footage_stream_free(stream);
}

static void order(const footage_owner *owner, struct bytes file)
{
    footage_stream *in, *out;
    footage_clip *clip;
    footage_segment segment;
    uint32_t first, end;
    uint64_t offset = 1;
    uint8_t bytes[1];
    size_t length = 0;

    OK(footage_stream_new_input(file.length, &in));
    OK(footage_stream_new_output(&out));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_new(out, &clip));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_ORDER, footage_clip_unlock(clip, owner));
    GIVES(FOOTAGE_ORDER, footage_clip_info(clip, NULL, 0, &length));
    GIVES(FOOTAGE_ORDER, footage_clip_segment_info(clip, 0, &segment));
    GIVES(FOOTAGE_ORDER, footage_clip_select(clip, STARTED, STARTED + 9000, &first, &end));
    GIVES(FOOTAGE_ORDER, footage_stream_feed(in, file.at, 1));
    GIVES(FOOTAGE_ORDER, footage_stream_feed(in, NULL, 0));

    GIVES(FOOTAGE_WANT, footage_clip_open(clip));
    GIVES(FOOTAGE_WANT, footage_clip_open(clip)); /* nothing was fed: it goes on wanting */
    GIVES(FOOTAGE_ORDER, footage_clip_info(clip, NULL, 0, &length));
    GIVES(FOOTAGE_ORDER, footage_clip_segment(clip, 0, out));
    OK(footage_stream_wanted(in, &offset, &length));
    CHECK(length > 0 && length <= file.length);
    GIVES(FOOTAGE_ARGUMENT, footage_stream_feed(in, file.at, length + 1));
    GIVES(FOOTAGE_ARGUMENT, footage_stream_feed(in, file.at, SIZE_MAX));
    GIVES(FOOTAGE_NULL, footage_stream_feed(in, NULL, 1));
    /* A little at a time is enough. */
    OK(footage_stream_feed(in, file.at + offset, 1));
    FED(footage_clip_open(clip), in, file);
    GIVES(FOOTAGE_ORDER, footage_clip_open(clip));
    GIVES(FOOTAGE_ORDER, footage_clip_segment(clip, 0, out));
    {
        footage_owner *other;
        OK(footage_owner_generate(FOOTAGE_KEM_X25519, &other));
        GIVES(FOOTAGE_LOCKED, footage_clip_unlock(clip, other));
        footage_owner_free(other);
    }
    OK(footage_clip_unlock(clip, owner));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_segment(clip, 0, in));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_select(clip, STARTED + 1, STARTED, &first, &end));
    GIVES(FOOTAGE_ARGUMENT, footage_clip_select(clip, -1, STARTED, &first, &end));
    GIVES(FOOTAGE_NOT_FOUND, footage_clip_segment_info(clip, SEGMENTS, &segment));
    GIVES(FOOTAGE_NOT_FOUND, footage_clip_segment_info(clip, UINT32_MAX, &segment));
    FED(footage_clip_segment_info(clip, SEGMENTS - 1, &segment), in, file);
    CHECK(segment.length == CONTENT && segment.kind == FOOTAGE_SEGMENT_MEDIA && segment.init == FOOTAGE_NO_INIT);
    FED(footage_clip_select(clip, STARTED, STARTED + 3000, &first, &end), in, file);
    CHECK(first == 0 && end == 3);

    /* The output has to be taken; an input has nothing to take, an output wants nothing. */
    GIVES(FOOTAGE_ARGUMENT, footage_stream_feed(out, file.at, 1));
    OK(footage_stream_take(in, bytes, 1, &length));
    CHECK(length == 0);
    {
        footage_status status;
        size_t taken = 0;
        while ((status = footage_clip_segment(clip, 2, out)) == FOOTAGE_WANT) {
            feed(in, file);
            OK(footage_stream_wanted(out, &offset, &length));
            CHECK(length == 0);
            OK(footage_stream_take(out, NULL, 0, &length));
            OK(footage_stream_take(out, bytes, 0, &length));
            OK(footage_stream_take(out, bytes, 1, &length));
            CHECK(length == 0 || bytes[0] == 2);
            taken += length;
        }
        GIVES(FOOTAGE_OK, status);
        CHECK(taken == CONTENT);
    }
    footage_clip_free(clip);
    footage_stream_free(in);
    footage_stream_free(out);
}

/* Streams that end, fail, or lie. */
static void streams(struct bytes file)
{
    footage_stream *in;
    footage_clip *clip;
    footage_status status;
    uint64_t offset;
    size_t length;

    OK(footage_stream_new_input(file.length, &in));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_WANT, footage_clip_open(clip));
    OK(footage_stream_feed(in, NULL, 0));
    GIVES(FOOTAGE_MALFORMED, footage_clip_open(clip));
    GIVES(FOOTAGE_ORDER, footage_clip_open(clip));
    footage_clip_free(clip);
    footage_stream_free(in);

    OK(footage_stream_new_input(file.length, &in));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_WANT, footage_clip_open(clip));
    OK(footage_stream_fail(in));
    GIVES(FOOTAGE_STORE, footage_clip_open(clip));
    footage_clip_free(clip);
    footage_stream_free(in);

    /* Longer than the file is, and of a length that no file has. */
    OK(footage_stream_new_input(UINT64_MAX - 1, &in));
    OK(footage_clip_new(in, &clip));
    while ((status = footage_clip_open(clip)) == FOOTAGE_WANT) {
        OK(footage_stream_wanted(in, &offset, &length));
        OK(footage_stream_feed(in, file.at, offset == 0 ? 1 : 0));
    }
    CHECK(status == FOOTAGE_MALFORMED || status == FOOTAGE_STORE);
    footage_clip_free(clip);
    footage_stream_free(in);

    OK(footage_stream_new_input(0, &in));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_MALFORMED, footage_clip_open(clip));
    footage_clip_free(clip);
    footage_stream_free(in);
}

/* What was suspended is freed, and parents before their children. */
static void freed(const footage_owner *owner, struct bytes file)
{
    footage_stream *in, *out;
    footage_clip *clip;

    OK(footage_stream_new_input(file.length, &in));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_WANT, footage_clip_open(clip));
    footage_clip_free(clip);
    footage_stream_free(in);

    OK(footage_stream_new_input(file.length, &in));
    OK(footage_clip_new(in, &clip));
    GIVES(FOOTAGE_WANT, footage_clip_open(clip));
    footage_stream_free(in);
    GIVES(FOOTAGE_STORE, footage_clip_open(clip));
    footage_clip_free(clip);

    OK(footage_stream_new_input(file.length, &in));
    OK(footage_clip_new(in, &clip));
    footage_stream_free(in);
    GIVES(FOOTAGE_STORE, footage_clip_open(clip));
    footage_clip_free(clip);

    /* In the middle of its output, which then goes first. */
    OK(footage_stream_new_input(file.length, &in));
    OK(footage_stream_new_output(&out));
    OK(footage_clip_new(in, &clip));
    FED(footage_clip_open(clip), in, file);
    OK(footage_clip_unlock(clip, owner));
    while (footage_clip_segment(clip, 1, out) == FOOTAGE_WANT && feed(in, file))
        ;
    GIVES(FOOTAGE_WANT, footage_clip_segment(clip, 1, out));
    footage_stream_free(out);
    footage_stream_free(in);
    footage_clip_free(clip);

    OK(footage_stream_new_input(file.length, &in));
    OK(footage_stream_new_output(&out));
    OK(footage_clip_new(in, &clip));
    FED(footage_clip_open(clip), in, file);
    OK(footage_clip_unlock(clip, owner));
    while (footage_clip_segment(clip, 1, out) == FOOTAGE_WANT && feed(in, file))
        ;
    OK(footage_stream_fail(out));
    GIVES(FOOTAGE_STORE, footage_clip_segment(clip, 1, out));
    footage_clip_free(clip);
    footage_stream_free(out);
    footage_stream_free(in);

    {
        struct bytes recorded, room = make(FOOTAGE_SEGMENT_OVERHEAD);
        size_t length;
        footage_camera *camera = make_camera();
        footage_recording *recording = begin(camera, owner, &recorded);
        footage_camera_free(camera);
        media(recording, 0, &recorded);
        GIVES(FOOTAGE_UNSAVED, footage_recording_finish(recording, room.at, room.length, &length));
        footage_recording_free(recording);
        free(recorded.at);
        free(room.at);
    }
}

struct back {
    footage_stream *stream;
    footage_clip *clip;
    uint64_t moved;
    unsigned calls;
};

/* Calls back in. */
static void progress(void *context, uint64_t moved)
{
    struct back *back = context;
    uint64_t offset;
    size_t length = 0;
    uint8_t byte = 0;
    footage_status status;
    CHECK(moved > back->moved);
    back->moved = moved;
    back->calls++;
    GIVES(FOOTAGE_BUSY, footage_stream_wanted(back->stream, &offset, &length));
    GIVES(FOOTAGE_BUSY, footage_stream_feed(back->stream, &byte, 1));
    GIVES(FOOTAGE_BUSY, footage_stream_take(back->stream, &byte, 1, &length));
    GIVES(FOOTAGE_BUSY, footage_stream_fail(back->stream));
    GIVES(FOOTAGE_BUSY, footage_stream_on_progress(back->stream, NULL, NULL));
    /* What does not need the stream's handle goes on. */
    status = footage_clip_open(back->clip);
    CHECK(status == FOOTAGE_WANT || status == FOOTAGE_OK || status == FOOTAGE_ORDER);
}

static void calls_back(struct bytes file)
{
    struct back back = {NULL, NULL, 0, 0};
    OK(footage_stream_new_input(file.length, &back.stream));
    OK(footage_clip_new(back.stream, &back.clip));
    OK(footage_stream_on_progress(back.stream, progress, &back));
    for (;;) {
        footage_status status = footage_clip_open(back.clip);
        if (status != FOOTAGE_WANT) {
            CHECK(status == FOOTAGE_OK || status == FOOTAGE_ORDER); /* it may be open since the callback */
            break;
        }
        feed(back.stream, file);
    }
    CHECK(back.calls > 0);
    OK(footage_stream_on_progress(back.stream, NULL, NULL));
    footage_clip_free(back.clip);
    footage_stream_free(back.stream);
}

struct shared {
    const footage_owner *owner;
    footage_signing_key *key;
    footage_stream *in;
    footage_clip *clip;
    struct bytes file;
    pthread_mutex_t serving;
};

/* One handle, many threads: each call is done or finds it in use. */
static void *on_one(void *context)
{
    struct shared *shared = context;
    unsigned done = 0, n;
    for (n = 0; n < 200; n++) {
        uint8_t bytes[32];
        size_t length = 0;
        footage_status status = footage_signing_key_public(shared->key, bytes, sizeof bytes, &length);
        CHECK(status == FOOTAGE_OK || status == FOOTAGE_BUSY);
        CHECK(length == (status == FOOTAGE_OK ? 32U : 0U));
    }
    while (done < 20) {
        footage_segment segment;
        footage_status status = footage_clip_segment_info(shared->clip, 3, &segment);
        if (status == FOOTAGE_OK) {
            CHECK(segment.start == 3000 && segment.length == CONTENT);
            done++;
        } else if (status == FOOTAGE_WANT) {
            /* Whoever serves a stream asks and feeds in one go. */
            CHECK(pthread_mutex_lock(&shared->serving) == 0);
            feed(shared->in, shared->file);
            CHECK(pthread_mutex_unlock(&shared->serving) == 0);
        } else {
            CHECK(status == FOOTAGE_BUSY);
        }
    }
    return NULL;
}

/* Each thread its own handles, of one owner's key that is only ever found in use. */
static void *on_own(void *context)
{
    struct shared *shared = context;
    footage_owner *owner;
    footage_stream *in;
    footage_clip *clip;
    struct bytes file;
    footage_status status;
    OK(footage_owner_generate(FOOTAGE_KEM_X25519, &owner));
    file = sealed(owner);
    OK(footage_stream_new_input(file.length, &in));
    OK(footage_clip_new(in, &clip));
    FED(footage_clip_open(clip), in, file);
    OK(footage_clip_unlock(clip, owner));
    while ((status = footage_clip_unlock(clip, shared->owner)) != FOOTAGE_LOCKED)
        CHECK(status == FOOTAGE_BUSY);
    footage_clip_free(clip);
    footage_stream_free(in);
    footage_owner_free(owner);
    free(file.at);
    return NULL;
}

static void threads(const footage_owner *owner, struct bytes file)
{
    pthread_t threads[2 * THREADS];
    struct shared shared;
    unsigned n;
    memset(&shared, 0, sizeof shared);
    CHECK(pthread_mutex_init(&shared.serving, NULL) == 0);
    shared.owner = owner;
    shared.file = file;
    OK(footage_signing_key_generate(&shared.key));
    OK(footage_stream_new_input(file.length, &shared.in));
    OK(footage_clip_new(shared.in, &shared.clip));
    FED(footage_clip_open(shared.clip), shared.in, file);
    for (n = 0; n < 2 * THREADS; n++)
        CHECK(pthread_create(&threads[n], NULL, n < THREADS ? on_one : on_own, &shared) == 0);
    for (n = 0; n < 2 * THREADS; n++)
        CHECK(pthread_join(threads[n], NULL) == 0);
    footage_clip_free(shared.clip);
    footage_stream_free(shared.in);
    footage_signing_key_free(shared.key);
    CHECK(pthread_mutex_destroy(&shared.serving) == 0);
}

/* The last error is the thread's own. */
static void *errs(void *context)
{
    char text[200] = "x";
    size_t length = 1;
    (void)context;
    OK(footage_last_error_message(text, sizeof text, &length));
    CHECK(length == 0 && text[0] == 0);
    GIVES(FOOTAGE_NULL, footage_stream_fail(NULL));
    return NULL;
}

int main(void)
{
    footage_owner *owner;
    struct bytes file;
    pthread_t thread;

    OK(footage_owner_generate(FOOTAGE_KEM_X25519, &owner));
    file = sealed(owner);
    lengths();
    overlaps(owner);
    wrong_handles();
    order(owner, file);
    streams(file);
    freed(owner, file);
    calls_back(file);
    threads(owner, file);
    {
        char before[200], after[200];
        size_t length;
        GIVES(FOOTAGE_HANDLE, footage_stream_fail((footage_stream *)owner));
        OK(footage_last_error_message(before, sizeof before, &length));
        CHECK(pthread_create(&thread, NULL, errs, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        OK(footage_last_error_message(after, sizeof after, &length));
        CHECK(strcmp(before, after) == 0);
    }
    footage_owner_free(owner);
    free(file.at);
    return 0;
}
