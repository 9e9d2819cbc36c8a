/* What people say of themselves, on both databases. */
#include "store_fixture.h"

#include <string.h>

static bool is(struct slice s, const char *text)
{
    return slice_eq(s, slice_str(text));
}

static struct store_request *saying(int64_t user, struct slice bio, const char *zone)
{
    struct store_request *r = fx_new(STORE_USER_UPDATE, user);

    r->in.bio = bio;
    if (bio.n > 0) {
        fx_has(r, CHAT_FIELD_BIO);
    }
    if (zone) {
        r->in.zone = fx_text(zone);
        fx_has(r, CHAT_FIELD_ZONE);
    }
    return r;
}

static void test_profile__what_one_says_of_oneself_is_in_the_profile_only(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), ben = fx_user("ben", CHAT_MEMBER);
    static char cap[CHAT_BIO_CHARS_MAX * 4];
    const struct chat_profile *said;
    struct store_request *r;

    (void)state;
    for (size_t i = 0; i < sizeof cap; i += 4) {
        memcpy(cap + i, "\xf0\x9f\x98\x80", 4);
    }
    said = fx_ask(saying(ann, fx_text("Sails\nand sews."), "europe/BERLIN"))->out.users[0].profile;
    assert_true(said && is(said->bio, "Sails\nand sews.") && is(said->zone, "Europe/Berlin"));
    assert_true(fx_ask(saying(ann, fx_text("Sails\nand sews."), NULL))->out.dup); /* as it was */
    assert_false(fx_ask(saying(ann, fx_text("Sails."), NULL))->out.dup);
    assert_false(fx_ask(saying(ann, fx_text("Sails."), "Asia/Tokyo"))->out.dup);
    fx_ask(saying(ann, fx_text("Sails."), "Europe/Berlin"));
    /* One of the two, the longest there can be; the other stays. */
    said = fx_ask(saying(ann, (struct slice){cap, sizeof cap}, NULL))->out.users[0].profile;
    assert_true(said->bio.n == sizeof cap && is(said->zone, "Europe/Berlin"));
    fx_refused(saying(ann, fx_text("changed"), "Europe/Nowhere"), CHAT_INVALID, "zone");
    r = fx_new(STORE_USER_GET, ben);
    r->in.user_name = fx_text("ann");
    said = fx_ask(r)->out.users[0].profile;
    assert_true(said && said->bio.n == sizeof cap && is(said->zone, "Europe/Berlin"));
    r = fx_new(STORE_USERS, ben);
    r->in.q = fx_text("ann");
    r->in.limit = 1;
    assert_null(fx_ask(r)->out.users[0].profile);
    r = fx_new(STORE_RESUME, ben);
    said = fx_ask(r)->out.users[0].profile;
    assert_true(said && said->bio.n == 0 && said->zone.n == 0); /* nothing yet */
    r = saying(ann, SL(""), "");
    fx_has(r, CHAT_FIELD_BIO);
    said = fx_ask(r)->out.users[0].profile;
    assert_true(said && said->bio.n == 0 && said->zone.n == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_profile__what_one_says_of_oneself_is_in_the_profile_only),
    };

    return FX_MAIN(tests);
}
