/* Numbers as text. */
#pragma once

#include "slice.h"
#include <stdint.h>

struct number_text {
    char p[20];
    size_t n;
};

/* v in decimal; the slice borrows t. */
struct slice number_text(uint64_t v, struct number_text *t);
