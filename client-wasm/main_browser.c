/* The browser program: carries actions in, effects and frames out. Decides nothing; update.c does.
 */
#include "check.h"
#include "host.h"
#include "page_js.h"
#include "sock.h"
#include "update.h"
#include "vdiff.h"
#include "view.h"

#define SCRATCH_BYTES_MAX (8u << 20)
#define ARGS_BYTES_MAX    (1u << 20)
#define WAKE_MS_MAX       (24 * 3600 * 1000)
/* A wake-up a bit late is better than one too early, twice. */
#define WAKE_SLACK_MS 5

static struct app {
    const struct host *host;
    struct host_timer *wake;
    struct model model;
    struct vdiff vdiff;
    struct domop ops;
    struct sock *sock;
    struct buf scratch;
    bool frame_asked;     /* a frame will come */
    bool dirty;           /* something to draw then */
    uint64_t first_shown; /* key of the first row */
    bool following_shown;
    /* Operations that are not part of the tree, for the next frame. */
    bool show_draft, show_name, focus_composer, go_home;
    char cid[32];
} app;

static void dispatch(struct action action, bool *handled);

char *ui_scratch(size_t n)
{
    char *p;
    buf_reset(&app.scratch);
    return buf_reserve(&app.scratch, n, &p) == ERR_OK ? p : NULL;
}

/* The text the page has put into the scratch memory. */
static struct slice scratch_text(size_t n)
{
    return (struct slice){n ? app.scratch.p : NULL, n};
}

/* Draw the model now. Without memory nothing changes, and the next frame tries again. True when
 * there was anything to draw. */
static bool draw(void)
{
    bool following = app.model.window.following;
    app.dirty = false;
    domop_reset(&app.ops);
    /* Also while following, when rows above go: the reader may be on his way up. */
    if (!following || app.model.window.first != app.first_shown)
        domop_anchor(&app.ops, DOM_NODE_SCROLLER);
    view(&app.model, vdiff_begin(&app.vdiff));
    if (app.show_draft)
        domop_value(&app.ops, DOM_NODE_INPUT, buf_peek(&app.model.composer.draft));
    if (app.show_name)
        domop_value(&app.ops, DOM_NODE_NAME, buf_peek(&app.model.name));
    if (app.focus_composer)
        domop_focus(&app.ops, DOM_NODE_INPUT);
    if (following != app.following_shown)
        domop_stick(&app.ops, DOM_NODE_SCROLLER, following);
    if (app.go_home)
        domop_top(&app.ops, DOM_NODE_SCROLLER);
    bool more = app.show_draft || app.show_name || app.focus_composer || app.go_home ||
                following != app.following_shown;
    size_t before_n = app.ops.words.n;
    if (vdiff_commit(&app.vdiff, &app.ops) != ERR_OK) {
        app.dirty = true;
        return true;
    }
    app.show_draft = app.show_name = app.focus_composer = app.go_home = false;
    app.first_shown = app.model.window.first;
    app.following_shown = following;
    if (app.ops.words.n == before_n && !more)
        return false;
    struct slice batch = buf_peek(&app.ops.words);
    dom_apply(batch.p, batch.n / sizeof(uint32_t));
    return true;
}

/* What the person did is drawn at once, and so is the first news after a quiet frame; further news
 * with the next frame. */
static void request_draw(bool at_once)
{
    app.dirty = true;
    if (app.frame_asked && !at_once)
        return;
    if (!draw() || app.frame_asked)
        return;
    app.frame_asked = true;
    dom_request_frame();
}

static void on_frame(void)
{
    app.frame_asked = false;
    if (app.dirty)
        request_draw(false);
}

static void emit(uint64_t key)
{
    struct buf args;
    buf_init(&args, ARGS_BYTES_MAX);
    enum err e = update_encode(&app.model, key, &args);
    if (e == ERR_OK)
        e = sock_emit(app.sock, SL("message"), buf_peek(&args), NULL, NULL, 0);
    buf_fini(&args);
    if (e != ERR_OK)
        dispatch((struct action){.type = ACTION_UNSENT, .key = key}, NULL);
}

static void save_outbox(void)
{
    struct buf kept;
    buf_init(&kept, MODEL_OUTBOX_BYTES_MAX);
    if (update_encode_outbox(&app.model, &kept) == ERR_OK)
        page_save(PAGE_STORE_TAB, "tincan.outbox", kept.p, kept.n);
    buf_fini(&kept);
}

static void carry_out(const struct effect *effect)
{
    struct slice draft = buf_peek(&app.model.composer.draft), name = buf_peek(&app.model.name);
    switch (effect->type) {
    case EFFECT_EMIT:
        emit(effect->key);
        break;
    case EFFECT_CONNECT_NOW:
        if (app.model.conn.state == CONN_CLOSED)
            sock_open(app.sock);
        else
            sock_retry_now(app.sock);
        break;
    case EFFECT_NETWORK:
        if (app.sock)
            sock_network_changed(app.sock, effect->on);
        break;
    case EFFECT_SAVE_DRAFT:
        page_save(PAGE_STORE_SESSION, "tincan.draft", draft.p, draft.n);
        page_save(PAGE_STORE_TAB, "tincan.draft", draft.p, draft.n);
        break;
    case EFFECT_SAVE_OUTBOX:
        save_outbox();
        break;
    case EFFECT_SAVE_NAME:
        page_save(PAGE_STORE_ALL, "tincan.name", name.p, name.n);
        break;
    case EFFECT_SHOW_DRAFT:
        app.show_draft = true;
        break;
    case EFFECT_SHOW_NAME:
        app.show_name = true;
        break;
    case EFFECT_FOCUS_COMPOSER:
        app.focus_composer = true;
        break;
    case EFFECT_GO_HOME:
        app.go_home = true;
        break;
    }
}

static struct slice new_cid(void)
{
    for (size_t i = 0; i < sizeof app.cid; i += 8) {
        uint32_t r = app.host->random_u32();
        for (size_t j = 0; j < 8; j++, r >>= 4)
            app.cid[i + j] = "0123456789abcdef"[r & 15];
    }
    return (struct slice){app.cid, sizeof app.cid};
}

static void set_wake(void)
{
    int64_t at = update_wake_ms(&app.model);
    if (at == INT64_MAX) {
        app.host->timer_stop(app.wake);
        return;
    }
    int64_t delay = at - app.model.now_ms + WAKE_SLACK_MS;
    if (delay > WAKE_MS_MAX)
        delay = WAKE_MS_MAX;
    app.host->timer_start(app.wake, delay > 0 ? (uint32_t)delay : 0);
}

/* What the person waits to see, unlike news. */
static bool is_deed(enum action_type type)
{
    return type == ACTION_SEND || type == ACTION_ENTER || type == ACTION_ESCAPE ||
           type == ACTION_JUMP || type == ACTION_HOME || type == ACTION_RETRY ||
           type == ACTION_DISCARD;
}

/* One turn: action, model, effects (sending first), drawing. */
static void dispatch(struct action action, bool *handled)
{
    struct effects fx = {0};
    action.now_ms = app.host->now_ms();
    action.wall_ms = (int64_t)page_wall_ms();
    action.utc_offset_min = page_utc_offset_min((double)action.wall_ms);
    update(&app.model, &action, &fx);
    for (size_t i = 0; i < fx.n; i++)
        carry_out(&fx.list[i]);
    if (handled)
        *handled = fx.handled;
    set_wake();
    request_draw(is_deed(action.type));
}

static void on_wake(void *user)
{
    (void)user;
    dispatch((struct action){.type = ACTION_TICK}, NULL);
}

static void on_status(void *user, const struct sock_status *status)
{
    (void)user;
    dispatch((struct action){.type = ACTION_STATUS, .status = *status}, NULL);
}

static void on_event(void *user, const struct sock_event *event)
{
    (void)user;
    if (slice_eq(event->name, SL("message")))
        dispatch((struct action){.type = ACTION_MESSAGE, .text = event->args.json}, NULL);
}

static void on_click(unsigned act, uint64_t key)
{
    switch ((enum dom_act)act) {
    case DOM_ACT_JUMP:
        dispatch((struct action){.type = ACTION_JUMP}, NULL);
        break;
    case DOM_ACT_RETRY_NOW:
        dispatch((struct action){.type = ACTION_RETRY_NOW}, NULL);
        break;
    case DOM_ACT_RETRY:
        dispatch((struct action){.type = ACTION_RETRY, .key = key}, NULL);
        break;
    case DOM_ACT_DISCARD:
        dispatch((struct action){.type = ACTION_DISCARD, .key = key}, NULL);
        break;
    }
}

/* A copy of a text in the scratch memory, which the next text would overwrite. */
static struct buf keep(size_t n)
{
    struct buf copy;
    buf_init(&copy, SCRATCH_BYTES_MAX);
    if (buf_put(&copy, scratch_text(n)) != ERR_OK)
        buf_reset(&copy);
    return copy;
}

/* The answer of an action that can be refused. */
static bool dispatch_text(enum action_type type, size_t n)
{
    bool handled = false;
    struct buf text = keep(n);
    dispatch((struct action){.type = type, .text = buf_peek(&text)}, &handled);
    buf_fini(&text);
    return handled;
}

static bool on_key(unsigned key, unsigned flags)
{
    bool handled = false;
    static const enum action_type types[] = {
        [DOM_KEY_ENTER] = ACTION_ENTER,
        [DOM_KEY_ESCAPE] = ACTION_ESCAPE,
        [DOM_KEY_HOME] = ACTION_HOME,
    };
    CHECK(key < sizeof types / sizeof *types);
    struct action a = {
        .type = types[key],
        .cid = new_cid(),
        .press =
            {
                .shift = flags & DOM_FLAG_SHIFT,
                .composing = flags & DOM_FLAG_COMPOSING,
                .modifier = flags & DOM_FLAG_MODIFIER,
            },
    };
    dispatch(a, &handled);
    return handled;
}

int ui_event(unsigned event, unsigned a, unsigned b, unsigned c)
{
    switch ((enum dom_event)event) {
    case DOM_EVENT_INPUT:
        dispatch((struct action){.type = ACTION_INPUT, .text = scratch_text(a)}, NULL);
        break;
    case DOM_EVENT_NAME:
        dispatch((struct action){.type = ACTION_NAME, .text = scratch_text(a)}, NULL);
        break;
    case DOM_EVENT_SUBMIT:
        dispatch((struct action){.type = ACTION_SEND, .cid = new_cid()}, NULL);
        break;
    case DOM_EVENT_KEY:
        return on_key(a, b);
    case DOM_EVENT_CLICK:
        on_click(a, b);
        break;
    case DOM_EVENT_SCROLL:
        dispatch((struct action){.type = ACTION_SCROLL, .scroll = {a, b, c}}, NULL);
        return app.model.window.following;
    case DOM_EVENT_FRAME:
        on_frame();
        break;
    case DOM_EVENT_ONLINE:
        dispatch((struct action){.type = ACTION_NETWORK, .on = a}, NULL);
        break;
    case DOM_EVENT_FOCUS:
        dispatch((struct action){.type = ACTION_FOCUS, .on = a}, NULL);
        break;
    case DOM_EVENT_ADOPT_OUTBOX:
        return dispatch_text(ACTION_ADOPT_OUTBOX, a);
    case DOM_EVENT_ADOPT_DRAFT:
        return dispatch_text(ACTION_ADOPT_DRAFT, a);
    case DOM_EVENT_HIDE:
        dispatch((struct action){.type = ACTION_HIDE}, NULL);
        break;
    case DOM_EVENT_TIMER:
        break;
    }
    return 0;
}

static void start_model(void)
{
    struct buf name = keep(page_load(PAGE_STORE_ALL, "tincan.name"));
    struct buf draft = keep(page_load(PAGE_STORE_SESSION, "tincan.draft"));
    struct buf typed = keep(dom_read_composer());
    struct action a = {
        .type = ACTION_START,
        .start =
            {
                .name = buf_peek(&name),
                .draft = buf_peek(&draft),
                .typed = buf_peek(&typed),
                .random = app.host->random_u32(),
                .hour12 = page_hour12(),
                .coarse = page_coarse(),
            },
    };
    dispatch(a, NULL);
    buf_fini(&name);
    buf_fini(&draft);
    buf_fini(&typed);
}

/* "?transport=polling" and its like, for tests and for networks that break WebSocket. */
static enum sock_transports wanted_transports(void)
{
    struct slice wish = scratch_text(page_query("transport"));
    if (slice_eq(wish, SL("polling")))
        return SOCK_POLLING_ONLY;
    if (slice_eq(wish, SL("websocket")))
        return SOCK_WEBSOCKET_ONLY;
    return slice_eq(wish, SL("upgrade")) ? SOCK_POLLING_FIRST : SOCK_WEBSOCKET_FIRST;
}

int main(void)
{
    app.host = host_default();
    buf_init(&app.scratch, SCRATCH_BYTES_MAX);
    model_init(&app.model, NULL);
    vdiff_init(&app.vdiff);
    domop_init(&app.ops);
    app.wake = app.host->timer_new(on_wake, NULL);
    CHECK(app.wake);
    struct sock_options options = {.connection = {.transports = wanted_transports()}};
    app.sock =
        sock_new(&options, &(struct sock_callbacks){.on_status = on_status, .on_event = on_event});
    CHECK(app.sock);
    start_model();
    dom_start();
    page_adopt();
    sock_open(app.sock);
    return 0;
}
