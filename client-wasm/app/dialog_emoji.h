/* Choosing an emoji: what is shown, and by which number it is picked. */
#pragma once

#include "model.h"

/* The n-th that is shown. false: there are no more. name: how it is called, empty: not known yet. */
bool dialog_emoji_at(const struct model *m, uint32_t n, struct emoji_glyph *glyph,
                     struct slice *name);
/* The table has come: show it. */
void dialog_emoji_refresh(struct model *m);
