/* Somebody's card: who it is, and what can be done with him here. */
#include "dialog_person.h"

#include "dialog_kinds.h"
#include "json.h"
#include "upd_composer.h"
#include "upd_presence.h"
#include "upd_rooms.h"

#define PROFILE_BYTES_MAX (64u << 10)

enum { DONE = DIALOG_SUBMIT, WRITE = DIALOG_FURTHER, BLOCKED };

const struct dialog_row *person_member(const struct model *m)
{
    const struct dialog *d = &m->dialog;
    return d->rows_n && d->rows[0].id == d->about ? &d->rows[0] : NULL;
}

/* The server's rules, may.c. Whoever is not in the room has no role there. */
static bool outranks(const struct model *m, enum chat_role least)
{
    const struct room *room = upd_dialog_room(m);
    const struct dialog_row *row = person_member(m);
    const struct person *p = people_find(&m->people, m->dialog.about);
    if (!room || room->r.kind == CHAT_DM || room->r.archived || !p || p->id == m->session.me.id)
        return false;
    enum chat_role role = upd_dialog_role(m, room), other = row ? row->role : CHAT_GUEST;
    if (room->r.kind == CHAT_PUBLIC && p->role > other)
        other = p->role;
    return role >= least && role > other;
}

bool person_may_ban(const struct model *m)
{
    return (person_member(m) || m->dialog.list == LIST_LOADED) && outranks(m, CHAT_MOD);
}

bool person_may_rank(const struct model *m)
{
    return person_member(m) && outranks(m, CHAT_ADMIN);
}

bool person_may_hand_over(const struct model *m)
{
    return person_may_rank(m) && upd_dialog_role(m, upd_dialog_room(m)) == CHAT_OWNER;
}

static void settle(struct model *m)
{
    const struct dialog_row *row = person_member(m);
    if (row)
        m->dialog.choices[PERSON_ROLE] = (uint8_t)row->role;
}

/* Members are listed by their ids: the one behind the id before is the one. */
static void ask(struct model *m, struct effects *fx)
{
    const struct room *room = upd_dialog_room(m);
    struct chat_request r = upd_dialog_request(m);
    if (!room)
        return;
    r.has |= 1ull << CHAT_FIELD_AFTER | 1ull << CHAT_FIELD_LIMIT;
    r.after = m->dialog.about - 1;
    r.limit = 1;
    upd_dialog_list(m, EVENT_ROOM_MEMBERS, &r, fx);
}

static void ask_zone(const struct model *m, struct effects *fx)
{
    const struct person *p = people_find(&m->people, m->dialog.about);
    if (p && p->zone.n)
        effects_add(fx, (struct effect){.type = EFFECT_ZONE, .id = p->id, .text = p->zone});
}

static void open(struct model *m, struct effects *fx)
{
    const struct chat_request r = {.has = 1ull << CHAT_FIELD_USER, .user = m->dialog.about};
    m->dialog.choices[PERSON_TIME] = 1;
    ask(m, fx);
    effects_ask(fx, (struct ask){.kind = ASK_PROFILE}, EVENT_USER, r);
    ask_zone(m, fx);
}

struct person *person_take(struct model *m, struct slice json)
{
    struct arena arena;
    struct json_in in, presence;
    struct chat_user user;
    struct person *p = NULL;
    struct slice raw;
    arena_init(&arena, PROFILE_BYTES_MAX);
    json_in_start(&in, json, &arena);
    if (json_in_raw(&in, "user", &raw) && chat_user_decode(raw, &arena, &user) == ERR_OK)
        p = people_learn(&m->people, &user);
    if (json_in_raw(&in, "presence", &raw) && json_type_of(raw) == JSON_OBJECT) {
        json_in_start(&presence, raw, &arena);
        upd_presence_take(m, &presence);
    }
    arena_fini(&arena);
    return p;
}

void person_told(struct model *m, const struct action_answer *a, struct effects *fx)
{
    if (a->answer->result != ERR_OK || !a->answer->ok)
        return;
    (void)person_take(m, a->answer->json);
    if (m->dialog.kind == DIALOG_PERSON)
        ask_zone(m, fx);
}

enum word person_presence(const struct person *p)
{
    return p->presence == CHAT_ONLINE ? WORD_ONLINE
           : p->presence == CHAT_IDLE ? WORD_IDLE
                                      : WORD_OFFLINE;
}

void person_zone(struct model *m, const struct action_zone *zone)
{
    struct dialog *d = &m->dialog;
    if (d->kind == DIALOG_PERSON && d->about == zone->id) {
        d->zoned = zone->known;
        d->zone_min = zone->offset_min;
    }
}

/* How long, in seconds; 0: for good. */
static int64_t seconds(const struct model *m)
{
    static const int64_t times[] = {600, 3600, 86400, 7 * 86400, 0};
    return times[m->dialog.choices[PERSON_TIME] % 5];
}

static void act_on(struct model *m, enum event_id event, struct chat_request r, struct effects *fx)
{
    r.has |= 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_USER;
    r.room = m->dialog.room;
    r.user = m->dialog.about;
    if (r.seconds)
        r.has |= 1ull << CHAT_FIELD_SECONDS;
    upd_dialog_ask(m, DONE, event, &r, fx);
}

static void rank(struct model *m, enum chat_role role, struct effects *fx)
{
    act_on(m, EVENT_ROOM_ROLE, (struct chat_request){.has = 1ull << CHAT_FIELD_ROLE, .role = role},
           fx);
}

static void chosen(struct model *m, unsigned group, struct effects *fx)
{
    if (group == PERSON_ROLE && person_may_rank(m))
        rank(m, (enum chat_role)m->dialog.choices[PERSON_ROLE], fx);
}

static bool click(struct model *m, const struct action *a, struct effects *fx)
{
    const struct dialog_row *row = person_member(m);
    const struct person *p = people_find(&m->people, m->dialog.about);
    switch (a->click.act) {
    case DOM_ACT_MESSAGE_PERSON:
        upd_dialog_ask(
            m, WRITE, EVENT_DM,
            &(struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user = m->dialog.about}, fx);
        return true;
    case DOM_ACT_BLOCK:
        if (p)
            upd_dialog_block(m, BLOCKED, p, fx);
        return true;
    case DOM_ACT_MENTION:
        upd_dialog_close(m);
        if (p)
            upd_composer_mention(m, p->name, fx);
        return true;
    case DOM_ACT_ROOM_KICK:
    case DOM_ACT_ROOM_BAN:
    case DOM_ACT_ROOM_HAND_OVER:
        upd_dialog_confirm(m, a->click.act);
        return true;
    case DOM_ACT_ROOM_MUTE:
        if (row)
            act_on(m, EVENT_ROOM_MUTE,
                   (struct chat_request){.has = 1ull << CHAT_FIELD_ON,
                                         .on = row->until_ms <= m->wall_ms,
                                         .seconds = row->until_ms > m->wall_ms ? 0 : seconds(m)},
                   fx);
        return true;
    default:
        return false;
    }
}

static void confirmed(struct model *m, enum dom_act what, struct effects *fx)
{
    if (what == DOM_ACT_ROOM_HAND_OVER)
        rank(m, CHAT_OWNER, fx);
    else if (what == DOM_ACT_ROOM_KICK)
        act_on(m, EVENT_ROOM_KICK, (struct chat_request){0}, fx);
    else
        act_on(
            m, EVENT_ROOM_BAN,
            (struct chat_request){.has = 1ull << CHAT_FIELD_ON, .on = true, .seconds = seconds(m)},
            fx);
}

static void put_member(struct model *m, struct json_in *in)
{
    struct dialog *d = &m->dialog;
    struct slice raw, item;
    struct json_iter it;
    struct chat_user user;
    if (!json_in_raw(in, "members", &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    json_iter_init(&it, raw);
    if (!json_iter_next(&it, NULL, &item) || chat_user_decode(item, &d->arena, &user) != ERR_OK)
        return;
    struct dialog_row *row = dialog_add_row(d, user.id, SL(""), SL(""));
    row->person = people_learn(&m->people, &user);
    row->role = user.room_role;
    row->until_ms = user.muted_until_ms;
    if (row->person && user.has_member)
        row->person->presence = user.presence;
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    if (what == WRITE) {
        upd_dialog_enter(m, in, fx);
        return;
    }
    if (what == BLOCKED) {
        upd_dialog_blocked(m, in);
        return;
    }
    if (what == DIALOG_LIST) {
        put_member(m, in);
        settle(m);
        return;
    }
    if (m->dialog.confirm == DOM_ACT_ROOM_BAN)
        m->dialog.done = WORD_BANNED; /* of somebody who was not there, nothing else tells it */
    m->dialog.confirm = (enum dom_act)0;
    ask(m, fx);
}

const struct dialog_how dialog_person = {
    .open = open,
    .settle = settle,
    .chosen = chosen,
    .click = click,
    .confirmed = confirmed,
    .answer = answer,
};
