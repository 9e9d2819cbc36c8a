/* What a terminal sends, byte by byte, as keys: UTF-8, control characters, the sequences of xterm and its like, bracketed paste, focus.
 * Nothing of a paste is ever a key. Any bytes may come in any order; what is not known is swallowed. No allocation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum tui_key_kind {
    TUI_KEY_TEXT,   /* .code: a character that was typed */
    TUI_KEY_PASTED, /* .code: one of a paste; '\n' and '\t' are possible */
    TUI_KEY_LETTER, /* .code with .mods: Ctrl or Alt and a letter (lower case) or sign */
    TUI_KEY_FOCUS,  /* .on: the terminal has the focus */
    TUI_KEY_ENTER,
    TUI_KEY_ESCAPE,
    TUI_KEY_TAB,
    TUI_KEY_BACKSPACE,
    TUI_KEY_DELETE,
    TUI_KEY_UP,
    TUI_KEY_DOWN,
    TUI_KEY_LEFT,
    TUI_KEY_RIGHT,
    TUI_KEY_HOME,
    TUI_KEY_END,
    TUI_KEY_PAGE_UP,
    TUI_KEY_PAGE_DOWN,
    TUI_KEY_F1,
    TUI_KEY_F6,
};

enum { TUI_SHIFT = 1, TUI_ALT = 2, TUI_CTRL = 4 };

struct tui_key {
    enum tui_key_kind kind;
    unsigned mods;
    uint32_t code;
    bool on;
};

#define TUI_KEYS_NUMBERS_N 4

/* Zero is the start. */
struct tui_keys {
    uint8_t state;
    bool pasting;
    bool after_cr;
    uint8_t left;  /* bytes of a character to come */
    uint32_t code; /* of it, so far */
    uint32_t least;
    uint32_t numbers[TUI_KEYS_NUMBERS_N]; /* of a sequence */
    uint8_t numbers_n;
};

/* One byte more. true: *key was pressed. */
bool tui_keys_feed(struct tui_keys *k, uint8_t byte, struct tui_key *key);
/* Does the Escape key or the begin of a sequence wait? */
bool tui_keys_waits(const struct tui_keys *k);
/* Nothing has come for a moment: it was the key. true: *key. */
bool tui_keys_idle(struct tui_keys *k, struct tui_key *key);
