/* A page in a script, for the tests of update: its clock moves only when the script says so. Every
 * step re-proves the model's invariants and fails the cmocka test on a surprise.
 */
#pragma once

#include "update.h"

#define SCRIPT_WALL_MS                                                                             \
    INT64_C(                                                                                       \
        1772546709123) /* 2026-03-03T14:05:09.123Z, at 0 of the host clock                     \
                            */

struct script_page {
    struct model m;
    struct effects fx; /* of the last action */
    int64_t now_ms;
    unsigned cids_n;
    char cid[33];
};

/* A page of Ana's, a second old on the host clock. */
void script_open(struct script_page *p, const struct model_limits *limits);
/* Owns: frees the model. */
void script_close(struct script_page *p);
/* Let a happen now. */
void script_act(struct script_page *p, struct action a);
/* The socket says so; WAITING waits for 5 s. */
void script_status(struct script_page *p, enum sock_state state);
/* Time passes, with a tick at its end. */
void script_later(struct script_page *p, int64_t ms);
/* 1, 2, 3 ... as 32 digits. */
struct slice script_next_cid(struct script_page *p);
void script_type(struct script_page *p, struct slice text);
/* Type and send, with the next cid. */
void script_say(struct script_page *p, const char *text);
/* A `message` event with these arguments; or one by Bo with that cid; or n by Bo without any. */
void script_receive(struct script_page *p, const char *args);
void script_receive_cid(struct script_page *p, unsigned cid);
void script_receive_many(struct script_page *p, unsigned n);
void script_scroll(struct script_page *p, uint32_t above_px, uint32_t below_px);
/* How many effects of the last action are of that type. */
unsigned script_count(const struct script_page *p, enum effect_type type);
/* The message with this key, which must be there. */
struct message *script_at(struct script_page *p, uint64_t key);
void script_assert_slice(struct slice s, const char *expected);
