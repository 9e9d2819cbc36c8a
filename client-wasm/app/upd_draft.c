/* See upd_draft.h. */
#include "upd_draft.h"

#include "json_in.h"
#include "text.h"
#include "upd_composer.h"
#include "upd_spare.h"

/* While a message is edited, the draft stands aside. */
static struct buf *text_of(struct draft *d)
{
    return d->edit ? &d->aside : &d->text;
}

/* FNV-1a */
uint64_t upd_draft_mark(struct slice text, int64_t reply_to)
{
    uint64_t mark = 14695981039346656037u ^ (uint64_t)reply_to;
    for (size_t i = 0; i < text.n; i++)
        mark = (mark ^ (unsigned char)text.p[i]) * 1099511628211u;
    return text.n ? mark : 0;
}

static uint64_t mark_now(const struct draft *d)
{
    return upd_draft_mark(buf_peek(d->edit ? &d->aside : &d->text), d->reply_to);
}

void upd_draft_kept(struct draft *d, int64_t rev, int64_t base)
{
    d->rev = rev ? rev : base;
    d->synced = rev ? mark_now(d) : base ? UPD_DRAFT_UNKNOWN : 0;
}

bool upd_draft_synced(const struct draft *d)
{
    return d->synced == mark_now(d);
}

static bool is_ahead(const struct room *room)
{
    const struct draft *d = &room->draft;
    uint64_t now = mark_now(d);
    if ((d->edit ? &d->aside : &d->text)->n > 4 * CHAT_TEXT_CHARS_MAX)
        return false; /* too long, in any script */
    return room->r.joined && (now != d->synced || d->telling == DRAFT_UNSURE) &&
           !upd_spare_of(d, 0) && d->telling != DRAFT_TELLING &&
           !(d->telling == DRAFT_REFUSED && now == d->told);
}

void upd_draft_changed(struct model *m)
{
    for (uint32_t i = 0; i < m->rooms.n && m->draft_due_ms == INT64_MAX; i++) {
        if (is_ahead(m->rooms.at[i]))
            m->draft_due_ms = m->now_ms + UPD_DRAFT_SYNC_MS;
    }
}

static void ask(const struct model *m, struct room *room, struct effects *fx)
{
    if (!room || !room->r.joined || room->draft.asked || m->conn.state != CONN_LIVE || !m->resumed)
        return;
    room->draft.asked =
        effects_ask(fx, (struct ask){ASK_DRAFT, room->r.id, 0}, EVENT_DRAFT,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room = room->r.id});
}

void upd_draft_ask(struct model *m, struct effects *fx)
{
    ask(m, model_open(m), fx);
}

void upd_draft_resumed(struct model *m, struct effects *fx)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct draft *d = &m->rooms.at[i]->draft;
        d->asked = false;
        if (d->telling == DRAFT_TELLING)
            d->telling = DRAFT_UNSURE;
    }
    upd_draft_ask(m, fx);
    upd_draft_changed(m);
}

void upd_draft_restored(struct model *m)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct draft *d = &m->rooms.at[i]->draft;
        d->rev = 0;
        d->synced = d->synced ? UPD_DRAFT_UNKNOWN : 0; /* it may never have seen ours */
    }
}

/* Both have a text that the other has not seen. */
static void take_beside(struct draft *d, const struct action_draft *told, uint64_t had)
{
    const struct spare like = {.reply_to = told->reply_to, .mark = d->synced};
    struct spare *s = upd_spare_of(d, 0);
    if (s && s->mark && s->mark == had)
        upd_spare_drop(d, s); /* it goes on there, or was sent */
    if (!slice_starts_with(buf_peek(text_of(d)), told->text))
        (void)upd_spare_keep(d, &like, told->text);
}

static void replace(struct draft *d, const struct action_draft *told)
{
    struct buf *text = text_of(d);
    struct spare *s = upd_spare_of(d, 0);
    buf_reset(text);
    if (buf_put(text, told->text) != ERR_OK)
        buf_reset(text);
    d->reply_to = told->reply_to;
    if (s && slice_eq(buf_peek(&s->text), told->text))
        upd_spare_drop(d, s);
}

static void take(struct model *m, struct room *room, const struct action_draft *told,
                 struct effects *fx)
{
    struct draft *d = &room->draft;
    uint64_t had = d->synced, now = mark_now(d);
    bool unsure = d->telling == DRAFT_TELLING || d->telling == DRAFT_UNSURE;
    bool stale = room->r.id == m->open && m->composer.stale;
    if (told->rev <= d->rev)
        return;
    d->rev = told->rev;
    d->synced = upd_draft_mark(told->text, told->reply_to);
    if (d->synced == now || d->synced == had || (unsure && d->synced == d->told))
        return;
    model_unsaved(&m->drafts, m->now_ms);
    if (stale || (now && (now != had || d->telling == DRAFT_TELLING))) {
        take_beside(d, told, had);
        return;
    }
    replace(d, told);
    room->send_when_uploaded = false; /* that was another text */
    if (room->r.id == m->open && !d->edit)
        upd_composer_show(m, fx);
}

void upd_draft_told(struct model *m, const struct action_draft *told, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, told->room);
    if (room)
        take(m, room, told, fx);
    upd_draft_changed(m);
}

static void on_refused(struct model *m, struct room *room, const struct action_answer *a,
                       struct effects *fx)
{
    struct draft *d = &room->draft;
    bool answered = a->answer->result == ERR_OK;
    if (a->ask.number && answered && a->answer->why.error == CHAT_CONFLICT) {
        d->telling = DRAFT_IDLE;
        d->rev = 0; /* whatever it has now */
        d->asked = false;
        ask(m, room, fx);
        return;
    }
    if (!answered)
        d->asked = false; /* it is to be asked once more what it has */
    if (a->ask.number)
        d->telling = !answered                                 ? DRAFT_UNSURE
                     : a->answer->why.retry == CHAT_RETRY_same ? DRAFT_IDLE
                                                               : DRAFT_REFUSED;
    upd_draft_changed(m);
}

/* An answer to what was told: whatever became of the text since, the server has that. Unless something later was heard of, or it counts
 * from the beginning since I left the room and came back. */
static void on_stored(struct model *m, struct room *room, int64_t rev, struct effects *fx)
{
    struct draft *d = &room->draft;
    d->telling = DRAFT_IDLE;
    if (rev < d->rev) {
        d->rev = 0;
        d->asked = false;
        ask(m, room, fx);
    } else if (rev > d->rev) {
        d->rev = rev;
        d->synced = d->told;
    }
}

void upd_draft_answer(struct model *m, const struct action_answer *a, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, a->ask.room);
    struct action_draft told = {.room = a->ask.room};
    struct arena arena;
    struct json_in in;
    if (!room)
        return;
    if (a->answer->result != ERR_OK || !a->answer->ok) {
        on_refused(m, room, a, fx);
        return;
    }
    arena_init(&arena, 256u << 10);
    json_in_start(&in, a->answer->json, &arena);
    json_in_int(&in, "rev", 0, CHAT_ID_MAX, &told.rev);
    json_in_text(&in, "text", &told.text);
    json_in_int(&in, "reply_to", 0, CHAT_ID_MAX, &told.reply_to);
    if (a->ask.number)
        on_stored(m, room, told.rev, fx);
    else if (in.err == ERR_OK)
        take(m, room, &told, fx);
    if (!a->ask.number && room->draft.telling == DRAFT_UNSURE)
        room->draft.telling = DRAFT_IDLE;
    arena_fini(&arena);
    upd_draft_changed(m);
}

static bool tell(struct room *room, struct effects *fx)
{
    struct draft *d = &room->draft;
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_TEXT |
                                    1ull << CHAT_FIELD_REV,
                             .room = room->r.id,
                             .rev = d->rev,
                             .text = buf_peek(text_of(d)),
                             .reply_to = d->reply_to};
    if (r.reply_to)
        r.has |= 1ull << CHAT_FIELD_REPLY_TO;
    return effects_ask(fx, (struct ask){ASK_DRAFT, room->r.id, 1}, EVENT_DRAFT, r);
}

void upd_draft_tick(struct model *m, struct effects *fx)
{
    if (m->now_ms < m->draft_due_ms)
        return;
    m->draft_due_ms = INT64_MAX;
    if (m->conn.state != CONN_LIVE || !m->resumed)
        return; /* when the connection is there again */
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct room *room = m->rooms.at[i];
        if (!is_ahead(room))
            continue;
        if (room->draft.telling == DRAFT_UNSURE) { /* has it what it did not answer to? */
            ask(m, room, fx);
            if (!room->draft.asked)
                upd_draft_changed(m);
            continue;
        }
        if (fx->n + 4 >= EFFECTS_MAX || !tell(room, fx)) {
            upd_draft_changed(m); /* the rest next time */
            return;
        }
        room->draft.telling = DRAFT_TELLING;
        room->draft.told = mark_now(&room->draft);
    }
}
