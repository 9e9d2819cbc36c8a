/* See name_nfc.h. */
#include "name_nfc.h"

#include "chat_limits.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define MARKS_IN_A_ROW_MAX 3
#define ZWJ                0x200D
#define TEXT_FORM          0xFE0E
#define EMOJI_FORM         0xFE0F
#define BRAILLE_BLANK      0x2800
#define LENGTH             "must be 1 to 64 characters"
#define NOTHING            "has a character that does not exist"

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

#define INVISIBLE "has an invisible character"

/* What is known of a display name up to some character. */
struct scan {
    int32_t base;   /* the last one that is no mark or joiner; 0: none, or a space */
    unsigned marks; /* on it */
    int32_t before; /* the very last one */
    bool visible;   /* is there anything to be seen */
};

static bool is_pictograph(int32_t c)
{
    return utf8proc_get_property(c)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* Only emoji may be joined, and only emoji and symbols have a colourful form. */
static const char *scan_joiner(struct scan *s, int32_t c)
{
    utf8proc_category_t category = utf8proc_category(s->base);
    bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    bool allowed = c == ZWJ ? is_pictograph(s->base) : s->base != 0 && !letter;
    if (!allowed || s->before == c) {
        return INVISIBLE;
    }
    s->before = c;
    return NULL;
}

static const char *scan_mark(struct scan *s, int32_t c)
{
    if (s->base == 0 || ++s->marks > MARKS_IN_A_ROW_MAX) {
        return "has too many marks on a letter";
    }
    s->before = c;
    return NULL;
}

static const char *scan_base(struct scan *s, int32_t c)
{
    /* The tones of skin belong to what is before them. */
    bool tone = c >= 0x1F3FB && c <= 0x1F3FF && is_pictograph(s->base);
    s->base = tone ? s->base : c;
    s->before = c;
    s->marks = 0;
    s->visible = true;
    return NULL;
}

/* Why a character may not stand in a name; NULL: it may. */
static const char *scan_char(struct scan *s, int32_t c)
{
    bool reserved_emoji = c >= 0x1F000 && c <= 0x1FAFF; /* newer than the tables */
    if (s->before == ZWJ && !is_pictograph(c) && !reserved_emoji) {
        return INVISIBLE;
    }
    if (c == ' ') {
        *s = (struct scan){.before = c, .visible = s->visible};
        return NULL;
    }
    if (c == ZWJ || c == TEXT_FORM || c == EMOJI_FORM) {
        return scan_joiner(s, c);
    }
    if (utf8proc_get_property(c)->ignorable || c == BRAILLE_BLANK) {
        return INVISIBLE;
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return "has a control character";
    case UTF8PROC_CATEGORY_CF:
        return INVISIBLE;
    case UTF8PROC_CATEGORY_CN:
        return reserved_emoji ? scan_base(s, c) : NOTHING;
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
        return NOTHING;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return scan_mark(s, c);
    default:
        return scan_base(s, c);
    }
}

static const char *check_chars(struct slice name)
{
    struct scan s = {0};
    while (name.n > 0) {
        const char *why = scan_char(&s, (int32_t)utf8_take(&name));
        if (why) {
            return why;
        }
    }
    return s.before == ZWJ ? INVISIBLE : s.visible ? NULL : "is empty";
}

/* One space for every run of spaces of any width, none at the ends; in place. */
static void unify_spaces(struct buf *text)
{
    struct slice rest = buf_peek(text);
    size_t n = 0;
    while (rest.n > 0) {
        const char *from = rest.p;
        bool space = utf8proc_category((int32_t)utf8_take(&rest)) == UTF8PROC_CATEGORY_ZS;
        size_t char_n = (size_t)(rest.p - from);
        if (!space) {
            memmove(text->p + n, from, char_n);
            n += char_n;
        } else if (n > 0 && text->p[n - 1] != ' ') {
            text->p[n++] = ' ';
        }
    }
    text->n = n > 0 && text->p[n - 1] == ' ' ? n - 1 : n;
}

const char name_no_memory[] = "cannot be looked at: there is no memory";

const char *name_display(struct slice s, struct buf *out)
{
    struct buf text = {.max = CHAT_DISPLAY_CHARS_MAX * UTF8_BYTES_MAX * 4};
    enum err e = name_nfc(s, &text);
    const char *why = e == ERR_OK      ? NULL
                      : e == ERR_NOMEM ? name_no_memory
                      : e == ERR_LIMIT ? LENGTH
                                       : "is not text";
    if (!why) {
        unify_spaces(&text);
        why = utf8_length(buf_peek(&text)) > CHAT_DISPLAY_CHARS_MAX ? LENGTH
                                                                    : check_chars(buf_peek(&text));
    }
    if (!why) {
        e = buf_put(out, buf_peek(&text));
        why = e == ERR_OK ? NULL : e == ERR_NOMEM ? name_no_memory : LENGTH;
    }
    buf_fini(&text);
    return why;
}
