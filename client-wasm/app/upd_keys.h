/* The keyboard. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* A key was pressed. true: it meant something, and must do nothing else. */
bool upd_keys_press(struct model *m, const struct action *a, struct effects *fx);
