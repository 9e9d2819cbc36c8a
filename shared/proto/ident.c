/* See ident.h. */
#include "ident.h"

#include "check.h"
#include "markdown.h"

#include <string.h>

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_joint(char c)
{
    return c == '.' || c == '_' || c == '-';
}

const char *ident_user(struct slice name, struct ident_name *out)
{
    if (name.n < CHAT_NAME_CHARS_MIN || name.n > CHAT_NAME_CHARS_MAX) {
        return "must be 2 to 32 characters";
    }
    for (size_t i = 0; i < name.n; i++) {
        char c = fold(name.p[i]);
        if (!is_alnum(c) && !is_joint(c)) {
            return "may have only a-z, 0-9, dot, hyphen and underscore";
        }
        out->p[i] = c;
    }
    out->n = name.n;
    if (!is_alnum(out->p[0]) || !is_alnum(out->p[name.n - 1])) {
        return "must begin and end with a letter or digit";
    }
    return NULL;
}

/* What a character is drawn like; 0: nothing, it only joins. */
static char look(char c)
{
    switch (c) {
    case '0':
        return 'o';
    case '1':
    case 'i':
        return 'l';
    case '5':
        return 's';
    case '8':
        return 'b';
    case '.':
    case '_':
    case '-':
        return 0;
    default:
        return c;
    }
}

/* Two characters that are drawn like one; 0: they are not. */
static char look_of_two(char a, char b)
{
    if (a == 'r' && b == 'n') {
        return 'm';
    }
    if (a == 'v' && b == 'v') {
        return 'w';
    }
    if (a == 'c' && (b == 'l' || b == '1')) {
        return 'd';
    }
    return 0;
}

void ident_skeleton(struct slice name, struct ident_name *out)
{
    char last = 0; /* as it was written; 0: it is a part of two that became one */
    out->n = 0;
    for (size_t i = 0; i < name.n && out->n < sizeof out->p; i++) {
        char c = look(name.p[i]);
        if (!c) {
            continue;
        }
        char both = look_of_two(last, name.p[i]);
        if (both) {
            out->p[out->n - 1] = both;
        } else {
            out->p[out->n++] = c;
        }
        last = both ? 0 : name.p[i];
    }
}

/* Do they address groups, or stand for nobody? Only as they are: who looks like them is somebody, like Ali. */
static bool is_group(struct slice name)
{
    static const char *const words[] = {
        "all",  "anyone", "channel", "everybody", "everyone", "guest",     "here", "me",
        "mine", "mod",    "nobody",  "null",      "room",     "undefined", "user", "you",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (slice_eq(name, slice_str(words[i]))) {
            return true;
        }
    }
    return false;
}

bool ident_reserved(struct slice name)
{
    /* Who looks like one of these would be believed. */
    static const char *const powers[] = {
        "admin", "administrator", "moderator", "owner",  "root",   "security",
        "staff", "server",        "support",   "system", "tincan", "webmaster",
    };
    struct ident_name given, power;
    ident_skeleton(name, &given);
    ident_skeleton(SL(IDENT_FORMER_GUEST), &power);
    if (slice_starts_with(ident_slice(&given), ident_slice(&power))) {
        return true;
    }
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        ident_skeleton(slice_str(powers[i]), &power);
        if (slice_eq(ident_slice(&given), ident_slice(&power))) {
            return true;
        }
    }
    return is_group(name);
}

/* --- mentions --- */

static void on_block(void *user, const struct md_block *block)
{
    (void)user;
    (void)block;
}

static bool has(const struct ident_mentions *m, struct slice name)
{
    for (unsigned i = 0; i < m->n; i++) {
        if (slice_eq(ident_slice(&m->names[i]), name)) {
            return true;
        }
    }
    return false;
}

static void on_run(void *user, const struct md_run *run)
{
    struct ident_mentions *m = user;
    struct ident_name name;
    if (run->kind != MD_MENTION || ident_user(slice_from(run->text, 1), &name)) {
        return;
    }
    struct slice s = ident_slice(&name);
    if (slice_eq(s, SL("room")) || slice_eq(s, SL("here"))) {
        m->everybody = true;
    } else if (m->n < CHAT_MENTIONS_MAX && !has(m, s)) {
        m->names[m->n++] = name;
    }
}

void ident_mentions(struct slice text, struct ident_mentions *out)
{
    out->n = 0;
    out->everybody = false;
    if (text.n > 0 && memchr(text.p, '@', text.n)) {
        markdown_parse(text, &(struct md_sink){out, on_block, on_run});
    }
}
