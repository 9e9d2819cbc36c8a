/* What the server keeps for itself: keys, the epoch, the lobby and its guest. */
#include "store_op.h"

#include <openssl/rand.h>

#define KEYS_MAX    16
#define EPOCH_BYTES 16

void op_keys(struct db *db, struct store_request *r)
{
    r->out.keys = op_alloc(db, r, KEYS_MAX, sizeof *r->out.keys);
    if (!r->out.keys) {
        return;
    }
    db_query(db, "SELECT kid, created_ms, secret FROM signing_key ORDER BY kid DESC LIMIT $1",
             &DB_INT(KEYS_MAX), 1);
    while (r->out.keys_n < KEYS_MAX && db_next(db)) {
        r->out.keys[r->out.keys_n++] = (struct store_key){.kid = db_int(db, 0),
                                                          .created_ms = db_int(db, 1),
                                                          .secret = op_copy(db, r, db_text(db, 2))};
    }
    db_done(db);
}

void op_key_add(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_BLOB(r->account.hash), DB_INT(r->now_ms)};
    db_exec(db, "DELETE FROM signing_key WHERE created_ms < $1", &DB_INT(r->account.expires_ms), 1);
    db_exec(db, "INSERT INTO signing_key (secret, created_ms) VALUES ($1, $2)", params, 2);
    op_keys(db, r);
}

void op_epoch_new(struct db *db, struct store_request *r)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[EPOCH_BYTES];
    char text[EPOCH_BYTES * 2];
    CHECK(RAND_bytes(bytes, sizeof bytes) == 1);
    for (size_t i = 0; i < sizeof bytes; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    r->out.epoch = op_copy(db, r, (struct slice){text, sizeof text});
    db_exec(db, "UPDATE meta SET value = $1 WHERE key = 'epoch'", &DB_TEXT(r->out.epoch), 1);
}

void op_probe(struct db *db, struct store_request *r)
{
    char text[24];
    CHECK(snprintf(text, sizeof text, "%lld", (long long)r->now_ms) < (int)sizeof text);
    db_exec(db,
            "INSERT INTO meta (key, value) VALUES ('probe', $1)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &DB_TEXT(slice_str(text)), 1);
}

/* --- the name of the whole --- */

void op_workspace_name(struct db *db, struct slice name)
{
    if (name.n > 0) {
        db_exec(db,
                "INSERT INTO workspace (id, name) VALUES (1, $1)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                &DB_TEXT(name), 1);
    } else {
        db_exec(db, "DELETE FROM workspace", NULL, 0);
    }
}

void op_workspace_load(struct db *db, struct store_request *r)
{
    db_query(db, "SELECT name FROM workspace", NULL, 0);
    r->out.workspace = db_next(db) ? op_copy(db, r, db_text(db, 0)) : SL("");
    db_done(db);
}

void op_workspace_set(struct db *db, struct store_request *r)
{
    if (op_role_of(db, r->actor) < CHAT_ADMIN) {
        op_refuse(r, CHAT_FORBIDDEN, "");
        return;
    }
    op_workspace_name(db, r->account.workspace);
    r->out.workspace = r->account.workspace;
}

/* --- the lobby --- */

static int64_t find_guest(struct db *db)
{
    db_query(db, "SELECT id FROM account WHERE name = 'guest'", NULL, 0);
    int64_t id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return id;
}

static int64_t make_guest(struct db *db, const struct store_request *r)
{
    const struct db_value params[] = {DB_INT(CHAT_GUEST), DB_INT(r->now_ms)};
    db_query(db,
             "INSERT INTO account (name, skeleton, display, display_fold, role, bot, created_ms)"
             " VALUES ('guest', 'guest', 'Guest', 'guest', $1, 1, $2) RETURNING id",
             params, 2);
    int64_t id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return id;
}

void op_lobby_ensure(struct db *db, struct store_request *r)
{
    int64_t guest = find_guest(db), room = op_lobby_id(db);
    if (guest == 0) {
        guest = make_guest(db, r);
    }
    if (room == 0) {
        room = op_room_insert(db, r, CHAT_PUBLIC, SL("lobby"), SL(""));
    }
    op_join(db, r, room, guest, CHAT_MEMBER);
    r->out.has_event = false; /* nobody is there yet to hear of it */
    r->out.room = room;
    op_give_user(db, r, guest);
}
