/* What is kept for a start without network. */
#include "update_script.h"

#include "upd_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct buf encode(const struct script_page *p)
{
    struct buf out = {.max = CACHE_BYTES_MAX};
    assert_int_equal(upd_cache_encode(&p->m, &out), ERR_OK);
    return out;
}

/* A page that is loaded where somebody was signed in, with this kept. */
static void load(struct script_page *p, struct slice kept)
{
    script_boot(p, NULL);
    script_act(p, (struct action){.type = ACTION_START, .start = {.known = true}});
    assert_int_equal(script_count(p, EFFECT_CACHE_LOAD), 1);
    script_act(p, (struct action){.type = ACTION_CACHED, .text = kept});
}

static struct account_answer answer_of(int64_t id)
{
    return (struct account_answer){.status = 200,
                                   .ok = true,
                                   .token = SL("token"),
                                   .life_ms = 600000,
                                   .user = script_user(id)};
}

static void refreshed(struct script_page *p, struct account_answer answer)
{
    script_act(p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_REFRESH, &answer}});
}

static unsigned occurrences(struct slice text, const char *what)
{
    unsigned n = 0;
    size_t what_n = strlen(what);
    for (size_t i = 0; i + what_n <= text.n; i++)
        n += memcmp(text.p + i, what, what_n) == 0;
    return n;
}

static void test_cache__a_quiet_second_after_news_it_is_written_down(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_later(&p, 60000);
    script_receive(&p, LOBBY, BO, "one");
    script_later(&p, 999);
    assert_int_equal(script_count(&p, EFFECT_CACHE), 0);
    script_receive(&p, LOBBY, BO, "two");
    script_later(&p, 999);
    assert_int_equal(script_count(&p, EFFECT_CACHE), 0);
    script_later(&p, 1);
    assert_int_equal(script_count(&p, EFFECT_CACHE), 1);
    assert_true(script_effect(&p, EFFECT_CACHE)->on);
    script_later(&p, 60000);
    assert_int_equal(script_count(&p, EFFECT_CACHE), 0);
    /* Who never falls silent is written down all the same; and whoever hides the page at once. */
    for (unsigned i = 0, n = 0; n == 0; i++) {
        assert_true(i < 21);
        script_receive(&p, LOBBY, BO, "more");
        script_later(&p, 500);
        n = script_count(&p, EFFECT_CACHE);
    }
    script_receive(&p, LOBBY, BO, "last");
    script_act(&p, (struct action){.type = ACTION_HIDE});
    assert_int_equal(script_count(&p, EFFECT_CACHE), 1);
    script_close(&p);
}

static void test_cache__thirty_messages_of_a_room_are_kept_and_come_back(void **state)
{
    struct script_page p, q;
    (void)state;
    script_open(&p, NULL);
    script_receive_many(&p, LOBBY, CACHE_MESSAGES_MAX);
    struct buf kept = encode(&p);
    assert_int_equal(occurrences(buf_peek(&kept), "\"cid\""), CACHE_MESSAGES_MAX);
    buf_fini(&kept);
    script_receive(&p, LOBBY, BO, "one past it");
    kept = encode(&p);
    assert_int_equal(occurrences(buf_peek(&kept), "\"cid\""), CACHE_MESSAGES_MAX);
    script_close(&p);
    load(&q, buf_peek(&kept));
    struct room *room = script_room_open(&q);
    assert_int_equal(room->r.id, LOBBY);
    assert_int_equal(room->log.numbered_n, CACHE_MESSAGES_MAX);
    script_assert_slice(room->log.at[CACHE_MESSAGES_MAX - 1]->text, "one past it");
    assert_int_equal(q.m.session.me.id, ANA);
    script_close(&q);
    buf_fini(&kept);
}

static void block(struct script_page *p, int64_t user)
{
    const struct chat_user who = script_user(user);
    script_act(p, (struct action){.type = ACTION_BLOCK, .block = {&who, true}});
}

static void test_cache__who_is_blocked_stays_so_until_the_server_tells(void **state)
{
    struct script_page p, q;
    (void)state;
    script_open(&p, NULL);
    block(&p, BO);
    block(&p, CYD);
    script_receive(&p, LOBBY, BO, "one");
    script_receive(&p, LOBBY, CYD, "two");
    struct buf kept = encode(&p);
    script_close(&p);
    load(&q, buf_peek(&kept));
    assert_true(message_hidden(script_at(&q, 0)) && message_hidden(script_at(&q, 1)));
    block(&q, BO); /* and Cyd no more */
    struct chat_user ana = script_user(ANA);
    script_act(&q, (struct action){.type = ACTION_RESUMED, .user = &ana});
    assert_true(people_find(&q.m.people, BO)->blocked);
    assert_false(people_find(&q.m.people, CYD)->blocked);
    script_close(&q);
    buf_fini(&kept);
}

static void test_cache__what_is_written_meanwhile_waits(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "old");
    struct buf kept = encode(&p);
    script_close(&p);
    load(&p, buf_peek(&kept));
    script_say(&p, "new");
    assert_int_equal(p.m.pending_n, 1);
    assert_int_equal(script_count(&p, EFFECT_SAVE_OUTBOX), 1);
    refreshed(&p, answer_of(ANA));
    assert_int_equal(script_count(&p, EFFECT_OPEN), 1);
    script_room(&p, LOBBY, 1, 0);
    struct chat_user me = script_user(ANA);
    script_act(&p, (struct action){.type = ACTION_RESUMED, .user = &me});
    /* It is read until the answer is there. */
    assert_int_equal(script_room_open(&p)->log.numbered_n, 1);
    assert_int_equal(p.m.pending_n, 1);
    assert_int_equal(script_count(&p, EFFECT_FOLLOW), 1);
    script_close(&p);
    buf_fini(&kept);
}

static void test_cache__goes_when_the_session_has_ended(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "old");
    struct buf kept = encode(&p);
    script_close(&p);
    load(&p, buf_peek(&kept));
    refreshed(&p, (struct account_answer){.status = 401});
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_int_equal(p.m.rooms.n, 0);
    assert_int_equal(script_count(&p, EFFECT_CACHE), 1);
    assert_false(script_effect(&p, EFFECT_CACHE)->on);
    script_close(&p);
    load(&p, buf_peek(&kept));
    refreshed(&p, answer_of(BO));
    assert_int_equal(p.m.session.me.id, BO);
    assert_int_equal(p.m.rooms.n, 0);
    assert_int_equal(script_count(&p, EFFECT_CACHE), 1);
    script_close(&p);
    buf_fini(&kept);
}

/* The token was renewed while it was read. */
static void test_cache__behind_the_token_it_is_shown_to_the_same_person(void **state)
{
    struct script_page p, q;
    (void)state;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "kept");
    struct buf kept = encode(&p);
    script_close(&p);
    for (int i = 0; i < 2; i++) {
        int64_t who = i ? BO : ANA;
        script_boot(&q, NULL);
        script_act(&q, (struct action){.type = ACTION_START, .start = {.known = true}});
        refreshed(&q, answer_of(who));
        script_act(&q, (struct action){.type = ACTION_CACHED, .text = buf_peek(&kept)});
        assert_int_equal(q.m.rooms.n, who == ANA ? 3 : 0);
        assert_int_equal(q.m.session.me.id, who);
        if (who == ANA)
            script_assert_slice(script_room_open(&q)->log.at[0]->text, "kept");
        script_close(&q);
    }
    buf_fini(&kept);
}

static void test_cache__too_late_or_nonsense_changes_nothing(void **state)
{
    static const char *const texts[] = {
        "", "{", "[]", "{}", "{\"user\":7}", "{\"user\":{\"id\":0}}", "{\"rooms\":[]}"};
    struct script_page p;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        load(&p, slice_str(texts[i]));
        assert_int_equal(p.m.rooms.n, 0);
        assert_int_equal(p.m.session.me.id, 0);
        script_close(&p);
    }
    script_open(&p, NULL);
    struct buf kept = encode(&p);
    script_receive(&p, LOBBY, BO, "since");
    script_act(&p, (struct action){.type = ACTION_CACHED, .text = buf_peek(&kept)});
    assert_int_equal(script_room_open(&p)->log.numbered_n, 1);
    assert_false(p.m.cache.shown);
    script_close(&p);
    buf_fini(&kept);
}

/* The rooms come first: of long messages fewer are kept, and never half of it. */
static void test_cache__of_what_is_too_much_fewer_messages_are_kept(void **state)
{
    struct script_page p;
    struct buf text = {.max = 1 << 20}, kept;
    (void)state;
    script_open(&p, NULL);
    while (text.n < 16000)
        assert_int_equal(buf_putc(&text, 'x'), ERR_OK);
    assert_int_equal(buf_putc(&text, '\0'), ERR_OK);
    for (unsigned i = 0; i < CACHE_MESSAGES_MAX; i++)
        script_receive(&p, LOBBY, BO, text.p);
    kept = encode(&p);
    assert_int_equal(occurrences(buf_peek(&kept), "\"cid\""), CACHE_MESSAGES_MAX);
    struct buf small = {.max = kept.n - 1};
    assert_int_equal(upd_cache_encode(&p.m, &small), ERR_OK);
    assert_int_equal(occurrences(buf_peek(&small), "\"cid\""), CACHE_MESSAGES_MAX / 2);
    buf_fini(&small);
    small = (struct buf){.max = 64};
    assert_int_equal(upd_cache_encode(&p.m, &small), ERR_LIMIT);
    assert_int_equal(small.n, 0);
    buf_fini(&small);
    buf_fini(&kept);
    buf_fini(&text);
    script_close(&p);
}

static void test_cache__what_waits_is_not_sent_by_another_person(void **state)
{
    struct script_page p, q;
    (void)state;
    script_open(&p, NULL);
    struct buf kept = encode(&p);
    script_close(&p);
    load(&q, buf_peek(&kept));
    script_say(&q, "of Ana");
    refreshed(&q, answer_of(BO));
    assert_int_equal(script_count(&q, EFFECT_CLOSE), 1);
    assert_int_equal(q.m.session.me.id, BO);
    script_close(&q);
    buf_fini(&kept);
}

static void test_cache__behind_an_address_one_may_write_at_once(void **state)
{
    struct script_page p, q;
    (void)state;
    script_open(&p, NULL);
    struct buf kept = encode(&p);
    script_close(&p);
    script_boot(&q, NULL);
    script_act(&q, (struct action){.type = ACTION_START,
                                   .start = {.known = true, .address = SL("/#/room/2")}});
    script_act(&q, (struct action){.type = ACTION_CACHED, .text = buf_peek(&kept)});
    assert_int_equal(script_room_open(&q)->r.id, SECRET);
    assert_int_equal(script_effect(&q, EFFECT_FOCUS)->id, DOM_NODE_INPUT);
    script_close(&q);
    buf_fini(&kept);
}

/* What boot.js may let one write into before the program is there. */
static void test_cache__an_empty_composer_is_kept_a_written_one_is_not(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    struct buf kept = encode(&p);
    assert_int_equal(
        occurrences(buf_peek(&kept), "\"writing\":{\"label\":\"Message lobby\",\"enter\":true}"),
        1);
    buf_fini(&kept);
    p.m.settings.enter_breaks = true;
    kept = encode(&p);
    assert_int_equal(occurrences(buf_peek(&kept), "\"enter\":false"), 1);
    buf_fini(&kept);
    script_type(&p, SL("half a word"));
    kept = encode(&p);
    assert_int_equal(occurrences(buf_peek(&kept), "\"writing\""), 0);
    assert_int_equal(occurrences(buf_peek(&kept), "\"open\":"), 1);
    buf_fini(&kept);
    script_type(&p, SL(""));
    script_room_open(&p)->r.archived = true;
    kept = encode(&p);
    assert_int_equal(occurrences(buf_peek(&kept), "\"writing\""), 0);
    buf_fini(&kept);
    script_close(&p);
}

static void test_cache__the_room_of_the_last_visit_is_shown_again(void **state)
{
    struct script_page p, q;
    (void)state;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    struct buf kept = encode(&p);
    script_close(&p);
    load(&q, buf_peek(&kept));
    assert_int_equal(script_room_open(&q)->r.id, SECRET);
    assert_int_equal(script_effect(&q, EFFECT_FOCUS)->id, DOM_NODE_INPUT);
    script_close(&q);
    buf_fini(&kept);
}

static void test_cache__a_link_that_leads_elsewhere_is_not_followed_later(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    struct buf kept = encode(&p);
    script_close(&p);
    load(&p, buf_peek(&kept));
    script_act(&p, (struct action){.type = ACTION_ADDRESS, .address = {.path = SL("/#/room/5")}});
    assert_int_equal(p.m.open, LOBBY);
    assert_int_equal(p.m.wanted, 0);
    assert_false(script_effect(&p, EFFECT_ADDRESS)->on);
    assert_true(p.m.toasts.at[0].id);
    script_close(&p);
    buf_fini(&kept);
}

/* Written before the program was there, by somebody whom the server does not let back in. */
static void refused_with_unsent(struct script_page *p, enum chat_role role)
{
    struct account_answer refused = {.status = 401};
    script_open(p, NULL);
    p->m.session.me.role = role;
    struct buf kept = encode(p);
    script_close(p);
    script_boot(p, NULL);
    script_act(p, (struct action){.type = ACTION_START, .start = {.known = true}});
    script_act(p, (struct action){.type = ACTION_ADOPT_DRAFT,
                                  .text = SL("[{\"user\":1,\"room\":1,\"text\":\"two\"}]")});
    script_act(p, (struct action){.type = ACTION_CACHED, .text = buf_peek(&kept)});
    refreshed(p, refused);
    /* Behind what gone tabs have left. */
    script_act(
        p, (struct action){.type = ACTION_ADOPT_OUTBOX,
                           .text = SL("[{\"user\":1,\"room\":1,\"ts\":5,\"text\":\"one\",\"cid\":"
                                      "\"000000000000000000000000000000aa\"}]")});
    buf_fini(&kept);
}

static void sign_in_as(struct script_page *p, int64_t id)
{
    struct account_answer answer = answer_of(id);
    script_act(p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_GUEST, &answer}});
    script_room(p, LOBBY, 0, 0);
    script_live(p);
    script_later(p, 1);
}

static void test_cache__what_a_gone_guest_wrote_goes_on_with_whoever_goes_on(void **state)
{
    struct script_page p;
    (void)state;
    refused_with_unsent(&p, CHAT_GUEST);
    script_assert_slice(buf_peek(&p.m.session.login.error),
                        "You have been signed out, and nobody can come back as the same guest. "
                        "What follows was not sent; it is in the composer again when you go on "
                        "here.");
    script_assert_slice(buf_peek(&p.m.session.login.unsent), "one\n\ntwo");
    sign_in_as(&p, CYD);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "one");
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    script_later(&p, 1);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "two");
    assert_int_equal(p.m.session.login.unsent.n, 0);
    script_close(&p);
}

static void test_cache__what_a_member_wrote_waits_for_them(void **state)
{
    struct script_page p;
    (void)state;
    refused_with_unsent(&p, CHAT_MEMBER);
    script_assert_slice(buf_peek(&p.m.session.login.error),
                        "You have been signed out. What you wrote is kept for when you are back.");
    assert_int_equal(p.m.session.login.unsent.n, 0);
    sign_in_as(&p, CYD);
    assert_int_equal(script_room_open(&p)->draft.text.n, 0);
    assert_int_equal(script_room_open(&p)->log.n, 0);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache__a_quiet_second_after_news_it_is_written_down),
        cmocka_unit_test(test_cache__thirty_messages_of_a_room_are_kept_and_come_back),
        cmocka_unit_test(test_cache__who_is_blocked_stays_so_until_the_server_tells),
        cmocka_unit_test(test_cache__what_is_written_meanwhile_waits),
        cmocka_unit_test(test_cache__goes_when_the_session_has_ended),
        cmocka_unit_test(test_cache__behind_the_token_it_is_shown_to_the_same_person),
        cmocka_unit_test(test_cache__too_late_or_nonsense_changes_nothing),
        cmocka_unit_test(test_cache__what_waits_is_not_sent_by_another_person),
        cmocka_unit_test(test_cache__behind_an_address_one_may_write_at_once),
        cmocka_unit_test(test_cache__an_empty_composer_is_kept_a_written_one_is_not),
        cmocka_unit_test(test_cache__the_room_of_the_last_visit_is_shown_again),
        cmocka_unit_test(test_cache__of_what_is_too_much_fewer_messages_are_kept),
        cmocka_unit_test(test_cache__a_link_that_leads_elsewhere_is_not_followed_later),
        cmocka_unit_test(test_cache__what_a_gone_guest_wrote_goes_on_with_whoever_goes_on),
        cmocka_unit_test(test_cache__what_a_member_wrote_waits_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
