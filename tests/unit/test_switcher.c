/* The switcher, and the emojis to choose from: scripts of actions. */
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void open_switcher(struct script_page *p)
{
    script_open(p, NULL);
    script_key(p, DOM_KEY_K, DOM_FLAG_COMPOSER | DOM_FLAG_CTRL);
    assert_int_equal(p->m.dialog.kind, DIALOG_SWITCHER);
}

static void type(struct script_page *p, const char *text)
{
    script_act(p, (struct action){.type = ACTION_INPUT,
                                  .input = {DOM_FIELD_SWITCHER, slice_str(text), 0}});
}

static void enter(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
}

static void test_switcher__offers_what_is_unread_first_and_not_the_open_room(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_room(&p, WITH_BO, 5, 2);
    script_key(&p, DOM_KEY_K, DOM_FLAG_CTRL);
    assert_int_equal(p.m.dialog.rows_n, 2);
    script_assert_slice(p.m.dialog.rows[0].label, "Bo");
    script_assert_slice(p.m.dialog.rows[1].label, "secret");
    script_key(&p, DOM_KEY_DOWN, DOM_FLAG_FIELD | DOM_FLAG_DIALOG);
    enter(&p);
    assert_int_equal(p.m.open, SECRET);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_close(&p);
}

static void test_switcher__a_few_letters_find_a_room_at_once(void **state)
{
    (void)state;
    struct script_page p;
    open_switcher(&p);
    type(&p, "sct");
    assert_int_equal(p.m.dialog.rows_n, 1);
    enter(&p);
    assert_int_equal(p.m.open, SECRET);
    script_close(&p);
}

static void add_named(struct script_page *p, int64_t id, const char *name)
{
    struct chat_room room = {.id = id,
                             .name = slice_str(name),
                             .topic = SL(""),
                             .min_seq = 1,
                             .has_mine = true,
                             .joined = true};
    script_act(p, (struct action){.type = ACTION_ROOM, .room = &room});
}

static void test_switcher__numbers_in_names_are_ordered_as_numbers(void **state)
{
    (void)state;
    static const char *const names[] = {"room-10",  "room-2", "Room-03", "a10b2", "a10b10",
                                        "room-2-a", "zz",     "room",    "rooms"};
    static const char *const ordered[] = {"a10b2",  "a10b10",   "lobby",   "room",
                                          "room-2", "room-2-a", "Room-03", "room-10",
                                          "rooms",  "secret",   "zz"};
    struct script_page p;
    script_open(&p, NULL);
    for (int64_t i = 0; i < (int64_t)(sizeof names / sizeof *names); i++)
        add_named(&p, 10 + i, names[i]);
    for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++)
        script_assert_slice(p.m.rooms.at[i]->r.name, ordered[i]);
    script_key(&p, DOM_KEY_K, DOM_FLAG_CTRL);
    type(&p, "room-");
    for (uint32_t i = 0; i < 5; i++) /* those that match are in the same order */
        script_assert_slice(p.m.dialog.rows[i].label, ordered[3 + i]);
    script_close(&p);
}

static void test_switcher__people_come_from_the_server(void **state)
{
    (void)state;
    struct script_page p;
    open_switcher(&p);
    type(&p, "cy");
    assert_null(script_ask(&p, ASK_DIALOG));
    script_later(&p, DIALOG_SEARCH_MS);
    assert_int_equal(script_ask(&p, ASK_DIALOG)->event, EVENT_USERS);
    /* Whom I write with already is not told twice. */
    script_answer(&p, ASK_DIALOG,
                  "{\"users\":[{\"id\":1,\"name\":\"ana\"},{\"id\":2,\"name\":\"bo\"},"
                  "{\"id\":3,\"name\":\"cyd\",\"display\":\"Cyd\"}]}");
    assert_int_equal(p.m.dialog.rows_n, 1);
    script_assert_slice(p.m.dialog.rows[0].label, "Cyd");
    enter(&p);
    assert_int_equal(script_ask(&p, ASK_DIALOG)->event, EVENT_DM);
    assert_int_equal(script_ask(&p, ASK_DIALOG)->request->user, CYD);
    script_close(&p);
}

static void test_switcher__a_sign_finds_rooms_to_look_at(void **state)
{
    (void)state;
    struct script_page p;
    open_switcher(&p);
    type(&p, "#kit");
    script_later(&p, DIALOG_SEARCH_MS);
    assert_int_equal(script_ask(&p, ASK_DIALOG)->event, EVENT_ROOMS);
    script_assert_slice(script_ask(&p, ASK_DIALOG)->request->q, "kit");
    script_answer(&p, ASK_DIALOG,
                  "{\"rooms\":[{\"id\":1,\"kind\":\"public\",\"name\":\"lobby\"},"
                  "{\"id\":9,\"kind\":\"public\",\"name\":\"kitchen\",\"members\":3}]}");
    assert_int_equal(p.m.dialog.rows_n, 1);
    enter(&p); /* it is shown before it is joined */
    assert_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    assert_int_equal(script_ask(&p, ASK_LOOK)->ask.room, 9);
    script_answer(&p, ASK_LOOK,
                  "{\"rooms\":[{\"id\":9,\"kind\":\"public\",\"name\":\"kitchen\",\"seq\":0,"
                  "\"ev\":1}]}");
    assert_int_equal(p.m.open, 9);
    assert_false(script_room_open(&p)->r.joined);
    script_close(&p);
}

static void test_switcher__without_a_connection_ones_own_rooms_are_there(void **state)
{
    (void)state;
    struct script_page p;
    open_switcher(&p);
    script_down(&p);
    type(&p, "lob");
    script_later(&p, DIALOG_SEARCH_MS);
    assert_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(p.m.dialog.rows_n, 1);
    script_close(&p);
}

/* --- emojis --- */

#define GLYPH "\xF0\x9F\x98"
#define TABLE                                                                                      \
    "=Faces\n" GLYPH "\x81 a1\n" GLYPH "\x82 a2\n" GLYPH "\x83 a3\n" GLYPH "\x84 a4\n" GLYPH       \
    "\x85 a5\n" GLYPH "\x86 a6\n" GLYPH "\x87 a7\n" GLYPH "\x88 a8\n" GLYPH "\x89 a9\n=Hands\n"    \
    "\xE2\x9C\x8B+ hand\n"

static void open_emojis(struct script_page *p)
{
    script_open(p, NULL);
    script_click(p, DOM_ACT_EMOJI, 0);
    assert_int_equal(p->m.dialog.kind, DIALOG_EMOJI);
}

static void take_table(struct script_page *p)
{
    script_act(p,
               (struct action){.type = ACTION_HTTP, .http = {{ASK_EMOJI, 0, 0}, 200, SL(TABLE)}});
}

static void grid_key(struct script_page *p, enum dom_key key, unsigned flags)
{
    script_key(p, key, flags | DOM_FLAG_FIELD | DOM_FLAG_DIALOG);
}

static void test_switcher__emojis_that_all_use_are_there_before_the_table(void **state)
{
    (void)state;
    struct script_page p;
    open_emojis(&p);
    assert_int_equal(script_count(&p, EFFECT_HTTP), 1);
    assert_int_equal(p.m.emoji.picker.n, 6);
    enter(&p);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "\xF0\x9F\x91\x8D");
    script_close(&p);
}

static void test_switcher__the_grid_is_walked_by_arrows(void **state)
{
    (void)state;
    struct script_page p;
    open_emojis(&p);
    take_table(&p);
    script_click(&p, DOM_ACT_CHOICE, 1);
    assert_int_equal(p.m.emoji.picker.n, 9);
    grid_key(&p, DOM_KEY_RIGHT, DOM_FLAG_EMPTY);
    assert_int_equal(p.m.emoji.picker.at, 1);
    grid_key(&p, DOM_KEY_DOWN, DOM_FLAG_EMPTY);
    assert_int_equal(p.m.emoji.picker.at, 8);
    grid_key(&p, DOM_KEY_UP, DOM_FLAG_EMPTY);
    assert_int_equal(p.m.emoji.picker.at, 0);
    grid_key(&p, DOM_KEY_LEFT, DOM_FLAG_EMPTY);
    assert_int_equal(p.m.emoji.picker.at, 0);
    /* What is typed has the arrows until one goes down. */
    script_act(&p, (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_EMOJI, SL("a"), 1}});
    assert_int_equal(p.m.emoji.picker.n, 10); /* "hand" has it inside */
    grid_key(&p, DOM_KEY_RIGHT, 0);
    assert_int_equal(p.m.emoji.picker.at, 0);
    assert_false(p.fx.handled);
    grid_key(&p, DOM_KEY_DOWN, 0);
    grid_key(&p, DOM_KEY_RIGHT, 0);
    assert_int_equal(p.m.emoji.picker.at, 9);
    script_close(&p);
}

static void test_switcher__a_tone_is_kept(void **state)
{
    (void)state;
    struct script_page p;
    open_emojis(&p);
    take_table(&p);
    script_click(&p, DOM_ACT_CHOICE, 1 << 8 | EMOJI_TONE_DARK);
    assert_int_equal(script_count(&p, EFFECT_SAVE_EMOJI), 1);
    script_click(&p, DOM_ACT_CHOICE, 2);
    enter(&p);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text),
                        "\xE2\x9C\x8B\xF0\x9F\x8F\xBF");
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switcher__offers_what_is_unread_first_and_not_the_open_room),
        cmocka_unit_test(test_switcher__a_few_letters_find_a_room_at_once),
        cmocka_unit_test(test_switcher__people_come_from_the_server),
        cmocka_unit_test(test_switcher__numbers_in_names_are_ordered_as_numbers),
        cmocka_unit_test(test_switcher__a_sign_finds_rooms_to_look_at),
        cmocka_unit_test(test_switcher__without_a_connection_ones_own_rooms_are_there),
        cmocka_unit_test(test_switcher__emojis_that_all_use_are_there_before_the_table),
        cmocka_unit_test(test_switcher__the_grid_is_walked_by_arrows),
        cmocka_unit_test(test_switcher__a_tone_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
