/* Targets: the sockets they mean, and what can be done to all of them. See app.h. */
#include "app.h"

#include "mem.h"

static const struct tincan_target everybody;

/* A set that is being put together; a socket is in it, or kept out of it, when its mark is the set's. */
struct set {
    struct tincan_socket **v;
    size_t n;
    uint64_t mark;
};

static void keep_out(struct set *set, struct tincan_socket *s)
{
    s->mark = set->mark;
}

static void put_in(struct set *set, struct tincan_socket *s)
{
    if (s->mark != set->mark && s->state == SOCKET_CONNECTED) {
        s->mark = set->mark;
        set->v[set->n++] = s;
    }
}

/* Every member of a named room, and the socket whose own room it is. */
static void each_in(struct tincan_namespace *ns, const char *name, struct set *set,
                    void (*fn)(struct set *set, struct tincan_socket *s))
{
    struct app_room *room = app_room_find(ns, name);
    struct tincan_socket *own = tincan_find(ns, name);
    for (uint32_t i = 0; room && i < room->members_n; i++) {
        fn(set, room->members[i]);
    }
    if (own) {
        fn(set, own);
    }
}

struct tincan_socket **app_resolve(struct tincan_namespace *ns, const struct tincan_target *target,
                                   size_t *n)
{
    /* Whoever is connected is a member of the namespace, so it is never more. */
    struct set set = {.v = mem_alloc((ns->all.members_n + 1) * sizeof(struct tincan_socket *)),
                      .mark = ++ns->t->last_mark};
    *n = 0;
    if (!set.v) {
        app_out_of_memory(ns->t);
        return NULL;
    }
    for (const char *const *room = target->except_rooms; room && *room; room++) {
        each_in(ns, *room, &set, keep_out);
    }
    struct tincan_socket *except = target->except ? tincan_find(ns, target->except->id) : NULL;
    if (except) {
        keep_out(&set, except);
    }
    for (const char *const *room = target->rooms; room && *room; room++) {
        each_in(ns, *room, &set, put_in);
    }
    for (uint32_t i = 0; !target->rooms && i < ns->all.members_n; i++) {
        put_in(&set, ns->all.members[i]);
    }
    *n = set.n;
    return set.v;
}

/* --- sets of sockets --- */

size_t tincan_count(struct tincan_namespace *ns, const struct tincan_target *target)
{
    size_t n;
    mem_free(app_resolve(ns, target ? target : &everybody, &n));
    return n;
}

void tincan_each_socket(struct tincan_namespace *ns, const struct tincan_target *target,
                        tincan_socket_fn fn, void *user)
{
    size_t n;
    struct tincan_socket **found = app_resolve(ns, target ? target : &everybody, &n);
    for (size_t i = 0; i < n; i++) {
        if (found[i]->state ==
            SOCKET_CONNECTED) { /* what fn did to others; memory goes with the GONE mail, later */
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

void tincan_sockets_join(struct tincan_namespace *ns, const struct tincan_target *target,
                         const char *room)
{
    char *copy = app_copy(slice_str(room));
    if (copy) {
        tincan_each_socket(ns, target, join_one, copy);
    }
    mem_free(copy);
}

void tincan_sockets_leave(struct tincan_namespace *ns, const struct tincan_target *target,
                          const char *room)
{
    char *copy = app_copy(
        slice_str(room)); /* room may be the name of the room that goes with its last member */
    if (copy) {
        tincan_each_socket(ns, target, leave_one, copy);
    }
    mem_free(copy);
}

void tincan_disconnect_sockets(struct tincan_namespace *ns, const struct tincan_target *target,
                               bool close)
{
    tincan_each_socket(ns, target, disconnect_one, &close);
}
