/* Whom I have blocked: told by the server, so that it is known when something of theirs comes. See chat_client.h. */
#include "chat_client_inside.h"

#include "json.h"

#include <string.h>

static uint32_t place(const struct chat_client *c, int64_t user)
{
    uint32_t i = 0;
    while (i < c->blocked_n && c->blocked[i] != user) {
        i++;
    }
    return i;
}

bool chat_client_is_blocked(const struct chat_client *c, int64_t user)
{
    return place(c, user) < c->blocked_n;
}

static void tell(struct chat_client *c, const struct chat_user *who, bool on)
{
    if (c->callbacks.on_block) {
        c->callbacks.on_block(c->callbacks.user, who, on);
    }
}

static void set(struct chat_client *c, int64_t user, bool on)
{
    uint32_t at = place(c, user);
    if (on && at == c->blocked_n && c->blocked_n < CHAT_BLOCKS_MAX) {
        c->blocked[c->blocked_n++] = user;
    } else if (!on && at < c->blocked_n) {
        c->blocked[at] = c->blocked[--c->blocked_n];
    }
}

void client_block(struct chat_client *c, const struct chat_user *who, bool on)
{
    set(c, who->id, on);
    tell(c, who, on);
}

void client_take_blocks(struct chat_client *c, struct json_in *in)
{
    int64_t before[CHAT_BLOCKS_MAX];
    uint32_t before_n = c->blocked_n;
    struct slice raw, one;
    struct json_iter it;
    memcpy(before, c->blocked, before_n * sizeof *before);
    c->blocked_n = 0;
    if (json_in_raw(in, "blocked", &raw) && json_type_of(raw) == JSON_ARRAY) {
        for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &one);) {
            struct chat_user who;
            struct arena arena;
            arena_init(&arena, CHAT_CLIENT_TEXTS_BYTES);
            if (chat_user_decode(one, &arena, &who) == ERR_OK) {
                client_block(c, &who, true);
            }
            arena_fini(&arena);
        }
    }
    for (uint32_t i = 0; i < before_n; i++) {
        if (!chat_client_is_blocked(c, before[i])) {
            tell(c, &(struct chat_user){.id = before[i]}, false);
        }
    }
}
