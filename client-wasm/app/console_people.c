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

bool console_run_blocked(struct console_line *l)
{
    console_open(l->c, l->m, CONSOLE_BLOCKED);
    console_list_blocked(l->c, l->m);
    if (l->c->items_n == 0)
        console_tell(l->c, l->m, WORD_BLOCKED_NONE, false);
    return true;
}

void console_list_blocked(struct console *c, const struct model *m)
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
