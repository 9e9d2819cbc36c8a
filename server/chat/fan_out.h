/* Telling news to the sockets they are about. */
#pragma once

#include "chat_state.h"

void fan_out(struct chat *c, const struct news *n);
