/* A host for the client machine that the test plays: its clock, chance, and both sides of every
 * wire.
 *
 * Everything the machine does, and every callback of it, becomes a line of one transcript:
 *   > GET path?query       > POST body            > abort GET|POST      (of HTTP)
 *   > open path?query      > ws text              > ws close            (of the WebSocket)
 *   * connecting   * live polling SID   * live websocket SID   * waiting N in MS: reason   *
 * closed: reason
 *   * event NAME (ACK ID) ARGS <ATTACHMENT>...      * ack NAME result ARGS <ATTACHMENT>...
 *   * auth?
 * A binary WebSocket message is "> ws <BYTES>".
 */
#pragma once

#include "slice.h"
#include "sock.h"
#include <stdbool.h>
#include <stdint.h>

#define SCRIPT_ORIGIN "http://chat.example"

/* What goes over the wire. */
#define GET_OPEN "> GET /socket.io/?EIO=4&transport=polling&t=0\n"
#define GET_NEXT "> GET /socket.io/?EIO=4&transport=polling&t=0&sid=sid\n"
#define WS_OPEN  "> open /socket.io/?EIO=4&transport=websocket\n"
#define WS_PROBE "> open /socket.io/?EIO=4&transport=websocket&sid=sid\n"
#define OPEN(upgrades, max)                                                                        \
    "0{\"sid\":\"sid\",\"upgrades\":[" upgrades                                                    \
    "],\"pingInterval\":300,\"pingTimeout\":200,\"maxPayload\":" max "}"
#define OPEN_WS    OPEN("\"websocket\"", "1000000")
#define OPEN_PLAIN OPEN("", "1000000")
#define CONNECTED  "40{\"sid\":\"io\"}"
#define RS         "\x1e"

#define EXPECT(transcript) assert_string_equal(script_take(), transcript)

/* Start anew at time 0, chance 0, an empty transcript; everything started before must be over. */
void script_reset(void);
/* A connection whose callbacks write the transcript; zero url: SCRIPT_ORIGIN. NULL when memory ran
 * out. */
struct sock *script_sock(const struct sock_options *options);
/* The same of a socket whose callbacks start their lines with name; ask_auth: with on_auth. */
struct sock *script_named(const struct sock_options *options, const char *name, bool ask_auth);
/* What does not stand in the transcript: of the last event that wanted an ack, of the last status. */
struct script_told {
    struct sock_token asked;
    struct sock_failure failure;
    uint32_t max_payload_bytes;
};
const struct script_told *script_told(void);
/* The transcript since the last call; valid until the next. */
const char *script_take(void);
/* Append to it. */
__attribute__((format(printf, 1, 2))) void script_say(const char *format, ...);

/* Let time pass, timers firing when due; 0 fires what is due now. */
void script_pass(uint32_t ms);
int64_t script_now(void);
/* Let time pass without any timer firing, as while the machine sleeps. */
void script_sleep(uint32_t ms);
/* What random_u32 gives from now on. */
void script_chance(uint32_t value);
/* Let the starting of requests and WebSockets fail. */
void script_refuse_starts(bool refuse);
/* What transport ws_unsent says. */
void script_ws_unsent(size_t bytes);

/* The server's part; each needs its exchange to be on its way. */
void script_answer_get(const char *body);
void script_answer_post(void);
void script_fail_get(unsigned status);
void script_fail_post(unsigned status);
void script_ws_accept(void);
void script_ws_text(const char *text);
void script_ws_binary(const char *bytes);
void script_ws_end(void);
void script_ws_end_code(unsigned code);
/* Is it on its way? */
bool script_has_get(void);
bool script_has_post(void);
bool script_has_ws(void);
bool script_ws_is_open(void);
/* Requests and WebSockets that are open; timers that exist. */
unsigned script_open_n(void);
unsigned script_timers_n(void);

/* Called from the next callback of the given kind ("status", "event", "ack", "auth"). */
void script_inside(const char *kind, void (*fn)(struct sock *s));
/* An ack that writes the transcript; name is its user. */
void script_ack(void *name, enum err result, const struct sock_args *answer);

/* Serve what waits as an honest server would, which connects, pings nobody, and lets upgrade.
 * False: nothing waits. */
bool script_serve_one(void);

/* Opened, its first exchange on its way; live on either transport, with a server that pings every
 * 300 ms and waits 200. The transcript of the latter two is taken. */
struct sock *script_opened(enum sock_transports transports);
struct sock *script_live_polling(void);
struct sock *script_live_websocket(void);
/* Emit "m" with args, without and with an ack. */
enum err script_emit(struct sock *s, const char *args);
enum err script_emit_acked(struct sock *s, const char *args, const char *name, uint32_t timeout_ms);
