/* What operators' tools ask. */
#include "api_call.h"

#include "clock.h"

#include <stdio.h>
#include <unistd.h>

#define TEXT_TYPE "text/plain; charset=utf-8"

void api_health(struct api_call *c)
{
    tincan_reply_body(c->r, TEXT_TYPE, tincan_text("ok\n"));
}

/* Ready is who can write: a row is written. */
void api_ready(struct api_call *c)
{
    struct store_request *r = api_request(c, STORE_PROBE);
    if (!r) {
        return;
    }
    store_call(c->api->options.store, r);
    if (r->out.refusal.error == CHAT_OK) {
        tincan_reply_body(c->r, TEXT_TYPE, tincan_text("ready\n"));
    } else {
        tincan_reply_body(c->r, TEXT_TYPE,
                          tincan_text("not ready: the store cannot be written to\n"));
        tincan_reply_status(c->r, 503);
    }
    store_request_free(r);
}

static long long resident_bytes(void)
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

void api_metrics(struct api_call *c)
{
    char text[1024];
    snprintf(text, sizeof text,
             "# HELP tincan_connections Open Engine.IO connections.\n"
             "# TYPE tincan_connections gauge\ntincan_connections %zu\n"
             "# HELP tincan_store_ready Whether the store could be written to when last tried.\n"
             "# TYPE tincan_store_ready gauge\ntincan_store_ready %d\n"
             "# HELP tincan_uptime_seconds Time since the start.\n"
             "# TYPE tincan_uptime_seconds counter\ntincan_uptime_seconds %.3f\n"
             "# HELP process_resident_memory_bytes Resident memory.\n"
             "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lld\n",
             tincan_connections(c->api->options.t), store_ready(c->api->options.store),
             (double)(clock_now_us() - c->api->made_us) / 1e6, resident_bytes());
    tincan_reply_body(c->r, "text/plain; version=0.0.4; charset=utf-8", tincan_text(text));
}
