/* The page's program: what the browser reports becomes actions. */
#include "check.h"
#include "page.h"
#include "page_js.h"
#include <string.h>

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

static void on_address(size_t n, uint32_t entry)
{
    struct buf path = keep(n);
    page_dispatch((struct action){.type = ACTION_ADDRESS, .address = {buf_peek(&path), entry}},
                  NULL);
    buf_fini(&path);
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

static void on_file(uint32_t number, int64_t size, size_t n)
{
    struct buf name = keep(n);
    page_dispatch((struct action){.type = ACTION_FILE, .file = {number, size, buf_peek(&name)}},
                  NULL);
    buf_fini(&name);
}

static void on_piece(uint32_t number, unsigned status, size_t n)
{
    struct buf body = keep(n);
    page_dispatch((struct action){.type = ACTION_PIECE, .piece = {number, status, buf_peek(&body)}},
                  NULL);
    buf_fini(&body);
}

static void on_copied(bool ok, size_t n)
{
    struct buf text = keep(n);
    page_dispatch((struct action){.type = ACTION_COPIED, .copied = {ok, buf_peek(&text)}}, NULL);
    buf_fini(&text);
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
    case DOM_EVENT_CROP:
        page_dispatch(
            (struct action){.type = ACTION_CROP, .crop = {(int32_t)a, (int32_t)b, (int32_t)c}},
            NULL);
        break;
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
    case DOM_EVENT_TOAST_HOLD:
        page_dispatch((struct action){.type = ACTION_TOAST_HOLD, .on = a != 0}, NULL);
        break;
    case DOM_EVENT_ACTIVE:
        page_dispatch((struct action){.type = ACTION_ACTIVE, .on = a != 0}, NULL);
        break;
    case DOM_EVENT_LOOKS:
        page_dispatch(
            (struct action){.type = ACTION_LOOKS,
                            .looks = {a != 0, b != 0, (uint32_t)c, (unsigned)page_notices()}},
            NULL);
        break;
    case DOM_EVENT_WIDTH:
        page_dispatch((struct action){.type = ACTION_WIDTH, .width = {(uint32_t)a, (uint32_t)b}},
                      NULL);
        break;
    case DOM_EVENT_FILE:
        on_file((uint32_t)a, (int64_t)b, (size_t)c);
        break;
    case DOM_EVENT_COPIED:
        on_copied(a != 0, (size_t)b);
        break;
    case DOM_EVENT_SENT:
        on_piece((uint32_t)a, (unsigned)b, (size_t)c);
        break;
    case DOM_EVENT_PICTURE:
        page_dispatch((struct action){.type = ACTION_PICTURE,
                                      .picture = {(uint32_t)a, (uint32_t)b, (uint32_t)c}},
                      NULL);
        break;
    case DOM_EVENT_ADOPT_OUTBOX:
        return dispatch_text(ACTION_ADOPT_OUTBOX, (size_t)a);
    case DOM_EVENT_ADOPT_DRAFT:
        return dispatch_text(ACTION_ADOPT_DRAFT, (size_t)a);
    case DOM_EVENT_TOLD:
        dispatch_text(ACTION_TOLD, (size_t)a);
        break;
    case DOM_EVENT_NOTICE:
        dispatch_text(ACTION_NOTICE, (size_t)a);
        break;
    case DOM_EVENT_CACHED:
        dispatch_text(ACTION_CACHED, (size_t)a);
        break;
    case DOM_EVENT_UPDATED:
        page_dispatch((struct action){.type = ACTION_UPDATED}, NULL);
        break;
    case DOM_EVENT_ADDRESS:
        on_address((size_t)a, (uint32_t)b);
        break;
    default:
        return on_deed(event, a, b, c);
    }
    return 0;
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
    struct buf address = keep(page_path());
    struct buf base = {.max = 4096};
    struct slice path = buf_peek(&address);
    path.n = slice_find(path, '#');
    path.n = slice_find(path, '?');
    if (page.host->origin(&base) != ERR_OK || buf_put(&base, path) != ERR_OK)
        buf_reset(&base);
    struct buf settings = keep(page_load(PAGE_STORE_ALL, "tincan.settings"));
    struct buf emoji = keep(page_load(PAGE_STORE_ALL, "tincan.emoji"));
    bool known = page_load(PAGE_STORE_ALL, "tincan.known") != 0;
    struct action_start start = {
        .known = known,
        .leaving = page_load(PAGE_STORE_ALL, "tincan.leaving") != 0,
        .drafts = buf_peek(&drafts),
        .name = buf_peek(&name),
        .address = buf_peek(&address),
        .entry = page_entry(),
        .base = buf_peek(&base),
        .settings = buf_peek(&settings),
        .emoji = buf_peek(&emoji),
        .hour12 = page_hour12(),
        .coarse = page_coarse(),
        .declined = page_load(PAGE_STORE_ALL, "tincan.declined") != 0,
    };
    page_dispatch((struct action){.type = ACTION_START, .start = start}, NULL);
    buf_fini(&drafts);
    buf_fini(&name);
    buf_fini(&emoji);
    buf_fini(&address);
    buf_fini(&base);
    buf_fini(&settings);
}

static void start(void)
{
    start_model();
    dom_start();
    page_adopt();
}

/* The texts of index.html, a line each. */
static void show_html_words(struct slice html)
{
    while (html.n) {
        char name[64];
        size_t end = slice_find(html, '\n');
        struct slice line = {html.p, end};
        size_t tab = slice_find(line, '\t');
        if (tab < line.n && tab < sizeof name) {
            memcpy(name, line.p, tab);
            name[tab] = 0;
            dom_words(name, line.p + tab + 1, line.n - tab - 1);
        }
        html = slice_from(html, end < html.n ? end + 1 : end);
    }
}

/* Without them, the page speaks English. */
static void on_words(size_t n)
{
    struct slice html;
    struct buf file = keep(n);
    if (words_load(&page.model.words, buf_peek(&file), &html) == ERR_OK)
        show_html_words(html);
    buf_fini(&file);
    start();
}

int ui_event(unsigned event, double a, double b, double c)
{
    if (event == DOM_EVENT_WORDS) {
        on_words((size_t)a);
        return 0;
    }
    return on_world((enum dom_event)event, a, b, c);
}

/* The language that was chosen, else the browser's. false: it is in the program. */
static bool ask_for_words(void)
{
    struct settings s;
    struct buf kept = keep(page_load(PAGE_STORE_ALL, "tincan.settings"));
    settings_decode(&s, buf_peek(&kept));
    buf_fini(&kept);
    struct slice wish = slice_str(s.language);
    return page_words(wish.p, wish.n);
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
    if (!ask_for_words())
        start();
    return 0;
}
