/* See upd_popup.h. */
#include "upd_popup.h"

#include "markdown.h"
#include "mem.h"
#include "upd_composer.h"
#include "upd_emoji.h"
#include "upd_finder.h"
#include "upd_members.h"

#define SPEAKERS_MAX   64
#define LOOKED_BACK_N  1000 /* messages, for who spoke last */
#define CANDIDATES_MAX (SPEAKERS_MAX + MEMBERS_MAX + FINDER_FOUND_MAX + 2)

/* Those who may be meant; ids[i] is who names[i] is. */
struct candidates {
    struct complete_name *names;
    int64_t *ids;
    uint32_t n, speakers_n;
};

static bool has(const struct candidates *c, uint32_t n, int64_t id)
{
    for (uint32_t i = 0; i < n; i++) {
        if (c->ids[i] == id)
            return true;
    }
    return false;
}

static void add(struct candidates *c, int64_t id, struct slice name, struct slice display,
                int64_t recent, bool near)
{
    if (c->n == CANDIDATES_MAX)
        return;
    c->ids[c->n] = id;
    c->names[c->n++] = (struct complete_name){name, display, recent, near};
}

static void add_person(const struct model *m, struct candidates *c, const struct person *p,
                       int64_t recent, bool near)
{
    if (p && p != m->session.person)
        add(c, p->id, p->name, p->display, recent, near);
}

static void gather_people(const struct model *m, const struct room *room, struct candidates *c)
{
    const struct log *l = &room->log;
    for (uint32_t i = l->numbered_n; i-- > 0 && l->numbered_n - i <= LOOKED_BACK_N;) {
        const struct message *msg = l->at[i];
        if (c->n < SPEAKERS_MAX && msg->from && !has(c, c->n, msg->from->id))
            add_person(m, c, msg->from, msg->ts_ms, true);
    }
    c->speakers_n = c->n;
    for (uint32_t i = 0; m->members.room == room->r.id && i < m->members.n; i++) {
        if (!has(c, c->speakers_n, m->members.at[i].person->id))
            add_person(m, c, m->members.at[i].person, 0, true);
    }
    if (room->r.kind != CHAT_DM) {
        add(c, POPUP_ALL_ROOM, SL("room"), SL(""), 0, true);
        add(c, POPUP_ALL_HERE, SL("here"), SL(""), 0, true);
    }
    uint32_t near_n = c->n;
    for (uint32_t i = 0; i < m->popup.finder.found_n; i++) {
        if (!has(c, near_n, m->popup.finder.found[i]))
            add_person(m, c, people_find(&m->people, m->popup.finder.found[i]), 0, false);
    }
}

static void gather_rooms(const struct model *m, struct candidates *c)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        const struct room *room = m->rooms.at[i];
        if (room->r.kind != CHAT_DM)
            add(c, room->r.id, room->r.name, room->r.topic, room->active_ms, true);
    }
}

static void rank(struct model *m, const struct room *room, struct slice query)
{
    struct candidates c = {0};
    uint32_t hits[POPUP_OPTIONS_MAX];
    c.names = mem_alloc(CANDIDATES_MAX * (sizeof *c.names + sizeof *c.ids));
    if (!c.names)
        return;
    c.ids = (int64_t *)(c.names + CANDIDATES_MAX);
    if (m->popup.kind == COMPLETE_USER)
        gather_people(m, room, &c);
    else
        gather_rooms(m, &c);
    m->popup.n = (uint32_t)complete_rank(query, c.names, c.n, hits, POPUP_OPTIONS_MAX);
    for (uint32_t i = 0; i < m->popup.n; i++)
        m->popup.options[i] = c.ids[hits[i]];
    mem_free(c.names);
}

static void find_emojis(struct model *m, struct slice query, struct effects *fx)
{
    struct emoji_hit hits[POPUP_OPTIONS_MAX];
    if (!upd_emoji_want(m, fx))
        return;
    m->popup.n = (uint32_t)emoji_search(&m->emoji.table, query, hits, POPUP_OPTIONS_MAX);
    for (uint32_t i = 0; i < m->popup.n; i++)
        m->popup.options[i] = hits[i].row;
}

static void fill(struct model *m, const struct room *room, struct slice query, struct effects *fx)
{
    struct popup *p = &m->popup;
    switch (p->kind) {
    case COMPLETE_USER:
        upd_members_want(m, room, fx);
        upd_finder_want(m, &p->finder, query);
        rank(m, room, query);
        break;
    case COMPLETE_ROOM:
        rank(m, room, query);
        break;
    case COMPLETE_EMOJI:
        find_emojis(m, query, fx);
        break;
    default:
        break;
    }
}

/* ":smile:" becomes what it says, when there is such a one. */
static void replace_code(struct model *m, struct slice text, const struct complete *c,
                         struct effects *fx)
{
    struct buf out = {.max = 1u << 20};
    struct complete_result result;
    struct emoji_glyph glyph;
    if (upd_emoji_want(m, fx) && upd_emoji_code(m, c->query, &glyph) &&
        complete_accept(text, c, emoji_slice(&glyph), &out, &result) == ERR_OK)
        upd_composer_set(m, buf_peek(&out), (uint32_t)result.caret, fx);
    buf_fini(&out);
}

/* --- mentions that should be thought over --- */

struct warner {
    struct model *m;
    const struct room *room;
    bool any; /* somebody is mentioned by name */
};

static void on_block(void *user, const struct md_block *block)
{
    (void)user;
    (void)block;
}

static void on_run(void *user, const struct md_run *run)
{
    struct warner *w = user;
    struct popup *p = &w->m->popup;
    if (run->kind != MD_MENTION || p->warning != POPUP_NO_WARNING)
        return;
    struct slice name = slice_from(run->text, 1);
    if (slice_eq_nocase(name, SL("room")) || slice_eq_nocase(name, SL("here"))) {
        if (w->room->r.members > POPUP_MANY)
            p->warning = POPUP_TELLS_MANY;
        return;
    }
    const struct person *person = people_find_name(&w->m->people, name);
    w->any = true;
    if (person && w->m->members.room == w->room->r.id && w->m->members.whole &&
        !upd_members_find(w->m, person->id)) {
        p->warning = POPUP_OUTSIDER;
        p->outsider = person->id;
    }
}

static void warn(struct model *m, const struct room *room, struct slice text, struct effects *fx)
{
    struct warner w = {m, room, false};
    m->popup.warning = POPUP_NO_WARNING;
    if (room->r.kind == CHAT_DM || slice_find(text, '@') == text.n)
        return;
    markdown_parse(text, &(struct md_sink){&w, on_block, on_run});
    if (w.any)
        upd_members_want(m, room, fx);
}

/* --- */

void upd_popup_close(struct model *m)
{
    m->popup.n = 0;
    m->popup.kind = COMPLETE_NONE;
}

void upd_popup_refresh(struct model *m, bool composing, struct effects *fx)
{
    struct popup *p = &m->popup;
    struct room *room = model_open(m);
    int64_t chosen = p->n ? p->options[p->at] : 0;
    uint32_t chosen_at = p->n ? p->at : 0;
    upd_popup_close(m);
    if (!room) {
        p->warning = POPUP_NO_WARNING;
        return;
    }
    struct slice text = buf_peek(&room->draft.text);
    warn(m, room, text, fx);
    struct complete c = complete_at(text, m->composer.caret);
    if (composing || c.kind == COMPLETE_NONE) {
        p->dismissed &= composing;
        return;
    }
    if (c.kind == COMPLETE_CODE) {
        replace_code(m, text, &c, fx);
        return;
    }
    p->dismissed &= c.from == p->from && room->r.id == p->room;
    p->from = (uint32_t)c.from;
    p->to = (uint32_t)c.to;
    p->room = room->r.id;
    if (p->dismissed)
        return;
    p->kind = c.kind;
    fill(m, room, c.query, fx);
    p->at = chosen_at < p->n && p->options[chosen_at] == chosen ? chosen_at : 0;
}

static enum err put_name(struct buf *out, char sign, struct slice name)
{
    enum err e = buf_putc(out, sign);
    return e ? e : buf_put(out, name);
}

/* What takes the place of the typed, in out. */
static enum err put_insert(const struct model *m, int64_t option, struct buf *out)
{
    struct emoji_glyph glyph;
    const struct person *person;
    const struct room *room;
    switch (m->popup.kind) {
    case COMPLETE_USER:
        if (option == POPUP_ALL_ROOM || option == POPUP_ALL_HERE)
            return buf_put(out, option == POPUP_ALL_ROOM ? SL("@room") : SL("@here"));
        person = people_find(&m->people, option);
        return person ? put_name(out, '@', person->name) : ERR_INVALID;
    case COMPLETE_ROOM:
        room = rooms_find(&m->rooms, option);
        return room ? put_name(out, '#', room->r.name) : ERR_INVALID;
    default:
        upd_emoji_glyph(m, (uint32_t)option, &glyph);
        return buf_put(out, emoji_slice(&glyph));
    }
}

void upd_popup_accept(struct model *m, uint32_t index, struct effects *fx)
{
    struct popup *p = &m->popup;
    struct room *room = model_open(m);
    struct buf insert = {.max = 1024}, out = {.max = 1u << 20};
    struct complete_result result;
    if (!room || index >= p->n || p->room != room->r.id || p->to > room->draft.text.n)
        return;
    struct complete c = {.kind = p->kind, .from = p->from, .to = p->to};
    enum err e = put_insert(m, p->options[index], &insert);
    e = e ? e : complete_accept(buf_peek(&room->draft.text), &c, buf_peek(&insert), &out, &result);
    if (e == ERR_OK) {
        if (p->kind == COMPLETE_EMOJI)
            upd_emoji_used(m, buf_peek(&insert), fx);
        upd_popup_close(m);
        upd_composer_set(m, buf_peek(&out), (uint32_t)result.caret, fx);
        warn(m, room, buf_peek(&room->draft.text), fx);
    }
    buf_fini(&insert);
    buf_fini(&out);
}

bool upd_popup_key(struct model *m, const struct action_key *key, struct effects *fx)
{
    struct popup *p = &m->popup;
    if (!p->n || !(key->flags & DOM_FLAG_COMPOSER) ||
        (key->flags & (DOM_FLAG_ALT | DOM_FLAG_CTRL | DOM_FLAG_SHIFT)))
        return false;
    switch (key->key) {
    case DOM_KEY_UP:
        p->at = (p->at + p->n - 1) % p->n;
        return true;
    case DOM_KEY_DOWN:
        p->at = (p->at + 1) % p->n;
        return true;
    case DOM_KEY_ENTER:
    case DOM_KEY_TAB:
        upd_popup_accept(m, p->at, fx);
        return true;
    case DOM_KEY_ESCAPE:
        upd_popup_close(m);
        p->dismissed = true;
        return true;
    default:
        return false;
    }
}

void upd_popup_tick(struct model *m, struct effects *fx)
{
    const struct room *room = model_open(m);
    if (!room || room->draft.text.n == 0)
        m->popup.warning = POPUP_NO_WARNING;
    if (m->popup.n && (!room || m->popup.room != room->r.id || m->popup.to > room->draft.text.n))
        upd_popup_close(m);
    upd_finder_tick(m, &m->popup.finder, FINDER_POPUP, fx);
}

void upd_popup_found(struct model *m, const struct action_answer *a, struct effects *fx)
{
    if (upd_finder_answer(m, &m->popup.finder, a) && m->popup.kind == COMPLETE_USER)
        upd_popup_refresh(m, false, fx);
}
