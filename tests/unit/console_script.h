/* A console beside a scripted page (update_script.h), for the tests of its commands. */
#pragma once

#include "console.h"
#include "update_script.h"

extern struct script_page p;
extern struct console c;

/* Set-up and tear-down of a test. */
int open_page(void **state);
int close_page(void **state);
/* Run a line; what the console has just asked; answer that, or what was asked before. */
bool run(const char *line);
struct ask asked(void);
void answer(const char *json);
void answer_to(struct ask ask, const char *json);
/* The same of an EFFECT_HTTP. */
void answer_http(const struct effect *e, unsigned status, const char *body);
/* Enter on the chosen item of a list, or x. */
void take(void);
void end_chosen(void);
