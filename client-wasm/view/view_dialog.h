/* The dialog that is open, and what dialogs are made of. Every helper appends to the body; its node is told from the others by what it
 * is for, so that a field stays the same field when something appears above it.
 */
#pragma once

#include "model.h"
#include "vtree.h"

struct dialog_view {
    const struct model *m;
    const struct dialog *d;
    struct vtree *t;
    struct vnode *body;
};

/* The one that is open, if any. */
void view_dialogs(const struct model *m, struct vtree *t, struct vnode *parent);

/* A word in the model's language. */
struct slice view_dialog_word(const struct dialog_view *v, enum word word);
/* A line of text; of the second, {1} is filled in. */
void view_dialog_text(const struct dialog_view *v, enum word word);
void view_dialog_text_of(const struct dialog_view *v, enum word word, struct slice a);
/* The same, {1} and {2} are the day and the time; n: a node that has it as its label, NULL: a line of its own. */
void view_dialog_time(const struct dialog_view *v, struct vnode *n, enum word word, int64_t utc_ms);
void view_dialog_heading(const struct dialog_view *v, enum word word);

/* A field that the person fills in, with what is wrong with it below. hint: WORDS_N: none. */
struct dialog_field_view {
    enum dom_template template; /* FIELD, SECRET, AREA or CHECK */
    enum dom_field field;
    enum word label, hint;
    struct slice name; /* its data-field and data-testid */
    unsigned chars_max;
    bool picks; /* the arrow keys choose a row of the list in it */
};
/* Returns: its node. */
struct vnode *view_dialog_field(const struct dialog_view *v, const struct dialog_field_view *f);

/* One of several: radio buttons. They set choices[group]; a word WORDS_N is left out. */
struct vnode *view_dialog_choice(const struct dialog_view *v, unsigned group, enum word legend,
                                 const enum word *words, unsigned n);

/* A further one, whose label the caller says. */
struct vnode *view_dialog_radio(const struct dialog_view *v, struct vnode *set, unsigned group,
                                unsigned which);

/* The same as the pages of the dialog. */
void view_dialog_tabs(const struct dialog_view *v, unsigned group, enum word legend,
                      const enum word *words, unsigned n);

/* Buttons stand in a row of them, as the last thing of the body or of a line. */
struct vnode *view_dialog_buttons(const struct dialog_view *v);
/* Others within the body; nth: which of them, below 8. */
struct vnode *view_dialog_further_buttons(const struct dialog_view *v, unsigned nth);
struct vnode *view_dialog_button(const struct dialog_view *v, struct vnode *row, enum dom_act act,
                                 uint64_t key, enum word word, bool danger);
/* {1} of its word is filled in. */
void view_dialog_button_of(const struct dialog_view *v, struct vnode *row, enum dom_act act,
                           enum word word, struct slice a);
void view_dialog_submit(const struct dialog_view *v, struct vnode *row, enum word word);
/* The question whether d->confirm shall be done: a text and the two answers. */
void view_dialog_confirm(const struct dialog_view *v, enum word text, struct slice of,
                         enum word yes);

/* A line of a list with its tools behind it. */
struct vnode *view_dialog_line(const struct dialog_view *v, uint64_t key, struct slice label,
                               struct slice more);
/* The rows as a list to pick from; with its states: loading, nothing (said by none), failed. */
void view_dialog_results(const struct dialog_view *v, enum word label, enum word none);
/* "Next page", when the server has more rows than these; its key is the last one's id. */
void view_dialog_next(const struct dialog_view *v);
/* The states alone; true: there are rows to show. */
bool view_dialog_list_state(const struct dialog_view *v, enum word none);
/* d->note, to be copied. */
void view_dialog_copy(const struct dialog_view *v);
/* What is wrong with the whole, and what has been done. The frame does it at the end of the body; of the administration, its pages do. */
void view_dialog_end(const struct dialog_view *v);
