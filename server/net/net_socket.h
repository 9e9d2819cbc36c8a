/* A connected socket on its way between CivetWeb and a reactor: given away whole, never shared. */
#pragma once

#include "err.h"
#include "slice.h"
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>

struct net_socket {
    int fd;   /* -1: none */
    SSL *ssl; /* NULL: plain; owned with the socket */
    char *
        early; /* bytes already read behind the request head; mem_alloc'ed, owned with the socket; may be NULL */
    size_t early_n;
    unsigned listener; /* opaque: which CivetWeb listener accepted it, for civet_give_back */
    struct sockaddr_storage remote;
};

/* Close the socket and free what belongs to it (no close_notify is awaited). Harmless on fd -1. */
void net_socket_close(struct net_socket *s);
