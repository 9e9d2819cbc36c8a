/* The program: its loop, timers and turns. See tui.h. */
#include "tui.h"

#include "check.h"
#include "host_native.h"
#include "term_lang.h"
#include "term_text.h"
#include "text.h"
#include "tui_act.h"
#include "tui_files.h"
#include "tui_title.h"
#include "tui_tty.h"
#include "update.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define FRAME_MS        25 /* news are drawn at most so often */
#define ESCAPE_MS       50 /* a sequence comes faster than a person types */
#define SEEN_MS         500
#define WAKE_MS_MAX     (24 * 3600 * 1000)
#define WAKE_SLACK_MS   5
#define OUT_BYTES_MAX   (16u << 20)
#define EDIT_BYTES_MAX  (1u << 20)
#define TITLE_BYTES_MAX 4096
#define TITLE_CHARS_MAX 120
#define SIGNALS_N       6

struct tui tui;

/* What hangs on the loop. */
static struct {
    uv_poll_t input;
    uv_signal_t signals[SIGNALS_N];
    struct host_timer *wake, *frame, *escape, *seen;
    unsigned open_n;
    struct buf out, title; /* title: the window's, as it was set */
    uint64_t seen_key;
    bool frame_asked;
} loop;

/* --- drawing --- */

static void on_seen(void *user)
{
    (void)user;
    if (loop.seen_key)
        tui_dispatch((struct action){.type = ACTION_SEEN, .row = loop.seen_key}, NULL);
}

/* As the page's. */
static enum err put_title(void)
{
    struct buf line = {.max = TITLE_BYTES_MAX};
    enum err e = tui_tty_titled() ? model_put_title(&tui.model, &line) : ERR_OK;
    struct slice title = text_cut(buf_peek(&line), TITLE_CHARS_MAX);
    if (!e && !slice_eq(title, buf_peek(&loop.title))) {
        buf_reset(&loop.title);
        e = tui_title_put(&loop.out, title);
        e = e ? e : buf_put(&loop.title, title);
    }
    buf_fini(&line);
    return e;
}

static void draw(void)
{
    if (tui.done)
        return;
    tui_view();
    buf_reset(&loop.out);
    bool ok = tui_screen_flush(&tui.screen, &loop.out) == ERR_OK && put_title() == ERR_OK &&
              (!tui.bell || buf_putc(&loop.out, '\a') == ERR_OK);
    tui.bell = false;
    if (ok && !tui_tty_write(buf_peek(&loop.out)))
        tui_end(TERM_EXIT_FAILED, SL(""), SL("")); /* nobody is there to be told */
    if (tui.list.seen_key != loop.seen_key && tui.console.list == CONSOLE_CLOSED) {
        loop.seen_key = tui.list.seen_key;
        host_default()->timer_start(loop.seen, SEEN_MS);
    }
}

static void on_frame(void *user)
{
    (void)user;
    loop.frame_asked = false;
    tui_act_flush();
    draw();
}

static void ask_frame(void)
{
    if (!loop.frame_asked)
        host_default()->timer_start(loop.frame, FRAME_MS);
    loop.frame_asked = true;
}

/* --- turns --- */

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int32_t utc_offset_min(int64_t ms)
{
    struct tm local;
    time_t t = (time_t)(ms / 1000);
    return localtime_r(&t, &local) ? (int32_t)(local.tm_gmtoff / 60) : 0;
}

static void set_wake(void)
{
    int64_t at = update_wake_ms(&tui.model);
    int64_t delay = at == INT64_MAX ? WAKE_MS_MAX : at - tui.model.now_ms + WAKE_SLACK_MS;
    delay = delay < 0 ? 0 : delay < WAKE_MS_MAX ? delay : WAKE_MS_MAX;
    host_default()->timer_start(loop.wake, (uint32_t)delay);
}

static void carry_out_all(const struct effects *fx)
{
    for (size_t i = 0; i < fx->n; i++)
        tui_effects_carry_out(&fx->list[i]);
    console_settle(&tui.console, &tui.model);
    tui_complete_found();
    if (tui.console.quit)
        tui_end(0, SL(""), SL(""));
    set_wake();
    ask_frame();
}

void tui_dispatch(struct action action, bool *handled)
{
    struct effects fx = {0};
    if (tui.done && action.type != ACTION_HIDE)
        return;
    action.now_ms = host_default()->now_ms();
    action.wall_ms = wall_ms();
    action.utc_offset_min = utc_offset_min(action.wall_ms);
    if (action.type == ACTION_KEY || action.type == ACTION_CLICK || action.type == ACTION_PIECE ||
        action.type == ACTION_HTTP)
        chat_client_make_cid(action.cid);
    chat_client_make_cid(tui.console.cid);
    if (action.type == ACTION_ANSWER && action.answer.ask.kind == ASK_CONSOLE)
        console_answer(&tui.console, &tui.model, &action.answer, &fx);
    else if (action.type == ACTION_HTTP && action.http.ask.kind == ASK_CONSOLE)
        console_http(&tui.console, &tui.model, &action.http, &fx);
    else
        update(&tui.model, &action, &fx);
    carry_out_all(&fx);
    effects_fini(&fx);
    if (handled)
        *handled = fx.handled;
}

void tui_console(void (*fn)(void *user, struct effects *fx), void *user)
{
    struct effects fx = {0};
    chat_client_make_cid(tui.console.cid);
    fn(user, &fx);
    carry_out_all(&fx);
    effects_fini(&fx);
}

void tui_end(int exit_code, struct slice why, struct slice detail)
{
    if (tui.done)
        return;
    tui_dispatch((struct action){.type = ACTION_HIDE}, NULL);
    (void)tui_kept_save(&tui.kept, &tui.model, true);
    tui.done = true;
    tui.exit_code = exit_code;
    enum err e = term_text_put(&tui.last_words, why);
    if (!e && detail.n)
        e = buf_put(&tui.last_words, SL(": "));
    if (!e)
        (void)!term_text_put(&tui.last_words, detail);
    chat_client_close(tui.carry.chat);
}

static void act(struct action action)
{
    tui_dispatch(action, NULL);
}

static void on_wake(void *user)
{
    (void)user;
    tui_dispatch((struct action){.type = ACTION_TICK}, NULL);
}

static void on_fail(enum word why, struct slice detail)
{
    tui_end(TERM_EXIT_FAILED, words_get(&tui.model.words, why), detail);
}

/* --- the terminal --- */

static void on_escape(void *user)
{
    struct tui_key key;
    (void)user;
    if (tui_keys_idle(&tui.keys, &key))
        tui_act_key(&key);
    draw();
}

static void resize(void)
{
    uint32_t width, height;
    tui_tty_size(&width, &height);
    if (!tui_screen_size(&tui.screen, width, height))
        console_tell(&tui.console, &tui.model, WORD_TERM_NO_MEMORY, true);
}

/* Stopped, however that came: the shell has given the terminal its own ways, and maybe another size. */
static void resume(void)
{
    (void)tui_tty_resume();
    buf_reset(&loop.title);
    resize();
    draw();
}

static void suspend(void)
{
    tui_tty_suspend();
    resume();
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    unsigned char bytes[4096];
    struct tui_key key;
    (void)poll;
    (void)events;
    ssize_t n = status < 0 ? 0 : read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        tui_end(0, SL(""), SL("")); /* the terminal is gone */
        return;
    }
    host_default()->timer_stop(loop.escape);
    for (ssize_t i = 0; i < n && !tui.done; i++) {
        if (!tui_keys_feed(&tui.keys, bytes[i], &key))
            continue;
        if (key.kind == TUI_KEY_LETTER && key.mods == TUI_CTRL && key.code == 'z')
            suspend();
        else
            tui_act_key(&key);
    }
    if (tui_keys_waits(&tui.keys))
        host_default()->timer_start(loop.escape, ESCAPE_MS);
    if (tui.keys
            .pasting) { /* a long one comes in many pieces, each of which costs as much as all before */
        ask_frame();
        return;
    }
    tui_act_flush();
    draw();
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    if (tui.done)
        return;
    if (number == SIGTSTP) {
        suspend();
    } else if (number == SIGCONT) {
        resume();
    } else if (number == SIGWINCH) {
        resize();
        draw();
    } else {
        tui_end(0, SL(""), SL(""));
    }
}

/* --- beginning and end --- */

static bool open_loop(void)
{
    static const int numbers[SIGNALS_N] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
    const struct host *host = host_default();
    loop.out.max = OUT_BYTES_MAX;
    loop.title.max = TITLE_BYTES_MAX;
    loop.wake = host->timer_new(on_wake, NULL);
    loop.frame = host->timer_new(on_frame, NULL);
    loop.escape = host->timer_new(on_escape, NULL);
    loop.seen = host->timer_new(on_seen, NULL);
    if (!loop.wake || !loop.frame || !loop.escape || !loop.seen)
        return false;
    for (int i = 0; i < SIGNALS_N; i++) {
        CHECK(uv_signal_init(uv_default_loop(), &loop.signals[i]) == 0);
        CHECK(uv_signal_start(&loop.signals[i], on_signal, numbers[i]) == 0);
        loop.open_n++;
    }
    if (uv_poll_init(uv_default_loop(), &loop.input, STDIN_FILENO) != 0)
        return false;
    loop.open_n++;
    return uv_poll_start(&loop.input, UV_READABLE, on_input) == 0;
}

static void on_closed(uv_handle_t *handle)
{
    (void)handle;
    loop.open_n--;
}

static void close_loop(void)
{
    const struct host *host = host_default();
    struct host_timer *timers[] = {loop.wake, loop.frame, loop.escape, loop.seen};
    for (unsigned i = 0; i < SIGNALS_N && i < loop.open_n; i++)
        uv_close((uv_handle_t *)&loop.signals[i], on_closed);
    if (loop.open_n > SIGNALS_N)
        uv_close((uv_handle_t *)&loop.input, on_closed);
    while (loop.open_n > 0)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        if (timers[i])
            host->timer_free(timers[i]);
    }
    buf_fini(&loop.out);
    buf_fini(&loop.title);
}

/* What programs that are gone have left. */
static void adopt(void)
{
    struct slice drafts, outbox;
    unsigned number = 0;
    bool taken[2] = {true, true};
    tui_kept_read(&tui.kept, &drafts, &outbox);
    /* Drafts first: only the outbox is saved at once. */
    tui_dispatch((struct action){.type = ACTION_ADOPT_DRAFT, .text = drafts}, NULL);
    tui_dispatch((struct action){.type = ACTION_ADOPT_OUTBOX, .text = outbox}, NULL);
    while (tui_kept_next(&tui.kept, &number, &drafts, &outbox)) {
        tui_dispatch((struct action){.type = ACTION_ADOPT_DRAFT, .text = drafts}, &taken[0]);
        tui_dispatch((struct action){.type = ACTION_ADOPT_OUTBOX, .text = outbox}, &taken[1]);
        if (taken[0] && taken[1] && tui_kept_save(&tui.kept, &tui.model, true))
            tui_kept_taken(&tui.kept, number - 1);
    }
}

static void start_model(void)
{
    struct buf base = {.max = 1024}; /* of links */
    if (buf_put(&base, tui.options->server) != ERR_OK || buf_putc(&base, '/') != ERR_OK)
        buf_reset(&base);
    tui_dispatch((struct action){.type = ACTION_FOCUS, .on = true}, NULL);
    adopt();
    tui_dispatch(
        (struct action){.type = ACTION_START, .start = {.known = true, .base = buf_peek(&base)}},
        NULL);
    buf_fini(&base);
}

static bool open_all(const struct term_options *options)
{
    tui.options = options;
    model_init(&tui.model, NULL);
    console_init(&tui.console);
    buf_init(&tui.edit.text, EDIT_BYTES_MAX);
    buf_init(&tui.last_words, 4096);
    term_lang_load(&tui.model.words, options->language.n ? options->language : term_lang_wished());
    tui_kept_init(&tui.kept, options->server, &tui.model.words);
    tui.account = (struct tui_account){.options = options,
                                       .words = &tui.model.words,
                                       .done = tui_effects_signed_in,
                                       .fail = on_fail};
    tui.carry = (struct carry){.model = &tui.model,
                               .server = options->server,
                               .connection = {.url = options->server,
                                              .transports = options->transports,
                                              .reconnect_delay_max_ms = 5000},
                               .act = act};
    const char *no_colour = getenv("NO_COLOR");
    tui.screen.colours = !no_colour || !*no_colour;
    return tui_account_init(&tui.account) && carry_start(&tui.carry) && open_loop();
}

static void run(void)
{
    if (!tui_tty_open()) {
        tui_end(TERM_EXIT_FAILED, words_get(&tui.model.words, WORD_TERM_UNUSABLE), SL(""));
        return;
    }
    resize();
    if (tui.kept.problem.n)
        tui_effects_not_kept();
    start_model();
    draw();
    while (!tui.done)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    (void)uv_poll_stop(&loop.input); /* what is typed now is the shell's */
    tui_tty_close();
    while (!chat_client_quiet(tui.carry.chat) || host_native_busy())
        uv_run(uv_default_loop(), UV_RUN_ONCE);
}

int term_tui(const struct term_options *options)
{
    if (!tui_tty_usable())
        return TERM_EXIT_FAILED;
    tui.exit_code = TERM_EXIT_FAILED;
    if (open_all(options))
        run();
    tui_tty_close();
    if (tui.last_words.n > 0)
        fprintf(stderr, "tincan: %.*s\n", SL_ARG(buf_peek(&tui.last_words)));
    tui_files_fini();
    tui_save_fini();
    tui_account_fini(&tui.account);
    carry_fini(&tui.carry);
    close_loop();
    tui_screen_fini(&tui.screen);
    tui_kept_fini(&tui.kept);
    console_fini(&tui.console);
    model_fini(&tui.model);
    buf_fini(&tui.edit.text);
    buf_fini(&tui.last_words);
    return tui.exit_code;
}
