/* tincan_bench_load: load on a Socket.IO server's namespace `/`, from one thread. Prints one JSON
 * line.
 *
 * fanout  closed loop, as Bun's published chat benchmark: each client sends a message, waits until
 * it has received as many as there are clients, and sends the next one echo    one client alone
 * keeps --inflight messages under way and gets each of them back connect how fast clients come up:
 * TCP, WebSocket, Engine.IO, Socket.IO idle    they come up, stay for --seconds, and what each
 * costs in the server's memory
 */
#include "bench_conn.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MESSAGE_BYTES_MAX   60000
#define CONNECT_WAIT_US     60000000
#define DRAIN_WAIT_US       20000000
#define INFLIGHT_MAX        4096
#define HISTOGRAM_STEPS     32 /* per power of two */
#define HISTOGRAM_BUCKETS_N (48 * HISTOGRAM_STEPS)

struct options {
    const char *mode;
    struct sockaddr_in server;
    unsigned clients, concurrency, inflight, size_bytes, pid;
    unsigned seconds, warmup_seconds;
};

struct histogram {
    uint64_t count_n;
    uint32_t bucket[HISTOGRAM_BUCKETS_N];
};

struct load {
    struct options options;
    struct bench_set *set;
    uint8_t frame[MESSAGE_BYTES_MAX + 64];
    size_t frame_bytes;
    unsigned started_n, live_n, closed_n;
    unsigned tenth_n;     /* when a tenth of the clients were live: how many, ... */
    uint64_t tenth_bytes; /* ... and the server's memory, the fixed cost of being busy paid */
    const char *closed_why;
    bool running; /* clients send the next message by themselves */
    bool measuring;
    uint64_t delivered_n; /* while measuring */
    struct histogram rounds;
    int64_t sent_us[INFLIGHT_MAX]; /* echo: a ring */
};

static unsigned histogram_index(uint64_t us)
{
    if (us < HISTOGRAM_STEPS)
        return (unsigned)us;
    unsigned power = 63 - (unsigned)__builtin_clzll(us);
    unsigned index =
        (power - 4) * HISTOGRAM_STEPS + (unsigned)((us >> (power - 5)) & (HISTOGRAM_STEPS - 1));
    return index < HISTOGRAM_BUCKETS_N ? index : HISTOGRAM_BUCKETS_N - 1;
}

static uint64_t histogram_value(unsigned index)
{
    if (index < HISTOGRAM_STEPS)
        return index;
    unsigned power = index / HISTOGRAM_STEPS + 4;
    return (uint64_t)(HISTOGRAM_STEPS + index % HISTOGRAM_STEPS) << (power - 5);
}

static void histogram_add(struct histogram *h, int64_t us)
{
    h->bucket[histogram_index(us < 0 ? 0 : (uint64_t)us)]++;
    h->count_n++;
}

static uint64_t histogram_percentile(const struct histogram *h, unsigned percent)
{
    uint64_t seen_n = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS_N; i++) {
        seen_n += h->bucket[i];
        if (seen_n * 100 >= h->count_n * percent)
            return histogram_value(i);
    }
    return 0;
}

/* The client sends its next message. */
static void send_message(struct load *l, struct bench_conn *c)
{
    c->sent_us = bench_now_us();
    l->sent_us[c->sent_n % INFLIGHT_MAX] = c->sent_us;
    if (bench_send(l->set, c, l->frame, l->frame_bytes))
        c->sent_n++;
}

static void on_live(void *user, struct bench_conn *c)
{
    struct load *l = user;
    (void)c;
    l->live_n++;
}

static void on_closed(void *user, struct bench_conn *c, const char *why)
{
    struct load *l = user;
    (void)c;
    l->closed_n++;
    l->closed_why = why;
}

static void on_events(void *user, struct bench_conn *c, unsigned events_n)
{
    struct load *l = user;
    if (l->measuring)
        l->delivered_n += events_n;
    if (!l->running || c->state != BENCH_LIVE)
        return;
    if (l->options.inflight > 0) {
        for (uint64_t i = c->received_n - events_n; i < c->received_n; i++) {
            if (l->measuring)
                histogram_add(&l->rounds, bench_now_us() - l->sent_us[i % INFLIGHT_MAX]);
            send_message(l, c);
        }
    } else if (c->received_n >= c->sent_n * l->options.clients) {
        if (l->measuring)
            histogram_add(&l->rounds, bench_now_us() - c->sent_us);
        send_message(l, c);
    }
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "tincan_bench_load: %s: %s\n", what, why);
    exit(1);
}

/* Anonymous memory of the server in bytes; 0 when there is no such process. */
static uint64_t server_memory_bytes(unsigned pid)
{
    char path[64], line[256];
    unsigned long long kib = 0;
    snprintf(path, sizeof(path), "/proc/%u/status", pid);
    FILE *status = pid ? fopen(path, "re") : NULL;
    while (status && fgets(line, sizeof(line), status)) {
        if (strncmp(line, "RssAnon:", 8) != 0)
            continue;
        for (const char *p = line; *p; p++) {
            if (*p >= '0' && *p <= '9')
                kib = kib * 10 + (unsigned)(*p - '0');
        }
    }
    if (status)
        fclose(status);
    return kib * 1024;
}

/* Connect all clients, concurrency at a time. Returns how long it took. */
static int64_t connect_all(struct load *l)
{
    int64_t start_us = bench_now_us();
    while (l->live_n < l->options.clients) {
        while (l->started_n < l->options.clients &&
               l->started_n - l->live_n < l->options.concurrency) {
            if (!bench_connect(l->set, bench_set_conn(l->set, l->started_n)))
                fail("cannot connect", "no socket to be had");
            l->started_n++;
        }
        bench_turn(l->set, 100);
        if (!l->tenth_bytes && l->live_n >= l->options.clients / 10) {
            l->tenth_n = l->live_n;
            l->tenth_bytes = server_memory_bytes(l->options.pid);
        }
        if (l->closed_n > 0)
            fail("a client was lost while connecting", l->closed_why);
        if (bench_now_us() - start_us > CONNECT_WAIT_US)
            fail("cannot connect", "not everyone was answered in time");
    }
    return bench_now_us() - start_us;
}

static void run_for(struct load *l, int64_t us)
{
    int64_t end_us = bench_now_us() + us;
    int64_t left_us;
    while ((left_us = end_us - bench_now_us()) > 0 && l->closed_n == 0)
        bench_turn(l->set, (int)(left_us / 1000) + 1);
    if (l->closed_n > 0)
        fail("a client was lost", l->closed_why);
}

/* Wait until every message sent has reached every client, and nothing more. */
static bool drain(struct load *l)
{
    uint64_t sent_n = 0;
    int64_t end_us = bench_now_us() + DRAIN_WAIT_US;
    bool complete = false;
    l->running = false;
    for (unsigned i = 0; i < l->options.clients; i++)
        sent_n += bench_set_conn(l->set, i)->sent_n;
    while (!complete && bench_now_us() < end_us && l->closed_n == 0) {
        bench_turn(l->set, 50);
        complete = true;
        for (unsigned i = 0; i < l->options.clients; i++)
            complete = complete && bench_set_conn(l->set, i)->received_n >= sent_n;
    }
    bench_turn(l->set, 50);
    for (unsigned i = 0; i < l->options.clients; i++)
        complete = complete && bench_set_conn(l->set, i)->received_n == sent_n;
    return complete;
}

static bool run_loop(struct load *l)
{
    unsigned first_n = l->options.inflight > 0 ? l->options.inflight : 1;
    connect_all(l);
    l->running = true;
    for (unsigned i = 0; i < l->options.clients; i++) {
        for (unsigned k = 0; k < first_n; k++)
            send_message(l, bench_set_conn(l->set, i));
    }
    run_for(l, (int64_t)l->options.warmup_seconds * 1000000);
    l->measuring = true;
    int64_t start_us = bench_now_us();
    run_for(l, (int64_t)l->options.seconds * 1000000);
    double seconds = (double)(bench_now_us() - start_us) / 1e6;
    l->measuring = false;
    bool complete = drain(l);
    printf("{\"bench\":\"%s\",\"clients\":%u,\"inflight\":%u,\"message_bytes\":%u,\"seconds\":%.3f,"
           "\"delivered\":%llu,"
           "\"delivered_per_s\":%.0f,\"p50_us\":%llu,\"p99_us\":%llu,\"complete\":%s}\n",
           l->options.mode, l->options.clients, l->options.inflight, l->options.size_bytes, seconds,
           (unsigned long long)l->delivered_n, (double)l->delivered_n / seconds,
           (unsigned long long)histogram_percentile(&l->rounds, 50),
           (unsigned long long)histogram_percentile(&l->rounds, 99), complete ? "true" : "false");
    return complete;
}

static double bytes_each(uint64_t before_bytes, uint64_t after_bytes, unsigned n)
{
    return after_bytes > before_bytes && n > 0 ? (double)(after_bytes - before_bytes) / n : 0;
}

static bool run_connect(struct load *l, bool stay)
{
    unsigned clients = l->options.clients;
    uint64_t before_bytes = server_memory_bytes(l->options.pid);
    double seconds = (double)connect_all(l) / 1e6;
    if (stay)
        run_for(l, (int64_t)l->options.seconds * 1000000);
    uint64_t after_bytes = server_memory_bytes(l->options.pid);
    printf("{\"bench\":\"%s\",\"clients\":%u,\"connects_per_s\":%.0f,\"stayed\":%u,\"server_bytes_"
           "before\":%llu,"
           "\"server_bytes_after\":%llu,\"bytes_per_client\":%.0f,\"bytes_per_further_client\":%."
           "0f}\n",
           l->options.mode, clients, clients / seconds, l->live_n - l->closed_n,
           (unsigned long long)before_bytes, (unsigned long long)after_bytes,
           bytes_each(before_bytes, after_bytes, clients),
           bytes_each(l->tenth_bytes, after_bytes, clients - l->tenth_n));
    return true;
}

static void make_message(struct load *l)
{
    static const char begin[] = "42[\"message\",{\"text\":\"",
                      end[] = "\",\"timestamp\":1700000000000}]";
    size_t fixed_bytes = sizeof(begin) + sizeof(end) - 2 - strlen("42[\"message\",") - 1;
    size_t text_bytes =
        l->options.size_bytes > fixed_bytes ? l->options.size_bytes - fixed_bytes : 0;
    static char packet[MESSAGE_BYTES_MAX + 64];
    memcpy(packet, begin, sizeof(begin) - 1);
    memset(packet + sizeof(begin) - 1, 'x', text_bytes);
    memcpy(packet + sizeof(begin) - 1 + text_bytes, end, sizeof(end) - 1);
    l->frame_bytes = bench_frame(l->frame, sizeof(l->frame), packet,
                                 sizeof(begin) + sizeof(end) - 2 + text_bytes);
}

static void usage(FILE *to)
{
    fprintf(
        to,
        "usage: tincan_bench_load fanout|echo|connect|idle --port N [--address A] [--clients N] "
        "[--seconds N]\n"
        "    [--warmup SECONDS] [--size BYTES] [--inflight N] [--concurrency N] [--pid SERVER]\n"
        "Loads namespace / of a Socket.IO server whose event `message` goes to everyone; prints "
        "one JSON line.\n");
}

static bool parse_number(const char *text, unsigned max, unsigned *out)
{
    unsigned long long value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > max)
            return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    if (value > max)
        return false;
    *out = (unsigned)value;
    return true;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    unsigned port = 0;
    const char *address = "127.0.0.1";
    *o = (struct options){
        .clients = 32, .seconds = 3, .warmup_seconds = 1, .size_bytes = 100, .concurrency = 100};
    const struct {
        const char *name;
        unsigned max, *value;
    } numbers[] = {
        {"--port", 65535, &port},
        {"--clients", 1000000, &o->clients},
        {"--seconds", 86400, &o->seconds},
        {"--warmup", 3600, &o->warmup_seconds},
        {"--size", MESSAGE_BYTES_MAX, &o->size_bytes},
        {"--inflight", INFLIGHT_MAX, &o->inflight},
        {"--concurrency", 10000, &o->concurrency},
        {"--pid", 1u << 30, &o->pid},
    };
    if (argc < 2)
        return false;
    o->mode = argv[1];
    for (int i = 2; i < argc; i += 2) {
        bool known = false;
        if (i + 1 == argc)
            return false;
        if (strcmp(argv[i], "--address") == 0) {
            address = argv[i + 1];
            known = true;
        }
        for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]) && !known; k++)
            known = strcmp(argv[i], numbers[k].name) == 0 &&
                    parse_number(argv[i + 1], numbers[k].max, numbers[k].value);
        if (!known)
            return false;
    }
    o->server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return port > 0 && o->clients > 0 && o->concurrency > 0 &&
           inet_pton(AF_INET, address, &o->server.sin_addr) == 1;
}

int main(int argc, char **argv)
{
    static struct load l;
    struct rlimit files;
    bool good = false;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (!parse_options(argc, argv, &l.options)) {
        usage(stderr);
        return 2;
    }
    if (strcmp(l.options.mode, "echo") == 0) {
        l.options.clients = 1;
        l.options.inflight = l.options.inflight > 0 ? l.options.inflight : 64;
    } else {
        l.options.inflight = 0;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    make_message(&l);
    l.set = bench_set_new(&l.options.server, l.options.clients,
                          (struct bench_callbacks){&l, on_live, on_events, on_closed});
    if (!l.set)
        fail("cannot start", "out of memory or descriptors");
    if (strcmp(l.options.mode, "fanout") == 0 || strcmp(l.options.mode, "echo") == 0)
        good = run_loop(&l);
    else if (strcmp(l.options.mode, "connect") == 0 || strcmp(l.options.mode, "idle") == 0)
        good = run_connect(&l, strcmp(l.options.mode, "idle") == 0);
    else
        usage(stderr);
    bench_set_free(l.set);
    return good ? 0 : 1;
}
