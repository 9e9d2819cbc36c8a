/* What library_server answers to ordinary HTTP requests, below /http/. See library_events.h. */
#include "library_events.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEETING_N 4

static bool is(struct tincan_slice s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* A member of the JSON that says what was asked. */
static void put_member(struct tincan_reply *r, const char *name, struct tincan_slice value)
{
    char head[64];
    snprintf(head, sizeof head, "\"%s\":\"", name);
    tincan_reply_write(r, tincan_text(head));
    tincan_reply_write(r, value);
    tincan_reply_write(r, tincan_text("\","));
}

static void echo(const struct tincan_request *q, struct tincan_reply *r)
{
    char name[16] = "";
    tincan_reply_body(r, "application/json", tincan_text("{"));
    put_member(r, "method", q->method);
    put_member(r, "path", q->path);
    put_member(r, "query", q->query);
    put_member(r, "body", q->body);
    put_member(r, "address", q->address);
    put_member(r, "header", tincan_request_header(q, "X-Test"));
    put_member(r, "name",
               tincan_text(tincan_request_query(q, "name", name, sizeof name) ? name : "none"));
    tincan_reply_write(r, tincan_text(q->secure ? "\"secure\":true}" : "\"secure\":false}"));
}

static void cookies(struct tincan_reply *r)
{
    char first[] = "a=1; HttpOnly", name[] = "Set-Cookie";
    tincan_reply_status(r, 204);
    tincan_reply_header(r, name, tincan_text(first));
    memset(first, 'x', sizeof first - 1); /* it was copied */
    memset(name, 'x', sizeof name - 1);
    tincan_reply_header(r, "Set-Cookie", tincan_text("b=2; Path=/"));
    tincan_reply_header(r, "X-Empty", tincan_text(""));
}

/* As many lines as the query says. */
static void lines(const struct tincan_request *q, struct tincan_reply *r)
{
    char n[16] = "0";
    tincan_request_query(q, "n", n, sizeof n);
    int64_t left = integer(&(struct tincan_event){.args = tincan_text(n)}, 0, 0);
    tincan_reply_body(r, "text/plain", tincan_text(""));
    for (; left > 0; left--) {
        tincan_reply_write(r, tincan_text("0123456789abcde\n"));
    }
}

/* Everybody waits until enough are here at once. */
static void meet(struct tincan_reply *r)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t all = PTHREAD_COND_INITIALIZER;
    static unsigned here_n;
    pthread_mutex_lock(&lock);
    here_n++;
    pthread_cond_broadcast(&all);
    while (here_n % MEETING_N != 0) {
        pthread_cond_wait(&all, &lock);
    }
    pthread_mutex_unlock(&lock);
    tincan_reply_body(r, "text/plain", tincan_text("met"));
}

/* Reads the body as it comes, or as much of it as the query says: how much that was, and a sum of its bytes. */
static void stream(const struct tincan_request *q, struct tincan_reply *r)
{
    char piece[1000], text[100], n_text[16] = "1000000000";
    size_t n = 1, total = 0;
    unsigned sum = 0;
    tincan_request_query(q, "take", n_text, sizeof n_text);
    size_t left = (size_t)integer(&(struct tincan_event){.args = tincan_text(n_text)}, 0, 0);
    bool whole = true;
    while (n > 0 && left > 0 && whole) {
        whole = tincan_request_read(q, piece, left < sizeof piece ? left : sizeof piece, &n);
        for (size_t i = 0; i < n; i++) {
            sum = sum * 31 + (unsigned char)piece[i];
        }
        total += n;
        left -= n;
    }
    snprintf(text, sizeof text, "%zu of %llu%s, %u", total, (unsigned long long)q->body_length,
             whole ? "" : " cut off", sum);
    tincan_reply_body(r, "text/plain", tincan_text(text));
}

bool library_http_streams(void *user, const struct tincan_request *q)
{
    (void)user;
    return is(q->path, "/http/stream");
}

/* A part of a file of a million bytes; what=twice: it cannot be given twice. */
static void file(const struct tincan_request *q, struct tincan_reply *r)
{
    char n[16] = "1000000", from[16] = "0", what[16] = "";
    FILE *f = tmpfile();
    for (unsigned i = 0; f && i < 1000000; i++) {
        putc((int)(i % 251), f);
    }
    if (!f || fflush(f) != 0) {
        abort();
    }
    tincan_request_query(q, "n", n, sizeof n);
    tincan_request_query(q, "from", from, sizeof from);
    tincan_request_query(q, "what", what, sizeof what);
    int64_t n_bytes = integer(&(struct tincan_event){.args = tincan_text(n)}, 0, 0);
    int64_t from_bytes = integer(&(struct tincan_event){.args = tincan_text(from)}, 0, 0);
    tincan_reply_header(r, "Content-Type", tincan_text("application/x-test"));
    tincan_reply_file(r, dup(fileno(f)), (uint64_t)from_bytes, (uint64_t)n_bytes);
    if (strcmp(what, "twice") == 0 && tincan_reply_file(r, dup(fileno(f)), 0, 1)) {
        abort(); /* it should have said so */
    }
    fclose(f);
}

/* What cannot be answered: what was said before is not sent. */
static void wrong(const struct tincan_request *q, struct tincan_reply *r)
{
    char what[16] = "";
    bool ok = tincan_reply_body(r, "text/plain", tincan_text("half an answer"));
    tincan_request_query(q, "what", what, sizeof what);
    if (strcmp(what, "line") == 0) {
        ok = tincan_reply_header(r, "X-Line", tincan_text("a\r\nX-Other: b"));
    } else if (strcmp(what, "name") == 0) {
        ok = tincan_reply_header(r, "X:", tincan_text("a"));
    } else if (strcmp(what, "length") == 0) {
        ok = tincan_reply_header(r, "Content-Length", tincan_text("3"));
    } else if (strcmp(what, "status") == 0) {
        ok = tincan_reply_status(r, 101);
    } else {
        for (int i = 0; i < 64; i++) {
            ok = tincan_reply_header(r, "X-Many", tincan_text("a"));
        }
    }
    if (ok) {
        abort(); /* it should have said so */
    }
}

bool library_http(void *user, const struct tincan_request *q, struct tincan_reply *r)
{
    (void)user;
    if (is(q->path, "/http/cookies")) {
        cookies(r);
    } else if (is(q->path, "/http/lines")) {
        lines(q, r);
    } else if (is(q->path, "/http/stream")) {
        stream(q, r);
    } else if (is(q->path, "/http/file")) {
        file(q, r);
    } else if (is(q->path, "/http/meet")) {
        meet(r);
    } else if (is(q->path, "/http/wrong")) {
        wrong(q, r);
    } else if (is(q->path, "/http/gone")) {
        tincan_reply_status(r, 410);
    } else if (q->path.n > 6 && memcmp(q->path.p, "/http/", 6) == 0) {
        echo(q, r);
    } else {
        tincan_reply_body(r, "text/plain", tincan_text("not to be seen"));
        tincan_reply_header(r, "X-Seen", tincan_text("no"));
        return false;
    }
    return true;
}
