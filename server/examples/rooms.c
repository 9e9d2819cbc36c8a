/* Rooms, acknowledgements and middleware: a door that asks for a name, rooms to join, messages that
 * are answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tincan.h>

/* Nobody gets in without a name: io(url, { auth: { name: "ana" } }). */
static void ask_name(struct tincan_connect *c, void *user)
{
    struct tincan_socket *s = tincan_connect_socket(c);
    struct tincan_slice name;
    (void)user;
    if (!tincan_json_member(tincan_auth(s), "name", &name) || name.n < 3 || name.n > 34) {
        tincan_refuse(c, "Who are you?", "{\"code\":\"name\"}");
        return;
    }
    char *copy = calloc(1, name.n + 1); /* still JSON, with its quotes */
    if (copy) {
        memcpy(copy, name.p, name.n);
    }
    tincan_set_data(s, copy, free);
    tincan_next(c);
}

static bool no_shouting(struct tincan_event *e, void *user)
{
    (void)user;
    if (strcmp(e->name, "shout") == 0) {
        tincan_ack(e, tincan_text("{\"ok\":false,\"error\":\"no shouting\"}"));
        return false;
    }
    return true;
}

/* socket.emit("join", "tea", ack) */
static void on_join(struct tincan_event *e, void *user)
{
    char room[64];
    (void)user;
    if (tincan_arg_text(e, 0, room, sizeof room) && tincan_join(e->socket, room)) {
        tincan_to_others(e->socket, room, "joined", tincan_text(tincan_data(e->socket)));
        tincan_ack(e, tincan_text("{\"ok\":true}"));
    } else {
        tincan_ack(e, tincan_text("{\"ok\":false}"));
    }
}

/* socket.emit("say", "tea", "hello", ack): to the others of the room, with the speaker's name. */
static void on_say(struct tincan_event *e, void *user)
{
    char room[64], args[1024];
    struct tincan_slice text = tincan_arg(e, 1);
    const char *name = tincan_data(e->socket);
    (void)user;
    int n = snprintf(args, sizeof args, "%s,%.*s", name, (int)text.n, text.p);
    if (!tincan_arg_text(e, 0, room, sizeof room) || !tincan_in(e->socket, room) || n < 0 ||
        (size_t)n >= sizeof args) {
        tincan_ack(e, tincan_text("{\"ok\":false,\"error\":\"join first, and be brief\"}"));
        return;
    }
    tincan_to_others(e->socket, room, "said", (struct tincan_slice){args, (size_t)n});
    tincan_ack(e, tincan_text("{\"ok\":true}"));
}

int main(int argc, char **argv)
{
    struct tincan *t =
        tincan_new(&(struct tincan_options){.listen = argc > 1 ? argv[1] : "127.0.0.1:5000"});
    struct tincan_namespace *house = t ? tincan_of(t, "/house") : NULL;
    if (!house) {
        return 1;
    }
    tincan_use(house, ask_name, NULL);
    tincan_use_event(house, no_shouting, NULL);
    if (!tincan_on_typed(house, "join", "s", on_join, NULL) ||
        !tincan_on_typed(house, "say", "ss", on_say, NULL)) {
        return 1;
    }
    return tincan_run(t);
}
