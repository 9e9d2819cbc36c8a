/* A message's actions as a list, and the question whether it shall be deleted. */
#include "view_dialog_kinds.h"

#include "reports.h"
#include "upd_message.h"

#define SHOWN_CHARS 200

static void sent(const struct dialog_view *v, struct vnode *list, const struct message *msg)
{
    const struct room *room = model_open(v->m);
    if (room && room_writable(room) && !msg->deleted) {
        view_dialog_button(v, list, DOM_ACT_REACT, 0, WORD_REACT, false);
        view_dialog_button(v, list, DOM_ACT_REPLY, 0, WORD_REPLY, false);
    }
    if (upd_message_may_edit(v->m, msg))
        view_dialog_button(v, list, DOM_ACT_EDIT, 0, WORD_EDIT, false);
    if (!msg->deleted && msg->text.n)
        view_dialog_button(v, list, DOM_ACT_COPY_TEXT, 0, WORD_COPY_TEXT, false);
    view_dialog_button(v, list, DOM_ACT_COPY_LINK, 0, WORD_COPY_LINK, false);
    view_dialog_button(v, list, DOM_ACT_MARK_UNREAD, 0, WORD_MARK_UNREAD, false);
    if (msg->from)
        view_dialog_button(v, list, DOM_ACT_PERSON, (uint64_t)msg->from->id, WORD_ABOUT_PERSON,
                           false);
    if (reports_may(v->m, msg))
        view_dialog_button(v, list, DOM_ACT_REPORT, 0, WORD_REPORT, false);
    if (upd_message_may_delete(v->m, msg))
        view_dialog_button(v, list, DOM_ACT_DELETE, 0, WORD_DELETE, true);
}

static void failed(const struct dialog_view *v, struct vnode *list)
{
    view_dialog_button(v, list, DOM_ACT_RETRY, 0, WORD_RETRY, false);
    view_dialog_button(v, list, DOM_ACT_REWORK, 0, WORD_EDIT, false);
    view_dialog_button(v, list, DOM_ACT_DISCARD, 0, WORD_DELETE, true);
}

void view_dialog_message(const struct dialog_view *v)
{
    const struct message *msg = model_message(v->m, (uint64_t)v->d->about);
    if (!msg)
        return;
    struct vnode *list = view_dialog_buttons(v);
    vtree_attr(v->t, list, DOM_SLOT_SELF, DOM_ATTR_KIND, SL("list"));
    if (msg->state == MESSAGE_FAILED)
        failed(v, list);
    else if (msg->seq)
        sent(v, list, msg);
    else
        view_dialog_button(v, list, DOM_ACT_COPY_TEXT, 0, WORD_COPY_TEXT, false);
}

void view_dialog_delete(const struct dialog_view *v)
{
    const struct message *msg = model_message(v->m, (uint64_t)v->d->about);
    view_dialog_confirm(v, WORD_SAYING, msg ? model_said(v->m, msg, SHOWN_CHARS) : SL(""),
                        WORD_DELETE);
}
