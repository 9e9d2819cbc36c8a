/* One pane at a time, and the browser's history: scripts of actions, against a history as a browser keeps it. */
#include "upd_pane.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES_MAX 16
#define PHONE_PX    390

/* What the browser has; "at" is shown, those up to n can be gone forward to. */
struct browser {
    struct script_page p;
    uint32_t at, n;
    uint32_t entry[ENTRIES_MAX];
    int64_t room[ENTRIES_MAX];
    uint32_t going; /* entries back, not there yet */
};

/* Carries out what the last action wants of the history. */
static void carry(struct browser *b)
{
    for (size_t i = 0; i < b->p.fx.n; i++) {
        const struct effect *e = &b->p.fx.list[i];
        if (e->type == EFFECT_BACK)
            b->going += e->count;
        if (e->type != EFFECT_ADDRESS)
            continue;
        if (e->on)
            b->n = ++b->at + 1;
        assert_true(b->at < ENTRIES_MAX);
        b->entry[b->at] = (uint32_t)e->number;
        b->room[b->at] = b->p.m.open;
    }
}

static void travel(struct browser *b, int by)
{
    char path[32];
    b->at = (uint32_t)((int)b->at + by);
    assert_true(b->at < b->n);
    assert_true(snprintf(path, sizeof path, "/#/room/%d", (int)b->room[b->at]) > 0);
    script_act(&b->p, (struct action){.type = ACTION_ADDRESS,
                                      .address = {slice_str(path), b->entry[b->at]}});
    carry(b);
}

/* The browser gets where the page sent it. */
static void arrive(struct browser *b)
{
    while (b->going) {
        int by = -(int)b->going;
        b->going = 0;
        travel(b, by);
    }
}

static void click(struct browser *b, enum dom_act act, uint64_t key)
{
    script_click(&b->p, act, key);
    carry(b);
    arrive(b);
}

static void width(struct browser *b, uint32_t px)
{
    script_act(&b->p, (struct action){.type = ACTION_LOOKS, .looks = {.width_px = px}});
    carry(b);
}

static void open_browser(struct browser *b, uint32_t px)
{
    *b = (struct browser){.n = 1};
    script_open(&b->p, NULL);
    width(b, px);
}

static void assert_at(const struct browser *b, enum pane pane, uint32_t at, uint32_t n)
{
    assert_int_equal(b->p.m.pane, pane);
    assert_int_equal(b->at, at);
    assert_int_equal(b->n, n);
    if (b->p.m.open)
        assert_int_equal(b->room[b->at], b->p.m.open);
}

static void test_update_pane__the_list_is_behind_the_room_one_begins_in(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    assert_at(&b, PANE_ROOM, 1, 2);
    assert_int_equal(b.p.m.open, LOBBY);
    travel(&b, -1);
    assert_at(&b, PANE_ROOMS, 0, 2);
    travel(&b, 1);
    assert_at(&b, PANE_ROOM, 1, 2);
    click(&b, DOM_ACT_BACK, 0);
    assert_at(&b, PANE_ROOMS, 0, 2);
    script_close(&b.p);
}

static void test_update_pane__a_window_made_narrow_has_the_list_behind_the_room(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, 1200);
    assert_int_equal(b.n, 1);
    width(&b, PHONE_PX);
    assert_at(&b, PANE_ROOM, 1, 2);
    width(&b, 1200);
    width(&b, PHONE_PX);
    assert_at(&b, PANE_ROOM, 1, 2);
    travel(&b, -1);
    assert_at(&b, PANE_ROOMS, 0, 2);
    script_close(&b.p);
}

static void test_update_pane__back_leads_from_the_panel_to_the_room_to_the_list(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    click(&b, DOM_ACT_BACK, 0);
    assert_at(&b, PANE_ROOMS, 0, 2);
    click(&b, DOM_ACT_ROOM, SECRET);
    assert_at(&b, PANE_ROOM, 1, 2);
    click(&b, DOM_ACT_MEMBERS, 0);
    assert_at(&b, PANE_PANEL, 2, 3);
    travel(&b, -1);
    assert_at(&b, PANE_ROOM, 1, 3);
    assert_int_equal(b.p.m.open, SECRET);
    assert_int_equal(b.p.m.panel.kind, PANEL_NONE);
    assert_int_equal(script_effect(&b.p, EFFECT_FOCUS)->id, DOM_NODE_MEMBERS_BUTTON);
    travel(&b, -1);
    assert_at(&b, PANE_ROOMS, 0, 3);
    travel(&b, 1);
    assert_at(&b, PANE_ROOM, 1, 3);
    travel(&b, 1);
    assert_at(&b, PANE_PANEL, 2, 3);
    assert_int_equal(b.p.m.panel.kind, PANEL_MEMBERS);
    travel(&b, -2); /* as by the browser's list of entries */
    assert_at(&b, PANE_ROOMS, 0, 3);
    script_close(&b.p);
}

static void test_update_pane__the_pages_own_buttons_go_back_and_nothing_grows(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    click(&b, DOM_ACT_BACK, 0);
    for (int i = 0; i < 3; i++) {
        click(&b, DOM_ACT_ROOM, i % 2 ? LOBBY : SECRET);
        assert_at(&b, PANE_ROOM, 1, 2);
        click(&b, DOM_ACT_SEARCH, 0);
        assert_at(&b, PANE_PANEL, 2, 3);
        click(&b, DOM_ACT_PANEL_CLOSE, 0);
        assert_at(&b, PANE_ROOM, 1, 3);
        click(&b, DOM_ACT_BACK, 0);
        assert_at(&b, PANE_ROOMS, 0, 3);
    }
    script_close(&b.p);
}

static void test_update_pane__a_room_opened_from_the_panel_takes_the_rooms_place(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    click(&b, DOM_ACT_BACK, 0);
    click(&b, DOM_ACT_ROOM, LOBBY);
    click(&b, DOM_ACT_MEMBERS, 0);
    click(&b, DOM_ACT_ROOM, WITH_BO); /* as by a notification */
    assert_at(&b, PANE_ROOM, 1, 3);
    assert_int_equal(b.p.m.open, WITH_BO);
    travel(&b, -1);
    assert_at(&b, PANE_ROOMS, 0, 3);
    script_close(&b.p);
}

static void test_update_pane__what_happens_before_the_browser_is_there_is_not_lost(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    click(&b, DOM_ACT_BACK, 0);
    click(&b, DOM_ACT_ROOM, LOBBY);
    script_click(&b.p, DOM_ACT_BACK, 0);
    carry(&b);
    assert_int_equal(b.going, 1);
    script_click(&b.p, DOM_ACT_ROOM, SECRET);
    carry(&b);
    arrive(&b);
    assert_at(&b, PANE_ROOM, 1, 2);
    assert_int_equal(b.p.m.open, SECRET);
    travel(&b, -1);
    assert_at(&b, PANE_ROOMS, 0, 2);
    script_close(&b.p);
}

static void test_update_pane__a_link_that_was_followed_has_what_it_stood_in_behind_it(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    b.at = 2;
    b.n = 3;
    b.room[2] = SECRET; /* the browser's own entry, of which it keeps nothing */
    travel(&b, 0);
    assert_at(&b, PANE_ROOM, 2, 3);
    click(&b, DOM_ACT_BACK, 0);
    assert_at(&b, PANE_ROOMS, 2, 3);
    travel(&b, -1);
    assert_at(&b, PANE_ROOM, 1, 3);
    assert_int_equal(b.p.m.open, LOBBY);
    script_close(&b.p);
}

static void test_update_pane__behind_a_room_that_is_gone_is_the_list(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    script_act(&b.p, (struct action){.type = ACTION_ROOM_GONE, .gone = {LOBBY, true}});
    carry(&b);
    assert_int_equal(b.p.m.open, 0);
    travel(&b, -1); /* its entry says "lobby" as well */
    assert_at(&b, PANE_ROOMS, 0, 2);
    assert_null(script_ask(&b.p, ASK_LOOK));
    click(&b, DOM_ACT_ROOM, SECRET);
    assert_at(&b, PANE_ROOM, 1, 2);
    script_close(&b.p);
}

/* Browsers forget the oldest entries, and refuse new ones when there are many at once. */
static void test_update_pane__an_entry_that_is_not_there_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    script_click(&b.p, DOM_ACT_BACK, 0);
    assert_int_equal(script_effect(&b.p, EFFECT_BACK)->number, b.entry[1]);
    assert_int_equal(b.p.m.pane, PANE_ROOMS);
    script_later(&b.p, UPD_PANE_BACK_MS);
    carry(&b);
    assert_at(&b, PANE_ROOMS, 1, 2); /* the room's entry became the list */
    click(&b, DOM_ACT_ROOM, SECRET);
    assert_at(&b, PANE_ROOM, 2, 3);
    travel(&b, -1);
    assert_at(&b, PANE_ROOMS, 1, 3);
    script_close(&b.p);
}

/* A page of Ana's that was loaded again on this entry. */
static void reload(struct browser *b, uint32_t at)
{
    uint32_t entry = b->entry[at];
    script_close(&b->p);
    script_open(&b->p, NULL);
    b->at = at;
    b->p.m.trail = (struct trail){.entry = entry, .restore = true}; /* as upd_pane_start */
    width(b, PHONE_PX);
    arrive(b);
}

static void test_update_pane__a_reload_keeps_the_pane(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    click(&b, DOM_ACT_BACK, 0);
    click(&b, DOM_ACT_ROOM, LOBBY);
    click(&b, DOM_ACT_SEARCH, 0);
    reload(&b, 2);
    assert_at(&b, PANE_PANEL, 2, 3);
    assert_int_equal(b.p.m.panel.kind, PANEL_SEARCH);
    click(&b, DOM_ACT_PANEL_CLOSE, 0);
    assert_at(&b, PANE_ROOM, 1, 3);
    reload(&b, 1);
    assert_at(&b, PANE_ROOM, 1, 3);
    reload(&b, 0);
    assert_at(&b, PANE_ROOMS, 0, 3);
    script_close(&b.p);
}

static void test_update_pane__a_number_that_is_not_ours_does_no_harm(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, PHONE_PX);
    for (uint32_t entry = 0; entry < 256; entry++) {
        b.at = 8;
        b.n = 9;
        b.entry[8] = entry;
        b.room[8] = entry % 2 ? LOBBY : WITH_BO;
        travel(&b, 0);
        assert_true(b.going <= 2);
        b.going = 0;
        b.p.m.trail.going = 0;
    }
    script_close(&b.p);
}

static void test_update_pane__a_wide_window_has_an_entry_for_each_room_only(void **state)
{
    (void)state;
    struct browser b;
    open_browser(&b, 1200);
    click(&b, DOM_ACT_MEMBERS, 0);
    assert_int_equal(b.n, 1);
    click(&b, DOM_ACT_ROOM, SECRET);
    assert_at(&b, PANE_ROOM, 1, 2);
    assert_int_equal(b.entry[1], 0);
    click(&b, DOM_ACT_PANEL_CLOSE, 0);
    assert_int_equal(b.n, 2);
    b.room[0] = LOBBY;
    travel(&b, -1);
    assert_int_equal(b.p.m.open, LOBBY);
    assert_int_equal(b.going, 0);
    script_close(&b.p);
}

#define T(name) cmocka_unit_test(test_update_pane__##name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_list_is_behind_the_room_one_begins_in),
        T(a_window_made_narrow_has_the_list_behind_the_room),
        T(back_leads_from_the_panel_to_the_room_to_the_list),
        T(the_pages_own_buttons_go_back_and_nothing_grows),
        T(a_room_opened_from_the_panel_takes_the_rooms_place),
        T(what_happens_before_the_browser_is_there_is_not_lost),
        T(a_link_that_was_followed_has_what_it_stood_in_behind_it),
        T(behind_a_room_that_is_gone_is_the_list),
        T(an_entry_that_is_not_there_is_not_waited_for_for_ever),
        T(a_reload_keeps_the_pane),
        T(a_number_that_is_not_ours_does_no_harm),
        T(a_wide_window_has_an_entry_for_each_room_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
