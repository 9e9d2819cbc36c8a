/* See dialog_kept.h. */
#include "dialog_kept.h"

void dialog_kept_forget(struct dialog_kept *k)
{
    for (size_t i = 0; i < DIALOG_KEPT_MAX; i++)
        buf_fini(&k->texts[i]);
    *k = (struct dialog_kept){0};
}

void dialog_keep(struct dialog_kept *k, const struct dialog *d)
{
    size_t n = 0;
    dialog_kept_forget(k);
    for (size_t i = 0; i < DIALOG_FIELDS_MAX && n < DIALOG_KEPT_MAX; i++) {
        const struct dialog_field *f = &d->fields[i];
        if (f->field == DOM_FIELD_FILTER || f->text.n == 0)
            continue;
        buf_init(&k->texts[n], DIALOG_FIELD_BYTES);
        if (buf_put(&k->texts[n], buf_peek(&f->text)) == ERR_OK)
            k->fields[n++] = f->field;
    }
    k->kind = n ? d->kind : DIALOG_NONE;
    k->about = d->about;
}

void dialog_kept_fill(const struct dialog_kept *k, struct dialog *d)
{
    if (k->kind != d->kind || k->about != d->about)
        return;
    for (size_t i = 0; i < DIALOG_KEPT_MAX && k->fields[i]; i++)
        dialog_fill(d, k->fields[i], buf_peek(&k->texts[i]));
}
