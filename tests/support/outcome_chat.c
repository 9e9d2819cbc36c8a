/* See outcome_chat.h. What was read is written, read and written again: both texts must be the same. */
#include "outcome_chat.h"

#include "chat_fields.h"
#include "json.h"
#include "outcome_line.h"
#include <inttypes.h>
#include <string.h>

enum { BYTES_MAX = 1 << 20, WORDS_MAX = 64 };

/* What is before the first space, which is taken off. */
static struct slice take_word(struct slice *rest)
{
    struct slice word = {rest->p, slice_find(*rest, ' ')};
    *rest = slice_from(*rest, word.n < rest->n ? word.n + 1 : word.n);
    return word;
}

static void print_round(enum err e, struct buf *first, const struct buf *second)
{
    if (e) {
        line_error(e, "");
        return;
    }
    line_print("ok");
    line_bytes("json", buf_peek(first));
    if (!slice_eq(buf_peek(first), buf_peek(second))) {
        line_print(" differs");
        line_bytes("again", buf_peek(second));
    }
}

/* --- requests --- */

static void print_defaults(enum event_id event, const struct chat_request *r)
{
    const struct event_fields *e = chat_fields_of(event);
    for (unsigned i = 0; i < e->n; i++) {
        if (CHAT_HAS(r, e->fields[i].id)) {
            continue;
        }
        if (e->fields[i].id == CHAT_FIELD_LIMIT) {
            line_print(" limit=%" PRIu32, r->limit);
        } else if (e->fields[i].id == CHAT_FIELD_ON) {
            line_print(" on=%s", r->on ? "true" : "false");
        }
    }
}

static void print_refusal(const struct chat_refusal *refusal)
{
    char words[CHAT_REFUSAL_TEXT_BYTES];
    line_error(ERR_INVALID, chat_error_rows[refusal->error].code);
    line_bytes("field", slice_str(refusal->field));
    line_bytes("message", chat_refusal_text(refusal, words));
}

void outcome_chat_request(struct slice input, struct buf *scratch)
{
    struct buf again = {.max = BYTES_MAX};
    struct arena arena = {.max = BYTES_MAX};
    struct chat_request r, back;
    struct chat_refusal refusal = {.field = ""};
    enum event_id event = event_find(SL("/chat"), take_word(&input));

    enum err e = chat_request_decode(event, input, &arena, &r, &refusal);
    if (e == ERR_INVALID) {
        print_refusal(&refusal);
    } else {
        e = e ? e : chat_request_encode(event, &r, scratch);
        e = e ? e : chat_request_decode(event, buf_peek(scratch), &arena, &back, &refusal);
        e = e ? e : chat_request_encode(event, &back, &again);
        print_round(e, scratch, &again);
        if (!e) {
            print_defaults(event, &r);
        }
    }
    arena_fini(&arena);
    buf_fini(&again);
}

/* --- objects --- */

union object {
    struct chat_user user;
    struct chat_room room;
    struct chat_message message;
    struct chat_event event;
};
typedef enum err (*copy_fn)(struct slice json, struct arena *arena, union object *o,
                            struct buf *out);

static enum err copy_user(struct slice json, struct arena *arena, union object *o, struct buf *out)
{
    enum err e = chat_user_decode(json, arena, &o->user);
    return e ? e : chat_user_encode(&o->user, out);
}

static enum err copy_room(struct slice json, struct arena *arena, union object *o, struct buf *out)
{
    enum err e = chat_room_decode(json, arena, &o->room);
    return e ? e : chat_room_encode(&o->room, out);
}

static enum err copy_message(struct slice json, struct arena *arena, union object *o,
                             struct buf *out)
{
    enum err e = chat_message_decode(json, arena, &o->message);
    return e ? e : chat_message_encode(&o->message, out);
}

static enum err copy_event(struct slice json, struct arena *arena, union object *o, struct buf *out)
{
    enum err e = chat_event_decode(json, arena, &o->event);
    return e ? e : chat_event_encode(&o->event, out);
}

static void run_object(struct slice input, struct buf *scratch, copy_fn copy)
{
    struct buf again = {.max = BYTES_MAX};
    struct arena arena = {.max = BYTES_MAX};
    union object o;

    enum err e = json_check(input, NULL);
    e = e ? e : copy(input, &arena, &o, scratch);
    e = e ? e : copy(buf_peek(scratch), &arena, &o, &again);
    print_round(e, scratch, &again);
    arena_fini(&arena);
    buf_fini(&again);
}

void outcome_chat_user(struct slice input, struct buf *scratch)
{
    run_object(input, scratch, copy_user);
}

void outcome_chat_room(struct slice input, struct buf *scratch)
{
    run_object(input, scratch, copy_room);
}

void outcome_chat_message(struct slice input, struct buf *scratch)
{
    run_object(input, scratch, copy_message);
}

void outcome_chat_event(struct slice input, struct buf *scratch)
{
    run_object(input, scratch, copy_event);
}

/* --- refusals --- */

/* The word with a NUL behind it. */
static const char *text_of(struct slice word, char out[WORDS_MAX])
{
    size_t n = word.n < WORDS_MAX ? word.n : WORDS_MAX - 1;
    memcpy(out, word.p, n);
    out[n] = '\0';
    return out;
}

void outcome_chat_refusal(struct slice input, struct buf *scratch)
{
    char field[WORDS_MAX], words[WORDS_MAX];
    unsigned long long wait_ms = 0;
    struct chat_refusal r = {.error = chat_error_find(take_word(&input)), .field = ""};
    struct slice name = take_word(&input);
    if (r.error == CHAT_ERRORS_N || !slice_to_u64(take_word(&input), UINT32_MAX, &wait_ms)) {
        line_error(ERR_INVALID, "");
        return;
    }
    r.retry_after_ms = (uint32_t)wait_ms;
    r.field = slice_eq(name, SL("-")) ? "" : text_of(name, field);
    r.message = input.n > 0 ? text_of(input, words) : NULL;
    enum err e = chat_refusal_encode(&r, scratch);
    if (e) {
        line_error(e, "");
    } else {
        line_print("ok");
        line_bytes("json", buf_peek(scratch));
    }
}
