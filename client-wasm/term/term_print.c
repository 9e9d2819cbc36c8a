/* See term_print.h. */
#include "term_print.h"

#include "term_text.h"

#include <errno.h>
#include <stdio.h>
#include <uv.h>

/* "[plan.pdf, 12 kB]" */
static enum err put_file(struct buf *line, const struct chat_file *f, bool space, bool apart)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB"};
    int64_t size = f->size;
    unsigned unit = 0;
    for (; size >= 10000 && unit < 3; unit++) {
        size = (size + 999) / 1000;
    }
    enum err e = buf_put(line, space ? SL(" [") : SL("["));
    e = e ? e : term_text_put_apart(line, f->name, apart);
    return e ? e : buf_printf(line, ", %lld %s]", (long long)size, units[unit]);
}

enum err term_put_message(struct buf *line, const struct chat_message *m, struct term_put how)
{
    enum err e = term_clock_put(line, m->ts);
    e = e ? e : buf_putc(line, ' ');
    e = e ? e
          : term_text_put_apart(line, m->from.display.n > 0 ? m->from.display : m->from.name,
                                how.apart);
    e = e ? e : buf_put(line, SL(": "));
    if (m->deleted || how.blocked) {
        return e ? e : buf_put(line, m->deleted ? SL("(deleted)") : SL("(blocked)"));
    }
    e = e ? e : term_text_put_apart(line, m->text, how.apart);
    for (uint32_t i = 0; i < m->files_n; i++) {
        e = e ? e : put_file(line, &m->files[i], i > 0 || m->text.n > 0, how.apart);
    }
    return e || m->edited_ts == 0 ? e : buf_put(line, SL(" (edited)"));
}

/* What JSON leaves in a text as it is can still steer a terminal. e: what became of json, which is freed. */
static enum err put_json(struct buf *line, struct buf *json, enum err e)
{
    e = e ? e : term_json_put(line, buf_peek(json));
    buf_fini(json);
    return e;
}

enum err term_put_message_json(struct buf *line, const struct chat_message *m, struct term_put how)
{
    struct buf json = {.max = TERM_LINE_BYTES_MAX};
    enum err e = chat_message_encode(m, &json);
    if (e == ERR_OK && how.blocked) {
        json.n--; /* the bracket */
        e = buf_put(&json, SL(",\"blocked\":true}"));
    }
    return put_json(line, &json, e);
}

enum err term_put_room_json(struct buf *line, const struct chat_room *room)
{
    struct buf json = {.max = TERM_LINE_BYTES_MAX};
    return put_json(line, &json, chat_room_encode(room, &json));
}

bool term_print_line(struct term_session *s, struct buf *line, enum err e)
{
    e = e ? e : buf_putc(line, '\n');
    if (e != ERR_OK) {
        term_session_fail(s, "out of memory", SL(""));
        return false;
    }
    if (fwrite(line->p, 1, line->n, stdout) == line->n && fflush(stdout) == 0) {
        return true;
    }
    if (errno == EPIPE) {
        term_session_stop(s, 0);
    } else {
        term_session_fail(s, "cannot write", slice_str(uv_strerror(uv_translate_sys_error(errno))));
    }
    return false;
}
