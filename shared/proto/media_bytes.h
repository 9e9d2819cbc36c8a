/* The bytes of formats, for media.c and media_still.c. Everything read is checked to be there first. */
#pragma once

#include "slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool has(struct slice s, size_t at, size_t n)
{
    return at <= s.n && n <= s.n - at;
}

static inline bool is_at(struct slice s, size_t at, struct slice wanted)
{
    return has(s, at, wanted.n) && memcmp(s.p + at, wanted.p, wanted.n) == 0;
}

/* The caller has checked that it is there. */
static inline uint32_t byte_at(struct slice s, size_t at)
{
    return (unsigned char)s.p[at];
}

static inline uint32_t be16(struct slice s, size_t at)
{
    return byte_at(s, at) << 8 | byte_at(s, at + 1);
}

static inline uint32_t be32(struct slice s, size_t at)
{
    return be16(s, at) << 16 | be16(s, at + 2);
}

static inline uint32_t le16(struct slice s, size_t at)
{
    return byte_at(s, at) | byte_at(s, at + 1) << 8;
}

static inline uint32_t le24(struct slice s, size_t at)
{
    return le16(s, at) | byte_at(s, at + 2) << 16;
}

static inline uint32_t le32(struct slice s, size_t at)
{
    return le16(s, at) | le16(s, at + 2) << 16;
}

/* Does this marker of a JPEG begin a frame, which says how large it is? */
static inline bool media_jpeg_frame(uint32_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}
