/* The bodies of the dialogs, one a kind. */
#pragma once

#include "view_dialog.h"

/* Append a dialog's body. */
void view_dialog_room_new(const struct dialog_view *v);
