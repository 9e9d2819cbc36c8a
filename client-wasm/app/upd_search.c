/* See upd_search.h. */
#include "upd_search.h"

#include "json.h"
#include "json_in.h"
#include "mem.h"
#include "refusal.h"
#include "text.h"
#include "upd_panel.h"
#include "upd_rooms.h"
#include "utf8.h"
#include <string.h>

#define ANSWER_ARENA_BYTES (4u << 20)
#define BEFORE_CHARS       60 /* of a hit's text in front of its first mark */
#define CUT                "\xE2\x80\xA6"

static void keep(char *to, uint32_t *n, size_t max, struct slice s)
{
    *n = s.n <= max ? (uint32_t)s.n : 0;
    if (*n)
        memcpy(to, s.p, *n);
}

static void clear(struct search *s)
{
    s->n = 0;
    s->more = false;
    s->turn++;
    s->began++;
}

void upd_search_forget(struct model *m)
{
    mem_free(m->search.at);
    const struct search *s = &m->search;
    m->search =
        (struct search){.turn = s->turn + 1, .began = s->began + 1, .forgot = s->forgot + 1};
}

enum search_state upd_search_read(const struct model *m, struct slice typed, struct search_query *q,
                                  int64_t *room)
{
    search_query_read(typed, m->utc_offset_min, q);
    if (q->room.n) {
        const struct room *in = rooms_find_name(&m->rooms, q->room);
        if (!in) {
            q->bad = q->room;
            return SEARCH_UNKNOWN_ROOM;
        }
        *room = in->r.id;
    }
    if (q->bad.n)
        return SEARCH_BAD_DATE;
    if (utf8_length((struct slice){q->text, q->text_n}) < SEARCH_CHARS_MIN)
        return text_trim(typed).n ? SEARCH_SHORT : SEARCH_IDLE;
    return SEARCH_WAITING;
}

struct chat_request upd_search_request(const struct search_query *q, int64_t room,
                                       const struct search_hit *last, int64_t limit)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_Q | 1ull << CHAT_FIELD_LIMIT,
                             .q = {q->text, q->text_n},
                             .room = room,
                             .from = q->from,
                             .before = q->before_ms,
                             .last_room = last ? last->room : 0,
                             .last_seq = last ? last->seq : 0,
                             .limit = limit};
    r.has |= (uint64_t)(r.room != 0) << CHAT_FIELD_ROOM |
             (uint64_t)(r.from.n != 0) << CHAT_FIELD_FROM |
             (uint64_t)(r.before != 0) << CHAT_FIELD_BEFORE |
             (uint64_t)(last != NULL) << CHAT_FIELD_LAST_ROOM |
             (uint64_t)(last != NULL) << CHAT_FIELD_LAST_SEQ;
    return r;
}

/* What was typed, read; false: it is not to be asked, and state says why. */
static bool read(struct model *m, struct search_query *q)
{
    struct search *s = &m->search;
    const struct room *room = model_open(m);
    s->room = !s->everywhere && room ? room->r.id : 0;
    enum search_state state = upd_search_read(m, (struct slice){s->typed, s->typed_n}, q, &s->room);
    if (state == SEARCH_WAITING)
        return true;
    s->state = state;
    s->due_ms = 0;
    clear(s);
    keep(s->bad, &s->bad_n, sizeof s->bad, text_cut(q->bad, sizeof s->bad / 4));
    return false;
}

static void want(struct model *m)
{
    struct search_query q;
    if (!read(m, &q))
        return;
    m->search.turn++; /* an answer on its way is to something else */
    m->search.state = SEARCH_WAITING;
    m->search.due_ms = m->now_ms + SEARCH_AFTER_MS;
}

void upd_search_input(struct model *m, struct slice typed)
{
    struct search *s = &m->search;
    typed = text_trim(typed);
    if (slice_eq(typed, (struct slice){s->typed, s->typed_n}))
        return;
    keep(s->typed, &s->typed_n, sizeof s->typed, typed);
    want(m);
}

/* last: what is behind this hit; NULL: from the newest on. */
static void ask(struct model *m, const struct search_hit *last, struct effects *fx)
{
    struct search *s = &m->search;
    s->due_ms = 0;
    if (!read(m, &s->asked))
        return;
    bool asked =
        effects_ask(fx, (struct ask){ASK_SEARCH, s->asked.after_ms, ++s->turn}, EVENT_SEARCH,
                    upd_search_request(&s->asked, s->room, last, SEARCH_PAGE));
    s->error_n = 0;
    s->state = asked ? SEARCH_ASKED : SEARCH_FAILED;
}

void upd_search_submit(struct model *m, struct effects *fx)
{
    if (m->search.state >= SEARCH_WAITING) {
        clear(&m->search);
        ask(m, NULL, fx);
    }
}

void upd_search_tick(struct model *m, struct effects *fx)
{
    if (m->search.due_ms && m->now_ms >= m->search.due_ms)
        upd_search_submit(m, fx);
}

void upd_search_more(struct model *m, struct effects *fx)
{
    struct search *s = &m->search;
    if (s->state == SEARCH_FAILED && s->n == 0)
        upd_search_submit(m, fx);
    else if (s->n && s->n < SEARCH_HITS_MAX && s->state != SEARCH_ASKED)
        ask(m, &s->at[s->n - 1], fx);
}

/* --- hits --- */

/* Bytes of the first chars of text. */
static size_t bytes_of(struct slice text, size_t chars)
{
    return text_cut(text, chars).n;
}

static void put(struct search_hit *hit, struct slice text)
{
    memcpy(hit->text + hit->text_n, text.p, text.n);
    hit->text_n = (uint16_t)(hit->text_n + text.n);
}

/* The text around its first mark, with as many marks as fit. */
static void put_text(struct search_hit *hit, const struct chat_message *msg)
{
    uint32_t first = msg->ranges_n ? msg->ranges[0][0] : 0;
    uint32_t skip = first > BEFORE_CHARS ? first - BEFORE_CHARS : 0;
    if (skip)
        put(hit, SL(CUT));
    size_t lead = hit->text_n;
    struct slice text = slice_from(msg->text, bytes_of(msg->text, skip));
    struct slice shown = text_cut(text, SEARCH_TEXT_BYTES);
    while (lead + shown.n + sizeof CUT > SEARCH_TEXT_BYTES) {
        shown.n--; /* to the beginning of a character */
        while (shown.n && ((unsigned char)shown.p[shown.n] & 0xC0) == 0x80)
            shown.n--;
    }
    put(hit, shown);
    if (shown.n < text.n)
        put(hit, SL(CUT));
    for (uint32_t i = 0; i < msg->ranges_n && hit->marks_n < SEARCH_MARKS_MAX; i++) {
        const uint32_t *range = msg->ranges[i];
        if (range[0] < skip || range[1] <= range[0])
            continue;
        size_t from = bytes_of(text, range[0] - skip), to = bytes_of(text, range[1] - skip);
        size_t last = hit->marks_n ? hit->marks[hit->marks_n - 1][1] : 0;
        if (to > shown.n || lead + from < last)
            break;
        hit->marks[hit->marks_n][0] = (uint16_t)(lead + from);
        hit->marks[hit->marks_n++][1] = (uint16_t)(lead + to);
    }
}

static bool grow(struct search *s)
{
    uint32_t cap = s->cap ? s->cap * 2 : SEARCH_PAGE;
    struct search_hit *at = mem_realloc(s->at, cap * sizeof *at);
    if (!at)
        return false;
    s->at = at;
    s->cap = cap;
    return true;
}

static void add(struct model *m, const struct chat_message *msg)
{
    struct search *s = &m->search;
    if (s->n == SEARCH_HITS_MAX || (s->n == s->cap && !grow(s)))
        return;
    struct search_hit *hit = &s->at[s->n++];
    memset(hit, 0, sizeof *hit);
    hit->room = msg->room;
    hit->seq = msg->seq;
    hit->ts_ms = msg->ts;
    hit->from = people_learn(&m->people, &msg->from);
    put_text(hit, msg);
}

/* false: one was older than what is looked for, there is nothing behind it. */
static bool take(struct model *m, struct slice raw, int64_t after_ms, struct arena *arena,
                 uint32_t *n)
{
    struct json_iter it;
    struct slice one;
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &one); ++*n) {
        struct chat_message msg;
        struct arena_mark mark = arena_mark(arena);
        bool good = chat_message_decode(one, arena, &msg) == ERR_OK && msg.seq > 0;
        if (good && msg.ts < after_ms)
            return false;
        if (good)
            add(m, &msg);
        arena_rewind(arena, mark);
    }
    return true;
}

void upd_search_answer(struct model *m, const struct action_answer *a)
{
    struct search *s = &m->search;
    struct arena arena;
    struct json_in in;
    struct slice raw;
    uint32_t n = 0;
    if (a->ask.number != s->turn)
        return;
    if (a->answer->result != ERR_OK || !a->answer->ok) {
        struct refusal_text room;
        s->state = SEARCH_FAILED;
        keep(s->error, &s->error_n, sizeof s->error,
             refusal_text(&m->words, REFUSAL_OF_ANY, &a->answer->why, &room));
        return;
    }
    arena_init(&arena, ANSWER_ARENA_BYTES);
    json_in_start(&in, a->answer->json, &arena);
    bool further = json_in_raw(&in, "hits", &raw) && json_type_of(raw) == JSON_ARRAY &&
                   take(m, raw, a->ask.room, &arena, &n);
    arena_fini(&arena);
    s->more = further && n == SEARCH_PAGE && s->n < SEARCH_HITS_MAX;
    s->state = SEARCH_DONE;
}

/* --- the person --- */

static void go(struct model *m, uint64_t index, struct effects *fx)
{
    if (index >= m->search.n)
        return;
    const struct search_hit *hit = &m->search.at[index];
    if (m->width_px && m->width_px < PANEL_BESIDE_PX)
        upd_panel_close(m, fx);
    upd_rooms_open(m, hit->room, hit->seq, true, fx);
}

bool upd_search_click(struct model *m, const struct action_click *c, struct effects *fx)
{
    switch (c->act) {
    case DOM_ACT_HIT:
        go(m, c->key, fx);
        return true;
    case DOM_ACT_SEARCH_HERE:
    case DOM_ACT_SEARCH_ALL:
        m->search.everywhere = c->act == DOM_ACT_SEARCH_ALL;
        want(m);
        upd_search_submit(m, fx);
        return true;
    default:
        return false;
    }
}

void upd_search_moved(struct model *m)
{
    const struct room *room = model_open(m);
    struct search_query q;
    if (m->panel.kind != PANEL_SEARCH || m->search.everywhere || m->search.state < SEARCH_WAITING ||
        !room || room->r.id == m->search.room)
        return;
    search_query_read((struct slice){m->search.typed, m->search.typed_n}, 0, &q);
    if (!q.room.n)
        want(m);
}

int64_t upd_search_wake_ms(const struct model *m)
{
    return m->search.due_ms ? m->search.due_ms : INT64_MAX;
}
