/* The page's program: what the browser reports becomes actions. */
#include "check.h"
#include "page.h"
#include "page_js.h"

/* A copy of a text in the scratch memory, which the next text would overwrite. Owns: the caller frees with buf_fini. */
static struct buf keep(size_t n)
{
    struct buf copy = {.max = PAGE_SCRATCH_BYTES_MAX};
    if (buf_put(&copy, page_scratch_text(n)) != ERR_OK)
        buf_reset(&copy);
    return copy;
}

/* An action with a text that is wanted until its end. */
static bool dispatch_text(enum action_type type, size_t n)
{
    bool handled = false;
    struct buf text = keep(n);
    page_dispatch((struct action){.type = type, .text = buf_peek(&text)}, &handled);
    buf_fini(&text);
    return handled;
}

static void on_input(unsigned field, size_t n, uint32_t caret)
{
    struct buf text = keep(n);
    page_dispatch((struct action){.type = ACTION_INPUT,
                                  .input = {(enum dom_field)field, buf_peek(&text), caret}},
                  NULL);
    buf_fini(&text);
}

static int on_scroll(uint32_t above_px, uint32_t below_px, uint32_t view_px)
{
    page_dispatch((struct action){.type = ACTION_SCROLL, .scroll = {above_px, below_px, view_px}},
                  NULL);
    const struct room *room = model_open(&page.model);
    return !room || room->window.following;
}

/* Of the person. */
static int on_deed(enum dom_event event, double a, double b, double c)
{
    bool handled = false;
    switch (event) {
    case DOM_EVENT_INPUT:
        on_input((unsigned)a, (size_t)b, (uint32_t)c);
        break;
    case DOM_EVENT_SELECT:
        page_dispatch((struct action){.type = ACTION_SELECT, .select = {(uint32_t)a, (uint32_t)b}},
                      NULL);
        break;
    case DOM_EVENT_SUBMIT:
        page_dispatch((struct action){.type = ACTION_SUBMIT, .number = (unsigned)a}, NULL);
        break;
    case DOM_EVENT_KEY:
        page_dispatch((struct action){.type = ACTION_KEY,
                                      .key = {(enum dom_key)(unsigned)a, (unsigned)b, (uint64_t)c}},
                      &handled);
        break;
    case DOM_EVENT_CLICK:
        page_dispatch((struct action){.type = ACTION_CLICK,
                                      .click = {(enum dom_act)(unsigned)a, (uint64_t)b, c != 0}},
                      NULL);
        break;
    case DOM_EVENT_SCROLL:
        return on_scroll((uint32_t)a, (uint32_t)b, (uint32_t)c);
    case DOM_EVENT_HOVER:
        page_dispatch((struct action){.type = ACTION_HOVER, .row = (uint64_t)a}, NULL);
        break;
    case DOM_EVENT_ROW_FOCUS:
        page_dispatch((struct action){.type = ACTION_ROW_FOCUS, .row = (uint64_t)a}, NULL);
        break;
    case DOM_EVENT_SEEN:
        page_dispatch((struct action){.type = ACTION_SEEN, .row = (uint64_t)a}, NULL);
        break;
    default:
        break;
    }
    return handled;
}

/* Of the browser. */
static int on_world(enum dom_event event, double a, double b, double c)
{
    switch (event) {
    case DOM_EVENT_FRAME:
        page_on_frame();
        break;
    case DOM_EVENT_ONLINE:
        page_dispatch((struct action){.type = ACTION_NETWORK, .on = a != 0}, NULL);
        break;
    case DOM_EVENT_FOCUS:
        page_dispatch((struct action){.type = ACTION_FOCUS, .on = a != 0}, NULL);
        break;
    case DOM_EVENT_HIDE:
        page_dispatch((struct action){.type = ACTION_HIDE}, NULL);
        break;
    case DOM_EVENT_ACTIVE:
        page_dispatch((struct action){.type = ACTION_ACTIVE, .on = a != 0}, NULL);
        break;
    case DOM_EVENT_LOOKS:
        page_dispatch((struct action){.type = ACTION_LOOKS, .looks = {a != 0, b != 0, (uint32_t)c}},
                      NULL);
        break;
    case DOM_EVENT_ADOPT_OUTBOX:
        return dispatch_text(ACTION_ADOPT_OUTBOX, (size_t)a);
    case DOM_EVENT_ADOPT_DRAFT:
        return dispatch_text(ACTION_ADOPT_DRAFT, (size_t)a);
    case DOM_EVENT_ADDRESS:
        dispatch_text(ACTION_ADDRESS, (size_t)a);
        break;
    default:
        return on_deed(event, a, b, c);
    }
    return 0;
}

int ui_event(unsigned event, double a, double b, double c)
{
    return on_world((enum dom_event)event, a, b, c);
}

static void on_wake(void *user)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_TICK}, NULL);
}

static void start_model(void)
{
    struct buf drafts = keep(page_load(PAGE_STORE_SESSION, "tincan.draft"));
    struct buf name = keep(dom_read_field(DOM_NODE_LOGIN_NAME));
    if (name.n == 0) {
        buf_fini(&name);
        name = keep(page_load(PAGE_STORE_ALL, "tincan.name"));
    }
    struct buf typed = keep(dom_read_field(DOM_NODE_INPUT));
    struct buf address = keep(page_path());
    struct buf emoji = keep(page_load(PAGE_STORE_ALL, "tincan.emoji"));
    bool known = page_load(PAGE_STORE_ALL, "tincan.known") != 0;
    struct action_start start = {
        .known = known,
        .drafts = buf_peek(&drafts),
        .typed = buf_peek(&typed),
        .name = buf_peek(&name),
        .address = buf_peek(&address),
        .emoji = buf_peek(&emoji),
        .hour12 = page_hour12(),
        .coarse = page_coarse(),
    };
    page_dispatch((struct action){.type = ACTION_START, .start = start}, NULL);
    buf_fini(&drafts);
    buf_fini(&name);
    buf_fini(&typed);
    buf_fini(&address);
    buf_fini(&emoji);
}

int main(void)
{
    page.host = host_default();
    buf_init(&page.scratch, PAGE_SCRATCH_BYTES_MAX);
    model_init(&page.model, NULL);
    vdiff_init(&page.vdiff);
    domop_init(&page.ops);
    page.wake = page.host->timer_new(on_wake, NULL);
    CHECK(page.wake);
    page_chat_start();
    start_model();
    dom_start();
    page_adopt();
    return 0;
}
