/* HTTP/1.1 exchanges over kept-alive native connections: the http_ half of transport.h. */
#pragma once

#include "transport.h"

/* As transport.h says of http_start and http_abort. */
struct http_call *http_native_start(const struct http_request *request, http_done_fn done,
                                    void *user);
void http_native_abort(struct http_call *call);
/* Close the connections kept for further exchanges. */
void http_native_drop_kept(void);
