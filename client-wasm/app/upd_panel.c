/* See upd_panel.h. */
#include "upd_panel.h"

#include "json.h"
#include "json_in.h"
#include "text.h"
#include "upd_members.h"
#include "upd_rooms.h"
#include "utf8.h"

#define DEBOUNCE_MS        150
#define HITS_AT_ONCE       30
#define ANSWER_ARENA_BYTES (4u << 20)

static void drop_hits(struct panel *p)
{
    while (p->hits_n)
        message_free(p->hits[--p->hits_n].msg);
}

void upd_panel_forget(struct model *m)
{
    drop_hits(&m->panel);
    buf_reset(&m->panel.query);
    m->panel.kind = PANEL_NONE;
    m->panel.state = SEARCH_IDLE;
    m->panel.turn++;
}

bool upd_panel_close(struct model *m, struct effects *fx)
{
    if (m->panel.kind == PANEL_NONE)
        return false;
    m->panel.kind = PANEL_NONE;
    if (m->pane == PANE_PANEL)
        m->pane = PANE_ROOM;
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS,
                                    .id = m->coarse ? DOM_NODE_SCROLLER : DOM_NODE_INPUT});
    return true;
}

void upd_panel_room(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (m->panel.kind == PANEL_MEMBERS && room)
        upd_members_want(m, room, fx);
}

void upd_panel_toggle(struct model *m, enum panel_kind kind, struct effects *fx)
{
    if (m->panel.kind == kind) {
        upd_panel_close(m, fx);
        return;
    }
    m->panel.kind = kind;
    m->pane = PANE_PANEL;
    upd_panel_room(m, fx);
    effects_add(
        fx, (struct effect){.type = EFFECT_FOCUS,
                            .id = kind == PANEL_SEARCH ? DOM_NODE_SEARCH_INPUT : DOM_NODE_PANEL});
}

struct slice upd_panel_words(struct slice query, struct slice *from)
{
    struct slice words = text_trim(query);
    *from = SL("");
    if (slice_starts_with(words, SL("from:"))) {
        size_t end = slice_find(words, ' ');
        *from = slice_from((struct slice){words.p, end}, sizeof "from:" - 1);
        words = text_trim(slice_from(words, end));
        if (from->n && from->p[0] == '@')
            *from = slice_from(*from, 1);
    }
    return words;
}

static void ask(struct model *m, struct effects *fx)
{
    struct panel *p = &m->panel;
    struct slice from, words = upd_panel_words(buf_peek(&p->query), &from);
    struct chat_request r = {.has = 1ull << CHAT_FIELD_Q | 1ull << CHAT_FIELD_LIMIT,
                             .q = words,
                             .from = from,
                             .limit = HITS_AT_ONCE};
    if (from.n)
        r.has |= 1ull << CHAT_FIELD_FROM;
    if (p->here && m->open) {
        r.has |= 1ull << CHAT_FIELD_ROOM;
        r.room = m->open;
    }
    if (p->hits_n) {
        r.has |= 1ull << CHAT_FIELD_BEFORE;
        r.before = p->hits[p->hits_n - 1].msg->ts_ms;
    }
    p->turn++;
    bool asked = m->conn.state == CONN_LIVE &&
                 effects_ask(fx, (struct ask){ASK_SEARCH, r.room, p->turn}, EVENT_SEARCH, r);
    p->state = asked ? SEARCH_ASKED : SEARCH_FAILED;
}

/* From the beginning, as soon as there is something to look for. */
static void restart(struct model *m, int64_t due_ms)
{
    struct panel *p = &m->panel;
    struct slice from, words = upd_panel_words(buf_peek(&p->query), &from);
    drop_hits(p);
    p->turn++;
    p->more = false;
    p->state = utf8_length(words) < PANEL_SEARCH_CHARS_MIN ? SEARCH_IDLE : SEARCH_TYPING;
    p->due_ms = due_ms;
}

void upd_panel_query(struct model *m, struct slice query)
{
    struct panel *p = &m->panel;
    if (slice_eq(query, buf_peek(&p->query)))
        return;
    buf_reset(&p->query);
    if (buf_put(&p->query, query) != ERR_OK)
        buf_reset(&p->query);
    restart(m, m->now_ms + DEBOUNCE_MS);
}

void upd_panel_submit(struct model *m, struct effects *fx)
{
    restart(m, m->now_ms);
    upd_panel_tick(m, fx);
}

void upd_panel_tick(struct model *m, struct effects *fx)
{
    if (m->panel.state == SEARCH_TYPING && m->panel.due_ms <= m->now_ms)
        ask(m, fx);
}

int64_t upd_panel_wake_ms(const struct model *m)
{
    return m->panel.state == SEARCH_TYPING ? m->panel.due_ms : INT64_MAX;
}

/* Where the n-th character begins. */
static uint32_t byte_of(struct slice text, uint32_t n)
{
    return (uint32_t)text_cut(text, n).n;
}

static void add_hit(struct model *m, const struct chat_message *from)
{
    struct panel *p = &m->panel;
    if (p->hits_n == PANEL_HITS_MAX)
        return;
    struct message *msg =
        message_new(from, people_learn(&m->people, &from->from), m->session.me.id);
    if (!msg)
        return;
    struct hit hit = {.msg = msg};
    if (from->ranges_n && from->ranges[0][0] <= from->ranges[0][1]) {
        hit.from = byte_of(msg->text, from->ranges[0][0]);
        hit.to = byte_of(msg->text, from->ranges[0][1]);
    }
    p->hits[p->hits_n++] = hit;
}

void upd_panel_answer(struct model *m, const struct action_answer *a)
{
    struct panel *p = &m->panel;
    struct arena arena;
    struct json_in in;
    struct json_iter it;
    struct slice raw, one;
    uint32_t n = 0;
    if (a->ask.number != p->turn)
        return;
    p->state = SEARCH_FAILED;
    if (a->answer->result != ERR_OK || !a->answer->ok)
        return;
    arena_init(&arena, ANSWER_ARENA_BYTES);
    json_in_start(&in, a->answer->json, &arena);
    bool ok = json_in_raw(&in, "hits", &raw) && json_type_of(raw) == JSON_ARRAY;
    for (ok = ok && (json_iter_init(&it, raw), true); ok && json_iter_next(&it, NULL, &one); n++) {
        struct chat_message message;
        struct arena_mark mark = arena_mark(&arena);
        if (chat_message_decode(one, &arena, &message) == ERR_OK)
            add_hit(m, &message);
        arena_rewind(&arena, mark);
    }
    arena_fini(&arena);
    p->state = SEARCH_DONE;
    p->more = n == HITS_AT_ONCE && p->hits_n < PANEL_HITS_MAX;
}

bool upd_panel_click(struct model *m, const struct action_click *c, struct effects *fx)
{
    struct panel *p = &m->panel;
    switch (c->act) {
    case DOM_ACT_MEMBERS:
        upd_panel_toggle(m, PANEL_MEMBERS, fx);
        return true;
    case DOM_ACT_SEARCH:
        upd_panel_toggle(m, PANEL_SEARCH, fx);
        return true;
    case DOM_ACT_PANEL_CLOSE:
        upd_panel_close(m, fx);
        return true;
    case DOM_ACT_HIT:
        if (c->key >= 1 && c->key <= p->hits_n)
            upd_rooms_open(m, p->hits[c->key - 1].msg->room, p->hits[c->key - 1].msg->seq, true,
                           fx);
        return true;
    case DOM_ACT_SHOW_MORE:
        if (p->kind == PANEL_MEMBERS)
            upd_members_more(m, fx);
        else if (p->state == SEARCH_DONE || p->state == SEARCH_FAILED)
            ask(m, fx);
        return true;
    case DOM_ACT_KIND:
        p->here = !p->here;
        upd_panel_submit(m, fx);
        return true;
    default:
        return false;
    }
}
