/* See model.h. */
#include "model.h"

#include "check.h"
#include "mem.h"
#include "text.h"
#include "upd_members.h"
#include "upd_search.h"
#include <string.h>

#define NAME_BYTES_MAX     1024
#define PASSWORD_BYTES_MAX 4096

static uint32_t or_default(uint32_t given, uint32_t otherwise)
{
    return given ? given : otherwise;
}

void model_init(struct model *m, const struct model_limits *limits)
{
    static const struct model_limits none;
    const struct model_limits *l = limits ? limits : &none;
    memset(m, 0, sizeof *m);
    m->limits = (struct model_limits){
        .messages_max = or_default(l->messages_max, 2000),
        .bytes_max = or_default(l->bytes_max, 16u << 20),
        .rows_max = or_default(l->rows_max, 200),
        .rows_step = or_default(l->rows_step, 50),
        .rows_slide = or_default(l->rows_slide, 25),
        .page_n = or_default(l->page_n, CHAT_LIMIT_MAX),
    };
    m->conn.network = true;
    uploads_init(&m->uploads);
    m->next_key = 1;
    m->session.refresh_ms = INT64_MAX;
    m->read_due_ms = m->draft_due_ms = INT64_MAX;
    buf_init(&m->kept_drafts, MODEL_KEPT_BYTES_MAX);
    buf_init(&m->kept_outbox, MODEL_KEPT_BYTES_MAX);
    buf_init(&m->session.token, SESSION_TOKEN_BYTES_MAX);
    buf_init(&m->session.login.name, NAME_BYTES_MAX);
    buf_init(&m->session.login.password, PASSWORD_BYTES_MAX);
    buf_init(&m->session.login.invite, NAME_BYTES_MAX);
    buf_init(&m->session.login.error, SESSION_ERROR_BYTES_MAX);
    buf_init(&m->session.login.unsent, SESSION_UNSENT_BYTES_MAX);
    dialog_init(&m->dialog);
    buf_init(&m->invite.token, INVITE_TOKEN_BYTES_MAX);
    buf_init(&m->invite.room, INVITE_TEXT_BYTES_MAX);
    buf_init(&m->invite.by, INVITE_TEXT_BYTES_MAX);
    buf_init(&m->invite.error, INVITE_TEXT_BYTES_MAX);
    buf_init(&m->invite_path, 2 * INVITE_TOKEN_BYTES_MAX);
    buf_init(&m->base, NAME_BYTES_MAX);
    buf_init(&m->workspace, NAME_BYTES_MAX);
    buf_init(&m->notify.title, 4 * NAME_BYTES_MAX);
    buf_init(&m->announcer.by, NAME_BYTES_MAX);
    for (size_t i = 0; i < MODEL_SAYS_MAX; i++)
        buf_init(&m->announcer.says[i].text, 4 * NAME_BYTES_MAX);
}

void model_forget(struct model *m)
{
    upd_members_forget(m);
    upd_search_forget(m);
    m->panel = (struct panel){0};
    m->presence = (struct presence){.idle = m->presence.idle};
    m->popup = (struct popup){0};
    rooms_fini(&m->rooms);
    people_fini(&m->people);
    buf_reset(&m->session.token);
    m->session.me = (struct chat_user){0};
    m->session.person = NULL;
    m->session.token_until_ms = 0;
    m->open = m->wanted = m->wanted_seq = 0;
    m->pending_n = 0;
    m->read_due_ms = m->draft_due_ms = INT64_MAX;
    m->resumed = false;
    m->cache = (struct cache){0};
    m->hover_key = m->focus_key = m->flash_key = 0;
    m->composer = (struct composer){0};
    dialog_reset(&m->dialog);
    dialog_kept_forget(&m->dialog_kept);
    for (size_t i = 0; i < TOASTS_MAX; i++)
        buf_fini(&m->toasts.at[i].text);
    m->toasts = (struct toasts){.last_id = m->toasts.last_id};
}

void model_fini(struct model *m)
{
    model_forget(m);
    uploads_fini(&m->uploads);
    words_fini(&m->words);
    emoji_fini(&m->emoji.table);
    buf_fini(&m->kept_drafts);
    buf_fini(&m->kept_outbox);
    buf_fini(&m->session.token);
    buf_fini(&m->session.login.name);
    buf_fini(&m->session.login.password);
    buf_fini(&m->session.login.invite);
    buf_fini(&m->session.login.error);
    buf_fini(&m->session.login.unsent);
    dialog_fini(&m->dialog);
    buf_fini(&m->invite.token);
    buf_fini(&m->invite.room);
    buf_fini(&m->invite.by);
    buf_fini(&m->invite.error);
    buf_fini(&m->invite_path);
    buf_fini(&m->base);
    buf_fini(&m->workspace);
    buf_fini(&m->notify.title);
    buf_fini(&m->announcer.by);
    for (size_t i = 0; i < MODEL_SAYS_MAX; i++)
        buf_fini(&m->announcer.says[i].text);
}

static uint32_t check_room(const struct model *m, const struct room *room)
{
    const struct window *w = &room->window;
    uint32_t pending_n = 0;
    log_check(&room->log);
    CHECK(w->first <= w->end && w->end <= room->log.n);
    CHECK(!w->following || w->end == room->log.n);
    CHECK(w->end - w->first <= m->limits.rows_max);
    if (w->first < w->end) {
        uint32_t from, to;
        log_stretch(&room->log, w->first, &from, &to);
        CHECK(from <= w->first && w->end <= to);
    }
    for (uint32_t i = 0; i < room->log.n; i++)
        pending_n += room->log.at[i]->state == MESSAGE_PENDING;
    return pending_n;
}

void model_check(const struct model *m)
{
    uint32_t pending_n = 0;
    for (uint32_t i = 0; i < m->rooms.n; i++)
        pending_n += check_room(m, m->rooms.at[i]);
    CHECK(pending_n == m->pending_n);
}

void model_unsaved(struct unsaved *u, int64_t now_ms)
{
    if (!u->on)
        u->since_ms = now_ms;
    u->on = true;
}

struct slice model_workspace(const struct model *m)
{
    return m->workspace.n ? buf_peek(&m->workspace) : SL("Tincan");
}

struct room *model_open(const struct model *m)
{
    return m->open ? rooms_find(&m->rooms, m->open) : NULL;
}

bool model_one_pane(const struct model *m)
{
    return m->width_px && m->width_px < MODEL_ONE_PANE_PX;
}

struct message *model_message(const struct model *m, uint64_t key)
{
    const struct room *room = key ? model_open(m) : NULL;
    uint32_t at = room ? log_find_key(&room->log, key) : 0;
    return room && at < room->log.n ? room->log.at[at] : NULL;
}

struct slice model_said(const struct model *m, const struct message *msg, size_t chars)
{
    if (msg->deleted || message_hidden(msg))
        return words_get(&m->words, msg->deleted ? WORD_DELETED : WORD_BLOCKED_MESSAGE);
    return text_cut(msg->text, chars);
}

bool model_is_read(const struct model *m, const struct room *room)
{
    return room->r.id == m->open && m->focused && room->window.following && !room->sticky_seq &&
           (m->pane == PANE_ROOM || !model_one_pane(m));
}

void model_counts(const struct model *m, uint64_t *unread, uint64_t *mentions)
{
    *unread = *mentions = 0;
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        const struct room *room = m->rooms.at[i];
        if (model_is_read(m, room))
            continue;
        *mentions += (uint64_t)room->r.mentions;
        if (room_is_unread(room))
            *unread += (uint64_t)room->r.unread;
    }
}

enum err model_put_title(const struct model *m, struct buf *line)
{
    const struct room *room = model_open(m);
    uint64_t unread, mentions;
    enum err e = ERR_OK;
    model_counts(m, &unread, &mentions);
    if (unread) {
        e = buf_putc(line, '(');
        e = e ? e : buf_put_u64(line, unread);
        e = e ? e : buf_put(line, SL(") "));
    }
    if (room) {
        e = e ? e : buf_put(line, room->r.kind == CHAT_DM ? SL("") : SL("#"));
        e = e ? e : buf_put(line, room_shown(room));
        e = e ? e : buf_put(line, SL(" · "));
    }
    return e ? e : buf_put(line, model_workspace(m));
}
