/* The marks within one line of Markdown; see markdown.h. */
#pragma once

#include "markdown.h"

/* Give the runs of one line, without a break behind it. */
void markdown_line(struct slice line, const struct md_sink *sink);
/* How many c s starts with. */
size_t markdown_count(struct slice s, char c);
