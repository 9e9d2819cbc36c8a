/* Which new passwords are among the first that somebody would try. */
#pragma once

#include "slice.h"

/* NULL when a new password is good enough for an account of that name, else why not, for people (static text). Thread: any. */
const char *password_weakness(struct slice password, struct slice name);
