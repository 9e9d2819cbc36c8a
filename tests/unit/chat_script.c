/* A chat client whose server the test plays. */
#include "chat_script.h"

#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PACKET_BYTES (8u << 20)

static struct {
    struct chat_client *client;
    const char *token;
    const char *inside_kind;
    void (*inside)(struct chat_client *c);
} script;

static char packet[PACKET_BYTES];

void chat_script_token(const char *token)
{
    script.token = token;
}

void chat_script_inside(const char *kind, void (*fn)(struct chat_client *c))
{
    script.inside_kind = kind;
    script.inside = fn;
}

static void inside(const char *kind)
{
    if (script.inside && strcmp(script.inside_kind, kind) == 0) {
        void (*fn)(struct chat_client * c) = script.inside;
        script.inside = NULL;
        fn(script.client);
    }
}

/* ---- the client's user ---- */

static void on_token(void *user, bool refused)
{
    (void)user;
    script_say(refused ? "* token refused?\n" : "* token?\n");
    inside("token");
    if (script.token) {
        chat_client_token(script.client, slice_str(script.token));
    }
}

static void on_state(void *user, enum chat_client_state state, const struct sock_status *status)
{
    static const char *const names[] = {"idle", "connecting", "resuming", "live", "signed out"};
    (void)user;
    (void)status;
    script_say("* %s\n", names[state]);
    inside("state");
}

static void on_restored(void *user)
{
    (void)user;
    script_say("* restored\n");
}

static void on_resumed(void *user, const struct chat_user *me)
{
    (void)user;
    script_say("* me %.*s\n", SL_ARG(me->name));
    inside("resumed");
}

static void on_room(void *user, const struct chat_room *room)
{
    (void)user;
    script_say("* room %lld seq %lld ev %lld read %lld unread %lld mentions %lld members %u %.*s\n",
               (long long)room->id, (long long)room->seq, (long long)room->ev,
               (long long)room->read_seq, (long long)room->unread, (long long)room->mentions,
               room->members, SL_ARG(room->name));
    inside("room");
}

static void on_room_gone(void *user, int64_t room, bool put_out)
{
    (void)user;
    script_say("* gone %lld%s\n", (long long)room, put_out ? " put out" : "");
    inside("gone");
}

static void on_event(void *user, const struct chat_event *e)
{
    (void)user;
    script_say("* event %lld %lld %s", (long long)e->room, (long long)e->ev,
               chat_event_kind_name(e->kind));
    if (e->message) {
        script_say(" %lld %.*s", (long long)e->message->seq, SL_ARG(e->message->text));
    }
    script_say("\n");
    inside("event");
}

static void on_reset(void *user, int64_t room, const struct chat_message *messages, uint32_t n)
{
    (void)user;
    script_say("* reset %lld:", (long long)room);
    for (uint32_t i = 0; i < n; i++) {
        script_say("%s %lld %.*s", i ? "," : "", (long long)messages[i].seq,
                   SL_ARG(messages[i].text));
    }
    script_say("\n");
    inside("reset");
}

static const char *why(const struct chat_answer *answer)
{
    if (answer->result != ERR_OK) {
        return err_text(answer->result);
    }
    return answer->why.error < CHAT_ERRORS_N ? chat_error_rows[answer->why.error].code
                                             : "something else";
}

static void on_sent(void *user, struct slice cid, enum chat_sent sent, int64_t room, int64_t seq,
                    const struct chat_answer *answer)
{
    (void)user;
    CHECK(cid.n == CHAT_CID_HEX);
    if (sent == CHAT_SENT_OK) {
        script_say("* sent %.2s %lld %lld\n", cid.p, (long long)room, (long long)seq);
    } else {
        script_say("* failed %.2s %lld: %s\n", cid.p, (long long)room, why(answer));
    }
    inside("sent");
}

static void on_put_off(void *user, struct slice cid, const struct chat_answer *answer)
{
    (void)user;
    CHECK(cid.n == CHAT_CID_HEX);
    script_say("* put off %.2s %lld: %s %u\n", cid.p, (long long)answer->room, why(answer),
               answer->why.retry_after_ms);
    inside("put off");
}

static void on_block(void *user, const struct chat_user *who, bool on)
{
    (void)user;
    script_say("* block %lld %s\n", (long long)who->id, on ? "on" : "off");
}

static void on_typing(void *user, int64_t room, int64_t from, bool on)
{
    (void)user;
    script_say("* typing %lld %lld %s\n", (long long)room, (long long)from, on ? "on" : "off");
}

static void on_presence(void *user, int64_t id, enum chat_presence state)
{
    (void)user;
    script_say("* presence %lld %s\n", (long long)id, chat_presence_name(state));
}

static void on_clock(void *user, int64_t utc_ms)
{
    (void)user;
    script_say("* clock %lld\n", (long long)utc_ms);
}

static void on_workspace(void *user, struct slice name)
{
    (void)user;
    if (name.n > 0) {
        script_say("* workspace %.*s\n", SL_ARG(name));
    }
}

static void on_profile(void *user, const struct chat_user *me)
{
    (void)user;
    script_say("* profile %.*s\n", SL_ARG(me->name));
}

static void on_bye(void *user, struct slice code, uint32_t retry_after_ms)
{
    (void)user;
    script_say("* bye %.*s %u\n", SL_ARG(code), retry_after_ms);
}

void chat_asked(void *name, const struct chat_answer *answer)
{
    script_say("* answer %s ", (const char *)name);
    if (answer->result != ERR_OK) {
        script_say("%s\n", err_text(answer->result));
    } else if (answer->ok) {
        script_say("ok %.*s\n", SL_ARG(answer->json));
    } else {
        script_say("%s \"%.*s\" in \"%.*s\"\n", why(answer), SL_ARG(answer->why.message),
                   SL_ARG(answer->why.field));
    }
    inside("answer");
}

/* ---- beginnings ---- */

struct chat_client *chat_opened(void)
{
    return chat_opened_by(SOCK_WEBSOCKET_ONLY);
}

struct chat_client *chat_opened_by(enum sock_transports transports)
{
    const struct manager_options connection = {.transports = transports};
    const struct chat_client_callbacks callbacks = {.on_token = on_token,
                                                    .on_state = on_state,
                                                    .on_restored = on_restored,
                                                    .on_resumed = on_resumed,
                                                    .on_room = on_room,
                                                    .on_room_gone = on_room_gone,
                                                    .on_event = on_event,
                                                    .on_reset = on_reset,
                                                    .on_sent = on_sent,
                                                    .on_put_off = on_put_off,
                                                    .on_block = on_block,
                                                    .on_typing = on_typing,
                                                    .on_presence = on_presence,
                                                    .on_clock = on_clock,
                                                    .on_workspace = on_workspace,
                                                    .on_profile = on_profile,
                                                    .on_bye = on_bye};
    script.token = "t";
    script.inside = NULL;
    script.client = chat_client_new(&connection, &callbacks);
    if (script.client) {
        chat_client_open(script.client);
        script_pass(0);
    }
    return script.client;
}

void chat_let_in(void)
{
    script_ws_accept();
    script_ws_text(
        "0{\"sid\":\"sid\",\"upgrades\":[],\"pingInterval\":3600000,\"pingTimeout\":3600000,"
        "\"maxPayload\":100000}");
    script_ws_text("40/chat,{\"sid\":\"io\"}");
}

struct chat_client *chat_live(const char *rooms)
{
    struct chat_client *c = chat_opened();
    CHECK(c);
    chat_let_in();
    chat_answer_resume(0, rooms);
    script_take();
    return c;
}

/* ---- the server's part ---- */

__attribute__((format(printf, 1, 2))) static void serve(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(packet, sizeof packet, format, args);
    va_end(args);
    CHECK(n > 0 && (size_t)n < sizeof packet);
    script_ws_text(packet);
}

void chat_answer(unsigned ack_id, const char *json)
{
    serve("43/chat,%u[%s]", ack_id, json);
}

void chat_says(const char *event, const char *json)
{
    serve("42/chat,[\"%s\",%s]", event, json);
}

void chat_answer_resume(unsigned ack_id, const char *rooms)
{
    serve("43/chat,%u[{\"ok\":true,\"epoch\":\"e\"," ME ",\"rooms\":[%s]}]", ack_id, rooms);
}

void chat_refuse(unsigned ack_id, const char *code, const char *retry, unsigned after_ms)
{
    char after[48] = "";
    if (after_ms > 0) {
        (void)snprintf(after, sizeof after, ",\"retry_after_ms\":%u", after_ms);
    }
    serve(
        "43/"
        "chat,%u[{\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":\"no\",\"retry\":\"%s\"%s}}]",
        ack_id, code, retry, after);
}
