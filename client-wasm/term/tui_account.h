/* Signing in by the token file, as the other commands do: whoever is in it goes on; nobody is a guest. */
#pragma once

#include "account.h"
#include "term_options.h"
#include "term_token.h"
#include "words.h"

struct tui_account {
    const struct term_options *options;
    const struct words *words;
    struct term_token file;
    struct account_call *call;
    bool renamed;
    /* The answer to tui_account_refresh; status 0: ask again later. */
    void (*done)(const struct account_answer *answer);
    /* It cannot be at all. */
    void (*fail)(enum word why, struct slice detail);
};

/* The rest of a is set. false: said on stderr. */
bool tui_account_init(struct tui_account *a);
void tui_account_fini(struct tui_account *a);
/* A fresh access token. done or fail is called once, later or at once. */
void tui_account_refresh(struct tui_account *a);
