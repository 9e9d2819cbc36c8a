/* See size.h. */
#include "size.h"

enum err size_put(const struct words *w, struct buf *out, int64_t bytes)
{
    struct buf number = {.max = 24};
    uint64_t n = (uint64_t)bytes, unit = n < 1000 ? 1 : n < 1000000 ? 1000 : 1000000;
    enum word word = unit == 1 ? WORD_BYTES : unit == 1000 ? WORD_KILOBYTES : WORD_MEGABYTES;
    enum err e = buf_put_u64(&number, (n + unit / 2) / unit);
    if (e == ERR_OK)
        e = words_put(w, out, word, buf_peek(&number), SL(""));
    buf_fini(&number);
    return e;
}
