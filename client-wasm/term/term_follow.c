/* See term_follow.h.
 *
 * Messages are numbered without gaps. last_seq is the one printed last, heard_seq the highest that is known to be; what lies between is
 * read page by page, and a message that comes by itself is printed at once only if it is the next one.
 */
#include "term_follow.h"

#include "json.h"
#include "json_in.h"
#include "term_find.h"
#include "term_print.h"
#include "term_signals.h"

#include <stdio.h>

#define PAGE_MESSAGES 100
#define AGAIN_MS      1000

struct follow {
    struct term_session s;
    struct host_timer *again;
    struct buf line;
    bool to_end; /* then it is over: history */
    int64_t room;
    int64_t last_seq, heard_seq;
    bool reading; /* a page is on its way */
    bool restored;
};

static void print_next(struct follow *f, const struct chat_message *m)
{
    if (m->seq <= f->last_seq || f->s.done) {
        return;
    }
    const struct term_put how = {.blocked = chat_client_is_blocked(f->s.chat, m->from.id),
                                 .apart = f->s.options->to_terminal};
    f->last_seq = m->seq;
    buf_reset(&f->line);
    (void)term_print_line(&f->s, &f->line,
                          f->s.options->json ? term_put_message_json(&f->line, m, how)
                                             : term_put_message(&f->line, m, how));
}

static void print_page(struct follow *f, struct slice json)
{
    struct json_in in;
    struct json_iter it;
    struct slice raw, value;
    json_in_start(&in, json, NULL);
    if (!json_in_raw(&in, "messages", &raw) || json_type_of(raw) != JSON_ARRAY) {
        return;
    }
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &value);) {
        struct arena arena;
        struct chat_message m;
        arena_init(&arena, TERM_LINE_BYTES_MAX);
        if (chat_message_decode(value, &arena, &m) == ERR_OK) {
            print_next(f, &m);
        }
        arena_fini(&arena);
    }
}

static void advance(struct follow *f);

static void on_page(void *user, const struct chat_answer *answer)
{
    struct follow *f = user;
    int64_t before = f->last_seq;
    f->reading = false;
    if (f->s.done || answer->result == ERR_CLOSED) {
        return; /* read again on the next connection */
    }
    if (answer->result != ERR_OK || (!answer->ok && answer->why.retry == CHAT_RETRY_same)) {
        host_default()->timer_start(
            f->again, answer->why.retry_after_ms ? answer->why.retry_after_ms : AGAIN_MS);
        return;
    }
    if (!answer->ok) {
        term_session_fail_answer(&f->s, "cannot read the room", answer);
        return;
    }
    term_session_go_on(&f->s);
    print_page(f, answer->json);
    if (f->last_seq == before) {
        f->heard_seq = before; /* there is nothing behind it after all */
    }
    advance(f);
}

static void advance(struct follow *f)
{
    const struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_LIMIT |
                                          1ull << CHAT_FIELD_AFTER,
                                   .room = f->room,
                                   .limit = PAGE_MESSAGES,
                                   .after = f->last_seq};
    if (f->s.done || f->reading || f->room == 0) {
        return;
    }
    if (f->last_seq < f->heard_seq) {
        enum err e = chat_client_ask(f->s.chat, EVENT_HISTORY, &r, on_page, f);
        f->reading = e == ERR_OK;
        if (e != ERR_OK && e != ERR_CLOSED) {
            host_default()->timer_start(f->again, AGAIN_MS);
        }
    } else if (f->to_end) {
        term_session_stop(&f->s, 0);
    }
}

static void on_again(void *user)
{
    advance(user);
}

static void hear(struct follow *f, int64_t seq)
{
    f->heard_seq = f->heard_seq > seq ? f->heard_seq : seq;
}

static void on_room(void *user, const struct chat_room *room)
{
    struct follow *f = user;
    int64_t from = room->seq - f->s.options->last_n;
    from = from > room->min_seq - 1 ? from : room->min_seq - 1;
    f->room = room->id;
    f->last_seq = from > 0 ? from : 0;
    hear(f, room->seq);
    if (!f->to_end) {
        (void)chat_client_follow(f->s.chat, room->id, true); /* it is the only one */
    }
    advance(f);
}

/* An earlier state of the store: its numbers start anew somewhere below ours. */
static void start_anew(struct follow *f, const struct chat_room *room)
{
    f->restored = false;
    fputs("tincan: the server's store was set back to an earlier state; messages may be missing "
          "or come again\n",
          stderr);
    if (room->seq < f->last_seq) {
        f->last_seq = f->heard_seq = room->seq;
    }
}

static void on_ready(void *user, const struct chat_user *me)
{
    struct follow *f = user;
    const struct chat_room *room = f->room ? chat_client_room(f->s.chat, f->room) : NULL;
    if (!f->to_end) {
        fprintf(stderr, "tincan: connected by %s to %.*s as %.*s\n",
                f->s.polling ? "polling" : "websocket", SL_ARG(f->s.options->server),
                SL_ARG(me->name));
    }
    if (f->room == 0) {
        term_find_room(&f->s, true, on_room, f);
        return;
    }
    if (room && f->restored) {
        start_anew(f, room);
    }
    if (room) {
        hear(f, room->seq);
    }
    advance(f);
}

static void on_event(void *user, const struct chat_event *event)
{
    struct follow *f = user;
    const struct chat_message *m = event->message;
    if (event->room != f->room || !m || f->to_end) {
        return;
    }
    hear(f, m->seq);
    if (!f->reading && m->seq == f->last_seq + 1) {
        print_next(f, m);
    } else {
        advance(f);
    }
}

static void on_restored(void *user)
{
    struct follow *f = user;
    f->restored = true;
}

static void on_gone(void *user, int64_t room, bool put_out)
{
    struct follow *f = user;
    (void)put_out;
    if (room == f->room) {
        term_session_fail(&f->s, "you are not in this room any more", SL(""));
    }
}

static void on_signal(void *user)
{
    struct follow *f = user;
    term_session_stop(&f->s, 0);
}

int term_follow(const struct term_options *options)
{
    struct follow f = {.line = {.max = TERM_LINE_BYTES_MAX},
                       .to_end = options->command == TERM_HISTORY};
    const struct chat_client_callbacks callbacks = {.user = &f,
                                                    .on_restored = on_restored,
                                                    .on_resumed = on_ready,
                                                    .on_event = on_event,
                                                    .on_room_gone = on_gone};
    struct term_signals signals;
    int exit_code = TERM_EXIT_FAILED;
    f.again = host_default()->timer_new(on_again, &f);
    if (!f.again) {
        fputs("tincan: out of memory\n", stderr);
    } else if (term_session_init(&f.s, options, &callbacks, f.to_end ? TERM_PATIENCE_MS : 0)) {
        term_signals_start(&signals, on_signal, &f);
        exit_code = term_session_run(&f.s);
        term_signals_stop(&signals);
        term_session_fini(&f.s);
    }
    if (f.again) {
        host_default()->timer_free(f.again);
    }
    buf_fini(&f.line);
    return exit_code;
}
