/* The dialog that is open: one at a time. What all kinds have in common is here, as plain data; what a kind makes of it stands in its
 * row of upd_dialog.c's table (app/dialog_*.c) and of view_dialog.c's (view/view_dialog_*.c).
 */
#pragma once

#include "arena.h"
#include "buf.h"
#include "chat_limits.h"
#include "crop.h"
#include "domop.h"
#include "persons.h"
#include "slice.h"
#include "words.h"
#include <stdbool.h>
#include <stdint.h>

#define DIALOG_FIELDS_MAX     8
#define DIALOG_CHOICES_MAX    8
#define DIALOG_ROWS_MAX       100
#define DIALOG_FIELD_BYTES    4096
#define DIALOG_ERROR_BYTES    1024
#define DIALOG_NOTE_BYTES     (64u << 10) /* the longest message */
#define DIALOG_ROWS_BYTES_MAX (256u << 10)
#define DIALOG_SEARCH_MS      150 /* after the last key */

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_ROOM_NEW,
    DIALOG_DM_NEW,
    DIALOG_ROOM_MENU,
    DIALOG_INVITE_PEOPLE, /* about: the room */
    DIALOG_PERSON,        /* about: the user */
    DIALOG_MESSAGE,       /* about: the message's key; all that can be done with it */
    DIALOG_DELETE,        /* likewise: really? */
    DIALOG_REPORT,        /* likewise: why? */
    DIALOG_JOIN,          /* by an invitation */
    DIALOG_SETTINGS,
    DIALOG_HELP,
    DIALOG_ADMIN,
    DIALOG_SWITCHER,
    DIALOG_EMOJI, /* about: the message to react to, 0: for the composer */
    DIALOG_COPY,  /* the note, which the person has to copy */
    DIALOG_KINDS_N
};

struct dialog_field {
    enum dom_field field;
    struct buf text, followed; /* followed: see dialog_follow */
    uint32_t stamp;            /* counts the times we, not the person, have filled it; 0: never */
};

/* A line of a list. Inv: label and more lie in the dialog's arena, or are static. */
struct dialog_row {
    int64_t id;
    struct slice label, more;
    struct person *person;
    bool on;             /* a room: it is mine */
    enum chat_role role; /* a member's, in the room */
    int64_t until_ms; /* of an invitation: when it ends; of a member: of being muted; UTC, 0: not */
    int64_t seq;      /* of a report: the message */
    int64_t uses;     /* of an invitation: how many are left, -1: any number */
};

enum dialog_list { LIST_NONE, LIST_LOADING, LIST_LOADED, LIST_FAILED };

/* Inv: number is never that of an earlier dialog; rows_n <= DIALOG_ROWS_MAX, at < rows_n or 0. */
struct dialog {
    enum dialog_kind kind;
    uint32_t number;
    int64_t about;
    int64_t room;        /* in which it was opened, 0: none */
    int64_t picture;     /* a file of the page that is looked at, cut or on its way; 0: none */
    struct crop crop;    /* what of it is wanted, while that is to be confirmed */
    enum word crop_said; /* what of the crop is told: where it is, or its zoom; 0: nothing */
    uint32_t
        picture_n; /* counts the times the focus goes to it, or back to what it was chosen by; 0: nowhere */
    bool busy;            /* what was submitted has no answer yet */
    enum dom_act confirm; /* what the person is asked to confirm; 0: nothing */
    uint8_t choices[DIALOG_CHOICES_MAX];
    struct dialog_field fields[DIALOG_FIELDS_MAX];
    struct buf error;
    enum dom_field error_field; /* 0: it is about no field */
    uint32_t error_n;           /* counts them */
    enum word done;             /* what has been done; 0: nothing to be said of */
    struct buf note;            /* something to be shown and copied */
    enum dialog_list list;
    uint32_t list_n; /* counts the questions for lists: only the last one's answer counts */
    int64_t due_ms;  /* when to ask for the list, host clock; INT64_MAX: not */
    struct dialog_row rows[DIALOG_ROWS_MAX];
    uint32_t rows_n, at;
    bool more;                      /* the server has further ones */
    char zone[CHAT_ZONE_BYTES_MAX]; /* of the settings: what this device says it is */
    uint8_t zone_n;
    bool zoned;       /* of a person: zone_min is known */
    int32_t zone_min; /* their time minus UTC, now */
    struct arena arena;
};

/* Owns: d's memory; free with dialog_fini. */
void dialog_init(struct dialog *d);
void dialog_fini(struct dialog *d);
/* Nothing is open, and nothing is left of what was; number goes on counting. */
void dialog_reset(struct dialog *d);

/* What a field holds; empty when it was not touched. */
struct slice dialog_text(const struct dialog *d, enum dom_field field);
/* The place of a field; NULL: none was ever typed in or filled. */
const struct dialog_field *dialog_field(const struct dialog *d, enum dom_field field);
/* The person's, and ours. Too much, or too many fields: false, it stays. */
bool dialog_typed(struct dialog *d, enum dom_field field, struct slice text);
bool dialog_fill(struct dialog *d, enum dom_field field, struct slice text);
/* The field shows a text that may be changed elsewhere too, and is this now: filled in, but over nothing that was written here. */
void dialog_follow(struct dialog *d, enum dom_field field, struct slice text);
/* Fill in what the person had written over followed. */
void dialog_refill(struct dialog *d, enum dom_field field, struct slice text,
                   struct slice followed);
/* What dialog_follow was last given; empty: nothing. */
struct slice dialog_followed(const struct dialog *d, enum dom_field field);

/* Say what is wrong, of a field or (0) of the whole. */
void dialog_say(struct dialog *d, enum dom_field field, struct slice text);
void dialog_hush(struct dialog *d);

/* Empty the list. */
void dialog_clear_rows(struct dialog *d);
/* NULL: there are too many. */
struct dialog_row *dialog_add_row(struct dialog *d, int64_t id, struct slice label,
                                  struct slice more);
