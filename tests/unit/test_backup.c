/* Backups: everything comes back, into either kind of database; what is damaged is refused and changes nothing. On both databases. */
#include "backup.h"
#include "buf.h"
#include "migrate.h"
#include "store_fixture.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MADE_MS 1795400000000

struct text {
    char *p;
    size_t n;
};

static struct db *open_db(const char *url, bool read_only)
{
    struct db_failure failure = {0};
    struct db *db = NULL;

    if (db_open(url, read_only, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return db;
}

/* --- what is kept --- */

static void sign_in(int64_t user, unsigned n)
{
    struct store_request *r = fx_new(STORE_SESSION_NEW, user);
    r->in.user = user;
    r->account.hash = fx_hash(n);
    r->account.expires_ms = fx_now_ms + 1000000;
    r->account.user_agent = fx_text("Agent/1.0 \"\\ \xC3\xBC");
    fx_ask(r);
    r = fx_new(STORE_SESSION_TURN, user);
    r->account.hash = fx_hash(n);
    r->account.new_hash = fx_hash(n + 1);
    r->account.expires_ms = fx_now_ms + 1000000;
    fx_ask(r);
}

static void change_messages(int64_t ann, int64_t bob, int64_t room)
{
    static const char *const texts[] = {
        "plain",
        "@ann line\nwith \"quotes\" \\ and \x01 a control \x7F",
        "\xF0\x9F\x91\x8B\xF0\x9F\x8F\xBD \xE2\x80\xAE \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
        "to be edited",
        "to be deleted",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fx_send(i % 2 ? bob : ann, room, texts[i]);
    }
    struct store_request *r = fx_in_room(STORE_EDIT, bob, room);
    r->in.seq = 4;
    r->in.rev = 1;
    r->in.text = fx_text("edited");
    fx_ask(r);
    r = fx_in_room(STORE_DELETE, ann, room);
    r->in.seq = 5;
    fx_ask(r);
    r = fx_in_room(STORE_REACT, ann, room);
    r->in.seq = 1;
    r->in.emoji = fx_text("\xF0\x9F\x91\x8D");
    r->in.on = true;
    fx_ask(r);
}

/* A picture that is sent, and one that is not whole. Its content has what could be taken for the end of it. */
#define CONTENT         "\n{\"rows\":1}\n[1]\n\xff\x01 end"
#define ROWS_IN_CONTENT 1 /* lines that look like one */
static int64_t sent_file, part_file;
static size_t picture_n = 300; /* more than any hash has */
static int64_t make_file(int64_t owner, int64_t room, const char *name)
{
    struct store_request *r = fx_in_room(STORE_FILE_NEW, owner, room);
    r->file.file.name = fx_text(name);
    r->file.file.size = sizeof CONTENT - 1;
    r->file_limits.files_n = 10;
    r->file_limits.bytes = 1000;
    return fx_ask(r)->out.files[0].file.id;
}

static void write_content(int64_t id)
{
    struct blobs blobs;
    uint64_t size;
    int fd;
    assert_int_equal(blobs_init(&blobs, fx_folder()), ERR_OK);
    assert_int_equal(blob_write_open(&blobs, id, &fd), ERR_OK);
    assert_int_equal(blob_append(fd, 0, SL(CONTENT), &size), ERR_OK);
    close(fd);
}

static void make_files(int64_t ann, int64_t room)
{
    struct store_request *r = fx_message(ann, room, "");
    int64_t *ids = arena_array(&r->arena, 1, sizeof *ids);
    sent_file = ids[0] = make_file(ann, room, "sent.png");
    part_file = make_file(ann, room, "part.png");
    write_content(sent_file);
    struct store_request *whole = fx_new(STORE_FILE_WHOLE, ann);
    whole->file.file.id = sent_file;
    whole->file.file.type = fx_text("image/png");
    fx_ask(whole);
    r->in.files = ids;
    r->in.files_n = 1;
    struct slice *alts = arena_array(&r->arena, 1, sizeof *alts);
    alts[0] = fx_text("A cat");
    r->in.alts = alts;
    r->in.alts_n = 1;
    fx_ask(r);
}

/* Something in every table. */
static void fill(void)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "den");
    fx_add(ann, room, bob);
    change_messages(ann, bob, room);
    make_files(ann, room);
    struct store_request *draft = fx_in_room(STORE_DRAFT_SET, ann, room);
    draft->in.text = fx_text("not sent");
    fx_ask(draft);
    struct store_request *r = fx_in_room(STORE_ROOM_UPDATE, ann, room);
    r->in.slow = 30;
    fx_has(r, CHAT_FIELD_SLOW);
    fx_ask(r);
    fx_send(bob, room, "slowly");
    r = fx_in_room(STORE_REPORT, bob, room);
    r->in.seq = 1;
    r->in.reason = fx_text("rude");
    fx_ask(r);
    r = fx_new(STORE_AVATAR_SET, ann);
    static char picture[CHAT_AVATAR_BYTES_MAX];
    r->avatar = (struct store_avatar){.type = SL("image/png"), .content = {picture, picture_n}};
    fx_ask(r);
    (void)fx_sql("INSERT INTO workspace (id, name) VALUES (1, 'Acme') RETURNING id");
    fx_ask(fx_about(STORE_DM_OPEN, ann, 0, bob));
    r = fx_about(STORE_BLOCK, bob, 0, ann);
    r->in.on = true;
    fx_ask(r);
    sign_in(ann, 100);
    r = fx_new(STORE_USER_UPDATE, bob);
    r->in.name = fx_text("robert");
    r->in.zone = fx_text("Asia/Tokyo");
    r->in.has = 1ull << CHAT_FIELD_NAME | 1ull << CHAT_FIELD_ZONE;
    fx_ask(r);
    r = fx_in_room(STORE_INVITE_CREATE, ann, room);
    r->account.hash = fx_hash(200);
    fx_ask(r);
    r = fx_new(STORE_KEY_ADD, 0);
    r->account.hash = fx_hash(300);
    fx_ask(r);
}

/* --- writing and reading --- */

static struct text dump(const char *url)
{
    struct text out = {0};
    struct db_failure failure = {0};
    struct db *db = open_db(url, true);
    FILE *f = open_memstream(&out.p, &out.n);
    assert_non_null(f);
    struct blobs blobs;
    assert_int_equal(blobs_init(&blobs, fx_folder()), ERR_OK);
    assert_int_equal(backup_write(db, &blobs, f, NULL, MADE_MS, &failure), ERR_OK);
    fclose(f);
    db_close(db);
    return out;
}

static enum err check(const char *p, size_t n, struct db_failure *failure)
{
    int64_t rows_n = 0;
    FILE *f = fmemopen((void *)(uintptr_t)p, n, "r");
    assert_non_null(f);
    *failure = (struct db_failure){0};
    enum err e = backup_check(f, &rows_n, failure);
    fclose(f);
    return e;
}

static enum err restore(const char *url, struct text t, struct db_failure *failure)
{
    const char *scheme = "sqlite:";
    bool sqlite = strncmp(url, scheme, strlen(scheme)) == 0;
    struct db *db = open_db(url, false);
    FILE *f = fmemopen(t.p, t.n, "r");
    assert_non_null(f);
    *failure = (struct db_failure){0};
    assert_int_equal(migrate(db, sqlite ? url + strlen(scheme) : NULL, failure), ERR_OK);
    struct blobs blobs;
    assert_int_equal(blobs_init(&blobs, fx_folder()), ERR_OK);
    enum err e = backup_restore(db, &blobs, f, NULL, fx_now_ms, failure);
    fclose(f);
    db_close(db);
    return e;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Its rows, sorted; the lines of *t end with NULs then. */
static size_t rows_of(struct text *t, char **rows, size_t rows_max)
{
    size_t n = 0;
    for (char *line = t->p, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        if (line[0] == '[') {
            assert_true(n < rows_max);
            rows[n++] = line;
        }
    }
    qsort(rows, n, sizeof *rows, by_text);
    return n;
}

/* The same rows, in whatever order. */
static void assert_same(struct text a, struct text b)
{
    enum { MAX = 1000 };
    static char *rows_a[MAX], *rows_b[MAX];
    struct text copy_a = {strdup(a.p), a.n}, copy_b = {strdup(b.p), b.n};
    size_t n = rows_of(&copy_a, rows_a, MAX);
    assert_int_equal(rows_of(&copy_b, rows_b, MAX), n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(rows_a[i], rows_b[i]);
    }
    (free)(copy_a.p);
    (free)(copy_b.p);
}

/* With a trailer that fits what stands before it. */
static struct text sealed(const char *p, size_t n, unsigned rows_n)
{
    unsigned char sum[32];
    unsigned sum_n;
    struct text out = {0};
    FILE *f = open_memstream(&out.p, &out.n);
    assert_int_equal(EVP_Digest(p, n, sum, &sum_n, EVP_sha256(), NULL), 1);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fprintf(f, "{\"rows\":%u,\"sha256\":\"", rows_n);
    for (size_t i = 0; i < sizeof sum; i++) {
        fprintf(f, "%02x", sum[i]);
    }
    fputs("\"}\n", f);
    fclose(f);
    return out;
}

static unsigned count_rows(struct text t)
{
    unsigned n = 0;
    for (const char *line = t.p; line; line = strchr(line, '\n')) {
        line += line != t.p;
        n += line[0] == '[';
    }
    return n;
}

/* --- tests --- */

/* The columns of a table, as a backup names them. */
static void columns_of(struct db *db, const char *table, struct buf *out)
{
    const struct db_value name = DB_TEXT(slice_str(table));
    buf_reset(out);
    db_query(db,
             db_kind(db) == DB_SQLITE
                 ? "SELECT name FROM pragma_table_info($1) ORDER BY cid"
                 : "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1)"
                   " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
             &name, 1);
    while (db_next(db)) {
        struct slice column = db_text(db, 0);
        assert_int_equal(buf_printf(out, "%s%.*s", out->n ? ", " : "", SL_ARG(column)), ERR_OK);
    }
    assert_int_equal(db_done(db), ERR_OK);
    assert_int_equal(buf_putc(out, '\0'), ERR_OK);
}

/* What is made of other tables, or of this database only. */
static bool is_derived(struct slice table)
{
    return slice_eq(table, SL("meta")) || slice_eq(table, SL("search_queue")) ||
           slice_starts_with(table, SL("sqlite_")) ||
           slice_starts_with(table, SL("message_search"));
}

static void test_backup__has_every_table_and_every_column(void **state)
{
    static const struct {
        const char *name, *columns, *shape;
    } tables[] = {
#define TABLE(name, columns, shape, placeholders, key) {#name, columns, shape},
#include "backup_tables.def"
#undef TABLE
    };
    const size_t tables_n = sizeof tables / sizeof *tables;
    struct buf columns = {.max = 4096};
    struct db *db = open_db(fx_url(), true);
    (void)state;
    fill();
    for (size_t i = 0; i < tables_n; i++) {
        char sql[100];
        columns_of(db, tables[i].name, &columns);
        assert_string_equal(columns.p, tables[i].columns);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i].name);
        if (fx_sql(sql) == 0) {
            fail_msg("%s is empty: nothing of it is tested", tables[i].name);
        }
    }
    db_query(db,
             db_kind(db) == DB_SQLITE ? "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                      : "SELECT relname FROM pg_class WHERE relkind = 'r'"
                                        " AND relnamespace = current_schema()::regnamespace",
             NULL, 0);
    while (db_next(db)) {
        struct slice name = db_text(db, 0);
        bool known = is_derived(name);
        for (size_t i = 0; i < tables_n; i++) {
            known = known || slice_eq(name, slice_str(tables[i].name));
        }
        if (!known) {
            fail_msg("%.*s is in no backup", SL_ARG(name));
        }
    }
    assert_int_equal(db_done(db), ERR_OK);
    buf_fini(&columns);
    db_close(db);
}

static void test_backup__brings_everything_back_into_either_database(void **state)
{
    char file[4200];
    struct db_failure failure;
    (void)state;
    picture_n = CHAT_AVATAR_BYTES_MAX;
    fill();
    picture_n = 300;
    struct text before = dump(fx_url());
    /* Elsewhere. */
    snprintf(file, sizeof file, "sqlite:%s/other.db", fx_folder());
    assert_int_equal(restore(file, before, &failure), ERR_OK);
    struct text there = dump(file);
    assert_same(before, there);
    /* In the same place, where much has changed meanwhile, and out of what the other one gives. */
    int64_t eve = fx_user("eve", CHAT_OWNER);
    fx_send(eve, fx_lobby, "will be forgotten");
    fx_sql("DELETE FROM reaction");
    assert_int_equal(restore(fx_url(), there, &failure), ERR_OK);
    struct text after = dump(fx_url());
    assert_same(before, after);
    (free)(before.p);
    (free)(there.p);
    (free)(after.p);
}

/* What is on the disk under that number. */
static void check_content(int64_t id, enum err wanted)
{
    char read[100];
    struct blobs blobs;
    uint64_t size;
    int fd;
    assert_int_equal(blobs_init(&blobs, fx_folder()), ERR_OK);
    assert_int_equal(blob_read_open(&blobs, id, &fd, &size), wanted);
    if (wanted == ERR_OK) {
        assert_int_equal(blob_head(fd, read, sizeof read), sizeof CONTENT - 1);
        assert_memory_equal(read, CONTENT, sizeof CONTENT - 1);
        close(fd);
    }
}

static void test_backup__brings_the_content_of_files_back(void **state)
{
    struct db_failure failure;
    struct blobs blobs;
    (void)state;
    fill();
    assert_int_equal(blobs_init(&blobs, fx_folder()), ERR_OK);
    struct text t = dump(fx_url());
    blob_remove(&blobs, sent_file);
    assert_int_equal(check(t.p, t.n, &failure), ERR_OK);
    check_content(sent_file, ERR_NOTFOUND); /* it was only looked at */
    assert_int_equal(restore(fx_url(), t, &failure), ERR_OK);
    check_content(sent_file, ERR_OK);
    check_content(part_file, ERR_NOTFOUND);
    assert_int_equal(restore(fx_url(), t, &failure), ERR_OK);
    check_content(sent_file, ERR_OK);
    (free)(t.p);
}

static void count_missing(void *user, int64_t id)
{
    assert_int_equal(id, sent_file);
    ++*(unsigned *)user;
}

static void test_backup__a_file_that_is_lost_does_not_keep_the_rest_from_being_saved(void **state)
{
    unsigned missing_n = 0;
    const struct backup_progress progress = {&missing_n, NULL, count_missing};
    struct db_failure failure = {0};
    struct text t = {0};
    struct blobs blobs;
    (void)state;
    fill();
    assert_int_equal(blobs_init(&blobs, fx_folder()), ERR_OK);
    blob_remove(&blobs, sent_file);
    struct db *db = open_db(fx_url(), true);
    FILE *f = open_memstream(&t.p, &t.n);
    assert_int_equal(backup_write(db, &blobs, f, &progress, MADE_MS, &failure), ERR_OK);
    fclose(f);
    db_close(db);
    assert_int_equal(missing_n, 1);
    assert_int_equal(check(t.p, t.n, &failure), ERR_OK);
    (free)(t.p);
}

static struct slice epoch(void)
{
    struct store_request *r = fx_ask(fx_new(STORE_RESUME, fx_user("asks", CHAT_GUEST)));
    char text[64];
    snprintf(text, sizeof text, "%.*s", SL_ARG(r->out.epoch));
    return fx_text(text);
}

static void test_backup__what_goes_on_afterwards_goes_on_from_there(void **state)
{
    struct db_failure failure;
    (void)state;
    fill();
    int64_t accounts = fx_sql("SELECT max(id) FROM account");
    struct text t = dump(fx_url());
    struct slice before = epoch();
    assert_int_equal(restore(fx_url(), t, &failure), ERR_OK);
    assert_false(slice_eq(epoch(), before)); /* clients' cursors are of another time */
    assert_true(fx_sql("SELECT min(id) FROM account WHERE name = 'asks'") > accounts);
    int64_t room = fx_sql("SELECT id FROM room WHERE name = 'den'");
    int64_t ann = fx_sql("SELECT id FROM account WHERE name = 'ann'");
    assert_int_equal(fx_send(ann, room, "and on")->out.seq, 8);
    assert_int_equal(fx_sql("SELECT count(*) FROM message"), 8);
    fx_room(ann, CHAT_PUBLIC, "new");
    struct store_request *r = fx_new(STORE_SESSION_TURN, 0);
    r->account.hash = fx_hash(101);
    r->account.new_hash = fx_hash(102);
    r->account.expires_ms = fx_now_ms + 1000;
    assert_int_equal(fx_ask(r)->out.users[0].id, ann); /* who was signed in still is */
    (free)(t.p);
}

static void test_backup__what_is_damaged_is_refused(void **state)
{
    struct db_failure failure;
    (void)state;
    fill();
    struct text t = dump(fx_url());
    assert_int_equal(check(t.p, t.n, &failure), ERR_OK);
    for (size_t i = 0; i < t.n; i += i < 200 || i + 200 > t.n ? 1 : 23) {
        char was = t.p[i];
        t.p[i] = (char)(was ^ (1 << i % 7));
        if (check(t.p, t.n, &failure) != ERR_INVALID || !failure.text[0]) {
            fail_msg("byte %zu changed: %d %s", i, failure.err, failure.text);
        }
        t.p[i] = was;
    }
    for (size_t n = 1; n<t.n; n += n + 200> t.n ? 1 : 101) {
        assert_int_equal(check(t.p, n, &failure), ERR_INVALID);
    }
    struct text more = {strndup(t.p, t.n + 1), t.n + 1};
    more.p[t.n] = '\n';
    assert_int_equal(check(more.p, more.n, &failure), ERR_INVALID);
    (free)(more.p);
    (free)(t.p);
}

static void test_backup__what_is_none_is_refused(void **state)
{
    struct db_failure failure;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"nothing like it\n", "no backup"},
        {"\n", "no backup"},
        {"{}\n", "no backup"},
        {"[1]\n", "no backup"},
        {"{\"tincan_backup\":3,\"schema\":1,\"made_ms\":1}\n", "newer"},
        {"{\"tincan_backup\":1,\"schema\":99,\"made_ms\":1}\n", "newer"},
        {"{\"tincan_backup\":1,\"schema\":1,\"made_ms\":1}\n[1]\n", "line 2"},
        {"{\"tincan_backup\":1,\"schema\":1,\"made_ms\":1}\n{\"table\":\"secrets\",\"columns\":"
         "\"x\"}\n",
         "not known"},
        {"{\"tincan_backup\":1,\"schema\":1,\"made_ms\":1}\n{\"table\":\"mention\",\"columns\":"
         "\"x\"}\n",
         "not known"},
        {"{\"tincan_backup\":1,\"schema\":1,\"made_ms\":1}\n{\"table\":\"mention\",\"columns\":"
         "\"account, room, seq\"}\n[1,2]\n",
         "too few"},
        {"{\"tincan_backup\":1,\"schema\":1,\"made_ms\":1}\n{\"table\":\"mention\",\"columns\":"
         "\"account, room, seq\"}\n[1,2,3,4]\n",
         "too many"},
        {"{\"tincan_backup\":1,\"schema\":1,\"made_ms\":1}\n{\"table\":\"mention\",\"columns\":"
         "\"account, room, seq\"}\n[1,2,\"3\"]\n",
         "number"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text t = sealed(rows[i].text, strlen(rows[i].text), 1);
        assert_int_equal(check(t.p, t.n, &failure), ERR_INVALID);
        if (!strstr(failure.text, rows[i].why)) {
            fail_msg("%s: %s", rows[i].text, failure.text);
        }
        (free)(t.p);
    }
}

static void test_backup__one_of_before_there_were_files_is_taken(void **state)
{
    static const char text[] =
        "{\"tincan_backup\":1,\"schema\":1,\"made_ms\":1}\n"
        "{\"table\":\"mention\",\"columns\":\"account, room, seq\"}\n[1,2,3]\n";
    struct db_failure failure;
    (void)state;
    struct text t = sealed(text, sizeof text - 1, 1);
    assert_int_equal(check(t.p, t.n, &failure), ERR_OK);
    assert_int_equal(restore(fx_url(), t, &failure), ERR_OK);
    assert_int_equal(fx_sql("SELECT count(*) FROM mention"), 1);
    (free)(t.p);
}

/* It is whole, and says what cannot be. */
static void test_backup__a_restore_that_fails_has_changed_nothing(void **state)
{
    struct db_failure failure;
    (void)state;
    fill();
    struct text before = dump(fx_url());
    char *row = strstr(before.p, "\n[");
    assert_non_null(row);
    size_t row_n = (size_t)(strchr(row + 1, '\n') - row);
    size_t at = (size_t)(row - before.p) + row_n;
    const char *trailer = before.p;
    for (const char *p = trailer; (p = strstr(p + 1, "\n{\"rows\"")); trailer = p) {
    }
    size_t end = (size_t)(trailer + 1 - before.p);
    struct text twice = {0};
    FILE *f = open_memstream(&twice.p, &twice.n);
    fwrite(before.p, 1, at, f);
    fwrite(row, 1, row_n, f); /* the first account once more */
    fwrite(before.p + at, 1, end - at, f);
    fclose(f);
    struct text bad = sealed(twice.p, twice.n, count_rows(before) + 1 - ROWS_IN_CONTENT);
    assert_int_equal(check(bad.p, bad.n, &failure), ERR_OK);
    assert_int_equal(restore(fx_url(), bad, &failure), ERR_CONFLICT);
    struct text after = dump(fx_url());
    assert_same(before, after);
    (free)(before.p);
    (free)(twice.p);
    (free)(bad.p);
    (free)(after.p);
}

static void test_backup__empty_is_what_nobody_has_used(void **state)
{
    (void)state;
    struct db *db = open_db(fx_url(), false);
    assert_true(backup_is_empty(db)); /* but for the lobby and its guest */
    fx_user("ann", CHAT_GUEST);
    assert_false(backup_is_empty(db));
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_backup__has_every_table_and_every_column),
        FX_TEST(test_backup__brings_everything_back_into_either_database),
        FX_TEST(test_backup__brings_the_content_of_files_back),
        FX_TEST(test_backup__a_file_that_is_lost_does_not_keep_the_rest_from_being_saved),
        FX_TEST(test_backup__what_goes_on_afterwards_goes_on_from_there),
        FX_TEST(test_backup__what_is_damaged_is_refused),
        FX_TEST(test_backup__what_is_none_is_refused),
        FX_TEST(test_backup__one_of_before_there_were_files_is_taken),
        FX_TEST(test_backup__a_restore_that_fails_has_changed_nothing),
        FX_TEST(test_backup__empty_is_what_nobody_has_used),
    };
    return FX_MAIN(tests);
}
