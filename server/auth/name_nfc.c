/* See name_nfc.h. */
#include "name_nfc.h"

#include "chat_limits.h"
#include "utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

#define MARKS_IN_A_ROW_MAX 3

static enum err map_into(struct slice s, utf8proc_option_t options, struct buf *out)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &mapped,
                                      options | UTF8PROC_STABLE);
    if (n < 0) {
        return n == UTF8PROC_ERROR_NOMEM ? ERR_NOMEM : ERR_INVALID;
    }
    enum err e = buf_put(out, (struct slice){(const char *)mapped, (size_t)n});
    (free)(mapped); /* the library's own memory */
    return e;
}

enum err name_nfc(struct slice s, struct buf *out)
{
    return map_into(s, UTF8PROC_COMPOSE, out);
}

enum err name_fold(struct slice s, struct buf *out)
{
    return map_into(s, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD, out);
}

/* Why a character may not stand in a name; NULL: it may. */
static const char *wrong_char(utf8proc_int32_t c, unsigned *marks)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return "has a control character";
    case UTF8PROC_CATEGORY_CF:
        /* The joiner of emoji is the one that is of use. */
        return c == 0x200D ? NULL : "has an invisible character";
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
        return "has a character that does not exist";
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return ++*marks > MARKS_IN_A_ROW_MAX ? "has too many marks on a letter" : NULL;
    default:
        *marks = 0;
        return NULL;
    }
}

static const char *check_chars(struct slice s)
{
    unsigned marks = 0;
    bool visible = false;
    for (size_t at = 0; at < s.n;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p + at, (utf8proc_ssize_t)(s.n - at), &c);
        if (n <= 0) {
            return "is not text";
        }
        const char *why = wrong_char(c, &marks);
        if (why) {
            return why;
        }
        /* Letters that are drawn as nothing. */
        visible = visible || (utf8proc_category(c) != UTF8PROC_CATEGORY_ZS && c != 0x200D &&
                              c != 0x115F && c != 0x1160 && c != 0x3164 && c != 0xFFA0);
        at += (size_t)n;
    }
    return visible ? NULL : "is empty";
}

const char name_no_memory[] = "cannot be looked at: there is no memory";

const char *name_display(struct slice s, struct buf *out)
{
    struct buf text = {.max = CHAT_DISPLAY_CHARS_MAX * UTF8_BYTES_MAX * 4};
    enum err e = name_nfc(s, &text);
    const char *why = e == ERR_OK ? NULL : e == ERR_NOMEM ? name_no_memory : "is not text";
    struct slice name = buf_peek(&text);
    while (!why && name.n > 0 && name.p[0] == ' ') {
        name = slice_from(name, 1);
    }
    while (!why && name.n > 0 && name.p[name.n - 1] == ' ') {
        name.n--;
    }
    why = why ? why : check_chars(name);
    if (!why && utf8_length(name) > CHAT_DISPLAY_CHARS_MAX) {
        why = "must be 1 to 64 characters";
    }
    if (!why) {
        e = buf_put(out, name);
        why = e == ERR_OK ? NULL : e == ERR_NOMEM ? name_no_memory : "is too long";
    }
    buf_fini(&text);
    return why;
}
