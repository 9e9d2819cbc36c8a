/* See reports.h. */
#include "reports.h"

#include "dialog_line.h"
#include "dialog_room_menu.h"
#include "json.h"
#include "text.h"
#include "upd_dialog.h"

#define QUOTE_CHARS 200

void reports_told(struct model *m, int64_t room_id, int64_t n)
{
    struct room *room = rooms_find(&m->rooms, room_id);
    if (room)
        room->reports_n = n;
}

void reports_ask(struct model *m, struct effects *fx)
{
    const struct room *room = model_open(m);
    if (room && m->conn.state == CONN_LIVE && m->resumed && room_menu_may_see(m, room))
        effects_ask(fx, (struct ask){ASK_REPORTS, room->r.id, 0}, EVENT_REPORTS,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_LIMIT,
                                          .room = room->r.id,
                                          .limit = 1});
}

static void take_count(struct model *m, int64_t room, struct json_in *in)
{
    int64_t n = 0;
    if (json_in_int(in, "open", 0, CHAT_ID_MAX, &n))
        reports_told(m, room, n);
}

void reports_answer(struct model *m, const struct action_answer *a)
{
    struct arena arena;
    struct json_in in;
    if (a->answer->result != ERR_OK || !a->answer->ok)
        return;
    arena_init(&arena, 64u << 10);
    json_in_start(&in, a->answer->json, &arena);
    take_count(m, a->ask.room, &in);
    arena_fini(&arena);
}

static struct slice name_of(struct json_in *in, const char *key)
{
    struct chat_user user;
    struct slice raw;
    if (!json_in_raw(in, key, &raw) || chat_user_decode(raw, in->arena, &user) != ERR_OK)
        return SL("");
    return user.display.n ? user.display : user.name;
}

bool reports_read(const struct model *m, struct slice item, struct arena *arena, struct report *out)
{
    struct json_in in;
    *out = (struct report){.text = SL(""), .reason = SL("")};
    json_in_start(&in, item, arena);
    json_in_text(&in, "text", &out->text);
    json_in_text(&in, "reason", &out->reason);
    out->text =
        out->text.n ? text_cut(out->text, QUOTE_CHARS) : words_get(&m->words, WORD_REPORT_NO_TEXT);
    out->from = name_of(&in, "from");
    out->by = name_of(&in, "by");
    return json_in_int(&in, "id", 1, CHAT_ID_MAX, &out->id) &&
           json_in_int(&in, "seq", 1, CHAT_ID_MAX, &out->seq);
}

void reports_put(struct model *m, struct json_in *in)
{
    struct slice raw, item;
    struct json_iter it;
    if (!json_in_raw(in, "reports", &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    take_count(m, m->dialog.room, in);
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &item);) {
        struct report one;
        if (!reports_read(m, item, &m->dialog.arena, &one))
            continue;
        struct dialog_row *row =
            dialog_add_row(&m->dialog, one.id, dialog_line(m, WORD_REPORT_SAID, one.from, one.text),
                           dialog_line(m, WORD_REPORT_WHY, one.by, one.reason));
        if (row)
            row->seq = one.seq;
    }
}

bool reports_may(const struct model *m, const struct message *msg)
{
    const struct room *room = model_open(m);
    return room && room->r.joined && room->r.kind != CHAT_DM && msg->seq && !msg->own &&
           !msg->deleted;
}
