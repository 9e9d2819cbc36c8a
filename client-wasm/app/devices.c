/* See devices.h. */
#include "devices.h"

#include "dialog_line.h"
#include "json.h"
#include "text.h"

struct known {
    const char *mark, *name;
};

/* What of a user agent says which it is: the first that is found, for browsers also call themselves by others' names. */
static struct slice find(struct slice agent, const struct known *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct slice mark = slice_str(rows[i].mark);
        for (struct slice at = agent; at.n >= mark.n; at = slice_from(at, 1)) {
            if (slice_starts_with(at, mark))
                return slice_str(rows[i].name);
        }
    }
    return SL("");
}

static struct slice browser(struct slice agent)
{
    static const struct known rows[] = {
        {"Edg", "Edge"},          {"OPR/", "Opera"},     {"SamsungBrowser/", "Samsung Internet"},
        {"Firefox/", "Firefox"},  {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
        {"Chromium", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
        {"tincan", "Tincan"},
    };
    return find(agent, rows, sizeof rows / sizeof *rows);
}

static struct slice place(struct slice agent)
{
    static const struct known rows[] = {
        {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},   {"Windows", "Windows"},
        {"Mac OS X", "macOS"},  {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
    };
    return find(agent, rows, sizeof rows / sizeof *rows);
}

static struct slice device(struct model *m, struct slice agent)
{
    struct slice program = browser(agent), system = place(agent);
    if (program.n && system.n)
        return dialog_line(m, WORD_DEVICE, program, system);
    if (program.n || system.n)
        return program.n ? program : system;
    return agent.n ? agent : words_get(&m->words, WORD_DEVICE_UNKNOWN);
}

void devices_put(struct model *m, struct json_in *in)
{
    struct dialog *d = &m->dialog;
    struct slice raw, item;
    struct json_iter it;
    if (!json_in_raw(in, "sessions", &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &item);) {
        struct json_in s;
        struct slice agent = SL(""), address = SL("");
        int64_t id = 0, seen_ms = 0;
        bool current = false;
        json_in_start(&s, item, &d->arena);
        json_in_text(&s, "user_agent", &agent);
        json_in_text(&s, "address", &address);
        json_in_int(&s, "seen", 0, CHAT_ID_MAX, &seen_ms);
        json_in_bool(&s, "current", &current);
        if (!json_in_int(&s, "id", 1, CHAT_ID_MAX, &id))
            continue;
        struct dialog_row *row =
            dialog_add_row(d, id, device(m, agent),
                           current ? dialog_line(m, WORD_DEVICE_CURRENT, address, SL(""))
                                   : dialog_line(m, WORD_DEVICE_SEEN,
                                                 dialog_line_when(m, seen_ms, true), address));
        if (row)
            row->on = current;
    }
}
