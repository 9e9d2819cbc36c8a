/* What the rows of dispatch.c's table point to, by noun: on_message.c, on_room.c, on_user.c.
 *
 * before_...: between validation and the store; false: refused, *why says so. May change the call's op.
 * write_...: the members of the answer, behind "ok": true.
 * after_...: when the answer has been given and everybody has heard of it.
 */
#pragma once

#include "chat_state.h"
#include "json_out.h"

/* --- messages --- */
void write_sent(const struct call *call, struct json_out *o);
void after_sent(struct call *call);
void write_edited(const struct call *call, struct json_out *o);
void write_changed(const struct call *call, struct json_out *o);
void write_history(const struct call *call, struct json_out *o);
void write_sync(const struct call *call, struct json_out *o);
void write_read(const struct call *call, struct json_out *o);
void write_hits(const struct call *call, struct json_out *o);
bool before_draft(struct call *call, struct chat_refusal *why);
void write_draft(const struct call *call, struct json_out *o);
void after_typing(struct call *call);

/* --- rooms --- */
void write_room(const struct call *call, struct json_out *o);
void write_rooms(const struct call *call, struct json_out *o);
bool before_join(struct call *call, struct chat_refusal *why);
bool before_invite(struct call *call, struct chat_refusal *why);
void write_invited(const struct call *call, struct json_out *o);
void write_invites(const struct call *call, struct json_out *o);
void write_bans(const struct call *call, struct json_out *o);
void write_reported(const struct call *call, struct json_out *o);
void write_reports(const struct call *call, struct json_out *o);
void write_members(const struct call *call, struct json_out *o);
void write_room_user(const struct call *call, struct json_out *o);

/* --- users --- */
void write_resume(const struct call *call, struct json_out *o);
void write_users(const struct call *call, struct json_out *o);
void write_user(const struct call *call, struct json_out *o);
void write_profile(const struct call *call, struct json_out *o);
void write_blocked(const struct call *call, struct json_out *o);
void write_blocks(const struct call *call, struct json_out *o);
bool before_presence(struct call *call, struct chat_refusal *why);
void write_presence(const struct call *call, struct json_out *o);
bool before_auth(struct call *call, struct chat_refusal *why);
void write_auth(const struct call *call, struct json_out *o);
