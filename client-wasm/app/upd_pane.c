/* See upd_pane.h. */
#include "upd_pane.h"

#include "trail.h"
#include "upd_invite.h"
#include "upd_panel.h"
#include "upd_rooms.h"

static uint32_t bit(enum pane pane)
{
    return 1u << pane;
}

void upd_pane_start(struct model *m, uint32_t entry)
{
    m->trail = (struct trail){.entry = entry, .restore = true};
}

static void tell(const struct model *m, bool fresh, struct effects *fx)
{
    effects_add(fx, (struct effect){.type = EFFECT_ADDRESS, .on = fresh, .number = m->trail.entry});
}

void upd_pane_room(struct model *m, bool fresh, struct effects *fx)
{
    fresh = fresh && !model_one_pane(m);
    if (fresh)
        m->trail.entry = 0;
    tell(m, fresh, fx);
}

static void show(struct model *m, uint32_t entry, struct effects *fx)
{
    enum panel_kind kind = (enum panel_kind)(entry >> TRAIL_PANEL_SHIFT);
    if (entry & bit(PANE_PANEL)) {
        if (kind == PANEL_MEMBERS || kind == PANEL_SEARCH)
            upd_panel_open(m, kind,
                           kind == PANEL_SEARCH ? DOM_NODE_SEARCH_BUTTON : DOM_NODE_MEMBERS_BUTTON,
                           fx);
        return;
    }
    upd_panel_close(m, fx);
    m->pane = entry & bit(PANE_ROOM) ? PANE_ROOM : PANE_ROOMS;
}

void upd_pane_address(struct model *m, const struct action_address *a, struct effects *fx)
{
    bool asked = m->trail.going && m->trail.going == a->entry;
    /* The list belongs to no room: whichever is open stays so behind it, also none. */
    bool list = (a->entry & TRAIL_PANES) == bit(PANE_ROOMS);
    bool known = model_one_pane(m) && (m->open || (list && m->resumed)) && (a->entry & TRAIL_PANES);
    m->trail = (struct trail){.entry = a->entry};
    if (!asked && upd_invite_address(m, a->path, fx))
        return;
    if (asked || (known && list))
        tell(m, false, fx);
    else
        upd_rooms_address(m, a->path, fx);
    if (known && !asked)
        show(m, a->entry, fx);
}

static uint32_t count(uint32_t panes)
{
    uint32_t n = 0;
    for (; panes; panes &= panes - 1)
        n++;
    return n;
}

void upd_pane_settle(struct model *m, struct effects *fx)
{
    struct trail *t = &m->trail;
    if (!model_one_pane(m) || m->session.state == SESSION_NONE || !m->open ||
        (t->going && m->now_ms - t->going_ms < UPD_PANE_BACK_MS))
        return;
    if (t->going)
        *t = (struct trail){0}; /* there was none */
    if (t->restore && t->entry) {
        show(m, t->entry, fx);
    } else if (t->restore && m->pane != PANE_ROOMS) {
        t->entry = bit(PANE_ROOMS); /* Back shall not leave the page: behind the room is the list */
        tell(m, false, fx);
    }
    t->restore = false;
    uint32_t panes = t->entry & TRAIL_PANES, here = bit(m->pane);
    uint32_t above = panes & ~(here | (here - 1));
    uint32_t want = (panes & (here - 1)) | here;
    if (m->pane == PANE_PANEL)
        want |= (uint32_t)m->panel.kind << TRAIL_PANEL_SHIFT;
    if (above && (panes & here)) {
        t->going = want;
        t->going_ms = m->now_ms;
        effects_add(
            fx, (struct effect){.type = EFFECT_BACK, .number = t->entry, .count = count(above)});
    } else if (want != t->entry) {
        t->entry = want;
        tell(m, panes && !above && !(panes & here), fx);
    }
}
