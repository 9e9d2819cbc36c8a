/* Commands about people. See console_run.h. */
#include "console_run.h"

#include "json_in.h"
#include "upd_dialog.h"

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
