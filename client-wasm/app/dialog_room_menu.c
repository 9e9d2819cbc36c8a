/* About the open room: its name, notifications, invitations, leaving it. */
#include "dialog_room_menu.h"

#include "bans.h"
#include "dialog_kinds.h"
#include "invites.h"
#include "reports.h"
#include "text.h"
#include "upd_history.h"
#include "upd_panel.h"
#include "upd_toast.h"

enum {
    SAVED = DIALOG_SUBMIT,
    NOTIFIED = DIALOG_FURTHER,
    LEFT,
    INVITED,
    REVOKED,
    ARCHIVED,
    LIFTED,
    SLOWED,
    JUDGED
};

static const uint16_t SLOWS[MENU_SLOWS_N] = {0, 10, 30, 60, 300, 3600}; /* seconds */

bool room_menu_may_manage(const struct model *m, const struct room *room)
{
    return room->r.kind != CHAT_DM && !room->r.archived && upd_dialog_role(m, room) >= CHAT_ADMIN;
}

bool room_menu_may_slow(const struct model *m, const struct room *room)
{
    return room->r.kind != CHAT_DM && !room->r.archived && upd_dialog_role(m, room) >= CHAT_MOD;
}

bool room_menu_may_archive(const struct model *m, const struct room *room)
{
    return room->r.kind != CHAT_DM && upd_dialog_role(m, room) >= CHAT_ADMIN;
}

bool room_menu_may_add(const struct model *m, const struct room *room)
{
    return room->r.kind != CHAT_DM && !room->r.archived && room->r.joined &&
           m->session.me.role > CHAT_GUEST;
}

bool room_menu_may_see(const struct model *m, const struct room *room)
{
    return room->r.kind != CHAT_DM && upd_dialog_role(m, room) >= CHAT_MOD;
}

/* Which choice it is; MENU_SLOWS_N: none of them, but one of its own. */
static uint8_t slow_of(const struct room *room)
{
    uint8_t slow = 0;
    while (slow < MENU_SLOWS_N && SLOWS[slow] != room->r.slow)
        slow++;
    return slow;
}

bool room_menu_slow_other(const struct room *room)
{
    return slow_of(room) == MENU_SLOWS_N;
}

static void settle(struct model *m)
{
    const struct room *room = upd_dialog_room(m);
    if (!room)
        return;
    m->dialog.choices[MENU_NOTIFY] = (uint8_t)room->r.notify;
    m->dialog.choices[MENU_SLOW] = slow_of(room);
}

static void list(struct model *m, struct effects *fx)
{
    const struct room *room = upd_dialog_room(m);
    struct chat_request r = upd_dialog_request(m);
    static const enum event_id events[] = {[MENU_INVITES] = EVENT_ROOM_INVITES,
                                           [MENU_BANS] = EVENT_ROOM_BANS,
                                           [MENU_REPORTS] = EVENT_REPORTS};
    unsigned tab = m->dialog.choices[MENU_TAB];
    if (tab != MENU_INVITES) {
        r.has |= 1ull << CHAT_FIELD_LIMIT;
        r.limit = CHAT_LIMIT_MAX;
    }
    if (room && room_menu_may_see(m, room))
        upd_dialog_list(m, events[tab], &r, fx);
}

static void open(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    const struct room *room = upd_dialog_room(m);
    (void)fx;
    d->choices[MENU_EXPIRY] = 2;
    if (!room)
        return;
    dialog_follow(d, DOM_FIELD_ROOM_NAME, room->r.name);
    dialog_follow(d, DOM_FIELD_ROOM_TOPIC, room->r.topic);
}

static void chosen(struct model *m, unsigned group, struct effects *fx)
{
    struct chat_request r = upd_dialog_request(m);
    if (group == MENU_TAB) {
        dialog_clear_rows(&m->dialog);
        if (m->dialog.choices[MENU_TAB] != MENU_ABOUT)
            list(m, fx);
    }
    if (group == MENU_SLOW && m->dialog.choices[MENU_SLOW] < MENU_SLOWS_N) {
        r.has |= 1ull << CHAT_FIELD_SLOW;
        r.slow = SLOWS[m->dialog.choices[MENU_SLOW]];
        upd_dialog_ask(m, SLOWED, EVENT_ROOM_UPDATE, &r, fx);
    }
    if (group != MENU_NOTIFY)
        return;
    r.has |= 1ull << CHAT_FIELD_NOTIFY;
    r.notify = (enum chat_notify)m->dialog.choices[MENU_NOTIFY];
    upd_dialog_ask(m, NOTIFIED, EVENT_NOTIFY, &r, fx);
}

static void invite(struct model *m, struct effects *fx)
{
    struct chat_request r = upd_dialog_request(m);
    r.seconds = invites_seconds(m->dialog.choices[MENU_EXPIRY]);
    r.uses = invites_uses(m->dialog.choices[MENU_USES]);
    r.has |= (r.seconds ? 1ull << CHAT_FIELD_SECONDS : 0) | (r.uses ? 1ull << CHAT_FIELD_USES : 0);
    upd_dialog_ask(m, INVITED, EVENT_ROOM_INVITE, &r, fx);
}

/* Only what is changed is sent: two people do not undo each other's. */
static void submit(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    const struct room *room = upd_dialog_room(m);
    struct chat_request r = upd_dialog_request(m);
    if (d->choices[MENU_TAB] >= MENU_BANS && room && room_menu_may_see(m, room))
        return;
    if (d->choices[MENU_TAB] == MENU_INVITES) {
        invite(m, fx);
        return;
    }
    if (!room || !room_menu_may_manage(m, room) ||
        !upd_dialog_wants(m, DOM_FIELD_ROOM_NAME, WORD_ROOM_NAME_WANTED, &r.name))
        return;
    r.topic = text_trim(dialog_text(d, DOM_FIELD_ROOM_TOPIC));
    if (!slice_eq(r.name, text_trim(dialog_followed(d, DOM_FIELD_ROOM_NAME))))
        r.has |= 1ull << CHAT_FIELD_NAME;
    if (!slice_eq(r.topic, text_trim(dialog_followed(d, DOM_FIELD_ROOM_TOPIC))))
        r.has |= 1ull << CHAT_FIELD_TOPIC;
    if (r.has == 1ull << CHAT_FIELD_ROOM)
        upd_dialog_close(m);
    else
        upd_dialog_ask(m, SAVED, EVENT_ROOM_UPDATE, &r, fx);
}

/* A ban or a mute of somebody. */
static void lift(struct model *m, enum event_id event, uint64_t user, struct effects *fx)
{
    struct chat_request r = upd_dialog_request(m);
    r.has |= 1ull << CHAT_FIELD_USER | 1ull << CHAT_FIELD_ON;
    r.user = (int64_t)user;
    upd_dialog_ask(m, LIFTED, event, &r, fx);
}

/* With the row of that report. */
static void judge(struct model *m, const struct action_click *c, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    struct chat_request r = upd_dialog_request(m);
    struct room *room = upd_dialog_room(m);
    for (uint32_t i = 0; room && i < d->rows_n; i++) {
        if (d->rows[i].id != (int64_t)c->key)
            continue;
        if (c->act == DOM_ACT_REPORT_SHOW) {
            int64_t seq = d->rows[i].seq;
            upd_dialog_leave(m);
            upd_history_go(m, room, seq, fx);
        } else if (c->act == DOM_ACT_REPORT_DELETE) {
            d->about = d->rows[i].seq;
            d->at = i;
            upd_dialog_confirm(m, DOM_ACT_REPORT_DELETE);
        } else {
            r.has |= 1ull << CHAT_FIELD_REPORT_ID | 1ull << CHAT_FIELD_OUTCOME;
            r.report_id = d->rows[i].id;
            r.outcome = CHAT_OUTCOME_DISMISSED;
            upd_dialog_ask(m, JUDGED, EVENT_REPORT_CLOSE, &r, fx);
        }
        return;
    }
}

static bool click(struct model *m, const struct action *a, struct effects *fx)
{
    struct chat_request r = upd_dialog_request(m);
    switch (a->click.act) {
    case DOM_ACT_LEAVE:
    case DOM_ACT_ARCHIVE:
        upd_dialog_confirm(m, a->click.act);
        return true;
    case DOM_ACT_INVITE_REVOKE:
        r.has |= 1ull << CHAT_FIELD_INVITE_ID;
        r.invite_id = (int64_t)a->click.key;
        upd_dialog_ask(m, REVOKED, EVENT_ROOM_REVOKE, &r, fx);
        return true;
    case DOM_ACT_ROOM_UNBAN:
    case DOM_ACT_ROOM_MUTE:
        lift(m, a->click.act == DOM_ACT_ROOM_MUTE ? EVENT_ROOM_MUTE : EVENT_ROOM_BAN, a->click.key,
             fx);
        return true;
    case DOM_ACT_REPORT_SHOW:
    case DOM_ACT_REPORT_DELETE:
    case DOM_ACT_REPORT_DISMISS:
        judge(m, &a->click, fx);
        return true;
    case DOM_ACT_MEMBERS:
        upd_dialog_leave(m);
        upd_panel_open(m, PANEL_MEMBERS, DOM_NODE_MEMBERS_BUTTON, fx);
        return true;
    default:
        return false;
    }
}

static void confirmed(struct model *m, enum dom_act what, struct effects *fx)
{
    struct chat_request r = upd_dialog_request(m);
    const struct room *room = upd_dialog_room(m);
    if (!room)
        return;
    if (what == DOM_ACT_LEAVE) {
        upd_dialog_ask(m, LEFT, EVENT_ROOM_LEAVE, &r, fx);
        return;
    }
    if (what == DOM_ACT_REPORT_DELETE) {
        r.has |= 1ull << CHAT_FIELD_SEQ;
        r.seq = m->dialog.about;
        upd_dialog_confirm(m, (enum dom_act)0);
        upd_dialog_ask(m, JUDGED, EVENT_DELETE, &r, fx);
        return;
    }
    r.has |= 1ull << CHAT_FIELD_ARCHIVED;
    r.archived = !room->r.archived;
    upd_dialog_ask(m, ARCHIVED, EVENT_ROOM_UPDATE, &r, fx);
}

/* The answer comes before the room's own news. */
static void slowed(struct model *m, struct json_in *in)
{
    struct room *room = upd_dialog_room(m);
    struct json_in one;
    struct slice raw;
    if (!room || !json_in_raw(in, "room", &raw))
        return;
    json_in_start(&one, raw, in->arena);
    room->r.slow = 0;
    json_in_int(&one, "slow", 0, CHAT_SLOW_SECONDS_MAX, &room->r.slow);
    settle(m);
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    switch (what) {
    case DIALOG_LIST:
        invites_put(&m->dialog, in);
        bans_put(m, in);
        reports_put(m, in);
        break;
    case INVITED:
        invites_link(m, in);
        list(m, fx);
        break;
    case LIFTED:
        m->dialog.done = WORD_LIFTED;
        list(m, fx);
        break;
    case REVOKED:
    case JUDGED:
        list(m, fx);
        break;
    case SLOWED:
        slowed(m, in);
        break;
    case NOTIFIED:
        break;
    case ARCHIVED:
        upd_dialog_leave(m);
        break;
    default:
        upd_dialog_close(m);
        break;
    }
}

const struct dialog_how dialog_room_menu = {
    .keeps = true,
    .open = open,
    .settle = settle,
    .chosen = chosen,
    .submit = submit,
    .click = click,
    .confirmed = confirmed,
    .answer = answer,
};
