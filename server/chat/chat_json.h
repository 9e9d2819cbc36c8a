/* The chat's objects as members of what is being written with json_out.h. */
#pragma once

#include "json_out.h"
#include "store.h"

/* One of them. */
void chat_json_user(struct json_out *o, const char *key, const struct chat_user *user);
void chat_json_room(struct json_out *o, const char *key, const struct chat_room *room);
void chat_json_message(struct json_out *o, const char *key, const struct chat_message *message);
/* Into the object at hand. */
void chat_json_draft(struct json_out *o, const struct store_draft *draft);
void chat_json_file(struct json_out *o, const char *key, const struct chat_file *file);
/* Arrays of them. */
void chat_json_users(struct json_out *o, const char *key, const struct chat_user *users,
                     uint32_t n);
void chat_json_rooms(struct json_out *o, const char *key, const struct chat_room *rooms,
                     uint32_t n);
void chat_json_messages(struct json_out *o, const char *key, const struct chat_message *messages,
                        uint32_t n);
void chat_json_events(struct json_out *o, const char *key, const struct chat_event *events,
                      uint32_t n);
/* An invitation as a member: with its token, which only its maker ever sees, or (NULL) with who made it. */
void chat_json_invite(struct json_out *o, const char *key, const struct store_invite *invite,
                      const char *token);
