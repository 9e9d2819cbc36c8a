/* Who is banned or muted in a room, and the buttons that end it. */
#pragma once

#include "view_dialog.h"

/* The dialog's rows. may_lift: with buttons. */
void view_bans(const struct dialog_view *v, bool may_lift);
