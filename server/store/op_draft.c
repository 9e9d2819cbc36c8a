/* What somebody has written in a room and not sent, one text a room: the last who writes it wins, and every writing has a higher rev. Who says
 * which rev he has seen does not overwrite a later text. It is nobody else's, and goes with the membership.
 */
#include "store_op.h"

/* A member, or refused. write: nobody leaves the room meanwhile. */
static bool is_member(struct db *db, struct store_request *r, bool write)
{
    struct may_facts facts;
    op_facts(db, r, r->in.room, write, &facts, NULL);
    enum chat_error error = may(MAY_READ, &facts);
    if (!error && !facts.member) {
        error = CHAT_FORBIDDEN;
    }
    if (error) {
        op_refuse(r, error, "room");
    }
    return error == CHAT_OK;
}

/* The actor's draft as it is now. */
static void load(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(r->in.room)};
    db_query(db, "SELECT rev, text, reply_to FROM draft WHERE account = $1 AND room = $2", params,
             2);
    if (db_next(db)) {
        r->out.draft = (struct store_draft){.rev = db_int(db, 0),
                                            .text = op_copy(db, r, db_text(db, 1)),
                                            .reply_to = db_int(db, 2)};
    }
    db_done(db);
}

static bool has_too_many(struct db *db, const struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(r->in.room)};
    db_query(db, "SELECT count(*) FROM draft WHERE account = $1 AND room <> $2 AND text <> ''",
             params, 2);
    bool many = db_next(db) && db_int(db, 0) >= STORE_DRAFTS_MAX;
    db_done(db);
    return many;
}

void op_draft_get(struct db *db, struct store_request *r)
{
    if (is_member(db, r, false)) {
        load(db, r);
    }
}

/* Another device has written what this one has not seen, and would be lost. */
static bool goes_over_another(struct db *db, struct store_request *r)
{
    const struct store_draft *is = &r->out.draft;
    if (!CHAT_HAS(&r->in, CHAT_FIELD_REV)) {
        return false;
    }
    load(db, r);
    return is->rev != r->in.rev && is->text.n > 0 && !slice_eq(is->text, r->in.text);
}

void op_draft_set(struct db *db, struct store_request *r)
{
    if (!is_member(db, r, true)) {
        return;
    }
    if (goes_over_another(db, r)) {
        op_refuse(r, CHAT_CONFLICT, "rev");
        return;
    }
    if (r->in.text.n > 0 && has_too_many(db, r)) {
        op_refuse(r, CHAT_TOO_MANY, "");
        r->out.refusal.message = "You have too many drafts; send or clear some";
        return;
    }
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(r->in.room), DB_TEXT(r->in.text),
                                      DB_INT(r->in.text.n > 0 ? r->in.reply_to : 0)};
    db_exec(db,
            "INSERT INTO draft (account, room, rev, text, reply_to) VALUES ($1, $2, 1, $3, $4)"
            " ON CONFLICT (account, room) DO UPDATE SET rev = draft.rev + 1, text = excluded.text,"
            " reply_to = excluded.reply_to",
            params, 4);
    load(db, r);
}

void op_draft_forget(struct db *db, int64_t room, int64_t account)
{
    const struct db_value params[] = {DB_INT(account), DB_INT(room)};
    db_exec(db, "DELETE FROM draft WHERE account = $1 AND room = $2", params, 2);
}
