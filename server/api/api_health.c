/* What operators' tools ask. */
#include "api_call.h"

#include "clock.h"

#include <stdio.h>
#include <unistd.h>

#define TEXT_TYPE         "text/plain; charset=utf-8"
#define METRICS_TYPE      "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_BYTES_MAX (64u << 10)

void api_health(struct api_call *c)
{
    tincan_reply_body(c->r, TEXT_TYPE, tincan_text("ok\n"));
}

/* --- ready --- */

static enum chat_error ask_store(struct api *api, int64_t now_ms)
{
    struct store_request *r = store_request_new(STORE_PROBE);
    enum chat_error error = CHAT_INTERNAL;
    if (r) {
        r->now_ms = now_ms;
        store_call(api->options.store, r);
        error = r->out.refusal.error;
        store_request_free(r);
    }
    return error;
}

/* Can the store be written to? Of those who ask at the same time one finds out, and the others are told what was found last, so that
 * asking costs little and holds up nobody while the store is away. */
static enum chat_error probe(struct api *api, int64_t now_ms)
{
    pthread_mutex_lock(&api->probe_lock);
    enum chat_error found = api->probed_us == 0 ? CHAT_UNAVAILABLE : api->probed;
    int64_t age_us = clock_now_us() - api->probed_us;
    bool mine = !api->probing && (api->probed_us == 0 || age_us >= API_PROBE_MS * 1000LL);
    api->probing = api->probing || mine;
    pthread_mutex_unlock(&api->probe_lock);
    if (mine) {
        found = ask_store(api, now_ms);
        pthread_mutex_lock(&api->probe_lock);
        api->probed = found;
        api->probed_us = clock_now_us();
        api->probing = false;
        pthread_mutex_unlock(&api->probe_lock);
    }
    return found;
}

/* Ready is who can write: a row is written. */
void api_ready(struct api_call *c)
{
    char text[200];
    enum chat_error error = probe(c->api, c->now_ms);
    if (error == CHAT_OK && !atomic_load(&c->api->started)) {
        error = CHAT_BUSY;
    }
    if (error == CHAT_OK) {
        tincan_reply_body(c->r, TEXT_TYPE, tincan_text("ready\n"));
        return;
    }
    snprintf(text, sizeof text, "not ready: %s\n",
             error == CHAT_BUSY ? "still starting, or too many requests wait"
                                : chat_error_rows[error].text);
    tincan_reply_body(c->r, TEXT_TYPE, tincan_text(text));
    api_set_status(c, 503);
}

/* --- metrics --- */

long long api_resident_bytes(void)
{
    char text[128];
    unsigned long long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fgets(text, sizeof text, f)) {
        struct slice s = slice_str(text);
        struct slice first = {s.p, slice_find(s, ' ')};
        struct slice rest = first.n < s.n ? slice_from(s, first.n + 1) : SL("");
        (void)slice_to_u64(first, UINT32_MAX, &size);
        (void)slice_to_u64((struct slice){rest.p, slice_find(rest, ' ')}, UINT32_MAX, &resident);
    }
    if (f) {
        fclose(f);
    }
    return (long long)resident * sysconf(_SC_PAGESIZE);
}

static enum err put_head(struct buf *out, const char *name, const char *kind, const char *help)
{
    return buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static enum err put_metric(struct buf *out, const char *name, const char *kind, const char *help,
                           long long value)
{
    enum err e = put_head(out, name, kind, help);
    return e ? e : buf_printf(out, "%s %lld\n", name, value);
}

/* "STORE_ROOM_JOIN" is op="room_join". */
static enum err put_op(struct buf *out, const char *id, const char *result, uint64_t n)
{
    char op[40];
    size_t i = 0;
    for (id += strlen("STORE_"); *id && i + 1 < sizeof op; id++) {
        op[i++] = *id >= 'A' && *id <= 'Z' ? (char)(*id | 0x20) : *id;
    }
    op[i] = '\0';
    return n == 0 ? ERR_OK
                  : buf_printf(out, "tincan_store_requests_total{op=\"%s\",result=\"%s\"} %llu\n",
                               op, result, (unsigned long long)n);
}

static enum err put_store(struct buf *out, struct store *store)
{
    static const char *const ids[STORE_OPS_N] = {
#define STORE_OP(id, mode, function) [id] = #id,
        STORE_OPS(STORE_OP)
#undef STORE_OP
    };
    struct store_counts counts;
    store_count(store, &counts);
    enum err e =
        put_metric(out, "tincan_store_ready", "gauge",
                   "Whether the store could be written to when last tried.", store_ready(store));
    e = e ? e
          : put_metric(out, "tincan_store_waiting", "gauge", "Requests that wait for the store.",
                       counts.waiting);
    e = e ? e
          : put_metric(out, "tincan_store_commits_total", "counter",
                       "Transactions that have written something.", (long long)counts.batches);
    e = e ? e
          : put_head(out, "tincan_store_requests_total", "counter",
                     "Requests to the store by what they are; messages are op=\"send\".");
    for (unsigned i = 0; i < STORE_OPS_N && !e; i++) {
        e = put_op(out, ids[i], "done", counts.done[i]);
        e = e ? e : put_op(out, ids[i], "refused", counts.refused[i]);
    }
    return e;
}

static enum err put_passwords(struct buf *out, struct password_pool *pool)
{
    const struct password_counts n = password_count(pool);
    enum err e = put_head(out, "tincan_passwords_total", "counter",
                          "Passwords that were hashed, compared, or refused as too many at once.");
    return e ? e
             : buf_printf(out,
                          "tincan_passwords_total{what=\"hashed\"} %llu\n"
                          "tincan_passwords_total{what=\"compared\"} %llu\n"
                          "tincan_passwords_total{what=\"refused\"} %llu\n",
                          (unsigned long long)n.made, (unsigned long long)n.compared,
                          (unsigned long long)n.refused);
}

static enum err put_answers(struct buf *out, struct api *api)
{
    enum err e = put_head(out, "tincan_api_answers_total", "counter",
                          "Answers of the HTTP interface by the first digit of their status.");
    for (unsigned i = 2; i < API_STATUSES_N && !e; i++) {
        e = buf_printf(out, "tincan_api_answers_total{status=\"%uxx\"} %llu\n", i,
                       (unsigned long long)atomic_load(&api->answers[i]));
    }
    return e;
}

void api_metrics(struct api_call *c)
{
    struct api *api = c->api;
    struct buf out;
    buf_init(&out, METRICS_BYTES_MAX);
    enum err e = put_metric(&out, "tincan_connections", "gauge", "Open Engine.IO connections.",
                            (long long)tincan_connections(api->options.t));
    e = e ? e
          : put_metric(&out, "tincan_connections_refused_total", "counter",
                       "Connections refused because their address had as many as it may have.",
                       (long long)tincan_connections_refused(api->options.t));
    e = e ? e : put_store(&out, api->options.store);
    e = e ? e : put_passwords(&out, api->options.passwords);
    e = e ? e : put_answers(&out, api);
    e = e ? e
          : put_metric(&out, "tincan_uptime_seconds", "counter", "Time since the start.",
                       (long long)((clock_now_us() - api->made_us) / 1000000));
    e = e ? e
          : put_metric(&out, "process_resident_memory_bytes", "gauge", "Resident memory.",
                       api_resident_bytes());
    if (e) {
        api_refuse(c, CHAT_INTERNAL, NULL, NULL);
    } else {
        tincan_reply_body(c->r, METRICS_TYPE, (struct tincan_slice){out.p, out.n});
    }
    buf_fini(&out);
}
