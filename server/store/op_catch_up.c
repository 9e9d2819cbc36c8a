/* See op_catch_up.h. The number of statements depends on how much there is to tell, not on how many rooms there are. */
#include "op_catch_up.h"

#include "mem.h"
#include "op_rows.h"

#define PORTION_MESSAGES 1000 /* loaded at once */
#define PAIR_BYTES_MAX   48

/* What a row of room_event refers to. */
struct refs {
    int64_t seq, target;
};

struct catching_up {
    struct db *db;
    struct store_request *r;
    struct op_catch_up *rooms;
    uint32_t n;
    struct chat_event *events; /* of all deltas, room by room */
    struct refs *refs;         /* beside them */
    uint32_t events_max;
    struct buf json;
};

static int64_t reset_low(const struct op_catch_up *c)
{
    int64_t low = c->seq - CHAT_RESET_MESSAGES;

    return low < c->min_seq - 1 ? c->min_seq - 1 : low;
}

/* --- {"room": number, ...} --- */

static void pairs_start(struct catching_up *u)
{
    buf_reset(&u->json);
    if (buf_putc(&u->json, '{') != ERR_OK) {
        db_fail(u->db, ERR_NOMEM, "no memory for parameters");
    }
}

static void pairs_add(struct catching_up *u, int64_t room, int64_t number)
{
    if (buf_printf(&u->json, "%s\"%lld\":%lld", u->json.n > 1 ? "," : "", (long long)room,
                   (long long)number) != ERR_OK) {
        db_fail(u->db, ERR_NOMEM, "no memory for parameters");
    }
}

static struct db_value pairs_end(struct catching_up *u)
{
    if (buf_putc(&u->json, '}') != ERR_OK) {
        db_fail(u->db, ERR_NOMEM, "no memory for parameters");
    }
    return DB_TEXT(buf_peek(&u->json));
}

/* --- deltas or resets --- */

static bool has_delta(const struct op_catch_up *c)
{
    return !c->reset && c->ev > c->after;
}

static void decide(struct catching_up *u)
{
    for (uint32_t i = 0; i < u->n; i++) {
        struct op_catch_up *c = &u->rooms[i];
        int64_t behind = c->ev - c->after;
        c->reset = c->reset || behind < 0 || c->after < c->min_ev ||
                   behind > CHAT_DELTA_EVENTS_MAX ||
                   behind > OP_CATCH_UP_EVENTS_MAX - (int64_t)u->events_max;
        if (has_delta(c)) {
            u->events_max += (uint32_t)behind;
        }
    }
}

/* --- events --- */

#define EVENTS(pairs)                                                                              \
    "SELECT e.room, e.ev, e.kind, e.seq, e.actor, e.target, e.change, e.arg, e.ts FROM " pairs     \
    " CROSS JOIN room_event e WHERE e.room = c.room AND e.ev > c.after ORDER BY e.room, e.ev"

static void take_event(struct catching_up *u, struct op_catch_up *c)
{
    struct db *db = u->db;
    struct chat_event *e = &c->events[c->events_n];
    bool ranks;

    *e = (struct chat_event){.room = c->room,
                             .ev = db_int(db, 1),
                             .kind = (enum chat_event_kind)db_int(db, 2),
                             .actor = db_int(db, 4),
                             .change = (enum chat_change)db_int(db, 6),
                             .ts = db_int(db, 8)};
    ranks = e->change == CHAT_ROLE;
    e->role = ranks ? (enum chat_role)db_int(db, 7) : CHAT_GUEST;
    e->until_ms = ranks ? 0 : db_int(db, 7);
    u->refs[e - u->events] = (struct refs){.seq = db_int(db, 3), .target = db_int(db, 5)};
    c->events_n++;
}

static void read_events(struct catching_up *u)
{
    static const char *const sql[] = {
        [DB_SQLITE] = EVENTS(OP_PAIRS_SQLITE), [DB_POSTGRES] = EVENTS(OP_PAIRS_POSTGRES)};
    struct db_value json;
    uint32_t at = 0, i = 0;

    pairs_start(u);
    for (uint32_t j = 0; j < u->n; j++) {
        struct op_catch_up *c = &u->rooms[j];
        if (has_delta(c)) {
            c->events = u->events + at;
            at += (uint32_t)(c->ev - c->after);
            pairs_add(u, c->room, c->after);
        }
    }
    json = pairs_end(u);
    db_query(u->db, sql[db_kind(u->db)], &json, 1);
    while (db_next(u->db)) {
        while (i < u->n && u->rooms[i].room < db_int(u->db, 0)) {
            i++;
        }
        if (i < u->n && u->rooms[i].room == db_int(u->db, 0) &&
            u->rooms[i].events_n < u->rooms[i].ev - u->rooms[i].after) {
            take_event(u, &u->rooms[i]);
        }
    }
    (void)db_done(u->db);
}

/* Is event i of a room told by a later one, which has the state as it is now? */
static bool is_told_later(const struct op_catch_up *c, const struct refs *refs, uint32_t i)
{
    if (c->events[i].kind == CHAT_EVENT_MEMBER) {
        return false;
    }
    for (uint32_t j = i + 1; j < c->events_n; j++) {
        bool same = c->events[i].kind == CHAT_EVENT_ROOM ? c->events[j].kind == CHAT_EVENT_ROOM
                                                         : refs[j].seq == refs[i].seq;
        if (same) {
            return true;
        }
    }
    return false;
}

/* Events without a gap, or none: where one is missing, a delta would not be all of it. */
static void collapse(struct catching_up *u)
{
    for (uint32_t i = 0; i < u->n; i++) {
        struct op_catch_up *c = &u->rooms[i];
        struct refs *refs = u->refs + (c->events ? c->events - u->events : 0);
        uint32_t kept = 0;
        if (!has_delta(c)) {
            continue;
        }
        c->reset = c->events_n != c->ev - c->after;
        for (uint32_t j = 0; j < c->events_n; j++) {
            if (!is_told_later(c, refs, j)) {
                c->events[kept] = c->events[j];
                refs[kept++] = refs[j];
            }
        }
        c->events_n = c->reset ? 0 : kept;
    }
}

/* --- what events are about --- */

static uint32_t messages_of(const struct catching_up *u, const struct op_catch_up *c)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < c->events_n; i++) {
        n += u->refs[c->events - u->events + i].seq > 0;
    }
    return n;
}

static bool attach_messages(struct catching_up *u, struct op_catch_up *c, struct chat_message *list,
                            uint32_t n)
{
    for (uint32_t i = 0; i < c->events_n; i++) {
        int64_t seq = u->refs[c->events - u->events + i].seq;
        c->events[i].message = seq > 0 ? op_rows_find(list, n, c->room, seq) : NULL;
        if (seq > 0 && !c->events[i].message) {
            return false;
        }
        c->events[i].state = c->events[i].kind == CHAT_EVENT_ROOM ? c->state : NULL;
    }
    return true;
}

/* As many rooms from i on as make a portion. Returns the first one behind it. */
static uint32_t load_messages(struct catching_up *u, uint32_t i)
{
    struct chat_message *list;
    struct db_value json;
    uint32_t max = 0, n = 0, end = i;
    bool cut = false;

    pairs_start(u);
    for (; end < u->n && max < PORTION_MESSAGES; end++) {
        if (messages_of(u, &u->rooms[end]) > 0) {
            max += messages_of(u, &u->rooms[end]);
            pairs_add(u, u->rooms[end].room, u->rooms[end].after);
        }
    }
    json = pairs_end(u);
    list = op_alloc(u->db, u->r, max, sizeof *list);
    if (list && max > 0) {
        n = op_rows_load(u->db, u->r, OP_ROWS_EVENTS, &json, 1, OP_CATCH_UP_BYTES_MAX, list, max,
                         &cut);
    }
    for (; i < end; i++) {
        struct op_catch_up *c = &u->rooms[i];
        if (!attach_messages(u, c, list, n)) {
            c->reset = true;
            c->events_n = 0;
        }
    }
    return end;
}

#define USERS(pairs)                                                                               \
    "SELECT DISTINCT a.id, a.name, a.display, a.status, a.role, a.bot, " OP_AVATAR " FROM " pairs  \
    " CROSS JOIN room_event e CROSS JOIN account a WHERE e.room = c.room AND e.ev > c.after"       \
    " AND e.target > 0 AND a.id = e.target ORDER BY a.id"

static void attach_users(struct catching_up *u, struct chat_user *users, uint32_t n)
{
    for (uint32_t i = 0; i < u->n; i++) {
        struct op_catch_up *c = &u->rooms[i];
        for (uint32_t j = 0; j < c->events_n; j++) {
            int64_t id = u->refs[c->events - u->events + j].target;
            uint32_t low = 0, high = n;
            while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (users[middle].id < id) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            c->events[j].user = id > 0 && low < n && users[low].id == id ? &users[low] : NULL;
        }
    }
}

static void load_users(struct catching_up *u)
{
    static const char *const sql[] = {
        [DB_SQLITE] = USERS(OP_PAIRS_SQLITE), [DB_POSTGRES] = USERS(OP_PAIRS_POSTGRES)};
    struct db *db = u->db;
    struct chat_user *users;
    struct db_value json;
    uint32_t max = 0, n = 0;

    pairs_start(u);
    for (uint32_t i = 0; i < u->n; i++) {
        const struct op_catch_up *c = &u->rooms[i];
        uint32_t before = max;
        for (uint32_t j = 0; j < c->events_n; j++) {
            max += u->refs[c->events - u->events + j].target > 0;
        }
        if (max > before) {
            pairs_add(u, c->room, c->after);
        }
    }
    json = pairs_end(u);
    users = op_alloc(db, u->r, max, sizeof *users);
    if (!users || max == 0) {
        return;
    }
    db_query(db, sql[db_kind(db)], &json, 1);
    while (n < max && db_next(db)) {
        users[n++] = (struct chat_user){.id = db_int(db, 0),
                                        .name = op_copy(db, u->r, db_text(db, 1)),
                                        .display = op_copy(db, u->r, db_text(db, 2)),
                                        .status = op_copy(db, u->r, db_text(db, 3)),
                                        .role = (enum chat_role)db_int(db, 4),
                                        .bot = db_int(db, 5) != 0,
                                        .avatar = db_int(db, 6)};
    }
    (void)db_done(db);
    attach_users(u, users, n);
}

/* --- resets --- */

/* All messages of a room's latest page, or none: which ones are missing could not be told. */
static void attach_page(struct op_catch_up *c, struct chat_message *list, uint32_t n)
{
    int64_t low = reset_low(c);
    struct chat_message *first = op_rows_find(list, n, c->room, low + 1);

    if (first && op_rows_find(list, n, c->room, c->seq) - first == c->seq - low - 1) {
        c->messages = first;
        c->messages_n = (uint32_t)(c->seq - low);
    }
}

static uint32_t load_pages(struct catching_up *u, uint32_t i)
{
    struct chat_message *list;
    struct db_value json;
    uint32_t max = 0, n = 0, end = i;
    bool cut = false;

    pairs_start(u);
    for (; end < u->n && max < PORTION_MESSAGES; end++) {
        struct op_catch_up *c = &u->rooms[end];
        if (c->reset && c->seq > reset_low(c)) {
            max += (uint32_t)(c->seq - reset_low(c));
            pairs_add(u, c->room, reset_low(c));
        }
    }
    json = pairs_end(u);
    list = op_alloc(u->db, u->r, max, sizeof *list);
    if (list && max > 0) {
        n = op_rows_load(u->db, u->r, OP_ROWS_AFTER, &json, 1, OP_CATCH_UP_BYTES_MAX, list, max,
                         &cut);
    }
    for (; i < end; i++) {
        if (u->rooms[i].reset) {
            attach_page(&u->rooms[i], list, n);
        }
    }
    return cut ? u->n : end;
}

void op_catch_up(struct db *db, struct store_request *r, struct op_catch_up *rooms, uint32_t n)
{
    struct catching_up u = {.db = db, .r = r, .rooms = rooms, .n = n};

    buf_init(&u.json, (size_t)n * PAIR_BYTES_MAX + PAIR_BYTES_MAX);
    decide(&u);
    u.events = op_alloc(db, r, u.events_max, sizeof *u.events);
    u.refs = mem_zalloc(u.events_max * sizeof *u.refs);
    if (u.events && u.refs) {
        if (u.events_max > 0) {
            read_events(&u);
            collapse(&u);
            for (uint32_t i = 0; i < n;) {
                i = load_messages(&u, i);
            }
            load_users(&u);
        }
        for (uint32_t i = 0; i < n;) {
            i = load_pages(&u, i);
        }
    } else {
        db_fail(db, ERR_NOMEM, "no memory to catch up");
    }
    mem_free(u.refs);
    buf_fini(&u.json);
}
