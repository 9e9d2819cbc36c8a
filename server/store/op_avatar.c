/* The picture of a person: one a person, small enough for a row, and kept as it comes; who gives it has looked at it (media_still.h). */
#include "store_op.h"

#include <openssl/sha.h>

/* Of a content: another one with every other, below 2^53, never 0. */
static int64_t version_of(struct slice content)
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    uint64_t version = 0;
    SHA256((const unsigned char *)content.p, content.n, sum);
    for (unsigned i = 0; i < 7; i++) {
        version = version << 8 | sum[i];
    }
    version &= CHAT_ID_MAX;
    return version > 0 ? (int64_t)version : 1;
}

/* Whose it is: one's own; or somebody's of a lower role, of whom an administrator may only take it away. 0: refused. */
static int64_t whose(struct db *db, struct store_request *r, struct chat_user *before)
{
    int64_t id = r->in.user > 0 ? r->in.user : r->actor;
    bool own = id == r->actor;
    if (!op_load_user(db, r, id, before)) {
        op_refuse(r, own ? CHAT_UNAUTHENTICATED : CHAT_NOT_FOUND, own ? "" : "user");
        return 0;
    }
    enum chat_role role = own ? CHAT_GUEST : op_role_of(db, r->actor);
    if (!own && (role < CHAT_ADMIN || role <= before->role || r->avatar.content.n > 0)) {
        op_refuse(r, CHAT_FORBIDDEN, "user");
        return 0;
    }
    return id;
}

void op_avatar_set(struct db *db, struct store_request *r)
{
    const struct store_avatar *a = &r->avatar;
    int64_t version = a->content.n > 0 ? version_of(a->content) : 0;
    struct chat_user before;
    int64_t id = whose(db, r, &before);
    if (id == 0) {
        return;
    }
    const struct db_value params[] = {DB_INT(id), DB_INT(version), DB_TEXT(a->type),
                                      DB_BLOB(a->content)};
    if (version == before.avatar) {
        r->out.dup = true;
    } else if (version > 0) {
        db_exec(db,
                "INSERT INTO avatar (account, version, type, content) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (account) DO UPDATE SET version = excluded.version,"
                " type = excluded.type, content = excluded.content",
                params, 4);
    } else {
        db_exec(db, "DELETE FROM avatar WHERE account = $1", params, 1);
    }
    op_give_profile(db, r, id);
}

void op_avatar_get(struct db *db, struct store_request *r)
{
    db_query(db, "SELECT version, type, content FROM avatar WHERE account = $1",
             &DB_INT(r->in.user), 1);
    bool found = db_next(db);
    if (found) {
        r->out.avatar = (struct store_avatar){.version = db_int(db, 0),
                                              .type = op_copy(db, r, db_text(db, 1)),
                                              .content = op_copy(db, r, db_text(db, 2))};
    }
    db_done(db);
    if (!found) {
        op_refuse(r, CHAT_NOT_FOUND, "user");
    }
}
