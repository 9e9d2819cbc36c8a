/* See dialog.h. */
#include "dialog.h"

#include "text.h"

#include <string.h>

void dialog_init(struct dialog *d)
{
    memset(d, 0, sizeof *d);
    for (size_t i = 0; i < DIALOG_FIELDS_MAX; i++)
        d->fields[i].text.max = d->fields[i].followed.max = DIALOG_FIELD_BYTES;
    buf_init(&d->error, DIALOG_ERROR_BYTES);
    buf_init(&d->note, DIALOG_NOTE_BYTES);
    arena_init(&d->arena, DIALOG_ROWS_BYTES_MAX);
    d->due_ms = INT64_MAX;
}

void dialog_fini(struct dialog *d)
{
    for (size_t i = 0; i < DIALOG_FIELDS_MAX; i++) {
        buf_fini(&d->fields[i].text);
        buf_fini(&d->fields[i].followed);
    }
    buf_fini(&d->error);
    buf_fini(&d->note);
    arena_fini(&d->arena);
}

void dialog_reset(struct dialog *d)
{
    uint32_t number = d->number;
    dialog_fini(d); /* passwords may have been typed */
    dialog_init(d);
    d->number = number;
}

static struct dialog_field *find(const struct dialog *d, enum dom_field field)
{
    for (size_t i = 0; i < DIALOG_FIELDS_MAX; i++) {
        if (d->fields[i].field == field)
            return (struct dialog_field *)&d->fields[i];
    }
    return NULL;
}

const struct dialog_field *dialog_field(const struct dialog *d, enum dom_field field)
{
    return find(d, field);
}

struct slice dialog_text(const struct dialog *d, enum dom_field field)
{
    const struct dialog_field *f = find(d, field);
    return f ? buf_peek(&f->text) : SL("");
}

static struct dialog_field *set(struct dialog *d, enum dom_field field, struct slice text)
{
    struct dialog_field *f = find(d, field);
    if (!f)
        f = find(d, (enum dom_field)0);
    if (!f || text.n > DIALOG_FIELD_BYTES)
        return NULL;
    buf_reset(&f->text);
    f->field = field;
    return buf_put(&f->text, text) == ERR_OK ? f : NULL;
}

bool dialog_typed(struct dialog *d, enum dom_field field, struct slice text)
{
    return set(d, field, text) != NULL;
}

bool dialog_fill(struct dialog *d, enum dom_field field, struct slice text)
{
    struct dialog_field *f = set(d, field, text);
    if (f)
        f->stamp++;
    return f != NULL;
}

struct slice dialog_followed(const struct dialog *d, enum dom_field field)
{
    const struct dialog_field *f = find(d, field);
    return f ? buf_peek(&f->followed) : SL("");
}

/* Without memory it is empty: that is not taken for a text that was deleted here. */
static void set_followed(struct dialog *d, enum dom_field field, struct slice text)
{
    struct dialog_field *f = find(d, field);
    if (!f)
        return;
    buf_reset(&f->followed);
    if (buf_put(&f->followed, text) != ERR_OK)
        buf_reset(&f->followed);
}

void dialog_refill(struct dialog *d, enum dom_field field, struct slice text, struct slice followed)
{
    if (dialog_fill(d, field, text))
        set_followed(d, field, followed);
}

void dialog_follow(struct dialog *d, enum dom_field field, struct slice text)
{
    const struct slice here = text_trim(dialog_text(d, field));
    bool written = !slice_eq(here, text_trim(dialog_followed(d, field)));
    bool shown = find(d, field) && (written || slice_eq(here, text_trim(text)));
    bool filled = shown || dialog_fill(d, field, text);
    set_followed(d, field, filled ? text : SL(""));
}

void dialog_say(struct dialog *d, enum dom_field field, struct slice text)
{
    buf_reset(&d->error);
    d->error_field = field;
    d->error_n++;
    if (buf_put(&d->error, text) != ERR_OK)
        buf_reset(&d->error);
}

void dialog_hush(struct dialog *d)
{
    buf_reset(&d->error);
    d->error_field = (enum dom_field)0;
}

void dialog_clear_rows(struct dialog *d)
{
    d->rows_n = d->at = 0;
    d->more = false;
    if (d->confirm == DOM_ACT_REPORT_DELETE) /* it was asked about a row */
        d->confirm = (enum dom_act)0;
    arena_fini(&d->arena);
}

struct dialog_row *dialog_add_row(struct dialog *d, int64_t id, struct slice label,
                                  struct slice more)
{
    if (d->rows_n == DIALOG_ROWS_MAX)
        return NULL;
    struct dialog_row *row = &d->rows[d->rows_n++];
    *row = (struct dialog_row){.id = id, .label = label, .more = more};
    return row;
}
