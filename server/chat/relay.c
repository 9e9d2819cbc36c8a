/* See relay.h. */
#include "relay.h"

#include "clock.h"
#include "json.h"
#include "log.h"

/* How often a sender without acknowledgements is told that it is over its rate. */
#define LIMITED_EVENT_MS 1000

struct relay_socket {
    struct rate_bucket messages;
    int64_t told_us;
};

static enum io_verdict on_connect(struct io_socket *s, struct slice auth, struct slice *message)
{
    (void)s;
    (void)auth;
    (void)message;
    return IO_ACCEPT;
}

static void refuse(struct io_socket *s, const struct sio_packet *packet, const char *code,
                   const char *text, uint32_t retry_after_ms)
{
    struct relay_socket *rs = io_socket_data(s);
    char error[160];
    char reply[200];
    int error_n =
        snprintf(error, sizeof error,
                 "{\"code\":\"%s\",\"message\":\"%s\",\"retry\":\"same\",\"retry_after_ms\":%u}",
                 code, text, retry_after_ms);
    if (packet->has_id) {
        int n = snprintf(reply, sizeof reply, "{\"ok\":false,\"error\":%s}", error);
        io_ack(s, packet->id, (struct slice){reply, (size_t)n});
        return;
    }
    int64_t now_us = clock_now_us();
    if (rs->told_us == 0 || now_us - rs->told_us >= LIMITED_EVENT_MS * 1000) {
        rs->told_us = now_us;
        io_emit(s, SL("limited"), (struct slice){error, (size_t)error_n});
    }
}

static void accept_message(const struct relay *r, struct io_socket *s,
                           const struct sio_packet *packet)
{
    if (packet->has_id) {
        io_ack(s, packet->id, SL("{\"ok\":true}"));
    }
    if (r->on_message) {
        r->on_message(r->user, packet);
    }
}

static void on_event(struct io_socket *s, const struct sio_packet *packet,
                     const struct io_attachments *attachments)
{
    struct relay *r = io_socket_namespace(s)->user;
    struct relay_socket *rs = io_socket_data(s);
    bool is_text = packet->event.p[0] == '"'; /* an event may also be named by a number */
    if (!is_text || !json_string_eq(packet->event, SL("message"))) {
        return; /* as with any event nobody listens to */
    }
    uint32_t wait_ms = rate_take(&rs->messages, &r->message_limit, clock_now_us());
    if (wait_ms > 0) {
        log_peer(LOG_DEBUG, L_CHAT, "message over the rate", "wait_ms=%u", wait_ms);
        refuse(s, packet, "rate", "Too many messages", wait_ms);
    } else if (io_relay(s, packet, attachments) != ERR_OK) {
        refuse(s, packet, "internal", "The server is out of memory", 1000);
    } else {
        accept_message(r, s, packet);
    }
}

static void on_disconnect(struct io_socket *s, const char *reason)
{
    (void)s;
    (void)reason;
}

struct io_namespace relay_namespace(struct relay *r)
{
    return (struct io_namespace){
        .name = SL("/"),
        .user = r,
        .socket_data_bytes = sizeof(struct relay_socket),
        .on_connect = on_connect,
        .on_event = on_event,
        .on_disconnect = on_disconnect,
    };
}
