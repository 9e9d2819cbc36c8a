/* Running commands on the reactor that they are for. See app.h. */
#include "app.h"

#include "log.h"
#include "mem.h"

/* A membership on a reactor. */
struct app_member {
    struct app_member *next;
    struct hub_member hub;
    uint32_t room;
};

struct app_reactor_rooms {
    struct hub_room **v;
    uint32_t n;
};

void app_io_drop_members(struct app_io *state)
{
    while (state->members) {
        struct app_member *m = state->members;
        state->members = m->next;
        hub_drop(&m->hub);
        mem_free(m);
    }
}

/* --- rooms by number --- */

static struct hub_room *room_of(struct tincan *t, unsigned reactor, uint32_t number)
{
    struct app_reactor_rooms *rooms = &t->reactor_rooms[reactor];
    return number < rooms->n ? rooms->v[number] : NULL;
}

static struct hub_room *make_room(struct tincan *t, unsigned reactor, uint32_t number)
{
    struct app_reactor_rooms *rooms = &t->reactor_rooms[reactor];
    if (number >= rooms->n) {
        uint32_t n = number + number / 2 + 16;
        struct hub_room **v = mem_realloc(rooms->v, n * sizeof *v);
        if (!v) {
            return NULL;
        }
        memset(v + rooms->n, 0, (n - rooms->n) * sizeof *v);
        rooms->v = v;
        rooms->n = n;
    }
    if (!rooms->v[number]) {
        rooms->v[number] = mem_zalloc(sizeof **rooms->v);
    }
    return rooms->v[number];
}

static void drop_room(struct tincan *t, unsigned reactor, uint32_t number)
{
    struct hub_room *room = room_of(t, reactor, number);
    if (room) {
        CHECK(room->members_n == 0);
        hub_room_fini(room);
        mem_free(room);
        t->reactor_rooms[reactor].v[number] = NULL;
    }
}

static void join(struct tincan *t, unsigned reactor, struct io_socket *io, uint32_t number)
{
    struct app_io *state = io_socket_data(io);
    struct hub_room *room = make_room(t, reactor, number);
    struct app_member *m = room ? mem_zalloc(sizeof *m) : NULL;
    if (!m ||
        hub_join(io_reactor_hub(t->io, reactor), room, &m->hub, io_socket_session(io)) != ERR_OK) {
        mem_free(m);
        log_peer(LOG_ERROR, L_SIO, "out of memory, closing a session that could not join a room",
                 "room=%u", number);
        eio_fail(io_socket_session(io), "transport error");
        return;
    }
    m->room = number;
    m->next = state->members;
    state->members = m;
}

static void leave(struct tincan *t, unsigned reactor, struct io_socket *io, uint32_t number)
{
    struct app_io *state = io_socket_data(io);
    struct app_member **at = &state->members;
    while (*at && (*at)->room != number) {
        at = &(*at)->next;
    }
    struct app_member *m = *at;
    if (m) {
        *at = m->next;
        hub_leave(io_reactor_hub(t->io, reactor), &m->hub);
        mem_free(m);
    }
}

/* --- sending --- */

static size_t queued_bytes(const struct eio_session *session)
{
    return session->ws ? session->ws->out.bytes : session->poll ? session->poll->out.bytes : 0;
}

/* May a volatile event be queued? */
static bool may_wait(const struct eio_session *session, uint32_t volatile_bytes)
{
    if (volatile_bytes > 0) {
        return queued_bytes(session) <= volatile_bytes;
    }
    return session->ws ? conn_writable(session->ws)
                       : session->poll && session->poll->get && outq_empty(&session->poll->out);
}

static void push_volatile(const struct command *c, const struct hub_room *room,
                          const struct eio_session *except)
{
    for (uint32_t i = 0; i < room->members_n; i++) {
        struct eio_session *session = room->members[i]->session;
        if (session != except && may_wait(session, c->volatile_bytes)) {
            eio_send_frames(session, c->frames);
        }
    }
}

static void push(struct tincan *t, unsigned reactor, const struct command *c)
{
    struct hub_room *room = room_of(t, reactor, c->room);
    struct io_socket *io = c->ref ? io_find(t->io, c->ref) : NULL;
    const struct eio_session *except = io ? io_socket_session(io) : NULL;
    if (room && c->is_volatile) {
        push_volatile(c, room, except);
    } else if (room) {
        hub_push(io_reactor_hub(t->io, reactor), room, except, c->frames);
    }
}

static void push_row(struct tincan *t, unsigned reactor, const struct command *c)
{
    struct hub *hub = io_reactor_hub(t->io, reactor);
    hub_push(hub, &hub->rooms[c->room], NULL, c->frames);
}

static void run_query(struct mail *m, bool closed)
{
    struct app_query *q = CONTAINER_OF(m, struct app_query, mail);
    if (!closed) {
        q->fn(q->socket, q->bytes, q->user);
    }
    mem_free(q);
}

void app_query_answer(struct tincan *t, struct app_query *q, struct io_socket *io)
{
    if (io) {
        q->socket = ((struct app_io *)io_socket_data(io))
                        ->socket; /* its GONE mail will come after this one */
        q->bytes = queued_bytes(io_socket_session(io));
    }
    q->mail.run = run_query;
    loop_post(&t->loop, &q->mail);
}

/* --- all of them --- */

static void refuse(struct io_socket *io, const char *text)
{
    struct app_io *state = io_socket_data(io);
    struct tincan_socket *s = state->socket;
    app_io_drop_members(state);
    io_refuse(io, slice_str(text));
    app_post_gone(s, "refused");
}

static void run_with_socket(struct tincan *t, unsigned reactor, const struct command *c,
                            struct io_socket *io)
{
    switch ((enum command_kind)c->kind) {
    case COMMAND_ACCEPT:
        io_accept(io, c->id, slice_str(c->text));
        break;
    case COMMAND_REFUSE:
        refuse(io, c->text);
        break;
    case COMMAND_SEND:
        if (!c->is_volatile || may_wait(io_socket_session(io), c->volatile_bytes)) {
            io_send_ready(io, c->frames);
        }
        break;
    case COMMAND_JOIN:
        join(t, reactor, io, c->room);
        break;
    case COMMAND_LEAVE:
        leave(t, reactor, io, c->room);
        break;
    case COMMAND_DISCONNECT:
        io_disconnect(io);
        break;
    case COMMAND_CLOSE:
        io_disconnect_session(io);
        break;
    case COMMAND_PUSH:
    case COMMAND_PUSH_ROW:
    case COMMAND_DROP_ROOM:
    case COMMAND_BACKLOG:
        break;
    }
}

void app_command_run(struct tincan *t, unsigned reactor, const struct command *c)
{
    struct io_socket *io;
    switch ((enum command_kind)c->kind) {
    case COMMAND_PUSH:
        push(t, reactor, c);
        break;
    case COMMAND_PUSH_ROW:
        push_row(t, reactor, c);
        break;
    case COMMAND_DROP_ROOM:
        drop_room(t, reactor, c->room);
        break;
    case COMMAND_BACKLOG:
        app_query_answer(t, c->query, io_find(t->io, c->ref));
        break;
    default:
        io = io_find(t->io, c->ref);
        if (io) { /* else it is gone, and its GONE mail on the way */
            run_with_socket(t, reactor, c, io);
        }
    }
}

bool app_reactor_rooms_init(struct tincan *t)
{
    t->reactor_rooms = mem_zalloc(t->io_options.reactors_n * sizeof *t->reactor_rooms);
    return t->reactor_rooms || app_out_of_memory(t);
}

void app_reactor_rooms_fini(struct tincan *t)
{
    for (unsigned i = 0; t->reactor_rooms && i < t->io_options.reactors_n; i++) {
        for (uint32_t n = 0; n < t->reactor_rooms[i].n; n++) {
            if (t->reactor_rooms[i].v[n]) {
                hub_room_fini(t->reactor_rooms[i].v[n]);
                mem_free(t->reactor_rooms[i].v[n]);
            }
        }
        mem_free(t->reactor_rooms[i].v);
    }
    mem_free(t->reactor_rooms);
}
