/* See view_invites.h. */
#include "view_invites.h"

#include "view_text.h"

void view_invite_form(const struct dialog_view *v, unsigned expiry, unsigned uses, bool ever)
{
    static const enum word times[] = {WORD_TIME_HOUR, WORD_TIME_DAY, WORD_TIME_WEEK,
                                      WORD_TIME_MONTH, WORD_TIME_EVER};
    static const enum word often[] = {WORD_USES_ANY, WORD_USES_1, WORD_USES_10, WORD_USES_100};
    view_dialog_choice(v, expiry, WORD_INVITE_EXPIRY, times, ever ? 5 : 4);
    view_dialog_choice(v, uses, WORD_INVITE_USES, often, 4);
    if (v->d->note.n)
        view_dialog_copy(v);
}

static void invite_line(const struct dialog_view *v, const struct dialog_row *r)
{
    struct vnode *n = view_dialog_line(v, (uint64_t)r->id, SL(""), SL(""));
    if (r->until_ms)
        view_dialog_time(v, n, WORD_INVITE_UNTIL, r->until_ms);
    else
        vtree_text(v->t, n, DOM_SLOT_LABEL, view_dialog_word(v, WORD_INVITE_NO_END));
    if (r->uses >= 0)
        view_words_n(v->m, v->t, n, DOM_SLOT_MORE, WORDS_USES_LEFT, (uint64_t)r->uses, SL(""));
    else
        vtree_text(v->t, n, DOM_SLOT_MORE, view_dialog_word(v, WORD_USES_ANY));
    view_dialog_button(v, n, DOM_ACT_INVITE_REVOKE, (uint64_t)r->id, WORD_REVOKE, true);
}

void view_invites(const struct dialog_view *v)
{
    view_dialog_list_state(v, WORD_INVITES_NONE);
    for (uint32_t i = 0; i < v->d->rows_n; i++)
        invite_line(v, &v->d->rows[i]);
}
