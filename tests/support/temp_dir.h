/* A folder for a test's files, gone with everything in it at the test's end. */
#pragma once

#define TEMP_PATH_BYTES 512

/* Make one, its name into path. Fails the test when it cannot. */
void temp_dir_make(char path[TEMP_PATH_BYTES]);
/* Remove it and all below it. */
void temp_dir_remove(const char *path);
