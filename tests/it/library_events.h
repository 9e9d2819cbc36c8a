/* What library_server.c is made of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tincan.h>

extern struct tincan *server;

/* A growing text; free(p) when done. */
struct text {
    char *p;
    size_t n, cap;
};
/* Append, formatted. */
void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Append a JSON string, after a comma if something stands before. */
void put_string(struct text *t, const char *s);
struct tincan_slice all_of(const struct text *t);

/* Answer with a text, and free it / with {"ok":true} or the library's error. */
void ack_text(struct tincan_event *e, struct text *t);
void ack_ok(struct tincan_event *e, bool ok);
/* An argument that may be missing. */
int64_t integer(const struct tincan_event *e, unsigned index, int64_t fallback);
/* Add a line to what the event "history" answers. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Free what was noted. */
void forget_history(void);

/* A socket to be found again. */
struct who {
    char nsp[64];
    char id[TINCAN_ID_BYTES + 1];
};
struct who who_is(const struct tincan_socket *s);
/* NULL: it is gone, or its namespace. */
struct tincan_socket *find_who(const struct who *who);

/* Register everything of this unit. */
bool library_events(struct tincan_namespace *ns);

/* The on_request of the options. Thread: any. */
bool library_http_streams(void *user, const struct tincan_request *q);
bool library_http(void *user, const struct tincan_request *request, struct tincan_reply *reply);
