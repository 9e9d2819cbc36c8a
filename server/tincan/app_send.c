/* Outgoing events, and our answers. See app.h. */
#include "app.h"

#include "mem.h"

static const struct tincan_send plain;
static const struct tincan_target everybody;

static struct slice to_slice(struct tincan_slice s)
{
    return (struct slice){s.p, s.n};
}

/* --- encoding --- */

/* An event on its way out. */
struct sending {
    struct tincan_namespace *ns;
    const char *event;
    struct tincan_slice args;
    const struct tincan_send *with;
    struct pending_ack *ack; /* NULL: no answer is wanted */
    bool numbered;           /* it gets an offset, for those who can be recovered */
    struct out_slice frames[APP_VARIANTS_N];
};

/* Put the packet in scratch and its attachments into one run of frames. */
static bool put_frames(struct tincan *t, struct chunk_writer *w,
                       const struct tincan_slice *attachments, unsigned n, struct out_slice *out)
{
    struct out_slice piece;
    size_t bytes = t->scratch.n + WS_HEADER_BYTES_MAX;
    for (unsigned i = 0; i < n; i++) {
        bytes += attachments[i].n + WS_HEADER_BYTES_MAX;
    }
    if (chunk_writer_reserve(w, bytes) != ERR_OK ||
        chunk_put_frame(w, WS_TEXT, buf_peek(&t->scratch), (struct slice){NULL, 0}, out) !=
            ERR_OK) {
        return app_fail(t, "not sent: out of memory, or too large");
    }
    for (unsigned i = 0; i < n; i++) {
        enum err e = chunk_put_frame(w, WS_BINARY, to_slice(attachments[i]),
                                     (struct slice){NULL, 0}, &piece);
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

/* The packet in scratch. */
static bool encode(struct tincan *t, const struct sio_event *packet)
{
    buf_reset(&t->scratch);
    enum err e = buf_putc(&t->scratch, '0' + EIO_MESSAGE);
    e = e == ERR_OK ? sio_encode_event(packet, &t->scratch) : e;
    return e == ERR_OK ? check_packet(t) : app_fail(t, "not sent: out of memory, or too large");
}

static bool encode_event(const struct sending *out)
{
    const struct sio_event packet = {
        .nsp = slice_str(out->ns->name),
        .event = slice_str(out->event),
        .args = to_slice(out->args),
        .has_id = out->ack != NULL,
        .id = out->ack ? app_ack_id(out->ack) : 0,
        .attachments_n = (uint8_t)out->with->attachments_n,
    };
    return encode(out->ns->t, &packet);
}

/* The packet in scratch gets its offset as one more argument. */
static bool put_offset(struct tincan *t)
{
    char offset[APP_OFFSET_BYTES];
    struct slice text = app_recovery_next(t, offset);
    t->scratch.n--; /* the bracket */
    return buf_printf(&t->scratch, ",\"%.*s\"]", SL_ARG(text)) == ERR_OK ||
           app_fail(t, "not sent: out of memory, or too large");
}

/* One variant's frames, kept until the sending is over: the next ones may begin another chunk. */
static bool keep_frames(struct sending *out, struct chunk_writer *w, unsigned variant)
{
    bool ok = put_frames(out->ns->t, w, out->with->attachments, out->with->attachments_n,
                         &out->frames[variant]);
    if (ok) {
        chunk_ref(out->frames[variant].chunk);
    }
    return ok;
}

static void release_frames(struct sending *out)
{
    for (unsigned v = 0; v < APP_VARIANTS_N; v++) {
        if (out->frames[v].chunk) {
            chunk_unref(out->frames[v].chunk);
        }
    }
}

/* The frames of the variants that are needed; both are the same when nothing is numbered. */
static bool make_frames(struct sending *out, struct chunk_writer *w, bool plain_needed)
{
    if (!encode_event(out)) {
        return false;
    }
    if ((plain_needed || !out->numbered) && !keep_frames(out, w, APP_PLAIN)) {
        return false;
    }
    if (out->numbered) {
        return put_offset(out->ns->t) && keep_frames(out, w, APP_RECOVERABLE);
    }
    out->frames[APP_RECOVERABLE] = out->frames[APP_PLAIN];
    chunk_ref(out->frames[APP_RECOVERABLE].chunk);
    return true;
}

static bool wants_ack(const struct tincan_send *send)
{
    return send->on_ack || send->on_answers;
}

/* What can be said before anything is done; then the catch-all handlers hear of it. */
static bool begin(const struct sending *out, struct tincan_socket *s)
{
    struct tincan_event e = {.socket = s,
                             .name = out->event,
                             .args = out->args,
                             .attachments = out->with->attachments,
                             .attachments_n = out->with->attachments_n,
                             .wants_ack = wants_ack(out->with)};
    if (out->with->attachments_n > TINCAN_ATTACHMENTS_MAX) {
        return app_fail(out->ns->t, "not sent: more than %d attachments", TINCAN_ATTACHMENTS_MAX);
    }
    for (struct row *row = app_first_row(out->ns, ROW_ANY_OUT); row;
         row = app_next_row(out->ns, ROW_ANY_OUT, row)) {
        row->on_any(&e, row->user);
    }
    return true;
}

/* --- to one socket --- */

static bool send_one(const struct sending *out, const struct tincan_socket *s)
{
    return app_command(s->t, s->reactor,
                       &(struct command){.kind = COMMAND_SEND,
                                         .ref = s->ref,
                                         .frames = out->frames[s->recoverable],
                                         .is_volatile = out->with->is_volatile,
                                         .volatile_bytes = out->with->volatile_bytes});
}

bool tincan_emit_with(struct tincan_socket *s, const char *event, struct tincan_slice args,
                      const struct tincan_send *send)
{
    struct tincan *t = s->t;
    struct sending out = {.ns = s->ns, .event = event, .args = args, .with = send ? send : &plain};
    if (s->state == SOCKET_CONNECTED && !begin(&out, s)) {
        return false;
    }
    if (s->state != SOCKET_CONNECTED) {
        return app_fail(t, "not sent: the socket is not connected");
    }
    if (wants_ack(out.with) && !(out.ack = app_ack_new(s->ns, out.with, &s, 1))) {
        return false;
    }
    out.numbered = s->recoverable && app_recovery_on(s->ns) && !out.ack && !out.with->is_volatile;
    bool ok = make_frames(&out, &t->directs, false) && send_one(&out, s);
    if (ok && out.numbered) {
        const char *const rooms[] = {s->id, NULL};
        app_recovery_log(s->ns, &(struct tincan_target){.rooms = rooms},
                         out.frames[APP_RECOVERABLE]);
    }
    if (!ok && out.ack) {
        app_ack_discard(out.ack);
    }
    release_frames(&out);
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

/* Is there nobody in any of the rooms that a target names? */
static bool nobody_is_there(struct tincan_namespace *ns, const struct tincan_target *target)
{
    for (const char *const *room = target->rooms; room && *room; room++) {
        if (app_room_find(ns, *room) || tincan_find(ns, *room)) {
            return false;
        }
    }
    return target->rooms != NULL;
}

static bool has_plain_members(const struct tincan_namespace *ns)
{
    for (unsigned i = 0; i < ns->t->io_options.reactors_n; i++) {
        if (ns->all.on_reactor_n[APP_VARIANTS_N * i + APP_PLAIN] > 0) {
            return true;
        }
    }
    return false;
}

/* Room for commands is made first: all reactors hear of it, or none. */
static bool reserve_all(struct tincan *t, size_t n)
{
    for (unsigned i = 0; i < t->io_options.reactors_n; i++) {
        if (n > UINT32_MAX / 4 || !app_reserve(t, i, (uint32_t)n)) {
            return false;
        }
    }
    return true;
}

static bool push(const struct sending *out, const struct app_room *room,
                 const struct tincan_socket *except)
{
    struct tincan *t = out->ns->t;
    if (!reserve_all(t, APP_VARIANTS_N)) {
        return false;
    }
    for (unsigned i = 0; i < APP_VARIANTS_N * t->io_options.reactors_n; i++) {
        unsigned reactor = i / APP_VARIANTS_N, variant = i % APP_VARIANTS_N;
        if (room->on_reactor_n[i] > 0) {
            bool ok = app_command(
                t, reactor,
                &(struct command){.kind = COMMAND_PUSH,
                                  .room = room->number[variant],
                                  .ref = except && except->reactor == reactor ? except->ref : 0,
                                  .frames = out->frames[variant],
                                  .is_volatile = out->with->is_volatile,
                                  .volatile_bytes = out->with->volatile_bytes});
            CHECK(ok); /* there is room */
        }
    }
    return true;
}

static bool send_each(const struct sending *out, struct tincan_socket *const *found, size_t n)
{
    if (!reserve_all(out->ns->t, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool ok = send_one(out, found[i]);
        CHECK(ok); /* there is room */
    }
    return true;
}

static bool broadcast_resolved(struct sending *out, const struct tincan_target *target)
{
    size_t n;
    struct tincan_namespace *ns = out->ns;
    struct tincan_socket **found = app_resolve(ns, target, &n);
    bool ok = found != NULL;
    if (ok && wants_ack(out->with)) {
        out->ack = app_ack_new(ns, out->with, found, n);
        ok = out->ack != NULL;
    }
    ok = ok && make_frames(out, &ns->t->broadcasts, has_plain_members(ns)) &&
         send_each(out, found, n);
    if (!ok && out->ack) {
        app_ack_discard(out->ack);
    }
    mem_free(found);
    return ok;
}

bool tincan_broadcast_with(struct tincan_namespace *ns, const struct tincan_target *target,
                           const char *event, struct tincan_slice args,
                           const struct tincan_send *send)
{
    struct tincan *t = ns->t;
    struct sending out = {.ns = ns, .event = event, .args = args, .with = send ? send : &plain};
    target = target ? target : &everybody;
    if (!ns->name) {
        return app_fail(t, "not sent: a pattern has no sockets");
    }
    if (!begin(&out, NULL)) {
        return false;
    }
    if (!wants_ack(out.with) && !app_recovery_on(ns) && nobody_is_there(ns, target)) {
        return encode_event(&out); /* only whether it could be sent */
    }
    const struct tincan_socket *except =
        target->except && target->except->ns == ns ? target->except : NULL;
    struct app_room *room = wants_ack(out.with) ? NULL : simple_room(ns, target);
    out.numbered = app_recovery_on(ns) && !wants_ack(out.with) && !out.with->is_volatile;
    bool ok =
        room ? make_frames(&out, &t->broadcasts, has_plain_members(ns)) && push(&out, room, except)
             : broadcast_resolved(&out, target);
    if (ok && out.numbered) {
        app_recovery_log(ns, target, out.frames[APP_RECOVERABLE]);
    }
    release_frames(&out);
    return ok;
}

bool tincan_broadcast(struct tincan_namespace *ns, const struct tincan_target *target,
                      const char *event, struct tincan_slice args)
{
    return tincan_broadcast_with(ns, target, event, args, &plain);
}

bool tincan_to(struct tincan_namespace *ns, const char *room, const char *event,
               struct tincan_slice args)
{
    const char *const rooms[] = {room, NULL};
    return tincan_broadcast(ns, &(struct tincan_target){.rooms = rooms}, event, args);
}

bool tincan_to_others(struct tincan_socket *sender, const char *room, const char *event,
                      struct tincan_slice args)
{
    const char *const rooms[] = {room, NULL};
    return tincan_broadcast(sender->ns, &(struct tincan_target){.rooms = rooms, .except = sender},
                            event, args);
}

/* --- to an inline namespace --- */

bool app_inline_emit(struct tincan *t, unsigned row, const char *event, struct tincan_slice args)
{
    const struct sio_event packet = {
        .nsp = t->rows[row].name, .event = slice_str(event), .args = to_slice(args)};
    struct command c = {.kind = COMMAND_PUSH_ROW, .room = row};
    CHECK(row < t->io_options.namespaces_n && !t->rows[row].private_room);
    if (!encode(t, &packet) || !put_frames(t, &t->broadcasts, NULL, 0, &c.frames) ||
        !reserve_all(t, 1)) {
        return false;
    }
    for (unsigned i = 0; t->io && i < t->io_options.reactors_n; i++) {
        if (io_reactor_hub(t->io, i)->rooms[row].members_n > 0) {
            bool ok = app_command(t, i, &c);
            CHECK(ok); /* there is room */
        }
    }
    return true;
}

/* --- our answers --- */

static bool encode_ack(struct tincan_socket *s, uint64_t ack_id, struct tincan_slice args,
                       unsigned attachments_n)
{
    struct buf *out = &s->t->scratch;
    const struct sio_packet packet = {.type = attachments_n > 0 ? SIO_BINARY_ACK : SIO_ACK,
                                      .attachments_n = (uint8_t)attachments_n,
                                      .nsp = slice_str(s->ns->name),
                                      .has_id = true,
                                      .id = ack_id,
                                      .json = SL("[")};
    buf_reset(out);
    enum err e = buf_putc(out, '0' + EIO_MESSAGE);
    e = e == ERR_OK ? sio_encode(&packet, out) : e;
    e = e == ERR_OK ? buf_put(out, to_slice(args)) : e;
    e = e == ERR_OK ? buf_putc(out, ']') : e;
    return e == ERR_OK ? check_packet(s->t)
                       : app_fail(s->t, "not answered: out of memory, or too large");
}

bool tincan_ack_with(struct tincan_socket *s, uint64_t ack_id, struct tincan_slice args,
                     const struct tincan_slice *attachments, unsigned attachments_n)
{
    struct tincan *t = s->t;
    struct out_slice frames;
    if (s->state != SOCKET_CONNECTED) {
        return app_fail(t, "not answered: the socket is not connected");
    }
    if (attachments_n > TINCAN_ATTACHMENTS_MAX) {
        return app_fail(t, "not answered: more than %d attachments", TINCAN_ATTACHMENTS_MAX);
    }
    return encode_ack(s, ack_id, args, attachments_n) &&
           put_frames(t, &t->directs, attachments, attachments_n, &frames) &&
           app_command(t, s->reactor,
                       &(struct command){.kind = COMMAND_SEND, .ref = s->ref, .frames = frames});
}

bool tincan_ack_later(struct tincan_socket *s, uint64_t ack_id, struct tincan_slice args)
{
    return tincan_ack_with(s, ack_id, args, NULL, 0);
}

bool tincan_ack(struct tincan_event *e, struct tincan_slice args)
{
    if (!e->wants_ack) {
        return true;
    }
    bool ok = tincan_ack_later(e->socket, e->ack_id, args);
    e->wants_ack = !ok;
    return ok;
}
