/* The terminal itself: raw mode and the other screen while the program is there, and all of it given back however the program ends. */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* Standard input and output are a terminal that can move its cursor. false: said on stderr. To be asked first, before
 * anything has touched them. */
bool tui_tty_usable(void);
/* Take the terminal; signals of a crash give it back. */
bool tui_tty_open(void);
/* Give it back; more than once does no harm. */
void tui_tty_close(void);
/* Give it back and stop this program until the shell lets it go on; and take it again, also when it was stopped in another way. The
 * screen may have another size then, and has to be drawn anew. */
void tui_tty_suspend(void);
bool tui_tty_resume(void);
void tui_tty_size(uint32_t *width, uint32_t *height);
/* Does the window have a title that may be set while we are here? */
bool tui_tty_titled(void);
/* All of it, waiting for a slow terminal. false: it is gone. */
bool tui_tty_write(struct slice bytes);
