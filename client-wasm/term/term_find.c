/* See term_find.h. */
#include "term_find.h"

#include "json_in.h"
#include "mem.h"

#define ARENA_BYTES (1u << 20)

struct find {
    struct term_session *s;
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

static void take_room(struct find *f, struct slice json)
{
    struct arena arena;
    struct json_in in;
    struct slice raw;
    struct chat_room room;
    arena_init(&arena, ARENA_BYTES);
    json_in_start(&in, json, &arena);
    if (json_in_raw(&in, "room", &raw) && chat_room_decode(raw, &arena, &room) == ERR_OK &&
        room.id > 0) {
        f->fn(f->user, &room);
    } else {
        term_session_fail(f->s, "the server's answer was not understood", SL(""));
    }
    arena_fini(&arena);
}

static void on_answer(void *user, const struct chat_answer *answer)
{
    struct find f = *(struct find *)user;
    mem_free(user);
    f.s->finding = false;
    if (f.s->done || answer->result == ERR_CLOSED) {
        return;
    }
    if (answer->result == ERR_OK && answer->ok) {
        take_room(&f, answer->json);
    } else {
        bool person = f.s->options->to_person;
        term_session_fail_answer(f.s,
                                 answer->why.error == CHAT_NOT_FOUND && answer->result == ERR_OK
                                     ? (person ? "there is nobody of that name" : "no such room")
                                     : "the room could not be opened",
                                 answer);
    }
}

static enum err ask(struct find *f, struct slice word, int64_t id)
{
    struct chat_request r = {0};
    if (f->s->options->to_person) {
        r.has = 1ull << CHAT_FIELD_USER;
        r.user_name = word;
        return chat_client_ask(f->s->chat, EVENT_DM, &r, on_answer, f);
    }
    r.has = 1ull << CHAT_FIELD_ROOM;
    r.room = id;
    r.room_name = word;
    return chat_client_ask(f->s->chat, EVENT_ROOM_JOIN, &r, on_answer, f);
}

void term_find_room(struct term_session *s, bool join,
                    void (*fn)(void *user, const struct chat_room *room), void *user)
{
    struct slice word = s->options->room;
    bool person = s->options->to_person;
    unsigned long long id = 0;
    struct match m = {.name = word.p[0] == '#' && !person ? slice_from(word, 1) : word};
    if (!person && slice_to_u64(word, CHAT_ID_MAX, &id)) {
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
    if (s->finding) {
        return;
    }
    struct find *f = mem_alloc(sizeof *f);
    enum err e = ERR_NOMEM;
    if (f) {
        *f = (struct find){s, fn, user};
        e = ask(f, m.name, m.id);
    }
    s->finding = e == ERR_OK;
    if (!s->finding) {
        mem_free(f);
    }
    if (!s->finding && e != ERR_CLOSED) {
        term_session_fail(s, "the server could not be asked", slice_str(err_text(e)));
    }
}
