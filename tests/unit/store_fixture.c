/* See store_fixture.h. */
#include "store_fixture.h"

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "pg_cluster.h"
#include "temp_dir.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct store *fx_store;
bool fx_shared;
int64_t fx_now_ms, fx_lobby;

static struct pg_cluster *cluster;
static char folder[TEMP_PATH_BYTES];
static char url[PG_URL_BYTES + TEMP_PATH_BYTES];
static struct store_request *kept; /* linked by user */
static struct arena texts;
static unsigned cids_n;

int fx_sqlite(void **state)
{
    (void)state;
    return 0;
}

int fx_postgres(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR); /* a cluster for tests makes it warn of fsync=off */
    cluster = pg_cluster_new();
    return 0;
}

int fx_end(void **state)
{
    (void)state;
    if (cluster) {
        pg_cluster_free(cluster);
        cluster = NULL;
    }
    return 0;
}

void fx_postgres_tell(const char *command)
{
    pg_cluster_tell(cluster, command);
}

const char *fx_folder(void)
{
    return folder;
}

const char *fx_url(void)
{
    return url;
}

bool fx_is_postgres(void)
{
    return cluster != NULL;
}

/* Nobody waits for these. */
static void deliver(void *user, struct store_request *list)
{
    (void)user;
    CHECK(!list);
}

static void open_store(void)
{
    struct store_options options = {.url = url, .deliver = deliver, .shared = fx_shared};
    struct db_failure failure = {0};

    if (store_open(&options, &fx_store, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
}

int fx_set_up(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    temp_dir_make(folder);
    if (cluster) {
        pg_cluster_database(cluster, 0, url);
    } else {
        assert_true(snprintf(url, sizeof url, "sqlite:%s/t.db", folder) < (int)sizeof url);
    }
    fx_now_ms = clock_wall_ms(); /* what is older is forgotten by and by */
    arena_init(&texts, 64u << 20);
    open_store();
    fx_lobby = fx_ask(fx_new(STORE_LOBBY_ENSURE, 0))->out.room;
    return 0;
}

int fx_tear_down(void **state)
{
    (void)state;
    store_close(fx_store);
    fx_store = NULL;
    while (kept) {
        struct store_request *r = kept;
        kept = r->user;
        store_request_free(r);
    }
    arena_fini(&texts);
    temp_dir_remove(folder);
    return 0;
}

void fx_reopen(void)
{
    store_close(fx_store);
    open_store();
}

int64_t fx_sql(const char *sql)
{
    struct db *db = NULL;
    struct db_failure failure = {0};
    int64_t value = 0;

    if (db_open(url, false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    db_query(db, sql, NULL, 0);
    if (db_next(db)) {
        value = db_int(db, 0);
    }
    if (db_done(db) != ERR_OK) {
        fail_msg("%s", db_failure(db)->text);
    }
    db_close(db);
    return value;
}

/* --- requests --- */

struct store_request *fx_new(enum store_op op, int64_t actor)
{
    struct store_request *r = store_request_new(op);

    assert_non_null(r);
    r->actor = actor;
    r->now_ms = fx_now_ms;
    r->user = kept;
    kept = r;
    return r;
}

struct slice fx_text(const char *text)
{
    struct slice copy = arena_copy(&texts, slice_str(text));

    assert_non_null(copy.p);
    return copy;
}

void fx_has(struct store_request *r, enum chat_field field)
{
    r->in.has |= 1ull << field;
}

struct store_request *fx_ask(struct store_request *r)
{
    store_call(fx_store, r);
    if (r->out.refusal.error != CHAT_OK) {
        fail_msg("op %d: %s (%s)", r->op, chat_error_rows[r->out.refusal.error].code,
                 r->out.refusal.field);
    }
    return r;
}

static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t waiting_done = PTHREAD_COND_INITIALIZER;
static unsigned waiting_n;

static void on_done(struct store_request *r)
{
    (void)r;
    pthread_mutex_lock(&waiting_lock);
    waiting_n--;
    pthread_cond_signal(&waiting_done);
    pthread_mutex_unlock(&waiting_lock);
}

void fx_run_all(struct store_request *const *list, unsigned n)
{
    waiting_n = n;
    for (unsigned i = 0; i < n; i++) {
        list[i]->done = on_done;
        store_submit(fx_store, list[i]);
    }
    pthread_mutex_lock(&waiting_lock);
    while (waiting_n > 0) {
        pthread_cond_wait(&waiting_done, &waiting_lock);
    }
    pthread_mutex_unlock(&waiting_lock);
}

void fx_ask_all(struct store_request *const *list, unsigned n)
{
    fx_run_all(list, n);
    for (unsigned i = 0; i < n; i++) {
        if (list[i]->out.refusal.error != CHAT_OK) {
            fail_msg("op %d: %s (%s)", list[i]->op,
                     chat_error_rows[list[i]->out.refusal.error].code, list[i]->out.refusal.field);
        }
    }
}

void fx_refused(struct store_request *r, enum chat_error error, const char *field)
{
    store_call(fx_store, r);
    if (r->out.refusal.error != error || strcmp(r->out.refusal.field, field) != 0) {
        fail_msg("op %d: %s (%s) instead of %s (%s)", r->op,
                 chat_error_rows[r->out.refusal.error].code, r->out.refusal.field,
                 chat_error_rows[error].code, field);
    }
    assert_false(r->out.has_event);
}

struct slice fx_hash(unsigned n)
{
    char *p = arena_alloc(&texts, 32);

    assert_non_null(p);
    memcpy(p, &n, sizeof n);
    return (struct slice){p, 32};
}

/* --- people and rooms --- */

int64_t fx_user(const char *name, enum chat_role role)
{
    struct store_request *r = fx_new(STORE_USER_CREATE, 0);

    r->account.name = fx_text(name);
    r->account.role = role;
    return fx_ask(r)->out.users[0].id;
}

int64_t fx_room(int64_t actor, enum chat_room_kind kind, const char *name)
{
    struct store_request *r = fx_new(STORE_ROOM_CREATE, actor);

    r->in.kind = kind;
    r->in.name = fx_text(name);
    return fx_ask(r)->out.rooms[0].id;
}

struct store_request *fx_about(enum store_op op, int64_t actor, int64_t room, int64_t user)
{
    struct store_request *r = fx_new(op, actor);

    r->in.room = room;
    r->in.user = user;
    return r;
}

void fx_add(int64_t actor, int64_t room, int64_t user)
{
    fx_ask(fx_about(STORE_ROOM_ADD, actor, room, user));
}

void fx_role(int64_t actor, int64_t room, int64_t user, enum chat_role role)
{
    struct store_request *r = fx_about(STORE_ROOM_ROLE, actor, room, user);

    r->in.role = role;
    fx_ask(r);
}

struct store_request *fx_message(int64_t actor, int64_t room, const char *text)
{
    struct store_request *r = fx_new(STORE_SEND, actor);

    r->in.room = room;
    r->in.text = fx_text(text);
    cids_n++;
    memcpy(r->in.cid, &cids_n, sizeof cids_n);
    return r;
}

struct store_request *fx_send(int64_t actor, int64_t room, const char *text)
{
    return fx_ask(fx_message(actor, room, text));
}

void fx_send_n(int64_t actor, int64_t room, unsigned n)
{
    struct store_request **list = mem_alloc(n * sizeof(void *));
    char text[32];

    assert_non_null(list);
    for (unsigned i = 0; i < n; i++) {
        assert_true(snprintf(text, sizeof text, "message %u", i + 1) > 0);
        list[i] = fx_message(actor, room, text);
    }
    fx_ask_all(list, n);
    mem_free(list);
}

struct store_request *fx_in_room(enum store_op op, int64_t actor, int64_t room)
{
    return fx_about(op, actor, room, 0);
}

/* The room's own count of its changes, and that none is missing. */
int64_t fx_ev(int64_t room)
{
    char sql[200];
    int64_t ev;

    assert_true(snprintf(sql, sizeof sql, "SELECT ev FROM room WHERE id = %lld", (long long)room) >
                0);
    ev = fx_sql(sql);
    assert_true(snprintf(sql, sizeof sql, "SELECT count(*) FROM room_event WHERE room = %lld",
                         (long long)room) > 0);
    assert_int_equal(fx_sql(sql), ev);
    return ev;
}

/* As many as there are rows. */
int64_t fx_members(int64_t room)
{
    char sql[200];
    int64_t n;

    assert_true(snprintf(sql, sizeof sql, "SELECT members_n FROM room WHERE id = %lld",
                         (long long)room) > 0);
    n = fx_sql(sql);
    assert_true(snprintf(sql, sizeof sql,
                         "SELECT count(*) FROM member WHERE room = %lld AND joined = 1",
                         (long long)room) > 0);
    assert_int_equal(fx_sql(sql), n);
    return n;
}

void fx_heard(const struct store_request *r, enum chat_change change, int64_t user)
{
    assert_true(r->out.has_event);
    assert_int_equal(r->out.event.kind, CHAT_EVENT_MEMBER);
    assert_int_equal(r->out.event.change, change);
    assert_int_equal(r->out.event.user->id, user);
    assert_int_equal(r->out.event.actor, r->actor);
    assert_int_equal(r->out.event.ev, r->out.ev);
    assert_int_equal(r->out.event.ts, fx_now_ms);
    assert_int_equal(r->out.ev, fx_ev(r->out.event.room));
}
