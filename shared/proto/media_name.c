/* Names of files; see media.h. */
#include "media.h"

#include "utf8.h"

#include <string.h>

#define ENDING_CHARS_MAX 16 /* with its dot; a longer one is none */

/* Controls, and what would turn around how the rest is read ("exe.gnp" as "png.exe"), or cannot be seen. */
static bool is_dropped(uint32_t c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200b || c == 0x200e ||
           c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

static bool is_replaced(uint32_t c)
{
    return c == '<' || c == '>' || c == ':' || c == '"' || c == '|' || c == '?' || c == '*';
}

/* Everything up to the last separator, of whatever system. */
static struct slice last_part(struct slice name)
{
    for (size_t i = name.n; i > 0; i--) {
        if (name.p[i - 1] == '/' || name.p[i - 1] == '\\') {
            return slice_from(name, i);
        }
    }
    return name;
}

struct clean {
    char *out;
    size_t n, chars_n;
};

/* One more character; false: there is no place. */
static bool put(struct clean *c, uint32_t code)
{
    char bytes[UTF8_BYTES_MAX];
    size_t bytes_n = utf8_write(code, bytes);
    if (c->chars_n == CHAT_FILE_NAME_CHARS_MAX) {
        return false;
    }
    for (size_t i = 0; i < bytes_n; i++) {
        c->out[c->n++] = bytes[i];
    }
    c->chars_n++;
    return true;
}

static uint32_t next_kept(struct slice *rest)
{
    while (rest->n > 0) {
        uint32_t c = utf8_take(rest);
        if (!is_dropped(c)) {
            return is_replaced(c) ? '_' : c;
        }
    }
    return 0;
}

/* The ending of what does not fit: from the last dot of the whole name on; its characters, 0 when it has none. */
static size_t ending_of(struct slice name, struct slice *ending)
{
    for (size_t i = name.n; i > 0; i--) {
        if (name.p[i - 1] == '.') {
            struct slice rest = slice_from(name, i - 1);
            size_t n = 0;
            *ending = rest;
            while (next_kept(&rest)) {
                n++;
            }
            return n <= ENDING_CHARS_MAX ? n : 0;
        }
    }
    return 0;
}

/* Make room for an ending behind what is there. */
static void cut(struct clean *c, size_t chars_max)
{
    struct slice s = {c->out, c->n};
    for (size_t i = 0; i < chars_max && s.n > 0; i++) {
        (void)utf8_take(&s);
    }
    c->chars_n = c->chars_n < chars_max ? c->chars_n : chars_max;
    c->n -= s.n;
}

static void trim_end(struct clean *c)
{
    while (c->n > 0 && (c->out[c->n - 1] == ' ' || c->out[c->n - 1] == '.')) {
        c->n--;
    }
}

size_t media_name(struct slice name, char out[CHAT_FILE_NAME_BYTES_MAX])
{
    struct clean c = {.out = out};
    struct slice rest = last_part(name), ending = {0};
    bool fits = true;
    uint32_t code;
    while (fits && (code = next_kept(&rest)) != 0) {
        bool leads = c.n == 0 && (code == ' ' || code == '.'); /* no hidden files */
        fits = leads || put(&c, code);
    }
    size_t ending_n = fits ? 0 : ending_of(last_part(name), &ending);
    if (ending_n > 0) {
        cut(&c, CHAT_FILE_NAME_CHARS_MAX - ending_n);
        while ((code = next_kept(&ending)) != 0 && put(&c, code)) {
        }
    }
    trim_end(&c);
    if (c.n == 0) {
        memcpy(out, "file", 4);
        c.n = 4;
    }
    return c.n;
}
