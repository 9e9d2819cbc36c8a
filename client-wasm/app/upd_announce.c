/* The first few messages of a burst one by one, the rest as one sum at its end. */
#include "upd_announce.h"

#include "text.h"
#include "update.h"

#define SAY_TEXT_CHARS 200

/* An announcement that does not fit in memory is left out: it is a help, not the message. */
static struct buf *next_say(struct announcer *a)
{
    struct say *s = &a->says[a->next_id % MODEL_SAYS_MAX];
    buf_reset(&s->text);
    s->id = a->next_id + 1;
    return &s->text;
}

static void said(struct announcer *a, enum err e)
{
    if (e == ERR_OK)
        a->next_id++;
    else
        buf_reset(&a->says[a->next_id % MODEL_SAYS_MAX].text);
}

void upd_announce_hush(struct model *m)
{
    m->announcer.held_n = 0;
    m->announcer.burst_n = 0;
}

void upd_announce_message(struct model *m, const struct person *person, struct slice text,
                          bool mentioned)
{
    struct announcer *a = &m->announcer;
    if (!m->focused || m->settings.announce == ANNOUNCE_NONE ||
        (m->settings.announce == ANNOUNCE_MENTIONS && !mentioned))
        return;
    struct slice by = person ? person_shown(person) : words_get(&m->words, WORD_SOMEONE);
    bool over = a->held_n == 0 && m->now_ms - a->burst_since_ms >= UPDATE_BURST_MS;
    if (a->burst_n == 0 || over) {
        a->burst_since_ms = m->now_ms;
        a->burst_n = 0;
    }
    if (++a->burst_n <= UPDATE_BURST_N) {
        said(a, words_put(&m->words, next_say(a), WORD_SAY, by, text_cut(text, SAY_TEXT_CHARS)));
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
    said(a, words_put_n(&m->words, next_say(a), a->several ? WORDS_SAY_MORE_OTHERS : WORDS_SAY_MORE,
                        a->held_n, buf_peek(&a->by)));
    a->held_n = 0;
    a->burst_n = 0;
    a->burst_since_ms = m->now_ms;
}

int64_t upd_announce_wake_ms(const struct model *m)
{
    return m->announcer.held_n ? m->announcer.burst_since_ms + UPDATE_BURST_MS : INT64_MAX;
}
