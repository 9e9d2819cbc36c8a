/* What a file is, told by its content alone: its type, and of pictures how large they are. What a client says of a file is never believed.
 */
#pragma once

#include "chat_limits.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define MEDIA_HEAD_BYTES (256u << 10) /* as much of a file as is looked at */

struct media {
    const char
        *type; /* a MIME type, static text; "application/octet-stream" when it is not known */
    uint32_t width,
        height; /* of PNG, JPEG, GIF and WebP, as they are shown; 0 when they are not told, or beyond CHAT_FILE_SIDE_MAX */
};

/* head: the beginning of a file of size bytes, at least MEDIA_HEAD_BYTES of it where there are as many.
 * Source:  the formats' own specifications: PNG 1.2, GIF89a, JPEG (ITU T.81 annex B, Exif 2.3), RFC 9649 (WebP). */
struct media media_of(struct slice head, uint64_t size);
/* May a browser show it by itself when its address is opened: is there nothing in that type that could run? */
bool media_is_passive(struct slice type);

/* A file's name as it is kept and shown: the last part of what was given, without control characters, marks that turn the direction of
 * text around and what no file system takes; at most CHAT_FILE_NAME_CHARS_MAX characters, the ending kept; "file" when nothing is left.
 * Shape:   name is valid UTF-8.
 * Returns: the bytes written. */
size_t media_name(struct slice name, char out[CHAT_FILE_NAME_BYTES_MAX]);
