/* Steps of a scripted page. */
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

void script_act(struct script_page *p, struct action a)
{
    a.now_ms = p->now_ms;
    a.wall_ms = SCRIPT_WALL_MS + p->now_ms;
    memset(&p->fx, 0, sizeof p->fx);
    update(&p->m, &a, &p->fx);
    model_check(&p->m);
}

void script_open(struct script_page *p, const struct model_limits *limits)
{
    memset(p, 0, sizeof *p);
    p->now_ms = 1000;
    model_init(&p->m, limits);
    script_act(p, (struct action){.type = ACTION_START, .start = {.name = SL("Ana")}});
}

void script_close(struct script_page *p)
{
    model_fini(&p->m);
}

void script_status(struct script_page *p, enum sock_state state)
{
    script_act(p, (struct action){.type = ACTION_STATUS,
                                  .status = {.state = state, .retry_at_ms = p->now_ms + 5000}});
}

void script_later(struct script_page *p, int64_t ms)
{
    p->now_ms += ms;
    script_act(p, (struct action){.type = ACTION_TICK});
}

struct slice script_next_cid(struct script_page *p)
{
    (void)snprintf(p->cid, sizeof p->cid, "%032u", ++p->cids_n);
    return slice_str(p->cid);
}

void script_type(struct script_page *p, struct slice text)
{
    script_act(p, (struct action){.type = ACTION_INPUT, .text = text});
}

void script_say(struct script_page *p, const char *text)
{
    script_type(p, slice_str(text));
    script_act(p, (struct action){.type = ACTION_SEND, .cid = script_next_cid(p)});
}

void script_receive(struct script_page *p, const char *args)
{
    script_act(p, (struct action){.type = ACTION_MESSAGE, .text = slice_str(args)});
}

void script_receive_cid(struct script_page *p, unsigned cid)
{
    char args[128];
    (void)snprintf(args, sizeof args, "{\"text\":\"t\",\"user\":\"Bo\",\"cid\":\"%032u\"}", cid);
    script_receive(p, args);
}

unsigned script_count(const struct script_page *p, enum effect_type type)
{
    unsigned n = 0;
    for (size_t i = 0; i < p->fx.n; i++)
        n += p->fx.list[i].type == type;
    return n;
}

struct message *script_at(struct script_page *p, uint64_t key)
{
    struct message *msg = model_message(&p->m, key);
    assert_non_null(msg);
    return msg;
}

void script_assert_slice(struct slice s, const char *expected)
{
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

void script_receive_many(struct script_page *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        script_receive(p, "{\"text\":\"t\",\"user\":\"Bo\"}");
}

void script_scroll(struct script_page *p, uint32_t above_px, uint32_t below_px)
{
    script_act(p, (struct action){.type = ACTION_SCROLL, .scroll = {above_px, below_px, 600}});
}
