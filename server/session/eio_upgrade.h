/* The way of a session from long-polling to WebSocket: a second socket probes, then takes over.
 *
 *   none --WebSocket with the sid--> PROBING --2probe--> PROBED --5--> upgraded
 *   PROBING | PROBED --anything else, lost, EIO_UPGRADE_TIMEOUT_MS--> none; polling goes on
 *
 * 5 without a probe is accepted, as by the reference.
 */
#pragma once

#include "eio_session.h"

/* A WebSocket came for this session: start probing, or close it when there is one already. Takes
 * the socket. */
void eio_upgrade_start(struct eio_session *s, struct net_socket *socket);
void eio_probe_message(struct eio_session *s, enum ws_opcode opcode, struct slice data);
void eio_probe_lost(struct eio_session *s);
/* Close the probing socket, if any. */
void eio_probe_drop(struct eio_session *s);
void eio_on_upgrade_timeout(struct deadline *d);
