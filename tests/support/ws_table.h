/* The table of WebSocket cases in tests/vectors/ws/cases.txt, made into bytes; its notation is
 * described at its head.
 */
#pragma once

#include "buf.h"
#include "slice.h"
#include "ws.h"

struct ws_case {
    struct slice name;
    struct buf in; /* the bytes */
    size_t
        fail_at; /* the connection must fail with this byte of in, 1 being the first; 0: anywhere */
    struct buf log; /* what is expected, as ws_log_event and ws_log_failure write it */
    unsigned line_n;
};

/* Call each with every case of the file for this role; the case is its for the call. Exits with a
 * message when the file is absent or malformed. Returns: how many cases there were. */
unsigned ws_table_each(const char *path, enum ws_role role, uint32_t message_max_bytes,
                       void (*each)(struct ws_case *c, void *context), void *context);

/* One line of a log: "text 5:Hello", "close 1000 3:bye", "fail 1002". */
void ws_log_event(struct buf *log, const struct ws_event *ev);
void ws_log_failure(struct buf *log, uint16_t code);
