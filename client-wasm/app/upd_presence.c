/* See upd_presence.h. */
#include "upd_presence.h"

#include "json.h"
#include "json_in.h"
#include <string.h>

#define ANSWER_ARENA_BYTES (64u << 10)
#define DMS_MAX            (CHAT_WATCH_USERS_MAX / 2) /* the rest is for the panel */

static void say(struct model *m, enum chat_presence state, struct effects *fx)
{
    if (m->session.person)
        m->session.person->presence = state;
    if (m->conn.state == CONN_LIVE && m->resumed)
        effects_ask(fx, (struct ask){ASK_PRESENCE, 0, 0}, EVENT_PRESENCE,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_STATE, .state = state});
}

void upd_presence_active(struct model *m, bool on, struct effects *fx)
{
    m->presence.idle = !on;
    if (!on)
        say(m, CHAT_IDLE, fx);
    else if (!m->presence.invisible)
        say(m, CHAT_ONLINE, fx);
}

void upd_presence_resumed(struct model *m, struct effects *fx)
{
    m->presence.told = false;
    if (m->presence.idle)
        say(m, CHAT_IDLE, fx);
    else if (m->session.person && !m->presence.invisible)
        m->session.person->presence = CHAT_ONLINE;
}

void upd_presence_told(struct model *m, const struct action_presence *p)
{
    struct person *person = people_find(&m->people, p->id);
    if (person)
        person->presence = p->state;
    if (person && p->seen_ms)
        person->seen_ms = p->seen_ms;
    if (p->id == m->session.me.id)
        m->presence.invisible = p->state == CHAT_INVISIBLE;
}

void upd_presence_take(struct model *m, struct json_in *in)
{
    struct action_presence p = {0};
    struct slice state;
    json_in_int(in, "last_seen", 0, CHAT_ID_MAX, &p.seen_ms);
    if (json_in_int(in, "id", 1, CHAT_ID_MAX, &p.id) && json_in_text(in, "state", &state) &&
        chat_presence_find(state, &p.state) && p.id != m->session.me.id)
        upd_presence_told(m, &p);
}

void upd_presence_answer(struct model *m, const struct action_answer *a)
{
    struct arena arena;
    struct json_in in, user;
    struct json_iter it;
    struct slice raw, one, state = SL("");
    if (a->answer->result != ERR_OK || !a->answer->ok)
        return;
    arena_init(&arena, ANSWER_ARENA_BYTES);
    json_in_start(&in, a->answer->json, &arena);
    json_in_text(&in, "state", &state);
    m->presence.invisible = slice_eq(state, SL("invisible"));
    bool ok = json_in_raw(&in, "users", &raw) && json_type_of(raw) == JSON_ARRAY;
    for (ok = ok && (json_iter_init(&it, raw), true); ok && json_iter_next(&it, NULL, &one);) {
        json_in_start(&user, one, &arena);
        upd_presence_take(m, &user);
    }
    arena_fini(&arena);
}

/* Those on the screen, the first of them when they are too many. */
static uint32_t on_screen(const struct model *m, int64_t ids[CHAT_WATCH_USERS_MAX])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->rooms.n && n < DMS_MAX; i++) {
        if (m->rooms.at[i]->r.kind == CHAT_DM && m->rooms.at[i]->with)
            ids[n++] = m->rooms.at[i]->with->id;
    }
    for (uint32_t i = 0; m->panel.kind == PANEL_MEMBERS && m->members.room == m->open &&
                         i < m->members.n && n < CHAT_WATCH_USERS_MAX;
         i++)
        ids[n++] = m->members.at[i].person->id;
    return n;
}

void upd_presence_settle(struct model *m, struct effects *fx)
{
    struct presence *p = &m->presence;
    int64_t ids[CHAT_WATCH_USERS_MAX];
    if (!m->resumed || m->conn.state != CONN_LIVE) {
        p->due_ms = 0;
        return;
    }
    uint32_t n = on_screen(m, ids);
    bool same = p->told && n == p->watch_n && memcmp(ids, p->watch, n * sizeof *ids) == 0;
    if (same || (!p->told && n == 0)) {
        p->due_ms = 0;
        return;
    }
    if (!p->due_ms)
        p->due_ms = m->now_ms + PRESENCE_AFTER_MS;
    if (m->now_ms < p->due_ms)
        return;
    p->due_ms = 0;
    memcpy(p->watch, ids, n * sizeof *ids);
    p->watch_n = n;
    p->told =
        effects_ask(fx, (struct ask){ASK_PRESENCE, 0, 0}, EVENT_PRESENCE,
                    (struct chat_request){
                        .has = 1ull << CHAT_FIELD_WATCH, .watch = p->watch, .watch_n = p->watch_n});
}

int64_t upd_presence_wake_ms(const struct model *m)
{
    return m->presence.due_ms ? m->presence.due_ms : INT64_MAX;
}
