/* The members of one room, as far as they have been loaded: the panel lists them, completing a name starts with them. */
#pragma once

#include "persons.h"

#define MEMBERS_MAX     2000 /* of one room that are kept */
#define MEMBERS_AT_ONCE 500  /* loaded unasked, a page after the other */
#define MEMBERS_PAGE    100

struct member {
    struct person *person;
    enum chat_role role; /* in the room */
};

/* Inv: at is ascending by the person's id. */
struct members {
    int64_t room; /* 0: of none */
    struct member *at;
    uint32_t n, cap;
    uint32_t wanted_n; /* further ones are not asked for */
    bool asked;        /* a page is on its way */
    bool failed;       /* it did not come */
    bool whole;        /* there are no others */
};

/* Online, or away for a while. */
bool member_is_there(const struct member *mb);
/* The order of a list of pointers to them, for qsort: who is there first, then by rank, then by name. */
int member_compare(const void *a, const void *b);
