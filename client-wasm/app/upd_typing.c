/* See upd_typing.h. */
#include "upd_typing.h"

#include <string.h>

#define TYPING_SAY_MS 3000 /* said again at most so often */

static void say(struct room *room, bool on, struct effects *fx)
{
    struct chat_request r = {
        .has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_ON, .room = room->r.id, .on = on};
    effects_ask(fx, (struct ask){ASK_NOTHING, room->r.id, 0}, EVENT_TYPING, r);
}

void upd_typing_typed(struct model *m, struct room *room, struct effects *fx)
{
    bool told = room->typed_told_ms && m->now_ms - room->typed_told_ms < TYPING_SAY_MS;
    if (told || m->conn.state != CONN_LIVE || room->r.members > CHAT_TYPING_MEMBERS_MAX)
        return;
    room->typed_told_ms = m->now_ms;
    say(room, true, fx);
}

void upd_typing_stop(struct model *m, struct room *room, struct effects *fx)
{
    if (room->typed_told_ms && m->conn.state == CONN_LIVE)
        say(room, false, fx);
    room->typed_told_ms = 0;
}

void upd_typing_said(struct room *room, int64_t user)
{
    for (uint32_t i = 0; i < room->typing_n; i++) {
        if (room->typing[i].user == user) {
            room->typing_n--;
            memmove(room->typing + i, room->typing + i + 1,
                    (room->typing_n - i) * sizeof *room->typing);
            return;
        }
    }
}

void upd_typing_told(struct model *m, const struct action_typing *t)
{
    struct room *room = rooms_find(&m->rooms, t->room);
    if (!room || t->from == m->session.me.id)
        return;
    upd_typing_said(room, t->from);
    const struct person *by = people_find(&m->people, t->from);
    if (by && by->blocked)
        return;
    if (t->on && room->typing_n < ROOM_TYPING_MAX)
        room->typing[room->typing_n++] = (struct typist){t->from, m->now_ms + TYPING_TTL_MS};
}

void upd_typing_tick(struct model *m)
{
    struct room *room = model_open(m);
    while (room && room->typing_n && room->typing[0].until_ms <= m->now_ms)
        upd_typing_said(room, room->typing[0].user);
}

int64_t upd_typing_wake_ms(const struct model *m)
{
    const struct room *room = model_open(m);
    return room && room->typing_n ? room->typing[0].until_ms : INT64_MAX;
}
