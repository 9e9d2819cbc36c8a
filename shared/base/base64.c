/* Base64, three bytes to four characters at a time. */
#include "base64.h"

#include <stdint.h>

static const char alphabet[64] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};

enum { NO_VALUE = 64 };

static unsigned value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : NO_VALUE;
}

enum err base64_encode(struct slice bytes, struct buf *out)
{
    const uint8_t *in = (const uint8_t *)bytes.p;
    char *to;

    if (bytes.n / 3 >= SIZE_MAX / 4 - 1)
        return ERR_LIMIT;
    const size_t text_n = (bytes.n / 3 + (bytes.n % 3 != 0)) * 4;
    enum err e = buf_reserve(out, text_n, &to);
    if (e)
        return e;
    for (size_t left = bytes.n; left > 0;) {
        size_t take = left < 3 ? left : 3;
        unsigned bits = (unsigned)in[0] << 16;
        bits |= take > 1 ? (unsigned)in[1] << 8 : 0;
        bits |= take > 2 ? in[2] : 0;
        to[0] = alphabet[bits >> 18];
        to[1] = alphabet[bits >> 12 & 63];
        to[2] = take > 1 ? alphabet[bits >> 6 & 63] : '=';
        to[3] = take > 2 ? alphabet[bits & 63] : '=';
        in += take;
        to += 4;
        left -= take;
    }
    out->n += text_n;
    return ERR_OK;
}

/* The characters before the padding; false when the padding cannot be right. */
static bool cut_padding(struct slice *text)
{
    size_t padding_n = 0;

    while (padding_n < 2 && padding_n < text->n && text->p[text->n - 1 - padding_n] == '=')
        padding_n++;
    if (padding_n > 0 && text->n % 4 != 0)
        return false;
    text->n -= padding_n;
    return text->n % 4 != 1;
}

enum err base64_decode(struct slice text, struct buf *out)
{
    char *to;

    if (!cut_padding(&text))
        return ERR_PROTO;
    const size_t bytes_n = text.n / 4 * 3 + (text.n % 4 ? text.n % 4 - 1 : 0);
    enum err e = buf_reserve(out, bytes_n, &to);
    if (e)
        return e;

    unsigned bits = 0;
    unsigned bits_n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned value = value_of(text.p[i]);
        if (value == NO_VALUE)
            return ERR_PROTO;
        bits = (bits << 6 | value) & 0xffffffU;
        bits_n += 6;
        if (bits_n >= 8) {
            bits_n -= 8;
            *to++ = (char)(uint8_t)(bits >> bits_n);
        }
    }
    out->n += bytes_n;
    return ERR_OK;
}
