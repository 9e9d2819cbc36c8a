/* tincan tui: the page's model in a terminal. Keys become actions (tui_act), effects are carried out (tui_effects and carry.h), and the model is
 * drawn as cells (tui_view), of which the changed ones are written.
 */
#pragma once

#include "carry.h"
#include "console.h"
#include "tui_account.h"
#include "tui_edit.h"
#include "tui_kept.h"
#include "tui_keys.h"
#include "tui_list.h"

enum tui_region { TUI_COMPOSER, TUI_MESSAGES };

struct tui {
    const struct term_options *options;
    struct model model;
    struct console console;
    struct carry carry;
    struct tui_account account;
    struct tui_kept kept;
    struct tui_screen screen;
    struct tui_keys keys;
    struct tui_edit edit; /* the open room's draft, as it is edited here */
    struct tui_list list;
    enum tui_region region;
    uint32_t composer_width; /* of the last drawing */
    bool leaving;            /* Ctrl+C was pressed with something unsent */
    bool bell;               /* with the next drawing */
    bool done;
    int exit_code;
    struct buf last_words; /* on stderr, when the screen is given back */
};

/* There is one. */
extern struct tui tui;

/* tincan tui; returns the exit code. */
int term_tui(const struct term_options *options);

/* tui.c: one turn. handled (may be NULL) as effects.handled. */
void tui_dispatch(struct action action, bool *handled);
/* A turn of the console: fn changes the model beside update. */
void tui_console(void (*fn)(void *user, struct effects *fx), void *user);
/* The end, after this turn. why may be empty. */
void tui_end(int exit_code, struct slice why, struct slice detail);

/* tui_act.c: a key was pressed; all that came at once has been told. */
void tui_act_key(const struct tui_key *key);
void tui_act_flush(void);

/* tui_effects.c */
void tui_effects_carry_out(const struct effect *effect);
/* Say that what is written is not kept. */
void tui_effects_not_kept(void);
/* The account's answers. */
void tui_effects_signed_in(const struct account_answer *answer);

/* tui_view.c: the model as cells. */
void tui_view(void);
