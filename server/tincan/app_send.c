/* Outgoing events and acknowledgements, both ways. See app.h. */
#include "app.h"

#include "mem.h"

static const struct tincan_send plain;
static const struct tincan_target everybody;

static struct slice to_slice(struct tincan_slice s)
{
    return (struct slice){s.p, s.n};
}

/* --- encoding --- */

/* Put the packet in scratch and its attachments into one run of frames. */
static bool put_frames(struct tincan *t, struct chunk_writer *w, const struct tincan_slice *attachments, unsigned n,
                       struct out_slice *out)
{
    struct out_slice piece;
    size_t bytes = t->scratch.n + WS_HEADER_BYTES_MAX;
    for (unsigned i = 0; i < n; i++) {
        bytes += attachments[i].n + WS_HEADER_BYTES_MAX;
    }
    if (chunk_writer_reserve(w, bytes) != ERR_OK ||
        chunk_put_frame(w, WS_TEXT, buf_peek(&t->scratch), (struct slice){NULL, 0}, out) != ERR_OK) {
        return app_fail(t, "out of memory");
    }
    for (unsigned i = 0; i < n; i++) {
        enum err e = chunk_put_frame(w, WS_BINARY, to_slice(attachments[i]), (struct slice){NULL, 0}, &piece);
        CHECK(e == ERR_OK); /* room was made */
        out->end = piece.end;
    }
    return true;
}

/* Everything a client would refuse is refused here already. */
static bool check_packet(struct tincan *t)
{
    struct sio_packet packet;
    const char *reason = "";
    if (sio_decode(slice_from(buf_peek(&t->scratch), 1), &packet, &reason) != ERR_OK) {
        return app_fail(t, "not sent: %s", reason);
    }
    return true;
}

static bool encode_event(struct tincan_namespace *ns, const char *event, struct tincan_slice args,
                         const struct tincan_send *send, uint64_t ack_id, struct slice offset)
{
    struct tincan *t = ns->t;
    struct sio_event packet = {
        .nsp = slice_str(ns->name),
        .event = slice_str(event),
        .args = to_slice(args),
        .has_id = send->on_ack != NULL,
        .id = ack_id,
        .attachments_n = (uint8_t)send->attachments_n,
    };
    if (send->attachments_n > TINCAN_ATTACHMENTS_MAX) {
        return app_fail(t, "not sent: more than %d attachments", TINCAN_ATTACHMENTS_MAX);
    }
    buf_reset(&t->scratch);
    enum err e = buf_putc(&t->scratch, '0' + EIO_MESSAGE);
    e = e == ERR_OK ? sio_encode_event(&packet, &t->scratch) : e;
    if (e == ERR_OK && offset.n > 0) {
        t->scratch.n--; /* one more argument before the bracket */
        e = buf_printf(&t->scratch, ",\"%.*s\"]", SL_ARG(offset));
    }
    if (e != ERR_OK) {
        return app_fail(t, "out of memory");
    }
    return check_packet(t);
}

static void tell_outgoing(struct tincan_namespace *ns, struct tincan_socket *s, const char *event, struct tincan_slice args,
                          const struct tincan_send *send)
{
    struct tincan_event e = {.socket = s,
                             .name = event,
                             .args = args,
                             .attachments = send->attachments,
                             .attachments_n = send->attachments_n,
                             .wants_ack = send->on_ack != NULL};
    for (struct middleware *m = app_handlers(ns)->any_out; m; m = m->next) {
        m->on_any(&e, m->user);
    }
}

/* --- answers to us --- */

struct pending_ack {
    struct tincan_namespace *ns;
    uint64_t id;
    tincan_ack_fn fn;
    void *user;
    struct map waiting; /* 8 bytes of a socket's ref */
    struct tincan_slice *answers;
    size_t answers_n, answers_cap;
    bool single;
    struct app_after *timeout;
};

static struct slice key_of(const uint64_t *number)
{
    return (struct slice){(const char *)number, sizeof *number};
}

static void finish_ack(struct pending_ack *p, enum tincan_ack_result result)
{
    map_remove(&p->ns->acks, key_of(&p->id));
    app_after_cancel(p->ns->t, p->timeout);
    if (p->fn) {
        p->fn(p->user, result, p->answers, p->answers_n);
    }
    for (size_t i = 0; i < p->answers_n; i++) {
        mem_free((char *)(uintptr_t)p->answers[i].p);
    }
    mem_free(p->answers);
    map_fini(&p->waiting);
    mem_free(p);
}

static void on_ack_timeout(struct tincan *t, void *user)
{
    struct pending_ack *p = user;
    (void)t;
    p->timeout = NULL;
    finish_ack(p, p->waiting.n == 0 ? TINCAN_ACK_OK : TINCAN_ACK_TIMEOUT);
}

static bool add_waiting(struct pending_ack *p, const struct tincan_socket *s)
{
    return map_set(&p->waiting, key_of(&s->ref), p) == ERR_OK;
}

static struct pending_ack *make_ack(struct tincan_namespace *ns, const struct tincan_send *send, bool single)
{
    struct pending_ack *p = mem_zalloc(sizeof *p);
    if (!p) {
        app_fail(ns->t, "out of memory");
        return NULL;
    }
    *p = (struct pending_ack){.ns = ns, .id = ns->next_ack_id++, .fn = send->on_ack, .user = send->user, .single = single};
    if (map_set(&ns->acks, key_of(&p->id), p) != ERR_OK) {
        mem_free(p);
        app_fail(ns->t, "out of memory");
        return NULL;
    }
    return p;
}

/* Nothing was sent after all. */
static void discard_ack(struct pending_ack *p)
{
    p->fn = NULL;
    finish_ack(p, TINCAN_ACK_DISCONNECTED);
}

static bool start_waiting(struct pending_ack *p, uint32_t timeout_ms)
{
    if (timeout_ms > 0 || p->waiting.n == 0) {
        p->timeout = app_after(p->ns->t, p->waiting.n == 0 ? 0 : timeout_ms, on_ack_timeout, p);
        return p->timeout != NULL;
    }
    return true;
}

static bool keep_answer(struct pending_ack *p, struct slice args)
{
    if (p->answers_n == p->answers_cap) {
        size_t cap = p->answers_cap ? p->answers_cap * 2 : 1;
        struct tincan_slice *answers = mem_realloc(p->answers, cap * sizeof *answers);
        if (!answers) {
            return false;
        }
        p->answers = answers;
        p->answers_cap = cap;
    }
    char *copy = app_copy(args);
    if (!copy) {
        return false;
    }
    p->answers[p->answers_n++] = (struct tincan_slice){copy, args.n};
    return true;
}

void app_on_ack(struct tincan_socket *s, uint64_t id, struct slice args)
{
    struct pending_ack *p = s->ns ? map_get(&s->ns->acks, key_of(&id)) : NULL;
    if (p && map_remove(&p->waiting, key_of(&s->ref)) && keep_answer(p, args) && p->waiting.n == 0) {
        finish_ack(p, TINCAN_ACK_OK);
    }
}

void app_drop_acks(struct tincan_socket *s)
{
    struct map_iter it = {0};
    struct pending_ack *p;
    while ((p = map_next(&s->ns->acks, &it, NULL))) {
        if (map_remove(&p->waiting, key_of(&s->ref)) && p->waiting.n == 0) {
            finish_ack(p, p->single ? TINCAN_ACK_DISCONNECTED : TINCAN_ACK_OK);
        }
    }
}

void app_free_acks(struct tincan_namespace *ns)
{
    struct map_iter it = {0};
    struct pending_ack *p;
    while ((p = map_next(&ns->acks, &it, NULL))) {
        finish_ack(p, TINCAN_ACK_DISCONNECTED);
    }
    map_fini(&ns->acks);
}

/* --- to one socket --- */

static bool send_to(struct tincan_socket *s, struct out_slice frames, bool is_volatile)
{
    return app_command(s->t, s->reactor,
                       &(struct command){.kind = COMMAND_SEND, .ref = s->ref, .frames = frames, .is_volatile = is_volatile});
}

bool tincan_emit_with(struct tincan_socket *s, const char *event, struct tincan_slice args, const struct tincan_send *send)
{
    struct tincan *t = s->t;
    struct pending_ack *p = NULL;
    struct out_slice frames;
    char offset[APP_OFFSET_BYTES];
    if (s->state != SOCKET_CONNECTED) {
        return app_fail(t, "not sent: the socket is not connected");
    }
    tell_outgoing(s->ns, s, event, args, send);
    if (send->on_ack && !(p = make_ack(s->ns, send, true))) {
        return false;
    }
    bool recoverable = t->recovery && !send->on_ack && !send->is_volatile;
    struct slice mark = recoverable ? app_recovery_next(t, offset) : (struct slice){NULL, 0};
    bool ok = encode_event(s->ns, event, args, send, p ? p->id : 0, mark) &&
              put_frames(t, &t->directs, send->attachments, send->attachments_n, &frames) &&
              (!p || (add_waiting(p, s) && start_waiting(p, send->timeout_ms))) && send_to(s, frames, send->is_volatile);
    if (ok && recoverable) {
        app_recovery_log_own(s, frames);
    }
    if (!ok && p) {
        discard_ack(p);
    }
    return ok;
}

bool tincan_emit(struct tincan_socket *s, const char *event, struct tincan_slice args)
{
    return tincan_emit_with(s, event, args, &plain);
}

/* --- to many --- */

/* The one room a target names, when the reactors can do it all; NULL: it must be resolved here. */
static struct app_room *simple_room(struct tincan_namespace *ns, const struct tincan_target *target)
{
    if (target->except_rooms && target->except_rooms[0]) {
        return NULL;
    }
    if (!target->rooms) {
        return &ns->all;
    }
    bool one = target->rooms[0] && !target->rooms[1];
    return one && !tincan_find(ns, target->rooms[0]) ? app_room_find(ns, target->rooms[0]) : NULL;
}

static bool push(struct tincan *t, struct app_room *room, const struct tincan_socket *except, struct out_slice frames)
{
    bool ok = true;
    for (unsigned i = 0; i < t->io_options.reactors_n; i++) {
        if (room->on_reactor_n[i] > 0) {
            ok = app_command(t, i, &(struct command){.kind = COMMAND_PUSH,
                                                     .room = room->number,
                                                     .ref = except && except->reactor == i ? except->ref : 0,
                                                     .frames = frames}) && ok;
        }
    }
    return ok;
}

static bool send_to_all(struct tincan_socket **found, size_t n, struct out_slice frames, const struct tincan_send *send,
                        struct pending_ack *p)
{
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        ok = (!p || add_waiting(p, found[i])) && send_to(found[i], frames, send->is_volatile);
    }
    return ok && (!p || start_waiting(p, send->timeout_ms));
}

static bool broadcast_resolved(struct tincan_namespace *ns, const struct tincan_target *target, struct out_slice frames,
                               const struct tincan_send *send, struct pending_ack *p)
{
    size_t n;
    struct tincan_socket **found = app_resolve(ns, target, &n);
    bool ok = found && send_to_all(found, n, frames, send, p);
    mem_free(found);
    return ok;
}

bool tincan_broadcast_with(struct tincan_namespace *ns, const struct tincan_target *target, const char *event,
                           struct tincan_slice args, const struct tincan_send *send)
{
    struct tincan *t = ns->t;
    struct pending_ack *p = NULL;
    struct out_slice frames;
    char offset[APP_OFFSET_BYTES];
    target = target ? target : &everybody;
    if (!ns->name) {
        return app_fail(t, "not sent: a pattern is no namespace");
    }
    tell_outgoing(ns, NULL, event, args, send);
    if (send->on_ack && !(p = make_ack(ns, send, false))) {
        return false;
    }
    bool recoverable = t->recovery && !send->on_ack && !send->is_volatile;
    struct slice mark = recoverable ? app_recovery_next(t, offset) : (struct slice){NULL, 0};
    struct app_room *room = send->is_volatile || send->on_ack ? NULL : simple_room(ns, target);
    bool ok = encode_event(ns, event, args, send, p ? p->id : 0, mark) &&
              put_frames(t, &t->broadcasts, send->attachments, send->attachments_n, &frames) &&
              (room ? push(t, room, target->except, frames) : broadcast_resolved(ns, target, frames, send, p));
    if (ok && recoverable) {
        app_recovery_log(ns, target, frames);
    }
    if (!ok && p) {
        discard_ack(p);
    }
    return ok;
}

bool tincan_broadcast(struct tincan_namespace *ns, const struct tincan_target *target, const char *event,
                      struct tincan_slice args)
{
    return tincan_broadcast_with(ns, target, event, args, &plain);
}

bool tincan_to(struct tincan_namespace *ns, const char *room, const char *event, struct tincan_slice args)
{
    const char *const rooms[] = {room, NULL};
    return tincan_broadcast(ns, &(struct tincan_target){.rooms = rooms}, event, args);
}

bool tincan_to_others(struct tincan_socket *sender, const char *room, const char *event, struct tincan_slice args)
{
    const char *const rooms[] = {room, NULL};
    return tincan_broadcast(sender->ns, &(struct tincan_target){.rooms = rooms, .except = sender}, event, args);
}

/* --- our answers --- */

void tincan_ack_with(struct tincan_socket *s, uint64_t ack_id, struct tincan_slice args, const struct tincan_slice *attachments,
                     unsigned attachments_n)
{
    struct tincan *t = s->t;
    struct out_slice frames;
    struct sio_packet packet = {.type = attachments_n > 0 ? SIO_BINARY_ACK : SIO_ACK,
                                .attachments_n = (uint8_t)attachments_n,
                                .nsp = slice_str(s->ns->name),
                                .has_id = true,
                                .id = ack_id,
                                .json = SL("[")};
    if (s->state != SOCKET_CONNECTED || attachments_n > TINCAN_ATTACHMENTS_MAX) {
        app_fail(t, "the answer could not be sent");
        return;
    }
    buf_reset(&t->scratch);
    enum err e = buf_putc(&t->scratch, '0' + EIO_MESSAGE);
    e = e == ERR_OK ? sio_encode(&packet, &t->scratch) : e;
    e = e == ERR_OK ? buf_put(&t->scratch, to_slice(args)) : e;
    e = e == ERR_OK ? buf_putc(&t->scratch, ']') : e;
    if (e == ERR_OK && check_packet(t) && put_frames(t, &t->directs, attachments, attachments_n, &frames)) {
        send_to(s, frames, false);
    }
}

void tincan_ack_later(struct tincan_socket *s, uint64_t ack_id, struct tincan_slice args)
{
    tincan_ack_with(s, ack_id, args, NULL, 0);
}

void tincan_ack(struct tincan_event *e, struct tincan_slice args)
{
    if (e->wants_ack) {
        e->wants_ack = false;
        tincan_ack_later(e->socket, e->ack_id, args);
    }
}
