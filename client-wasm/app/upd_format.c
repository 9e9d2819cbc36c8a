/* See upd_format.h. */
#include "upd_format.h"

#include "upd_composer.h"
#include "utf16.h"

static struct slice head(struct slice text, size_t n)
{
    return (struct slice){text.p, n < text.n ? n : text.n};
}

void upd_format(struct model *m, enum format_kind kind, struct effects *fx)
{
    struct room *room = model_open(m);
    struct buf out = {.max = 1u << 20};
    if (!room || !room_writable(room))
        return;
    struct slice text = buf_peek(&room->draft.text);
    struct format_range range = {utf16_length(head(text, m->composer.select[0])),
                                 utf16_length(head(text, m->composer.select[1]))};
    if (format_toggle(text, kind, &range, &out) == ERR_OK) {
        struct slice now = buf_peek(&out);
        upd_composer_select(m, now, (uint32_t)utf16_to_bytes(now, range.from),
                            (uint32_t)utf16_to_bytes(now, range.to), fx);
    }
    buf_fini(&out);
}
