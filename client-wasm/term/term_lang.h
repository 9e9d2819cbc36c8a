/* The language of the full-screen client: what was asked for, else what the environment says. */
#pragma once

#include "words.h"
#include <stddef.h>

/* Languages but English, made of client-wasm/lang by embed.cmake. */
struct term_lang_file {
    struct slice code, text; /* text as words_load takes it */
};
extern const struct term_lang_file term_lang_files[];
extern const size_t term_lang_files_n;

/* "en", or one of the files? */
bool term_lang_known(struct slice code);
/* The code that LC_ALL, LC_MESSAGES or LANG asks for, the first that is set; "en" when it is none of ours. */
struct slice term_lang_wished(void);
/* Speak it. What cannot be had stays English. */
void term_lang_load(struct words *w, struct slice code);
