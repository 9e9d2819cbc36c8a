/* See upd_toast.h. */
#include "upd_toast.h"
#include "refusal.h"

#include <string.h>

/* What is undone is only forgotten. */
static void take_out(struct model *m, uint32_t i)
{
    struct toasts *ts = &m->toasts;
    buf_fini(&ts->at[i].text);
    memmove(&ts->at[i], &ts->at[i + 1], (TOASTS_MAX - 1 - i) * sizeof ts->at[0]);
    ts->at[TOASTS_MAX - 1] = (struct toast){.text.max = TOAST_BYTES_MAX};
    ts->held &= ts->at[0].id != 0;
}

static void end(struct model *m, uint32_t i, struct effects *fx)
{
    const struct toast *t = &m->toasts.at[i];
    if (t->kind == TOAST_DELETE)
        effects_ask(fx, (struct ask){ASK_DELETE, t->room, t->seq}, EVENT_DELETE,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SEQ,
                                          .room = t->room,
                                          .seq = t->seq});
    take_out(m, i);
}

static struct toast *add(struct model *m, enum toast_kind kind, struct slice text,
                         struct effects *fx)
{
    struct toasts *ts = &m->toasts;
    uint32_t n = 0;
    while (n < TOASTS_MAX && ts->at[n].id)
        n++;
    if (n == TOASTS_MAX)
        end(m, 0, fx);
    struct toast *t = &ts->at[n < TOASTS_MAX ? n : TOASTS_MAX - 1];
    *t = (struct toast){.kind = kind,
                        .id = ++ts->last_id,
                        .since_ms = m->now_ms,
                        .until_ms = m->now_ms + TOAST_MS,
                        .text.max = TOAST_BYTES_MAX};
    if (kind == TOAST_NEWS && text.n > TOAST_SHORT)
        t->until_ms += (int64_t)(text.n - TOAST_SHORT) * TOAST_LETTER_MS;
    if (buf_put(&t->text, text) != ERR_OK)
        buf_reset(&t->text);
    return t;
}

void upd_toast_say(struct model *m, struct slice text, struct effects *fx)
{
    add(m, TOAST_NEWS, text, fx);
}

void upd_toast_word(struct model *m, enum word word, struct effects *fx)
{
    add(m, TOAST_NEWS, words_get(&m->words, word), fx);
}

void upd_toast_delete(struct model *m, int64_t room, int64_t seq, struct effects *fx)
{
    if (upd_toast_dooms(m, room, seq))
        return;
    struct toast *t = add(m, TOAST_DELETE, words_get(&m->words, WORD_MESSAGE_DELETED), fx);
    t->room = room;
    t->seq = seq;
}

bool upd_toast_dooms(const struct model *m, int64_t room, int64_t seq)
{
    for (uint32_t i = 0; i < TOASTS_MAX; i++) {
        const struct toast *t = &m->toasts.at[i];
        if (t->id && t->kind == TOAST_DELETE && t->room == room && t->seq == seq)
            return true;
    }
    return false;
}

bool upd_toast_click(struct model *m, const struct action_click *click)
{
    if (click->act != DOM_ACT_TOAST)
        return false;
    for (uint32_t i = 0; i < TOASTS_MAX; i++) {
        if (m->toasts.at[i].id == click->key && click->key) {
            take_out(m, i);
            break;
        }
    }
    return true;
}

void upd_toast_hold(struct model *m, bool on)
{
    struct toasts *ts = &m->toasts;
    if (ts->held && !on) {
        for (uint32_t i = 0; i < TOASTS_MAX; i++) {
            if (ts->at[i].until_ms < m->now_ms + TOAST_AFTER_MS)
                ts->at[i].until_ms = m->now_ms + TOAST_AFTER_MS;
        }
    }
    ts->held = on && ts->at[0].id;
}

void upd_toast_deleted(struct model *m, const struct action_answer *a, struct effects *fx)
{
    const struct chat_answer *answer = a->answer;
    struct buf line = {.max = TOAST_BYTES_MAX};
    if (answer->result == ERR_OK && (answer->ok || answer->why.error == CHAT_NOT_FOUND))
        return;
    struct refusal_text room;
    struct slice text = refusal_text(&m->words, REFUSAL_OF_ANY, &answer->why, &room);
    if (text.n == 0)
        text = words_get(&m->words, WORD_NO_ANSWER);
    if (words_put(&m->words, &line, WORD_NOT_DELETED, text, SL("")) == ERR_OK)
        upd_toast_say(m, buf_peek(&line), fx);
    buf_fini(&line);
}

void upd_toast_end(struct model *m, struct effects *fx)
{
    while (m->toasts.at[0].id)
        end(m, 0, fx);
}

/* When the one at i goes, unless it is let go of before. */
static int64_t until_ms(const struct model *m, uint32_t i)
{
    const struct toast *t = &m->toasts.at[i];
    if (!t->id)
        return INT64_MAX;
    return m->toasts.held ? t->since_ms + TOAST_HOLD_MAX_MS : t->until_ms;
}

void upd_toast_tick(struct model *m, struct effects *fx)
{
    for (uint32_t i = 0; i < TOASTS_MAX;) {
        if (until_ms(m, i) <= m->now_ms)
            end(m, i, fx);
        else
            i++;
    }
}

int64_t upd_toast_wake_ms(const struct model *m)
{
    int64_t wake = INT64_MAX;
    for (uint32_t i = 0; i < TOASTS_MAX; i++) {
        if (until_ms(m, i) < wake)
            wake = until_ms(m, i);
    }
    return wake;
}
