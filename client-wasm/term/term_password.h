/* A password from whoever sits at the terminal, or from the standard input. */
#pragma once

#include "chat_limits.h"
#include <stdbool.h>

#define TERM_PASSWORD_BYTES (CHAT_PASSWORD_BYTES_MAX + 3) /* with the end of its line and a NUL */

/* A line, without its end. At a terminal it is asked for and not shown, twice when it is new. false: there is none, or it will not do (said
 * on stderr). A signal that ends the program finds the terminal as it was. */
bool term_password_read(bool is_new, char out[TERM_PASSWORD_BYTES]);
