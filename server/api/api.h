/* /api/v1: accounts, devices, history, administration; and what operators' tools ask (/healthz, /readyz, /metrics).
 *
 * Runs on CivetWeb's threads, several at a time, which wait for the store and for password hashes. JSON in and out; an error is
 * {"error":{"code","message","field"?}} with the status of its row in chat_error.def. Unsafe methods are only taken from origins that
 * may connect, as application/json, so that no page elsewhere can make a visitor's browser send one.
 */
#pragma once

#include "blob.h"
#include "chat_server.h"
#include "config.h"
#include "origin.h"
#include "password.h"

struct api;

enum api_registration { API_OPEN, API_INVITE, API_OFF };

struct api_options {
    struct tincan *t;
    struct store *store;
    struct chat *chat;
    struct token_keys *keys;
    struct password_pool *passwords;
    struct origin_policy origins; /* what it points to outlives the api */
    bool guests;
    enum api_registration registration;
    bool secure_cookies;  /* the site is reached over https, whatever a request says */
    const char *data_dir; /* where the set-up token is kept; NULL: not kept */
    bool limits;
    struct rate_limit profile_limit; /* by user, of changes; only with limits */
    const struct blobs *blobs;
    uint64_t upload_bytes_max;         /* of a file; 0: nobody may upload */
    const struct config_row *settings; /* for administrators to see; outlive the api */
    unsigned settings_n;
};

/* NULL: no memory. Owns: freed with api_free, after the last request. */
struct api *api_new(const struct api_options *options);
/* Load or make the signing keys, and look whether an owner is wanted. Until it has succeeded once, requests but for /healthz are answered
 * with 503. false: the store does not answer; to be tried again. Thread: one that may wait. */
bool api_start(struct api *api);
void api_free(struct api *api);
/* What tincan_options.streams_request and on_request want. Thread: any, several at a time. */
bool api_streams_request(const struct tincan_request *q);
bool api_on_request(struct api *api, const struct tincan_request *q, struct tincan_reply *r);
/* The path by which the owner's account is made, "/setup?token=..."; false when there is an owner already. Thread: any. */
#define API_SETUP_PATH_BYTES 80
bool api_setup_path(struct api *api, char out[API_SETUP_PATH_BYTES]);
