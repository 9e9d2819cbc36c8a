/* Telling news to the sockets they are about. */
#pragma once

#include "chat_state.h"

/* Move sockets into and out of rooms, send events, end sessions. */
void fan_out(struct chat *c, const struct news *n);
