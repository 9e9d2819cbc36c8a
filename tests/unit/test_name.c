/* Names of people and rooms against Unicode: what looks like something else, is invisible, turns the writing or piles up. The same
 * characters are tried in user names, which are ASCII, in display names, and in names of rooms.
 */
#include "name_nfc.h"

#include "ident.h"
#include "unit_support.h"
#include "zone.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Letters of other scripts that are drawn like a letter of ours: never beside it in the name of a room. */
static const char *const other_scripts[] = {
    /* Cyrillic */
    "\u0430",
    "\u0432",
    "\u0433",
    "\u0435",
    "\u0437",
    "\u0438",
    "\u043A",
    "\u043C",
    "\u043D",
    "\u043E",
    "\u043F",
    "\u0440",
    "\u0441",
    "\u0442",
    "\u0443",
    "\u0445",
    "\u0455",
    "\u0456",
    "\u0458",
    "\u0461",
    "\u04BB",
    "\u04CF",
    "\u0501",
    "\u051B",
    "\u051D",
    "\u0410",
    "\u0412",
    "\u0415",
    "\u041A",
    "\u041C",
    "\u041D",
    "\u041E",
    "\u0420",
    "\u0421",
    "\u0422",
    "\u0423",
    "\u0425",
    "\u0405",
    "\u0406",
    "\u0408",
    "\u0475",
    "\uA647",
    /* Greek */
    "\u03B1",
    "\u03B3",
    "\u03B5",
    "\u03B7",
    "\u03B9",
    "\u03BA",
    "\u03BD",
    "\u03BF",
    "\u03C1",
    "\u03C3",
    "\u03C4",
    "\u03C5",
    "\u03C7",
    "\u03C9",
    "\u03F2",
    "\u03F3",
    "\u0391",
    "\u0392",
    "\u0395",
    "\u0396",
    "\u0397",
    "\u0399",
    "\u039A",
    "\u039C",
    "\u039D",
    "\u039F",
    "\u03A1",
    "\u03A4",
    "\u03A5",
    "\u03A7",
    "\u1F00",
    "\u1FB6",
    /* Armenian, Coptic, Cherokee, Lisu */
    "\u0561",
    "\u0563",
    "\u0566",
    "\u0570",
    "\u0578",
    "\u057D",
    "\u0581",
    "\u0585",
    "\u2C9F",
    "\u2C81",
    "\u2CA5",
    "\u13A0",
    "\u13AA",
    "\u13AC",
    "\u13B3",
    "\u13C0",
    "\u13DA",
    "\uA4D0",
    "\uA4D3",
    "\uA4DA",
    "\uA4DD",
    "\uA4F0",
};

/* Plain letters and digits drawn another way: not in a room. */
static const char *const variants[] = {
    "\uFF41",     "\uFF21",     "\uFF10",     "\uFF3F",     "\uFF0E",     "\u24D0",
    "\u24B6",     "\u2460",     "\u00AA",     "\u00BA",     "\u00B9",     "\u00B2",
    "\u2070",     "\u2090",     "\u210E",     "\u2113",     "\u2115",     "\u2160",
    "\u2170",     "\u217C",     "\uFB01",     "\uFB00",     "\u0132",     "\u01C4",
    "\u01C9",     "\u01F1",     "\u02B0",     "\u02E2",     "\u1D2C",     "\u1D43",
    "\U0001D400", "\U0001D41A", "\U0001D4D0", "\U0001D51E", "\U0001D552", "\U0001D5BA",
    "\U0001D68A", "\U0001D7CE", "\U0001D7D8", "\U0001F130", "\U0001F150", "\U0001F170",
};

/* Letters of the Latin script that are like others: rooms may have them, user names may not. */
static const char *const latin[] = {
    "\u0131", "\u0251", "\u0261", "\u026A", "\u0269", "\u0274", "\u0280", "\u028F",
    "\u029F", "\u1D00", "\u1D04", "\u1D07", "\u1D0F", "\u00E0", "\u00E9", "\u00EF",
    "\u00F1", "\u00F8", "\u0105", "\u0142", "\u0219", "\u1E05", "\u1EA1",
};

/* Drawn as nothing, or turning the direction of what stands around: nowhere. */
static const char *const invisible[] = {
    "\u200B",     "\u200C",       "\u200D",     "\u200E",     "\u200F", "\u202A",
    "\u202B",     "\u202C",       "\u202D",     "\u202E",     "\u2060", "\u2061",
    "\u2062",     "\u2063",       "\u2064",     "\u2066",     "\u2067", "\u2068",
    "\u2069",     "\u206A",       "\u206F",     "\uFEFF",     "\u00AD", "\u034F",
    "\u061C",     "\u115F",       "\u1160",     "\u17B4",     "\u17B5", "\u180B",
    "\u180E",     "\u3164",       "\uFFA0",     "\uFE00",     "\uFE0E", "\uFE0F",
    "\U000E0100", "\U000E01EF",   "\U000E0001", "\U000E0041", "\u0600", "\u06DD",
    "\u070F",     "\u2028",       "\u2029",     "\u2800",     "\uFFF9", "\uFFFB",
    "\U0001D173", "\U0001BCA0",   "\x7F",       "\xC2\x85",   "\n",     "\t",
    "\x1B",       "\uE000",       "\uFFFF",     "\U000F0000", "\u0378", "\xFF",
    "\xC0\xAF",   "\xED\xA0\x80",
};

static const char *between(const char *first, const char *c, const char *last)
{
    static char name[64];
    snprintf(name, sizeof name, "%s%s%s", first, c, last);
    return name;
}

static const char *user(const char *name)
{
    struct ident_name out;
    return ident_user(guard_copy(slice_str(name)), &out);
}

static const char *room(const char *name)
{
    struct name_text out;
    return name_room(guard_copy(slice_str(name)), &out);
}

static const char *display(const char *name)
{
    struct buf out = {.max = 1024};
    const char *why = name_display(guard_copy(slice_str(name)), &out);
    assert_true(!why || out.n == 0);
    buf_fini(&out);
    return why;
}

static void test_name__nothing_but_ascii_in_a_user_name(void **state)
{
    (void)state;
    static const struct {
        const char *const *chars;
        size_t n;
    } tables[] = {
        {other_scripts, COUNT(other_scripts)},
        {variants, COUNT(variants)},
        {latin, COUNT(latin)},
        {invisible, COUNT(invisible)},
    };
    size_t n = 0;
    for (size_t i = 0; i < COUNT(tables); i++) {
        for (size_t j = 0; j < tables[i].n; j++, n++) {
            assert_non_null(user(between("an", tables[i].chars[j], "na")));
            assert_non_null(user(between("", tables[i].chars[j], "anna")));
            assert_non_null(user(between("anna", tables[i].chars[j], "")));
        }
    }
    assert_true(n >= 200);
}

static void test_name__rooms_mix_no_scripts_that_look_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(other_scripts); i++) {
        if (!room(between("ab", other_scripts[i], "cd")) ||
            room(between("", other_scripts[i], "9")) ||
            room(between("ab-", other_scripts[i], "_cd"))) {
            print_error("%s\n", other_scripts[i]);
            fail();
        }
    }
    for (size_t i = 0; i < COUNT(variants); i++) {
        if (!room(between("ab", variants[i], "cd"))) {
            print_error("%s\n", variants[i]);
            fail();
        }
    }
    for (size_t i = 0; i < COUNT(latin); i++) {
        assert_null(room(between("ab", latin[i], "cd")));
    }
}

static void test_name__nothing_invisible_in_rooms_and_display_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(invisible); i++) {
        if (!room(between("ab", invisible[i], "cd")) ||
            !display(between("Ab", invisible[i], "cd")) ||
            !display(between("", invisible[i], "Ab")) || !display(invisible[i])) {
            print_error("row %zu\n", i);
            fail();
        }
    }
}

/* --- the one form --- */

struct form {
    const char *given, *form; /* NULL: refused */
};

static void test_name__rooms_have_one_form(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"#Ops_1-b", "ops_1-b"},
        {"ops", "ops"},
        {"2026", "2026"},
        {"#\u00D6l-Raum", "\u00F6l-raum"},
        {"O\u0308l-Raum", "\u00F6l-raum"},
        {"STRASSE", "strasse"},
        {"Stra\u00DFe", "stra\u00DFe"},
        {"\u0130stanbul", "i\u0307stanbul"},
        {"\u041A\u043E\u043C\u0430\u043D\u0434\u0430",
         "\u043A\u043E\u043C\u0430\u043D\u0434\u0430"},
        {"\u041A\u043E\u043C\u0430\u043D\u0434\u0430-web",
         "\u043A\u043E\u043C\u0430\u043D\u0434\u0430-web"},
        {"\u0393\u03B5\u03B9\u03AC", "\u03B3\u03B5\u03B9\u03AC"},
        {"\u96D1\u8AC7", "\u96D1\u8AC7"},
        {"\u65E5\u672C\u8A9Echat", "\u65E5\u672C\u8A9Echat"},
        {"\u314B\u314B", "\u314B\u314B"},
        {"\u1112\u1161\u11AB\u1100\u1173\u11AF", "\uD55C\uAE00"},
        {"\u0645\u0631\u062D\u0628\u0627", "\u0645\u0631\u062D\u0628\u0627"},
        {"\u0939\u093F\u0928\u094D\u0926\u0940", "\u0939\u093F\u0928\u094D\u0926\u0940"},
        {"a\u0327\u0316\u0317b", "a\u0327\u0316\u0317b"},
        {"", NULL},
        {"#", NULL},
        {"a", NULL},
        {"#a", NULL},
        {"##ab", NULL},
        {"a b", NULL},
        {"a\u3000b", NULL},
        {"a.b", NULL},
        {"a/b", NULL},
        {"a@b", NULL},
        {"-ab", NULL},
        {"ab_", NULL},
        {"a\xFF", NULL},
        {"\u0301ab", NULL},
        {"a-\u0301b", NULL},
        {"a\u0327\u0316\u0317\u0318b", NULL},
        {"ab\u20DD", NULL},
        {"go\U0001F680", NULL},
        {"a\u2019b", NULL},
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct name_text out = {.n = 0}, again;
        const char *why = name_room(guard_copy(slice_str(forms[i].given)), &out);
        if (!why != !!forms[i].form ||
            (forms[i].form && !slice_eq(name_slice(&out), slice_str(forms[i].form)))) {
            print_error("%s: %s, %.*s\n", forms[i].given, why ? why : "taken",
                        SL_ARG(name_slice(&out)));
            fail();
        }
        assert_true(why || !name_room(name_slice(&out), &again));
        assert_true(why || slice_eq(name_slice(&out), name_slice(&again)));
    }
}

static void test_name__the_form_of_any_letter_is_its_own_form(void **state)
{
    (void)state;
    unsigned taken_n = 0;
    for (uint32_t c = 0x80; c <= 0x10FFFF; c++) {
        char given[16] = "9";
        struct name_text out, again;
        if (c >= 0xD800 && c <= 0xDFFF) {
            continue;
        }
        size_t n = 1 + utf8_write(c, given + 1);
        if (name_room((struct slice){given, n}, &out)) {
            continue;
        }
        taken_n++;
        assert_null(name_room(name_slice(&out), &again));
        assert_true(slice_eq(name_slice(&out), name_slice(&again)));
        assert_true(utf8_valid(name_slice(&out)));
    }
    assert_true(taken_n > 100000);
}

static void test_name__rooms_at_the_cap_and_one_past_it(void **state)
{
    (void)state;
    static const char *const letters[] = {"x", "\u00E9", "e\u0301", "\u96D1", "\U00020000"};
    for (size_t i = 0; i < COUNT(letters); i++) {
        struct buf name = {.max = 4096};
        struct name_text out;
        assert_int_equal(buf_putc(&name, '#'), ERR_OK);
        for (unsigned n = 0; n < CHAT_NAME_CHARS_MAX; n++) {
            assert_int_equal(buf_put(&name, slice_str(letters[i])), ERR_OK);
        }
        assert_null(name_room(buf_peek(&name), &out));
        assert_int_equal(utf8_length(name_slice(&out)), CHAT_NAME_CHARS_MAX);
        assert_int_equal(buf_put(&name, slice_str(letters[i])), ERR_OK);
        assert_string_equal(name_room(buf_peek(&name), &out), "must be 2 to 32 characters");
        buf_fini(&name);
    }
    char large[4096];
    memset(large, 'x', sizeof large);
    assert_string_equal(room("x"), "must be 2 to 32 characters");
    for (size_t n = 1000; n < sizeof large; n++) {
        struct name_text out;
        assert_string_equal(name_room((struct slice){large, n}, &out),
                            "must be 2 to 32 characters");
    }
}

static void test_name__display_names_have_one_form(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"Ann", "Ann"},
        {"  Ann \u3000 Lee\u00A0", "Ann Lee"},
        {"\u2003\u2002Ann", "Ann"},
        {"u\u0308", "\u00FC"},
        {"\u05D3\u05D5\u05D3", "\u05D3\u05D5\u05D3"},
        {"\u0645\u062D\u0645\u062F", "\u0645\u062D\u0645\u062F"},
        {"\u2764\uFE0F", "\u2764\uFE0F"},
        {"1\uFE0F\u20E3", "1\uFE0F\u20E3"},
        {"\U0001F469\u200D\U0001F527", "\U0001F469\u200D\U0001F527"},
        {"\U0001F469\U0001F3FD\u200D\U0001F527", "\U0001F469\U0001F3FD\u200D\U0001F527"},
        {"\u2764\uFE0F\u200D\U0001F525 Jo", "\u2764\uFE0F\u200D\U0001F525 Jo"},
        {"\U0001F3F3\uFE0F\u200D\U0001F308", "\U0001F3F3\uFE0F\u200D\U0001F308"},
        {"\U0001FAE8", "\U0001FAE8"}, /* younger than the tables */
        {"\uFF21nn", "\uFF21nn"},
        {"a\u0327\u0316\u0317", "a\u0327\u0316\u0317"},
        {"", NULL},
        {" ", NULL},
        {"\u3000", NULL},
        {"a\u0327\u0316\u0317\u0318", NULL},
        {"a\u0327\u0316\u200D\u0317\u0318", NULL},
        {"\u0301", NULL},
        {"a \u0301b", NULL},
        {"a\u200Db", NULL},
        {"\U0001F469\u200D", NULL},
        {"\U0001F469\u200Da", NULL},
        {"\U0001F469\u200D\u200D\U0001F527", NULL},
        {"\u2764\uFE0F\uFE0F", NULL},
        {" \uFE0F", NULL},
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct buf out = {.max = 1024}, again = {.max = 1024};
        const char *why = name_display(guard_copy(slice_str(forms[i].given)), &out);
        if (!why != !!forms[i].form ||
            (forms[i].form && !slice_eq(buf_peek(&out), slice_str(forms[i].form)))) {
            print_error("%s: %s, %.*s\n", forms[i].given, why ? why : "taken",
                        SL_ARG(buf_peek(&out)));
            fail();
        }
        assert_true(why || !name_display(buf_peek(&out), &again));
        assert_true(why || slice_eq(buf_peek(&out), buf_peek(&again)));
        buf_fini(&out);
        buf_fini(&again);
    }
}

static void test_name__display_names_at_the_cap_and_one_past_it(void **state)
{
    (void)state;
    struct buf name = {.max = 8192}, out = {.max = 8192};
    for (unsigned n = 0; n < CHAT_DISPLAY_CHARS_MAX; n++) {
        assert_int_equal(buf_put(&name, SL("e\u0301")), ERR_OK);
    }
    assert_null(name_display(buf_peek(&name), &out));
    assert_int_equal(utf8_length(buf_peek(&out)), CHAT_DISPLAY_CHARS_MAX);
    buf_reset(&out);
    assert_int_equal(buf_putc(&name, 'e'), ERR_OK);
    assert_string_equal(name_display(buf_peek(&name), &out), "must be 1 to 64 characters");
    while (name.n < 4096) {
        assert_int_equal(buf_putc(&name, 'e'), ERR_OK);
    }
    assert_string_equal(name_display(buf_peek(&name), &out), "must be 1 to 64 characters");
    assert_int_equal(out.n, 0);
    buf_fini(&name);
    buf_fini(&out);
}

/* --- time zones --- */

static void test_name__every_time_zone_is_found_in_any_case(void **state)
{
    static const char *const zones[] = {
#define ZONE(name) name,
#include "zones.def"
#undef ZONE
    };
    (void)state;
    for (size_t i = 0; i < COUNT(zones); i++) {
        char turned[CHAT_ZONE_BYTES_MAX];
        size_t n = strlen(zones[i]);
        assert_true(n <= sizeof turned);
        for (size_t j = 0; j < n; j++) {
            char c = zones[i][j];
            turned[j] = (char)((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c ^ 32 : c);
        }
        const char *found = zone_find(guard_copy((struct slice){turned, n}));
        assert_non_null(found);
        assert_string_equal(found, zones[i]);
    }
    /* What a browser may say that it is in. */
    assert_string_equal(zone_find(SL("CET")), "CET");
    assert_string_equal(zone_find(SL("est5edt")), "EST5EDT");
    assert_string_equal(zone_find(SL("GMT+0")), "GMT+0");
    assert_string_equal(zone_find(SL("nz-chat")), "NZ-CHAT");
    assert_string_equal(zone_find(SL("Zulu")), "Zulu");
    assert_null(zone_find(SL("")));
    assert_null(zone_find(SL("Factory"))); /* no place */
    assert_null(zone_find(SL("Europe/Berlin\0")));
    assert_null(zone_find(SL("+02:00")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name__nothing_but_ascii_in_a_user_name),
        cmocka_unit_test(test_name__rooms_mix_no_scripts_that_look_alike),
        cmocka_unit_test(test_name__nothing_invisible_in_rooms_and_display_names),
        cmocka_unit_test(test_name__rooms_have_one_form),
        cmocka_unit_test(test_name__the_form_of_any_letter_is_its_own_form),
        cmocka_unit_test(test_name__rooms_at_the_cap_and_one_past_it),
        cmocka_unit_test(test_name__display_names_have_one_form),
        cmocka_unit_test(test_name__display_names_at_the_cap_and_one_past_it),
        cmocka_unit_test(test_name__every_time_zone_is_found_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
