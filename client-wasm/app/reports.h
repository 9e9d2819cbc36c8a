/* What members have said against messages: how many reports wait where I moderate, and the list of them. */
#pragma once

#include "action.h"
#include "effect.h"
#include "json_in.h"
#include "model.h"

/* A room is opened, or the connection is there again: how many wait there? */
void reports_ask(struct model *m, struct effects *fx);
void reports_answer(struct model *m, const struct action_answer *a);
/* The server says how many. */
void reports_told(struct model *m, int64_t room, int64_t n);
/* One of an answer's "reports"; names are what people are called, without a text its word. false: it is none.
 * Owns: what out points to is in the arena, or static. */
struct report {
    int64_t id, seq;
    struct slice from, by, text, reason;
};
bool reports_read(const struct model *m, struct slice item, struct arena *arena,
                  struct report *out);
/* Fill the dialog's list out of an answer's "reports", and take how many wait. */
void reports_put(struct model *m, struct json_in *in);
/* May I report it? */
bool reports_may(const struct model *m, const struct message *msg);
