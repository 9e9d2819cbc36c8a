/* See invites.h. */
#include "invites.h"

#include "json.h"

int64_t invites_seconds(unsigned choice)
{
    static const int64_t seconds[] = {3600, 86400, 7 * 86400, 30 * 86400, 0};
    return seconds[choice % (sizeof seconds / sizeof *seconds)];
}

int64_t invites_uses(unsigned choice)
{
    static const int64_t uses[] = {0, 1, 10, 100};
    return uses[choice % (sizeof uses / sizeof *uses)];
}

void invites_put(struct dialog *d, struct json_in *in)
{
    struct slice raw, item;
    struct json_iter it;
    if (!json_in_raw(in, "invites", &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &item);) {
        struct json_in one;
        int64_t id = 0, expires = 0, uses = -1;
        json_in_start(&one, item, &d->arena);
        json_in_int(&one, "expires", 0, CHAT_ID_MAX, &expires);
        json_in_int(&one, "uses", 0, CHAT_ID_MAX, &uses);
        struct dialog_row *row = json_in_int(&one, "id", 1, CHAT_ID_MAX, &id)
                                     ? dialog_add_row(d, id, SL(""), SL(""))
                                     : NULL;
        if (row) {
            row->until_ms = expires;
            row->uses = uses;
        }
    }
}

void invites_link(struct model *m, struct json_in *in)
{
    struct dialog *d = &m->dialog;
    struct json_in invite_in;
    struct slice raw, token = SL("");
    if (json_in_raw(in, "invite", &raw)) {
        json_in_start(&invite_in, raw, in->arena);
        json_in_text(&invite_in, "token", &token);
    }
    buf_reset(&d->note);
    enum err e = buf_put(&d->note, buf_peek(&m->base));
    e = e ? e : buf_put(&d->note, SL("#/invite/"));
    e = e ? e : buf_put(&d->note, token);
    if (e || token.n == 0)
        buf_reset(&d->note);
}
