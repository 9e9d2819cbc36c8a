/* See upload.h. */
#include "upload.h"

void uploads_init(struct uploads *u)
{
    for (uint32_t i = 0; i < UPLOADS_MAX; i++) {
        struct upload *up = &u->at[i];
        buf_init(&up->name, UPLOAD_NAME_BYTES_MAX);
        buf_init(&up->error, UPLOAD_NAME_BYTES_MAX);
        buf_init(&up->type, UPLOAD_NAME_BYTES_MAX);
        buf_init(&up->alt, UPLOAD_ALT_BYTES_MAX);
    }
}

void uploads_fini(struct uploads *u)
{
    for (uint32_t i = 0; i < UPLOADS_MAX; i++) {
        buf_fini(&u->at[i].name);
        buf_fini(&u->at[i].error);
        buf_fini(&u->at[i].type);
        buf_fini(&u->at[i].alt);
    }
    u->n = 0;
}

bool upload_is_image(const struct upload *up)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg", ".gif", ".webp"};
    struct slice name = buf_peek(&up->name);
    if (up->state == UPLOAD_DONE)
        return up->width && up->height;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct slice end = slice_str(ends[i]);
        if (name.n > end.n && slice_eq_nocase(slice_from(name, name.n - end.n), end))
            return true;
    }
    return false;
}

uint32_t uploads_of(const struct uploads *u, int64_t room, uint32_t *unfinished_n)
{
    uint32_t n = 0;
    *unfinished_n = 0;
    for (uint32_t i = 0; i < u->n; i++) {
        n += u->at[i].room == room;
        *unfinished_n += u->at[i].room == room && u->at[i].state != UPLOAD_DONE;
    }
    return n;
}
