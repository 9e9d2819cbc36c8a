/* See term_chat.h. */
#include "term_chat.h"

#include "term_find.h"
#include "term_input.h"
#include "term_print.h"
#include "term_text.h"

/* --- rooms --- */

struct rooms {
    struct term_session s;
    struct buf line;
};

/* apart: as term_text_put_apart. */
static enum err put_room(struct buf *line, const struct chat_room *room, bool apart)
{
    enum err e = ERR_OK;
    if (room->kind == CHAT_DM) {
        e = buf_putc(line, '@');
        e = e ? e : term_text_put_apart(line, room->with ? room->with->name : SL("?"), apart);
    } else {
        e = buf_putc(line, '#');
        e = e ? e : term_text_put_apart(line, room->name, apart);
    }
    e = e ? e
          : buf_printf(line, "\t%s\t%lld unread\t%lld mentions", chat_room_kind_name(room->kind),
                       (long long)room->unread, (long long)room->mentions);
    if (!e && room->topic.n > 0) {
        e = buf_putc(line, '\t');
        e = e ? e : term_text_put_apart(line, room->topic, apart);
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
    (void)term_print_line(&r->s, &r->line,
                          r->s.options->json ? term_put_room_json(&r->line, room)
                                             : put_room(&r->line, room, r->s.options->to_terminal));
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
    struct rooms r = {.line = {.max = TERM_LINE_BYTES_MAX}};
    const struct chat_client_callbacks callbacks = {.user = &r, .on_resumed = on_rooms};
    if (!term_session_init(&r.s, options, &callbacks, TERM_PATIENCE_MS)) {
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
    if (answer->result == ERR_OK && answer->ok) {
        term_session_stop(&r->s, 0);
    } else if (answer->result != ERR_CLOSED) { /* else asked again on the next connection */
        term_session_fail_answer(&r->s, "not left", answer);
    }
}

static void on_member_room(void *user, const struct chat_room *room)
{
    struct rooms *r = user;
    const struct chat_request q = {.has = 1ull << CHAT_FIELD_ROOM, .room = room->id};
    if (r->s.options->command == TERM_JOIN) {
        buf_reset(&r->line);
        (void)term_print_line(&r->s, &r->line, put_room(&r->line, room, r->s.options->to_terminal));
        term_session_stop(&r->s, 0);
    } else if (chat_client_ask(r->s.chat, EVENT_ROOM_LEAVE, &q, on_left, r) == ERR_NOMEM) {
        term_session_fail(&r->s, "out of memory", SL(""));
    }
}

static void on_member(void *user, const struct chat_user *me)
{
    struct rooms *r = user;
    (void)me;
    term_find_room(&r->s, r->s.options->command == TERM_JOIN, on_member_room, r);
}

int term_chat_member(const struct term_options *options)
{
    struct rooms r = {.line = {.max = TERM_LINE_BYTES_MAX}};
    const struct chat_client_callbacks callbacks = {.user = &r, .on_resumed = on_member};
    if (!term_session_init(&r.s, options, &callbacks, TERM_PATIENCE_MS)) {
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
    struct buf text;
    bool given; /* to the outbox */
};

static void on_send_room(void *user, const struct chat_room *room)
{
    struct send *s = user;
    s->given = true;
    s->s.late_text =
        "the server has not confirmed it within 30 seconds; it may have been sent or not";
    if (chat_client_send(s->s.chat, room->id, buf_peek(&s->text), 0, NULL, NULL) != ERR_OK) {
        term_session_fail(&s->s, "out of memory", SL(""));
    }
}

static void on_send_ready(void *user, const struct chat_user *me)
{
    struct send *s = user;
    (void)me;
    if (!s->given) {
        term_find_room(&s->s, true, on_send_room, s);
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
        term_session_fail_answer(&s->s, "not sent", answer);
    }
}

/* What is put off for longer than a command waits is not waited for. */
static void on_put_off(void *user, struct slice cid, const struct chat_answer *answer)
{
    struct send *s = user;
    if (answer->why.retry_after_ms >= TERM_PATIENCE_MS) {
        (void)chat_client_unsend(s->s.chat, cid);
        term_session_fail_answer(&s->s, "not sent", answer);
    } else {
        term_session_go_on(&s->s);
    }
}

int term_chat_send(const struct term_options *options)
{
    struct send s = {0};
    const struct chat_client_callbacks callbacks = {
        .user = &s, .on_resumed = on_send_ready, .on_sent = on_sent, .on_put_off = on_put_off};
    int exit_code = TERM_EXIT_FAILED;
    if (term_input_read(options, &s.text) &&
        term_session_init(&s.s, options, &callbacks, TERM_PATIENCE_MS)) {
        s.s.late_text = "not sent: no connection to the server within 30 seconds";
        exit_code = term_session_run(&s.s);
        term_session_fini(&s.s);
    }
    buf_fini(&s.text);
    return exit_code;
}
