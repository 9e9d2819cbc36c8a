/* See persons.h. */
#include "persons.h"

#include "mem.h"
#include <string.h>

static uint32_t place_of(const struct people *p, int64_t id)
{
    uint64_t h = (uint64_t)id * 0x9E3779B97F4A7C15u;
    uint32_t at = (uint32_t)(h >> 32) & (p->cap - 1);
    while (p->at[at] && p->at[at]->id != id)
        at = (at + 1) & (p->cap - 1);
    return at;
}

struct person *people_find(const struct people *p, int64_t id)
{
    return p->cap ? p->at[place_of(p, id)] : NULL;
}

struct person *people_find_name(const struct people *p, struct slice name)
{
    for (uint32_t i = 0; i < p->cap; i++) {
        if (p->at[i] && slice_eq_nocase(p->at[i]->name, name))
            return p->at[i];
    }
    return NULL;
}

static bool grow(struct people *p)
{
    struct people bigger = {.n = p->n, .cap = p->cap ? p->cap * 2 : 64};
    bigger.at = mem_zalloc(bigger.cap * sizeof *bigger.at);
    if (!bigger.at)
        return false;
    for (uint32_t i = 0; i < p->cap; i++) {
        if (p->at[i])
            bigger.at[place_of(&bigger, p->at[i]->id)] = p->at[i];
    }
    mem_free(p->at);
    *p = bigger;
    return true;
}

static struct person *add(struct people *p, int64_t id)
{
    if (p->n >= PEOPLE_MAX || (2 * (p->n + 1) > p->cap && !grow(p)))
        return NULL;
    struct person *person = mem_zalloc(sizeof *person);
    if (!person)
        return NULL;
    person->id = id;
    p->at[place_of(p, id)] = person;
    p->n++;
    return person;
}

static struct slice put(char **to, struct slice text)
{
    struct slice copy = {*to, text.n};
    if (text.n)
        memcpy(*to, text.p, text.n);
    *to += text.n;
    return copy;
}

enum { TEXTS_N = 5 };

/* What is not said of them stays. */
static bool set_texts(struct person *person, const struct chat_user *user)
{
    const struct chat_profile *said = user->profile;
    struct slice *const has[TEXTS_N] = {&person->name, &person->display, &person->status,
                                        &person->bio, &person->zone};
    const struct slice gets[TEXTS_N] = {
        user->name, user->display, user->author ? person->status : user->status,
        said ? said->bio : person->bio, said ? said->zone : person->zone};
    size_t bytes = 0;
    bool same = true;
    for (unsigned i = 0; i < TEXTS_N; i++) {
        bytes += gets[i].n;
        same = same && slice_eq(*has[i], gets[i]);
    }
    char *texts = same ? NULL : mem_alloc(bytes), *to = texts;
    if (!texts)
        return same;
    for (unsigned i = 0; i < TEXTS_N; i++)
        *has[i] = put(&to, gets[i]);
    mem_free(person->texts);
    person->texts = texts;
    return true;
}

struct person *people_learn(struct people *p, const struct chat_user *user)
{
    struct person *person = people_find(p, user->id);
    if (!person)
        person = add(p, user->id);
    if (!person || (!set_texts(person, user) && !person->texts))
        return NULL;
    person->told |= user->profile != NULL;
    person->avatar = user->avatar;
    person->pictured |= user->avatar > 0;
    person->role = user->role;
    person->bot = user->bot;
    return person;
}

void people_block(struct people *p, const struct chat_user *user, bool on)
{
    struct person *person = on ? people_learn(p, user) : people_find(p, user->id);
    if (person) {
        person->blocked = on;
        person->guessed = false;
    }
}

void people_fini(struct people *p)
{
    for (uint32_t i = 0; i < p->cap; i++) {
        if (p->at[i]) {
            mem_free(p->at[i]->texts);
            mem_free(p->at[i]);
        }
    }
    mem_free(p->at);
    *p = (struct people){0};
}

struct slice person_shown(const struct person *p)
{
    return p->display.n ? p->display : p->name;
}
