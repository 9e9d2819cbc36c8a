/* The Markdown that messages may use, cut into blocks and runs. There is no way to write markup of the page's own: whatever is not one
 * of these marks is text.
 *
 *   **bold** __bold__   *italic* _italic_   ***both***   ~~strike~~   ||spoiler||   `code`   \* (a mark as text)
 *   [text](https://...)   https://...   mailto: in brackets   @name   #room
 *   > quote, up to MD_QUOTE_MAX deep     - item, * item, 1. item, indented by two spaces a level
 *   ```language ... ``` code, to the end of the text when it is not closed
 *
 * Line breaks are kept. Marks of a line end with it. A mark that has no partner is text.
 * Linear in the length of the text; no allocation.
 */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define MD_QUOTE_MAX      3
#define MD_INDENT_MAX     3
#define MD_MARKS_MAX      128 /* that are looked at in one line; further ones are text */
#define MD_LANGUAGE_BYTES 20

enum md_block_kind { MD_PARAGRAPH, MD_ITEM, MD_CODE };

struct md_block {
    enum md_block_kind kind;
    unsigned quote;        /* how deep, 0: not quoted */
    unsigned indent;       /* of an item */
    bool ordered;          /* of an item */
    uint32_t number;       /* of an ordered item */
    struct slice language; /* of code; empty when not given */
};

enum md_run_kind {
    MD_TEXT,
    MD_LINK,
    MD_MENTION, /* text is "@name" */
    MD_ROOM,    /* text is "#name" */
    MD_BREAK,   /* a new line within a paragraph */
};

enum { MD_BOLD = 1, MD_ITALIC = 2, MD_STRIKE = 4, MD_SPOILER = 8, MD_CODE_SPAN = 16 };

struct md_run {
    enum md_run_kind kind;
    unsigned style; /* MD_BOLD and so on */
    struct slice text;
    struct slice url; /* of a link */
};

/* Called in the order of the text: a block, then its runs. Slices are views into the text. */
struct md_sink {
    void *user;
    void (*block)(void *user, const struct md_block *block);
    void (*run)(void *user, const struct md_run *run);
};

/* text is valid UTF-8. */
void markdown_parse(struct slice text, const struct md_sink *sink);
