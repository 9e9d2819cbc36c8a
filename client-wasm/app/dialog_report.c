/* Reporting a message to those who moderate the room: why? */
#include "dialog_kinds.h"

#include "reports.h"
#include "upd_toast.h"

static void submit(struct model *m, struct effects *fx)
{
    const struct message *msg = model_message(m, (uint64_t)m->dialog.about);
    struct chat_request r = upd_dialog_request(m);
    if (!msg || !reports_may(m, msg)) {
        upd_dialog_close(m);
        return;
    }
    if (!upd_dialog_wants(m, DOM_FIELD_REASON, WORD_REPORT_WANTED, &r.reason))
        return;
    r.has |= 1ull << CHAT_FIELD_SEQ | 1ull << CHAT_FIELD_REASON;
    r.seq = msg->seq;
    upd_dialog_ask(m, DIALOG_SUBMIT, EVENT_REPORT, &r, fx);
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    (void)what;
    (void)in;
    upd_dialog_close(m);
    upd_toast_word(m, WORD_REPORTED, fx);
}

const struct dialog_how dialog_report = {.keeps = true, .submit = submit, .answer = answer};
