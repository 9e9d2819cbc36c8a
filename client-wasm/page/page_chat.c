/* The chat client's callbacks as actions. See page.h. */
#include "page.h"

#include "check.h"
#include "page_js.h"

static void on_token(void *user, bool refused)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_TOKEN, .on = refused}, NULL);
}

static void on_state(void *user, enum chat_client_state state, const struct sock_status *status)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_STATUS, .status = {state, status}}, NULL);
}

static void on_restored(void *user)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_RESTORED}, NULL);
}

static void on_resumed(void *user, const struct chat_user *me)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_RESUMED, .user = me}, NULL);
}

static void on_room(void *user, const struct chat_room *room)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_ROOM, .room = room}, NULL);
}

static void on_room_gone(void *user, int64_t room)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_ROOM_GONE, .id = room}, NULL);
}

static void on_event(void *user, const struct chat_event *event)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_EVENT, .event = event}, NULL);
}

static void on_reset(void *user, int64_t room, const struct chat_message *messages, uint32_t n)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_RESET, .reset = {room, messages, n}}, NULL);
}

static void on_sent(void *user, struct slice cid, enum chat_sent sent, int64_t room, int64_t seq,
                    const struct chat_answer *answer)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_SENT, .sent = {cid, sent, room, seq, answer}},
                  NULL);
}

static void on_typing(void *user, int64_t room, int64_t from, bool on)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_TYPING, .typing = {room, from, on}}, NULL);
}

static void on_presence(void *user, int64_t id, enum chat_presence state)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_PRESENCE, .presence = {id, state}}, NULL);
}

static void on_profile(void *user, const struct chat_user *me)
{
    (void)user;
    page_dispatch((struct action){.type = ACTION_PROFILE, .user = me}, NULL);
}

static void on_bye(void *user, struct slice code, uint32_t retry_after_ms)
{
    (void)user;
    (void)retry_after_ms;
    page_dispatch((struct action){.type = ACTION_BYE, .text = code}, NULL);
}

/* "?transport=polling" and its like, for tests and for networks that break WebSocket. */
static enum sock_transports wanted_transports(void)
{
    struct slice wish = page_scratch_text(page_query("transport"));
    if (slice_eq(wish, SL("polling")))
        return SOCK_POLLING_ONLY;
    if (slice_eq(wish, SL("websocket")))
        return SOCK_WEBSOCKET_ONLY;
    return slice_eq(wish, SL("upgrade")) ? SOCK_POLLING_FIRST : SOCK_WEBSOCKET_FIRST;
}

void page_chat_start(void)
{
    const struct manager_options connection = {.transports = wanted_transports()};
    const struct chat_client_callbacks callbacks = {
        .on_token = on_token,
        .on_state = on_state,
        .on_restored = on_restored,
        .on_resumed = on_resumed,
        .on_room = on_room,
        .on_room_gone = on_room_gone,
        .on_event = on_event,
        .on_reset = on_reset,
        .on_sent = on_sent,
        .on_typing = on_typing,
        .on_presence = on_presence,
        .on_profile = on_profile,
        .on_bye = on_bye,
    };
    page.chat = chat_client_new(&connection, &callbacks);
    CHECK(page.chat);
}
