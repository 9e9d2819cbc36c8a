/* Writing: the draft of the open room, sending it, editing, replying, and what becomes of a message that was sent.
 *
 *   PENDING --acknowledged, or its event--> SENT (it has a number)
 *     ^        \--refused for good--> FAILED
 *     +--retry, with a new cid-----------/   \--discard--> gone, or back into the composer
 *
 * A message of ours keeps its cid over every try (chat_client.h), so that it is stored once.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The field holds this now. */
void upd_composer_input(struct model *m, const struct action_input *input, struct effects *fx);
/* Another room is open: its draft is shown. */
void upd_composer_show(struct model *m, struct effects *fx);
/* Put text into the open room's draft, with the caret behind byte caret of it. */
void upd_composer_set(struct model *m, struct slice text, uint32_t caret, struct effects *fx);
/* The same, with a part of it selected. */
void upd_composer_select(struct model *m, struct slice text, uint32_t from, uint32_t to,
                         struct effects *fx);
void upd_composer_send(struct model *m, const struct action *a, struct effects *fx);
/* Say something in a room, beside what is being written there. false: nobody may, there is no memory, or nothing in it. */
bool upd_composer_say(struct model *m, struct room *room, struct slice text,
                      const unsigned char *cid, struct effects *fx);
/* A file has come to its end: what waited for it goes, whichever room is open now. */
void upd_composer_uploaded(struct model *m, const struct action *a, struct effects *fx);
void upd_composer_sent(struct model *m, const struct action_sent *sent, struct effects *fx);
void upd_composer_unsent(struct model *m, struct slice cid, struct effects *fx);
void upd_composer_edited(struct model *m, const struct action_answer *a, struct effects *fx);
/* What the person does with a message. */
void upd_composer_reply(struct model *m, const struct message *msg, struct effects *fx);
void upd_composer_edit(struct model *m, const struct message *msg, struct effects *fx);
void upd_composer_edit_last(struct model *m, struct effects *fx);
void upd_composer_delete(const struct message *msg, struct effects *fx);
void upd_composer_react(const struct message *msg, struct slice emoji, struct effects *fx);
/* No reply and no edit any more. false: there was none. */
bool upd_composer_cancel(struct model *m, struct effects *fx);
void upd_composer_retry(struct model *m, const struct action *a, uint64_t key, struct effects *fx);
void upd_composer_rework(struct model *m, uint64_t key, struct effects *fx);
void upd_composer_discard(struct model *m, uint64_t key, struct effects *fx);
/* Why a message was refused for good. */
struct composer_refusal {
    bool too_large;
    struct slice why; /* in the server's words, may be empty */
};
/* A message of ours that outlived its page: show and send it, under its own cid; one that was refused (NULL: it was not) is only shown,
 * and goes again when the person asks. false: no memory. */
bool upd_composer_add(struct model *m, struct room *room, const struct chat_message *from,
                      const struct composer_refusal *refusal, struct effects *fx);
/* Write to somebody's name, behind what is written. */
void upd_composer_mention(struct model *m, struct slice name, struct effects *fx);
