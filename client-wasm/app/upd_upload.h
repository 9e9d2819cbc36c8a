/* Uploading files. See upload.h for the states. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The person has picked, dropped or pasted a file. */
void upd_upload_add(struct model *m, const struct action_file *file, struct effects *fx);
/* A file that is at the server already, from a draft that was kept. false: too many. */
bool upd_upload_keep(struct model *m, int64_t room, const struct chat_file *file);
void upd_upload_answer(struct model *m, const struct action_http *a, struct effects *fx);
/* Has the server still got one that waits to be sent? It keeps them for a day. */
void upd_upload_there(struct model *m, const struct action_http *a, struct effects *fx);
/* There is a connection again: no piece of the one before is waited for. */
void upd_upload_resumed(struct model *m);
void upd_upload_sent(struct model *m, const struct action_piece *piece, struct effects *fx);
/* key names it: its place plus one. */
void upd_upload_cancel(struct model *m, uint64_t key, struct effects *fx);
/* What an image shows, in its person's words. */
void upd_upload_describe(struct model *m, uint64_t key, struct slice text);
void upd_upload_retry(struct model *m, uint64_t key, struct effects *fx);
/* What the room's composer says of them: nothing unless its message waits for them. */
enum composer_hint upd_upload_hint(const struct model *m, const struct room *room);
/* The finished ones of a room, for its next message; borrowed until the next change. */
uint32_t upd_upload_files(const struct model *m, int64_t room,
                          struct chat_file out[UPLOAD_MESSAGE_MAX]);
/* They have gone with a message. */
void upd_upload_gone(struct model *m, int64_t room, struct effects *fx);
/* Everything, for another person comes. */
void upd_upload_forget(struct model *m, struct effects *fx);
/* Behind every action: as long as one is on its way, the page is not left without a question. */
void upd_upload_settle(struct model *m, struct effects *fx);
void upd_upload_tick(struct model *m, struct effects *fx);
int64_t upd_upload_wake_ms(const struct model *m);
