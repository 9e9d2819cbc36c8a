/* See log.h. */
#include "log.h"

#include "check.h"
#include "clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LINE_BYTES_MAX 1024

static _Atomic int level_max = LOG_INFO;

struct peer_budget {
    int64_t second;
    unsigned lines_n;
    unsigned suppressed_n;
};
static pthread_mutex_t budget_lock = PTHREAD_MUTEX_INITIALIZER;
static struct peer_budget budgets[L_SUBJECTS_N];

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const char *const subject_names[] = {"main", "http", "ws",    "eio",
                                            "sio",  "chat", "store", "api"};

void log_set_level(enum log_level most_detailed)
{
    level_max = (int)most_detailed;
}

/* Replace what could end or forge a line. */
static void neutralise(char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f) {
            *s = '?';
        }
    }
}

__attribute__((format(printf, 4, 0))) static void write_line(enum log_level level,
                                                             enum log_subject subject,
                                                             const char *message,
                                                             const char *format, va_list args)
{
    char line[LINE_BYTES_MAX];
    int64_t now_ms = clock_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t n = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &utc);
    int more = snprintf(line + n, sizeof line - n, ".%03dZ %s %s: %s%s", (int)(now_ms % 1000),
                        level_names[level], subject_names[subject], message, *format ? " " : "");
    n += more > 0 ? (size_t)more : 0;
    if (n < sizeof line - 2) {
        vsnprintf(line + n, sizeof line - n - 1, format, args);
    }
    line[sizeof line - 2] = '\0';
    neutralise(line);
    fprintf(stderr, "%s\n", line);
}

void log_line(enum log_level level, enum log_subject subject, const char *message,
              const char *format, ...)
{
    if ((int)level > level_max) {
        return;
    }
    va_list args;
    va_start(args, format);
    write_line(level, subject, message, format, args);
    va_end(args);
}

/* True when the subject may log another line this second; tells how many were left out in the last
 * one. */
static bool take_budget(enum log_subject subject, unsigned *suppressed_n)
{
    int64_t second = clock_now_us() / 1000000;
    pthread_mutex_lock(&budget_lock);
    struct peer_budget *b = &budgets[subject];
    *suppressed_n = 0;
    if (b->second != second) {
        *suppressed_n = b->suppressed_n;
        *b = (struct peer_budget){.second = second};
    }
    bool granted = b->lines_n < LOG_PEER_LINES_PER_S;
    if (granted) {
        b->lines_n++;
    } else {
        b->suppressed_n++;
    }
    pthread_mutex_unlock(&budget_lock);
    return granted;
}

void log_peer(enum log_level level, enum log_subject subject, const char *message,
              const char *format, ...)
{
    unsigned suppressed_n;
    if ((int)level > level_max || !take_budget(subject, &suppressed_n)) {
        return;
    }
    if (suppressed_n > 0) {
        log_line(level, subject, "similar lines left out", "n=%u", suppressed_n);
    }
    va_list args;
    va_start(args, format);
    write_line(level, subject, message, format, args);
    va_end(args);
}
