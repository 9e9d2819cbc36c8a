/* What tincand was told: flags, environment and file, checked and in the shape that the parts take.
 * */
#pragma once

#include "civet.h"
#include "config.h"
#include "events.h"
#include "io.h"
#include "rate.h"

#define OPTIONS_ROWS_MAX 32

enum options_registration { REGISTRATION_OPEN, REGISTRATION_INVITE, REGISTRATION_OFF };

struct options {
    /* as given */
    struct config_list listen_texts, origin_texts, limit_texts, trust_texts;
    const char *public_dir, *client_dir, *tls_cert, *tls_key, *log_level;
    const char *data_dir, *database, *public_url, *registration_text, *synchronous;
    bool relay, limits, guests;
    uint32_t reactors_n;
    uint32_t ping_interval_ms, ping_timeout_ms, max_payload_bytes, connect_timeout_ms, recovery_ms;
    uint32_t max_upload_bytes, address_connections, guest_days;
    /* derived */
    struct civet_listen listen[CONFIG_LIST_MAX];
    struct slice origins[CONFIG_LIST_MAX];
    bool loopback_only;
    struct rate_limit message_limit;              /* by socket */
    struct rate_limit user_limits[EVENT_RATES_N]; /* by user */
    enum options_registration registration;
    char public_origin[256]; /* public_url without a slash at its end; "" for none */
    char database_url[4200]; /* "sqlite:PATH" or "postgresql://..." */
    struct config_row rows
        [OPTIONS_ROWS_MAX]; /* what they are called and who gave them; their values are in here */
    unsigned rows_n;
    char public_default[4096], client_default[4096];
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_BAD };

/* Read everything. OPTIONS_DONE: --help and the like were answered on stdout. OPTIONS_BAD: one line
 * on stderr says what, where and what is allowed. */
enum options_result options_read(struct options *o, int argc, char **argv);
