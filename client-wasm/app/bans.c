/* See bans.h. */
#include "bans.h"

#include "dialog_line.h"
#include "json.h"

bool bans_for_good(int64_t until_ms)
{
    return until_ms > CHAT_ID_MAX / 2; /* in which no calendar counts */
}

static void put_row(struct model *m, const struct chat_user *user, int64_t until_ms, bool mute,
                    struct slice by)
{
    struct slice text;
    if (until_ms == 0)
        return;
    if (bans_for_good(until_ms))
        text = words_get(&m->words, mute ? WORD_MUTED_EVER : WORD_BANNED_EVER);
    else
        text = dialog_line(m, mute ? WORD_MUTED_TILL : WORD_BANNED_TILL,
                           dialog_line_when(m, until_ms, true), SL(""));
    if (by.n)
        text = dialog_line(m, WORD_BANNED_BY, text, by);
    struct dialog_row *row =
        dialog_add_row(&m->dialog, user->id, user->display.n ? user->display : user->name, text);
    if (row)
        row->on = mute;
}

void bans_put(struct model *m, struct json_in *in)
{
    struct slice raw, item;
    struct json_iter it;
    if (!json_in_raw(in, "bans", &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &item);) {
        struct json_in ban;
        struct chat_user user, by = {0};
        int64_t banned_ms = 0, muted_ms = 0;
        json_in_start(&ban, item, &m->dialog.arena);
        json_in_int(&ban, "banned_until", 0, CHAT_ID_MAX, &banned_ms);
        json_in_int(&ban, "muted_until", 0, CHAT_ID_MAX, &muted_ms);
        if (json_in_raw(&ban, "by", &raw) && chat_user_decode(raw, &m->dialog.arena, &by) != ERR_OK)
            by = (struct chat_user){0};
        if (!json_in_raw(&ban, "user", &raw) ||
            chat_user_decode(raw, &m->dialog.arena, &user) != ERR_OK)
            continue;
        put_row(m, &user, banned_ms, false, by.display);
        put_row(m, &user, muted_ms, true, banned_ms ? SL("") : by.display);
    }
}
