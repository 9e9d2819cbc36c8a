/* Reads the table of WebSocket cases: definitions, groups, then frames to bytes and events to a
 * log. */
#include "ws_table.h"

#include "check.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX  (1U << 20)
#define BYTES_MAX       (16U << 20)
#define DEFINITIONS_MAX 32

static const char *const KINDS[16] = {
    [WS_CONTINUATION] = "cont", [WS_TEXT] = "text", [WS_BINARY] = "bin",
    [WS_CLOSE] = "close",       [WS_PING] = "ping", [WS_PONG] = "pong",
};

struct definition {
    struct slice name; /* with its $ */
    struct slice text;
};

/* The table while it is read. */
struct reader {
    struct definition definitions[DEFINITIONS_MAX];
    size_t definitions_n;
    enum ws_role role;
    uint32_t message_max_bytes;
    unsigned line_n;
    unsigned frames_n; /* of this case, for the masking keys */
    unsigned cases_n;
    void (*each)(struct ws_case *c, void *context);
    void *context;
};

/* A text that is being read from its front. */
struct text {
    const struct reader *r;
    struct slice s;
};

/* A payload, and where in it the connection must fail (0: nowhere in it). */
struct payload {
    struct buf bytes;
    size_t fail_at;
};

struct frame {
    uint8_t opcode;
    bool more;
    bool bad_mask;
    bool has_says;
    bool has_key;
    uint8_t rsv;
    uint8_t length_n; /* 0: as short as can be */
    uint64_t says;
    uint64_t fragment_bytes;
    uint8_t key[4];
};

NORETURN __attribute__((format(printf, 2, 3))) static void die(const struct reader *r,
                                                               const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fprintf(stderr, "WebSocket cases, line %u: ", r->line_n);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void put(struct buf *b, struct slice s)
{
    CHECK(buf_put(b, s) == ERR_OK);
}

static void put_byte(struct buf *b, unsigned v)
{
    CHECK(buf_putc(b, (char)v) == ERR_OK);
}

static char peek(const struct text *t)
{
    return t->s.n > 0 ? *t->s.p : (char)0;
}

static bool accept(struct text *t, char c)
{
    if (t->s.n == 0 || t->s.p[0] != c) {
        return false;
    }
    t->s = slice_from(t->s, 1);
    return true;
}

static void skip_blanks(struct text *t)
{
    while (accept(t, ' ') || accept(t, '\t')) {
    }
}

static struct slice trim(struct slice s)
{
    while (s.n > 0 && isspace((unsigned char)s.p[0])) {
        s = slice_from(s, 1);
    }
    while (s.n > 0 && isspace((unsigned char)s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

static struct slice take_word(struct text *t)
{
    struct slice word = {t->s.p, 0};
    while (word.n < t->s.n && isalnum((unsigned char)t->s.p[word.n])) {
        word.n++;
    }
    t->s = slice_from(t->s, word.n);
    return word;
}

static uint64_t take_number(struct text *t)
{
    unsigned long long base = 0;
    unsigned long long more = 0;
    struct slice word = take_word(t);
    if (slice_eq(word, SL("MAX"))) {
        base = t->r->message_max_bytes;
        const bool minus = peek(t) == '-';
        if (accept(t, '+') || accept(t, '-')) {
            if (!slice_to_u64(take_word(t), UINT32_MAX, &more)) {
                die(t->r, "a number is wanted behind MAX");
            }
        }
        return minus ? base - more : base + more;
    }
    if (!slice_to_u64(word, UINT64_MAX, &base)) {
        die(t->r, "not a number: %.*s", SL_ARG(word));
    }
    return base;
}

static unsigned hex_digit(const struct text *t, char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (unsigned)(c - 'a') + 10;
    }
    die(t->r, "not a hex digit: '%c'", c);
}

static void put_hex(const struct text *t, struct slice hex, struct buf *out)
{
    if (hex.n == 0 || hex.n % 2 != 0) {
        die(t->r, "hex digits come in pairs: '%.*s'", SL_ARG(t->s));
    }
    for (size_t i = 0; i < hex.n; i += 2) {
        put_byte(out, hex_digit(t, hex.p[i]) << 4 | hex_digit(t, hex.p[i + 1]));
    }
}

static void put_quoted(struct text *t, struct buf *out)
{
    while (!accept(t, '"')) {
        const char c = peek(t);
        if (!accept(t, c) || t->s.n == 0) {
            die(t->r, "a string without an end");
        }
        if (c != '\\') {
            put_byte(out, (uint8_t)c);
        } else if (accept(t, 'x') && t->s.n >= 2) {
            put_hex(t, (struct slice){t->s.p, 2}, out);
            t->s = slice_from(t->s, 2);
        } else if (accept(t, '\\') || accept(t, '"')) {
            put_byte(out, (uint8_t)t->s.p[-1]);
        } else {
            die(t->r, "unknown escape");
        }
    }
}

/* Append what was put behind from so often that it stands there count times. */
static void repeat(struct text *t, struct buf *out, size_t from)
{
    if (!accept(t, '*')) {
        return;
    }
    const uint64_t count = take_number(t);
    const size_t n = count > 0 ? out->n - from : 0;
    out->n = from + n;
    for (uint64_t i = 1; i < count; i++) {
        char *to;
        CHECK(buf_reserve(out, n, &to) == ERR_OK);
        memcpy(to, out->p + from, n);
        out->n += n;
    }
}

static void take_payload(struct text *t, struct payload *payload)
{
    struct buf *out = &payload->bytes;
    if (!accept(t, '(')) {
        die(t->r, "a '(' is wanted at '%.*s'", SL_ARG(t->s));
    }
    for (skip_blanks(t); !accept(t, ')'); skip_blanks(t)) {
        const size_t from = out->n;
        if (accept(t, '^')) {
            payload->fail_at = out->n;
            continue;
        }
        if (accept(t, '"')) {
            put_quoted(t, out);
        } else if (accept(t, '@')) {
            const uint64_t code = take_number(t);
            put_byte(out, (uint8_t)(code >> 8));
            put_byte(out, (uint8_t)code);
        } else {
            put_hex(t, take_word(t), out);
        }
        repeat(t, out, from);
    }
}

static bool opcode_of(struct slice kind, uint8_t *opcode)
{
    for (uint8_t i = 0; i < 16; i++) {
        if (KINDS[i] != NULL && slice_eq(kind, slice_str(KINDS[i]))) {
            *opcode = i;
            return true;
        }
    }
    return false;
}

static void take_modifier(struct text *t, struct frame *f)
{
    const struct slice word = take_word(t);
    if (slice_eq(word, SL("more"))) {
        f->more = true;
    } else if (slice_eq(word, SL("badmask"))) {
        f->bad_mask = true;
    } else if (slice_eq(word, SL("len16"))) {
        f->length_n = 2;
    } else if (slice_eq(word, SL("len64"))) {
        f->length_n = 8;
    } else if (word.n == 4 && slice_starts_with(word, SL("rsv"))) {
        f->rsv = (uint8_t)hex_digit(t, word.p[3]);
    } else if (slice_eq(word, SL("frag")) && accept(t, '=')) {
        f->fragment_bytes = take_number(t);
    } else if (slice_eq(word, SL("says")) && accept(t, '=')) {
        f->has_says = true;
        f->says = take_number(t);
    } else if (slice_eq(word, SL("key")) && accept(t, '=')) {
        struct buf key = {.max = sizeof(f->key)};
        put_hex(t, take_word(t), &key);
        CHECK(key.n == sizeof(f->key));
        memcpy(f->key, key.p, sizeof(f->key));
        f->has_key = true;
        buf_fini(&key);
    } else {
        die(t->r, "unknown modifier /%.*s", SL_ARG(word));
    }
}

static struct frame take_frame_head(struct text *t, struct slice kind)
{
    struct frame f = {0};
    if (!opcode_of(kind, &f.opcode)) {
        if (kind.n != 3 || !slice_starts_with(kind, SL("op"))) {
            die(t->r, "unknown kind of frame: %.*s", SL_ARG(kind));
        }
        f.opcode = (uint8_t)hex_digit(t, kind.p[2]);
    }
    while (accept(t, '/')) {
        take_modifier(t, &f);
    }
    return f;
}

static void put_length(const struct frame *f, uint8_t mask_bit, uint64_t n, struct buf *out)
{
    size_t length_n = f->length_n;
    if (length_n == 0 && n > 125) {
        length_n = n > UINT16_MAX ? 8 : 2;
    }
    if (length_n == 0) {
        put_byte(out, mask_bit | (unsigned)n);
        return;
    }
    put_byte(out, mask_bit | (length_n == 2 ? 126U : 127U));
    for (size_t i = length_n; i > 0; i--) {
        put_byte(out, (uint8_t)(n >> (8 * (i - 1))));
    }
}

/* One frame on the wire. The writer under test has no part in this. */
static void put_frame(struct reader *r, const struct frame *f, struct slice payload,
                      struct buf *out)
{
    const bool masked = (r->role == WS_SERVER) != f->bad_mask;
    const unsigned fin = f->more ? 0 : 0x80U;
    uint8_t key[4] = {0x37, 0xfa, 0x21, (uint8_t)(0x3d + r->frames_n)};
    if (f->has_key) {
        memcpy(key, f->key, sizeof(key));
    }
    r->frames_n++;
    put_byte(out, fin | (unsigned)f->rsv << 4 | f->opcode);
    put_length(f, masked ? 0x80U : 0, f->has_says ? f->says : payload.n, out);
    if (masked) {
        put(out, (struct slice){(const char *)key, sizeof(key)});
    }
    for (size_t i = 0; i < payload.n; i++) {
        put_byte(out, (uint8_t)payload.p[i] ^ (masked ? key[i % 4] : 0U));
    }
}

/* A payload as one frame or, with /frag, as several; fail_at is moved to where it is in the bytes.
 */
static void put_frames(struct reader *r, struct frame f, const struct payload *payload,
                       struct ws_case *c)
{
    const bool more = f.more;
    const size_t n = payload->bytes.n;
    const size_t step = f.fragment_bytes > 0 ? (size_t)f.fragment_bytes : n;
    size_t at = 0;
    do {
        const size_t part_n = n - at < step ? n - at : step;
        f.more = more || n - at > step;
        put_frame(r, &f, (struct slice){n > 0 ? payload->bytes.p + at : "", part_n}, &c->in);
        if (payload->fail_at > at && payload->fail_at <= at + part_n) {
            c->fail_at = c->in.n - (at + part_n - payload->fail_at);
        }
        f.opcode = WS_CONTINUATION;
        at += part_n;
    } while (at < n);
}

static void take_frame(struct reader *r, struct text *t, struct slice kind, struct ws_case *c)
{
    const struct frame f = take_frame_head(t, kind);
    struct payload payload = {.bytes = {.max = BYTES_MAX}};
    take_payload(t, &payload);
    uint64_t count = accept(t, '*') ? take_number(t) : 1;
    for (; count > 0; count--) {
        put_frames(r, f, &payload, c);
    }
    buf_fini(&payload.bytes);
}

static void take_input(struct reader *r, struct slice s, struct ws_case *c)
{
    struct text t = {r, s};
    r->frames_n = 0;
    for (skip_blanks(&t); t.s.n > 0; skip_blanks(&t)) {
        if (accept(&t, '^')) {
            c->fail_at = c->in.n;
            continue;
        }
        const struct slice word = take_word(&t);
        if (peek(&t) == '(' || peek(&t) == '/') {
            take_frame(r, &t, word, c);
        } else {
            const size_t from = c->in.n;
            put_hex(&t, word, &c->in);
            repeat(&t, &c->in, from);
        }
    }
}

static void take_event(struct text *t, struct slice kind, struct buf *log)
{
    uint8_t opcode = 0;
    struct payload payload = {.bytes = {.max = BYTES_MAX}};
    if (!opcode_of(kind, &opcode)) {
        die(t->r, "unknown event: %.*s", SL_ARG(kind));
    }
    take_payload(t, &payload);
    struct ws_event ev = {.opcode = (enum ws_opcode)opcode, .data = buf_peek(&payload.bytes)};
    if (opcode == WS_CLOSE) {
        ev.close_code = 1005;
        if (ev.data.n >= 2) {
            ev.close_code = (uint16_t)((uint8_t)ev.data.p[0] << 8 | (uint8_t)ev.data.p[1]);
            ev.data = slice_from(ev.data, 2);
        }
    }
    uint64_t count = accept(t, '*') ? take_number(t) : 1;
    for (; count > 0; count--) {
        ws_log_event(log, &ev);
    }
    buf_fini(&payload.bytes);
}

static void take_events(struct reader *r, struct slice s, struct ws_case *c)
{
    struct text t = {r, s};
    for (skip_blanks(&t); t.s.n > 0; skip_blanks(&t)) {
        const struct slice word = take_word(&t);
        if (slice_eq(word, SL("fail"))) {
            skip_blanks(&t);
            ws_log_failure(&c->log, (uint16_t)take_number(&t));
        } else {
            take_event(&t, word, &c->log);
        }
    }
}

static void take_case(struct reader *r, struct slice line)
{
    const size_t first = slice_find(line, '|');
    if (first == line.n) {
        die(r, "not a case: %.*s", SL_ARG(line));
    }
    const struct slice rest = slice_from(line, first + 1);
    const size_t second = slice_find(rest, '|');
    if (second == rest.n) {
        die(r, "a case without events: %.*s", SL_ARG(line));
    }
    struct ws_case c = {
        .name = trim((struct slice){line.p, first}),
        .in = {.max = BYTES_MAX},
        .log = {.max = BYTES_MAX},
        .line_n = r->line_n,
    };
    const struct slice other = r->role == WS_SERVER ? SL("client.") : SL("server.");
    if (slice_starts_with(c.name, other)) {
        return;
    }
    take_input(r, trim((struct slice){rest.p, second}), &c);
    take_events(r, trim(slice_from(rest, second + 1)), &c);
    r->cases_n++;
    r->each(&c, r->context);
    buf_fini(&c.in);
    buf_fini(&c.log);
}

/* The i-th choice of a group (its braces taken off) into out; false when it has none. */
static bool put_choice(struct reader *r, struct slice group, uint64_t i, struct buf *out)
{
    for (size_t k = 0; k + 1 < group.n; k++) {
        if (group.p[k] == '.' && group.p[k + 1] == '.') {
            unsigned long long low;
            unsigned long long high;
            if (!slice_to_u64((struct slice){group.p, k}, UINT32_MAX, &low) ||
                !slice_to_u64(slice_from(group, k + 2), UINT32_MAX, &high)) {
                die(r, "not a range: {%.*s}", SL_ARG(group));
            }
            CHECK(buf_put_u64(out, low + i) == ERR_OK);
            return i <= high - low;
        }
    }
    for (; i > 0; i--) {
        const size_t comma = slice_find(group, ',');
        if (comma == group.n) {
            return false;
        }
        group = slice_from(group, comma + 1);
    }
    put(out, (struct slice){group.p, slice_find(group, ',')});
    return true;
}

/* The i-th case of a line into out. Returns: false when the groups have no i-th choice. */
static bool expand(struct reader *r, struct slice line, uint64_t i, struct buf *out)
{
    unsigned groups_n = 0;
    unsigned chosen_n = 0;
    buf_reset(out);
    for (;;) {
        const size_t open = slice_find(line, '{');
        put(out, (struct slice){line.p, open});
        if (open == line.n) {
            break;
        }
        line = slice_from(line, open + 1);
        const size_t close = slice_find(line, '}');
        if (close == line.n) {
            die(r, "a group without an end");
        }
        const struct slice group = {line.p, close};
        line = slice_from(line, close + 1);
        if (slice_eq(group, SL("#"))) {
            CHECK(buf_put_u64(out, i + 1) == ERR_OK);
            continue;
        }
        groups_n++;
        chosen_n += put_choice(r, group, i, out);
    }
    if (chosen_n != 0 && chosen_n != groups_n) {
        die(r, "groups of different lengths");
    }
    return groups_n == 0 ? i == 0 : chosen_n == groups_n;
}

static void define(struct reader *r, struct slice s)
{
    const size_t equals = slice_find(s, '=');
    if (equals == s.n || r->definitions_n == DEFINITIONS_MAX) {
        die(r, "not a definition");
    }
    r->definitions[r->definitions_n++] = (struct definition){
        .name = trim((struct slice){s.p, equals}),
        .text = trim(slice_from(s, equals + 1)),
    };
}

/* line with the names in it replaced, into out. */
static void substitute(struct reader *r, struct slice line, struct buf *out)
{
    buf_reset(out);
    for (;;) {
        const size_t dollar = slice_find(line, '$');
        put(out, (struct slice){line.p, dollar});
        if (dollar == line.n) {
            return;
        }
        line = slice_from(line, dollar);
        size_t i = 0;
        while (i < r->definitions_n && !slice_starts_with(line, r->definitions[i].name)) {
            i++;
        }
        if (i == r->definitions_n) {
            die(r, "an unknown name: %.*s", SL_ARG(line));
        }
        put(out, r->definitions[i].text);
        line = slice_from(line, r->definitions[i].name.n);
    }
}

static void take_line(struct reader *r, struct slice line)
{
    struct buf substituted = {.max = TEXT_BYTES_MAX};
    struct buf expanded = {.max = TEXT_BYTES_MAX};
    if (line.n == 0 || line.p[0] == '#') {
        return;
    }
    if (slice_starts_with(line, SL("let "))) {
        define(r, slice_from(line, 4));
        return;
    }
    substitute(r, line, &substituted);
    for (uint64_t i = 0; expand(r, buf_peek(&substituted), i, &expanded); i++) {
        take_case(r, buf_peek(&expanded));
    }
    buf_fini(&expanded);
    buf_fini(&substituted);
}

unsigned ws_table_each(const char *path, enum ws_role role, uint32_t message_max_bytes,
                       void (*each)(struct ws_case *c, void *context), void *context)
{
    struct reader r = {
        .role = role, .message_max_bytes = message_max_bytes, .each = each, .context = context};
    struct buf file = {.max = TEXT_BYTES_MAX};
    char *to;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        die(&r, "no file %s", path);
    }
    CHECK(buf_reserve(&file, TEXT_BYTES_MAX, &to) == ERR_OK);
    file.n = fread(to, 1, TEXT_BYTES_MAX, f);
    CHECK(fclose(f) == 0);
    struct slice rest = buf_peek(&file);
    while (rest.n > 0) {
        const size_t end = slice_find(rest, '\n');
        r.line_n++;
        take_line(&r, trim((struct slice){rest.p, end}));
        rest = slice_from(rest, end < rest.n ? end + 1 : end);
    }
    buf_fini(&file);
    return r.cases_n;
}

void ws_log_event(struct buf *log, const struct ws_event *ev)
{
    CHECK(KINDS[ev->opcode] != NULL);
    put(log, slice_str(KINDS[ev->opcode]));
    if (ev->opcode == WS_CLOSE) {
        put_byte(log, ' ');
        CHECK(buf_put_u64(log, ev->close_code) == ERR_OK);
    }
    put_byte(log, ' ');
    CHECK(buf_put_u64(log, ev->data.n) == ERR_OK);
    put_byte(log, ':');
    put(log, ev->data);
    put_byte(log, '\n');
}

void ws_log_failure(struct buf *log, uint16_t code)
{
    put(log, SL("fail "));
    CHECK(buf_put_u64(log, code) == ERR_OK);
    put_byte(log, '\n');
}
