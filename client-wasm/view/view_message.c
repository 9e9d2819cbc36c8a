/* See view_message.h. */
#include "view_message.h"

#include "caltime.h"
#include "iso_time.h"
#include "upd_held.h"
#include "upd_message.h"
#include "upd_toast.h"
#include "view_text.h"
#include "view_upload.h"

#define QUOTE_CHARS      100
#define NAMES_BYTES      512
#define NAMED_PEOPLE_MAX 12

static struct slice author_of(const struct model *m, const struct message *msg)
{
    return msg->from ? person_shown(msg->from) : words_get(&m->words, WORD_SOMEONE);
}

static void times(const struct model *m, struct vtree *t, struct vnode *row, int64_t ts_ms)
{
    struct caltime_text text;
    char iso[ISO_TIME_BYTES];
    caltime_clock(ts_ms, m->utc_offset_min, m->hour12, &text);
    vtree_text(t, row, DOM_SLOT_TIME, caltime_slice(&text));
    iso_time_format(ts_ms, iso);
    vtree_attr(t, row, DOM_SLOT_TIME, DOM_ATTR_DATETIME, (struct slice){iso, sizeof iso});
    caltime_full(&m->words, ts_ms, m->utc_offset_min, m->hour12, &text);
    vtree_attr(t, row, DOM_SLOT_TIME, DOM_ATTR_TITLE, caltime_slice(&text));
}

static void quote(const struct model *m, const struct room *room, const struct message *msg,
                  struct vtree *t, struct vnode *row)
{
    uint32_t at = log_find_seq(&room->log, msg->reply_to);
    const struct message *to = at < room->log.n ? room->log.at[at] : NULL;
    struct vnode *n = vtree_row(t, row, DOM_TEMPLATE_QUOTE, 1);
    view_number_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, msg->key);
    vtree_text(t, n, DOM_SLOT_AUTHOR, to ? author_of(m, to) : words_get(&m->words, WORD_REPLY));
    if (to)
        vtree_text(t, n, DOM_SLOT_LABEL, model_said(m, to, QUOTE_CHARS));
    else
        view_words_n(m, t, n, DOM_SLOT_LABEL, WORDS_QUOTED_NUMBER, (uint64_t)msg->reply_to, SL(""));
}

/* "Ana, Bo and 3 more", as far as they are known. */
static void put_names(const struct model *m, const struct message_reaction *r, struct buf *line)
{
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < r->users_n && i < NAMED_PEOPLE_MAX; i++) {
        const struct person *p = people_find(&m->people, r->users[i]);
        if (i)
            e = buf_put(line, SL(", "));
        if (e == ERR_OK)
            e = buf_put(line, p ? person_shown(p) : words_get(&m->words, WORD_SOMEONE));
    }
}

static void reaction(const struct model *m, const struct message *msg, uint32_t i, struct vtree *t,
                     struct vnode *group)
{
    const struct message_reaction *r = &msg->reactions[i];
    struct view_number number;
    struct buf names = {.max = NAMES_BYTES};
    struct vnode *n = vtree_row(t, group, DOM_TEMPLATE_REACTION, i + 1);
    put_names(m, r, &names);
    view_number_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, msg->key * MESSAGE_REACTIONS_KEY + i);
    view_bool_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_PRESSED, r->mine);
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TITLE, buf_peek(&names));
    vtree_text(t, n, DOM_SLOT_LABEL, r->emoji);
    vtree_text(t, n, DOM_SLOT_BADGE, view_number(r->users_n, &number));
    buf_fini(&names);
}

static void reactions(const struct model *m, const struct message *msg, struct vtree *t,
                      struct vnode *row)
{
    struct vnode *group = vtree_row(t, row, DOM_TEMPLATE_REACTIONS, 1);
    vtree_attr(t, group, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL, words_get(&m->words, WORD_REACTIONS));
    for (uint32_t i = 0; i < msg->reactions_n && i < MESSAGE_REACTIONS_KEY; i++)
        reaction(m, msg, i, t, group);
}

/* Retry (of what has failed), and for all that is not on its way: edit, delete. */
static void deeds(const struct model *m, bool failed, struct vtree *t, struct vnode *row)
{
    struct vnode *n = vtree_row(t, row, DOM_TEMPLATE_ACTIONS, 1);
    vtree_flag(t, n, DOM_SLOT_BUTTON, DOM_ATTR_HIDDEN, !failed);
    vtree_text(t, n, DOM_SLOT_BUTTON, words_get(&m->words, WORD_RETRY));
    vtree_text(t, n, DOM_SLOT_DRAFT, words_get(&m->words, WORD_EDIT));
    vtree_text(t, n, DOM_SLOT_UNREAD, words_get(&m->words, WORD_DELETE));
}

static void state(const struct model *m, const struct room *room, const struct message *msg,
                  struct vtree *t, struct vnode *row)
{
    struct vnode *n;
    if (msg->state == MESSAGE_FAILED) {
        n = vtree_row(t, row, DOM_TEMPLATE_STATE, 1);
        if (msg->too_large)
            vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, WORD_TOO_LARGE));
        else if (msg->failure)
            view_words(m, t, n, DOM_SLOT_LABEL, WORD_NOT_SENT_WHY, slice_str(msg->failure), SL(""));
        else
            vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, WORD_NOT_SENT));
        deeds(m, true, t, row);
        return;
    }
    enum word word = upd_held_waiting(m, room, msg);
    if (word == WORDS_N)
        return;
    n = vtree_row(t, row, DOM_TEMPLATE_STATE, 1);
    vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, word));
    if (word != WORD_SENDING)
        deeds(m, false, t, row);
}

static void tool(const struct model *m, struct vtree *t, struct vnode *bar, enum dom_act act,
                 struct slice name, struct slice icon, enum word word)
{
    struct vnode *n = vtree_row(t, bar, DOM_TEMPLATE_TOOL, act);
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ACT, name);
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ICON, icon);
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TEST_ID, name);
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL, words_get(&m->words, word));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TITLE, words_get(&m->words, word));
}

static void tools(const struct model *m, const struct room *room, const struct message *msg,
                  struct vtree *t, struct vnode *row)
{
    struct vnode *bar = vtree_row(t, row, DOM_TEMPLATE_TOOLS, 1);
    vtree_attr(t, bar, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL,
               words_get(&m->words, WORD_MESSAGE_ACTIONS));
    if (room_writable(room) && !msg->deleted) {
        tool(m, t, bar, DOM_ACT_REACT, SL("react"), SL("smile"), WORD_REACT);
        tool(m, t, bar, DOM_ACT_REPLY, SL("reply"), SL("reply"), WORD_REPLY);
    }
    if (upd_message_may_edit(m, msg))
        tool(m, t, bar, DOM_ACT_EDIT, SL("edit"), SL("edit"), WORD_EDIT);
    tool(m, t, bar, DOM_ACT_COPY_LINK, SL("copy-link"), SL("link"), WORD_COPY_LINK);
    tool(m, t, bar, DOM_ACT_MARK_UNREAD, SL("mark-unread"), SL("unread"), WORD_MARK_UNREAD);
    if (upd_message_may_delete(m, msg))
        tool(m, t, bar, DOM_ACT_DELETE, SL("delete"), SL("trash"), WORD_DELETE);
    tool(m, t, bar, DOM_ACT_MORE, SL("more"), SL("more"), WORD_MORE_DEEDS);
}

static void body(const struct model *m, const struct message *msg, struct vtree *t,
                 struct vnode *row)
{
    struct vnode *n;
    if (msg->deleted || upd_toast_dooms(m, msg->room, msg->seq)) {
        n = vtree_row(t, row, DOM_TEMPLATE_DELETED, 1);
        vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, WORD_DELETED));
        return;
    }
    if (msg->text.n) {
        n = vtree_row(t, row, DOM_TEMPLATE_BODY, 1);
        vtree_text_stamped(t, n, DOM_SLOT_BODY, msg->text, msg->stamp);
    }
    if (msg->files_n)
        view_files(m, msg, t, row);
    if (msg->edited_ms) {
        n = vtree_row(t, row, DOM_TEMPLATE_EDITED, 1);
        vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, WORD_EDITED));
    }
}

static void row_looks(const struct model *m, const struct message *msg, bool compact,
                      struct vtree *t, struct vnode *row)
{
    static const char *const states[] = {"sent", "pending", "failed"};
    view_number_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_KEY, msg->key);
    vtree_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_STATE, slice_str(states[msg->state]));
    if (msg->seq)
        view_number_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_SEQ, (uint64_t)msg->seq);
    if (msg->cid[0])
        vtree_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_CID, message_cid(msg));
    vtree_flag(t, row, DOM_SLOT_SELF, DOM_ATTR_COMPACT, compact);
    vtree_flag(t, row, DOM_SLOT_SELF, DOM_ATTR_OWN, msg->own);
    vtree_flag(t, row, DOM_SLOT_SELF, DOM_ATTR_MENTIONED, msg->mentions_me && !message_hidden(msg));
    vtree_flag(t, row, DOM_SLOT_SELF, DOM_ATTR_FLASH, msg->key == m->flash_key);
    /* One row is a stop of the Tab key, and on it its author where he can be seen. */
    bool focused = msg->key == m->focus_key;
    vtree_attr(t, row, DOM_SLOT_ARTICLE, DOM_ATTR_TAB_INDEX, focused ? SL("0") : SL("-1"));
    vtree_attr(t, row, DOM_SLOT_BUTTON, DOM_ATTR_TAB_INDEX,
               focused && !compact ? SL("0") : SL("-1"));
}

/* Of somebody who is blocked: that there is something, and how to see it. */
static void folded(const struct model *m, struct vtree *t, struct vnode *row)
{
    struct vnode *n = vtree_row(t, row, DOM_TEMPLATE_FOLDED, 1);
    vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, WORD_BLOCKED_MESSAGE));
    vtree_text(t, n, DOM_SLOT_BUTTON, words_get(&m->words, WORD_BLOCKED_SHOW));
}

void view_message(const struct model *m, const struct room *room, const struct message *msg,
                  bool compact, struct vtree *t, struct vnode *list)
{
    struct vnode *row = vtree_row(t, list, DOM_TEMPLATE_ROW, msg->key);
    bool hidden = message_hidden(msg);
    row_looks(m, msg, compact || hidden, t, row);
    if (hidden) {
        times(m, t, row, msg->ts_ms);
        folded(m, t, row);
        return;
    }
    view_avatar(t, row, DOM_SLOT_AVATAR, msg->from);
    vtree_text(t, row, DOM_SLOT_AUTHOR, author_of(m, msg));
    times(m, t, row, msg->ts_ms);
    if (msg->reply_to)
        quote(m, room, msg, t, row);
    body(m, msg, t, row);
    if (msg->reactions_n)
        reactions(m, msg, t, row);
    if (msg->state != MESSAGE_SENT)
        state(m, room, msg, t, row);
    else if (msg->key == m->hover_key || msg->key == m->focus_key)
        tools(m, room, msg, t, row);
}
