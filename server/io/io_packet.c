/* Incoming Socket.IO packets: who may send what when. See io.h. */
#include "io_client.h"
#include "json.h"
#include "log.h"
#include "mem.h"

#include <openssl/rand.h>
#include <stddef.h>

#define REFUSAL_BYTES_MAX 4096

void io_violation(struct io_client *c, const char *why)
{
    struct eio_session *session = c->session;
    log_peer(LOG_INFO, L_SIO, "closing after a protocol violation", "sid=%.4s reason=\"%s\"",
             session->sid, why);
    eio_close(session, "forced close");
}

static struct io_socket *find_socket(struct io_client *c, struct slice nsp)
{
    struct io_socket *s = c->sockets;
    while (s && !slice_eq(io_socket_nsp(s), nsp)) {
        s = s->next;
    }
    return s;
}

static bool is_joined(struct io_client *c, struct slice nsp)
{
    struct io_socket *s = find_socket(c, nsp);
    return s && s->joined;
}

static const struct io_namespace *find_namespace(const struct io_server *server, struct slice name)
{
    for (unsigned i = 0; i < server->options->namespaces_n; i++) {
        const struct io_namespace *row = &server->options->namespaces[i];
        if (row->name.n == 0 || slice_eq(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

/* --- CONNECT --- */

static bool make_id(char id[EIO_SID_BYTES])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[EIO_SID_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    for (size_t i = 0; i < EIO_SID_BYTES; i++) {
        id[i] = alphabet[bytes[i] & 63];
    }
    return true;
}

static void send_refusal(struct io_client *c, struct slice nsp, struct slice message)
{
    struct buf json;
    buf_init(&json, REFUSAL_BYTES_MAX);
    enum err e = buf_put(&json, SL("{\"message\":"));
    e = e == ERR_OK ? json_quote(message, &json) : e;
    e = e == ERR_OK ? buf_putc(&json, '}') : e;
    if (e == ERR_OK) {
        io_send_packet(c, &(struct sio_packet){
                              .type = SIO_CONNECT_ERROR, .nsp = nsp, .json = buf_peek(&json)});
    } else {
        io_violation(
            c, "refused for a reason that cannot be told"); /* a CONNECT must not stay unanswered */
    }
    buf_fini(&json);
}

static void unlink_socket(struct io_socket *s)
{
    struct io_socket **at = &s->client->sockets;
    while (*at != s) {
        at = &(*at)->next;
    }
    *at = s->next;
}

static void free_socket(struct io_socket *s)
{
    if (s->extra && s->extra->ref) {
        slotmap_remove(&io_reactor_of(s->client)->refs,
                       s->extra->ref & ~((uint64_t)IO_REF_REACTOR_MASK));
    }
    mem_free(s->extra);
    mem_free(s);
}

void io_socket_end(struct io_socket *s, const char *reason)
{
    struct io_client *c = s->client;
    unlink_socket(s);
    if (c->session->gone) {
        hub_drop(&s->member);
    } else {
        hub_leave(io_reactor_of(c)->hub, &s->member);
    }
    s->nsp->on_disconnect(s, reason);
    free_socket(s);
}

void io_accept(struct io_socket *s, const char *id, struct slice extra)
{
    struct io_client *c = s->client;
    struct io_reactor *r = io_reactor_of(c);
    struct buf *out = &r->scratch;
    CHECK(!s->joined);
    if (id) {
        memcpy(s->id, id, sizeof s->id);
    }
    if (!s->nsp->private_room &&
        hub_join(r->hub, &r->hub->rooms[s->nsp - r->server->options->namespaces], &s->member,
                 c->session) != ERR_OK) {
        io_refuse(s, SL("{\"message\":\"The server is out of memory\"}"));
        return;
    }
    s->joined = true;
    deadline_disarm(&c->connect);
    struct sio_packet head = {.type = SIO_CONNECT, .nsp = io_socket_nsp(s)};
    buf_reset(out);
    enum err e = buf_putc(out, '0' + EIO_MESSAGE);
    e = e == ERR_OK ? sio_encode(&head, out) : e;
    e = e == ERR_OK ? buf_printf(out, "{\"sid\":\"%.*s\"%.*s}", EIO_SID_BYTES, s->id, SL_ARG(extra))
                    : e;
    if (e == ERR_OK) {
        eio_send(c->session, false, buf_peek(out), (struct slice){NULL, 0});
    }
}

void io_refuse(struct io_socket *s, struct slice error)
{
    CHECK(!s->joined);
    io_send_packet(
        s->client,
        &(struct sio_packet){.type = SIO_CONNECT_ERROR, .nsp = io_socket_nsp(s), .json = error});
    unlink_socket(s);
    free_socket(s);
}

/* A socket that waits for its verdict; NULL when there is no memory. */
static struct io_socket *make_socket(struct io_client *c, const struct io_namespace *nsp,
                                     struct slice name)
{
    struct io_socket *s = mem_zalloc(sizeof *s + nsp->socket_data_bytes);
    if (!s || !make_id(s->id)) {
        mem_free(s);
        return NULL;
    }
    s->client = c;
    s->nsp = nsp;
    if (nsp->name.n == 0) {
        s->extra = mem_zalloc(sizeof *s->extra + name.n);
        if (!s->extra) {
            mem_free(s);
            return NULL;
        }
        memcpy(s->extra->name, name.p, name.n);
        s->extra->name_n = name.n;
    }
    s->next = c->sockets;
    c->sockets = s;
    return s;
}

static void on_connect(struct io_client *c, const struct sio_packet *packet)
{
    const struct io_namespace *nsp = find_namespace(io_reactor_of(c)->server, packet->nsp);
    struct slice message = SL("Refused");
    if (!nsp) {
        send_refusal(c, packet->nsp, SL("Invalid namespace"));
        return;
    }
    if (find_socket(c, packet->nsp)) {
        io_violation(c, "CONNECT to a namespace that is joined already");
        return;
    }
    struct io_socket *s = make_socket(c, nsp, packet->nsp);
    if (!s) {
        send_refusal(c, packet->nsp, SL("The server is out of memory"));
        return;
    }
    switch (nsp->on_connect(s, packet->json, &message)) {
    case IO_ACCEPT:
        io_accept(s, NULL, SL(""));
        break;
    case IO_REFUSE:
        unlink_socket(s);
        free_socket(s);
        send_refusal(c, packet->nsp, message);
        break;
    case IO_WAIT:
        break;
    }
}

/* --- everything else --- */

static void on_event(struct io_client *c, const struct sio_packet *packet,
                     const struct io_attachments *attachments)
{
    struct io_socket *s = find_socket(c, packet->nsp);
    switch (packet->type) {
    case SIO_EVENT:
    case SIO_BINARY_EVENT:
        s->nsp->on_event(s, packet, attachments);
        break;
    case SIO_DISCONNECT:
        io_socket_end(s, "client namespace disconnect");
        break;
    case SIO_ACK:
    case SIO_BINARY_ACK:
        if (s->nsp->on_ack) {
            s->nsp->on_ack(s, packet, attachments);
        }
        break;
    case SIO_CONNECT:
    case SIO_CONNECT_ERROR:
        io_violation(c, "a client must not send CONNECT_ERROR");
        break;
    }
}

static void await_attachments(struct io_client *c, struct slice text, uint8_t attachments_n)
{
    c->assembler = mem_zalloc(sizeof *c->assembler);
    if (!c->assembler) {
        io_violation(c, "out of memory for attachments");
        return;
    }
    /* The text, and each attachment up to what one message may have. */
    c->assembler->max_bytes =
        (size_t)c->session->reactor->options->max_payload_bytes * (1 + (size_t)attachments_n);
    if (sio_assembler_start(c->assembler, text, attachments_n) != ERR_OK) {
        io_violation(c, "attachments too large");
    }
}

void io_handle_text(struct io_client *c, struct slice text)
{
    struct sio_packet packet;
    const char *reason = "";
    if (c->assembler) {
        io_violation(c, "text while binary attachments are awaited");
        return;
    }
    enum err e = sio_decode(text, &packet, &reason);
    if (e != ERR_OK) {
        io_violation(c, reason);
    } else if (packet.type == SIO_CONNECT) {
        on_connect(c, &packet);
    } else if (!is_joined(c, packet.nsp)) {
        io_violation(c, "packet for a namespace that is not joined");
    } else if (packet.attachments_n > 0) {
        await_attachments(c, text, packet.attachments_n);
    } else {
        on_event(c, &packet, &(struct io_attachments){.n = 0});
    }
}

static void finish_attachments(struct io_client *c)
{
    struct sio_assembler *a = c->assembler;
    struct sio_packet packet;
    struct io_attachments attachments = {.n = a->have_n};
    for (unsigned i = 0; i < attachments.n; i++) {
        attachments.data[i] = buf_peek(&a->data[i]);
    }
    c->assembler = NULL; /* the event may end the session */
    enum err e = sio_decode(buf_peek(&a->text), &packet, NULL);
    CHECK(e == ERR_OK); /* it was decoded before */
    if (is_joined(c, packet.nsp)) {
        on_event(c, &packet, &attachments);
    } else { /* we let the socket leave while the attachments were on their way */
        io_violation(c, "packet for a namespace that is not joined");
    }
    sio_assembler_reset(a);
    mem_free(a);
}

void io_handle_binary(struct io_client *c, struct slice data)
{
    if (!c->assembler) {
        io_violation(c, "binary data that no packet announced");
        return;
    }
    switch (sio_assembler_add(c->assembler, data)) {
    case ERR_OK:
        finish_attachments(c);
        break;
    case ERR_MORE:
        break;
    default:
        io_violation(c, "attachments too large");
    }
}
