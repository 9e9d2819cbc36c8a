/* See upd_spare.h. */
#include "upd_spare.h"

#include "upd_composer.h"
#include "upd_draft.h"
#include <string.h>

struct spare *upd_spare_of(const struct draft *d, int64_t edit)
{
    for (uint32_t i = 0; i < d->spares_n; i++) {
        if (d->spares[i].edit == edit)
            return (struct spare *)&d->spares[i];
    }
    return NULL;
}

/* Its buffer goes to the end, for the next one. */
void upd_spare_drop(struct draft *d, struct spare *s)
{
    if (!s)
        return;
    struct buf text = s->text;
    d->spares_n--;
    memmove(s, s + 1, (size_t)(d->spares + d->spares_n - s) * sizeof *s);
    buf_reset(&text);
    d->spares[d->spares_n] = (struct spare){.text = text};
}

static struct spare *add(struct draft *d, int64_t edit)
{
    if (d->spares_n == ROOM_SPARES_MAX)
        upd_spare_drop(d, &d->spares[d->spares[0].edit == 0]);
    struct spare *s = &d->spares[d->spares_n++];
    s->edit = edit;
    return s;
}

bool upd_spare_keep(struct draft *d, const struct spare *like, struct slice text)
{
    struct spare *s = upd_spare_of(d, like->edit);
    if (text.n == 0 || (s && slice_starts_with(buf_peek(&s->text), text)))
        return true;
    if (!s)
        s = add(d, like->edit);
    size_t before_n = s->text.n;
    bool longer = slice_starts_with(text, buf_peek(&s->text));
    s->mark = longer ? like->mark : 0;
    if (longer || !s->reply_to)
        s->reply_to = like->reply_to;
    if (longer)
        buf_reset(&s->text);
    if ((longer || buf_put(&s->text, SL("\n\n")) == ERR_OK) && buf_put(&s->text, text) == ERR_OK)
        return true;
    s->text.n = longer ? 0 : before_n;
    if (s->text.n == 0)
        upd_spare_drop(d, s);
    return false;
}

void upd_spare_click(struct model *m, bool use, struct effects *fx)
{
    struct room *room = model_open(m);
    struct spare *s = room ? upd_spare_of(&room->draft, room->draft.edit) : NULL;
    if (!s || (use && m->composer.stale)) /* that is not all of what the field holds */
        return;
    if (use) {
        struct buf text = room->draft.text;
        room->draft.text = s->text;
        s->text = text;
        s->mark = 0;
        if (!room->draft.edit) { /* each answers what it answers */
            int64_t reply_to = room->draft.reply_to;
            room->draft.reply_to = s->reply_to;
            s->reply_to = reply_to;
        }
        room->send_when_uploaded = false;
        upd_composer_show(m, fx);
    }
    if (!use || s->text.n == 0)
        upd_spare_drop(&room->draft, s);
    model_unsaved(&m->drafts, m->now_ms);
    upd_draft_changed(m);
    if (!m->coarse)
        effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
}
