/* A message: all that can be done with it, and whether it shall really be deleted. */
#include "dialog_kinds.h"

#include "upd_message.h"

static uint64_t key_of(const struct model *m)
{
    return (uint64_t)m->dialog.about;
}

/* What the row's own buttons do. */
static bool click(struct model *m, const struct action *a, struct effects *fx)
{
    struct action on_row = *a;
    on_row.click.key = key_of(m);
    if (a->click.act == DOM_ACT_DIALOG_CLOSE)
        return false;
    upd_dialog_close(m);
    return upd_message_click(m, &on_row, fx);
}

static void open_delete(struct model *m, struct effects *fx)
{
    (void)fx;
    upd_dialog_confirm(m, DOM_ACT_DELETE);
}

static void confirmed(struct model *m, enum dom_act what, struct effects *fx)
{
    const struct message *msg = model_message(m, key_of(m));
    (void)what;
    upd_dialog_close(m);
    if (msg)
        upd_message_delete(m, msg, fx);
}

const struct dialog_how dialog_message = {.click = click};

const struct dialog_how dialog_delete = {.open = open_delete, .confirmed = confirmed};
