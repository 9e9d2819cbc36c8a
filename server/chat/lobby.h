/* The bridge from namespace "/" to the room #lobby; the way back is news of kind NEWS_RELAY. */
#pragma once

#include "chat_state.h"

/* Send a text to the lobby as the built-in guest. Takes the place that was counted in c->relay_waiting. */
void lobby_send(struct chat *c, struct slice text);
