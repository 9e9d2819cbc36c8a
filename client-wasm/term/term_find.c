/* See term_find.h. */
#include "term_find.h"

#include "json_in.h"
#include "mem.h"

#define ARENA_BYTES (1u << 20)

struct find {
    struct term_session *s;
    struct slice word;
    void (*fn)(void *user, const struct chat_room *room);
    void *user;
};

struct match {
    struct slice name; /* without # */
    int64_t id;
    const struct chat_room *room;
};

static void look_at(void *user, const struct chat_room *room)
{
    struct match *m = user;
    bool same = m->id > 0 ? room->id == m->id
                          : room->kind != CHAT_DM && slice_eq_nocase(room->name, m->name);
    if (same && !m->room) {
        m->room = room;
    }
}

static void on_answer(void *user, const struct chat_answer *answer)
{
    struct find f = *(struct find *)user;
    struct arena arena;
    struct json_in in;
    struct slice raw;
    struct chat_room room;
    mem_free(user);
    if (answer->result != ERR_OK) {
        term_session_fail(f.s, "no answer from the server", slice_str(err_text(answer->result)));
        return;
    }
    if (!answer->ok) {
        term_session_fail(f.s, "no such room", answer->message);
        return;
    }
    arena_init(&arena, ARENA_BYTES);
    json_in_start(&in, answer->json, &arena);
    if (json_in_raw(&in, "room", &raw) && chat_room_decode(raw, &arena, &room) == ERR_OK) {
        f.fn(f.user, &room);
    } else {
        term_session_fail(f.s, "the server's answer was not understood", SL(""));
    }
    arena_fini(&arena);
}

void term_find_room(struct term_session *s, struct slice word, bool join,
                    void (*fn)(void *user, const struct chat_room *room), void *user)
{
    unsigned long long id = 0;
    bool person = word.n > 0 && word.p[0] == '@';
    struct match m = {.name = word.n > 0 && word.p[0] == '#' ? slice_from(word, 1) : word};
    if (slice_to_u64(word, CHAT_ID_MAX, &id)) {
        m.id = (int64_t)id;
    }
    if (!person) {
        chat_client_each_room(s->chat, look_at, &m);
    }
    if (m.room) {
        fn(user, m.room);
        return;
    }
    if (!person && !join) {
        term_session_fail(s, "you are in no room called", word);
        return;
    }
    struct find *f = mem_alloc(sizeof *f);
    struct chat_request r = {0};
    if (person) {
        r.has = 1ull << CHAT_FIELD_USER;
        r.user_name = slice_from(word, 1);
    } else {
        r.has = 1ull << CHAT_FIELD_ROOM;
        r.room = m.id;
        r.room_name = m.name;
    }
    if (f) {
        *f = (struct find){s, word, fn, user};
    }
    if (!f ||
        chat_client_ask(s->chat, person ? EVENT_DM : EVENT_ROOM_JOIN, &r, on_answer, f) != ERR_OK) {
        mem_free(f);
        term_session_fail(s, "the server could not be asked", SL(""));
    }
}
