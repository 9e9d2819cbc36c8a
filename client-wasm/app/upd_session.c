/* See upd_session.h and the diagram in session.h. */
#include "upd_session.h"

#include "refusal.h"
#include "text.h"
#include "upd_dialog.h"
#include "upd_invite.h"
#include "upd_kept.h"
#include "upd_toast.h"
#include "upd_upload.h"

/* A token that is good for less is not used any more. */
#define TOKEN_SPARE_MS      30000
#define TOKEN_EARLY_MS      60000
#define REFRESH_AGAIN_MS    1000
#define REFRESH_AGAIN_MAX_N 5 /* doublings */

static void ask_refresh(struct model *m, struct effects *fx)
{
    struct session *s = &m->session;
    if (s->refreshing)
        return;
    s->refreshing = true;
    s->refresh_ms = INT64_MAX;
    m->conn.waiting &= s->state != SESSION_UNKNOWN;
    fx->account = (struct account_request){.op = ACCOUNT_REFRESH};
    effects_add(fx, (struct effect){.type = EFFECT_ACCOUNT, .account = &fx->account});
}

static void ask_logout(struct model *m, struct effects *fx)
{
    struct session *s = &m->session;
    if (s->refreshing)
        return;
    s->refreshing = true;
    s->refresh_ms = INT64_MAX;
    fx->account = (struct account_request){.op = ACCOUNT_LOGOUT};
    effects_add(fx, (struct effect){.type = EFFECT_ACCOUNT, .account = &fx->account});
}

static void set_leaving(struct model *m, bool on, struct effects *fx)
{
    m->session.leaving = on;
    effects_add(fx, (struct effect){.type = EFFECT_SAVE_LEAVING, .on = on});
}

void upd_session_start(struct model *m, bool known, bool leaving, struct effects *fx)
{
    m->session.leaving = leaving;
    if (leaving)
        ask_logout(m, fx);
    if (!known || leaving) {
        m->session.state = SESSION_NONE;
        if (!m->coarse)
            effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_LOGIN_NAME});
        return;
    }
    m->session.state = SESSION_UNKNOWN;
    ask_refresh(m, fx);
    effects_add(fx, (struct effect){.type = EFFECT_CACHE_LOAD});
}

void upd_session_way(struct model *m, enum login_way way, struct effects *fx)
{
    struct login *l = &m->session.login;
    l->way = way;
    buf_reset(&l->error);
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_LOGIN_NAME});
}

static void say_error(struct model *m, struct slice text)
{
    struct login *l = &m->session.login;
    buf_reset(&l->error);
    l->error_n++;
    if (buf_put(&l->error, text) != ERR_OK)
        buf_reset(&l->error);
}

static void ask_sign_in(struct model *m, struct effects *fx)
{
    static const enum account_op ops[] = {ACCOUNT_GUEST, ACCOUNT_LOGIN, ACCOUNT_REGISTER};
    struct login *l = &m->session.login;
    fx->account =
        (struct account_request){.op = ops[l->way], .name = text_trim(buf_peek(&l->name))};
    if (l->way != LOGIN_GUEST)
        fx->account.password = buf_peek(&l->password);
    if (l->way == LOGIN_REGISTER)
        fx->account.invite = l->invite.n ? buf_peek(&l->invite) : upd_invite_usable(m);
    effects_add(fx, (struct effect){.type = EFFECT_ACCOUNT, .account = &fx->account});
}

void upd_session_submit(struct model *m, struct effects *fx)
{
    struct login *l = &m->session.login;
    if (l->busy || m->session.state == SESSION_IN)
        return;
    buf_reset(&l->error);
    l->busy = true;
    l->waits = m->session.leaving;
    if (l->waits)
        ask_logout(m, fx);
    else
        ask_sign_in(m, fx);
}

/* Tell the chat client what it waits for. */
static void give_token(struct model *m, struct effects *fx)
{
    if (m->session.token_wanted)
        effects_add(fx, (struct effect){.type = EFFECT_TOKEN});
    m->session.token_wanted = false;
}

static void take_token(struct model *m, const struct account_answer *a, struct effects *fx)
{
    struct session *s = &m->session;
    buf_reset(&s->token);
    if (buf_put(&s->token, a->token) != ERR_OK)
        buf_reset(&s->token);
    s->token_until_ms = m->now_ms + a->life_ms;
    /* Also while nobody asks for it: pictures are read with a cookie of the same life. */
    s->refresh_ms =
        a->life_ms > 2 * TOKEN_EARLY_MS ? s->token_until_ms - TOKEN_EARLY_MS : INT64_MAX;
    s->refresh_tries = 0;
    give_token(m, fx);
}

struct slice upd_session_name(const struct model *m)
{
    return m->session.person ? m->session.person->name : SL("");
}

static void take_user(struct model *m, const struct chat_user *user)
{
    struct session *s = &m->session;
    s->person = people_learn(&m->people, user);
    s->me = (struct chat_user){.id = user->id, .role = user->role};
}

void upd_session_known(struct model *m, const struct chat_user *me)
{
    take_user(m, me);
}

void upd_session_retry(struct model *m, struct effects *fx)
{
    if (m->session.state == SESSION_UNKNOWN)
        ask_refresh(m, fx);
    else if (m->session.leaving && !m->session.login.busy)
        ask_logout(m, fx);
}

static void enter(struct model *m, const struct account_answer *a, struct effects *fx)
{
    struct session *s = &m->session;
    bool other = s->me.id && s->me.id != a->user.id;
    bool fresh = s->state != SESSION_IN || other;
    if (other) {
        effects_add(fx, (struct effect){.type = EFFECT_CLOSE}); /* with what waits to be sent */
        effects_add(fx, (struct effect){.type = EFFECT_CACHE});
        effects_add(fx, (struct effect){.type = EFFECT_NOTICE_CLOSE});
        upd_kept_leaving(m);
        upd_upload_forget(m, fx);
        upd_dialog_drop_picture(m, fx);
        model_forget(m); /* another person's page */
    }
    take_user(m, &a->user);
    take_token(m, a, fx);
    if (!fresh)
        return;
    s->state = SESSION_IN;
    s->login.busy = false;
    buf_fini(&s->login.password);
    buf_fini(&s->login.unsent);
    m->conn.state = CONN_CONNECTING;
    m->conn.bye = BYE_NONE;
    m->conn.down_since_ms = m->now_ms;
    effects_add(
        fx, (struct effect){.type = EFFECT_SAVE_KNOWN, .on = true, .text = upd_session_name(m)});
    effects_add(fx, (struct effect){.type = EFFECT_TELL, .text = SL("in"), .id = s->me.id});
    effects_add(fx, (struct effect){.type = EFFECT_OPEN});
}

/* Nobody is signed in any more. */
static void leave(struct model *m, struct slice why, struct effects *fx)
{
    struct session *s = &m->session;
    effects_add(fx, (struct effect){.type = EFFECT_SAVE_KNOWN});
    effects_add(fx, (struct effect){.type = EFFECT_CACHE});
    effects_add(fx, (struct effect){.type = EFFECT_NOTICE_CLOSE});
    if (s->state != SESSION_NONE)
        effects_add(fx, (struct effect){.type = EFFECT_CLOSE});
    s->state = SESSION_NONE;
    s->token_wanted = s->refreshing = false;
    s->refresh_ms = INT64_MAX;
    s->refresh_tries = 0;
    s->gone_guest = 0;
    s->login.busy = s->login.waits = false;
    s->login.way = s->me.role == CHAT_GUEST ? LOGIN_GUEST : LOGIN_PASSWORD;
    upd_kept_leaving(m);
    upd_upload_forget(m, fx);
    upd_dialog_drop_picture(m, fx);
    model_forget(m);
    say_error(m, why);
    effects_add(fx, (struct effect){.type = EFFECT_ADDRESS});
}

/* The same here; all tabs are told at once: how. */
static void leave_here(struct model *m, struct slice why, struct slice how, struct effects *fx)
{
    int64_t id = m->session.me.id;
    leave(m, why, fx);
    if (id)
        effects_add(fx, (struct effect){.type = EFFECT_TELL, .text = how, .id = id});
}

void upd_session_unsent(struct model *m)
{
    struct session *s = &m->session;
    struct buf *unsent = &s->login.unsent;
    buf_reset(unsent);
    if (s->state != SESSION_NONE || !s->gone_guest)
        return;
    enum err e = upd_kept_put_texts(m, s->gone_guest, unsent);
    (void)e; /* what does not fit is kept all the same */
    say_error(m, words_get(&m->words, unsent->n ? WORD_GUEST_GONE_UNSENT : WORD_GUEST_GONE));
}

/* This session is over, and not by the person. Nobody can be that guest again. */
static void end_session(struct model *m, bool tell, struct effects *fx)
{
    struct session *s = &m->session;
    int64_t guest = s->me.role == CHAT_GUEST ? s->me.id : 0;
    struct slice why = words_get(&m->words, WORD_SIGNED_OUT);
    if (tell)
        leave_here(m, why, SL("ended"), fx);
    else
        leave(m, why, fx);
    s->gone_guest = guest;
    upd_session_unsent(m);
}

/* No answer, or one for later. */
static void refresh_later(struct model *m)
{
    struct session *s = &m->session;
    uint32_t n = s->refresh_tries < REFRESH_AGAIN_MAX_N ? s->refresh_tries : REFRESH_AGAIN_MAX_N;
    s->refresh_tries++;
    s->refresh_ms = m->now_ms + ((int64_t)REFRESH_AGAIN_MS << n);
    if (s->state == SESSION_UNKNOWN) {
        m->conn.waiting = true;
        m->conn.retry_at_ms = s->refresh_ms;
    }
}

static void on_refreshed(struct model *m, const struct account_answer *a, struct effects *fx)
{
    struct session *s = &m->session;
    bool refused = a->status == 401 || a->status == 403;
    if (s->state == SESSION_NONE)
        return; /* what is under way is the sign-out */
    s->refreshing = false;
    if (a->ok) {
        if (s->state == SESSION_UNKNOWN)
            s->gone_guest = 0; /* by another tab */
        enter(m, a, fx);
    } else if (refused && s->state == SESSION_UNKNOWN && !m->cache.shown) {
        leave_here(m, SL(""), SL("ended"), fx); /* it was long ago: nothing to be said */
    } else if (refused) {
        upd_session_ended(m, fx);
    } else {
        refresh_later(m);
    }
}

static void say_refused(struct model *m, const struct account_answer *a)
{
    static const enum refusal_of of[] = {[LOGIN_GUEST] = REFUSAL_OF_GUEST,
                                         [LOGIN_PASSWORD] = REFUSAL_OF_LOGIN,
                                         [LOGIN_REGISTER] = REFUSAL_OF_REGISTER};
    struct refusal_text room;
    struct slice text = refusal_text(&m->words, of[m->session.login.way], &a->why, &room);
    if (a->status == 0)
        text = words_get(&m->words, WORD_LOGIN_NO_ANSWER);
    say_error(m, text.n ? text : words_get(&m->words, WORD_LOGIN_FAILED));
}

static void on_signed_in(struct model *m, const struct account_answer *a, struct effects *fx)
{
    m->session.login.busy = false;
    if (m->session.state == SESSION_IN)
        return;
    if (a->ok) {
        if (m->session.login.way == LOGIN_REGISTER && m->invite.state == INVITE_KNOWN &&
            m->invite.room.n == 0)
            upd_invite_forget(m);  /* it was for an account */
        set_leaving(m, false, fx); /* this is another session, and its cookie */
        enter(m, a, fx);
        return;
    }
    struct login *l = &m->session.login;
    if (m->session.leaving)
        refresh_later(m);
    say_refused(m, a);
    bool password = slice_eq(a->why.field, SL("password")) || l->way == LOGIN_PASSWORD;
    bool invite = slice_eq(a->why.field, SL("invite"));
    if (a->why.error == CHAT_FORBIDDEN && a->why.field.n == 0 && l->way != LOGIN_PASSWORD) {
        l->shut[l->way] = true;
        l->way = LOGIN_PASSWORD;
    }
    l->invite_wanted |= invite;
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS,
                                    .id = invite                  ? DOM_NODE_LOGIN_INVITE
                                          : password && a->status ? DOM_NODE_LOGIN_PASSWORD
                                                                  : DOM_NODE_LOGIN_NAME});
}

/* 401: there is no such session. Whatever else it says, it will be asked again. */
static void on_signed_out(struct model *m, const struct account_answer *a, struct effects *fx)
{
    struct session *s = &m->session;
    struct login *l = &s->login;
    struct slice text = words_get(&m->words, WORD_LEAVING);
    s->refreshing = false;
    if (!s->leaving) { /* somebody has signed in elsewhere meanwhile */
        upd_session_retry(m, fx);
        return;
    }
    if (a->ok || a->status == 401) {
        set_leaving(m, false, fx);
        if (slice_eq(buf_peek(&l->error), text))
            buf_reset(&l->error);
    } else {
        if (!l->waits)
            refresh_later(m); /* else when the sign-in has failed: it would take the new cookie */
        if (!l->busy && l->error.n == 0)
            say_error(m, text);
    }
    if (l->waits)
        ask_sign_in(m, fx);
    l->waits = false;
}

void upd_session_account(struct model *m, const struct action_account *a, struct effects *fx)
{
    if (a->op == ACCOUNT_REFRESH)
        on_refreshed(m, a->answer, fx);
    else if (a->op == ACCOUNT_LOGOUT)
        on_signed_out(m, a->answer, fx);
    else
        on_signed_in(m, a->answer, fx);
}

void upd_session_token_wanted(struct model *m, bool refused, struct effects *fx)
{
    struct session *s = &m->session;
    s->token_wanted = true;
    if (!refused && s->token.n && s->token_until_ms - m->now_ms > TOKEN_SPARE_MS)
        give_token(m, fx);
    else if (s->refresh_tries == 0)
        ask_refresh(m, fx);
}

void upd_session_sign_out(struct model *m, struct effects *fx)
{
    if (m->session.state == SESSION_NONE)
        return;
    upd_toast_end(m, fx);
    leave_here(m, SL(""), SL("out"), fx);
    set_leaving(m, true, fx);
    ask_logout(m, fx);
}

void upd_session_ended(struct model *m, struct effects *fx)
{
    if (m->session.state != SESSION_NONE)
        end_session(m, true, fx);
}

void upd_session_told(struct model *m, struct slice text, struct effects *fx)
{
    struct session *s = &m->session;
    size_t at = slice_find(text, ' ');
    struct slice verb = {text.p, at};
    unsigned long long number;
    if (at == text.n || !slice_to_u64(slice_from(text, at + 1), CHAT_ID_MAX, &number))
        return;
    bool me = s->me.id == (int64_t)number;
    if (slice_eq(verb, SL("at"))) {
        m->notify.elsewhere = (int64_t)number;
    } else if (slice_eq(verb, SL("out")) && me && s->state != SESSION_NONE) {
        leave(m, words_get(&m->words, WORD_SIGNED_OUT), fx);
        s->leaving = true; /* whoever signs in here waits for that; the other tab keeps it */
    } else if (slice_eq(verb, SL("ended")) && me && s->state != SESSION_NONE) {
        end_session(m, false, fx);
    } else if (slice_eq(verb, SL("in")) && !me && !s->login.busy) {
        /* The cookie is another one now: be who the other tab is. */
        s->leaving = false;
        if (s->state == SESSION_NONE)
            s->state = SESSION_UNKNOWN;
        ask_refresh(m, fx);
    }
}

void upd_session_tick(struct model *m, struct effects *fx)
{
    if (m->session.refresh_ms > m->now_ms)
        return;
    if (m->session.leaving)
        ask_logout(m, fx);
    else
        ask_refresh(m, fx);
}

int64_t upd_session_wake_ms(const struct model *m)
{
    return m->session.refresh_ms;
}
