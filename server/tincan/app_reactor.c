/* Between the reactors and the handlers' thread: what happens on a reactor, and the mail both ways. See app.h. */
#include "app.h"

#include "json.h"
#include "log.h"
#include "mem.h"

/* --- reactor to handlers --- */

enum inbound_kind { INBOUND_CONNECT, INBOUND_EVENT, INBOUND_ACK, INBOUND_CLOSED };

struct inbound {
    struct mail mail;
    struct tincan_socket *socket;
    enum inbound_kind kind;
    struct slice text; /* CONNECT: the namespace; EVENT: the name */
    struct slice args;
    bool has_id;
    uint64_t id;
    struct tincan_slice attachments[SIO_ATTACHMENTS_MAX];
    unsigned attachments_n;
    char bytes[];
};

/* A membership on a reactor. */
struct app_member {
    struct app_member *next;
    struct hub_member hub;
    uint32_t room;
};

/* What every io_socket of ours carries. */
struct app_io {
    struct tincan_socket *socket;
    struct app_member *members;
};

static void run_inbound(struct mail *m, bool closed)
{
    struct inbound *in = CONTAINER_OF(m, struct inbound, mail);
    struct tincan_socket *s = in->socket;
    struct tincan_event event = {
        .socket = s,
        .name = in->text.p,
        .args = {in->args.p, in->args.n},
        .attachments = in->attachments,
        .attachments_n = in->attachments_n,
        .wants_ack = in->has_id,
        .ack_id = in->id,
    };
    switch (closed ? INBOUND_CLOSED : in->kind) {
    case INBOUND_CONNECT:
        app_on_connect(s, in->text);
        break;
    case INBOUND_EVENT:
        app_on_event(s, &event);
        break;
    case INBOUND_ACK:
        app_on_ack(s, in->id, in->args);
        break;
    case INBOUND_CLOSED:
        break;
    }
    mem_free(in);
}

/* Room for a mail and extra_n bytes behind it. */
static struct inbound *make_inbound(struct tincan_socket *s, enum inbound_kind kind, size_t extra_n)
{
    struct inbound *in = mem_alloc(sizeof *in + extra_n);
    if (in) {
        *in = (struct inbound){.mail.run = run_inbound, .socket = s, .kind = kind};
    }
    return in;
}

static struct slice keep(char **at, struct slice s)
{
    struct slice kept = {*at, s.n};
    if (s.n > 0) {
        memcpy(*at, s.p, s.n);
    }
    (*at)[s.n] = '\0';
    *at += s.n + 1;
    return kept;
}

static struct tincan_socket *make_socket(struct tincan *t, struct io_socket *io, struct slice auth)
{
    struct tincan_socket *s = mem_zalloc(sizeof *s);
    if (!s) {
        return NULL;
    }
    struct eio_session *session = io_socket_session(io);
    auth = auth.n > 0 ? auth : SL("{}");
    s->t = t;
    s->ref = io_socket_ref(io);
    s->reactor = session->reactor->loop.index;
    s->auth = app_copy(auth);
    s->auth_n = auth.n;
    s->info = session->info;
    eio_info_ref(s->info);
    memcpy(s->id, io_socket_id(io).p, TINCAN_ID_BYTES);
    if (!s->ref || !s->auth || !s->info) {
        app_socket_free(s);
        return NULL;
    }
    return s;
}

static enum io_verdict on_connect(struct io_socket *io, struct slice auth, struct slice *message)
{
    struct tincan *t = io_socket_namespace(io)->user;
    struct slice name = io_socket_nsp(io);
    struct tincan_socket *s = make_socket(t, io, auth);
    struct inbound *in = s ? make_inbound(s, INBOUND_CONNECT, name.n + 1) : NULL;
    if (!in) {
        if (s) {
            app_socket_free(s);
        }
        *message = SL("The server is out of memory");
        return IO_REFUSE;
    }
    char *at = in->bytes;
    in->text = keep(&at, name);
    ((struct app_io *)io_socket_data(io))->socket = s;
    loop_post(&t->loop, &in->mail);
    return IO_WAIT;
}

static bool post_packet(struct io_socket *io, enum inbound_kind kind, struct slice name, const struct sio_packet *packet,
                        const struct io_attachments *attachments)
{
    struct tincan_socket *s = ((struct app_io *)io_socket_data(io))->socket;
    size_t n = name.n + 1 + packet->args.n + 1;
    for (unsigned i = 0; i < attachments->n; i++) {
        n += attachments->data[i].n + 1;
    }
    struct inbound *in = make_inbound(s, kind, n);
    if (!in) {
        return false;
    }
    char *at = in->bytes;
    in->text = keep(&at, name);
    in->args = keep(&at, packet->args);
    in->has_id = packet->has_id;
    in->id = packet->id;
    in->attachments_n = attachments->n;
    for (unsigned i = 0; i < attachments->n; i++) {
        struct slice kept = keep(&at, attachments->data[i]);
        in->attachments[i] = (struct tincan_slice){kept.p, kept.n};
    }
    loop_post(&s->t->loop, &in->mail);
    return true;
}

static void on_event(struct io_socket *io, const struct sio_packet *packet, const struct io_attachments *attachments)
{
    struct buf *name = &io_socket_session(io)->reactor->scratch;
    buf_reset(name);
    enum err e = packet->event.p[0] == '"' ? json_unescape(packet->event, name) : buf_put(name, packet->event);
    if (e != ERR_OK || !post_packet(io, INBOUND_EVENT, buf_peek(name), packet, attachments)) {
        log_peer(LOG_ERROR, L_SIO, "out of memory, an event is lost with its connection", "bytes=%zu", packet->json.n);
        eio_fail(io_socket_session(io), "transport error");
    }
}

static void on_ack(struct io_socket *io, const struct sio_packet *packet, const struct io_attachments *attachments)
{
    if (packet->has_id && !post_packet(io, INBOUND_ACK, SL(""), packet, attachments)) {
        log_peer(LOG_ERROR, L_SIO, "out of memory, an answer is lost with its connection", "bytes=%zu", packet->json.n);
        eio_fail(io_socket_session(io), "transport error");
    }
}

/* The last mail about a socket; it is part of it, so that it cannot fail. */
static void run_gone(struct mail *m, bool closed)
{
    struct tincan_socket *s = CONTAINER_OF(m, struct tincan_socket, gone);
    if (closed) {
        app_socket_free(s);
    } else {
        app_on_gone(s, s->gone_reason);
    }
}

static void post_gone(struct tincan_socket *s, const char *reason)
{
    s->gone.run = run_gone;
    s->gone_reason = reason;
    loop_post(&s->t->loop, &s->gone);
}

static void drop_members(struct app_io *state)
{
    while (state->members) {
        struct app_member *m = state->members;
        state->members = m->next;
        hub_drop(&m->hub);
        mem_free(m);
    }
}

static void on_disconnect(struct io_socket *io, const char *reason)
{
    struct app_io *state = io_socket_data(io);
    drop_members(state);
    post_gone(state->socket, reason);
}

struct io_namespace app_row(struct tincan *t)
{
    return (struct io_namespace){
        .user = t,
        .socket_data_bytes = sizeof(struct app_io),
        .private_room = true,
        .on_connect = on_connect,
        .on_event = on_event,
        .on_ack = on_ack,
        .on_disconnect = on_disconnect,
    };
}

/* --- commands, on the reactor --- */

struct app_reactor_rooms {
    struct hub_room **v;
    uint32_t n;
};

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
    if (!m || hub_join(io_reactor_hub(t->io, reactor), room, &m->hub, io_socket_session(io)) != ERR_OK) {
        mem_free(m);
        log_peer(LOG_ERROR, L_SIO, "out of memory, closing a session that could not join a room", "room=%u", number);
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

static void run_with_socket(struct tincan *t, unsigned reactor, const struct command *c, struct io_socket *io)
{
    struct app_io *state = io_socket_data(io);
    struct tincan_socket *s = state->socket;
    switch ((enum command_kind)c->kind) {
    case COMMAND_ACCEPT:
        io_accept(io, c->has_id ? c->id : NULL, slice_str(c->text));
        break;
    case COMMAND_REFUSE:
        drop_members(state);
        io_refuse(io, slice_str(c->text));
        post_gone(s, "refused");
        break;
    case COMMAND_SEND:
        if (!c->is_volatile || io_socket_writable(io)) {
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
    case COMMAND_DROP_ROOM:
        break;
    }
}

static void run_command(struct tincan *t, unsigned reactor, const struct command *c)
{
    struct io_socket *io = c->ref ? io_find(t->io, c->ref) : NULL;
    if (c->kind == COMMAND_PUSH) {
        struct hub_room *room = room_of(t, reactor, c->room);
        if (room) {
            hub_push(io_reactor_hub(t->io, reactor), room, io ? io_socket_session(io) : NULL, c->frames);
        }
    } else if (c->kind == COMMAND_DROP_ROOM) {
        drop_room(t, reactor, c->room);
    } else if (io) { /* else it is gone, and its GONE mail on the way */
        run_with_socket(t, reactor, c, io);
    }
}

/* --- commands, on their way --- */

struct outbound {
    struct mail mail;
    struct tincan *t;
    unsigned reactor;
    uint32_t n;
    struct command *v;
};

static void release_command(struct command *c)
{
    if (c->frames.chunk) {
        chunk_unref(c->frames.chunk);
    }
    mem_free(c->text);
}

static void run_outbound(struct mail *m, bool closed)
{
    struct outbound *out = CONTAINER_OF(m, struct outbound, mail);
    for (uint32_t i = 0; i < out->n; i++) {
        if (!closed) {
            run_command(out->t, out->reactor, &out->v[i]);
        }
        release_command(&out->v[i]);
    }
    mem_free(out->v);
    mem_free(out);
}

static bool joins(const struct command *last, const struct command *c)
{
    return last->kind == c->kind && (c->kind == COMMAND_PUSH || c->kind == COMMAND_SEND) && !c->is_volatile &&
           !last->is_volatile && last->ref == c->ref && last->room == c->room && last->frames.chunk == c->frames.chunk &&
           last->frames.end == c->frames.off;
}

bool app_command(struct tincan *t, unsigned reactor, const struct command *c)
{
    struct outbox *o = &t->outboxes[reactor];
    if (o->n > 0 && joins(&o->v[o->n - 1], c)) {
        o->v[o->n - 1].frames.end = c->frames.end;
        return true;
    }
    if (o->n == o->cap) {
        uint32_t cap = o->cap ? o->cap * 2 : 32;
        struct command *v = mem_realloc(o->v, cap * sizeof *v);
        if (!v) {
            mem_free(c->text);
            return app_fail(t, "out of memory");
        }
        o->v = v;
        o->cap = cap;
    }
    o->v[o->n++] = *c;
    if (c->frames.chunk) {
        chunk_ref(c->frames.chunk);
    }
    return true;
}

static void post_outbox(struct tincan *t, unsigned reactor)
{
    struct outbox *o = &t->outboxes[reactor];
    struct outbound *out = o->n > 0 ? mem_alloc(sizeof *out) : NULL;
    if (!out) {
        return; /* nothing to say, or to be said in the next turn */
    }
    *out = (struct outbound){.mail.run = run_outbound, .t = t, .reactor = reactor, .n = o->n, .v = o->v};
    *o = (struct outbox){NULL, 0, 0};
    loop_post(io_reactor_loop(t->io, reactor), &out->mail);
}

void app_flush(void *user)
{
    struct tincan *t = user;
    for (unsigned i = 0; t->io && i < t->io_options.reactors_n; i++) {
        post_outbox(t, i);
    }
    chunk_writer_recycle(&t->broadcasts);
    chunk_writer_recycle(&t->directs);
}

void app_reactors_fini(struct tincan *t)
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
    for (unsigned i = 0; t->outboxes && i < t->io_options.reactors_n; i++) {
        for (uint32_t n = 0; n < t->outboxes[i].n; n++) {
            release_command(&t->outboxes[i].v[n]);
        }
        mem_free(t->outboxes[i].v);
    }
    mem_free(t->outboxes);
}

bool app_reactors_init(struct tincan *t)
{
    t->reactor_rooms = mem_zalloc(t->io_options.reactors_n * sizeof *t->reactor_rooms);
    t->outboxes = mem_zalloc(t->io_options.reactors_n * sizeof *t->outboxes);
    return t->reactor_rooms && t->outboxes;
}
