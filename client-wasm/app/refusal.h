/* What a refusal is called here: the server's codes in our own words. Its own text is shown only of codes that this client does not know.
 */
#pragma once

#include "answer_refusal.h"
#include "words.h"

#define REFUSAL_BYTES_MAX 512

/* What was tried, where the same code means something else. */
enum refusal_of {
    REFUSAL_OF_ANY,
    REFUSAL_OF_GUEST,
    REFUSAL_OF_LOGIN,
    REFUSAL_OF_REGISTER,
    REFUSAL_OF_FILE
};

/* Of an answer by HTTP. false: there is none in it. Owns: *out's texts are in the arena or in body. */
bool refusal_read(struct slice body, struct arena *arena, struct answer_refusal *out);

/* Room for a text that is made anew. */
struct refusal_text {
    char p[REFUSAL_BYTES_MAX];
};
/* For people; empty: nothing is known. Borrows from w, r and room. */
struct slice refusal_text(const struct words *w, enum refusal_of of, const struct answer_refusal *r,
                          struct refusal_text *room);
