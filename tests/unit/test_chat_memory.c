/* The chat client with every allocation failing once, while everything goes on: it goes on, and loses nothing. */
#include "chat_script.h"

#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum err ask_users(struct chat_client *c)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_Q, .q = SL("be")};
    return chat_client_ask(c, EVENT_USERS, &r, chat_asked, (void *)(uintptr_t) "x");
}

static struct chat_client *client_of_run;
static bool was_live;

static void act(int step)
{
    char hex[CHAT_CID_HEX];
    if (step % 7 == 1) {
        enum err e = chat_client_send(client_of_run, 1, SL("hello"), 0, NULL, hex);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
    }
    if (step % 7 == 2) {
        enum err e = ask_users(client_of_run);
        assert_true(e == ERR_OK || e == ERR_NOMEM || e == ERR_CLOSED || e == ERR_RATE);
    }
    if (step % 7 == 3) {
        (void)chat_client_follow(client_of_run, 1, true);
    }
}

/* Whatever was asked is answered. */
static void answer_all(void)
{
    static const char *const rooms =
        ROOM("1", MINE("3", "4", "2", "1", "0") ",\"delta\":[" SAID("1", "4", "3", "x") "]");
    static char asked[1u << 16];
    const char *transcript = script_take();
    was_live = was_live || strstr(transcript, "* live\n");
    assert_true(strlen(transcript) < sizeof asked);
    memcpy(asked, transcript, strlen(transcript) + 1);
    for (const char *at = asked; (at = strstr(at, "> ws 42/chat,")) && script_has_ws();) {
        unsigned id = 0;
        for (at += strlen("> ws 42/chat,"); *at >= '0' && *at <= '9'; at++) {
            id = id * 10 + (unsigned)(*at - '0');
        }
        if (strncmp(at, "[\"resume\"", 9) == 0) {
            chat_answer_resume(id, rooms);
        } else if (strncmp(at, "[\"sync\"", 7) == 0) {
            chat_answer(id, "{\"ok\":true,\"ev\":5,\"delta\":[" SAID("1", "5", "4", "x") "]}");
        } else {
            chat_answer(id, "{\"ok\":true,\"seq\":5,\"read_seq\":2,\"unread\":0,\"mentions\":0}");
        }
    }
}

/* What the server says of itself at that step. */
static void speak(int step)
{
    if (step % 16 == 3) {
        chat_says("event", SAID("1", "6", "5", "ahead"));
    } else if (step % 16 == 5) {
        chat_says("event", SAID("1", "5", "4", "next"));
    } else if (step % 16 == 7) {
        chat_says("me",
                  "{\"kind\":\"room\",\"room\":" ROOM("2", MINE("0", "1", "0", "0", "0")) "}");
    } else if (step % 16 == 9) {
        chat_says("event", SAID("2", "2", "1", "hello @ann"));
    } else if (step % 16 == 11) {
        chat_says("event",
                  EVENT_OF("2", "3", "delete",
                           "\"message\":" MESSAGE("2", "1", "9", "", ",\"deleted\":true")));
    } else if (step % 16 == 15) {
        script_ws_end();
    }
}

static void serve(int step)
{
    if (!script_has_ws()) {
        return;
    }
    if (!script_ws_is_open()) {
        script_ws_accept();
        if (script_has_ws()) {
            script_ws_text("0{\"sid\":\"sid\",\"upgrades\":[],\"pingInterval\":3600000,"
                           "\"pingTimeout\":3600000,\"maxPayload\":100000}");
        }
        if (script_has_ws()) {
            script_ws_text("40/chat,{\"sid\":\"io\"}");
        }
        return;
    }
    if (chat_client_state(client_of_run) == CHAT_CLIENT_RESUMING && step % 2) {
        chat_says("event", SAID("2", "5", "4", "of a room not known yet"));
    } else {
        answer_all();
    }
    if (script_has_ws() && chat_client_state(client_of_run) == CHAT_CLIENT_LIVE) {
        speak(step);
    }
}

static void run(int steps)
{
    for (int i = 0; i < steps; i++) {
        act(i);
        serve(i);
        script_pass(400);
    }
}

static void test_chat_memory__every_failing_allocation_is_survived(void **state)
{
    (void)state;
    for (unsigned long n = 1; n <= 800; n++) {
        script_reset();
        mem_fail_after(n, 0);
        client_of_run = chat_opened();
        if (client_of_run) {
            run(48);
        }
        mem_fail_after(0, 0);
        if (client_of_run) {
            was_live = false;
            run(48);
            if (!was_live || chat_client_waiting_n(client_of_run) > 2) {
                print_error("allocation %lu: it does not come back, or %u wait\n", n,
                            chat_client_waiting_n(client_of_run));
                fail();
            }
            chat_client_free(client_of_run);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chat_memory__every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
