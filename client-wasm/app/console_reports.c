/* Reporting a message, and what those who moderate do with what was reported. See console_run.h. */
#include "console_run.h"

#include "dialog_room_menu.h"
#include "reports.h"

bool console_run_report(struct console_line *l)
{
    const struct message *msg = model_message(l->m, l->key);
    if (!msg)
        return console_refuse(l, WORD_TERM_REPORT_WHICH);
    if (!reports_may(l->m, msg))
        return console_refuse(l, WORD_TERM_REPORT_NOT);
    if (l->rest.n == 0)
        return console_refuse(l, WORD_TERM_REPORT_WHY);
    return console_ask_line(l, CONSOLE_ASK_REPORTED, EVENT_REPORT,
                            (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM |
                                                         1ull << CHAT_FIELD_SEQ |
                                                         1ull << CHAT_FIELD_REASON,
                                                  .room = l->room->r.id,
                                                  .seq = msg->seq,
                                                  .reason = l->rest});
}

static void ask_list(struct console *c, const struct model *m, struct effects *fx)
{
    console_ask(c, m, CONSOLE_ASK_REPORTS, EVENT_REPORTS,
                (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_LIMIT,
                                      .room = c->of,
                                      .limit = CHAT_LIMIT_MAX},
                fx);
}

bool console_run_reports(struct console_line *l)
{
    if (!l->room || !room_menu_may_see(l->m, l->room))
        return console_refuse(l, WORD_TERM_NO_MOD);
    console_open(l->c, l->m, CONSOLE_REPORTS);
    l->c->of = l->room->r.id;
    ask_list(l->c, l->m, l->fx);
    return l->c->waiting;
}

void console_add_report(struct console *c, struct model *m, struct slice one, struct arena *arena)
{
    struct report r;
    struct buf label = {.max = 4096}, detail = {.max = 4096};
    if (!reports_read(m, one, arena, &r))
        return;
    enum err e = words_put(&m->words, &label, WORD_REPORT_SAID, r.from, r.text);
    e = e ? e : words_put(&m->words, &detail, WORD_REPORT_WHY, r.by, r.reason);
    struct console_item *item = e ? NULL : console_add(c, buf_peek(&label), buf_peek(&detail));
    if (item) {
        item->id = r.id;
        item->room = c->of;
        item->seq = r.seq;
    }
    buf_fini(&label);
    buf_fini(&detail);
}

void console_judge(struct console *c, struct model *m, bool delete, struct effects *fx)
{
    const struct console_item *item = &c->items[c->chosen];
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM};
    if (c->list != CONSOLE_REPORTS || c->chosen >= c->items_n)
        return;
    r.room = item->room;
    if (delete &&c->doomed_key != (uint64_t)item->id) {
        c->doomed_key = (uint64_t)item->id;
        console_tell(c, m, WORD_TERM_DELETE_SURE, false);
        return;
    }
    c->doomed_key = 0;
    r.has |=
        delete ? 1ull << CHAT_FIELD_SEQ : 1ull << CHAT_FIELD_REPORT_ID | 1ull << CHAT_FIELD_OUTCOME;
    r.seq = item->seq;
    r.report_id = item->id;
    r.outcome = CHAT_OUTCOME_DISMISSED;
    console_ask(c, m, CONSOLE_ASK_JUDGED, delete ? EVENT_DELETE : EVENT_REPORT_CLOSE, r, fx);
}

void console_judged(struct console *c, struct model *m, int64_t room, struct effects *fx)
{
    console_tell(c, m, WORD_TERM_DONE, false);
    if (c->list == CONSOLE_REPORTS && c->of == room)
        ask_list(c, m, fx);
}
