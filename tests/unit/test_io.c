/* Socket.IO on a reactor that runs, where timing decides: what was said in the turn that ends
 * everything, a namespace that is left while attachments are awaited, refusals in the words of
 * others; and the cap of a slow reader's queue.
 */
#include "io_client.h"
#include "json.h"
#include "mem.h"

#include <fcntl.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct io_socket *last_socket;
static unsigned events_n;
static const char *refusal; /* NULL: everybody may come in */

static enum io_verdict on_connect(struct io_socket *s, struct slice auth, struct slice *message)
{
    (void)auth;
    last_socket = s;
    if (refusal) {
        *message = slice_str(refusal);
        return IO_REFUSE;
    }
    return IO_ACCEPT;
}

static void on_event(struct io_socket *s, const struct sio_packet *packet,
                     const struct io_attachments *attachments)
{
    events_n++;
    assert_int_equal(io_relay(s, packet, attachments), ERR_OK);
}

static void on_disconnect(struct io_socket *s, const char *reason)
{
    (void)s;
    (void)reason;
}

static bool allow(void *user, const struct http_request *request, struct slice *message)
{
    (void)user;
    (void)request;
    *message = slice_str(refusal ? refusal : "");
    return !refusal;
}

static const struct io_namespace row = {.name = {"/", 1},
                                        .on_connect = on_connect,
                                        .on_event = on_event,
                                        .on_disconnect = on_disconnect};
static const struct io_options options = {
    .eio = {.path = {"/socket.io", 10},
            .ping_interval_ms = 25000,
            .ping_timeout_ms = 20000,
            .max_payload_bytes = 1000000,
            .allow = allow},
    .connect_timeout_ms = 45000,
    .reactors_n = 1,
    .namespaces = &row,
    .namespaces_n = 1,
};

struct world {
    struct io_server *server;
    struct eio_session *session;
    int peer; /* the client's end of the session's WebSocket */
};

/* Give the session of w a WebSocket. On the reactor. */
static void open_session(void *user)
{
    struct world *w = user;
    struct eio_reactor *r = &w->server->reactors[0].eio;
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    struct net_socket socket = {.fd = fds[0]};
    w->peer = fds[1];
    CHECK(eio_open(r, false, NULL, &w->session) == ERR_OK);
    w->session->ws = conn_open(&r->net, &socket, options.eio.max_payload_bytes, w->session);
    CHECK(w->session->ws != NULL);
}

static void receive(struct eio_session *s, bool binary, struct slice data)
{
    eio_handle_packet(s, &(struct eio_packet){.type = EIO_MESSAGE, .binary = binary, .data = data});
}

static void set_up(struct world *w)
{
    *w = (struct world){.peer = -1};
    events_n = 0;
    refusal = NULL;
    assert_int_equal(io_server_start(&options, &w->server), ERR_OK);
    assert_int_equal(loop_call(io_reactor_loop(w->server, 0), open_session, w), ERR_OK);
}

/* Everything the client got until the server closed, as a string; frames' payloads are searched for
 * in it. */
static size_t read_all(int peer, char *to, size_t cap)
{
    size_t n = 0;
    for (ssize_t got; n < cap && (got = read(peer, to + n, cap - n)) > 0;) {
        n += (size_t)got;
    }
    close(peer);
    return n;
}

static bool holds(const char *bytes, size_t n, const char *text)
{
    return memmem(bytes, n, text, strlen(text)) != NULL;
}

/* --- the turn that ends everything --- */

struct turn {
    struct mail first, second;
    struct world *w;
    sem_t held;
};

/* Hold the reactor until more mail is there, so that all of it runs in one turn. */
static void wait_for_more(struct mail *m, bool closed)
{
    struct turn *t = CONTAINER_OF(m, struct turn, first);
    struct mailbox *box = &io_reactor_loop(t->w->server, 0)->mailbox;
    CHECK(!closed);
    sem_post(&t->held);
    for (bool more = false; !more;) {
        pthread_mutex_lock(&box->lock);
        more = box->head && box->head->next;
        pthread_mutex_unlock(&box->lock);
    }
}

static void speak(struct mail *m, bool closed)
{
    struct turn *t = CONTAINER_OF(m, struct turn, second);
    CHECK(!closed);
    receive(t->w->session, false, SL("0"));
    receive(t->w->session, false, SL("2[\"message\",\"last words\"]"));
}

static void test_io__what_was_said_in_the_turn_of_the_stop_is_delivered(void **state)
{
    (void)state;
    struct world w;
    char got[1024];
    set_up(&w);
    struct turn t = {.first.run = wait_for_more, .second.run = speak, .w = &w};
    sem_init(&t.held, 0, 0);
    loop_post(io_reactor_loop(w.server, 0), &t.first);
    while (sem_wait(&t.held) != 0) {
    }
    loop_post(io_reactor_loop(w.server, 0), &t.second);
    io_server_stop(w.server);
    sem_destroy(&t.held);
    size_t n = read_all(w.peer, got, sizeof got);
    assert_int_equal(events_n, 1);
    assert_true(holds(got, n, "42[\"message\",\"last words\"]"));
}

/* --- attachments --- */

static void leave_while_waiting(void *user)
{
    struct world *w = user;
    receive(w->session, false, SL("0"));
    receive(w->session, false, SL("51-[\"message\",{\"_placeholder\":true,\"num\":0}]"));
    io_disconnect(last_socket);
    receive(w->session, true, SL("x"));
}

static void test_io__attachments_for_a_namespace_that_was_left_close(void **state)
{
    (void)state;
    struct world w;
    char got[1024];
    set_up(&w);
    assert_int_equal(loop_call(io_reactor_loop(w.server, 0), leave_while_waiting, &w), ERR_OK);
    assert_int_equal(io_server_sessions_n(w.server), 0);
    assert_int_equal(events_n, 0);
    io_server_stop(w.server);
    assert_true(holds(got, read_all(w.peer, got, sizeof got), "41"));
}

/* --- refusals --- */

/* 301 characters with what JSON has to escape. */
static const char *long_refusal(void)
{
    static char text[302];
    memset(text, 'x', sizeof text - 1);
    text[0] = '"';
    text[sizeof text - 2] = '\\';
    return text;
}

static void assert_refused_whole(const char *got, size_t n, const char *before)
{
    struct buf expected;
    buf_init(&expected, 1024);
    assert_int_equal(buf_put(&expected, slice_str(before)), ERR_OK);
    assert_int_equal(json_quote(slice_str(refusal), &expected), ERR_OK);
    assert_int_equal(buf_put(&expected, SL("}\0")), ERR_OK);
    assert_true(holds(got, n, expected.p));
    buf_fini(&expected);
}

static void ask_in(void *user)
{
    struct world *w = user;
    receive(w->session, false, SL("0"));
}

static void test_io__a_namespace_refuses_in_its_own_words(void **state)
{
    (void)state;
    struct world w;
    char got[1024];
    set_up(&w);
    refusal = long_refusal();
    assert_int_equal(loop_call(io_reactor_loop(w.server, 0), ask_in, &w), ERR_OK);
    io_server_stop(w.server);
    assert_refused_whole(got, read_all(w.peer, got, sizeof got), "44{\"message\":");
}

static void test_io__the_hook_refuses_in_its_own_words(void **state)
{
    (void)state;
    struct world w;
    char got[1024];
    int fds[2];
    set_up(&w);
    refusal = long_refusal();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    const struct http_request request = {
        .method = SL("GET"), .path = SL("/socket.io/"), .query = SL("EIO=4&transport=polling")};
    eio_front_on_engine(io_server_front(w.server), &request, ERR_OK, (struct slice){0},
                        (struct net_socket){.fd = fds[0]});
    io_server_stop(w.server);
    close(w.peer);
    assert_refused_whole(got, read_all(fds[1], got, sizeof got), "{\"code\":4,\"message\":");
}

/* --- slow readers --- */

/* Queue so much that exactly bytes wait. */
static void queue_bytes(struct eio_session *s, size_t bytes)
{
    size_t header_n = bytes > 125 + 2 ? 10 : 2; /* of a frame of more than 64 KiB, or a small one */
    char *payload = mem_zalloc(bytes);
    CHECK(payload != NULL);
    eio_send(s, true, (struct slice){payload, bytes - header_n}, (struct slice){NULL, 0});
    mem_free(payload);
}

static void fill_to_the_cap(void *user)
{
    struct world *w = user;
    queue_bytes(w->session, OUTQ_BYTES_MAX);
}

static void queue_a_little_more(void *user)
{
    struct world *w = user;
    queue_bytes(w->session, 3);
}

/* What the session's turn made of it is seen by the next call. */
static void do_nothing(void *user)
{
    (void)user;
}

static void assert_capped(struct world *w)
{
    struct loop *loop = io_reactor_loop(w->server, 0);
    assert_int_equal(loop_call(loop, fill_to_the_cap, w), ERR_OK);
    assert_int_equal(loop_call(loop, do_nothing, NULL), ERR_OK);
    assert_int_equal(io_server_sessions_n(w->server), 1);
    assert_int_equal(loop_call(loop, queue_a_little_more, w), ERR_OK);
    assert_int_equal(loop_call(loop, do_nothing, NULL), ERR_OK);
    assert_int_equal(io_server_sessions_n(w->server), 0);
    io_server_stop(w->server);
    close(w->peer);
}

/* No byte of what is queued can leave. */
static void block_socket(void *user)
{
    struct world *w = user;
    char scrap[4096] = {0};
    while (write(w->session->ws->item.fd, scrap, sizeof scrap) > 0) {
    }
}

static void test_io__a_websocket_that_is_behind_by_more_than_the_cap_is_closed(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    assert_int_equal(loop_call(io_reactor_loop(w.server, 0), block_socket, &w), ERR_OK);
    assert_capped(&w);
}

/* As if the session had been opened by polling, and never asked. */
static void make_polling(void *user)
{
    struct world *w = user;
    conn_abort(w->session->ws);
    w->session->ws = NULL;
    w->session->poll = mem_zalloc(sizeof *w->session->poll);
    CHECK(w->session->poll != NULL);
    w->session->poll->session = w->session;
}

static void test_io__a_polling_client_that_is_behind_by_more_than_the_cap_is_closed(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    assert_int_equal(loop_call(io_reactor_loop(w.server, 0), make_polling, &w), ERR_OK);
    assert_capped(&w);
}

/* --- a start that fails half-way --- */

#define DESCRIPTORS_N 256

static bool was_open[DESCRIPTORS_N];

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* Close and count what is open and was not. */
static unsigned close_new_ones(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < DESCRIPTORS_N; fd++) {
        if (is_open(fd) && !was_open[fd]) {
            close(fd);
            n++;
        }
    }
    return n;
}

/* Returns whether it started. */
static bool start_and_stop(const struct io_options *o, rlim_t files_max)
{
    struct rlimit limit, low;
    struct io_server *server = NULL;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){files_max, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    enum err e = io_server_start(o, &server);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    mem_fail_after(0, 0);
    if (e == ERR_OK) {
        io_server_stop(server);
    } else {
        assert_null(server);
        assert_true(e == ERR_IO || e == ERR_NOMEM);
    }
    return e == ERR_OK;
}

static void test_io__a_start_that_fails_leaves_nothing(void **state)
{
    struct io_options three = options;
    (void)state;
    three.reactors_n = 3;
    assert_true(start_and_stop(&three, DESCRIPTORS_N)); /* what libraries open for good is open */
    for (int fd = 0; fd < DESCRIPTORS_N; fd++) {
        was_open[fd] = is_open(fd);
    }
    unsigned failed_n = 0;
    for (rlim_t files_max = 3; !start_and_stop(&three, files_max); files_max++) {
        assert_true(close_new_ones() <= 1); /* libuv 1.44 keeps one of a loop that it cannot make */
        failed_n++;
    }
    assert_in_range(failed_n, 3 * 3,
                    DESCRIPTORS_N); /* an epoll descriptor or two and a wake-up each */
    assert_int_equal(close_new_ones(), 0);
    for (unsigned long nth = 1, done = 0; !done; nth++) {
        mem_fail_after(nth, 0);
        done = start_and_stop(&three, DESCRIPTORS_N);
        assert_int_equal(close_new_ones(), 0);
        assert_true(nth < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_io__what_was_said_in_the_turn_of_the_stop_is_delivered),
        cmocka_unit_test(test_io__attachments_for_a_namespace_that_was_left_close),
        cmocka_unit_test(test_io__a_namespace_refuses_in_its_own_words),
        cmocka_unit_test(test_io__the_hook_refuses_in_its_own_words),
        cmocka_unit_test(test_io__a_websocket_that_is_behind_by_more_than_the_cap_is_closed),
        cmocka_unit_test(test_io__a_polling_client_that_is_behind_by_more_than_the_cap_is_closed),
        cmocka_unit_test(test_io__a_start_that_fails_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
