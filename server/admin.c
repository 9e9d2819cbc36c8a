/* See admin.h. The commands open the database themselves; what they do is one of the store's operations. */
#include "admin.h"

#include "backup.h"
#include "clock.h"
#include "ident.h"
#include "migrate.h"
#include "options.h"
#include "password.h"
#include "password_weakness.h"
#include "store_op.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define WORDS_MAX 4
#define ARGS_MAX  64

static const char usage[] =
    "Usage: tincand user add NAME [--role ROLE]   make an account; asks for the password\n"
    "       tincand user passwd NAME              set a password; ends the account's sessions, and "
    "its\n"
    "                                             connections to a running server within a minute\n"
    "       tincand user role NAME ROLE           guest, member, mod, admin or owner\n"
    "       tincand user list                     all accounts\n"
    "       tincand backup FILE                   everything that is committed now, also while "
    "the\n"
    "                                             server runs; FILE is '-' for standard output\n"
    "       tincand restore FILE [--force]        replace everything by a backup; the server must\n"
    "                                             not run; --force: also what is not empty\n"
    "\n"
    "With --data DIR or --database URL as for the server. A password is read from the terminal, "
    "or\n"
    "one line of standard input.\n";

struct admin {
    struct options options;
    const char *words[WORDS_MAX];
    unsigned words_n;
    enum chat_role role;
    bool force;
    struct db *db;
};

int admin_is_command(const char *word)
{
    return strcmp(word, "user") == 0 || strcmp(word, "backup") == 0 || strcmp(word, "restore") == 0;
}

static int not_understood(const char *what, const char *word)
{
    fprintf(stderr, "tincand: %s%s%s; see tincand user --help\n", what, word ? ": " : "",
            word ? word : "");
    return 2;
}

/* Words and our own flags here, the other flags to the server's settings. Returns 0, or the exit code, or -1: the help was wanted. */
static int read_arguments(struct admin *a, int argc, char **argv)
{
    char *rest[ARGS_MAX] = {argv[0]};
    int rest_n = 1;
    a->role = CHAT_MEMBER;
    for (int i = 1; i < argc && rest_n < ARGS_MAX - 1; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return -1;
        }
        if (strcmp(argv[i], "--force") == 0) {
            a->force = true;
        } else if (strcmp(argv[i], "--role") == 0 && i + 1 < argc) {
            if (!chat_role_find(slice_str(argv[++i]), &a->role)) {
                return not_understood("no role is called", argv[i]);
            }
        } else if (strncmp(argv[i], "--", 2) == 0) {
            rest[rest_n++] = argv[i];
            if (!strchr(argv[i], '=') && i + 1 < argc) {
                rest[rest_n++] = argv[++i];
            }
        } else if (a->words_n < WORDS_MAX) {
            a->words[a->words_n++] = argv[i];
        } else {
            return not_understood("too many words", argv[i]);
        }
    }
    return options_read(&a->options, rest_n, rest) == OPTIONS_RUN ? 0 : 2;
}

/* --- the database --- */

/* What a command does with the database. MAKE: it may be a new one. */
enum use { READ, WRITE, MAKE };

static int open_database(struct admin *a, enum use use)
{
    struct db_failure failure = {.err = ERR_OK};
    const char *url = a->options.database_url, *scheme = "sqlite:";
    const char *path = strncmp(url, scheme, strlen(scheme)) == 0 ? url + strlen(scheme) : NULL;
    if (use == MAKE && path && mkdir(a->options.data_dir, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "tincand: %s: %s\n", a->options.data_dir, strerror(errno));
        return 1;
    }
    if (use != MAKE && path && access(path, R_OK) != 0) {
        fprintf(stderr, "tincand: %s: %s; --data says where the server keeps it\n", path,
                strerror(errno));
        return 1;
    }
    enum err e = path ? db_sqlite_open(path, use == READ, false, &a->db, &failure)
                      : db_open(url, use == READ, &a->db, &failure);
    if (e == ERR_OK) {
        e = use == READ ? migrate_check(a->db, path, &failure) : migrate(a->db, path, &failure);
    }
    if (e != ERR_OK) {
        fprintf(stderr, "tincand: %s\n", failure.text);
    }
    return e == ERR_OK ? 0 : 1;
}

/* Run one operation as the server itself. NULL: it failed or was refused, and that was said. */
static struct store_request *run(struct admin *a, struct store_request *r,
                                 void (*op)(struct db *db, struct store_request *r))
{
    r->now_ms = clock_wall_ms();
    db_begin(a->db, true);
    op(a->db, r);
    if (r->out.refusal.error != CHAT_OK) {
        const struct chat_refusal *why = &r->out.refusal;
        fprintf(stderr, "tincand: %s%s%s\n", why->field ? why->field : "",
                why->field && why->field[0] ? ": " : "",
                why->message ? why->message : chat_error_rows[why->error].text);
        db_rollback(a->db);
        store_request_free(r);
        return NULL;
    }
    if (db_commit(a->db) != ERR_OK) {
        fprintf(stderr, "tincand: %s\n", db_failure(a->db)->text);
        store_request_free(r);
        return NULL;
    }
    return r;
}

static struct store_request *request(enum store_op op)
{
    struct store_request *r = store_request_new(op);
    if (!r) {
        fputs("tincand: out of memory\n", stderr);
    }
    return r;
}

/* --- passwords --- */

static bool read_secret(const char *prompt, char *out, int out_bytes)
{
    struct termios before, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        fputs(prompt, stderr);
    }
    bool read = fgets(out, out_bytes, stdin) != NULL;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    out[read ? strcspn(out, "\r\n") : 0] = '\0';
    return read;
}

/* A password that is good enough, hashed. */
static bool ask_password(const char *name, char hash[PASSWORD_HASH_BYTES_MAX])
{
    char password[CHAT_PASSWORD_BYTES_MAX + 2], again[CHAT_PASSWORD_BYTES_MAX + 2];
    struct password_pool *pool;
    if (!read_secret("Password: ", password, sizeof password)) {
        fputs("tincand: no password was given\n", stderr);
        return false;
    }
    const char *why = password_weakness(slice_str(password), slice_str(name));
    if (why) {
        fprintf(stderr, "tincand: the password %s\n", why);
        return false;
    }
    if (isatty(STDIN_FILENO) &&
        (!read_secret("Again: ", again, sizeof again) || strcmp(password, again) != 0)) {
        fputs("tincand: these are two different passwords\n", stderr);
        return false;
    }
    if (password_pool_start(1, &pool) != ERR_OK) {
        fputs("tincand: out of memory\n", stderr);
        return false;
    }
    enum err e = password_hash(pool, slice_str(password), hash);
    password_pool_stop(pool);
    return e == ERR_OK;
}

/* --- user --- */

static int user_add(struct admin *a)
{
    struct ident_name name;
    char hash[PASSWORD_HASH_BYTES_MAX];
    const char *why = ident_user(slice_str(a->words[2]), &name);
    if (why) {
        fprintf(stderr, "tincand: the name %s\n", why);
        return 2;
    }
    struct store_request *lobby = request(STORE_LOBBY_ENSURE);
    lobby = lobby ? run(a, lobby, op_lobby_ensure) : NULL;
    struct store_request *r =
        lobby && ask_password(a->words[2], hash) ? request(STORE_USER_CREATE) : NULL;
    store_request_free(lobby);
    if (!r) {
        return 1;
    }
    r->account.name = ident_slice(&name);
    r->account.display = slice_str(a->words[2]);
    r->account.password_hash = slice_str(hash);
    r->account.role = a->role;
    r = run(a, r, op_user_create);
    if (r) {
        printf("%.*s is there, as %s\n", SL_ARG(r->out.users[0].name), chat_role_name(a->role));
        store_request_free(r);
    }
    return r ? 0 : 1;
}

/* The id of words[2]'s account; 0: said. */
static int64_t find_user(struct admin *a)
{
    struct store_request *r = request(STORE_USER_GET);
    int64_t id = 0;
    if (r) {
        r->in.user_name = slice_str(a->words[2]);
        r = run(a, r, op_user_get);
    }
    if (r) {
        id = r->out.users[0].id;
        store_request_free(r);
    }
    return id;
}

static int user_passwd(struct admin *a)
{
    char hash[PASSWORD_HASH_BYTES_MAX];
    int64_t id = find_user(a);
    struct store_request *r =
        id > 0 && ask_password(a->words[2], hash) ? request(STORE_USER_PASSWORD) : NULL;
    if (!r) {
        return 1;
    }
    r->in.user = id;
    r->account.password_hash = slice_str(hash);
    r = run(a, r, op_user_password);
    if (r) {
        printf("the password is set; %u sessions have ended\n", r->out.revoked_n);
        store_request_free(r);
    }
    return r ? 0 : 1;
}

static int user_role(struct admin *a)
{
    enum chat_role role;
    if (!chat_role_find(slice_str(a->words[3]), &role)) {
        return not_understood("no role is called", a->words[3]);
    }
    int64_t id = find_user(a);
    struct store_request *r = id > 0 ? request(STORE_USER_ROLE) : NULL;
    if (!r) {
        return 1;
    }
    r->in.user = id;
    r->in.role = role;
    r = run(a, r, op_user_role);
    if (r) {
        printf("%s is %s now\n", a->words[2], chat_role_name(role));
        store_request_free(r);
    }
    return r ? 0 : 1;
}

static int user_list(struct admin *a)
{
    db_begin(a->db, false);
    db_query(a->db, "SELECT name, role, bot, display FROM account ORDER BY name", NULL, 0);
    while (db_next(a->db)) {
        printf("%-32.*s %-7s %s%.*s\n", SL_ARG(db_text(a->db, 0)),
               chat_role_name((enum chat_role)db_int(a->db, 1)), db_int(a->db, 2) ? "(bot) " : "",
               SL_ARG(db_text(a->db, 3)));
    }
    bool ok = db_done(a->db) == ERR_OK;
    db_rollback(a->db);
    return ok ? 0 : 1;
}

static int user_command(struct admin *a)
{
    static const struct {
        const char *word;
        unsigned words_n;
        enum use use;
        int (*run)(struct admin *a);
    } commands[] = {{"add", 3, MAKE, user_add},
                    {"passwd", 3, WRITE, user_passwd},
                    {"role", 4, WRITE, user_role},
                    {"list", 2, READ, user_list}};
    for (size_t i = 0; a->words_n > 1 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(a->words[1], commands[i].word) == 0) {
            if (a->words_n != commands[i].words_n) {
                return not_understood("a word is missing, or one too many", NULL);
            }
            int status = open_database(a, commands[i].use);
            return status ? status : commands[i].run(a);
        }
    }
    return not_understood("user add, passwd, role or list", a->words_n > 1 ? a->words[1] : NULL);
}

/* --- backup and restore --- */

static void on_rows(void *user, const char *table, int64_t rows_n)
{
    (void)user;
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%lld rows (%s)   ", (long long)rows_n, table);
    }
}

static void on_missing(void *user, int64_t id)
{
    int64_t *missing_n = user;
    (void)id;
    (*missing_n)++;
}

struct output {
    const char *path;
    struct buf part; /* what is written first; "": straight to the path */
    FILE *file;
};

/* A new file, or one that is replaced, is written beside, and moved there when it is whole and on the disk. What is no file (a device, a
 * pipe) is written to. */
static bool open_output(struct output *o, const char *path)
{
    struct stat st;
    int fd = -1;
    bool replaces = lstat(path, &st) != 0 || S_ISREG(st.st_mode);
    *o = (struct output){.path = path, .part = {.max = 8192}};
    if (strcmp(path, "-") == 0) {
        fd = dup(STDOUT_FILENO);
    } else if (!replaces) {
        fd = open(path, O_WRONLY | O_CLOEXEC);
    } else if (buf_printf(&o->part, "%s.part", path) == ERR_OK &&
               buf_putc(&o->part, '\0') == ERR_OK) {
        fd = open(o->part.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }
    o->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!o->file) {
        fprintf(stderr, "tincand: %s: %s\n", path, strerror(errno));
        buf_fini(&o->part);
    }
    return o->file != NULL;
}

static bool sync_folder(const char *path)
{
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    if (slash && (size_t)(slash - path) + 2 <= sizeof folder) {
        snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

/* keep: it is whole. false: it is not where it should be, errno says why. */
static bool close_output(struct output *o, bool keep)
{
    bool moves = o->part.n > 0;
    bool ok = !keep || !moves || fsync(fileno(o->file)) == 0;
    ok = fclose(o->file) == 0 && ok;
    if (keep && ok && moves) {
        ok = rename(o->part.p, o->path) == 0 && sync_folder(o->path);
    }
    if (moves && !(keep && ok)) {
        int why = errno;
        unlink(o->part.p);
        errno = why;
    }
    buf_fini(&o->part);
    return ok;
}

static bool open_files(const struct admin *a, struct blobs *blobs)
{
    if (blobs_init(blobs, a->options.data_dir) != ERR_OK) {
        fprintf(stderr, "tincand: %s/files: %s\n", a->options.data_dir, strerror(errno));
        return false;
    }
    return true;
}

static int write_file(struct admin *a, const char *path)
{
    struct db_failure failure = {.err = ERR_OK};
    int64_t missing_n = 0;
    const struct backup_progress progress = {&missing_n, on_rows, on_missing};
    struct blobs blobs;
    struct output o;
    if (!open_files(a, &blobs) || !open_output(&o, path)) {
        return 1;
    }
    bool written =
        backup_write(a->db, &blobs, o.file, &progress, clock_wall_ms(), &failure) == ERR_OK;
    bool closed = close_output(&o, written);
    if (!written) {
        fprintf(stderr, "tincand: %s\n", failure.text);
    } else if (!closed) {
        fprintf(stderr, "tincand: %s: %s\n", path, strerror(errno));
    } else if (strcmp(path, "-") != 0) {
        fprintf(stderr, "%severything is in %s\n", isatty(STDERR_FILENO) ? "\r" : "", path);
    }
    if (written && missing_n > 0) {
        fprintf(stderr, "%lld files were not there any more, and are not in it\n",
                (long long)missing_n);
    }
    return written && closed ? 0 : 1;
}

static int backup_command(struct admin *a)
{
    if (a->words_n != 2) {
        return not_understood("backup needs one FILE", NULL);
    }
    int status = open_database(a, READ);
    return status ? status : write_file(a, a->words[1]);
}

/* Nobody may run on what is replaced. Returns the lock, -1: somebody does (said), -2: there is nothing to lock. */
static int lock(const struct admin *a)
{
    char path[4400];
    const char *url = a->options.database_url, *scheme = "sqlite:";
    if (strncmp(url, scheme, strlen(scheme)) != 0) {
        return -2;
    }
    if (mkdir(a->options.data_dir, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "tincand: %s: %s\n", a->options.data_dir, strerror(errno));
        return -1;
    }
    snprintf(path, sizeof path, "%s.lock", url + strlen(scheme));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        fprintf(stderr, "tincand: a server is running on %s; stop it first\n",
                url + strlen(scheme));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

/* Connections of servers, or of another such command, to a PostgreSQL database. */
static bool others_are_connected(struct admin *a)
{
    if (db_kind(a->db) != DB_POSTGRES) {
        return false;
    }
    db_query(a->db,
             "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
             " AND application_name = 'tincand' AND pid <> pg_backend_pid()",
             NULL, 0);
    bool others = db_next(a->db) && db_int(a->db, 0) > 0;
    db_done(a->db);
    return others;
}

static int restore_from(struct admin *a, FILE *in)
{
    struct db_failure failure = {.err = ERR_OK};
    const struct backup_progress progress = {NULL, on_rows, NULL};
    struct blobs blobs;
    int64_t rows_n;
    if (backup_check(in, &rows_n, &failure) != ERR_OK) {
        fprintf(stderr, "tincand: %s\n", failure.text);
        return 1;
    }
    int fd = lock(a);
    int status = fd == -1 ? 1 : open_database(a, MAKE);
    if (status == 0 && others_are_connected(a)) {
        fputs("tincand: a server is connected to this database; stop it first\n", stderr);
        status = 1;
    }
    if (status == 0 && !a->force && !backup_is_empty(a->db)) {
        fputs("tincand: there is a chat here already; --force replaces it\n", stderr);
        status = 1;
    }
    if (status == 0 && !open_files(a, &blobs)) {
        status = 1;
    }
    if (status == 0 &&
        backup_restore(a->db, &blobs, in, &progress, clock_wall_ms(), &failure) != ERR_OK) {
        fprintf(stderr, "tincand: %s\n", failure.text);
        status = 1;
    }
    if (status == 0) {
        printf("%s%lld rows restored\n", isatty(STDERR_FILENO) ? "\r" : "", (long long)rows_n);
    }
    if (fd >= 0) {
        close(fd);
    }
    return status;
}

static int restore_command(struct admin *a)
{
    if (a->words_n != 2) {
        return not_understood("restore needs one FILE", NULL);
    }
    FILE *in = fopen(a->words[1], "re");
    if (!in) {
        fprintf(stderr, "tincand: %s: %s\n", a->words[1], strerror(errno));
        return 1;
    }
    int status = restore_from(a, in);
    fclose(in);
    return status;
}

int admin_command(int argc, char **argv)
{
    static struct admin a;
    int status = read_arguments(&a, argc, argv);
    if (status != 0) {
        return status < 0 ? 0 : status;
    }
    if (strcmp(a.words[0], "user") == 0) {
        status = user_command(&a);
    } else if (strcmp(a.words[0], "backup") == 0) {
        status = backup_command(&a);
    } else {
        status = restore_command(&a);
    }
    db_close(a.db);
    return status;
}
