/* Rooms: who is in which, and who a target means. See app.h. */
#include "app.h"

#include "mem.h"

/* --- numbers on the reactors --- */

static uint32_t take_number(struct tincan *t)
{
    return t->free_rooms_n > 0 ? t->free_rooms[--t->free_rooms_n] : t->next_room++;
}

/* The reactors forget the room in the order of commands, so its number can be used again at once. */
static void give_number(struct tincan *t, uint32_t number)
{
    for (unsigned i = 0; i < t->io_options.reactors_n; i++) {
        app_command(t, i, &(struct command){.kind = COMMAND_DROP_ROOM, .room = number});
    }
    if (t->free_rooms_n == t->free_rooms_cap) {
        uint32_t cap = t->free_rooms_cap ? t->free_rooms_cap * 2 : 64;
        uint32_t *numbers = mem_realloc(t->free_rooms, cap * sizeof *numbers);
        if (!numbers) {
            return; /* the number is lost, nothing else */
        }
        t->free_rooms = numbers;
        t->free_rooms_cap = cap;
    }
    t->free_rooms[t->free_rooms_n++] = number;
}

bool app_room_init(struct tincan *t, struct app_room *room, const char *name)
{
    *room = (struct app_room){.number = APP_ROOM_NONE};
    room->on_reactor_n = mem_zalloc(t->io_options.reactors_n * sizeof *room->on_reactor_n);
    room->name = name ? app_copy(slice_str(name)) : NULL;
    if (!room->on_reactor_n || (name && !room->name)) {
        mem_free(room->on_reactor_n);
        mem_free(room->name);
        return app_fail(t, "out of memory");
    }
    room->number = take_number(t);
    return true;
}

void app_room_fini(struct tincan *t, struct app_room *room)
{
    if (room->number != APP_ROOM_NONE && !t->stopped) {
        give_number(t, room->number);
    }
    mem_free(room->on_reactor_n);
    mem_free(room->members);
    mem_free(room->name);
}

/* --- members --- */

bool app_room_add(struct tincan_namespace *ns, struct app_room *room, struct tincan_socket *s, struct app_membership *m)
{
    struct tincan *t = ns->t;
    if (room->members_n == room->members_cap) {
        uint32_t cap = room->members_cap ? room->members_cap * 2 : 4;
        struct tincan_socket **members = mem_realloc(room->members, cap * sizeof *members);
        if (!members) {
            return app_fail(t, "out of memory");
        }
        room->members = members;
        room->members_cap = cap;
    }
    if (!app_command(t, s->reactor, &(struct command){.kind = COMMAND_JOIN, .ref = s->ref, .room = room->number})) {
        return false;
    }
    *m = (struct app_membership){room, room->members_n};
    room->members[room->members_n++] = s;
    room->on_reactor_n[s->reactor]++;
    return true;
}

/* Where in s the membership of a room is. */
static struct app_membership *membership_of(struct tincan_socket *s, const struct app_room *room)
{
    if (s->all.room == room) {
        return &s->all;
    }
    for (uint32_t i = 0; i < s->rooms_n; i++) {
        if (s->rooms[i].room == room) {
            return &s->rooms[i];
        }
    }
    return NULL;
}

void app_room_remove(struct tincan_namespace *ns, struct tincan_socket *s, struct app_membership *m)
{
    struct app_room *room = m->room;
    struct tincan_socket *last = room->members[--room->members_n];
    app_command(ns->t, s->reactor, &(struct command){.kind = COMMAND_LEAVE, .ref = s->ref, .room = room->number});
    if (last != s) {
        room->members[m->index] = last;
        membership_of(last, room)->index = m->index;
    }
    room->on_reactor_n[s->reactor]--;
    m->room = NULL;
}

static void tell_room(struct tincan_namespace *ns, enum tincan_room_change change, const char *room, const char *id)
{
    for (struct middleware *m = app_handlers(ns)->room_changes; m; m = m->next) {
        m->on_room(change, room, id, m->user);
    }
}

struct app_room *app_room_find(struct tincan_namespace *ns, const char *name)
{
    return map_get(&ns->rooms, slice_str(name));
}

static struct app_room *make_room(struct tincan_namespace *ns, const char *name)
{
    struct app_room *room = mem_zalloc(sizeof *room);
    if (!room || !app_room_init(ns->t, room, name)) {
        mem_free(room);
        app_fail(ns->t, "out of memory");
        return NULL;
    }
    if (map_set(&ns->rooms, slice_str(name), room) != ERR_OK) {
        app_room_fini(ns->t, room);
        mem_free(room);
        app_fail(ns->t, "out of memory");
        return NULL;
    }
    tell_room(ns, TINCAN_ROOM_CREATE, name, "");
    return room;
}

static void free_room_if_empty(struct tincan_namespace *ns, struct app_room *room)
{
    if (room->members_n == 0) {
        map_remove(&ns->rooms, slice_str(room->name));
        tell_room(ns, TINCAN_ROOM_DELETE, room->name, "");
        app_room_fini(ns->t, room);
        mem_free(room);
    }
}

bool tincan_join(struct tincan_socket *s, const char *name)
{
    struct tincan_namespace *ns = s->ns;
    if (s->state == SOCKET_LEFT || tincan_in(s, name)) {
        return s->state != SOCKET_LEFT;
    }
    if (s->rooms_n == s->rooms_cap) {
        uint32_t cap = s->rooms_cap ? s->rooms_cap * 2 : 4;
        struct app_membership *rooms = mem_realloc(s->rooms, cap * sizeof *rooms);
        if (!rooms) {
            return app_fail(s->t, "out of memory");
        }
        s->rooms = rooms;
        s->rooms_cap = cap;
    }
    struct app_room *room = app_room_find(ns, name);
    room = room ? room : make_room(ns, name);
    if (!room) {
        return false;
    }
    if (!app_room_add(ns, room, s, &s->rooms[s->rooms_n])) {
        free_room_if_empty(ns, room);
        return false;
    }
    s->rooms_n++;
    tell_room(ns, TINCAN_ROOM_JOIN, name, s->id);
    return true;
}

static void leave_at(struct tincan_socket *s, uint32_t index)
{
    struct tincan_namespace *ns = s->ns;
    struct app_room *room = s->rooms[index].room;
    app_room_remove(ns, s, &s->rooms[index]);
    s->rooms[index] = s->rooms[--s->rooms_n];
    tell_room(ns, TINCAN_ROOM_LEAVE, room->name, s->id);
    free_room_if_empty(ns, room);
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
        app_room_remove(s->ns, s, &s->all);
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

void tincan_each_room(const struct tincan_socket *s, void (*fn)(const char *room, void *user), void *user)
{
    fn(s->id, user);
    for (uint32_t i = 0; i < s->rooms_n; i++) {
        fn(s->rooms[i].room->name, user);
    }
}

/* --- targets --- */

/* Every member of a named room, and the socket whose own room it is. */
static void mark_room(struct tincan_namespace *ns, const char *name, uint64_t mark)
{
    struct app_room *room = app_room_find(ns, name);
    struct tincan_socket *own = map_get(&ns->sockets, slice_str(name));
    for (uint32_t i = 0; room && i < room->members_n; i++) {
        room->members[i]->mark = mark;
    }
    if (own) {
        own->mark = mark;
    }
}

static void add_unmarked(struct tincan_socket *s, uint64_t mark, struct tincan_socket **found, size_t *n)
{
    if (s->mark < mark) { /* neither excepted nor in already */
        s->mark = mark;
        found[(*n)++] = s;
    }
}

struct tincan_socket **app_resolve(struct tincan_namespace *ns, const struct tincan_target *target, size_t *n)
{
    struct tincan_socket **found = mem_alloc((ns->all.members_n + 1) * sizeof(struct tincan_socket *));
    uint64_t mark = ++ns->t->last_mark;
    *n = 0;
    if (!found) {
        app_fail(ns->t, "out of memory");
        return NULL;
    }
    for (const char *const *room = target->except_rooms; room && *room; room++) {
        mark_room(ns, *room, mark);
    }
    if (target->except) {
        struct tincan_socket *except = map_get(&ns->sockets, slice_str(target->except->id));
        if (except) {
            except->mark = mark;
        }
    }
    if (!target->rooms) {
        for (uint32_t i = 0; i < ns->all.members_n; i++) {
            add_unmarked(ns->all.members[i], mark, found, n);
        }
        return found;
    }
    for (const char *const *name = target->rooms; *name; name++) {
        struct app_room *room = app_room_find(ns, *name);
        struct tincan_socket *own = map_get(&ns->sockets, slice_str(*name));
        for (uint32_t i = 0; room && i < room->members_n; i++) {
            add_unmarked(room->members[i], mark, found, n);
        }
        if (own) {
            add_unmarked(own, mark, found, n);
        }
    }
    return found;
}

/* --- sets of sockets --- */

static const struct tincan_target everybody;

/* The ids first: what fn does may free sockets. */
void tincan_each_socket(struct tincan_namespace *ns, const struct tincan_target *target, tincan_socket_fn fn, void *user)
{
    size_t n;
    struct tincan_socket **found = app_resolve(ns, target ? target : &everybody, &n);
    for (size_t i = 0; i < n; i++) {
        if (found[i]->state == SOCKET_CONNECTED) { /* memory lives until the turn after its GONE mail */
            fn(found[i], user);
        }
    }
    mem_free(found);
}

static void join_one(struct tincan_socket *s, void *room)
{
    tincan_join(s, room);
}

static void leave_one(struct tincan_socket *s, void *room)
{
    tincan_leave(s, room);
}

static void disconnect_one(struct tincan_socket *s, void *close)
{
    tincan_disconnect(s, *(bool *)close);
}

void tincan_sockets_join(struct tincan_namespace *ns, const struct tincan_target *target, const char *room)
{
    char *copy = app_copy(slice_str(room));
    if (copy) {
        tincan_each_socket(ns, target, join_one, copy);
    }
    mem_free(copy);
}

void tincan_sockets_leave(struct tincan_namespace *ns, const struct tincan_target *target, const char *room)
{
    char *copy = app_copy(slice_str(room)); /* room may be the name of the room that goes with its last member */
    if (copy) {
        tincan_each_socket(ns, target, leave_one, copy);
    }
    mem_free(copy);
}

void tincan_disconnect_sockets(struct tincan_namespace *ns, const struct tincan_target *target, bool close)
{
    tincan_each_socket(ns, target, disconnect_one, &close);
}
