/* See members.h. */
#include "members.h"

#include "fold.h"

bool member_is_there(const struct member *mb)
{
    return mb->person->presence == CHAT_ONLINE || mb->person->presence == CHAT_IDLE;
}

int member_compare(const void *a, const void *b)
{
    const struct member *x = *(const struct member *const *)a,
                        *y = *(const struct member *const *)b;
    if (member_is_there(x) != member_is_there(y))
        return member_is_there(y) - member_is_there(x);
    if (x->role != y->role)
        return x->role < y->role ? 1 : -1;
    int c = fold_compare(person_shown(x->person), person_shown(y->person));
    return c ? c : (x->person->id > y->person->id) - (x->person->id < y->person->id);
}
