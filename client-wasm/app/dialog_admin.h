/* What administrators do with the server. */
#pragma once

#include "model.h"

enum admin_choice { ADMIN_TAB, ADMIN_EXPIRY, ADMIN_USES, ADMIN_ROLE };
enum admin_tab { ADMIN_PEOPLE, ADMIN_ROOMS, ADMIN_INVITES, ADMIN_SERVER };

/* May the role of whom the dialog is about be changed by me? */
bool admin_may_rank(const struct model *m);
/* It was told what the whole is called: shown as it is now, but over nothing that was written here. */
void dialog_admin_follow(struct model *m);
