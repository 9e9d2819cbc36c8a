/* See upd_kept.h. */
#include "upd_kept.h"

#include "chat_text.h"
#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include "upd_composer.h"
#include "upd_draft.h"
#include "upd_spare.h"
#include "upd_upload.h"
#include "update.h"
#include "utf8.h"

#define ELEMENT_ARENA_BYTES (2u << 20)
/* Written down at once before they go out, as long as they are few. */
#define AT_ONCE_N 20

/* One element as it lies there. */
struct element {
    int64_t user, room, reply_to, edit, ts, rev, base;
    struct slice text, aside, cid, spare, why;
    bool failed, too_large;
    const struct chat_file *files; /* on writing */
    uint32_t files_n;
    struct slice files_json; /* on reading */
};

static void put_number(struct json_out *o, const char *key, int64_t v)
{
    if (v)
        json_out_int(o, key, v);
}

static void put_text(struct json_out *o, const char *key, struct slice text)
{
    if (text.n)
        json_out_text(o, key, text);
}

static void put_files(struct json_out *o, const struct element *e)
{
    struct buf one = {.max = 16384};
    if (e->files_n)
        json_out_array(o, "files");
    for (uint32_t i = 0; i < e->files_n; i++) {
        buf_reset(&one);
        if (chat_file_encode(&e->files[i], &one) == ERR_OK)
            json_out_raw(o, NULL, buf_peek(&one));
    }
    if (e->files_n)
        json_out_array_end(o);
    buf_fini(&one);
}

/* The files of an element. Returns: how many. */
static uint32_t read_files(struct slice json, struct arena *arena,
                           struct chat_file out[UPLOAD_MESSAGE_MAX])
{
    struct json_iter it;
    struct slice one;
    uint32_t n = 0;
    if (json.n == 0 || json_type_of(json) != JSON_ARRAY)
        return 0;
    for (json_iter_init(&it, json); n < UPLOAD_MESSAGE_MAX && json_iter_next(&it, NULL, &one);)
        n += json_type_of(one) == JSON_OBJECT && chat_file_decode(one, arena, &out[n]) == ERR_OK &&
             out[n].id > 0;
    return n;
}

static enum err put_element(struct buf *out, const struct element *e)
{
    struct json_out o;
    size_t before_n = out->n;
    enum err err = out->n ? buf_putc(out, ',') : ERR_OK;
    json_out_start(&o, out);
    json_out_object(&o, NULL);
    put_number(&o, "user", e->user);
    put_number(&o, "room", e->room);
    put_text(&o, "cid", e->cid);
    put_text(&o, "text", e->text);
    put_number(&o, "reply_to", e->reply_to);
    put_number(&o, "edit", e->edit);
    put_number(&o, "rev", e->rev);
    put_number(&o, "base", e->base);
    put_text(&o, "aside", e->aside);
    put_text(&o, "spare", e->spare);
    put_number(&o, "ts", e->ts);
    if (e->failed)
        json_out_bool(&o, "failed", true);
    if (e->too_large)
        json_out_bool(&o, "too_large", true);
    put_text(&o, "why", e->why);
    put_files(&o, e);
    json_out_object_end(&o);
    enum err ended = json_out_end(&o);
    err = err ? err : ended;
    if (err != ERR_OK)
        out->n = before_n;
    return err;
}

static bool read_element(struct slice json, struct arena *arena, struct element *e)
{
    struct json_in in;
    *e = (struct element){0};
    json_in_start(&in, json, arena);
    json_in_int(&in, "user", 1, CHAT_ID_MAX, &e->user);
    json_in_int(&in, "room", 1, CHAT_ID_MAX, &e->room);
    json_in_int(&in, "reply_to", 1, CHAT_ID_MAX, &e->reply_to);
    json_in_int(&in, "edit", 1, CHAT_ID_MAX, &e->edit);
    json_in_int(&in, "rev", 1, CHAT_ID_MAX, &e->rev);
    json_in_int(&in, "base", 1, CHAT_ID_MAX, &e->base);
    json_in_int(&in, "ts", 0, CHAT_ID_MAX, &e->ts);
    json_in_text(&in, "text", &e->text);
    json_in_text(&in, "aside", &e->aside);
    json_in_text(&in, "spare", &e->spare);
    json_in_text(&in, "cid", &e->cid);
    json_in_bool(&in, "failed", &e->failed);
    json_in_bool(&in, "too_large", &e->too_large);
    json_in_text(&in, "why", &e->why);
    json_in_raw(&in, "files", &e->files_json);
    return in.err == ERR_OK && e->user && e->room;
}

/* files: borrowed, where its files go. */
static struct element of_draft(const struct model *m, const struct room *room,
                               struct chat_file files[UPLOAD_MESSAGE_MAX])
{
    const struct draft *d = &room->draft;
    return (struct element){.user = m->session.me.id,
                            .room = room->r.id,
                            .files = files,
                            .files_n = upd_upload_files(m, room->r.id, files),
                            .reply_to = d->reply_to,
                            .edit = d->edit,
                            .rev = upd_draft_synced(d) ? d->rev : 0,
                            .base = upd_draft_synced(d) ? 0 : d->rev,
                            .text = buf_peek(&d->text),
                            .aside = buf_peek(&d->aside)};
}

static struct element of_message(const struct model *m, const struct message *msg)
{
    return (struct element){.user = m->session.me.id,
                            .room = msg->room,
                            .text = msg->text,
                            .reply_to = msg->reply_to,
                            .files = msg->files,
                            .files_n = msg->files_n};
}

static bool holds_anything(const struct element *e)
{
    return e->text.n || e->aside.n || e->reply_to || e->files_n ||
           e->base; /* the server has not heard yet that it is empty */
}

/* edits: those of messages, too. */
static bool put_spares(const struct model *m, const struct room *room, bool edits, struct buf *out)
{
    bool ok = true;
    for (uint32_t i = 0; i < room->draft.spares_n; i++) {
        const struct spare *s = &room->draft.spares[i];
        struct element e = {.user = m->session.me.id,
                            .room = room->r.id,
                            .edit = s->edit,
                            .reply_to = s->reply_to,
                            .spare = buf_peek(&s->text)};
        if (edits || !s->edit)
            ok = put_element(out, &e) == ERR_OK && ok;
    }
    return ok;
}

static void put_drafts(const struct model *m, struct buf *out)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct chat_file files[UPLOAD_MESSAGE_MAX];
        struct element e = of_draft(m, m->rooms.at[i], files);
        if (holds_anything(&e))
            (void)put_element(out, &e); /* a smaller one may fit */
        (void)put_spares(m, m->rooms.at[i], true, out);
    }
}

static void put_outbox(const struct model *m, struct buf *out)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        const struct log *log = &m->rooms.at[i]->log;
        for (uint32_t j = log->numbered_n; j < log->n; j++) {
            const struct message *msg = log->at[j];
            struct element e = of_message(m, msg);
            e.cid = message_cid(msg);
            e.ts = msg->ts_ms;
            e.failed = msg->state == MESSAGE_FAILED;
            e.too_large = msg->too_large;
            if (msg->failure)
                e.why = slice_str(msg->failure);
            (void)put_element(out, &e);
        }
    }
}

/* What is carried along, then what is in the rooms, in brackets. */
static enum err encode(const struct model *m, const struct buf *carried,
                       void (*put)(const struct model *m, struct buf *out), struct buf *out)
{
    struct buf inner;
    buf_init(&inner, MODEL_KEPT_BYTES_MAX);
    enum err e = buf_put(&inner, buf_peek(carried));
    if (e == ERR_OK)
        put(m, &inner);
    if (e == ERR_OK && inner.n)
        e = buf_putc(out, '[');
    if (e == ERR_OK && inner.n)
        e = buf_put(out, buf_peek(&inner));
    if (e == ERR_OK && inner.n)
        e = buf_putc(out, ']');
    buf_fini(&inner);
    return e;
}

enum err upd_kept_encode_drafts(const struct model *m, struct buf *out)
{
    return encode(m, &m->kept_drafts, put_drafts, out);
}

enum err upd_kept_encode_outbox(const struct model *m, struct buf *out)
{
    return encode(m, &m->kept_outbox, put_outbox, out);
}

/* Carry the elements of the array along. */
static bool carry(struct buf *carried, struct slice kept)
{
    const struct json_limits limits = {.values_max = JSON_RELAY_VALUES_MAX,
                                       .allow_duplicate_keys = true};
    struct json_iter it;
    struct slice one;
    size_t before_n = carried->n;
    if (kept.n == 0 || json_check(kept, &limits) != ERR_OK || json_type_of(kept) != JSON_ARRAY)
        return true; /* not ours, and of no use */
    for (json_iter_init(&it, kept); json_iter_next(&it, NULL, &one);) {
        if (json_type_of(one) != JSON_OBJECT)
            continue;
        if ((carried->n && buf_putc(carried, ',') != ERR_OK) || buf_put(carried, one) != ERR_OK) {
            carried->n = before_n;
            return false;
        }
    }
    return true;
}

bool upd_kept_adopt_drafts(struct model *m, struct slice kept)
{
    return carry(&m->kept_drafts, kept);
}

bool upd_kept_adopt_outbox(struct model *m, struct slice kept)
{
    return carry(&m->kept_outbox, kept);
}

/* true: it is in its room now. */
static bool place_draft(struct model *m, struct room *room, const struct element *e,
                        struct arena *arena, struct effects *fx)
{
    struct draft *d = &room->draft;
    struct chat_file files[UPLOAD_MESSAGE_MAX];
    if (e->spare.n)
        return upd_spare_keep(d,
                              &(struct spare){.edit = e->edit,
                                              .reply_to = e->edit ? 0 : e->reply_to,
                                              .mark = UPD_DRAFT_UNKNOWN},
                              e->spare);
    uint32_t files_n = read_files(e->files_json, arena, files);
    bool written = e->text.n || e->aside.n, same = slice_eq(buf_peek(&d->text), e->text);
    if (written && !same &&
        (d->text.n || d->aside.n || (room->r.id == m->open && m->composer.stale)))
        return false; /* never over something else, nor its files to that */
    for (uint32_t i = 0; i < files_n; i++) {
        if (!upd_upload_keep(m, room->r.id, &files[i]))
            return false;
    }
    if (!written && !files_n && e->base && !d->text.n && !d->aside.n && !d->rev)
        upd_draft_kept(d, 0, e->base);
    if (!written || (same && e->text.n))
        return true;
    if (chat_text_clean(e->text, NULL, &d->text) != ERR_OK ||
        buf_put(&d->aside, e->aside) != ERR_OK) {
        buf_reset(&d->text);
        buf_reset(&d->aside);
        return false;
    }
    d->reply_to = e->reply_to;
    d->edit = e->edit;
    upd_draft_kept(d, e->rev, e->base);
    if (room->r.id == m->open)
        upd_composer_show(m, fx);
    return true;
}

static bool place_message(struct model *m, struct room *room, const struct element *e,
                          struct arena *arena, struct effects *fx)
{
    struct chat_file files[UPLOAD_MESSAGE_MAX];
    struct chat_message from = {.room = e->room,
                                .cid = e->cid,
                                .from = m->session.me,
                                .text = e->text,
                                .ts = e->ts,
                                .reply_to = e->reply_to,
                                .files = files,
                                .files_n = read_files(e->files_json, arena, files)};
    struct buf text = {.max = e->text.n + 1}; /* boot.js writes down what is pasted as it is */
    const struct composer_refusal refusal = {.too_large = e->too_large, .why = e->why};
    bool placed = chat_text_clean(e->text, NULL, &text) == ERR_OK;
    from.text = buf_peek(&text);
    if (placed && e->cid.n == CHAT_CID_HEX && (text.n || from.files_n))
        placed = fx->n + 16 < EFFECTS_MAX &&
                 upd_composer_add(m, room, &from, e->failed ? &refusal : NULL, fx);
    buf_fini(&text);
    return placed; /* what cannot have been a message of ours is gone */
}

/* The text alone is another's now, and goes when they send it. */
static bool place_inherited(struct model *m, struct room *room, struct element *e,
                            struct arena *arena, struct effects *fx)
{
    if (e->edit) {
        e->text = e->aside;
        e->spare = SL("");
    }
    e->aside = e->files_json = SL("");
    e->edit = e->rev = e->base = 0;
    return place_draft(m, room, e, arena, fx);
}

typedef bool (*place_fn)(struct model *m, struct room *room, const struct element *e,
                         struct arena *arena, struct effects *fx);

/* What has no place yet goes into rest. false: no memory. */
static bool place_one(struct model *m, struct slice json, place_fn place, struct buf *rest,
                      struct effects *fx)
{
    struct element e;
    struct arena arena;
    arena_init(&arena, ELEMENT_ARENA_BYTES);
    bool good = read_element(json, &arena, &e);
    bool mine = good && e.user == m->session.me.id;
    bool inherited = good && !mine && e.user == m->session.gone_guest;
    struct room *room = mine || inherited ? rooms_find(&m->rooms, e.room) : NULL;
    /* One that is only looked at is forgotten when it is left. */
    bool placed =
        !good ||
        (room && room->r.joined &&
         (inherited ? place_inherited(m, room, &e, &arena, fx) : place(m, room, &e, &arena, fx)));
    arena_fini(&arena);
    if (placed)
        return true;
    return (rest->n == 0 || buf_putc(rest, ',') == ERR_OK) && buf_put(rest, json) == ERR_OK;
}

/* Placing twice does no harm: without memory everything stays. */
static void place_all(struct model *m, struct buf *carried, place_fn place, struct effects *fx)
{
    struct buf rest = {.max = carried->max};
    struct json_iter it;
    struct slice one;
    bool ok = true;
    if (carried->n == 0)
        return;
    json_iter_init_elements(&it, buf_peek(carried));
    while (ok && json_iter_next(&it, NULL, &one))
        ok = place_one(m, one, place, &rest, fx);
    if (ok) {
        buf_fini(carried);
        *carried = rest;
    } else {
        buf_fini(&rest);
    }
}

void upd_kept_place(struct model *m, struct effects *fx)
{
    if (m->session.state != SESSION_IN && !m->cache.shown)
        return;
    place_all(m, &m->kept_outbox, place_message, fx); /* what was sent first is inherited first */
    place_all(m, &m->kept_drafts, place_draft, fx);
}

/* An edit goes with the room; what it stood before stays. */
static struct element of_left_draft(const struct model *m, const struct room *room,
                                    struct chat_file files[UPLOAD_MESSAGE_MAX])
{
    struct element e = of_draft(m, room, files);
    if (e.edit)
        e.text = e.aside;
    e.aside = SL("");
    e.edit = 0;
    e.rev = e.base = 0; /* the server forgets its own with the room */
    return e;
}

bool upd_kept_leaving_room(struct model *m, const struct room *room, struct effects *fx)
{
    struct chat_file files[UPLOAD_MESSAGE_MAX];
    struct element e = of_left_draft(m, room, files);
    bool any = e.text.n || e.files_n, ok = put_spares(m, room, false, &m->kept_drafts);
    for (uint32_t i = room->log.numbered_n; i < room->log.n; i++) {
        struct element unsent = of_message(m, room->log.at[i]);
        ok = put_element(&m->kept_drafts, &unsent) == ERR_OK && ok;
    }
    if (any && put_element(&m->kept_drafts, &e) == ERR_OK)
        upd_upload_gone(m, room->r.id, fx); /* they come back with it */
    else
        ok &= !any;
    any |= room->log.n > room->log.numbered_n || upd_spare_of(&room->draft, 0);
    if (any)
        model_unsaved(&m->drafts, m->now_ms);
    return any && ok;
}

void upd_kept_leaving(struct model *m)
{
    struct buf drafts, outbox;
    buf_init(&drafts, MODEL_KEPT_BYTES_MAX);
    buf_init(&outbox, MODEL_KEPT_BYTES_MAX);
    if (buf_put(&drafts, buf_peek(&m->kept_drafts)) == ERR_OK &&
        buf_put(&outbox, buf_peek(&m->kept_outbox)) == ERR_OK) {
        put_drafts(m, &drafts);
        put_outbox(m, &outbox);
        buf_fini(&m->kept_drafts);
        buf_fini(&m->kept_outbox);
        m->kept_drafts = drafts;
        m->kept_outbox = outbox;
        return;
    }
    buf_fini(&drafts);
    buf_fini(&outbox);
}

static enum err put_texts(struct slice kept, int64_t user, struct buf *out)
{
    struct json_iter it;
    struct slice one;
    struct element e;
    enum err err = ERR_OK;
    for (json_iter_init_elements(&it, kept); kept.n && !err && json_iter_next(&it, NULL, &one);) {
        struct arena arena;
        arena_init(&arena, ELEMENT_ARENA_BYTES);
        bool theirs = read_element(one, &arena, &e) && e.user == user;
        struct slice text = e.edit ? e.aside : e.spare.n ? e.spare : e.text;
        if (theirs && text.n) {
            err = out->n ? buf_put(out, SL("\n\n")) : ERR_OK;
            err = err ? err : buf_put(out, text);
        }
        arena_fini(&arena);
    }
    return err;
}

enum err upd_kept_put_texts(const struct model *m, int64_t user, struct buf *out)
{
    enum err e = put_texts(buf_peek(&m->kept_outbox), user, out);
    return e ? e : put_texts(buf_peek(&m->kept_drafts), user, out);
}

static bool due(struct unsaved *u, int64_t now_ms, int64_t after_ms)
{
    if (!u->on || now_ms - u->since_ms < after_ms)
        return false;
    u->on = false;
    return true;
}

void upd_kept_save(struct model *m, int64_t after_ms, struct effects *fx)
{
    int64_t outbox_ms = m->pending_n <= AT_ONCE_N ? 0 : after_ms;
    if (due(&m->drafts, m->now_ms, after_ms)) {
        effects_add(fx, (struct effect){.type = EFFECT_SAVE_DRAFTS});
        upd_draft_changed(m);
    }
    if (due(&m->outbox, m->now_ms, outbox_ms))
        effects_add(fx, (struct effect){.type = EFFECT_SAVE_OUTBOX});
}

int64_t upd_kept_wake_ms(const struct model *m)
{
    int64_t wake = INT64_MAX;
    if (m->drafts.on)
        wake = m->drafts.since_ms + UPDATE_DRAFT_SAVE_MS;
    if (m->outbox.on && m->outbox.since_ms + UPDATE_DRAFT_SAVE_MS < wake)
        wake = m->outbox.since_ms + UPDATE_DRAFT_SAVE_MS;
    return wake;
}
