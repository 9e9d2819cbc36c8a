/* The text to send: of the command line, or the standard input. */
#pragma once

#include "buf.h"
#include "term_options.h"

/* Into out, which is initialised here; control characters are left out (chat_text_clean). false: there is none, or it will not do (said on stderr). */
bool term_input_read(const struct term_options *options, struct buf *out);
