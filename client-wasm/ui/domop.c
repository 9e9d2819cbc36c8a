/* Writing, reading and printing batches of DOM operations. */
#include "domop.h"

#include "check.h"
#include "markdown.h"

static const struct op_row {
    const char *name;
    const char *args;
} OPS[] = {
#define DOM_OP(name, number, args) [number] = {#name, args},
#include "dom_ops.def"
};

static const char *const ATTRS[] = {
#define DOM_ATTR(name, number, text) [number] = text,
#include "dom_ops.def"
};

static const char *const SLOTS[] = {
#define DOM_SLOT(name, number, text) [number] = #name,
#include "dom_ops.def"
};

static const char *const TEMPLATES[] = {
#define DOM_TEMPLATE(name, number, text) [number] = #name,
#include "dom_ops.def"
};

static const char *const NODES[] = {
#define DOM_NODE(name, number, text) [number] = #name,
#include "dom_ops.def"
};

void domop_init(struct domop *d)
{
    buf_init(&d->words, DOMOP_BYTES_MAX);
    d->failed = false;
}

void domop_fini(struct domop *d)
{
    buf_fini(&d->words);
}

void domop_reset(struct domop *d)
{
    buf_reset(&d->words);
    d->failed = false;
}

static void put(struct domop *d, const void *p, size_t n)
{
    struct slice bytes = {p, n};
    if (!d->failed && buf_put(&d->words, bytes) != ERR_OK)
        d->failed = true;
}

static void put_words(struct domop *d, const uint32_t *words, size_t words_n)
{
    put(d, words, words_n * sizeof *words);
}

static void put_string(struct domop *d, struct slice s)
{
    uint32_t n = (uint32_t)s.n;
    put(d, &s.p, sizeof s.p);
    put(d, &n, sizeof n);
}

void domop_clone(struct domop *d, uint32_t handle, enum dom_template template)
{
    put_words(d, (uint32_t[]){DOM_OP_CLONE, handle, template}, 3);
}

void domop_insert(struct domop *d, uint32_t parent, uint32_t handle, uint32_t before)
{
    put_words(d, (uint32_t[]){DOM_OP_INSERT, parent, handle, before}, 4);
}

void domop_remove(struct domop *d, uint32_t handle)
{
    put_words(d, (uint32_t[]){DOM_OP_REMOVE, handle}, 2);
}

void domop_drop(struct domop *d, uint32_t handle)
{
    put_words(d, (uint32_t[]){DOM_OP_DROP, handle}, 2);
}

static void put_text(struct domop *d, enum dom_op op, uint32_t handle, enum dom_slot slot,
                     struct slice text)
{
    put_words(d, (uint32_t[]){op, handle, slot}, 3);
    put_string(d, text);
}

void domop_text(struct domop *d, uint32_t handle, enum dom_slot slot, struct slice text)
{
    put_text(d, DOM_OP_TEXT, handle, slot, text);
}

struct rich {
    struct domop *out;
    uint32_t handle;
    enum dom_slot slot;
};

static void put_block(void *user, const struct md_block *block)
{
    struct rich *r = user;
    put_words(r->out,
              (uint32_t[]){DOM_OP_BLOCK, r->handle, r->slot, block->kind, block->quote,
                           block->indent | (block->ordered ? 16u : 0)},
              6);
}

static void put_run(void *user, const struct md_run *run)
{
    struct rich *r = user;
    put_words(r->out, (uint32_t[]){DOM_OP_RUN, r->handle, r->slot, run->kind, run->style}, 5);
    put_string(r->out, run->text);
    put_string(r->out, run->url);
}

void domop_markdown(struct domop *d, uint32_t handle, enum dom_slot slot, struct slice text)
{
    struct rich r = {d, handle, slot};
    put_words(d, (uint32_t[]){DOM_OP_CLEAR, handle, slot}, 3);
    markdown_parse(text, &(struct md_sink){&r, put_block, put_run});
}

void domop_attr(struct domop *d, uint32_t handle, enum dom_slot slot, enum dom_attr attr,
                struct slice value)
{
    put_words(d, (uint32_t[]){DOM_OP_ATTR, handle, slot, attr}, 4);
    put_string(d, value);
}

void domop_unattr(struct domop *d, uint32_t handle, enum dom_slot slot, enum dom_attr attr)
{
    put_words(d, (uint32_t[]){DOM_OP_UNATTR, handle, slot, attr}, 4);
}

void domop_deed(struct domop *d, uint32_t handle, enum dom_slot slot, const struct dom_deed *deed)
{
    size_t number = 0, text = 0;
    put_words(d, (uint32_t[]){deed->op, handle, slot}, 3);
    for (const char *arg = OPS[deed->op].args + 2; *arg; arg++) {
        if (*arg == '$')
            put_string(d, deed->texts[text++]);
        else
            put_words(d, &deed->numbers[number++], 1);
    }
}

void domop_anchor(struct domop *d, uint32_t scroller)
{
    put_words(d, (uint32_t[]){DOM_OP_ANCHOR, scroller}, 2);
}

void domop_top(struct domop *d, uint32_t scroller)
{
    put_words(d, (uint32_t[]){DOM_OP_TOP, scroller}, 2);
}

void domop_stick(struct domop *d, uint32_t scroller, bool on)
{
    put_words(d, (uint32_t[]){DOM_OP_STICK, scroller, on}, 3);
}

static uint32_t take_word(struct slice *words)
{
    uint32_t w;
    CHECK(words->n >= sizeof w);
    memcpy(&w, words->p, sizeof w);
    *words = slice_from(*words, sizeof w);
    return w;
}

bool domop_next(struct slice *words, struct domop_item *out)
{
    if (words->n == 0)
        return false;
    uint32_t op = take_word(words);
    CHECK(op < sizeof OPS / sizeof *OPS && OPS[op].name);
    memset(out, 0, sizeof *out);
    out->op = (enum dom_op)op;
    for (size_t i = 0, text = 0; OPS[op].args[i]; i++) {
        if (OPS[op].args[i] != '$') {
            out->args[i] = take_word(words);
            continue;
        }
        struct slice *s = &out->text[text++];
        CHECK(words->n >= sizeof s->p);
        memcpy(&s->p, words->p, sizeof s->p);
        *words = slice_from(*words, sizeof s->p);
        s->n = take_word(words);
    }
    return true;
}

/* The number of an argument, or its name where it has one. */
static enum err print_arg(char kind, uint32_t v, struct buf *out)
{
    if (kind == 'h' && v != 0 && v < DOM_NODE_FIRST_FREE)
        return buf_printf(out, " %s", NODES[v]);
    if (kind == 's')
        return buf_printf(out, " %s", SLOTS[v]);
    if (kind == 'a')
        return buf_printf(out, " %s", ATTRS[v]);
    if (kind == 't')
        return buf_printf(out, " %s", TEMPLATES[v]);
    return buf_printf(out, " %u", v);
}

enum err domop_print(struct slice words, struct buf *out)
{
    struct domop_item item;
    while (domop_next(&words, &item)) {
        const struct op_row *row = &OPS[item.op];
        enum err e = buf_printf(out, "%s", row->name);
        for (size_t i = 0, text = 0; e == ERR_OK && row->args[i]; i++) {
            if (row->args[i] == '$')
                e = buf_printf(out, " \"%.*s\"", SL_ARG(item.text[text])), text++;
            else
                e = print_arg(row->args[i], item.args[i], out);
        }
        if (e == ERR_OK)
            e = buf_putc(out, '\n');
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}
