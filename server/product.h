/* What makes a chat of the server: the store, the keys, /chat, /api, the bridge between the lobby and namespace "/". main.c owns one.
 *
 * Start: the database (bad: refused with what to do), the server, then, as soon as the store answers, the lobby and the keys. While a
 * database is away at the start, the server answers /healthz with 200 and /readyz with 503, and waits.
 */
#pragma once

#include "api.h"
#include "file_keeper.h"
#include "options.h"
#include "relay.h"

struct product {
    const struct options *options;
    /* The store was away at the start and is there now; NULL: nobody wants to know. Thread: one of its own. */
    void (*on_started)(void *user);
    void *user;
    struct tincan *t;
    unsigned relay_row; /* of the inline namespaces */
    bool has_relay;
    struct store *store;
    struct blobs blobs;
    struct file_keeper *keeper;
    struct token_keys keys;
    struct password_pool *passwords;
    struct chat *chat;
    struct api *api;
    struct slice origins[CONFIG_LIST_MAX + 1];
    pthread_t waiter; /* tries again where the store was away at the start */
    bool has_waiter;
    bool started; /* the waiter's, once there is one */
    _Atomic bool stopping;
    int64_t lobby, lobby_guest;
};

/* Open the store. Returns: ERR_OK | anything else, and what is wrong was said on stderr. */
NODISCARD enum err product_open(struct product *p, const struct options *options);
/* Register on t, before tincan_listen. relay: its on_message is set; NULL: there is none. */
NODISCARD enum err product_start(struct product *p, struct tincan *t, struct relay *relay,
                                 unsigned relay_row);
/* After tincan_listen: if the store is away, begin to wait for it. Returns: ERR_OK | ERR_IO, no threads. */
NODISCARD enum err product_await_store(struct product *p);
/* The path of the set-up page; false when there is an owner, or it is not known yet. Thread: the main one before product_await_store, or
 * that of on_started. */
bool product_setup_path(struct product *p, char out[API_SETUP_PATH_BYTES]);
/* What tincan_options.on_request wants. Thread: any. */
bool product_on_request(struct product *p, const struct tincan_request *q, struct tincan_reply *r);
/* Say goodbye to everybody, then stop t. Thread: any. */
void product_stop(struct product *p);
/* After tincan_run has returned. Commits what is queued. */
void product_close(struct product *p);
