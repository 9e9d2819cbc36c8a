/* Socket.IO clients over WebSocket, as cheap as a load generator needs them: thousands on one epoll
 * set, incoming frames are counted by walking their headers, never parsed. One thread, one event at
 * a time.
 *
 *   CONNECTING --TCP up, request sent--> UPGRADING --101--> OPENING --"0{": "40" sent--> JOINING
 * --"40"--> LIVE any --end of stream, error, refusal--> CLOSED
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_state {
    BENCH_CONNECTING,
    BENCH_UPGRADING,
    BENCH_OPENING,
    BENCH_JOINING,
    BENCH_LIVE,
    BENCH_CLOSED
};

/* The longest part of a frame that is looked at: the header of a big frame and two bytes of
 * payload. */
#define BENCH_CARRY_BYTES 12

struct bench_conn {
    int fd;
    enum bench_state state;
    uint8_t carry_bytes;    /* start of a frame whose header is not complete yet */
    uint8_t head_end_match; /* how much of CR LF CR LF has been seen */
    uint16_t head_bytes;    /* of the HTTP answer, so far */
    uint8_t carry[BENCH_CARRY_BYTES];
    uint64_t skip_bytes; /* rest of the current frame */
    uint64_t received_n; /* event packets */
    uint64_t sent_n;
    int64_t sent_us; /* when the last one was sent */
};

struct bench_set;

struct bench_callbacks {
    void *user;
    /* It is LIVE now. */
    void (*on_live)(void *user, struct bench_conn *c);
    /* One read brought this many event packets; received_n counts them already. */
    void (*on_events)(void *user, struct bench_conn *c, unsigned events_n);
    /* It is CLOSED now; why is a static text. */
    void (*on_closed)(void *user, struct bench_conn *c, const char *why);
};

/* Room for conns_n clients of the server at address. NULL: out of memory or descriptors.
 * Owns: free with bench_set_free, which closes the connections. */
struct bench_set *bench_set_new(const struct sockaddr_in *address, unsigned conns_n,
                                struct bench_callbacks callbacks);
void bench_set_free(struct bench_set *s);
struct bench_conn *bench_set_conn(struct bench_set *s, unsigned index);

/* Begin to connect a client (not used before). false: no socket to be had; on_closed is not called.
 */
bool bench_connect(struct bench_set *s, struct bench_conn *c);
/* Send one ready-made frame at once, waiting for room if there is none. false: the connection is
 * CLOSED now. */
bool bench_send(struct bench_set *s, struct bench_conn *c, const void *frame, size_t frame_bytes);
/* Wait for events at most wait_ms and handle them. */
void bench_turn(struct bench_set *s, int wait_ms);

/* Write a masked text frame into out (frame_max bytes), its payload being text. Returns its length,
 * 0 if too long. */
size_t bench_frame(uint8_t *out, size_t frame_max, const char *text, size_t text_bytes);
/* Microseconds of the monotonic clock. */
int64_t bench_now_us(void);
