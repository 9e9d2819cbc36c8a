/* What outlives the page: the drafts, and the messages of ours that are not known to be stored. Both are kept as JSON arrays, an
 * element each, with who wrote it and where:
 *   {"user":1,"room":2,"text":"...","reply_to":3,"edit":4,"rev":5,"aside":"..."} with "base" instead of "rev" when the server has another text
 *   {"user":1,"room":2,"cid":"32 hex digits","text":"...","reply_to":3,"ts":5} with "failed":true,"why":"..." or "too_large":true when it was refused
 *   {"user":1,"room":2,"edit":4,"spare":"..."} with "reply_to" instead of "edit" when it is of the draft
 * and with files, which are at the server, "files":[...] of chat_file_encode
 * What belongs to somebody else, or to a room that is not known, is carried along as it is.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Append the array; nothing when it is empty. What does not fit is left out, the oldest last. Returns: ERR_OK | ERR_NOMEM. */
NODISCARD enum err upd_kept_encode_drafts(const struct model *m, struct buf *out);
NODISCARD enum err upd_kept_encode_outbox(const struct model *m, struct buf *out);
/* Take over such an array. false: it does not fit, it must stay where it is. */
bool upd_kept_adopt_drafts(struct model *m, struct slice kept);
bool upd_kept_adopt_outbox(struct model *m, struct slice kept);
/* Put into their rooms what has a place now. */
void upd_kept_place(struct model *m, struct effects *fx);
/* The room is not theirs any more: carry along what was written in it with its files, each unsent message as a draft; nothing goes out by
 * itself when they are let in again. An edit is not kept. true: there was something, and all of it is kept. */
bool upd_kept_leaving_room(struct model *m, const struct room *room, struct effects *fx);
/* Somebody leaves: carry everything of theirs along. */
void upd_kept_leaving(struct model *m);
/* Append what somebody has left behind, as texts. Returns: ERR_OK | ERR_LIMIT, ERR_NOMEM, it is as much as fits. */
NODISCARD enum err upd_kept_put_texts(const struct model *m, int64_t user, struct buf *out);
/* Have written down what is unsaved for at least so long. */
void upd_kept_save(struct model *m, int64_t after_ms, struct effects *fx);
int64_t upd_kept_wake_ms(const struct model *m);
