/* See io.h: the server, its reactors, sessions and sockets, sending. */
#include "io_client.h"
#include "mem.h"

#include <stddef.h>

#define PACKET_BYTES_MAX (64u << 20)

/* --- sessions --- */

static bool on_open(struct eio_session *session)
{
    struct io_client *c = mem_zalloc(sizeof *c);
    if (!c) {
        return false;
    }
    c->session = session;
    session->owner = c;
    struct io_reactor *r = io_reactor_of(c);
    deadline_arm_in(&r->connect_list, &c->connect, r->server->options->connect_timeout_ms);
    return true;
}

static void on_message(struct eio_session *session, bool binary, struct slice data)
{
    struct io_client *c = session->owner;
    if (binary) {
        io_handle_binary(c, data);
    } else {
        io_handle_text(c, data);
    }
}

static void on_close(struct eio_session *session, const char *reason)
{
    struct io_client *c = session->owner;
    deadline_disarm(&c->connect);
    if (c->assembler) {
        sio_assembler_reset(c->assembler);
        mem_free(c->assembler);
    }
    while (c->sockets) {
        io_socket_end(c->sockets, reason);
    }
    mem_free(c);
}

static void on_connect_timeout(struct deadline *d)
{
    io_violation(CONTAINER_OF(d, struct io_client, connect), "no namespace joined in time");
}

/* A frame for one session is about to be queued: what its rooms got before comes first. */
static void before_send(struct eio_session *session)
{
    struct io_client *c = session->owner;
    struct hub *hub = io_reactor_of(c)->hub;
    if (hub->target) {
        for (struct io_socket *s = c->sockets; s; s = s->next) {
            hub_sync(hub, &s->member);
        }
    }
}

static bool before_flush(struct eio_reactor *r)
{
    return hub_flush(CONTAINER_OF(r, struct io_reactor, eio)->hub);
}

static const struct eio_handlers handlers = {
    .on_open = on_open,
    .on_message = on_message,
    .on_close = on_close,
    .before_send = before_send,
    .before_flush = before_flush,
};

/* --- sockets --- */

void *io_socket_data(struct io_socket *s)
{
    return s->data;
}

const struct io_namespace *io_socket_namespace(const struct io_socket *s)
{
    return s->nsp;
}

struct slice io_socket_nsp(const struct io_socket *s)
{
    return s->nsp->name.n > 0 ? s->nsp->name : (struct slice){s->extra->name, s->extra->name_n};
}

struct eio_session *io_socket_session(struct io_socket *s)
{
    return s->client->session;
}

uint64_t io_socket_ref(struct io_socket *s)
{
    struct io_reactor *r = io_reactor_of(s->client);
    s->extra = s->extra ? s->extra : mem_zalloc(sizeof *s->extra);
    if (s->extra && !s->extra->ref) {
        uint64_t id = slotmap_put(&r->refs, s);
        s->extra->ref = id ? id | (uint64_t)r->eio.loop.index << IO_REF_REACTOR_SHIFT : 0;
    }
    return s->extra ? s->extra->ref : 0;
}

static struct io_reactor *reactor_of_ref(struct io_server *server, uint64_t ref)
{
    unsigned index = (unsigned)(ref & IO_REF_REACTOR_MASK) >> IO_REF_REACTOR_SHIFT;
    CHECK(index < server->options->reactors_n);
    return &server->reactors[index];
}

struct io_socket *io_find(struct io_server *server, uint64_t ref)
{
    return slotmap_get(&reactor_of_ref(server, ref)->refs, ref & ~((uint64_t)IO_REF_REACTOR_MASK));
}

struct loop *io_reactor_loop(struct io_server *server, unsigned reactor)
{
    return &server->reactors[reactor].eio.loop;
}

struct hub *io_reactor_hub(struct io_server *server, unsigned reactor)
{
    return &server->hubs[reactor];
}

struct slice io_socket_id(const struct io_socket *s)
{
    return (struct slice){s->id, EIO_SID_BYTES};
}

/* --- sending --- */

void io_send_packet(struct io_client *c, const struct sio_packet *packet)
{
    struct buf *out = &io_reactor_of(c)->scratch;
    buf_reset(out);
    enum err e = buf_putc(out, '0' + EIO_MESSAGE);
    if (e == ERR_OK) {
        e = sio_encode(packet, out);
    }
    if (e == ERR_OK) {
        eio_send(c->session, false, buf_peek(out), (struct slice){NULL, 0});
    }
}

void io_emit(struct io_socket *s, struct slice event, struct slice args)
{
    struct buf *out = &io_reactor_of(s->client)->scratch;
    buf_reset(out);
    enum err e = buf_putc(out, '0' + EIO_MESSAGE);
    if (e == ERR_OK) {
        e = sio_encode_event(
            &(struct sio_event){.nsp = io_socket_nsp(s), .event = event, .args = args}, out);
    }
    if (e == ERR_OK) {
        eio_send(s->client->session, false, buf_peek(out), (struct slice){NULL, 0});
    }
}

void io_ack(struct io_socket *s, uint64_t id, struct slice args)
{
    struct buf *out = &io_reactor_of(s->client)->scratch;
    struct sio_packet head = {
        .type = SIO_ACK, .nsp = io_socket_nsp(s), .has_id = true, .id = id, .json = SL("[")};
    buf_reset(out);
    enum err e = buf_putc(out, '0' + EIO_MESSAGE);
    e = e == ERR_OK ? sio_encode(&head, out) : e;
    e = e == ERR_OK ? buf_put(out, args) : e;
    e = e == ERR_OK ? buf_putc(out, ']') : e;
    if (e == ERR_OK) {
        eio_send(s->client->session, false, buf_peek(out), (struct slice){NULL, 0});
    }
}

enum err io_relay(struct io_socket *s, const struct sio_packet *packet,
                  const struct io_attachments *attachments)
{
    struct io_reactor *r = io_reactor_of(s->client);
    struct buf *head = &r->scratch;
    struct sio_packet bare = *packet;
    struct hub_frame frames[1 + SIO_ATTACHMENTS_MAX];
    bare.json = (struct slice){NULL, 0};
    bare.has_id = false;
    buf_reset(head);
    enum err e = buf_putc(head, '0' + EIO_MESSAGE);
    e = e == ERR_OK ? sio_encode(&bare, head) : e;
    if (e != ERR_OK) {
        return e;
    }
    frames[0] = (struct hub_frame){WS_TEXT, buf_peek(head), packet->json};
    for (unsigned i = 0; i < attachments->n; i++) {
        frames[1 + i] = (struct hub_frame){WS_BINARY, attachments->data[i], {NULL, 0}};
    }
    struct hub_room *room = &r->hub->rooms[s->nsp - r->server->options->namespaces];
    return hub_broadcast(r->hub, room, NULL, frames, 1 + attachments->n);
}

void io_disconnect(struct io_socket *s)
{
    io_send_packet(s->client,
                   &(struct sio_packet){.type = SIO_DISCONNECT, .nsp = io_socket_nsp(s)});
    io_socket_end(s, "server namespace disconnect");
}

void io_disconnect_session(struct io_socket *s)
{
    struct io_client *c = s->client;
    struct eio_session *session = c->session;
    while (c->sockets) {
        io_disconnect(c->sockets);
    }
    eio_close(session, "forced server close");
}

void io_send_ready(struct io_socket *s, struct out_slice frames)
{
    before_send(s->client->session);
    eio_send_frames(s->client->session, frames);
}

bool io_socket_writable(const struct io_socket *s)
{
    const struct eio_session *session = s->client->session;
    return session->ws ? conn_writable(session->ws)
                       : session->poll && session->poll->get && outq_empty(&session->poll->out);
}

/* --- the server --- */

static enum err init_reactor(struct io_server *server, unsigned i)
{
    const struct io_options *o = server->options;
    struct io_reactor *r = &server->reactors[i];
    r->server = server;
    r->hub = &server->hubs[i];
    enum err e = hub_init(r->hub, &r->eio, server->hubs, o->reactors_n, o->namespaces_n);
    if (e != ERR_OK) {
        return e;
    }
    e = eio_reactor_init(&r->eio, i, o->reactors_n, &o->eio, &handlers, r);
    if (e != ERR_OK) {
        hub_fini(r->hub);
        return e;
    }
    deadline_list_init(&r->connect_list, &r->eio.loop.deadlines, on_connect_timeout);
    buf_init(&r->scratch, PACKET_BYTES_MAX);
    return ERR_OK;
}

static void close_reactor(void *user)
{
    struct io_reactor *r = user;
    hub_flush(r->hub); /* what was said in this turn is still delivered */
    eio_reactor_close(&r->eio, "server shutting down");
}

/* End what was made and what was started of a server. */
void io_server_stop(struct io_server *server)
{
    for (unsigned i = 0; i < server->started_n; i++) {
        enum err e = loop_call(&server->reactors[i].eio.loop, close_reactor, &server->reactors[i]);
        (void)e;
    }
    for (unsigned i = 0; i < server->started_n; i++) {
        loop_stop(&server->reactors[i].eio.loop);
    }
    for (unsigned i = server->started_n; i < server->made_n; i++) {
        close_reactor(&server->reactors[i]);
        loop_abandon(&server->reactors[i].eio.loop);
    }
    for (unsigned i = 0; i < server->made_n; i++) {
        eio_reactor_fini(&server->reactors[i].eio);
        hub_fini(&server->hubs[i]);
        buf_fini(&server->reactors[i].scratch);
        slotmap_fini(&server->reactors[i].refs);
    }
    mem_free(server->eio_reactors);
    mem_free(server->hubs);
    mem_free(server->reactors);
    mem_free(server);
}

enum err io_server_start(const struct io_options *options, struct io_server **out)
{
    struct io_server *server = mem_zalloc(sizeof *server);
    enum err e = ERR_OK;
    if (!server) {
        return ERR_NOMEM;
    }
    server->options = options;
    server->reactors = mem_zalloc(options->reactors_n * sizeof *server->reactors);
    server->hubs = mem_zalloc(options->reactors_n * sizeof *server->hubs);
    server->eio_reactors = mem_zalloc(options->reactors_n * sizeof(struct eio_reactor *));
    e = server->reactors && server->hubs && server->eio_reactors ? ERR_OK : ERR_NOMEM;
    for (unsigned i = 0; i < options->reactors_n && e == ERR_OK; i++) {
        e = init_reactor(server, i);
        server->made_n += e == ERR_OK;
        server->eio_reactors[i] = &server->reactors[i].eio;
    }
    for (unsigned i = 0; i < options->reactors_n && e == ERR_OK; i++) {
        e = loop_start(&server->reactors[i].eio.loop);
        server->started_n += e == ERR_OK;
    }
    if (e != ERR_OK) {
        io_server_stop(server);
        return e;
    }
    server->front = (struct eio_front){.options = &options->eio,
                                       .reactors = server->eio_reactors,
                                       .reactors_n = options->reactors_n};
    *out = server;
    return ERR_OK;
}

struct eio_front *io_server_front(struct io_server *server)
{
    return &server->front;
}

struct civet_setting {
    struct io_reactor *reactor;
    struct civet *civet;
};

static void set_civet(void *user)
{
    struct civet_setting *setting = user;
    setting->reactor->eio.net.front = setting->civet;
}

void io_server_set_civet(struct io_server *server, struct civet *civet)
{
    for (unsigned i = 0; i < server->started_n; i++) {
        struct civet_setting setting = {&server->reactors[i], civet};
        enum err e = loop_call(&server->reactors[i].eio.loop, set_civet, &setting);
        CHECK(e == ERR_OK);
    }
}

unsigned io_server_sessions_n(const struct io_server *server)
{
    unsigned n = 0;
    for (unsigned i = 0; i < server->started_n; i++) {
        n += server->reactors[i].eio.sessions_n;
    }
    return n;
}
