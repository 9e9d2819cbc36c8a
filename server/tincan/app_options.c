/* Options: checked, copied, and in the shape that the parts take. See tincan.h and app.h. */
#include "app.h"

#include "listen_address.h"
#include "mem.h"

#include <unistd.h>

#define LISTEN_N_MAX          16
#define ORIGINS_N_MAX         64
#define REACTORS_N_MAX        64
#define WAITING_BYTES_DEFAULT (16u << 20)

/* Cut the next word off *text (in place); NULL at the end. */
static char *next_word(char **text)
{
    *text += strspn(*text, " ");
    char *word = *text;
    size_t n = strcspn(word, " ");
    if (n == 0) {
        return NULL;
    }
    *text = word + n;
    if (**text) {
        *(*text)++ = '\0';
    }
    return word;
}

static bool read_listen(struct tincan *t)
{
    char *rest = t->listen_text;
    for (char *word; (word = next_word(&rest));) {
        if (t->listen_n == LISTEN_N_MAX ||
            listen_address_parse(slice_str(word), &t->listen[t->listen_n]) != ERR_OK) {
            return app_fail(t, "listen: '%.80s' is not ADDR:PORT, or one too many", word);
        }
        t->listen_n++;
    }
    return t->listen_n > 0 || app_fail(t, "listen: at least one ADDR:PORT is needed");
}

static bool read_origins(struct tincan *t)
{
    char *rest = t->origins_text;
    for (char *word; (word = next_word(&rest));) {
        struct slice origin = slice_str(word);
        if (t->origins_n == ORIGINS_N_MAX || !origin_valid(origin)) {
            return app_fail(
                t, "origins: '%.80s' is not an origin like https://chat.example, or one too many",
                word);
        }
        t->origins[t->origins_n++] = origin;
    }
    return true;
}

static bool read_trust(struct tincan *t, const char *text)
{
    struct slice rest = slice_str(text ? text : "");
    while (rest.n > 0) {
        struct slice word = {rest.p, slice_find(rest, ' ')};
        if (word.n > 0 && proxy_trust_add(&t->trust, word) != ERR_OK) {
            return app_fail(
                t, "trust_proxy: '%.*s' is no address or network like 10.0.0.0/8, or one too many",
                word.n < 80 ? (int)word.n : 80, word.p);
        }
        rest = slice_from(rest, word.n < rest.n ? word.n + 1 : word.n);
    }
    return true;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static bool allow(void *user, const struct http_request *request, struct slice *message)
{
    const struct tincan *t = user;
    struct slice origin = http_header(request, SL("Origin"));
    const char *text = NULL;
    if (t->options.allow_request(t->options.user,
                                 (struct tincan_slice){request->query.p, request->query.n},
                                 (struct tincan_slice){origin.p, origin.n}, &text)) {
        return true;
    }
    *message = slice_str(text);
    return false;
}

/* The namespaces that io knows. */
static bool make_rows(struct tincan *t, const struct app_inline *more)
{
    t->rows = mem_zalloc((more->rows_n + 1) * sizeof *t->rows);
    if (!t->rows) {
        return app_out_of_memory(t);
    }
    if (more->rows_n > 0) {
        memcpy(t->rows, more->rows, more->rows_n * sizeof *t->rows);
    }
    t->rows[more->rows_n] = app_row(t);
    return true;
}

static void fill_io_options(struct tincan *t, const struct app_inline *more)
{
    const struct tincan_options *o = &t->options;
    bool loopback_only = true;
    for (unsigned i = 0; i < t->listen_n; i++) {
        loopback_only = loopback_only && listen_address_is_loopback(t->listen[i].address);
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    t->io_options = (struct io_options){
        .eio = {.path = slice_str(o->path),
                .ping_interval_ms = or_default(o->ping_interval_ms, 25000),
                .ping_timeout_ms = or_default(o->ping_timeout_ms, 20000),
                .max_payload_bytes = or_default(o->max_payload_bytes, 1000000),
                .origins = {.allowed = t->origins,
                            .allowed_n = t->origins_n,
                            .allow_loopback =
                                loopback_only && (!o->origins || more->loopback_origins)},
                .keep_info = true,
                .seats = o->address_connections > 0 ? &t->seats : NULL,
                .kept_headers = more->headers,
                .kept_headers_n = more->headers_n,
                .hook_user = t,
                .allow = o->allow_request ? allow : NULL},
        .connect_timeout_ms = or_default(o->connect_timeout_ms, 45000),
        .reactors_n = o->reactors ? o->reactors
                      : cores > 0 ? (unsigned)cores
                                  : 1,
        .namespaces = t->rows,
        .namespaces_n = more->rows_n + 1,
    };
    if (t->io_options.reactors_n > REACTORS_N_MAX) {
        t->io_options.reactors_n = REACTORS_N_MAX;
    }
    /* The largest packet must pass. */
    size_t packet_bytes_max =
        (size_t)(1 + SIO_ATTACHMENTS_MAX) * t->io_options.eio.max_payload_bytes;
    t->waiting_bytes_max = o->waiting_bytes ? o->waiting_bytes : WAITING_BYTES_DEFAULT;
    if (t->waiting_bytes_max < 2 * packet_bytes_max) {
        t->waiting_bytes_max = 2 * packet_bytes_max;
    }
}

/* Copy a text; NULL stays NULL. */
static bool copy_text(struct tincan *t, const char *text, char **out)
{
    *out = text ? app_copy(slice_str(text)) : NULL;
    return *out || !text || app_out_of_memory(t);
}

/* "/socket.io", however it was written. */
static bool copy_path(struct tincan *t, const char *path)
{
    struct slice s = slice_str(path ? path : "/socket.io");
    while (s.n > 1 && s.p[s.n - 1] == '/') {
        s.n--;
    }
    if (s.n < 2 || s.p[0] != '/') {
        return app_fail(t, "path: '%.80s' is not a path like /socket.io", path);
    }
    t->options.path = app_copy(s);
    return t->options.path || app_out_of_memory(t);
}

static bool copy_options(struct tincan *t, const struct tincan_options *o)
{
    char *public_dir = NULL, *client_dir = NULL, *tls_cert = NULL, *tls_key = NULL;
    bool ok = copy_text(t, o->public_dir, &public_dir) &&
              copy_text(t, o->client_dir, &client_dir) && copy_text(t, o->tls_cert, &tls_cert) &&
              copy_text(t, o->tls_key, &tls_key) &&
              copy_text(t, o->listen ? o->listen : "127.0.0.1:3000", &t->listen_text) &&
              copy_text(t, o->origins ? o->origins : "", &t->origins_text);
    t->options = *o;
    t->options.path = NULL;
    eio_seats_init(&t->seats, o->address_connections);
    t->options.trust_proxy = NULL; /* read, not kept */
    t->options.public_dir = public_dir;
    t->options.client_dir = client_dir;
    t->options.tls_cert = tls_cert;
    t->options.tls_key = tls_key;
    t->listen = mem_zalloc(LISTEN_N_MAX * sizeof *t->listen);
    t->origins = mem_zalloc(ORIGINS_N_MAX * sizeof *t->origins);
    return ok && copy_path(t, o->path) && ((t->listen && t->origins) || app_out_of_memory(t));
}

bool app_options_read(struct tincan *t, const struct tincan_options *options,
                      const struct app_inline *more)
{
    if (!copy_options(t, options) || !read_listen(t) || !read_origins(t) ||
        !read_trust(t, options->trust_proxy) || !make_rows(t, more)) {
        return false;
    }
    t->front_is_quiet = more->front_is_quiet;
    fill_io_options(t, more);
    return true;
}

void app_options_fini(struct tincan *t)
{
    const struct tincan_options *o = &t->options;
    const char *const copies[] = {o->path,    o->public_dir,  o->client_dir,  o->tls_cert,
                                  o->tls_key, t->listen_text, t->origins_text};
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        mem_free((char *)(uintptr_t)copies[i]);
    }
    eio_seats_fini(&t->seats);
    mem_free(t->rows);
    mem_free(t->listen);
    mem_free(t->origins);
}
