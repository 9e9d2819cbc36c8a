/* See upd_invite.h. */
#include "upd_invite.h"

#include "json.h"
#include "json_in.h"
#include "refusal.h"
#include "upd_dialog.h"
#include "upd_rooms.h"

static void set(struct buf *b, struct slice text)
{
    buf_reset(b);
    if (buf_put(b, text) != ERR_OK)
        buf_reset(b);
}

void upd_invite_forget(struct model *m)
{
    struct invite *i = &m->invite;
    i->number++;
    i->state = INVITE_NONE;
    buf_reset(&i->token);
}

static void look(struct model *m, struct effects *fx)
{
    struct invite *i = &m->invite;
    struct buf *path = &m->invite_path;
    set(path, SL("/api/v1/invites/"));
    if (buf_put(path, buf_peek(&i->token)) != ERR_OK)
        return;
    i->state = INVITE_ASKED;
    effects_add(fx, (struct effect){.type = EFFECT_HTTP,
                                    .ask = {ASK_INVITE, 0, (int64_t)++i->number},
                                    .http = {.path = buf_peek(path)}});
}

/* What is not of a token's alphabet goes into no path. */
static bool is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '-' || c == '_'))
            return false;
    }
    return s.n > 0 && s.n <= INVITE_TOKEN_BYTES_MAX;
}

bool upd_invite_link(struct slice address, struct slice *token)
{
    static const char prefix[] = "#/invite/";
    struct slice rest = slice_from(address, slice_find(address, '#'));
    bool link = slice_starts_with(rest, SL("#/invite/"));
    *token = link ? slice_from(rest, sizeof prefix - 1) : SL("");
    if (!is_token(*token))
        *token = SL("");
    return link;
}

bool upd_invite_address(struct model *m, struct slice path, struct effects *fx)
{
    struct slice rest;
    if (!upd_invite_link(path, &rest))
        return false;
    if (rest.n == 0) {
        upd_invite_forget(m);
        return true;
    }
    set(&m->invite.token, rest);
    look(m, fx);
    if (m->resumed)
        upd_invite_resumed(m, fx);
    return true;
}

struct slice upd_invite_usable(const struct model *m)
{
    return m->invite.state == INVITE_REFUSED ? SL("") : buf_peek(&m->invite.token);
}

void upd_invite_resumed(struct model *m, struct effects *fx)
{
    struct invite *i = &m->invite;
    const struct room *room = i->token.n && i->state == INVITE_KNOWN && i->room.n
                                  ? rooms_find_name(&m->rooms, buf_peek(&i->room))
                                  : NULL;
    if (room) {
        upd_invite_forget(m);
        if (m->dialog.kind == DIALOG_JOIN)
            upd_dialog_close(m);
        upd_rooms_open(m, room->r.id, 0, true, fx);
    } else if (i->token.n && m->dialog.kind != DIALOG_JOIN)
        upd_dialog_open(m, DIALOG_JOIN, 0, fx);
}

static void read(struct model *m, const struct action_http *a, struct arena *arena)
{
    struct invite *i = &m->invite;
    struct json_in in;
    struct slice text = SL("");
    struct answer_refusal why;
    struct refusal_text room;
    if (!a->body.n || json_check(a->body, NULL) != ERR_OK || json_type_of(a->body) != JSON_OBJECT)
        return;
    json_in_start(&in, a->body, arena);
    if (json_in_text(&in, "by", &text))
        set(&i->by, text);
    if (json_in_text(&in, "room", &text))
        set(&i->room, text);
    if (refusal_read(a->body, arena, &why))
        set(&i->error, refusal_text(&m->words, REFUSAL_OF_ANY, &why, &room));
}

void upd_invite_answer(struct model *m, const struct action_http *a, struct effects *fx)
{
    struct invite *i = &m->invite;
    struct arena arena;
    if (i->state != INVITE_ASKED || a->ask.number != (int64_t)i->number)
        return;
    arena_init(&arena, INVITE_TEXT_BYTES_MAX);
    set(&i->room, SL(""));
    set(&i->by, SL(""));
    set(&i->error, words_get(&m->words, WORD_NO_ANSWER));
    read(m, a, &arena);
    i->state = a->status >= 200 && a->status < 300 ? INVITE_KNOWN : INVITE_REFUSED;
    if (i->state == INVITE_KNOWN && !i->room.n && m->session.state == SESSION_NONE)
        m->session.login.way = LOGIN_REGISTER;
    arena_fini(&arena);
    if (m->resumed)
        upd_invite_resumed(m, fx);
}
