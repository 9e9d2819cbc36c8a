/* The keys; there is nothing to do but to read. */
#include "dialog_kinds.h"

const struct dialog_how dialog_help = {0};
