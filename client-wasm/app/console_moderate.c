/* Commands about a room and those in it. See console_run.h. */
#include "console_run.h"

#include "json.h"
#include "json_in.h"
#include "refusal.h"
#include "text.h"
#include "upd_dialog.h"

#define MINUTES_MAX    (366u * 24 * 60)
#define INVITE_LASTS_S (7 * 24 * 3600)
#define LINK_BYTES_MAX 1024

/* "/ban name" or "/ban name 60": somebody of the open room, and for how many minutes. */
static bool judge(struct console_line *l, enum event_id event, bool on)
{
    struct slice rest = l->rest, name = console_without(console_word(&rest), '@');
    unsigned long long minutes = 0;
    struct chat_request r = {
        .has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_USER, .user_name = name, .on = on};
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    if (name.n == 0)
        return console_refuse(l, WORD_TERM_WHOM);
    if (rest.n && (!on || !slice_to_u64(rest, MINUTES_MAX, &minutes) || minutes == 0))
        return console_refuse(l, WORD_TERM_MINUTES);
    r.room = l->room->r.id;
    r.seconds = (int64_t)minutes * 60;
    r.has |= (uint64_t)(event != EVENT_ROOM_KICK) << CHAT_FIELD_ON | (uint64_t)(minutes > 0)
                                                                         << CHAT_FIELD_SECONDS;
    return console_ask_line(l, CONSOLE_ASK_DONE, event, r);
}

bool console_run_kick(struct console_line *l)
{
    if (slice_find(l->rest, ' ') < l->rest.n)
        return console_refuse(l, WORD_TERM_WHOM);
    return judge(l, EVENT_ROOM_KICK, true);
}

bool console_run_ban(struct console_line *l)
{
    return judge(l, EVENT_ROOM_BAN, true);
}

bool console_run_unban(struct console_line *l)
{
    return judge(l, EVENT_ROOM_BAN, false);
}

bool console_run_mute(struct console_line *l)
{
    return judge(l, EVENT_ROOM_MUTE, true);
}

bool console_run_unmute(struct console_line *l)
{
    return judge(l, EVENT_ROOM_MUTE, false);
}

bool console_run_role(struct console_line *l)
{
    struct slice rest = l->rest, name = console_without(console_word(&rest), '@');
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_USER |
                                    1ull << CHAT_FIELD_ROLE,
                             .user_name = name};
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    if (name.n == 0 || !chat_role_find(rest, &r.role))
        return console_refuse(l, WORD_TERM_ROLE_WHAT);
    r.room = l->room->r.id;
    return console_ask_line(l, CONSOLE_ASK_DONE, EVENT_ROOM_ROLE, r);
}

bool console_run_notify(struct console_line *l)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_NOTIFY};
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    if (!chat_notify_find(l->rest, &r.notify))
        return console_refuse(l, WORD_TERM_NOTIFY_WHAT);
    r.room = l->room->r.id;
    return console_ask_line(l, CONSOLE_ASK_DONE, EVENT_NOTIFY, r);
}

bool console_run_rename(struct console_line *l)
{
    struct slice name = console_without(l->rest, '#');
    if (!l->room || name.n == 0)
        return console_refuse(l, WORD_TERM_NAME_WHAT);
    return console_ask_line(
        l, CONSOLE_ASK_DONE, EVENT_ROOM_UPDATE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_NAME,
                              .room = l->room->r.id,
                              .name = name});
}

/* Without a name: a link. */
bool console_run_invite(struct console_line *l)
{
    struct slice name = console_without(l->rest, '@');
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM, .user_name = name};
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    r.room = l->room->r.id;
    r.seconds = INVITE_LASTS_S;
    r.has |= 1ull << (name.n ? CHAT_FIELD_USER : CHAT_FIELD_SECONDS);
    return console_ask_line(l, name.n ? CONSOLE_ASK_DONE : CONSOLE_ASK_LINK, EVENT_ROOM_INVITE, r);
}

bool console_accept(struct console_line *l, struct slice token)
{
    struct buf *path = &l->m->invite_path;
    buf_reset(path);
    if (token.n == 0 || buf_put(path, SL("/api/v1/invites/")) != ERR_OK ||
        buf_put(path, token) != ERR_OK)
        return console_refuse(l, WORD_TERM_JOIN_WHICH);
    effects_add(
        l->fx,
        (struct effect){
            .type = EFFECT_HTTP,
            .ask = {ASK_CONSOLE, 0, CONSOLE_ASK_ROOM | (int64_t)l->c->asking << CONSOLE_TURN_SHIFT},
            .http = {.post = true, .signed_in = true, .path = buf_peek(path), .json = SL("{}")}});
    l->c->waiting = true;
    return true;
}

void console_http(struct console *c, struct model *m, const struct action_http *a,
                  struct effects *fx)
{
    struct arena arena;
    struct json_in in;
    struct answer_refusal why;
    struct refusal_text room;
    bool object =
        a->body.n && json_check(a->body, NULL) == ERR_OK && json_type_of(a->body) == JSON_OBJECT;
    c->waiting = false;
    enum console_ask what = console_ask_what(&a->ask);
    bool good = object && a->status >= 200 && a->status < 300;
    arena_init(&arena, 64u << 10);
    if (good && what == CONSOLE_ASK_ROOM) {
        json_in_start(&in, a->body, &arena);
        upd_dialog_enter(m, &in, fx);
    } else if (good && (what == CONSOLE_ASK_DEVICES || what == CONSOLE_ASK_USERS)) {
        console_fill(c, m, &a->ask, a->body);
    } else if (good) {
        console_account(c, m, &a->ask, fx);
    } else {
        if (object && refusal_read(a->body, &arena, &why))
            console_say(c, refusal_text(&m->words, REFUSAL_OF_ANY, &why, &room), true);
        else
            console_tell(c, m, WORD_NO_ANSWER, true);
        console_give_back(c, m, console_asked_line(c, &a->ask), fx);
    }
    console_asked_drop(c, console_ask_turn(&a->ask));
    arena_fini(&arena);
}

void console_link(struct console *c, struct model *m, struct slice json)
{
    struct arena arena;
    struct json_in in, one;
    struct slice raw, token = SL("");
    struct buf link = {.max = LINK_BYTES_MAX}, line = {.max = LINK_BYTES_MAX};
    arena_init(&arena, 64u << 10);
    json_in_start(&in, json, &arena);
    if (json_in_raw(&in, "invite", &raw)) {
        json_in_start(&one, raw, &arena);
        json_in_text(&one, "token", &token);
    }
    enum err e = buf_put(&link, buf_peek(&m->base));
    e = e ? e : buf_put(&link, SL("#/invite/"));
    e = e ? e : buf_put(&link, token);
    e = e ? e : words_put(&m->words, &line, WORD_TERM_LINK, buf_peek(&link), SL(""));
    if (!e && token.n)
        console_say(c, buf_peek(&line), false);
    arena_fini(&arena);
    buf_fini(&link);
    buf_fini(&line);
}

/* Of oneself; an empty status is none. */
bool console_run_status(struct console_line *l)
{
    return console_ask_line(
        l, CONSOLE_ASK_DONE, EVENT_PROFILE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_STATUS, .status = l->rest});
}

bool console_run_display(struct console_line *l)
{
    if (l->rest.n == 0)
        return console_refuse(l, WORD_TERM_DISPLAY_WHAT);
    return console_ask_line(
        l, CONSOLE_ASK_DONE, EVENT_PROFILE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_DISPLAY, .display = l->rest});
}

/* Empty ones take away what was said. */
bool console_run_about(struct console_line *l)
{
    return console_ask_line(l, CONSOLE_ASK_DONE, EVENT_PROFILE,
                            (struct chat_request){.has = 1ull << CHAT_FIELD_BIO, .bio = l->rest});
}

bool console_run_zone(struct console_line *l)
{
    return console_ask_line(l, CONSOLE_ASK_DONE, EVENT_PROFILE,
                            (struct chat_request){.has = 1ull << CHAT_FIELD_ZONE, .zone = l->rest});
}
