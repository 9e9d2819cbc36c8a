/* The messages of one room that the page has: those with a number in its order, with holes where something is not loaded, and behind
 * them our own that have none yet, in the order in which they were written.
 */
#pragma once

#include "chat.h"
#include "persons.h"
#include <stdbool.h>
#include <stdint.h>

/* How a message of ours fares; those with a number are SENT. */
enum message_state { MESSAGE_SENT, MESSAGE_PENDING, MESSAGE_FAILED };

struct message_reaction {
    struct slice emoji;
    const int64_t *users;
    uint32_t users_n;
    bool mine;
};

/* A reaction is named by its message's key times this, plus its place. */
#define MESSAGE_REACTIONS_KEY 32

/* Inv: everything it points to but from and failure lies in its own block. seq is 0 exactly when state is not SENT. */
struct message {
    uint64_t key; /* names it on the page, for ever; never 0 */
    int64_t room, seq;
    struct person *from; /* NULL: nobody we know */
    int64_t ts_ms;       /* UTC */
    int64_t edited_ms, rev, reply_to;
    int64_t sent_at_ms; /* of a PENDING one, host clock: when it was written */
    uint32_t changed_n; /* the count of events when one last changed it */
    uint32_t stamp;     /* another one whenever text or state of it change; never 0 */
    uint8_t state;
    bool own, deleted, mentions_me, too_large;
    bool
        earlier; /* of an earlier visit: of those without a number it stands before what was written later */
    bool revealed;          /* of a blocked person, looked at all the same */
    char cid[CHAT_CID_HEX]; /* zeroed: none */
    struct slice text;
    char *
        failure; /* of a FAILED one, in the server's words, NUL-terminated, its own block; or NULL */
    struct chat_file *files;
    uint32_t files_n;
    struct message_reaction *reactions;
    uint32_t reactions_n;
};

/* Inv: at[0..numbered_n) ascend by seq, without doubles; at[numbered_n..n) have none; bytes is the sum of all blocks. */
struct log {
    struct message **at;
    uint32_t n, numbered_n, cap;
    size_t bytes;
};

void log_fini(struct log *l);
/* Re-prove the Inv: list; aborts. For tests. */
void log_check(const struct log *l);

/* A message as the server tells it, made to be put in. NULL: no memory. my: own user id, for own and mine. Owns: the caller, until it is
 * put in; message_free. */
struct message *message_new(const struct chat_message *from, struct person *person, int64_t my);
void message_free(struct message *msg);
/* Is it folded away, for its writer is blocked? */
bool message_hidden(const struct message *msg);
struct slice message_cid(const struct message *msg);

/* Where it is, or l->n. */
uint32_t log_find_seq(const struct log *l, int64_t seq);
uint32_t log_find_key(const struct log *l, uint64_t key);
/* Of those without a number. */
uint32_t log_find_cid(const struct log *l, struct slice cid);
/* Where a message with this seq belongs. */
uint32_t log_place(const struct log *l, int64_t seq);

/* Put a message in at its place: by seq, or at the very end, or by its time when it is an earlier one. It must not be there already. Returns: ERR_OK | ERR_NOMEM.
 * Owns: takes msg when ERR_OK. */
NODISCARD enum err log_insert(struct log *l, struct message *msg, uint32_t *index);
/* Put msg in place of the one there, which has the same seq; it takes over its key. Owns: takes msg, frees the old one. */
void log_replace(struct log *l, uint32_t index, struct message *msg);
/* Owns: the caller gets it. */
struct message *log_take(struct log *l, uint32_t index);
/* Free from..to. */
void log_cut(struct log *l, uint32_t from, uint32_t to);

/* The stretch around index in which no number is missing: *from to *to; our own without a number belong to the last one. */
void log_stretch(const struct log *l, uint32_t index, uint32_t *from, uint32_t *to);
