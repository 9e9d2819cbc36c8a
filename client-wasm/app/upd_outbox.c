/* The outbox as it is kept: a JSON array of messages as they go to the server. */
#include "upd_outbox.h"

#include "json.h"
#include "limits.h"
#include "msg.h"
#include "upd_chat.h"
#include "upd_window.h"
#include "update.h"

enum err update_encode_outbox(const struct model *m, struct buf *out)
{
    for (uint64_t key = m->log.first_key; key < model_end(m); key++) {
        if (!model_unconfirmed(model_message(m, key)))
            continue;
        size_t before_n = out->n;
        enum err e = buf_putc(out, before_n ? ',' : '[');
        if (e == ERR_OK)
            e = update_encode(m, key, out);
        /* Room for the bracket at the end. */
        if (e == ERR_OK && out->n == out->max)
            e = ERR_LIMIT;
        if (e != ERR_OK)
            out->n = before_n;
        if (e == ERR_LIMIT)
            break;
        if (e != ERR_OK)
            return e;
    }
    return out->n ? buf_putc(out, ']') : ERR_OK;
}

void upd_outbox_save(struct model *m, int64_t after_ms, struct effects *fx)
{
    struct outbox *o = &m->outbox;
    if (!o->unsaved || m->now_ms - o->unsaved_since_ms < after_ms)
        return;
    o->unsaved = false;
    effects_add(fx, (struct effect){.type = EFFECT_SAVE_OUTBOX});
}

int64_t upd_outbox_wake_ms(const struct model *m)
{
    const struct outbox *o = &m->outbox;
    return o->unsaved ? o->unsaved_since_ms + UPDATE_DRAFT_SAVE_MS : INT64_MAX;
}

/* False without memory. What cannot have been a message of ours is passed over. */
static bool adopt_one(struct model *m, struct slice kept)
{
    struct msg_chat chat;
    struct buf strings;
    buf_init(&strings, kept.n);
    enum err e = msg_chat_decode(kept, &strings, &chat, NULL);
    if (e == ERR_OK && chat.cid.n && chat.text.n && !model_find_cid(m, chat.cid)) {
        struct new_message message = {
            .kind = MESSAGE_TEXT,
            .state = MESSAGE_QUEUED,
            .own = true,
            .ts_ms = chat.has_timestamp ? chat.timestamp_ms : m->wall_ms,
            .user = chat.user,
            .text = chat.text,
            .cid = chat.cid,
        };
        uint64_t key;
        e = model_add(m, &message, &key);
        if (e == ERR_OK)
            upd_window_added(m, true);
    }
    buf_fini(&strings);
    return e != ERR_NOMEM;
}

void upd_outbox_adopt(struct model *m, struct slice kept, struct effects *fx)
{
    const struct json_limits limits = {.values_max = JSON_RELAY_VALUES_MAX,
                                       .allow_duplicate_keys = true};
    struct json_iter it;
    struct slice one;
    if (kept.n == 0)
        return;
    fx->handled = true;
    if (json_check(kept, &limits) != ERR_OK || json_type_of(kept) != JSON_ARRAY)
        return;
    for (json_iter_init(&it, kept); json_iter_next(&it, NULL, &one);) {
        if (!adopt_one(m, one))
            fx->handled = false;
    }
    upd_chat_pump(m, fx);
    upd_outbox_save(m, 0, fx);
}
