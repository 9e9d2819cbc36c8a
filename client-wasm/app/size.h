/* Sizes for people. */
#pragma once

#include "words.h"

/* Append "3 MB". Returns: as words_put. */
NODISCARD enum err size_put(const struct words *w, struct buf *out, int64_t bytes);
