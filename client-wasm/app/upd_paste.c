/* See upd_paste.h. */
#include "upd_paste.h"

#include "upd_draft.h"
#include "utf8.h"
#include <string.h>

static bool is_long(const struct model *m)
{
    return m->composer.stale || m->composer.chars_n > CHAT_TEXT_CHARS_MAX;
}

bool upd_paste_offered(const struct model *m, const struct room *room)
{
    return room && is_long(m) && !room->draft.edit && !room->draft.paste.file;
}

static bool lies_at(const struct paste *p, struct slice text, size_t from)
{
    return from <= text.n && p->n <= text.n - from &&
           upd_draft_mark((struct slice){text.p + from, p->n}, 0) == p->mark;
}

/* What the selection of before has become; where that cannot be, all of it. */
static struct paste find(const struct model *m, struct slice text, size_t was_n, uint32_t caret)
{
    const uint32_t *select = m->composer.select;
    struct paste p = {.n = 0};
    if (select[0] >= caret || select[1] < select[0] || was_n < select[1] || caret > text.n ||
        was_n - select[1] != text.n - caret)
        return p;
    p.from = select[0];
    p.n = caret - select[0];
    p.mark = upd_draft_mark((struct slice){text.p + p.from, p.n}, 0);
    return p;
}

void upd_paste_typed(struct model *m, struct room *room, size_t was_n, bool was_long,
                     uint32_t caret)
{
    struct paste *p = &room->draft.paste;
    struct slice text = buf_peek(&room->draft.text);
    size_t moved = p->from + text.n - was_n;
    if (room->draft.edit)
        return;
    if (p->n && !m->composer.stale && lies_at(p, text, p->from))
        return;
    if (p->n && !m->composer.stale && lies_at(p, text, moved))
        p->from = (uint32_t)moved;
    else
        *p = was_long || m->composer.stale || !is_long(m) ? (struct paste){0}
                                                          : find(m, text, was_n, caret);
}

void upd_paste_attach(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    uint32_t unfinished_n;
    if (!upd_paste_offered(m, room) || !room_writable(room))
        return;
    if (m->uploads.n == UPLOADS_MAX ||
        uploads_of(&m->uploads, room->r.id, &unfinished_n) == UPLOAD_MESSAGE_MAX) {
        m->composer.hint = HINT_TOO_MANY_FILES;
        return;
    }
    struct paste *p = &room->draft.paste;
    struct slice text = buf_peek(&room->draft.text);
    if (!p->n && !m->composer.stale)
        *p = (struct paste){.n = (uint32_t)text.n, .mark = upd_draft_mark(text, 0)};
    p->wanted = true;
    effects_add(fx, (struct effect){.type = EFFECT_FILE_TEXT,
                                    .id = p->from,
                                    .key = p->n ? p->from + p->n : 0,
                                    .text = words_get(&m->words, WORD_PASTED_FILE)});
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
}

void upd_paste_file(struct room *room, uint32_t file)
{
    if (room->draft.paste.wanted)
        room->draft.paste.file = file;
    room->draft.paste.wanted = false;
}

static struct paste *paste_of(const struct model *m, int64_t id, uint32_t file)
{
    struct room *room = rooms_find(&m->rooms, id);
    return room && file && room->draft.paste.file == file ? &room->draft.paste : NULL;
}

void upd_paste_gone(struct model *m, int64_t room, uint32_t file)
{
    struct paste *p = paste_of(m, room, file);
    if (p)
        p->file = 0;
}

static void show(struct model *m, const struct paste *p, struct slice text, struct effects *fx)
{
    struct composer *c = &m->composer;
    if (c->caret > p->from)
        c->caret = c->caret < p->from + p->n ? p->from : c->caret - p->n;
    if (c->caret > text.n)
        c->caret = (uint32_t)text.n;
    c->chars_n = utf8_length(text);
    c->hint = HINT_NONE;
    c->stale = false;
    effects_add(fx, (struct effect){.type = EFFECT_SHOW_DRAFT, .id = c->caret});
}

void upd_paste_stored(struct model *m, int64_t id, uint32_t file, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, id);
    struct paste *p = paste_of(m, id, file);
    if (!p)
        return;
    struct draft *d = &room->draft;
    struct buf *text = d->edit ? &d->aside : &d->text;
    struct paste cut = *p;
    *p = (struct paste){0};
    if (!cut.n && m->composer.stale && id == m->open)
        cut.n = (uint32_t)text->n;
    else if (!cut.n || !lies_at(&cut, buf_peek(text), cut.from))
        return;
    memmove(text->p + cut.from, text->p + cut.from + cut.n, text->n - cut.from - cut.n);
    text->n -= cut.n;
    model_unsaved(&m->drafts, m->now_ms);
    if (id == m->open && !d->edit)
        show(m, &cut, buf_peek(text), fx);
}
