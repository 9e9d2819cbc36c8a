/* A page in a script, for the tests of update: its clock moves only when the script says so. Every step re-proves the model's
 * invariants and fails the cmocka test on a surprise. Ana (user 1) is signed in, in the rooms lobby (1), secret (2, private) and
 * a direct message with Bo (3); Bo is user 2, Cyd user 3.
 */
#pragma once

#include "update.h"

/* 2026-03-03T14:05:09.123Z, at 0 of the host clock */
#define SCRIPT_WALL_MS INT64_C(1772546709123)

enum { ANA = 1, BO, CYD };
enum { LOBBY = 1, SECRET, WITH_BO };

struct script_page {
    struct model m;
    struct effects fx; /* of the last action */
    int64_t now_ms;
    unsigned cids_n;
    char cid[33];    /* of the last deed, hex digits */
    int64_t ev;      /* of the events so far */
    int64_t seqs[8]; /* of each room's messages so far */
    struct arena texts;
};

/* A page that nobody is signed in on. */
void script_boot(struct script_page *p, const struct model_limits *limits);
/* A page of Ana's, live, the lobby open and loaded (it is empty). */
void script_open(struct script_page *p, const struct model_limits *limits);
/* Owns: frees the model. */
void script_close(struct script_page *p);
/* Let a happen now. */
void script_act(struct script_page *p, struct action a);
/* The chat client says so; SOCK_WAITING waits for 5 s. */
void script_status(struct script_page *p, enum chat_client_state state, enum sock_state sock);
void script_live(struct script_page *p);
void script_down(struct script_page *p);
/* Time passes, with a tick at its end. */
void script_later(struct script_page *p, int64_t ms);
/* The server's answer to the last effect that asks this kind. */
void script_answer(struct script_page *p, enum ask_kind kind, const char *json);
void script_refuse(struct script_page *p, enum ask_kind kind, enum chat_error error);
/* Users as the server tells them. */
struct chat_user script_user(int64_t id);
/* Rooms; n messages are in them, the first n_read of them read. */
void script_room(struct script_page *p, int64_t id, int64_t n, int64_t n_read);
void script_type(struct script_page *p, struct slice text);
/* Type and press Enter. */
void script_say(struct script_page *p, const char *text);
/* The server has stored the message of the last deed: its answer, its event, or both. */
void script_sent(struct script_page *p);
void script_echo(struct script_page *p);
/* An event: a message by this user in that room. */
void script_receive(struct script_page *p, int64_t room, int64_t from, const char *text);
void script_receive_many(struct script_page *p, int64_t room, unsigned n);
/* The answer to a question for history: the messages from..to of a room, by Bo. */
void script_page_of(struct script_page *p, int64_t room, int64_t from, int64_t to);
void script_scroll(struct script_page *p, uint32_t above_px, uint32_t below_px);
void script_key(struct script_page *p, enum dom_key key, unsigned flags);
void script_click(struct script_page *p, enum dom_act act, uint64_t key);
/* How many effects of the last action are of that type; the last of them, which must be there. */
unsigned script_count(const struct script_page *p, enum effect_type type);
const struct effect *script_effect(const struct script_page *p, enum effect_type type);
/* The last question of the last action of that kind; NULL: none. */
const struct effect *script_ask(const struct script_page *p, enum ask_kind kind);
/* The open room; its message at a place, which must be there. */
struct room *script_room_open(struct script_page *p);
struct message *script_at(struct script_page *p, uint32_t index);
/* The first and the last message that the open room's window shows. */
void script_assert_window(struct script_page *p, int64_t first_seq, int64_t last_seq);
void script_assert_slice(struct slice s, const char *expected);
