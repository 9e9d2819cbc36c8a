/* See view_upload.h. */
#include "view_upload.h"

#include "size.h"
#include "view_text.h"

#define IMAGE_WIDTH_MAX  400u
#define IMAGE_HEIGHT_MAX 300u

/* "3 MB" */
static struct slice size_words(const struct model *m, int64_t bytes, struct buf *out)
{
    return size_put(&m->words, out, bytes) == ERR_OK ? buf_peek(out) : SL("");
}

static void state_words(const struct model *m, const struct upload *up, struct vtree *t,
                        struct vnode *n)
{
    struct view_number number;
    struct buf size = {.max = 128};
    struct slice of = size_words(m, up->size, &size);
    uint64_t percent = up->size ? (uint64_t)(up->sent * 100 / up->size) : 0;
    switch (up->state) {
    case UPLOAD_NEW:
        vtree_text(t, n, DOM_SLOT_MORE, words_get(&m->words, WORD_UPLOAD_QUEUED));
        break;
    case UPLOAD_DONE:
        view_words(m, t, n, DOM_SLOT_MORE, WORD_UPLOAD_DONE, of, SL(""));
        break;
    case UPLOAD_FAILED:
        view_words(m, t, n, DOM_SLOT_MORE, WORD_UPLOAD_NO, buf_peek(&up->error), SL(""));
        break;
    default:
        view_words(m, t, n, DOM_SLOT_MORE,
                   up->state == UPLOAD_WAITING ? WORD_UPLOAD_WAITING : WORD_UPLOAD_PERCENT,
                   view_number(percent, &number), of);
        break;
    }
    vtree_flag(t, n, DOM_SLOT_BAR, DOM_ATTR_HIDDEN,
               up->state == UPLOAD_DONE || up->state == UPLOAD_FAILED);
    view_number_attr(t, n, DOM_SLOT_BAR, DOM_ATTR_VALUE_NOW, percent);
    buf_fini(&size);
}

/* What was said of it before comes back once, with its row. */
static void description(const struct model *m, const struct upload *up, struct vtree *t,
                        struct vnode *n)
{
    const struct dom_deed deed = {
        .op = DOM_OP_VALUE, .texts = {buf_peek(&up->alt)}, .numbers = {UINT16_MAX, UINT16_MAX}};
    vtree_flag(t, n, DOM_SLOT_FIELD, DOM_ATTR_HIDDEN, !upload_is_image(up));
    view_words_attr(m, t, n, DOM_SLOT_FIELD, DOM_ATTR_ARIA_LABEL, WORD_ALT_OF, buf_peek(&up->name),
                    SL(""));
    vtree_attr(t, n, DOM_SLOT_FIELD, DOM_ATTR_PLACEHOLDER, words_get(&m->words, WORD_ALT_HINT));
    vtree_do(t, n, DOM_SLOT_FIELD, 1, &deed);
}

void view_uploads(const struct model *m, struct vtree *t, struct vnode *parent)
{
    static const char *const states[] = {"queued",  "processing", "sending", "sending",
                                         "sending", "done",       "failed"};
    struct vnode *list = vtree_fixed(t, parent, DOM_NODE_UPLOADS);
    for (uint32_t i = 0; i < m->uploads.n; i++) {
        const struct upload *up = &m->uploads.at[i];
        if (up->room != m->open)
            continue;
        struct vnode *n =
            vtree_row(t, list, DOM_TEMPLATE_UPLOAD, up->file ? up->file : (uint64_t)up->id << 32);
        view_number_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_KEY, i + 1);
        vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_STATE, slice_str(states[up->state]));
        view_words_attr(m, t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL, WORD_UPLOAD_OF,
                        buf_peek(&up->name), SL(""));
        vtree_text(t, n, DOM_SLOT_LABEL, buf_peek(&up->name));
        state_words(m, up, t, n);
        description(m, up, t, n);
        vtree_flag(t, n, DOM_SLOT_BUTTON, DOM_ATTR_HIDDEN,
                   up->state != UPLOAD_FAILED || up->file == 0 || up->size == 0);
    }
}

static void source(struct vtree *t, struct vnode *n, enum dom_slot slot,
                   const struct chat_file *file)
{
    struct buf path = {.max = 64};
    if (buf_put(&path, SL("/api/v1/files/")) != ERR_OK ||
        buf_put_u64(&path, (unsigned long long)file->id) != ERR_OK)
        t->failed = true;
    vtree_do(t, n, slot, 1, &(struct dom_deed){.op = DOM_OP_SOURCE, .texts = {buf_peek(&path)}});
    buf_fini(&path);
}

/* Its box is known before it is loaded: nothing jumps. */
static void image(const struct model *m, const struct chat_file *file, struct vtree *t,
                  struct vnode *group)
{
    struct vnode *n = vtree_row(t, group, DOM_TEMPLATE_IMAGE, (uint64_t)file->id);
    struct buf size = {.max = 128};
    uint64_t w = file->width, h = file->height;
    if (w > IMAGE_WIDTH_MAX) {
        h = h * IMAGE_WIDTH_MAX / w;
        w = IMAGE_WIDTH_MAX;
    }
    if (h > IMAGE_HEIGHT_MAX) {
        w = w * IMAGE_HEIGHT_MAX / h;
        h = IMAGE_HEIGHT_MAX;
    }
    view_number_attr(t, n, DOM_SLOT_IMAGE, DOM_ATTR_WIDTH, w ? w : 1);
    view_number_attr(t, n, DOM_SLOT_IMAGE, DOM_ATTR_HEIGHT, h ? h : 1);
    if (file->alt.n)
        vtree_attr(t, n, DOM_SLOT_IMAGE, DOM_ATTR_ALT, file->alt);
    else
        view_words_attr(m, t, n, DOM_SLOT_IMAGE, DOM_ATTR_ALT, WORD_IMAGE, file->name,
                        size_words(m, file->size, &size));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TITLE, file->name);
    source(t, n, DOM_SLOT_BUTTON, file);
    source(t, n, DOM_SLOT_IMAGE, file);
    buf_fini(&size);
}

void view_files(const struct model *m, const struct message *msg, struct vtree *t,
                struct vnode *row)
{
    struct vnode *group = vtree_row(t, row, DOM_TEMPLATE_FILES, 1);
    for (uint32_t i = 0; i < msg->files_n; i++) {
        const struct chat_file *file = &msg->files[i];
        if (file->width && file->height) {
            image(m, file, t, group);
            continue;
        }
        struct buf size = {.max = 128};
        struct vnode *n = vtree_row(t, group, DOM_TEMPLATE_FILE, (uint64_t)file->id);
        vtree_text(t, n, DOM_SLOT_LABEL, file->name);
        vtree_text(t, n, DOM_SLOT_MORE, size_words(m, file->size, &size));
        source(t, n, DOM_SLOT_BUTTON, file);
        buf_fini(&size);
    }
}
