/* The invitation of the address: who asks me in, and where. */
#include "dialog_kinds.h"

static void submit(struct model *m, struct effects *fx)
{
    struct invite *i = &m->invite;
    if (i->state == INVITE_KNOWN && i->room.n)
        upd_dialog_fetch(m, DIALOG_SUBMIT,
                         &(struct effect_http){.post = true,
                                               .signed_in = true,
                                               .path = buf_peek(&m->invite_path),
                                               .json = SL("{}")},
                         fx);
    else
        upd_dialog_close(m);
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    (void)what;
    upd_dialog_enter(m, in, fx);
}

const struct dialog_how dialog_join = {.submit = submit, .answer = answer};
