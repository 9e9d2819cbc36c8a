/* The settings' dialog and the list of keys, as scripts. */
#include "upd_dialog.h"
#include "update_script.h"

#include "dialog_admin.h"
#include "dialog_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SESSIONS                                                                                   \
    "{\"sessions\":[{\"id\":5,\"created\":1,\"seen\":1772546000000,\"expires\":2,"                 \
    "\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 "            \
    "Safari/537.36\",\"address\":\"::1\",\"current\":true},"                                       \
    "{\"id\":6,\"created\":1,\"seen\":1772460000000,\"expires\":2,\"user_agent\":\"curl/8\","      \
    "\"address\":\"10.0.0.2\",\"current\":false}]}"

static void choose(struct script_page *p, unsigned group, unsigned which)
{
    script_click(p, DOM_ACT_CHOICE, group << 8 | which);
}

static void begin(struct script_page *p)
{
    script_open(p, NULL);
    script_click(p, DOM_ACT_SETTINGS, 0);
    assert_int_equal(p->m.dialog.kind, DIALOG_SETTINGS);
}

static void type(struct script_page *p, enum dom_field field, const char *text)
{
    struct slice s = slice_str(text);
    script_act(p, (struct action){.type = ACTION_INPUT, .input = {field, s, (uint32_t)s.n}});
}

static void submit(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
}

/* The answer to the last EFFECT_HTTP. */
static void http(struct script_page *p, unsigned status, const char *body)
{
    struct ask ask = script_effect(p, EFFECT_HTTP)->ask;
    script_act(p, (struct action){.type = ACTION_HTTP, .http = {ask, status, slice_str(body)}});
}

/* The answer to an earlier one that was asked at the same time. */
static void http_of(struct script_page *p, const char *path, const char *body)
{
    for (size_t i = 0; i < p->fx.n; i++) {
        const struct effect *e = &p->fx.list[i];
        if (e->type == EFFECT_HTTP && slice_eq(e->http.path, slice_str(path))) {
            struct ask ask = e->ask;
            script_act(p,
                       (struct action){.type = ACTION_HTTP, .http = {ask, 200, slice_str(body)}});
            return;
        }
    }
    fail_msg("%s was not asked", path);
}

static void test_settings_dialog__what_is_chosen_holds_at_once(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    choose(&p, SET_TAB, SET_LOOK);
    assert_int_equal(script_count(&p, EFFECT_SAVE_SETTINGS), 0);
    choose(&p, SET_THEME, THEME_DARK);
    assert_int_equal(p.m.settings.theme, THEME_DARK);
    assert_int_equal(script_count(&p, EFFECT_SAVE_SETTINGS), 1);
    choose(&p, SET_THEME, THEMES_N); /* there is none */
    assert_int_equal(p.m.settings.theme, THEME_DARK);
    choose(&p, SET_DENSITY, DENSITY_COMPACT);
    choose(&p, SET_ENTER, 1);
    choose(&p, SET_LETTERS, 1);
    choose(&p, SET_ANNOUNCE, ANNOUNCE_MENTIONS);
    assert_int_equal(script_count(&p, EFFECT_RELOAD), 0);
    choose(&p, SET_LANGUAGE, 2);
    assert_string_equal(p.m.settings.language, "ar");
    assert_int_equal(p.fx.list[p.fx.n - 2].type, EFFECT_SAVE_SETTINGS);
    assert_int_equal(p.fx.list[p.fx.n - 1].type, EFFECT_RELOAD);
    choose(&p, SET_LANGUAGE, 0);
    assert_string_equal(p.m.settings.language, "");
    script_click(&p, DOM_ACT_SETTINGS, 0); /* opened anew it shows what holds */
    assert_int_equal(p.m.dialog.choices[SET_THEME], THEME_DARK);
    assert_int_equal(p.m.dialog.choices[SET_DENSITY], DENSITY_COMPACT);
    assert_int_equal(p.m.dialog.choices[SET_ANNOUNCE], ANNOUNCE_MENTIONS);
    assert_true(p.m.settings.enter_breaks && p.m.settings.letters_off);
    script_close(&p);
}

static void
test_settings_dialog__the_profile_is_saved_and_refusals_stand_at_their_field(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    type(&p, DOM_FIELD_DISPLAY, " Ana B ");
    type(&p, DOM_FIELD_STATUS, "at lunch");
    submit(&p);
    const struct effect *e = script_ask(&p, ASK_DIALOG);
    assert_int_equal(e->event, EVENT_PROFILE);
    script_assert_slice(e->request->display, "Ana B");
    script_assert_slice(e->request->status, "at lunch");
    assert_true(p.m.dialog.busy);
    script_answer(&p, ASK_DIALOG,
                  "{\"ok\":true,\"user\":{\"id\":1,\"name\":\"ana\",\"display\":\"Ana B\","
                  "\"role\":\"member\",\"status\":\"at lunch\"}}");
    assert_int_equal(p.m.dialog.done, WORD_SAVED);
    script_assert_slice(p.m.session.person->display, "Ana B");
    type(&p, DOM_FIELD_DISPLAY, " ");
    submit(&p); /* without one, the name is shown */
    script_assert_slice(script_ask(&p, ASK_DIALOG)->request->display, "ana");
    script_refuse(&p, ASK_DIALOG, CHAT_INVALID);
    assert_true(p.m.dialog.error.n > 0);
    assert_int_equal(p.m.dialog.done, 0);
    script_close(&p);
}

static void test_settings_dialog__a_profile_says_more(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    assert_int_equal(script_effect(&p, EFFECT_ZONE)->text.n, 0); /* which is this device's? */
    script_act(&p, (struct action){.type = ACTION_ZONE, .zone = {.name = SL("Europe/Berlin")}});
    assert_int_equal(dialog_text(&p.m.dialog, DOM_FIELD_ZONE).n, 0); /* not said unasked */
    script_click(&p, DOM_ACT_ZONE_USE, 0);
    type(&p, DOM_FIELD_BIO, "Sails.\nSews.\n");
    submit(&p);
    script_assert_slice(script_ask(&p, ASK_DIALOG)->request->bio, "Sails.\nSews.");
    script_assert_slice(script_ask(&p, ASK_DIALOG)->request->zone, "Europe/Berlin");
    script_answer(&p, ASK_DIALOG,
                  "{\"ok\":true,\"user\":{\"id\":1,\"name\":\"ana\",\"display\":\"Ana\","
                  "\"role\":\"member\",\"bio\":\"Sails.\\nSews.\",\"zone\":\"Europe/Berlin\"}}");
    struct chat_user ana = script_user(ANA); /* as members are listed */
    script_act(&p, (struct action){.type = ACTION_PROFILE, .user = &ana});
    script_click(&p, DOM_ACT_SETTINGS, 0);
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_BIO), "Sails.\nSews.");
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_ZONE), "Europe/Berlin");
    type(&p, DOM_FIELD_ZONE, "Mars/Olympus");
    submit(&p);
    const struct chat_answer no = {.why = {.error = CHAT_INVALID, .field = SL("zone")}};
    script_act(&p, (struct action){.type = ACTION_ANSWER,
                                   .answer = {script_ask(&p, ASK_DIALOG)->ask, &no}});
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_ZONE);
    script_close(&p);
}

/* The fields of the request that the last click on "Save" made. */
static uint64_t saved(struct script_page *p)
{
    submit(p);
    return script_ask(p, ASK_DIALOG)->request->has;
}

static void told(struct script_page *p, const char *status, const char *bio, const char *zone)
{
    const struct chat_profile says = {slice_str(bio), slice_str(zone)};
    struct chat_user ana = script_user(ANA);
    ana.status = slice_str(status);
    ana.profile = &says;
    script_act(p, (struct action){.type = ACTION_PROFILE, .user = &ana});
}

static void test_settings_dialog__only_what_was_changed_here_is_saved(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    told(&p, "", "Sails.", "Asia/Tokyo");
    script_click(&p, DOM_ACT_SETTINGS, 0);
    submit(&p); /* nothing: it is as it is said to be */
    assert_int_equal(script_count(&p, EFFECT_ASK), 0);
    assert_int_equal(p.m.dialog.done, WORD_SAVED);
    type(&p, DOM_FIELD_STATUS, "at lu");
    told(&p, "away", "Sews.", "Asia/Tokyo"); /* on another device */
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_BIO), "Sews.");
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_STATUS), "at lu");
    type(&p, DOM_FIELD_STATUS, "at lunch ");
    assert_true(saved(&p) == 1ull << CHAT_FIELD_STATUS);
    script_answer(&p, ASK_DIALOG,
                  "{\"ok\":true,\"user\":{\"id\":1,\"name\":\"ana\",\"display\":\"Ana\",\"role\":"
                  "\"member\",\"status\":\"at lunch\",\"bio\":\"Sews.\",\"zone\":\"Asia/Tokyo\"}}");
    type(&p, DOM_FIELD_BIO, " ");
    assert_true(saved(&p) == 1ull << CHAT_FIELD_BIO); /* it is to be taken away */
    assert_int_equal(script_ask(&p, ASK_DIALOG)->request->bio.n, 0);
    script_close(&p);
}

static void test_settings_dialog__what_was_never_told_is_not_taken_away(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    p.m.session.person->told = false; /* as out of the cache */
    script_click(&p, DOM_ACT_SETTINGS, 0);
    assert_null(dialog_field(&p.m.dialog, DOM_FIELD_BIO));
    type(&p, DOM_FIELD_STATUS, "at lunch");
    assert_true(saved(&p) == 1ull << CHAT_FIELD_STATUS);
    script_refuse(&p, ASK_DIALOG, CHAT_BUSY);
    told(&p, "", "Sails.", "Asia/Tokyo"); /* while it is open */
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_BIO), "Sails.");
    assert_true(saved(&p) == 1ull << CHAT_FIELD_STATUS);
    script_close(&p);
}

static void test_settings_dialog__a_card_says_what_time_it_is_there(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_PERSON, BO);
    assert_int_equal(script_ask(&p, ASK_PROFILE)->request->user, BO);
    assert_int_equal(script_count(&p, EFFECT_ZONE), 0);
    script_answer(&p, ASK_PROFILE,
                  "{\"ok\":true,\"user\":{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\",\"role\":"
                  "\"member\",\"bio\":\"Builds.\",\"zone\":\"Asia/Tokyo\"},\"presence\":{\"id\":2,"
                  "\"state\":\"offline\",\"last_seen\":1772540000000}}");
    script_assert_slice(script_effect(&p, EFFECT_ZONE)->text, "Asia/Tokyo");
    assert_int_equal(script_effect(&p, EFFECT_ZONE)->id, BO);
    assert_true(people_find(&p.m.people, BO)->seen_ms == INT64_C(1772540000000));
    script_act(&p, (struct action){.type = ACTION_ZONE, .zone = {CYD, true, 60, SL("")}});
    assert_false(p.m.dialog.zoned); /* somebody else's */
    script_act(&p, (struct action){.type = ACTION_ZONE, .zone = {BO, true, 540, SL("")}});
    assert_true(p.m.dialog.zoned && p.m.dialog.zone_min == 540);
    assert_int_equal(upd_dialog_wake_ms(&p.m), 60000 - 9123); /* when the next minute begins */
    script_later(&p, 60000 - 9123 - p.now_ms);
    assert_int_equal(upd_dialog_wake_ms(&p.m), 120000 - 9123);
    script_receive(&p, LOBBY, BO, "hi"); /* an author says nothing of it */
    script_assert_slice(people_find(&p.m.people, BO)->bio, "Builds.");
    script_close(&p);
}

static void test_settings_dialog__what_one_writes_leaves_the_own_status_alone(void **state)
{
    struct script_page p;
    struct chat_user ana = script_user(ANA);
    (void)state;
    script_open(&p, NULL);
    ana.status = SL("at lunch");
    script_act(&p, (struct action){.type = ACTION_PROFILE, .user = &ana});
    script_say(&p, "hello"); /* its event says who wrote it, and no status */
    script_sent(&p);
    script_echo(&p);
    script_assert_slice(p.m.session.person->status, "at lunch");
    script_click(&p, DOM_ACT_SETTINGS, 0);
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_STATUS), "at lunch");
    ana.status = SL("");
    script_act(&p, (struct action){.type = ACTION_PROFILE, .user = &ana});
    assert_int_equal(p.m.session.person->status.n, 0); /* that says there is none any more */
    script_close(&p);
}

static void test_settings_dialog__devices_are_told_in_words_and_signed_out(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    choose(&p, SET_TAB, SET_ACCOUNT);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/sessions");
    http(&p, 200, SESSIONS);
    assert_int_equal(p.m.dialog.rows_n, 2);
    script_assert_slice(p.m.dialog.rows[0].label, "Chrome on Linux");
    script_assert_slice(p.m.dialog.rows[0].more, "This device, from ::1");
    script_assert_slice(p.m.dialog.rows[1].label, "curl/8");
    script_assert_slice(p.m.dialog.rows[1].more, "Last seen yesterday 14:00, from 10.0.0.2");
    type(&p, DOM_FIELD_PASSWORD_NEW, "half of a passw");
    script_click(&p, DOM_ACT_SIGN_OUT_DEVICE, 6);
    const struct effect *e = script_effect(&p, EFFECT_HTTP);
    script_assert_slice(e->http.path, "/api/v1/sessions/6");
    assert_true(e->http.remove && e->http.signed_in);
    http(&p, 200, "{\"ok\":true}");
    assert_int_equal(p.m.dialog.done, WORD_DEVICE_OUT);
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_PASSWORD_NEW), "half of a passw");
    http(&p, 500, "");
    assert_int_equal(p.m.dialog.list, LIST_FAILED);
    assert_true(p.m.dialog.error.n > 0);
    script_close(&p);
}

static void test_settings_dialog__the_password_is_changed(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    choose(&p, SET_TAB, SET_ACCOUNT);
    submit(&p);
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_PASSWORD);
    type(&p, DOM_FIELD_PASSWORD, " old \"one\"");
    submit(&p);
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_PASSWORD_NEW);
    type(&p, DOM_FIELD_PASSWORD_NEW, "short");
    submit(&p);
    const struct effect *e = script_effect(&p, EFFECT_HTTP);
    script_assert_slice(e->http.json,
                        "{\"password\":\" old \\\"one\\\"\",\"new_password\":\"short\"}");
    http(&p, 400,
         "{\"error\":{\"code\":\"invalid\",\"message\":\"is too short\","
         "\"field\":\"new_password\"}}");
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_PASSWORD_NEW);
    submit(&p);
    http(&p, 200, "{\"ok\":true}");
    assert_int_equal(p.m.dialog.done, WORD_PASSWORD_CHANGED);
    assert_int_equal(dialog_text(&p.m.dialog, DOM_FIELD_PASSWORD).n, 0);
    http(&p, 200, SESSIONS); /* the devices that are left; it is still said */
    assert_int_equal(p.m.dialog.done, WORD_PASSWORD_CHANGED);
    p.m.session.person->role = CHAT_GUEST; /* who has none */
    submit(&p);
    assert_int_equal(script_count(&p, EFFECT_HTTP), 0);
    script_close(&p);
}

static void test_settings_dialog__signing_out_asks_when_something_is_unsent(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    assert_int_equal(p.m.session.state, SESSION_NONE);
    script_close(&p);
    script_open(&p, NULL);
    script_type(&p, SL("not yet"));
    script_click(&p, DOM_ACT_SETTINGS, 0);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    assert_int_equal(p.m.session.state, SESSION_IN);
    assert_int_equal(p.m.dialog.confirm, DOM_ACT_SIGN_OUT);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p.m.dialog.kind, DIALOG_SETTINGS);
    assert_int_equal(p.m.dialog.confirm, 0);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    script_click(&p, DOM_ACT_CONFIRM, 0);
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_true(p.m.kept_drafts.n > 0);
    script_close(&p);
}

static void test_settings_dialog__keys_open_the_list_of_keys(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_key(&p, DOM_KEY_QUESTION, DOM_FLAG_SHIFT | DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_key(&p, DOM_KEY_QUESTION, DOM_FLAG_SHIFT);
    assert_int_equal(p.m.dialog.kind, DIALOG_HELP);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    script_key(&p, DOM_KEY_SLASH, DOM_FLAG_CTRL | DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.dialog.kind, DIALOG_HELP);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    p.m.settings.letters_off = true;
    script_key(&p, DOM_KEY_QUESTION, DOM_FLAG_SHIFT);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_key(&p, DOM_KEY_SLASH, DOM_FLAG_CTRL);
    assert_int_equal(p.m.dialog.kind, DIALOG_HELP);
    script_close(&p);
}

static void test_settings_dialog__only_mentions_are_announced(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_FOCUS, .on = true});
    p.m.settings.announce = ANNOUNCE_MENTIONS;
    script_receive(&p, LOBBY, BO, "hello all");
    assert_int_equal(p.m.announcer.next_id, 0);
    script_receive(&p, LOBBY, BO, "hello @ana");
    assert_int_equal(p.m.announcer.next_id, 1);
    script_close(&p);
}

static void test_settings_dialog__administration_is_for_those_who_may(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ADMIN, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    p.m.session.person->role = CHAT_ADMIN;
    script_click(&p, DOM_ACT_ADMIN, 0);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/admin/users?q=");
    type(&p, DOM_FIELD_FILTER, "b&o");
    script_later(&p, DIALOG_SEARCH_MS);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path,
                        "/api/v1/admin/users?q=%62%26%6F");
    http(&p, 200,
         "{\"users\":[{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\",\"role\":\"member\"},"
         "{\"id\":9,\"name\":\"own\",\"display\":\"Own\",\"role\":\"owner\"}]}");
    script_click(&p, DOM_ACT_OPTION, 0);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/admin/sessions?user=2");
    http(&p, 200, SESSIONS);
    assert_int_equal(p.m.dialog.rows_n, 2);
    /* One device of somebody, then, when it is confirmed, all of them. */
    script_click(&p, DOM_ACT_SIGN_OUT_DEVICE, 6);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/admin/sessions/6");
    assert_true(script_effect(&p, EFFECT_HTTP)->http.remove);
    http(&p, 200, "{\"ended\":1}");
    assert_int_equal(p.m.dialog.done, WORD_DEVICE_OUT);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/admin/sessions?user=2");
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    assert_int_equal(script_count(&p, EFFECT_HTTP), 0);
    script_click(&p, DOM_ACT_DIALOG_CLOSE, 0);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    script_click(&p, DOM_ACT_CONFIRM, 0);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path,
                        "/api/v1/admin/users/2/sessions");
    http(&p, 200, "{\"ended\":2}");
    assert_int_equal(p.m.dialog.done, WORD_DEVICES_OUT);
    assert_int_equal(p.m.dialog.kind, DIALOG_ADMIN);
    people_find(&p.m.people, 2)->avatar = 7;
    script_click(&p, DOM_ACT_PICTURE_DROP, 0);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/admin/users/2/avatar");
    assert_true(script_effect(&p, EFFECT_HTTP)->http.remove);
    http(&p, 200, "{\"user\":{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\",\"role\":\"member\"}}");
    assert_int_equal(people_find(&p.m.people, 2)->avatar, 0);
    assert_int_equal(p.m.dialog.done, WORD_SAVED);
    choose(&p, ADMIN_ROLE, CHAT_MOD);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/admin/users/2/role");
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.json, "{\"role\":\"mod\"}");
    http(&p, 403, "{\"error\":{\"code\":\"forbidden\",\"message\":\"You may not\"}}");
    assert_int_equal(p.m.dialog.choices[ADMIN_ROLE], CHAT_MEMBER);
    assert_true(p.m.dialog.error.n > 0);
    script_close(&p);
}

static void test_settings_dialog__invitations_and_health(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    p.m.session.person->role = CHAT_OWNER;
    script_click(&p, DOM_ACT_ADMIN, 0);
    choose(&p, ADMIN_TAB, ADMIN_INVITES);
    http(&p, 200, "{\"invites\":[{\"id\":4,\"by\":1,\"expires\":5,\"uses\":2}]}");
    assert_int_equal(p.m.dialog.rows[0].uses, 2);
    choose(&p, ADMIN_USES, 1);
    submit(&p);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.json,
                        "{\"seconds\":604800,\"uses\":1}");
    http(&p, 200, "{\"invite\":{\"id\":5,\"token\":\"abc\",\"path\":\"/invite/abc\"}}");
    struct slice link = buf_peek(&p.m.dialog.note);
    script_assert_slice(slice_from(link, slice_find(link, '#')), "#/invite/abc");
    script_click(&p, DOM_ACT_INVITE_REVOKE, 4);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/admin/invites/4");
    http(&p, 200, "{\"ok\":true}");
    choose(&p, ADMIN_TAB, ADMIN_SERVER);
    http_of(
        &p, "/api/v1/admin/server",
        "{\"version\":\"1.2.3\",\"started\":1772460000000,\"memory_bytes\":12000000,\"users\":1204,"
        "\"database\":{\"bytes\":4096},\"files\":{\"n\":2,\"bytes\":40},\"settings\":["
        "{\"name\":\"listen\",\"value\":\"*:5000\",\"source\":\"flag\"},"
        "{\"name\":\"guests\",\"value\":\"on\",\"source\":\"new\"}]}");
    assert_int_equal(p.m.dialog.rows_n, 11);
    script_assert_slice(p.m.dialog.rows[0].more, "1.2.3");
    script_assert_slice(p.m.dialog.rows[3].more, "1204");
    script_assert_slice(p.m.dialog.rows[6].more, "4 kB");
    script_assert_slice(p.m.dialog.rows[7].more, "2, 40 bytes");
    script_assert_slice(p.m.dialog.rows[9].label, "listen");
    assert_int_equal(p.m.dialog.rows[9].id, WORD_FROM_FLAG);
    assert_int_equal(p.m.dialog.rows[10].id, WORD_FROM_DEFAULT);
    choose(&p, ADMIN_TAB, ADMIN_SERVER);
    http(&p, 200, "ready\n");
    assert_int_equal(p.m.dialog.done, WORD_SERVER_READY);
    script_click(&p, DOM_ACT_CHECK_AGAIN, 0);
    http(&p, 503, "not ready: full\n");
    assert_int_equal(p.m.dialog.done, WORD_SERVER_NOT_READY);
    script_click(&p, DOM_ACT_CHECK_AGAIN, 0);
    http(&p, 0, "");
    assert_int_equal(p.m.dialog.done, WORD_SERVER_AWAY);
    assert_false(p.m.dialog.busy);
    script_close(&p);
}

static void test_settings_dialog__pictures_of_others_are_told(void **state)
{
    struct script_page p;
    struct chat_user ana = {.id = 2, .name = SL("bo"), .avatar = 3};
    struct chat_user nobody = {.id = 99, .name = SL("nobody"), .avatar = 4};
    (void)state;
    begin(&p);
    script_act(&p, (struct action){.type = ACTION_PROFILE, .user = &ana});
    script_act(&p, (struct action){.type = ACTION_PROFILE, .user = &nobody});
    assert_int_equal(people_find(&p.m.people, 2)->avatar, 3);
    assert_null(people_find(&p.m.people, 99));
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_dialog__pictures_of_others_are_told),
        cmocka_unit_test(test_settings_dialog__what_is_chosen_holds_at_once),
        cmocka_unit_test(
            test_settings_dialog__the_profile_is_saved_and_refusals_stand_at_their_field),
        cmocka_unit_test(test_settings_dialog__a_profile_says_more),
        cmocka_unit_test(test_settings_dialog__only_what_was_changed_here_is_saved),
        cmocka_unit_test(test_settings_dialog__what_was_never_told_is_not_taken_away),
        cmocka_unit_test(test_settings_dialog__a_card_says_what_time_it_is_there),
        cmocka_unit_test(test_settings_dialog__what_one_writes_leaves_the_own_status_alone),
        cmocka_unit_test(test_settings_dialog__devices_are_told_in_words_and_signed_out),
        cmocka_unit_test(test_settings_dialog__the_password_is_changed),
        cmocka_unit_test(test_settings_dialog__signing_out_asks_when_something_is_unsent),
        cmocka_unit_test(test_settings_dialog__keys_open_the_list_of_keys),
        cmocka_unit_test(test_settings_dialog__only_mentions_are_announced),
        cmocka_unit_test(test_settings_dialog__administration_is_for_those_who_may),
        cmocka_unit_test(test_settings_dialog__invitations_and_health),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
