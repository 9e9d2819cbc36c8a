/* Rooms: who is in which. See app.h.
 *
 * Inv: members are the sockets with a membership, whose index says where; on_reactor_n counts those with on_reactor by reactor and
 * variant. A named room is in its namespace's map exactly while it has members or is held.
 */
#include "app.h"

#include "mem.h"

/* --- numbers on the reactors --- */

/* The reactors forget the room in the order of commands, so its number can be used again at once. */
static void give_number(struct tincan *t, uint32_t number)
{
    bool known = true;
    for (unsigned i = 0; i < t->io_options.reactors_n; i++) {
        known = app_command(t, i, &(struct command){.kind = COMMAND_DROP_ROOM, .room = number}) &&
                known;
    }
    if (known && t->free_rooms_n == t->free_rooms_cap) {
        uint32_t cap = t->free_rooms_cap ? t->free_rooms_cap * 2 : 64;
        uint32_t *numbers = mem_realloc(t->free_rooms, cap * sizeof *numbers);
        if (numbers) {
            t->free_rooms = numbers;
            t->free_rooms_cap = cap;
        }
    }
    if (known && t->free_rooms_n < t->free_rooms_cap) {
        t->free_rooms[t->free_rooms_n++] = number;
    } /* else the number is lost, nothing else */
}

static uint32_t take_number(struct tincan *t)
{
    return t->free_rooms_n > 0 ? t->free_rooms[--t->free_rooms_n] : t->next_room++;
}

bool app_room_init(struct tincan *t, struct app_room *room, const char *name)
{
    *room = (struct app_room){.number = {APP_ROOM_NONE, APP_ROOM_NONE}};
    room->on_reactor_n =
        mem_zalloc(APP_VARIANTS_N * t->io_options.reactors_n * sizeof *room->on_reactor_n);
    room->name = name ? app_copy(slice_str(name)) : NULL;
    if (!room->on_reactor_n || (name && !room->name)) {
        mem_free(room->on_reactor_n);
        mem_free(room->name);
        return app_out_of_memory(t);
    }
    return true;
}

void app_room_fini(struct tincan *t, struct app_room *room)
{
    for (unsigned v = 0; v < APP_VARIANTS_N; v++) {
        if (room->number[v] != APP_ROOM_NONE && !t->stopped) {
            give_number(t, room->number[v]);
        }
    }
    mem_free(room->on_reactor_n);
    mem_free(room->members);
    mem_free(room->name);
}

/* --- members --- */

static uint32_t *on_reactor_n(struct app_room *room, const struct tincan_socket *s)
{
    return &room->on_reactor_n[APP_VARIANTS_N * s->reactor + s->recoverable];
}

/* Let the reactor know of a membership. */
static bool enter(struct tincan_socket *s, struct app_membership *m)
{
    uint32_t *number = &m->room->number[s->recoverable];
    if (s->doomed) {
        return false; /* what it is told is void already */
    }
    if (*number == APP_ROOM_NONE) {
        *number = take_number(s->t);
    }
    m->on_reactor = app_tell(s, (struct command){.kind = COMMAND_JOIN, .room = *number});
    *on_reactor_n(m->room, s) += m->on_reactor;
    return m->on_reactor;
}

static void leave(struct tincan_socket *s, const struct app_membership *m)
{
    if (m->on_reactor) {
        app_tell(s,
                 (struct command){.kind = COMMAND_LEAVE, .room = m->room->number[s->recoverable]});
        --*on_reactor_n(m->room, s);
    }
}

void app_rooms_enter(struct tincan_socket *s)
{
    enter(s, &s->all);
    for (uint32_t i = 0; i < s->rooms_n; i++) {
        enter(s, &s->rooms[i]);
    }
}

bool app_room_add(struct app_room *room, struct tincan_socket *s, struct app_membership *m)
{
    if (room->members_n == room->members_cap) {
        uint32_t cap = room->members_cap ? room->members_cap * 2 : 4;
        struct tincan_socket **members =
            mem_realloc(room->members, cap * sizeof(struct tincan_socket *));
        if (!members) {
            return app_out_of_memory(s->t);
        }
        room->members = members;
        room->members_cap = cap;
    }
    *m = (struct app_membership){.room = room, .index = room->members_n};
    if (s->state == SOCKET_CONNECTED && !enter(s, m)) {
        return false;
    }
    room->members[room->members_n++] = s;
    return true;
}

/* Where in s the membership of a room is. */
static struct app_membership *membership_of(struct tincan_socket *s, const struct app_room *room)
{
    if (s->all.room == room) {
        return &s->all;
    }
    uint32_t i = 0;
    while (s->rooms[i].room != room) {
        i++;
    }
    return &s->rooms[i];
}

static void remove_member(struct tincan_socket *s, struct app_membership *m)
{
    struct app_room *room = m->room;
    struct tincan_socket *last = room->members[--room->members_n];
    leave(s, m);
    if (last != s) {
        room->members[m->index] = last;
        membership_of(last, room)->index = m->index;
    }
    m->room = NULL;
}

/* --- named rooms --- */

static void tell_room(struct tincan_namespace *ns, enum tincan_room_change change, const char *room,
                      const char *id)
{
    for (struct row *row = app_first_row(ns, ROW_ROOM); row;
         row = app_next_row(ns, ROW_ROOM, row)) {
        row->on_room(change, room, id, row->user);
    }
}

struct app_room *app_room_find(const struct tincan_namespace *ns, const char *name)
{
    return map_get(&ns->rooms, slice_str(name));
}

/* Let go of a room that was held. */
static void release(struct tincan_namespace *ns, struct app_room *room)
{
    if (--room->holds_n == 0 && room->members_n == 0) {
        map_remove(&ns->rooms, slice_str(room->name));
        tell_room(ns, TINCAN_ROOM_DELETE, room->name, "");
        app_room_fini(ns->t, room);
        mem_free(room);
    }
}

/* The room of a name, made if need be, held. NULL: no memory. */
static struct app_room *hold_room(struct tincan_namespace *ns, const char *name)
{
    struct app_room *room = app_room_find(ns, name);
    if (room) {
        room->holds_n++;
        return room;
    }
    room = mem_zalloc(sizeof *room);
    if (!room || !app_room_init(ns->t, room, name)) {
        mem_free(room);
        app_out_of_memory(ns->t);
        return NULL;
    }
    if (map_set(&ns->rooms, slice_str(name), room) != ERR_OK) {
        app_room_fini(ns->t, room);
        mem_free(room);
        app_out_of_memory(ns->t);
        return NULL;
    }
    room->holds_n++;
    tell_room(ns, TINCAN_ROOM_CREATE, room->name, "");
    return room;
}

static bool grow_rooms(struct tincan_socket *s)
{
    if (s->rooms_n < s->rooms_cap) {
        return true;
    }
    uint32_t cap = s->rooms_cap ? s->rooms_cap * 2 : 4;
    struct app_membership *rooms = mem_realloc(s->rooms, cap * sizeof *rooms);
    if (!rooms) {
        return app_out_of_memory(s->t);
    }
    s->rooms = rooms;
    s->rooms_cap = cap;
    return true;
}

bool tincan_join(struct tincan_socket *s, const char *name)
{
    if (s->state != SOCKET_CONNECTING && s->state != SOCKET_CONNECTED) {
        return app_fail(s->t, "not joined: the socket has left");
    }
    if (tincan_in(s, name)) {
        return true;
    }
    struct app_room *room = hold_room(s->ns, name);
    if (!room) {
        return false;
    }
    /* The hook that heard of the new room may have joined it, or let s leave. */
    bool may = (s->state == SOCKET_CONNECTING || s->state == SOCKET_CONNECTED) &&
               !tincan_in(s, room->name);
    bool ok = may && grow_rooms(s) && app_room_add(room, s, &s->rooms[s->rooms_n]);
    if (ok) {
        s->rooms_n++;
        tell_room(s->ns, TINCAN_ROOM_JOIN, room->name, s->id);
    } else if (!may) {
        ok = tincan_in(s, room->name);
    }
    release(s->ns, room);
    return ok;
}

static void leave_at(struct tincan_socket *s, uint32_t index)
{
    struct tincan_namespace *ns = s->ns;
    struct app_room *room = s->rooms[index].room;
    room->holds_n++;
    remove_member(s, &s->rooms[index]);
    s->rooms[index] = s->rooms[--s->rooms_n];
    tell_room(ns, TINCAN_ROOM_LEAVE, room->name, s->id);
    release(ns, room);
}

void tincan_leave(struct tincan_socket *s, const char *name)
{
    for (uint32_t i = 0; i < s->rooms_n; i++) {
        if (strcmp(s->rooms[i].room->name, name) == 0) {
            leave_at(s, i);
            return;
        }
    }
}

void app_leave_all(struct tincan_socket *s)
{
    while (s->rooms_n > 0) {
        leave_at(s, s->rooms_n - 1);
    }
    if (s->all.room) {
        remove_member(s, &s->all);
    }
}

bool tincan_in(const struct tincan_socket *s, const char *name)
{
    for (uint32_t i = 0; i < s->rooms_n; i++) {
        if (strcmp(s->rooms[i].room->name, name) == 0) {
            return true;
        }
    }
    return strcmp(s->id, name) == 0;
}

void tincan_each_room(const struct tincan_socket *s, void (*fn)(const char *room, void *user),
                      void *user)
{
    fn(s->id, user);
    for (uint32_t i = s->rooms_n;
         i-- > 0;) { /* backwards: leaving moves the last one to the place of what is left */
        if (i < s->rooms_n) {
            struct app_room *room = s->rooms[i].room;
            room->holds_n++;
            fn(room->name, user);
            release(s->ns, room);
        }
    }
}

void tincan_namespace_rooms(struct tincan_namespace *ns,
                            void (*fn)(const char *room, size_t members, void *user), void *user)
{
    struct app_room **rooms = mem_alloc((ns->rooms.n + 1) * sizeof(struct app_room *));
    struct map_iter it = {0};
    struct app_room *room;
    size_t n = 0;
    if (!rooms) {
        app_out_of_memory(ns->t);
        return;
    }
    while ((room = map_next(&ns->rooms, &it, NULL))) {
        room->holds_n++;
        rooms[n++] = room;
    }
    for (size_t i = 0; i < n; i++) {
        if (rooms[i]->members_n > 0) {
            fn(rooms[i]->name, rooms[i]->members_n, user);
        }
        release(ns, rooms[i]);
    }
    mem_free(rooms);
}
