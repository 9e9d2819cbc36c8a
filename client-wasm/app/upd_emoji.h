/* The emojis' table, which is loaded when it is wanted first, and which of them this person uses. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* true: the table is here; else it comes, or cannot be had. */
bool upd_emoji_want(struct model *m, struct effects *fx);
void upd_emoji_http(struct model *m, const struct action_http *http, struct effects *fx);
/* Of a row, in the person's tone. */
void upd_emoji_glyph(const struct model *m, uint32_t row, struct emoji_glyph *out);
/* By its short code; false: there is none. */
bool upd_emoji_code(const struct model *m, struct slice code, struct emoji_glyph *out);
/* It was used: among the recent ones. */
void upd_emoji_used(struct model *m, struct slice glyph, struct effects *fx);
void upd_emoji_tone(struct model *m, enum emoji_tone tone, struct effects *fx);
/* Tone and recent ones as a text that outlives the page: "3 GLYPH GLYPH". */
void upd_emoji_restore(struct model *m, struct slice kept);
NODISCARD enum err upd_emoji_encode(const struct model *m, struct buf *out);
