/* See upd_person.h. */
#include "upd_person.h"

#include "dialog_settings.h"
#include "upd_composer.h"
#include "upd_dialog.h"
#include "upd_history.h"
#include "upd_keys.h"
#include "upd_message.h"
#include "upd_notify.h"
#include "upd_panel.h"
#include "upd_paste.h"
#include "upd_popup.h"
#include "upd_read.h"
#include "upd_rooms.h"
#include "upd_search.h"
#include "upd_session.h"
#include "upd_toast.h"
#include "upd_upload.h"
#include "upd_window.h"

static void set_buf(struct buf *b, struct slice text)
{
    buf_reset(b);
    if (buf_put(b, text) != ERR_OK)
        buf_reset(b); /* far more than any name or password can be */
}

void upd_person_input(struct model *m, const struct action_input *input, struct effects *fx)
{
    struct login *l = &m->session.login;
    switch (input->field) {
    case DOM_FIELD_COMPOSER:
        upd_composer_input(m, input, fx);
        upd_popup_refresh(m, input->caret == UINT32_MAX, fx);
        break;
    case DOM_FIELD_ALT:
        upd_upload_describe(m, input->caret, input->text);
        break;
    case DOM_FIELD_SEARCH:
        upd_search_input(m, input->text);
        break;
    case DOM_FIELD_LOGIN_NAME:
        set_buf(&l->name, input->text);
        break;
    case DOM_FIELD_LOGIN_PASSWORD:
        set_buf(&l->password, input->text);
        break;
    case DOM_FIELD_LOGIN_INVITE:
        set_buf(&l->invite, input->text);
        break;
    case DOM_FIELD_ZOOM:
        dialog_settings_zoom(m, input->text);
        break;
    default:
        upd_dialog_input(m, input, fx);
        break;
    }
}

void upd_person_submit(struct model *m, const struct action *a, struct effects *fx)
{
    switch ((enum dom_form)a->number) {
    case DOM_FORM_LOGIN:
        upd_session_submit(m, fx);
        break;
    case DOM_FORM_COMPOSER:
        upd_composer_send(m, a, fx);
        if (!m->coarse)
            effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
        break;
    case DOM_FORM_DIALOG:
        upd_dialog_submit(m, fx);
        break;
    case DOM_FORM_SEARCH:
        upd_search_submit(m, fx);
        break;
    default:
        break;
    }
}

static void jump(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room)
        return;
    upd_window_follow(m, room, fx);
    if (!m->coarse)
        effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
}

static void click_room(struct model *m, const struct action_click *c, struct effects *fx)
{
    struct room *room = model_open(m);
    switch (c->act) {
    case DOM_ACT_ROOM:
        upd_rooms_open(m, (int64_t)c->key, 0, true, fx);
        break;
    case DOM_ACT_BACK:
        m->pane = PANE_ROOMS;
        break;
    case DOM_ACT_JOIN:
        if (room)
            effects_ask(fx, (struct ask){ASK_JOIN, room->r.id, 0}, EVENT_ROOM_JOIN,
                        (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room = room->r.id});
        break;
    case DOM_ACT_FIRST_UNREAD:
        if (room)
            upd_history_go(m, room, room->marker_seq ? room->marker_seq : room->r.read_seq, fx);
        break;
    case DOM_ACT_MARK_READ:
        upd_read_all(m, fx);
        break;
    case DOM_ACT_FILL_GAP:
        if (room)
            upd_message_fill_gap(m, room, (int64_t)c->key, fx);
        break;
    case DOM_ACT_JUMP:
        jump(m, fx);
        break;
    default:
        break;
    }
}

void upd_person_click(struct model *m, const struct action *a, struct effects *fx)
{
    const struct action_click *c = &a->click;
    if (upd_toast_click(m, c) || upd_dialog_click(m, a, fx))
        return;
    if (c->act == DOM_ACT_OPTION && m->popup.n) {
        upd_popup_accept(m, (uint32_t)c->key, fx);
        return;
    }
    upd_popup_close(m);
    if (upd_panel_click(m, c, fx))
        return;
    switch (c->act) {
    case DOM_ACT_WAY_GUEST:
        upd_session_way(m, LOGIN_GUEST, fx);
        break;
    case DOM_ACT_WAY_LOGIN:
        upd_session_way(m, LOGIN_PASSWORD, fx);
        break;
    case DOM_ACT_WAY_REGISTER:
        upd_session_way(m, LOGIN_REGISTER, fx);
        break;
    case DOM_ACT_SIGN_OUT:
        upd_session_sign_out(m, fx);
        break;
    case DOM_ACT_ATTACH:
        effects_add(fx, (struct effect){.type = EFFECT_FILE_PICK});
        break;
    case DOM_ACT_ATTACH_TEXT:
        upd_paste_attach(m, fx);
        break;
    case DOM_ACT_UPLOAD_CANCEL:
        upd_upload_cancel(m, c->key, fx);
        break;
    case DOM_ACT_UPLOAD_RETRY:
        upd_upload_retry(m, c->key, fx);
        break;
    case DOM_ACT_RETRY_NOW:
        effects_add(fx, (struct effect){.type = EFFECT_CONNECT_NOW});
        upd_session_retry(m, fx);
        break;
    case DOM_ACT_RELOAD:
        effects_add(fx, (struct effect){.type = EFFECT_RELOAD});
        break;
    default:
        if (!upd_notify_click(m, c->act, fx) && !upd_message_click(m, a, fx))
            click_room(m, c, fx);
        break;
    }
}

void upd_person_key(struct model *m, const struct action *a, struct effects *fx)
{
    fx->handled = upd_keys_press(m, a, fx);
}
