/* The operations of the store, a row each:
 *   STORE_OP(id, read or write, function)
 * and what each takes and gives. in.X are fields of chat_request, account.X of store_account, out.X of store_result.
 *
 * --- messages; all need in.room unless said otherwise
 * SEND          in.cid, text, reply_to?, files? out.seq, ev, ts, dup, event. Mentions are taken from the text (@name, @room).
 *               CHAT_SLOW: the room is in slow mode, refusal.retry_after_ms says for how long yet; not of account.bot, who speaks for others
 * EDIT          in.seq, rev, text              out.ev, rev, event; CHAT_CONFLICT: out.messages[0] is the current one
 * DELETE        in.seq                         out.ev, event, gone (files). Text, mentions, reactions, search rows are gone; idempotent
 * REACT         in.seq, emoji, on              out.ev, event (none when nothing changed)
 * HISTORY       in.before|after|around?, limit out.messages, min_seq, max_seq (of the room); none given: the latest
 * SYNC          in.after                       out.events or reset and messages; ev, from which to go on: events may leave out numbers
 * READ_MARK     in.seq, on?                    out.read_seq, unread, mentions. Without on: max(); on true: exactly seq ("mark unread")
 * DRAFT_SET     in.text, reply_to?, rev?       out.draft: the actor's own of the room, as it is now; "" clears it. CHAT_TOO_MANY: STORE_DRAFTS_MAX are there; CHAT_CONFLICT: another text than that of rev
 * DRAFT_GET     -                              out.draft
 * TYPING        -                              out.rooms[0], without the asker's part: it may be typed there (MAY_SEND); nothing is kept
 * SEARCH        in.q, room?, from?, before?, limit   out.messages with ranges, newest first (by ts, room, seq)
 * --- rooms
 * RESUME        in.epoch?, cursors             out.rooms: all of the actor's, with catch_up where a cursor was given; users[0], blocked, epoch, workspace
 * MY_ROOMS      -                              out.rooms: ids and kinds only, of all rooms the actor is a member of
 * ROOMS         in.q?, after?, limit           out.rooms: public ones and the actor's, by name, id > after
 * ROOM_GET      in.room or room_name           out.rooms[0]
 * ROOM_CREATE   in.name, kind, topic?          out.rooms[0] (actor is its owner), event
 * ROOM_JOIN     in.room or room_name, invite?  out.rooms[0], event (none when a member already). account.hash: of the invite
 * ROOM_LEAVE    in.room or room_name           out.rooms[0], event (none when no member). An owner who leaves hands over to the next in rank
 *               (out.also says so); the last one leaves the room without
 * ROOM_ADD      in.room, user                  out.users[0], rooms[0] (as the added one sees it), event
 * ROOM_KICK     in.room, user                  out.users[0], event
 * ROOM_BAN      in.room, user, on?, seconds?   out.users[0], event (on false lifts; bans non-members, too)
 * ROOM_MUTE     in.room, user, on?, seconds?   out.users[0], event (on false lifts, also of who has left)
 * ROOM_ROLE     in.room, user, role            out.users[0], event. An owner who makes another is an admin then (out.also)
 * ROOM_UPDATE   in.room, name?, topic?, archived?, slow?   out.rooms[0], event (none when nothing changed). The lobby keeps its name and is never archived
 * ROOM_MEMBERS  in.room, after?, limit         out.users with room_role, muted_until; by id
 * ROOM_BANS     in.room, after?, limit         out.bans: who is banned or muted there now, by id; for who moderates there
 * REPORT        in.room, seq, reason           out.dup: the actor has reported it before, and nothing changes. CHAT_TOO_MANY: STORE_REPORTS_MINE_MAX
 *               or STORE_REPORTS_ROOM_MAX wait. Of a change, out.mods are to hear how many wait now; so of CLOSE and of DELETE
 * REPORTS       in.room, after?, limit         out.reports: those that wait, by id; count of all that do. For who moderates there, but for those of
 *               the actor's own messages
 * REPORT_CLOSE  in.room, report_id, outcome    out.dup: it was closed. The others of that message are closed, too. One's own are CHAT_NOT_FOUND
 * NOTIFY        in.room, notify                out.rooms[0]
 * DM_OPEN       in.user or user_name           out.rooms[0] (with the other as `with`), users: both, actor first; room_is_new:
 *               somebody was not in it just now, and rooms[1] is the room as the other one sees it
 * INVITE_CREATE in.room? (0: to the server), seconds?, uses?, role?; account.hash    out.invites[0]
 *               CHAT_TOO_MANY: CHAT_LIMIT_MAX good ones are there. They go when their maker is kicked or banned
 * INVITE_LIST   in.room?                       out.invites
 * INVITE_REVOKE in.invite_id, room?            -. By its maker, or whoever may see those of its room
 * INVITE_PEEK   account.hash                   out.invites[0]; CHAT_NOT_FOUND when expired, used up or revoked
 * BLOCK         in.user or user_name, on       out.users[0]; idempotent. CHAT_TOO_MANY: CHAT_BLOCKS_MAX are. Who is blocked opens no dm with the
 *               actor (CHAT_FORBIDDEN), sends nothing in theirs, lets him into no room (CHAT_FORBIDDEN, "user") and does not count as mentioning
 * BLOCKS        -                              out.blocked
 * LOBBY_ENSURE  -                              out.room: the public room "lobby", made if need be; users[0]: the built-in guest
 * --- accounts
 * USER_CREATE   account.name, display?, password_hash?, role, bot, hash? (an invite to use up), first_owner?   out.users[0]; CHAT_TAKEN.
 *               Joins the lobby (event), and before it the room of the invite (also). first_owner: CHAT_CONFLICT when there is an owner already
 *               and with it, account.workspace is the name of the whole (empty: it has none)
 * USER_LOGIN    account.name                   out.users[0], password_hash (CHAT_NOT_FOUND)
 * USER_GET      in.user or user_name           out.users[0], whole
 * USERS         in.q, limit                    out.users: prefix first, then substring, of name or display
 * USER_UPDATE   in.display?, status?, name?, bio?, zone?    out.users[0] (actor's own, whole, as with AVATAR_SET and USER_ROLE); dup: it was
 *               so already. The old name stays reserved for 90 days; ten are: CHAT_TOO_MANY
 * AVATAR_SET    avatar.type, content, in.user? out.users[0] (in.user, or the actor); dup: it is that one already. Empty content: none any
 *               more, which an administrator may also make of somebody below his own role
 * AVATAR_GET    in.user                        out.avatar; CHAT_NOT_FOUND: there is none
 * USER_PASSWORD in.user or user_name, account.password_hash out.revoked: all sessions but account.session
 * USER_REHASH   in.user, text, account.password_hash   the same password with today's parameters; text is the hash that it replaces
 * USER_ROLE     in.user, role                  out.users[0] (actor 0 or admin, below one's own role); dup: it was so already
 * USERS_COUNT   -                              out.count: accounts with role owner
 * SESSION_NEW   in.user, account.hash, user_agent, address, expires_ms      out.sessions[0]. Of more than CHAT_LIMIT_MAX
 *               good ones, the longest unused has ended: out.revoked
 * SESSION_TURN  account.hash, new_hash, expires_ms, address  out.sessions[0], users[0]; an old hash: CHAT_UNAUTHENTICATED and
 *               out.revoked, unless new_hash is what replaced it, at most STORE_TURN_LEEWAY_MS ago: nothing changes, the same is given
 * SESSION_GET   account.session                out.sessions[0], users[0]; CHAT_UNAUTHENTICATED when revoked or expired
 * SESSIONS      in.user                        out.sessions (of the actor, or of somebody below an administrator's role)
 * SESSION_END   in.user, account.session (0: all)   out.revoked. By whom SESSIONS lists them; in.user 0: whoever's it is
 * --- files; file.file.id unless said otherwise. CHAT_NOT_FOUND: there is none, or none for the actor
 * FILE_NEW      in.room, file.file.name, size; file_limits   out.files[0], gone: the actor's unfinished ones that were idle for STORE_FILE_IDLE_MS,
 *               when there would be too much without them. CHAT_TOO_MANY: the actor has that much that is not sent
 * FILE_MINE     -                              out.files[0]: the actor's own, whole or not, sent or not; one that is not whole is not idle then
 * FILE_READ     -                              out.files[0], which is whole: the actor may read its room now, or has uploaded it and not sent it
 * FILE_WHOLE    file.file.type, width, height  out.files[0]: all of the actor's own file is on the disk; idempotent
 * FILE_DROP     -                              out.gone: the actor's own, not sent; CHAT_CONFLICT: it is sent
 * FILE_SWEEP    -                              out.gone: files not sent within STORE_FILE_UNSENT_MS of their last piece; count 1: there may be more
 * FILE_UNKNOWN  in.files                       out.gone: those of them that there are not
 * --- the server's own
 * KEYS          -                              out.keys, newest first
 * KEY_ADD       account.hash (32 random bytes) out.keys: all; those older than expires_ms are dropped
 * EPOCH_NEW     -                              out.epoch
 * TOTALS        -                              out.totals, workspace; for administrators
 * WORKSPACE_SET account.workspace              out.workspace; for administrators
 * PROBE         -                              writes a row: the store works
 */
#pragma once

#define STORE_OPS(X)                                                                               \
    X(STORE_SEND, WRITE, op_send)                                                                  \
    X(STORE_EDIT, WRITE, op_edit)                                                                  \
    X(STORE_DELETE, WRITE, op_delete)                                                              \
    X(STORE_REACT, WRITE, op_react)                                                                \
    X(STORE_HISTORY, READ, op_history)                                                             \
    X(STORE_SYNC, READ, op_sync)                                                                   \
    X(STORE_READ_MARK, WRITE, op_read_mark)                                                        \
    X(STORE_DRAFT_SET, WRITE, op_draft_set)                                                        \
    X(STORE_DRAFT_GET, READ, op_draft_get)                                                         \
    X(STORE_TYPING, READ, op_typing)                                                               \
    X(STORE_SEARCH, READ, op_search)                                                               \
    X(STORE_RESUME, READ, op_resume)                                                               \
    X(STORE_MY_ROOMS, READ, op_my_rooms)                                                           \
    X(STORE_ROOMS, READ, op_rooms)                                                                 \
    X(STORE_ROOM_GET, READ, op_room_get)                                                           \
    X(STORE_ROOM_CREATE, WRITE, op_room_create)                                                    \
    X(STORE_ROOM_JOIN, WRITE, op_room_join)                                                        \
    X(STORE_ROOM_LEAVE, WRITE, op_room_leave)                                                      \
    X(STORE_ROOM_ADD, WRITE, op_room_add)                                                          \
    X(STORE_ROOM_KICK, WRITE, op_room_kick)                                                        \
    X(STORE_ROOM_BAN, WRITE, op_room_ban)                                                          \
    X(STORE_ROOM_MUTE, WRITE, op_room_mute)                                                        \
    X(STORE_ROOM_ROLE, WRITE, op_room_role)                                                        \
    X(STORE_ROOM_UPDATE, WRITE, op_room_update)                                                    \
    X(STORE_ROOM_MEMBERS, READ, op_room_members)                                                   \
    X(STORE_ROOM_BANS, READ, op_room_bans)                                                         \
    X(STORE_REPORT, WRITE, op_report)                                                              \
    X(STORE_REPORTS, READ, op_reports)                                                             \
    X(STORE_REPORT_CLOSE, WRITE, op_report_close)                                                  \
    X(STORE_NOTIFY, WRITE, op_notify)                                                              \
    X(STORE_DM_OPEN, WRITE, op_dm_open)                                                            \
    X(STORE_BLOCK, WRITE, op_block)                                                                \
    X(STORE_BLOCKS, READ, op_blocks)                                                               \
    X(STORE_INVITE_CREATE, WRITE, op_invite_create)                                                \
    X(STORE_INVITE_LIST, READ, op_invite_list)                                                     \
    X(STORE_INVITE_REVOKE, WRITE, op_invite_revoke)                                                \
    X(STORE_INVITE_PEEK, READ, op_invite_peek)                                                     \
    X(STORE_LOBBY_ENSURE, WRITE, op_lobby_ensure)                                                  \
    X(STORE_USER_CREATE, WRITE, op_user_create)                                                    \
    X(STORE_USER_LOGIN, READ, op_user_login)                                                       \
    X(STORE_USER_GET, READ, op_user_get)                                                           \
    X(STORE_USERS, READ, op_users)                                                                 \
    X(STORE_USER_UPDATE, WRITE, op_user_update)                                                    \
    X(STORE_AVATAR_SET, WRITE, op_avatar_set)                                                      \
    X(STORE_AVATAR_GET, READ, op_avatar_get)                                                       \
    X(STORE_USER_PASSWORD, WRITE, op_user_password)                                                \
    X(STORE_USER_REHASH, WRITE, op_user_rehash)                                                    \
    X(STORE_USER_ROLE, WRITE, op_user_role)                                                        \
    X(STORE_USERS_COUNT, READ, op_users_count)                                                     \
    X(STORE_SESSION_NEW, WRITE, op_session_new)                                                    \
    X(STORE_SESSION_TURN, WRITE, op_session_turn)                                                  \
    X(STORE_SESSION_GET, READ, op_session_get)                                                     \
    X(STORE_SESSIONS, READ, op_sessions)                                                           \
    X(STORE_SESSION_END, WRITE, op_session_end)                                                    \
    X(STORE_FILE_NEW, WRITE, op_file_new)                                                          \
    X(STORE_FILE_MINE, WRITE, op_file_mine)                                                        \
    X(STORE_FILE_READ, READ, op_file_read)                                                         \
    X(STORE_FILE_WHOLE, WRITE, op_file_whole)                                                      \
    X(STORE_FILE_DROP, WRITE, op_file_drop)                                                        \
    X(STORE_FILE_SWEEP, WRITE, op_file_sweep)                                                      \
    X(STORE_FILE_UNKNOWN, READ, op_file_unknown)                                                   \
    X(STORE_KEYS, READ, op_keys)                                                                   \
    X(STORE_KEY_ADD, WRITE, op_key_add)                                                            \
    X(STORE_EPOCH_NEW, WRITE, op_epoch_new)                                                        \
    X(STORE_TOTALS, READ, op_totals)                                                               \
    X(STORE_WORKSPACE_SET, WRITE, op_workspace_set)                                                \
    X(STORE_PROBE, WRITE, op_probe)

enum store_op {
#define STORE_OP(id, mode, function) id,
    STORE_OPS(STORE_OP)
#undef STORE_OP
        STORE_OPS_N
};
