/* The inside of io: what a session and a socket are. For the files of this folder only. */
#pragma once

#include "io.h"
#include "slotmap.h"

struct io_reactor {
    struct eio_reactor eio;
    struct io_server *server;
    struct hub *hub;
    struct deadline_list connect_list;
    struct slotmap refs; /* sockets that were given a number */
    struct buf scratch;  /* outgoing packets */
};

struct io_server {
    const struct io_options *options;
    struct io_reactor *reactors;
    struct hub *hubs;
    struct eio_front front;
    struct eio_reactor **eio_reactors;
    unsigned made_n, started_n; /* reactors */
};

struct io_client {
    struct eio_session *session;
    struct io_socket *sockets;
    struct sio_assembler *assembler; /* only while attachments are awaited */
    struct deadline connect;         /* armed until a namespace is joined */
};

/* What only some sockets have, so that the others stay small. */
struct io_extra {
    uint64_t ref;  /* 0: none was asked for */
    size_t name_n; /* of the namespace, where the row has none */
    char name[];
};

struct io_socket {
    struct io_client *client;
    struct io_socket *next; /* of the client */
    const struct io_namespace *nsp;
    struct io_extra *extra; /* NULL: neither a name of its own nor a reference */
    struct hub_member member;
    char id[EIO_SID_BYTES];
    bool joined; /* else it waits for its verdict */
    max_align_t data[];
};

/* A reference is the slot map's id with the reactor's number in the bits between index and
 * generation. */
#define IO_REF_REACTOR_SHIFT SLOTMAP_INDEX_BITS
#define IO_REF_REACTOR_MASK  (0xffu << IO_REF_REACTOR_SHIFT)

static inline struct io_reactor *io_reactor_of(const struct io_client *c)
{
    return CONTAINER_OF(c->session->reactor, struct io_reactor, eio);
}

/* The text of an Engine.IO message arrived / a binary one. */
void io_handle_text(struct io_client *c, struct slice text);
void io_handle_binary(struct io_client *c, struct slice data);
/* Give up on the session after a violation, with a log line that says why. */
void io_violation(struct io_client *c, const char *why);
/* Leave and free one socket; on_disconnect follows inside. */
void io_socket_end(struct io_socket *s, const char *reason);
/* Send one packet to the client. */
void io_send_packet(struct io_client *c, const struct sio_packet *packet);
