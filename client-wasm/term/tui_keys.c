/* See tui_keys.h. Source: ECMA-48; xterm's ctlseqs (modifyOtherKeys, bracketed paste, focus), "CSI u".
 *
 *   GROUND --ESC--> ESCAPE --[--> CSI --final--> GROUND
 *                          --O--> SS3 --any--> GROUND
 *                          --] P X ^ _--> STRING --BEL, or ESC and one more--> GROUND
 *   CSI --[--> LINUX --any--> GROUND (the console's F1 to F5)
 */
#include "tui_keys.h"

enum { GROUND, ESCAPE, CSI, SS3, STRING, STRING_ESCAPE, LINUX };

#define ESC        0x1b
#define NUMBER_MAX 999999

static bool give(struct tui_key *key, enum tui_key_kind kind, uint32_t code, unsigned mods)
{
    *key = (struct tui_key){.kind = kind, .code = code, .mods = mods};
    return true;
}

/* A character that stands for itself. */
static bool character(struct tui_keys *k, uint32_t code, unsigned mods, struct tui_key *key)
{
    if (k->pasting)
        return give(key, TUI_KEY_PASTED, code, 0);
    if (mods) {
        uint32_t lower = code >= 'A' && code <= 'Z' ? code + 32 : code;
        return give(key, TUI_KEY_LETTER, lower, mods);
    }
    return give(key, TUI_KEY_TEXT, code, 0);
}

static bool pasted_control(struct tui_keys *k, uint8_t byte, struct tui_key *key)
{
    bool after_cr = k->after_cr;
    k->after_cr = byte == '\r';
    if (byte == '\r' || (byte == '\n' && !after_cr))
        return give(key, TUI_KEY_PASTED, '\n', 0);
    return byte == '\t' && give(key, TUI_KEY_PASTED, '\t', 0);
}

static bool control(struct tui_keys *k, uint8_t byte, unsigned mods, struct tui_key *key)
{
    if (k->pasting)
        return pasted_control(k, byte, key);
    switch (byte) {
    case '\r':
        return give(key, TUI_KEY_ENTER, 0, mods);
    case '\t':
        return give(key, TUI_KEY_TAB, 0, mods);
    case 0x7f:
    case '\b':
        return give(key, TUI_KEY_BACKSPACE, 0, mods);
    default:
        break;
    }
    if (byte >= 1 && byte <= 26)
        return give(key, TUI_KEY_LETTER, byte + 'a' - 1u, mods | TUI_CTRL);
    return false;
}

/* The first byte of a character, or one within it. Bytes that make no UTF-8 are left out. */
static bool utf8(struct tui_keys *k, uint8_t byte, struct tui_key *key)
{
    if (k->left > 0 && (byte & 0xC0) == 0x80) {
        k->code = k->code << 6 | (byte & 0x3Fu);
        if (--k->left > 0)
            return false;
        bool good = k->code >= k->least && k->code <= 0x10FFFF &&
                    !(k->code >= 0xD800 && k->code <= 0xDFFF) && k->code >= 0xA0;
        return good && character(k, k->code, 0, key);
    }
    k->left = byte >= 0xF0 && byte <= 0xF4 ? 3 : byte >= 0xE0 && byte < 0xF0 ? 2 : 0;
    if (byte >= 0xC2 && byte < 0xE0)
        k->left = 1;
    k->least = k->left == 3 ? 0x10000 : k->left == 2 ? 0x800 : 0x80;
    k->code = byte & (0x3Fu >> k->left);
    return false;
}

static bool ground(struct tui_keys *k, uint8_t byte, struct tui_key *key)
{
    if (byte == ESC) {
        k->left = 0;
        k->state = ESCAPE;
        return false;
    }
    if (byte >= 0x80)
        return utf8(k, byte, key);
    k->left = 0;
    if (byte < 0x20 || byte == 0x7f)
        return control(k, byte, 0, key);
    k->after_cr = false;
    return character(k, byte, 0, key);
}

static unsigned mods_of(uint32_t number)
{
    uint32_t bits = number > 0 ? number - 1 : 0; /* shift 1, alt 2, ctrl 4, meta 8 */
    return (bits & 7u) | (bits & 8u ? TUI_ALT : 0u);
}

static bool by_letter(struct tui_keys *k, uint8_t byte, unsigned mods, struct tui_key *key)
{
    static const struct {
        uint8_t byte;
        enum tui_key_kind kind;
    } keys[] = {{'A', TUI_KEY_UP},   {'B', TUI_KEY_DOWN}, {'C', TUI_KEY_RIGHT},
                {'D', TUI_KEY_LEFT}, {'H', TUI_KEY_HOME}, {'F', TUI_KEY_END},
                {'P', TUI_KEY_F1},   {'M', TUI_KEY_ENTER}};
    if (k->pasting)
        return false;
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].byte == byte)
            return give(key, keys[i].kind, 0, mods);
    }
    return false;
}

/* A key by its code point, as terminals send it that tell all modifiers. */
static bool by_code(struct tui_keys *k, uint32_t code, unsigned mods, struct tui_key *key)
{
    if (k->pasting || code > 0x10FFFF)
        return false;
    if (code == ESC)
        return give(key, TUI_KEY_ESCAPE, 0, mods);
    if (code < 0x20 || code == 0x7f)
        return control(k, (uint8_t)code, mods, key);
    if (code < 0x7f)
        return character(k, code, mods & ~(unsigned)TUI_SHIFT, key);
    return code >= 0xA0 && !(code >= 0xD800 && code <= 0xDFFF) && character(k, code, 0, key);
}

static bool by_number(struct tui_keys *k, struct tui_key *key)
{
    static const struct {
        uint32_t number;
        enum tui_key_kind kind;
    } keys[] = {{1, TUI_KEY_HOME},      {7, TUI_KEY_HOME},   {4, TUI_KEY_END},
                {8, TUI_KEY_END},       {3, TUI_KEY_DELETE}, {5, TUI_KEY_PAGE_UP},
                {6, TUI_KEY_PAGE_DOWN}, {11, TUI_KEY_F1},    {17, TUI_KEY_F6}};
    uint32_t number = k->numbers[0];
    if (number == 200 || number == 201) {
        k->pasting = number == 200;
        k->after_cr = false;
        return false;
    }
    if (k->pasting)
        return false;
    if (number == 27)
        return by_code(k, k->numbers[2], mods_of(k->numbers[1]), key);
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].number == number)
            return give(key, keys[i].kind, 0, mods_of(k->numbers[1]));
    }
    return false;
}

static bool final(struct tui_keys *k, uint8_t byte, struct tui_key *key)
{
    k->state = GROUND;
    switch (byte) {
    case '~':
        return by_number(k, key);
    case 'u':
        return by_code(k, k->numbers[0], mods_of(k->numbers[1]), key);
    case 'Z':
        return !k->pasting && give(key, TUI_KEY_TAB, 0, TUI_SHIFT);
    case 'I':
    case 'O':
        give(key, TUI_KEY_FOCUS, 0, 0);
        key->on = byte == 'I';
        return !k->pasting;
    case 'M':
        return false;
    default:
        return by_letter(k, byte, mods_of(k->numbers[1]), key);
    }
}

static bool csi(struct tui_keys *k, uint8_t byte, struct tui_key *key)
{
    uint8_t at = k->numbers_n < TUI_KEYS_NUMBERS_N ? k->numbers_n : TUI_KEYS_NUMBERS_N - 1;
    if (byte >= '0' && byte <= '9') {
        if (k->numbers_n < TUI_KEYS_NUMBERS_N && k->numbers[at] < NUMBER_MAX)
            k->numbers[at] = k->numbers[at] * 10 + (byte - '0');
    } else if (byte == ';') {
        k->numbers_n = (uint8_t)(at + 1);
    } else if (byte == '[' && k->numbers_n == 0 && k->numbers[0] == 0) {
        k->state = LINUX;
    } else if (byte >= 0x40 && byte <= 0x7e) {
        return final(k, byte, key);
    } else if (byte == ESC) {
        k->state = ESCAPE;
    } else if (byte < 0x20 || byte >= 0x7f) {
        k->state = GROUND; /* broken off */
        return ground(k, byte, key);
    }
    return false;
}

static bool escape(struct tui_keys *k, uint8_t byte, struct tui_key *key)
{
    k->state = GROUND;
    switch (byte) {
    case '[':
        k->state = CSI;
        k->numbers_n = 0;
        for (unsigned i = 0; i < TUI_KEYS_NUMBERS_N; i++)
            k->numbers[i] = 0;
        return false;
    case 'O':
        k->state = SS3;
        return false;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        k->state = STRING;
        return false;
    case ESC:
        k->state = ESCAPE;
        return !k->pasting && give(key, TUI_KEY_ESCAPE, 0, 0);
    default:
        break;
    }
    if (k->pasting || byte >= 0x80)
        return ground(k, byte, key);
    return byte < 0x20 || byte == 0x7f ? control(k, byte, TUI_ALT, key)
                                       : character(k, byte, TUI_ALT, key);
}

bool tui_keys_feed(struct tui_keys *k, uint8_t byte, struct tui_key *key)
{
    switch (k->state) {
    case ESCAPE:
        return escape(k, byte, key);
    case CSI:
        return csi(k, byte, key);
    case SS3:
        k->state = GROUND;
        return byte >= 0x20 && by_letter(k, byte, 0, key);
    case LINUX:
        k->state = GROUND;
        return byte == 'A' && !k->pasting && give(key, TUI_KEY_F1, 0, 0);
    case STRING:
        k->state = byte == ESC ? STRING_ESCAPE : byte == '\a' ? GROUND : STRING;
        return false;
    case STRING_ESCAPE:
        k->state = GROUND;
        return false;
    default:
        return ground(k, byte, key);
    }
}

bool tui_keys_waits(const struct tui_keys *k)
{
    return k->state != GROUND && !k->pasting;
}

bool tui_keys_idle(struct tui_keys *k, struct tui_key *key)
{
    bool alone = k->state == ESCAPE && !k->pasting;
    if (!k->pasting)
        k->state = GROUND;
    return alone && give(key, TUI_KEY_ESCAPE, 0, 0);
}
