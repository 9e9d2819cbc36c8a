/* What happens in a room: applied in its order, held when it comes too early, asked for when it is missing. See chat_client.h. */
#include "chat_client_inside.h"

#include "ident.h"
#include "json_in.h"
#include "mem.h"

#include <string.h>

#define RECOUNT_MS_MIN                                                                             \
    100 /* several changes are counted once, and not by everybody at the same moment */
#define RECOUNT_MS_SPREAD 900

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* --- counts --- */

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

/* The server counts; it is asked where the client cannot know. */
static void want_recount(struct chat_client *c, struct client_room *room)
{
    if (room->recount_ms == CHAT_CLIENT_NEVER) {
        room->recount_ms =
            c->host->now_ms() + RECOUNT_MS_MIN + c->host->random_u32() % RECOUNT_MS_SPREAD;
        client_wake(c, room->recount_ms);
    }
}

static void count_new(const struct chat_client *c, struct chat_room *r,
                      const struct chat_message *m)
{
    r->seq = m->seq;
    if (m->from.id == c->me.id) {
        r->read_seq = m->seq;
        r->unread = r->mentions = 0;
    } else if (!m->deleted) {
        r->unread = one_more(r->unread);
        if (!chat_client_is_blocked(c, m->from.id) && mentions_me(c, m)) {
            r->mentions = one_more(r->mentions);
        }
    }
}

/* A message that is not read yet has changed. */
static void count_changed(struct chat_client *c, struct client_room *room,
                          const struct chat_event *e)
{
    bool deleted = e->kind == CHAT_EVENT_DELETE;
    bool capped = room->r.unread >= CHAT_UNREAD_COUNTED_MAX;
    if (deleted && !capped && room->r.unread > 0) {
        room->r.unread--;
    }
    if (room->r.mentions > 0 || (deleted ? capped : mentions_me(c, e->message))) {
        want_recount(c, room);
    }
}

static void count(struct chat_client *c, struct client_room *room, const struct chat_event *e)
{
    const struct chat_message *m = e->message;
    bool changes = e->kind == CHAT_EVENT_EDIT || e->kind == CHAT_EVENT_DELETE;
    if (m && m->seq > room->r.seq) {
        count_new(c, &room->r, m);
    } else if (m && changes && m->seq > room->r.read_seq && m->from.id != c->me.id) {
        count_changed(c, room, e);
    }
}

static void on_recounted(void *user, const struct chat_answer *answer)
{
    struct chat_client *c = user;
    struct client_room *room = client_room_find(c, answer->room);
    struct json_in in;
    uint32_t again_ms = client_again_ms(answer);
    if (!room || !room->recounting) {
        return;
    }
    room->recounting = false;
    if (answer->result == ERR_OK && answer->ok) {
        json_in_start(&in, answer->json, NULL);
        json_in_int(&in, "read_seq", 0, CHAT_ID_MAX, &room->r.read_seq);
        json_in_int(&in, "unread", 0, CHAT_ID_MAX, &room->r.unread);
        json_in_int(&in, "mentions", 0, CHAT_ID_MAX, &room->r.mentions);
        client_room_tell(c, room);
    } else if (again_ms > 0) {
        room->recount_ms = c->host->now_ms() + again_ms;
        client_wake(c, room->recount_ms);
    }
}

/* Marking as read what is read already changes nothing, and is answered with the counts. */
static void ask_recount(struct chat_client *c, struct client_room *room)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SEQ,
                             .room = room->r.id,
                             .seq = room->r.read_seq};
    room->recount_ms = CHAT_CLIENT_NEVER;
    room->recounting = chat_client_ask(c, EVENT_READ, &r, on_recounted, c) == ERR_OK;
    if (!room->recounting) {
        room->recount_ms = c->host->now_ms() + CHAT_CLIENT_AGAIN_MS;
        client_wake(c, room->recount_ms);
    }
}

/* --- applying --- */

static void take_state(struct chat_client *c, struct client_room *room,
                       const struct chat_room *state)
{
    struct chat_room now = room->r;
    bool eased = state->slow < room->r.slow;
    struct arena arena;
    arena_init(&arena, CHAT_CLIENT_TEXTS_BYTES);
    now.name = arena_copy(&arena, state->name);
    now.topic = arena_copy(&arena, state->topic);
    now.archived = state->archived;
    now.slow = state->slow;
    now.members = state->members;
    if (now.name.p && now.topic.p && !now.with) {
        arena_fini(&room->arena);
        room->arena = arena;
        room->r = now;
    } else {
        arena_fini(&arena); /* a dm has neither, and is not archived */
    }
    if (eased) {
        client_outbox_due(c, room->r.id);
    }
}

/* What I am or may do here has changed. */
static void take_mine(struct chat_client *c, struct client_room *room, const struct chat_event *e)
{
    if (e->change == CHAT_ROLE) {
        room->r.room_role = e->role;
        client_outbox_due(c, room->r.id); /* slow mode is not for all */
    } else if (e->change == CHAT_MUTE || e->change == CHAT_UNMUTE) {
        room->r.muted_until_ms = e->change == CHAT_MUTE ? e->until_ms : 0;
    }
}

static void take_change(struct chat_client *c, struct client_room *room, const struct chat_event *e)
{
    if (e->change == CHAT_JOIN) {
        room->r.members++;
    } else if ((e->change == CHAT_LEAVE || e->change == CHAT_KICK || e->change == CHAT_BAN) &&
               room->r.members > 0) {
        room->r.members--; /* of a ban it is a guess: he may have left before */
    } else if (e->user && e->user->id == c->me.id) {
        take_mine(c, room, e);
    }
}

/* The room as it is after it. */
static void apply(struct chat_client *c, struct client_room *room, const struct chat_event *e)
{
    if (e->kind == CHAT_EVENT_ROOM && e->state) {
        take_state(c, room, e->state);
    } else if (e->kind == CHAT_EVENT_MEMBER) {
        take_change(c, room, e);
    }
    room->last_ev = e->ev;
    room->r.ev = larger(room->r.ev, e->ev);
}

static void tell_event(struct chat_client *c, const struct chat_event *e)
{
    if (c->callbacks.on_event) {
        c->callbacks.on_event(c->callbacks.user, e);
    }
}

/* The next event of a room. */
static void apply_next(struct chat_client *c, struct client_room *room, const struct chat_event *e)
{
    count(c, room, e);
    apply(c, room, e);
    client_room_tell(c, room);
    tell_event(c, e);
}

/* --- holding --- */

struct held_event *client_held_new(const struct chat_event *e, struct slice json)
{
    struct held_event *h = mem_alloc(sizeof *h + json.n);
    if (h) {
        memcpy(h->bytes, json.p, json.n);
        *h = (struct held_event){.room = e->room, .ev = e->ev, .json = {h->bytes, json.n}};
    }
    return h;
}

/* What cannot be held is dropped: heard_ev knows of it. */
static void hold(struct client_room *room, const struct chat_event *e, struct slice json)
{
    struct held_event **at = &room->held;
    while (*at && (*at)->ev < e->ev) {
        at = &(*at)->next;
    }
    if ((*at && (*at)->ev == e->ev) || room->held_n >= CHAT_CLIENT_HOLD_MAX) {
        return;
    }
    struct held_event *h = client_held_new(e, json);
    if (h) {
        h->next = *at;
        *at = h;
        room->held_n++;
    }
}

static void apply_held(struct chat_client *c, struct client_room *room)
{
    while (room->held && room->held->ev <= room->last_ev + 1) {
        struct held_event *h = room->held;
        struct chat_event e;
        struct arena arena;
        room->held = h->next;
        room->held_n--;
        arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
        if (h->ev == room->last_ev + 1 && chat_event_decode(h->json, &arena, &e) == ERR_OK) {
            apply_next(c, room, &e);
        }
        arena_fini(&arena);
        mem_free(h);
    }
}

/* --- asking for what is missing --- */

static void sync_later(struct chat_client *c, struct client_room *room, uint32_t ms)
{
    room->sync_ms = c->host->now_ms() + ms;
    client_wake(c, room->sync_ms);
}

/* What a sync gave. */
static void take_delta(struct chat_client *c, struct client_room *room,
                       const struct chat_room *from)
{
    bool messages = false;
    for (uint32_t i = 0; i < from->delta_n; i++) {
        const struct chat_event *e = &from->delta[i];
        if (e->ev > room->last_ev) {
            room->r.seq = larger(room->r.seq, e->message ? e->message->seq : 0);
            messages = messages || e->message;
            apply(c, room, e);
            tell_event(c, e);
        }
    }
    room->last_ev = larger(room->last_ev, from->ev);
    room->heard_ev = larger(room->heard_ev, room->last_ev);
    room->r.ev = larger(room->r.ev, room->last_ev);
    if (messages) {
        want_recount(c, room); /* of several changes of a message it tells the last only */
    }
    client_room_tell(c, room);
}

static void take_sync(struct chat_client *c, struct client_room *room, struct slice json)
{
    struct arena arena;
    struct chat_room from;
    int64_t before = room->last_ev;
    arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
    /* It has those members of a room that catching up needs. */
    enum err e = chat_room_decode(json, &arena, &from);
    if (e == ERR_OK && from.catch_up == CHAT_DELTA) {
        take_delta(c, room, &from);
        if (room->last_ev == before && room->last_ev < room->heard_ev) {
            sync_later(c, room, CHAT_CLIENT_AGAIN_MS); /* it knows less than it told */
        }
        client_room_drain(c, room);
    } else if (e == ERR_OK && !c->resuming) {
        client_resume(c); /* too much was missed; that also gives the counts */
    } else {
        sync_later(c, room, CHAT_CLIENT_AGAIN_MS);
    }
    arena_fini(&arena);
}

static void on_synced(void *user, const struct chat_answer *answer)
{
    struct chat_client *c = user;
    struct client_room *room = client_room_find(c, answer->room);
    uint32_t again_ms = client_again_ms(answer);
    if (!room || !room->syncing) {
        return; /* of an earlier connection */
    }
    room->syncing = false;
    if (answer->result == ERR_OK && answer->ok) {
        take_sync(c, room, answer->json);
    } else if (again_ms > 0) {
        sync_later(c, room, again_ms);
    } else if (answer->result == ERR_OK) {
        room->heard_ev = room->last_ev; /* not for us any more; "me" will say so */
        client_room_drop_held(room);
    }
}

static void ask_sync(struct chat_client *c, struct client_room *room)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_AFTER,
                             .room = room->r.id,
                             .after = room->last_ev};
    room->sync_ms = CHAT_CLIENT_NEVER;
    room->syncing = chat_client_ask(c, EVENT_SYNC, &r, on_synced, c) == ERR_OK;
    if (!room->syncing) {
        sync_later(c, room, CHAT_CLIENT_AGAIN_MS);
    }
}

void client_room_drain(struct chat_client *c, struct client_room *room)
{
    apply_held(c, room);
    if (room->heard_ev > room->last_ev && !room->syncing && room->sync_ms == CHAT_CLIENT_NEVER &&
        !c->resuming) {
        ask_sync(c, room);
    }
}

void client_room_event(struct chat_client *c, const struct chat_event *e, struct slice json)
{
    struct client_room *room = client_room_find(c, e->room);
    if (!room) {
        if (c->resuming) {
            client_early_event(c, e, json);
        }
        return;
    }
    if (!c->resuming && e->ev <= room->last_ev) {
        return; /* while resuming it may be of another epoch */
    }
    room->heard_ev = larger(room->heard_ev, e->ev);
    if (!c->resuming && e->ev == room->last_ev + 1) {
        apply_next(c, room, e);
    } else {
        hold(room, e, json);
    }
    if (!c->resuming) {
        client_room_drain(c, room);
    }
}

void client_rooms_recount(struct chat_client *c)
{
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        if (c->rooms[i]->r.unread > 0) {
            want_recount(c, c->rooms[i]);
        }
    }
}

void client_rooms_turn(struct chat_client *c)
{
    int64_t now_ms = c->host->now_ms();
    for (uint32_t i = 0; i < c->rooms_n && c->state == CHAT_CLIENT_LIVE && !c->resuming; i++) {
        struct client_room *room = c->rooms[i];
        if (room->sync_ms <= now_ms) {
            ask_sync(c, room);
        }
        if (room->recount_ms <= now_ms && !room->recounting) {
            ask_recount(c, room);
        }
        client_wake(c, room->sync_ms);
        client_wake(c, room->recount_ms);
    }
}
