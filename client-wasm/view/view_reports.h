/* What was reported in a room, and the buttons that judge it. */
#pragma once

#include "view_dialog.h"

/* The dialog's rows. may_delete: with a button for that. */
void view_reports(const struct dialog_view *v, bool may_delete);
