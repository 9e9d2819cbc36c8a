/* See outcome_line.h. */
#include "outcome_line.h"

#include "check.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { SHOWN_MAX_BYTES = 400 };

static char line[16384];
static size_t line_n;

void line_start(void)
{
    line_n = 0;
}

struct slice line_peek(void)
{
    return (struct slice){line, line_n};
}

void line_print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line + line_n, sizeof(line) - line_n, format, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < sizeof(line) - line_n);
    line_n += (size_t)n;
}

void line_bytes(const char *label, struct slice s)
{
    uint32_t sum = 2166136261U; /* FNV-1a */

    line_print(" %s=", label);
    if (s.n > SHOWN_MAX_BYTES) {
        for (size_t i = 0; i < s.n; i++)
            sum = (sum ^ (uint8_t)s.p[i]) * 16777619U;
        line_print("<%zu bytes, fnv %08" PRIx32 ">", s.n, sum);
        return;
    }
    line_print("\"");
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (c == '"' || c == '\\')
            line_print("\\%c", c);
        else if (c >= ' ' && c <= '~')
            line_print("%c", c);
        else
            line_print("\\x%02x", c);
    }
    line_print("\"");
}

void line_error(enum err e, const char *detail)
{
    line_print("err %s%s%s", err_text(e), detail[0] ? ": " : "", detail);
}
