/* A console beside a scripted page. See console_script.h. */
#include "console_script.h"

#include "console_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct script_page p;
struct console c;

int open_page(void **state)
{
    (void)state;
    script_open(&p, NULL);
    console_init(&c);
    return 0;
}

int close_page(void **state)
{
    (void)state;
    console_fini(&c);
    script_close(&p);
    return 0;
}

bool run(const char *line)
{
    effects_fini(&p.fx);
    p.fx = (struct effects){0};
    c.cid[15]++;
    return console_run(&c, &p.m, slice_str(line), 0, &p.fx);
}

/* What the console has just asked. */
struct ask asked(void)
{
    const struct effect *e = script_ask(&p, ASK_CONSOLE);
    assert_non_null(e);
    return e->ask;
}

void answer_to(struct ask ask, const char *json)
{
    struct chat_answer a = {.ok = true, .room = ask.room, .json = slice_str(json)};
    struct action_answer got = {ask, &a};
    p.fx = (struct effects){0};
    console_answer(&c, &p.m, &got, &p.fx);
    model_check(&p.m);
}

void answer(const char *json)
{
    answer_to(asked(), json);
}

void answer_http(const struct effect *e, unsigned status, const char *body)
{
    const struct action_http a = {e->ask, status, slice_str(body)};
    effects_fini(&p.fx);
    p.fx = (struct effects){0};
    console_http(&c, &p.m, &a, &p.fx);
    model_check(&p.m);
}

void take(void)
{
    effects_fini(&p.fx);
    p.fx = (struct effects){0};
    console_take(&c, &p.m, &p.fx);
}

void end_chosen(void)
{
    effects_fini(&p.fx);
    p.fx = (struct effects){0};
    console_end(&c, &p.m, &p.fx);
}
