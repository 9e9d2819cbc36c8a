/* What the commands over /chat print: messages, and lines of any kind. */
#pragma once

#include "chat.h"
#include "term_session.h"

#define TERM_LINE_BYTES_MAX (4u << 20)

/* blocked: the writer is. apart: as of term_text_put_apart, for people; programs that read lines want nothing added. */
struct term_put {
    bool blocked, apart;
};

/* Append "HH:MM name: text", or instead of what a blocked person says that it is so; or (json) the object, which says it, too.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err term_put_message(struct buf *line, const struct chat_message *m,
                                    struct term_put how);
NODISCARD enum err term_put_message_json(struct buf *line, const struct chat_message *m,
                                         struct term_put how);
/* Append the object. Returns: likewise. */
NODISCARD enum err term_put_room_json(struct buf *line, const struct chat_room *room);
/* Write the line, ended here; e is what became of making it. false: nobody reads any more, or there is no memory, and the session ends. */
bool term_print_line(struct term_session *s, struct buf *line, enum err e);
