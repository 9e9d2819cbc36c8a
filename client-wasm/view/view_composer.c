/* See view_composer.h. */
#include "view_composer.h"

#include "limits.h"
#include "text.h"
#include "upd_held.h"
#include "upd_paste.h"
#include "upd_spare.h"
#include "view_popup.h"
#include "view_text.h"
#include "view_upload.h"

/* The counter shows from here on. */
#define COUNTER_FROM_CHARS (CHAT_TEXT_CHARS_MAX / 10 * 9)
#define QUOTE_CHARS        80

static void hint(const struct model *m, struct vtree *t, struct vnode *n)
{
    const struct composer *c = &m->composer;
    static const enum word words[] = {
        [HINT_FULL] = WORD_DEVICE_FULL,       [HINT_TOO_MANY_FILES] = WORD_TOO_MANY_FILES,
        [HINT_UPLOADING] = WORD_UPLOADING,    [HINT_UPLOAD_FAILED] = WORD_UPLOAD_FAILED,
        [HINT_CONFLICT] = WORD_EDIT_CONFLICT, [HINT_OFFLINE_EDIT] = WORD_EDIT_OFFLINE,
        [HINT_MUTED] = WORD_REFUSED_MUTED};
    bool warns = c->hint == HINT_NONE && m->popup.warning != POPUP_NO_WARNING;
    const struct person *who = people_find(&m->people, m->popup.outsider);
    const struct room *room = model_open(m);
    vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_KIND,
               warns                       ? SL("warning")
               : c->hint == HINT_UPLOADING ? SL("news")
                                           : SL("error"));
    if (warns && m->popup.warning == POPUP_TELLS_MANY)
        view_words_n(m, t, n, DOM_SLOT_SELF, WORDS_TELLS_MANY, room ? room->r.members : 0, SL(""));
    else if (warns)
        view_words(m, t, n, DOM_SLOT_SELF, WORD_OUTSIDER, who ? person_shown(who) : SL(""), SL(""));
    else if (c->hint == HINT_NONE)
        vtree_text(t, n, DOM_SLOT_SELF, SL(""));
    else if (c->hint == HINT_TOO_LONG)
        view_words_n(m, t, n, DOM_SLOT_SELF, WORDS_TOO_LONG, c->chars_n - CHAT_TEXT_CHARS_MAX,
                     SL(""));
    else
        vtree_text(t, n, DOM_SLOT_SELF, words_get(&m->words, words[c->hint]));
}

static void counter(const struct composer *c, struct vtree *t, struct vnode *n)
{
    struct view_number number;
    struct buf line = {.max = 64};
    bool shown = c->chars_n >= COUNTER_FROM_CHARS;
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_OVER, c->chars_n > CHAT_TEXT_CHARS_MAX);
    if (!shown)
        return;
    if (buf_put(&line, view_number(c->chars_n, &number)) != ERR_OK ||
        buf_put(&line, SL(" / ")) != ERR_OK ||
        buf_put(&line, view_number(CHAT_TEXT_CHARS_MAX, &number)) != ERR_OK)
        t->failed = true;
    vtree_text(t, n, DOM_SLOT_SELF, buf_peek(&line));
    buf_fini(&line);
}

static void context(const struct model *m, struct vtree *t, struct vnode *parent,
                    const struct room *room)
{
    struct vnode *bar = vtree_fixed(t, parent, DOM_NODE_CONTEXT);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_CONTEXT_TEXT);
    const struct draft *d = room ? &room->draft : NULL;
    bool shown = d && (d->edit || d->reply_to);
    vtree_flag(t, bar, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    vtree_attr(t, bar, DOM_SLOT_SELF, DOM_ATTR_TEST_ID,
               shown && d->edit ? SL("edit-bar") : SL("reply-bar"));
    if (!shown)
        return;
    if (d->edit) {
        vtree_text(t, text, DOM_SLOT_SELF, words_get(&m->words, WORD_EDITING));
        return;
    }
    uint32_t at = log_find_seq(&room->log, d->reply_to);
    const struct message *msg = at < room->log.n ? room->log.at[at] : NULL;
    view_words(m, t, text, DOM_SLOT_SELF, WORD_REPLYING,
               msg && msg->from ? person_shown(msg->from) : words_get(&m->words, WORD_SOMEONE),
               msg ? model_said(m, msg, QUOTE_CHARS) : SL(""));
}

/* Another text of the draft, or of the message that is edited. */
static void spare(const struct model *m, struct vtree *t, struct vnode *parent,
                  const struct room *room)
{
    const struct spare *s =
        room && room_writable(room) ? upd_spare_of(&room->draft, room->draft.edit) : NULL;
    vtree_flag(t, vtree_fixed(t, parent, DOM_NODE_SPARE), DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !s);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_SPARE_TEXT);
    if (s)
        view_words(m, t, text, DOM_SLOT_SELF, s->edit ? WORD_SPARE_EDIT : WORD_SPARE,
                   text_cut(buf_peek(&s->text), QUOTE_CHARS), SL(""));
}

/* Slow mode, or being muted. Only why it is so is a live text: the seconds are for those who look. */
static void held(const struct model *m, struct vtree *t, struct vnode *parent,
                 const struct room *room)
{
    struct buf why = {.max = 512}, left = {.max = 256};
    struct vnode *box = vtree_fixed(t, parent, DOM_NODE_HELD);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_HELD_TEXT);
    struct vnode *seconds = vtree_fixed(t, parent, DOM_NODE_HELD_LEFT);
    if (upd_held_put(m, room, &why) != ERR_OK || upd_held_put_left(m, room, &left) != ERR_OK)
        t->failed = true;
    vtree_flag(t, box, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, why.n == 0);
    vtree_text(t, text, DOM_SLOT_SELF, buf_peek(&why));
    vtree_text(t, seconds, DOM_SLOT_SELF, buf_peek(&left));
    buf_fini(&why);
    buf_fini(&left);
}

static void read_only(const struct model *m, struct vtree *t, struct vnode *parent,
                      const struct room *room)
{
    bool shown = room && !room_writable(room);
    struct vnode *box = vtree_fixed(t, parent, DOM_NODE_READ_ONLY);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_READ_ONLY_TEXT);
    struct vnode *join = vtree_fixed(t, parent, DOM_NODE_READ_ONLY_JOIN);
    vtree_flag(t, box, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    if (!shown)
        return;
    view_words(m, t, text, DOM_SLOT_SELF,
               room->r.archived ? WORD_READ_ONLY_ARCHIVED : WORD_READ_ONLY_NOT_JOINED,
               room_shown(room), SL(""));
    vtree_flag(t, join, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, room->r.archived);
}

static void field(const struct model *m, struct vtree *t, struct vnode *parent,
                  const struct room *room)
{
    const struct composer *c = &m->composer;
    struct vnode *input = vtree_fixed(t, parent, DOM_NODE_INPUT);
    view_popup_field(m, t, input);
    /* What the Enter key does here, for keyboards on the screen. */
    vtree_attr(t, input, DOM_SLOT_SELF, DOM_ATTR_ENTER_KEY, m->coarse ? SL("enter") : SL("send"));
    if (c->chars_n > CHAT_TEXT_CHARS_MAX)
        vtree_attr(t, input, DOM_SLOT_SELF, DOM_ATTR_ARIA_INVALID, SL("true"));
    struct vnode *label = vtree_fixed(t, parent, DOM_NODE_COMPOSER_LABEL);
    if (room) {
        view_words(m, t, label, DOM_SLOT_SELF, WORD_MESSAGE_TO, room_shown(room), SL(""));
        view_words_attr(m, t, input, DOM_SLOT_SELF, DOM_ATTR_PLACEHOLDER, WORD_MESSAGE_TO,
                        room_shown(room), SL(""));
    }
}

void view_composer(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct room *room = model_open(m);
    struct vnode *form = vtree_fixed(t, parent, DOM_NODE_COMPOSER);
    vtree_flag(t, form, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !room || !room_writable(room));
    if (room)
        view_words_attr(m, t, form, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL, WORD_MESSAGE_TO,
                        room_shown(room), SL(""));
    field(m, t, parent, room);
    context(m, t, parent, room);
    spare(m, t, parent, room);
    view_uploads(m, t, parent);
    vtree_flag(t, vtree_fixed(t, parent, DOM_NODE_SEND), DOM_SLOT_SELF, DOM_ATTR_DISABLED, false);
    counter(&m->composer, t, vtree_fixed(t, parent, DOM_NODE_COUNTER));
    vtree_flag(t, vtree_fixed(t, parent, DOM_NODE_ATTACH_TEXT), DOM_SLOT_SELF, DOM_ATTR_HIDDEN,
               !upd_paste_offered(m, room));
    hint(m, t, vtree_fixed(t, parent, DOM_NODE_HINT));
    held(m, t, parent, room);
    read_only(m, t, parent, room);
}
