/* Guard pages and the reader of vector files. */
#include "unit_support.h"

#include "buf.h"
#include "check.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { VECTOR_INPUT_MAX_BYTES = 16 << 20 };

char *guard_copy_mutable(struct slice s)
{
    static char *mapped;
    static size_t mapped_bytes;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t pages_bytes = (s.n / page + 1) * page;

    if (mapped)
        CHECK(munmap(mapped, mapped_bytes) == 0);
    mapped_bytes = pages_bytes + page;
    mapped = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapped != MAP_FAILED);
    CHECK(mprotect(mapped + pages_bytes, page, PROT_NONE) == 0);
    char *copy = mapped + pages_bytes - s.n;
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    return copy;
}

struct slice guard_copy(struct slice s)
{
    return (struct slice){guard_copy_mutable(s), s.n};
}

static void malformed(const struct vector *v, const char *what)
{
    (void)fprintf(stderr, "tests/vectors/%.*s.txt:%u: %s\n", SL_ARG(v->codec), v->line_n, what);
    check_failed(__FILE__, __LINE__, "a well-formed vector file");
}

static void put(struct buf *b, struct slice s)
{
    CHECK(buf_put(b, s) == ERR_OK);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static bool put_hex(struct slice *text, struct buf *out)
{
    if (text->n < 2 || hex_digit(text->p[0]) < 0 || hex_digit(text->p[1]) < 0)
        return false;
    char byte = (char)(hex_digit(text->p[0]) << 4 | hex_digit(text->p[1]));
    put(out, (struct slice){&byte, 1});
    *text = slice_from(*text, 2);
    return true;
}

/* Behind the opening quote. */
static bool put_quoted(struct slice *text, struct buf *out)
{
    static const char escapes[] = "n\nr\rt\t\"\"\\\\";

    while (text->n > 0 && text->p[0] != '"') {
        char c = text->p[0];
        *text = slice_from(*text, 1);
        if (c == '\\') {
            if (text->n == 0)
                return false;
            char letter = text->p[0];
            *text = slice_from(*text, 1);
            if (letter == 'x') {
                if (!put_hex(text, out))
                    return false;
                continue;
            }
            const char *at = letter ? strchr(escapes, letter) : NULL;
            if (!at)
                return false;
            c = at[1];
        }
        put(out, (struct slice){&c, 1});
    }
    if (text->n == 0)
        return false;
    *text = slice_from(*text, 1);
    return true;
}

/* "..." or hex:..., and *N. */
static bool put_piece(struct slice *text, struct buf *out)
{
    const size_t from = out->n;
    unsigned long long times_n = 1;

    if (slice_starts_with(*text, SL("\""))) {
        *text = slice_from(*text, 1);
        if (!put_quoted(text, out))
            return false;
    } else if (slice_starts_with(*text, SL("hex:"))) {
        *text = slice_from(*text, 4);
        while (put_hex(text, out))
            ;
    } else {
        return false;
    }
    const size_t piece_n = out->n - from;
    if (slice_starts_with(*text, SL("*"))) {
        size_t digits_n = 1;
        while (digits_n < text->n && text->p[digits_n] >= '0' && text->p[digits_n] <= '9')
            digits_n++;
        struct slice digits = {text->p + 1, digits_n - 1};
        if (!slice_to_u64(digits, VECTOR_INPUT_MAX_BYTES, &times_n))
            return false;
        *text = slice_from(*text, digits_n);
    }
    for (; times_n > 1; times_n--) {
        char *room;
        CHECK(buf_reserve(out, piece_n, &room) == ERR_OK);
        put(out, (struct slice){out->p + from, piece_n});
    }
    return true;
}

static bool parse_input(struct slice text, struct buf *out)
{
    buf_reset(out);
    while (put_piece(&text, out)) {
        if (text.n == 0)
            return true;
        if (text.p[0] != '+')
            return false;
        text = slice_from(text, 1);
    }
    return false;
}

/* The whole file into out. */
static void read_file(const char *codec, struct buf *out)
{
    struct buf path = {.max = 4096};
    char part[65536];
    size_t n;

    CHECK(buf_printf(&path, "%s/%s.txt", TINCAN_VECTORS_DIR, codec) == ERR_OK);
    CHECK(buf_putc(&path, '\0') == ERR_OK);
    FILE *file = fopen(path.p, "rb");
    if (!file)
        (void)fprintf(stderr, "%s: %s\n", path.p, strerror(errno));
    CHECK(file);
    while ((n = fread(part, 1, sizeof(part), file)) > 0)
        put(out, (struct slice){part, n});
    CHECK(!ferror(file));
    (void)fclose(file);
    buf_fini(&path);
}

/* One line: "key value". Calls each when the case is complete, which its "out" makes it. */
static unsigned read_line(struct slice line, struct vector *v, struct buf *input, vector_fn each)
{
    size_t key_n = slice_find(line, ' ');
    struct slice key = {line.p, key_n};
    struct slice value = slice_from(line, key_n < line.n ? key_n + 1 : key_n);

    while (value.n > 0 && value.p[0] == ' ')
        value = slice_from(value, 1);
    if (line.n == 0 || line.p[0] == '#' || slice_eq(key, SL("ref")) || slice_eq(key, SL("why"))) {
        return 0;
    } else if (slice_eq(key, SL("case"))) {
        v->name = value;
        v->input.p = NULL;
    } else if (slice_eq(key, SL("in")) && v->name.n > 0) {
        if (!parse_input(value, input))
            malformed(v, "cannot read the input");
        v->input = (struct slice){input->p ? input->p : "", input->n};
    } else if (slice_eq(key, SL("out")) && v->input.p) {
        v->outcome = value;
        each(v);
        v->name.n = 0;
        v->input.p = NULL;
        return 1;
    } else {
        malformed(v, "unexpected line");
    }
    return 0;
}

void vectors_each(const char *codec, vector_fn each)
{
    struct buf file = {.max = VECTOR_INPUT_MAX_BYTES};
    struct buf input = {.max = VECTOR_INPUT_MAX_BYTES};
    struct vector v = {.codec = slice_str(codec)};
    unsigned cases_n = 0;

    read_file(codec, &file);
    for (struct slice rest = buf_peek(&file); rest.n > 0;) {
        size_t n = slice_find(rest, '\n');
        v.line_n++;
        cases_n += read_line((struct slice){rest.p, n}, &v, &input, each);
        rest = slice_from(rest, n < rest.n ? n + 1 : n);
    }
    if (cases_n == 0 || v.name.n > 0)
        malformed(&v, "no case, or one without its outcome");
    buf_fini(&file);
    buf_fini(&input);
}
