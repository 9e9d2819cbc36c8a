/* See tui_edit.h. */
#include "tui_edit.h"

#include "utf8.h"
#include <string.h>

enum err tui_edit_set(struct tui_edit *e, struct slice text, size_t caret)
{
    buf_reset(&e->text);
    enum err err = buf_put(&e->text, text);
    e->caret = caret < e->text.n ? caret : e->text.n;
    return err;
}

enum err tui_edit_insert(struct tui_edit *e, struct slice text)
{
    enum err err = buf_put(&e->text, text);
    if (err != ERR_OK || text.n == 0)
        return err;
    size_t tail_n = e->text.n - text.n - e->caret;
    memmove(e->text.p + e->caret + text.n, e->text.p + e->caret, tail_n);
    memcpy(e->text.p + e->caret, text.p, text.n);
    e->caret += text.n;
    return ERR_OK;
}

static size_t line_start(struct slice t, size_t at)
{
    while (at > 0 && t.p[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(struct slice t, size_t at)
{
    while (at < t.n && t.p[at] != '\n')
        at++;
    return at;
}

/* Behind the cluster at this place; a line break is one. */
static size_t next(struct slice t, size_t at)
{
    struct tui_cluster c;
    if (at >= t.n)
        return t.n;
    struct slice rest = {t.p + at, line_end(t, at) - at};
    if (rest.n == 0)
        return at + 1;
    size_t before_n = rest.n;
    tui_cluster_take(&rest, &c);
    return at + before_n - rest.n;
}

static size_t previous(struct slice t, size_t at)
{
    size_t from = line_start(t, at), to = from;
    if (at == 0)
        return 0;
    if (from == at)
        return at - 1;
    while ((to = next(t, from)) < at)
        from = to;
    return from;
}

static bool is_gap(struct slice t, size_t at)
{
    return at >= t.n || t.p[at] == ' ' || t.p[at] == '\n' || t.p[at] == '\t';
}

static size_t target(struct slice t, size_t at, enum tui_edit_step step)
{
    switch (step) {
    case TUI_EDIT_LEFT:
        return previous(t, at);
    case TUI_EDIT_RIGHT:
        return next(t, at);
    case TUI_EDIT_WORD_LEFT:
        while (at > 0 && is_gap(t, at - 1))
            at--;
        while (at > 0 && !is_gap(t, at - 1))
            at--;
        return at;
    case TUI_EDIT_WORD_RIGHT:
        while (at < t.n && is_gap(t, at))
            at++;
        while (at < t.n && !is_gap(t, at))
            at++;
        return at;
    case TUI_EDIT_LINE_START:
        return line_start(t, at);
    case TUI_EDIT_LINE_END:
        return line_end(t, at);
    }
    return at;
}

void tui_edit_move(struct tui_edit *e, enum tui_edit_step step)
{
    e->caret = target(buf_peek(&e->text), e->caret, step);
}

void tui_edit_delete(struct tui_edit *e, enum tui_edit_step step)
{
    struct slice t = buf_peek(&e->text);
    size_t to = target(t, e->caret, step);
    if (to == e->caret && step == TUI_EDIT_LINE_END)
        to = next(t, e->caret);
    size_t from = to < e->caret ? to : e->caret, end = to < e->caret ? e->caret : to;
    if (end == from)
        return;
    memmove(e->text.p + from, e->text.p + end, e->text.n - end);
    e->text.n -= end - from;
    e->caret = from;
}

bool tui_rows_next(struct tui_rows *r, struct tui_cluster *c, uint32_t *row, uint32_t *x)
{
    size_t before_n = r->rest.n;
    if (before_n == 0)
        return false;
    if (r->rest.p[0] == '\n') {
        *c = (struct tui_cluster){0};
        *row = r->row++;
        *x = r->x;
        r->x = 0;
        r->rest = slice_from(r->rest, 1);
        r->at++;
        return true;
    }
    r->line_n = r->line_n ? r->line_n : slice_find(r->rest, '\n');
    struct slice line = {r->rest.p, r->line_n};
    tui_cluster_take(&line, c);
    size_t taken_n = r->line_n - line.n;
    r->line_n = line.n;
    r->rest = slice_from(r->rest, taken_n);
    r->at += taken_n;
    if (r->x + c->width > r->width) {
        r->row++;
        r->x = 0;
    }
    *row = r->row;
    *x = r->x;
    r->x += c->width;
    if (r->x >= r->width) {
        r->row++;
        r->x = 0;
    }
    return true;
}

void tui_rows_find(struct slice text, uint32_t width, size_t caret, uint32_t *row, uint32_t *x)
{
    struct tui_rows r = {.rest = text, .width = width};
    struct tui_cluster c;
    uint32_t at_row, at_x;
    while (r.at < caret && tui_rows_next(&r, &c, &at_row, &at_x)) {
    }
    *row = r.row;
    *x = r.x;
}

uint32_t tui_rows_count(struct slice text, uint32_t width)
{
    uint32_t row, x;
    tui_rows_find(text, width, text.n, &row, &x);
    return row + 1;
}

bool tui_rows_step(struct slice text, uint32_t width, int way, size_t *caret)
{
    uint32_t row, x, wanted, at_row, at_x;
    struct tui_rows r = {.rest = text, .width = width};
    struct tui_cluster c;
    tui_rows_find(text, width, *caret, &row, &x);
    if (way < 0 ? row == 0 : row + 1 >= tui_rows_count(text, width))
        return false;
    wanted = way < 0 ? row - 1 : row + 1;
    while (r.row < wanted || (r.row == wanted && r.x < x)) {
        size_t before = r.at;
        if (!tui_rows_next(&r, &c, &at_row, &at_x))
            break;
        if (r.row > wanted) { /* the end of the row was before x */
            *caret = before;
            return true;
        }
    }
    *caret = r.at;
    return true;
}
