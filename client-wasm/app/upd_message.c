/* See upd_message.h. */
#include "upd_message.h"

#include "reports.h"
#include "upd_composer.h"
#include "upd_dialog.h"
#include "upd_history.h"
#include "upd_members.h"
#include "upd_read.h"
#include "upd_spare.h"
#include "upd_toast.h"
#include "upd_window.h"

bool upd_message_may_edit(const struct model *m, const struct message *msg)
{
    const struct room *room = model_open(m);
    return room && room_writable(room) && msg->own && msg->seq && !msg->deleted &&
           !upd_toast_dooms(m, msg->room, msg->seq);
}

bool upd_message_may_delete(const struct model *m, const struct message *msg)
{
    const struct room *room = model_open(m);
    if (!room || !room_writable(room) || msg->seq == 0 || msg->deleted ||
        upd_toast_dooms(m, msg->room, msg->seq))
        return false;
    if (msg->own || room->r.kind == CHAT_DM)
        return msg->own;
    enum chat_role mine = upd_dialog_role(m, room);
    const struct member *sender = msg->from ? upd_members_find(m, msg->from->id) : NULL;
    bool server = room->r.kind == CHAT_PUBLIC && msg->from;
    return mine >= CHAT_MOD && !(server && msg->from->role >= mine) &&
           !(sender && sender->role >= mine);
}

void upd_message_fill_gap(struct model *m, struct room *room, int64_t seq, struct effects *fx)
{
    uint32_t at = log_find_seq(&room->log, seq);
    if (at == room->log.n)
        return;
    if (at == room->window.first)
        upd_history_above(m, room, fx);
    else
        upd_history_below(m, room, fx);
}

static void go_to_reply(struct model *m, const struct message *msg, struct effects *fx)
{
    struct room *room = model_open(m);
    if (room && msg->reply_to)
        upd_history_go(m, room, msg->reply_to, fx);
}

void upd_message_delete(struct model *m, const struct message *msg, struct effects *fx)
{
    if (msg->seq == 0)
        upd_composer_discard(m, msg->key, fx);
    else if (upd_message_may_delete(m, msg))
        upd_toast_delete(m, msg->room, msg->seq, fx);
}

/* Asks once; with Shift it does not. */
static void delete (struct model *m, const struct message *msg, bool shift, struct effects *fx)
{
    if (shift)
        upd_message_delete(m, msg, fx);
    else if (msg->seq == 0 || upd_message_may_delete(m, msg))
        upd_dialog_open(m, DIALOG_DELETE, (int64_t)msg->key, fx);
}

/* With the message that stands there. */
static bool act_on(struct model *m, struct message *msg, enum dom_act act, bool shift,
                   struct effects *fx)
{
    switch (act) {
    case DOM_ACT_REPLY:
        upd_composer_reply(m, msg, fx);
        return true;
    case DOM_ACT_EDIT:
        if (msg->seq)
            upd_composer_edit(m, msg, fx);
        else
            upd_composer_rework(m, msg->key, fx);
        return true;
    case DOM_ACT_DELETE:
    case DOM_ACT_DISCARD:
        delete (m, msg, shift, fx);
        return true;
    case DOM_ACT_REPORT:
        if (reports_may(m, msg))
            upd_dialog_open(m, DIALOG_REPORT, (int64_t)msg->key, fx);
        return true;
    case DOM_ACT_COPY_LINK:
        effects_add(fx, (struct effect){.type = EFFECT_COPY_LINK, .id = msg->seq});
        return true;
    case DOM_ACT_COPY_TEXT:
        effects_add(fx, (struct effect){.type = EFFECT_COPY, .text = msg->text});
        return true;
    case DOM_ACT_MARK_UNREAD:
        upd_read_unread(m, msg, fx);
        return true;
    case DOM_ACT_REVEAL:
        msg->revealed = true;
        effects_add(fx, (struct effect){.type = EFFECT_FOCUS_ROW, .key = msg->key});
        return true;
    case DOM_ACT_AUTHOR:
        if (msg->from)
            upd_dialog_open(m, DIALOG_PERSON, msg->from->id, fx);
        return true;
    case DOM_ACT_GOTO:
        go_to_reply(m, msg, fx);
        return true;
    default:
        return false;
    }
}

/* A reaction's button names its message and its place: key * REACTIONS_KEY + place. */
static void react_again(struct model *m, uint64_t key, struct effects *fx)
{
    struct message *msg = model_message(m, key / MESSAGE_REACTIONS_KEY);
    uint64_t place = key % MESSAGE_REACTIONS_KEY;
    if (msg && place < msg->reactions_n)
        upd_composer_react(msg, msg->reactions[place].emoji, fx);
}

bool upd_message_click(struct model *m, const struct action *a, struct effects *fx)
{
    const struct action_click *c = &a->click;
    switch (c->act) {
    case DOM_ACT_RETRY:
        upd_composer_retry(m, a, c->key, fx);
        return true;
    case DOM_ACT_REWORK:
        upd_composer_rework(m, c->key, fx);
        return true;
    case DOM_ACT_REACT_AGAIN:
        react_again(m, c->key, fx);
        return true;
    case DOM_ACT_CONTEXT_CANCEL:
        upd_composer_cancel(m, fx);
        return true;
    case DOM_ACT_SPARE_USE:
    case DOM_ACT_SPARE_DROP:
        upd_spare_click(m, c->act == DOM_ACT_SPARE_USE, fx);
        return true;
    default:
        break;
    }
    struct message *msg = model_message(m, c->key);
    return msg && act_on(m, msg, c->act, c->shift, fx);
}

bool upd_message_key(struct model *m, const struct action *a, struct effects *fx)
{
    static const struct {
        enum dom_key key;
        enum dom_act act;
    } rows[] = {
        {DOM_KEY_R, DOM_ACT_REPLY},       {DOM_KEY_E, DOM_ACT_EDIT},
        {DOM_KEY_C, DOM_ACT_COPY_LINK},   {DOM_KEY_U, DOM_ACT_MARK_UNREAD},
        {DOM_KEY_DELETE, DOM_ACT_DELETE},
    };
    struct message *msg = model_message(m, a->key.row);
    for (size_t i = 0; msg && i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].key == a->key.key)
            return act_on(m, msg, rows[i].act, a->key.flags & DOM_FLAG_SHIFT, fx);
    }
    if (msg && a->key.key == DOM_KEY_ENTER && message_hidden(msg))
        return act_on(m, msg, DOM_ACT_REVEAL, false, fx);
    if (msg && a->key.key == DOM_KEY_ENTER) {
        upd_dialog_open(m, DIALOG_MESSAGE, (int64_t)msg->key, fx);
        return true;
    }
    return false;
}
