/* One codec run over one input, and what came of it as a line of text: the "out" of the golden
 * vectors. Compiled natively into the unit tests and to WebAssembly for node.
 */
#pragma once

#include "slice.h"

/* The outcome of the codec, named after its vector file ("sio/packet"); empty when there is no such
 * codec. A lack of memory within the codec is the outcome "err out of memory". Valid until the next
 * call. */
struct slice outcome_of(struct slice codec, struct slice input);
