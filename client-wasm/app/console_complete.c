/* What Tab makes of a command that is begun. See console.h. */
#include "console_run.h"

#include "text.h"

#define LIMIT 20 /* names that the server is asked for */

/* --- among a few words --- */

/* The i-th of them, empty: there are no more. */
typedef struct slice (*nth_fn)(size_t i);

static struct slice nth(const char *const *words, size_t n, size_t i)
{
    return i < n ? slice_str(words[i]) : SL("");
}

static struct slice nth_notify(size_t i)
{
    static const char *const words[] = {"all", "mentions", "none"};
    return nth(words, 3, i);
}

static struct slice nth_kind(size_t i)
{
    return i ? SL("") : SL("private");
}

static struct slice nth_role(size_t i)
{
    static const char *const words[] = {"member", "mod", "admin", "owner"};
    return nth(words, 4, i);
}

static struct slice nth_filter(size_t i)
{
    static const char *const words[] = {"from:", "in:", "before:", "after:"};
    return nth(words, 4, i);
}

static size_t same_n(struct slice a, struct slice b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

/* As far as all that begin so agree; where they part, they are told. A value goes on behind its colon. */
static void complete_among(struct console *c, struct slice begun, struct slice word, nth_fn one,
                           struct buf *out)
{
    struct buf all = {.max = 1024};
    struct slice common = SL(""), w;
    size_t n = 0;
    for (size_t i = 0; (w = one(i)).n > 0; i++) {
        if (!slice_starts_with(w, word))
            continue;
        common = n++ ? (struct slice){common.p, same_n(common, w)} : w;
        if ((all.n && buf_putc(&all, ' ') != ERR_OK) || buf_put(&all, w) != ERR_OK)
            break;
    }
    if (n > 1 && common.n == word.n)
        console_say(c, buf_peek(&all), false);
    bool whole = n == 1 && common.p[common.n - 1] != ':';
    if (n && (buf_put(out, (struct slice){begun.p, begun.n - word.n}) != ERR_OK ||
              buf_put(out, common) != ERR_OK || (whole && buf_putc(out, ' ') != ERR_OK)))
        buf_reset(out);
    buf_fini(&all);
}

/* --- what stands behind a command --- */

/* What it is now, to be changed. */
static struct slice present(const struct model *m, enum word what)
{
    const struct room *room = model_open(m);
    const struct person *me = m->session.person;
    switch (what) {
    case WORD_TERM_DO_TOPIC:
        return room ? room->r.topic : SL("");
    case WORD_TERM_DO_RENAME:
        return room && room->r.kind != CHAT_DM ? room->r.name : SL("");
    case WORD_TERM_DO_WORKSPACE:
        return buf_peek(&m->workspace);
    case WORD_TERM_DO_DISPLAY:
        return me ? person_shown(me) : SL("");
    case WORD_TERM_DO_STATUS:
        return me ? me->status : SL("");
    case WORD_TERM_DO_ABOUT:
        return me ? me->bio : SL("");
    case WORD_TERM_DO_ZONE:
        return me ? me->zone : SL("");
    default:
        return SL("");
    }
}

/* "from:b", "in:#t", or the beginning of one of these. */
static enum console_completes complete_filter(struct console *c, struct slice begun,
                                              struct buf *out, struct slice *word)
{
    static const enum console_completes values[] = {CONSOLE_COMPLETES_NAME, CONSOLE_COMPLETES_ROOM};
    for (size_t i = 0; i < 2; i++) {
        if (slice_starts_with(*word, nth_filter(i))) {
            *word = slice_from(*word, nth_filter(i).n);
            return values[i];
        }
    }
    complete_among(c, begun, *word, nth_filter, out);
    return CONSOLE_COMPLETES_WORD;
}

/* The at-th word behind a command with such ones is begun. */
static enum console_completes complete_with(struct console *c, enum word with, size_t at,
                                            struct slice begun, struct buf *out, struct slice *word)
{
    nth_fn one = with == WORD_TERM_WITH_NOTIFY && at == 0     ? nth_notify
                 : with == WORD_TERM_WITH_EMOJI && at == 0    ? console_emoji_code
                 : with == WORD_TERM_WITH_NEW_ROOM && at == 1 ? nth_kind
                 : with == WORD_TERM_WITH_ROLE && at == 1     ? nth_role
                                                              : NULL;
    if (one) {
        complete_among(c, begun, *word, one, out);
        return CONSOLE_COMPLETES_WORD;
    }
    switch (with) {
    case WORD_TERM_WITH_NAME:
    case WORD_TERM_WITH_NAME_MAYBE:
    case WORD_TERM_WITH_NAME_TEXT:
    case WORD_TERM_WITH_MINUTES:
    case WORD_TERM_WITH_ROLE:
    case WORD_TERM_WITH_PART:
        return at == 0 ? CONSOLE_COMPLETES_NAME : CONSOLE_COMPLETES_NOTHING;
    case WORD_TERM_WITH_ROOM:
        return at == 0 ? CONSOLE_COMPLETES_ROOM : CONSOLE_COMPLETES_NOTHING;
    case WORD_TERM_WITH_WORDS:
        return complete_filter(c, begun, out, word);
    case WORD_TERM_WITH_ZONE:
        return CONSOLE_COMPLETES_ZONE;
    default:
        return CONSOLE_COMPLETES_NOTHING;
    }
}

enum console_completes console_complete(struct console *c, const struct model *m,
                                        struct slice begun, struct buf *out, struct slice *word)
{
    size_t space = slice_find(begun, ' '), at = 0;
    struct slice command = {begun.p, space}, rest = slice_from(begun, space);
    enum word with = console_command_with(command);
    if (begun.n == 0 || begun.p[0] != '/' || slice_starts_with(begun, SL("//")) ||
        slice_find(begun, '\n') < begun.n)
        return CONSOLE_COMPLETES_NOTHING;
    if (space == begun.n) {
        complete_among(c, begun, begun, console_command_word, out);
        return CONSOLE_COMPLETES_WORD;
    }
    struct slice now = text_trim(rest).n ? SL("") : present(m, console_command_what(command));
    if (now.n) {
        if (buf_put(out, begun) != ERR_OK || buf_put(out, now) != ERR_OK)
            buf_reset(out);
        return CONSOLE_COMPLETES_WORD;
    }
    if (with == WORD_TERM_WITH_PATH || with == WORD_TERM_WITH_PATH_TEXT) {
        *word = text_trim(rest);
        return CONSOLE_COMPLETES_PATH;
    }
    *word = SL("");
    for (size_t i = space; i < begun.n; i++) {
        if (begun.p[i] == ' ') {
            at += word->n > 0;
            *word = slice_from(begun, i + 1);
            word->n = 0;
        } else {
            word->n++;
        }
    }
    return complete_with(c, with, at, begun, out, word);
}

/* --- what only the server knows --- */

void console_find(struct console *c, struct model *m, bool users, struct slice q,
                  struct effects *fx)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_LIMIT | (uint64_t)(q.n > 0) << CHAT_FIELD_Q,
                             .q = q,
                             .limit = LIMIT};
    bool waiting = c->waiting;
    if (users && q.n == 0)
        return; /* all people: that is no question */
    console_ask(c, m, CONSOLE_ASK_NAMES, users ? EVENT_USERS : EVENT_ROOMS, r, fx);
    c->waiting = waiting; /* no list waits for it */
}

void console_add_person(struct console *c, struct model *m, struct slice one, struct arena *arena)
{
    struct chat_user user;
    (void)c;
    if (chat_user_decode(one, arena, &user) == ERR_OK)
        people_learn(&m->people, &user);
}

void console_add_name(struct console *c, struct model *m, struct slice one, struct arena *arena)
{
    struct chat_room room;
    (void)m;
    if (chat_room_decode(one, arena, &room) == ERR_OK && room.kind == CHAT_PUBLIC &&
        buf_put(&c->found, room.name) == ERR_OK)
        (void)!buf_putc(&c->found, '\n');
}
