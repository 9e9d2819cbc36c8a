/* See typing.h. */
#include "typing.h"

#include "clock.h"
#include "json_out.h"
#include "mem.h"

struct typing_key {
    int64_t room, user;
};

struct typing {
    struct typing_key key;
    struct conn *conn;            /* who said so last */
    struct list by_time, by_conn; /* links; by_time the one to expire first */
    int64_t expires_us, told_us;
};

void typing_init(struct chat *c)
{
    list_init(&c->typists);
}

static struct slice key_slice(const struct typing_key *key)
{
    return (struct slice){(const char *)key, sizeof *key};
}

static void tell(struct chat *c, const struct typing_key *key, bool on)
{
    char room[CHAT_ROOM_TEXT], own[CHAT_ROOM_TEXT];
    const char *const rooms[] = {chat_room_text(room, 'r', key->room), NULL};
    const char *const but[] = {chat_room_text(own, 'u', key->user), NULL};
    struct json_out o;
    buf_reset(&c->out);
    json_out_start(&o, &c->out);
    json_out_object(&o, NULL);
    json_out_int(&o, "room", key->room);
    json_out_int(&o, "user", key->user);
    json_out_bool(&o, "on", on);
    json_out_object_end(&o);
    if (json_out_end(&o) == ERR_OK) {
        tincan_broadcast_with(
            c->ns, &(struct tincan_target){.rooms = rooms, .except_rooms = but}, "typing",
            (struct tincan_slice){c->out.p, c->out.n},
            &(struct tincan_send){.is_volatile = true, .volatile_bytes = CHAT_VOLATILE_BYTES});
    }
}

static struct typing *begin(struct conn *conn, const struct typing_key *key)
{
    struct typing *t = mem_zalloc(sizeof *t);
    if (!t || map_set(&conn->c->typing, key_slice(key), t) != ERR_OK) {
        mem_free(t);
        return NULL; /* nobody is told: they would never hear the end of it */
    }
    t->key = *key;
    return t;
}

static void end(struct chat *c, struct typing *t)
{
    map_remove(&c->typing, key_slice(&t->key));
    list_remove(&t->by_time);
    list_remove(&t->by_conn);
    tell(c, &t->key, false);
    mem_free(t);
}

void typing_set(struct conn *conn, int64_t room, bool on)
{
    struct chat *c = conn->c;
    const struct typing_key key = {room, conn->person->id};
    struct typing *t = map_get(&c->typing, key_slice(&key));
    int64_t now_us = clock_now_us();
    if (!on) {
        if (t) {
            end(c, t);
        }
        return;
    }
    t = t ? t : begin(conn, &key);
    if (!t) {
        return;
    }
    t->conn = conn;
    t->expires_us = now_us + (int64_t)CHAT_TYPING_TTL_MS * 1000;
    list_remove(&t->by_time);
    list_remove(&t->by_conn);
    list_push(&c->typists, &t->by_time);
    list_push(&conn->typing, &t->by_conn);
    if (t->told_us == 0 || now_us - t->told_us >= (int64_t)CHAT_TYPING_TELL_MS * 1000) {
        t->told_us = now_us;
        tell(c, &key, true);
    }
}

void typing_stop(struct chat *c, int64_t room, int64_t user)
{
    const struct typing_key key = {room, user};
    struct typing *t = list_empty(&c->typists) ? NULL : map_get(&c->typing, key_slice(&key));
    if (t) {
        end(c, t);
    }
}

void typing_left(struct conn *conn)
{
    struct list *first;
    while ((first = list_first(&conn->typing))) {
        end(conn->c, CONTAINER_OF(first, struct typing, by_conn));
    }
}

void typing_tick(struct chat *c, int64_t now_us)
{
    struct list *first;
    while ((first = list_first(&c->typists))) {
        struct typing *t = CONTAINER_OF(first, struct typing, by_time);
        if (t->expires_us > now_us) {
            break;
        }
        end(c, t);
    }
}
