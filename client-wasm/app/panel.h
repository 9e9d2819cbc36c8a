/* What stands at the side of the room. */
#pragma once

#include "domop.h"

enum panel_kind { PANEL_NONE, PANEL_MEMBERS, PANEL_SEARCH };

struct panel {
    enum panel_kind kind;
    enum dom_node back; /* where the focus goes when it closes */
};
