/* Forgetting: changes that nobody catches up with any more, sessions and invitations that have ended long ago, what was reported and
 * judged long ago, and the names of guests who can come back no more. */
#include "store_op.h"

#include "ident.h"

#include <stdio.h>

#define DAY_MS         (86400LL * 1000)
#define EVENTS_KEPT    10000
#define EVENTS_SLACK   1000 /* a room is looked at again after so many more */
#define EVENTS_KEPT_MS (30 * DAY_MS)
#define ENDED_KEPT_MS                                                                              \
    (40 * DAY_MS) /* longer than a refresh token lives: its reuse is still recognised */
#define REPORTS_KEPT_MS (90 * DAY_MS) /* after they were closed */
#define ROOMS_A_STEP    16
#define EVENTS_A_STEP   2000
#define GUESTS_A_STEP   64

struct log_end {
    int64_t room, ev, min_ev;
};

/* Rooms whose log is too long, or begins with what is too old. */
static unsigned find_rooms(struct db *db, int64_t now_ms, struct log_end rooms[ROOMS_A_STEP])
{
    const struct db_value params[] = {DB_INT(EVENTS_KEPT + EVENTS_SLACK),
                                      DB_INT(now_ms - EVENTS_KEPT_MS), DB_INT(ROOMS_A_STEP)};
    unsigned n = 0;
    db_query(db,
             "SELECT r.id, r.ev, r.min_ev FROM room r WHERE r.ev - r.min_ev > $1"
             " OR (SELECT e.ts FROM room_event e WHERE e.room = r.id AND e.ev > r.min_ev"
             " ORDER BY e.ev LIMIT 1) < $2 LIMIT $3",
             params, 3);
    while (n < ROOMS_A_STEP && db_next(db)) {
        rooms[n++] = (struct log_end){db_int(db, 0), db_int(db, 1), db_int(db, 2)};
    }
    db_done(db);
    return n;
}

/* The last of the next portion that is too old; 0: none is. */
static int64_t last_old(struct db *db, const struct log_end *room, int64_t now_ms)
{
    const struct db_value params[] = {DB_INT(room->room), DB_INT(room->min_ev),
                                      DB_INT(room->min_ev + EVENTS_A_STEP),
                                      DB_INT(now_ms - EVENTS_KEPT_MS)};
    db_query(db,
             "SELECT max(ev) FROM room_event WHERE room = $1 AND ev > $2 AND ev <= $3 AND ts < $4",
             params, 4);
    int64_t ev = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return ev;
}

static void forget_events(struct db *db, const struct log_end *room, int64_t now_ms)
{
    int64_t upto = last_old(db, room, now_ms);
    if (room->ev - room->min_ev > EVENTS_KEPT + EVENTS_SLACK && upto < room->ev - EVENTS_KEPT) {
        upto = room->ev - EVENTS_KEPT;
    }
    if (upto > room->min_ev + EVENTS_A_STEP) {
        upto = room->min_ev + EVENTS_A_STEP;
    }
    const struct db_value params[] = {DB_INT(room->room), DB_INT(upto)};
    db_exec(db, "UPDATE room SET min_ev = $2 WHERE id = $1 AND min_ev < $2", params, 2);
    db_exec(db, "DELETE FROM room_event WHERE room = $1 AND ev <= $2", params, 2);
}

static bool forget_ended(struct db *db, int64_t now_ms)
{
    const struct db_value old = DB_INT(now_ms - ENDED_KEPT_MS);
    int64_t n = 0;
    db_exec(db,
            "DELETE FROM spent_refresh WHERE hash IN (SELECT hash FROM spent_refresh WHERE ts < $1"
            " ORDER BY ts LIMIT 2000)",
            &old, 1);
    n += db_changes(db);
    db_exec(db,
            "DELETE FROM session WHERE (ended_ms < $1 OR expires_ms < $1)"
            " AND NOT EXISTS (SELECT 1 FROM spent_refresh p WHERE p.session = session.id)",
            &old, 1);
    n += db_changes(db);
    db_exec(db, "DELETE FROM invite WHERE expires_ms < $1 OR uses_left = 0", &old, 1);
    n += db_changes(db);
    db_exec(db,
            "DELETE FROM report WHERE id IN (SELECT id FROM report WHERE closed_ms > 0"
            " AND closed_ms < $1 ORDER BY id LIMIT 2000)",
            &DB_INT(now_ms - REPORTS_KEPT_MS), 1);
    n += db_changes(db);
    db_exec(db, "DELETE FROM former_name WHERE until_ms < $1", &DB_INT(now_ms), 1);
    return n + db_changes(db) > 0;
}

/* Guests without a device that may come back, whom nobody has seen since: they have no password, so nobody can be them again. */
static unsigned find_gone_guests(struct db *db, int64_t now_ms, int64_t since_ms,
                                 int64_t ids[GUESTS_A_STEP])
{
    const struct db_value params[] = {DB_INT(CHAT_GUEST), DB_INT(since_ms), DB_INT(now_ms),
                                      DB_INT(GUESTS_A_STEP)};
    unsigned n = 0;
    db_query(
        db,
        "SELECT a.id FROM account a WHERE a.role = $1 AND a.bot = 0 AND a.password_hash IS NULL"
        " AND a.created_ms < $2 AND a.name NOT LIKE '" IDENT_FORMER_GUEST "%'"
        " AND NOT EXISTS (SELECT 1 FROM session s WHERE s.account = a.id AND (s.seen_ms >= $2"
        " OR s.ended_ms >= $2 OR (s.ended_ms IS NULL AND s.expires_ms > $3))) ORDER BY a.id LIMIT "
        "$4",
        params, 4);
    while (n < GUESTS_A_STEP && db_next(db)) {
        ids[n++] = db_int(db, 0);
    }
    db_done(db);
    return n;
}

/* Somebody else may have the name now; what was written under it tells the two apart. The face goes, and what was said of it. The words
 * are in one language, as whatever else a display name says: bots, the API and "/" show it as it is, and were there a mark beside it
 * instead, those who do not know the mark would show two people as one. No socket is told: nobody has met this guest for weeks, and
 * whoever reads the old messages again has the new name with them. */
static bool free_name(struct db *db, int64_t id)
{
    struct ident_name name, skeleton;
    name.n = (size_t)snprintf(name.p, sizeof name.p, IDENT_FORMER_GUEST "%lld", (long long)id);
    ident_skeleton(ident_slice(&name), &skeleton);
    const struct db_value params[] = {DB_INT(id), DB_TEXT(ident_slice(&name)),
                                      DB_TEXT(ident_slice(&skeleton))};
    db_exec(db,
            "UPDATE account SET name = $2, skeleton = $3, display = substr(display, 1, 49) ||"
            " ' (former guest)', display_fold = substr(display_fold, 1, 49) || ' (former guest)'"
            " WHERE id = $1 AND name NOT LIKE '" IDENT_FORMER_GUEST
            "%'" /* another server was first */
            " AND NOT EXISTS (SELECT 1 FROM account o WHERE (o.name = $2 OR o.skeleton = $3)"
            " AND o.id <> $1)",
            params, 3);
    bool freed = db_changes(db) > 0;
    if (freed) {
        db_exec(db, "DELETE FROM avatar WHERE account = $1", params, 1);
        db_exec(db, "DELETE FROM profile WHERE account = $1", params, 1);
    }
    return freed;
}

static bool free_names(struct db *db, int64_t now_ms, unsigned guest_days)
{
    int64_t ids[GUESTS_A_STEP];
    unsigned n = find_gone_guests(db, now_ms, now_ms - guest_days * DAY_MS, ids);
    bool any = false;
    for (unsigned i = 0; i < n; i++) {
        any = free_name(db, ids[i]) || any;
    }
    return any;
}

bool store_prune(struct db *db, int64_t now_ms, unsigned guest_days)
{
    struct log_end rooms[ROOMS_A_STEP];
    if (db_begin(db, true) != ERR_OK) {
        return false;
    }
    unsigned n = find_rooms(db, now_ms, rooms);
    for (unsigned i = 0; i < n; i++) {
        forget_events(db, &rooms[i], now_ms);
    }
    bool any = forget_ended(db, now_ms) || n > 0;
    any = (guest_days > 0 && free_names(db, now_ms, guest_days)) || any;
    return db_commit(db) == ERR_OK && any;
}
