/* Numbers as text. */
#pragma once

#include "slice.h"
#include <stdint.h>

struct view_number {
    char p[20];
    size_t n;
};

/* v in decimal; the slice borrows t. */
struct slice view_number(uint64_t v, struct view_number *t);
