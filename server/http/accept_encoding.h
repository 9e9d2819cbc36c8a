/* Choice of a content coding (RFC 9110 section 12.5.3). */
#pragma once

#include "slice.h"

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_BR, CODINGS_N };

/* The coding the peer likes best among those available (a bit per coding, 1 << CODING_x); of equals
 * the smallest file: br, gzip, identity. Identity when nothing else is acceptable. */
enum coding accept_encoding_choose(struct slice accept_encoding, unsigned available);
