/* Who is who: everybody the page has heard of, by id. What was learnt last counts. */
#pragma once

#include "chat.h"
#include <stdbool.h>
#include <stdint.h>

#define PEOPLE_MAX 20000 /* further ones are shown as nobody */

/* Inv: name, display, status, bio and zone lie in texts. */
struct person {
    int64_t id;
    struct slice name, display, status;
    struct slice bio, zone; /* of a profile that was told; else empty */
    bool told;              /* one was */
    int64_t avatar;         /* which picture; 0: none */
    bool pictured;          /* there was one since the page is there */
    enum chat_role role;
    enum chat_presence presence;
    int64_t seen_ms; /* when they were last there, UTC; 0: not known */
    bool bot;
    bool blocked; /* by me */
    bool guessed; /* so it was at the last visit; the server has not told yet */
    bool watched; /* their presence is told to us */
    char *texts;
};

/* Inv: at has cap places, a power of two or 0, less than half of them taken, by hash of the id. */
struct people {
    struct person **at;
    uint32_t n, cap;
};

/* NULL: not known. Stays where it is until people_fini. */
struct person *people_find(const struct people *p, int64_t id);
/* By name, case matters not; NULL: not known. Looks at all of them. */
struct person *people_find_name(const struct people *p, struct slice name);
/* Take over what is said of a user, but for the presence; of what is not said (an author's status; bio and zone but in a profile), nothing changes. NULL: no memory, or too many. Owns: copies the texts. */
struct person *people_learn(struct people *p, const struct chat_user *user);
/* I have blocked somebody, or no more (on false: only the id need be known). */
void people_block(struct people *p, const struct chat_user *user, bool on);
void people_fini(struct people *p);
/* What a person is called: the display name, else the name. */
struct slice person_shown(const struct person *p);
