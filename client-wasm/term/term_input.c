/* See term_input.h. */
#include "term_input.h"

#include "limits.h"
#include "utf8.h"

#include <stdio.h>
#include <unistd.h>

/* Four bytes a character, and some, so that what is too long is seen. */
#define TEXT_MAX_BYTES (CHAT_TEXT_CHARS_MAX * 4 + 8)

/* The standard input up to its end, or up to more than a message can hold. */
static enum err read_input(struct buf *out)
{
    for (;;) {
        char part[4096];
        ssize_t n = read(STDIN_FILENO, part, sizeof part);
        if (n <= 0) {
            return n == 0 ? ERR_OK : ERR_IO;
        }
        enum err r = buf_put(out, (struct slice){part, (size_t)n});
        if (r != ERR_OK) {
            return r;
        }
    }
}

bool term_input_read(const struct term_options *options, struct buf *out)
{
    buf_init(out, TEXT_MAX_BYTES);
    enum err r = options->has_text ? buf_put(out, options->text) : read_input(out);
    if (r == ERR_IO || r == ERR_NOMEM) {
        fprintf(stderr, "tincan: cannot read the text: %s\n", err_text(r));
        return false;
    }
    if (r == ERR_OK && !options->has_text && out->n > 0 && out->p[out->n - 1] == '\n') {
        out->n--;
    }
    if (r == ERR_OK && out->n == 0) {
        fputs("tincan: there is no text to send\n", stderr);
        return false;
    }
    if (r == ERR_OK && !utf8_valid(buf_peek(out))) {
        fputs("tincan: the text is not valid UTF-8\n", stderr);
        return false;
    }
    if (r == ERR_LIMIT || utf8_length(buf_peek(out)) > CHAT_TEXT_CHARS_MAX) {
        fprintf(stderr, "tincan: the text is too long, at most %d characters are allowed\n",
                CHAT_TEXT_CHARS_MAX);
        return false;
    }
    return true;
}
