/* The names of rooms, in their one form. See name_nfc.h. */
#include "name_nfc.h"

#include "utf8.h"
#include <string.h>
#include <utf8proc.h>

#define MARKS_IN_A_ROW_MAX 3
/* Nothing longer, however it is composed, is CHAT_NAME_CHARS_MAX characters in NFC. */
#define BYTES_MAX 1024
#define LENGTH    "must be 2 to 32 characters"
#define LETTERS   "may have only letters, digits, hyphen and underscore"

/* Scripts with letters that are drawn like those of another of them. Order of the ranges: ascending. */
enum script { SCRIPT_OTHER, LATIN, GREEK, CYRILLIC, ARMENIAN, COPTIC, CHEROKEE, LISU };
static const struct {
    int32_t first, last;
    enum script script;
} scripts[] = {
    {'a', 'z', LATIN},          {0xDF, 0x2AF, LATIN},       {0x370, 0x3E1, GREEK},
    {0x3E2, 0x3EF, COPTIC},     {0x3F0, 0x3FF, GREEK},      {0x400, 0x52F, CYRILLIC},
    {0x531, 0x589, ARMENIAN},   {0x13A0, 0x13FF, CHEROKEE}, {0x1C80, 0x1C8F, CYRILLIC},
    {0x1D00, 0x1D25, LATIN},    {0x1D26, 0x1D2A, GREEK},    {0x1D2B, 0x1D2B, CYRILLIC},
    {0x1D2C, 0x1DBF, LATIN},    {0x1E00, 0x1EFF, LATIN},    {0x1F00, 0x1FFF, GREEK},
    {0x2C60, 0x2C7F, LATIN},    {0x2C80, 0x2CFF, COPTIC},   {0xA4D0, 0xA4FF, LISU},
    {0xA640, 0xA69F, CYRILLIC}, {0xA722, 0xA7FF, LATIN},    {0xAB30, 0xAB6F, LATIN},
    {0xAB70, 0xABBF, CHEROKEE}, {0xFB00, 0xFB06, LATIN},
};

static enum script script_of(int32_t c)
{
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts && scripts[i].first <= c; i++) {
        if (c <= scripts[i].last) {
            return scripts[i].script;
        }
    }
    return SCRIPT_OTHER;
}

static bool is_join(int32_t c)
{
    return c == '-' || c == '_';
}

/* Another way to draw a letter or digit that has a plain form: wide, raised, in a circle, for formulas. The letters of Korean that are
 * one by one are of the kind, too, but what people type. */
static bool is_variant(const utf8proc_property_t *property, enum script script)
{
    return property->decomp_type != 0 &&
           (property->decomp_type != UTF8PROC_DECOMP_TYPE_COMPAT || script == LATIN);
}

/* What is known of a name up to some character. */
struct scan {
    unsigned marks;     /* in a row */
    enum script script; /* of the word's letters; SCRIPT_OTHER: of none that is drawn alike */
    bool letter;        /* the last one, marks aside, is a letter or digit */
};

static const char *scan_char(struct scan *s, int32_t c)
{
    const utf8proc_property_t *property = utf8proc_get_property(c);
    enum script script = script_of(c);
    if (is_join(c)) {
        *s = (struct scan){0};
        return NULL;
    }
    if (property->ignorable) {
        return "has an invisible character";
    }
    if (is_variant(property, script)) {
        return LETTERS;
    }
    switch ((utf8proc_category_t)property->category) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        return !s->letter || ++s->marks > MARKS_IN_A_ROW_MAX ? "has too many marks on a letter"
                                                             : NULL;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_LU: /* of those that have no lower case */
    case UTF8PROC_CATEGORY_ND:
        break;
    default:
        return LETTERS;
    }
    if (script != SCRIPT_OTHER && s->script != SCRIPT_OTHER && s->script != script) {
        return "mixes scripts whose letters look alike";
    }
    s->script = script != SCRIPT_OTHER ? script : s->script;
    s->letter = true;
    s->marks = 0;
    return NULL;
}

const char *name_room(struct slice name, struct name_text *out)
{
    /* Decomposed text is in lower case as soon as each of its characters is. */
    utf8proc_int32_t chars[BYTES_MAX];
    utf8proc_ssize_t n;
    struct scan scan = {0};
    struct name_text text = {.n = 0};
    if (name.n > 0 && name.p[0] == '#') {
        name = slice_from(name, 1);
    }
    n = name.n > BYTES_MAX
            ? 0
            : utf8proc_decompose((const utf8proc_uint8_t *)name.p, (utf8proc_ssize_t)name.n, chars,
                                 BYTES_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_STABLE);
    if (n < 0) {
        return "is not text";
    }
    for (utf8proc_ssize_t i = 0; i < n && n <= BYTES_MAX; i++) {
        chars[i] = utf8proc_tolower(chars[i]);
    }
    n = n > BYTES_MAX ? 0 : utf8proc_normalize_utf32(chars, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (n < CHAT_NAME_CHARS_MIN || n > CHAT_NAME_CHARS_MAX) {
        return LENGTH;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        const char *why = scan_char(&scan, chars[i]);
        if (why) {
            return why;
        }
        text.n += utf8_write((uint32_t)chars[i], text.p + text.n);
    }
    if (is_join(chars[0]) || is_join(chars[n - 1])) {
        return "must begin and end with a letter or digit";
    }
    *out = text;
    return NULL;
}
