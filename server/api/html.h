/* Text on its way into a page that the server writes. Pure. */
#pragma once

#include "buf.h"

/* Append text so that it is nothing but text, between tags and in quoted attributes alike. What is no UTF-8 is left out as a whole.
 * Returns: as buf_put. */
NODISCARD enum err html_put(struct buf *page, struct slice text);
