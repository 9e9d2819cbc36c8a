/* See tui_width.h. Source: Unicode's grapheme clusters and East Asian widths, by utf8proc. */
#include "tui_width.h"

#include "term_text.h"
#include "utf8.h"

#include <string.h>
#include <utf8proc.h>

#define EMOJI_STYLE 0xFE0F

static bool is_regional(uint32_t code)
{
    return code >= 0x1F1E6 && code <= 0x1F1FF;
}

static void append(struct tui_cluster *c, uint32_t code)
{
    char text[UTF8_BYTES_MAX];
    size_t n = utf8_write(code, text);
    if (c->bytes + n <= sizeof c->text) {
        memcpy(c->text + c->bytes, text, n);
        c->bytes = (uint8_t)(c->bytes + n);
    }
}

static void widen(struct tui_cluster *c, uint32_t code, unsigned at)
{
    int width = utf8proc_charwidth((utf8proc_int32_t)code);
    if (width > c->width)
        c->width = (uint8_t)(width > 2 ? 2 : width);
    if (at > 0 && (is_regional(code) || code == EMOJI_STYLE))
        c->width = 2;
    c->odd |= at > 0 && (width > 0 || code == EMOJI_STYLE || is_regional(code));
}

/* Marks without anything to stand on get a space; what has no shape at all goes. */
static void settle(struct tui_cluster *c, uint32_t first)
{
    utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)first);
    if (c->width > 0)
        return;
    if (kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_ME) {
        uint8_t n = c->bytes < sizeof c->text ? c->bytes : (uint8_t)(sizeof c->text - 1);
        memmove(c->text + 1, c->text, n);
        c->text[0] = ' ';
        c->bytes = (uint8_t)(n + 1);
        c->width = 1;
        while (c->bytes > 1 && !utf8_valid((struct slice){c->text, c->bytes}))
            c->bytes--;
    } else {
        c->bytes = 0;
    }
}

void tui_cluster_take(struct slice *s, struct tui_cluster *out)
{
    utf8proc_int32_t state = 0;
    uint32_t first = 0, before = 0;
    *out = (struct tui_cluster){0};
    for (unsigned at = 0; s->n > 0; at++) {
        struct slice rest = *s;
        uint32_t code = term_text_safe(utf8_take(&rest));
        if (at > 0 && !utf8proc_grapheme_break_stateful((utf8proc_int32_t)before,
                                                        (utf8proc_int32_t)code, &state)) {
            append(out, code);
        } else if (at > 0) {
            break;
        } else {
            first = code;
            append(out, code);
        }
        widen(out, code, at);
        before = code;
        *s = rest;
    }
    settle(out, first);
}

uint32_t tui_width(struct slice s)
{
    uint32_t width = 0;
    while (s.n > 0) {
        struct tui_cluster c;
        tui_cluster_take(&s, &c);
        width += c.width;
    }
    return width;
}
