/* See options.h. */
#include "options.h"

#include "listen_address.h"
#include "log.h"
#include "origin.h"
#include "proxy.h"
#include "store.h"

#include <errno.h>
#include <unistd.h>

static const char usage[] = "Usage: tincand [OPTION VALUE]...\n"
                            "       tincand user|backup|restore ...     see tincand user --help\n"
                            "Real-time chat: serves the web client and Socket.IO on one port.\n"
                            "\n";
static const char usage_end[] =
    "  --config FILE               read settings from FILE, lines of 'name = value' named as "
    "above\n"
    "  --check-config              check the settings and exit\n"
    "  --print-config              print the settings in force as a configuration file and exit\n"
    "  --version, --help\n"
    "\n"
    "Each setting is also an environment variable: --ping-interval is TINCAN_PING_INTERVAL.\n"
    "Stop with SIGTERM or SIGINT: clients are told, what is queued is sent, and the exit code is "
    "0.\n";

static unsigned make_rows(struct options *o, struct config_row rows[OPTIONS_ROWS_MAX])
{
    const struct config_row all[] = {
        {"listen", CONFIG_LIST, &o->listen_texts, "ADDR:PORT",
         "where to serve; repeatable; '+tls' at the end for TLS", 0, 0, CONFIG_DEFAULT},
        {"data", CONFIG_TEXT, &o->data_dir, "DIR",
         "database, uploads and secrets; made if need be, for nobody else to read", 0, 0,
         CONFIG_DEFAULT},
        {"database", CONFIG_URL, &o->database, "URL",
         "sqlite: is a file in --data; or postgresql://USER:PASSWORD@HOST/NAME", 0, 0,
         CONFIG_DEFAULT},
        {"synchronous", CONFIG_TEXT, &o->synchronous, "full|normal",
         "normal: SQLite waits for no disk, and a power cut may take the last messages", 0, 0,
         CONFIG_DEFAULT},
        {"public", CONFIG_TEXT, &o->public_dir, "DIR", "the built web client", 0, 0,
         CONFIG_DEFAULT},
        {"client-dir", CONFIG_TEXT, &o->client_dir, "DIR",
         "Socket.IO's client-dist, served as /socket.io/socket.io.js and so on; '' for none", 0, 0,
         CONFIG_DEFAULT},
        {"origin", CONFIG_LIST, &o->origin_texts, "URL",
         "a further browser origin that may connect; repeatable; '*' for all", 0, 0,
         CONFIG_DEFAULT},
        {"public-url", CONFIG_TEXT, &o->public_url, "URL",
         "the address people use, where a proxy stands before the server", 0, 0, CONFIG_DEFAULT},
        {"trust-proxy", CONFIG_LIST, &o->trust_texts, "CIDR",
         "a proxy, or a network of them, whose X-Forwarded-For and X-Forwarded-Proto count; "
         "repeatable",
         0, 0, CONFIG_DEFAULT},
        {"guests", CONFIG_SWITCH, &o->guests, "on|off",
         "may people chat under a name of their choice without a password", 0, 0, CONFIG_DEFAULT},
        {"guest-days", CONFIG_NUMBER, &o->guest_days, "N",
         "a guest who was not here for so long, and has no device to come back with, gives the "
         "name "
         "up; 0: never",
         0, STORE_GUEST_DAYS_MAX, CONFIG_DEFAULT},
        {"registration", CONFIG_TEXT, &o->registration_text, "open|invite|off",
         "who may make an account (open while listening on loopback only, else invite)", 0, 0,
         CONFIG_DEFAULT},
        {"relay", CONFIG_SWITCH, &o->relay, "on|off",
         "the open broadcast namespace / (off unless listening on loopback only)", 0, 0,
         CONFIG_DEFAULT},
        {"limits", CONFIG_SWITCH, &o->limits, "on|off", "rate limits; off is for benchmarks", 0, 0,
         CONFIG_DEFAULT},
        {"limit", CONFIG_LIST, &o->limit_texts, "NAME=RATE/s,BURST",
         "one rate limit; repeatable; NAME is message, by socket and user, or by user: state, "
         "history, search, admin",
         0, 0, CONFIG_DEFAULT},
        {"address-connections", CONFIG_NUMBER, &o->address_connections, "N",
         "how many connections one address may have, loopback excepted; 0: any number", 0, 1000000,
         CONFIG_DEFAULT},
        {"reactors", CONFIG_NUMBER, &o->reactors_n, "N", "I/O threads", 1, 64, CONFIG_DEFAULT},
        {"tls-cert", CONFIG_TEXT, &o->tls_cert, "FILE", "certificate chain, PEM", 0, 0,
         CONFIG_DEFAULT},
        {"tls-key", CONFIG_TEXT, &o->tls_key, "FILE", "private key, PEM", 0, 0, CONFIG_DEFAULT},
        {"ping-interval", CONFIG_NUMBER, &o->ping_interval_ms, "MS", "time between heartbeats", 50,
         3600000, CONFIG_DEFAULT},
        {"ping-timeout", CONFIG_NUMBER, &o->ping_timeout_ms, "MS",
         "time a client has to answer one", 50, 3600000, CONFIG_DEFAULT},
        {"max-payload", CONFIG_NUMBER, &o->max_payload_bytes, "BYTES",
         "largest message or POST body of a client", 100, 16000000, CONFIG_DEFAULT},
        {"max-upload", CONFIG_NUMBER, &o->max_upload_bytes, "BYTES",
         "largest file that may be uploaded; 0: nobody may upload", 0, 4000000000, CONFIG_DEFAULT},
        {"connect-timeout", CONFIG_NUMBER, &o->connect_timeout_ms, "MS",
         "time a client has to join a namespace", 50, 3600000, CONFIG_DEFAULT},
        {"recovery", CONFIG_NUMBER, &o->recovery_ms, "MS",
         "how long a lost connection may come back and get what it missed; 0: off", 0, 86400000,
         CONFIG_DEFAULT},
        {"log-level", CONFIG_TEXT, &o->log_level, "LEVEL", "error, warn, info or debug", 0, 0,
         CONFIG_DEFAULT},
    };
    memcpy(rows, all, sizeof all);
    return sizeof all / sizeof all[0];
}

/* A folder beside the program, or where it is installed. Returns whether it is there; out has a
 * path in any case. */
static bool find_folder(const char *name, char *out, size_t out_bytes)
{
    static const char *const places[] = {"..", "../share/tincan"};
    char exe[2048];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *slash = n > 0 ? memrchr(exe, '/', (size_t)n) : NULL;
    for (size_t i = 0; slash && i < sizeof places / sizeof places[0]; i++) {
        snprintf(out, out_bytes, "%.*s/%s/%s", (int)(slash - exe), exe, places[i], name);
        if (access(out, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

static void set_defaults(struct options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *o = (struct options){
        .listen_texts = {.items = {"127.0.0.1:5000"}, .n = 1},
        .public_dir = "",
        .client_dir = "",
        .tls_cert = "",
        .tls_key = "",
        .log_level = "info",
        .data_dir = "./tincan-data",
        .database = "sqlite:",
        .public_url = "",
        .registration_text = "",
        .synchronous = "full",
        .guests = true,
        .guest_days = 30,
        .relay = true,
        .limits = true,
        .reactors_n = cores < 1    ? 1
                      : cores > 64 ? 64
                                   : (uint32_t)cores,
        .ping_interval_ms = 25000,
        .ping_timeout_ms = 20000,
        .max_payload_bytes = 1000000,
        .max_upload_bytes = 104857600,
        .address_connections = 1000,
        .connect_timeout_ms = 45000,
        .recovery_ms = 120000,
        .limit_texts = {.items = {"message=20/s,100", "state=20/s,100", "history=20/s,100",
                                  "search=5/s,20", "admin=5/s,50"},
                        .n = 5},
    };
    find_folder("public", o->public_default, sizeof o->public_default);
    o->public_dir = o->public_default;
    if (find_folder("client-dist", o->client_default, sizeof o->client_default)) {
        o->client_dir = o->client_default;
    }
}

#define FAIL(error, ...) (snprintf((error)->text, sizeof(error)->text, __VA_ARGS__), ERR_INVALID)

static enum err derive_listen(struct options *o, struct config_error *error)
{
    bool tls = false;
    o->loopback_only = true;
    if (o->listen_texts.n == 0 || o->listen_texts.n > LISTEN_ADDRESSES_MAX) {
        return FAIL(error, "--listen: between 1 and %d of ADDR:PORT are needed",
                    LISTEN_ADDRESSES_MAX);
    }
    for (unsigned i = 0; i < o->listen_texts.n; i++) {
        const char *text = o->listen_texts.items[i];
        if (listen_address_parse(slice_str(text), &o->listen[i]) != ERR_OK) {
            return FAIL(
                error,
                "--listen: '%.80s' is not ADDR:PORT, like 127.0.0.1:5000, [::1]:5000 or *:443+tls",
                text);
        }
        o->loopback_only = o->loopback_only && listen_address_is_loopback(o->listen[i].address);
        tls = tls || o->listen[i].tls;
    }
    if (tls && (!*o->tls_cert || !*o->tls_key)) {
        return FAIL(error, "--listen with +tls needs --tls-cert FILE and --tls-key FILE");
    }
    return ERR_OK;
}

static enum err derive_origins(struct options *o, struct config_error *error)
{
    for (unsigned i = 0; i < o->origin_texts.n; i++) {
        o->origins[i] = slice_str(o->origin_texts.items[i]);
        if (!origin_valid(o->origins[i])) {
            return FAIL(error, "--origin: '%.80s' is not an origin, like https://chat.example or *",
                        o->origin_texts.items[i]);
        }
    }
    return ERR_OK;
}

static enum err derive_trust(const struct options *o, struct config_error *error)
{
    struct proxy_trust trust = {.nets_n = 0};
    for (unsigned i = 0; i < o->trust_texts.n; i++) {
        if (proxy_trust_add(&trust, slice_str(o->trust_texts.items[i])) != ERR_OK) {
            return FAIL(error,
                        "--trust-proxy: '%.80s' is no address or network, like 127.0.0.1, "
                        "10.0.0.0/8 or fd00::/8",
                        o->trust_texts.items[i]);
        }
    }
    return ERR_OK;
}

static const char *const limit_names[EVENT_RATES_N] = {[EVENT_RATE_MESSAGE] = "message",
                                                       [EVENT_RATE_STATE] = "state",
                                                       [EVENT_RATE_HISTORY] = "history",
                                                       [EVENT_RATE_SEARCH] = "search",
                                                       [EVENT_RATE_ADMIN] = "admin"};

/* In force for whatever is not named. */
static const char *const limit_defaults[] = {"message=20/s,100", "state=20/s,100",
                                             "history=20/s,100", "search=5/s,20", "admin=5/s,50"};

/* "message=20/s,100" */
static enum err parse_limit(struct options *o, const char *text, struct config_error *error)
{
    struct slice s = slice_str(text);
    struct slice name = {s.p, slice_find(s, '=')};
    unsigned long long rate = 0, burst = 0;
    bool ok = name.n < s.n;
    if (ok) {
        struct slice value = slice_from(s, name.n + 1);
        struct slice per_second = {value.p, slice_find(value, '/')};
        struct slice rest = slice_from(value, per_second.n);
        ok = slice_to_u64(per_second, 1000000, &rate) && rate > 0 &&
             slice_starts_with(rest, SL("/s,")) &&
             slice_to_u64(slice_from(rest, 3), 1000000, &burst) && burst > 0;
    }
    if (!ok) {
        return FAIL(error, "--limit: '%.80s' is not NAME=RATE/s,BURST, like message=20/s,100",
                    text);
    }
    struct rate_limit limit = {.per_second = (uint32_t)rate, .burst = (uint32_t)burst};
    for (unsigned i = EVENT_RATE_NONE + 1; i < EVENT_RATES_N; i++) {
        if (slice_eq(name, slice_str(limit_names[i]))) {
            o->user_limits[i] = limit;
            if (i == EVENT_RATE_MESSAGE) {
                o->message_limit = limit;
            }
            return ERR_OK;
        }
    }
    return FAIL(error,
                "--limit: there is no limit '%.*s'; known: message, state, history, search, admin",
                SL_ARG(name));
}

static enum err derive_limits(struct options *o, struct config_error *error)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < sizeof limit_defaults / sizeof limit_defaults[0] && e == ERR_OK; i++) {
        e = parse_limit(o, limit_defaults[i], error);
    }
    for (unsigned i = 0; i < o->limit_texts.n && e == ERR_OK; i++) {
        e = parse_limit(o, o->limit_texts.items[i], error);
    }
    if (!o->limits) {
        o->message_limit.per_second = 0;
        for (unsigned i = 0; i < EVENT_RATES_N; i++) {
            o->user_limits[i].per_second = 0;
        }
    }
    return e;
}

static enum err derive_registration(struct options *o, struct config_error *error)
{
    static const char *const names[] = {"open", "invite", "off"};
    if (!*o->registration_text) {
        o->registration = o->loopback_only ? REGISTRATION_OPEN : REGISTRATION_INVITE;
        o->registration_text = names[o->registration];
        return ERR_OK;
    }
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(o->registration_text, names[i]) == 0) {
            o->registration = (enum options_registration)i;
            return ERR_OK;
        }
    }
    return FAIL(error, "--registration: '%.40s' is not one of open, invite, off",
                o->registration_text);
}

static enum err derive_database(struct options *o, struct config_error *error)
{
    struct slice url = slice_str(o->database);
    bool postgres =
        slice_starts_with(url, SL("postgresql://")) || slice_starts_with(url, SL("postgres://"));
    if (strcmp(o->synchronous, "full") != 0 && strcmp(o->synchronous, "normal") != 0) {
        return FAIL(error, "--synchronous: '%.40s' is not one of full, normal", o->synchronous);
    }
    if (!*o->data_dir) {
        return FAIL(error, "--data: a folder is needed");
    }
    if (!postgres && !slice_starts_with(url, SL("sqlite:"))) {
        return FAIL(error, "--database: only sqlite: and postgresql://... are known");
    }
    bool own_file = slice_eq(url, SL("sqlite:"));
    int n = own_file ? snprintf(o->database_url, sizeof o->database_url, "sqlite:%s/tincan.db",
                                o->data_dir)
                     : snprintf(o->database_url, sizeof o->database_url, "%s", o->database);
    return n < (int)sizeof o->database_url ? ERR_OK : FAIL(error, "--database: too long");
}

static enum err derive_public_url(struct options *o, struct config_error *error)
{
    size_t n = strlen(o->public_url);
    n -= n > 0 && o->public_url[n - 1] == '/';
    struct slice url = {o->public_url, n};
    if (*o->public_url && (!origin_valid(url) || slice_eq(url, SL("*")))) {
        return FAIL(error, "--public-url: '%.80s' is not an address like https://chat.example",
                    o->public_url);
    }
    return snprintf(o->public_origin, sizeof o->public_origin, "%.*s", SL_ARG(url)) <
                   (int)sizeof o->public_origin
               ? ERR_OK
               : FAIL(error, "--public-url: too long");
}

static enum err derive_log_level(struct options *o, struct config_error *error)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(o->log_level, names[i]) == 0) {
            log_set_level((enum log_level)i);
            return ERR_OK;
        }
    }
    return FAIL(error, "--log-level: '%.40s' is not one of error, warn, info, debug", o->log_level);
}

static enum err derive(struct options *o, struct config_row *rows, unsigned rows_n,
                       struct config_error *error)
{
    enum err e = derive_listen(o, error);
    e = e == ERR_OK ? derive_origins(o, error) : e;
    e = e == ERR_OK ? derive_trust(o, error) : e;
    e = e == ERR_OK ? derive_limits(o, error) : e;
    e = e == ERR_OK ? derive_registration(o, error) : e;
    e = e == ERR_OK ? derive_database(o, error) : e;
    e = e == ERR_OK ? derive_public_url(o, error) : e;
    e = e == ERR_OK ? derive_log_level(o, error) : e;
    if (e == ERR_OK && config_find(rows, rows_n, "relay")->source == CONFIG_DEFAULT) {
        o->relay = o->loopback_only;
    }
    return e;
}

/* The one flag that must be read before all others. */
static const char *config_path(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--config") == 0) {
            return argv[i + 1];
        }
    }
    return getenv("TINCAN_CONFIG");
}

struct wishes {
    bool check, print;
};

static enum err read_arguments(struct config_row *rows, unsigned rows_n, int argc, char **argv,
                               struct wishes *wishes, struct config_error *error)
{
    bool seen[OPTIONS_ROWS_MAX] = {false};
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i];
        if (strcmp(flag, "--check-config") == 0) {
            wishes->check = true;
            continue;
        }
        if (strcmp(flag, "--print-config") == 0) {
            wishes->print = true;
            continue;
        }
        if (strncmp(flag, "--", 2) != 0) {
            return FAIL(
                error,
                "%.80s: not understood; settings are written --name VALUE, see tincand --help",
                flag);
        }
        const char *equals = strchr(flag, '=');
        char name[64];
        snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - flag - 2) : 60, flag + 2);
        struct config_row *row = config_find(rows, rows_n, name);
        if (!row && strcmp(name, "config") != 0) {
            return FAIL(error, "--%s: there is no such flag; see tincand --help", name);
        }
        const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (!value) {
            return FAIL(error, "--%s: a value is missing", name);
        }
        if (row) {
            char source[80];
            snprintf(source, sizeof source, "--%s", name);
            enum err e = config_set(rows, rows_n, source, name, value, seen[row - rows], error);
            if (e != ERR_OK) {
                return e;
            }
            seen[row - rows] = true;
            row->source = CONFIG_FLAG;
        }
    }
    return ERR_OK;
}

static bool answered(const struct config_row *rows, unsigned rows_n, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            config_print_help(rows, rows_n, stdout);
            fputs(usage_end, stdout);
            return true;
        }
        if (strcmp(argv[i], "--version") == 0) {
            puts("tincand " TINCAN_VERSION);
            return true;
        }
    }
    return false;
}

/* What the settings name must be there to be read, when they are only checked. */
static bool files_are_there(const struct options *o, struct config_error *error)
{
    const struct {
        const char *name, *path;
    } files[] = {
        {"--public", o->public_dir}, {"--tls-cert", o->tls_cert}, {"--tls-key", o->tls_key}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (*files[i].path && access(files[i].path, R_OK) != 0) {
            snprintf(error->text, sizeof error->text, "%s: %.160s: %s", files[i].name,
                     files[i].path, strerror(errno));
            return false;
        }
    }
    return true;
}

enum options_result options_read(struct options *o, int argc, char **argv)
{
    struct config_row *rows = o->rows;
    struct config_error error = {""};
    struct wishes wishes = {false, false};
    set_defaults(o);
    unsigned rows_n = o->rows_n = make_rows(o, rows);
    if (answered(rows, rows_n, argc, argv)) {
        return OPTIONS_DONE;
    }
    const char *path = config_path(argc, argv);
    enum err e = path && *path ? config_read_file(rows, rows_n, path, &error) : ERR_OK;
    e = e == ERR_OK ? config_read_environment(rows, rows_n, &error) : e;
    e = e == ERR_OK ? read_arguments(rows, rows_n, argc, argv, &wishes, &error) : e;
    e = e == ERR_OK ? derive(o, rows, rows_n, &error) : e;
    if (e != ERR_OK) {
        fprintf(stderr, "tincand: %s\n", error.text);
        return OPTIONS_BAD;
    }
    if (wishes.check && !files_are_there(o, &error)) {
        fprintf(stderr, "tincand: %s\n", error.text);
        return OPTIONS_BAD;
    }
    if (wishes.print) {
        config_print(rows, rows_n, stdout);
    } else if (wishes.check) {
        puts("the settings are good");
    }
    return wishes.print || wishes.check ? OPTIONS_DONE : OPTIONS_RUN;
}
