/* What Tab makes of a command that is begun. See console.h. */
#include "console_run.h"

#include "text.h"

static size_t same_n(struct slice a, struct slice b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

/* The word itself: as far as all agree; where they part, they are told. */
static void complete_word(struct console *c, struct slice begun, struct buf *out)
{
    struct buf all = {.max = 1024};
    struct slice common = SL(""), word;
    size_t n = 0;
    for (size_t i = 0; (word = console_command_word(i)).n > 0; i++) {
        if (!slice_starts_with(word, begun))
            continue;
        common = n++ ? (struct slice){common.p, same_n(common, word)} : word;
        if ((all.n && buf_putc(&all, ' ') != ERR_OK) || buf_put(&all, word) != ERR_OK)
            break;
    }
    if (n > 1 && common.n == begun.n)
        console_say(c, buf_peek(&all), false);
    if (n && (buf_put(out, common) != ERR_OK || (n == 1 && buf_putc(out, ' ') != ERR_OK)))
        buf_reset(out);
    buf_fini(&all);
}

enum console_completes console_complete(struct console *c, struct slice begun, struct buf *out,
                                        struct slice *word)
{
    size_t space = slice_find(begun, ' ');
    if (begun.n == 0 || begun.p[0] != '/' || slice_starts_with(begun, SL("//")) ||
        slice_find(begun, '\n') < begun.n)
        return CONSOLE_COMPLETES_NOTHING;
    if (space == begun.n) {
        complete_word(c, begun, out);
        return CONSOLE_COMPLETES_WORD;
    }
    *word = text_trim(slice_from(begun, space));
    switch (console_command_with((struct slice){begun.p, space})) {
    case WORD_TERM_WITH_NAME:
    case WORD_TERM_WITH_NAME_MAYBE:
    case WORD_TERM_WITH_NAME_TEXT:
    case WORD_TERM_WITH_MINUTES:
    case WORD_TERM_WITH_ROLE:
        return slice_find(*word, ' ') == word->n ? CONSOLE_COMPLETES_NAME
                                                 : CONSOLE_COMPLETES_NOTHING;
    case WORD_TERM_WITH_ROOM:
        return slice_find(*word, ' ') == word->n ? CONSOLE_COMPLETES_ROOM
                                                 : CONSOLE_COMPLETES_NOTHING;
    case WORD_TERM_WITH_PATH:
    case WORD_TERM_WITH_PATH_TEXT:
        return CONSOLE_COMPLETES_PATH;
    default:
        return CONSOLE_COMPLETES_NOTHING;
    }
}
