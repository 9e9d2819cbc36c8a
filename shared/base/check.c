/* What a broken invariant of ours ends in. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef __EMSCRIPTEN__
/* In the page stderr is the console; printf alone would cost more than the rest of this library. */
#include <emscripten/console.h>

void check_failed(const char *file, int line, const char *expression)
{
    (void)line;
    emscripten_console_error(file);
    emscripten_console_error(expression);
    abort();
}
#else
void check_failed(const char *file, int line, const char *expression)
{
    (void)fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, expression);
    abort();
}
#endif
