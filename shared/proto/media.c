/* See media.h. Everything read is checked to be there first: a file may be anything, and end anywhere. */
#include "media.h"

#include "media_bytes.h"
#include "utf8.h"

#include <string.h>

#define UNKNOWN "application/octet-stream"

static void set_sides(struct media *m, uint32_t width, uint32_t height)
{
    bool told =
        width > 0 && height > 0 && width <= CHAT_FILE_SIDE_MAX && height <= CHAT_FILE_SIDE_MAX;
    m->width = told ? width : 0;
    m->height = told ? height : 0;
}

/* --- pictures --- */

static void png(struct slice s, struct media *m)
{
    if (has(s, 0, 24) && is_at(s, 12, SL("IHDR"))) {
        set_sides(m, be32(s, 16), be32(s, 20));
    }
}

static void gif(struct slice s, struct media *m)
{
    if (has(s, 0, 10)) {
        set_sides(m, le16(s, 6), le16(s, 8));
    }
}

static void webp(struct slice s, struct media *m)
{
    if (is_at(s, 12, SL("VP8X")) && has(s, 24, 6)) {
        set_sides(m, le24(s, 24) + 1, le24(s, 27) + 1);
    } else if (is_at(s, 12, SL("VP8L")) && has(s, 20, 5) && byte_at(s, 20) == 0x2f) {
        uint32_t bits = le32(s, 21);
        set_sides(m, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
    } else if (is_at(s, 12, SL("VP8 ")) && is_at(s, 23, SL("\x9d\x01\x2a")) && has(s, 26, 4)) {
        set_sides(m, le16(s, 26) & 0x3fff, le16(s, 28) & 0x3fff);
    }
}

/* Which way up a picture was taken: the tag Orientation of a TIFF header, 1 to 8; 0: it does not say. */
static uint32_t orientation(struct slice tiff)
{
    bool little = is_at(tiff, 0, SL("II\x2a\0"));
    if ((!little && !is_at(tiff, 0, SL("MM\0\x2a"))) || !has(tiff, 0, 8)) {
        return 0;
    }
    size_t at = little ? le32(tiff, 4) : be32(tiff, 4);
    if (!has(tiff, at, 2)) {
        return 0;
    }
    uint32_t n = little ? le16(tiff, at) : be16(tiff, at);
    at += 2;
    for (uint32_t i = 0; i < n && has(tiff, at, 12); i++, at += 12) {
        uint32_t tag = little ? le16(tiff, at) : be16(tiff, at);
        if (tag == 0x0112) {
            return little ? le16(tiff, at + 8) : be16(tiff, at + 8);
        }
    }
    return 0;
}

/* Markers until the one that begins a frame; each but a few has a length. */
static void jpeg(struct slice s, struct media *m)
{
    size_t at = 2;
    bool turned = false;
    while (has(s, at, 4) && byte_at(s, at) == 0xff) {
        uint32_t marker = byte_at(s, at + 1);
        if (marker == 0xff || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += marker == 0xff ? 1 : 2; /* filling, or a marker that stands alone */
            continue;
        }
        uint32_t length = be16(s, at + 2);
        if (marker == 0xd9 || marker == 0xda || length < 2) {
            return; /* the end, or the picture itself without a header */
        }
        if (media_jpeg_frame(marker)) {
            if (has(s, at, 9)) {
                uint32_t height = be16(s, at + 5), width = be16(s, at + 7);
                set_sides(m, turned ? height : width, turned ? width : height);
            }
            return;
        }
        if (marker == 0xe1 && is_at(s, at + 4, SL("Exif\0\0")) && length >= 8 &&
            has(s, at + 2, length)) {
            turned = orientation((struct slice){s.p + at + 10, length - 8}) >= 5;
        }
        at += 2 + length;
    }
}

/* --- sound and films --- */

static const char *iso_media(struct slice s)
{
    static const struct {
        struct slice brand;
        const char *type;
    } brands[] = {
        {{"avif", 4}, "image/avif"}, {{"avis", 4}, "image/avif"}, {{"heic", 4}, "image/heic"},
        {{"heix", 4}, "image/heic"}, {{"mif1", 4}, "image/heif"}, {{"msf1", 4}, "image/heif"},
        {{"M4A ", 4}, "audio/mp4"},  {{"M4B ", 4}, "audio/mp4"},  {{"qt  ", 4}, "video/quicktime"},
    };
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++) {
        if (is_at(s, 8, brands[i].brand)) {
            return brands[i].type;
        }
    }
    return "video/mp4";
}

static const char *matroska(struct slice s)
{
    for (size_t i = 4; i < 60; i++) {
        if (is_at(s, i, SL("\x42\x82\x84webm"))) {
            return "video/webm";
        }
    }
    return "video/x-matroska";
}

static const char *ogg(struct slice s)
{
    return is_at(s, 28, SL("\x80theora")) ? "video/ogg" : "audio/ogg";
}

/* A frame of MPEG audio, layer III. */
static bool is_mp3(struct slice s)
{
    return is_at(s, 0, SL("ID3")) ||
           (has(s, 0, 3) && byte_at(s, 0) == 0xff && (byte_at(s, 1) & 0xe6) == 0xe2 &&
            (byte_at(s, 1) & 0x18) != 0x08 && byte_at(s, 2) >> 4 != 0xf &&
            byte_at(s, 2) >> 4 != 0 && (byte_at(s, 2) & 0x0c) != 0x0c);
}

/* --- text --- */

/* What looks like a document with tags (HTML, SVG, XML) is none: it is not shown by itself, whatever a browser makes of it. */
static bool begins_with_tag(struct slice s)
{
    if (slice_starts_with(s, SL("\xef\xbb\xbf"))) {
        s = slice_from(s, 3);
    }
    while (s.n > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r'))) {
        s = slice_from(s, 1);
    }
    return s.n > 0 && s.p[0] == '<';
}

static bool is_text(struct slice s, bool whole)
{
    struct utf8_state state = {0};
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == 0x7f || (c < ' ' && c != '\t' && c != '\n' && c != '\f' && c != '\r')) {
            return false;
        }
    }
    return utf8_feed(&state, s.p, s.n) && (!whole || utf8_complete(&state)) && !begins_with_tag(s);
}

/* --- the whole --- */

static const struct magic {
    size_t at;
    struct slice bytes;
    const char *type; /* NULL: is says which */
    const char *(*is)(struct slice s);
    void (*measure)(struct slice s, struct media *m);
} magics[] = {
    {0, {"\x89PNG\r\n\x1a\n", 8}, "image/png", NULL, png},
    {0, {"\xff\xd8\xff", 3}, "image/jpeg", NULL, jpeg},
    {0, {"GIF87a", 6}, "image/gif", NULL, gif},
    {0, {"GIF89a", 6}, "image/gif", NULL, gif},
    {8, {"WEBP", 4}, "image/webp", NULL, webp},
    {8, {"WAVE", 4}, "audio/wav", NULL, NULL},
    {0, {"%PDF-", 5}, "application/pdf", NULL, NULL},
    {4, {"ftyp", 4}, NULL, iso_media, NULL},
    {0, {"\x1a\x45\xdf\xa3", 4}, NULL, matroska, NULL},
    {0, {"OggS", 4}, NULL, ogg, NULL},
    {0, {"fLaC", 4}, "audio/flac", NULL, NULL},
    {0, {"PK\x03\x04", 4}, "application/zip", NULL, NULL},
    {0, {"\x1f\x8b\x08", 3}, "application/gzip", NULL, NULL},
};

static bool fits(const struct magic *g, struct slice s)
{
    return is_at(s, g->at, g->bytes) && (g->bytes.p[0] != 'W' || is_at(s, 0, SL("RIFF")));
}

struct media media_of(struct slice head, uint64_t size)
{
    struct media m = {.type = UNKNOWN};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const struct magic *g = &magics[i];
        if (fits(g, head)) {
            m.type = g->type ? g->type : g->is(head);
            if (g->measure) {
                g->measure(head, &m);
            }
            return m;
        }
    }
    if (is_mp3(head)) {
        m.type = "audio/mpeg";
    } else if (is_text(head, size <= head.n)) {
        m.type = "text/plain";
    }
    return m;
}

bool media_is_passive(struct slice type)
{
    static const char *const passive[] = {
        "image/png",  "image/jpeg", "image/gif",  "image/webp", "text/plain",
        "video/mp4",  "video/webm", "video/ogg",  "audio/mp4",  "audio/ogg",
        "audio/mpeg", "audio/wav",  "audio/flac",
    };
    for (size_t i = 0; i < sizeof passive / sizeof *passive; i++) {
        if (slice_eq(type, slice_str(passive[i]))) {
            return true;
        }
    }
    return false;
}
