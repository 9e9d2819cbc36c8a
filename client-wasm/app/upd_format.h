/* Bold, italic and code by keys, on what is selected in the composer. */
#pragma once

#include "effect.h"
#include "format.h"
#include "model.h"

/* Mark what is selected in the composer, or take the marks away again. */
void upd_format(struct model *m, enum format_kind kind, struct effects *fx);
