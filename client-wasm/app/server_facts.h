/* What the administration tells of the server. */
#pragma once

#include "json_in.h"
#include "model.h"

/* Fill the dialog's list out of the answer of /api/v1/admin/server: a row for each number, then one for each setting, which is on. */
void server_facts_put(struct model *m, struct json_in *in);
