/* The client's end of a WebSocket on a native connection: the ws_ half of transport.h. */
#pragma once

#include "transport.h"

/* As transport.h says of ws_open and the others. */
struct ws_conn *ws_native_open(struct slice url, const struct ws_events *events);
enum err ws_native_send(struct ws_conn *ws, bool binary, struct slice data);
size_t ws_native_unsent(const struct ws_conn *ws);
void ws_native_close(struct ws_conn *ws);
