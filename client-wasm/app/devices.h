/* Where somebody is signed in. */
#pragma once

#include "json_in.h"
#include "model.h"

/* Fill the dialog's list out of an answer's "sessions"; a row is on when it is this device. */
void devices_put(struct model *m, struct json_in *in);
