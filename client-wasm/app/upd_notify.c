/* See upd_notify.h. Every tab decides; the one that leads shows it (page_leads). */
#include "upd_notify.h"

#include "text.h"
#include "upd_rooms.h"

#define TEXT_CHARS 200
/* What one action may still add. */
#define EFFECTS_SPARE 8

static bool is_wanted(const struct model *m, const struct room *room, bool mentioned)
{
    if (m->notify.here == room->r.id || m->notify.elsewhere == room->r.id || !m->resumed)
        return false;
    if (room->r.notify == CHAT_NOTIFY_NONE)
        return false;
    return mentioned || room->r.kind == CHAT_DM || room->r.notify == CHAT_NOTIFY_ALL;
}

void upd_notify_message(struct model *m, struct room *room, const struct chat_message *msg,
                        bool mentioned, struct effects *fx)
{
    const struct person *by = people_find(&m->people, msg->from.id);
    struct slice name = by ? person_shown(by) : words_get(&m->words, WORD_SOMEONE);
    struct buf *title = &m->notify.title;
    if ((by && by->blocked) || !is_wanted(m, room, mentioned) || msg->seq <= room->r.read_seq ||
        msg->deleted)
        return;
    buf_reset(title);
    enum err e = room->r.kind == CHAT_DM
                     ? buf_put(title, name)
                     : words_put(&m->words, title, WORD_NOTICE_IN, name, room_shown(room));
    if (e != ERR_OK)
        return; /* it is in the list all the same */
    room->notice_seq = msg->seq;
    effects_add(fx, (struct effect){.type = EFFECT_NOTICE,
                                    .id = room->r.id,
                                    .title = buf_peek(title),
                                    .text = text_cut(msg->text, TEXT_CHARS)});
}

void upd_notify_clicked(struct model *m, struct slice data, struct effects *fx)
{
    unsigned long long id;
    if (m->session.state == SESSION_NONE || !slice_to_u64(data, CHAT_ID_MAX, &id))
        return;
    const struct room *room = rooms_find(&m->rooms, (int64_t)id);
    upd_rooms_open(m, (int64_t)id, room ? room->notice_seq : 0, true, fx);
}

static void close_read(struct model *m, struct effects *fx)
{
    for (uint32_t i = 0; i < m->rooms.n && fx->n + EFFECTS_SPARE < EFFECTS_MAX; i++) {
        struct room *room = m->rooms.at[i];
        if (!room->notice_seq ||
            (room->r.read_seq < room->notice_seq && m->notify.here != room->r.id))
            continue;
        room->notice_seq = 0;
        effects_add(fx, (struct effect){.type = EFFECT_NOTICE_CLOSE, .id = room->r.id});
    }
}

static void mark(struct model *m, struct effects *fx)
{
    uint64_t unread, mentions;
    model_counts(m, &unread, &mentions);
    uint64_t n = unread > mentions ? unread : mentions;
    int kind = mentions ? 2 : unread != 0;
    if (kind == m->notify.badge && n == m->notify.badge_n)
        return;
    m->notify.badge = kind;
    m->notify.badge_n = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    effects_add(fx, (struct effect){.type = EFFECT_BADGE, .id = kind, .key = m->notify.badge_n});
}

void upd_notify_settle(struct model *m, struct effects *fx)
{
    bool away = model_one_pane(m) && m->pane == PANE_ROOMS; /* the list is all that is seen */
    int64_t here = m->focused && !away ? m->open : 0;
    if (fx->n + EFFECTS_SPARE >= EFFECTS_MAX)
        return; /* with the next action */
    if (here != m->notify.here) {
        m->notify.here = here;
        effects_add(fx, (struct effect){.type = EFFECT_TELL, .text = SL("at"), .id = here});
    }
    close_read(m, fx);
    mark(m, fx);
}

bool upd_notify_click(struct model *m, enum dom_act act, struct effects *fx)
{
    if (act == DOM_ACT_NOTIFY_ALLOW) {
        effects_add(fx, (struct effect){.type = EFFECT_NOTICE_ASK});
    } else if (act == DOM_ACT_NOTE_CLOSE && upd_notify_row(m) == NOTIFY_ROW_UPDATED) {
        m->notify.updated = false;
    } else if (act == DOM_ACT_NOTE_CLOSE) {
        m->notify.declined = true;
        effects_add(fx, (struct effect){.type = EFFECT_SAVE_DECLINED});
    } else {
        return false;
    }
    return true;
}

enum notify_row upd_notify_row(const struct model *m)
{
    if (m->notify.updated)
        return NOTIFY_ROW_UPDATED;
    return m->resumed && m->notify.may == NOTIFY_ASK && !m->notify.declined ? NOTIFY_ROW_ASK
                                                                            : NOTIFY_ROW_NONE;
}

void upd_notify_mute(struct model *m, struct effects *fx)
{
    const struct room *room = model_open(m);
    if (!room)
        return;
    bool muted = room->r.notify == CHAT_NOTIFY_NONE;
    effects_ask(fx, (struct ask){ASK_NOTHING, room->r.id, 0}, EVENT_NOTIFY,
                (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_NOTIFY,
                                      .room = room->r.id,
                                      .notify = muted ? CHAT_NOTIFY_ALL : CHAT_NOTIFY_NONE});
}

static bool open_next(struct model *m, bool dms, struct effects *fx)
{
    uint32_t n = m->rooms.n, at = 0;
    while (at < n && m->rooms.at[at]->r.id != m->open)
        at++;
    for (uint32_t i = 1; i <= n; i++) {
        const struct chat_room *r = &m->rooms.at[(at + i) % n]->r;
        if (dms ? r->kind == CHAT_DM && room_is_unread(m->rooms.at[(at + i) % n])
                : r->mentions > 0) {
            upd_rooms_open(m, r->id, 0, true, fx);
            return true;
        }
    }
    return false;
}

void upd_notify_next(struct model *m, struct effects *fx)
{
    if (!open_next(m, false, fx))
        open_next(m, true, fx);
}
