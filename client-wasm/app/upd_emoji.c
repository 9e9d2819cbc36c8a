/* See upd_emoji.h. */
#include "upd_emoji.h"

#include "dialog_emoji.h"
#include "upd_popup.h"

#define EMOJI_PATH "/emoji.txt"

bool upd_emoji_want(struct model *m, struct effects *fx)
{
    struct emoji_state *e = &m->emoji;
    if (e->loading == EMOJI_ABSENT) {
        effects_add(fx, (struct effect){.type = EFFECT_HTTP,
                                        .ask = {ASK_EMOJI, 0, 0},
                                        .http = {.path = SL(EMOJI_PATH)}});
        e->loading = EMOJI_LOADING;
    }
    return e->loading == EMOJI_HERE;
}

void upd_emoji_http(struct model *m, const struct action_http *http, struct effects *fx)
{
    struct emoji_fault fault;
    /* What failed is asked for again when it is wanted again. */
    bool ok = http->status == 200 && emoji_parse(&m->emoji.table, http->body, &fault) == ERR_OK;
    m->emoji.loading = ok ? EMOJI_HERE : EMOJI_ABSENT;
    if (ok)
        upd_popup_refresh(m, false, fx);
    if (m->dialog.kind == DIALOG_EMOJI)
        dialog_emoji_refresh(m);
}

void upd_emoji_glyph(const struct model *m, uint32_t row, struct emoji_glyph *out)
{
    struct emoji emoji = emoji_at(&m->emoji.table, row);
    emoji_toned(&emoji, m->emoji.tone, out);
}

bool upd_emoji_code(const struct model *m, struct slice code, struct emoji_glyph *out)
{
    uint32_t row = emoji_find_code(&m->emoji.table, code);
    if (row == EMOJI_NONE)
        return false;
    upd_emoji_glyph(m, row, out);
    return true;
}

static void save(struct effects *fx)
{
    effects_add(fx, (struct effect){.type = EFFECT_SAVE_EMOJI});
}

void upd_emoji_used(struct model *m, struct slice glyph, struct effects *fx)
{
    emoji_recent_use(&m->emoji.recent, glyph);
    save(fx);
}

void upd_emoji_tone(struct model *m, enum emoji_tone tone, struct effects *fx)
{
    if (tone < EMOJI_TONES_N) {
        m->emoji.tone = tone;
        save(fx);
    }
}

void upd_emoji_restore(struct model *m, struct slice kept)
{
    if (kept.n && kept.p[0] >= '0' && kept.p[0] < '0' + EMOJI_TONES_N) {
        m->emoji.tone = (enum emoji_tone)(kept.p[0] - '0');
        kept = slice_from(kept, 1);
    }
    emoji_recent_decode(&m->emoji.recent, kept);
}

enum err upd_emoji_encode(const struct model *m, struct buf *out)
{
    enum err e = buf_put_u64(out, m->emoji.tone);
    e = e ? e : buf_putc(out, ' ');
    return e ? e : emoji_recent_encode(&m->emoji.recent, out);
}
