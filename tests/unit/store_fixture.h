/* A store of a test's own, on SQLite and then on PostgreSQL, and short words for asking it. Every test of the store's operations is run on
 * both: they are to be told apart by nothing.
 */
#pragma once

#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern struct store *fx_store;
/* To be set before fx_set_up: other stores write to the same PostgreSQL. */
extern bool fx_shared;
extern int64_t fx_now_ms; /* the time of requests; tests move it */
extern int64_t fx_lobby;

/* Run the tests on both databases. Returns what main is to. */
#define FX_TEST(f) cmocka_unit_test_setup_teardown(f, fx_set_up, fx_tear_down)
#define FX_MAIN(tests)                                                                             \
    (cmocka_run_group_tests_name("sqlite", tests, fx_sqlite, fx_end) +                             \
     cmocka_run_group_tests_name("postgresql", tests, fx_postgres, fx_end))
int fx_sqlite(void **state);
int fx_postgres(void **state);
int fx_end(void **state);
/* A new database and a store on it; both go at the end, and requests with them. */
int fx_set_up(void **state);
int fx_tear_down(void **state);
/* Close the store and open it again, as a restart does. */
void fx_reopen(void);
/* A command for its keeper: "stop immediate", "start". */
void fx_postgres_tell(const char *command);
/* The folder that an SQLite database is in. */
const char *fx_folder(void);
const char *fx_url(void);
bool fx_is_postgres(void);
/* Run a statement beside the store; the first number of its answer, 0 when there is none. */
int64_t fx_sql(const char *sql);

/* A request, kept until the test's end. */
struct store_request *fx_new(enum store_op op, int64_t actor);
/* A text, kept as long. */
struct slice fx_text(const char *text);
void fx_has(struct store_request *r, enum chat_field field);
/* Ask; what is refused fails the test. */
struct store_request *fx_ask(struct store_request *r);
/* Ask all of them at once, so that they share commits; in their order. What is refused fails the test. */
void fx_ask_all(struct store_request *const *list, unsigned n);
/* The same without looking at what came of them. */
void fx_run_all(struct store_request *const *list, unsigned n);
/* Ask; anything but this refusal fails the test. */
void fx_refused(struct store_request *r, enum chat_error error, const char *field);

/* 32 bytes that differ by n: the hash of a token. */
struct slice fx_hash(unsigned n);
int64_t fx_user(const char *name, enum chat_role role);
int64_t fx_room(int64_t actor, enum chat_room_kind kind, const char *name);
/* A request about a user in a room. */
struct store_request *fx_about(enum store_op op, int64_t actor, int64_t room, int64_t user);
void fx_add(int64_t actor, int64_t room, int64_t user);
void fx_role(int64_t actor, int64_t room, int64_t user, enum chat_role role);
struct store_request *fx_send(int64_t actor, int64_t room, const char *text);
/* SEND with the next cid, not asked yet. */
struct store_request *fx_message(int64_t actor, int64_t room, const char *text);
/* Send n messages at once: "message 1", "message 2", ... */
void fx_send_n(int64_t actor, int64_t room, unsigned n);
/* A request about a room. */
struct store_request *fx_in_room(enum store_op op, int64_t actor, int64_t room);
/* The room's count of its changes, and of its members; both are checked against the rows. */
int64_t fx_ev(int64_t room);
int64_t fx_members(int64_t room);
/* r's event says so of this user, and it is the room's latest. */
void fx_heard(const struct store_request *r, enum chat_change change, int64_t user);
