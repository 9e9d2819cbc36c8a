/* What a refusal is called here: the server's codes in our own words. Its own text is shown only of codes that this client does not know.
 */
#pragma once

#include "account.h"
#include "chat_client.h"
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

struct refusal {
    enum chat_error error; /* CHAT_ERRORS_N: none that is known */
    struct slice field, message;
    uint32_t retry_after_ms;
    int64_t max; /* bytes that would be taken; 0: not told */
};

/* Of an answer of the chat, of one about the account. */
struct refusal refusal_of_answer(const struct chat_answer *answer);
struct refusal refusal_of_account(const struct account_answer *answer);
/* Of an answer by HTTP. false: there is none in it. Owns: *out's texts are in the arena or in body. */
bool refusal_read(struct slice body, struct arena *arena, struct refusal *out);

/* Room for a text that is made anew. */
struct refusal_text {
    char p[REFUSAL_BYTES_MAX];
};
/* For people; empty: nothing is known. Borrows from w, r and room. */
struct slice refusal_text(const struct words *w, enum refusal_of of, const struct refusal *r,
                          struct refusal_text *room);
