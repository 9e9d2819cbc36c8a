/* What library_server answers to ordinary HTTP requests, below /http/. See library_events.h. */
#include "library_events.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
