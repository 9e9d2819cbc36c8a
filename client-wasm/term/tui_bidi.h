/* Text that runs from right to left. Which cell is seen where is left to the terminal, which knows letters and fonts; here it is told where
 * one text ends and the next begins, so that a name, a number and the column beside them do not change places.
 */
#pragma once

#include "tui_screen.h"

enum tui_way { TUI_WAY_NONE, TUI_WAY_LTR, TUI_WAY_RTL };

/* Of the first letter that has one. */
enum tui_way tui_bidi_way(const struct tui_cell *cells, uint32_t n);
/* A row of the screen: its texts, which two spaces or a line keep apart, are isolated from each other (UAX #9: LRI, RLI, PDI). Rows without
 * letters from right to left stay as they are. */
void tui_bidi_row(struct tui_cell *cells, uint32_t n);
