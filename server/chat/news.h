/* What others are to hear of an act, as the act says it: pure, made from the store's result, told by fan_out.c.
 *
 * The order is that of the items: sockets that join a room do so before its event, those that leave do before it, too; then the
 * person is told what it means for its own list of rooms.
 */
#pragma once

#include "buf.h"
#include "store.h"

#define NEWS_ITEMS_MAX (12 + STORE_MODS_TOLD_MAX)

enum news_kind {
    NEWS_JOIN,      /* the user's sockets join the room */
    NEWS_LEAVE,     /* and leave it */
    NEWS_EVENT,     /* "event" to the room */
    NEWS_ME,        /* "me" to the user */
    NEWS_USER,      /* "profile" to everybody */
    NEWS_WORKSPACE, /* "workspace" to everybody */
    NEWS_RELAY,     /* the lobby's message to namespace "/" */
};

struct news_item {
    enum news_kind kind;
    bool lost; /* there was no memory for what was to be said */
    int64_t room, user;
    size_t from, n; /* in text: the raw JSON */
};

struct news {
    struct news_item items[NEWS_ITEMS_MAX];
    unsigned items_n;
    struct buf text;
    const int64_t *ended; /* sessions; borrowed from the request */
    uint32_t ended_n;
};

/* The bridge of the lobby to namespace "/". */
struct news_bridge {
    bool on;
    int64_t lobby, guest; /* the room, and whose messages came from there */
};

void news_init(struct news *n);
void news_fini(struct news *n);
/* What is to be heard of r, which the store has done. Replaces what n was. */
void news_make(struct news *n, const struct store_request *r, const struct news_bridge *bridge);
