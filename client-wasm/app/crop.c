/* See crop.h. */
#include "crop.h"

static uint32_t largest(const struct crop *c)
{
    return (c->width < c->height ? c->width : c->height) * CROP_UNITS;
}

/* How many times the largest square may be enlarged. */
static double times(const struct crop *c)
{
    double most = (double)largest(c) / (CROP_FRAME_PX_MIN * CROP_UNITS);
    return most < 1 ? 1 : most > CROP_TIMES_MAX ? CROP_TIMES_MAX : most;
}

static uint32_t within(int64_t at, uint32_t px, uint32_t side)
{
    int64_t most = (int64_t)px * CROP_UNITS - side;
    return (uint32_t)(at < 0 ? 0 : at > most ? most : at);
}

static void place(struct crop *c, int64_t x, int64_t y)
{
    c->x = within(x, c->width, c->side);
    c->y = within(y, c->height, c->side);
    c->stamp += c->stamp == UINT32_MAX ? 2 : 1;
}

bool crop_begin(struct crop *c, uint32_t width, uint32_t height)
{
    if (!width || !height || width > CROP_SIDE_MAX || height > CROP_SIDE_MAX)
        return false;
    *c = (struct crop){.width = width, .height = height, .stamp = c->stamp};
    c->side = largest(c);
    place(c, ((int64_t)width * CROP_UNITS - c->side) / 2,
          ((int64_t)height * CROP_UNITS - c->side) / 2);
    return true;
}

void crop_move(struct crop *c, int32_t right, int32_t down)
{
    place(c, c->x - (int64_t)right * c->side / CROP_FRAME,
          c->y - (int64_t)down * c->side / CROP_FRAME);
}

/* A step at the beginning is a smaller one: it is seen as much as one at the end. */
void crop_zoom(struct crop *c, int64_t zoom)
{
    int64_t x = 2 * (int64_t)c->x + c->side, y = 2 * (int64_t)c->y + c->side;
    c->zoom = (uint32_t)(zoom < 0 ? 0 : zoom > CROP_ZOOM_MAX ? CROP_ZOOM_MAX : zoom);
    double way = (double)c->zoom / CROP_ZOOM_MAX;
    c->side = (uint32_t)(largest(c) / (1 + (times(c) - 1) * way * way));
    place(c, (x - c->side) / 2, (y - c->side) / 2);
}

bool crop_zooms(const struct crop *c)
{
    return times(c) > 1;
}

static unsigned percent(uint32_t at, uint32_t px, uint32_t side)
{
    uint32_t way = px * CROP_UNITS - side;
    return way ? (unsigned)(((uint64_t)at * 100 + way / 2) / way) : 50;
}

unsigned crop_across(const struct crop *c)
{
    return percent(c->x, c->width, c->side);
}

unsigned crop_down(const struct crop *c)
{
    return percent(c->y, c->height, c->side);
}
