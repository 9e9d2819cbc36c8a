/* Any bytes from a terminal: keys are what they may be, and nothing within a paste is one. What was typed goes through the editor. */
#include "tui_keys.h"

#include "check.h"
#include "tui_edit.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void take(struct tui_edit *e, const struct tui_key *key)
{
    char text[UTF8_BYTES_MAX];
    CHECK(key->kind <= TUI_KEY_F6 && key->code <= 0x10FFFF && key->mods <= 7);
    if (key->kind == TUI_KEY_TEXT || key->kind == TUI_KEY_PASTED) {
        CHECK(key->code >= ' ' ||
              (key->kind == TUI_KEY_PASTED && (key->code == '\n' || key->code == '\t')));
        CHECK(key->code < 0x7f || key->code >= 0xA0);
        (void)!tui_edit_insert(e, (struct slice){text, utf8_write(key->code, text)});
    } else if (key->kind == TUI_KEY_BACKSPACE) {
        tui_edit_delete(e, TUI_EDIT_LEFT);
    } else {
        tui_edit_move(e, (enum tui_edit_step)((unsigned)key->kind % (TUI_EDIT_LINE_END + 1u)));
        (void)tui_rows_step(buf_peek(&e->text), 5, key->kind % 2 ? 1 : -1, &e->caret);
    }
    CHECK(e->caret <= e->text.n && utf8_valid(buf_peek(&e->text)));
    CHECK(utf8_valid((struct slice){e->text.p, e->caret}));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct tui_keys keys = {0};
    struct tui_edit e = {.text = {.max = 256}};
    struct tui_key key;
    for (size_t i = 0; i < n; i++) {
        bool pasting = keys.pasting;
        if (tui_keys_feed(&keys, data[i], &key)) {
            CHECK(!pasting || key.kind == TUI_KEY_PASTED);
            take(&e, &key);
        }
        if (data[i] == 0 && tui_keys_idle(&keys, &key))
            take(&e, &key);
    }
    buf_fini(&e.text);
    return 0;
}
