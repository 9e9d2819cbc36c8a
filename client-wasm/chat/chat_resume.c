/* Coming (back) in: the question what there is and what was missed, and taking over its answer. See chat_client.h. */
#include "chat_client_inside.h"

#include "json.h"
#include "json_in.h"
#include "mem.h"

#include <string.h>

/* --- events of rooms not known yet --- */

void client_early_drop(struct chat_client *c)
{
    while (c->early) {
        struct held_event *h = c->early;
        c->early = h->next;
        mem_free(h);
    }
    c->early_n = 0;
}

void client_early_event(struct chat_client *c, const struct chat_event *e, struct slice json)
{
    struct held_event *h = c->early_n < CHAT_CLIENT_EARLY_MAX ? client_held_new(e, json) : NULL;
    if (!h) {
        c->again = true; /* the next answer has it */
        return;
    }
    h->next = c->early;
    c->early = h;
    c->early_n++;
}

/* Those of one room come in their order. */
static void replay_early(struct chat_client *c)
{
    struct held_event *list = NULL;
    while (c->early) {
        struct held_event *h = c->early;
        c->early = h->next;
        h->next = list;
        list = h;
    }
    c->early_n = 0;
    while (list) {
        struct held_event *h = list;
        struct arena arena;
        struct chat_event e;
        list = h->next;
        arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
        if (client_room_find(c, h->room) && chat_event_decode(h->json, &arena, &e) == ERR_OK) {
            client_room_event(c, &e, h->json);
        }
        arena_fini(&arena);
        mem_free(h);
    }
}

/* --- the answer --- */

void client_take_me(struct chat_client *c, const struct chat_user *user)
{
    struct arena arena;
    struct chat_user me;
    arena_init(&arena, CHAT_CLIENT_TEXTS_BYTES);
    if (!client_copy_user(&me, user, &arena)) {
        arena_fini(&arena);
        return;
    }
    arena_fini(&c->me_arena);
    c->me_arena = arena;
    c->me = me;
}

static void take_epoch(struct chat_client *c, struct slice epoch)
{
    bool restored = c->epoch.n > 0 && !slice_eq(c->epoch, epoch);
    arena_fini(&c->epoch_arena);
    c->epoch = arena_copy(&c->epoch_arena, epoch);
    if (restored && c->callbacks.on_restored) {
        c->callbacks.on_restored(c->callbacks.user);
    }
}

static void tell_events(struct chat_client *c, struct client_room *room,
                        const struct chat_room *from)
{
    for (uint32_t i = 0; i < from->delta_n && c->callbacks.on_event; i++) {
        if (from->delta[i].ev > room->last_ev) {
            c->callbacks.on_event(c->callbacks.user, &from->delta[i]);
        }
    }
}

/* What is followed gets what was missed; of what is not, nobody keeps messages. */
static void catch_up(struct chat_client *c, struct client_room *room, const struct chat_room *from)
{
    if (from->catch_up == CHAT_DELTA) {
        tell_events(c, room, from);
    } else if (room->followed && c->callbacks.on_reset &&
               (from->catch_up == CHAT_RESET || from->ev > room->last_ev)) {
        c->callbacks.on_reset(c->callbacks.user, room->r.id, from->reset, from->reset_n);
    }
}

static void take_room(struct chat_client *c, const struct chat_room *from)
{
    struct client_room *known = client_room_find(c, from->id);
    struct client_room *room = client_room_put(c, from);
    if (!room) {
        return;
    }
    room->seen = true;
    client_room_tell(c, room);
    if (known) {
        catch_up(c, room, from);
    }
    room->last_ev = from->ev; /* also when it is less: another epoch */
    room->heard_ev = room->heard_ev > from->ev ? room->heard_ev : from->ev;
    room->sync_ms = CHAT_CLIENT_NEVER; /* what is still missing is asked for with what is held */
}

/* A room that could not be taken over is still there. */
static void keep_room(struct chat_client *c, struct slice json, struct arena *arena)
{
    struct json_in in;
    struct client_room *room;
    int64_t id = 0;
    json_in_start(&in, json, arena);
    if (json_in_int(&in, "id", 1, CHAT_ID_MAX, &id) && (room = client_room_find(c, id))) {
        room->seen = true;
        c->again = true;
    }
}

static void drop_unseen(struct chat_client *c)
{
    for (uint32_t i = c->rooms_n; i-- > 0;) {
        if (!c->rooms[i]->seen) {
            client_room_drop(c, c->rooms[i]->r.id, false);
        }
    }
}

static void take_rooms(struct chat_client *c, struct slice array)
{
    struct json_iter it;
    struct slice value;
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        c->rooms[i]->seen = false;
    }
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value);) {
        struct arena arena;
        struct chat_room room;
        arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
        if (chat_room_decode(value, &arena, &room) == ERR_OK) {
            take_room(c, &room);
        } else {
            keep_room(c, value, &arena);
        }
        arena_fini(&arena);
    }
    drop_unseen(c);
}

static void take_answer(struct chat_client *c, struct slice json)
{
    struct arena arena;
    struct json_in in;
    struct slice raw, text = SL(""), workspace = SL("");
    struct chat_user me;
    int64_t utc_ms;
    arena_init(&arena, CHAT_CLIENT_TEXTS_BYTES);
    json_in_start(&in, json, &arena);
    if (json_in_raw(&in, "user", &raw) && chat_user_decode(raw, &arena, &me) == ERR_OK) {
        client_take_me(c, &me);
    }
    if (c->callbacks.on_clock && json_in_int(&in, "now", 1, CHAT_ID_MAX, &utc_ms)) {
        c->callbacks.on_clock(c->callbacks.user, utc_ms);
    }
    json_in_text(&in, "workspace", &workspace);
    if (c->callbacks.on_workspace && !c->renamed) {
        c->callbacks.on_workspace(c->callbacks.user, workspace);
    }
    if (json_in_text(&in, "epoch", &text)) {
        take_epoch(c, text);
    }
    client_take_blocks(c, &in); /* before what they may have said */
    if (json_in_raw(&in, "rooms", &raw) && json_type_of(raw) == JSON_ARRAY) {
        take_rooms(c, raw);
    }
    arena_fini(&arena);
}

/* The rooms are known: what waited for that goes on. */
static void go_on(struct chat_client *c)
{
    c->resuming = false;
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        client_room_drain(c, c->rooms[i]);
    }
    replay_early(c);
    if (c->again) {
        client_resume(c);
    } else {
        client_rooms_turn(c);
    }
}

static void on_resumed(void *user, const struct chat_answer *answer)
{
    struct chat_client *c = user;
    bool live = c->state == CHAT_CLIENT_LIVE; /* already */
    uint32_t again_ms = client_again_ms(answer);
    if (!c->resuming) {
        return;
    }
    if (answer->result != ERR_OK || !answer->ok) {
        if (answer->result != ERR_CLOSED) { /* else the next connection asks */
            c->resume_ms = c->host->now_ms() + (again_ms > 0 ? again_ms : CHAT_CLIENT_AGAIN_MS);
            client_wake(c, c->resume_ms);
        }
        return;
    }
    c->state = CHAT_CLIENT_LIVE; /* what is called may ask; it is told when the rooms are known */
    take_answer(c, answer->json);
    if (c->state != CHAT_CLIENT_LIVE) {
        return; /* one of them has closed it */
    }
    if (!live) {
        c->resumed_ms = c->host->now_ms();
        client_set_state(c, CHAT_CLIENT_LIVE, NULL);
    }
    if (c->callbacks.on_resumed) {
        c->callbacks.on_resumed(c->callbacks.user, &c->me);
    }
    if (c->state == CHAT_CLIENT_LIVE) {
        go_on(c);
        client_outbox_pump(c);
    }
}

void client_resume(struct chat_client *c)
{
    struct chat_cursor cursors[CHAT_RESUME_ROOMS_MAX];
    struct chat_request r = {.cursors = cursors};
    for (uint32_t i = 0; i < c->rooms_n && r.cursors_n < CHAT_RESUME_ROOMS_MAX; i++) {
        if (c->rooms[i]->followed) {
            cursors[r.cursors_n++] = (struct chat_cursor){c->rooms[i]->r.id, c->rooms[i]->last_ev};
        }
    }
    if (c->epoch.n > 0) {
        r.has |= 1ull << CHAT_FIELD_EPOCH;
        r.epoch = c->epoch;
    }
    if (r.cursors_n > 0) {
        r.has |= 1ull << CHAT_FIELD_ROOMS;
    }
    c->resuming = true;
    c->again = c->renamed = false;
    c->resume_ms = CHAT_CLIENT_NEVER;
    if (client_ask(c, EVENT_RESUME, &r, on_resumed, c) != ERR_OK) {
        c->resume_ms = c->host->now_ms() + CHAT_CLIENT_AGAIN_MS;
        client_wake(c, c->resume_ms);
    }
}
