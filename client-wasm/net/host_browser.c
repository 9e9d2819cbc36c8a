/* The host in the browser: clock, chance, timers and the page's origin. */
#include "host.h"

#include "check.h"
#include "mem.h"
#include "transport_browser.h"

#include <emscripten/html5.h>

#define ORIGIN_MAX_BYTES 1024

/* lib_host_transport.js */
extern int host_random_u32(void);
extern void host_page_origin(char *out, int bytes);

struct host_timer {
    host_timer_fn fn;
    void *user;
    long id; /* of the browser's timeout, 0 when none runs */
};

/* Date runs on while the machine sleeps, which performance.now does not everywhere; but it may be
 * set back, so what it goes back is added again. */
static int64_t now_ms(void)
{
    static int64_t last;
    static int64_t skew;
    int64_t now = (int64_t)emscripten_date_now() + skew;
    if (now < last) {
        skew += last - now;
        now = last;
    }
    last = now;
    return now;
}

static uint32_t random_u32(void)
{
    return (uint32_t)host_random_u32();
}

static struct host_timer *timer_new(host_timer_fn fn, void *user)
{
    struct host_timer *t = mem_zalloc(sizeof *t);
    if (t) {
        t->fn = fn;
        t->user = user;
    }
    return t;
}

static void timer_stop(struct host_timer *t)
{
    if (t->id) {
        emscripten_clear_timeout(t->id);
        t->id = 0;
    }
}

static void fired(void *user)
{
    struct host_timer *t = user;
    t->id = 0;
    t->fn(t->user);
}

static void timer_start(struct host_timer *t, uint32_t delay_ms)
{
    timer_stop(t);
    t->id = emscripten_set_timeout(fired, delay_ms, t);
}

static void timer_free(struct host_timer *t)
{
    timer_stop(t);
    mem_free(t);
}

static enum err origin(struct buf *out)
{
    char text[ORIGIN_MAX_BYTES];
    host_page_origin(text, sizeof text);
    struct slice s = slice_str(text);
    return slice_starts_with(s, SL("http")) ? buf_put(out, s) : ERR_NOTFOUND;
}

const struct host *host_default(void)
{
    static const struct host host = {
        .now_ms = now_ms,
        .random_u32 = random_u32,
        .timer_new = timer_new,
        .timer_start = timer_start,
        .timer_stop = timer_stop,
        .timer_free = timer_free,
        .origin = origin,
        .transport = &transport_browser,
    };
    return &host;
}
