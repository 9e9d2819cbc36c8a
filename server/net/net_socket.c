/* See net_socket.h. */
#include "net_socket.h"

#include "mem.h"

#include <openssl/err.h>
#include <unistd.h>

void net_socket_close(struct net_socket *s)
{
    if (s->ssl) {
        if (s->fd >= 0) {
            ERR_clear_error();
            SSL_shutdown(s->ssl); /* says goodbye if the socket takes it at once */
            ERR_clear_error();
        }
        SSL_free(s->ssl);
        s->ssl = NULL;
    }
    mem_free(s->early);
    s->early = NULL;
    s->early_n = 0;
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
}
