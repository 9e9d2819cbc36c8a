/* The person's picture: picked or dropped, its square chosen, sent; given up at any moment. */
#include "upd_dialog.h"
#include "update_script.h"

#include "dialog_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void choose(struct script_page *p, unsigned group, unsigned which)
{
    script_click(p, DOM_ACT_CHOICE, group << 8 | which);
}

static void begin(struct script_page *p)
{
    script_open(p, NULL);
    script_click(p, DOM_ACT_SETTINGS, 0);
    assert_int_equal(p->m.dialog.kind, DIALOG_SETTINGS);
}

static void type(struct script_page *p, enum dom_field field, const char *text)
{
    struct slice s = slice_str(text);
    script_act(p, (struct action){.type = ACTION_INPUT, .input = {field, s, (uint32_t)s.n}});
}

static void submit(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
}

/* The answer to the last EFFECT_HTTP. */
static void http(struct script_page *p, unsigned status, const char *body)
{
    struct ask ask = script_effect(p, EFFECT_HTTP)->ask;
    script_act(p, (struct action){.type = ACTION_HTTP, .http = {ask, status, slice_str(body)}});
}

static void drop_file(struct script_page *p, uint32_t number)
{
    script_act(p, (struct action){.type = ACTION_FILE, .file = {number, 100, SL("me.png")}});
}

static void sent(struct script_page *p, uint32_t number, unsigned status, const char *body)
{
    script_act(p,
               (struct action){.type = ACTION_PIECE, .piece = {number, status, slice_str(body)}});
}

static void read_as(struct script_page *p, uint32_t number, uint32_t width, uint32_t height)
{
    script_act(p, (struct action){.type = ACTION_PICTURE, .picture = {number, width, height}});
}

static void assert_error(struct script_page *p, const char *text)
{
    script_assert_slice(buf_peek(&p->m.dialog.error), text);
}

#define PROFILE_WITH(avatar)                                                                       \
    "{\"user\":{\"id\":1,\"name\":\"ana\",\"display\":\"Ana\",\"avatar\":" avatar "}}"

static void test_picture__is_chosen_cut_sent_and_removed(void **state)
{
    struct script_page p;
    struct dialog *d = &p.m.dialog;
    (void)state;
    begin(&p);
    script_click(&p, DOM_ACT_PICTURE_PICK, 0);
    assert_true(script_effect(&p, EFFECT_FILE_PICK)->on);
    drop_file(&p, 7);
    assert_int_equal(script_effect(&p, EFFECT_PICTURE_LOAD)->id, 7);
    assert_true(d->busy && !dialog_settings_cuts(d));
    assert_int_equal(p.m.uploads.n, 0);
    drop_file(&p, 8); /* one at a time */
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 8);
    read_as(&p, 7, 400, 300);
    assert_true(!d->busy && dialog_settings_cuts(d));
    assert_int_equal(d->crop.side, 300 * CROP_UNITS);
    submit(&p);
    assert_int_equal(script_effect(&p, EFFECT_PICTURE_PUT)->id, 7);
    assert_true(d->busy);
    sent(&p, 6, 200, "{}"); /* long over */
    assert_true(d->busy);
    sent(&p, 7, 200, PROFILE_WITH("55"));
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 7);
    assert_true(!d->busy && !dialog_settings_cuts(d));
    assert_int_equal(d->done, WORD_SAVED);
    assert_int_equal(people_find(&p.m.people, 1)->avatar, 55);
    script_click(&p, DOM_ACT_PICTURE_DROP, 0);
    const struct effect *e = script_effect(&p, EFFECT_HTTP);
    assert_true(e->http.remove && e->http.signed_in);
    script_assert_slice(e->http.path, "/api/v1/me/avatar");
    http(&p, 200, "{\"user\":{\"id\":1,\"name\":\"ana\",\"display\":\"Ana\"}}");
    assert_int_equal(people_find(&p.m.people, 1)->avatar, 0);
    assert_true(people_find(&p.m.people, 1)->pictured);
    /* Elsewhere a file is one to be sent. */
    choose(&p, SET_TAB, SET_LOOK);
    drop_file(&p, 10);
    assert_int_equal(p.m.uploads.n, 1);
    script_close(&p);
}

static void test_picture__a_file_that_is_none_is_said_to_be_none(void **state)
{
    struct script_page p;
    struct dialog *d = &p.m.dialog;
    static const char none[] = "This browser cannot read that picture: it is damaged, or none";
    (void)state;
    begin(&p);
    drop_file(&p, 7);
    sent(&p, 7, 415, "");
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 7);
    assert_false(d->busy);
    assert_error(&p, none);
    uint32_t focused = d->picture_n;
    drop_file(&p, 8);
    sent(&p, 8, 406, "");
    assert_error(&p, "That picture moves. Choose one that stands still.");
    assert_true(d->picture_n != focused); /* the button was not to be pressed, and lost it */
    drop_file(&p, 9);
    read_as(&p, 9, CROP_SIDE_MAX + 1, 10);
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 9);
    assert_true(!d->busy && !dialog_settings_cuts(d));
    assert_error(&p, none);
    script_close(&p);
}

static void test_picture__its_square_is_chosen_by_all_means(void **state)
{
    struct script_page p;
    struct dialog *d = &p.m.dialog;
    struct crop *c = &d->crop;
    static const enum dom_key zooms[] = {DOM_KEY_PLUS, DOM_KEY_EQUALS, DOM_KEY_MINUS};
    (void)state;
    begin(&p);
    drop_file(&p, 7);
    read_as(&p, 7, 1600, 800);
    script_key(&p, DOM_KEY_RIGHT, DOM_FLAG_DIALOG);
    assert_int_equal(c->x, 350 * CROP_UNITS);
    assert_int_equal(d->crop_said, WORD_CROP_AT);
    script_key(&p, DOM_KEY_LEFT, DOM_FLAG_DIALOG);
    script_key(&p, DOM_KEY_LEFT, DOM_FLAG_DIALOG | DOM_FLAG_BUTTON); /* the slider's */
    assert_int_equal(c->x, 400 * CROP_UNITS);
    for (size_t i = 0; i < sizeof zooms / sizeof *zooms; i++) {
        script_key(&p, zooms[i], DOM_FLAG_DIALOG | DOM_FLAG_CTRL); /* the browser's */
        assert_int_equal(c->zoom, i * 5 * DIALOG_ZOOM_STEP);
        script_key(&p, zooms[i], DOM_FLAG_DIALOG | DOM_FLAG_BUTTON);
        assert_int_equal(d->crop_said, WORD_CROP_ZOOM);
        if (zooms[i] == DOM_KEY_MINUS)
            break;
    }
    assert_int_equal(c->zoom, 5 * DIALOG_ZOOM_STEP);
    type(&p, DOM_FIELD_ZOOM, "100");
    assert_int_equal(c->zoom, CROP_ZOOM_MAX);
    type(&p, DOM_FIELD_ZOOM, "101");
    assert_int_equal(c->zoom, CROP_ZOOM_MAX);
    script_act(&p, (struct action){.type = ACTION_CROP, .crop = {CROP_FRAME, -CROP_FRAME, -7}});
    assert_int_equal(c->zoom, CROP_ZOOM_MAX - 7);
    assert_int_equal(d->crop_said, 0);
    struct crop before = *c;
    type(&p, DOM_FIELD_ZOOM, "99"); /* what it shows: nothing was done to it */
    assert_memory_equal(c, &before, sizeof before);
    submit(&p);
    script_key(&p, DOM_KEY_UP, DOM_FLAG_DIALOG); /* that square is on its way */
    assert_memory_equal(c, &before, sizeof before);
    sent(&p, 7, 0, ""); /* it has not arrived, and can be sent again */
    assert_true(dialog_settings_cuts(d) && !d->busy && d->error.n);
    submit(&p);
    assert_int_equal(script_effect(&p, EFFECT_PICTURE_PUT)->id, 7);
    script_close(&p);
}

static void test_picture__escape_gives_back_what_was_before_it(void **state)
{
    struct script_page p;
    struct dialog *d = &p.m.dialog;
    (void)state;
    begin(&p);
    type(&p, DOM_FIELD_BIO, "Sails.");
    for (int step = 0; step < 3; step++) { /* while it is read, chosen, sent */
        drop_file(&p, 7);
        if (step > 0)
            read_as(&p, 7, 400, 300);
        if (step > 1)
            submit(&p);
        script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
        assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 7);
        assert_int_equal(d->kind, DIALOG_SETTINGS);
        assert_true(!d->busy && !d->picture && !dialog_settings_cuts(d));
        script_assert_slice(dialog_text(d, DOM_FIELD_BIO), "Sails.");
    }
    read_as(&p, 7, 400, 300); /* too late */
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 7);
    assert_false(dialog_settings_cuts(d));
    /* Another one in its place; and another dialog. */
    drop_file(&p, 8);
    read_as(&p, 8, 400, 300);
    drop_file(&p, 9);
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 8);
    assert_int_equal(script_effect(&p, EFFECT_PICTURE_LOAD)->id, 9);
    read_as(&p, 9, 400, 300);
    script_click(&p, DOM_ACT_HELP, 0);
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 9);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_picture__is_chosen_cut_sent_and_removed),
        cmocka_unit_test(test_picture__a_file_that_is_none_is_said_to_be_none),
        cmocka_unit_test(test_picture__its_square_is_chosen_by_all_means),
        cmocka_unit_test(test_picture__escape_gives_back_what_was_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
