/* Signing in and out, and the access token. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The page has loaded; known: somebody was signed in here; leaving: has signed out, which the server has not heard. */
void upd_session_start(struct model *m, bool known, bool leaving, struct effects *fx);
void upd_session_way(struct model *m, enum login_way way, struct effects *fx);
void upd_session_submit(struct model *m, struct effects *fx);
void upd_session_account(struct model *m, const struct action_account *a, struct effects *fx);
/* The chat client wants a token. */
void upd_session_token_wanted(struct model *m, bool refused, struct effects *fx);
/* The person wants to leave. */
void upd_session_sign_out(struct model *m, struct effects *fx);
/* This session has been ended. */
void upd_session_ended(struct model *m, struct effects *fx);
/* More is kept than was: what of it the guest who is gone could not send is shown. */
void upd_session_unsent(struct model *m);
/* The own name; empty when nobody is signed in. Borrowed until the next action. */
struct slice upd_session_name(const struct model *m);
void upd_session_tick(struct model *m, struct effects *fx);
int64_t upd_session_wake_ms(const struct model *m);
/* Another tab told (EFFECT_TELL): "out 7", "ended 7", "in 7", "at 7". */
void upd_session_told(struct model *m, struct slice text, struct effects *fx);
/* Who was signed in here last, as far as is known before the server has said so. */
void upd_session_known(struct model *m, const struct chat_user *me);
/* Ask again now who is signed in, if that is not known, or tell the server who is not. */
void upd_session_retry(struct model *m, struct effects *fx);
