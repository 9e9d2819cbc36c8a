/* What was asked of the server, so that the answer finds its way. */
#pragma once

#include <stdint.h>

enum ask_kind {
    ASK_NOTHING, /* the answer is of no interest */
    ASK_HISTORY, /* number: enum ask_history */
    ASK_READ,
    ASK_UNREAD, /* number: the seq before the first unread one */
    ASK_EDIT,   /* number: seq */
    ASK_DELETE,
    ASK_DRAFT, /* number: 1 it was told, 0 asked for */
    ASK_REACT,
    ASK_REPORTS,
    ASK_JOIN,        /* opens the room */
    ASK_LOOK,        /* at a room that is not mine; number: the message wanted there */
    ASK_FILE_NEW,    /* number: a file of the page */
    ASK_FILE_OFFSET, /* likewise */
    ASK_FILE_THERE,  /* number: a file of the server */
    ASK_CONSOLE,     /* number: enum console_ask; goes to console_answer */
    ASK_INVITE,      /* number: of the invitation of the address */
    ASK_DIALOG,      /* room: what was asked, number: by which dialog (upd_dialog.c) */
    ASK_MEMBERS,     /* number: behind which user */
    ASK_USERS,       /* room: enum finder_for, number: the turn */
    ASK_PRESENCE,
    ASK_PROFILE, /* of whom a card is open */
    ASK_SEARCH,  /* room: from when on (UTC), number: the turn */
    ASK_EMOJI,   /* HTTP: the table */
};

enum ask_history { ASK_LATEST, ASK_BEFORE, ASK_AFTER, ASK_AROUND };

struct ask {
    enum ask_kind kind;
    int64_t room;
    int64_t number;
};
