/* The client driver on the standard streams; ends with its input, after every goodbye. */
#include "client_driver.h"

#include "buf.h"
#include "check.h"
#include "host_native.h"

#include <signal.h>
#include <stdio.h>
#include <uv.h>

#define INPUT_MAX_BYTES (32u << 20)

static struct buf input = {.max = INPUT_MAX_BYTES};
static char part[65536];

void driver_out(struct slice line)
{
    CHECK(fwrite(line.p, 1, line.n, stdout) == line.n);
    CHECK(putc('\n', stdout) != EOF && fflush(stdout) == 0);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
    (void)handle;
    (void)wanted;
    *room = uv_buf_init(part, sizeof part);
}

static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    if (n < 0) {
        uv_close((uv_handle_t *)stream, NULL);
        return;
    }
    CHECK(buf_put(&input, (struct slice){bytes->base, (size_t)n}) == ERR_OK);
    for (;;) {
        size_t end = slice_find(buf_peek(&input), '\n');
        if (end == input.n) {
            return;
        }
        driver_line((struct slice){input.p, end});
        buf_consume(&input, end + 1);
    }
}

int main(void)
{
    uv_pipe_t in;
    (void)signal(SIGPIPE, SIG_IGN);
    CHECK(uv_pipe_init(uv_default_loop(), &in, 0) == 0 && uv_pipe_open(&in, 0) == 0);
    CHECK(uv_read_start((uv_stream_t *)&in, on_room, on_input) == 0);
    while (!uv_is_closing((uv_handle_t *)&in)) {
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    }
    while (!driver_quiet() || host_native_busy()) {
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    }
    driver_end();
    buf_fini(&input);
    host_native_fini();
    return 0;
}
