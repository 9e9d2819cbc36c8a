/* Refusals in the client's own words. */
#include "refusal.h"

#include "chat_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct words english;

static struct slice text_of(enum refusal_of of, enum chat_error error, const char *field,
                            struct refusal_text *room)
{
    const struct answer_refusal r = {
        .error = error, .field = slice_str(field), .message = SL("the server's own words")};
    return refusal_text(&english, of, &r, room);
}

static void test_refusal__every_code_of_the_table_has_words(void **state)
{
    (void)state;
    for (int e = CHAT_OK + 1; e < CHAT_ERRORS_N; e++) {
        struct refusal_text room;
        struct slice text = text_of(REFUSAL_OF_ANY, (enum chat_error)e, "", &room);
        if (text.n == 0 || slice_eq(text, SL("the server's own words.")))
            fail_msg("no words for %s", chat_error_rows[e].code);
    }
}

static void test_refusal__only_an_unknown_code_is_told_in_the_servers_words(void **state)
{
    static const char *const ended[] = {"It stands here.", "Really?", "No!", ""};
    struct refusal_text room;
    (void)state;
    assert_true(
        slice_eq(text_of(REFUSAL_OF_ANY, CHAT_ERRORS_N, "", &room), SL("the server's own words.")));
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        const struct answer_refusal r = {.error = CHAT_ERRORS_N, .message = slice_str(ended[i])};
        assert_true(slice_eq(refusal_text(&english, REFUSAL_OF_ANY, &r, &room), r.message));
    }
    const struct chat_answer none = {.result = ERR_CLOSED};
    assert_int_equal(refusal_text(&english, REFUSAL_OF_ANY, &none.why, &room).n, 0);
}

/* What the server's handlers and its store refuse with, where the code alone says too little. */
static void test_refusal__the_field_and_what_was_tried_say_more(void **state)
{
    static const struct {
        enum refusal_of of;
        enum chat_error error;
        const char *field;
        enum word word;
    } rows[] = {
        {REFUSAL_OF_LOGIN, CHAT_UNAUTHENTICATED, "", WORD_REFUSED_LOGIN},
        {REFUSAL_OF_ANY, CHAT_UNAUTHENTICATED, "Authorization", WORD_REFUSED_AUTH},
        {REFUSAL_OF_GUEST, CHAT_FORBIDDEN, "", WORD_REFUSED_GUESTS},
        {REFUSAL_OF_REGISTER, CHAT_FORBIDDEN, "", WORD_REFUSED_REGISTER},
        {REFUSAL_OF_REGISTER, CHAT_FORBIDDEN, "invite", WORD_REFUSED_NO_INVITE},
        {REFUSAL_OF_REGISTER, CHAT_NOT_FOUND, "invite", WORD_REFUSED_OLD_INVITE},
        {REFUSAL_OF_REGISTER, CHAT_INVALID, "name", WORD_REFUSED_PERSON_NAME},
        {REFUSAL_OF_REGISTER, CHAT_INVALID, "password", WORD_REFUSED_PASSWORD},
        {REFUSAL_OF_REGISTER, CHAT_TAKEN, "name", WORD_REFUSED_TAKEN},
        {REFUSAL_OF_ANY, CHAT_FORBIDDEN, "password", WORD_REFUSED_PASSWORD_NOW},
        {REFUSAL_OF_ANY, CHAT_INVALID, "new_password", WORD_REFUSED_PASSWORD},
        {REFUSAL_OF_ANY, CHAT_INVALID, "name", WORD_REFUSED_ROOM_NAME},
        {REFUSAL_OF_ANY, CHAT_NOT_FOUND, "name", WORD_REFUSED_NO_USER},
        {REFUSAL_OF_ANY, CHAT_NOT_FOUND, "user", WORD_REFUSED_NO_USER},
        {REFUSAL_OF_ANY, CHAT_NOT_FOUND, "room", WORD_REFUSED_NO_ROOM},
        {REFUSAL_OF_ANY, CHAT_NOT_FOUND, "seq", WORD_REFUSED_NO_MESSAGE},
        {REFUSAL_OF_ANY, CHAT_BANNED, "user", WORD_REFUSED_BANNED_USER},
        {REFUSAL_OF_ANY, CHAT_BANNED, "room", WORD_REFUSED_BANNED},
        {REFUSAL_OF_ANY, CHAT_FORBIDDEN, "role", WORD_REFUSED_RANK},
        {REFUSAL_OF_ANY, CHAT_TOO_MANY, "emoji", WORD_REFUSED_MANY_EMOJIS},
        {REFUSAL_OF_FILE, CHAT_TOO_MANY, "", WORD_REFUSED_MANY_FILES},
        {REFUSAL_OF_FILE, CHAT_FORBIDDEN, "", WORD_REFUSED_UPLOADS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct refusal_text room;
        struct slice text = text_of(rows[i].of, rows[i].error, rows[i].field, &room);
        if (!slice_eq(text, words_get(&english, rows[i].word)))
            fail_msg("row %zu: %.*s", i, SL_ARG(text));
    }
}

static void test_refusal__how_much_and_how_long_is_told(void **state)
{
    struct refusal_text room;
    struct answer_refusal r;
    struct arena arena;
    (void)state;
    arena_init(&arena, 4096);
    assert_true(
        refusal_read(SL("{\"error\":{\"code\":\"too_large\",\"message\":\"x\",\"field\":\"size\","
                        "\"max\":25000000}}"),
                     &arena, &r));
    assert_true(slice_eq(refusal_text(&english, REFUSAL_OF_FILE, &r, &room),
                         SL("It is too large: this server takes up to 25 MB.")));
    assert_true(refusal_read(
        SL("{\"error\":{\"code\":\"rate\",\"message\":\"x\",\"retry_after_ms\":61000}}"), &arena,
        &r));
    assert_true(slice_eq(refusal_text(&english, REFUSAL_OF_LOGIN, &r, &room),
                         SL("That was tried too often. Try again in 2 minutes.")));
    arena_fini(&arena);
}

static void test_refusal__what_is_none_is_none(void **state)
{
    static const char *const bodies[] = {"", "{", "[]", "{}", "{\"error\":1}", "<html>"};
    struct arena arena;
    (void)state;
    arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct answer_refusal r;
        assert_false(refusal_read(slice_str(bodies[i]), &arena, &r));
        assert_int_equal(r.error, CHAT_ERRORS_N);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusal__every_code_of_the_table_has_words),
        cmocka_unit_test(test_refusal__only_an_unknown_code_is_told_in_the_servers_words),
        cmocka_unit_test(test_refusal__the_field_and_what_was_tried_say_more),
        cmocka_unit_test(test_refusal__how_much_and_how_long_is_told),
        cmocka_unit_test(test_refusal__what_is_none_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
