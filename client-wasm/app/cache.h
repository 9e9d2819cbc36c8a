/* What is kept for a start without network. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cache {
    bool shown;     /* the rooms are those of the last visit: the server has not told of them yet */
    bool dirty;     /* something has changed since it was written down */
    int64_t due_ms; /* when dirty: host clock */
    int64_t since_ms;
};
