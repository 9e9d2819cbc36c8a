/* For programs of this tree: namespaces that are served on the reactors, beside libtincan's own.
 *
 * An inline namespace is a row of io.h. Its callbacks run where the socket is, without a way through the handlers' thread, so it costs
 * what io costs and offers what io offers: no rooms, no middleware, no recovery. It goes before a namespace of the same name that
 * tincan_of makes.
 */
#pragma once

#include "io.h"
#include "tincan.h"

struct app_inline {
    const struct io_namespace *rows; /* outlive the server */
    unsigned rows_n;
    /* What tincan_header may give of a handshake; outlive the server. NULL: all. */
    const struct slice *headers;
    unsigned headers_n;
    bool
        loopback_origins; /* while listening on loopback only, loopback's are allowed besides options.origins */
    bool front_is_quiet; /* what CivetWeb has to say is only for debugging */
};

/* tincan_new with inline namespaces; NULL: without. */
struct tincan *app_new(const struct tincan_options *options, const struct app_inline *more);
/* Send an event to every socket of an inline namespace, by its row. args are raw JSON values joined by commas. Everybody gets what
 * the handlers' thread sends in one order; what a reactor relays itself may come between.
 * false: tincan_error. Thread: the handlers'. */
bool app_inline_emit(struct tincan *t, unsigned row, const char *event, struct tincan_slice args);
