/* See upd_finder.h. */
#include "upd_finder.h"

#include "json.h"
#include "json_in.h"
#include "text.h"
#include <string.h>

#define ANSWER_ARENA_BYTES (256u << 10)

void upd_finder_want(const struct model *m, struct finder *f, struct slice q)
{
    q = text_trim(q);
    if (q.n > FINDER_QUERY_BYTES)
        q = SL(""); /* no name is that long */
    if (slice_eq(q, (struct slice){f->q, f->q_n}))
        return;
    if (q.n)
        memcpy(f->q, q.p, q.n);
    f->q_n = (uint32_t)q.n;
    f->due_ms = q.n ? m->now_ms + FINDER_AFTER_MS : 0;
    if (!q.n)
        f->found_n = 0;
    f->turn++;
}

void upd_finder_tick(const struct model *m, struct finder *f, enum finder_for whose,
                     struct effects *fx)
{
    if (!f->due_ms || m->now_ms < f->due_ms)
        return;
    f->due_ms = 0;
    if (m->conn.state != CONN_LIVE)
        return;
    struct chat_request r = {.has = 1ull << CHAT_FIELD_Q | 1ull << CHAT_FIELD_LIMIT,
                             .q = {f->q, f->q_n},
                             .limit = FINDER_FOUND_MAX};
    effects_ask(fx, (struct ask){ASK_USERS, whose, f->turn}, EVENT_USERS, r);
}

bool upd_finder_answer(struct model *m, struct finder *f, const struct action_answer *a)
{
    struct arena arena;
    struct json_in in;
    struct json_iter it;
    struct slice raw, one;
    if (a->ask.number != f->turn || a->answer->result != ERR_OK || !a->answer->ok)
        return false;
    arena_init(&arena, ANSWER_ARENA_BYTES);
    json_in_start(&in, a->answer->json, &arena);
    f->found_n = 0;
    bool ok = json_in_raw(&in, "users", &raw) && json_type_of(raw) == JSON_ARRAY;
    for (ok = ok && (json_iter_init(&it, raw), true);
         ok && f->found_n < FINDER_FOUND_MAX && json_iter_next(&it, NULL, &one);) {
        struct chat_user user;
        if (chat_user_decode(one, &arena, &user) == ERR_OK && people_learn(&m->people, &user))
            f->found[f->found_n++] = user.id;
    }
    arena_fini(&arena);
    return true;
}

int64_t upd_finder_wake_ms(const struct finder *f)
{
    return f->due_ms ? f->due_ms : INT64_MAX;
}
