/* See room.h. */
#include "room.h"

#include "mem.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

#define ROOM_ARENA_BYTES (16u << 10)
#define DRAFT_BYTES_MAX  (1u << 20)

struct room *rooms_find(const struct rooms *rs, int64_t id)
{
    for (uint32_t i = 0; i < rs->n; i++) {
        if (rs->at[i]->r.id == id)
            return rs->at[i];
    }
    return NULL;
}

struct room *rooms_find_name(const struct rooms *rs, struct slice name)
{
    for (uint32_t i = 0; i < rs->n; i++) {
        if (rs->at[i]->r.kind != CHAT_DM && slice_eq_nocase(rs->at[i]->r.name, name))
            return rs->at[i];
    }
    return NULL;
}

struct room *rooms_find_dm(const struct rooms *rs, int64_t user)
{
    for (uint32_t i = 0; i < rs->n; i++) {
        if (rs->at[i]->r.kind == CHAT_DM && rs->at[i]->with && rs->at[i]->with->id == user)
            return rs->at[i];
    }
    return NULL;
}

static void room_free(struct room *room)
{
    log_fini(&room->log);
    arena_fini(&room->arena);
    buf_fini(&room->draft.text);
    buf_fini(&room->draft.aside);
    for (uint32_t i = 0; i < ROOM_SPARES_MAX; i++)
        buf_fini(&room->draft.spares[i].text);
    mem_free(room);
}

static struct room *room_new(struct rooms *rs)
{
    if (rs->n == rs->cap) {
        uint32_t cap = rs->cap ? rs->cap * 2 : 16;
        struct room **at = mem_realloc(rs->at, cap * sizeof(struct room *));
        if (!at)
            return NULL;
        rs->at = at;
        rs->cap = cap;
    }
    struct room *room = mem_zalloc(sizeof *room);
    if (!room)
        return NULL;
    room->window.following = true;
    buf_init(&room->draft.text, DRAFT_BYTES_MAX);
    buf_init(&room->draft.aside, DRAFT_BYTES_MAX);
    for (uint32_t i = 0; i < ROOM_SPARES_MAX; i++)
        buf_init(&room->draft.spares[i].text, DRAFT_BYTES_MAX);
    rs->at[rs->n++] = room;
    return room;
}

/* The texts into an arena of their own; the old one goes only when the new one is whole. */
static bool take_over(struct room *room, const struct chat_room *from)
{
    struct arena arena;
    struct chat_room r = *from;
    arena_init(&arena, ROOM_ARENA_BYTES);
    r.name = arena_copy(&arena, from->name);
    r.topic = arena_copy(&arena, from->topic);
    r.with = NULL;
    r.delta = NULL;
    r.reset = NULL;
    if (!r.name.p || !r.topic.p) {
        arena_fini(&arena);
        return false;
    }
    if (!from->has_mine) { /* an event's: our own part stays */
        r.has_mine = room->r.has_mine;
        r.joined = room->r.joined;
        r.room_role = room->r.room_role;
        r.read_seq = room->r.read_seq;
        r.unread = room->r.unread;
        r.mentions = room->r.mentions;
        r.notify = room->r.notify;
        r.muted_until_ms = room->r.muted_until_ms;
    }
    arena_fini(&room->arena);
    room->arena = arena;
    room->r = r;
    return true;
}

struct room *rooms_put(struct rooms *rs, const struct chat_room *from, struct person *with)
{
    struct room *room = rooms_find(rs, from->id);
    bool fresh = !room;
    if (fresh)
        room = room_new(rs);
    if (!room)
        return NULL;
    if (!take_over(room, from)) {
        if (fresh)
            room_free(rs->at[--rs->n]);
        return NULL;
    }
    if (with)
        room->with = with;
    return room;
}

void rooms_drop(struct rooms *rs, int64_t id)
{
    for (uint32_t i = 0; i < rs->n; i++) {
        if (rs->at[i]->r.id != id)
            continue;
        room_free(rs->at[i]);
        memmove(rs->at + i, rs->at + i + 1, (rs->n - i - 1) * sizeof(struct room *));
        rs->n--;
        return;
    }
}

/* Rooms by name, then direct messages, the one that was last spoken in first. */
static int compare(const void *a, const void *b)
{
    const struct room *x = *(struct room *const *)a, *y = *(struct room *const *)b;
    bool x_dm = x->r.kind == CHAT_DM, y_dm = y->r.kind == CHAT_DM;
    if (x_dm != y_dm)
        return x_dm - y_dm;
    if (x_dm && x->active_ms != y->active_ms)
        return x->active_ms < y->active_ms ? 1 : -1;
    int c = text_compare_nocase(room_shown(x), room_shown(y));
    return c ? c : (x->r.id > y->r.id) - (x->r.id < y->r.id);
}

void rooms_sort(struct rooms *rs)
{
    if (rs->n)
        qsort(rs->at, rs->n, sizeof(struct room *), compare);
}

void rooms_fini(struct rooms *rs)
{
    for (uint32_t i = 0; i < rs->n; i++)
        room_free(rs->at[i]);
    mem_free(rs->at);
    *rs = (struct rooms){0};
}

struct slice room_shown(const struct room *room)
{
    if (room->r.kind == CHAT_DM)
        return room->with ? person_shown(room->with) : SL("?");
    return room->r.name;
}

bool room_is_unread(const struct room *room)
{
    return room->r.unread > 0 && room->r.notify != CHAT_NOTIFY_NONE;
}

bool room_writable(const struct room *room)
{
    return room->r.joined && !room->r.archived;
}

enum err room_insert(struct room *room, struct message *msg, uint32_t *index)
{
    struct window *w = &room->window;
    enum err e = log_insert(&room->log, msg, index);
    if (e != ERR_OK)
        return e;
    if (*index < w->first || (*index == w->first && w->first < w->end)) {
        w->first++;
        w->end++;
    } else if (*index <= w->end && (*index < w->end || *index + 1 == room->log.n)) {
        w->end++;
    }
    return ERR_OK;
}

struct message *room_take(struct room *room, uint32_t index)
{
    struct window *w = &room->window;
    w->first -= index < w->first;
    w->end -= index < w->end;
    return log_take(&room->log, index);
}

void room_forget(struct room *room)
{
    log_cut(&room->log, 0, room->log.numbered_n);
    room->window = (struct window){.end = room->log.n, .following = true};
}
