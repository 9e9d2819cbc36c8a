/* A Socket.IO client that a test steers by lines of text. */
#include "client_driver.h"

#include "buf.h"
#include "check.h"
#include "json.h"
#include "limits.h"
#include "mem.h"
#include "sock.h"

#include <string.h>

#define NAMES_N        26
#define OPTIONS_MAX    12
#define TOKENS_N       16
#define TAG_BYTES      16
#define LINE_MAX_BYTES (32u << 20)

struct named_sock {
    struct sock *sock;
    char name;
    struct sock_token tokens[TOKENS_N]; /* the last that wanted an ack */
    size_t tokens_n;
};

static struct manager *managers[NAMES_N];
static struct named_sock socks[NAMES_N];

/* ---- lines out ---- */

static struct buf out = {.max = LINE_MAX_BYTES};

static void put(struct slice s)
{
    CHECK(buf_put(&out, s) == ERR_OK);
}

static void put_string(struct slice key, struct slice value)
{
    put(out.n == 0 ? SL("{\"") : SL(",\""));
    put(key);
    put(SL("\":"));
    CHECK(json_quote(value, &out) == ERR_OK);
}

static void put_raw(struct slice key, struct slice value)
{
    put(out.n == 0 ? SL("{\"") : SL(",\""));
    put(key);
    put(SL("\":"));
    put(value);
}

static void put_number(struct slice key, uint64_t value)
{
    put_raw(key, (struct slice){0});
    CHECK(buf_put_u64(&out, value) == ERR_OK);
}

static void put_args(const struct sock_args *args)
{
    put_raw(SL("args"), SL("["));
    put(args->json);
    put(SL("]"));
    put_raw(SL("bin"), SL("["));
    for (size_t i = 0; i < args->attachments_n; i++) {
        put(i > 0 ? SL(",\"") : SL("\""));
        for (size_t j = 0; j < args->attachments[i].n; j++) {
            unsigned char byte = (unsigned char)args->attachments[i].p[j];
            char hex[2] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
            put((struct slice){hex, sizeof hex});
        }
        put(SL("\""));
    }
    put(SL("]"));
}

static void end_line(void)
{
    put(SL("}"));
    driver_out(buf_peek(&out));
    buf_reset(&out);
}

static void tell_result(enum err result)
{
    put_string(SL("returned"), slice_str(err_text(result)));
    end_line();
}

/* ---- callbacks ---- */

static void on_status(void *user, const struct sock_status *status)
{
    static const char *const states[] = {"idle", "connecting", "live", "waiting", "closed"};
    const struct named_sock *s = user;
    put_string(SL("sock"), (struct slice){&s->name, 1});
    put_string(SL("state"), slice_str(states[status->state]));
    put_raw(SL("polling"), status->polling ? SL("true") : SL("false"));
    put_raw(SL("recovered"), status->recovered ? SL("true") : SL("false"));
    put_raw(SL("gaveUp"), status->gave_up ? SL("true") : SL("false"));
    put_string(SL("sid"), status->sid);
    put_string(SL("reason"), status->reason);
    put_number(SL("http"), status->failure.http_status);
    put_number(SL("close"), status->failure.close_code);
    put_number(SL("max"), status->max_payload_bytes);
    put_number(SL("attempt"), status->attempt);
    if (status->refusal_json.n > 0) {
        put_raw(SL("refusal"), status->refusal_json);
    }
    end_line();
}

static void on_event(void *user, const struct sock_event *event)
{
    struct named_sock *s = user;
    put_string(SL("sock"), (struct slice){&s->name, 1});
    put_string(SL("event"), event->name);
    put_args(&event->args);
    if (event->ack.wanted) {
        s->tokens[s->tokens_n++ % TOKENS_N] = event->ack;
        put_number(SL("wants"), event->ack.id);
    }
    end_line();
}

static void on_auth(void *user)
{
    const struct named_sock *s = user;
    put_string(SL("auth"), (struct slice){&s->name, 1});
    end_line();
}

static void on_ack(void *user, enum err result, const struct sock_args *answer)
{
    char *tag = user;
    put_string(SL("ack"), slice_str(tag));
    put_string(SL("result"), slice_str(err_text(result)));
    put_args(answer);
    end_line();
    mem_free(tag);
}

/* ---- lines in ---- */

/* The next word of *rest, empty at the end. */
static struct slice word(struct slice *rest)
{
    size_t n = slice_find(*rest, ' ');
    struct slice w = {rest->p, n};
    *rest = slice_from(*rest, n < rest->n ? n + 1 : n);
    return w;
}

static size_t letter(struct slice name)
{
    CHECK(name.n == 1 && name.p[0] >= 'a' && name.p[0] <= 'z');
    return (size_t)(name.p[0] - 'a');
}

struct option {
    struct slice key, value;
};

/* The options at the start of *rest, which then is the JSON behind them. */
struct options {
    struct option list[OPTIONS_MAX];
    size_t n;
};

static struct options read_options(struct slice *rest)
{
    struct options options = {.n = 0};
    while (rest->n > 0 && ((rest->p[0] >= 'a' && rest->p[0] <= 'z')) &&
           !slice_starts_with(*rest, SL("null")) && !slice_starts_with(*rest, SL("true")) &&
           !slice_starts_with(*rest, SL("false"))) {
        struct slice w = word(rest);
        size_t equals = slice_find(w, '=');
        CHECK(options.n < OPTIONS_MAX);
        options.list[options.n++] =
            (struct option){{w.p, equals}, slice_from(w, equals < w.n ? equals + 1 : equals)};
    }
    return options;
}

static struct slice text_of(const struct options *options, struct slice key)
{
    for (size_t i = 0; i < options->n; i++) {
        if (slice_eq(options->list[i].key, key)) {
            return options->list[i].value;
        }
    }
    return (struct slice){0};
}

static bool has(const struct options *options, struct slice key)
{
    for (size_t i = 0; i < options->n; i++) {
        if (slice_eq(options->list[i].key, key)) {
            return true;
        }
    }
    return false;
}

static uint32_t number_of(const struct options *options, struct slice key)
{
    unsigned long long n = 0;
    CHECK(!has(options, key) || slice_to_u64(text_of(options, key), UINT32_MAX, &n));
    return (uint32_t)n;
}

static enum sock_transports transports_of(struct slice name)
{
    if (slice_eq(name, SL("websocket_first"))) {
        return SOCK_WEBSOCKET_FIRST;
    }
    if (slice_eq(name, SL("polling"))) {
        return SOCK_POLLING_ONLY;
    }
    return slice_eq(name, SL("websocket")) ? SOCK_WEBSOCKET_ONLY : SOCK_POLLING_FIRST;
}

static void do_manager(struct slice rest)
{
    size_t at = letter(word(&rest));
    struct options o = read_options(&rest);
    struct manager_options options = {
        .url = text_of(&o, SL("url")),
        .path = text_of(&o, SL("path")),
        .query = text_of(&o, SL("query")),
        .transports = transports_of(text_of(&o, SL("transports"))),
        .try_all_transports = has(&o, SL("try_all")),
        .remember_upgrade = has(&o, SL("remember")),
        .with_credentials = has(&o, SL("credentials")),
        .no_reconnect = has(&o, SL("no_reconnect")),
        .reconnect_attempts_max = number_of(&o, SL("attempts")),
        .reconnect_delay_ms = number_of(&o, SL("delay")),
        .reconnect_delay_max_ms = number_of(&o, SL("delay_max")),
        .reconnect_jitter_percent = number_of(&o, SL("jitter")),
        .connect_timeout_ms = number_of(&o, SL("timeout")),
        .send_max_bytes = number_of(&o, SL("send_max")),
    };
    CHECK(!managers[at]);
    managers[at] = manager_new(&options);
    CHECK(managers[at]);
}

static void do_sock(struct slice rest)
{
    struct slice name = word(&rest);
    struct named_sock *s = &socks[letter(name)];
    struct manager *manager = managers[letter(word(&rest))];
    struct slice nsp = word(&rest);
    struct options o = read_options(&rest);
    struct sock_options options = {
        .manager = manager,
        .nsp = nsp,
        .auth_json = rest,
        .offline_max_n = number_of(&o, SL("offline_n")),
        .retries = number_of(&o, SL("retries")),
        .ack_timeout_ms = number_of(&o, SL("ack_timeout")),
    };
    struct sock_callbacks callbacks = {.user = s,
                                       .on_status = on_status,
                                       .on_event = on_event,
                                       .on_auth = has(&o, SL("ask_auth")) ? on_auth : NULL};
    CHECK(!s->sock && manager);
    *s = (struct named_sock){.name = name.p[0]};
    s->sock = sock_new(&options, &callbacks);
    CHECK(s->sock);
}

static unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The attachments of bin=HEX,HEX, their bytes in store. */
static size_t read_attachments(struct slice hex, struct buf *store, struct slice *attachments)
{
    size_t n = 0;
    char *bytes;
    CHECK(buf_reserve(store, hex.n + 1, &bytes) == ERR_OK);
    while (hex.n > 0 && n <= SIO_ATTACHMENTS_MAX) {
        size_t digits = slice_find(hex, ',');
        for (size_t i = 0; i + 1 < digits; i += 2) {
            bytes[i / 2] = (char)(hex_digit(hex.p[i]) << 4 | hex_digit(hex.p[i + 1]));
        }
        attachments[n++] = (struct slice){bytes, digits / 2};
        bytes += digits / 2;
        hex = slice_from(hex, digits < hex.n ? digits + 1 : digits);
    }
    return n;
}

static void do_send(struct sock *s, struct slice rest)
{
    struct slice attachments[SIO_ATTACHMENTS_MAX + 1];
    struct buf store = {.max = LINE_MAX_BYTES};
    struct slice event = word(&rest);
    struct options o = read_options(&rest);
    struct sock_message message = {
        .event = event,
        .args = {rest, attachments, read_attachments(text_of(&o, SL("bin")), &store, attachments)},
        .is_volatile = has(&o, SL("volatile")),
        .append_id = has(&o, SL("id")),
        .timeout_ms = number_of(&o, SL("timeout")),
    };
    struct slice tag = text_of(&o, SL("ack"));
    if (tag.n > 0) {
        char *copy = mem_zalloc(TAG_BYTES);
        CHECK(copy && tag.n < TAG_BYTES);
        memcpy(copy, tag.p, tag.n);
        message.ack = on_ack;
        message.ack_user = copy;
    }
    enum err r = has(&o, SL("reliable")) ? sock_send_reliably(s, &message) : sock_send(s, &message);
    if (r != ERR_OK) {
        mem_free(message.ack_user);
    }
    buf_fini(&store);
    tell_result(r);
}

static void do_answer(const struct named_sock *s, struct slice rest)
{
    struct slice attachments[SIO_ATTACHMENTS_MAX + 1];
    struct buf store = {.max = LINE_MAX_BYTES};
    unsigned long long id;
    CHECK(slice_to_u64(word(&rest), SIO_ACK_ID_MAX, &id));
    struct options o = read_options(&rest);
    struct sock_args answer = {rest, attachments,
                               read_attachments(text_of(&o, SL("bin")), &store, attachments)};
    struct sock_token token = {0};
    for (size_t i = 0; i < TOKENS_N && i < s->tokens_n; i++) {
        const struct sock_token *t = &s->tokens[(s->tokens_n - 1 - i) % TOKENS_N];
        if (t->id == id && !token.wanted) {
            token = *t;
        }
    }
    tell_result(sock_ack(s->sock, &token, &answer));
    buf_fini(&store);
}

static void do_with_sock(struct slice command, struct named_sock *s, struct slice rest)
{
    CHECK(s->sock);
    if (slice_eq(command, SL("open"))) {
        sock_open(s->sock);
    } else if (slice_eq(command, SL("close"))) {
        sock_close(s->sock);
    } else if (slice_eq(command, SL("free"))) {
        sock_free(s->sock);
        s->sock = NULL;
    } else if (slice_eq(command, SL("auth"))) {
        tell_result(sock_auth(s->sock, rest));
    } else if (slice_eq(command, SL("send"))) {
        do_send(s->sock, rest);
    } else {
        CHECK(slice_eq(command, SL("answer")));
        do_answer(s, rest);
    }
}

void driver_line(struct slice line)
{
    struct slice command = word(&line);
    if (slice_eq(command, SL("manager"))) {
        do_manager(line);
    } else if (slice_eq(command, SL("sock"))) {
        do_sock(line);
    } else if (slice_eq(command, SL("network"))) {
        struct manager *m = managers[letter(word(&line))];
        manager_network_changed(m, slice_eq(line, SL("on")));
    } else if (slice_eq(command, SL("retry"))) {
        manager_retry_now(managers[letter(line)]);
    } else {
        struct named_sock *s = &socks[letter(word(&line))];
        do_with_sock(command, s, line);
    }
}

bool driver_quiet(void)
{
    for (size_t i = 0; i < NAMES_N; i++) {
        if (managers[i] && !manager_quiet(managers[i])) {
            return false;
        }
    }
    return true;
}

void driver_end(void)
{
    for (size_t i = 0; i < NAMES_N; i++) {
        manager_free(managers[i]);
        managers[i] = NULL;
        socks[i].sock = NULL;
    }
    buf_fini(&out);
}
