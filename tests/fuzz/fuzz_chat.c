/* Any bytes as the chat's requests and objects. What begins with the name of an event and a space is that event's argument; anything else
 * is tried as every event's, and as every object. What is read is within its caps; written and read again, it is the same.
 */
#include "chat_fields.h"
#include "ident.h"

#include "check.h"
#include "json.h"
#include "utf8.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 1 << 22, WRITTEN_BYTES = 1 << 22 };

/* --- requests --- */

static void check_text(struct slice s, const struct field *f)
{
    bool room_or_user = f->shape == SHAPE_ROOM || f->shape == SHAPE_USER;
    size_t chars = utf8_length(s);
    CHECK(utf8_valid(s));
    if (f->shape == SHAPE_EMOJI) {
        CHECK(s.n >= 1 && s.n <= CHAT_EMOJI_BYTES_MAX);
    } else if (room_or_user) {
        CHECK(s.n == 0 || chars <= CHAT_NAME_CHARS_MAX + 1);
    } else {
        CHECK(chars >= f->low && chars <= f->high);
    }
    CHECK(room_or_user || slice_find(s, 0) == s.n);
    CHECK(room_or_user || slice_find(s, '\r') == s.n);
}

static void check_request(enum event_id event, struct chat_request *r)
{
    const struct event_fields *e = chat_fields_of(event);
    uint64_t possible = 0;
    CHECK(r->limit >= 1 && r->limit <= CHAT_LIMIT_MAX);
    CHECK(r->cursors_n <= CHAT_RESUME_ROOMS_MAX && r->watch_n <= CHAT_WATCH_USERS_MAX);
    CHECK(r->files_n <= CHAT_FILES_MAX);
    CHECK(event != EVENT_SEND || r->text.n > 0 || r->files_n > 0);
    for (unsigned i = 0; i < e->n; i++) {
        const struct field *f = &e->fields[i];
        const int64_t *number = chat_field_int(r, f->id);
        const struct slice *text = chat_field_text(r, f->id);
        possible |= (uint64_t)1 << f->id;
        CHECK(CHAT_HAS(r, f->id) || !f->required);
        CHECK(!number || (*number >= 0 && *number <= CHAT_ID_MAX));
        if (CHAT_HAS(r, f->id) && text) {
            check_text(*text, f);
        }
    }
    CHECK((r->has & ~possible) == 0);
}

static void check_words(const struct chat_refusal *refusal)
{
    char scratch[CHAT_REFUSAL_TEXT_BYTES];
    struct buf out = {.max = WRITTEN_BYTES};
    CHECK(refusal->error == CHAT_INVALID && refusal->field && refusal->message);
    CHECK(chat_refusal_text(refusal, scratch).n > 0);
    CHECK(chat_refusal_encode(refusal, &out) == ERR_OK);
    CHECK(json_check(buf_peek(&out), NULL) == ERR_OK);
    buf_fini(&out);
}

static void try_request(enum event_id event, struct slice json)
{
    struct arena arena = {.max = ARENA_BYTES};
    struct buf first = {.max = WRITTEN_BYTES}, second = {.max = WRITTEN_BYTES};
    struct chat_request r = {0}, back;
    struct chat_refusal refusal = {0};
    enum err e = chat_request_decode(event, json, &arena, &r, &refusal);
    CHECK(e == ERR_OK || e == ERR_INVALID);
    if (e) {
        CHECK(r.has == 0);
        check_words(&refusal);
    } else {
        check_request(event, &r);
        CHECK(chat_request_encode(event, &r, &first) == ERR_OK);
        CHECK(chat_request_decode(event, buf_peek(&first), &arena, &back, &refusal) == ERR_OK);
        CHECK(r.has == back.has && r.limit == back.limit && r.on == back.on);
        CHECK(memcmp(r.cid, back.cid, sizeof r.cid) == 0);
        CHECK(chat_request_encode(event, &back, &second) == ERR_OK);
        CHECK(slice_eq(buf_peek(&first), buf_peek(&second)));
        struct ident_mentions m;
        ident_mentions(r.text, &m);
        CHECK(m.n <= CHAT_MENTIONS_MAX);
    }
    buf_fini(&first);
    buf_fini(&second);
    arena_fini(&arena);
}

/* --- objects --- */

union object {
    struct chat_user user;
    struct chat_room room;
    struct chat_message message;
    struct chat_event event;
};

enum kind { USER, ROOM, MESSAGE, EVENT_OF_ROOM, KINDS_N };

static enum err copy(enum kind kind, struct slice json, struct arena *arena, struct buf *out)
{
    union object o;
    enum err e;
    switch (kind) {
    case USER:
        e = chat_user_decode(json, arena, &o.user);
        return e ? e : chat_user_encode(&o.user, out);
    case ROOM:
        e = chat_room_decode(json, arena, &o.room);
        return e ? e : chat_room_encode(&o.room, out);
    case MESSAGE:
        e = chat_message_decode(json, arena, &o.message);
        return e ? e : chat_message_encode(&o.message, out);
    default:
        e = chat_event_decode(json, arena, &o.event);
        return e ? e : chat_event_encode(&o.event, out);
    }
}

static void try_object(enum kind kind, struct slice json)
{
    struct arena arena = {.max = ARENA_BYTES};
    struct buf first = {.max = WRITTEN_BYTES}, second = {.max = WRITTEN_BYTES};
    enum err e = copy(kind, json, &arena, &first);
    CHECK(e == ERR_OK || e == ERR_INVALID);
    if (!e) {
        const struct json_limits wide = {.values_max = JSON_RELAY_VALUES_MAX,
                                         .allow_duplicate_keys = true};
        CHECK(json_check(buf_peek(&first), &wide) == ERR_OK);
        CHECK(copy(kind, buf_peek(&first), &arena, &second) == ERR_OK);
        CHECK(slice_eq(buf_peek(&first), buf_peek(&second)));
    }
    buf_fini(&first);
    buf_fini(&second);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice input = {(const char *)data, size};
    size_t n = slice_find(input, ' ');
    enum event_id named = event_find(SL("/chat"), (struct slice){input.p, n});
    if (n < size && named != EVENTS_N && chat_fields_of(named)) {
        try_request(named, slice_from(input, n + 1));
        return 0;
    }
    if (json_check(input, NULL) != ERR_OK) {
        try_request(EVENT_SEND, input);
        return 0;
    }
    for (unsigned id = 0; id < EVENTS_N; id++) {
        if (chat_fields_of((enum event_id)id)) {
            try_request((enum event_id)id, input);
        }
    }
    for (unsigned kind = 0; kind < KINDS_N; kind++) {
        try_object((enum kind)kind, input);
    }
    return 0;
}
