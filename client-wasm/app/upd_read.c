/* See upd_read.h. */
#include "upd_read.h"

#include "json_in.h"

#define READ_TELL_MS    1000
#define UNREAD_AGAIN_MS 5000

static void tell(struct model *m, struct room *room, struct effects *fx)
{
    int64_t seq = room->seen_seq;
    m->read_due_ms = INT64_MAX;
    if (seq <= room->r.read_seq || seq <= room->read_told_seq || m->conn.state != CONN_LIVE ||
        room->sticky_seq || !room->r.joined)
        return;
    struct chat_request r = {
        .has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SEQ, .room = room->r.id, .seq = seq};
    if (effects_ask(fx, (struct ask){ASK_READ, room->r.id, seq}, EVENT_READ, r))
        room->read_told_seq = seq;
}

void upd_read_seen(struct model *m, uint64_t key)
{
    struct room *room = model_open(m);
    struct message *msg = model_message(m, key);
    if (!room || !msg)
        return;
    room->view_seq = msg->seq;
    if (!m->focused || room->sticky_seq || msg->seq <= room->seen_seq)
        return;
    room->seen_seq = msg->seq;
    room->untold_seq = 0;
    if (m->read_due_ms == INT64_MAX)
        m->read_due_ms = m->now_ms + READ_TELL_MS;
}

void upd_read_all(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room)
        return;
    room->marker_seq = room->sticky_seq = room->untold_seq = 0;
    room->seen_seq = room->r.seq;
    tell(m, room, fx);
}

/* The server keeps it, for all devices. */
static void tell_unread(struct model *m, struct room *room, struct effects *fx)
{
    int64_t seq = room->untold_seq - 1;
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SEQ |
                                    1ull << CHAT_FIELD_ON,
                             .room = room->r.id,
                             .seq = seq,
                             .on = true};
    if (room->untold_seq && m->resumed && m->conn.state == CONN_LIVE)
        effects_ask(fx, (struct ask){ASK_UNREAD, room->r.id, seq}, EVENT_READ, r);
}

/* Reading does not go past seq any more, until the room is left. */
static void stick(struct room *room, int64_t seq)
{
    room->marker_seq = room->seen_seq = room->read_told_seq = seq - 1;
    room->sticky_seq = seq;
}

void upd_read_unread(struct model *m, const struct message *msg, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room || msg->seq == 0 || !room->r.joined)
        return;
    m->read_due_ms = INT64_MAX;
    stick(room, msg->seq);
    room->untold_seq = msg->seq;
    room->r.read_seq = msg->seq - 1;
    room->r.unread = room->r.seq - msg->seq + 1; /* about so many; the answer knows */
    tell_unread(m, room, fx);
}

void upd_read_unread_told(struct model *m, int64_t id)
{
    struct room *room = rooms_find(&m->rooms, id);
    if (!room || room->sticky_seq)
        return;
    room->seen_seq = room->read_told_seq = room->r.read_seq;
    if (id == m->open)
        stick(room, room->r.read_seq + 1);
}

void upd_read_resumed(struct model *m, struct effects *fx)
{
    for (uint32_t i = 0; i < m->rooms.n; i++)
        tell_unread(m, m->rooms.at[i], fx);
}

void upd_read_leave(struct model *m, struct room *room, struct effects *fx)
{
    tell(m, room, fx);
}

void upd_read_told(struct model *m, struct room *room)
{
    (void)m;
    if (room->r.read_seq > room->read_told_seq)
        room->read_told_seq = room->r.read_seq;
}

static void take_counts(struct room *room, struct slice json)
{
    struct json_in in;
    json_in_start(&in, json, NULL);
    json_in_int(&in, "read_seq", 0, CHAT_ID_MAX, &room->r.read_seq);
    json_in_int(&in, "unread", 0, CHAT_ID_MAX, &room->r.unread);
    json_in_int(&in, "mentions", 0, CHAT_ID_MAX, &room->r.mentions);
}

void upd_read_answer(struct model *m, const struct action_answer *a)
{
    const struct chat_answer *answer = a->answer;
    struct room *room = rooms_find(&m->rooms, a->ask.room);
    bool unread = a->ask.kind == ASK_UNREAD, good = answer->result == ERR_OK && answer->ok;
    if (!room)
        return;
    if (good)
        take_counts(room, answer->json);
    else if (!unread)
        room->read_told_seq = room->r.read_seq; /* to be told again */
    else if (answer->result != ERR_OK || answer->why.retry == CHAT_RETRY_same)
        m->read_due_ms = m->now_ms + UNREAD_AGAIN_MS;
    else
        good = true; /* it will never be taken */
    if (unread && good && room->untold_seq == a->ask.number + 1)
        room->untold_seq = 0;
}

void upd_read_tick(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (m->read_due_ms > m->now_ms)
        return;
    m->read_due_ms = INT64_MAX;
    if (room)
        tell(m, room, fx);
    upd_read_resumed(m, fx);
}
