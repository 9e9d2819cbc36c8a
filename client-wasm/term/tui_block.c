/* See tui_block.h. */
#include "tui_block.h"

#include "caltime.h"
#include "size.h"
#include "text.h"
#include "upd_held.h"

#define QUOTE_CHARS 100
#define RULE        "\u2500"

static const struct tui_style PLAIN, DIM = {TUI_DIM, 0}, BOLD = {TUI_BOLD, 0};

static struct slice author_of(const struct model *m, const struct message *msg)
{
    return msg->from ? person_shown(msg->from) : words_get(&m->words, WORD_SOMEONE);
}

static uint8_t colour_of(const struct message *msg)
{
    uint32_t h = msg->from ? (uint32_t)((uint64_t)msg->from->id * 0x9E3779B97F4A7C15u >> 32) : 0;
    return (uint8_t)(1 + h % 6);
}

static void words(const struct model *m, struct tui_flow *f, struct tui_style style, enum word id,
                  struct slice a, struct slice b)
{
    struct buf line = {.max = 8192};
    if (words_put(&m->words, &line, id, a, b) == ERR_OK)
        tui_flow_text(f, buf_peek(&line), style);
    buf_fini(&line);
}

/* "── Today ──────" */
static void rule(struct tui_flow *f, struct slice label, struct tui_style style)
{
    tui_flow_text(f, SL(RULE RULE " "), style);
    tui_flow_text(f, label, style);
    tui_flow_text(f, SL(" "), style);
    while (f->begun && f->x < f->width)
        tui_flow_text(f, SL(RULE), style);
    tui_flow_end(f);
}

static void gap(const struct model *m, const struct room *room, struct tui_flow *f)
{
    rule(f, words_get(&m->words, room->loading == ROOM_LOADING ? WORD_GAP_LOADING : WORD_GAP), DIM);
}

static void before(const struct model *m, const struct room *room,
                   const struct tui_block_place *place, struct tui_flow *f)
{
    if (place->first && rows_hole_above(room))
        gap(m, room, f);
    if (place->first && rows_at_start(room)) {
        words(m, f, DIM, room->r.kind == CHAT_DM ? WORD_START_DM : WORD_START_ROOM,
              room_shown(room), SL(""));
        tui_flow_end(f);
    }
    if (place->around.day) {
        struct caltime_text label;
        caltime_day_label(&m->words, place->day, caltime_day(m->wall_ms, m->utc_offset_min),
                          &label);
        rule(f, caltime_slice(&label), DIM);
    }
    if (place->around.marked)
        rule(f, words_get(&m->words, WORD_NEW), (struct tui_style){TUI_BOLD, 1});
}

static void head(const struct model *m, const struct message *msg, struct tui_flow *f)
{
    struct caltime_text clock;
    caltime_clock(msg->ts_ms, m->utc_offset_min, m->hour12, &clock);
    tui_flow_text(f, text_cut(author_of(m, msg), 64), (struct tui_style){TUI_BOLD, colour_of(msg)});
    tui_flow_text(f, SL("  "), PLAIN);
    tui_flow_text(f, caltime_slice(&clock), DIM);
    tui_flow_end(f);
}

static void quote(const struct model *m, const struct room *room, const struct message *msg,
                  struct tui_flow *f)
{
    uint32_t at = log_find_seq(&room->log, msg->reply_to);
    const struct message *to = at < room->log.n ? room->log.at[at] : NULL;
    tui_flow_prefix(f, SL("  \u2502 "), DIM);
    tui_flow_text(f, to ? author_of(m, to) : words_get(&m->words, WORD_REPLY), DIM);
    tui_flow_text(f, SL(": "), DIM);
    if (to) {
        struct slice text = model_said(m, to, QUOTE_CHARS);
        text.n = slice_find(text, '\n');
        tui_flow_text(f, text, DIM);
    }
    tui_flow_end(f);
    tui_flow_prefix(f, SL("  "), PLAIN);
}

static void body(const struct model *m, const struct message *msg, bool selected,
                 struct tui_flow *f)
{
    if (msg->deleted) {
        tui_flow_text(f, words_get(&m->words, WORD_DELETED), (struct tui_style){TUI_ITALIC, 0});
        tui_flow_end(f);
        return;
    }
    tui_flow_markdown(f, msg->text,
                      msg->state == MESSAGE_PENDING ? DIM
                      : msg->mentions_me            ? BOLD
                                                    : PLAIN,
                      selected);
    if (msg->edited_ms) {
        tui_flow_text(f, SL(" "), PLAIN);
        tui_flow_text(f, words_get(&m->words, WORD_EDITED), DIM);
    }
    tui_flow_end(f);
}

/* "[2 heart] 1 tada": mine in brackets. */
static void reactions(const struct message *msg, struct tui_flow *f)
{
    for (uint32_t i = 0; i < msg->reactions_n; i++) {
        const struct message_reaction *r = &msg->reactions[i];
        struct buf text = {.max = 256};
        if (buf_printf(&text, "%s%.*s %u%s  ", r->mine ? "[" : "", SL_ARG(r->emoji),
                       (unsigned)r->users_n, r->mine ? "]" : "") == ERR_OK)
            tui_flow_text(f, buf_peek(&text), r->mine ? BOLD : PLAIN);
        buf_fini(&text);
    }
    tui_flow_end(f);
}

static void state(const struct model *m, const struct message *msg, struct tui_flow *f)
{
    const struct tui_style bad = {TUI_BOLD, 1};
    enum word waiting = upd_held_waiting(m, rooms_find(&m->rooms, msg->room), msg);
    if (msg->state == MESSAGE_FAILED) {
        if (msg->too_large)
            words(m, f, bad, WORD_TOO_LARGE, SL(""), SL(""));
        else if (msg->failure)
            words(m, f, bad, WORD_NOT_SENT_WHY, slice_str(msg->failure), SL(""));
        else
            words(m, f, bad, WORD_NOT_SENT, SL(""), SL(""));
        tui_flow_text(f, SL(" "), PLAIN);
        tui_flow_text(f, words_get(&m->words, WORD_TERM_KEYS_FAILED), PLAIN);
    } else if (waiting != WORDS_N) {
        words(m, f, DIM, waiting, SL(""), SL(""));
    }
    tui_flow_end(f);
}

/* "[file] plan.pdf, 12 kB": to be saved. */
static void files(const struct model *m, const struct message *msg, bool selected,
                  struct tui_flow *f)
{
    for (uint32_t i = 0; i < msg->files_n && !msg->deleted; i++) {
        struct buf text = {.max = 2048};
        struct buf size = {.max = 64};
        if (size_put(&m->words, &size, msg->files[i].size) == ERR_OK &&
            words_put(&m->words, &text, WORD_TERM_FILE, msg->files[i].name, buf_peek(&size)) ==
                ERR_OK)
            tui_flow_text(f, buf_peek(&text), (struct tui_style){TUI_UNDERLINE, 0});
        if (selected && i + 1 == msg->files_n) {
            tui_flow_text(f, SL(" "), PLAIN);
            tui_flow_text(f, words_get(&m->words, WORD_TERM_FILE_SAVE), DIM);
        }
        buf_fini(&size);
        buf_fini(&text);
        tui_flow_end(f);
    }
}

static char mark_of(const struct message *msg, bool selected)
{
    if (selected)
        return '>';
    if (msg->state != MESSAGE_SENT)
        return msg->state == MESSAGE_FAILED ? '!' : '.';
    return msg->mentions_me && !message_hidden(msg) ? '@' : ' ';
}

/* Of somebody who is blocked: that there is something, and how to see it. */
static void folded(const struct model *m, bool selected, struct tui_flow *f)
{
    tui_flow_prefix(f, SL("  "), PLAIN);
    tui_flow_text(f, words_get(&m->words, WORD_BLOCKED_MESSAGE), (struct tui_style){TUI_ITALIC, 0});
    if (selected) {
        tui_flow_text(f, SL(" "), PLAIN);
        tui_flow_text(f, words_get(&m->words, WORD_TERM_BLOCKED_SHOW), DIM);
    }
    tui_flow_end(f);
}

static void shown(const struct model *m, const struct room *room, const struct message *msg,
                  const struct tui_block_place *place, struct tui_flow *f)
{
    if (!place->around.compact)
        head(m, msg, f);
    tui_flow_prefix(f, SL("  "), PLAIN);
    if (msg->reply_to)
        quote(m, room, msg, f);
    body(m, msg, place->selected, f);
    files(m, msg, place->selected, f);
    if (msg->reactions_n)
        reactions(msg, f);
    if (msg->state != MESSAGE_SENT)
        state(m, msg, f);
}

struct tui_block tui_block(const struct model *m, const struct room *room,
                           const struct tui_block_place *place, struct arena *arena, uint32_t width)
{
    static struct tui_flow f; /* large; one thread */
    const struct message *msg = room->log.at[place->index];
    struct tui_block b = {.mark = mark_of(msg, place->selected), .selected = place->selected};
    tui_flow_start(&f, arena, width);
    before(m, room, place, &f);
    b.own_from = f.n;
    if (message_hidden(msg))
        folded(m, place->selected, &f);
    else
        shown(m, room, msg, place, &f);
    tui_flow_prefix(&f, SL(""), PLAIN);
    b.own_end = f.n;
    if (place->last && rows_hole_below(room))
        gap(m, room, &f);
    if (f.n == 0)
        tui_flow_break(&f);
    static struct tui_line nothing; /* without memory */
    b.lines = f.n ? f.lines : &nothing;
    b.n = f.n ? f.n : 1;
    return b;
}
