/* See eio_seats.h. */
#include "eio_seats.h"

#include "mem.h"

struct seats_row {
    uint32_t n;
};

void eio_seats_init(struct eio_seats *seats, uint32_t per_address_max)
{
    *seats = (struct eio_seats){.per_address_max = per_address_max};
    pthread_mutex_init(&seats->lock, NULL);
}

void eio_seats_fini(struct eio_seats *seats)
{
    struct map_iter it = {0};
    struct slice key;
    for (void *row; (row = map_next(&seats->addresses, &it, &key));) {
        mem_free(row);
    }
    map_fini(&seats->addresses);
    pthread_mutex_destroy(&seats->lock);
}

static bool is_free(const struct eio_seats *seats, struct slice address)
{
    return seats->per_address_max == 0 || slice_starts_with(address, SL("127.")) ||
           slice_eq(address, SL("::1")) || slice_starts_with(address, SL("::ffff:127."));
}

static enum err take(struct eio_seats *seats, struct slice address)
{
    struct seats_row *row = map_get(&seats->addresses, address);
    if (row && row->n >= seats->per_address_max) {
        seats->refused_n++;
        return ERR_LIMIT;
    }
    if (!row) {
        row = mem_zalloc(sizeof *row);
        if (!row || map_set(&seats->addresses, address, row) != ERR_OK) {
            mem_free(row);
            return ERR_NOMEM;
        }
    }
    row->n++;
    return ERR_OK;
}

enum err eio_seats_take(struct eio_seats *seats, struct slice address)
{
    if (is_free(seats, address)) {
        return ERR_OK;
    }
    pthread_mutex_lock(&seats->lock);
    enum err e = take(seats, address);
    pthread_mutex_unlock(&seats->lock);
    return e;
}

void eio_seats_leave(struct eio_seats *seats, struct slice address)
{
    if (is_free(seats, address)) {
        return;
    }
    pthread_mutex_lock(&seats->lock);
    struct seats_row *row = map_get(&seats->addresses, address);
    CHECK(row && row->n > 0);
    if (--row->n == 0) {
        map_remove(&seats->addresses, address);
        mem_free(row);
    }
    pthread_mutex_unlock(&seats->lock);
}

bool eio_seats_full(struct eio_seats *seats, struct slice address)
{
    if (is_free(seats, address)) {
        return false;
    }
    pthread_mutex_lock(&seats->lock);
    const struct seats_row *row = map_get(&seats->addresses, address);
    bool full = row && row->n >= seats->per_address_max;
    seats->refused_n += full;
    pthread_mutex_unlock(&seats->lock);
    return full;
}

uint64_t eio_seats_refused_n(struct eio_seats *seats)
{
    pthread_mutex_lock(&seats->lock);
    uint64_t n = seats->refused_n;
    pthread_mutex_unlock(&seats->lock);
    return n;
}
