/* The devices that somebody is signed in on, in the settings and the administration. */
#pragma once

#include "view_dialog.h"

/* The dialog's rows, each but this device with a button that signs it out. */
void view_devices(const struct dialog_view *v);
