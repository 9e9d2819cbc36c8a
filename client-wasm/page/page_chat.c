/* The page's connection. See page.h. */
#include "page.h"

#include "check.h"
#include "page_js.h"

static void act(struct action action)
{
    page_dispatch(action, NULL);
}

/* "?transport=polling" and its like, for tests and for networks that break WebSocket. */
static enum sock_transports wanted_transports(void)
{
    struct slice wish = page_scratch_text(page_query("transport"));
    if (slice_eq(wish, SL("polling")))
        return SOCK_POLLING_ONLY;
    if (slice_eq(wish, SL("websocket")))
        return SOCK_WEBSOCKET_ONLY;
    return slice_eq(wish, SL("upgrade")) ? SOCK_POLLING_FIRST : SOCK_WEBSOCKET_FIRST;
}

void page_chat_start(void)
{
    page.carry.model = &page.model;
    page.carry.connection.transports = wanted_transports();
    page.carry.act = act;
    CHECK(carry_start(&page.carry));
}
