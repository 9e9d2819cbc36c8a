/* Test program for civet_test.py: CivetWeb in front of a toy reactor that echoes. Every path below
 * /engine/ is detached.
 *
 *   civet_server CERT KEY [THREADS_MAX [HEAD_TIMEOUT_MS]]
 *
 * Prints "plain PORT", "tls PORT", "v6 PORT". Reads commands from stdin: "drain", "stats" (prints
 * the number of sockets held), end of input stops it.
 */
#include "civet.h"
#include "mem.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_MAX 4096

enum held_state { HELD_ECHO, HELD_IDLE };

struct held {
    struct net_socket socket;
    enum held_state state;
};

static struct {
    pthread_mutex_t lock;
    struct held held[SOCKETS_MAX];
    unsigned n;
    bool stop;
    int wake[2];
    struct civet *civet;
} toy = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void hold(struct net_socket socket, enum held_state state)
{
    pthread_mutex_lock(&toy.lock);
    CHECK(toy.n < SOCKETS_MAX);
    toy.held[toy.n++] = (struct held){.socket = socket, .state = state};
    pthread_mutex_unlock(&toy.lock);
    CHECK(write(toy.wake[1], "", 1) == 1);
}

/* Blocking, for simplicity: answers are small. Returns false when the peer is gone. */
static bool send_all(struct net_socket *s, struct slice data)
{
    while (data.n > 0) {
        ssize_t n = s->ssl ? SSL_write(s->ssl, data.p, (int)data.n)
                           : send(s->fd, data.p, data.n, MSG_NOSIGNAL);
        if (n > 0) {
            data = slice_from(data, (size_t)n);
        } else if (s->ssl ? SSL_get_error(s->ssl, (int)n) != SSL_ERROR_WANT_WRITE
                          : errno != EAGAIN) {
            ERR_clear_error();
            return false;
        } else {
            struct pollfd writable = {.fd = s->fd, .events = POLLOUT};
            poll(&writable, 1, 1000);
        }
    }
    return true;
}

static bool is_engine_path(void *user, struct slice path)
{
    (void)user;
    return slice_starts_with(path, SL("/engine/"));
}

static void on_http(void *user, const struct http_request *request, struct http_reply *reply)
{
    (void)user;
    static char big[1 << 20];
    if (slice_eq(request->path, SL("/ok"))) {
        reply->status = 200;
        reply->content_type = SL("text/plain");
        reply->body = SL("fine");
    } else if (slice_eq(request->path, SL("/big"))) {
        reply->status = 200;
        reply->body = (struct slice){big, sizeof big};
    } else if (slice_eq(request->path, SL("/split"))) {
        reply->status = 200;
        http_reply_header(reply, SL("X-Test"), SL("a\r\nSet-Cookie: evil=1"));
    } else if (slice_eq(request->path, SL("/post"))) {
        static const char seven[] = "1234567";
        reply->status = request->body.n == 7 && memcmp(request->body.p, seven, 7) == 0 ? 200 : 422;
    }
}

static void on_engine(void *user, const struct http_request *request, enum err result,
                      struct slice body, struct net_socket socket)
{
    (void)user;
    char memory[4096];
    struct buf out = {.p = memory, .cap = sizeof memory, .max = sizeof memory};
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "%.*s %.*s?%.*s result=%d body=%zu:%.*s early=%zu tls=%d listener=%u",
                     SL_ARG(request->method), SL_ARG(request->path), SL_ARG(request->query),
                     (int)result, body.n, body.n < 64 ? (int)body.n : 0, body.n ? body.p : "",
                     socket.early_n, request->tls, socket.listener);
    if (slice_eq(request->query, SL("user-timeout"))) {
        unsigned ms = 0;
        CHECK(getsockopt(socket.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, &(socklen_t){sizeof ms}) ==
              0);
        n = snprintf(text, sizeof text, "%u", ms);
    }
    CHECK(n > 0 && (size_t)n < sizeof text);
    CHECK(buf_printf(&out, "HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s",
                     result ? 413 : 200, n, request->keep_alive ? "keep-alive" : "close",
                     text) == ERR_OK);
    bool open = send_all(&socket, buf_peek(&out));
    if (open && request->keep_alive && !slice_eq(request->query, SL("close"))) {
        bool begun = socket.early_n > 0 || (socket.ssl && SSL_has_pending(socket.ssl));
        if (begun) {
            enum err ignored = civet_give_back(toy.civet, &socket);
            (void)ignored;
        } else {
            hold(socket, HELD_IDLE);
        }
        return;
    }
    shutdown(socket.fd, SHUT_WR);
    net_socket_close(&socket);
}

static bool may_upgrade(void *user, const struct http_request *request, struct http_reply *reply)
{
    (void)user;
    if (slice_eq(request->query, SL("refuse"))) {
        reply->status = 403;
        return false;
    }
    return true;
}

static void on_websocket(void *user, const struct http_request *request, struct net_socket socket)
{
    (void)user;
    CHECK(http_header(request, SL("sec-websocket-key")).n == 24);
    bool open = send_all(&socket, (struct slice){socket.early, socket.early_n});
    mem_free(socket.early);
    socket.early = NULL;
    socket.early_n = 0;
    if (open) {
        hold(socket, HELD_ECHO);
    } else {
        net_socket_close(&socket);
    }
}

static void on_idle(void *user, struct net_socket socket)
{
    (void)user;
    hold(socket, HELD_IDLE);
}

/* Returns false when the socket is not held any more. */
static bool serve(struct held *h)
{
    if (h->state == HELD_IDLE) {
        char c;
        if (recv(h->socket.fd, &c, 1, MSG_PEEK) > 0) {
            enum err ignored = civet_give_back(toy.civet, &h->socket);
            (void)ignored;
        } else {
            net_socket_close(&h->socket);
        }
        return false;
    }
    for (;;) {
        char data[2048];
        ssize_t n = h->socket.ssl ? SSL_read(h->socket.ssl, data, sizeof data)
                                  : recv(h->socket.fd, data, sizeof data, 0);
        if (n > 0 && send_all(&h->socket, (struct slice){data, (size_t)n})) {
            continue;
        }
        bool wait =
            n < 0 && (h->socket.ssl ? SSL_get_error(h->socket.ssl, (int)n) == SSL_ERROR_WANT_READ
                                    : errno == EAGAIN);
        ERR_clear_error();
        if (!wait) {
            net_socket_close(&h->socket);
        }
        return wait;
    }
}

static unsigned watch(struct pollfd *fds)
{
    pthread_mutex_lock(&toy.lock);
    unsigned n = toy.n;
    for (unsigned i = 0; i < n; i++) {
        fds[i] = (struct pollfd){.fd = toy.held[i].socket.fd, .events = POLLIN};
    }
    pthread_mutex_unlock(&toy.lock);
    return n;
}

static void *reactor(void *unused)
{
    static struct pollfd fds[SOCKETS_MAX + 1];
    while (!__atomic_load_n(&toy.stop, __ATOMIC_ACQUIRE)) {
        unsigned n = watch(fds);
        fds[n] = (struct pollfd){.fd = toy.wake[0], .events = POLLIN};
        poll(fds, n + 1, -1);
        char scrap[64];
        if (fds[n].revents && read(toy.wake[0], scrap, sizeof scrap) < 0) {
            break;
        }
        while (n-- > 0) { /* backwards: the last one takes the place of one that left */
            if (!fds[n].revents) {
                continue;
            }
            struct held h = toy.held[n];
            bool stays = serve(&h);
            pthread_mutex_lock(&toy.lock);
            toy.held[n] = stays ? h : toy.held[--toy.n];
            pthread_mutex_unlock(&toy.lock);
        }
    }
    return unused;
}

static void run_commands(void)
{
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "drain\n") == 0) {
            civet_drain(toy.civet);
            printf("drained\n");
        } else if (strcmp(line, "stats\n") == 0) {
            pthread_mutex_lock(&toy.lock);
            printf("held %u\n", toy.n);
            pthread_mutex_unlock(&toy.lock);
        }
        fflush(stdout);
    }
}

/* Open descriptors of this process: as many at the end as at the start. */
static unsigned count_descriptors(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    CHECK(dir);
    while (readdir(dir)) {
        n++;
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    unsigned long long threads = 0, timeout = 0;
    CHECK(argc >= 3);
    CHECK(argc < 4 || slice_to_u64(slice_str(argv[3]), 10000, &threads));
    CHECK(argc < 5 || slice_to_u64(slice_str(argv[4]), 100000, &timeout));
    const struct civet_listen listen[] = {{.address = SL("127.0.0.1")},
                                          {.address = SL("127.0.0.1"), .tls = true},
                                          {.address = SL("::1")}};
    struct civet_options options = {
        .listen = listen,
        .listen_n = 3,
        .tls_cert = argv[1],
        .tls_key = argv[2],
        .body_max_bytes = 100000,
        .threads_max = (unsigned)threads,
        .head_timeout_ms = (uint32_t)timeout,
        .callbacks = {.on_http = on_http,
                      .is_engine_path = is_engine_path,
                      .on_engine = on_engine,
                      .may_upgrade = may_upgrade,
                      .on_websocket = on_websocket,
                      .on_idle = on_idle},
    };
    const char *why;
    unsigned descriptors_n = count_descriptors();
    CHECK(pipe(toy.wake) == 0);
    if (civet_start(&options, &toy.civet, &why) != ERR_OK) {
        fprintf(stderr, "civet_server: %s\n", why);
        return 1;
    }
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, reactor, NULL) == 0);
    printf("plain %u\ntls %u\nv6 %u\n", civet_port(toy.civet, 0), civet_port(toy.civet, 1),
           civet_port(toy.civet, 2));
    fflush(stdout);
    run_commands();
    civet_drain(toy.civet);
    __atomic_store_n(&toy.stop, true, __ATOMIC_RELEASE);
    CHECK(write(toy.wake[1], "", 1) == 1);
    pthread_join(thread, NULL);
    civet_stop(toy.civet);
    while (toy.n > 0) {
        net_socket_close(&toy.held[--toy.n].socket);
    }
    close(toy.wake[0]);
    close(toy.wake[1]);
    CHECK(count_descriptors() == descriptors_n);
    return 0;
}
