/* See dialog_kept.h. */
#include "dialog_kept.h"

#include "text.h"
#include <string.h>

/* A room's is opened in the room; in the administration, one looks at persons and writes of none. */
static int64_t about_of(const struct dialog *d)
{
    return d->kind == DIALOG_ROOM_MENU ? d->room : d->kind == DIALOG_ADMIN ? 0 : d->about;
}

static void take_out(struct dialog_kept *k, uint32_t i)
{
    for (size_t j = 0; j < DIALOG_KEPT_FIELDS_MAX; j++) {
        buf_fini(&k->at[i].fields[j].text);
        buf_fini(&k->at[i].fields[j].followed);
    }
    k->n--;
    memmove(&k->at[i], &k->at[i + 1], (k->n - i) * sizeof k->at[0]);
    k->at[k->n] = (struct dialog_kept_one){0};
}

static uint32_t find(const struct dialog_kept *k, const struct dialog *d)
{
    uint32_t i = 0;
    while (i < k->n && (k->at[i].kind != d->kind || k->at[i].about != about_of(d)))
        i++;
    return i;
}

void dialog_kept_drop(struct dialog_kept *k, const struct dialog *d)
{
    uint32_t i = find(k, d);
    if (i < k->n)
        take_out(k, i);
}

void dialog_kept_forget(struct dialog_kept *k)
{
    while (k->n)
        take_out(k, k->n - 1);
}

/* By the person, and not secret. */
static bool is_written(const struct dialog_field *f)
{
    return f->field != DOM_FIELD_FILTER && f->field != DOM_FIELD_PASSWORD &&
           f->field != DOM_FIELD_PASSWORD_NEW &&
           !slice_eq(text_trim(buf_peek(&f->text)), text_trim(buf_peek(&f->followed)));
}

void dialog_keep(struct dialog_kept *k, const struct dialog *d)
{
    struct dialog_kept_one one = {.kind = d->kind, .about = about_of(d)};
    size_t n = 0;
    for (size_t i = 0; i < DIALOG_FIELDS_MAX && n < DIALOG_KEPT_FIELDS_MAX; i++) {
        struct dialog_kept_field *to = &one.fields[n];
        if (!is_written(&d->fields[i]))
            continue;
        to->text.max = to->followed.max = DIALOG_FIELD_BYTES;
        if (buf_put(&to->text, buf_peek(&d->fields[i].text)) != ERR_OK ||
            buf_put(&to->followed, buf_peek(&d->fields[i].followed)) != ERR_OK)
            buf_fini(&to->text);
        to->field = d->fields[i].field;
        n++;
    }
    dialog_kept_drop(k, d);
    if (!n)
        return;
    if (k->n == DIALOG_KEPT_MAX)
        take_out(k, 0);
    k->at[k->n++] = one;
}

void dialog_kept_fill(const struct dialog_kept *k, struct dialog *d)
{
    uint32_t at = find(k, d);
    for (size_t i = 0; at < k->n && i < DIALOG_KEPT_FIELDS_MAX && k->at[at].fields[i].field; i++) {
        const struct dialog_kept_field *f = &k->at[at].fields[i];
        dialog_refill(d, f->field, buf_peek(&f->text), buf_peek(&f->followed));
    }
}
