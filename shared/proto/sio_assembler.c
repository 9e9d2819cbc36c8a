/* Waiting for the attachments of a binary packet. */
#include "check.h"
#include "sio.h"

bool sio_assembler_waiting(const struct sio_assembler *a)
{
    return a->have_n < a->expected_n;
}

/* Put s into an empty buffer, charged to what max_bytes leaves. */
static enum err keep(struct sio_assembler *a, struct buf *b, struct slice s)
{
    size_t used = a->text.n;

    for (size_t i = 0; i < a->have_n; i++)
        used += a->data[i].n;
    if (s.n > a->max_bytes - used)
        return ERR_LIMIT;
    buf_init(b, s.n);
    return buf_put(b, s);
}

enum err sio_assembler_start(struct sio_assembler *a, struct slice text, uint8_t attachments_n)
{
    CHECK(attachments_n > 0 && attachments_n <= SIO_ATTACHMENTS_MAX);
    CHECK(a->expected_n == 0 && a->text.n == 0);
    enum err e = keep(a, &a->text, text);
    if (!e)
        a->expected_n = attachments_n;
    return e;
}

enum err sio_assembler_add(struct sio_assembler *a, struct slice data)
{
    if (!sio_assembler_waiting(a))
        return ERR_PROTO;
    enum err e = keep(a, &a->data[a->have_n], data);
    if (e)
        return e;
    a->have_n++;
    return sio_assembler_waiting(a) ? ERR_MORE : ERR_OK;
}

void sio_assembler_reset(struct sio_assembler *a)
{
    buf_fini(&a->text);
    for (size_t i = 0; i < SIO_ATTACHMENTS_MAX; i++)
        buf_fini(&a->data[i]);
    a->text.max = 0;
    a->expected_n = 0;
    a->have_n = 0;
}
