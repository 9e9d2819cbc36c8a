/* Accounts. */
#include "store_op.h"

#include "ident.h"
#include "name_nfc.h"
#include <string.h>

#define FORMER_NAME_MS   (90LL * 86400 * 1000)
#define FORMER_NAMES_MAX 10 /* kept for one account: it is renamed no more until they are old */
#define FOLDED_BYTES_MAX 4096

/* --- names --- */

/* May this name be an account's? own: of that account, which may keep what looks like its own. */
static bool is_free(struct db *db, const struct store_request *r, struct slice name,
                    struct slice skeleton, int64_t own)
{
    const struct db_value params[] = {DB_TEXT(name), DB_TEXT(skeleton), DB_INT(own),
                                      DB_INT(r->now_ms)};
    db_query(db,
             "SELECT 1 FROM account WHERE name = $1 AND id <> $3"
             " UNION ALL SELECT 1 FROM account WHERE skeleton = $2 AND id <> $3"
             " UNION ALL SELECT 1 FROM former_name WHERE skeleton = $2 AND account <> $3"
             " AND until_ms > $4",
             params, 4);
    bool taken = db_next(db);
    db_done(db);
    return !taken;
}

/* Case-folded, in the request's arena. */
static struct slice folded(struct db *db, struct store_request *r, struct slice text)
{
    struct buf out = {.max = FOLDED_BYTES_MAX};
    struct slice fold = text;
    enum err e = name_fold(text, &out);
    if (e == ERR_OK) {
        fold = op_copy(db, r, buf_peek(&out));
    } else if (e == ERR_NOMEM) {
        db_fail(db, ERR_NOMEM, "no memory for a name");
    }
    buf_fini(&out);
    return fold;
}

/* --- making --- */

static int64_t insert(struct db *db, struct store_request *r, struct slice name,
                      struct slice skeleton)
{
    const struct store_account *a = &r->account;
    struct slice display = a->display.n > 0 ? a->display : name;
    const struct db_value params[] = {DB_TEXT(name),
                                      DB_TEXT(skeleton),
                                      DB_TEXT(display),
                                      DB_TEXT(folded(db, r, display)),
                                      DB_INT(a->role),
                                      DB_INT(a->bot),
                                      a->password_hash.n > 0 ? DB_TEXT(a->password_hash) : DB_NULL,
                                      DB_INT(r->now_ms)};
    db_query(db,
             "INSERT INTO account (name, skeleton, display, display_fold, role, bot, password_hash,"
             " created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
             params, 8);
    int64_t id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return id;
}

/* Into the lobby, and the room of the invitation. */
static void let_in(struct db *db, struct store_request *r, int64_t id, int64_t invited_to)
{
    int64_t lobby = op_lobby_id(db), actor = r->actor;
    r->actor = id; /* who joins by himself */
    if (invited_to > 0 && invited_to != lobby) {
        op_join(db, r, invited_to, id, CHAT_MEMBER);
    }
    if (lobby > 0) {
        op_join(db, r, lobby, id, CHAT_MEMBER);
    }
    r->actor = actor;
}

/* Is there none yet? Whoever asks at the same time waits. */
static bool no_owner(struct db *db)
{
    if (db_kind(db) == DB_POSTGRES) {
        db_exec(db, "SELECT 1 FROM meta WHERE key = 'epoch' FOR UPDATE", NULL, 0);
    }
    db_query(db, "SELECT count(*) FROM account WHERE role = $1", &DB_INT(CHAT_OWNER), 1);
    bool none = db_next(db) && db_int(db, 0) == 0;
    db_done(db);
    return none;
}

void op_user_create(struct db *db, struct store_request *r)
{
    struct ident_name name, skeleton;
    int64_t invited_to = 0;
    bool invited = r->account.hash.n > 0;
    const char *why = ident_user(r->account.name, &name);
    if (why) {
        op_refuse(r, CHAT_INVALID, "name");
        r->out.refusal.message = why;
        return;
    }
    if (r->account.first_owner && !no_owner(db)) {
        op_refuse(r, CHAT_CONFLICT, "");
        return;
    }
    if (invited && !op_invite_find(db, r, &invited_to)) {
        op_refuse(r, CHAT_NOT_FOUND, "invite");
        return;
    }
    ident_skeleton(ident_slice(&name), &skeleton);
    if (!is_free(db, r, ident_slice(&name), ident_slice(&skeleton), 0)) {
        op_refuse(r, CHAT_TAKEN, "name");
        return;
    }
    if (invited && !op_invite_use(db, r)) {
        op_refuse(r, CHAT_NOT_FOUND, "invite"); /* the last use has just gone to somebody else */
        return;
    }
    if (r->account.first_owner && r->account.workspace.n > 0) {
        op_workspace_name(db, r->account.workspace);
    }
    int64_t id = insert(db, r, ident_slice(&name), ident_slice(&skeleton));
    let_in(db, r, id, invited_to);
    op_give_user(db, r, id);
}

/* --- finding --- */

void op_user_login(struct db *db, struct store_request *r)
{
    int64_t id = 0;
    db_query(db, "SELECT id, password_hash FROM account WHERE name = $1", &DB_TEXT(r->account.name),
             1);
    if (db_next(db)) {
        id = db_int(db, 0);
        r->out.password_hash = op_copy(db, r, db_text(db, 1));
    }
    db_done(db);
    if (id == 0) {
        op_refuse(r, CHAT_NOT_FOUND, "name");
        return;
    }
    op_give_user(db, r, id);
}

void op_user_get(struct db *db, struct store_request *r)
{
    int64_t id = op_user_id(db, r);
    if (id > 0) {
        op_give_profile(db, r, id);
    }
}

/* text with % around it (or only behind), its own wildcards escaped. */
static struct slice like(struct db *db, struct store_request *r, struct slice text, bool inside)
{
    char *p = op_alloc(db, r, text.n * 2 + 2, 1);
    size_t n = 0;
    if (!p) {
        return SL("");
    }
    if (inside) {
        p[n++] = '%';
    }
    for (size_t i = 0; i < text.n; i++) {
        if (memchr("%_\\", text.p[i], 3)) {
            p[n++] = '\\';
        }
        p[n++] = text.p[i];
    }
    p[n++] = '%';
    return (struct slice){p, n};
}

void op_users(struct db *db, struct store_request *r)
{
    bool at = r->in.q.n > 0 && r->in.q.p[0] == '@';
    struct slice q = folded(db, r, slice_from(r->in.q, at ? 1 : 0));
    const struct db_value params[] = {DB_TEXT(like(db, r, q, false)), DB_TEXT(like(db, r, q, true)),
                                      DB_INT(r->in.limit)};
    db_query(db,
             "SELECT " OP_USER_COLUMNS " FROM account a"
             " WHERE name LIKE $2 ESCAPE '\\' OR display_fold LIKE $2 ESCAPE '\\'"
             " ORDER BY CASE WHEN name LIKE $1 ESCAPE '\\' OR display_fold LIKE $1 ESCAPE '\\'"
             " THEN 0 ELSE 1 END, name LIMIT $3",
             params, 3);
    r->out.users = op_take_users(db, r, r->in.limit, &r->out.users_n);
}

/* --- changing --- */

/* The old name stays away from others for a while. */
static void rename_account(struct db *db, struct store_request *r, struct slice name,
                           struct slice skeleton)
{
    const struct db_value old[] = {DB_INT(r->actor), DB_INT(r->now_ms + FORMER_NAME_MS)};
    const struct db_value now[] = {DB_INT(r->actor), DB_TEXT(name), DB_TEXT(skeleton)};
    db_exec(db,
            "INSERT INTO former_name (skeleton, account, until_ms)"
            " SELECT skeleton, id, CAST($2 AS BIGINT) FROM account WHERE id = $1"
            " ON CONFLICT (skeleton) DO UPDATE SET account = excluded.account,"
            " until_ms = excluded.until_ms",
            old, 2);
    db_exec(db, "UPDATE account SET name = $2, skeleton = $3 WHERE id = $1", now, 3);
}

static int64_t former_names(struct db *db, const struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(r->now_ms)};
    db_query(db, "SELECT count(*) FROM former_name WHERE account = $1 AND until_ms > $2", params,
             2);
    int64_t n = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return n;
}

/* Everything that can be wrong, before anything is written. */
static bool check_update(struct db *db, struct store_request *r, struct buf *display,
                         struct ident_name *name, struct ident_name *skeleton)
{
    if (CHAT_HAS(&r->in, CHAT_FIELD_DISPLAY)) {
        const char *why = name_display(r->in.display, display);
        if (why == name_no_memory) {
            db_fail(db, ERR_NOMEM, "no memory for a name");
            return false;
        }
        if (why) {
            op_refuse(r, CHAT_INVALID, "display");
            r->out.refusal.message = why;
            return false;
        }
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_NAME)) {
        const char *why = ident_user(r->in.name, name);
        if (why) {
            op_refuse(r, CHAT_INVALID, "name");
            r->out.refusal.message = why;
            return false;
        }
        ident_skeleton(ident_slice(name), skeleton);
        if (ident_reserved(ident_slice(name)) ||
            !is_free(db, r, ident_slice(name), ident_slice(skeleton), r->actor)) {
            op_refuse(r, CHAT_TAKEN, "name");
            return false;
        }
        if (former_names(db, r) >= FORMER_NAMES_MAX) {
            op_refuse(r, CHAT_TOO_MANY, "name");
            return false;
        }
    }
    return op_profile_check(r);
}

/* In what can be updated. */
static bool is_same(const struct chat_user *a, const struct chat_user *b)
{
    return slice_eq(a->name, b->name) && slice_eq(a->display, b->display) &&
           slice_eq(a->status, b->status) && slice_eq(a->profile->bio, b->profile->bio) &&
           slice_eq(a->profile->zone, b->profile->zone);
}

void op_user_update(struct db *db, struct store_request *r)
{
    struct buf display = {.max = CHAT_DISPLAY_CHARS_MAX * 4};
    struct ident_name name, skeleton;
    struct chat_user before;
    if (!op_load_user(db, r, r->actor, &before)) {
        op_refuse(r, CHAT_UNAUTHENTICATED, "");
        return;
    }
    before.profile = op_load_profile(db, r, r->actor);
    if (!check_update(db, r, &display, &name, &skeleton)) {
        buf_fini(&display);
        return;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_DISPLAY)) {
        struct slice shown = op_copy(db, r, buf_peek(&display));
        const struct db_value params[] = {DB_INT(r->actor), DB_TEXT(shown),
                                          DB_TEXT(folded(db, r, shown))};
        db_exec(db, "UPDATE account SET display = $2, display_fold = $3 WHERE id = $1", params, 3);
    }
    buf_fini(&display);
    if (CHAT_HAS(&r->in, CHAT_FIELD_STATUS)) {
        const struct db_value params[] = {DB_INT(r->actor), DB_TEXT(r->in.status)};
        db_exec(db, "UPDATE account SET status = $2 WHERE id = $1", params, 2);
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_NAME) && !slice_eq(ident_slice(&name), before.name)) {
        rename_account(db, r, ident_slice(&name), ident_slice(&skeleton));
    }
    op_profile_set(db, r);
    op_give_profile(db, r, r->actor);
    const struct chat_user *now = r->out.users;
    r->out.dup = now && now->profile && before.profile && is_same(&before, now);
}

void op_user_password(struct db *db, struct store_request *r)
{
    int64_t id = op_user_id(db, r);
    if (id == 0) {
        return;
    }
    if (r->actor != 0 && r->actor != id) {
        op_refuse(r, CHAT_FORBIDDEN, "user");
        return;
    }
    const struct db_value params[] = {DB_INT(id), DB_TEXT(r->account.password_hash)};
    db_exec(db, "UPDATE account SET password_hash = $2 WHERE id = $1", params, 2);
    op_end_sessions(db, r, id, 0, r->account.session);
    op_give_user(db, r, id);
}

/* Sessions stay: it is the same password. */
void op_user_rehash(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->in.user), DB_TEXT(r->account.password_hash),
                                      DB_TEXT(r->in.text)};
    db_exec(db, "UPDATE account SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
            params, 3);
}

void op_user_role(struct db *db, struct store_request *r)
{
    int64_t id = op_user_id(db, r);
    if (id == 0) {
        return;
    }
    enum chat_role own = op_role_of(db, r->actor), before = op_role_of(db, id);
    bool may_set =
        r->actor == 0 || (own >= CHAT_ADMIN && id != r->actor && before < own && r->in.role < own);
    r->out.dup = may_set && before == r->in.role;
    if (!may_set) {
        op_refuse(r, CHAT_FORBIDDEN, "role");
        return;
    }
    const struct db_value params[] = {DB_INT(id), DB_INT(r->in.role)};
    db_exec(db, "UPDATE account SET role = $2 WHERE id = $1", params, 2);
    op_give_profile(db, r, id);
}

void op_users_count(struct db *db, struct store_request *r)
{
    db_query(db, "SELECT count(*) FROM account WHERE role = $1", &DB_INT(CHAT_OWNER), 1);
    r->out.count = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
}
