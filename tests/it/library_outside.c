/* A program outside the tree, as library_install.test.mjs builds it: its own functions are called as some of the library's are
 * inside, and must not meet them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tincan.h>

static int called;

/* What a program may well call its own. */
int buf_put(const char *s);
void *map_get(int key);
void log_line(const char *s);
void *mem_alloc(int n);
void mem_free(int n);
int loop_run(void);
int ws_parser_feed(void);
int mg_start(void);
void *cJSON_Parse(const char *s);
int app_fail(void);

int buf_put(const char *s)
{
    called++;
    return (int)strlen(s);
}

void *map_get(int key)
{
    called += key;
    return NULL;
}

void log_line(const char *s)
{
    called += buf_put(s);
}

void *mem_alloc(int n)
{
    called += n;
    return NULL;
}

void mem_free(int n)
{
    called -= n;
}

int loop_run(void)
{
    return ++called;
}

int ws_parser_feed(void)
{
    return ++called;
}

int mg_start(void)
{
    return ++called;
}

void *cJSON_Parse(const char *s)
{
    log_line(s);
    return NULL;
}

int app_fail(void)
{
    return ++called;
}

static void on_echo(struct tincan_event *e, void *user)
{
    int before = called;
    (void)user;
    tincan_emit(e->socket, "echo", e->args);
    tincan_ack(e, tincan_text(called == before ? "\"untouched\"" : "\"touched\""));
}

int main(void)
{
    struct tincan *t = tincan_new(&(struct tincan_options){.listen = "127.0.0.1:0", .reactors = 2});
    struct tincan_namespace *all = t ? tincan_of(t, "/") : NULL;
    if (!all || !tincan_on(all, "echo", on_echo, NULL) || !tincan_listen(t)) {
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n", tincan_port(t, 0));
    fflush(stdout);
    return tincan_run(t) + (called != 0);
}
