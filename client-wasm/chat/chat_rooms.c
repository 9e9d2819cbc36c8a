/* Rooms and the order of what happens in them. See chat_client.h. */
#include "chat_client_inside.h"

#include "ident.h"
#include "json.h"
#include "json_in.h"
#include "mem.h"

#include <string.h>

#define ROOM_ARENA_BYTES (64u << 10)

/* --- the table --- */

/* Where a room is, or would go. */
static uint32_t place(const struct chat_client *c, int64_t id)
{
    uint32_t low = 0, high = c->rooms_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->rooms[middle]->r.id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct client_room *client_room_find(const struct chat_client *c, int64_t id)
{
    uint32_t i = place(c, id);
    return i < c->rooms_n && c->rooms[i]->r.id == id ? c->rooms[i] : NULL;
}

bool client_copy_user(struct chat_user *to, const struct chat_user *from, struct arena *arena)
{
    *to = *from;
    to->name = arena_copy(arena, from->name);
    to->display = arena_copy(arena, from->display);
    to->status = arena_copy(arena, from->status);
    return to->name.p && to->display.p && to->status.p;
}

static bool copy_room(struct client_room *room, const struct chat_room *from)
{
    struct arena arena;
    struct chat_room r = *from;
    arena_init(&arena, ROOM_ARENA_BYTES);
    r.name = arena_copy(&arena, from->name);
    r.topic = arena_copy(&arena, from->topic);
    bool ok = r.name.p && r.topic.p;
    if (ok && from->with) {
        r.with = arena_alloc(&arena, sizeof *r.with);
        ok = r.with && client_copy_user(r.with, from->with, &arena);
    }
    r.catch_up = CHAT_NO_CATCH_UP;
    r.delta = NULL;
    r.reset = NULL;
    if (!ok) {
        arena_fini(&arena);
        return false;
    }
    arena_fini(&room->arena);
    room->arena = arena;
    room->r = r;
    return true;
}

static bool grow(struct chat_client *c)
{
    if (c->rooms_n < c->rooms_cap) {
        return true;
    }
    uint32_t cap = c->rooms_cap ? c->rooms_cap * 2 : 16;
    struct client_room **rooms = cap <= CHAT_CLIENT_ROOMS_MAX * 2
                                     ? mem_realloc(c->rooms, cap * sizeof(struct client_room *))
                                     : NULL;
    if (!rooms) {
        return false;
    }
    c->rooms = rooms;
    c->rooms_cap = cap;
    return true;
}

struct client_room *client_room_put(struct chat_client *c, const struct chat_room *from)
{
    struct client_room *room = client_room_find(c, from->id);
    if (room) {
        return copy_room(room, from) ? room : NULL;
    }
    room = grow(c) ? mem_zalloc(sizeof *room) : NULL;
    if (!room || !copy_room(room, from)) {
        mem_free(room);
        return NULL;
    }
    uint32_t at = place(c, from->id);
    memmove(c->rooms + at + 1, c->rooms + at, (c->rooms_n - at) * sizeof(struct client_room *));
    c->rooms[at] = room;
    c->rooms_n++;
    room->last_ev = from->ev;
    return room;
}

static void drop_held(struct client_room *room)
{
    while (room->held) {
        struct held_event *h = room->held;
        room->held = h->next;
        mem_free(h);
    }
    room->held_n = 0;
}

static void free_room(struct client_room *room)
{
    drop_held(room);
    arena_fini(&room->arena);
    mem_free(room);
}

void client_room_drop(struct chat_client *c, int64_t id)
{
    uint32_t at = place(c, id);
    if (at == c->rooms_n || c->rooms[at]->r.id != id) {
        return;
    }
    free_room(c->rooms[at]);
    c->rooms_n--;
    memmove(c->rooms + at, c->rooms + at + 1, (c->rooms_n - at) * sizeof(struct client_room *));
    if (c->callbacks.on_room_gone) {
        c->callbacks.on_room_gone(c->callbacks.user, id);
    }
}

void client_rooms_fini(struct chat_client *c)
{
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        free_room(c->rooms[i]);
    }
    mem_free(c->rooms);
}

void client_tell_room(struct chat_client *c, const struct client_room *room)
{
    if (c->callbacks.on_room) {
        c->callbacks.on_room(c->callbacks.user, &room->r);
    }
}

/* --- applying --- */

/* Is it one that counts as mentioning me? */
static bool mentions_me(const struct chat_client *c, const struct chat_message *m)
{
    struct ident_mentions found;
    ident_mentions(m->text, &found);
    for (unsigned i = 0; i < found.n; i++) {
        if (slice_eq(ident_slice(&found.names[i]), c->me.name)) {
            return true;
        }
    }
    return found.everybody;
}

static int64_t one_more(int64_t n)
{
    return n < CHAT_UNREAD_COUNTED_MAX ? n + 1 : n;
}

static void count(const struct chat_client *c, struct client_room *room, const struct chat_event *e)
{
    const struct chat_message *m = e->message;
    if (e->kind != CHAT_EVENT_MESSAGE || !m || m->seq <= room->r.seq) {
        return;
    }
    room->r.seq = m->seq;
    if (m->from.id == c->me.id) {
        room->r.read_seq = m->seq;
        room->r.unread = room->r.mentions = 0;
        return;
    }
    room->r.unread = m->deleted ? room->r.unread : one_more(room->r.unread);
    if (!m->deleted && mentions_me(c, m)) {
        room->r.mentions = one_more(room->r.mentions);
    }
}

/* The room's own looks and members. */
static void take_state(struct client_room *room, const struct chat_event *e)
{
    if (e->kind == CHAT_EVENT_ROOM && e->state) {
        struct chat_room now = room->r;
        now.name = e->state->name;
        now.topic = e->state->topic;
        now.archived = e->state->archived;
        now.members = e->state->members;
        (void)copy_room(room, &now);
    }
    if (e->kind == CHAT_EVENT_MEMBER && e->change == CHAT_JOIN) {
        room->r.members++;
    } else if (e->kind == CHAT_EVENT_MEMBER && room->r.members > 0 &&
               (e->change == CHAT_LEAVE || e->change == CHAT_KICK)) {
        room->r.members--;
    }
}

static void apply(struct chat_client *c, struct client_room *room, const struct chat_event *e)
{
    int64_t id = room->r.id;
    count(c, room, e);
    take_state(room, e);
    if (e->kind == CHAT_EVENT_MEMBER && e->change == CHAT_ROLE && e->user &&
        e->user->id == c->me.id) {
        room->r.room_role = e->role;
    }
    room->last_ev = room->r.ev = e->ev;
    client_tell_room(c, room);
    if (client_room_find(c, id) && c->callbacks.on_event) {
        c->callbacks.on_event(c->callbacks.user, e);
    }
}

/* --- holding --- */

static bool hold(struct client_room *room, int64_t ev, struct slice json)
{
    struct held_event **at = &room->held;
    while (*at && (*at)->ev < ev) {
        at = &(*at)->next;
    }
    if (*at && (*at)->ev == ev) {
        return true;
    }
    struct held_event *h =
        room->held_n < CHAT_CLIENT_HOLD_MAX ? mem_alloc(sizeof *h + json.n) : NULL;
    if (!h) {
        return false; /* what is dropped is asked for, too */
    }
    memcpy(h->bytes, json.p, json.n);
    h->json = (struct slice){h->bytes, json.n};
    h->ev = ev;
    h->next = *at;
    *at = h;
    room->held_n++;
    return true;
}

static void on_synced(void *user, const struct chat_answer *answer);

static void ask_sync(struct chat_client *c, struct client_room *room)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_AFTER,
                             .room = room->r.id,
                             .after = room->last_ev};
    if (!room->syncing) {
        room->syncing = chat_client_ask(c, EVENT_SYNC, &r, on_synced, c) == ERR_OK;
    }
}

void client_room_drain(struct chat_client *c, struct client_room *room)
{
    int64_t id = room->r.id;
    while (room && room->held && room->held->ev <= room->last_ev + 1) {
        struct held_event *h = room->held;
        struct chat_event e;
        struct arena arena;
        room->held = h->next;
        room->held_n--;
        arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
        if (h->ev == room->last_ev + 1 && chat_event_decode(h->json, &arena, &e) == ERR_OK) {
            apply(c, room, &e);
        }
        arena_fini(&arena);
        mem_free(h);
        room = client_room_find(c, id);
    }
    if (room && room->held && c->state == CHAT_CLIENT_LIVE) {
        ask_sync(c, room);
    }
}

void client_room_event(struct chat_client *c, const struct chat_event *e, struct slice json)
{
    struct client_room *room = client_room_find(c, e->room);
    if (!room || e->ev <= room->last_ev) {
        return;
    }
    if (c->state == CHAT_CLIENT_LIVE && !room->syncing && e->ev == room->last_ev + 1) {
        apply(c, room, e);
        return;
    }
    (void)hold(room, e->ev, json);
    if (c->state == CHAT_CLIENT_LIVE) {
        ask_sync(c, room);
    }
}

/* --- catching up --- */

void client_room_catch_up(struct chat_client *c, struct client_room *room,
                          const struct chat_room *from)
{
    int64_t id = room->r.id, ev = from->ev;
    if (from->catch_up == CHAT_DELTA) {
        for (uint32_t i = 0; i < from->delta_n && room; i++) {
            if (from->delta[i].ev > room->last_ev && c->callbacks.on_event) {
                c->callbacks.on_event(c->callbacks.user, &from->delta[i]);
            }
            room = client_room_find(c, id);
        }
    } else if (from->catch_up == CHAT_RESET && room->followed && c->callbacks.on_reset) {
        c->callbacks.on_reset(c->callbacks.user, id, from->reset, from->reset_n);
        room = client_room_find(c, id);
    }
    if (room) {
        room->last_ev = ev;
        client_room_drain(c, room);
    }
}

static void take_sync(struct chat_client *c, struct client_room *room, struct slice json)
{
    struct arena arena;
    struct chat_room from;
    struct json_in in;
    int64_t ev = 0;
    arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
    json_in_start(&in, json, &arena);
    /* It has those members of a room that catching up needs. */
    if (json_in_int(&in, "ev", 0, CHAT_ID_MAX, &ev) &&
        chat_room_decode(json, &arena, &from) == ERR_OK) {
        from.ev = ev;
        client_room_catch_up(c, room, &from);
    }
    arena_fini(&arena);
}

static void on_synced(void *user, const struct chat_answer *answer)
{
    struct chat_client *c = user;
    struct client_room *room = client_room_find(c, answer->room);
    if (!room) {
        return;
    }
    room->syncing = false;
    if (answer->result == ERR_OK && answer->ok) {
        take_sync(c, room, answer->json);
    }
}
