/* See people.h.
 *
 * Inv: a conn is in the lists of its person and its session, and in c->checks, from conn_set_owner to conn_leave. A session is there
 * while it has conns. A person without conns is in the list grace or kept (presence.c).
 */
#include "people.h"

#include "clock.h"
#include "mem.h"
#include "presence.h"
#include "typing.h"

static struct slice id_key(const int64_t *id)
{
    return (struct slice){(const char *)id, sizeof *id};
}

/* --- persons and sessions --- */

struct person *people_find(const struct chat *c, int64_t user)
{
    return map_get(&c->persons, id_key(&user));
}

static struct person *find_or_make_person(struct chat *c, int64_t user)
{
    struct person *p = people_find(c, user);
    if (p) {
        return p;
    }
    p = mem_zalloc(sizeof *p);
    if (!p || map_set(&c->persons, id_key(&user), p) != ERR_OK) {
        mem_free(p);
        return NULL;
    }
    p->id = user;
    p->shown = CHAT_OFFLINE;
    list_init(&p->conns);
    return p;
}

void people_forget(struct chat *c, struct person *p)
{
    CHECK(list_empty(&p->conns));
    list_remove(&p->grace);
    list_remove(&p->changed);
    list_remove(&p->kept);
    map_remove(&c->persons, id_key(&p->id));
    mem_free(p);
}

struct session *people_session(const struct chat *c, int64_t session)
{
    return map_get(&c->sessions, id_key(&session));
}

static struct session *find_or_make_session(struct chat *c, int64_t id)
{
    struct session *s = people_session(c, id);
    if (s) {
        return s;
    }
    s = mem_zalloc(sizeof *s);
    if (!s || map_set(&c->sessions, id_key(&id), s) != ERR_OK) {
        mem_free(s);
        return NULL;
    }
    s->id = id;
    list_init(&s->conns);
    return s;
}

static void free_session_if_empty(struct chat *c, struct session *s)
{
    if (s && list_empty(&s->conns)) {
        map_remove(&c->sessions, id_key(&s->id));
        mem_free(s);
    }
}

/* --- addresses --- */

static bool is_loopback(struct slice address)
{
    return slice_starts_with(address, SL("127.")) || slice_eq(address, SL("::1")) ||
           slice_starts_with(address, SL("::ffff:127."));
}

static struct address *address_of(struct chat *c, struct slice text)
{
    struct address *a = map_get(&c->addresses, text);
    if (a) {
        a->refs++;
        return a;
    }
    a = text.n <= sizeof a->text ? mem_zalloc(sizeof *a) : NULL;
    if (!a || map_set(&c->addresses, text, a) != ERR_OK) {
        mem_free(a);
        return NULL;
    }
    memcpy(a->text, text.p, text.n);
    a->text_n = text.n;
    a->refs = 1;
    a->unlimited = is_loopback(text) && !c->o.limit_loopback;
    return a;
}

static void address_unref(struct chat *c, struct address *a)
{
    if (a && --a->refs == 0) {
        map_remove(&c->addresses, (struct slice){a->text, a->text_n});
        mem_free(a);
    }
}

/* --- conns --- */

struct conn *conn_new(struct chat *c, struct tincan_socket *s)
{
    struct tincan_slice address = tincan_address(s);
    struct conn *conn = mem_zalloc(sizeof *conn);
    if (!conn) {
        return NULL;
    }
    conn->address = address_of(c, (struct slice){address.p, address.n});
    if (!conn->address) {
        mem_free(conn);
        return NULL;
    }
    conn->c = c;
    conn->socket = s;
    conn->refs = 1;
    list_init(&conn->typing);
    return conn;
}

bool conn_set_owner(struct conn *conn, int64_t user, int64_t session)
{
    struct chat *c = conn->c;
    struct person *p = find_or_make_person(c, user);
    if (!p) {
        return false;
    }
    presence_came(c, p);
    struct session *s = find_or_make_session(c, session);
    if (!s) {
        if (list_empty(&p->conns)) {
            presence_left(c, p);
        }
        return false;
    }
    conn->person = p;
    conn->session = s;
    list_push(&p->conns, &conn->of_person);
    list_push(&s->conns, &conn->of_session);
    conn->check_us = clock_now_us() + (int64_t)c->o.session_check_ms * 1000;
    list_push(&c->checks, &conn->check);
    return true;
}

void conn_leave(struct conn *conn)
{
    struct chat *c = conn->c;
    struct person *p = conn->person;
    conn->socket = NULL;
    conn->connecting = NULL;
    if (!p) {
        return;
    }
    typing_left(conn);
    presence_watch(conn, NULL, 0);
    if (conn->is_in) {
        conn->is_in = false;
        presence_out(c, p, conn->idle);
    }
    list_remove(&conn->of_person);
    list_remove(&conn->of_session);
    list_remove(&conn->check);
    free_session_if_empty(c, conn->session);
    conn->person = NULL;
    conn->session = NULL;
    if (list_empty(&p->conns)) {
        presence_left(c, p);
    }
}

void conn_ref(struct conn *conn)
{
    conn->refs++;
}

void conn_unref(struct conn *conn)
{
    if (--conn->refs == 0) {
        address_unref(conn->c, conn->address);
        mem_free(conn->watch);
        mem_free(conn);
    }
}

/* --- the whole --- */

void people_init(struct chat *c)
{
    list_init(&c->checks);
}

void people_fini(struct chat *c)
{
    struct map_iter it = {0};
    struct person *p;
    while ((p = map_next(&c->persons, &it, NULL))) {
        people_forget(c, p);
    }
    map_fini(&c->persons);
    map_fini(&c->sessions);
    map_fini(&c->addresses);
}
