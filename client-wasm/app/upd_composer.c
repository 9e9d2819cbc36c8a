/* See upd_composer.h. */
#include "upd_composer.h"

#include "chat_text.h"
#include "limits.h"
#include "mem.h"
#include "refusal.h"
#include "text.h"
#include "upd_held.h"
#include "upd_kept.h"
#include "upd_paste.h"
#include "upd_spare.h"
#include "upd_toast.h"
#include "upd_typing.h"
#include "upd_upload.h"
#include "upd_window.h"
#include "utf8.h"
#include <string.h>

static void hex(const unsigned char *cid, char out[CHAT_CID_HEX])
{
    for (size_t i = 0; i < CHAT_CID_HEX; i++)
        out[i] = "0123456789abcdef"[cid[i / 2] >> (i % 2 ? 0 : 4) & 15];
}

/* caret, in bytes, moves with what is left of the text. Of what is too much, the draft stays what it was. */
static void set_text(struct model *m, struct room *room, struct slice text, uint32_t *caret)
{
    struct composer *c = &m->composer;
    struct buf clean = {.max = room->draft.text.max};
    c->stale = chat_text_clean(text, caret, &clean) != ERR_OK;
    if (!c->stale) {
        struct buf was = room->draft.text;
        room->draft.text = clean;
        clean = was;
    }
    buf_fini(&clean);
    c->chars_n = utf8_length(c->stale ? text : buf_peek(&room->draft.text));
    c->hint = HINT_NONE;
    room->send_when_uploaded = false; /* it is another text now */
    if (!c->stale)
        model_unsaved(&m->drafts, m->now_ms);
}

static void show_draft(struct effects *fx, int64_t caret)
{
    effects_add(fx, (struct effect){.type = EFFECT_SHOW_DRAFT, .id = caret});
}

void upd_composer_input(struct model *m, const struct action_input *input, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room)
        return;
    bool composing = input->caret == UINT32_MAX;
    uint32_t caret = input->caret;
    size_t was_n = room->draft.text.n;
    bool was_long = m->composer.stale || m->composer.chars_n > CHAT_TEXT_CHARS_MAX;
    set_text(m, room, input->text, composing ? NULL : &caret);
    upd_paste_typed(m, room, was_n, was_long, caret);
    if (!composing)
        m->composer.caret = caret;
    if (!composing && !m->composer.stale && !slice_eq(buf_peek(&room->draft.text), input->text))
        show_draft(fx, caret); /* something pasted was cleaned */
    if (input->text.n)
        upd_typing_typed(m, room, fx);
    else
        upd_typing_stop(m, room, fx);
}

void upd_composer_show(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    m->composer = (struct composer){0};
    if (room) {
        m->composer.chars_n = utf8_length(buf_peek(&room->draft.text));
        m->composer.hint = upd_upload_hint(m, room);
    }
    show_draft(fx, -1);
}

void upd_composer_set(struct model *m, struct slice text, uint32_t caret, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room)
        return;
    set_text(m, room, text, &caret);
    m->composer.caret = caret;
    show_draft(fx, caret);
}

void upd_composer_select(struct model *m, struct slice text, uint32_t from, uint32_t to,
                         struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room)
        return;
    set_text(m, room, text, NULL);
    m->composer.caret = to;
    effects_add(fx, (struct effect){.type = EFFECT_SHOW_DRAFT, .id = from, .key = to});
}

static void focus(const struct model *m, struct effects *fx)
{
    if (!m->coarse)
        effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
}

/* The draft is done with: what had to stand aside comes back. */
static void clear_draft(struct model *m, struct room *room, struct effects *fx)
{
    struct draft *d = &room->draft;
    struct buf text = d->aside;
    d->aside = d->text;
    d->text = text;
    buf_reset(&d->aside);
    if (d->edit)
        d->edit = 0;
    else
        d->reply_to = 0;
    model_unsaved(&m->drafts, m->now_ms);
    if (room->r.id != m->open)
        return;
    m->composer.chars_n = utf8_length(buf_peek(&d->text));
    m->composer.hint = HINT_NONE;
    show_draft(fx, -1);
}

/* The message that is edited is let go of; a change that was not stored is there when it is edited again. */
static void leave_edit(struct model *m, struct room *room, struct effects *fx)
{
    struct draft *d = &room->draft;
    uint32_t at = log_find_seq(&room->log, d->edit);
    struct slice text = buf_peek(&d->text);
    if (!d->edit)
        return;
    if (text.n && (at == room->log.n || !slice_eq(room->log.at[at]->text, text)) &&
        upd_spare_keep(d, &(struct spare){.edit = d->edit}, text))
        upd_toast_word(m, WORD_EDIT_KEPT, fx);
    clear_draft(m, room, fx);
}

/* Show a message of ours. NULL: no memory. */
static struct message *add_own(struct model *m, struct room *room, const struct chat_message *from,
                               enum message_state state, bool earlier)
{
    uint32_t index;
    struct message *msg = message_new(from, m->session.person, m->session.me.id);
    if (!msg)
        return NULL;
    msg->key = m->next_key++;
    msg->state = (uint8_t)state;
    msg->sent_at_ms = m->now_ms;
    msg->earlier = earlier;
    if (room_insert(room, msg, &index) != ERR_OK) {
        message_free(msg);
        return NULL;
    }
    model_unsaved(&m->outbox, m->now_ms);
    return msg;
}

/* Show it and hand it over. */
static bool add_pending(struct model *m, struct room *room, const struct chat_message *from,
                        bool earlier, struct effects *fx)
{
    room->window.following |= room->r.id == m->open && !earlier;
    const struct message *msg = add_own(m, room, from, MESSAGE_PENDING, earlier);
    if (!msg)
        return false;
    m->pending_n++;
    effects_add(fx, (struct effect){.type = EFFECT_SEND, .id = room->r.id, .key = msg->key});
    return true;
}

static bool send_new(struct model *m, struct room *room, struct chat_message *from,
                     const unsigned char *cid, struct effects *fx)
{
    char digits[CHAT_CID_HEX];
    hex(cid, digits);
    from->room = room->r.id;
    from->cid = (struct slice){digits, CHAT_CID_HEX};
    from->from = m->session.me;
    from->ts = m->wall_ms;
    if (!add_pending(m, room, from, false, fx)) {
        m->composer.hint = HINT_FULL;
        return false;
    }
    if (room->r.id == m->open)
        upd_window_follow(m, room, fx);
    return true;
}

static void send_edit(struct model *m, struct room *room, struct slice text, struct effects *fx)
{
    uint32_t at = log_find_seq(&room->log, room->draft.edit);
    if (at == room->log.n)
        return;
    struct chat_request r = {
        .has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SEQ | 1ull << CHAT_FIELD_REV |
               1ull << CHAT_FIELD_TEXT,
        .room = room->r.id,
        .seq = room->draft.edit,
        .rev = room->log.at[at]->rev,
        .text = text,
    };
    if (m->conn.state != CONN_LIVE ||
        !effects_ask(fx, (struct ask){ASK_EDIT, room->r.id, r.seq}, EVENT_EDIT, r))
        m->composer.hint = HINT_OFFLINE_EDIT;
}

/* May what is in the field go now? */
static bool can_send(struct model *m, struct room *room, struct composer *c, bool has_text,
                     bool has_files)
{
    uint32_t unfinished_n;
    if (upd_held(m, room) == HELD_MUTED) {
        c->hint = HINT_MUTED;
        return false;
    }
    if ((c->chars_n > CHAT_TEXT_CHARS_MAX || c->stale) && !room->draft.paste.file) {
        c->hint = c->chars_n > CHAT_TEXT_CHARS_MAX ? HINT_TOO_LONG : HINT_FULL;
        return false;
    }
    if (uploads_of(&m->uploads, room->r.id, &unfinished_n) && unfinished_n && !room->draft.edit) {
        room->send_when_uploaded = true;
        c->hint = upd_upload_hint(m, room);
        return false;
    }
    return has_text || has_files;
}

static void send(struct model *m, struct room *room, const unsigned char *cid, struct effects *fx)
{
    struct chat_file files[UPLOAD_MESSAGE_MAX];
    struct composer other = {.chars_n = utf8_length(buf_peek(&room->draft.text))};
    struct slice text = text_trim(buf_peek(&room->draft.text));
    uint32_t files_n = room->draft.edit ? 0 : upd_upload_files(m, room->r.id, files);
    room->send_when_uploaded = false;
    if (!can_send(m, room, room->r.id == m->open ? &m->composer : &other, text.n > 0, files_n > 0))
        return;
    if (room->draft.edit) {
        send_edit(m, room, text, fx);
        return;
    }
    struct chat_message from = {
        .text = text, .reply_to = room->draft.reply_to, .files = files, .files_n = files_n};
    if (!send_new(m, room, &from, cid, fx))
        return;
    upd_upload_gone(m, room->r.id, fx);
    room->typed_told_ms = 0; /* the message says it */
    room->marker_seq = 0;
    clear_draft(m, room, fx);
    m->draft_due_ms =
        m->now_ms; /* elsewhere, too: whoever closes the page now would find it as a draft */
}

void upd_composer_send(struct model *m, const struct action *a, struct effects *fx)
{
    struct room *room = model_open(m);
    if (room && room_writable(room))
        send(m, room, a->cid, fx);
}

bool upd_composer_say(struct model *m, struct room *room, struct slice text,
                      const unsigned char *cid, struct effects *fx)
{
    struct buf clean = {.max = text.n};
    bool ok = room_writable(room) && upd_held(m, room) != HELD_MUTED &&
              utf8_length(text) <= CHAT_TEXT_CHARS_MAX &&
              chat_text_clean(text, NULL, &clean) == ERR_OK;
    struct chat_message from = {.text = text_trim(buf_peek(&clean))};
    ok = ok && from.text.n && send_new(m, room, &from, cid, fx);
    buf_fini(&clean);
    return ok;
}

void upd_composer_uploaded(struct model *m, const struct action *a, struct effects *fx)
{
    uint32_t unfinished_n;
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct room *room = m->rooms.at[i];
        (void)uploads_of(&m->uploads, room->r.id, &unfinished_n);
        if (!room->send_when_uploaded || unfinished_n)
            continue;
        room->send_when_uploaded = false; /* now, or when the person says so once more */
        if (room_writable(room))
            send(m, room, a->cid, fx);
        return; /* one file, one room, one cid */
    }
}

/* It has its number: among the numbered ones. */
static void number(struct model *m, struct room *room, uint32_t at, int64_t seq)
{
    uint32_t index;
    struct message *msg = room_take(room, at);
    m->pending_n -= msg->state == MESSAGE_PENDING;
    msg->state = MESSAGE_SENT;
    msg->seq = seq;
    msg->rev = 1;
    msg->stamp++;
    if (seq > room->r.seq)
        room->r.seq = seq;
    if (log_find_seq(&room->log, seq) < room->log.n || room_insert(room, msg, &index) != ERR_OK)
        message_free(msg);
    upd_window_settle(m, room);
}

static void set_refusal(struct message *msg, const struct composer_refusal *refusal)
{
    msg->too_large = refusal->too_large;
    msg->failure = refusal->why.n ? mem_alloc(refusal->why.n + 1) : NULL;
    if (msg->failure) {
        memcpy(msg->failure, refusal->why.p, refusal->why.n);
        msg->failure[refusal->why.n] = 0;
    }
}

static void set_failed(struct model *m, struct message *msg, const struct chat_answer *answer)
{
    struct refusal_text room;
    m->pending_n -= msg->state == MESSAGE_PENDING;
    msg->state = MESSAGE_FAILED;
    msg->stamp++;
    if (answer)
        set_refusal(msg, &(struct composer_refusal){
                             .too_large = answer->result == ERR_LIMIT,
                             .why = refusal_text(&m->words, REFUSAL_OF_ANY, &answer->why, &room)});
}

static struct room *room_of_cid(struct model *m, struct slice cid, uint32_t *at)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct room *room = m->rooms.at[i];
        *at = log_find_cid(&room->log, cid);
        if (*at < room->log.n)
            return room;
    }
    return NULL;
}

void upd_composer_sent(struct model *m, const struct action_sent *sent, struct effects *fx)
{
    uint32_t at;
    struct room *room = room_of_cid(m, sent->cid, &at);
    (void)fx;
    model_unsaved(&m->outbox, m->now_ms);
    if (!room)
        return; /* its event has come before */
    if (sent->sent == CHAT_SENT_OK)
        number(m, room, at, sent->seq);
    else
        set_failed(m, room->log.at[at], sent->answer);
}

static void drop(struct model *m, struct room *room, uint32_t at)
{
    struct message *msg = room_take(room, at);
    m->pending_n -= msg->state == MESSAGE_PENDING;
    message_free(msg);
    model_unsaved(&m->outbox, m->now_ms);
    upd_window_settle(m, room);
}

void upd_composer_edited(struct model *m, const struct action_answer *a, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, a->ask.room);
    if (!room || room->draft.edit != a->ask.number)
        return;
    if (a->answer->result == ERR_OK && a->answer->ok) {
        upd_spare_drop(&room->draft, upd_spare_of(&room->draft, a->ask.number)); /* not taken */
        clear_draft(m, room, fx);
        return;
    }
    if (room->r.id == m->open)
        m->composer.hint = a->answer->result == ERR_OK && a->answer->why.error == CHAT_CONFLICT
                               ? HINT_CONFLICT
                               : HINT_OFFLINE_EDIT;
}

void upd_composer_reply(struct model *m, const struct message *msg, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room || msg->seq == 0 || !room_writable(room))
        return;
    leave_edit(m, room, fx);
    room->draft.reply_to = msg->seq;
    model_unsaved(&m->drafts, m->now_ms);
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
}

void upd_composer_mention(struct model *m, struct slice name, struct effects *fx)
{
    struct room *room = model_open(m);
    struct buf line = {.max = CHAT_TEXT_CHARS_MAX};
    if (!room || !room_writable(room))
        return;
    struct slice text = buf_peek(&room->draft.text);
    enum err e = buf_put(&line, text);
    if (text.n && text.p[text.n - 1] != ' ' && text.p[text.n - 1] != '\n')
        e = e ? e : buf_put(&line, SL(" "));
    e = e ? e : buf_put(&line, SL("@"));
    e = e ? e : buf_put(&line, name);
    e = e ? e : buf_put(&line, SL(" "));
    if (e == ERR_OK)
        upd_composer_set(m, buf_peek(&line), (uint32_t)line.n, fx);
    buf_fini(&line);
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
}

void upd_composer_edit(struct model *m, const struct message *msg, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room || !msg->own || msg->seq == 0 || msg->deleted || !room_writable(room))
        return;
    struct draft *d = &room->draft;
    leave_edit(m, room, fx);
    struct buf aside = d->aside;
    d->aside = d->text;
    d->text = aside;
    d->edit = msg->seq;
    upd_composer_set(m, msg->text, (uint32_t)msg->text.n, fx);
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
}

void upd_composer_edit_last(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    for (uint32_t i = room ? room->log.numbered_n : 0; i-- > 0;) {
        if (room->log.at[i]->own && !room->log.at[i]->deleted) {
            upd_composer_edit(m, room->log.at[i], fx);
            return;
        }
    }
}

void upd_composer_delete(const struct message *msg, struct effects *fx)
{
    if (msg->seq == 0 || msg->deleted)
        return;
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SEQ,
                             .room = msg->room,
                             .seq = msg->seq};
    effects_ask(fx, (struct ask){ASK_DELETE, msg->room, msg->seq}, EVENT_DELETE, r);
}

void upd_composer_react(const struct message *msg, struct slice emoji, struct effects *fx)
{
    bool mine = false;
    if (msg->seq == 0 || msg->deleted || emoji.n == 0)
        return;
    for (uint32_t i = 0; i < msg->reactions_n; i++)
        mine |= msg->reactions[i].mine && slice_eq(msg->reactions[i].emoji, emoji);
    struct chat_request r = {
        .has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SEQ | 1ull << CHAT_FIELD_EMOJI |
               1ull << CHAT_FIELD_ON,
        .room = msg->room,
        .seq = msg->seq,
        .emoji = emoji,
        .on = !mine,
    };
    effects_ask(fx, (struct ask){ASK_REACT, msg->room, msg->seq}, EVENT_REACT, r);
}

bool upd_composer_cancel(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room || (!room->draft.edit && !room->draft.reply_to))
        return false;
    if (room->draft.edit)
        leave_edit(m, room, fx);
    else
        room->draft.reply_to = 0;
    model_unsaved(&m->drafts, m->now_ms);
    focus(m, fx);
    return true;
}

static uint32_t unnumbered(struct model *m, uint64_t key, struct room **room)
{
    *room = model_open(m);
    uint32_t at = *room ? log_find_key(&(*room)->log, key) : 0;
    if (!*room || at == (*room)->log.n || at < (*room)->log.numbered_n)
        *room = NULL;
    return at;
}

void upd_composer_retry(struct model *m, const struct action *a, uint64_t key, struct effects *fx)
{
    struct room *room;
    uint32_t at = unnumbered(m, key, &room);
    if (!room || room->log.at[at]->state != MESSAGE_FAILED)
        return;
    const struct message *msg = room->log.at[at];
    struct chat_message again = {
        .text = msg->text, .reply_to = msg->reply_to, .files = msg->files, .files_n = msg->files_n};
    if (send_new(m, room, &again, a->cid, fx))
        drop(m, room, log_find_key(&room->log, key));
    focus(m, fx);
}

/* Its text into the field, before what is there: what was being edited is another message. */
static void rework(struct model *m, struct room *room, uint32_t at, struct effects *fx)
{
    struct buf text;
    const struct message *msg = room->log.at[at];
    leave_edit(m, room, fx);
    if (!room->draft.reply_to)
        room->draft.reply_to = msg->reply_to;
    struct slice draft = buf_peek(&room->draft.text);
    buf_init(&text, room->draft.text.max);
    for (uint32_t i = 0; i < msg->files_n; i++)
        (void)upd_upload_keep(m, room->r.id, &msg->files[i]);
    enum err e = buf_put(&text, msg->text);
    if (e == ERR_OK && draft.n) /* nothing that was typed goes */
        e = buf_put(&text, SL("\n")) == ERR_OK ? buf_put(&text, draft) : ERR_NOMEM;
    if (e == ERR_OK) {
        upd_composer_set(m, buf_peek(&text), (uint32_t)text.n, fx);
        drop(m, room, at);
        effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
    }
    buf_fini(&text);
}

void upd_composer_unsent(struct model *m, struct slice cid, struct effects *fx)
{
    uint32_t at;
    struct room *room = room_of_cid(m, cid, &at);
    if (room && room->r.id == m->open && room->log.at[at]->key == m->composer.rework_key)
        rework(m, room, at, fx);
    else if (room)
        drop(m, room, at);
}

void upd_composer_rework(struct model *m, uint64_t key, struct effects *fx)
{
    struct room *room;
    uint32_t at = unnumbered(m, key, &room);
    if (!room)
        return;
    m->composer.rework_key = key;
    if (room->log.at[at]->state == MESSAGE_FAILED)
        rework(m, room, at, fx);
    else /* when it is taken back */
        effects_add(fx,
                    (struct effect){.type = EFFECT_UNSEND, .text = message_cid(room->log.at[at])});
}

void upd_composer_discard(struct model *m, uint64_t key, struct effects *fx)
{
    struct room *room;
    uint32_t at = unnumbered(m, key, &room);
    if (!room)
        return;
    m->composer.rework_key = 0;
    if (room->log.at[at]->state == MESSAGE_FAILED)
        drop(m, room, at);
    else
        effects_add(fx,
                    (struct effect){.type = EFFECT_UNSEND, .text = message_cid(room->log.at[at])});
    focus(m, fx);
}

bool upd_composer_add(struct model *m, struct room *room, const struct chat_message *from,
                      const struct composer_refusal *refusal, struct effects *fx)
{
    if (log_find_cid(&room->log, from->cid) < room->log.n)
        return true;
    struct message *failed = refusal ? add_own(m, room, from, MESSAGE_FAILED, true) : NULL;
    if (failed)
        set_refusal(failed, refusal);
    bool added = failed || (!refusal && add_pending(m, room, from, true, fx));
    upd_window_settle(m, room);
    return added;
}
