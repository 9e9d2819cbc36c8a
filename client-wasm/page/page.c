/* See page.h. */
#include "page.h"

#include "page_js.h"
#include <string.h>

#define WAKE_MS_MAX (24 * 3600 * 1000)
/* A wake-up a bit late is better than one too early, twice. */
#define WAKE_SLACK_MS 5

struct page page;

char *ui_scratch(size_t n)
{
    char *p;
    buf_reset(&page.scratch);
    return buf_reserve(&page.scratch, n, &p) == ERR_OK ? p : NULL;
}

struct slice page_scratch_text(size_t n)
{
    return (struct slice){n ? page.scratch.p : NULL, n};
}

static void set_wake(void)
{
    int64_t at = update_wake_ms(&page.model);
    if (at == INT64_MAX) {
        page.host->timer_stop(page.wake);
        return;
    }
    int64_t delay = at - page.model.now_ms + WAKE_SLACK_MS;
    if (delay > WAKE_MS_MAX)
        delay = WAKE_MS_MAX;
    page.host->timer_start(page.wake, delay > 0 ? (uint32_t)delay : 0);
}

static enum page_haste haste_of(enum action_type type)
{
    switch (type) {
    case ACTION_SUBMIT:
    case ACTION_KEY:
    case ACTION_CLICK:
    case ACTION_ADDRESS:
        return PAGE_AT_ONCE;
    case ACTION_EVENT:
    case ACTION_SENT:
        return PAGE_MESSAGE;
    default:
        return PAGE_OTHER;
    }
}

/* Can a new message come of it? */
static bool may_send(enum action_type type)
{
    return type == ACTION_SUBMIT || type == ACTION_KEY || type == ACTION_CLICK ||
           type == ACTION_PIECE || type == ACTION_HTTP;
}

void page_dispatch(struct action action, bool *handled)
{
    struct effects fx = {0};
    action.now_ms = page.host->now_ms();
    action.wall_ms = (int64_t)page_wall_ms();
    action.utc_offset_min = page_utc_offset_min((double)action.wall_ms);
    if (may_send(action.type))
        chat_client_make_cid(action.cid);
    update(&page.model, &action, &fx);
    for (size_t i = 0; i < fx.n; i++)
        page_carry_out(&fx.list[i]);
    effects_fini(&fx);
    if (handled)
        *handled = fx.handled;
    set_wake();
    /* What the next key goes into is to be seen. */
    page_request_draw(page.deeds.show_draft ? PAGE_AT_ONCE : haste_of(action.type));
}
