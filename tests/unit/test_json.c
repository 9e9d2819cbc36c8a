/* The scan, the walk over checked text, strings and trees. */
#include "json.h"

#include "limits.h"
#include "mem.h"
#include "unit_support.h"
#include "unit_vectors.h"
#include <cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_json__vectors(void **state)
{
    (void)state;
    vectors_check("json/typed");
    vectors_check("json/relay");
    vectors_check("json/string");
}

static void test_json__vectors_without_memory(void **state)
{
    (void)state;
    vectors_check_without_memory("json/string");
}

/* What every prefix of a text is: only the whole is JSON. */
static void test_json__every_cut_is_refused(void **state)
{
    const struct slice text =
        SL("{\"key\":[1.5e-3,\"str\\u0041\xe2\x82\xac\\n longer than a word\",true,null,{}]}");

    (void)state;
    for (size_t n = 0; n < text.n; n++)
        assert_int_equal(json_check(guard_copy((struct slice){text.p, n}), NULL), ERR_INVALID);
    assert_int_equal(json_check(guard_copy(text), NULL), ERR_OK);
}

/* Every byte at every place of a string, so that words and tails are looked at alike. */
static void test_json__every_byte_in_a_string(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 20; n++) {
        for (size_t at = 0; at < n; at++) {
            for (int c = 0; c < 256; c++) {
                char text[32];
                memset(text, 'a', sizeof(text));
                text[0] = text[n + 1] = '"';
                text[at + 1] = (char)c;
                bool good = c >= ' ' && c < 0x80 && c != '"' && c != '\\';
                /* A backslash escapes the quote behind it, or an 'a', of which there is no escape.
                 */
                enum err e = json_check(guard_copy((struct slice){text, n + 2}), NULL);
                assert_int_equal(e, good ? ERR_OK : ERR_INVALID);
            }
        }
    }
}

static void test_json__limits_of_zero_are_the_defaults(void **state)
{
    const struct json_limits defaults = {0};
    const struct json_limits too_deep = {.depth_max = 1 << 20, .allow_duplicate_keys = true};
    const struct json_limits one = {.depth_max = 1, .values_max = 2};
    char text[4096];

    (void)state;
    memset(text, '[', JSON_RELAY_DEPTH_MAX + 1);
    memset(text + JSON_RELAY_DEPTH_MAX + 1, ']', JSON_RELAY_DEPTH_MAX + 1);
    struct slice middle = {text + JSON_RELAY_DEPTH_MAX + 1 - JSON_DEPTH_MAX, 2 * JSON_DEPTH_MAX};
    assert_int_equal(json_check(middle, &defaults), ERR_OK);
    middle = (struct slice){middle.p - 1, middle.n + 2};
    assert_int_equal(json_check(middle, &defaults), ERR_LIMIT);
    assert_int_equal(json_check((struct slice){text, 2 * JSON_RELAY_DEPTH_MAX + 2}, &too_deep),
                     ERR_LIMIT);
    assert_int_equal(json_check((struct slice){text + 1, 2 * JSON_RELAY_DEPTH_MAX}, &too_deep),
                     ERR_OK);
    assert_int_equal(json_check(SL("[1]"), &one), ERR_OK);
    assert_int_equal(json_check(SL("[1,2]"), &one), ERR_LIMIT);
    assert_int_equal(json_check(SL("[[]]"), &one), ERR_LIMIT);
    assert_int_equal(json_check(SL("1"), &one), ERR_OK);
}

/* More values than the table of keys has room for cannot be asked for while keys matter. */
static void test_json__many_keys(void **state)
{
    const struct json_limits many = {.values_max = 100000};
    struct buf b = {.max = 1 << 20};

    (void)state;
    for (unsigned keys_n = JSON_VALUES_MAX - 1; keys_n <= JSON_VALUES_MAX; keys_n++) {
        buf_reset(&b);
        for (unsigned i = 0; i < keys_n; i++)
            assert_int_equal(buf_printf(&b, "%c\"k%u\":0", i ? ',' : '{', i * 7919 % 10007),
                             ERR_OK);
        assert_int_equal(buf_putc(&b, '}'), ERR_OK);
        assert_int_equal(json_check(buf_peek(&b), &many),
                         keys_n < JSON_VALUES_MAX ? ERR_OK : ERR_LIMIT);
    }
    /* The last key repeats the first: the whole table is compared. */
    buf_reset(&b);
    for (unsigned i = 0; i < JSON_VALUES_MAX - 1; i++)
        assert_int_equal(buf_printf(&b, "%c\"k%u\":0", i ? ',' : '{', i % (JSON_VALUES_MAX - 2)),
                         ERR_OK);
    assert_int_equal(buf_putc(&b, '}'), ERR_OK);
    assert_int_equal(json_check(buf_peek(&b), &many), ERR_INVALID);
    buf_fini(&b);
}

static void test_json__an_array_is_cut_in_one_scan(void **state)
{
    static const struct {
        const char *text;
        enum err result;
        const char *whole, *first, *rest;
    } cases[] = {
        {"[]", ERR_OK, "[]", "", ""},
        {" [ ] ", ERR_OK, "[ ]", "", ""},
        {"[1]", ERR_OK, "[1]", "1", ""},
        {" [ 1 ] ", ERR_OK, "[ 1 ]", "1", ""},
        {"[\"a\",1]", ERR_OK, "[\"a\",1]", "\"a\"", "1"},
        {"[ \"a\" , 1 , [2 ,3] ]", ERR_OK, "[ \"a\" , 1 , [2 ,3] ]", "\"a\"", "1 , [2 ,3]"},
        {"[[1,2],{\"a\":[]}]", ERR_OK, "[[1,2],{\"a\":[]}]", "[1,2]", "{\"a\":[]}"},
        {"{}", ERR_INVALID, "", "", ""},
        {"1", ERR_INVALID, "", "", ""},
        {"", ERR_INVALID, "", "", ""},
        {"[", ERR_INVALID, "", "", ""},
        {"[1", ERR_INVALID, "", "", ""},
        {"[1,", ERR_INVALID, "", "", ""},
        {"[1,2", ERR_INVALID, "", "", ""},
        {"[1,]", ERR_INVALID, "", "", ""},
        {"[1 2]", ERR_INVALID, "", "", ""},
        {"[1}", ERR_INVALID, "", "", ""},
        {"[1,2}", ERR_INVALID, "", "", ""},
        {"[]]", ERR_INVALID, "", "", ""},
        {"[1] 2", ERR_INVALID, "", "", ""},
        {"[{\"a\":1,\"a\":2}]", ERR_INVALID, "", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_array array = {0};
        struct slice text = guard_copy(slice_str(cases[i].text));
        assert_int_equal(json_check_array(text, NULL, &array), cases[i].result);
        assert_true(slice_eq(array.whole, slice_str(cases[i].whole)));
        assert_true(slice_eq(array.first, slice_str(cases[i].first)));
        assert_true(slice_eq(array.rest, slice_str(cases[i].rest)));
    }
}

static void test_json__an_array_counts_towards_the_limits(void **state)
{
    const struct json_limits limits = {.depth_max = 2, .values_max = 3};
    struct json_array array;

    (void)state;
    assert_int_equal(json_check_array(SL("[1,[]]"), &limits, &array), ERR_OK);
    assert_int_equal(json_check_array(SL("[1,2,3]"), &limits, &array), ERR_LIMIT);
    assert_int_equal(json_check_array(SL("[[[]]]"), &limits, &array), ERR_LIMIT);
}

static void test_json__types(void **state)
{
    (void)state;
    assert_int_equal(json_type_of(SL(" null")), JSON_NULL);
    assert_int_equal(json_type_of(SL("true")), JSON_BOOL);
    assert_int_equal(json_type_of(SL("false")), JSON_BOOL);
    assert_int_equal(json_type_of(SL("\n-1")), JSON_NUMBER);
    assert_int_equal(json_type_of(SL("0")), JSON_NUMBER);
    assert_int_equal(json_type_of(SL("\"\"")), JSON_STRING);
    assert_int_equal(json_type_of(SL("[]")), JSON_ARRAY);
    assert_int_equal(json_type_of(SL("{}")), JSON_OBJECT);
}

/* What the walk sees, as "key=value;" per step. */
static void walk_is(struct json_iter it, const char *expected)
{
    struct buf seen = {.max = 1000};
    struct slice key, value;

    while (json_iter_next(&it, &key, &value))
        assert_int_equal(buf_printf(&seen, "%.*s=%.*s;", SL_ARG(key), SL_ARG(value)), ERR_OK);
    assert_false(json_iter_next(&it, NULL, &value));
    assert_true(slice_eq(buf_peek(&seen), slice_str(expected)));
    buf_fini(&seen);
}

static void test_json__walks_arrays_objects_and_elements(void **state)
{
    struct json_iter it;

    (void)state;
    json_iter_init(&it, guard_copy(SL("[]")));
    walk_is(it, "");
    json_iter_init(&it, guard_copy(SL(" { } ")));
    walk_is(it, "");
    json_iter_init(&it, guard_copy(SL("[1 , \"a,]\\\"\", [2,[3]] ,{\"x\":{}} , null ]")));
    walk_is(it, "=1;=\"a,]\\\"\";=[2,[3]];={\"x\":{}};=null;");
    json_iter_init(&it, guard_copy(SL("{\"a\":1, \"b:\" : [ ] ,\"\":\"x\"}")));
    walk_is(it, "\"a\"=1;\"b:\"=[ ];\"\"=\"x\";");
    json_iter_init(&it, SL("5"));
    walk_is(it, "");
    json_iter_init_elements(&it, guard_copy(SL("1 , {\"a\":2},\"x\"")));
    walk_is(it, "=1;={\"a\":2};=\"x\";");
    json_iter_init_elements(&it, guard_copy(SL("123")));
    walk_is(it, "=123;");
    json_iter_init_elements(&it, (struct slice){NULL, 0});
    walk_is(it, "");
}

static void test_json__gets_members_by_plain_key(void **state)
{
    const struct slice object = SL("{\"a\":{\"b\":1},\"\\u0062\":[2],\"\":3,\"c\":\"}\"}");
    struct slice value = SL("untouched");

    (void)state;
    assert_false(json_get(object, SL("d"), &value));
    assert_true(slice_eq(value, SL("untouched")));
    assert_true(json_get(object, SL("a"), &value));
    assert_true(slice_eq(value, SL("{\"b\":1}")));
    assert_true(json_get(object, SL("b"), &value));
    assert_true(slice_eq(value, SL("[2]")));
    assert_true(json_get(object, SL(""), &value));
    assert_true(slice_eq(value, SL("3")));
    assert_true(json_get(object, SL("c"), &value));
    assert_true(slice_eq(value, SL("\"}\"")));
    assert_false(json_get(SL("[\"a\"]"), SL("a"), &value));
    assert_false(json_get(SL("{}"), SL("a"), &value));
}

static void test_json__tokens(void **state)
{
    static const char letters[] = ".{}[]ks";
    struct json_tokens tokens;
    struct buf seen = {.max = 1000};
    struct slice raw;
    enum json_token token;

    (void)state;
    json_tokens_init(&tokens,
                     guard_copy(SL(" { \"a\" : [ 1 ,true,\"x:\"] , \"b\":{}, \"c\":null } ")));
    do {
        token = json_tokens_next(&tokens, &raw);
        assert_int_equal(buf_printf(&seen, "%c%.*s ", letters[token], SL_ARG(raw)), ERR_OK);
    } while (token != JSON_TOKEN_END);
    assert_true(slice_eq(buf_peek(&seen),
                         SL("{{ k\"a\" [[ s1 strue s\"x:\" ]] k\"b\" {{ }} k\"c\" snull }} . ")));
    buf_fini(&seen);
}

static void test_json__compares_strings_with_escapes(void **state)
{
    static const struct {
        const char *raw;
        struct slice plain;
        bool equal;
    } cases[] = {
        {"\"\"", {"", 0}, true},
        {"\"abc\"", {"abc", 3}, true},
        {"\"abc\"", {"abd", 3}, false},
        {"\"abc\"", {"ab", 2}, false},
        {"\"ab\"", {"abc", 3}, false},
        {"\"\\u0061bc\"", {"abc", 3}, true},
        {"\"\\u0061b\"", {"abc", 3}, false},
        {"\"\\u0061bc\"", {"ab", 2}, false},
        {"\"\\n\\\"\"", {"\n\"", 2}, true},
        {"\"\\u00e9\xc3\xa9\\ud83d\\ude00\"", {"\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80", 8}, true},
        {"\"\\u0000\"", {"\0", 1}, true},
        {"\"\\ud800\"", {"\xef\xbf\xbd", 3}, true},
        {"\"\\ud800\"", {"\xef\xbf", 2}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice raw = guard_copy(slice_str(cases[i].raw));
        assert_int_equal(json_string_eq(raw, cases[i].plain), cases[i].equal);
    }
}

static void test_json__failed_strings_change_nothing(void **state)
{
    (void)state;
    for (size_t max = 2; max < 10; max++) {
        struct buf b = {.max = max};
        assert_int_equal(buf_put(&b, SL("ab")), ERR_OK);
        assert_int_equal(json_unescape(SL("\"abcd\\nefgh\""), &b), ERR_LIMIT);
        assert_true(slice_eq(buf_peek(&b), SL("ab")));
        assert_int_equal(json_quote(SL("abc\ndef"), &b), ERR_LIMIT);
        assert_true(slice_eq(buf_peek(&b), SL("ab")));
        buf_fini(&b);
    }
}

static void test_json__a_tree_says_what_the_text_says(void **state)
{
    struct cJSON *tree = NULL;

    (void)state;
    assert_int_equal(
        json_parse(guard_copy(SL(" {\"a\":[1,\"x\\u00e9\",true,null]} ")), NULL, &tree), ERR_OK);
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(tree, "a");
    assert_int_equal(cJSON_GetArraySize(array), 4);
    assert_true(cJSON_GetArrayItem(array, 0)->valuedouble == 1);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(array, 1)), "x\xc3\xa9");
    assert_true(cJSON_IsTrue(cJSON_GetArrayItem(array, 2)));
    assert_true(cJSON_IsNull(cJSON_GetArrayItem(array, 3)));
    cJSON_Delete(tree);
}

static void test_json__no_tree_of_what_c_strings_cannot_carry(void **state)
{
    static const char *const texts[] = {
        "\"\\u0000\"", "[\"a\",\"b\\u0000c\"]", "{\"a\\u0000b\":1}",        "\"\\ud800\"",
        "\"\\udc00\"", "\"\\ud800\\u0041\"",    "{\"x\":[\"\\uDBFF\\n\"]}",
    };
    struct cJSON *tree = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(json_check(slice_str(texts[i]), NULL), ERR_OK);
        assert_int_equal(json_parse(guard_copy(slice_str(texts[i])), NULL, &tree), ERR_INVALID);
        assert_null(tree);
    }
    assert_int_equal(json_parse(SL("\"\\ufffd\\\\u0000\""), NULL, &tree), ERR_OK);
    assert_string_equal(cJSON_GetStringValue(tree), "\xef\xbf\xbd\\u0000");
    cJSON_Delete(tree);
}

static void test_json__a_tree_without_memory(void **state)
{
    const struct slice text = SL("{\"a\":[1,\"x\",{\"b\":2}]}");
    struct cJSON *tree = NULL;
    unsigned long n = 0;
    enum err e;

    (void)state;
    do {
        mem_fail_after(++n, 1);
        e = json_parse(text, NULL, &tree);
        mem_fail_after(0, 0);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && !tree));
    } while (e);
    assert_in_range(n, 5, 50);
    cJSON_Delete(tree);
    assert_int_equal(json_parse(SL("{\"a\":1,\"a\":2}"), NULL, &tree), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json__vectors),
        cmocka_unit_test(test_json__vectors_without_memory),
        cmocka_unit_test(test_json__every_cut_is_refused),
        cmocka_unit_test(test_json__every_byte_in_a_string),
        cmocka_unit_test(test_json__limits_of_zero_are_the_defaults),
        cmocka_unit_test(test_json__many_keys),
        cmocka_unit_test(test_json__an_array_is_cut_in_one_scan),
        cmocka_unit_test(test_json__an_array_counts_towards_the_limits),
        cmocka_unit_test(test_json__types),
        cmocka_unit_test(test_json__walks_arrays_objects_and_elements),
        cmocka_unit_test(test_json__gets_members_by_plain_key),
        cmocka_unit_test(test_json__tokens),
        cmocka_unit_test(test_json__compares_strings_with_escapes),
        cmocka_unit_test(test_json__failed_strings_change_nothing),
        cmocka_unit_test(test_json__a_tree_says_what_the_text_says),
        cmocka_unit_test(test_json__no_tree_of_what_c_strings_cannot_carry),
        cmocka_unit_test(test_json__a_tree_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
