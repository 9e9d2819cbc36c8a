/* Choosing an emoji: what is shown, and by which number it is picked. */
#pragma once

#include "model.h"

#define DIALOG_EMOJI_SHOWN_MAX 120

/* The n-th that is shown: those that most people use and one's own last ones, then the table's, by what was typed.
 * false: there are no more. name: how it is called, empty: not known. */
bool dialog_emoji_at(const struct model *m, uint32_t n, struct emoji_glyph *glyph,
                     struct slice *name);
