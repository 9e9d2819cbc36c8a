/* The host of native programs: libuv's default loop. */
#include "host_native.h"

#include "check.h"
#include "host.h"
#include "http_native.h"
#include "mem.h"
#include "stream_native.h"
#include "ws_native.h"

#include <time.h>
#include <uv.h>

#define FINI_STEPS 200 /* of a millisecond */

struct host_timer {
    uv_timer_t uv;
    host_timer_fn fn;
    void *user;
};

/* The clock that counts while the machine sleeps. */
static int64_t now_ms(void)
{
#ifdef CLOCK_BOOTTIME
    struct timespec t;
    if (clock_gettime(CLOCK_BOOTTIME, &t) == 0) {
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    }
#endif
    return (int64_t)(uv_hrtime() / 1000000);
}

static uint32_t random_u32(void)
{
    uint32_t r = 0;
    CHECK(uv_random(NULL, NULL, &r, sizeof r, 0, NULL) == 0);
    return r;
}

static struct host_timer *timer_new(host_timer_fn fn, void *user)
{
    struct host_timer *t = mem_zalloc(sizeof *t);
    if (!t) {
        return NULL;
    }
    t->fn = fn;
    t->user = user;
    CHECK(uv_timer_init(uv_default_loop(), &t->uv) == 0);
    return t;
}

static void fired(uv_timer_t *uv)
{
    struct host_timer *t = CONTAINER_OF(uv, struct host_timer, uv);
    t->fn(t->user);
}

static void timer_start(struct host_timer *t, uint32_t delay_ms)
{
    uv_update_time(uv_default_loop());
    CHECK(uv_timer_start(&t->uv, fired, delay_ms, 0) == 0);
}

static void timer_stop(struct host_timer *t)
{
    CHECK(uv_timer_stop(&t->uv) == 0);
}

static void closed(uv_handle_t *handle)
{
    mem_free(CONTAINER_OF((uv_timer_t *)handle, struct host_timer, uv));
}

static void timer_free(struct host_timer *t)
{
    uv_close((uv_handle_t *)&t->uv, closed);
}

static enum err origin(struct buf *out)
{
    (void)out;
    return ERR_NOTFOUND;
}

bool host_native_busy(void)
{
    return stream_finishing_n() > 0;
}

void host_native_fini(void)
{
    http_native_drop_kept();
    for (int i = 0; i < FINI_STEPS && uv_run(uv_default_loop(), UV_RUN_NOWAIT) != 0; i++) {
        uv_sleep(1);
    }
}

const char *host_native_problem(void)
{
    return stream_problem();
}

static const struct transport transport_native = {
    .http_start = http_native_start,
    .http_abort = http_native_abort,
    .ws_open = ws_native_open,
    .ws_send = ws_native_send,
    .ws_unsent = ws_native_unsent,
    .ws_close = ws_native_close,
};

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
        .transport = &transport_native,
    };
    return &host;
}
