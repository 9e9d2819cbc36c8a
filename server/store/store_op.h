/* The inside of the store's operations: each runs on a store thread within a transaction that is open already, reads the facts, asks
 * may(), writes, and fills in r->out. Everything that can refuse comes before the first write, so that a refused request leaves
 * nothing to be rolled back, and the others of its batch go on. A failure of the database sticks in db: the batch's owner sees it.
 */
#pragma once

#include "may.h"
#include "store.h"

#define STORE_OP(id, mode, function) void function(struct db *db, struct store_request *r);
STORE_OPS(STORE_OP)
#undef STORE_OP
/* Sends that queued together, in their order, for any rooms, which op_lock_rows has locked; each is as op_send. The fast path: as few
 * statements as the database allows. */
void op_send_batch(struct db *db, struct store_request *const *requests, unsigned n);
/* op_lock.c: lock the rooms of a batch for the rest of the transaction, in the order of their ids. (PostgreSQL.) */
void op_lock_rows(struct db *db, struct store_request *const *requests, unsigned n);

/* op_avatar.c */

/* Which picture the account a of the statement has, as a column; NULL: none. */
#define OP_AVATAR "(SELECT v.version FROM avatar v WHERE v.account = a.id)"

/* op_draft.c */

/* Whoever leaves a room leaves no draft there. */
void op_draft_forget(struct db *db, int64_t room, int64_t account);

/* op_report.c */

/* The message is being deleted: its text goes from what was reported, too, and what waits about it is settled. */
void op_reports_erase(struct db *db, struct store_request *r, enum chat_room_kind kind);

/* op_support.c */

/* Refuse; field is static text or "". */
void op_refuse(struct store_request *r, enum chat_error error, const char *field);
/* Room and member row as facts for the actor; *room (may be NULL) gets the room without the asker's part. facts->room_known is false
 * when there is no such room. Actor 0, the server, is an owner of every room. write: the room's row is locked for the rest of the transaction. */
void op_facts(struct db *db, struct store_request *r, int64_t room_id, bool write,
              struct may_facts *facts, struct chat_room *room);
/* op_facts and may in one: false and refused, or true. */
bool op_may(struct db *db, struct store_request *r, enum may_action action, struct may_facts *facts,
            struct chat_room *room);
/* The room that in.room or in.room_name names; 0 and refused when there is none the actor may know of. A number is given back as it is:
 * what may says of it comes next. */
int64_t op_room_id(struct db *db, struct store_request *r);
/* The user that in.user or in.user_name names; 0 and refused when there is none. */
int64_t op_user_id(struct db *db, struct store_request *r);
/* When a ban or a mute ends; 0: it has. */
int64_t op_if_later(int64_t until_ms, int64_t now_ms);
/* The server's role of an account; of 0, the server itself: owner. */
enum chat_role op_role_of(struct db *db, int64_t account);

/* Count a change of a room: takes the next ev, writes room_event, fills in r->out.event, ev and ts (but not what it carries). The event of
 * a first call moves to r->out.also; there is no third. */
void op_event(struct db *db, struct store_request *r, int64_t room, enum chat_event_kind kind,
              int64_t seq, int64_t target, enum chat_change change, int64_t arg);

/* Rows into r's arena. false: not there (or the database failed, or no memory: the failure sticks in db). */
bool op_load_user(struct db *db, struct store_request *r, int64_t id, struct chat_user *out);
/* Of the account a of the statement: its columns, the first of the row, as a user; of all rows of the query at hand, up to max, which ends
 * with it. */
#define OP_USER_COLUMNS   "a.id, a.name, a.display, a.status, a.role, a.bot, " OP_AVATAR
#define OP_USER_COLUMNS_N 7
struct chat_user op_take_whole_user(struct db *db, struct store_request *r);
struct chat_user *op_take_users(struct db *db, struct store_request *r, uint32_t max, uint32_t *n);
/* Five columns of the row at hand, from first on: id, name, display, role, bot. */
struct chat_user op_take_user(struct db *db, struct store_request *r, int first);
/* With the asker's part (read_seq, unread, mentions, notify, with) when mine. */
bool op_load_room(struct db *db, struct store_request *r, int64_t id, bool mine,
                  struct chat_room *out);
/* One of them as the request's result; the room with the asker's part. */
void op_give_user(struct db *db, struct store_request *r, int64_t id);
void op_give_room(struct db *db, struct store_request *r, int64_t room);

/* op_profile.c: what only a profile says; NULL: no memory. As op_give_user, with that. Is what the request sets right (refused: false; the zone as it is written)?
 * Then set it. */
struct chat_profile *op_load_profile(struct db *db, struct store_request *r, int64_t id);
void op_give_profile(struct db *db, struct store_request *r, int64_t id);
bool op_profile_check(struct store_request *r);
void op_profile_set(struct db *db, struct store_request *r);
/* Memory from r's arena; NULL makes db fail with ERR_NOMEM. */
void *op_alloc(struct db *db, struct store_request *r, size_t n, size_t size);
struct slice op_copy(struct db *db, struct store_request *r, struct slice s);

/* op_rows.c: messages into r's arena, with senders, reactions and files. The first as op_load_user. */
bool op_load_message(struct db *db, struct store_request *r, int64_t room, int64_t seq,
                     struct chat_message *out);
/* Messages low..high of a room, ascending, with all that, into r->out.messages. */
void op_load_messages(struct db *db, struct store_request *r, int64_t room, int64_t low,
                      int64_t high);

/* op_message.c: remember whom a message mentions, instead of whom it mentioned before. */
void op_mentions(struct db *db, struct store_request *r, const struct chat_message *message);
/* What somebody who has read up to read_seq has not read, counted up to CHAT_UNREAD_COUNTED_MAX. */
void op_unread(struct db *db, int64_t account, int64_t room, int64_t read_seq, int64_t *unread,
               int64_t *mentions);

/* op_search_index.c: put some messages into the search index, in a transaction of its own; in idle moments, or beside the writer. Returns true when there may be more to do. */
bool store_idle_step(struct db *db);

/* op_member.c: let an account in; false: it was in already. The event is r's. */
bool op_join(struct db *db, struct store_request *r, int64_t room, int64_t account,
             enum chat_role role);

/* op_block.c: whom the actor has blocked, into r->out.blocked; has one account blocked another? */
void op_blocks_load(struct db *db, struct store_request *r);
bool op_is_blocked(struct db *db, int64_t by, int64_t account);
/* Is account, as SQL, one of a dm r whom the other one has blocked? NULL: not. */
#define OP_BLOCKED_IN_DM(account)                                                                  \
    "(SELECT 1 FROM block b WHERE r.kind = 2 AND b.blocked = " account " AND b.account ="          \
    " CASE WHEN r.dm_low = " account " THEN r.dm_high ELSE r.dm_low END)"

/* op_server.c: how people call the whole; empty: not at all. Then: into r->out.workspace. */
void op_workspace_name(struct db *db, struct slice name);
void op_workspace_load(struct db *db, struct store_request *r);

/* op_slow.c: so many seconds between two messages of one person in a room, 0: none. What was sent before it was so does not count. Then:
 * somebody has sent one there. */
void op_slow_set(struct db *db, int64_t room, int64_t seconds);
void op_slow_sent(struct db *db, int64_t room, int64_t account, int64_t ts);

/* op_room.c: a new room without members; its id. The public room that everybody is let into; 0: not made yet. */
int64_t op_room_insert(struct db *db, const struct store_request *r, enum chat_room_kind kind,
                       struct slice name, struct slice topic);
int64_t op_lobby_id(struct db *db);

/* op_invite.c: is account.hash that of an invitation that is good now, and to which room (0: the server)? Then use it up by one, which
 * fails when somebody else was faster. Forget those that somebody made for a room. */
bool op_invite_find(struct db *db, const struct store_request *r, int64_t *room);
bool op_invite_use(struct db *db, const struct store_request *r);
void op_invites_forget(struct db *db, int64_t room, int64_t made_by);

/* op_session.c: end the sessions of an account (session 0: all) but one; they are added to r->out.revoked. */
void op_end_sessions(struct db *db, struct store_request *r, int64_t account, int64_t session,
                     int64_t but);

/* op_prune.c: forget what is too old to be of use, a portion at a time, in a transaction of its own. Returns whether there may be more. */
bool store_prune(struct db *db, int64_t now_ms, unsigned guest_days);
