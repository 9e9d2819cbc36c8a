/* Invitations in a dialog. */
#pragma once

#include "view_dialog.h"

/* What a new one shall be good for, and its link once it is made. expiry, uses: the groups of choices; ever: it may be without an end. */
void view_invite_form(const struct dialog_view *v, unsigned expiry, unsigned uses, bool ever);
/* The list of those that there are. */
void view_invites(const struct dialog_view *v);
