/* Create a room, or find one. */
#include "view_dialog_kinds.h"

static void create(const struct dialog_view *v)
{
    static const enum word kinds[] = {WORD_ROOM_PUBLIC, WORD_ROOM_PRIVATE};
    view_dialog_field(v, &(struct dialog_field_view){
                             DOM_TEMPLATE_FIELD, DOM_FIELD_ROOM_NAME, WORD_ROOM_NAME,
                             WORD_ROOM_NAME_HINT, SL("room-name"), CHAT_NAME_CHARS_MAX + 1, false});
    view_dialog_choice(v, 1, WORD_ROOM_KIND, kinds, 2);
    view_dialog_text(v, v->d->choices[1] ? WORD_ROOM_PRIVATE_TEXT : WORD_ROOM_PUBLIC_TEXT);
    view_dialog_field(v, &(struct dialog_field_view){
                             DOM_TEMPLATE_FIELD, DOM_FIELD_ROOM_TOPIC, WORD_ROOM_TOPIC,
                             WORD_ROOM_TOPIC_HINT, SL("room-topic"), CHAT_TOPIC_CHARS_MAX, false});
    view_dialog_submit(v, view_dialog_buttons(v), WORD_ROOM_CREATE);
}

static void find(const struct dialog_view *v)
{
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_FILTER,
                                                     WORD_ROOM_FIND_LABEL, WORDS_N, SL("filter"),
                                                     CHAT_QUERY_CHARS_MAX, true});
    view_dialog_results(v, WORD_ROOMS, WORD_ROOM_FIND_NONE);
    if (v->d->rows_n)
        view_dialog_submit(v, view_dialog_buttons(v),
                           v->d->rows[v->d->at].on ? WORD_ROOM_OPEN : WORD_JOIN);
    view_dialog_next(v);
}

void view_dialog_room_new(const struct dialog_view *v)
{
    static const enum word tabs[] = {WORD_ROOM_CREATE_TAB, WORD_ROOM_FIND_TAB};
    if (v->m->session.me.role > CHAT_GUEST)
        view_dialog_tabs(v, 0, WORD_NEW_ROOM, tabs, 2);
    if (v->d->choices[0])
        find(v);
    else
        create(v);
}
