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

/* --- drafts --- */

/* Without a text it is only asked for. */
bool before_draft(struct call *call, struct chat_refusal *why)
{
    (void)why;
    if (!CHAT_HAS(&call->r->in, CHAT_FIELD_TEXT)) {
        call->r->op = STORE_DRAFT_GET;
    }
    return true;
}

void write_draft(const struct call *call, struct json_out *o)
{
    chat_json_draft(o, &call->r->out.draft);
}

/* --- pages --- */

static size_t bytes_of(const struct chat_message *m)
{
    size_t bytes = 400 + m->text.n; /* beside text, reactions and files, it is small */
    for (uint32_t i = 0; i < m->reactions_n; i++) {
        bytes += 40 + m->reactions[i].emoji.n + 10 * (size_t)m->reactions[i].users_n;
    }
    for (uint32_t i = 0; i < m->files_n; i++) {
        bytes += 140 + m->files[i].name.n + m->files[i].type.n + m->files[i].alt.n;
    }
    return bytes;
}

/* As many of n messages around one of them as fit into an answer: *first, and how many. */
static uint32_t fitting(const struct chat_message *messages, uint32_t n, uint32_t anchor,
                        uint32_t *first)
{
    uint32_t low = anchor, high = anchor + 1; /* low..high - 1 are in */
    size_t bytes = n > 0 ? bytes_of(&messages[anchor]) : 0;
    bool left = true, right = true;
    while (left || right) {
        left = left && low > 0 && bytes + bytes_of(&messages[low - 1]) <= CHAT_PAGE_BYTES_MAX;
        if (left) {
            bytes += bytes_of(&messages[--low]);
        }
        right = right && high < n && bytes + bytes_of(&messages[high]) <= CHAT_PAGE_BYTES_MAX;
        if (right) {
            bytes += bytes_of(&messages[high++]);
        }
    }
    *first = low;
    return n > 0 ? high - low : 0;
}

/* Where a page of history is held, when not all of it fits. */
static uint32_t anchor_of(const struct chat_request *in, const struct store_result *out)
{
    uint32_t last = out->messages_n > 0 ? out->messages_n - 1 : 0, i = 0;
    if (CHAT_HAS(in, CHAT_FIELD_AFTER)) {
        return 0;
    }
    if (!CHAT_HAS(in, CHAT_FIELD_AROUND)) {
        return last;
    }
    while (i < last && out->messages[i].seq < in->around) {
        i++;
    }
    return i;
}

void write_history(const struct call *call, struct json_out *o)
{
    const struct store_result *out = &call->r->out;
    uint32_t first;
    uint32_t n = fitting(out->messages, out->messages_n, anchor_of(&call->r->in, out), &first);
    chat_json_messages(o, "messages", out->messages + first, n);
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
    const struct store_result *out = &call->r->out;
    uint32_t first;
    uint32_t n = fitting(out->messages, out->messages_n, 0, &first);
    chat_json_messages(o, "hits", out->messages + first, n);
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
