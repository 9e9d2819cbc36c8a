/* See view_login.h. */
#include "view_login.h"

#include "view_text.h"

static void way_button(const struct model *m, struct vtree *t, struct vnode *parent,
                       enum dom_node node, enum login_way way, enum word word)
{
    struct vnode *n = vtree_fixed(t, parent, node);
    vtree_text(t, n, DOM_SLOT_SELF, words_get(&m->words, word));
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN,
               m->session.login.way == way || m->session.login.shut[way]);
}

void view_login(const struct model *m, struct vtree *t, struct vnode *parent)
{
    static const enum word leads[] = {WORD_LOGIN_GUEST_LEAD, WORD_LOGIN_PASSWORD_LEAD,
                                      WORD_LOGIN_REGISTER_LEAD};
    static const enum word submits[] = {WORD_LOGIN_GUEST, WORD_LOGIN_SIGN_IN, WORD_LOGIN_REGISTER};
    const struct login *l = &m->session.login;
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_LOGIN_LEAD);
    if (m->invite.state == INVITE_KNOWN)
        view_words(m, t, n, DOM_SLOT_SELF, m->invite.room.n ? WORD_JOIN_ASKED : WORD_JOIN_REGISTER,
                   buf_peek(&m->invite.by), buf_peek(&m->invite.room));
    else
        vtree_text(t, n, DOM_SLOT_SELF,
                   m->invite.state == INVITE_REFUSED ? buf_peek(&m->invite.error)
                                                     : words_get(&m->words, leads[l->way]));

    n = vtree_fixed(t, parent, DOM_NODE_LOGIN_PASSWORD_FIELD);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, l->way == LOGIN_GUEST);
    n = vtree_fixed(t, parent, DOM_NODE_LOGIN_PASSWORD);
    vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_AUTOCOMPLETE,
               l->way == LOGIN_REGISTER ? SL("new-password") : SL("current-password"));

    n = vtree_fixed(t, parent, DOM_NODE_LOGIN_INVITE_FIELD);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, l->way != LOGIN_REGISTER || !l->invite_wanted);

    n = vtree_fixed(t, parent, DOM_NODE_LOGIN_ERROR);
    vtree_text(t, n, DOM_SLOT_SELF, buf_peek(&l->error));
    n = vtree_fixed(t, parent, DOM_NODE_LOGIN_UNSENT);
    vtree_text(t, n, DOM_SLOT_SELF, buf_peek(&l->unsent));
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, l->unsent.n == 0);
    n = vtree_fixed(t, parent, DOM_NODE_LOGIN_NAME);
    /* Once: what was remembered. */
    vtree_do(t, n, DOM_SLOT_SELF, 1,
             &(struct dom_deed){.op = DOM_OP_VALUE, .texts = {buf_peek(&l->name)}});
    if (l->error.n)
        vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_INVALID, SL("true"));

    n = vtree_fixed(t, parent, DOM_NODE_LOGIN_SUBMIT);
    vtree_text(t, n, DOM_SLOT_SELF,
               words_get(&m->words, l->busy ? WORD_LOGIN_BUSY : submits[l->way]));
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_DISABLED, l->busy);

    way_button(m, t, parent, DOM_NODE_LOGIN_WAY_GUEST, LOGIN_GUEST, WORD_LOGIN_GUEST);
    way_button(m, t, parent, DOM_NODE_LOGIN_WAY_LOGIN, LOGIN_PASSWORD, WORD_LOGIN_SIGN_IN);
    way_button(m, t, parent, DOM_NODE_LOGIN_WAY_REGISTER, LOGIN_REGISTER, WORD_LOGIN_REGISTER);
}
