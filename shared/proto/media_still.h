/* A picture and nothing else: what says where, when and with what it was taken (Exif, XMP, comments, small copies of it), what moves it,
 * and whatever follows its end are left out. It is not decoded: whoever shows it sees whether its pixels are sound.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"

/* Append to out what is to be kept of a PNG, a JPEG or a WebP.
 * Returns: ERR_OK | ERR_INVALID, it is none of them, cut off, or has more than one picture | ERR_LIMIT | ERR_NOMEM; out is as it was then.
 * Source:  PNG 1.2; JPEG (ITU T.81 annex B); RFC 9649 (WebP). */
NODISCARD enum err media_still(struct slice file, struct buf *out);
