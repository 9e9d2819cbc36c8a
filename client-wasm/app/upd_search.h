/* Searching messages. See search.h. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Read what is looked for. *room: where, 0: everywhere; of another one when the query says so.
 * Returns: SEARCH_WAITING: it can be asked | why not: SEARCH_IDLE, SHORT, UNKNOWN_ROOM, BAD_DATE; q->bad is what is wrong. */
enum search_state upd_search_read(const struct model *m, struct slice typed, struct search_query *q,
                                  int64_t *room);
/* What is asked then, a view of q; what is behind the hit last, NULL: from the newest on. Hits that are older than q->after_ms are the asker's to leave out. */
struct chat_request upd_search_request(const struct search_query *q, int64_t room,
                                       const struct search_hit *last, int64_t limit);
/* The field holds this now. */
void upd_search_input(struct model *m, struct slice typed);
/* Enter: now. */
void upd_search_submit(struct model *m, struct effects *fx);
void upd_search_tick(struct model *m, struct effects *fx);
void upd_search_answer(struct model *m, const struct action_answer *a);
/* The next ones. */
void upd_search_more(struct model *m, struct effects *fx);
/* A hit, or where to search; false: neither. */
bool upd_search_click(struct model *m, const struct action_click *c, struct effects *fx);
/* Another room is open: "this room" is another one. */
void upd_search_moved(struct model *m);
void upd_search_forget(struct model *m);
int64_t upd_search_wake_ms(const struct model *m);
