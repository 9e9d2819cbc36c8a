/* See term_input.h. */
#include "term_input.h"

#include "chat_text.h"
#include "limits.h"
#include "utf8.h"

#include <stdio.h>
#include <unistd.h>

/* Four bytes a character, and some, so that what is too long is seen. */
#define TEXT_MAX_BYTES (CHAT_TEXT_CHARS_MAX * 4 + 8)

#define TOO_LONG "tincan: the text is too long, at most %d characters are allowed\n"

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

/* What was given, as it may be sent; what was not typed as an argument ends with a line. */
static bool take(struct slice given, bool typed, struct buf *out)
{
    if (!utf8_valid(given)) {
        fputs("tincan: the text is not valid UTF-8\n", stderr);
        return false;
    }
    enum err r = chat_text_clean(given, NULL, out);
    if (r != ERR_OK) {
        fprintf(stderr, "tincan: cannot take the text: %s\n", err_text(r));
        return false;
    }
    if (!typed && out->n > 0 && out->p[out->n - 1] == '\n') {
        out->n--;
    }
    if (out->n == 0) {
        fputs("tincan: there is no text to send\n", stderr);
        return false;
    }
    if (utf8_length(buf_peek(out)) > CHAT_TEXT_CHARS_MAX) {
        fprintf(stderr, TOO_LONG, CHAT_TEXT_CHARS_MAX);
        return false;
    }
    return true;
}

bool term_input_read(const struct term_options *options, struct buf *out)
{
    struct buf given;
    buf_init(&given, TEXT_MAX_BYTES);
    buf_init(out, TEXT_MAX_BYTES);
    enum err r = options->has_text ? buf_put(&given, options->text) : read_input(&given);
    bool good = r == ERR_OK && take(buf_peek(&given), options->has_text, out);
    if (r == ERR_LIMIT) {
        fprintf(stderr, TOO_LONG, CHAT_TEXT_CHARS_MAX);
    } else if (r != ERR_OK) {
        fprintf(stderr, "tincan: cannot read the text: %s\n", err_text(r));
    }
    buf_fini(&given);
    return good;
}
