/* See upload.h. */
#include "upload.h"

void uploads_init(struct uploads *u)
{
    for (uint32_t i = 0; i < UPLOADS_MAX; i++) {
        struct upload *up = &u->at[i];
        buf_init(&up->name, UPLOAD_NAME_BYTES_MAX);
        buf_init(&up->error, UPLOAD_NAME_BYTES_MAX);
        buf_init(&up->type, UPLOAD_NAME_BYTES_MAX);
    }
}

void uploads_fini(struct uploads *u)
{
    for (uint32_t i = 0; i < UPLOADS_MAX; i++) {
        buf_fini(&u->at[i].name);
        buf_fini(&u->at[i].error);
        buf_fini(&u->at[i].type);
    }
    u->n = 0;
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
