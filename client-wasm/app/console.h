/* Commands as a line of words, "/join #tea", and the lists that answer them, for views without buttons. Pure, beside the model: what a page does
 * by its panels. The program gives lines and answers here, and what else happens to update.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

#define CONSOLE_ITEMS_MAX       200
#define CONSOLE_QUERY_BYTES_MAX CHAT_PASSWORD_BYTES_MAX
#define CONSOLE_ASKED_MAX       16 /* commands that wait for their answer */
#define CONSOLE_LINE_BYTES_MAX  (4 * CHAT_TEXT_CHARS_MAX + 1024)

enum console_list {
    CONSOLE_CLOSED,
    CONSOLE_SWITCHER, /* rooms of mine, by query */
    CONSOLE_SEARCH,   /* hits */
    CONSOLE_MEMBERS,
    CONSOLE_PUBLIC,   /* rooms that can be joined */
    CONSOLE_BLOCKED,  /* people: taking one ends it */
    CONSOLE_REPORTS,  /* of the room that was open; console_judge */
    CONSOLE_BANS,     /* of the room that was open: mutes, too; console_end */
    CONSOLE_INVITES,  /* links into that room; likewise */
    CONSOLE_DEVICES,  /* where I am signed in; likewise */
    CONSOLE_USERS,    /* accounts, for who administers */
    CONSOLE_PASSWORD, /* not a list: what is typed is not shown */
    CONSOLE_PERSON,   /* what is known of somebody; to be read */
    CONSOLE_HELP,     /* likewise */
};

/* A line of a list, and where it leads. */
struct console_item {
    int64_t room, seq;
    int64_t person;             /* whose presence stands beside it, 0: nobody's */
    int64_t id;                 /* of a report, a link, a device, of who is banned */
    bool on;                    /* a mute, not a ban; the device that this is */
    struct slice user;          /* a name: writing to them, in BLOCKED: ending it */
    struct slice label, detail; /* in the arena */
};

/* A command that was asked, until its answer is here: a refused one comes back into the composer. */
struct console_asked {
    uint32_t turn; /* 0: a free place */
    struct buf line;
};

/* Inv: chosen < items_n, or 0. */
struct console {
    enum console_list list;
    struct buf query;      /* of SWITCHER, SEARCH and PASSWORD */
    struct buf secrets[2]; /* PASSWORD: the one now, the new one */
    uint32_t secrets_n;
    struct arena arena;
    struct console_item items[CONSOLE_ITEMS_MAX];
    uint32_t items_n, chosen;
    int64_t of; /* REPORTS, BANS, INVITES: the room, else the turn; other answers are dropped */
    struct search_query sought; /* of SEARCH, what was asked */
    int64_t turn;               /* how often that was asked */
    struct buf found;           /* names of public rooms, a line each */
    uint32_t found_n;
    bool waiting;      /* the answer is not here yet */
    struct buf notice; /* one line to be shown until the next key; empty: none */
    bool bad;          /* it tells a failure */
    bool quit;         /* the person wants to go */
    bool undone;       /* the program could not do what the last command wanted: it comes back */
    uint32_t saves_n;  /* files on their way to the disk: the program's count */
    unsigned char
        cid[CHAT_CID_HEX / 2]; /* chance, for a message; the program renews it before each call */
    struct console_asked asked[CONSOLE_ASKED_MAX];
    uint32_t asking, asked_n; /* the turn of the command that runs, 0: none; the last one's */
    uint64_t
        doomed_key; /* the message (in REPORTS: the report) that is deleted when it is asked for again */
    int64_t doomed_room;  /* that is archived when it is asked for again */
    int64_t dooming_room; /* likewise, by the command that runs */
};

/* Nothing of the list can be chosen. */
static inline bool console_is_text(const struct console *c)
{
    return c->list >= CONSOLE_PERSON;
}
void console_init(struct console *c);
void console_fini(struct console *c);
/* Say something in the notice. */
void console_say(struct console *c, struct slice text, bool bad);
void console_tell(struct console *c, const struct model *m, enum word word, bool bad);
/* A text of the composer: is it a command? "//x" is the text "/x"; of several lines only what begins with a known command is one. */
bool console_is_command(struct slice line);
/* Run it. key: the message it is about, 0: the newest. false: it could not (the notice says why), the line is kept. */
bool console_run(struct console *c, struct model *m, struct slice line, uint64_t key,
                 struct effects *fx);
/* The answer to an ask of the kind ASK_CONSOLE. */
void console_answer(struct console *c, struct model *m, const struct action_answer *a,
                    struct effects *fx);
/* The same to EFFECT_HTTP. */
void console_http(struct console *c, struct model *m, const struct action_http *a,
                  struct effects *fx);
/* Open the switcher or the search; its query has changed (search: hits of the old one go); ask for hits; take the chosen one; close. */
void console_open(struct console *c, const struct model *m, enum console_list list);
void console_typed(struct console *c, const struct model *m);
void console_search(struct console *c, const struct model *m, struct effects *fx);
void console_take(struct console *c, struct model *m, struct effects *fx);
void console_close(struct console *c);
/* The chosen report: delete what was said (the first time it only asks), or dismiss it. */
void console_judge(struct console *c, struct model *m, bool delete, struct effects *fx);
/* End what is chosen: a ban, a mute, a link, a session, the blocking of somebody. */
void console_end(struct console *c, struct model *m, struct effects *fx);
/* What is to be typed into PASSWORD now. */
enum word console_password_word(const struct console *c);
/* Take back the newest file of the open room that is on its way, or all, and what is being saved. false: there is none. */
bool console_cancel(struct console *c, struct model *m, bool all, struct effects *fx);
/* What is begun in front of the caret of a command: WORD: *out is what becomes of all that is begun, empty: nothing; else *word is what is
 * begun, a view of it; of a name or room that is not known console_find asks the server. */
enum console_completes {
    CONSOLE_COMPLETES_NOTHING,
    CONSOLE_COMPLETES_WORD,
    CONSOLE_COMPLETES_NAME,
    CONSOLE_COMPLETES_ROOM,
    CONSOLE_COMPLETES_PATH,
    CONSOLE_COMPLETES_ZONE,
};
enum console_completes console_complete(struct console *c, const struct model *m,
                                        struct slice begun, struct buf *out, struct slice *word);
/* Ask for the people (not for all of them), else the public rooms, whose names have this in them. The answer counts found_n: those people are known then, those rooms
 * stand in found. */
void console_find(struct console *c, struct model *m, bool users, struct slice q,
                  struct effects *fx);
/* Take the first word of rest as a shell reads it. false: too long, or a quote without its end. */
bool console_path(struct slice *rest, struct buf *out);
/* Append "3 unread, @1", or nothing. Returns: as buf_put. */
NODISCARD enum err console_counts(const struct model *m, struct buf *line, uint64_t unread,
                                  uint64_t mentions);
/* Behind every turn: the list of members is the model's, as it stands now. */
void console_settle(struct console *c, struct model *m);
/* Delete the message: the first time it only asks. */
void console_delete(struct console *c, struct model *m, const struct message *msg,
                    struct effects *fx);
