/* What the person does: clicks, keys, fields, forms. Each finds its row in a table or a switch here and is done elsewhere. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* One for each kind of deed. */
void upd_person_click(struct model *m, const struct action *a, struct effects *fx);
void upd_person_key(struct model *m, const struct action *a, struct effects *fx);
void upd_person_input(struct model *m, const struct action_input *input, struct effects *fx);
void upd_person_submit(struct model *m, const struct action *a, struct effects *fx);
