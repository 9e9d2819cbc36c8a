/* Socket.IO's client for pages, as its own server serves it: the files of the npm package's
 * client-dist below the Engine.IO path, so that <script src="/socket.io/socket.io.js"> works. Only
 * these names: socket.io[.esm|.msgpack][.min].js[.map], as far as they are there.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "http_message.h"
#include <stdbool.h>

struct client_bundle;

/* Read the folder. path is where the server is, "/socket.io".
 * Returns: ERR_OK | ERR_NOTFOUND, no such folder or none of the files in it | ERR_LIMIT | ERR_IO |
 * ERR_NOMEM; *why is a sentence about it, valid until the thread's next call.
 * Owns: the caller ends it with client_bundle_close. */
NODISCARD enum err client_bundle_open(const char *dir, struct slice path,
                                      struct client_bundle **out, const char **why);
/* Is there a file for a request's path? bundle NULL: none. Thread: any. */
bool client_bundle_has(const struct client_bundle *bundle, struct slice path);
/* Answer a request for one of the files: it, 304, or 405. false: it is for something else.
 * Owns: nothing; reply views the bundle. Thread: any. */
bool client_bundle_reply(const struct client_bundle *bundle, const struct http_request *request,
                         struct http_reply *reply);
/* Owns: frees the bundle; no reply that views it may be left. NULL is harmless. */
void client_bundle_close(struct client_bundle *bundle);
