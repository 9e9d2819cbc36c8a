/* Between the parts that make actions of keys: what key goes where is in tui_act.c. */
#pragma once

#include "tui.h"

#define TUI_TYPED_BYTES_MAX (1u << 20) /* of one paste */

/* As the page's keys: where the focus is, and of which row. Returns: it did something. */
bool tui_press(enum dom_key key, unsigned flags, uint64_t row);

/* tui_write.c: a key in the composer; text into it; another text instead. */
void tui_composer_key(const struct tui_key *key);
void tui_insert(struct slice text);
void tui_set_draft(struct slice text);
/* As if that line were written there. */
void tui_command(struct slice line);
/* The name or command that begins in front of the caret. false: none begins there. */
bool tui_complete(void);
/* Behind every turn: names that were asked for may be here. */
void tui_complete_found(void);
/* Editing keys that the composer and the small fields share. true: it was one; *changed: the text is another. */
bool tui_edit_key(struct tui_edit *e, const struct tui_key *key, bool *changed);

/* tui_choose.c: a key in the list that is open. Does it have a text of its own, which is typed? */
void tui_list_key(const struct tui_key *key);
bool tui_list_has_query(void);
