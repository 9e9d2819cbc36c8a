/* Names of time zones. */
#pragma once

#include "slice.h"

/* As the IANA data base writes it, NULL-terminated static text; case matters not. NULL: there is none of that name. */
const char *zone_find(struct slice name);
