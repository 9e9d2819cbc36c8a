/* The chat client's callbacks as actions. See carry.h. */
#include "carry.h"

static void act(void *user, struct action action)
{
    ((struct carry *)user)->act(action);
}

static void on_token(void *user, bool refused)
{
    act(user, (struct action){.type = ACTION_TOKEN, .on = refused});
}

static void on_state(void *user, enum chat_client_state state, const struct sock_status *status)
{
    act(user, (struct action){.type = ACTION_STATUS, .status = {state, status}});
}

static void on_restored(void *user)
{
    act(user, (struct action){.type = ACTION_RESTORED});
}

static void on_resumed(void *user, const struct chat_user *me)
{
    act(user, (struct action){.type = ACTION_RESUMED, .user = me});
}

static void on_clock(void *user, int64_t utc_ms)
{
    act(user, (struct action){.type = ACTION_CLOCK, .id = utc_ms});
}

static void on_workspace(void *user, struct slice name)
{
    act(user, (struct action){.type = ACTION_WORKSPACE, .text = name});
}

static void on_room(void *user, const struct chat_room *room)
{
    act(user, (struct action){.type = ACTION_ROOM, .room = room});
}

static void on_room_gone(void *user, int64_t room, bool put_out)
{
    act(user, (struct action){.type = ACTION_ROOM_GONE, .gone = {room, put_out}});
}

static void on_event(void *user, const struct chat_event *event)
{
    act(user, (struct action){.type = ACTION_EVENT, .event = event});
}

static void on_reset(void *user, int64_t room, const struct chat_message *messages, uint32_t n)
{
    act(user, (struct action){.type = ACTION_RESET, .reset = {room, messages, n}});
}

static void on_sent(void *user, struct slice cid, enum chat_sent sent, int64_t room, int64_t seq,
                    const struct chat_answer *answer)
{
    act(user, (struct action){.type = ACTION_SENT, .sent = {cid, sent, room, seq, answer}});
}

static void on_put_off(void *user, struct slice cid, const struct chat_answer *answer)
{
    (void)cid;
    act(user,
        (struct action){.type = ACTION_PUT_OFF,
                        .put_off = {answer->room, answer->why.error, answer->why.retry_after_ms}});
}

static void on_typing(void *user, int64_t room, int64_t from, bool on)
{
    act(user, (struct action){.type = ACTION_TYPING, .typing = {room, from, on}});
}

static void on_presence(void *user, int64_t id, enum chat_presence state)
{
    act(user, (struct action){.type = ACTION_PRESENCE, .presence = {.id = id, .state = state}});
}

static void on_unread(void *user, int64_t room)
{
    act(user, (struct action){.type = ACTION_UNREAD, .id = room});
}

static void on_draft(void *user, int64_t room, int64_t rev, struct slice text, int64_t reply_to)
{
    act(user, (struct action){.type = ACTION_DRAFT, .draft = {room, rev, reply_to, text}});
}

static void on_reports(void *user, int64_t room, int64_t open_n)
{
    act(user, (struct action){.type = ACTION_REPORTS, .reports = {room, open_n}});
}

static void on_block(void *user, const struct chat_user *who, bool on)
{
    act(user, (struct action){.type = ACTION_BLOCK, .block = {who, on}});
}

static void on_profile(void *user, const struct chat_user *whose)
{
    act(user, (struct action){.type = ACTION_PROFILE, .user = whose});
}

static void on_bye(void *user, struct slice code, uint32_t retry_after_ms)
{
    (void)retry_after_ms;
    act(user, (struct action){.type = ACTION_BYE, .text = code});
}

bool carry_start(struct carry *c)
{
    const struct chat_client_callbacks callbacks = {
        .user = c,
        .on_token = on_token,
        .on_state = on_state,
        .on_restored = on_restored,
        .on_resumed = on_resumed,
        .on_clock = on_clock,
        .on_workspace = on_workspace,
        .on_room = on_room,
        .on_room_gone = on_room_gone,
        .on_event = on_event,
        .on_reset = on_reset,
        .on_sent = on_sent,
        .on_put_off = on_put_off,
        .on_typing = on_typing,
        .on_presence = on_presence,
        .on_unread = on_unread,
        .on_draft = on_draft,
        .on_reports = on_reports,
        .on_block = on_block,
        .on_profile = on_profile,
        .on_bye = on_bye,
    };
    c->chat = chat_client_new(&c->connection, &callbacks);
    return c->chat != NULL;
}

void carry_fini(struct carry *c)
{
    chat_client_free(c->chat);
    c->chat = NULL;
}
