/* A room's state and its lists, for those who look after it: archiving, who is banned or muted, links that invite. See console_run.h. */
#include "console_run.h"

#include "bans.h"
#include "caltime.h"
#include "dialog_room_menu.h"
#include "invites.h"
#include "json_in.h"

/* --- archiving --- */

static bool archive(struct console_line *l, bool on)
{
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    if (!room_menu_may_archive(l->m, l->room))
        return console_refuse(l, WORD_REFUSED_FORBIDDEN);
    return console_ask_line(
        l, CONSOLE_ASK_DONE, EVENT_ROOM_UPDATE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_ARCHIVED,
                              .room = l->room->r.id,
                              .archived = on});
}

/* It takes the room from everybody: asks once more. */
bool console_run_archive(struct console_line *l)
{
    struct buf line = {.max = 1024};
    const struct words *w = &l->m->words;
    if (!l->room || !room_menu_may_archive(l->m, l->room) || l->c->doomed_room == l->room->r.id)
        return archive(l, true);
    enum err e = words_put(w, &line, WORD_ARCHIVE_TEXT, room_shown(l->room), SL(""));
    e = e ? e : buf_putc(&line, ' ');
    e = e ? e : buf_put(&line, words_get(w, WORD_TERM_ONCE_MORE));
    if (e == ERR_OK)
        console_say(l->c, buf_peek(&line), false);
    buf_fini(&line);
    l->c->dooming_room = l->room->r.id;
    return false; /* the line stays, for Enter */
}

bool console_run_unarchive(struct console_line *l)
{
    return archive(l, false);
}

/* --- lists --- */

static void ask_list(struct console *c, const struct model *m, struct effects *fx)
{
    bool bans = c->list == CONSOLE_BANS;
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM, .room = c->of};
    if (bans) {
        r.has |= 1ull << CHAT_FIELD_LIMIT;
        r.limit = CHAT_LIMIT_MAX;
    }
    console_ask(c, m, bans ? CONSOLE_ASK_BANS : CONSOLE_ASK_INVITES,
                bans ? EVENT_ROOM_BANS : EVENT_ROOM_INVITES, r, fx);
}

static bool open_list(struct console_line *l, enum console_list list)
{
    if (!l->room || !room_menu_may_see(l->m, l->room))
        return console_refuse(l, WORD_TERM_NO_MOD);
    console_open(l->c, l->m, list);
    l->c->of = l->room->r.id;
    ask_list(l->c, l->m, l->fx);
    return l->c->waiting;
}

bool console_run_bans(struct console_line *l)
{
    return open_list(l, CONSOLE_BANS);
}

bool console_run_invites(struct console_line *l)
{
    return open_list(l, CONSOLE_INVITES);
}

void console_bans(struct console *c, struct model *m, struct json_in *in)
{
    bans_put(m, in);
    console_rows(c, m);
}

/* "Until Friday, 14:05  3 uses left" */
static void invite_line(struct console *c, const struct model *m, const struct dialog_row *row)
{
    const struct words *w = &m->words;
    struct buf until = {.max = 256}, uses = {.max = 256};
    struct caltime_text day, clock;
    enum err e;
    if (row->until_ms) {
        caltime_day_within(w, caltime_day(row->until_ms, m->utc_offset_min),
                           caltime_day(m->wall_ms, m->utc_offset_min), &day);
        caltime_clock(row->until_ms, m->utc_offset_min, m->hour12, &clock);
        e = words_put(w, &until, WORD_INVITE_UNTIL, caltime_slice(&day), caltime_slice(&clock));
    } else {
        e = buf_put(&until, words_get(w, WORD_INVITE_NO_END));
    }
    if (row->uses >= 0)
        e = e ? e : words_put_n(w, &uses, WORDS_USES_LEFT, (uint64_t)row->uses, SL(""));
    else
        e = e ? e : buf_put(&uses, words_get(w, WORD_USES_ANY));
    struct console_item *item = e ? NULL : console_add(c, buf_peek(&until), buf_peek(&uses));
    if (item)
        item->id = row->id;
    buf_fini(&until);
    buf_fini(&uses);
}

void console_invites(struct console *c, struct model *m, struct json_in *in)
{
    struct dialog *d = &m->dialog;
    invites_put(d, in);
    for (uint32_t i = 0; i < d->rows_n; i++)
        invite_line(c, m, &d->rows[i]);
}

void console_end_of_room(struct console *c, struct model *m, const struct console_item *item,
                         struct effects *fx)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM, .room = c->of};
    if (c->list == CONSOLE_INVITES) {
        r.has |= 1ull << CHAT_FIELD_INVITE_ID;
        r.invite_id = item->id;
        console_ask(c, m, CONSOLE_ASK_ENDED, EVENT_ROOM_REVOKE, r, fx);
        return;
    }
    r.has |= 1ull << CHAT_FIELD_USER | 1ull << CHAT_FIELD_ON;
    r.user = item->id;
    console_ask(c, m, CONSOLE_ASK_ENDED, item->on ? EVENT_ROOM_MUTE : EVENT_ROOM_BAN, r, fx);
}

void console_ended(struct console *c, struct model *m, int64_t room, struct effects *fx)
{
    console_tell(c, m, WORD_TERM_DONE, false);
    if ((c->list == CONSOLE_BANS || c->list == CONSOLE_INVITES) && c->of == room)
        ask_list(c, m, fx);
}
