/* Texts that a dialog's list is made of, kept in the dialog's arena. */
#pragma once

#include "model.h"

/* A word with what is filled in. Owns: the text is the dialog's; "" when there is no memory. */
struct slice dialog_line(struct model *m, enum word word, struct slice a, struct slice b);
/* The day and the time, as one says them; within: a sentence, else they stand alone. */
struct slice dialog_line_when(struct model *m, int64_t utc_ms, bool within);
