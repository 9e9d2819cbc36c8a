/* Writes the table of WebSocket cases as seeds for fuzz_ws: ws_seeds DIRECTORY. */
#include "ws_table.h"

#include "check.h"
#include <stdio.h>

#define MAX_BYTES      65536
#define SEED_BYTES_MAX 1000

struct seeds {
    const char *directory;
    uint8_t options; /* as fuzz_ws reads them */
    unsigned n;
};

static void write_seed(struct ws_case *c, void *context)
{
    struct seeds *seeds = context;
    struct buf path = {.max = 4096};
    if (c->in.n > SEED_BYTES_MAX) {
        return;
    }
    CHECK(buf_printf(&path, "%s/case-%u-%u", seeds->directory, seeds->options, seeds->n++) ==
          ERR_OK);
    CHECK(buf_putc(&path, '\0') == ERR_OK);
    FILE *f = fopen(path.p, "wb");
    CHECK(f != NULL);
    const uint8_t head[2] = {seeds->options, (uint8_t)seeds->n};
    CHECK(fwrite(head, 1, sizeof(head), f) == sizeof(head));
    CHECK(c->in.n == 0 || fwrite(c->in.p, 1, c->in.n, f) == c->in.n);
    CHECK(fclose(f) == 0);
    buf_fini(&path);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: ws_seeds DIRECTORY\n", stderr);
        return 2;
    }
    for (enum ws_role role = WS_SERVER; role <= WS_CLIENT; role++) {
        struct seeds seeds = {.directory = argv[1], .options = (uint8_t)role};
        ws_table_each(TINCAN_WS_CASES, role, MAX_BYTES, write_seed, &seeds);
    }
    return 0;
}
