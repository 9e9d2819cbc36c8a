/* See upd_upload.h. */
#include "upd_upload.h"

#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include "refusal.h"
#include "text.h"
#include "upd_paste.h"
#include "utf8.h"
#include <string.h>

#define AGAIN_MS    1000
#define AGAIN_MAX_N 5 /* doublings */
#define PATH_BYTES  64

static struct upload *find(struct model *m, int64_t file)
{
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        if (m->uploads.at[i].file == file && file)
            return &m->uploads.at[i];
    }
    return NULL;
}

static struct upload *find_id(struct model *m, int64_t id)
{
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        if (m->uploads.at[i].id == id && id)
            return &m->uploads.at[i];
    }
    return NULL;
}

/* Its buffers go to the end, for the next one. */
static void drop(struct model *m, struct upload *up)
{
    struct uploads *u = &m->uploads;
    struct upload old = *up;
    memmove(up, up + 1, (size_t)(u->at + u->n - up - 1) * sizeof *up);
    u->n--;
    buf_reset(&old.name);
    buf_reset(&old.error);
    buf_reset(&old.type);
    buf_reset(&old.alt);
    u->at[u->n] =
        (struct upload){.name = old.name, .error = old.error, .type = old.type, .alt = old.alt};
}

/* A request about one that has an id. */
static void http(const struct upload *up, enum ask_kind kind, const char *behind, bool remove,
                 struct effects *fx)
{
    struct buf path = {.max = PATH_BYTES};
    if (fx->n < EFFECTS_MAX && buf_put(&path, SL("/api/v1/files/")) == ERR_OK &&
        buf_put_u64(&path, (unsigned long long)up->id) == ERR_OK &&
        buf_put(&path, slice_str(behind)) == ERR_OK)
        effects_add(
            fx, (struct effect){.type = EFFECT_HTTP,
                                .ask = {kind, up->room, kind == ASK_FILE_THERE ? up->id : up->file},
                                .http = {.signed_in = true,
                                         .remove = remove,
                                         .path = effects_text(fx, buf_peek(&path))}});
    buf_fini(&path);
}

static void ask_new(struct upload *up, struct effects *fx)
{
    struct json_out o;
    struct buf body = {.max = 4 * UPLOAD_NAME_BYTES_MAX};
    json_out_start(&o, &body);
    json_out_object(&o, NULL);
    json_out_text(&o, "name", buf_peek(&up->name));
    json_out_int(&o, "size", up->size);
    json_out_int(&o, "room", up->room);
    json_out_object_end(&o);
    if (json_out_end(&o) == ERR_OK) {
        up->state = UPLOAD_ASKED;
        effects_add(fx, (struct effect){.type = EFFECT_HTTP,
                                        .ask = {ASK_FILE_NEW, up->room, up->file},
                                        .http = {.post = true,
                                                 .signed_in = true,
                                                 .path = SL("/api/v1/files"),
                                                 .json = effects_text(fx, buf_peek(&body))}});
    }
    buf_fini(&body);
}

static void put_piece(struct upload *up, struct effects *fx)
{
    int64_t left = up->size - up->sent;
    up->state = UPLOAD_SENDING;
    effects_add(fx, (struct effect){.type = EFFECT_FILE_PUT,
                                    .id = up->file,
                                    .number = up->id,
                                    .key = (uint64_t)up->sent,
                                    .count = (uint32_t)(left < up->chunk ? left : up->chunk)});
}

/* One at a time: the next one that waits for its turn. */
static void pump(struct model *m, struct effects *fx)
{
    struct upload *next = NULL;
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        struct upload *up = &m->uploads.at[i];
        if (up->state != UPLOAD_NEW && up->state != UPLOAD_DONE && up->state != UPLOAD_FAILED)
            return;
        if (up->state == UPLOAD_NEW && !next)
            next = up;
    }
    if (next)
        ask_new(next, fx);
}

enum composer_hint upd_upload_hint(const struct model *m, const struct room *room)
{
    if (!room->send_when_uploaded)
        return HINT_NONE;
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        if (m->uploads.at[i].room == room->r.id && m->uploads.at[i].state == UPLOAD_FAILED)
            return HINT_UPLOAD_FAILED;
    }
    return HINT_UPLOADING;
}

/* Its files have changed, or how they are. */
static void show_hint(struct model *m, const struct room *room)
{
    enum composer_hint *hint = &m->composer.hint;
    bool ours = *hint == HINT_NONE || *hint == HINT_UPLOADING || *hint == HINT_UPLOAD_FAILED;
    if (room && room->r.id == m->open && ours)
        *hint = upd_upload_hint(m, room);
}

/* What was to go with the files that are there is another message now. */
static void hold(struct model *m, int64_t id)
{
    struct room *room = rooms_find(&m->rooms, id);
    if (room)
        room->send_when_uploaded = false;
    show_hint(m, room);
}

static void fail(struct upload *up, struct slice why)
{
    up->state = UPLOAD_FAILED;
    buf_reset(&up->error);
    if (buf_put(&up->error, why) != ERR_OK)
        buf_reset(&up->error);
}

static void wait(struct model *m, struct upload *up)
{
    uint32_t n = up->tries < AGAIN_MAX_N ? up->tries : AGAIN_MAX_N;
    up->tries++;
    up->state = UPLOAD_WAITING;
    up->again_ms = m->now_ms + ((int64_t)AGAIN_MS << n);
}

void upd_upload_add(struct model *m, const struct action_file *file, struct effects *fx)
{
    struct room *room = model_open(m);
    uint32_t unfinished_n;
    if (!room || !room_writable(room)) {
        effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = file->number});
        return;
    }
    if (m->uploads.n == UPLOADS_MAX ||
        uploads_of(&m->uploads, room->r.id, &unfinished_n) == UPLOAD_MESSAGE_MAX) {
        m->composer.hint = HINT_TOO_MANY_FILES;
        effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = file->number});
        return;
    }
    struct upload *up = &m->uploads.at[m->uploads.n++];
    up->file = file->number;
    up->room = room->r.id;
    up->size = file->size;
    up->state = UPLOAD_NEW;
    upd_paste_file(room, file->number);
    hold(m, up->room);
    if (buf_put(&up->name, file->name) != ERR_OK)
        buf_reset(&up->name);
    if (file->size == 0)
        fail(up, words_get(&m->words, WORD_FILE_EMPTY));
    pump(m, fx);
}

static bool take_file(struct upload *up, const struct chat_file *file)
{
    buf_reset(&up->name);
    buf_reset(&up->type);
    up->id = file->id;
    up->size = up->sent = file->size;
    up->width = file->width;
    up->height = file->height;
    up->state = UPLOAD_DONE;
    return buf_put(&up->name, file->name) == ERR_OK && buf_put(&up->type, file->type) == ERR_OK;
}

bool upd_upload_keep(struct model *m, int64_t room, const struct chat_file *file)
{
    uint32_t unfinished_n;
    if (find_id(m, file->id))
        return true;
    if (m->uploads.n == UPLOADS_MAX ||
        uploads_of(&m->uploads, room, &unfinished_n) == UPLOAD_MESSAGE_MAX)
        return false;
    struct upload *up = &m->uploads.at[m->uploads.n++];
    up->room = room;
    if (!take_file(up, file) || buf_put(&up->alt, file->alt) != ERR_OK) {
        drop(m, up);
        return false;
    }
    up->unsure = true;
    hold(m, room);
    return true;
}

/* The server has forgotten it, or never had it whole: from the beginning. */
static void forget(struct upload *up)
{
    up->id = 0;
    up->sent = 0;
    up->state = UPLOAD_NEW;
}

/* Will it be better by itself? A full disk needs somebody who makes room. */
static bool passes(unsigned status)
{
    return status == 0 || status == 401 || status == 429 || (status >= 500 && status != 507);
}

/* What an answer says: how far it is, or the whole file, or why not. */
static void read_answer(struct model *m, struct upload *up, unsigned status, struct slice body,
                        struct effects *fx)
{
    struct arena arena;
    struct json_in in;
    struct slice raw;
    struct chat_file file;
    int64_t before = up->sent;
    bool object = body.n && json_check(body, NULL) == ERR_OK && json_type_of(body) == JSON_OBJECT;
    arena_init(&arena, 64u << 10);
    if (object)
        json_in_start(&in, body, &arena);
    bool ok = object && (status / 100 == 2 || status == 409);
    bool has_offset = ok && json_in_int(&in, "offset", 0, up->size, &up->sent);
    bool has_file = ok && json_in_raw(&in, "file", &raw) &&
                    chat_file_decode(raw, &arena, &file) == ERR_OK && file.id > 0;
    if (has_file && up->id == 0) {
        up->id = file.id;
        json_in_int(&in, "chunk", 1, 64 << 20, &up->chunk);
    }
    if (up->chunk == 0)
        up->chunk = 1 << 20;
    if (has_file && has_offset && up->sent == up->size) {
        up->tries = 0;
        if (!take_file(up, &file))
            fail(up, words_get(&m->words, WORD_DEVICE_FULL));
    } else if (has_offset && up->id && (status != 409 || up->sent > before)) {
        if (up->sent > before)
            up->tries = 0; /* else it is tried ever more seldom */
        put_piece(up, fx);
    } else if (has_offset || passes(status)) {
        wait(m, up);
    } else {
        struct answer_refusal why;
        struct refusal_text room;
        fail(up, object && refusal_read(body, &arena, &why)
                     ? refusal_text(&m->words, REFUSAL_OF_FILE, &why, &room)
                     : SL(""));
    }
    arena_fini(&arena);
}

static void go_on(struct model *m, struct upload *up, struct effects *fx)
{
    m->drafts.on |= up->state == UPLOAD_DONE;
    if (up->state == UPLOAD_DONE)
        upd_paste_stored(m, up->room, up->file, fx);
    show_hint(m, rooms_find(&m->rooms, up->room));
    pump(m, fx);
}

/* It was cancelled before it had a number. */
static void take_back(const struct action_http *a, struct effects *fx)
{
    struct arena arena;
    struct json_in in;
    struct slice raw;
    struct chat_file file;
    arena_init(&arena, 64u << 10);
    if (a->status / 100 == 2 && json_check(a->body, NULL) == ERR_OK &&
        json_type_of(a->body) == JSON_OBJECT) {
        json_in_start(&in, a->body, &arena);
        if (json_in_raw(&in, "file", &raw) && chat_file_decode(raw, &arena, &file) == ERR_OK)
            http(&(struct upload){.id = file.id, .room = a->ask.room}, ASK_NOTHING, "", true, fx);
    }
    arena_fini(&arena);
}

void upd_upload_answer(struct model *m, const struct action_http *a, struct effects *fx)
{
    struct upload *up = find(m, a->ask.number);
    if (!up && a->ask.kind == ASK_FILE_NEW)
        take_back(a, fx);
    if (!up || (up->state != UPLOAD_ASKED && up->state != UPLOAD_LOOKING))
        return;
    if (up->state == UPLOAD_LOOKING && a->status == 404)
        forget(up);
    else
        read_answer(m, up, a->status, a->body, fx);
    go_on(m, up, fx);
}

void upd_upload_there(struct model *m, const struct action_http *a, struct effects *fx)
{
    struct upload *up = find_id(m, a->ask.number);
    if (!up || up->state != UPLOAD_DONE || a->status != 404)
        return;
    if (up->file)
        forget(up);
    else
        fail(up, words_get(&m->words, WORD_REFUSED_NO_FILE));
    model_unsaved(&m->drafts, m->now_ms); /* a dead one is not kept */
    go_on(m, up, fx);
}

void upd_upload_resumed(struct model *m)
{
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        struct upload *up = &m->uploads.at[i];
        up->unsure |= up->state == UPLOAD_DONE;
        if (up->state != UPLOAD_SENDING && up->state != UPLOAD_WAITING)
            continue;
        up->state = UPLOAD_WAITING;
        up->again_ms = m->now_ms;
    }
}

void upd_upload_sent(struct model *m, const struct action_piece *piece, struct effects *fx)
{
    struct upload *up = find(m, piece->number);
    if (!up || up->state != UPLOAD_SENDING)
        return;
    if (piece->status == 404) {
        forget(up);
        wait(m, up);
    } else {
        read_answer(m, up, piece->status, piece->body, fx);
    }
    go_on(m, up, fx);
}

static struct upload *at_key(struct model *m, uint64_t key)
{
    return key >= 1 && key <= m->uploads.n ? &m->uploads.at[key - 1] : NULL;
}

void upd_upload_cancel(struct model *m, uint64_t key, struct effects *fx)
{
    struct upload *up = at_key(m, key);
    if (!up)
        return;
    upd_paste_gone(m, up->room, up->file);
    if (up->id)
        http(up, ASK_NOTHING, "", true, fx);
    if (up->file)
        effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = up->file});
    int64_t room = up->room;
    uint32_t unfinished_n;
    drop(m, up);
    (void)uploads_of(&m->uploads, room, &unfinished_n);
    if (unfinished_n)
        show_hint(m, rooms_find(&m->rooms, room));
    else
        hold(m, room); /* it does not go without this one unless the person says so */
    m->drafts.on = true;
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
    pump(m, fx);
}

void upd_upload_describe(struct model *m, uint64_t key, struct slice text)
{
    struct upload *up = at_key(m, key);
    if (!up || text.n > UPLOAD_ALT_BYTES_MAX || utf8_length(text) > CHAT_ALT_CHARS_MAX)
        return;
    buf_reset(&up->alt);
    if (buf_put(&up->alt, text) != ERR_OK)
        buf_reset(&up->alt);
    model_unsaved(&m->drafts, m->now_ms);
}

void upd_upload_retry(struct model *m, uint64_t key, struct effects *fx)
{
    struct upload *up = at_key(m, key);
    if (!up || up->state != UPLOAD_FAILED || up->file == 0 || up->size == 0)
        return;
    if (up->id)
        http(up, ASK_NOTHING, "", true, fx); /* nobody else would remove what is there of it */
    forget(up);
    show_hint(m, rooms_find(&m->rooms, up->room));
    pump(m, fx);
}

uint32_t upd_upload_files(const struct model *m, int64_t room,
                          struct chat_file out[UPLOAD_MESSAGE_MAX])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->uploads.n && n < UPLOAD_MESSAGE_MAX; i++) {
        const struct upload *up = &m->uploads.at[i];
        if (up->room == room && up->state == UPLOAD_DONE)
            out[n++] = (struct chat_file){.id = up->id,
                                          .name = buf_peek(&up->name),
                                          .type = buf_peek(&up->type),
                                          .alt = upload_is_image(up) ? text_trim(buf_peek(&up->alt))
                                                                     : SL(""),
                                          .size = up->size,
                                          .width = up->width,
                                          .height = up->height};
    }
    return n;
}

void upd_upload_gone(struct model *m, int64_t room, struct effects *fx)
{
    for (uint32_t i = m->uploads.n; i-- > 0;) {
        struct upload *up = &m->uploads.at[i];
        if (up->room != room || up->state != UPLOAD_DONE)
            continue;
        if (up->file && fx->n < EFFECTS_MAX)
            effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = up->file});
        drop(m, up);
    }
}

void upd_upload_forget(struct model *m, struct effects *fx)
{
    while (m->uploads.n) {
        struct upload *up = &m->uploads.at[m->uploads.n - 1];
        if (up->file && fx->n < EFFECTS_MAX)
            effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = up->file});
        drop(m, up);
    }
}

void upd_upload_settle(struct model *m, struct effects *fx)
{
    bool busy = false;
    for (uint32_t i = 0; i < m->uploads.n; i++)
        busy |= m->uploads.at[i].state != UPLOAD_DONE && m->uploads.at[i].state != UPLOAD_FAILED;
    if (busy == m->uploads.busy || fx->n == EFFECTS_MAX)
        return;
    m->uploads.busy = busy;
    effects_add(fx, (struct effect){.type = EFFECT_STAY, .on = busy});
}

/* Is it to be asked now whether the server still has it? */
static bool may_ask(const struct model *m, const struct upload *up)
{
    return up->unsure && up->state == UPLOAD_DONE && m->conn.state == CONN_LIVE && m->resumed;
}

void upd_upload_tick(struct model *m, struct effects *fx)
{
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        struct upload *up = &m->uploads.at[i];
        if (may_ask(m, up) && fx->n < EFFECTS_MAX / 2) {
            up->unsure = false;
            http(up, ASK_FILE_THERE, "/upload", false, fx);
        }
        if (up->state != UPLOAD_WAITING || up->again_ms > m->now_ms)
            continue;
        if (up->id == 0) {
            ask_new(up, fx);
        } else {
            up->state = UPLOAD_LOOKING;
            http(up, ASK_FILE_OFFSET, "/upload", false, fx);
        }
    }
}

int64_t upd_upload_wake_ms(const struct model *m)
{
    int64_t wake = INT64_MAX;
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        if (may_ask(m, &m->uploads.at[i]))
            return m->now_ms;
        if (m->uploads.at[i].state == UPLOAD_WAITING && m->uploads.at[i].again_ms < wake)
            wake = m->uploads.at[i].again_ms;
    }
    return wake;
}
