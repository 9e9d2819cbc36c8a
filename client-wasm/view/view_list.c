/* Rows of the window. A row is compact when it continues what its author just said. */
#include "view_list.h"

#include "caltime.h"
#include "iso_time.h"
#include "limits.h"
#include "text.h"
#include "update.h"
#include "view_number.h"

#define GROUP_MS (5 * 60 * (int64_t)1000)
#define HUES_N   8

/* What the rows so far mean for the next one. */
struct place {
    const struct message *before; /* NULL: nothing to continue */
    int64_t day;                  /* INT64_MIN: none yet */
};

static struct slice shown_author(const struct message *msg)
{
    return msg->user.n ? text_cut(msg->user, CHAT_USER_CHARS_MAX) : SL("Someone");
}

static unsigned hue_of(struct slice name)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < name.n; i++)
        h = (h ^ (uint8_t)name.p[i]) * 16777619u;
    return (h ^ h >> 16) % HUES_N;
}

/* The first letter of a name, upper case where that is simple. */
static void avatar(struct vtree *t, struct vnode *row, const struct message *msg,
                   struct slice author)
{
    struct view_number number;
    struct slice letter = msg->user.n ? text_cut(author, 1) : SL("?");
    char upper[4];
    if (letter.n == 1 && letter.p[0] >= 'a' && letter.p[0] <= 'z') {
        upper[0] = (char)(letter.p[0] - 'a' + 'A');
        letter.p = upper;
    }
    vtree_text(t, row, DOM_SLOT_AVATAR, letter);
    vtree_attr(t, row, DOM_SLOT_AVATAR, DOM_ATTR_HUE, view_number(hue_of(author), &number));
}

static bool continues(const struct message *msg, const struct message *before)
{
    return before && before->kind == MESSAGE_TEXT && msg->user.n && before->own == msg->own &&
           slice_eq(msg->user, before->user) && msg->ts_ms - before->ts_ms < GROUP_MS &&
           before->ts_ms - msg->ts_ms < GROUP_MS;
}

static struct slice state_name(const struct message *msg)
{
    switch ((enum message_state)msg->state) {
    case MESSAGE_QUEUED:
    case MESSAGE_SENDING:
        return SL("pending");
    case MESSAGE_FAILED:
        return SL("failed");
    case MESSAGE_SENT:
    case MESSAGE_GONE:
        break;
    }
    return SL("sent");
}

/* The words below a message that is not (yet) sent; empty when there is nothing to say. */
static struct slice state_words(const struct model *m, const struct message *msg)
{
    switch ((enum message_state)msg->state) {
    case MESSAGE_QUEUED:
        return m->conn.state == CONN_LIVE ? SL("") : SL("Will send when online");
    case MESSAGE_SENDING:
        return m->now_ms - msg->sent_at_ms >= UPDATE_SLOW_AFTER_MS ? SL("Sending\xE2\x80\xA6")
                                                                   : SL("");
    case MESSAGE_FAILED:
        return msg->sent_at_ms ? SL("Not confirmed. It may have arrived all the same.")
                               : SL("Not sent. Your text is kept here.");
    case MESSAGE_SENT:
    case MESSAGE_GONE:
        break;
    }
    return SL("");
}

static void row_state(const struct model *m, struct vtree *t, struct vnode *row,
                      const struct message *msg)
{
    struct slice words = state_words(m, msg);
    if (words.n == 0)
        return;
    struct vnode *state = vtree_row(t, row, DOM_TEMPLATE_STATE, 0);
    vtree_text(t, state, DOM_SLOT_LABEL, words);
    if (msg->state == MESSAGE_FAILED)
        vtree_row(t, row, DOM_TEMPLATE_ACTIONS, 0);
}

static void row_times(const struct model *m, struct vtree *t, struct vnode *row, int64_t ts_ms)
{
    struct caltime_text text;
    char iso[ISO_TIME_BYTES];
    caltime_clock(ts_ms, m->utc_offset_min, m->hour12, &text);
    vtree_text(t, row, DOM_SLOT_TIME, caltime_slice(&text));
    iso_time_format(ts_ms, iso);
    vtree_attr(t, row, DOM_SLOT_TIME, DOM_ATTR_DATETIME, (struct slice){iso, sizeof iso});
    caltime_full(ts_ms, m->utc_offset_min, m->hour12, &text);
    vtree_attr(t, row, DOM_SLOT_TIME, DOM_ATTR_TITLE, caltime_slice(&text));
}

static void message_row(const struct model *m, struct vtree *t, struct vnode *list,
                        const struct message *msg, bool compact)
{
    struct view_number number;
    struct slice author = shown_author(msg);
    struct vnode *row = vtree_row(t, list, DOM_TEMPLATE_ROW, msg->key);
    vtree_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_KEY, view_number(msg->key, &number));
    vtree_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_STATE, state_name(msg));
    if (msg->cid.n)
        vtree_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_CID, msg->cid);
    vtree_flag(t, row, DOM_SLOT_SELF, DOM_ATTR_COMPACT, compact);
    vtree_flag(t, row, DOM_SLOT_SELF, DOM_ATTR_OWN, msg->own);
    vtree_flag(t, row, DOM_SLOT_SELF, DOM_ATTR_ANONYMOUS, msg->user.n == 0);
    avatar(t, row, msg, author);
    vtree_text(t, row, DOM_SLOT_AUTHOR, author);
    row_times(m, t, row, msg->ts_ms);
    vtree_text_stamped(t, row, DOM_SLOT_BODY, msg->text, 1);
    row_state(m, t, row, msg);
}

/* A separator where the day goes on. It never goes back: a clock that is behind does not tear the
 * list apart. */
static void day_row(const struct model *m, struct vtree *t, struct vnode *list,
                    const struct message *msg, struct place *place)
{
    int64_t day = caltime_day(msg->ts_ms, m->utc_offset_min);
    if (day <= place->day)
        return;
    place->day = day;
    place->before = NULL;
    struct caltime_text label;
    caltime_day_label(day, caltime_day(m->wall_ms, m->utc_offset_min), &label);
    struct vnode *row = vtree_row(t, list, DOM_TEMPLATE_DAY, (uint64_t)day);
    vtree_text(t, row, DOM_SLOT_LABEL, caltime_slice(&label));
    vtree_attr(t, row, DOM_SLOT_LABEL, DOM_ATTR_ARIA_LABEL, caltime_slice(&label));
}

/* One for a whole run of them: nobody can fill the page with these. */
static void note_row(struct vtree *t, struct vnode *list, const struct message *msg,
                     const struct message *before)
{
    if (before && before->kind == msg->kind)
        return;
    struct vnode *row = vtree_row(t, list, DOM_TEMPLATE_NOTE, msg->key);
    vtree_text(t, row, DOM_SLOT_LABEL,
               msg->kind == MESSAGE_TOO_LARGE ? SL("A message came that is too long to show.")
                                              : SL("Something came that is not a text message."));
}

/* "10:03", with its day where that is another one. */
static enum err put_moment(const struct model *m, struct buf *line, int64_t ts_ms, int64_t other_ms)
{
    struct caltime_text text;
    int64_t day = caltime_day(ts_ms, m->utc_offset_min);
    if (day != caltime_day(other_ms, m->utc_offset_min)) {
        caltime_day_label(day, caltime_day(m->wall_ms, m->utc_offset_min), &text);
        enum err e = buf_put(line, caltime_slice(&text));
        if (e == ERR_OK)
            e = buf_put(line, SL(" "));
        if (e != ERR_OK)
            return e;
    }
    caltime_clock(ts_ms, m->utc_offset_min, m->hour12, &text);
    return buf_put(line, caltime_slice(&text));
}

static void gap_row(const struct model *m, struct vtree *t, struct vnode *list,
                    const struct message *gap)
{
    struct vnode *row = vtree_row(t, list, DOM_TEMPLATE_GAP, gap->key);
    bool moment = gap->end_ms / 60000 == gap->ts_ms / 60000;
    struct buf line;
    buf_init(&line, 256);
    if (buf_put(&line, moment ? SL("Connection was lost for a moment at ")
                              : SL("Connection was lost from ")) != ERR_OK ||
        put_moment(m, &line, gap->ts_ms, gap->end_ms) != ERR_OK ||
        (!moment && (buf_put(&line, SL(" to ")) != ERR_OK ||
                     put_moment(m, &line, gap->end_ms, gap->ts_ms) != ERR_OK)) ||
        buf_put(&line, SL(". Messages of that time may be missing.")) != ERR_OK)
        t->failed = true;
    vtree_text(t, row, DOM_SLOT_LABEL, buf_peek(&line));
    vtree_attr(t, row, DOM_SLOT_LABEL, DOM_ATTR_ARIA_LABEL, buf_peek(&line));
    buf_fini(&line);
}

void view_list(const struct model *m, struct vtree *t, struct vnode *parent)
{
    struct vnode *list = vtree_fixed(t, parent, DOM_NODE_LIST);
    struct place place = {.day = INT64_MIN};
    for (uint64_t key = m->window.first; key < m->window.end; key++) {
        const struct message *msg = model_message(m, key);
        if (msg->state == MESSAGE_GONE)
            continue;
        day_row(m, t, list, msg, &place);
        if (msg->kind == MESSAGE_TEXT)
            message_row(m, t, list, msg, continues(msg, place.before));
        else if (msg->kind == MESSAGE_GAP)
            gap_row(m, t, list, msg);
        else
            note_row(t, list, msg, place.before);
        place.before = msg;
    }
    struct vnode *empty = vtree_fixed(t, parent, DOM_NODE_EMPTY);
    vtree_flag(t, empty, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, m->log.count != 0);
}

void view_jump(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct window *w = &m->window;
    struct view_number number;
    struct vnode *jump = vtree_fixed(t, parent, DOM_NODE_JUMP);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_JUMP_TEXT);
    bool shown = !w->following && (w->new_n > 0 || w->far);
    vtree_flag(t, jump, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    if (w->new_n == 0) {
        vtree_text(t, text, DOM_SLOT_SELF, SL("Jump to latest"));
        return;
    }
    struct buf line;
    buf_init(&line, 64);
    if (buf_put(&line, view_number(w->new_n, &number)) != ERR_OK ||
        buf_put(&line, w->new_n == 1 ? SL(" new message") : SL(" new messages")) != ERR_OK)
        t->failed = true;
    vtree_text(t, text, DOM_SLOT_SELF, buf_peek(&line));
    buf_fini(&line);
}
