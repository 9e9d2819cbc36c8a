/* What a file of the site is, by its name. */
#pragma once

#include "slice.h"
#include <stdbool.h>

/* The MIME type for a file name; application/octet-stream for an unknown ending. */
struct slice content_type_of(struct slice name);
/* Does the name carry a hash of the content, as in app.0123abcd.js? */
bool content_name_is_hashed(struct slice name);
