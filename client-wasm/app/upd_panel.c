/* See upd_panel.h. */
#include "upd_panel.h"

#include "upd_members.h"
#include "upd_search.h"

static void focus(enum dom_node node, struct effects *fx)
{
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = node});
}

bool upd_panel_shown(const struct model *m)
{
    const struct room *room = model_open(m);
    return m->panel.kind == PANEL_SEARCH ||
           (m->panel.kind == PANEL_MEMBERS && room && room->r.kind != CHAT_DM);
}

void upd_panel_open(struct model *m, enum panel_kind kind, enum dom_node back, struct effects *fx)
{
    m->panel = (struct panel){kind, back};
    if (!upd_panel_shown(m)) {
        m->panel.kind = PANEL_NONE;
        return;
    }
    m->pane = PANE_PANEL;
    focus(kind == PANEL_SEARCH ? DOM_NODE_SEARCH_INPUT : DOM_NODE_PANEL, fx);
}

void upd_panel_close(struct model *m, struct effects *fx)
{
    if (m->panel.kind == PANEL_NONE)
        return;
    m->panel.kind = PANEL_NONE;
    if (m->pane == PANE_PANEL)
        m->pane = m->open ? PANE_ROOM : PANE_ROOMS;
    focus(m->panel.back, fx);
}

static void toggle(struct model *m, enum panel_kind kind, enum dom_node back, struct effects *fx)
{
    bool behind = model_one_pane(m) && m->pane != PANE_PANEL; /* it is open, not seen */
    if (m->panel.kind == kind && upd_panel_shown(m) && !behind)
        upd_panel_close(m, fx);
    else
        upd_panel_open(m, kind, back, fx);
}

bool upd_panel_click(struct model *m, const struct action_click *c, struct effects *fx)
{
    switch (c->act) {
    case DOM_ACT_MEMBERS:
        toggle(m, PANEL_MEMBERS, DOM_NODE_MEMBERS_BUTTON, fx);
        return true;
    case DOM_ACT_SEARCH:
        toggle(m, PANEL_SEARCH, DOM_NODE_SEARCH_BUTTON, fx);
        return true;
    case DOM_ACT_PANEL_CLOSE:
        upd_panel_close(m, fx);
        return true;
    case DOM_ACT_SHOW_MORE:
        if (m->panel.kind == PANEL_MEMBERS)
            upd_members_more(m, fx);
        else
            upd_search_more(m, fx);
        return true;
    default:
        return upd_search_click(m, c, fx);
    }
}

bool upd_panel_toggle(struct model *m, struct effects *fx)
{
    if (upd_panel_shown(m))
        upd_panel_close(m, fx);
    else
        upd_panel_open(m, PANEL_MEMBERS, DOM_NODE_INPUT, fx);
    return true;
}

bool upd_panel_escape(struct model *m, unsigned flags, struct effects *fx)
{
    bool covers = m->width_px && m->width_px < PANEL_BESIDE_PX;
    if (!upd_panel_shown(m) || (!(flags & DOM_FLAG_PANEL) && !covers))
        return false;
    upd_panel_close(m, fx);
    return true;
}

void upd_panel_settle(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (m->panel.kind == PANEL_MEMBERS && room && upd_panel_shown(m) &&
        !(m->members.room == room->r.id && m->members.failed))
        upd_members_want(m, room, fx);
}
