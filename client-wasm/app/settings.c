/* See settings.h. */
#include "settings.h"

#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include <string.h>

static const struct {
    const char *key; /* boot.js reads them too */
    uint16_t min, max;
} WIDTHS[WIDTHS_N] = {
    [WIDTH_SIDEBAR] = {"sidebar", SETTINGS_SIDEBAR_PX_MIN, SETTINGS_SIDEBAR_PX_MAX},
    [WIDTH_PANEL] = {"panel", SETTINGS_PANEL_PX_MIN, SETTINGS_PANEL_PX_MAX},
};

static void put(struct json_out *o, const char *key, unsigned value)
{
    if (value)
        json_out_int(o, key, value);
}

enum err settings_encode(const struct settings *s, struct buf *out)
{
    struct json_out o;
    json_out_start(&o, out);
    json_out_object(&o, NULL);
    put(&o, "theme", s->theme);
    put(&o, "density", s->density);
    put(&o, "announce", s->announce);
    put(&o, "enter_breaks", s->enter_breaks);
    put(&o, "letters_off", s->letters_off);
    for (size_t i = 0; i < WIDTHS_N; i++)
        put(&o, WIDTHS[i].key, s->px[i]);
    if (s->language[0])
        json_out_text(&o, "language", slice_str(s->language));
    json_out_object_end(&o);
    return json_out_end(&o);
}

static unsigned get(struct json_in *in, const char *key, unsigned n)
{
    int64_t value = 0;
    in->err = ERR_OK; /* one that is wrong says nothing of the others */
    return json_in_int(in, key, 0, n - 1, &value) ? (unsigned)value : 0;
}

void settings_decode(struct settings *s, struct slice json)
{
    struct arena arena;
    struct json_in in;
    struct slice language = SL("");
    *s = (struct settings){0};
    if (json.n == 0 || json_check(json, NULL) != ERR_OK || json_type_of(json) != JSON_OBJECT)
        return;
    arena_init(&arena, 4096);
    json_in_start(&in, json, &arena);
    s->theme = (enum theme)get(&in, "theme", THEMES_N);
    s->density = (enum density)get(&in, "density", DENSITIES_N);
    s->announce = (enum announce)get(&in, "announce", ANNOUNCES_N);
    s->enter_breaks = get(&in, "enter_breaks", 2);
    s->letters_off = get(&in, "letters_off", 2);
    for (uint32_t i = 0; i < WIDTHS_N; i++)
        settings_width(s, i, get(&in, WIDTHS[i].key, UINT16_MAX));
    in.err = ERR_OK;
    if (json_in_text(&in, "language", &language) && language.n < sizeof s->language)
        memcpy(s->language, language.p, language.n);
    arena_fini(&arena);
}

void settings_width(struct settings *s, uint32_t which, uint32_t px)
{
    if (which < WIDTHS_N)
        s->px[which] =
            px >= WIDTHS[which].min && px <= WIDTHS[which].max ? (uint16_t)px : (uint16_t)0;
}

struct slice settings_theme(const struct settings *s)
{
    static const char *const names[] = {"", "light", "dark", "contrast"};
    return slice_str(names[s->theme]);
}
