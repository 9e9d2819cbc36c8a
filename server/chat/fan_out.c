/* See fan_out.h.
 *
 * Who cannot be told a room's event for want of memory is disconnected: it comes back and asks what it missed (`resume`), after the time
 * that the bye says. Nobody goes on with a gap.
 */
#include "fan_out.h"

#include "connect.h"
#include "log.h"
#include "people.h"
#include "typing.h"

static struct tincan_slice busy(char text[64])
{
    snprintf(text, 64, "{\"code\":\"busy\",\"retry_after_ms\":%d}", CHAT_RETRY_MS);
    return tincan_text(text);
}

/* Close all sockets in a room. */
static void drop_all(struct chat *c, const char *room)
{
    const char *const rooms[] = {room, NULL};
    const struct tincan_target target = {.rooms = rooms};
    char bye[64];
    log_peer(LOG_ERROR, L_CHAT, "could not tell a room: its sockets are closed",
             "room=%s error=\"%s\"", room, tincan_error(c->o.t));
    tincan_broadcast(c->ns, &target, "bye", busy(bye));
    tincan_disconnect_sockets(c->ns, &target, true);
}

static void tell(struct chat *c, const struct news *n, const struct news_item *item)
{
    char room[CHAT_ROOM_TEXT];
    bool is_event = item->kind == NEWS_EVENT;
    chat_room_text(room, is_event ? 'r' : 'u', is_event ? item->room : item->user);
    if (item->lost || !tincan_to(c->ns, room, is_event ? "event" : "me",
                                 (struct tincan_slice){n->text.p + item->from, item->n})) {
        drop_all(c, room);
    }
}

/* What is lost here is seen with the next message, or when the page comes back. */
static void tell_all(struct chat *c, const struct news *n, const struct news_item *item)
{
    const char *event = item->kind == NEWS_USER ? "profile" : "workspace";
    if (item->lost || !tincan_broadcast(c->ns, NULL, event,
                                        (struct tincan_slice){n->text.p + item->from, item->n})) {
        log_peer(LOG_ERROR, L_CHAT, "could not tell everybody", "event=%s user=%lld", event,
                 (long long)item->user);
    }
}

static void join(struct chat *c, int64_t room_id, int64_t user)
{
    char room[CHAT_ROOM_TEXT];
    struct person *p = people_find(c, user);
    if (!p) {
        return;
    }
    p->changes++;
    chat_room_text(room, 'r', room_id);
    for (struct list *l = p->conns.next, *next; l != &p->conns; l = next) {
        struct conn *conn = CONTAINER_OF(l, struct conn, of_person);
        next = l->next;
        if (conn->is_in && !tincan_join(conn->socket, room)) {
            char bye[64]; /* it would hear nothing of the room */
            tincan_emit(conn->socket, "bye", busy(bye));
            tincan_disconnect(conn->socket, true);
        }
    }
}

static void leave(struct chat *c, int64_t room_id, int64_t user)
{
    char room[CHAT_ROOM_TEXT];
    struct person *p = people_find(c, user);
    if (!p) {
        return;
    }
    p->changes++;
    typing_stop(c, room_id, user);
    chat_room_text(room, 'r', room_id);
    for (struct list *l = p->conns.next; l != &p->conns; l = l->next) {
        struct conn *conn = CONTAINER_OF(l, struct conn, of_person);
        if (conn->is_in) {
            tincan_leave(conn->socket, room);
        }
    }
}

void fan_out(struct chat *c, const struct news *n)
{
    for (unsigned i = 0; i < n->items_n; i++) {
        const struct news_item *item = &n->items[i];
        switch (item->kind) {
        case NEWS_JOIN:
            join(c, item->room, item->user);
            break;
        case NEWS_LEAVE:
            leave(c, item->room, item->user);
            break;
        case NEWS_EVENT:
        case NEWS_ME:
            tell(c, n, item);
            break;
        case NEWS_USER:
        case NEWS_WORKSPACE:
            tell_all(c, n, item);
            break;
        case NEWS_RELAY:
            if (!item->lost) {
                c->o.to_relay(c->o.relay_user, (struct slice){n->text.p + item->from, item->n});
            }
            break;
        }
    }
    for (uint32_t i = 0; i < n->ended_n; i++) {
        connect_end_session(c, n->ended[i]);
    }
}
