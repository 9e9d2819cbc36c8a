/* See presence.h.
 *
 *   conns --last left--> grace --grace_ms--> kept --more than CHAT_OFFLINE_KEPT_MAX--> forgotten
 *     ^--------came---------'------came-----------'
 */
#include "presence.h"

#include "clock.h"
#include "mem.h"

void presence_init(struct chat *c)
{
    list_init(&c->grace);
    list_init(&c->changed);
    list_init(&c->kept);
}

static enum chat_presence state_of(const struct person *p)
{
    if (p->invisible) {
        return CHAT_OFFLINE;
    }
    if (p->online_n > 0) {
        return CHAT_ONLINE;
    }
    if (p->idle_n > 0) {
        return CHAT_IDLE;
    }
    return p->in_grace ? p->shown : CHAT_OFFLINE; /* as it was */
}

/* To be told with the next batch, if it is then still another state than what was told last. */
static void changed(struct chat *c, struct person *p)
{
    if (!p->changed.next) {
        list_push(&c->changed, &p->changed);
    }
}

/* --- coming and going --- */

static void leave_kept(struct chat *c, struct person *p)
{
    if (p->kept.next) {
        list_remove(&p->kept);
        c->kept_n--;
    }
}

void presence_came(struct chat *c, struct person *p)
{
    leave_kept(c, p);
    list_remove(&p->grace);
}

void presence_left(struct chat *c, struct person *p)
{
    p->grace_ends_us = clock_now_us() + (int64_t)c->o.grace_ms * 1000;
    list_remove(&p->grace);
    list_push(&c->grace, &p->grace);
}

void presence_in(struct chat *c, struct person *p)
{
    p->in_grace = false;
    p->online_n++;
    changed(c, p);
}

void presence_out(struct chat *c, struct person *p, bool was_idle)
{
    uint32_t *n = was_idle ? &p->idle_n : &p->online_n;
    CHECK(*n > 0);
    --*n;
    if (p->online_n + p->idle_n == 0) {
        p->in_grace = true;
        if (!p->invisible) {
            p->last_seen_ms = clock_wall_ms();
        }
    }
    changed(c, p);
}

/* --- what sockets say --- */

static void set_idle(struct conn *conn, bool idle)
{
    struct person *p = conn->person;
    if (conn->idle == idle) {
        return;
    }
    conn->idle = idle;
    if (idle) {
        p->online_n--;
        p->idle_n++;
    } else {
        p->idle_n--;
        p->online_n++;
    }
}

void presence_set(struct conn *conn, enum chat_presence state)
{
    struct person *p = conn->person;
    if (state == CHAT_INVISIBLE) {
        if (!p->invisible) {
            p->last_seen_ms = clock_wall_ms();
        }
        p->invisible = true;
    } else {
        set_idle(conn, state == CHAT_IDLE);
        p->invisible = p->invisible && state == CHAT_IDLE;
    }
    changed(conn->c, p);
}

static bool holds(const int64_t *users, uint32_t n, int64_t user)
{
    for (uint32_t i = 0; i < n; i++) {
        if (users[i] == user) {
            return true;
        }
    }
    return false;
}

bool presence_watch(struct conn *conn, const int64_t *users, uint32_t n)
{
    char room[CHAT_ROOM_TEXT];
    uint32_t kept = 0;
    if (!conn->socket) { /* it has left all rooms */
        n = 0;
    }
    for (uint32_t i = 0; i < conn->watch_n; i++) {
        if (holds(users, n, conn->watch[i])) {
            conn->watch[kept++] = conn->watch[i];
        } else if (conn->socket) {
            tincan_leave(conn->socket, chat_room_text(room, 'p', conn->watch[i]));
        }
    }
    conn->watch_n = kept;
    int64_t *watch = n > 0 ? mem_realloc(conn->watch, n * sizeof *watch) : conn->watch;
    if (!watch && n > 0) {
        return false;
    }
    conn->watch = watch;
    for (uint32_t i = 0; i < n; i++) {
        if (!holds(conn->watch, conn->watch_n, users[i])) {
            if (!tincan_join(conn->socket, chat_room_text(room, 'p', users[i]))) {
                return false;
            }
            conn->watch[conn->watch_n++] = users[i];
        }
    }
    return true;
}

/* --- what others see --- */

enum chat_presence presence_of(const struct chat *c, int64_t user)
{
    const struct person *p = people_find(c, user);
    return p ? state_of(p) : CHAT_OFFLINE;
}

void presence_write(const struct chat *c, const char *key, int64_t user, struct json_out *o)
{
    const struct person *p = people_find(c, user);
    enum chat_presence state = p ? state_of(p) : CHAT_OFFLINE;
    json_out_object(o, key);
    json_out_int(o, "id", user);
    json_out_text(o, "state", slice_str(chat_presence_name(state)));
    if (state == CHAT_OFFLINE && p && p->last_seen_ms > 0) {
        json_out_int(o, "last_seen", p->last_seen_ms);
    }
    json_out_object_end(o);
}

/* --- time --- */

static void tell(struct chat *c, const struct person *p)
{
    char room[CHAT_ROOM_TEXT];
    const char *const rooms[] = {chat_room_text(room, 'p', p->id), NULL};
    struct json_out o;
    buf_reset(&c->out);
    json_out_start(&o, &c->out);
    json_out_object(&o, NULL);
    json_out_array(&o, "users");
    presence_write(c, NULL, p->id, &o);
    json_out_array_end(&o);
    json_out_object_end(&o);
    if (json_out_end(&o) == ERR_OK) {
        tincan_broadcast_with(
            c->ns, &(struct tincan_target){.rooms = rooms}, "presence",
            (struct tincan_slice){c->out.p, c->out.n},
            &(struct tincan_send){.is_volatile = true, .volatile_bytes = CHAT_VOLATILE_BYTES});
    }
}

static void tell_changed(struct chat *c)
{
    struct list *first;
    while ((first = list_first(&c->changed))) {
        struct person *p = CONTAINER_OF(first, struct person, changed);
        enum chat_presence state = state_of(p);
        list_remove(first);
        if (state != p->shown) {
            p->shown = state;
            tell(c, p);
        }
    }
}

static void end_grace(struct chat *c, struct person *p)
{
    list_remove(&p->grace);
    p->in_grace = false;
    if (p->last_seen_ms == 0) {
        people_forget(c, p); /* it was never let in */
        return;
    }
    changed(c, p);
    list_push(&c->kept, &p->kept);
    if (++c->kept_n > CHAT_OFFLINE_KEPT_MAX) {
        struct person *oldest = CONTAINER_OF(list_first(&c->kept), struct person, kept);
        leave_kept(c, oldest);
        people_forget(c, oldest);
    }
}

void presence_tick(struct chat *c, int64_t now_us)
{
    struct list *first;
    while ((first = list_first(&c->grace))) {
        struct person *p = CONTAINER_OF(first, struct person, grace);
        if (p->grace_ends_us > now_us) {
            break;
        }
        end_grace(c, p);
    }
    if (c->ticks % CHAT_PRESENCE_TICKS == 0) {
        tell_changed(c);
    }
}
