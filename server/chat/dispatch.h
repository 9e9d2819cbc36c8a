/* The pipeline that every event of a client passes, and its table: a row an event. */
#pragma once

#include "chat_state.h"

/* tincan_use_event's: takes every event of the namespace. Always false: there are no other handlers. */
bool dispatch_event(struct tincan_event *e, void *chat);
