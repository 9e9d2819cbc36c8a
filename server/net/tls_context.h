/* The server's TLS settings: 1.2 with forward secrecy and AEAD, or 1.3; no compression, no
 * renegotiation. */
#pragma once

#include "check.h"
#include "err.h"
#include <openssl/ssl.h>
#include <stddef.h>

/* Read certificate chain and key (PEM files).
 * Returns: ERR_OK | ERR_INVALID, not given or not
 * fitting | ERR_IO, not readable; why says which file and what.
 * Owns: the caller ends it with
 * SSL_CTX_free. */
NODISCARD enum err tls_context_open(const char *cert_path, const char *key_path, SSL_CTX **out,
                                    char *why, size_t why_n);
