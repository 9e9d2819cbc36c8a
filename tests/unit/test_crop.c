/* The square that is cut out of a picture: never outside of it, at the caps too. */
#include "crop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PX(n) ((n)*CROP_UNITS)

static struct crop of(uint32_t width, uint32_t height)
{
    struct crop c = {0};
    assert_true(crop_begin(&c, width, height));
    return c;
}

static void check(const struct crop *c)
{
    assert_true(c->side > 0 && c->side <= PX(c->width) && c->side <= PX(c->height));
    assert_true(c->x <= PX(c->width) - c->side);
    assert_true(c->y <= PX(c->height) - c->side);
    assert_true(c->zoom <= CROP_ZOOM_MAX);
    assert_true(c->stamp);
}

static void assert_square(const struct crop *c, uint32_t x, uint32_t y, uint32_t side)
{
    check(c);
    assert_int_equal(c->x, x);
    assert_int_equal(c->y, y);
    assert_int_equal(c->side, side);
}

static void test_crop__begins_with_the_largest_square_of_the_middle(void **state)
{
    (void)state;
    struct crop c = of(400, 300);
    assert_square(&c, PX(50), 0, PX(300));
    c = of(300, 401);
    assert_square(&c, 0, PX(50) + CROP_UNITS / 2, PX(300));
    c = of(1, 1);
    assert_square(&c, 0, 0, PX(1));
}

static void test_crop__takes_no_picture_beyond_the_caps(void **state)
{
    (void)state;
    struct crop c = of(CROP_SIDE_MAX, CROP_SIDE_MAX);
    assert_square(&c, 0, 0, PX(CROP_SIDE_MAX));
    assert_false(crop_begin(&c, CROP_SIDE_MAX + 1, 10));
    assert_false(crop_begin(&c, 10, CROP_SIDE_MAX + 1));
    assert_false(crop_begin(&c, 0, 10));
    assert_false(crop_begin(&c, 10, 0));
    assert_square(&c, 0, 0, PX(CROP_SIDE_MAX));
}

static void test_crop__the_picture_goes_where_it_is_dragged_and_no_further(void **state)
{
    (void)state;
    struct crop c = of(400, 300);
    crop_move(&c, CROP_FRAME / 10, CROP_FRAME / 10); /* there is nothing above */
    assert_in_range(c.x, PX(20) - 1, PX(20) + 1);
    assert_square(&c, c.x, 0, PX(300));
    crop_move(&c, CROP_FRAME / 10, 0);
    assert_square(&c, 0, 0, PX(300));
    assert_int_equal(crop_across(&c), 0);
    crop_move(&c, -CROP_FRAME / 3, 0); /* exactly to the edge */
    assert_in_range(c.x, PX(100) - 1, PX(100));
    crop_move(&c, INT32_MIN, INT32_MIN);
    assert_square(&c, PX(100), 0, PX(300));
    assert_int_equal(crop_across(&c), 100);
    assert_int_equal(crop_down(&c), 50);
    crop_move(&c, INT32_MAX, INT32_MAX);
    assert_square(&c, 0, 0, PX(300));
}

static void test_crop__zooms_around_the_middle_of_the_frame(void **state)
{
    (void)state;
    struct crop c = of(3000, 2000);
    crop_zoom(&c, CROP_ZOOM_MAX);
    assert_square(&c, PX(1500) - PX(125) / 2, PX(1000) - PX(125) / 2, PX(125)); /* 16 times */
    crop_zoom(&c, CROP_ZOOM_MAX + 1);
    assert_int_equal(c.zoom, CROP_ZOOM_MAX);
    assert_int_equal(c.side, PX(125));
    crop_move(&c, INT32_MIN, INT32_MIN); /* into the corner, and out again */
    assert_square(&c, PX(3000) - PX(125), PX(2000) - PX(125), PX(125));
    crop_zoom(&c, CROP_ZOOM_MAX / 2);
    check(&c);
    assert_int_equal(crop_across(&c), 100);
    crop_zoom(&c, -1);
    assert_int_equal(c.zoom, 0);
    assert_square(&c, PX(1000), 0, PX(2000));
}

static void test_crop__a_frame_keeps_pixels_enough(void **state)
{
    (void)state;
    struct crop c = of(640, 128); /* twice, not 16 times */
    assert_true(crop_zooms(&c));
    crop_zoom(&c, CROP_ZOOM_MAX);
    assert_square(&c, PX(320 - 32), PX(32), PX(64));
    static const uint32_t small[][2] = {{64, 64}, {1, 1}, {10, 30000}, {CROP_SIDE_MAX, 1}};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        c = of(small[i][0], small[i][1]);
        uint32_t side = c.side;
        assert_false(crop_zooms(&c));
        crop_zoom(&c, CROP_ZOOM_MAX);
        assert_int_equal(c.side, side);
        crop_move(&c, -CROP_FRAME, -CROP_FRAME);
        check(&c);
    }
    c = of(65, 65);
    assert_true(crop_zooms(&c));
}

static void test_crop__never_leaves_the_picture(void **state)
{
    (void)state;
    static const uint32_t sides[] = {1, 2, 63, 64, 65, 255, 1023, 1024, 4000, CROP_SIDE_MAX};
    enum { N = sizeof sides / sizeof *sides };
    for (size_t i = 0; i < (size_t)N * N; i++) {
        struct crop c = of(sides[i / N], sides[i % N]);
        uint32_t random = 1;
        for (int n = 0; n < 500; n++) {
            uint32_t stamp = c.stamp;
            random = random * 1664525u + 1013904223u;
            if (n % 3)
                crop_move(&c, (int32_t)random / (1 << n % 16), (int32_t)(random << 9) / 1000);
            else
                crop_zoom(&c, (int64_t)(random % (CROP_ZOOM_MAX + 200)) - 100);
            check(&c);
            assert_true(c.stamp != stamp);
            assert_in_range(crop_across(&c), 0, 100);
            assert_in_range(crop_down(&c), 0, 100);
        }
    }
}

/* A pointer goes in small steps: each counts, however few pixels are in the frame. */
static void test_crop__small_steps_add_up(void **state)
{
    (void)state;
    struct crop c = of(1000, 1000);
    crop_zoom(&c, CROP_ZOOM_MAX);
    uint32_t x = c.x;
    for (int n = 0; n < 100; n++)
        crop_move(&c, -CROP_FRAME / 256, 0); /* a pixel of the screen */
    assert_in_range(c.x - x, c.side * 100 / 256 - 100, c.side * 100 / 256);
}

static void test_crop__its_stamp_is_never_none(void **state)
{
    (void)state;
    struct crop c = of(100, 100);
    c.stamp = UINT32_MAX;
    crop_move(&c, 0, 0);
    assert_int_equal(c.stamp, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crop__begins_with_the_largest_square_of_the_middle),
        cmocka_unit_test(test_crop__takes_no_picture_beyond_the_caps),
        cmocka_unit_test(test_crop__the_picture_goes_where_it_is_dragged_and_no_further),
        cmocka_unit_test(test_crop__zooms_around_the_middle_of_the_frame),
        cmocka_unit_test(test_crop__a_frame_keeps_pixels_enough),
        cmocka_unit_test(test_crop__never_leaves_the_picture),
        cmocka_unit_test(test_crop__small_steps_add_up),
        cmocka_unit_test(test_crop__its_stamp_is_never_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
