/* What happens on the reactors, told to the handlers' thread by mail. See app.h.
 *
 * Thread: everything here but run_inbound and run_gone runs on a reactor, and touches of a tincan_socket only what never changes
 * (t, ref), gone, doom and the atomic members.
 */
#include "app.h"

#include "json.h"
#include "log.h"
#include "mem.h"

enum inbound_kind { INBOUND_CONNECT, INBOUND_EVENT, INBOUND_ACK };

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
    size_t bytes_n; /* that wait with it */
    char bytes[];
};

/* --- on the handlers' thread --- */

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
    s->waiting_bytes -= in->bytes_n;
    if (!closed && in->kind == INBOUND_CONNECT) {
        app_on_connect(s, in->text);
    } else if (!closed && in->kind == INBOUND_EVENT) {
        app_on_event(s, &event);
    } else if (!closed) {
        event.wants_ack = false;
        app_on_ack(s, in->id, &event);
    }
    mem_free(in);
}

static void run_gone(struct mail *m, bool closed)
{
    struct tincan_socket *s = CONTAINER_OF(m, struct tincan_socket, gone);
    if (closed) {
        app_socket_free(s);
    } else {
        app_on_gone(s);
    }
}

/* --- on the reactor --- */

/* It is part of the socket, so that it cannot fail. */
void app_post_gone(struct tincan_socket *s, const char *reason)
{
    s->gone.run = run_gone;
    s->gone_reason = reason;
    loop_post(&s->t->loop, &s->gone);
}

/* Room for a mail and extra_n bytes behind it. */
static struct inbound *make_inbound(struct tincan_socket *s, enum inbound_kind kind, size_t extra_n)
{
    struct inbound *in = mem_alloc(sizeof *in + extra_n);
    if (in) {
        *in = (struct inbound){
            .mail.run = run_inbound, .socket = s, .kind = kind, .bytes_n = sizeof *in + extra_n};
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

void app_socket_unref(struct tincan_socket *s)
{
    if (--s->holders == 0) {
        mem_free(s);
    }
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
    s->holders = 1;
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

/* Names are C's strings from here on: one with a NUL in it must not become the one before the NUL. */
static bool is_name(struct slice s)
{
    return slice_find(s, '\0') == s.n;
}

static enum io_verdict on_connect(struct io_socket *io, struct slice auth, struct slice *message)
{
    struct tincan *t = io_socket_namespace(io)->user;
    struct slice name = io_socket_nsp(io);
    if (!is_name(name)) {
        *message = SL("Invalid namespace");
        return IO_REFUSE;
    }
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
    s->waiting_bytes += in->bytes_n;
    loop_post(&t->loop, &in->mail);
    return IO_WAIT;
}

static enum err post_packet(struct io_socket *io, enum inbound_kind kind, struct slice name,
                            const struct sio_packet *packet,
                            const struct io_attachments *attachments)
{
    struct tincan_socket *s = ((struct app_io *)io_socket_data(io))->socket;
    size_t n = name.n + 1 + packet->args.n + 1;
    for (unsigned i = 0; i < attachments->n; i++) {
        n += attachments->data[i].n + 1;
    }
    if (s->waiting_bytes + sizeof(struct inbound) + n > s->t->waiting_bytes_max) {
        return ERR_LIMIT;
    }
    struct inbound *in = make_inbound(s, kind, n);
    if (!in) {
        return ERR_NOMEM;
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
    s->waiting_bytes += in->bytes_n;
    loop_post(&s->t->loop, &in->mail);
    return ERR_OK;
}

/* A packet could not be handed on: whoever sent it must not believe that it was. */
static void close_over_packet(struct io_socket *io, enum err why)
{
    if (why == ERR_LIMIT) {
        log_peer(LOG_WARN, L_SIO, "closing: too much waits for the handlers", "sid=%.4s",
                 io_socket_session(io)->sid);
        eio_close(io_socket_session(io), "forced close");
    } else {
        log_peer(LOG_ERROR, L_SIO, "out of memory, a packet is lost with its connection",
                 "sid=%.4s", io_socket_session(io)->sid);
        eio_fail(io_socket_session(io), "transport error");
    }
}

static void on_event(struct io_socket *io, const struct sio_packet *packet,
                     const struct io_attachments *attachments)
{
    struct buf *name = &io_socket_session(io)->reactor->scratch;
    buf_reset(name);
    enum err e = packet->event.p[0] == '"' ? json_unescape(packet->event, name)
                                           : buf_put(name, packet->event);
    if (e == ERR_OK && !is_name(buf_peek(name))) {
        return; /* as with any event nobody listens to */
    }
    e = e == ERR_OK ? post_packet(io, INBOUND_EVENT, buf_peek(name), packet, attachments)
                    : ERR_NOMEM;
    if (e != ERR_OK) {
        close_over_packet(io, e);
    }
}

static void on_ack(struct io_socket *io, const struct sio_packet *packet,
                   const struct io_attachments *attachments)
{
    enum err e =
        packet->has_id ? post_packet(io, INBOUND_ACK, SL(""), packet, attachments) : ERR_OK;
    if (e != ERR_OK) {
        close_over_packet(io, e);
    }
}

static void on_disconnect(struct io_socket *io, const char *reason)
{
    struct app_io *state = io_socket_data(io);
    app_io_drop_members(state);
    app_post_gone(state->socket, reason);
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
