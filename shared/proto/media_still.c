/* See media_still.h. Each format is a row of parts that say how long they are; those of the picture itself are kept. */
#include "media_still.h"

#include "media_bytes.h"

static enum err keep(struct buf *out, struct slice s, size_t at, size_t n)
{
    return buf_put(out, (struct slice){s.p + at, n});
}

/* Is there such a name, four letters each, in the list? */
static bool is_named(struct slice s, size_t at, const char *list)
{
    for (; *list; list += 4) {
        if (is_at(s, at, (struct slice){list, 4})) {
            return true;
        }
    }
    return false;
}

static enum err png(struct slice s, struct buf *out)
{
    bool first = true, picture = false;
    enum err e = keep(out, s, 0, 8);
    for (size_t at = 8; !e && has(s, at, 12); first = false) {
        size_t n = be32(s, at);
        if (n > s.n || !has(s, at, n + 12) || is_at(s, at + 4, SL("IHDR")) != first) {
            return ERR_INVALID;
        }
        if (is_named(s, at + 4, "IHDRPLTEtRNSgAMAsRGBcHRMIDATIEND")) {
            e = keep(out, s, at, n + 12);
        }
        if (is_at(s, at + 4, SL("IEND"))) {
            return picture ? e : ERR_INVALID;
        }
        picture = picture || is_at(s, at + 4, SL("IDAT"));
        at += n + 12;
    }
    return e ? e : ERR_INVALID;
}

/* The end of what is compressed: where the next marker is, other than those that are a part of it; s.n: nowhere. */
static size_t scan_end(struct slice s, size_t at)
{
    for (; has(s, at, 2); at++) {
        uint32_t next = byte_at(s, at + 1);
        if (byte_at(s, at) == 0xff && next != 0 && (next < 0xd0 || next > 0xd7)) {
            return at;
        }
    }
    return s.n;
}

/* JFIF without a small picture in it, and what says how colours are meant; no other application's, and no comment. */
static bool is_kept(uint32_t marker, size_t n)
{
    return (marker < 0xe0 || marker > 0xef || (marker == 0xe0 && n == 16) ||
            (marker == 0xee && n == 14)) &&
           marker != 0xfe;
}

static enum err jpeg(struct slice s, struct buf *out)
{
    unsigned frames = 0;
    bool scans = false;
    enum err e = keep(out, s, 0, 2);
    for (size_t at = 2; !e && has(s, at, 2) && byte_at(s, at) == 0xff;) {
        uint32_t marker = byte_at(s, at + 1);
        if (marker == 0xff) {
            at++; /* filling */
            continue;
        }
        if (marker == 0xd9) {
            return frames == 1 && scans ? keep(out, s, at, 2) : ERR_INVALID;
        }
        size_t n = has(s, at, 4) ? be16(s, at + 2) : 0;
        if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8) || n < 2 || !has(s, at + 2, n)) {
            return ERR_INVALID;
        }
        frames += media_jpeg_frame(marker) ? 1 : 0;
        scans = scans || marker == 0xda;
        size_t end = marker == 0xda ? scan_end(s, at + 2 + n) : at + 2 + n;
        if (is_kept(marker, n)) {
            e = keep(out, s, at, end - at);
        }
        at = end;
    }
    return e ? e : ERR_INVALID;
}

/* RIFF: the length of all in the header, and each part of an even length. */
static enum err webp(struct slice s, struct buf *out)
{
    unsigned pictures = 0;
    size_t start = out->n, length = has(s, 0, 12) ? le32(s, 4) : 0;
    if (length < 4 || !has(s, 8, length)) {
        return ERR_INVALID;
    }
    s.n = 8 + length;
    enum err e = keep(out, s, 0, 12);
    for (size_t at = 12, n; !e && at < s.n; at += n) {
        n = has(s, at, 8) ? le32(s, at + 4) : SIZE_MAX;
        if (n > s.n || !has(s, at, n = 8 + n + n % 2)) {
            return ERR_INVALID;
        }
        if (is_named(s, at, "VP8XALPHVP8 VP8L")) {
            e = keep(out, s, at, n);
        }
        if (!e && is_at(s, at, SL("VP8X"))) {
            if (n != 18 || at != 12) {
                return ERR_INVALID;
            }
            out->p[out->n - 10] &= 0x10; /* of what there may be, only transparency is left */
        }
        pictures += is_named(s, at, "VP8 VP8L") ? 1 : 0;
    }
    if (!e && pictures != 1) {
        return ERR_INVALID;
    }
    for (unsigned i = 0; !e && i < 4; i++) {
        out->p[start + 4 + i] = (char)((out->n - start - 8) >> 8 * i);
    }
    return e;
}

enum err media_still(struct slice file, struct buf *out)
{
    size_t before = out->n;
    enum err e = is_at(file, 0, SL("\x89PNG\r\n\x1a\n"))                    ? png(file, out)
                 : is_at(file, 0, SL("\xff\xd8\xff"))                       ? jpeg(file, out)
                 : is_at(file, 0, SL("RIFF")) && is_at(file, 8, SL("WEBP")) ? webp(file, out)
                                                                            : ERR_INVALID;
    if (e) {
        out->n = before;
    }
    return e;
}
