/* Writes the inputs of golden vectors as seeds of a fuzz target: vector_seeds CODEC... DIRECTORY */
#include "unit_support.h"

#include "buf.h"
#include "check.h"
#include <stdio.h>

/* Longer inputs are about caps, which a fuzzer does not find by growing them. */
enum { SEED_BYTES_MAX = 4096 };

static const char *directory;
static unsigned seeds_n;

static void write_seed(const struct vector *v)
{
    struct buf path = {.max = 4096};

    if (v->input.n > SEED_BYTES_MAX)
        return;
    CHECK(buf_printf(&path, "%s/vector-%u", directory, seeds_n++) == ERR_OK);
    CHECK(buf_putc(&path, '\0') == ERR_OK);
    FILE *file = fopen(path.p, "wb");
    CHECK(file);
    CHECK(fwrite(v->input.p, 1, v->input.n, file) == v->input.n);
    CHECK(fclose(file) == 0);
    buf_fini(&path);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fputs("usage: vector_seeds CODEC... DIRECTORY\n", stderr);
        return 2;
    }
    directory = argv[argc - 1];
    for (int i = 1; i < argc - 1; i++)
        vectors_each(argv[i], write_seed);
    return 0;
}
