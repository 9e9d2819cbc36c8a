/* Who is in a room, as what, and for how long not. */
#include "store_op.h"

#define FOR_EVER CHAT_ID_MAX

/* --- coming and going --- */

static void count_member(struct db *db, int64_t room, int64_t by)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(by)};
    db_exec(db, "UPDATE room SET members_n = members_n + $2 WHERE id = $1", params, 2);
}

/* Everybody hears of whom the event is about. */
static void attach_user(struct db *db, struct store_request *r, int64_t account)
{
    struct chat_user *user = op_alloc(db, r, 1, sizeof *user);
    if (user && op_load_user(db, r, account, user)) {
        r->out.event.user = user;
    }
}

bool op_join(struct db *db, struct store_request *r, int64_t room, int64_t account,
             enum chat_role role)
{
    const struct db_value params[] = {DB_INT(account), DB_INT(room), DB_INT(role),
                                      DB_INT(r->now_ms)};
    /* What was said before is no news to somebody who comes now. */
    db_exec(
        db,
        "INSERT INTO member (account, room, joined, role, read_seq, since_ms)"
        " SELECT CAST($1 AS BIGINT), id, 1, CAST($3 AS BIGINT), seq, CAST($4 AS BIGINT) FROM room"
        " WHERE id = $2"
        " ON CONFLICT (account, room) DO UPDATE SET joined = 1, role = excluded.role,"
        " read_seq = excluded.read_seq, since_ms = excluded.since_ms WHERE member.joined = 0",
        params, 4);
    if (db_changes(db) == 0) {
        return false;
    }
    count_member(db, room, 1);
    op_event(db, r, room, CHAT_EVENT_MEMBER, 0, account, CHAT_JOIN, 0);
    attach_user(db, r, account);
    return true;
}

/* Out of the room, if in it. */
static void part(struct db *db, struct store_request *r, int64_t room, int64_t account,
                 enum chat_change change, int64_t until_ms)
{
    const struct db_value params[] = {DB_INT(account), DB_INT(room), DB_INT(CHAT_MEMBER)};
    db_exec(
        db,
        "UPDATE member SET joined = 0, role = $3 WHERE account = $1 AND room = $2 AND joined = 1",
        params, 3);
    if (db_changes(db) > 0) {
        count_member(db, room, -1);
    }
    op_draft_forget(db, room, account);
    op_event(db, r, room, CHAT_EVENT_MEMBER, 0, account, change, until_ms);
    attach_user(db, r, account);
}

static void set_role(struct db *db, struct store_request *r, int64_t room, int64_t account,
                     enum chat_role role)
{
    const struct db_value params[] = {DB_INT(account), DB_INT(room), DB_INT(role)};
    db_exec(db, "UPDATE member SET role = $3 WHERE account = $1 AND room = $2", params, 3);
    op_event(db, r, room, CHAT_EVENT_MEMBER, 0, account, CHAT_ROLE, role);
    attach_user(db, r, account);
}

/* A room whose last owner goes gets the next in rank, the longest there first. */
static void hand_over(struct db *db, struct store_request *r, int64_t room)
{
    int64_t heir = 0;
    const struct db_value params[] = {DB_INT(room), DB_INT(r->actor)};
    db_query(db,
             "SELECT account, role FROM member WHERE room = $1 AND account <> $2 AND joined = 1"
             " ORDER BY role DESC, since_ms, account LIMIT 1",
             params, 2);
    if (db_next(db) && db_int(db, 1) < CHAT_OWNER) {
        heir = db_int(db, 0);
    }
    db_done(db);
    if (heir > 0) {
        set_role(db, r, room, heir, CHAT_OWNER);
    }
}

/* Does the actor hold an invitation to this room that is good? */
static bool is_invited(struct db *db, const struct store_request *r, int64_t room)
{
    int64_t to = 0;
    return r->account.hash.n > 0 && op_invite_find(db, r, &to) && to == room;
}

void op_room_join(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    int64_t id = op_room_id(db, r);
    if (id == 0) {
        return;
    }
    op_facts(db, r, id, true, &facts, NULL);
    bool invited = !facts.member && facts.kind == CHAT_PRIVATE && is_invited(db, r, id);
    if (invited) {
        facts.member = true; /* as good as: may says what else there is against it */
    }
    enum chat_error error = may(MAY_JOIN, &facts);
    if (!error && invited && facts.archived) {
        error = CHAT_ARCHIVED;
    }
    if (error) {
        op_refuse(r, error, "room");
        return;
    }
    if (invited && !op_invite_use(db, r)) {
        op_refuse(r, CHAT_NOT_FOUND, "room"); /* the last use has just gone to somebody else */
        return;
    }
    op_join(db, r, id, r->actor, CHAT_MEMBER);
    op_give_room(db, r, id);
}

void op_room_leave(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    int64_t id = op_room_id(db, r);
    if (id == 0) {
        return;
    }
    op_facts(db, r, id, true, &facts, NULL);
    enum chat_error error = may(MAY_LEAVE, &facts);
    if (error) {
        op_refuse(r, error, "room");
        return;
    }
    if (facts.member && facts.room_role == CHAT_OWNER) {
        hand_over(db, r, id);
    }
    if (facts.member) {
        part(db, r, id, r->actor, CHAT_LEAVE, 0);
    }
    op_give_room(db, r, id);
}

/* --- somebody else --- */

/* Whom a request is about, in its room. */
struct other {
    int64_t id;
    bool member, banned, muted;
    enum chat_role role; /* the one that counts here */
    enum chat_role room_role;
};

static bool find_other(struct db *db, struct store_request *r, enum chat_room_kind kind,
                       struct other *o)
{
    o->id = op_user_id(db, r);
    if (o->id == 0) {
        return false;
    }
    const struct db_value params[] = {DB_INT(o->id), DB_INT(r->in.room)};
    db_query(db,
             "SELECT a.role, m.joined, m.role, m.banned_until_ms, m.muted_until_ms FROM account a"
             " LEFT JOIN member m ON m.account = a.id AND m.room = $2 WHERE a.id = $1",
             params, 2);
    if (db_next(db)) {
        o->member = db_int(db, 1) != 0;
        o->banned = db_int(db, 3) > r->now_ms;
        o->muted = db_int(db, 4) > r->now_ms;
        o->room_role = (enum chat_role)db_int(db, 2);
        o->role = may_role(kind, (enum chat_role)db_int(db, 0), o->member, o->room_role);
    }
    db_done(db);
    return true;
}

/* May the actor do that to in.user? The room's secrecy comes first, then whether there is such a user. */
static bool may_to(struct db *db, struct store_request *r, enum may_action action,
                   struct may_facts *facts, struct other *o)
{
    *o = (struct other){0};
    op_facts(db, r, r->in.room, true, facts, NULL);
    enum chat_error error = may(action, facts);
    if (error) {
        op_refuse(r, error, "room");
        return false;
    }
    if (!find_other(db, r, facts->kind, o)) {
        return false;
    }
    facts->other_role = o->role;
    error = may(action, facts);
    if (error || (o->id == r->actor && action != MAY_ADD)) {
        op_refuse(r, CHAT_FORBIDDEN, "user");
        return false;
    }
    return true;
}

void op_room_add(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct other o;
    if (!may_to(db, r, MAY_ADD, &facts, &o)) {
        return;
    }
    if (o.banned) {
        op_refuse(r, CHAT_BANNED, "user");
        return;
    }
    if (op_is_blocked(db, o.id, r->actor)) { /* a room of two is as good as a direct message */
        op_refuse(r, CHAT_FORBIDDEN, "user");
        return;
    }
    op_join(db, r, r->in.room, o.id, CHAT_MEMBER);
    op_give_user(db, r, o.id);
    int64_t actor = r->actor;
    r->actor = o.id; /* as the added one sees it */
    op_give_room(db, r, r->in.room);
    r->actor = actor;
}

void op_room_kick(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct other o;
    if (!may_to(db, r, MAY_MODERATE, &facts, &o)) {
        return;
    }
    if (!o.member) {
        op_refuse(r, CHAT_NOT_FOUND, "user");
        return;
    }
    op_invites_forget(db, r->in.room, o.id); /* or there would be a way back in */
    part(db, r, r->in.room, o.id, CHAT_KICK, 0);
    op_give_user(db, r, o.id);
}

static int64_t until(const struct store_request *r)
{
    return CHAT_HAS(&r->in, CHAT_FIELD_SECONDS) ? r->now_ms + r->in.seconds * 1000 : FOR_EVER;
}

/* A row to remember it in, also for somebody who never was a member. */
static void remember(struct db *db, const struct store_request *r, int64_t account)
{
    const struct db_value params[] = {DB_INT(account), DB_INT(r->in.room), DB_INT(CHAT_MEMBER),
                                      DB_INT(r->now_ms)};
    db_exec(db,
            "INSERT INTO member (account, room, joined, role, since_ms) VALUES ($1, $2, 0, $3, $4)"
            " ON CONFLICT DO NOTHING",
            params, 4);
}

void op_room_ban(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct other o;
    if (!may_to(db, r, MAY_MODERATE, &facts, &o)) {
        return;
    }
    int64_t until_ms = r->in.on ? until(r) : 0;
    const struct db_value params[] = {DB_INT(o.id), DB_INT(r->in.room), DB_INT(until_ms)};
    if (r->in.on || o.banned) {
        remember(db, r, o.id);
        db_exec(db, "UPDATE member SET banned_until_ms = $3 WHERE account = $1 AND room = $2",
                params, 3);
        if (r->in.on) {
            op_invites_forget(db, r->in.room, o.id);
            part(db, r, r->in.room, o.id, CHAT_BAN, until_ms);
        } else {
            op_event(db, r, r->in.room, CHAT_EVENT_MEMBER, 0, o.id, CHAT_UNBAN, 0);
            attach_user(db, r, o.id);
        }
    }
    op_give_user(db, r, o.id);
}

void op_room_mute(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct other o;
    if (!may_to(db, r, MAY_MODERATE, &facts, &o)) {
        return;
    }
    if (!o.member && r->in.on) {
        op_refuse(r, CHAT_NOT_FOUND, "user");
        return;
    }
    int64_t until_ms = r->in.on ? until(r) : 0;
    const struct db_value params[] = {DB_INT(o.id), DB_INT(r->in.room), DB_INT(until_ms)};
    if (r->in.on || o.muted) {
        db_exec(db, "UPDATE member SET muted_until_ms = $3 WHERE account = $1 AND room = $2",
                params, 3);
        op_event(db, r, r->in.room, CHAT_EVENT_MEMBER, 0, o.id, r->in.on ? CHAT_MUTE : CHAT_UNMUTE,
                 until_ms);
        attach_user(db, r, o.id);
    }
    op_give_user(db, r, o.id);
}

/* Whoever makes somebody else the owner is the owner no more. */
void op_room_role(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct other o;
    if (!may_to(db, r, MAY_MANAGE, &facts, &o)) {
        return;
    }
    enum chat_role own = may_role(facts.kind, facts.user_role, facts.member, facts.room_role);
    if (!o.member) {
        op_refuse(r, CHAT_NOT_FOUND, "user");
        return;
    }
    bool hands_over = r->in.role == CHAT_OWNER && own == CHAT_OWNER;
    if (r->in.role < CHAT_MEMBER || (r->in.role >= own && !hands_over)) {
        op_refuse(r, CHAT_FORBIDDEN, "role");
        return;
    }
    if (hands_over && r->actor > 0 && facts.member && facts.room_role == CHAT_OWNER) {
        set_role(db, r, r->in.room, r->actor, CHAT_ADMIN);
    }
    if (o.room_role != r->in.role) {
        set_role(db, r, r->in.room, o.id, r->in.role);
    }
    op_give_user(db, r, o.id);
}

/* --- looking --- */

void op_room_members(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    if (!op_may(db, r, MAY_READ, &facts, NULL)) {
        return;
    }
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.after), DB_INT(r->in.limit)};
    r->out.users = op_alloc(db, r, r->in.limit, sizeof *r->out.users);
    r->out.room = r->in.room;
    if (!r->out.users) {
        return;
    }
    db_query(db,
             "SELECT " OP_USER_COLUMNS ", m.role, m.muted_until_ms"
             " FROM member m JOIN account a ON a.id = m.account"
             " WHERE m.room = $1 AND m.joined = 1 AND m.account > $2 ORDER BY m.account LIMIT $3",
             params, 3);
    while (r->out.users_n < r->in.limit && db_next(db)) {
        struct chat_user *user = &r->out.users[r->out.users_n++];
        *user = op_take_whole_user(db, r);
        user->has_member = true;
        user->room_role = (enum chat_role)db_int(db, OP_USER_COLUMNS_N);
        user->muted_until_ms = op_if_later(db_int(db, OP_USER_COLUMNS_N + 1), r->now_ms);
    }
    db_done(db);
}

void op_notify(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    if (!op_may(db, r, MAY_READ, &facts, NULL)) {
        return;
    }
    if (!facts.member) {
        op_refuse(r, CHAT_FORBIDDEN, "room");
        return;
    }
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(r->in.room), DB_INT(r->in.notify)};
    db_exec(db, "UPDATE member SET notify = $3 WHERE account = $1 AND room = $2", params, 3);
    op_give_room(db, r, r->in.room);
}
