/* What somebody says of himself at length: read with a profile, but with no list of people. See store_op.h. */
#include "store_op.h"

#include "zone.h"

struct chat_profile *op_load_profile(struct db *db, struct store_request *r, int64_t id)
{
    struct chat_profile *profile = op_alloc(db, r, 1, sizeof *profile);
    db_query(db, "SELECT bio, zone FROM profile WHERE account = $1", &DB_INT(id), 1);
    if (db_next(db) && profile) {
        profile->bio = op_copy(db, r, db_text(db, 0));
        profile->zone = op_copy(db, r, db_text(db, 1));
    }
    db_done(db);
    return profile;
}

void op_give_profile(struct db *db, struct store_request *r, int64_t id)
{
    op_give_user(db, r, id);
    if (r->out.users_n > 0) {
        r->out.users[0].profile = op_load_profile(db, r, id);
    }
}

bool op_profile_check(struct store_request *r)
{
    if (!CHAT_HAS(&r->in, CHAT_FIELD_ZONE) || r->in.zone.n == 0) {
        return true;
    }
    const char *zone = zone_find(r->in.zone);
    if (!zone) {
        op_refuse(r, CHAT_INVALID, "zone");
        r->out.refusal.message = "is no time zone of the IANA data base";
        return false;
    }
    r->in.zone = slice_str(zone);
    return true;
}

void op_profile_set(struct db *db, struct store_request *r)
{
    bool bio = CHAT_HAS(&r->in, CHAT_FIELD_BIO), zone = CHAT_HAS(&r->in, CHAT_FIELD_ZONE);
    const struct db_value params[] = {DB_INT(r->actor), DB_TEXT(bio ? r->in.bio : SL("")),
                                      DB_TEXT(zone ? r->in.zone : SL("")), DB_INT(bio),
                                      DB_INT(zone)};
    if (bio || zone) {
        db_exec(db,
                "INSERT INTO profile (account, bio, zone) VALUES ($1, $2, $3)"
                " ON CONFLICT (account) DO UPDATE SET"
                " bio = CASE WHEN $4 = 1 THEN excluded.bio ELSE profile.bio END,"
                " zone = CASE WHEN $5 = 1 THEN excluded.zone ELSE profile.zone END",
                params, 5);
    }
}
