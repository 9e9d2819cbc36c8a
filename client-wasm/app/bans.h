/* Who is banned or muted in a room. */
#pragma once

#include "json_in.h"
#include "model.h"

/* Fill the dialog's list out of an answer's "bans": a row for each ban and each mute, on when it is a mute. */
void bans_put(struct model *m, struct json_in *in);
/* Is that the end of what has none? */
bool bans_for_good(int64_t until_ms);
