/* See chat_text.h. */
#include "chat_text.h"

#include "utf8.h"

struct range {
    uint32_t first, last;
};

/* White_Space of Unicode, beyond the controls. */
static const struct range spaces[] = {
    {' ', ' '},       {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
    {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
};

/* Default_Ignorable_Code_Point of Unicode, and the empty pattern of Braille. */
static const struct range invisible[] = {
    {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F}, {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

static bool is_among(uint32_t c, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n && ranges[i].first <= c; i++) {
        if (c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

#define IS_AMONG(c, ranges) is_among(c, ranges, sizeof(ranges) / sizeof *(ranges))

static bool is_space(uint32_t c)
{
    return (c >= '\t' && c <= '\r') || IS_AMONG(c, spaces);
}

static bool is_control(uint32_t c)
{
    return c < ' ' || (c >= 0x7F && c < 0xA0);
}

bool chat_text_has_control(struct slice text, bool one_line)
{
    while (text.n > 0) {
        uint32_t c = utf8_take(&text);
        bool allowed = !one_line && (c == '\n' || c == '\t');
        if ((is_control(c) && !allowed) || (one_line && (c == 0x2028 || c == 0x2029))) {
            return true;
        }
    }
    return false;
}

/* What follows a control sequence (ECMA-48) whose parameters begin at byte n; if it has no end, all. */
static struct slice skip_sequence(struct slice rest, size_t n)
{
    while (n < rest.n && rest.p[n] >= ' ' && rest.p[n] <= '?') {
        n++;
    }
    return n < rest.n && rest.p[n] >= '@' && rest.p[n] <= '~' ? slice_from(rest, n + 1) : rest;
}

/* Take a character, and what goes with it, from rest: what is kept of it. */
static struct slice clean_one(struct slice *rest)
{
    struct slice at = *rest;
    uint32_t c = utf8_take(rest);
    if (c == '\r') {
        return rest->n > 0 && rest->p[0] == '\n' ? SL("") : SL("\n");
    }
    if (!is_control(c) || c == '\n' || c == '\t') {
        return (struct slice){at.p, at.n - rest->n};
    }
    if (c == 0x1B && rest->n > 0 && rest->p[0] == '[') {
        *rest = skip_sequence(*rest, 1);
    } else if (c == 0x9B) {
        *rest = skip_sequence(*rest, 0);
    }
    return SL("");
}

enum err chat_text_clean(struct slice text, uint32_t *caret, struct buf *out)
{
    size_t before = out->n, at = caret && *caret < text.n ? *caret : text.n;
    bool passed = !caret;
    if (!chat_text_has_control(text, false)) {
        if (caret) {
            *caret = (uint32_t)at;
        }
        return buf_put(out, text);
    }
    for (struct slice rest = text; rest.n > 0;) {
        if (!passed && text.n - rest.n >= at) {
            *caret = (uint32_t)(out->n - before);
            passed = true;
        }
        enum err e = buf_put(out, clean_one(&rest));
        if (e) {
            return e;
        }
    }
    if (!passed) {
        *caret = (uint32_t)(out->n - before);
    }
    return ERR_OK;
}

bool chat_text_is_blank(struct slice text)
{
    while (text.n > 0) {
        uint32_t c = utf8_take(&text);
        if (!is_space(c) && !IS_AMONG(c, invisible)) {
            return false;
        }
    }
    return true;
}

bool chat_text_has_space(struct slice text)
{
    while (text.n > 0) {
        if (is_space(utf8_take(&text))) {
            return true;
        }
    }
    return false;
}
