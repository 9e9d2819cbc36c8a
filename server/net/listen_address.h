/* Addresses to listen on: parsed, written the way CivetWeb takes them, and tried, because CivetWeb
 * only says that one of them failed.
 */
#pragma once

#include "buf.h"
#include "check.h"
#include "civet.h"
#include "err.h"
#include <sys/socket.h>

#define LISTEN_ADDRESSES_MAX 16

/* Read "ADDR:PORT" or "ADDR:PORT+tls"; an IPv6 address stands in brackets. out borrows from text.
 * Returns: ERR_OK | ERR_INVALID. */
NODISCARD enum err listen_address_parse(struct slice text, struct civet_listen *out);
/* Can only this machine reach it? */
bool listen_address_is_loopback(struct slice address);
/* Append the listeners to ports as CivetWeb's listening_ports.
 * Returns: ERR_OK | ERR_INVALID, *why (a buffer of why_n bytes) names the address. */
NODISCARD enum err listen_addresses_format(const struct civet_listen *listen, unsigned listen_n,
                                           struct buf *ports, char *why, size_t why_n);
/* Bind all of them at once and let go again.
 * Returns: ERR_OK | ERR_IO, *why names the address and
 * the cause. */
NODISCARD enum err listen_addresses_try(const struct civet_listen *listen, unsigned listen_n,
                                        char *why, size_t why_n);
