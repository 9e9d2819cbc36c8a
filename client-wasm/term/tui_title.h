/* The title of the terminal's window: xterm's sequences, which others have taken over. No I/O. */
#pragma once

#include "buf.h"
#include <stdbool.h>

/* Remember the title, give back the one that was remembered. */
#define TUI_TITLE_PUSH "\x1b[22;2t"
#define TUI_TITLE_POP  "\x1b[23;2t"

/* Is a terminal of this $TERM known to have a title, or at least to pass over what is about one? tmux: within tmux, which calls itself screen. */
bool tui_title_known(struct slice term, bool tmux);
/* Append what sets the title to valid UTF-8, with nothing in it that could end or steer it. Returns: as buf_put; out is then as before. */
NODISCARD enum err tui_title_put(struct buf *out, struct slice title);
