/* The browser's WebSocket and fetch as a transport. */
#pragma once

#include "transport.h"

extern const struct transport transport_browser;
