/* The bridge from namespace "/" to the room #lobby; the way back is news of kind NEWS_RELAY. */
#pragma once

#include "chat_state.h"

/* Send a text to the lobby as the built-in guest. Takes the place that was counted in c->relay_waiting. Slow mode does not hold it up: the
 * guest is everybody on "/", each of whom has his own rate there (relay.h), and one of them would silence the others. Who moderates the
 * lobby mutes the guest, and the bridge is closed. */
void lobby_send(struct chat *c, struct slice text);
