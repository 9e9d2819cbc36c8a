/* What update wants done to the world. The caller carries it out after update has returned, in
 * order. */
#pragma once

#include "check.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFFECTS_MAX 32

enum effect_type {
    EFFECT_EMIT, /* send the message with this key (update_encode); ACTION_UNSENT when that fails */
    EFFECT_CONNECT_NOW, /* do not wait for the next try */
    EFFECT_NETWORK,     /* tell the socket: on */
    EFFECT_SAVE_DRAFT,
    EFFECT_SAVE_OUTBOX, /* update_encode_outbox */
    EFFECT_SAVE_NAME,
    EFFECT_SHOW_DRAFT, /* the composer's text is not what was typed any more */
    EFFECT_SHOW_NAME,
    EFFECT_FOCUS_COMPOSER,
    EFFECT_GO_HOME, /* scroll to the first row */
};

struct effect {
    enum effect_type type;
    uint64_t key;
    bool on;
};

/* Zero is none. */
struct effects {
    struct effect list[EFFECTS_MAX];
    size_t n;
    bool handled; /* the key that was pressed must do nothing else; what was kept is taken over */
};

static inline void effects_add(struct effects *fx, struct effect effect)
{
    CHECK(fx->n < EFFECTS_MAX);
    fx->list[fx->n++] = effect;
}
