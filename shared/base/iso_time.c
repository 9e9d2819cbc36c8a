/* Calendar arithmetic by counting days from 1 March of year 0, so that a leap day is the last of
 * its year. Source: ECMAScript 2023 section 21.4.1.32, date time string format.
 */
#include "iso_time.h"

#include "check.h"

enum {
    DAY_MS = 86400000,
    HOUR_MS = 3600000,
    MINUTE_MS = 60000,
    DAYS_PER_400_YEARS = 146097,
    DAYS_TO_1970 = 719468, /* from 0000-03-01 */
};

static int64_t days_from_date(int year, int month, int day)
{
    /* One 400-year cycle is added, so that January of year 0 is not negative. */
    int y = year + 400 - (month <= 2);
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - DAYS_PER_400_YEARS -
           DAYS_TO_1970;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t from_cycle = days + DAYS_TO_1970 + DAYS_PER_400_YEARS;
    int cycle = (int)(from_cycle / DAYS_PER_400_YEARS);
    int d = (int)(from_cycle % DAYS_PER_400_YEARS);
    int y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int day_of_year = d - (365 * y + y / 4 - y / 100);
    int m = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (cycle - 1) * 400 + y + (*month <= 2);
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool take_char(struct slice *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = slice_from(*s, 1);
    return true;
}

/* Exactly digits_n digits, from min to max. */
static bool take_number(struct slice *s, size_t digits_n, int min, int max, int *out)
{
    unsigned long long v;

    if (s->n < digits_n || !slice_to_u64((struct slice){s->p, digits_n}, (unsigned)max, &v))
        return false;
    *s = slice_from(*s, digits_n);
    *out = (int)v;
    return *out >= min;
}

/* A point and digits, of which three count. */
static bool take_fraction(struct slice *s, int *ms)
{
    int unit = 100;

    *ms = 0;
    if (!take_char(s, '.'))
        return true;
    if (s->n == 0 || s->p[0] < '0' || s->p[0] > '9')
        return false;
    for (; s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9'; *s = slice_from(*s, 1)) {
        *ms += (s->p[0] - '0') * unit;
        unit /= 10;
    }
    return true;
}

static bool take_zone(struct slice *s, int *offset_ms)
{
    int hours, minutes;
    int sign = 1;

    *offset_ms = 0;
    if (take_char(s, 'Z'))
        return true;
    if (!take_char(s, '+')) {
        if (!take_char(s, '-'))
            return false;
        sign = -1;
    }
    if (!take_number(s, 2, 0, 23, &hours) || !take_char(s, ':') ||
        !take_number(s, 2, 0, 59, &minutes))
        return false;
    *offset_ms = sign * (hours * HOUR_MS + minutes * MINUTE_MS);
    return true;
}

bool iso_time_parse(struct slice text, int64_t *ms)
{
    struct slice s = text;
    int year, month, day, hour, minute, second = 0, fraction_ms = 0, offset_ms;

    if (!take_number(&s, 4, 0, 9999, &year) || !take_char(&s, '-') ||
        !take_number(&s, 2, 1, 12, &month) || !take_char(&s, '-') ||
        !take_number(&s, 2, 1, days_in_month(year, month), &day) || !take_char(&s, 'T') ||
        !take_number(&s, 2, 0, 23, &hour) || !take_char(&s, ':') ||
        !take_number(&s, 2, 0, 59, &minute))
        return false;
    if (take_char(&s, ':') &&
        (!take_number(&s, 2, 0, 59, &second) || !take_fraction(&s, &fraction_ms)))
        return false;
    if (!take_zone(&s, &offset_ms) || s.n > 0)
        return false;

    int64_t t = days_from_date(year, month, day) * DAY_MS + (int64_t)hour * HOUR_MS +
                (int64_t)minute * MINUTE_MS + second * 1000 + fraction_ms - offset_ms;
    if (t < ISO_TIME_MIN_MS || t > ISO_TIME_MAX_MS)
        return false;
    *ms = t;
    return true;
}

static char *put_number(char *out, int v, size_t digits_n)
{
    for (size_t i = digits_n; i > 0; i--) {
        out[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    return out + digits_n;
}

void iso_time_format(int64_t ms, char out[ISO_TIME_BYTES])
{
    int year, month, day;

    CHECK(ms >= ISO_TIME_MIN_MS && ms <= ISO_TIME_MAX_MS);
    int64_t from_min =
        ms - ISO_TIME_MIN_MS; /* a whole number of days before 1970, and not negative */
    int of_day = (int)(from_min % DAY_MS);
    date_from_days((ms - of_day) / DAY_MS, &year, &month, &day);
    out = put_number(out, year, 4);
    *out++ = '-';
    out = put_number(out, month, 2);
    *out++ = '-';
    out = put_number(out, day, 2);
    *out++ = 'T';
    out = put_number(out, of_day / HOUR_MS, 2);
    *out++ = ':';
    out = put_number(out, of_day / MINUTE_MS % 60, 2);
    *out++ = ':';
    out = put_number(out, of_day / 1000 % 60, 2);
    *out++ = '.';
    out = put_number(out, of_day % 1000, 3);
    *out = 'Z';
}
