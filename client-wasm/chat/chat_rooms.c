/* The rooms that are mine. See chat_client.h. */
#include "chat_client_inside.h"

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
    if (!to->name.p || !to->display.p || !to->status.p || !from->profile) {
        return to->name.p && to->display.p && to->status.p;
    }
    struct chat_profile *profile = arena_alloc(arena, sizeof *profile);
    if (profile) {
        profile->bio = arena_copy(arena, from->profile->bio);
        profile->zone = arena_copy(arena, from->profile->zone);
    }
    to->profile = profile;
    return profile && profile->bio.p && profile->zone.p;
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
    cap = cap < CHAT_CLIENT_ROOMS_MAX ? cap : CHAT_CLIENT_ROOMS_MAX;
    struct client_room **rooms =
        c->rooms_n < cap ? mem_realloc(c->rooms, cap * sizeof *rooms) : NULL;
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
    room->last_ev = room->heard_ev = from->ev;
    room->sync_ms = room->recount_ms = CHAT_CLIENT_NEVER;
    return room;
}

void client_room_tell(struct chat_client *c, const struct client_room *room)
{
    if (c->callbacks.on_room) {
        c->callbacks.on_room(c->callbacks.user, &room->r);
    }
}

void client_room_learn(struct chat_client *c, const struct chat_room *from)
{
    struct client_room *room = client_room_put(c, from);
    if (!room) {
        return;
    }
    room->heard_ev = room->heard_ev > from->ev ? room->heard_ev : from->ev;
    client_room_tell(c, room);
    if (!c->resuming) {
        client_room_drain(c, room);
    }
}

void client_room_drop_held(struct client_room *room)
{
    while (room->held) {
        struct held_event *h = room->held;
        room->held = h->next;
        mem_free(h);
    }
    room->held_n = 0;
}

static void free_room(struct chat_client *c, struct client_room *room)
{
    c->followed_n -= room->followed;
    client_room_drop_held(room);
    arena_fini(&room->arena);
    mem_free(room);
}

void client_room_drop(struct chat_client *c, int64_t id, bool put_out)
{
    uint32_t at = place(c, id);
    if (at == c->rooms_n || c->rooms[at]->r.id != id) {
        return;
    }
    free_room(c, c->rooms[at]);
    c->rooms_n--;
    memmove(c->rooms + at, c->rooms + at + 1, (c->rooms_n - at) * sizeof(struct client_room *));
    if (c->callbacks.on_room_gone) {
        c->callbacks.on_room_gone(c->callbacks.user, id, put_out);
    }
    client_outbox_drop(c, id);
}

void client_rooms_lost(struct chat_client *c)
{
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        struct client_room *room = c->rooms[i];
        client_room_drop_held(room);
        room->heard_ev = 0; /* until the next resume: its numbers may be of another epoch */
        room->syncing = room->recounting = false;
        room->sync_ms = room->recount_ms = CHAT_CLIENT_NEVER;
    }
}

void client_rooms_fini(struct chat_client *c)
{
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        free_room(c, c->rooms[i]);
    }
    mem_free(c->rooms);
}

/* --- for the user of the client --- */

const struct chat_room *chat_client_room(const struct chat_client *c, int64_t id)
{
    const struct client_room *room = client_room_find(c, id);
    return room ? &room->r : NULL;
}

void chat_client_each_room(const struct chat_client *c,
                           void (*fn)(void *user, const struct chat_room *room), void *user)
{
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        fn(user, &c->rooms[i]->r);
    }
}

bool chat_client_follow(struct chat_client *c, int64_t id, bool on)
{
    struct client_room *room = client_room_find(c, id);
    if (!room || (on && !room->followed && c->followed_n >= CHAT_RESUME_ROOMS_MAX)) {
        return false;
    }
    c->followed_n += (uint32_t)on - (uint32_t)room->followed;
    room->followed = on;
    return true;
}
