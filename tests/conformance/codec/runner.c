/* The codec in WebAssembly, for node: put the name of a codec and the input into the buffer, run,
 * read the outcome. */
#include "mem.h"
#include "outcome.h"
#include <emscripten.h>

static struct slice outcome;

/* n bytes for the caller to fill; taken back by runner_run. */
EMSCRIPTEN_KEEPALIVE
void *runner_buffer(size_t n)
{
    return mem_alloc(n);
}

/* Run the codec whose name is the buffer's first codec_n bytes over the n bytes behind it. Returns
 * the outcome's length. */
EMSCRIPTEN_KEEPALIVE
size_t runner_run(char *buffer, size_t codec_n, size_t n)
{
    outcome = outcome_of((struct slice){buffer, codec_n}, (struct slice){buffer + codec_n, n});
    mem_free(buffer);
    return outcome.n;
}

/* Where the outcome is, until the next run. */
EMSCRIPTEN_KEEPALIVE
const char *runner_outcome(void)
{
    return outcome.p;
}
