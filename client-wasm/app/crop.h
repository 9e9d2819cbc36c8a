/* Which square of a picture is cut out: a frame that never leaves it. Pure arithmetic; what a picture is, only the page knows. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CROP_UNITS        256 /* to a pixel of the picture: a frame of few pixels moves smoothly too */
#define CROP_SIDE_MAX     65535 /* of a picture, in pixels */
#define CROP_FRAME_PX_MIN 64    /* there is not less in the frame, unless the picture has less, */
#define CROP_TIMES_MAX    16    /* and it is not enlarged more than this */
#define CROP_ZOOM_MAX     1600
#define CROP_FRAME        65536 /* parts of the frame's side, in which it is moved */

/* Inv: x + side <= width * CROP_UNITS, y and height likewise; side > 0. */
struct crop {
    uint32_t width, height; /* pixels, as it is seen: turned already */
    uint32_t x, y, side;    /* CROP_UNITS */
    uint32_t zoom;          /* 0: as much as can be, ..CROP_ZOOM_MAX */
    uint32_t stamp;         /* never 0; another one whenever the square is another */
};

/* The largest square of its middle. false: there is no picture of that size, *c is as it was. */
bool crop_begin(struct crop *c, uint32_t width, uint32_t height);
/* Move the picture below the frame by CROP_FRAME parts, as far as there is any of it. */
void crop_move(struct crop *c, int32_t right, int32_t down);
/* Around the middle of the frame, as far as there is any of it; what is beyond the caps is the cap. */
void crop_zoom(struct crop *c, int64_t zoom);
/* Has it enough pixels for that? */
bool crop_zooms(const struct crop *c);
/* Where the frame is: percent of the way it has, from the left and from the top; 50 when it has none. */
unsigned crop_across(const struct crop *c);
unsigned crop_down(const struct crop *c);
