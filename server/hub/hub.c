/* See hub.h. */
#include "hub.h"

#include "limits.h"
#include "log.h"
#include "mem.h"

#include <stddef.h>

#define BATCH_CHUNK_BYTES (256u << 10)
#define FRAMES_MAX        (1 + SIO_ATTACHMENTS_MAX)

enum err hub_init(struct hub *h, struct eio_reactor *reactor, struct hub *all, unsigned all_n,
                  unsigned rooms_n)
{
    *h = (struct hub){
        .reactor = reactor, .all = all, .all_n = all_n, .rooms_n = rooms_n, .epoch = 1};
    chunk_writer_init(&h->writer, BATCH_CHUNK_BYTES);
    h->rooms = mem_zalloc(rooms_n * sizeof *h->rooms);
    for (unsigned i = 0; h->rooms && i < rooms_n; i++) {
        h->rooms[i].shared = true;
    }
    return h->rooms ? ERR_OK : ERR_NOMEM;
}

void hub_fini(struct hub *h)
{
    for (unsigned i = 0; i < h->rooms_n; i++) {
        hub_room_fini(&h->rooms[i]);
    }
    mem_free(h->rooms);
    chunk_writer_fini(&h->writer);
}

void hub_room_fini(struct hub_room *room)
{
    mem_free(room->members);
    *room = (struct hub_room){.shared = room->shared};
}

enum err hub_join(struct hub *h, struct hub_room *room, struct hub_member *m,
                  struct eio_session *session)
{
    if (room->members_n == room->members_cap) {
        uint32_t cap = room->members_cap ? room->members_cap * 2 : 8;
        struct hub_member **members = mem_realloc(room->members, cap * sizeof *members);
        if (!members) {
            return ERR_NOMEM;
        }
        room->members = members;
        room->members_cap = cap;
    }
    *m = (struct hub_member){.session = session,
                             .room = room,
                             .index = room->members_n,
                             .epoch = h->epoch,
                             .seen = h->end};
    room->members[room->members_n++] = m;
    return ERR_OK;
}

void hub_drop(struct hub_member *m)
{
    struct hub_room *room = m->room;
    if (room) {
        struct hub_member *last = room->members[--room->members_n];
        last->index = m->index;
        room->members[m->index] = last;
        m->room = NULL;
    }
}

static uint32_t seen_by(const struct hub *h, const struct hub_member *m)
{
    return m->epoch == h->epoch ? m->seen : h->start;
}

void hub_sync(struct hub *h, struct hub_member *m)
{
    if (!h->target || m->room != h->target) {
        return;
    }
    uint32_t from = seen_by(h, m);
    if (from < h->end) {
        eio_send_frames(m->session, (struct out_slice){h->writer.cur, from, h->end});
    }
    m->epoch = h->epoch;
    m->seen = h->end;
}

void hub_leave(struct hub *h, struct hub_member *m)
{
    hub_sync(h, m);
    hub_drop(m);
}

/* --- to other reactors --- */

struct hub_mail {
    struct mail mail;
    struct hub *to;
    unsigned room;
    struct out_slice frames; /* holds a reference */
};

static void run_mail(struct mail *mail, bool closed)
{
    struct hub_mail *m = CONTAINER_OF(mail, struct hub_mail, mail);
    if (!closed) {
        hub_push(m->to, &m->to->rooms[m->room], NULL, m->frames);
    }
    chunk_unref(m->frames.chunk);
    mem_free(m);
}

static void send_to_others(struct hub *h)
{
    unsigned room = (unsigned)(h->target - h->rooms);
    for (unsigned i = 0; i < h->all_n; i++) {
        struct hub *other = &h->all[i];
        if (other == h || other->rooms[room].members_n == 0) {
            continue;
        }
        struct hub_mail *m = mem_alloc(sizeof *m);
        if (!m) {
            log_line(LOG_ERROR, L_SIO, "out of memory, a broadcast does not reach all reactors",
                     "reactor=%u", i);
            continue;
        }
        *m = (struct hub_mail){.mail.run = run_mail,
                               .to = other,
                               .room = room,
                               .frames = {h->writer.cur, h->start, h->end}};
        chunk_ref(h->writer.cur);
        loop_post(&other->reactor->loop, &m->mail);
    }
}

/* --- batches --- */

static void seal(struct hub *h)
{
    if (!h->target) {
        return;
    }
    if (h->start < h->end) {
        struct hub_room *room = h->target;
        for (uint32_t i = 0; i < room->members_n; i++) {
            struct hub_member *m = room->members[i];
            uint32_t from = seen_by(h, m);
            if (from < h->end) {
                eio_send_frames(m->session, (struct out_slice){h->writer.cur, from, h->end});
            }
        }
        if (room->shared) {
            send_to_others(h);
        }
    }
    h->target = NULL;
}

static size_t frames_bytes(const struct hub_frame *frames, unsigned n)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < n; i++) {
        bytes += frames[i].head.n + frames[i].tail.n + WS_HEADER_BYTES_MAX;
    }
    return bytes;
}

enum err hub_broadcast(struct hub *h, struct hub_room *room, struct hub_member *except,
                       const struct hub_frame *frames, unsigned frames_n)
{
    CHECK(frames_n >= 1 && frames_n <= FRAMES_MAX);
    if (h->target && h->target != room) {
        seal(h);
    }
    size_t bytes = frames_bytes(frames, frames_n);
    if (!chunk_writer_fits(&h->writer, bytes)) {
        seal(h); /* a batch does not straddle chunks */
    }
    if (!h->target) {
        chunk_writer_recycle(&h->writer);
        enum err e = chunk_writer_reserve(&h->writer, bytes);
        if (e != ERR_OK) {
            return e;
        }
        h->target = room;
        h->epoch++;
        h->start = h->end = h->writer.cur->n;
    }
    if (except) {
        hub_sync(h, except);
    }
    for (unsigned i = 0; i < frames_n; i++) {
        struct out_slice s;
        enum err e =
            chunk_put_frame(&h->writer, frames[i].opcode, frames[i].head, frames[i].tail, &s);
        CHECK(e == ERR_OK); /* room was made above */
        h->end = s.end;
    }
    if (except) {
        except->epoch = h->epoch;
        except->seen = h->end;
    }
    return ERR_OK;
}

void hub_push(struct hub *h, struct hub_room *room, const struct eio_session *except,
              struct out_slice frames)
{
    seal(h);
    for (uint32_t i = 0; i < room->members_n; i++) {
        if (room->members[i]->session != except) {
            eio_send_frames(room->members[i]->session, frames);
        }
    }
}

bool hub_flush(struct hub *h)
{
    bool any = h->target != NULL;
    seal(h);
    return any;
}
