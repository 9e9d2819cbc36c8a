/* See upd_dialog.h. */
#include "upd_dialog.h"

#include "dialog_kinds.h"
#include "json.h"
#include "refusal.h"
#include "text.h"
#include "upd_invite.h"
#include "upd_rooms.h"
#include "upd_toast.h"
#include <string.h>

static const struct dialog_how *const HOW[DIALOG_KINDS_N] = {
    [DIALOG_ROOM_NEW] = &dialog_room_new,   [DIALOG_DM_NEW] = &dialog_dm_new,
    [DIALOG_ROOM_MENU] = &dialog_room_menu, [DIALOG_INVITE_PEOPLE] = &dialog_invite_people,
    [DIALOG_PERSON] = &dialog_person,       [DIALOG_MESSAGE] = &dialog_message,
    [DIALOG_DELETE] = &dialog_delete,       [DIALOG_JOIN] = &dialog_join,
    [DIALOG_SETTINGS] = &dialog_settings,   [DIALOG_HELP] = &dialog_help,
    [DIALOG_ADMIN] = &dialog_admin,         [DIALOG_SWITCHER] = &dialog_switcher,
    [DIALOG_EMOJI] = &dialog_emoji,         [DIALOG_REPORT] = &dialog_report,
};

static const struct dialog_how *how(const struct model *m)
{
    static const struct dialog_how none;
    const struct dialog_how *h = HOW[m->dialog.kind];
    return h ? h : &none;
}

static void settle(struct model *m)
{
    if (how(m)->settle)
        how(m)->settle(m);
}

/* The person turns away from it. */
static void put_away(struct model *m)
{
    if (how(m)->keeps)
        dialog_keep(&m->dialog_kept, &m->dialog);
}

void upd_dialog_drop_picture(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (!d->picture)
        return;
    effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = d->picture});
    d->picture = 0;
    d->picture_n++;
    d->busy = false;
    d->confirm = (enum dom_act)0;
}

void upd_dialog_open(struct model *m, enum dialog_kind kind, int64_t about, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    upd_dialog_drop_picture(m, fx);
    put_away(m);
    dialog_reset(d);
    d->kind = kind;
    d->number++;
    d->about = about;
    d->room = m->open;
    dialog_kept_fill(&m->dialog_kept, d);
    settle(m);
    if (how(m)->open)
        how(m)->open(m, fx);
}

static void close(struct model *m)
{
    if (m->dialog.kind == DIALOG_JOIN)
        upd_invite_forget(m);
    dialog_reset(&m->dialog);
}

void upd_dialog_close(struct model *m)
{
    if (how(m)->keeps)
        dialog_kept_drop(&m->dialog_kept, &m->dialog); /* it is done */
    close(m);
}

void upd_dialog_leave(struct model *m)
{
    put_away(m);
    close(m);
}

void upd_dialog_room_gone(struct model *m, int64_t room)
{
    enum dialog_kind kind = m->dialog.kind;
    if (m->dialog.room == room &&
        (kind == DIALOG_ROOM_MENU || kind == DIALOG_INVITE_PEOPLE || kind == DIALOG_MESSAGE ||
         kind == DIALOG_DELETE || kind == DIALOG_REPORT))
        upd_dialog_leave(m);
}

/* --- asking --- */

/* Which dialog's, and for lists the how-manieth question it is. */
struct ask upd_dialog_asks(struct model *m, unsigned what)
{
    struct dialog *d = &m->dialog;
    int64_t n = 0;
    if (what == DIALOG_LIST) {
        d->list = LIST_LOADING;
        d->due_ms = INT64_MAX;
        n = ++d->list_n;
    } else {
        d->busy = true;
        d->done = (enum word)0;
        dialog_hush(d);
    }
    return (struct ask){ASK_DIALOG, (int64_t)what, (int64_t)d->number << 20 | (n & 0xFFFFF)};
}

/* Too many questions at once. */
static void not_asked(struct model *m, unsigned what)
{
    if (what == DIALOG_LIST)
        m->dialog.list = LIST_FAILED;
    else
        m->dialog.busy = false;
    dialog_say(&m->dialog, (enum dom_field)0, words_get(&m->words, WORD_NO_ANSWER));
}

void upd_dialog_ask(struct model *m, unsigned what, enum event_id event,
                    const struct chat_request *request, struct effects *fx)
{
    if (!effects_ask(fx, upd_dialog_asks(m, what), event, *request))
        not_asked(m, what);
}

void upd_dialog_fetch(struct model *m, unsigned what, const struct effect_http *http,
                      struct effects *fx)
{
    effects_add(
        fx, (struct effect){.type = EFFECT_HTTP, .ask = upd_dialog_asks(m, what), .http = *http});
}

void upd_dialog_list(struct model *m, enum event_id event, const struct chat_request *request,
                     struct effects *fx)
{
    upd_dialog_ask(m, DIALOG_LIST, event, request, fx);
}

void upd_dialog_search_soon(struct model *m)
{
    m->dialog.due_ms = m->now_ms + DIALOG_SEARCH_MS;
}

void upd_dialog_confirm(struct model *m, enum dom_act what)
{
    m->dialog.confirm = what;
    dialog_hush(&m->dialog);
}

/* --- answers --- */

/* Is it still waited for? */
static bool expected(struct model *m, const struct ask *ask)
{
    struct dialog *d = &m->dialog;
    if (!d->kind || ask->number >> 20 != d->number)
        return false;
    if (ask->room == DIALOG_LIST)
        return (ask->number & 0xFFFFF) == (d->list_n & 0xFFFFF);
    d->busy = false;
    return true;
}

static enum dom_field field_of(struct slice name)
{
    static const struct {
        struct slice name;
        enum dom_field field;
    } rows[] = {
        {{"name", 4}, DOM_FIELD_ROOM_NAME},
        {{"topic", 5}, DOM_FIELD_ROOM_TOPIC},
        {{"user", 4}, DOM_FIELD_PERSON},
        {{"q", 1}, DOM_FIELD_FILTER},
        {{"uses", 4}, DOM_FIELD_USES},
        {{"seconds", 7}, DOM_FIELD_SECONDS},
        {{"display", 7}, DOM_FIELD_DISPLAY},
        {{"status", 6}, DOM_FIELD_STATUS},
        {{"reason", 6}, DOM_FIELD_REASON},
        {{"bio", 3}, DOM_FIELD_BIO},
        {{"zone", 4}, DOM_FIELD_ZONE},
        {{"password", 8}, DOM_FIELD_PASSWORD},
        {{"new_password", 12}, DOM_FIELD_PASSWORD_NEW},
        {{"workspace", 9}, DOM_FIELD_WORKSPACE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (slice_eq(rows[i].name, name))
            return rows[i].field;
    }
    return (enum dom_field)0;
}

/* why: NULL, there is no answer. */
static void refused(struct model *m, unsigned what, const struct answer_refusal *why)
{
    struct dialog *d = &m->dialog;
    struct refusal_text room;
    struct slice text = why ? refusal_text(&m->words, REFUSAL_OF_ANY, why, &room) : SL("");
    if (what == DIALOG_LIST) {
        d->list = LIST_FAILED;
        dialog_clear_rows(d);
    }
    settle(m);
    dialog_say(d, field_of(why ? why->field : SL("")),
               text.n ? text : words_get(&m->words, WORD_NO_ANSWER));
}

static void answered(struct model *m, unsigned what, struct slice json, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    struct json_in in;
    settle(m);
    if (what == DIALOG_LIST) {
        dialog_clear_rows(d);
        dialog_hush(d);
        d->list = LIST_LOADED;
    }
    json_in_start(&in, json, &d->arena);
    if (how(m)->answer)
        how(m)->answer(m, what, &in, fx);
}

void upd_dialog_answer(struct model *m, const struct action_answer *a, struct effects *fx)
{
    const struct chat_answer *answer = a->answer;
    unsigned what = (unsigned)a->ask.room;
    if (!expected(m, &a->ask))
        return;
    if (answer->result == ERR_OK && answer->ok)
        answered(m, what, answer->json, fx);
    else
        refused(m, what, answer->result == ERR_OK ? &answer->why : NULL);
}

void upd_dialog_http(struct model *m, const struct action_http *a, struct effects *fx)
{
    struct arena arena;
    struct answer_refusal why;
    unsigned what = (unsigned)a->ask.room;
    if (!expected(m, &a->ask) || (how(m)->plain && how(m)->plain(m, what, a->status)))
        return;
    bool object = a->status && a->body.n && json_check(a->body, NULL) == ERR_OK &&
                  json_type_of(a->body) == JSON_OBJECT;
    if (object && a->status >= 200 && a->status < 300) {
        answered(m, what, a->body, fx);
        return;
    }
    arena_init(&arena, DIALOG_FIELD_BYTES);
    refused(m, what, object && refusal_read(a->body, &arena, &why) ? &why : NULL);
    arena_fini(&arena);
}

void upd_dialog_users(struct model *m, struct json_in *in, const char *key)
{
    struct dialog *d = &m->dialog;
    struct slice raw, item;
    struct json_iter it;
    if (!json_in_raw(in, key, &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &item);) {
        struct chat_user user;
        if (chat_user_decode(item, &d->arena, &user) != ERR_OK)
            continue;
        struct dialog_row *row =
            dialog_add_row(d, user.id, user.display.n ? user.display : user.name, user.name);
        if (row)
            row->person = people_learn(&m->people, &user);
    }
}

void upd_dialog_rooms(struct model *m, struct json_in *in, const char *key)
{
    struct dialog *d = &m->dialog;
    struct slice raw, item;
    struct json_iter it;
    uint32_t n = 0;
    if (!json_in_raw(in, key, &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &item);) {
        struct chat_room room;
        d->more = ++n == CHAT_LIMIT_MAX;
        struct buf line = {.max = DIALOG_FIELD_BYTES};
        if (chat_room_decode(item, &d->arena, &room) != ERR_OK || room.kind == CHAT_DM)
            continue;
        enum err e =
            words_put_n(&m->words, &line, room.topic.n ? WORDS_MEMBERS_TOPIC : WORDS_MEMBERS,
                        room.members, room.topic);
        struct dialog_row *row =
            e == ERR_OK
                ? dialog_add_row(d, room.id, room.name, arena_copy(&d->arena, buf_peek(&line)))
                : NULL;
        if (row)
            row->on = rooms_find(&m->rooms, room.id) != NULL;
        buf_fini(&line);
    }
}

void upd_dialog_enter(struct model *m, struct json_in *in, struct effects *fx)
{
    struct chat_room room = {0};
    struct slice raw;
    bool good = json_in_raw(in, "room", &raw) &&
                chat_room_decode(raw, in->arena, &room) == ERR_OK && room.id > 0;
    upd_dialog_close(m);
    if (good)
        upd_rooms_open(m, room.id, 0, true, fx);
}

void upd_dialog_block(struct model *m, unsigned what, const struct person *who, struct effects *fx)
{
    const struct chat_request r = {.has = 1ull << CHAT_FIELD_USER | 1ull << CHAT_FIELD_ON,
                                   .user = who->id,
                                   .on = !who->blocked};
    upd_dialog_ask(m, what, EVENT_BLOCK, &r, fx);
}

void upd_dialog_blocked(struct model *m, struct json_in *in)
{
    struct chat_user user;
    struct slice raw;
    bool on = false;
    if (json_in_raw(in, "user", &raw) && chat_user_decode(raw, in->arena, &user) == ERR_OK &&
        json_in_bool(in, "on", &on))
        people_block(&m->people, &user, on);
}

enum chat_role upd_dialog_role(const struct model *m, const struct room *room)
{
    enum chat_role own = room->r.joined ? room->r.room_role : CHAT_GUEST;
    return room->r.kind == CHAT_PUBLIC && m->session.me.role > own ? m->session.me.role : own;
}

struct chat_request upd_dialog_request(const struct model *m)
{
    return (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room = m->dialog.room};
}

bool upd_dialog_wants(struct model *m, enum dom_field field, enum word otherwise, struct slice *out)
{
    *out = text_trim(dialog_text(&m->dialog, field));
    if (out->n == 0)
        dialog_say(&m->dialog, field, words_get(&m->words, otherwise));
    return out->n > 0;
}

struct room *upd_dialog_room(const struct model *m)
{
    return m->dialog.room ? rooms_find(&m->rooms, m->dialog.room) : NULL;
}

/* --- the person --- */

/* key: group << 8 | which */
static void choose(struct model *m, uint64_t key, struct effects *fx)
{
    unsigned group = (unsigned)(key >> 8);
    if (group >= DIALOG_CHOICES_MAX)
        return;
    m->dialog.choices[group] = (uint8_t)key;
    m->dialog.done = (enum word)0;
    dialog_hush(&m->dialog);
    if (how(m)->chosen)
        how(m)->chosen(m, group, fx);
}

/* Clicks anywhere that open one. */
static bool open_by(struct model *m, const struct action_click *c, struct effects *fx)
{
    static const struct {
        enum dom_act act;
        enum dialog_kind kind;
    } rows[] = {
        {DOM_ACT_ROOM_NEW, DIALOG_ROOM_NEW},   {DOM_ACT_ROOM_BROWSE, DIALOG_ROOM_NEW},
        {DOM_ACT_DM_NEW, DIALOG_DM_NEW},       {DOM_ACT_SWITCHER, DIALOG_SWITCHER},
        {DOM_ACT_EMOJI, DIALOG_EMOJI},         {DOM_ACT_REACT, DIALOG_EMOJI},
        {DOM_ACT_ROOM_MENU, DIALOG_ROOM_MENU}, {DOM_ACT_PERSON, DIALOG_PERSON},
        {DOM_ACT_MORE, DIALOG_MESSAGE},        {DOM_ACT_INVITE, DIALOG_INVITE_PEOPLE},
        {DOM_ACT_SETTINGS, DIALOG_SETTINGS},   {DOM_ACT_HELP, DIALOG_HELP},
        {DOM_ACT_ADMIN, DIALOG_ADMIN},         {DOM_ACT_ROOM_INVITES, DIALOG_ROOM_MENU},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].act == c->act && HOW[rows[i].kind]) {
            upd_dialog_open(m, rows[i].kind, (int64_t)c->key, fx);
            if (c->act == DOM_ACT_ROOM_BROWSE || c->act == DOM_ACT_ROOM_INVITES)
                choose(m, 1, fx);
            return true;
        }
    }
    return false;
}

/* Back from a question to what it was asked in; of a deletion, the question is all there is. */
static void close_or_back(struct model *m, struct effects *fx)
{
    if (m->dialog.picture) {
        upd_dialog_drop_picture(m, fx);
        dialog_hush(&m->dialog);
        return;
    }
    if (m->dialog.confirm && m->dialog.kind != DIALOG_DELETE) {
        upd_dialog_confirm(m, (enum dom_act)0);
        return;
    }
    upd_dialog_leave(m);
}

static void pick(struct model *m, uint64_t at, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (at >= d->rows_n || d->busy || !how(m)->pick)
        return;
    d->at = (uint32_t)at;
    how(m)->pick(m, &d->rows[at], fx);
}

bool upd_dialog_click(struct model *m, const struct action *a, struct effects *fx)
{
    const struct action_click *c = &a->click;
    struct dialog *d = &m->dialog;
    if (!d->kind)
        return m->session.state != SESSION_NONE && open_by(m, c, fx);
    if (how(m)->click && !d->busy && how(m)->click(m, a, fx))
        return true;
    enum dom_act confirmed = d->confirm;
    switch (c->act) {
    case DOM_ACT_DIALOG_CLOSE:
        close_or_back(m, fx);
        return true;
    case DOM_ACT_OPTION:
        pick(m, c->key, fx);
        return true;
    case DOM_ACT_CHOICE:
        choose(m, c->key, fx);
        return true;
    case DOM_ACT_CONFIRM:
        if (confirmed && !d->busy && how(m)->confirmed)
            how(m)->confirmed(m, confirmed, fx);
        return true;
    case DOM_ACT_COPY:
        effects_add(fx, (struct effect){.type = EFFECT_COPY, .text = buf_peek(&d->note)});
        return true;
    default:
        return open_by(m, c, fx);
    }
}

bool upd_dialog_key(struct model *m, const struct action_key *key, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (!d->kind)
        return false;
    if (key->key == DOM_KEY_ESCAPE) {
        close_or_back(m, fx);
        return true;
    }
    if (how(m)->key && how(m)->key(m, key, fx))
        return true;
    if (!how(m)->pick || !d->rows_n || !(key->flags & DOM_FLAG_FIELD))
        return false;
    if (key->key == DOM_KEY_DOWN)
        d->at = (d->at + 1) % d->rows_n;
    else if (key->key == DOM_KEY_UP)
        d->at = (d->at + d->rows_n - 1) % d->rows_n;
    else
        return false;
    return true;
}

void upd_dialog_input(struct model *m, const struct action_input *input, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (!d->kind || slice_eq(dialog_text(d, input->field), input->text) ||
        !dialog_typed(d, input->field, input->text))
        return;
    if (d->error_field == input->field)
        dialog_hush(d);
    if (how(m)->input)
        how(m)->input(m, input->field, fx);
}

void upd_dialog_submit(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (!d->kind || d->busy)
        return;
    enum dom_act confirmed = d->confirm;
    if (confirmed && how(m)->confirmed)
        how(m)->confirmed(m, confirmed, fx);
    else if (how(m)->submit)
        how(m)->submit(m, fx);
    else
        pick(m, d->at, fx);
}

void upd_dialog_copied(struct model *m, const struct action_copied *copied, struct effects *fx)
{
    if (m->session.state == SESSION_NONE)
        return; /* it was the text of somebody who has gone */
    if (copied->ok || m->dialog.kind) {
        upd_toast_word(m, copied->ok ? WORD_COPIED : WORD_NOT_COPIED_WHY, fx);
        return;
    }
    upd_dialog_open(m, DIALOG_COPY, 0, fx);
    if (buf_put(&m->dialog.note, copied->text) != ERR_OK)
        upd_dialog_close(m);
}

void upd_dialog_tick(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (d->due_ms > m->now_ms)
        return;
    d->due_ms = INT64_MAX;
    if (how(m)->search)
        how(m)->search(m, fx);
}

int64_t upd_dialog_wake_ms(const struct model *m)
{
    int64_t minute_ms = m->now_ms + 60000 - m->wall_ms % 60000;
    /* The clock of somebody far away goes on while it is looked at. */
    return m->dialog.zoned && minute_ms < m->dialog.due_ms ? minute_ms : m->dialog.due_ms;
}
