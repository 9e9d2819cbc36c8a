/* Somebody's card. */
#include "view_dialog_kinds.h"

#include "bans.h"
#include "caltime.h"
#include "dialog_person.h"
#include "text.h"
#include "upd_dialog.h"
#include "view_text.h"

static void card(const struct dialog_view *v, const struct person *p)
{
    struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_CARD, 1);
    view_avatar(v->t, n, DOM_SLOT_AVATAR, p);
    view_words(v->m, v->t, n, DOM_SLOT_LABEL, WORD_CARD_LINE, p->name,
               view_dialog_word(v, person_presence(p)));
    vtree_text(v->t, n, DOM_SLOT_BADGE, view_role(v->m, p->role));
    vtree_text(v->t, n, DOM_SLOT_MORE, p->status);
}

static void bio(const struct dialog_view *v, const struct person *p)
{
    struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_TEXT, WORD_SET_BIO);
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_KIND, SL("bio"));
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_DIR, SL("auto"));
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, SL("person-bio"));
    vtree_text(v->t, n, DOM_SLOT_LABEL, p->bio);
}

/* With the day, when it is another one there. */
static void local_time(const struct dialog_view *v, const struct person *p)
{
    const struct model *m = v->m;
    int32_t zone_min = v->d->zone_min;
    int64_t day = caltime_day(m->wall_ms, zone_min);
    struct caltime_text clock, label = {.n = 0};
    struct buf when = {.max = sizeof clock.p + sizeof label.p};
    struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_TEXT, WORD_LOCAL_TIME);
    caltime_clock(m->wall_ms, zone_min, m->hour12, &clock);
    if (day != caltime_day(m->wall_ms, m->utc_offset_min))
        caltime_day_label(&m->words, day, day + 2, &label); /* by its date */
    if (words_put(&m->words, &when, WORD_DAY_CLOCK, caltime_slice(&label), caltime_slice(&clock)))
        v->t->failed = true;
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, SL("person-time"));
    view_words(m, v->t, n, DOM_SLOT_LABEL, WORD_LOCAL_TIME, text_trim(buf_peek(&when)), p->zone);
    buf_fini(&when);
}

static void about(const struct dialog_view *v, const struct person *p)
{
    int32_t away_min = v->d->zone_min - v->m->utc_offset_min;
    if (p->bio.n)
        bio(v, p);
    if (p->presence == CHAT_OFFLINE && p->seen_ms)
        view_dialog_time(v, NULL, WORD_PERSON_SEEN, p->seen_ms);
    if (v->d->zoned && (away_min >= PERSON_FAR_MIN || away_min <= -PERSON_FAR_MIN))
        local_time(v, p);
}

/* Roles that are below mine can be given, and the room as a whole. */
static void roles(const struct dialog_view *v, const struct room *room)
{
    static const enum word words[] = {WORDS_N, WORD_ROLE_MEMBER, WORD_ROLE_MOD, WORD_ROLE_ADMIN,
                                      WORD_ROLE_OWNER};
    unsigned n = upd_dialog_role(v->m, room);
    view_dialog_choice(v, PERSON_ROLE, WORD_PERSON_ROLE, words, n);
    if (person_may_hand_over(v->m))
        view_dialog_button(v, view_dialog_further_buttons(v, 0), DOM_ACT_ROOM_HAND_OVER, 0,
                           WORD_MAKE_OWNER, false);
}

/* row: NULL, not a member. */
static void moderate(const struct dialog_view *v, const struct dialog_row *row)
{
    static const enum word times[] = {WORD_TIME_MINUTES, WORD_TIME_HOUR, WORD_TIME_DAY,
                                      WORD_TIME_WEEK, WORD_TIME_EVER};
    bool muted = row && row->until_ms > v->m->wall_ms;
    if (muted && bans_for_good(row->until_ms))
        view_dialog_text(v, WORD_MUTED_EVER);
    else if (muted)
        view_dialog_time(v, NULL, WORD_MUTED_UNTIL, row->until_ms);
    view_dialog_choice(v, PERSON_TIME, WORD_PERSON_TIME, times, 5);
    struct vnode *line = view_dialog_buttons(v);
    if (row) {
        view_dialog_button(v, line, DOM_ACT_ROOM_MUTE, 0, muted ? WORD_UNMUTE : WORD_MUTE, false);
        view_dialog_button(v, line, DOM_ACT_ROOM_KICK, 0, WORD_KICK, true);
    }
    view_dialog_button(v, line, DOM_ACT_ROOM_BAN, 0, WORD_BAN, true);
}

static void in_room(const struct dialog_view *v, const struct room *room)
{
    const struct dialog_row *row = person_member(v->m);
    if (row)
        view_dialog_text_of(v, WORD_PERSON_HERE, room_shown(room));
    else if (v->d->list == LIST_LOADED)
        view_dialog_text_of(v, WORD_PERSON_NOT_HERE, room_shown(room));
    if (person_may_rank(v->m))
        roles(v, room);
    if (person_may_ban(v->m))
        moderate(v, row);
}

/* Whoever owns the room himself gives it away. */
static void confirm(const struct dialog_view *v, const struct person *p, const struct room *room)
{
    bool mine = room && room->r.joined && room->r.room_role == CHAT_OWNER;
    if (v->d->confirm == DOM_ACT_ROOM_HAND_OVER)
        view_dialog_confirm(v, mine ? WORD_HAND_OVER_TEXT : WORD_MAKE_OWNER_TEXT, person_shown(p),
                            WORD_MAKE_OWNER);
    else if (v->d->confirm == DOM_ACT_ROOM_BAN)
        view_dialog_confirm(v, WORD_BAN_TEXT, person_shown(p), WORD_BAN);
    else
        view_dialog_confirm(v, WORD_KICK_TEXT, person_shown(p), WORD_KICK);
}

void view_dialog_person(const struct dialog_view *v)
{
    const struct person *p = people_find(&v->m->people, v->d->about);
    const struct room *room = upd_dialog_room(v->m);
    vtree_attr(v->t, v->body, DOM_SLOT_CHILDREN, DOM_ATTR_TEST_ID, SL("profile-card"));
    vtree_text(v->t, v->body, DOM_SLOT_LABEL,
               p ? person_shown(p) : view_dialog_word(v, WORD_SOMEONE));
    if (!p)
        return;
    if (v->d->confirm) {
        confirm(v, p, room);
        return;
    }
    card(v, p);
    about(v, p);
    if (p->id != v->m->session.me.id) {
        struct vnode *line = vtree_row(v->t, v->body, DOM_TEMPLATE_BUTTONS, 1);
        if (room && room_writable(room))
            view_dialog_button(v, line, DOM_ACT_MENTION, 0, WORD_MENTION, false);
        if (!room || room->with != p)
            view_dialog_button(v, line, DOM_ACT_MESSAGE_PERSON, 0, WORD_WRITE, false);
        view_dialog_button(v, line, DOM_ACT_BLOCK, 0, p->blocked ? WORD_UNBLOCK : WORD_BLOCK,
                           false);
        if (p->blocked)
            view_dialog_text(v, WORD_BLOCKED_TEXT);
    }
    if (room && room->r.kind != CHAT_DM)
        in_room(v, room);
}
