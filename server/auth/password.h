/* Passwords: Argon2id in a small pool of threads, so that a flood of logins costs two cores at most and the rest waits or is refused.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define PASSWORD_HASH_BYTES_MAX 128
#define PASSWORD_QUEUE_MAX      64

struct password_pool;

/* Returns: ERR_OK | ERR_NOMEM | ERR_IO, no threads. Owns: the caller ends it with password_pool_stop. */
NODISCARD enum err password_pool_start(unsigned threads_n, struct password_pool **out);
void password_pool_stop(struct password_pool *pool);
/* Hash a password (NFC first), parameters and salt included in the NUL-terminated text. Waits. Thread: any that may wait.
 * Returns: ERR_OK | ERR_LIMIT, too many wait already | ERR_NOMEM. */
NODISCARD enum err password_hash(struct password_pool *pool, struct slice password,
                                 char out[PASSWORD_HASH_BYTES_MAX]);
/* Does it fit? hash empty (no such user, no password): takes as long, and does not. *outdated (may be NULL): hashed with other
 * parameters than today's, to be hashed anew. Returns: ERR_OK | ERR_AUTH, it does not | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err password_verify(struct password_pool *pool, struct slice password,
                                   struct slice hash, bool *outdated);
/* What the pool has done since its start. Thread: any. */
struct password_counts {
    uint64_t made, compared, refused;
};
struct password_counts password_count(struct password_pool *pool);
