/* See tls_context.h. */
#include "tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CIPHERS                                                                                    \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"     \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

static const char *openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "not readable as PEM";
}

/* Nobody is there to type a passphrase. */
static int no_passphrase(char *to, int n, int writing, void *user)
{
    (void)to, (void)n, (void)writing, (void)user;
    return -1;
}

static SSL_CTX *new_context(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx) {
        return NULL;
    }
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(ctx, CIPHERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    /* A reactor may repeat a write from another address; an idle connection keeps no record
     * buffers. */
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"tincan", 6);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets remain */
    return ctx;
}

static enum err load(SSL_CTX *ctx, const char *cert_path, const char *key_path, char *why,
                     size_t why_n)
{
    if (access(cert_path, R_OK) != 0) {
        snprintf(why, why_n, "TLS certificate %s: %s", cert_path, strerror(errno));
        return ERR_IO;
    }
    if (access(key_path, R_OK) != 0) {
        snprintf(why, why_n, "TLS key %s: %s", key_path, strerror(errno));
        return ERR_IO;
    }
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_path) != 1) {
        snprintf(why, why_n, "TLS certificate %s: %s", cert_path, openssl_reason());
        return ERR_INVALID;
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key_path, SSL_FILETYPE_PEM) != 1) {
        bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                        ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
        snprintf(why, why_n, "TLS key %s: %s", key_path,
                 mismatch ? "does not belong to the certificate" : openssl_reason());
        return ERR_INVALID;
    }
    if (SSL_CTX_check_private_key(ctx) != 1) {
        snprintf(why, why_n, "TLS key %s: does not belong to the certificate", key_path);
        return ERR_INVALID;
    }
    return ERR_OK;
}

enum err tls_context_open(const char *cert_path, const char *key_path, SSL_CTX **out, char *why,
                          size_t why_n)
{
    if (!cert_path || !key_path) {
        snprintf(why, why_n, "TLS needs a certificate and a key");
        return ERR_INVALID;
    }
    ERR_clear_error();
    SSL_CTX *ctx = new_context();
    if (!ctx) {
        snprintf(why, why_n, "TLS: %s", openssl_reason());
        return ERR_IO;
    }
    enum err e = load(ctx, cert_path, key_path, why, why_n);
    ERR_clear_error();
    if (e) {
        SSL_CTX_free(ctx);
        return e;
    }
    *out = ctx;
    return ERR_OK;
}
