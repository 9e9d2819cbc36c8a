/* The static site: an immutable table of a folder, read once at the start. What is not in the table
 * does not exist, so no request can reach a file system.
 *
 * Regular files only: no dot files, no links that lead out of the folder. NAME.br and NAME.gz
 * beside NAME are its precompressed forms. A name with a content hash (NAME.<8 or more hex
 * digits>.EXT) is cached for ever, everything else is revalidated.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "http_message.h"

#define SITE_FILES_MAX 2000
#define SITE_BYTES_MAX (64u << 20)
#define SITE_DEPTH_MAX 8

struct site;

/* Read the folder.
 * Returns: ERR_OK | ERR_NOTFOUND, there is no such folder or no index.html in it |
 * ERR_LIMIT, too much in it | ERR_IO | ERR_NOMEM; *why is a sentence about it, valid until the
 * thread's next call.
 * Owns: the caller ends it with site_close. */
NODISCARD enum err site_open(const char *dir, struct site **out, const char **why);
/* Answer a request: the file, 304, 404, or 405 for other methods than GET and HEAD. Always with the
 * security headers.
 * Owns: nothing; reply views the table. Thread: any. */
void site_reply(const struct site *site, const struct http_request *request,
                struct http_reply *reply);
/* Owns: frees the table; no reply that views it may be left. NULL is harmless. */
void site_close(struct site *site);
