/* See upd_members.h. */
#include "upd_members.h"

#include "json.h"
#include "json_in.h"
#include "mem.h"
#include <string.h>

#define ANSWER_ARENA_BYTES (1u << 20)

void upd_members_forget(struct model *m)
{
    mem_free(m->members.at);
    m->members = (struct members){0};
}

/* Where somebody is, or belongs. */
static uint32_t place_of(const struct members *ms, int64_t user)
{
    uint32_t from = 0, to = ms->n;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        if (ms->at[mid].person->id < user)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

const struct member *upd_members_find(const struct model *m, int64_t user)
{
    const struct members *ms = &m->members;
    uint32_t at = place_of(ms, user);
    return at < ms->n && ms->at[at].person->id == user ? &ms->at[at] : NULL;
}

static bool grow(struct members *ms)
{
    uint32_t cap = ms->cap ? ms->cap * 2 : MEMBERS_PAGE;
    struct member *at = mem_realloc(ms->at, cap * sizeof *at);
    if (!at)
        return false;
    ms->at = at;
    ms->cap = cap;
    return true;
}

static void put(struct members *ms, struct person *person, enum chat_role role)
{
    uint32_t at = place_of(ms, person->id);
    if (at == ms->n || ms->at[at].person != person) {
        if (ms->n == MEMBERS_MAX || (ms->n == ms->cap && !grow(ms))) {
            ms->whole = false;
            return;
        }
        memmove(ms->at + at + 1, ms->at + at, (ms->n - at) * sizeof *ms->at);
        ms->n++;
    }
    ms->at[at] = (struct member){person, role};
}

static void drop(struct members *ms, int64_t user)
{
    uint32_t at = place_of(ms, user);
    if (at == ms->n || ms->at[at].person->id != user)
        return;
    ms->n--;
    memmove(ms->at + at, ms->at + at + 1, (ms->n - at) * sizeof *ms->at);
}

static void ask(struct model *m, struct effects *fx)
{
    struct members *ms = &m->members;
    int64_t after = ms->n ? ms->at[ms->n - 1].person->id : 0;
    if (ms->whole || ms->asked || ms->n >= ms->wanted_n || ms->n >= MEMBERS_MAX ||
        m->conn.state != CONN_LIVE)
        return;
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_LIMIT,
                             .room = ms->room,
                             .limit = MEMBERS_PAGE,
                             .after = after};
    if (after)
        r.has |= 1ull << CHAT_FIELD_AFTER;
    ms->asked = effects_ask(fx, (struct ask){ASK_MEMBERS, ms->room, after}, EVENT_ROOM_MEMBERS, r);
    ms->failed = !ms->asked;
}

void upd_members_want(struct model *m, const struct room *room, struct effects *fx)
{
    if (m->members.room != room->r.id) {
        upd_members_forget(m);
        m->members.room = room->r.id;
        m->members.wanted_n = MEMBERS_AT_ONCE;
    }
    ask(m, fx);
}

void upd_members_more(struct model *m, struct effects *fx)
{
    m->members.wanted_n = m->members.n + MEMBERS_PAGE;
    ask(m, fx);
}

static uint32_t take(struct model *m, struct slice json)
{
    struct arena arena;
    struct json_in in;
    struct json_iter it;
    struct slice raw, one;
    uint32_t n = 0;
    arena_init(&arena, ANSWER_ARENA_BYTES);
    json_in_start(&in, json, &arena);
    bool ok = json_in_raw(&in, "members", &raw) && json_type_of(raw) == JSON_ARRAY;
    for (ok = ok && (json_iter_init(&it, raw), true); ok && json_iter_next(&it, NULL, &one); n++) {
        struct chat_user user;
        if (chat_user_decode(one, &arena, &user) != ERR_OK)
            continue;
        struct person *person = people_learn(&m->people, &user);
        if (!person)
            continue;
        if (person != m->session.person)
            person->presence = user.presence;
        put(&m->members, person, user.room_role);
    }
    arena_fini(&arena);
    return n;
}

void upd_members_answer(struct model *m, const struct action_answer *a, struct effects *fx)
{
    struct members *ms = &m->members;
    if (ms->room != a->ask.room || !ms->asked)
        return;
    ms->asked = false;
    if (a->answer->result != ERR_OK || !a->answer->ok) {
        ms->failed = true;
        return;
    }
    ms->whole = take(m, a->answer->json) < MEMBERS_PAGE;
    ask(m, fx);
}

void upd_members_event(struct model *m, const struct chat_event *e)
{
    struct members *ms = &m->members;
    if (e->kind != CHAT_EVENT_MEMBER || !e->user || e->room != ms->room)
        return;
    struct person *person = people_find(&m->people, e->user->id);
    if (e->change == CHAT_LEAVE || e->change == CHAT_KICK || e->change == CHAT_BAN)
        drop(ms, e->user->id);
    else if (person && (e->change == CHAT_JOIN || e->change == CHAT_ROLE) &&
             (ms->whole || (ms->n && person->id < ms->at[ms->n - 1].person->id)))
        put(ms, person, e->change == CHAT_ROLE ? e->role : CHAT_MEMBER);
}
