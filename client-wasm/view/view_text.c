/* See view_text.h. */
#include "view_text.h"

#include "text.h"

#define LINE_BYTES_MAX 4096
#define HUES_N         8

static void put(struct vtree *t, struct vnode *n, enum dom_slot slot, unsigned attr,
                struct buf *line, enum err e)
{
    if (e != ERR_OK)
        t->failed = true;
    else if (attr)
        vtree_attr(t, n, slot, (enum dom_attr)attr, buf_peek(line));
    else
        vtree_text(t, n, slot, buf_peek(line));
    buf_fini(line);
}

void view_words_attr(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                     enum dom_attr attr, enum word id, struct slice a, struct slice b)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    enum err e = words_put(&m->words, &line, id, a, b);
    put(t, n, slot, attr, &line, e);
}

void view_words_attr_n(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                       enum dom_attr attr, enum word_n id, uint64_t count, struct slice a)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    enum err e = words_put_n(&m->words, &line, id, count, a);
    put(t, n, slot, attr, &line, e);
}

void view_words(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                enum word id, struct slice a, struct slice b)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    enum err e = words_put(&m->words, &line, id, a, b);
    put(t, n, slot, 0, &line, e);
}

void view_words_n(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                  enum word_n id, uint64_t count, struct slice a)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    enum err e = words_put_n(&m->words, &line, id, count, a);
    put(t, n, slot, 0, &line, e);
}

void view_pair(struct vtree *t, struct vnode *n, enum dom_slot slot, struct slice a, struct slice b)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    enum err e = buf_put(&line, a);
    e = e ? e : buf_put(&line, b);
    put(t, n, slot, 0, &line, e);
}

void view_id(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
             struct slice of, uint32_t i)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    enum err e = buf_put(&line, of);
    e = e ? e : buf_put_u64(&line, i);
    put(t, n, slot, attr, &line, e);
}

void view_number_attr(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
                      uint64_t value)
{
    struct view_number number;
    vtree_attr(t, n, slot, attr, view_number(value, &number));
}

void view_bool_attr(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
                    bool on)
{
    vtree_attr(t, n, slot, attr, on ? SL("true") : SL("false"));
}

static unsigned hue_of(int64_t id)
{
    uint32_t h = (uint32_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 32);
    return h % HUES_N;
}

/* Over the letter, and anew with every other letter: writing that clears the slot. */
static void picture(struct vtree *t, struct vnode *n, enum dom_slot slot,
                    const struct person *person, struct slice letter)
{
    struct buf path = {.max = 80};
    uint32_t stamp = (uint32_t)person->avatar;
    for (size_t i = 0; i < letter.n; i++)
        stamp = stamp * 31 + (unsigned char)letter.p[i];
    if (person->avatar && (buf_put(&path, SL("/api/v1/files/avatar/")) != ERR_OK ||
                           buf_put_u64(&path, (unsigned long long)person->id) != ERR_OK ||
                           buf_put(&path, SL("?v=")) != ERR_OK ||
                           buf_put_u64(&path, (unsigned long long)person->avatar) != ERR_OK))
        t->failed = true;
    vtree_do(t, n, slot, stamp ? stamp : 1,
             &(struct dom_deed){.op = DOM_OP_SOURCE, .texts = {buf_peek(&path)}});
    buf_fini(&path);
}

void view_avatar(struct vtree *t, struct vnode *n, enum dom_slot slot, const struct person *person)
{
    struct slice letter = person ? text_cut(person_shown(person), 1) : SL("?");
    char upper[1];
    if (letter.n == 1 && letter.p[0] >= 'a' && letter.p[0] <= 'z') {
        upper[0] = (char)(letter.p[0] - 'a' + 'A');
        letter.p = upper;
    }
    vtree_text(t, n, slot, letter);
    view_number_attr(t, n, slot, DOM_ATTR_HUE, person ? hue_of(person->id) : 0);
    if (person && person->pictured)
        picture(t, n, slot, person, letter);
}

struct slice view_presence(const struct person *person)
{
    if (!person || person->presence == CHAT_OFFLINE || person->presence == CHAT_INVISIBLE)
        return SL("offline");
    return person->presence == CHAT_IDLE ? SL("idle") : SL("online");
}

struct slice view_role(const struct model *m, enum chat_role role)
{
    static const enum word words[] = {[CHAT_GUEST] = WORD_ROLE_GUEST,
                                      [CHAT_MOD] = WORD_ROLE_MOD,
                                      [CHAT_ADMIN] = WORD_ROLE_ADMIN,
                                      [CHAT_OWNER] = WORD_ROLE_OWNER};
    return role == CHAT_MEMBER ? SL("") : words_get(&m->words, words[role]);
}
