/* See op_rows.h. */
#include "op_rows.h"

#include <string.h>

#define REACTIONS_MAX (CHAT_EMOJI_KINDS_MAX + 1)

/* --- statements --- */

#define IDS_SQLITE                                                                                 \
    "SELECT i.room, i.seq FROM json_each($1) AS j CROSS JOIN message i WHERE i.id = j.value"
#define IDS_POSTGRES                                                                               \
    "SELECT i.room, i.seq FROM json_array_elements_text(CAST($1 AS JSON)) AS j (value)"            \
    " CROSS JOIN message i WHERE i.id = CAST(j.value AS BIGINT)"
#define EVENTS(pairs)                                                                              \
    "SELECT DISTINCT e.room, e.seq FROM " pairs                                                    \
    " CROSS JOIN room_event e WHERE e.room = c.room AND e.ev > c.after AND e.seq > 0"
#define AFTER(pairs)                                                                               \
    "SELECT i.room, i.seq FROM " pairs                                                             \
    " CROSS JOIN message i WHERE i.room = c.room AND i.seq > c.after"

#define MESSAGE_COLUMNS                                                                            \
    "SELECT m.room, m.seq, m.cid, m.text, m.ts, m.rev, m.edited_ts, m.deleted, m.reply_to,"        \
    " m.sender, a.name, a.display, a.role, a.bot, " OP_AVATAR
#define MESSAGES(of)                                                                               \
    MESSAGE_COLUMNS " FROM (" of ") AS d CROSS JOIN message m CROSS JOIN account a"                \
                    " WHERE m.room = d.room AND m.seq = d.seq AND a.id = m.sender"                 \
                    " ORDER BY m.room, m.seq"
/* In the order in which they came; an emoji's place is that of its first. */
#define REACTION_COLUMNS                                                                           \
    "SELECT x.room, x.seq, x.emoji, x.account,"                                                    \
    " count(*) OVER (PARTITION BY x.room, x.seq, x.emoji),"                                        \
    " min(x.ts) OVER (PARTITION BY x.room, x.seq, x.emoji) AS first"
#define REACTION_ORDER " ORDER BY x.room, x.seq, first, x.emoji, x.ts, x.account"
#define REACTIONS(of)                                                                              \
    REACTION_COLUMNS " FROM (" of ") AS d CROSS JOIN reaction x"                                   \
                     " WHERE x.room = d.room AND x.seq = d.seq" REACTION_ORDER

#define FILE_COLUMNS "SELECT f.room, f.seq, f.id, f.name, f.size, f.type, f.width, f.height, t.alt"
#define FILE_ALT     " LEFT JOIN file_alt t ON t.file = f.id"
#define FILE_ORDER   " ORDER BY f.room, f.seq, f.place"
#define FILES(of)                                                                                  \
    FILE_COLUMNS " FROM (" of ") AS d CROSS JOIN file f" FILE_ALT                                  \
                 " WHERE f.room = d.room AND f.seq = d.seq" FILE_ORDER

#define MESSAGES_RANGE                                                                             \
    MESSAGE_COLUMNS " FROM message m JOIN account a ON a.id = m.sender"                            \
                    " WHERE m.room = $1 AND m.seq >= $2 AND m.seq <= $3 ORDER BY m.room, m.seq"
#define REACTIONS_RANGE                                                                            \
    REACTION_COLUMNS                                                                               \
    " FROM reaction x WHERE x.room = $1 AND x.seq >= $2 AND x.seq <= $3" REACTION_ORDER

/* Without a look at the messages: SQLite would look at all later files for each of them. */
#define FILES_AFTER(pairs)                                                                         \
    FILE_COLUMNS " FROM " pairs " CROSS JOIN file f" FILE_ALT                                      \
                 " WHERE f.room = c.room AND f.seq > c.after" FILE_ORDER
#define FILES_RANGE                                                                                \
    FILE_COLUMNS " FROM file f" FILE_ALT                                                           \
                 " WHERE f.room = $1 AND f.seq >= $2 AND f.seq <= $3" FILE_ORDER

static const char *const messages_sql[OP_ROWS_OF_N][2] = {
    [OP_ROWS_RANGE] = {MESSAGES_RANGE, MESSAGES_RANGE},
    [OP_ROWS_IDS] = {MESSAGES(IDS_SQLITE), MESSAGES(IDS_POSTGRES)},
    [OP_ROWS_EVENTS] = {MESSAGES(EVENTS(OP_PAIRS_SQLITE)), MESSAGES(EVENTS(OP_PAIRS_POSTGRES))},
    [OP_ROWS_AFTER] = {MESSAGES(AFTER(OP_PAIRS_SQLITE)), MESSAGES(AFTER(OP_PAIRS_POSTGRES))},
};
static const char *const reactions_sql[OP_ROWS_OF_N][2] = {
    [OP_ROWS_RANGE] = {REACTIONS_RANGE, REACTIONS_RANGE},
    [OP_ROWS_IDS] = {REACTIONS(IDS_SQLITE), REACTIONS(IDS_POSTGRES)},
    [OP_ROWS_EVENTS] = {REACTIONS(EVENTS(OP_PAIRS_SQLITE)), REACTIONS(EVENTS(OP_PAIRS_POSTGRES))},
    [OP_ROWS_AFTER] = {REACTIONS(AFTER(OP_PAIRS_SQLITE)), REACTIONS(AFTER(OP_PAIRS_POSTGRES))},
};

static const char *const files_sql[OP_ROWS_OF_N][2] = {
    [OP_ROWS_RANGE] = {FILES_RANGE, FILES_RANGE},
    [OP_ROWS_IDS] = {FILES(IDS_SQLITE), FILES(IDS_POSTGRES)},
    [OP_ROWS_EVENTS] = {FILES(EVENTS(OP_PAIRS_SQLITE)), FILES(EVENTS(OP_PAIRS_POSTGRES))},
    [OP_ROWS_AFTER] = {FILES_AFTER(OP_PAIRS_SQLITE), FILES_AFTER(OP_PAIRS_POSTGRES)},
};

/* --- messages --- */

static struct slice cid_text(struct db *db, struct store_request *r, struct slice cid)
{
    static const char digits[] = "0123456789abcdef";
    char hex[CHAT_CID_HEX];

    if (cid.n != CHAT_CID_HEX / 2) {
        return SL("");
    }
    for (size_t i = 0; i < cid.n; i++) {
        hex[2 * i] = digits[(unsigned char)cid.p[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)cid.p[i] & 15];
    }
    return op_copy(db, r, (struct slice){hex, sizeof hex});
}

/* The sender of the current row; the one before often is the same. */
static struct chat_user take_sender(struct db *db, struct store_request *r,
                                    const struct chat_message *before)
{
    if (before && before->from.id == db_int(db, 9)) {
        return before->from;
    }
    return (struct chat_user){.id = db_int(db, 9),
                              .name = op_copy(db, r, db_text(db, 10)),
                              .display = op_copy(db, r, db_text(db, 11)),
                              .role = (enum chat_role)db_int(db, 12),
                              .bot = db_int(db, 13) != 0,
                              .avatar = db_int(db, 14)};
}

static void take_message(struct db *db, struct store_request *r, const struct chat_message *before,
                         struct chat_message *m)
{
    *m = (struct chat_message){.room = db_int(db, 0),
                               .seq = db_int(db, 1),
                               .cid = cid_text(db, r, db_text(db, 2)),
                               .text = op_copy(db, r, db_text(db, 3)),
                               .ts = db_int(db, 4),
                               .rev = db_int(db, 5),
                               .edited_ts = db_int(db, 6),
                               .deleted = db_int(db, 7) != 0,
                               .reply_to = db_int(db, 8),
                               .from = take_sender(db, r, before)};
}

struct chat_message *op_rows_find(struct chat_message *list, uint32_t n, int64_t room, int64_t seq)
{
    uint32_t low = 0, high = n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct chat_message *m = &list[middle];
        if (m->room < room || (m->room == room && m->seq < seq)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && list[low].room == room && list[low].seq == seq ? &list[low] : NULL;
}

/* --- reactions --- */

/* The reaction of an emoji, made if it is new; NULL: no place, or no memory. */
static struct chat_reaction *reaction_of(struct db *db, struct store_request *r,
                                         struct chat_message *m, struct slice emoji,
                                         int64_t users_n)
{
    struct chat_reaction *reaction;

    for (uint32_t i = 0; i < m->reactions_n; i++) {
        if (slice_eq(m->reactions[i].emoji, emoji)) {
            return &m->reactions[i];
        }
    }
    if (!m->reactions) {
        m->reactions = op_alloc(db, r, REACTIONS_MAX, sizeof *m->reactions);
    }
    if (!m->reactions || m->reactions_n == REACTIONS_MAX) {
        return NULL;
    }
    reaction = &m->reactions[m->reactions_n];
    reaction->emoji = op_copy(db, r, emoji);
    reaction->users = op_alloc(db, r, (size_t)users_n, sizeof *reaction->users);
    if (!reaction->users) {
        return NULL;
    }
    m->reactions_n++;
    return reaction;
}

static void load_reactions(struct db *db, struct store_request *r, const char *sql,
                           const struct db_value *params, unsigned params_n,
                           struct chat_message *list, uint32_t n)
{
    db_query(db, sql, params, params_n);
    while (db_next(db)) {
        struct chat_message *m = op_rows_find(list, n, db_int(db, 0), db_int(db, 1));
        struct chat_reaction *reaction =
            m ? reaction_of(db, r, m, db_text(db, 2), db_int(db, 4)) : NULL;
        if (reaction) {
            reaction->users[reaction->users_n++] = db_int(db, 3);
        }
    }
    (void)db_done(db);
}

/* --- files --- */

static void load_files(struct db *db, struct store_request *r, const char *sql,
                       const struct db_value *params, unsigned params_n, struct chat_message *list,
                       uint32_t n)
{
    db_query(db, sql, params, params_n);
    while (db_next(db)) {
        struct chat_message *m = op_rows_find(list, n, db_int(db, 0), db_int(db, 1));
        if (m && !m->files) {
            m->files = op_alloc(db, r, CHAT_FILES_MAX, sizeof *m->files);
        }
        if (m && m->files && m->files_n < CHAT_FILES_MAX) {
            m->files[m->files_n++] = (struct chat_file){.id = db_int(db, 2),
                                                        .name = op_copy(db, r, db_text(db, 3)),
                                                        .size = db_int(db, 4),
                                                        .type = op_copy(db, r, db_text(db, 5)),
                                                        .width = (uint32_t)db_int(db, 6),
                                                        .height = (uint32_t)db_int(db, 7),
                                                        .alt = op_copy(db, r, db_text(db, 8))};
        }
    }
    (void)db_done(db);
}

uint32_t op_rows_load(struct db *db, struct store_request *r, enum op_rows_of of,
                      const struct db_value *params, unsigned params_n, size_t arena_max,
                      struct chat_message *out, uint32_t max, bool *cut)
{
    uint32_t n = 0;

    db_query(db, messages_sql[of][db_kind(db)], params, params_n);
    while (n < max && db_next(db)) {
        if (r->arena.used + db_text(db, 3).n > arena_max) {
            *cut = true;
            break;
        }
        take_message(db, r, n > 0 ? &out[n - 1] : NULL, &out[n]);
        n++;
    }
    (void)db_done(db);
    load_reactions(db, r, reactions_sql[of][db_kind(db)], params, params_n, out, n);
    load_files(db, r, files_sql[of][db_kind(db)], params, params_n, out, n);
    return n;
}

/* --- of one room --- */

static uint32_t load_range(struct db *db, struct store_request *r, int64_t room, int64_t low,
                           int64_t high, struct chat_message *out, uint32_t max)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(low), DB_INT(high)};
    bool cut;

    return op_rows_load(db, r, OP_ROWS_RANGE, params, 3, SIZE_MAX, out, max, &cut);
}

bool op_load_message(struct db *db, struct store_request *r, int64_t room, int64_t seq,
                     struct chat_message *out)
{
    return load_range(db, r, room, seq, seq, out, 1) == 1;
}

void op_load_messages(struct db *db, struct store_request *r, int64_t room, int64_t low,
                      int64_t high)
{
    uint32_t max = high >= low ? (uint32_t)(high - low + 1) : 0;

    r->out.messages = op_alloc(db, r, max, sizeof *r->out.messages);
    if (r->out.messages) {
        r->out.messages_n = load_range(db, r, room, low, high, r->out.messages, max);
    }
}
