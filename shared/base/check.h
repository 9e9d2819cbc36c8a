/* Assertions about our own invariants, and attributes.
 * Never CHECK anything a peer, a file or a database can send.
 */
#pragma once

#include <stddef.h>
#include <string.h>

#define NODISCARD __attribute__((warn_unused_result))
#define NORETURN  __attribute__((noreturn))

/* Print file, line and expression to stderr and abort. */
NORETURN void check_failed(const char *file, int line, const char *expression);

#define CHECK(x) ((x) ? (void)0 : check_failed(__FILE__, __LINE__, #x))
#ifdef NDEBUG
#define DCHECK(x) ((void)sizeof(!(x)))
#else
#define DCHECK(x) CHECK(x)
#endif

/* The struct of type that holds *ptr as member. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
