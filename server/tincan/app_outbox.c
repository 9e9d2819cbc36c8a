/* Commands on their way to the reactors. See app.h. */
#include "app.h"

#include "log.h"
#include "mem.h"

#define COMMANDS_N_MIN 32

/* What one reactor is told at the end of the turn. */
struct outbound {
    struct mail mail;
    struct tincan *t;
    unsigned reactor;
    uint32_t n, cap;
    struct command v[];
};

static void release_command(struct command *c)
{
    if (c->frames.chunk) {
        chunk_unref(c->frames.chunk);
    }
    mem_free(c->text);
}

static void run_outbound(struct mail *m, bool closed)
{
    struct outbound *out = CONTAINER_OF(m, struct outbound, mail);
    for (uint32_t i = 0; i < out->n; i++) {
        if (!closed) {
            app_command_run(out->t, out->reactor, &out->v[i]);
        } else if (out->v[i].query) {
            app_query_answer(out->t, out->v[i].query, NULL);
        }
        release_command(&out->v[i]);
    }
    mem_free(out);
}

static bool joins(const struct command *last, const struct command *c)
{
    bool sends = c->kind == COMMAND_PUSH || c->kind == COMMAND_PUSH_ROW || c->kind == COMMAND_SEND;
    return last->kind == c->kind && sends && !c->is_volatile && !last->is_volatile &&
           last->ref == c->ref && last->room == c->room && last->frames.chunk == c->frames.chunk &&
           last->frames.end == c->frames.off;
}

bool app_reserve(struct tincan *t, unsigned reactor, uint32_t n)
{
    struct outbound *o = t->outboxes[reactor];
    if (o && n <= o->cap - o->n) {
        return true;
    }
    uint32_t used = o ? o->n : 0;
    uint32_t cap = o ? o->cap * 2 : COMMANDS_N_MIN;
    while (cap - used < n) {
        cap *= 2;
    }
    struct outbound *grown = mem_realloc(o, sizeof *grown + cap * sizeof grown->v[0]);
    if (!grown) {
        return app_out_of_memory(t);
    }
    grown->n = used;
    grown->cap = cap;
    t->outboxes[reactor] = grown;
    return true;
}

bool app_command(struct tincan *t, unsigned reactor, const struct command *c)
{
    struct outbound *o = t->outboxes[reactor];
    if (o && o->n > 0 && joins(&o->v[o->n - 1], c)) {
        o->v[o->n - 1].frames.end = c->frames.end;
        return true;
    }
    if (!app_reserve(t, reactor, 1)) {
        mem_free(c->text);
        mem_free(c->query);
        return false;
    }
    o = t->outboxes[reactor];
    o->v[o->n++] = *c;
    if (c->frames.chunk) {
        chunk_ref(c->frames.chunk);
    }
    return true;
}

bool app_tell(struct tincan_socket *s, struct command c)
{
    if (s->is_gone && c.kind != COMMAND_BACKLOG) {
        mem_free(c.text);
        return true;
    }
    c.ref = s->ref;
    if (!app_command(s->t, s->reactor, &c)) {
        app_doom(s);
        return false;
    }
    return true;
}

static void run_doom(struct mail *m, bool closed)
{
    struct tincan_socket *s = CONTAINER_OF(m, struct tincan_socket, doom);
    struct io_socket *io = closed ? NULL : io_find(s->t->io, s->ref);
    if (io) {
        log_peer(LOG_ERROR, L_SIO, "out of memory, closing a session", "sid=%.4s",
                 io_socket_session(io)->sid);
        eio_fail(io_socket_session(io), "transport error");
    }
    app_socket_unref(s);
}

void app_doom(struct tincan_socket *s)
{
    if (s->doomed || s->is_gone) {
        return;
    }
    s->doomed = true;
    if (s->t->io) { /* else there are no reactors (yet, or any more) */
        s->holders++;
        s->doom.run = run_doom;
        loop_post(io_reactor_loop(s->t->io, s->reactor), &s->doom);
    }
}

static void post_outbox(struct tincan *t, unsigned reactor)
{
    struct outbound *out = t->outboxes[reactor];
    if (!out || out->n == 0) {
        return;
    }
    out->mail.run = run_outbound;
    out->t = t;
    out->reactor = reactor;
    t->outboxes[reactor] = NULL;
    loop_post(io_reactor_loop(t->io, reactor), &out->mail);
}

void app_flush(void *user)
{
    struct tincan *t = user;
    app_free_limbo(t);
    for (unsigned i = 0; t->io && i < t->io_options.reactors_n; i++) {
        post_outbox(t, i);
    }
    chunk_writer_recycle(&t->broadcasts);
    chunk_writer_recycle(&t->directs);
}

bool app_outboxes_init(struct tincan *t)
{
    t->outboxes = mem_zalloc(t->io_options.reactors_n * sizeof(struct outbound *));
    return t->outboxes || app_out_of_memory(t);
}

void app_outboxes_fini(struct tincan *t)
{
    for (unsigned i = 0; t->outboxes && i < t->io_options.reactors_n; i++) {
        struct outbound *o = t->outboxes[i];
        for (uint32_t n = 0; o && n < o->n; n++) {
            release_command(&o->v[n]); /* no questions: they are not asked any more */
        }
        mem_free(o);
    }
    mem_free(t->outboxes);
}
