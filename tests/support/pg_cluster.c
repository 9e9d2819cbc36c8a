/* See pg_cluster.h. */
#include "pg_cluster.h"

#include "check.h"
#include "mem.h"
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct pg_cluster {
    pid_t keeper;
    FILE *commands, *answers;
};

/* Its answer, without "ok ". */
static void read_answer(struct pg_cluster *c, char *line, int bytes)
{
    if (!fgets(line, bytes, c->answers) || strncmp(line, "ok", 2) != 0) {
        (void)fprintf(stderr, "the keeper of PostgreSQL answered: %s\n",
                      feof(c->answers) ? "nothing" : line);
        CHECK(!"PostgreSQL does what it is told");
    }
    line[strcspn(line, "\n")] = '\0';
    memmove(line, line + (line[2] == ' ' ? 3 : 2), strlen(line + 2) + 1);
}

struct pg_cluster *pg_cluster_new(void)
{
    struct pg_cluster *c = mem_zalloc(sizeof *c);
    int in[2], out[2];
    char urls[2 * PG_URL_BYTES];

    CHECK(c && pipe(in) == 0 && pipe(out) == 0);
    c->keeper = fork();
    CHECK(c->keeper >= 0);
    if (c->keeper == 0) {
        if (dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1) {
            (void)close(in[0]);
            (void)close(in[1]);
            (void)close(out[0]);
            (void)close(out[1]);
            (void)execlp("python3", "python3", TINCAN_PG_CLUSTER, "--fast", (char *)NULL);
        }
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    c->commands = fdopen(in[1], "w");
    c->answers = fdopen(out[0], "r");
    CHECK(c->commands && c->answers);
    read_answer(c, urls, sizeof urls);
    return c;
}

void pg_cluster_free(struct pg_cluster *c)
{
    int status = -1;

    (void)fclose(c->commands);
    (void)fclose(c->answers);
    CHECK(waitpid(c->keeper, &status, 0) == c->keeper && status == 0);
    mem_free(c);
}

static void tell(struct pg_cluster *c, const char *command, char *answer, int bytes)
{
    CHECK(fprintf(c->commands, "%s\n", command) > 0 && fflush(c->commands) == 0);
    read_answer(c, answer, bytes);
}

void pg_cluster_database(struct pg_cluster *c, int tcp, char url[PG_URL_BYTES])
{
    char urls[2 * PG_URL_BYTES], *second;

    tell(c, "database", urls, sizeof urls);
    second = strchr(urls, ' ');
    CHECK(second);
    *second++ = '\0';
    CHECK(snprintf(url, PG_URL_BYTES, "%s", tcp ? second : urls) < PG_URL_BYTES);
}

void pg_cluster_tell(struct pg_cluster *c, const char *command)
{
    char answer[PG_URL_BYTES];

    tell(c, command, answer, sizeof answer);
}
