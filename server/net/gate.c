/* See gate.h. */
#include "gate.h"

#include "utf8.h"

#include <string.h>

static enum err refuse(struct gate_refusal *why, int status, const char *code, const char *message)
{
    *why = (struct gate_refusal){.status = status, .code = code, .message = message};
    return ERR_PROTO;
}

static enum err bad(struct gate_refusal *why, const char *message)
{
    return refuse(why, 400, "bad_request", message);
}

enum err gate_find_end(struct slice bytes, size_t *scanned_n, size_t *length,
                       struct gate_refusal *why)
{
    for (size_t i = *scanned_n; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        if (i >= GATE_HEAD_BYTES_MAX) {
            refuse(why, 431, "head_too_large", "The request head is too large.");
            return ERR_LIMIT;
        }
        if (c == '\n') {
            if (i == 0 || bytes.p[i - 1] != '\r') {
                return bad(why, "A line ends in a bare LF.");
            }
            if (i == 1) {
                return bad(why, "The request begins with an empty line.");
            }
            if (i >= 3 && bytes.p[i - 2] == '\n') {
                *length = i + 1;
                return ERR_OK;
            }
        } else if (i > 0 && bytes.p[i - 1] == '\r') {
            return bad(why, "A CR is not followed by LF.");
        } else if ((c < 0x20 && c != '\r') || c == 0x7f) {
            return bad(why, "The request head contains a control byte.");
        }
    }
    *scanned_n = bytes.n;
    return ERR_MORE;
}

static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_token_char((unsigned char)s.p[i])) {
            return false;
        }
    }
    return s.n > 0;
}

static struct slice trim(struct slice s)
{
    while (s.n > 0 && s.p[0] == ' ') {
        s = slice_from(s, 1);
    }
    while (s.n > 0 && s.p[s.n - 1] == ' ') {
        s.n--;
    }
    return s;
}

/* Cut s at the first separator; *rest is what follows it. False when there is none. */
static bool cut(struct slice s, char separator, struct slice *first, struct slice *rest)
{
    size_t at = slice_find(s, separator);
    if (at == s.n) {
        return false;
    }
    *first = (struct slice){s.p, at};
    *rest = slice_from(s, at + 1);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Decode %XX of raw once into request->path_bytes. */
static enum err decode_path(struct slice raw, struct gate_request *request,
                            struct gate_refusal *why)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%') {
            int high = raw.n - i > 2 ? hex_value(raw.p[i + 1]) : -1;
            int low = raw.n - i > 2 ? hex_value(raw.p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return bad(why, "The path contains an invalid percent escape.");
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            return bad(why, "The path contains a control byte.");
        }
        if (n == sizeof request->path_bytes) {
            return refuse(why, 414, "uri_too_long", "The path is too long.");
        }
        request->path_bytes[n++] = c;
    }
    request->path = (struct slice){request->path_bytes, n};
    return ERR_OK;
}

/* No two ways to name a thing: neither empty nor dot segments, text only. */
static enum err check_path(struct slice path, struct gate_refusal *why)
{
    if (!utf8_valid(path)) {
        return bad(why, "The path is not valid UTF-8.");
    }
    for (size_t start = 1; start <= path.n;) {
        struct slice rest = slice_from(path, start);
        size_t n = slice_find(rest, '/');
        struct slice segment = {rest.p, n};
        bool last = n == rest.n;
        if (n == 0 && !last) {
            return bad(why, "The path contains an empty segment.");
        }
        if (slice_eq(segment, SL(".")) || slice_eq(segment, SL(".."))) {
            return bad(why, "The path contains a dot segment.");
        }
        start += n + 1;
    }
    return ERR_OK;
}

static enum err check_target(struct slice target, struct gate_request *request,
                             struct gate_refusal *why)
{
    if (target.n > GATE_TARGET_BYTES_MAX) {
        return refuse(why, 414, "uri_too_long", "The request target is too long.");
    }
    if (target.n == 0 || target.p[0] != '/') {
        return bad(why, "The request target does not begin with a slash.");
    }
    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];
        if (c <= ' ' || c > '~') {
            return bad(why, "The request target contains a byte that must be percent-encoded.");
        }
        if (c == '#') {
            return bad(why, "The request target contains a fragment.");
        }
    }
    struct slice raw_path = target;
    request->query = (struct slice){0};
    cut(target, '?', &raw_path, &request->query);
    enum err e = decode_path(raw_path, request, why);
    return e ? e : check_path(request->path, why);
}

static enum err check_request_line(struct slice line, struct gate_request *request,
                                   struct gate_refusal *why)
{
    static const struct slice methods[] = {
        {"GET", 3},    {"HEAD", 4},  {"POST", 4},    {"PUT", 3},
        {"DELETE", 6}, {"PATCH", 5}, {"OPTIONS", 7},
    };
    struct slice rest, target, version;
    if (!cut(line, ' ', &request->method, &rest) || !cut(rest, ' ', &target, &version)) {
        return bad(why, "The request line is not METHOD SP TARGET SP VERSION.");
    }
    if (!is_token(request->method)) {
        return bad(why, "The method is not a token.");
    }
    if (slice_eq(version, SL("HTTP/1.0"))) {
        request->http_1_0 = true;
    } else if (!slice_eq(version, SL("HTTP/1.1"))) {
        bool other =
            version.n == 8 && slice_starts_with(version, SL("HTTP/")) && version.p[6] == '.';
        return other ? refuse(why, 505, "http_version",
                              "Only HTTP versions 1.0 and 1.1 are spoken here.")
                     : bad(why, "The request line is not METHOD SP TARGET SP VERSION.");
    }
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        known = known || slice_eq(request->method, methods[i]);
    }
    if (!known) {
        return refuse(why, 501, "method", "This method is not known here.");
    }
    return check_target(target, request, why);
}

static enum err split_headers(struct slice lines, struct gate_request *request,
                              struct gate_refusal *why)
{
    while (lines.n > 0) {
        struct slice line, rest;
        if (!cut(lines, '\n', &line, &rest)) {
            return bad(why, "The request head is cut off.");
        }
        line.n--; /* the CR, proved by gate_find_end */
        lines = rest;
        struct http_header h;
        if (line.p[0] == ' ') {
            return bad(why, "A header is folded over two lines.");
        }
        if (!cut(line, ':', &h.name, &h.value)) {
            return bad(why, "A header has no colon.");
        }
        if (!is_token(h.name)) {
            return bad(why, "A header name is not a token; no space may stand before the colon.");
        }
        if (request->headers_n == GATE_HEADERS_MAX) {
            return refuse(why, 431, "head_too_large", "The request has too many headers.");
        }
        h.value = trim(h.value);
        request->headers[request->headers_n++] = h;
    }
    return ERR_OK;
}

/* The only header of that name. Returns false when there are several. */
static bool find_only(const struct gate_request *request, struct slice name,
                      const struct http_header **out)
{
    *out = NULL;
    for (unsigned i = 0; i < request->headers_n; i++) {
        if (slice_eq_nocase(request->headers[i].name, name)) {
            if (*out) {
                return false;
            }
            *out = &request->headers[i];
        }
    }
    return true;
}

/* Do the comma-separated values of all headers of that name contain token? */
static bool has_token(const struct gate_request *request, struct slice name, struct slice token)
{
    for (unsigned i = 0; i < request->headers_n; i++) {
        if (!slice_eq_nocase(request->headers[i].name, name)) {
            continue;
        }
        struct slice rest = request->headers[i].value, item;
        bool more = true;
        while (more) {
            more = cut(rest, ',', &item, &rest);
            if (slice_eq_nocase(trim(more ? item : rest), token)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_host_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("-._~:[]%!$&'()*+;=", c) != NULL);
}

static enum err check_host(const struct gate_request *request, struct gate_refusal *why)
{
    const struct http_header *host;
    if (!find_only(request, SL("Host"), &host)) {
        return bad(why, "There is more than one Host header.");
    }
    if (!host || host->value.n == 0) {
        return request->http_1_0 && !host ? ERR_OK : bad(why, "The Host header is missing.");
    }
    for (size_t i = 0; i < host->value.n; i++) {
        if (!is_host_char((unsigned char)host->value.p[i])) {
            return bad(why, "The Host header is malformed.");
        }
    }
    return ERR_OK;
}

/* Exactly one way to say how long the body is (RFC 9112 section 6). */
static enum err check_body(struct gate_request *request, struct gate_refusal *why)
{
    const struct http_header *length, *encoding;
    if (!find_only(request, SL("Content-Length"), &length)) {
        return bad(why, "There is more than one Content-Length header.");
    }
    if (!find_only(request, SL("Transfer-Encoding"), &encoding)) {
        return bad(why, "There is more than one Transfer-Encoding header.");
    }
    if (length && encoding) {
        return bad(why, "Content-Length and Transfer-Encoding exclude each other.");
    }
    if (encoding) {
        if (request->http_1_0 || !slice_eq_nocase(encoding->value, SL("chunked"))) {
            return bad(why, "The Transfer-Encoding can only be chunked, in HTTP/1.1.");
        }
        request->body = GATE_BODY_CHUNKED;
    }
    if (length) {
        unsigned long long n;
        if (!slice_to_u64(length->value, INT64_MAX, &n)) {
            return bad(why, "The Content-Length is not a number.");
        }
        request->content_length = n;
        request->body = n > 0 ? GATE_BODY_LENGTH : GATE_BODY_NONE;
    }
    return ERR_OK;
}

static enum err check_expect(struct gate_request *request, struct gate_refusal *why)
{
    const struct http_header *expect;
    if (!find_only(request, SL("Expect"), &expect)) {
        return bad(why, "There is more than one Expect header.");
    }
    if (expect && !slice_eq_nocase(expect->value, SL("100-continue"))) {
        return refuse(why, 417, "expectation", "Only 100-continue can be expected.");
    }
    request->expect_continue = expect && !request->http_1_0 && request->body != GATE_BODY_NONE;
    return ERR_OK;
}

/* 16 bytes in base64: 22 characters and two pads. */
static bool is_websocket_key(struct slice key)
{
    if (key.n != 24 || !slice_eq(slice_from(key, 22), SL("=="))) {
        return false;
    }
    for (size_t i = 0; i < 22; i++) {
        char c = key.p[i], lower = (char)(c | 0x20);
        bool letter = lower >= 'a' && lower <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/') {
            return false;
        }
    }
    return true;
}

/* RFC 6455 section 4.2.1. */
static enum err check_websocket(struct gate_request *request, struct gate_refusal *why)
{
    const struct http_header *key, *version, *only;
    bool key_ok = find_only(request, SL("Sec-WebSocket-Key"), &key);
    bool version_ok = find_only(request, SL("Sec-WebSocket-Version"), &version);
    bool upgrade = has_token(request, SL("Upgrade"), SL("websocket"));
    if (!upgrade && key_ok && !key && version_ok && !version) {
        return ERR_OK; /* no handshake at all; other upgrades are ignored */
    }
    if (!slice_eq(request->method, SL("GET"))) {
        return bad(why, "A WebSocket handshake must be a GET request.");
    }
    if (request->http_1_0) {
        return bad(why, "A WebSocket handshake needs HTTP/1.1.");
    }
    if (!upgrade || !find_only(request, SL("Upgrade"), &only)) {
        return bad(why, "The Upgrade header does not name websocket, or is there twice.");
    }
    if (!has_token(request, SL("Connection"), SL("upgrade"))) {
        return bad(why, "The Connection header does not name upgrade.");
    }
    if (request->body != GATE_BODY_NONE) {
        return bad(why, "A WebSocket handshake has no body.");
    }
    if (!key_ok || !key || !is_websocket_key(key->value)) {
        return bad(why, "Exactly one Sec-WebSocket-Key of 16 bytes in base64 is needed.");
    }
    if (!version_ok || !version || !slice_eq(version->value, SL("13"))) {
        return refuse(why, 426, "websocket_version", "Only WebSocket version 13 is spoken here.");
    }
    request->websocket = true;
    return ERR_OK;
}

enum err gate_check(struct slice head, struct gate_request *request, struct gate_refusal *why)
{
    struct slice line, lines;
    request->http_1_0 = request->keep_alive = request->websocket = request->expect_continue = false;
    request->body = GATE_BODY_NONE;
    request->content_length = 0;
    request->headers_n = 0;
    if (head.n < 4 || !cut(head, '\n', &line, &lines) || lines.n < 2) {
        return bad(why, "The request head is cut off.");
    }
    line.n--;     /* its CR */
    lines.n -= 2; /* the empty line */
    enum err e = check_request_line(line, request, why);
    e = e ? e : split_headers(lines, request, why);
    e = e ? e : check_host(request, why);
    e = e ? e : check_body(request, why);
    e = e ? e : check_expect(request, why);
    e = e ? e : check_websocket(request, why);
    request->keep_alive = !request->http_1_0 && !has_token(request, SL("Connection"), SL("close"));
    return e;
}
