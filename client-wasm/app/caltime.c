/* The calendar by arithmetic. Source of the conversion: the civil-from-days algorithm on eras of
 * 400 years. */
#include "caltime.h"

#include "iso_time.h"

#define DAY_MS 86400000

struct civil {
    int year, month, day; /* month 1..12 */
    int weekday;          /* 0 is Sunday */
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct civil civil_of_day(int64_t day)
{
    int64_t z = day + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){
        .year = (int)(yoe + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .weekday = (int)((day % 7 + 11) % 7),
    };
}

static int64_t clamp_ms(int64_t utc_ms)
{
    if (utc_ms < ISO_TIME_MIN_MS)
        return ISO_TIME_MIN_MS;
    return utc_ms > ISO_TIME_MAX_MS ? ISO_TIME_MAX_MS : utc_ms;
}

static void put_char(struct caltime_text *t, char c)
{
    if (t->n < sizeof t->p)
        t->p[t->n++] = c;
}

static void put_text(struct caltime_text *t, struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        put_char(t, text.p[i]);
}

/* v in decimal, at least digits_n digits. */
static void put_number(struct caltime_text *t, int v, int digits_n)
{
    if (v >= 10 || digits_n > 1)
        put_number(t, v / 10, digits_n - 1);
    put_char(t, (char)('0' + v % 10));
}

struct slice caltime_slice(const struct caltime_text *t)
{
    return (struct slice){t->p, t->n};
}

int64_t caltime_day(int64_t utc_ms, int32_t offset_min)
{
    return floor_div(clamp_ms(utc_ms) + (int64_t)offset_min * 60000, DAY_MS);
}

static int ms_of_day(int64_t utc_ms, int32_t offset_min)
{
    int64_t local = clamp_ms(utc_ms) + (int64_t)offset_min * 60000;
    return (int)(local - floor_div(local, DAY_MS) * DAY_MS);
}

static void put_clock(struct caltime_text *out, int ms, bool hour12, bool seconds)
{
    int hour = ms / 3600000;
    if (hour12)
        put_number(out, (hour + 11) % 12 + 1, 1);
    else
        put_number(out, hour, 2);
    put_char(out, ':');
    put_number(out, ms / 60000 % 60, 2);
    if (seconds) {
        put_char(out, ':');
        put_number(out, ms / 1000 % 60, 2);
    }
    if (hour12)
        put_text(out, hour < 12 ? SL(" AM") : SL(" PM"));
}

void caltime_clock(int64_t utc_ms, int32_t offset_min, bool hour12, struct caltime_text *out)
{
    out->n = 0;
    put_clock(out, ms_of_day(utc_ms, offset_min), hour12, false);
}

void caltime_day_within(const struct words *w, int64_t day, int64_t today, struct caltime_text *out)
{
    out->n = 0;
    if (day == today || day == today - 1)
        put_text(out, words_get(w, day == today ? WORD_TODAY_WITHIN : WORD_YESTERDAY_WITHIN));
    else
        caltime_day_label(w, day, today, out);
}

void caltime_day_label(const struct words *w, int64_t day, int64_t today, struct caltime_text *out)
{
    struct civil c = civil_of_day(day);
    out->n = 0;
    if (day == today || day == today - 1) {
        put_text(out, words_get(w, day == today ? WORD_TODAY : WORD_YESTERDAY));
        return;
    }
    put_text(out, words_nth(w, WORD_WEEKDAYS_SHORT, (unsigned)c.weekday));
    put_char(out, ' ');
    put_number(out, c.day, 1);
    put_char(out, ' ');
    put_text(out, words_nth(w, WORD_MONTHS_SHORT, (unsigned)c.month - 1));
    if (c.year != civil_of_day(today).year) {
        put_char(out, ' ');
        put_number(out, c.year, 4);
    }
}

void caltime_full(const struct words *w, int64_t utc_ms, int32_t offset_min, bool hour12,
                  struct caltime_text *out)
{
    struct civil c = civil_of_day(caltime_day(utc_ms, offset_min));
    int offset = offset_min < 0 ? -offset_min : offset_min;
    out->n = 0;
    put_text(out, words_nth(w, WORD_WEEKDAYS, (unsigned)c.weekday));
    put_char(out, ' ');
    put_number(out, c.day, 1);
    put_char(out, ' ');
    put_text(out, words_nth(w, WORD_MONTHS, (unsigned)c.month - 1));
    put_char(out, ' ');
    put_number(out, c.year, 4);
    put_text(out, SL(", "));
    put_clock(out, ms_of_day(utc_ms, offset_min), hour12, true);
    put_text(out, offset_min < 0 ? SL(" (UTC-") : SL(" (UTC+"));
    put_number(out, offset / 60 % 100, 2);
    put_char(out, ':');
    put_number(out, offset % 60, 2);
    put_char(out, ')');
}
