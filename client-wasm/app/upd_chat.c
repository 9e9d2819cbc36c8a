/* Messages in and out. A message of ours is shown at once and stays under one cid until the relay's
 * echo confirms it:
 *
 *   QUEUED --pump, connection up--> SENDING --echo--> SENT
 *     ^                               | connection lost: back to QUEUED
 *     |                               | no echo in time: FAILED
 *     +------------retry------------FAILED --discard--> GONE
 *
 * The echo is believed in every state, so a message that got through late, or twice, is shown once.
 */
#include "upd_chat.h"

#include "json.h"
#include "limits.h"
#include "msg.h"
#include "text.h"
#include "upd_announce.h"
#include "upd_window.h"
#include "update.h"
#include "utf8.h"

/* The sender's clock is believed in these bounds, else the time of arrival counts. */
#define TS_PAST_MAX_MS   (24 * 3600 * (int64_t)1000)
#define TS_FUTURE_MAX_MS (5 * 60 * (int64_t)1000)
/* Effects other than EMIT that one action may add. */
#define EFFECTS_SPARE 8

static int64_t believed_ts(const struct model *m, const struct msg_chat *chat)
{
    int64_t ts_ms = chat->timestamp_ms;
    bool near = chat->has_timestamp && ts_ms >= m->wall_ms - TS_PAST_MAX_MS &&
                ts_ms <= m->wall_ms + TS_FUTURE_MAX_MS;
    return near ? ts_ms : m->wall_ms;
}

static void add_received(struct model *m, const struct new_message *message)
{
    uint64_t key;
    if (model_add(m, message, &key) != ERR_OK)
        return;
    upd_window_added(m, false);
    if (message->kind != MESSAGE_TEXT)
        return;
    m->unread_n += !m->focused;
    upd_announce_message(m, message->user, message->text);
}

/* Something came that cannot be shown: say only that. */
static void add_empty(struct model *m, enum message_kind kind)
{
    add_received(m, &(struct new_message){.kind = kind, .ts_ms = m->wall_ms});
}

/* True when it is a message we have. Its echo confirms one of ours. */
static bool is_known(struct model *m, struct slice cid, struct effects *fx)
{
    struct message *known = model_find_cid(m, cid);
    if (!known)
        return false;
    if (known->state != MESSAGE_SENT) {
        model_set_state(m, known, MESSAGE_SENT);
        upd_chat_pump(m, fx);
    }
    return true;
}

void upd_chat_message(struct model *m, struct slice args, struct effects *fx)
{
    struct msg_chat chat;
    struct json_iter it;
    struct slice first;
    struct buf strings;
    json_iter_init_elements(&it, args);
    if (!json_iter_next(&it, NULL, &first))
        first = SL("null");
    buf_init(&strings, first.n);
    switch (msg_chat_decode(first, &strings, &chat, NULL)) {
    case ERR_OK:
        if (!is_known(m, chat.cid, fx)) {
            char user[CHAT_USER_CHARS_MAX * UTF8_BYTES_MAX];
            add_received(m, &(struct new_message){
                                .kind = MESSAGE_TEXT,
                                .ts_ms = believed_ts(m, &chat),
                                .user = text_trim(text_plain(chat.user, user)),
                                .text = chat.text,
                                .cid = chat.cid,
                            });
        }
        break;
    case ERR_LIMIT:
        add_empty(m, MESSAGE_TOO_LARGE);
        break;
    case ERR_INVALID:
        add_empty(m, MESSAGE_UNKNOWN);
        break;
    default: /* no memory: it cannot even be told */
        break;
    }
    buf_fini(&strings);
}

void upd_chat_send(struct model *m, struct slice cid, struct effects *fx)
{
    struct composer *c = &m->composer;
    struct slice text = text_trim(buf_peek(&c->draft));
    if (c->chars_n > CHAT_TEXT_CHARS_MAX || c->stale) {
        c->hint = c->chars_n > CHAT_TEXT_CHARS_MAX ? HINT_TOO_LONG : HINT_FULL;
        return;
    }
    if (text.n == 0)
        return;
    struct new_message message = {
        .kind = MESSAGE_TEXT,
        .state = MESSAGE_QUEUED,
        .own = true,
        .ts_ms = m->wall_ms,
        .user = buf_peek(&m->name),
        .text = text,
        .cid = cid,
    };
    uint64_t key;
    if (model_add(m, &message, &key) != ERR_OK) {
        c->hint = HINT_FULL;
        return;
    }
    upd_window_added(m, true);
    buf_reset(&c->draft);
    c->chars_n = 0;
    c->hint = HINT_NONE;
    c->unsaved = false;
    effects_add(fx, (struct effect){.type = EFFECT_SHOW_DRAFT});
    effects_add(fx, (struct effect){.type = EFFECT_SAVE_DRAFT});
    upd_chat_pump(m, fx);
}

/* The message, when it is ours and failed. */
static struct message *failed_message(struct model *m, uint64_t key)
{
    struct message *msg = model_message(m, key);
    return msg && msg->state == MESSAGE_FAILED ? msg : NULL;
}

enum err update_encode(const struct model *m, uint64_t key, struct buf *out)
{
    const struct message *msg = model_message(m, key);
    if (!msg)
        return ERR_NOTFOUND;
    struct msg_chat chat = {
        .text = msg->text,
        .has_timestamp = true,
        .timestamp_ms = msg->ts_ms,
        .user = msg->user,
        .cid = msg->cid,
    };
    return msg_chat_encode(&chat, out);
}

void upd_chat_retry(struct model *m, uint64_t key, struct effects *fx)
{
    struct message *msg = failed_message(m, key);
    if (!msg)
        return;
    model_set_state(m, msg, MESSAGE_QUEUED);
    upd_chat_pump(m, fx);
}

void upd_chat_discard(struct model *m, uint64_t key)
{
    struct message *msg = failed_message(m, key);
    if (msg)
        model_set_state(m, msg, MESSAGE_GONE);
}

void upd_chat_unsent(struct model *m, uint64_t key)
{
    struct message *msg = model_message(m, key);
    if (!msg || msg->state != MESSAGE_SENDING)
        return;
    model_set_state(m, msg, MESSAGE_FAILED);
    msg->sent_at_ms = 0;
}

void upd_chat_pump(struct model *m, struct effects *fx)
{
    uint64_t end = model_end(m);
    if (m->conn.state != CONN_LIVE)
        return;
    for (uint64_t key = m->log.first_key; key < end && m->queued_n; key++) {
        struct message *msg = model_message(m, key);
        if (m->in_flight_n == m->limits.in_flight_max || fx->n + EFFECTS_SPARE >= EFFECTS_MAX)
            return;
        if (msg->state != MESSAGE_QUEUED)
            continue;
        model_set_state(m, msg, MESSAGE_SENDING);
        msg->sent_at_ms = m->now_ms;
        effects_add(fx, (struct effect){.type = EFFECT_EMIT, .key = key});
    }
}

/* The last thing in the log, unless it is not shown. NULL: nothing. */
static struct message *last_shown(struct model *m)
{
    for (uint64_t key = model_end(m); key-- > m->log.first_key;) {
        struct message *msg = model_message(m, key);
        if (msg->state != MESSAGE_GONE)
            return msg;
    }
    return NULL;
}

void upd_chat_gap(struct model *m, int64_t since_ms)
{
    struct message *gap = last_shown(m);
    if (!gap || gap->kind != MESSAGE_GAP) {
        uint64_t key;
        if (model_add(m, &(struct new_message){.kind = MESSAGE_GAP, .ts_ms = since_ms}, &key) !=
            ERR_OK)
            return;
        upd_window_grown(m);
        gap = model_message(m, key);
    }
    gap->end_ms = m->wall_ms;
}

void upd_chat_lost(struct model *m)
{
    for (uint64_t key = model_end(m); key-- > m->log.first_key && m->in_flight_n;) {
        struct message *msg = model_message(m, key);
        if (msg->state == MESSAGE_SENDING)
            model_set_state(m, msg, MESSAGE_QUEUED);
    }
}

void upd_chat_tick(struct model *m, struct effects *fx)
{
    uint32_t seen_n = 0, under_way_n = m->in_flight_n;
    for (uint64_t key = model_end(m); key-- > m->log.first_key && seen_n < under_way_n;) {
        struct message *msg = model_message(m, key);
        if (msg->state != MESSAGE_SENDING)
            continue;
        seen_n++;
        if (m->now_ms - msg->sent_at_ms >= UPDATE_ECHO_TIMEOUT_MS)
            model_set_state(m, msg, MESSAGE_FAILED);
    }
    if (m->in_flight_n < under_way_n)
        upd_chat_pump(m, fx);
}

int64_t upd_chat_wake_ms(const struct model *m)
{
    int64_t wake = INT64_MAX;
    uint32_t seen_n = 0;
    for (uint64_t key = model_end(m); key-- > m->log.first_key && seen_n < m->in_flight_n;) {
        const struct message *msg = model_message(m, key);
        if (msg->state != MESSAGE_SENDING)
            continue;
        seen_n++;
        int64_t at = msg->sent_at_ms + UPDATE_SLOW_AFTER_MS;
        if (at <= m->now_ms)
            at = msg->sent_at_ms + UPDATE_ECHO_TIMEOUT_MS;
        if (at < wake)
            wake = at;
    }
    return wake;
}
