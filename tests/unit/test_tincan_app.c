/* The library without its sockets: sockets are made by hand and talk to nobody, and every allocation fails once.
 * The handlers' side must stay consistent whatever fails, and free everything. */
#include "app.h"
#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* --- invariants --- */

static void check_membership(struct tincan_socket *s, const struct app_membership *m)
{
    assert_true(m->index < m->room->members_n);
    assert_ptr_equal(m->room->members[m->index], s);
}

static void check_room(const struct tincan *t, const struct app_room *room)
{
    uint32_t known_n = 0;
    for (unsigned i = 0; i < APP_VARIANTS_N * t->io_options.reactors_n; i++) {
        known_n += room->on_reactor_n[i];
    }
    assert_true(known_n <= room->members_n);
    for (uint32_t i = 0; i < room->members_n; i++) {
        struct tincan_socket *s = room->members[i];
        if (room->name) {
            assert_true(tincan_in(s, room->name));
        }
        assert_true(s->state != SOCKET_LEFT);
    }
}

static void check(struct tincan *t)
{
    struct map_iter spaces = {0};
    struct tincan_namespace *ns;
    while ((ns = map_next(&t->namespaces, &spaces, NULL))) {
        struct map_iter it = {0};
        struct app_room *room;
        struct tincan_socket *s;
        while ((room = map_next(&ns->rooms, &it, NULL))) {
            assert_true(room->members_n > 0 && room->holds_n == 0);
            check_room(t, room);
        }
        check_room(t, &ns->all);
        it = (struct map_iter){0};
        while ((s = map_next(&ns->sockets, &it, NULL))) {
            assert_int_equal(s->state, SOCKET_CONNECTED);
            check_membership(s, &s->all);
            for (uint32_t i = 0; i < s->rooms_n; i++) {
                check_membership(s, &s->rooms[i]);
            }
        }
        assert_true(ns->sockets.n <= ns->users_n && ns->sockets.n == ns->all.members_n);
    }
}

/* --- sockets by hand --- */

static struct tincan *make_server(void)
{
    return tincan_new(&(struct tincan_options){.reactors = 3,
                                               .recovery_ms = 60000,
                                               .recovery = TINCAN_RECOVERY_ASKED,
                                               .cleanup_empty_namespaces = true});
}

/* NULL: no memory, as on a reactor. */
static struct tincan_socket *make_socket(struct tincan *t, const char *auth)
{
    static uint64_t made_n;
    struct tincan_socket *s = mem_zalloc(sizeof *s);
    char *copy = s ? app_copy(slice_str(auth)) : NULL;
    if (!copy) {
        mem_free(s);
        return NULL;
    }
    s->t = t;
    s->holders = 1;
    s->ref = ++made_n;
    s->reactor = made_n % 3;
    s->auth = copy;
    s->auth_n = strlen(auth);
    snprintf(s->id, sizeof s->id, "socket-%013llu", (unsigned long long)made_n);
    return s;
}

static struct tincan_socket *enter(struct tincan *t, const char *nsp, const char *auth)
{
    struct tincan_socket *s = make_socket(t, auth);
    if (s) {
        app_on_connect(s, slice_str(nsp));
    }
    return s;
}

/* The reactor says that it is gone. */
static void gone(struct tincan_socket *s, const char *reason)
{
    if (s) {
        s->gone_reason = reason;
        app_on_gone(s);
    }
}

/* --- a day in its life --- */

struct day {
    unsigned told_n, asked_n, released_n, given_n;
    struct tincan_connect *waiting;
};

static void wait_or_next(struct tincan_connect *c, void *user)
{
    struct day *day = user;
    struct tincan_slice ignored;
    tincan_join(tincan_connect_socket(c), "early");
    if (tincan_json_member(tincan_auth(tincan_connect_socket(c)), "wait", &ignored)) {
        day->waiting = c;
    } else if (tincan_json_member(tincan_auth(tincan_connect_socket(c)), "refuse", &ignored)) {
        tincan_refuse(c, "no", "{\"a\":1}");
    } else {
        tincan_next(c);
    }
}

static void on_connection(struct tincan_socket *s, void *user)
{
    struct tincan_slice args = tincan_text("1");
    (void)user;
    tincan_join(s, "first");
    tincan_join(s, "second");
    tincan_to_others(s, "first", "came", args);
    tincan_emit(s, "welcome", args);
}

static void on_disconnecting(struct tincan_socket *s, const char *reason, void *user)
{
    (void)reason;
    (void)user;
    tincan_disconnect(s, true);
    tincan_to_others(s, "first", "goes", tincan_text("1"));
}

static void on_room(enum tincan_room_change change, const char *room, const char *id, void *user)
{
    struct tincan_socket *s = tincan_find(user, id);
    if (s && change == TINCAN_ROOM_JOIN && strcmp(room, "second") == 0) {
        tincan_join(s, "third");
        tincan_leave(s, "second");
    }
}

static void on_answers(void *user, enum tincan_ack_result result,
                       const struct tincan_event *answers, size_t n)
{
    struct day *day = user;
    (void)result;
    (void)answers;
    (void)n;
    day->told_n++;
}

static void release(void *data)
{
    ((struct day *)data)->released_n++;
}

static void ask_all(struct tincan_namespace *ns, struct day *day, uint32_t timeout_ms)
{
    const char *const rooms[] = {"first", "third", NULL};
    struct tincan_send send = {.on_answers = on_answers, .user = day, .timeout_ms = timeout_ms};
    day->asked_n += tincan_broadcast_with(ns, NULL, "question", tincan_text("1"), &send);
    day->asked_n += tincan_broadcast_with(ns, &(struct tincan_target){.rooms = rooms}, "question",
                                          tincan_text(""), &send);
}

static void leave_or_go(struct tincan_socket *s, void *user)
{
    struct tincan_socket *other = user;
    tincan_leave(s, "first");
    if (other && other->state == SOCKET_CONNECTED) {
        tincan_disconnect(other, false);
    }
}

static void answer(struct tincan_socket *s, uint64_t id)
{
    if (s) {
        app_on_ack(s, id, &(struct tincan_event){.socket = s, .args = tincan_text("1,2")});
        app_on_ack(s, id, &(struct tincan_event){.socket = s, .args = tincan_text("again")});
    }
}

static void live(struct tincan *t, struct tincan_namespace *ns, struct day *day)
{
    struct tincan_socket *a = enter(t, "/", "{\"recovery\":true}"), *b = enter(t, "/", "{}"),
                         *c = enter(t, "/", "{}");
    struct tincan_socket *refused = enter(t, "/", "{\"refuse\":1}"),
                         *lost = enter(t, "/nowhere", "{}");
    struct tincan_socket *late = enter(t, "/", "{\"wait\":1}");
    struct tincan_slice bytes[] = {tincan_text("bytes")};
    check(t);
    if (a && a->state == SOCKET_CONNECTED) {
        tincan_set_data(a, day, release);
        day->given_n++;
        tincan_set_user(a, "ana");
        struct tincan_send send = {.on_answers = on_answers, .user = day};
        day->asked_n += tincan_emit_with(a, "question", tincan_text("1"), &send);
        tincan_emit_with(a, "bytes", tincan_text("{\"_placeholder\":true,\"num\":0}"),
                         &(struct tincan_send){.attachments = bytes, .attachments_n = 1});
        tincan_ack_with(a, 5, tincan_text("1"), NULL, 0);
    }
    ask_all(ns, day, 60000);
    answer(a, 0);
    answer(b, 0);
    answer(b, 1);
    gone(refused, "refused");
    gone(lost, "refused");
    gone(late, "transport close");
    if (day->waiting) {
        tincan_next(day->waiting);
        day->waiting = NULL;
    }
    check(t);
    tincan_sockets_join(ns, NULL, "all of them");
    tincan_each_socket(ns, NULL, leave_or_go, b);
    check(t);
    ask_all(ns, day, 0);
    gone(b, "server namespace disconnect");
    gone(c, "ping timeout");
    char pid[APP_PID_BYTES + 1] = "", offset[64];
    if (a) {
        memcpy(pid, a->pid, sizeof pid);
    }
    gone(a, "transport close");
    check(t);
    snprintf(offset, sizeof offset, "{\"recovery\":true,\"pid\":\"%s\",\"offset\":\"1\"}", pid);
    a = enter(t, "/", offset);
    check(t);
    gone(a, "transport close");
    struct tincan_socket *d = enter(t, "/dyn-1", "{}"), *e = enter(t, "/dyn-1", "{}");
    check(t);
    if (d) {
        tincan_disconnect(d, true);
    }
    gone(e, "transport close");
    app_free_limbo(t);
    gone(d, "server namespace disconnect");
    app_free_limbo(t);
    check(t);
}

static bool prepare(struct tincan *t, struct tincan_namespace *ns, struct day *day)
{
    struct tincan_namespace *dynamic = tincan_of_pattern(t, "^/dyn-");
    return ns && dynamic && tincan_use(ns, wait_or_next, day) &&
           tincan_on_connection(ns, on_connection, NULL) &&
           tincan_on_connection(dynamic, on_connection, NULL) &&
           tincan_on_disconnecting(ns, on_disconnecting, NULL) && tincan_on_room(ns, on_room, ns) &&
           tincan_on(ns, "x", NULL, NULL) && tincan_on_typed(ns, "x", "s", NULL, NULL);
}

/* Did the nth allocation come yet? Ends the counting. */
static bool has_failed(unsigned long nth)
{
    bool pending = false;
    for (unsigned long i = 0; i < nth && !pending; i++) {
        void *p = mem_alloc(1);
        pending = !p;
        mem_free(p);
    }
    mem_fail_after(0, 0);
    return !pending;
}

/* Returns whether something failed. */
static bool run_day(unsigned long nth, int sticky)
{
    struct day day = {0};
    mem_fail_after(nth, sticky);
    struct tincan *t = make_server();
    struct tincan_namespace *ns = t ? tincan_of(t, "/") : NULL;
    if (ns && prepare(t, ns, &day)) {
        live(t, ns, &day);
    }
    bool failed = sticky || has_failed(nth);
    mem_fail_after(0, 0);
    tincan_free(t);
    assert_int_equal(day.told_n, day.asked_n);
    assert_int_equal(day.released_n, day.given_n);
    return failed;
}

static void test_tincan_app__a_day_goes_well(void **state)
{
    (void)state;
    struct day day = {0};
    struct tincan *t = make_server();
    assert_non_null(t);
    struct tincan_namespace *ns = tincan_of(t, "/");
    assert_true(prepare(t, ns, &day));
    live(t, ns, &day);
    assert_int_equal(tincan_namespace_sockets(ns), 0);
    assert_int_equal(ns->rooms.n, 0);
    assert_null(tincan_namespace_find(t, "/dyn-1"));
    assert_true(day.asked_n >= 5);
    tincan_free(t);
    assert_int_equal(day.told_n, day.asked_n);
    assert_int_equal(day.released_n, 1);
}

static void test_tincan_app__any_allocation_may_fail(void **state)
{
    unsigned long nth = 1;
    (void)state;
    while (run_day(nth, 0)) {
        nth++;
    }
    assert_true(nth > 200); /* it was a long day */
    for (; nth > 0; nth--) {
        run_day(nth, 1);
    }
}

/* --- what needs no server at all --- */

static void test_tincan_app__reads_arguments(void **state)
{
    static const struct tincan_slice attachments[] = {{"ab", 2}};
    const struct tincan_event e = {
        .args =
            tincan_text("\"t\\u00e9xt\", -7 ,1.5e1,false,{\"_placeholder\":true,\"num\":0},null,"
                        "{\"_placeholder\":true,\"num\":1},9223372036854775808"),
        .attachments = attachments,
        .attachments_n = 1,
    };
    char text[6];
    int64_t whole = 0;
    double number = 0;
    bool flag = true;
    struct tincan_slice bytes;
    (void)state;
    assert_int_equal(tincan_args_n(&e), 8);
    assert_true(tincan_arg_text(&e, 0, text, sizeof text));
    assert_string_equal(text, "t\xc3\xa9xt");
    assert_false(tincan_arg_text(&e, 0, text, 5)); /* it has 5 bytes, and a NUL */
    assert_false(tincan_arg_text(&e, 0, text, 0));
    assert_true(tincan_arg_integer(&e, 1, &whole) && whole == -7);
    assert_false(tincan_arg_integer(&e, 2, &whole));
    assert_false(tincan_arg_integer(&e, 7, &whole));
    assert_true(tincan_arg_number(&e, 2, &number) && number == 15);
    assert_true(tincan_arg_bool(&e, 3, &flag) && !flag);
    assert_true(tincan_arg_binary(&e, 4, &bytes) && bytes.n == 2);
    assert_false(tincan_arg_binary(&e, 6, &bytes));
    assert_false(tincan_arg_binary(&e, 5, &bytes));
    assert_int_equal(tincan_arg(&e, 8).n, 0);
    assert_int_equal(tincan_arg(&(struct tincan_event){.args = tincan_text("")}, 0).n, 0);
}

static void test_tincan_app__quotes(void **state)
{
    char out[16];
    (void)state;
    assert_int_equal(tincan_json_quote("a\"b\n", out, sizeof out), 8);
    assert_string_equal(out, "\"a\\\"b\\n\"");
    assert_int_equal(tincan_json_quote("0123456789abc", out, sizeof out), 15);
    assert_int_equal(tincan_json_quote("0123456789abcd", out, sizeof out), 0);
    assert_int_equal(tincan_json_quote("\xff", out, sizeof out), 0);
    assert_int_equal(tincan_json_quote("x", out, 0), 0);
}

static void test_tincan_app__refuses_bad_options_and_names(void **state)
{
    const struct tincan_options bad[] = {{.listen = "nowhere"},         {.listen = " "},
                                         {.listen = "127.0.0.1:99999"}, {.origins = "x"},
                                         {.path = "socket.io"},         {.path = "/"}};
    char name[300] = "/";
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(tincan_new(&bad[i]));
    }
    struct tincan *t = tincan_new(NULL);
    assert_non_null(t);
    memset(name + 1, 'n', sizeof name - 2);
    name[SIO_NSP_BYTES_MAX] = '\0';
    assert_non_null(tincan_of(t, name));
    name[SIO_NSP_BYTES_MAX] = 'n';
    name[SIO_NSP_BYTES_MAX + 1] = '\0';
    assert_null(tincan_of(t, name));
    assert_null(tincan_of(t, "/\xff"));
    assert_null(tincan_of(t, "/a,b"));
    assert_ptr_equal(tincan_of(t, "same"), tincan_of(t, "/same"));
    assert_ptr_equal(tincan_namespace_find(t, "same"), tincan_of(t, "/same"));
    assert_null(tincan_namespace_find(t, "/other"));
    assert_null(tincan_of_pattern(t, "("));
    assert_false(tincan_on_typed(tincan_of(t, "/"), "x", "q", NULL, NULL));
    assert_false(tincan_broadcast(tincan_of_pattern(t, "x"), NULL, "x", tincan_text("")));
    assert_string_equal(tincan_error(t), "not sent: a pattern has no sockets");
    tincan_free(t);
    tincan_free(NULL);
}

static unsigned called_n;

static void count_call(struct tincan *t, void *user)
{
    (void)user;
    called_n++;
    assert_true(tincan_stopping(t));
    assert_false(tincan_after(t, 0, count_call, NULL));
}

static void test_tincan_app__what_waits_at_the_end_is_called_once(void **state)
{
    (void)state;
    called_n = 0;
    struct tincan *t = tincan_new(NULL);
    assert_true(tincan_after(t, 100000, count_call, NULL));
    assert_true(tincan_after(t, 100000, count_call, NULL));
    assert_true(tincan_post(t, count_call, NULL));
    assert_false(tincan_stopping(t));
    tincan_free(t);
    assert_int_equal(called_n, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tincan_app__a_day_goes_well),
        cmocka_unit_test(test_tincan_app__any_allocation_may_fail),
        cmocka_unit_test(test_tincan_app__reads_arguments),
        cmocka_unit_test(test_tincan_app__quotes),
        cmocka_unit_test(test_tincan_app__refuses_bad_options_and_names),
        cmocka_unit_test(test_tincan_app__what_waits_at_the_end_is_called_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
