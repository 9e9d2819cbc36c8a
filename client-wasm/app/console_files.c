/* Files by their paths: sending them, keeping those of a message. What touches the disk is the program's. See console_run.h. */
#include "console_run.h"

#include "text.h"
#include "upd_upload.h"

#define PATH_BYTES_MAX 4096

/* In quotes, or with a backslash before each space. */
bool console_path(struct slice *rest, struct buf *out)
{
    char quote = 0;
    size_t at = 0;
    for (; at < rest->n; at++) {
        char c = rest->p[at];
        if (!quote && (c == ' ' || c == '\n'))
            break;
        if (quote ? c == quote : c == '"' || c == '\'') {
            quote = quote ? 0 : c;
            continue;
        }
        if (c == '\\' && quote != '\'' && at + 1 < rest->n)
            c = rest->p[++at];
        if (buf_putc(out, c) != ERR_OK)
            return false;
    }
    *rest = text_trim(slice_from(*rest, at));
    return !quote;
}

/* Its effect, with copies of both texts. */
static bool add(struct console_line *l, struct effect e)
{
    e.text = effects_text(l->fx, e.text);
    e.title = effects_text(l->fx, e.title);
    if (!e.text.p || !e.title.p)
        return console_refuse(l, WORD_TERM_NO_MEMORY);
    effects_add(l->fx, e);
    return true;
}

/* The text goes with it, when it is there. */
bool console_run_upload(struct console_line *l)
{
    struct buf path = {.max = PATH_BYTES_MAX};
    struct slice text = l->rest;
    bool ok = console_path(&text, &path) && path.n;
    if (!l->room || !room_writable(l->room))
        ok = console_refuse(l, WORD_TERM_READ_ONLY);
    else if (!ok)
        ok = console_refuse(l, WORD_TERM_UPLOAD_WHAT);
    else
        ok = add(l,
                 (struct effect){.type = EFFECT_FILE_PICK, .text = buf_peek(&path), .title = text});
    buf_fini(&path);
    return ok;
}

/* The chosen message, else the newest one that has files. */
static const struct message *with_files(const struct console_line *l)
{
    const struct message *msg = model_message(l->m, l->key);
    for (uint32_t i = l->room && !msg ? l->room->log.numbered_n : 0; i-- > 0;) {
        const struct message *one = l->room->log.at[i];
        if (!one->deleted && !message_hidden(one) && one->files_n)
            return one;
    }
    return msg && !msg->deleted && msg->files_n ? msg : NULL;
}

bool console_run_save(struct console_line *l)
{
    struct buf path = {.max = PATH_BYTES_MAX};
    struct slice rest = l->rest;
    const struct message *msg = with_files(l);
    bool ok = console_path(&rest, &path) && rest.n == 0;
    if (!msg)
        ok = console_refuse(l, WORD_TERM_SAVE_NONE);
    else if (!ok)
        ok = console_refuse(l, WORD_TERM_SAVE_WHAT);
    for (uint32_t i = 0; ok && i < msg->files_n; i++)
        ok = add(l, (struct effect){.type = EFFECT_FILE_SAVE,
                                    .id = msg->files[i].id,
                                    .number = msg->files[i].size,
                                    .count = msg->files_n,
                                    .text = msg->files[i].name,
                                    .title = buf_peek(&path)});
    buf_fini(&path);
    return ok;
}

bool console_cancel(struct console *c, struct model *m, bool all, struct effects *fx)
{
    bool any = false;
    for (uint32_t i = m->uploads.n; i-- > 0 && (all || !any) && fx->n + 4 < EFFECTS_MAX;) {
        if (m->uploads.at[i].room != m->open)
            continue;
        upd_upload_cancel(m, i + 1, fx);
        any = true;
    }
    if (c->saves_n && (all || !any)) {
        effects_add(fx, (struct effect){.type = EFFECT_FILE_SAVE});
        any = true;
    }
    return any;
}

bool console_run_cancel(struct console_line *l)
{
    if (!console_cancel(l->c, l->m, true, l->fx))
        return console_refuse(l, WORD_TERM_CANCEL_NONE);
    console_tell(l->c, l->m, WORD_TERM_DONE, false);
    return true;
}
