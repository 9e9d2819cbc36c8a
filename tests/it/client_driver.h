/* A Socket.IO client that a test steers by lines of text: natively over the standard streams
 * (client_driver_native.c), in a page by calls (browser/client_page.c).
 *
 * Lines in; NAME is a letter chosen by the test, KEY=VALUE and flags may be left out, the rest of a
 * line is raw JSON:
 *   manager NAME [url= path= query= transports=polling_first|websocket_first|polling|websocket
 *                 try_all remember credentials no_reconnect attempts= delay= delay_max= jitter= timeout=
 *                 send_max=]
 *   sock NAME MANAGER NSP [ask_auth offline_n= retries= ack_timeout=] [AUTH]
 *   open NAME | close NAME | free NAME | auth NAME [JSON]
 *   send NAME EVENT [ack=TAG timeout= volatile reliable id bin=HEX,HEX] [ARGS]
 *   answer NAME ACK_ID [bin=HEX,HEX] [ARGS]
 *   network MANAGER on|off | retry MANAGER
 * Lines out, each a JSON object: {"returned":"ok"} for every send, auth and answer, and what the
 * callbacks tell.
 */
#pragma once

#include "slice.h"

/* Write one line, without its end. The program's. */
void driver_out(struct slice line);
/* Do what a line says; a line that makes no sense ends the program. */
void driver_line(struct slice line);
/* No connection is open, and no goodbye on its way. */
bool driver_quiet(void);
/* Free everything. */
void driver_end(void);
