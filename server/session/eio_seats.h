/* How many sessions each address holds, and how many it may. Thread: any. */
#pragma once

#include "check.h"
#include "err.h"
#include "map.h"
#include "slice.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Inv: an address is in the map while it holds a seat. */
struct eio_seats {
    uint32_t per_address_max; /* 0: no limit, and nothing is counted */
    pthread_mutex_t lock;
    struct map addresses; /* to struct seats_row */
    uint64_t refused_n;
};

void eio_seats_init(struct eio_seats *seats, uint32_t per_address_max);
void eio_seats_fini(struct eio_seats *seats);
/* Take one; loopback always may: there everybody behind a proxy that is not trusted is one address.
 * Returns: ERR_OK, eio_seats_leave gives it back | ERR_LIMIT, counted as refused | ERR_NOMEM. */
NODISCARD enum err eio_seats_take(struct eio_seats *seats, struct slice address);
void eio_seats_leave(struct eio_seats *seats, struct slice address);
/* Would one more be refused? It is counted as refused then. */
bool eio_seats_full(struct eio_seats *seats, struct slice address);
uint64_t eio_seats_refused_n(struct eio_seats *seats);
