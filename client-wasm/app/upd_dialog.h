/* Dialogs: opened, filled in, submitted, answered, closed. A kind of dialog is a row of functions; each may be NULL.
 *
 *   a click, a key --upd_dialog_open--> how->open --upd_dialog_list--> how->answer(DIALOG_LIST)
 *   Enter, a button --> how->submit --upd_dialog_ask(DIALOG_SUBMIT, ...)--> how->answer, or the refusal is shown at its field
 *   Esc, x --> what is to be confirmed is dropped, else the dialog closes; the browser gives the focus back
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "json_in.h"
#include "model.h"

/* What was asked. Of LIST questions only the last one's answer counts; while another has none, the dialog is busy. */
enum { DIALOG_LIST, DIALOG_SUBMIT, DIALOG_FURTHER };

struct dialog_how {
    /* What is typed into it and not sent is there again when it is opened the next time. */
    bool keeps;
    /* It has just been opened. */
    void (*open)(struct model *m, struct effects *fx);
    /* Set the choices by what the model knows: it is open now, or something was done or refused. */
    void (*settle)(struct model *m);
    /* A field or a choice has changed. */
    void (*input)(struct model *m, enum dom_field field, struct effects *fx);
    void (*chosen)(struct model *m, unsigned group, struct effects *fx);
    /* Enter, or its first button; not while it is busy. */
    void (*submit)(struct model *m, struct effects *fx);
    /* A click within it, and what was to be confirmed was. false: it means nothing here. */
    bool (*click)(struct model *m, const struct action *a, struct effects *fx);
    void (*confirmed)(struct model *m, enum dom_act what, struct effects *fx);
    /* due_ms has come: ask for the list. */
    void (*search)(struct model *m, struct effects *fx);
    /* A key but Escape; false: it means nothing here. */
    bool (*key)(struct model *m, const struct action_key *key, struct effects *fx);
    /* The arrow keys choose a row; this is what it is for. */
    void (*pick)(struct model *m, const struct dialog_row *row, struct effects *fx);
    /* What was asked by HTTP is not answered in JSON; false: this one is. */
    bool (*plain)(struct model *m, unsigned what, unsigned status);
    /* What was asked has been done; in holds the answer, its texts go into d->arena. */
    void (*answer)(struct model *m, unsigned what, struct json_in *in, struct effects *fx);
};

/* For everybody. about: see enum dialog_kind. Another one that is open is closed. */
void upd_dialog_open(struct model *m, enum dialog_kind kind, int64_t about, struct effects *fx);
/* It is done; or the person turns away from it. */
void upd_dialog_close(struct model *m);
void upd_dialog_leave(struct model *m);

/* A dialog that is about this room has nothing to say any more. */
void upd_dialog_room_gone(struct model *m, int64_t room);

/* What happens; true: it was the dialog's. */
bool upd_dialog_click(struct model *m, const struct action *a, struct effects *fx);
bool upd_dialog_key(struct model *m, const struct action_key *key, struct effects *fx);
void upd_dialog_input(struct model *m, const struct action_input *input, struct effects *fx);
void upd_dialog_submit(struct model *m, struct effects *fx);
void upd_dialog_answer(struct model *m, const struct action_answer *a, struct effects *fx);
void upd_dialog_http(struct model *m, const struct action_http *a, struct effects *fx);
/* What the person wanted to copy is in the clipboard, or it is shown for them to copy it. */
void upd_dialog_copied(struct model *m, const struct action_copied *copied, struct effects *fx);
void upd_dialog_tick(struct model *m, struct effects *fx);
int64_t upd_dialog_wake_ms(const struct model *m);

/* For the kinds. Ask the server; what is one of the numbers above, or a further one. asks: it is asked otherwise, and answered as by HTTP. */
void upd_dialog_ask(struct model *m, unsigned what, enum event_id event,
                    const struct chat_request *request, struct effects *fx);
struct ask upd_dialog_asks(struct model *m, unsigned what);
void upd_dialog_fetch(struct model *m, unsigned what, const struct effect_http *http,
                      struct effects *fx);
/* The same for DIALOG_LIST, whose rows are then LOADING. */
void upd_dialog_list(struct model *m, enum event_id event, const struct chat_request *request,
                     struct effects *fx);
/* Ask for the list when nothing was typed for a moment. */
void upd_dialog_search_soon(struct model *m);
/* The picture that was chosen is not wanted any more, or has arrived. */
void upd_dialog_drop_picture(struct model *m, struct effects *fx);
/* Ask the person to confirm. */
void upd_dialog_confirm(struct model *m, enum dom_act what);
/* Fill the list out of an answer's array of users or rooms. */
void upd_dialog_users(struct model *m, struct json_in *in, const char *key);
void upd_dialog_rooms(struct model *m, struct json_in *in, const char *key);
/* The answer holds a room, which is opened; the dialog closes. */
void upd_dialog_enter(struct model *m, struct json_in *in, struct effects *fx);
/* A text field without white space around it; empty: it is said that it must not be, and false. */
bool upd_dialog_wants(struct model *m, enum dom_field field, enum word otherwise,
                      struct slice *out);
/* Block somebody, or no more; and what was answered. */
void upd_dialog_block(struct model *m, unsigned what, const struct person *who, struct effects *fx);
void upd_dialog_blocked(struct model *m, struct json_in *in);
/* The room the dialog is about; NULL: it is gone. */
struct room *upd_dialog_room(const struct model *m);
/* What I am in a room: the higher one of the server's role, in public rooms, and the room's. */
enum chat_role upd_dialog_role(const struct model *m, const struct room *room);
/* A request about that room. */
struct chat_request upd_dialog_request(const struct model *m);
