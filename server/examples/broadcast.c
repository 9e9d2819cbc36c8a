/* The tutorial's server.js in C: what anybody says, everybody hears. */
#include <stdio.h>
#include <tincan.h>

static void on_connection(struct tincan_socket *s, void *user)
{
    (void)user;
    printf("connected: %s\n", tincan_id(s));
}

static void on_message(struct tincan_event *e, void *user)
{
    struct tincan_send with = {.attachments = e->attachments, .attachments_n = e->attachments_n};
    tincan_broadcast_with(user, NULL, "message", e->args, &with);
}

static void on_disconnect(struct tincan_socket *s, const char *reason, void *user)
{
    (void)user;
    printf("disconnected: %s (%s)\n", tincan_id(s), reason);
}

int main(int argc, char **argv)
{
    struct tincan *t =
        tincan_new(&(struct tincan_options){.listen = argc > 1 ? argv[1] : "127.0.0.1:5000"});
    struct tincan_namespace *all = t ? tincan_of(t, "/") : NULL;
    if (!all || !tincan_on(all, "message", on_message, all)) {
        return 1;
    }
    tincan_on_connection(all, on_connection, NULL);
    tincan_on_disconnect(all, on_disconnect, NULL);
    return tincan_run(t);
}
