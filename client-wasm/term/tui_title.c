/* See tui_title.h. */
#include "tui_title.h"

#include "term_text.h"

bool tui_title_known(struct slice term, bool tmux)
{
    static const char *const families[] = {"xterm", "tmux",    "rxvt",    "foot", "alacritty",
                                           "kitty", "wezterm", "contour", "vte",  "konsole"};
    if (slice_starts_with(term, SL("screen")))
        return tmux;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        struct slice family = slice_str(families[i]);
        if (slice_starts_with(term, family) && (term.n == family.n || term.p[family.n] == '-'))
            return true;
    }
    return false;
}

enum err tui_title_put(struct buf *out, struct slice title)
{
    size_t before = out->n;
    enum err e = buf_put(out, SL("\x1b]2;"));
    e = e ? e : term_text_put(out, title);
    e = e ? e : buf_put(out, SL("\x1b\\"));
    if (e)
        out->n = before;
    return e;
}
