/* Steps of a scripted page. */
#include "update_script.h"

#include "json_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

void script_act(struct script_page *p, struct action a)
{
    a.now_ms = p->now_ms;
    a.wall_ms = SCRIPT_WALL_MS + p->now_ms;
    if (a.type == ACTION_SUBMIT || a.type == ACTION_KEY || a.type == ACTION_CLICK ||
        a.type == ACTION_PIECE || a.type == ACTION_HTTP) {
        (void)snprintf(p->cid, sizeof p->cid, "%032x", ++p->cids_n);
        a.cid[15] = (unsigned char)p->cids_n;
        a.cid[14] = (unsigned char)(p->cids_n >> 8);
    }
    effects_fini(&p->fx);
    memset(&p->fx, 0, sizeof p->fx);
    update(&p->m, &a, &p->fx);
    model_check(&p->m);
}

void script_boot(struct script_page *p, const struct model_limits *limits)
{
    memset(p, 0, sizeof *p);
    p->now_ms = 1000;
    arena_init(&p->texts, 1u << 20);
    model_init(&p->m, limits);
}

struct chat_user script_user(int64_t id)
{
    static const struct slice names[] = {SL(""), SL("ana"), SL("bo"), SL("cyd")};
    static const struct slice displays[] = {SL(""), SL("Ana"), SL("Bo"), SL("Cyd")};
    return (struct chat_user){
        .id = id, .name = names[id], .display = displays[id], .role = CHAT_MEMBER};
}

void script_room(struct script_page *p, int64_t id, int64_t n, int64_t n_read)
{
    static const struct slice names[] = {SL(""), SL("lobby"), SL("secret"), SL("")};
    struct chat_user bo = script_user(BO);
    p->seqs[id] = n;
    struct chat_room room = {
        .id = id,
        .kind = id == WITH_BO  ? CHAT_DM
                : id == SECRET ? CHAT_PRIVATE
                               : CHAT_PUBLIC,
        .name = names[id],
        .topic = SL(""),
        .with = id == WITH_BO ? &bo : NULL,
        .seq = n,
        .ev = n,
        .min_seq = 1,
        .members = 3,
        .has_mine = true,
        .joined = true,
        .room_role = CHAT_MEMBER,
        .read_seq = n_read,
        .unread = n - n_read,
    };
    script_act(p, (struct action){.type = ACTION_ROOM, .room = &room});
}

void script_status(struct script_page *p, enum chat_client_state state, enum sock_state sock)
{
    struct sock_status status = {.state = sock, .retry_at_ms = p->now_ms + 5000};
    script_act(p, (struct action){.type = ACTION_STATUS, .status = {state, &status}});
}

void script_live(struct script_page *p)
{
    static const struct chat_profile says = {SL(""), SL("")};
    struct chat_user ana = script_user(ANA);
    ana.profile = &says;
    script_status(p, CHAT_CLIENT_LIVE, SOCK_LIVE);
    script_act(p, (struct action){.type = ACTION_RESUMED, .user = &ana});
}

void script_down(struct script_page *p)
{
    script_status(p, CHAT_CLIENT_CONNECTING, SOCK_WAITING);
}

void script_open(struct script_page *p, const struct model_limits *limits)
{
    struct account_answer in = {.status = 200,
                                .ok = true,
                                .token = SL("token"),
                                .life_ms = 600000,
                                .user = script_user(ANA)};
    script_boot(p, limits);
    script_act(p, (struct action){.type = ACTION_START, .start = {.name = SL("ana")}});
    script_act(p, (struct action){.type = ACTION_FOCUS, .on = true});
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    script_act(p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_GUEST, &in}});
    script_act(p, (struct action){.type = ACTION_TOKEN});
    script_status(p, CHAT_CLIENT_RESUMING, SOCK_LIVE);
    script_room(p, LOBBY, 0, 0);
    script_room(p, SECRET, 0, 0);
    script_room(p, WITH_BO, 0, 0);
    script_live(p);
    script_act(p, (struct action){.type = ACTION_HIDE}); /* all is written down */
}

void script_close(struct script_page *p)
{
    effects_fini(&p->fx);
    model_fini(&p->m);
    arena_fini(&p->texts);
}

void script_later(struct script_page *p, int64_t ms)
{
    p->now_ms += ms;
    script_act(p, (struct action){.type = ACTION_TICK});
}

const struct effect *script_ask(const struct script_page *p, enum ask_kind kind)
{
    for (size_t i = p->fx.n; i-- > 0;) {
        if (p->fx.list[i].type == EFFECT_ASK && p->fx.list[i].ask.kind == kind)
            return &p->fx.list[i];
    }
    return NULL;
}

/* The question may be older than the last action: what it was is told by the model's tests; here only its kind and room count. */
void script_answer(struct script_page *p, enum ask_kind kind, const char *json)
{
    const struct effect *asked = script_ask(p, kind);
    struct chat_answer answer = {.result = ERR_OK, .ok = true, .json = slice_str(json)};
    assert_non_null(asked);
    script_act(p, (struct action){.type = ACTION_ANSWER, .answer = {asked->ask, &answer}});
}

void script_refuse(struct script_page *p, enum ask_kind kind, enum chat_error error)
{
    const struct effect *asked = script_ask(p, kind);
    bool same = slice_eq(slice_str(chat_error_rows[error].retry), SL("same"));
    struct chat_answer answer = {.result = ERR_OK,
                                 .why.error = error,
                                 .why.retry = same ? CHAT_RETRY_same : CHAT_RETRY_never,
                                 .why.message = SL("No."),
                                 .json = SL("{}")};
    assert_non_null(asked);
    script_act(p, (struct action){.type = ACTION_ANSWER, .answer = {asked->ask, &answer}});
}

void script_type(struct script_page *p, struct slice text)
{
    script_act(p, (struct action){.type = ACTION_INPUT,
                                  .input = {DOM_FIELD_COMPOSER, text, (uint32_t)text.n}});
}

void script_key(struct script_page *p, enum dom_key key, unsigned flags)
{
    script_act(p, (struct action){.type = ACTION_KEY, .key = {key, flags, p->m.focus_key}});
}

void script_click(struct script_page *p, enum dom_act act, uint64_t key)
{
    script_act(p, (struct action){.type = ACTION_CLICK, .click = {act, key, false}});
}

void script_say(struct script_page *p, const char *text)
{
    script_type(p, slice_str(text));
    script_key(p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
}

static struct chat_message message(struct script_page *p, int64_t room, int64_t from,
                                   struct slice text)
{
    struct chat_user author = script_user(from);
    author.author = true;
    return (struct chat_message){.room = room,
                                 .seq = p->seqs[room],
                                 .from = author,
                                 .text = text,
                                 .ts = SCRIPT_WALL_MS + p->now_ms,
                                 .rev = 1};
}

static void event(struct script_page *p, struct chat_message *msg)
{
    struct chat_event e = {.room = msg->room,
                           .ev = ++p->ev,
                           .kind = CHAT_EVENT_MESSAGE,
                           .actor = msg->from.id,
                           .ts = msg->ts,
                           .message = msg};
    script_act(p, (struct action){.type = ACTION_EVENT, .event = &e});
}

void script_receive(struct script_page *p, int64_t room, int64_t from, const char *text)
{
    p->seqs[room]++;
    struct chat_message msg = message(p, room, from, slice_str(text));
    event(p, &msg);
}

void script_receive_many(struct script_page *p, int64_t room, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        script_receive(p, room, BO, "t");
}

void script_sent(struct script_page *p)
{
    int64_t room = p->m.open;
    struct action_sent sent = {{p->cid, CHAT_CID_HEX}, CHAT_SENT_OK, room, ++p->seqs[room], NULL};
    script_act(p, (struct action){.type = ACTION_SENT, .sent = sent});
}

void script_echo(struct script_page *p)
{
    int64_t room = p->m.open;
    p->seqs[room]++;
    struct chat_message msg = message(p, room, ANA, SL("echo"));
    msg.cid = (struct slice){p->cid, CHAT_CID_HEX};
    event(p, &msg);
}

void script_page_of(struct script_page *p, int64_t room, int64_t from, int64_t to)
{
    struct buf json = {.max = 1u << 20};
    struct json_out o;
    struct room *r = rooms_find(&p->m.rooms, room);
    assert_non_null(r);
    assert_int_equal(r->loading, ROOM_LOADING);
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_array(&o, "messages");
    for (int64_t seq = from; seq <= to; seq++) {
        struct buf one = {.max = 1000};
        struct chat_message msg = message(p, room, BO, SL("old"));
        msg.seq = seq;
        assert_int_equal(chat_message_encode(&msg, &one), ERR_OK);
        json_out_raw(&o, NULL, buf_peek(&one));
        buf_fini(&one);
    }
    json_out_array_end(&o);
    json_out_int(&o, "min_seq", 1);
    json_out_object_end(&o);
    assert_int_equal(json_out_end(&o), ERR_OK);
    struct chat_answer answer = {.result = ERR_OK, .ok = true, .json = buf_peek(&json)};
    script_act(p, (struct action){.type = ACTION_ANSWER,
                                  .answer = {{ASK_HISTORY, room, r->asked_what}, &answer}});
    buf_fini(&json);
}

void script_scroll(struct script_page *p, uint32_t above_px, uint32_t below_px)
{
    script_act(p, (struct action){.type = ACTION_SCROLL, .scroll = {above_px, below_px, 600}});
}

unsigned script_count(const struct script_page *p, enum effect_type type)
{
    unsigned n = 0;
    for (size_t i = 0; i < p->fx.n; i++)
        n += p->fx.list[i].type == type;
    return n;
}

const struct effect *script_effect(const struct script_page *p, enum effect_type type)
{
    for (size_t i = p->fx.n; i-- > 0;) {
        if (p->fx.list[i].type == type)
            return &p->fx.list[i];
    }
    fail_msg("no effect %d", (int)type);
    return NULL;
}

struct room *script_room_open(struct script_page *p)
{
    struct room *room = model_open(&p->m);
    assert_non_null(room);
    return room;
}

struct message *script_at(struct script_page *p, uint32_t index)
{
    struct room *room = script_room_open(p);
    assert_true(index < room->log.n);
    return room->log.at[index];
}

void script_assert_slice(struct slice s, const char *expected)
{
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

void script_assert_window(struct script_page *p, int64_t first_seq, int64_t last_seq)
{
    const struct room *room = script_room_open(p);
    const struct window *w = &room->window;
    assert_true(w->first < w->end);
    assert_int_equal(room->log.at[w->first]->seq, first_seq);
    assert_int_equal(room->log.at[w->end - 1]->seq, last_seq);
}
