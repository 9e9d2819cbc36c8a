/* The kinds of dialogs, a row of functions each (upd_dialog.h). */
#pragma once

#include "upd_dialog.h"

extern const struct dialog_how dialog_room_new;
