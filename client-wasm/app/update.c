/* One row per action. */
#include "update.h"

#include "limits.h"
#include "text.h"
#include "upd_announce.h"
#include "upd_chat.h"
#include "upd_conn.h"
#include "upd_outbox.h"
#include "upd_window.h"
#include "utf8.h"

static void add(struct effects *fx, enum effect_type type)
{
    effects_add(fx, (struct effect){.type = type});
}

static void set_draft(struct model *m, struct slice text)
{
    struct composer *c = &m->composer;
    buf_reset(&c->draft);
    c->stale = buf_put(&c->draft, text) != ERR_OK;
    c->chars_n = utf8_length(text);
    c->hint = HINT_NONE;
}

static void on_input(struct model *m, struct slice text)
{
    struct composer *c = &m->composer;
    set_draft(m, text);
    if (!c->unsaved && !c->stale) {
        c->unsaved = true;
        c->unsaved_since_ms = m->now_ms;
    }
}

/* Take a name when there is something in it. */
static bool set_name(struct model *m, struct slice text)
{
    char plain[CHAT_USER_CHARS_MAX * UTF8_BYTES_MAX];
    struct slice name = text_cut(text_trim(text), CHAT_USER_CHARS_MAX);
    name = text_trim(text_plain(name, plain));
    if (name.n == 0)
        return false;
    struct buf fresh;
    buf_init(&fresh, m->name.max);
    if (buf_put(&fresh, name) != ERR_OK)
        return false;
    buf_fini(&m->name);
    m->name = fresh;
    return true;
}

static void set_guest_name(struct model *m, uint32_t random)
{
    char name[] = "guest-0000";
    for (size_t i = 0, n = random % 9000 + 1000; i < 4; i++, n /= 10)
        name[9 - i] = (char)('0' + n % 10);
    (void)set_name(m, slice_str(name));
}

static void on_start(struct model *m, const struct action_start *start, struct effects *fx)
{
    m->hour12 = start->hour12;
    m->coarse = start->coarse;
    m->conn.down_since_ms = m->now_ms;
    if (!set_name(m, start->name)) {
        set_guest_name(m, start->random);
        add(fx, EFFECT_SAVE_NAME);
    }
    add(fx, EFFECT_SHOW_NAME);
    set_draft(m, start->typed.n ? start->typed : start->draft);
    if (!start->typed.n && start->draft.n)
        add(fx, EFFECT_SHOW_DRAFT);
}

static void on_name(struct model *m, struct slice text, struct effects *fx)
{
    if (set_name(m, text))
        add(fx, EFFECT_SAVE_NAME);
    if (!slice_eq(buf_peek(&m->name), text))
        add(fx, EFFECT_SHOW_NAME);
}

static void focus_composer(const struct model *m, struct effects *fx)
{
    if (!m->coarse)
        add(fx, EFFECT_FOCUS_COMPOSER);
}

static void on_enter(struct model *m, const struct action *a, struct effects *fx)
{
    const struct action_press *press = &a->press;
    if (press->composing || press->shift || (m->coarse && !press->modifier))
        return;
    fx->handled = true;
    upd_chat_send(m, a->cid, fx);
}

static void on_escape(struct model *m, const struct action_press *press, struct effects *fx)
{
    if (press->composing || m->window.following)
        return;
    fx->handled = true;
    upd_window_follow(m);
    focus_composer(m, fx);
}

static void save_draft(struct model *m, int64_t after_ms, struct effects *fx)
{
    struct composer *c = &m->composer;
    if (!c->unsaved || m->now_ms - c->unsaved_since_ms < after_ms)
        return;
    c->unsaved = false;
    add(fx, EFFECT_SAVE_DRAFT);
}

/* Another tab's draft, now that it is gone: for an empty composer only. */
static void on_adopt_draft(struct model *m, struct slice text, struct effects *fx)
{
    struct composer *c = &m->composer;
    if (text.n == 0)
        return;
    if (c->draft.n == 0 && !c->stale) {
        set_draft(m, text);
        add(fx, EFFECT_SHOW_DRAFT);
    }
    fx->handled = !c->stale && slice_eq(buf_peek(&c->draft), text);
    if (fx->handled)
        add(fx, EFFECT_SAVE_DRAFT);
}

static void on_tick(struct model *m, struct effects *fx)
{
    save_draft(m, UPDATE_DRAFT_SAVE_MS, fx);
    upd_announce_tick(m);
    upd_chat_tick(m, fx);
}

static void act(struct model *m, const struct action *a, struct effects *fx)
{
    switch (a->type) {
    case ACTION_START:
        on_start(m, &a->start, fx);
        break;
    case ACTION_TICK:
        on_tick(m, fx);
        break;
    case ACTION_STATUS:
        upd_conn_status(m, &a->status, fx);
        break;
    case ACTION_MESSAGE:
        upd_chat_message(m, a->text, fx);
        break;
    case ACTION_UNSENT:
        upd_chat_unsent(m, a->key);
        break;
    case ACTION_INPUT:
        on_input(m, a->text);
        break;
    case ACTION_SEND:
        upd_chat_send(m, a->cid, fx);
        focus_composer(m, fx);
        break;
    case ACTION_ENTER:
        on_enter(m, a, fx);
        break;
    case ACTION_ESCAPE:
        on_escape(m, &a->press, fx);
        break;
    case ACTION_NAME:
        on_name(m, a->text, fx);
        break;
    case ACTION_JUMP:
        upd_window_follow(m);
        focus_composer(m, fx);
        break;
    case ACTION_RETRY_NOW:
        add(fx, EFFECT_CONNECT_NOW);
        break;
    case ACTION_RETRY:
        upd_chat_retry(m, a->key, fx);
        focus_composer(m, fx);
        break;
    case ACTION_DISCARD:
        upd_chat_discard(m, a->key);
        focus_composer(m, fx);
        break;
    case ACTION_HOME:
        upd_window_home(m);
        add(fx, EFFECT_GO_HOME);
        fx->handled = true;
        break;
    case ACTION_SCROLL:
        upd_window_scroll(m, &a->scroll);
        break;
    case ACTION_NETWORK:
        upd_conn_network(m, a->on, fx);
        break;
    case ACTION_FOCUS:
        m->focused = a->on;
        if (a->on)
            m->unread_n = 0;
        break;
    case ACTION_ADOPT_OUTBOX:
        upd_outbox_adopt(m, a->text, fx);
        break;
    case ACTION_ADOPT_DRAFT:
        on_adopt_draft(m, a->text, fx);
        break;
    case ACTION_HIDE:
        save_draft(m, 0, fx);
        upd_outbox_save(m, 0, fx);
        break;
    }
}

void update(struct model *m, const struct action *a, struct effects *fx)
{
    m->now_ms = a->now_ms;
    m->wall_ms = a->wall_ms;
    m->utc_offset_min = a->utc_offset_min;
    act(m, a, fx);
    /* While the connection is up, most are confirmed before it is worth the while. */
    upd_outbox_save(m, m->conn.state == CONN_LIVE ? UPDATE_DRAFT_SAVE_MS : 0, fx);
}

/* The next local midnight, when the names of the days change, on the host's clock. */
static int64_t midnight_ms(const struct model *m)
{
    int64_t local_ms = m->wall_ms + (int64_t)m->utc_offset_min * 60000;
    return m->now_ms + 86400000 - local_ms % 86400000;
}

int64_t update_wake_ms(const struct model *m)
{
    const struct composer *c = &m->composer;
    const int64_t times[] = {
        upd_conn_wake_ms(m),
        upd_chat_wake_ms(m),
        upd_announce_wake_ms(m),
        upd_outbox_wake_ms(m),
        c->unsaved ? c->unsaved_since_ms + UPDATE_DRAFT_SAVE_MS : INT64_MAX,
        m->log.count ? midnight_ms(m) : INT64_MAX,
    };
    int64_t wake = INT64_MAX;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (times[i] < wake)
            wake = times[i];
    }
    return wake;
}
