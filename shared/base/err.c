/* The texts of the results. */
#include "err.h"

#include <stddef.h>

static const char *const texts[] = {
#define X(name, text) [name] = text,
    ERR_LIST(X)
#undef X
};

const char *err_text(enum err e)
{
    size_t i = (size_t)e;

    return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : "unknown error";
}
