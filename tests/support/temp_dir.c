/* See temp_dir.h. */
#include "temp_dir.h"

#include "check.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void temp_dir_make(char path[TEMP_PATH_BYTES])
{
    const char *base = getenv("TMPDIR");

    CHECK(snprintf(path, TEMP_PATH_BYTES, "%s/tincan-unit-XXXXXX", base ? base : "/tmp") <
          TEMP_PATH_BYTES);
    CHECK(mkdtemp(path) != NULL);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void temp_dir_remove(const char *path)
{
    CHECK(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}
