/* The panel: opened, closed, toggled, and what it needs loaded. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The panel overlays the room below this width. */
#define PANEL_BESIDE_PX 1024

/* back: where the focus goes when it closes. */
void upd_panel_open(struct model *m, enum panel_kind kind, enum dom_node back, struct effects *fx);
void upd_panel_close(struct model *m, struct effects *fx);
/* Is it on the screen? Members only of rooms that have some. */
bool upd_panel_shown(const struct model *m);
/* true: the click was for it. */
bool upd_panel_click(struct model *m, const struct action_click *c, struct effects *fx);
/* Ctrl+. and, for Escape, with the focus in it or while it covers the room; false: it has no meaning here. */
bool upd_panel_toggle(struct model *m, struct effects *fx);
bool upd_panel_escape(struct model *m, unsigned flags, struct effects *fx);
/* Behind every action: what it shows is asked for. */
void upd_panel_settle(struct model *m, struct effects *fx);
