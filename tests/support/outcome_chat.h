/* What the golden vectors of tests/vectors/chat see of the chat's requests and objects. For outcome.c. */
#pragma once

#include "buf.h"
#include "slice.h"

/* input: the event, a space, its argument. The outcome is what a client would write, and what stands for what was not given. */
void outcome_chat_request(struct slice input, struct buf *scratch);
/* input: the object. The outcome is what a server would write. */
void outcome_chat_user(struct slice input, struct buf *scratch);
void outcome_chat_room(struct slice input, struct buf *scratch);
void outcome_chat_message(struct slice input, struct buf *scratch);
void outcome_chat_event(struct slice input, struct buf *scratch);
/* input: code, field ("-" for none), milliseconds, words (none: the code's own), with a space between. */
void outcome_chat_refusal(struct slice input, struct buf *scratch);
