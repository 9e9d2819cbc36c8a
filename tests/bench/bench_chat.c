/* tincan_bench_chat: durable messages on /chat, from one thread. Each client keeps --inflight sends under way in its room and waits for the
 * server's acknowledgement of each. Prints one JSON line: acknowledged messages a second, and how long an acknowledgement took.
 *
 * Clients and their rooms come from a file, a line each: access token, space, room id (chat_setup.mjs writes it).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX   4096
#define IN_FLIGHT_MAX 64
#define READ_BYTES    (1u << 18)
#define LATENCIES_MAX 8000000

struct client {
    int fd;
    long long room;
    unsigned next_id;
    int64_t sent_us[IN_FLIGHT_MAX]; /* by id modulo */
    uint8_t *carry;
    size_t carry_n, carry_cap;
};

static struct client clients[CLIENTS_MAX];
static unsigned clients_n, in_flight = 1;
static uint32_t *latencies;
static size_t latencies_n;
static uint64_t acked_n, refused_n, events_n;
static bool measuring, running;
static char text[512];

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Digits; what follows them does not count. */
static long long number(const char *p)
{
    long long n = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (*p - '0');
    }
    return n;
}

static void fail(const char *what)
{
    fprintf(stderr, "tincan_bench_chat: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void write_all(int fd, const void *p, size_t n)
{
    for (const uint8_t *at = p; n > 0;) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno != EAGAIN) {
            fail("write");
        }
        if (done > 0) {
            at += done;
            n -= (size_t)done;
        }
    }
}

/* One masked text frame; the mask is 0, so that the payload stays as it is. */
static void send_text(struct client *c, const char *payload, size_t n)
{
    uint8_t frame[4096];
    size_t head = n < 126 ? 6 : 8;
    if (n + head > sizeof frame) {
        errno = EMSGSIZE;
        fail("a frame");
    }
    memset(frame, 0, head);
    frame[0] = 0x81;
    frame[1] = (uint8_t)(0x80 | (n < 126 ? n : 126));
    if (n >= 126) {
        frame[2] = (uint8_t)(n >> 8);
        frame[3] = (uint8_t)n;
    }
    memcpy(frame + head, payload, n);
    write_all(c->fd, frame, n + head);
}

static void send_message(struct client *c)
{
    char payload[1024];
    uint64_t chance[2];
    unsigned id = c->next_id++;
    if (getrandom(chance, sizeof chance, 0) != sizeof chance) {
        fail("getrandom");
    }
    int n =
        snprintf(payload, sizeof payload,
                 "42/chat,%u[\"send\",{\"room\":%lld,\"cid\":\"%016llx%016llx\",\"text\":\"%s\"}]",
                 id, c->room, (unsigned long long)chance[0], (unsigned long long)chance[1], text);
    c->sent_us[id % IN_FLIGHT_MAX] = now_us();
    send_text(c, payload, (size_t)n);
}

/* "43/chat,17[{"ok":true,...}]" */
static void on_ack(struct client *c, const char *p, size_t n)
{
    unsigned id = 0;
    size_t i = 8;
    while (i < n && p[i] >= '0' && p[i] <= '9') {
        id = id * 10 + (unsigned)(p[i++] - '0');
    }
    bool ok = n - i > 12 && memcmp(p + i, "[{\"ok\":true", 11) == 0;
    refused_n += !ok;
    if (measuring) {
        acked_n += ok;
        if (latencies_n < LATENCIES_MAX) {
            latencies[latencies_n++] = (uint32_t)(now_us() - c->sent_us[id % IN_FLIGHT_MAX]);
        }
    }
    if (running) {
        send_message(c);
    }
}

static bool on_text(struct client *c, const char *p, size_t n, const char *awaited)
{
    if (n > 8 && memcmp(p, "43/chat,", 8) == 0) {
        on_ack(c, p, n);
    } else if (n > 8 && memcmp(p, "42/chat,", 8) == 0) {
        events_n += measuring;
    } else if (n == 1 && p[0] == '2') {
        send_text(c, "3", 1);
    } else if (n > 2 && memcmp(p, "44", 2) == 0) {
        fprintf(stderr, "tincan_bench_chat: refused: %.*s\n", (int)n, p);
        exit(1);
    }
    return awaited && n >= strlen(awaited) && memcmp(p, awaited, strlen(awaited)) == 0;
}

/* Whole frames of what has come; the rest is carried over. Returns whether the awaited packet was among them. */
static bool take_frames(struct client *c, const char *awaited)
{
    bool seen = false;
    size_t at = 0;
    for (;;) {
        size_t left = c->carry_n - at, head = 2;
        const uint8_t *p = c->carry + at;
        if (left < 2) {
            break;
        }
        uint64_t n = p[1] & 127;
        if (n == 126) {
            head = 4;
            n = left >= 4 ? (uint64_t)p[2] << 8 | p[3] : 0;
        } else if (n == 127) {
            head = 10;
            n = 0;
            for (int i = 0; left >= 10 && i < 8; i++) {
                n = n << 8 | p[2 + i];
            }
        }
        if (left < head || left - head < n) {
            break;
        }
        seen = on_text(c, (const char *)p + head, n, awaited) || seen;
        at += head + n;
    }
    memmove(c->carry, c->carry + at, c->carry_n - at);
    c->carry_n -= at;
    return seen;
}

static void read_some(struct client *c)
{
    if (c->carry_cap - c->carry_n < READ_BYTES) {
        c->carry_cap = c->carry_n + 2 * READ_BYTES;
        c->carry = realloc(c->carry, c->carry_cap);
        if (!c->carry) {
            fail("memory");
        }
    }
    ssize_t n = read(c->fd, c->carry + c->carry_n, READ_BYTES);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        fail("the server closed a connection");
    }
    c->carry_n += n > 0 ? (size_t)n : 0;
}

static void await_packet(struct client *c, const char *awaited)
{
    while (!take_frames(c, awaited)) {
        read_some(c);
    }
}

static void connect_client(struct client *c, unsigned port, const char *token)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char request[4096];
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0) {
        fail("connect");
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int n = snprintf(request, sizeof request,
                     "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     port);
    write_all(c->fd, request, (size_t)n);
    uint8_t *end = NULL;
    while (!end) {
        read_some(c);
        end = memmem(c->carry, c->carry_n, "\r\n\r\n", 4);
    }
    size_t used = (size_t)(end + 4 - c->carry);
    memmove(c->carry, end + 4, c->carry_n - used);
    c->carry_n -= used;
    await_packet(c, "0{");
    n = snprintf(request, sizeof request, "40/chat,{\"token\":\"%s\"}", token);
    send_text(c, request, (size_t)n);
    await_packet(c, "40/chat,");
}

static void read_clients(const char *path, unsigned port)
{
    char token[2048];
    FILE *f = fopen(path, "re");
    if (!f) {
        fail(path);
    }
    while (clients_n < CLIENTS_MAX && fgets(token, sizeof token, f)) {
        char *space = strchr(token, ' ');
        if (!space) {
            continue;
        }
        *space = '\0';
        struct client *c = &clients[clients_n++];
        c->room = number(space + 1);
        connect_client(c, port, token);
    }
    fclose(f);
}

static void turn(int epoll, int64_t until_us)
{
    struct epoll_event events[256];
    while (now_us() < until_us) {
        int n = epoll_wait(epoll, events, 256, 50);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            read_some(c);
            take_frames(c, NULL);
        }
    }
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile_ms(double part)
{
    return latencies_n ? latencies[(size_t)((double)(latencies_n - 1) * part)] / 1000.0 : 0;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: tincan_bench_chat PORT CLIENTS_FILE IN_FLIGHT WARMUP_S SECONDS TEXT_BYTES\n",
              stderr);
        return 2;
    }
    in_flight = (unsigned)number(argv[3]);
    int64_t warmup_us = number(argv[4]) * 1000000, run_us = number(argv[5]) * 1000000;
    long long text_n = number(argv[6]);
    if (in_flight < 1 || in_flight > IN_FLIGHT_MAX || text_n < 1 ||
        text_n >= (long long)sizeof text) {
        fputs("tincan_bench_chat: IN_FLIGHT is 1 to 64, TEXT_BYTES 1 to 511\n", stderr);
        return 2;
    }
    memset(text, 'x', (size_t)text_n);
    latencies = malloc(LATENCIES_MAX * sizeof *latencies);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    read_clients(argv[2], (unsigned)number(argv[1]));
    if (!latencies || epoll < 0 || clients_n == 0) {
        fail("start");
    }
    running = true;
    for (unsigned i = 0; i < clients_n; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &clients[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &e);
        for (unsigned k = 0; k < in_flight; k++) {
            send_message(&clients[i]);
        }
    }
    turn(epoll, now_us() + warmup_us);
    measuring = true;
    int64_t start_us = now_us();
    turn(epoll, start_us + run_us);
    double took_s = (double)(now_us() - start_us) / 1e6;
    measuring = false;
    qsort(latencies, latencies_n, sizeof *latencies, by_value);
    printf("{\"mode\":\"chat\",\"clients\":%u,\"inflight\":%u,\"acked_per_s\":%.0f,\"events_per_"
           "s\":%.0f,"
           "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"refused\":%llu}\n",
           clients_n, in_flight, (double)acked_n / took_s, (double)events_n / took_s,
           percentile_ms(0.5), percentile_ms(0.99), (unsigned long long)refused_n);
    return refused_n > 0;
}
