/* The chat's requests and objects: each event as JSON and back, what is refused by name, and the caps. */
#include "chat_request.h"

#include "json.h"
#include "unit_support.h"
#include "unit_vectors.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES (1u << 20)

static const char *const codecs[] = {
    "chat/request_message", "chat/request_room", "chat/request_user", "chat/user", "chat/room",
    "chat/message",         "chat/event",        "chat/refusal"};

static void test_chat__vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        vectors_check(codecs[i]);
    }
}

static void test_chat__vectors_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        vectors_check_without_memory(codecs[i]);
    }
}

/* What the refusal of json names as its field; "ok" when it is taken. */
static const char *field_of(enum event_id event, const char *json)
{
    struct arena arena;
    struct chat_request r;
    struct chat_refusal refusal = {0};
    arena_init(&arena, ARENA_BYTES);
    enum err e = chat_request_decode(event, guard_copy(slice_str(json)), &arena, &r, &refusal);
    arena_fini(&arena);
    if (e == ERR_OK) {
        return "ok";
    }
    assert_int_equal(e, ERR_INVALID);
    assert_int_equal(refusal.error, CHAT_INVALID);
    assert_non_null(refusal.message);
    return refusal.field;
}

static void test_chat__requests_go_there_and_back(void **state)
{
    (void)state;
    static const struct {
        enum event_id event;
        const char *json;
    } cases[] = {
        {EVENT_AUTH, "{\"token\":\"a.b.c\"}"},
        {EVENT_RESUME, "{\"epoch\":\"e1\",\"rooms\":{\"7\":12,\"9007199254740991\":0}}"},
        {EVENT_RESUME, "{}"},
        {EVENT_SEND,
         "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"text\":\"a\\nb \xC3\xA9\","
         "\"reply_to\":3}"},
        {EVENT_EDIT, "{\"room\":7,\"seq\":1,\"rev\":2,\"text\":\"x\"}"},
        {EVENT_DELETE, "{\"room\":7,\"seq\":1}"},
        {EVENT_REACT, "{\"room\":7,\"seq\":1,\"emoji\":\"\xF0\x9F\x91\x8D\",\"on\":false}"},
        {EVENT_HISTORY, "{\"room\":7,\"before\":5,\"limit\":100}"},
        {EVENT_HISTORY, "{\"room\":7,\"after\":0}"},
        {EVENT_HISTORY, "{\"room\":7,\"around\":5}"},
        {EVENT_SYNC, "{\"room\":7,\"after\":0}"},
        {EVENT_READ, "{\"room\":7,\"seq\":0,\"on\":true}"},
        {EVENT_DRAFT, "{\"room\":7,\"text\":\"\",\"reply_to\":3}"},
        {EVENT_DRAFT, "{\"room\":7}"},
        {EVENT_NOTIFY, "{\"room\":7,\"notify\":\"mentions\"}"},
        {EVENT_TYPING, "{\"room\":7,\"on\":true}"},
        {EVENT_ROOMS, "{\"q\":\"ga\",\"after\":7,\"limit\":1,\"browse\":true}"},
        {EVENT_ROOM_CREATE, "{\"name\":\"ops\",\"kind\":\"private\",\"topic\":\"\"}"},
        {EVENT_ROOM_JOIN, "{\"room\":\"ops\",\"invite\":\"tok\"}"},
        {EVENT_ROOM_LEAVE, "{\"room\":7}"},
        {EVENT_ROOM_INVITE, "{\"room\":7,\"user\":\"ann\"}"},
        {EVENT_ROOM_INVITE, "{\"room\":7,\"seconds\":60,\"uses\":1000,\"role\":\"member\"}"},
        {EVENT_ROOM_INVITES, "{\"room\":7}"},
        {EVENT_ROOM_REVOKE, "{\"room\":7,\"invite_id\":2}"},
        {EVENT_ROOM_KICK, "{\"room\":7,\"user\":3}"},
        {EVENT_ROOM_BAN, "{\"room\":7,\"user\":3,\"on\":true,\"seconds\":1}"},
        {EVENT_ROOM_MUTE, "{\"room\":7,\"user\":3,\"on\":false}"},
        {EVENT_ROOM_ROLE, "{\"room\":7,\"user\":3,\"role\":\"mod\"}"},
        {EVENT_ROOM_UPDATE, "{\"room\":7,\"name\":\"new\",\"topic\":\"t\",\"archived\":true,"
                            "\"slow\":3600}"},
        {EVENT_REPORT, "{\"room\":7,\"seq\":3,\"reason\":\"rude\"}"},
        {EVENT_REPORTS, "{\"room\":7,\"after\":0,\"limit\":50}"},
        {EVENT_REPORT_CLOSE, "{\"room\":7,\"report_id\":2,\"outcome\":\"dismissed\"}"},
        {EVENT_ROOM_BANS, "{\"room\":7,\"after\":0,\"limit\":50}"},
        {EVENT_ROOM_MEMBERS, "{\"room\":7,\"after\":0,\"limit\":50}"},
        {EVENT_DM, "{\"user\":\"ann\"}"},
        {EVENT_BLOCK, "{\"user\":3,\"on\":false}"},
        {EVENT_BLOCKS, "{}"},
        {EVENT_USERS, "{\"q\":\"an\",\"limit\":20}"},
        {EVENT_PRESENCE, "{\"state\":\"idle\",\"watch\":[1,2]}"},
        {EVENT_SEARCH, "{\"q\":\"x\",\"room\":7,\"from\":\"ann\",\"before\":5,\"limit\":10,"
                       "\"last_room\":7,\"last_seq\":3}"},
        {EVENT_USER, "{\"user\":3}"},
        {EVENT_PROFILE,
         "{\"display\":\"Ann\",\"status\":\"\",\"name\":\"ann\",\"bio\":\"\",\"zone\":\"UTC\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        struct chat_request r;
        struct chat_refusal refusal = {0};
        struct buf out = {.max = 4096};
        arena_init(&arena, ARENA_BYTES);
        enum err e = chat_request_decode(cases[i].event, guard_copy(slice_str(cases[i].json)),
                                         &arena, &r, &refusal);
        if (e) {
            print_error("%s: %s %s\n", cases[i].json, refusal.field, refusal.message);
        }
        assert_int_equal(e, ERR_OK);
        assert_int_equal(chat_request_encode(cases[i].event, &r, &out), ERR_OK);
        assert_int_equal(buf_putc(&out, '\0'), ERR_OK);
        assert_string_equal(out.p, cases[i].json);
        buf_fini(&out);
        arena_fini(&arena);
    }
}

static void test_chat__every_event_to_the_server_can_be_asked(void **state)
{
    (void)state;
    for (unsigned id = 0; id < EVENTS_N; id++) {
        struct buf out = {.max = 64};
        struct chat_request r = {0};
        bool ours = slice_eq(event_rows[id].nsp, SL("/chat")) &&
                    event_rows[id].direction != EVENT_TO_CLIENT;
        const char *field = field_of((enum event_id)id, "[]");
        assert_string_equal(field, ours ? "" : "event");
        assert_int_equal(chat_request_encode((enum event_id)id, &r, &out), ERR_OK);
        buf_fini(&out);
    }
}

static void test_chat__refusals_name_the_field(void **state)
{
    (void)state;
    static const struct {
        enum event_id event;
        const char *json, *field;
    } cases[] = {
        {EVENT_SEND, "null", ""},
        {EVENT_SEND, "{\"room\":7", ""},
        {EVENT_SEND, "{}", "room"},
        {EVENT_SEND, "{\"room\":\"7\"}", "room"},
        {EVENT_SEND, "{\"room\":0}", "room"},
        {EVENT_SEND, "{\"room\":-1}", "room"},
        {EVENT_SEND, "{\"room\":1.5}", "room"},
        {EVENT_SEND, "{\"room\":9007199254740992}", "room"},
        {EVENT_SEND, "{\"room\":7,\"text\":\"x\"}", "cid"},
        {EVENT_SEND, "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcde\",\"text\":\"x\"}",
         "cid"},
        {EVENT_SEND, "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdeg\",\"text\":\"x\"}",
         "cid"},
        {EVENT_SEND, "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\"}", "text"},
        {EVENT_SEND, "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"text\":\" \\n\"}",
         "text"},
        {EVENT_SEND,
         "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"text\":\"a\\u0000\"}", "text"},
        {EVENT_SEND,
         "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"text\":\"a\",\"files\":[1]}",
         "ok"},
        {EVENT_SEND,
         "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"text\":\"a\",\"files\":[]}",
         "ok"},
        {EVENT_SEND, "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"files\":[5,6]}",
         "ok"},
        {EVENT_SEND, "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"files\":[]}",
         "text"},
        {EVENT_SEND,
         "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"text\":\"a\",\"files\":[1,1]}",
         "files"},
        {EVENT_HISTORY, "{\"room\":7,\"before\":1,\"after\":1}", "after"},
        {EVENT_HISTORY, "{\"room\":7,\"after\":1,\"around\":1}", "around"},
        {EVENT_HISTORY, "{\"room\":7,\"limit\":0}", "limit"},
        {EVENT_HISTORY, "{\"room\":7,\"limit\":101}", "limit"},
        {EVENT_ROOM_CREATE, "{\"name\":\"x\",\"kind\":\"public\"}", "name"},
        {EVENT_ROOM_CREATE, "{\"name\":\"xy\",\"kind\":\"dm\"}", "kind"},
        {EVENT_ROOM_JOIN, "{\"room\":true}", "room"},
        {EVENT_DM, "{\"user\":\"\"}", "user"},
        {EVENT_REACT, "{\"room\":7,\"seq\":1,\"emoji\":\"a b\"}", "emoji"},
        {EVENT_REACT, "{\"room\":7,\"seq\":1,\"emoji\":\"x\",\"on\":1}", "on"},
        {EVENT_RESUME, "{\"rooms\":{\"x\":1}}", "rooms"},
        {EVENT_RESUME, "{\"rooms\":{\"7\":-1}}", "rooms"},
        {EVENT_RESUME, "{\"rooms\":[]}", "rooms"},
        {EVENT_PRESENCE, "{\"state\":\"offline\"}", "state"},
        {EVENT_PRESENCE, "{\"watch\":[0]}", "watch"},
        {EVENT_ROOM_MUTE, "{\"room\":7,\"user\":3,\"seconds\":0}", "seconds"},
        {EVENT_ROOM_UPDATE, "{\"room\":7,\"topic\":\"a\\nb\"}", "topic"},
        {EVENT_ROOM_UPDATE, "{\"room\":7,\"slow\":3601}", "slow"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(field_of(cases[i].event, cases[i].json), cases[i].field);
    }
}

/* json with n times c in place of the dollar. */
static const char *field_with(enum event_id event, const char *before, const char *unit, size_t n,
                              const char *behind)
{
    struct buf json = {.max = ARENA_BYTES};
    assert_int_equal(buf_put(&json, slice_str(before)), ERR_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(buf_put(&json, slice_str(unit)), ERR_OK);
    }
    assert_int_equal(buf_put(&json, slice_str(behind)), ERR_OK);
    assert_int_equal(buf_putc(&json, '\0'), ERR_OK);
    const char *field = field_of(event, json.p);
    buf_fini(&json);
    return field;
}

static void test_chat__caps_hold_and_one_more_is_refused(void **state)
{
    (void)state;
    const char *send = "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"text\":\"";
    assert_string_equal(
        field_with(EVENT_SEND, send, "\xF0\x9F\x91\x8D", CHAT_TEXT_CHARS_MAX, "\"}"), "ok");
    assert_string_equal(field_with(EVENT_SEND, send, "x", CHAT_TEXT_CHARS_MAX + 1, "\"}"), "text");
    const char *topic = "{\"room\":7,\"topic\":\"";
    assert_string_equal(field_with(EVENT_ROOM_UPDATE, topic, "x", CHAT_TOPIC_CHARS_MAX, "\"}"),
                        "ok");
    assert_string_equal(field_with(EVENT_ROOM_UPDATE, topic, "x", CHAT_TOPIC_CHARS_MAX + 1, "\"}"),
                        "topic");
    const char *emoji = "{\"room\":7,\"seq\":1,\"emoji\":\"";
    assert_string_equal(field_with(EVENT_REACT, emoji, "x", CHAT_EMOJI_BYTES_MAX, "\"}"), "ok");
    assert_string_equal(field_with(EVENT_REACT, emoji, "x", CHAT_EMOJI_BYTES_MAX + 1, "\"}"),
                        "emoji");
    const char *q = "{\"q\":\"";
    assert_string_equal(field_with(EVENT_SEARCH, q, "x", CHAT_QUERY_CHARS_MAX, "\"}"), "ok");
    assert_string_equal(field_with(EVENT_SEARCH, q, "x", CHAT_QUERY_CHARS_MAX + 1, "\"}"), "q");
    const char *files = "{\"room\":7,\"cid\":\"0123456789abcdef0123456789abcdef\",\"files\":[1";
    const char *more = ",2,3,4,5,6,7,8,9,10"; /* up to the cap */
    assert_string_equal(field_with(EVENT_SEND, files, more, 1, "]}"), "ok");
    assert_string_equal(field_with(EVENT_SEND, files, more, 1, ",11]}"), "files");
    const char *watch = "{\"watch\":[1";
    assert_string_equal(field_with(EVENT_PRESENCE, watch, ",1", CHAT_WATCH_USERS_MAX - 1, "]}"),
                        "ok");
    assert_string_equal(field_with(EVENT_PRESENCE, watch, ",1", CHAT_WATCH_USERS_MAX, "]}"),
                        "watch");
}

static void test_chat__as_many_cursors_as_allowed_and_no_more(void **state)
{
    (void)state;
    for (unsigned n = CHAT_RESUME_ROOMS_MAX; n <= CHAT_RESUME_ROOMS_MAX + 1; n++) {
        struct buf json = {.max = ARENA_BYTES};
        assert_int_equal(buf_put(&json, SL("{\"rooms\":{")), ERR_OK);
        for (unsigned i = 1; i <= n; i++) {
            assert_int_equal(buf_printf(&json, "%s\"%u\":1", i > 1 ? "," : "", i), ERR_OK);
        }
        assert_int_equal(buf_put(&json, SL("}}")), ERR_OK);
        assert_int_equal(buf_putc(&json, '\0'), ERR_OK);
        assert_string_equal(field_of(EVENT_RESUME, json.p),
                            n > CHAT_RESUME_ROOMS_MAX ? "rooms" : "ok");
        buf_fini(&json);
    }
}

static void test_chat__breaks_become_one_kind(void **state)
{
    (void)state;
    struct arena arena;
    struct chat_request r;
    struct chat_refusal refusal;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(
        chat_request_decode(EVENT_EDIT,
                            SL("{\"room\":7,\"seq\":1,\"rev\":2,\"text\":\"a\\r\\nb\\rc\\nd\"}"),
                            &arena, &r, &refusal),
        ERR_OK);
    assert_true(slice_eq(r.text, SL("a\nb\nc\nd")));
    arena_fini(&arena);
}

static void test_chat__refusals_have_one_form(void **state)
{
    (void)state;
    struct buf out = {.max = 512};
    struct chat_refusal r = {.error = CHAT_RATE, .retry_after_ms = 1500};
    assert_int_equal(chat_refusal_encode(&r, &out), ERR_OK);
    assert_true(slice_eq(
        buf_peek(&out),
        SL("{\"ok\":false,\"error\":{\"code\":\"rate\",\"message\":\"Too fast; wait a moment\","
           "\"retry\":\"same\",\"retry_after_ms\":1500}}")));
    buf_reset(&out);
    r = (struct chat_refusal){.error = CHAT_INVALID, .field = "text", .message = "is \"blank\""};
    assert_int_equal(chat_refusal_encode(&r, &out), ERR_OK);
    assert_true(slice_eq(
        buf_peek(&out),
        SL("{\"ok\":false,\"error\":{\"code\":\"invalid\",\"message\":\"text is \\\"blank\\\"\","
           "\"field\":\"text\",\"retry\":\"new\"}}")));
    buf_fini(&out);
    for (unsigned i = 0; i < CHAT_ERRORS_N; i++) {
        assert_int_equal(chat_error_find(slice_str(chat_error_rows[i].code)), i);
    }
    assert_int_equal(chat_error_find(SL("nonsense")), CHAT_ERRORS_N);
}

static void test_chat__words_of_a_refusal_at_the_cap_and_one_past_it(void **state)
{
    (void)state;
    char words[CHAT_REFUSAL_TEXT_BYTES], scratch[CHAT_REFUSAL_TEXT_BYTES];
    memset(words, 'x', sizeof words);
    words[sizeof words - sizeof "text"] = '\0';
    struct chat_refusal r = {.error = CHAT_INVALID, .field = "text", .message = words};
    struct slice said = chat_refusal_text(&r, scratch);
    assert_int_equal(said.n, CHAT_REFUSAL_TEXT_BYTES);
    assert_true(slice_starts_with(said, SL("text xxx")));
    r.field = "texts";
    said = chat_refusal_text(&r, scratch);
    assert_true(slice_eq(said, slice_str(words)));
}

/* --- objects --- */

typedef enum err (*again_fn)(struct slice json, struct arena *arena, struct buf *out);

static enum err again_user(struct slice json, struct arena *arena, struct buf *out)
{
    struct chat_user user;
    enum err e = chat_user_decode(json, arena, &user);
    return e ? e : chat_user_encode(&user, out);
}

static enum err again_room(struct slice json, struct arena *arena, struct buf *out)
{
    struct chat_room room;
    enum err e = chat_room_decode(json, arena, &room);
    return e ? e : chat_room_encode(&room, out);
}

static enum err again_message(struct slice json, struct arena *arena, struct buf *out)
{
    struct chat_message message;
    enum err e = chat_message_decode(json, arena, &message);
    return e ? e : chat_message_encode(&message, out);
}

static enum err again_event(struct slice json, struct arena *arena, struct buf *out)
{
    struct chat_event event;
    enum err e = chat_event_decode(json, arena, &event);
    return e ? e : chat_event_encode(&event, out);
}

#define MESSAGE                                                                                    \
    "{\"room\":7,\"seq\":3,\"cid\":\"0123456789abcdef0123456789abcdef\",\"from\":{\"id\":1,"       \
    "\"name\":\"ann\","                                                                            \
    "\"display\":\"Ann\",\"role\":\"owner\"},\"text\":\"hi\",\"ts\":1795416099123,\"rev\":2,"      \
    "\"edited_ts\":5,"                                                                             \
    "\"reply_to\":1,\"reactions\":[{\"emoji\":\"+\",\"users\":[1,2]}],"                            \
    "\"files\":[{\"id\":5,\"name\":\"a.png\",\"size\":9,\"type\":\"image/png\",\"width\":4,"       \
    "\"height\":3},{\"id\":6,\"name\":\"b\",\"size\":0,\"type\":\"text/"                           \
    "plain\"}],\"ranges\":[[0,2]]}"

static const struct {
    again_fn again;
    const char *json;
} objects[] = {
    {again_user, "{\"id\":1,\"name\":\"ann\",\"display\":\"Ann "
                 "\\\"A\\\"\",\"status\":\"away\",\"role\":\"admin\","
                 "\"bot\":true,\"room_role\":\"mod\",\"presence\":\"idle\",\"muted_until\":9}"},
    {again_message, MESSAGE},
    {again_message,
     "{\"room\":7,\"seq\":4,\"cid\":\"\",\"from\":{\"id\":1,\"name\":\"ann\",\"display\":\"Ann\"},"
     "\"text\":\"\",\"ts\":1,\"rev\":1,\"deleted\":true}"},
    {again_room,
     "{\"id\":7,\"kind\":\"dm\",\"name\":\"\",\"topic\":\"\",\"with\":{\"id\":2,\"name\":\"ben\","
     "\"display\":\"Ben\",\"role\":\"member\"},\"archived\":true,\"slow\":30,\"seq\":1,\"ev\":2,"
     "\"min_seq\":1,"
     "\"members\":2,\"joined\":true,\"room_role\":\"member\",\"read_seq\":1,\"unread\":99,"
     "\"mentions\":3,"
     "\"notify\":\"none\",\"muted\":true,\"muted_until\":9,\"reset\":{\"messages\":[" MESSAGE
     "]}}"},
    {again_room,
     "{\"id\":7,\"kind\":\"public\",\"name\":\"ops\",\"topic\":\"t\",\"seq\":1,\"ev\":2,\"min_"
     "seq\":1,"
     "\"members\":2,\"delta\":[{\"room\":7,\"ev\":3,\"kind\":\"edit\",\"actor\":1,\"ts\":5,"
     "\"message\":" MESSAGE "}]}"},
    {again_event,
     "{\"room\":7,\"ev\":3,\"kind\":\"member\",\"actor\":1,\"ts\":5,\"user\":{\"id\":2,\"name\":"
     "\"ben\","
     "\"display\":\"Ben\",\"role\":\"guest\"},\"change\":\"role\",\"role\":\"mod\",\"until\":8}"},
    {again_event,
     "{\"room\":7,\"ev\":3,\"kind\":\"room\",\"actor\":0,\"ts\":5,\"state\":{\"id\":7,"
     "\"kind\":\"private\",\"name\":\"ops\",\"topic\":\"\",\"seq\":1,\"ev\":2,\"min_seq\":1,"
     "\"members\":2}}"},
};

static void test_chat__objects_go_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        struct arena arena;
        struct buf out = {.max = 1u << 16};
        arena_init(&arena, ARENA_BYTES);
        assert_int_equal(objects[i].again(guard_copy(slice_str(objects[i].json)), &arena, &out),
                         ERR_OK);
        assert_int_equal(buf_putc(&out, '\0'), ERR_OK);
        assert_string_equal(out.p, objects[i].json);
        buf_fini(&out);
        arena_fini(&arena);
    }
}

static void test_chat__objects_survive_every_shortage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        for (size_t max = 0; max < 4096; max += 16) {
            struct arena arena;
            struct buf out = {.max = max};
            arena_init(&arena, max);
            enum err e = objects[i].again(slice_str(objects[i].json), &arena, &out);
            assert_true(e == ERR_OK || e == ERR_NOMEM || e == ERR_LIMIT);
            assert_true(e == ERR_OK || out.n == 0);
            buf_fini(&out);
            arena_fini(&arena);
        }
    }
}

static void test_chat__wrong_objects_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "[]",           "{\"id\":\"1\"}",      "{\"id\":-1}",
        "{\"name\":5}", "{\"role\":\"king\"}", "{\"presence\":\"gone\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct arena arena;
        struct buf out = {.max = 4096};
        arena_init(&arena, ARENA_BYTES);
        assert_int_equal(again_user(slice_str(wrong[i]), &arena, &out), ERR_INVALID);
        buf_fini(&out);
        arena_fini(&arena);
    }
    struct arena arena;
    struct buf out = {.max = 4096};
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(again_event(SL("{\"room\":7}"), &arena, &out), ERR_INVALID);
    assert_int_equal(again_event(SL("{\"kind\":\"message\",\"message\":[]}"), &arena, &out),
                     ERR_INVALID);
    assert_int_equal(again_message(SL("{\"ranges\":[1]}"), &arena, &out), ERR_INVALID);
    assert_int_equal(again_message(SL("{\"reactions\":[{\"users\":[-1]}]}"), &arena, &out),
                     ERR_INVALID);
    arena_fini(&arena);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chat__vectors),
        cmocka_unit_test(test_chat__vectors_without_memory),
        cmocka_unit_test(test_chat__words_of_a_refusal_at_the_cap_and_one_past_it),
        cmocka_unit_test(test_chat__requests_go_there_and_back),
        cmocka_unit_test(test_chat__every_event_to_the_server_can_be_asked),
        cmocka_unit_test(test_chat__refusals_name_the_field),
        cmocka_unit_test(test_chat__caps_hold_and_one_more_is_refused),
        cmocka_unit_test(test_chat__as_many_cursors_as_allowed_and_no_more),
        cmocka_unit_test(test_chat__breaks_become_one_kind),
        cmocka_unit_test(test_chat__refusals_have_one_form),
        cmocka_unit_test(test_chat__objects_go_there_and_back),
        cmocka_unit_test(test_chat__objects_survive_every_shortage),
        cmocka_unit_test(test_chat__wrong_objects_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
