/* Incoming Socket.IO packets: who may send what when. See io.h. */
#include "io_client.h"
#include "log.h"
#include "mem.h"

#include <openssl/rand.h>
#include <stddef.h>

void io_violation(struct io_client *c, const char *why)
{
    struct eio_session *session = c->session;
    log_peer(LOG_INFO, L_SIO, "closing after a protocol violation", "sid=%.4s reason=\"%s\"", session->sid, why);
    eio_close(session, "forced close");
}

static struct io_socket *find_socket(struct io_client *c, struct slice nsp)
{
    struct io_socket *s = c->sockets;
    while (s && !slice_eq(s->nsp->name, nsp)) {
        s = s->next;
    }
    return s;
}

static const struct io_namespace *find_namespace(const struct io_server *server, struct slice name)
{
    for (unsigned i = 0; i < server->options->namespaces_n; i++) {
        if (slice_eq(server->options->namespaces[i].name, name)) {
            return &server->options->namespaces[i];
        }
    }
    return NULL;
}

/* --- CONNECT --- */

static bool make_id(char id[EIO_SID_BYTES])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[EIO_SID_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    for (size_t i = 0; i < EIO_SID_BYTES; i++) {
        id[i] = alphabet[bytes[i] & 63];
    }
    return true;
}

static void refuse(struct io_client *c, struct slice nsp, struct slice message)
{
    char json[160];
    int n = snprintf(json, sizeof json, "{\"message\":\"%.*s\"}", SL_ARG(message));
    io_send_packet(c, &(struct sio_packet){.type = SIO_CONNECT_ERROR, .nsp = nsp, .json = {json, (size_t)n}});
}

static void accept_socket(struct io_client *c, struct io_socket *s)
{
    char json[48];
    int n = snprintf(json, sizeof json, "{\"sid\":\"%.*s\"}", EIO_SID_BYTES, s->id);
    s->next = c->sockets;
    c->sockets = s;
    deadline_disarm(&c->connect);
    io_send_packet(c, &(struct sio_packet){.type = SIO_CONNECT, .nsp = s->nsp->name, .json = {json, (size_t)n}});
}

static void on_connect(struct io_client *c, const struct sio_packet *packet)
{
    struct io_reactor *r = io_reactor_of(c);
    const struct io_namespace *nsp = find_namespace(r->server, packet->nsp);
    struct slice message = SL("Internal error");
    if (!nsp) {
        refuse(c, packet->nsp, SL("Invalid namespace"));
        return;
    }
    if (find_socket(c, packet->nsp)) {
        io_violation(c, "CONNECT to a namespace that is joined already");
        return;
    }
    struct io_socket *s = mem_zalloc(sizeof *s + nsp->socket_data_bytes);
    unsigned room = (unsigned)(nsp - r->server->options->namespaces);
    if (!s || !make_id(s->id)) {
        mem_free(s);
        refuse(c, packet->nsp, message);
        return;
    }
    s->client = c;
    s->nsp = nsp;
    if (!nsp->on_connect(s, packet->json, &message) || hub_join(r->hub, room, &s->member, c->session) != ERR_OK) {
        mem_free(s);
        refuse(c, packet->nsp, message);
        return;
    }
    accept_socket(c, s);
}

/* --- everything else --- */

static void on_event(struct io_client *c, const struct sio_packet *packet, const struct io_attachments *attachments)
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
        break; /* nothing was asked that could be answered: an unknown id is ignored */
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
    c->assembler->max_bytes = (size_t)c->session->reactor->options->max_payload_bytes * (1 + (size_t)attachments_n);
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
    } else if (!find_socket(c, packet.nsp)) {
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
    /* It was decoded before, and its namespace joined; nothing but attachments came since. */
    enum err e = sio_decode(buf_peek(&a->text), &packet, NULL);
    CHECK(e == ERR_OK);
    on_event(c, &packet, &attachments);
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
