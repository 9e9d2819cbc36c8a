/* See chat_json.h. */
#include "chat_json.h"

#include "token.h"

/* The key, and what stands before it; the value is appended by its own encoder. */
static bool begin(struct json_out *o, const char *key)
{
    json_out_raw(o, key, SL(""));
    return o->err == ERR_OK;
}

void chat_json_user(struct json_out *o, const char *key, const struct chat_user *user)
{
    if (begin(o, key)) {
        o->err = chat_user_encode(user, o->buf);
    }
}

void chat_json_room(struct json_out *o, const char *key, const struct chat_room *room)
{
    if (begin(o, key)) {
        o->err = chat_room_encode(room, o->buf);
    }
}

void chat_json_message(struct json_out *o, const char *key, const struct chat_message *message)
{
    if (begin(o, key)) {
        o->err = chat_message_encode(message, o->buf);
    }
}

void chat_json_draft(struct json_out *o, const struct store_draft *draft)
{
    json_out_int(o, "rev", draft->rev);
    json_out_text(o, "text", draft->text);
    if (draft->reply_to > 0) {
        json_out_int(o, "reply_to", draft->reply_to);
    }
}

void chat_json_file(struct json_out *o, const char *key, const struct chat_file *file)
{
    if (begin(o, key)) {
        o->err = chat_file_encode(file, o->buf);
    }
}

static void put_event(struct json_out *o, const char *key, const struct chat_event *event)
{
    if (begin(o, key)) {
        o->err = chat_event_encode(event, o->buf);
    }
}

/* --- arrays --- */

void chat_json_users(struct json_out *o, const char *key, const struct chat_user *users, uint32_t n)
{
    json_out_array(o, key);
    for (uint32_t i = 0; i < n; i++) {
        chat_json_user(o, NULL, &users[i]);
    }
    json_out_array_end(o);
}

void chat_json_rooms(struct json_out *o, const char *key, const struct chat_room *rooms, uint32_t n)
{
    json_out_array(o, key);
    for (uint32_t i = 0; i < n; i++) {
        chat_json_room(o, NULL, &rooms[i]);
    }
    json_out_array_end(o);
}

void chat_json_messages(struct json_out *o, const char *key, const struct chat_message *messages,
                        uint32_t n)
{
    json_out_array(o, key);
    for (uint32_t i = 0; i < n; i++) {
        chat_json_message(o, NULL, &messages[i]);
    }
    json_out_array_end(o);
}

void chat_json_events(struct json_out *o, const char *key, const struct chat_event *events,
                      uint32_t n)
{
    json_out_array(o, key);
    for (uint32_t i = 0; i < n; i++) {
        put_event(o, NULL, &events[i]);
    }
    json_out_array_end(o);
}

void chat_json_invite(struct json_out *o, const char *key, const struct store_invite *invite,
                      const char *token)
{
    char path[sizeof "/#/invite/" + TOKEN_RANDOM_TEXT];
    json_out_object(o, key);
    json_out_int(o, "id", invite->id);
    if (token) {
        snprintf(path, sizeof path, "/#/invite/%s", token);
        json_out_text(o, "token", slice_str(token));
        json_out_text(o, "path", slice_str(path));
    } else {
        json_out_int(o, "by", invite->by);
    }
    json_out_int(o, "expires", invite->expires_ms);
    if (invite->uses_left >= 0) { /* else as often as one likes */
        json_out_int(o, "uses", invite->uses_left);
    }
    json_out_object_end(o);
}
