/* See civet_detach.h. Works with CivetWeb 1.16, and with 1.15 as the fallback. Keep this unit
 * small: it is the one to check when CivetWeb changes.
 *
 * Hooks: civetweb.c calls pthread_create and accept in one place each for what matters here, and
 * these calls are redirected to functions below. Everything else goes through its own callbacks.
 */
#if defined(MG_EXPERIMENTAL_INTERFACES) || defined(USE_HTTP2) || defined(USE_LUA) ||               \
    defined(USE_DUKTAPE)
#error "these parts of CivetWeb have known holes and must not be compiled in"
#endif
#if !defined(NO_FILES) || !defined(NO_CGI) || !defined(USE_WEBSOCKET) ||                           \
    !defined(NO_ALTERNATIVE_QUEUE)
#error "compile with the definitions of CMakeLists.txt"
#endif

#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>

static int create_thread(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                         void *arg);
static int accept_connection(int listener, struct sockaddr *from, socklen_t *from_n);

/* Reads the flag it is about to set without an atomic operation; the other accesses are atomic. */
static void STOP_FLAG_ASSIGN(volatile ptrdiff_t *flag, volatile ptrdiff_t value)
    __attribute__((no_sanitize_thread));

#define pthread_create(id, attributes, run, arg) create_thread(id, attributes, run, arg)
#define accept(listener, from, from_n)           accept_connection(listener, from, from_n)
#include "civetweb.c"
#undef pthread_create
#undef accept
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef snprintf
#undef vsnprintf

#if CIVETWEB_VERSION_MAJOR != 1 || (CIVETWEB_VERSION_MINOR != 15 && CIVETWEB_VERSION_MINOR != 16)
#error "this unit was only checked against CivetWeb 1.15 and 1.16"
#endif

#include "civet_detach.h"
#include "mem.h"

#define EXHAUSTED_PAUSE_MS 20
/* A peer that acknowledges nothing, or takes nothing, for so long is gone: also once the socket is
 * closed and only the system still tries to send. */
#define UNANSWERED_MS_MAX 60000

/* struct socket's in_use, which CivetWeb's queue leaves to us. */
enum { FRESH = 0, GIVEN_BACK = 1, GIVEN_BACK_IDLE = 2 };

/* What travels with a socket that is given back, hung up in the unused tail of its local address.
 */
struct baggage {
    SSL *ssl;
    size_t early_n;
    char early[];
};
#define BAGGAGE_OFFSET 64
_Static_assert(BAGGAGE_OFFSET >= sizeof(struct sockaddr_in6),
               "the local address must not overlap the baggage");
_Static_assert(BAGGAGE_OFFSET + sizeof(struct baggage *) <= sizeof(union usa),
               "no room for the baggage");

static void set_baggage(struct socket *s, struct baggage *b)
{
    memcpy((char *)&s->lsa + BAGGAGE_OFFSET, &b, sizeof b);
}

static struct baggage *get_baggage(const struct socket *s)
{
    struct baggage *b = NULL;
    if (s->in_use != FRESH) {
        memcpy(&b, (const char *)&s->lsa + BAGGAGE_OFFSET, sizeof b);
    }
    return b;
}

/* Threads */

static _Thread_local bool is_starting;
static _Thread_local unsigned spawn_left_n;

static int create_thread(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                         void *arg)
{
    if (is_starting && run == worker_thread) {
        if (spawn_left_n == 0) {
            *id = 0; /* which CivetWeb does not join */
            return 0;
        }
        spawn_left_n--;
    }
    return pthread_create(id, attributes, run, arg);
}

struct mg_context *detach_start(const struct mg_callbacks *callbacks, void *user,
                                const char **options, unsigned prespawn_n)
{
    struct mg_init_data init = {
        .callbacks = callbacks, .user_data = user, .configuration_options = options};
    is_starting = true;
    spawn_left_n = prespawn_n;
    struct mg_context *ctx = mg_start2(&init, NULL);
    is_starting = false;
    return ctx;
}

bool detach_spawn(struct mg_context *ctx, unsigned index)
{
    return mg_start_thread_with_id(worker_thread, &ctx->worker_connections[index],
                                   &ctx->worker_threadids[index]) == 0;
}

static int accept_connection(int listener, struct sockaddr *from, socklen_t *from_n)
{
    struct mg_workerTLS *tls = pthread_getspecific(sTlsKey);
    struct detach_master *master = tls->user_ptr;
    int fd = accept4(listener, from, from_n, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(unsigned){UNANSWERED_MS_MAX},
                   sizeof(unsigned)); /* not of other kinds of sockets */
        master->on_accepted(master->user);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        master->on_exhausted(master->user, strerror(errno));
        mg_sleep(EXHAUSTED_PAUSE_MS);
    }
    return fd;
}

/* The ends of a context */

void detach_mark_unused(const struct mg_context *ctx)
{
    for (unsigned i = 0; i < ctx->cfg_worker_threads; i++) {
        ctx->worker_connections[i].client.sock = INVALID_SOCKET;
    }
}

static void close_unserved(const struct socket *s)
{
    struct baggage *b = get_baggage(s);
    if (b) {
        SSL_free(b->ssl);
        mem_free(b);
    }
    close(s->sock);
}

void detach_close_unserved(const struct mg_context *ctx)
{
    for (int i = ctx->sq_tail; i < ctx->sq_head; i++) {
        close_unserved(&ctx->squeue[i % ctx->sq_size]);
    }
    for (unsigned i = 0; i < ctx->cfg_worker_threads; i++) {
        if (ctx->worker_connections[i].client.sock != INVALID_SOCKET) {
            close_unserved(&ctx->worker_connections[i].client);
        }
    }
}

/* Connections */

void detach_arrive(struct mg_connection *conn, bool *idle)
{
    struct baggage *b = get_baggage(&conn->client);
    *idle = conn->client.in_use == GIVEN_BACK_IDLE;
    conn->client.in_use = FRESH;
    if (b) {
        conn->ssl = b->ssl;
        conn->client.is_ssl = b->ssl != NULL;
        conn->request_info.is_ssl = b->ssl != NULL;
        memcpy(conn->buf, b->early, b->early_n);
        conn->data_len = (int)b->early_n;
        mem_free(b);
    }
}

char *detach_buffer(const struct mg_connection *conn, size_t *n, size_t *cap)
{
    *n = (size_t)conn->data_len;
    *cap = (size_t)conn->buf_size;
    return conn->buf;
}

void detach_set_filled(struct mg_connection *conn, size_t n)
{
    conn->data_len = (int)n;
}

static int chunk_size(size_t n)
{
    return n < INT_MAX ? (int)n : INT_MAX;
}

int detach_read(struct mg_connection *conn, char *to, size_t n, int timeout_ms)
{
    int got = pull_inner(NULL, conn, to, chunk_size(n), timeout_ms / 1000.0);
    return got > 0 ? got : got == -1 ? 0 : -1;
}

int detach_write(struct mg_connection *conn, const char *from, size_t n, int timeout_ms)
{
    int sent = push_inner(conn->phys_ctx, NULL, conn->client.sock, conn->ssl, from, chunk_size(n),
                          timeout_ms / 1000.0);
    return sent > 0 ? sent : sent == -1 ? 0 : -1;
}

void detach_shut(struct mg_connection *conn)
{
    if (conn->ssl) {
        ERR_clear_error();
        SSL_shutdown(conn->ssl);
        ERR_clear_error();
    }
    shutdown(conn->client.sock, SHUT_WR);
}

int detach_drop(struct mg_connection *conn, int timeout_ms)
{
    char scrap[4096];
    struct mg_pollfd pfd = {.fd = conn->client.sock, .events = POLLIN};
    int ready = mg_poll(&pfd, 1, timeout_ms, &conn->phys_ctx->stop_flag);
    if (ready <= 0) {
        return ready;
    }
    ssize_t n = recv(conn->client.sock, scrap, sizeof scrap, 0);
    return n > 0 ? (int)n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

void detach_refuse(struct mg_connection *conn)
{
    conn->buf[0] = '\1'; /* can begin no request: CivetWeb gives up before it reads */
    conn->data_len = 1;
}

void detach_end(struct mg_connection *conn)
{
    conn->must_close = 1;
}

int detach_forget_subprotocol(const struct mg_connection *conn, void *unused)
{
    (void)unused;
    ((struct mg_connection *)conn)->request_info.acceptedWebSocketSubprotocol = NULL;
    return 0;
}

enum err detach_take(struct mg_connection *conn, struct slice early, struct net_socket *out)
{
    char *copy = NULL;
    if (early.n > 0) {
        copy = mem_alloc(early.n);
        if (!copy) {
            return ERR_NOMEM;
        }
        memcpy(copy, early.p, early.n);
    }
    *out = (struct net_socket){
        .fd = conn->client.sock, .ssl = conn->ssl, .early = copy, .early_n = early.n};
    memcpy(&out->remote, &conn->client.rsa, sizeof conn->client.rsa);
    if (conn->ssl) {
        SSL_set_app_data(conn->ssl, NULL); /* pointed to conn */
    }
    conn->ssl = NULL;
    conn->client.sock = INVALID_SOCKET;
    conn->must_close = 1;
    return ERR_OK;
}

uint16_t detach_local_port(const struct mg_connection *conn)
{
    return ntohs(USA_IN_PORT_UNSAFE(&conn->client.lsa));
}

static struct baggage *pack(const struct net_socket *socket)
{
    struct baggage *b = mem_alloc(sizeof *b + socket->early_n);
    if (b) {
        b->ssl = socket->ssl;
        b->early_n = socket->early_n;
        if (socket->early_n > 0) {
            memcpy(b->early, socket->early, socket->early_n);
        }
    }
    return b;
}

enum err detach_enqueue(struct mg_context *ctx, struct net_socket *socket, bool idle)
{
    struct socket s = {.sock = socket->fd, .in_use = idle ? GIVEN_BACK_IDLE : GIVEN_BACK};
    socklen_t n = sizeof s.lsa;
    if (socket->early_n >= ctx->max_request_size || getsockname(socket->fd, &s.lsa.sa, &n) != 0) {
        return ERR_CLOSED;
    }
    struct baggage *b = NULL;
    if ((socket->ssl || socket->early_n > 0) && !(b = pack(socket))) {
        return ERR_NOMEM;
    }
    memcpy(&s.rsa, &socket->remote, sizeof s.rsa);
    set_baggage(&s, b);
    set_non_blocking_mode(s.sock);
    pthread_mutex_lock(&ctx->thread_mutex);
    bool room = ctx->sq_head - ctx->sq_tail < ctx->sq_size;
    if (room) {
        ctx->squeue[ctx->sq_head % ctx->sq_size] = s;
        ctx->sq_head++;
        pthread_cond_signal(&ctx->sq_full);
    }
    pthread_mutex_unlock(&ctx->thread_mutex);
    if (!room) {
        mem_free(b);
        return ERR_LIMIT;
    }
    mem_free(socket->early);
    *socket = (struct net_socket){.fd = -1};
    return ERR_OK;
}
