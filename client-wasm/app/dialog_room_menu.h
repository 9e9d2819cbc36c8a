/* What can be done with a room, and by whom: for the dialog and its view. */
#pragma once

#include "model.h"

/* Pages, and the groups of choices. */
enum { MENU_ABOUT, MENU_INVITES, MENU_BANS, MENU_REPORTS };
enum { MENU_TAB, MENU_NOTIFY, MENU_EXPIRY, MENU_USES, MENU_SLOW };
#define MENU_SLOWS_N 6

/* Name and topic; slow mode; archive it; let somebody in; see what invitations there are, who is banned, and what was reported. */
bool room_menu_may_manage(const struct model *m, const struct room *room);
bool room_menu_may_slow(const struct model *m, const struct room *room);
/* Is it slowed to a time that is not among those to choose from? */
bool room_menu_slow_other(const struct room *room);
bool room_menu_may_archive(const struct model *m, const struct room *room);
bool room_menu_may_add(const struct model *m, const struct room *room);
bool room_menu_may_see(const struct model *m, const struct room *room);
