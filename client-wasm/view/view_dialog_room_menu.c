/* About a room. */
#include "view_dialog_kinds.h"

#include "dialog_room_menu.h"
#include "upd_dialog.h"
#include "view_bans.h"
#include "view_invites.h"
#include "view_reports.h"
#include "view_text.h"

/* Set by another program, and so it can stay. */
static void slow_other(const struct dialog_view *v, struct vnode *set, uint64_t seconds)
{
    struct vnode *radio = view_dialog_radio(v, set, MENU_SLOW, MENU_SLOWS_N);
    bool minutes = seconds % 60 == 0;
    view_words_n(v->m, v->t, radio, DOM_SLOT_LABEL,
                 minutes ? WORDS_SLOW_MINUTES : WORDS_SLOW_SECONDS,
                 minutes ? seconds / 60 : seconds, SL(""));
}

static void about(const struct dialog_view *v, const struct room *room)
{
    static const enum word notifies[] = {WORD_NOTIFY_ALL, WORD_NOTIFY_MENTIONS, WORD_NOTIFY_NONE};
    static const enum word slows[] = {WORD_SLOW_OFF, WORD_SLOW_10,  WORD_SLOW_30,
                                      WORD_SLOW_60,  WORD_SLOW_300, WORD_TIME_HOUR};
    bool manage = room_menu_may_manage(v->m, room);
    if (manage) {
        view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_ROOM_NAME,
                                                         WORD_ROOM_NAME, WORDS_N, SL("room-name"),
                                                         CHAT_NAME_CHARS_MAX + 1, false});
        view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_AREA, DOM_FIELD_ROOM_TOPIC,
                                                         WORD_ROOM_TOPIC, WORDS_N, SL("room-topic"),
                                                         CHAT_TOPIC_CHARS_MAX, false});
    } else if (room->r.topic.n) {
        view_dialog_text_of(v, WORD_SAYING, room->r.topic);
    }
    if (room->r.joined)
        view_dialog_choice(v, MENU_NOTIFY, WORD_NOTIFY, notifies, 3);
    if (room_menu_may_slow(v->m, room)) {
        struct vnode *set = view_dialog_choice(v, MENU_SLOW, WORD_SLOW, slows, MENU_SLOWS_N);
        if (room_menu_slow_other(room))
            slow_other(v, set, (uint64_t)room->r.slow);
    }
    struct vnode *row = view_dialog_buttons(v);
    if (room->with) {
        view_dialog_button(v, row, DOM_ACT_PERSON, (uint64_t)room->with->id, WORD_ABOUT_THEM,
                           false);
        return;
    }
    if (room->r.joined)
        view_dialog_button(v, row, DOM_ACT_LEAVE, 0, WORD_LEAVE, true);
    if (room_menu_may_archive(v->m, room))
        view_dialog_button(v, row, DOM_ACT_ARCHIVE, 0,
                           room->r.archived ? WORD_UNARCHIVE : WORD_ARCHIVE, !room->r.archived);
    view_dialog_button(v, row, DOM_ACT_MEMBERS, 0, WORD_MEMBERS_SHOW, false);
    if (manage)
        view_dialog_submit(v, row, WORD_SAVE);
}

static void invites(const struct dialog_view *v, const struct room *room)
{
    view_invite_form(v, MENU_EXPIRY, MENU_USES, true);
    struct vnode *row = view_dialog_buttons(v);
    view_dialog_button(v, row, DOM_ACT_INVITE, 0, WORD_INVITE_PEOPLE, false);
    view_dialog_submit(v, row, WORD_INVITE_MAKE);
    if (!room_menu_may_see(v->m, room))
        return;
    view_invites(v);
}

static void pages(const struct dialog_view *v, const struct room *room)
{
    bool may_add = room_menu_may_add(v->m, room), may_see = room_menu_may_see(v->m, room);
    const enum word tabs[] = {WORD_MENU_ABOUT, may_add ? WORD_MENU_INVITES : WORDS_N,
                              may_see ? WORD_MENU_BANS : WORDS_N,
                              may_see ? WORD_MENU_REPORTS : WORDS_N};
    unsigned tab = v->d->choices[MENU_TAB];
    if (may_add || may_see)
        view_dialog_tabs(v, MENU_TAB, WORD_MENU_TABS, tabs, 4);
    if (tab == MENU_INVITES && may_add)
        invites(v, room);
    else if (tab == MENU_BANS && may_see)
        view_bans(v, !room->r.archived);
    else if (tab == MENU_REPORTS && may_see)
        view_reports(v, !room->r.archived);
    else
        about(v, room);
}

void view_dialog_room_menu(const struct dialog_view *v)
{
    const struct room *room = upd_dialog_room(v->m);
    if (!room)
        return;
    vtree_text(v->t, v->body, DOM_SLOT_LABEL, room_shown(room));
    if (v->d->confirm == DOM_ACT_LEAVE) {
        view_dialog_confirm(
            v, room->r.kind == CHAT_PRIVATE ? WORD_LEAVE_PRIVATE_TEXT : WORD_LEAVE_TEXT,
            room_shown(room), WORD_LEAVE);
    } else if (v->d->confirm == DOM_ACT_REPORT_DELETE) {
        view_dialog_confirm(v, WORD_SAYING, v->d->rows[v->d->at].label, WORD_DELETE);
    } else if (v->d->confirm) {
        view_dialog_confirm(v, room->r.archived ? WORD_UNARCHIVE_TEXT : WORD_ARCHIVE_TEXT,
                            room_shown(room), room->r.archived ? WORD_UNARCHIVE : WORD_ARCHIVE);
    } else {
        pages(v, room);
    }
}
