/* Over HTTP, as the page does it: where one is signed in, the password; what the whole is called. See console_run.h. */
#include "console_run.h"

#include "devices.h"
#include "dialog_settings.h"
#include "json.h"
#include "json_out.h"
#include "refusal.h"

void console_fetch(struct console *c, enum console_ask what, struct effect_http h,
                   struct effects *fx)
{
    h.signed_in = true;
    effects_add(fx,
                (struct effect){.type = EFFECT_HTTP,
                                .ask = {ASK_CONSOLE, c->of,
                                        (int64_t)what | (int64_t)c->asking << CONSOLE_TURN_SHIFT},
                                .http = h});
    c->waiting = true;
}

/* --- devices --- */

static void ask_devices(struct console *c, struct effects *fx)
{
    console_fetch(c, CONSOLE_ASK_DEVICES, (struct effect_http){.path = SL("/api/v1/sessions")}, fx);
}

bool console_run_devices(struct console_line *l)
{
    console_open(l->c, l->m, CONSOLE_DEVICES);
    l->c->of = ++l->c->turn;
    ask_devices(l->c, l->fx);
    return true;
}

void console_devices(struct console *c, struct model *m, struct json_in *in)
{
    devices_put(m, in);
    console_rows(c, m);
}

void console_end_device(struct console *c, struct model *m, const struct console_item *item,
                        struct effects *fx)
{
    struct buf path = {.max = 64};
    if (item->on)
        console_tell(c, m, WORD_TERM_DEVICE_SELF, true);
    else if (buf_put(&path, SL("/api/v1/sessions/")) == ERR_OK &&
             buf_put_u64(&path, (uint64_t)item->id) == ERR_OK)
        console_fetch(
            c, CONSOLE_ASK_DEVICE_OUT,
            (struct effect_http){.remove = true, .path = effects_text(fx, buf_peek(&path))}, fx);
    buf_fini(&path);
}

/* --- the password --- */

/* Nothing of it stays in the memory. */
static void wipe(struct buf *b)
{
    volatile char *p = b->p;
    for (size_t i = 0; i < b->cap; i++)
        p[i] = 0;
    buf_reset(b);
}

void console_password_forget(struct console *c)
{
    wipe(&c->query);
    for (size_t i = 0; i < sizeof c->secrets / sizeof *c->secrets; i++)
        wipe(&c->secrets[i]);
    c->secrets_n = 0;
}

bool console_run_password(struct console_line *l)
{
    char *room;
    if (!dialog_settings_password(l->m))
        return console_refuse(l, WORD_PASSWORD_GUEST);
    console_open(l->c, l->m, CONSOLE_PASSWORD);
    l->c->of = ++l->c->turn;
    /* So that it does not move while it is typed. */
    if (buf_reserve(&l->c->query, CONSOLE_QUERY_BYTES_MAX, &room) != ERR_OK)
        return console_refuse(l, WORD_TERM_NO_MEMORY);
    return true;
}

enum word console_password_word(const struct console *c)
{
    static const enum word words[] = {WORD_PASSWORD_NOW, WORD_PASSWORD_NEW,
                                      WORD_TERM_PASSWORD_AGAIN};
    return words[c->secrets_n];
}

static void send(struct console *c, struct effects *fx)
{
    struct buf json = {.max = 16 * CHAT_PASSWORD_BYTES_MAX};
    struct json_out o;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "password", buf_peek(&c->secrets[0]));
    json_out_text(&o, "new_password", buf_peek(&c->secrets[1]));
    json_out_object_end(&o);
    if (json_out_end(&o) == ERR_OK)
        console_fetch(c, CONSOLE_ASK_PASSWORD,
                      (struct effect_http){.post = true,
                                           .path = SL("/api/v1/password"),
                                           .json = effects_text(fx, buf_peek(&json))},
                      fx);
    wipe(&json);
    buf_fini(&json);
    console_password_forget(c);
}

/* What is typed now is the next of the three. Passwords are taken as they are: white space is a part of them. */
void console_password_take(struct console *c, struct model *m, struct effects *fx)
{
    struct slice typed = buf_peek(&c->query);
    if (c->waiting)
        return;
    if (typed.n == 0) {
        console_tell(c, m, c->secrets_n ? WORD_PASSWORD_NEW_WANTED : WORD_PASSWORD_NOW_WANTED,
                     true);
        return;
    }
    if (c->secrets_n == 2) {
        if (slice_eq(typed, buf_peek(&c->secrets[1]))) {
            send(c, fx);
            return;
        }
        wipe(&c->secrets[1]);
        c->secrets_n = 1;
        console_tell(c, m, WORD_TERM_PASSWORD_DIFFERS, true);
    } else if (buf_put(&c->secrets[c->secrets_n], typed) == ERR_OK) {
        c->secrets_n++;
    } else {
        console_tell(c, m, WORD_TERM_NO_MEMORY, true);
    }
    wipe(&c->query);
}

/* --- what the whole is called --- */

bool console_run_workspace(struct console_line *l)
{
    struct buf json = {.max = 8 * CONSOLE_LINE_BYTES_MAX};
    struct json_out o;
    if (l->rest.n == 0) {
        console_say(l->c, model_workspace(l->m), false);
        return true;
    }
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "workspace", slice_eq(l->rest, SL("-")) ? SL("") : l->rest);
    json_out_object_end(&o);
    struct slice text = json_out_end(&o) == ERR_OK ? effects_text(l->fx, buf_peek(&json)) : SL("");
    buf_fini(&json);
    if (text.n == 0)
        return console_refuse(l, WORD_TERM_NO_MEMORY);
    console_fetch(
        l->c, CONSOLE_ASK_WORKSPACE,
        (struct effect_http){
            .post = true, .patch = true, .path = SL("/api/v1/admin/server"), .json = text},
        l->fx);
    return true;
}

/* --- answers --- */

void console_account(struct console *c, struct model *m, const struct ask *ask, struct effects *fx)
{
    bool here = c->of == ask->room;
    if (console_ask_what(ask) == CONSOLE_ASK_PASSWORD) {
        if (here && c->list == CONSOLE_PASSWORD)
            console_close(c);
        console_tell(c, m, WORD_PASSWORD_CHANGED, false);
    } else if (console_ask_what(ask) == CONSOLE_ASK_WORKSPACE) {
        console_tell(c, m, WORD_SAVED, false);
    } else {
        console_tell(c, m, WORD_DEVICE_OUT, false);
        if (here && c->list == CONSOLE_DEVICES)
            ask_devices(c, fx);
    }
}
