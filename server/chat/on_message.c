/* Messages: what is answered to those who write and read them. See on_event.h. */
#include "on_event.h"

#include "chat_json.h"
#include "people.h"
#include "typing.h"

void write_sent(const struct call *call, struct json_out *o)
{
    const struct store_result *out = &call->r->out;
    json_out_int(o, "room", call->r->in.room);
    json_out_int(o, "seq", out->seq);
    json_out_int(o, "ev", out->ev);
    json_out_int(o, "ts", out->ts);
    if (out->dup) {
        json_out_bool(o, "dup", true);
    }
}

void after_sent(struct call *call)
{
    typing_stop(call->c, call->r->in.room, call->r->actor);
}

void write_edited(const struct call *call, struct json_out *o)
{
    json_out_int(o, "ev", call->r->out.ev);
    json_out_int(o, "rev", call->r->out.rev);
}

void write_changed(const struct call *call, struct json_out *o)
{
    json_out_int(o, "ev", call->r->out.ev);
}

void write_history(const struct call *call, struct json_out *o)
{
    const struct store_result *out = &call->r->out;
    chat_json_messages(o, "messages", out->messages, out->messages_n);
    json_out_int(o, "min_seq", out->min_seq);
    json_out_int(o, "max_seq", out->max_seq);
}

void write_sync(const struct call *call, struct json_out *o)
{
    const struct store_result *out = &call->r->out;
    json_out_int(o, "ev", out->ev);
    if (out->reset) {
        json_out_object(o, "reset");
        chat_json_messages(o, "messages", out->messages, out->messages_n);
        json_out_object_end(o);
    } else {
        chat_json_events(o, "delta", out->events, out->events_n);
    }
}

void write_read(const struct call *call, struct json_out *o)
{
    json_out_int(o, "read_seq", call->r->out.read_seq);
    json_out_int(o, "unread", call->r->out.unread);
    json_out_int(o, "mentions", call->r->out.mentions);
}

void write_hits(const struct call *call, struct json_out *o)
{
    chat_json_messages(o, "hits", call->r->out.messages, call->r->out.messages_n);
}

/* The store has said that it may be sent to the room. A socket that has left the room since is not heard there any more. */
void after_typing(struct call *call)
{
    char room[CHAT_ROOM_TEXT];
    struct conn *conn = call->conn;
    const struct store_result *out = &call->r->out;
    bool is_small = out->rooms_n == 0 || out->rooms[0].members <= CHAT_TYPING_MEMBERS_MAX;
    if (conn->is_in && tincan_in(conn->socket, chat_room_text(room, 'r', call->r->in.room))) {
        typing_set(conn, call->r->in.room, call->r->in.on && is_small);
    }
}
