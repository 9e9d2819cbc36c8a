/* Looking for somebody. */
#include "view_dialog_kinds.h"

static void people(const struct dialog_view *v, enum word yes)
{
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_PERSON,
                                                     WORD_PERSON_LABEL, WORDS_N, SL("person"),
                                                     CHAT_DISPLAY_CHARS_MAX, true});
    view_dialog_results(v, WORD_PERSON_LABEL, WORD_PERSON_NONE);
    if (v->d->rows_n)
        view_dialog_submit(v, view_dialog_buttons(v), yes);
}

void view_dialog_dm_new(const struct dialog_view *v)
{
    people(v, WORD_WRITE);
}

void view_dialog_invite_people(const struct dialog_view *v)
{
    view_dialog_text(v, WORD_INVITE_PEOPLE_TEXT);
    people(v, WORD_INVITE_PEOPLE);
}
