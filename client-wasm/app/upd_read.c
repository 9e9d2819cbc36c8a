/* See upd_read.h. */
#include "upd_read.h"

#include "json_in.h"

#define READ_TELL_MS 1000

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
    if (!room || !msg || !m->focused || msg->seq <= room->seen_seq)
        return;
    room->seen_seq = msg->seq;
    if (m->read_due_ms == INT64_MAX)
        m->read_due_ms = m->now_ms + READ_TELL_MS;
}

void upd_read_all(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room)
        return;
    room->marker_seq = room->sticky_seq = 0;
    room->seen_seq = room->r.seq;
    tell(m, room, fx);
}

void upd_read_unread(struct model *m, const struct message *msg, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room || msg->seq == 0 || m->conn.state != CONN_LIVE)
        return;
    room->marker_seq = msg->seq - 1;
    room->sticky_seq = msg->seq;
    m->read_due_ms = INT64_MAX;
    /* The server keeps the greatest; what is unread again is the page's own until the room is left. */
    room->r.unread = room->r.seq - msg->seq + 1;
    (void)fx;
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

void upd_read_answer(struct model *m, const struct action_answer *a)
{
    struct room *room = rooms_find(&m->rooms, a->ask.room);
    struct json_in in;
    if (!room)
        return;
    if (a->answer->result != ERR_OK || !a->answer->ok) {
        room->read_told_seq = room->r.read_seq; /* to be told again */
        return;
    }
    json_in_start(&in, a->answer->json, NULL);
    json_in_int(&in, "read_seq", 0, CHAT_ID_MAX, &room->r.read_seq);
    json_in_int(&in, "unread", 0, CHAT_ID_MAX, &room->r.unread);
    json_in_int(&in, "mentions", 0, CHAT_ID_MAX, &room->r.mentions);
}

void upd_read_tick(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (m->read_due_ms > m->now_ms)
        return;
    m->read_due_ms = INT64_MAX;
    if (room)
        tell(m, room, fx);
}
