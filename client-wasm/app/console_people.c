/* Commands about people. See console_run.h. */
#include "console_run.h"

#include "dialog_person.h"
#include "json_in.h"
#include "mem.h"
#include "text.h"
#include "upd_composer.h"
#include "upd_dialog.h"
#include "upd_rooms.h"
#include "utf8.h"
#include <stdlib.h>

static const enum word ROLES[] = {[CHAT_GUEST] = WORD_ROLE_GUEST,
                                  [CHAT_MEMBER] = WORD_ROLE_MEMBER,
                                  [CHAT_MOD] = WORD_ROLE_MOD,
                                  [CHAT_ADMIN] = WORD_ROLE_ADMIN,
                                  [CHAT_OWNER] = WORD_ROLE_OWNER};

/* --- writing to one person --- */

/* The one that I have with somebody of that name. */
static struct room *dm_with(const struct model *m, struct slice name)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct room *room = m->rooms.at[i];
        if (room->r.kind == CHAT_DM && room->with && slice_eq_nocase(room->with->name, name))
            return room;
    }
    return NULL;
}

static bool say(struct console *c, struct model *m, struct room *room, struct slice text,
                struct effects *fx)
{
    if (text.n == 0 || upd_composer_say(m, room, text, c->cid, fx))
        return true;
    console_tell(c, m,
                 utf8_length(text) > CHAT_TEXT_CHARS_MAX ? WORD_REFUSED_LONG
                 : !room_writable(room)                  ? WORD_TERM_READ_ONLY
                                                         : WORD_REFUSED_MUTED,
                 true);
    return false;
}

/* "/dm name", to write there, "/dm name text", to say it at once. */
bool console_run_dm(struct console_line *l)
{
    struct slice text = l->rest, name = console_without(console_word(&text), '@');
    struct room *mine = dm_with(l->m, name);
    if (name.n == 0)
        return console_refuse(l, WORD_TERM_DM_WHOM);
    if (utf8_length(text) > CHAT_TEXT_CHARS_MAX)
        return console_refuse(l, WORD_REFUSED_LONG);
    if (mine) {
        upd_rooms_open(l->m, mine->r.id, 0, true, l->fx);
        return say(l->c, l->m, mine, text, l->fx);
    }
    return console_ask_line(
        l, text.n ? CONSOLE_ASK_SAY : CONSOLE_ASK_ROOM, EVENT_DM,
        (struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user_name = name});
}

void console_say_to(struct console *c, struct model *m, struct slice line,
                    const struct action_answer *a, struct effects *fx)
{
    struct action_answer joined = {{ASK_JOIN, 0, 0}, a->answer};
    struct slice text = text_trim(line), command = console_word(&text), name = console_word(&text);
    (void)command;
    upd_rooms_joined(m, &joined, fx);
    struct room *room = model_open(m);
    if (!room || m->wanted || room != dm_with(m, console_without(name, '@'))) {
        console_tell(c, m, WORD_NO_ANSWER, true); /* it has told of another one */
        console_give_back(c, m, line, fx);
    } else if (!say(c, m, room, text, fx)) {
        console_give_back(c, m, line, fx);
    }
}

/* --- whom I do not want to hear --- */

static bool block(struct console_line *l, bool on)
{
    struct slice name = console_without(l->rest, '@');
    if (name.n == 0)
        return console_refuse(l, WORD_TERM_BLOCK_WHOM);
    return console_ask_line(
        l, CONSOLE_ASK_BLOCKED, EVENT_BLOCK,
        (struct chat_request){
            .has = 1ull << CHAT_FIELD_USER | 1ull << CHAT_FIELD_ON, .user_name = name, .on = on});
}

bool console_run_block(struct console_line *l)
{
    return block(l, true);
}

bool console_run_unblock(struct console_line *l)
{
    return block(l, false);
}

static void list_blocked(struct console *c, const struct model *m)
{
    const struct people *people = &m->people;
    uint32_t chosen = c->chosen;
    console_begin(c, CONSOLE_BLOCKED);
    for (uint32_t i = 0; i < people->cap; i++) {
        const struct person *p = people->at[i];
        struct console_item *item =
            p && p->blocked ? console_add(c, person_shown(p), p->name) : NULL;
        if (item)
            item->user = item->detail;
    }
    c->chosen = chosen < c->items_n ? chosen : 0;
}

bool console_run_blocked(struct console_line *l)
{
    console_open(l->c, l->m, CONSOLE_BLOCKED);
    list_blocked(l->c, l->m);
    if (l->c->items_n == 0)
        console_tell(l->c, l->m, WORD_BLOCKED_NONE, false);
    return true;
}

void console_blocked(struct console *c, struct model *m, struct slice json)
{
    struct arena arena;
    struct json_in in;
    arena_init(&arena, 64u << 10);
    json_in_start(&in, json, &arena);
    upd_dialog_blocked(m, &in);
    arena_fini(&arena);
    if (c->list == CONSOLE_BLOCKED)
        list_blocked(c, m);
    console_tell(c, m, WORD_TERM_DONE, false);
}

/* --- members --- */

/* false: no more fit. */
static bool add_member(struct console *c, const struct model *m, const struct member *mb)
{
    struct buf detail = {.max = 1024};
    const struct person *p = mb->person;
    enum err e = words_put(&m->words, &detail, WORD_PERSON_LINE, p->name,
                           words_get(&m->words, ROLES[mb->role]));
    if (e == ERR_OK && p->status.n)
        e = buf_putc(&detail, '\n');
    if (e == ERR_OK)
        e = buf_put(&detail, text_cut(p->status, 200));
    struct console_item *item = e ? NULL : console_add(c, person_shown(p), buf_peek(&detail));
    if (item) {
        item->person = p->id;
        item->user = p->id == m->session.me.id ? SL("") : arena_copy(&c->arena, p->name);
    }
    buf_fini(&detail);
    return item;
}

void console_members(struct console *c, const struct model *m)
{
    const struct members *ms = &m->members;
    const struct member **at = mem_alloc((ms->n + 1) * sizeof *at);
    int64_t chosen = c->items_n ? c->items[c->chosen].person : 0;
    if (!at)
        return;
    for (uint32_t i = 0; i < ms->n; i++)
        at[i] = &ms->at[i];
    qsort(at, ms->n, sizeof *at, member_compare);
    console_begin(c, CONSOLE_MEMBERS);
    for (uint32_t i = 0; i < ms->n && add_member(c, m, at[i]); i++) {
        if (at[i]->person->id == chosen)
            c->chosen = i;
    }
    mem_free(at);
}

/* --- all accounts --- */

bool console_run_users(struct console_line *l)
{
    static const char HEX[] = "0123456789ABCDEF";
    struct buf path = {.max = 4096};
    struct slice q = console_without(l->rest, '@');
    const struct person *me = l->m->session.person;
    if (!me || me->role < CHAT_ADMIN)
        return console_refuse(l, WORD_REFUSED_FORBIDDEN);
    console_open(l->c, l->m, CONSOLE_USERS);
    l->c->of = ++l->c->turn;
    enum err e = buf_put(&path, SL("/api/v1/admin/users?q="));
    for (size_t i = 0; i < q.n && e == ERR_OK; i++) {
        unsigned char b = (unsigned char)q.p[i];
        e = buf_put(&path, (struct slice){(char[]){'%', HEX[b >> 4], HEX[b & 15]}, 3});
    }
    struct slice kept = e ? SL("") : effects_text(l->fx, buf_peek(&path));
    if (kept.n)
        console_fetch(l->c, CONSOLE_ASK_USERS, (struct effect_http){.path = kept}, l->fx);
    buf_fini(&path);
    return l->c->waiting;
}

void console_add_user(struct console *c, struct model *m, struct slice one, struct arena *arena)
{
    struct chat_user user;
    struct buf detail = {.max = 1024};
    const struct person *p =
        chat_user_decode(one, arena, &user) == ERR_OK ? people_learn(&m->people, &user) : NULL;
    if (!p)
        return;
    struct console_item *item = words_put(&m->words, &detail, WORD_PERSON_LINE, p->name,
                                          words_get(&m->words, ROLES[p->role])) == ERR_OK
                                    ? console_add(c, person_shown(p), buf_peek(&detail))
                                    : NULL;
    if (item)
        item->user = p->id == m->session.me.id ? SL("") : arena_copy(&c->arena, p->name);
    buf_fini(&detail);
}

/* --- one person --- */

bool console_run_whois(struct console_line *l)
{
    struct slice name = console_without(l->rest, '@');
    if (name.n == 0)
        return console_refuse(l, WORD_TERM_WHOM);
    console_open(l->c, l->m, CONSOLE_PERSON);
    l->c->of = ++l->c->turn;
    return console_ask_line(
        l, CONSOLE_ASK_PERSON, EVENT_USER,
        (struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user_name = name});
}

/* What is not said has no line. */
static void list_person(struct console *c, const struct model *m, const struct person *p)
{
    const struct {
        enum word label;
        struct slice text;
    } rows[] = {{WORD_SET_STATUS, p->status}, {WORD_MENU_ABOUT, p->bio}, {WORD_SET_ZONE, p->zone}};
    struct buf line = {.max = 1024};
    console_begin(c, CONSOLE_PERSON);
    enum err e = words_put(&m->words, &line, WORD_PERSON_LINE, p->name,
                           words_get(&m->words, ROLES[p->role]));
    if (p->id != m->session.me.id) {
        e = e ? e : buf_putc(&line, '\n');
        e = e ? e : buf_put(&line, words_get(&m->words, person_presence(p)));
    }
    if (e == ERR_OK)
        console_add(c, person_shown(p), buf_peek(&line));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].text.n)
            console_add(c, words_get(&m->words, rows[i].label), rows[i].text);
    }
    buf_fini(&line);
}

void console_person(struct console *c, struct model *m, const struct action_answer *a)
{
    const struct person *p;
    if (c->list != CONSOLE_PERSON || c->of != a->ask.room)
        return; /* closed meanwhile, or somebody else is asked for */
    p = person_take(m, a->answer->json);
    if (p)
        list_person(c, m, p);
}
