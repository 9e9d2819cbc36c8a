/* Forced into cJSON.c, which stays unmodified: its memory comes from the project's allocator. */
#pragma once

#include "mem.h"
#include <stdlib.h>

#define malloc  mem_alloc
#define realloc mem_realloc
#define free    mem_free
