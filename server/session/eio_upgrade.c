/* See eio_upgrade.h. */
#include "eio_upgrade.h"

#include "log.h"
#include "mem.h"

#include <stddef.h>

void eio_probe_drop(struct eio_session *s)
{
    if (s->poll && s->poll->probe) {
        struct conn *probe = s->poll->probe;
        eio_probe_lost(s);
        conn_close(probe, 0);
    }
}

void eio_probe_lost(struct eio_session *s)
{
    s->poll->probe = NULL;
    s->poll->probed = false;
    deadline_disarm(&s->poll->upgrade);
}

void eio_on_upgrade_timeout(struct deadline *d)
{
    struct eio_polling *poll = CONTAINER_OF(d, struct eio_polling, upgrade);
    eio_probe_drop(poll->session);
}

/* Everything queued moves to the WebSocket, in order; a GET that is still parked learns that
 * polling is over. */
static void take_over(struct eio_session *s)
{
    struct eio_polling *poll = s->poll;
    struct conn *ws = poll->probe;
    struct http_conn *get = poll->get;
    eio_probe_lost(s);
    poll->get = NULL;
    if (get) {
        http_conn_answer(get, &(struct http_answer){.status = 200,
                                                    .content_type = SL("text/plain; charset=UTF-8"),
                                                    .body = SL("1")});
    }
    s->ws = ws;
    while (!outq_empty(&poll->out) && !s->gone) {
        struct out_slice first = poll->out.first;
        eio_pass_on(s, first);
        outq_advance(&poll->out, first.end - first.off);
    }
    outq_clear(&poll->out);
    if (!poll->dirty && !s->gone) {
        s->poll = NULL;
        mem_free(poll);
    } /* else it is on the reactor's list, which frees it at the end of the turn */
    if (s->closing && !s->gone) { /* it was to end, and the peer is told now */
        conn_close(s->ws, 0);
        s->ws = NULL;
        eio_release(s);
    }
}

void eio_probe_message(struct eio_session *s, enum ws_opcode opcode, struct slice data)
{
    struct eio_polling *poll = s->poll;
    if (opcode == WS_TEXT && slice_eq(data, SL("2probe"))) {
        poll->probed = true;
        if (!conn_send_frame(poll->probe, WS_TEXT, SL("3probe"), (struct slice){NULL, 0})) {
            eio_probe_drop(s);
        } else if (poll->get) {
            eio_poll_flush(
                s); /* a noop if there is nothing: the client can pause polling at once */
        }
    } else if (opcode == WS_TEXT && slice_eq(data, SL("5"))) {
        take_over(s);
    } else {
        log_peer(LOG_INFO, L_EIO, "closing a probe that does not upgrade", "sid=%.4s", s->sid);
        eio_probe_drop(s);
    }
}

void eio_upgrade_start(struct eio_session *s, struct net_socket *socket)
{
    bool refuse = s->ws || s->closing || s->poll->probe || s->poll->leaver;
    struct conn *c = conn_open(&s->reactor->net, socket, s->reactor->options->max_payload_bytes, s);
    if (!c) {
        return;
    }
    if (refuse) {
        conn_close(c, 0); /* the session is not touched */
        net_socket_close(socket);
        return;
    }
    s->poll->probe = c;
    deadline_arm_in(&s->reactor->upgrade_list, &s->poll->upgrade, EIO_UPGRADE_TIMEOUT_MS);
    conn_start(c, socket);
}
