/* The first few messages of a burst one by one, the rest as one sum at its end. */
#include "upd_announce.h"

#include "limits.h"
#include "text.h"
#include "update.h"

#define SAY_TEXT_CHARS 200

static struct slice author_or(struct slice user)
{
    return user.n ? user : SL("Someone");
}

/* An announcement that does not fit in memory is left out: it is a help, not the message. */
static void say(struct model *m, struct slice by, struct slice sep, struct slice text)
{
    struct announcer *a = &m->announcer;
    struct say *s = &a->says[a->next_id % MODEL_SAYS_MAX];
    buf_reset(&s->text);
    if (buf_put(&s->text, by) == ERR_OK && buf_put(&s->text, sep) == ERR_OK &&
        buf_put(&s->text, text) == ERR_OK)
        s->id = ++a->next_id;
    else
        buf_reset(&s->text);
}

void upd_announce_message(struct model *m, struct slice user, struct slice text)
{
    struct announcer *a = &m->announcer;
    if (!m->focused)
        return;
    struct slice by = text_cut(author_or(user), CHAT_USER_CHARS_MAX);
    bool over = a->held_n == 0 && m->now_ms - a->burst_since_ms >= UPDATE_BURST_MS;
    if (a->burst_n == 0 || over) {
        a->burst_since_ms = m->now_ms;
        a->burst_n = 0;
    }
    if (++a->burst_n <= UPDATE_BURST_N) {
        say(m, by, SL(": "), text_cut(text, SAY_TEXT_CHARS));
        return;
    }
    if (a->held_n++ == 0) {
        a->several = false;
        buf_reset(&a->by);
        if (buf_put(&a->by, by) != ERR_OK)
            buf_reset(&a->by);
    } else if (!slice_eq(buf_peek(&a->by), by)) {
        a->several = true;
    }
}

void upd_announce_tick(struct model *m)
{
    struct announcer *a = &m->announcer;
    if (a->held_n == 0 || m->now_ms - a->burst_since_ms < UPDATE_BURST_MS)
        return;
    struct buf line;
    buf_init(&line, 64);
    if (buf_put_u64(&line, a->held_n) == ERR_OK &&
        buf_put(&line, a->held_n == 1 ? SL(" more message from ") : SL(" more messages from ")) ==
            ERR_OK)
        say(m, buf_peek(&line), buf_peek(&a->by), a->several ? SL(" and others") : SL(""));
    buf_fini(&line);
    a->held_n = 0;
    a->burst_n = 0;
    a->burst_since_ms = m->now_ms;
}

int64_t upd_announce_wake_ms(const struct model *m)
{
    return m->announcer.held_n ? m->announcer.burst_since_ms + UPDATE_BURST_MS : INT64_MAX;
}
