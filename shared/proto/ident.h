/* Names of users: what is allowed, what looks alike, and where a text mentions somebody. ASCII only. What needs Unicode's tables, the
 * names of rooms and display names, is the server's business (server/auth/name_nfc.h).
 */
#pragma once

#include "chat_limits.h"
#include "slice.h"
#include <stdbool.h>

/* Room for a name of CHAT_NAME_CHARS_MAX ASCII characters, or a skeleton of one; no NUL. */
struct ident_name {
    char p[CHAT_NAME_CHARS_MAX * 2];
    size_t n;
};

static inline struct slice ident_slice(const struct ident_name *name)
{
    return (struct slice){name->p, name->n};
}

/* A user's name: [a-z0-9._-], 2 to 32 characters, upper case folded, a letter or digit first and last.
 * Returns: NULL and *out, or why not, for people (static text). */
const char *ident_user(struct slice name, struct ident_name *out);
/* The name of a guest who can come back no more, before the account's id: the name it had is free again. */
#define IDENT_FORMER_GUEST "former-guest-"
/* Names that nobody may choose: they address groups, or look like the server or its owner speaking ("adm1n", too). name is what
 * ident_user gave. */
bool ident_reserved(struct slice name);
/* The same for all names that look alike: ann and a.n.n, b0b and bob, rnoon and moon. name is what ident_user gave. */
void ident_skeleton(struct slice name, struct ident_name *out);
/* Who a text mentions, outside of code: @name of users, and @room or @here for everybody. */
struct ident_mentions {
    struct ident_name names
        [CHAT_MENTIONS_MAX]; /* folded, each once, in the order of the text; further ones are dropped */
    unsigned n;
    bool everybody;
};
void ident_mentions(struct slice text, struct ident_mentions *out);
