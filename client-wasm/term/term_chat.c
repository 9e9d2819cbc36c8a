/* See term_chat.h. */
#include "term_chat.h"

#include "json.h"
#include "json_in.h"
#include "term_find.h"
#include "term_input.h"
#include "term_text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <uv.h>

#define LINE_BYTES_MAX (4u << 20)
#define CONFIRM_MS     30000
#define GAP_PAGE       100

/* --- printing --- */

static enum err put_author(struct buf *line, const struct chat_user *from)
{
    return term_text_put(line, from->display.n > 0 ? from->display : from->name);
}

static enum err put_message(struct buf *line, const struct chat_message *m)
{
    enum err e = term_clock_put(line, m->ts);
    e = e ? e : buf_putc(line, ' ');
    e = e ? e : put_author(line, &m->from);
    e = e ? e : buf_put(line, SL(": "));
    if (m->deleted) {
        return e ? e : buf_put(line, SL("(deleted)"));
    }
    e = e ? e : term_text_put(line, m->text);
    return e || m->edited_ts == 0 ? e : buf_put(line, SL(" (edited)"));
}

/* Returns false when nobody reads any more, or memory is out; the session has ended then. */
static bool print(struct term_session *s, struct buf *line, enum err e)
{
    e = e ? e : buf_putc(line, '\n');
    if (e != ERR_OK) {
        term_session_fail(s, "out of memory", SL(""));
        return false;
    }
    if (fwrite(line->p, 1, line->n, stdout) == line->n && fflush(stdout) == 0) {
        return true;
    }
    if (errno == EPIPE) {
        term_session_stop(s, 0);
    } else {
        term_session_fail(s, "cannot write", slice_str(uv_strerror(uv_translate_sys_error(errno))));
    }
    return false;
}

/* --- rooms --- */

struct rooms {
    struct term_session s;
    struct buf line;
};

static enum err put_room(struct buf *line, const struct chat_room *room)
{
    enum err e = ERR_OK;
    if (room->kind == CHAT_DM) {
        e = buf_putc(line, '@');
        e = e ? e : term_text_put(line, room->with ? room->with->name : SL("?"));
    } else {
        e = buf_putc(line, '#');
        e = e ? e : term_text_put(line, room->name);
    }
    e = e ? e
          : buf_printf(line, "\t%s\t%lld unread\t%lld mentions", chat_room_kind_name(room->kind),
                       (long long)room->unread, (long long)room->mentions);
    if (!e && room->topic.n > 0) {
        e = buf_putc(line, '\t');
        e = e ? e : term_text_put(line, room->topic);
    }
    return e;
}

static void print_room(void *user, const struct chat_room *room)
{
    struct rooms *r = user;
    if (r->s.done) {
        return;
    }
    buf_reset(&r->line);
    (void)print(&r->s, &r->line,
                r->s.options->json ? chat_room_encode(room, &r->line) : put_room(&r->line, room));
}

static void on_rooms(void *user, const struct chat_user *me)
{
    struct rooms *r = user;
    (void)me;
    chat_client_each_room(r->s.chat, print_room, r);
    term_session_stop(&r->s, 0);
}

int term_rooms(const struct term_options *options)
{
    struct rooms r = {.line = {.max = LINE_BYTES_MAX}};
    const struct chat_client_callbacks callbacks = {.user = &r, .on_resumed = on_rooms};
    if (!term_session_init(&r.s, options, &callbacks)) {
        return TERM_EXIT_FAILED;
    }
    int exit_code = term_session_run(&r.s);
    term_session_fini(&r.s);
    buf_fini(&r.line);
    return exit_code;
}

/* --- join and leave --- */

static void on_left(void *user, const struct chat_answer *answer)
{
    struct rooms *r = user;
    if (answer->result != ERR_OK || !answer->ok) {
        term_session_fail(&r->s, "not left", answer->message);
    } else {
        term_session_stop(&r->s, 0);
    }
}

static void on_member_room(void *user, const struct chat_room *room)
{
    struct rooms *r = user;
    const struct chat_request q = {.has = 1ull << CHAT_FIELD_ROOM, .room = room->id};
    if (r->s.options->command == TERM_JOIN) {
        buf_reset(&r->line);
        (void)print(&r->s, &r->line, put_room(&r->line, room));
        term_session_stop(&r->s, 0);
    } else if (chat_client_ask(r->s.chat, EVENT_ROOM_LEAVE, &q, on_left, r) != ERR_OK) {
        term_session_fail(&r->s, "the server could not be asked", SL(""));
    }
}

static void on_member(void *user, const struct chat_user *me)
{
    struct rooms *r = user;
    (void)me;
    term_find_room(&r->s, r->s.options->room, r->s.options->command == TERM_JOIN, on_member_room,
                   r);
}

int term_chat_member(const struct term_options *options)
{
    struct rooms r = {.line = {.max = LINE_BYTES_MAX}};
    const struct chat_client_callbacks callbacks = {.user = &r, .on_resumed = on_member};
    if (!term_session_init(&r.s, options, &callbacks)) {
        return TERM_EXIT_FAILED;
    }
    int exit_code = term_session_run(&r.s);
    term_session_fini(&r.s);
    buf_fini(&r.line);
    return exit_code;
}

/* --- send --- */

struct send {
    struct term_session s;
    struct host_timer *timer;
    struct buf text;
    bool given; /* to the outbox */
};

static void on_send_room(void *user, const struct chat_room *room)
{
    struct send *s = user;
    s->given = true;
    if (chat_client_send(s->s.chat, room->id, buf_peek(&s->text), 0, NULL, NULL) != ERR_OK) {
        term_session_fail(&s->s, "out of memory", SL(""));
    }
}

static void on_send_ready(void *user, const struct chat_user *me)
{
    struct send *s = user;
    (void)me;
    if (!s->given) {
        term_find_room(&s->s, s->s.options->room, true, on_send_room, s);
    }
}

static void on_sent(void *user, struct slice cid, enum chat_sent sent, int64_t room, int64_t seq,
                    const struct chat_answer *answer)
{
    struct send *s = user;
    (void)cid;
    (void)room;
    (void)seq;
    if (sent == CHAT_SENT_OK) {
        term_session_stop(&s->s, 0);
    } else {
        term_session_fail(&s->s, "not sent", answer->message);
    }
}

static void on_send_late(void *user)
{
    struct send *s = user;
    term_session_fail(&s->s,
                      s->given ? "the server has not confirmed it within 30 seconds; it may have "
                                 "been sent or not"
                               : "not sent: no connection to the server within 30 seconds",
                      SL(""));
}

int term_chat_send(const struct term_options *options)
{
    struct send s = {0};
    const struct chat_client_callbacks callbacks = {
        .user = &s, .on_resumed = on_send_ready, .on_sent = on_sent};
    int exit_code = TERM_EXIT_FAILED;
    if (term_input_read(options, &s.text) && term_session_init(&s.s, options, &callbacks)) {
        s.timer = host_default()->timer_new(on_send_late, &s);
        if (s.timer) {
            host_default()->timer_start(s.timer, CONFIRM_MS);
            exit_code = term_session_run(&s.s);
            host_default()->timer_free(s.timer);
        }
        term_session_fini(&s.s);
    }
    buf_fini(&s.text);
    return exit_code;
}

/* --- tail --- */

static const int SIGNALS[] = {SIGINT, SIGTERM};
#define SIGNALS_N (sizeof SIGNALS / sizeof SIGNALS[0])

struct tail {
    struct term_session s;
    uv_signal_t signals[SIGNALS_N];
    struct buf line;
    int64_t room;
    int64_t last_seq; /* printed */
    bool started;     /* what was there before is printed */
    bool filling;     /* a page of what was missed is on its way */
};

static void print_message(struct tail *t, const struct chat_message *m)
{
    buf_reset(&t->line);
    (void)print(&t->s, &t->line,
                t->s.options->json ? chat_message_encode(m, &t->line) : put_message(&t->line, m));
}

/* A message that was not printed yet. */
static void print_next(struct tail *t, const struct chat_message *m)
{
    if (m->seq > t->last_seq && !t->s.done) {
        t->last_seq = m->seq;
        print_message(t, m);
    }
}

static void fill(struct tail *t);

/* A page of history: printed from where we are. */
static void on_page(void *user, const struct chat_answer *answer)
{
    struct tail *t = user;
    struct arena arena;
    struct json_in in;
    struct json_iter it;
    struct slice raw, value;
    struct chat_message m;
    uint32_t n = 0;
    t->filling = false;
    if (answer->result != ERR_OK) {
        return; /* asked again with the next connection */
    }
    if (!answer->ok) {
        term_session_fail(&t->s, "cannot read the room", answer->message);
        return;
    }
    json_in_start(&in, answer->json, NULL);
    if (json_in_raw(&in, "messages", &raw)) {
        for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &value); n++) {
            arena_init(&arena, LINE_BYTES_MAX);
            if (chat_message_decode(value, &arena, &m) == ERR_OK) {
                print_next(t, &m);
            }
            arena_fini(&arena);
        }
    }
    t->started = true;
    const struct chat_room *room = chat_client_room(t->s.chat, t->room);
    if (room && room->seq > t->last_seq && n > 0) {
        fill(t);
    }
}

static void fill(struct tail *t)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_LIMIT,
                             .room = t->room,
                             .limit = t->started ? GAP_PAGE : t->s.options->last_n};
    if (t->started) {
        r.has |= 1ull << CHAT_FIELD_AFTER;
        r.after = t->last_seq;
    }
    if (!t->filling) {
        t->filling = chat_client_ask(t->s.chat, EVENT_HISTORY, &r, on_page, t) == ERR_OK;
    }
}

static void on_tail_room(void *user, const struct chat_room *room)
{
    struct tail *t = user;
    t->room = room->id;
    chat_client_follow(t->s.chat, room->id, true);
    if (t->s.options->last_n == 0 && !t->started) {
        t->last_seq = room->seq;
        t->started = true;
    } else {
        fill(t);
    }
}

static void on_tail_ready(void *user, const struct chat_user *me)
{
    struct tail *t = user;
    fprintf(stderr, "tincan: connected by %s to %.*s as %.*s\n",
            t->s.polling ? "polling" : "websocket", SL_ARG(t->s.options->server), SL_ARG(me->name));
    if (t->room == 0) {
        term_find_room(&t->s, t->s.options->room, true, on_tail_room, t);
    } else if (!t->started) {
        fill(t);
    }
}

static void on_tail_event(void *user, const struct chat_event *event)
{
    struct tail *t = user;
    if (event->room != t->room || !event->message || !t->started || t->filling) {
        return; /* the page on its way has it */
    }
    if (event->message->seq > t->last_seq + 1) {
        fill(t); /* several were missed, of which this is the last */
    } else {
        print_next(t, event->message);
    }
}

static void on_tail_reset(void *user, int64_t room, const struct chat_message *messages, uint32_t n)
{
    struct tail *t = user;
    (void)messages;
    (void)n;
    if (room == t->room && t->started) {
        fill(t);
    }
}

static void on_tail_gone(void *user, int64_t room)
{
    struct tail *t = user;
    if (room == t->room) {
        term_session_fail(&t->s, "you are not in this room any more", SL(""));
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct tail *t = handle->data;
    (void)number;
    term_session_stop(&t->s, 0);
}

int term_chat_tail(const struct term_options *options)
{
    struct tail t = {.line = {.max = LINE_BYTES_MAX}};
    const struct chat_client_callbacks callbacks = {.user = &t,
                                                    .on_resumed = on_tail_ready,
                                                    .on_event = on_tail_event,
                                                    .on_reset = on_tail_reset,
                                                    .on_room_gone = on_tail_gone};
    if (!term_session_init(&t.s, options, &callbacks)) {
        return TERM_EXIT_FAILED;
    }
    for (size_t i = 0; i < SIGNALS_N; i++) {
        CHECK(uv_signal_init(uv_default_loop(), &t.signals[i]) == 0);
        t.signals[i].data = &t;
        CHECK(uv_signal_start(&t.signals[i], on_signal, SIGNALS[i]) == 0);
    }
    int exit_code = term_session_run(&t.s);
    for (size_t i = 0; i < SIGNALS_N; i++) {
        uv_close((uv_handle_t *)&t.signals[i], NULL);
    }
    term_session_fini(&t.s);
    buf_fini(&t.line);
    uv_run(uv_default_loop(), UV_RUN_NOWAIT); /* lets go of the signals' handles */
    return exit_code;
}
