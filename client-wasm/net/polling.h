/* The client's side of Engine.IO long-polling: at most one GET waiting at the server and one POST
 * on its way. Moves bodies only; what is in them, and when to pause, is the engine's business.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include "transport.h"
#include <stdbool.h>

struct host;

/* Each is the last thing its exchange does with the struct: it may stop, restart or free it. */
struct polling_events {
    void *user;
    /* A GET was answered (200). The next one is the engine's to start. Borrowed for the call. */
    void (*on_body)(void *user, struct slice body);
    /* The POST was accepted. */
    void (*on_posted)(void *user);
    /* A request failed: any status but 200, or 0, no answer. Both are stopped. */
    void (*on_error)(void *user, unsigned status);
};

struct polling {
    const struct host *host;
    struct polling_events events;
    bool with_credentials;
    struct http_call *get;
    struct http_call *post;
};

void polling_init(struct polling *p, const struct host *host, const struct polling_events *events);
/* Abort whatever is on its way. No callbacks. */
void polling_stop(struct polling *p);
/* Neither request is on its way. */
bool polling_quiet(const struct polling *p);
/* Start the GET, unless one waits already. Returns: ERR_OK | ERR_IO, could not be started. */
NODISCARD enum err polling_get(struct polling *p, struct slice url);
/* Start a POST; none may be on its way. Copies body. Returns: ERR_OK | ERR_IO. */
NODISCARD enum err polling_post(struct polling *p, struct slice url, struct slice body);
