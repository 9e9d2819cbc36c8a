/* The host of native programs: libuv's default loop. */
#pragma once

#include <stdbool.h>

/* A goodbye is still on its way to a server. */
bool host_native_busy(void);
/* At the end of the program: close what is kept and give closing handles a moment, without waiting
 * for name resolution. */
void host_native_fini(void);
/* What went wrong on the network last, in English; "" at first. */
const char *host_native_problem(void);
