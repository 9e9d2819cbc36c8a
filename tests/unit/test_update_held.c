/* What keeps one from writing for a while: slow mode, and being muted. */
#include "update_script.h"

#include "upd_held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define AHEAD_MS 120000 /* the server's clock is another one, by no more than what is let pass */

/* The lobby is like this now. */
static void tell(struct script_page *p, int64_t slow, int64_t muted_until_ms, enum chat_role role)
{
    const struct room *lobby = script_room_open(p);
    struct chat_room r = lobby->r;
    r.slow = slow;
    r.muted_until_ms = muted_until_ms;
    r.room_role = role;
    script_act(p, (struct action){.type = ACTION_ROOM, .room = &r});
}

static void open(struct script_page *p)
{
    script_open(p, NULL);
    script_act(p, (struct action){.type = ACTION_CLOCK, .id = p->m.wall_ms + AHEAD_MS});
    assert_int_equal(p->m.skew_ms, 0);
}

static void assert_says(struct script_page *p, const char *why, const char *left)
{
    struct buf line = {.max = 512};
    assert_int_equal(upd_held_put(&p->m, script_room_open(p), &line), ERR_OK);
    script_assert_slice(buf_peek(&line), why);
    buf_reset(&line);
    assert_int_equal(upd_held_put_left(&p->m, script_room_open(p), &line), ERR_OK);
    script_assert_slice(buf_peek(&line), left);
    buf_fini(&line);
}

/* A message of Ana's that the server has stored so long ago by its own clock. */
static void stored(struct script_page *p, int64_t ago_ms)
{
    struct chat_message msg = {.room = LOBBY,
                               .seq = ++p->seqs[LOBBY],
                               .cid = SL("00112233445566778899aabbccddeeff"),
                               .from = script_user(ANA),
                               .text = SL("mine"),
                               .ts = p->m.wall_ms + AHEAD_MS - ago_ms,
                               .rev = 1};
    struct chat_event e = {.room = LOBBY,
                           .ev = ++p->ev,
                           .kind = CHAT_EVENT_MESSAGE,
                           .actor = ANA,
                           .ts = msg.ts,
                           .message = &msg};
    script_act(p, (struct action){.type = ACTION_EVENT, .event = &e});
}

static void test_update_held__slow_mode_says_why_and_counts_the_seconds(void **state)
{
    (void)state;
    struct script_page p;
    open(&p);
    assert_says(&p, "", "");
    tell(&p, 90, 0, CHAT_MEMBER);
    assert_says(&p, "Slow mode: one message every 90 seconds.", "");
    script_receive(&p, LOBBY, BO, "of somebody else");
    assert_says(&p, "Slow mode: one message every 90 seconds.", "");
    stored(&p, 500);
    assert_says(&p, "Slow mode: one message every 90 seconds.", "Next message in 1:30");
    assert_int_equal(upd_held_wake_ms(&p.m), p.now_ms + 500);
    script_later(&p, 500);
    assert_says(&p, "Slow mode: one message every 90 seconds.", "Next message in 1:29");
    assert_int_equal(upd_held_wake_ms(&p.m), p.now_ms + 1000);
    script_later(&p, 80000);
    assert_says(&p, "Slow mode: one message every 90 seconds.", "Next message in 0:09");
    script_later(&p, 9000);
    assert_says(&p, "Slow mode: one message every 90 seconds.", "");
    tell(&p, 60, 0, CHAT_MEMBER);
    assert_says(&p, "Slow mode: one message every minute.", "");
    tell(&p, 3600, 0, CHAT_MEMBER);
    assert_says(&p, "Slow mode: one message every 60 minutes.", "Next message in 58:30");
    tell(&p, 3600, 0, CHAT_MOD);
    assert_says(&p, "", "");
    tell(&p, 0, 0, CHAT_MEMBER);
    assert_says(&p, "", "");
    script_close(&p);
}

static void test_update_held__what_is_sent_meanwhile_waits(void **state)
{
    (void)state;
    struct script_page p;
    open(&p);
    tell(&p, 30, 0, CHAT_MEMBER);
    script_say(&p, "too early");
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    uint32_t last = script_room_open(&p)->log.n - 1;
    struct message *msg = script_at(&p, last);
    assert_int_equal(upd_held_waiting(&p.m, script_room_open(&p), msg), WORDS_N);
    /* The server knows of one that this page does not. */
    script_act(&p, (struct action){.type = ACTION_PUT_OFF, .put_off = {LOBBY, CHAT_RATE, 9000}});
    assert_says(&p, "Slow mode: one message every 30 seconds.", "");
    script_act(&p, (struct action){.type = ACTION_PUT_OFF, .put_off = {LOBBY, CHAT_SLOW, 9000}});
    assert_says(&p, "Slow mode: one message every 30 seconds.", "Next message in 0:09");
    assert_int_equal(upd_held_waiting(&p.m, script_room_open(&p), msg), WORD_WILL_SEND_SLOW);
    assert_int_equal(msg->state, MESSAGE_PENDING);
    script_down(&p);
    assert_int_equal(upd_held_waiting(&p.m, script_room_open(&p), msg), WORD_WILL_SEND);
    script_close(&p);
}

static void test_update_held__who_is_muted_keeps_the_text(void **state)
{
    (void)state;
    struct script_page p;
    open(&p);
    script_type(&p, SL("not now"));
    tell(&p, 30, p.m.wall_ms + AHEAD_MS + 60000, CHAT_MEMBER);
    assert_says(&p, "You are muted in this room until today, 14:08. Your text stays here.", "");
    assert_true(update_wake_ms(&p.m) <= p.now_ms + 60000);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    assert_int_equal(p.m.composer.hint, HINT_MUTED);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "not now");
    /* What an event tells of the room leaves it as it is. */
    struct chat_room state_of = script_room_open(&p)->r;
    state_of.has_mine = false;
    state_of.muted_until_ms = 0;
    struct chat_event e = {
        .room = LOBBY, .ev = ++p.ev, .kind = CHAT_EVENT_ROOM, .state = &state_of};
    script_act(&p, (struct action){.type = ACTION_EVENT, .event = &e});
    assert_int_equal(upd_held(&p.m, script_room_open(&p)), HELD_MUTED);
    script_later(&p, 59999);
    assert_int_equal(upd_held(&p.m, script_room_open(&p)), HELD_MUTED);
    script_later(&p, 1);
    assert_int_equal(upd_held(&p.m, script_room_open(&p)), HELD_SLOW);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    tell(&p, 0, CHAT_ID_MAX, CHAT_OWNER);
    assert_says(&p, "You are muted in this room. Your text stays here.", "");
    script_close(&p);
}

/* The choice of the room's dialog. */
static void choose(struct script_page *p, unsigned which)
{
    script_click(p, DOM_ACT_CHOICE, 4 << 8 | which);
}

static void assert_chosen(const struct script_page *p, unsigned which)
{
    assert_int_equal(p->m.dialog.choices[4], which);
}

static void test_update_held__moderators_choose_slow_mode(void **state)
{
    (void)state;
    struct script_page p;
    open(&p);
    tell(&p, 0, 0, CHAT_MOD);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    choose(&p, 3);
    const struct effect *asked = script_ask(&p, ASK_DIALOG);
    assert_int_equal(asked->event, EVENT_ROOM_UPDATE);
    assert_int_equal(asked->request->has, 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SLOW);
    assert_int_equal(asked->request->slow, 60);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"room\":{\"id\":1,\"slow\":60}}");
    assert_chosen(&p, 3);
    choose(&p, 0);
    script_refuse(&p, ASK_DIALOG, CHAT_BUSY);
    assert_chosen(&p, 3);
    choose(&p, 0);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"room\":{\"id\":1}}");
    assert_chosen(&p, 0);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    tell(&p, 45, 0, CHAT_MOD); /* somebody else's, by another program */
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    assert_chosen(&p, 6);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_held__slow_mode_says_why_and_counts_the_seconds),
        cmocka_unit_test(test_update_held__what_is_sent_meanwhile_waits),
        cmocka_unit_test(test_update_held__who_is_muted_keeps_the_text),
        cmocka_unit_test(test_update_held__moderators_choose_slow_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
