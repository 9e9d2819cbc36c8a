/* tincand user|backup|restore: what an operator does beside, or instead of, a running server. */
#pragma once

/* Is the first argument one of these commands? */
int admin_is_command(const char *word);
/* Do it. Returns what main should: 0, 1 it failed, 2 it was not understood; said on stderr. */
int admin_command(int argc, char **argv);
