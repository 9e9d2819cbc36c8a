/* The static site: what is in the table and what is not, choice of a form, caching, and the
 * traversal corpus through the gate. */
#include "accept_encoding.h"
#include "content_type.h"
#include "gate.h"
#include "mem.h"
#include "site.h"
#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct site *site;

static void path_in(char *out, size_t out_n, const char *name)
{
    int n = snprintf(out, out_n, "%s/%s", dir, name);
    assert_true(n > 0 && (size_t)n < out_n);
}

static void put(const char *name, const char *text)
{
    char path[256];
    path_in(path, sizeof path, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void put_folder(const char *name)
{
    char path[256];
    path_in(path, sizeof path, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void put_link(const char *name, const char *target)
{
    char path[256];
    path_in(path, sizeof path, name);
    assert_int_equal(symlink(target, path), 0);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/test_site.XXXXXX");
    assert_non_null(mkdtemp(dir));
    put("index.html", "<!doctype html>");
    put("app.0123abcd.js", "plain js");
    put("app.0123abcd.js.br", "br js");
    put("app.0123abcd.js.gz", "gz js");
    put("only.css", "css");
    put("only.css.gz", "gz css");
    put("lonely.gz", "not a form of anything");
    put("empty.txt", "");
    put("with space.txt", "space");
    put(".hidden", "secret");
    put_folder(".git");
    put(".git/config", "secret");
    put_folder("sub");
    put("sub/index.html", "sub index");
    put("sub/caf\xc3\xa9.txt", "coffee");
    put_link("inside", "index.html");
    put_link("outside", "/etc/passwd");
    put_link("outside2", "../../../../../../etc/passwd");
    put_link("loop", ".");
    put_link("dangling", "nowhere");
    const char *why;
    assert_int_equal(site_open(dir, &site, &why), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    site_close(site);
    static const char *const names[] = {"index.html",
                                        "app.0123abcd.js",
                                        "app.0123abcd.js.br",
                                        "app.0123abcd.js.gz",
                                        "only.css",
                                        "only.css.gz",
                                        "lonely.gz",
                                        "empty.txt",
                                        "with space.txt",
                                        ".hidden",
                                        ".git/config",
                                        ".git",
                                        "sub/index.html",
                                        "sub/caf\xc3\xa9.txt",
                                        "sub",
                                        "inside",
                                        "outside",
                                        "outside2",
                                        "loop",
                                        "dangling",
                                        ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        path_in(path, sizeof path, names[i]);
        assert_int_equal(remove(path), 0);
    }
    return 0;
}

static struct http_reply ask(const char *method, const char *path, const char *name,
                             const char *value)
{
    static struct http_header header;
    struct http_reply reply;
    header = (struct http_header){slice_str(name), slice_str(value)};
    struct http_request request = {.method = slice_str(method),
                                   .path = slice_str(path),
                                   .headers = &header,
                                   .headers_n = name ? 1 : 0};
    site_reply(site, &request, &reply);
    return reply;
}

static struct slice header_of(const struct http_reply *reply, const char *name)
{
    struct slice found = {0};
    for (unsigned i = 0; i < reply->headers_n; i++) {
        if (slice_eq_nocase(reply->headers[i].name, slice_str(name))) {
            assert_int_equal(found.n, 0); /* once */
            found = reply->headers[i].value;
        }
    }
    return found;
}

static void assert_slice(struct slice got, const char *want)
{
    if (!slice_eq(got, slice_str(want))) {
        print_error("\"%.*s\" is not \"%s\"\n", SL_ARG(got), want);
        fail();
    }
}

static void test_site__serves_what_is_in_the_folder(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status;
        const char *body, *type;
    } cases[] = {
        {"/", 200, "<!doctype html>", "text/html; charset=utf-8"},
        {"/index.html", 200, "<!doctype html>", "text/html; charset=utf-8"},
        {"/app.0123abcd.js", 200, "plain js", "text/javascript; charset=utf-8"},
        {"/only.css", 200, "css", "text/css; charset=utf-8"},
        {"/lonely.gz", 200, "not a form of anything", "application/octet-stream"},
        {"/empty.txt", 200, "", "text/plain; charset=utf-8"},
        {"/with space.txt", 200, "space", "text/plain; charset=utf-8"},
        {"/sub/", 200, "sub index", "text/html; charset=utf-8"},
        {"/sub/caf\xc3\xa9.txt", 200, "coffee", "text/plain; charset=utf-8"},
        {"/inside", 200, "<!doctype html>", "application/octet-stream"},
        {"/app.0123abcd.js.br", 404, NULL, NULL},
        {"/only.css.gz", 404, NULL, NULL},
        {"/sub", 404, NULL, NULL},
        {"/outside", 404, NULL, NULL},
        {"/outside2", 404, NULL, NULL},
        {"/loop", 404, NULL, NULL},
        {"/loop/index.html", 404, NULL, NULL},
        {"/dangling", 404, NULL, NULL},
        {"/.hidden", 404, NULL, NULL},
        {"/.git/config", 404, NULL, NULL},
        {"/INDEX.HTML", 404, NULL, NULL},
        {"/index.htm", 404, NULL, NULL},
        {"/index.html/", 404, NULL, NULL},
        {"index.html", 404, NULL, NULL},
        {"", 404, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_reply r = ask("GET", cases[i].path, NULL, NULL);
        if (r.status != cases[i].status) {
            print_error("%s: %d\n", cases[i].path, r.status);
            fail();
        }
        if (cases[i].body) {
            assert_slice(r.body, cases[i].body);
            assert_slice(r.content_type, cases[i].type);
        }
        assert_true(header_of(&r, "Content-Security-Policy").n > 0);
        assert_slice(header_of(&r, "X-Content-Type-Options"), "nosniff");
        assert_slice(header_of(&r, "Referrer-Policy"), "no-referrer");
        assert_slice(header_of(&r, "Cross-Origin-Opener-Policy"), "same-origin");
        assert_slice(header_of(&r, "Cross-Origin-Resource-Policy"), "same-origin");
        assert_int_equal(header_of(&r, "Strict-Transport-Security").n, 0);
    }
}

static void test_site__only_answers_get_and_head(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct http_reply r = ask(methods[i], "/index.html", NULL, NULL);
        assert_int_equal(r.status, 405);
        assert_slice(header_of(&r, "Allow"), "GET, HEAD");
        r = ask(methods[i], "/nothing", NULL, NULL);
        assert_int_equal(r.status, 404);
    }
    assert_int_equal(ask("HEAD", "/index.html", NULL, NULL).status, 200);
}

static void test_site__hsts_only_over_tls(void **state)
{
    (void)state;
    struct http_request request = {.method = SL("GET"), .path = SL("/"), .tls = true};
    struct http_reply r;
    site_reply(site, &request, &r);
    assert_true(header_of(&r, "Strict-Transport-Security").n > 0);
}

static void test_site__chooses_the_form(void **state)
{
    (void)state;
    static const struct {
        const char *accept, *body, *coding;
    } cases[] = {
        {"", "plain js", ""},
        {"gzip, deflate, br", "br js", "br"},
        {"gzip", "gz js", "gzip"},
        {"GZIP", "gz js", "gzip"},
        {"gzip;q=1.0, br;q=0.5", "gz js", "gzip"},
        {"gzip;q=0.5, br;q=0.501", "br js", "br"},
        {"br;q=0", "plain js", ""},
        {"br;q=0, *", "gz js", "gzip"},
        {"*", "br js", "br"},
        {"*;q=0", "plain js", ""},
        {"identity", "plain js", ""},
        {"identity, gzip;q=0.5", "plain js", ""},
        {"identity;q=0, gzip;q=0.1", "gz js", "gzip"},
        {"gzip;q=0.001", "gz js", "gzip"},
        {"gzip;q=nonsense", "plain js", ""},
        {"gzip;q=2", "plain js", ""},
        {" gzip ; q=0.8 , br ; q=0.9 ", "br js", "br"},
        {"gzipx, xbr", "plain js", ""},
        {",,;,;q=", "plain js", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_reply r = ask("GET", "/app.0123abcd.js", "accept-encoding", cases[i].accept);
        assert_slice(r.body, cases[i].body);
        assert_slice(header_of(&r, "Content-Encoding"), cases[i].coding);
        assert_slice(header_of(&r, "Vary"), "Accept-Encoding");
        assert_slice(r.content_type, "text/javascript; charset=utf-8");
    }
    struct http_reply r = ask("GET", "/only.css", "Accept-Encoding", "br, gzip;q=0.1");
    assert_slice(r.body, "gz css");
    r = ask("GET", "/index.html", "Accept-Encoding", "br");
    assert_slice(r.body, "<!doctype html>");
    assert_int_equal(header_of(&r, "Vary").n, 0);
}

static void test_site__revalidates(void **state)
{
    (void)state;
    struct http_reply r = ask("GET", "/index.html", NULL, NULL);
    char etag[64], list[256];
    assert_slice(header_of(&r, "Cache-Control"), "no-cache");
    snprintf(etag, sizeof etag, "%.*s", SL_ARG(header_of(&r, "ETag")));
    assert_true(strlen(etag) == 34 && etag[0] == '"');
    static const char *const hits[] = {"%s", "W/%s", "\"a\", %s", "\"a\",W/%s,\"b\"", "*%.0s"};
    static const char *const misses[] = {"\"a\"%.0s", "x%.0s", "%.33s", "\"%.0s", "**%.0s"};
    for (size_t i = 0; i < 5; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(list, sizeof list, hits[i], etag);
        r = ask("GET", "/index.html", "If-None-Match", list);
        assert_int_equal(r.status, 304);
        assert_int_equal(r.body.n, 0);
        assert_slice(header_of(&r, "ETag"), etag);
        assert_slice(header_of(&r, "Cache-Control"), "no-cache");
        snprintf(list, sizeof list, misses[i], etag);
        r = ask("GET", "/index.html", "If-None-Match", list);
        assert_int_equal(r.status, 200);
#pragma GCC diagnostic pop
    }
    r = ask("GET", "/app.0123abcd.js", NULL, NULL);
    assert_slice(header_of(&r, "Cache-Control"), "public, max-age=31536000, immutable");
    struct http_reply br = ask("GET", "/app.0123abcd.js", "Accept-Encoding", "br");
    assert_false(
        slice_eq(header_of(&r, "ETag"), header_of(&br, "ETag"))); /* strong: of the bytes sent */
}

static void test_site__knows_types_and_hashes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type;
        bool hashed;
    } cases[] = {
        {"/a.wasm", "application/wasm", false},
        {"/a.0123456789abcdef.wasm", "application/wasm", true},
        {"/a.deadbeef.js.map", "application/json", true},
        {"/a.DEADBEEF.js", "text/javascript; charset=utf-8", false},
        {"/a.deadbee.css", "text/css; charset=utf-8", false},
        {"/deadbeef.svg", "image/svg+xml", false},
        {"/a.deadbeef", "application/octet-stream", false},
        {"/x.png", "image/png", false},
        {"/favicon.ico", "image/x-icon", false},
        {"/m.webmanifest", "application/manifest+json", false},
        {"/m.json", "application/json", false},
        {"/robots.TXT", "text/plain; charset=utf-8", false},
        {"/js", "application/octet-stream", false},
        {"/", "application/octet-stream", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_slice(content_type_of(slice_str(cases[i].name)), cases[i].type);
        assert_int_equal(content_name_is_hashed(slice_str(cases[i].name)), cases[i].hashed);
    }
}

static const char *const traversals[] = {
    "/../etc/passwd",
    "/../../etc/passwd",
    "/../../../../../../etc/passwd",
    "/./../etc/passwd",
    "/sub/../../etc/passwd",
    "/sub/../index.html",
    "/sub/./index.html",
    "/.",
    "/..",
    "/../",
    "/sub/..",
    "/sub/../",
    "//etc/passwd",
    "///etc/passwd",
    "/sub//index.html",
    "/%2e%2e/etc/passwd",
    "/%2e%2e%2fetc%2fpasswd",
    "/..%2fetc/passwd",
    "/%2E%2E/etc/passwd",
    "/.%2e/etc/passwd",
    "/%2e./etc/passwd",
    "/%2fetc/passwd",
    "/sub%2f..%2f..%2fetc/passwd",
    "/%252e%252e/etc/passwd",
    "/%252e%252e%252fetc%252fpasswd",
    "/..%252fetc/passwd",
    "/%25%32%65%25%32%65/etc/passwd",
    "/..%c0%af../etc/passwd",
    "/%c0%ae%c0%ae/etc/passwd",
    "/..%c1%9c../etc/passwd",
    "/%e0%80%ae/etc/passwd",
    "/..%5cetc%5cpasswd",
    "/..\\etc\\passwd",
    "/%5c..%5c..%5cetc%5cpasswd",
    "/sub\\..\\..\\etc\\passwd",
    "/....//etc/passwd",
    "/.../etc/passwd",
    "/....\\\\etc/passwd",
    "/..;/etc/passwd",
    "/..;a=b/etc/passwd",
    "/sub;/../etc/passwd",
    "/index.html/../../etc/passwd",
    "/index.html%00",
    "/index.html%00.js",
    "/%00",
    "/..%00/etc/passwd",
    "/etc/passwd",
    "/etc/passwd%00.html",
    "/~root",
    "/~root/.profile",
    "/.hidden",
    "/.git/config",
    "/%2ehidden",
    "/sub/../.hidden",
    "/outside",
    "/outside/",
    "/loop/loop/loop/index.html",
    "/C:/windows/win.ini",
    "/C%3a%5cwindows%5cwin.ini",
    "/file:///etc/passwd",
    "/proc/self/environ",
    "/index.html::$DATA",
    "/index.html%20",
    "/index.html.",
    "/%ef%bc%8e%ef%bc%8e/etc/passwd",
    "/%u002e%u002e/etc/passwd",
    "/?/../../etc/passwd#",
};

static void test_site__no_path_leads_out(void **state)
{
    (void)state;
    static struct gate_request gated;
    assert_true(sizeof traversals / sizeof *traversals >= 60);
    for (size_t i = 0; i < sizeof traversals / sizeof *traversals; i++) {
        char head[256];
        struct gate_refusal why;
        struct http_reply r = {0};
        int n = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", traversals[i]);
        enum err e = gate_check((struct slice){head, (size_t)n}, &gated, &why);
        int status = why.status;
        if (e == ERR_OK) {
            struct http_request request = {.method = gated.method, .path = gated.path};
            site_reply(site, &request, &r);
            status = r.status;
        }
        if (status != 400 && status != 404) {
            print_error("%s: %d\n", traversals[i], status);
            fail();
        }
    }
}

static void test_site__says_what_is_wrong_with_the_folder(void **state)
{
    (void)state;
    struct site *none = NULL;
    const char *why = NULL;
    char path[256];
    assert_int_equal(site_open("/nonexistent/public", &none, &why), ERR_NOTFOUND);
    assert_non_null(strstr(why, "/nonexistent/public"));
    path_in(path, sizeof path, "index.html");
    assert_int_equal(site_open(path, &none, &why), ERR_NOTFOUND);
    path_in(path, sizeof path, ".git");
    assert_int_equal(site_open(path, &none, &why), ERR_NOTFOUND);
    assert_non_null(strstr(why, "index.html"));
    assert_null(none);
}

static void test_site__limits_at_the_cap_and_one_past_it(void **state)
{
    (void)state;
    char big[256], path[256], name[64];
    struct site *s = NULL;
    const char *why;
    put_folder("cap");
    put("cap/index.html", "");
    path_in(path, sizeof path, "cap");
    path_in(big, sizeof big, "cap/big");
    put("cap/big", "");
    assert_int_equal(truncate(big, SITE_BYTES_MAX), 0);
    assert_int_equal(site_open(path, &s, &why), ERR_OK);
    site_close(s);
    assert_int_equal(truncate(big, SITE_BYTES_MAX + 1), 0);
    assert_int_equal(site_open(path, &s, &why), ERR_LIMIT);
    assert_int_equal(remove(big), 0);
    for (unsigned i = 1; i < SITE_FILES_MAX; i++) {
        snprintf(name, sizeof name, "cap/%u", i);
        put(name, "x");
    }
    assert_int_equal(site_open(path, &s, &why), ERR_OK);
    site_close(s);
    put("cap/more", "x");
    assert_int_equal(site_open(path, &s, &why), ERR_LIMIT);
    assert_non_null(strstr(why, "too many files"));
    for (unsigned i = 1; i < SITE_FILES_MAX; i++) {
        snprintf(name, sizeof name, "cap/%u", i);
        path_in(big, sizeof big, name);
        assert_int_equal(remove(big), 0);
    }
    static const char *const rest[] = {"cap/more", "cap/index.html", "cap"};
    for (size_t i = 0; i < 3; i++) {
        path_in(big, sizeof big, rest[i]);
        assert_int_equal(remove(big), 0);
    }
}

static void test_site__survives_every_failing_allocation(void **state)
{
    (void)state;
    enum err e = ERR_NOMEM;
    for (unsigned long n = 1; e == ERR_NOMEM; n++) {
        struct site *s = NULL;
        const char *why;
        mem_fail_after(n, 0);
        e = site_open(dir, &s, &why);
        mem_fail_after(0, 0);
        site_close(s);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && s == NULL));
        assert_true(n < 1000);
    }
}

static void test_http_message__refuses_what_splits_lines(void **state)
{
    (void)state;
    static const struct {
        struct slice name, value;
        enum err result;
    } cases[] = {
        {{"X", 1}, {"fine", 4}, ERR_OK},           {{"X", 1}, {"", 0}, ERR_OK},
        {{"X", 1}, {"a\r\nY: b", 7}, ERR_INVALID}, {{"X", 1}, {"a\nb", 3}, ERR_INVALID},
        {{"X", 1}, {"a\rb", 3}, ERR_INVALID},      {{"X", 1}, {"a\0b", 3}, ERR_INVALID},
        {{"X\r\nY", 4}, {"a", 1}, ERR_INVALID},    {{"X: y", 4}, {"a", 1}, ERR_INVALID},
        {{"", 0}, {"a", 1}, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_reply reply = {0};
        struct buf out = {.max = 4096};
        struct slice body;
        http_reply_header(&reply, cases[i].name, cases[i].value);
        assert_int_equal(http_reply_render(&reply, false, false, &out, &body), cases[i].result);
        assert_int_equal(out.n > 0, cases[i].result == ERR_OK);
        buf_fini(&out);
    }
    struct http_reply reply = {.content_type = SL("a\r\nb")};
    struct buf out = {.max = 4096};
    struct slice body;
    assert_int_equal(http_reply_render(&reply, false, false, &out, &body), ERR_INVALID);
    buf_fini(&out);
}

static void test_http_message__renders(void **state)
{
    (void)state;
    struct buf out = {.max = 4096};
    struct slice body;
    struct http_reply reply = {
        .status = 200, .content_type = SL("text/plain"), .body = SL("hello")};
    assert_int_equal(http_reply_render(&reply, false, true, &out, &body), ERR_OK);
    assert_slice(buf_peek(&out), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                                 "5\r\nConnection: keep-alive\r\n\r\n");
    assert_slice(body, "hello");
    buf_reset(&out);
    assert_int_equal(http_reply_render(&reply, true, false, &out, &body), ERR_OK);
    assert_slice(buf_peek(&out), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                                 "5\r\nConnection: close\r\n\r\n");
    assert_int_equal(body.n, 0);
    buf_reset(&out);
    reply = (struct http_reply){.status = 304};
    assert_int_equal(http_reply_render(&reply, false, true, &out, &body), ERR_OK);
    assert_slice(buf_peek(&out), "HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n");
    buf_reset(&out);
    reply = (struct http_reply){.status = 404};
    assert_int_equal(http_reply_render(&reply, false, true, &out, &body), ERR_OK);
    assert_slice(body,
                 "{\"error\":{\"code\":\"not_found\",\"message\":\"There is nothing here.\"}}");
    buf_fini(&out);
}

static void test_http_message__owns_what_was_kept_and_written(void **state)
{
    (void)state;
    struct http_reply reply = {0};
    char text[] = "text";
    struct slice kept = http_reply_keep(&reply, slice_str(text));
    assert_int_equal(http_reply_write(&reply, slice_str(text)), ERR_OK);
    memset(text, 'x', sizeof text - 1);
    assert_slice(kept, "text");
    assert_slice(reply.body, "text");
    for (size_t left = HTTP_REPLY_BODY_BYTES_MAX - 4; left > 0;
         left -= left % 4096 ? left % 4096 : 4096) {
        static char page[4096];
        struct slice piece = {page, left % 4096 ? left % 4096 : 4096};
        assert_int_equal(http_reply_write(&reply, piece), ERR_OK);
    }
    assert_int_equal(http_reply_write(&reply, SL("x")), ERR_LIMIT);
    assert_int_equal(reply.body.n, HTTP_REPLY_BODY_BYTES_MAX);
    for (unsigned i = 1; i < HTTP_REPLY_KEPT_BYTES_MAX / 16; i++) {
        assert_non_null(http_reply_keep(&reply, SL("0123456789")).p);
    }
    assert_null(http_reply_keep(&reply, SL("x")).p);
    assert_slice(kept, "text");
    http_reply_fini(&reply);
    http_reply_fini(&(struct http_reply){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_site__serves_what_is_in_the_folder),
        cmocka_unit_test(test_site__only_answers_get_and_head),
        cmocka_unit_test(test_site__hsts_only_over_tls),
        cmocka_unit_test(test_site__chooses_the_form),
        cmocka_unit_test(test_site__revalidates),
        cmocka_unit_test(test_site__knows_types_and_hashes),
        cmocka_unit_test(test_site__no_path_leads_out),
        cmocka_unit_test(test_site__says_what_is_wrong_with_the_folder),
        cmocka_unit_test(test_site__limits_at_the_cap_and_one_past_it),
        cmocka_unit_test(test_site__survives_every_failing_allocation),
        cmocka_unit_test(test_http_message__refuses_what_splits_lines),
        cmocka_unit_test(test_http_message__renders),
        cmocka_unit_test(test_http_message__owns_what_was_kept_and_written),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
