/* The allocator of the project: everything of ours goes through here, so that a test can fail the
 * n-th call. Thread: any.
 */
#pragma once

#include <stddef.h>

/* n bytes, uninitialised / zeroed / resized; NULL when there are none. n of 0 is treated as 1.
 * Owns: the caller frees with mem_free. */
void *mem_alloc(size_t n);
void *mem_zalloc(size_t n);
void *mem_realloc(void *p, size_t n);
void mem_free(void *p);

/* Tests only: let the countdown-th allocation from now fail, and every later one too when sticky. 0
 * turns it off. */
void mem_fail_after(unsigned long countdown, int sticky);
