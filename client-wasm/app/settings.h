/* How somebody wants the page on this device. */
#pragma once

#include "buf.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

enum theme { THEME_SYSTEM, THEME_LIGHT, THEME_DARK, THEME_CONTRAST, THEMES_N };
enum density { DENSITY_COSY, DENSITY_COMPACT, DENSITIES_N };
enum announce { ANNOUNCE_ALL, ANNOUNCE_MENTIONS, ANNOUNCE_NONE, ANNOUNCES_N };

/* What one can make wider, and within which limits; the page has them as well (index.html, 1-tokens.css). */
enum width { WIDTH_SIDEBAR, WIDTH_PANEL, WIDTHS_N };
#define SETTINGS_SIDEBAR_PX_MIN 180
#define SETTINGS_SIDEBAR_PX_MAX 400
#define SETTINGS_PANEL_PX_MIN   280
#define SETTINGS_PANEL_PX_MAX   560

#define SETTINGS_LANGUAGE_BYTES 8

/* Zero is the default of all. */
struct settings {
    enum theme theme;
    enum density density;
    enum announce announce;
    bool enter_breaks; /* Enter makes a new line, Ctrl and Enter send */
    bool letters_off;  /* no keys of a single letter in the list */
    uint16_t px[WIDTHS_N];
    char language[SETTINGS_LANGUAGE_BYTES]; /* "ar"; empty: the browser's */
};

/* As JSON, what differs from the default. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err settings_encode(const struct settings *s, struct buf *out);
/* What can be made sense of; all else is the default. */
void settings_decode(struct settings *s, struct slice json);
/* What is not within its limits is the default. */
void settings_width(struct settings *s, uint32_t which, uint32_t px);
/* "light", as data-theme has it; empty: the system's. */
struct slice settings_theme(const struct settings *s);
