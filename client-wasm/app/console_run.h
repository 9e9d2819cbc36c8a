/* Between the parts of the console. */
#pragma once

#include "console.h"
#include "json_in.h"

/* What was asked: the number of its ask. */
enum console_ask {
    CONSOLE_ASK_SEARCH,
    CONSOLE_ASK_ROOMS,
    CONSOLE_ASK_ROOM, /* the answer's room is opened */
    CONSOLE_ASK_DONE,
    CONSOLE_ASK_LINK, /* an invitation */
    CONSOLE_ASK_REPORTS,
    CONSOLE_ASK_REPORTED,
    CONSOLE_ASK_JUDGED, /* a report is dismissed, or its message deleted */
    CONSOLE_ASK_PERSON,
    CONSOLE_ASK_BLOCKED, /* somebody is, or is no more */
    CONSOLE_ASK_BANS,
    CONSOLE_ASK_INVITES,
    CONSOLE_ASK_ENDED, /* a ban, a mute, a link */
    CONSOLE_ASK_DEVICES,
    CONSOLE_ASK_DEVICE_OUT,
    CONSOLE_ASK_PASSWORD,
    CONSOLE_ASK_WORKSPACE, /* what the whole is called */
    CONSOLE_ASK_USERS,
    CONSOLE_ASK_NAMES, /* for completing */
    CONSOLE_ASK_SAY,   /* the answer's room is opened, and what the command said is said there */
};

/* In the number of an ask, above its console_ask: the command's turn. */
#define CONSOLE_TURN_SHIFT 8

/* What a command works on. */
struct console_line {
    struct console *c;
    struct model *m;
    struct room *room; /* the open one, or NULL */
    struct slice rest; /* behind the command's word */
    uint64_t key;      /* the chosen message, 0: none */
    struct effects *fx;
};

/* Say why not. Returns: false. */
bool console_refuse(struct console_line *l, enum word why);
/* As console_ask. false: it did not get through. */
bool console_ask_line(struct console_line *l, enum console_ask what, enum event_id event,
                      struct chat_request r);
/* s, and not the sign in front of it. */
struct slice console_without(struct slice s, char sign);
/* Take the first word of rest; what is behind it remains, without the white space around it. */
struct slice console_word(struct slice *rest);

/* The word of the i-th command, empty behind the last; what stands behind a command, and what it does; WORDS_N: nothing, or there is no such
 * command. */
struct slice console_command_word(size_t i);
enum word console_command_with(struct slice word);
enum word console_command_what(struct slice word);
/* The i-th name that /react knows, empty behind the last. */
struct slice console_emoji_code(size_t i);

/* console_complete.c: of the answer to console_find, somebody, or a room. */
void console_add_person(struct console *c, struct model *m, struct slice one, struct arena *arena);
void console_add_name(struct console *c, struct model *m, struct slice one, struct arena *arena);

/* console_people.c */
bool console_run_dm(struct console_line *l);
void console_say_to(struct console *c, struct model *m, struct slice line,
                    const struct action_answer *a, struct effects *fx);
bool console_run_block(struct console_line *l);
bool console_run_unblock(struct console_line *l);
bool console_run_blocked(struct console_line *l);
bool console_run_users(struct console_line *l);
void console_add_user(struct console *c, struct model *m, struct slice one, struct arena *arena);
bool console_run_whois(struct console_line *l);
void console_person(struct console *c, struct model *m, const struct action_answer *a);
void console_members(struct console *c, const struct model *m);
void console_blocked(struct console *c, struct model *m, struct slice json);

/* console_moderate.c */
bool console_accept(struct console_line *l, struct slice token); /* an invitation */
bool console_run_kick(struct console_line *l);
bool console_run_ban(struct console_line *l);
bool console_run_unban(struct console_line *l);
bool console_run_mute(struct console_line *l);
bool console_run_unmute(struct console_line *l);
bool console_run_role(struct console_line *l);
bool console_run_notify(struct console_line *l);
bool console_run_rename(struct console_line *l);
bool console_run_invite(struct console_line *l);
bool console_run_status(struct console_line *l);
bool console_run_display(struct console_line *l);
bool console_run_about(struct console_line *l);
bool console_run_zone(struct console_line *l);
void console_link(struct console *c, struct model *m, struct slice json);

/* console_room.c */
bool console_run_archive(struct console_line *l);
bool console_run_unarchive(struct console_line *l);
bool console_run_bans(struct console_line *l);
bool console_run_invites(struct console_line *l);
void console_bans(struct console *c, struct model *m, struct json_in *in);
void console_invites(struct console *c, struct model *m, struct json_in *in);
void console_end_of_room(struct console *c, struct model *m, const struct console_item *item,
                         struct effects *fx);
void console_ended(struct console *c, struct model *m, int64_t room, struct effects *fx);

/* console_account.c */
bool console_run_devices(struct console_line *l);
bool console_run_password(struct console_line *l);
bool console_run_workspace(struct console_line *l);
/* Ask over HTTP, as who I am; the answer is to what c->of is now. */
void console_fetch(struct console *c, enum console_ask what, struct effect_http h,
                   struct effects *fx);
void console_devices(struct console *c, struct model *m, struct json_in *in);
void console_end_device(struct console *c, struct model *m, const struct console_item *item,
                        struct effects *fx);
void console_password_take(struct console *c, struct model *m, struct effects *fx);
void console_password_forget(struct console *c);
void console_account(struct console *c, struct model *m, const struct ask *ask, struct effects *fx);

/* console_files.c */
bool console_run_upload(struct console_line *l);
bool console_run_save(struct console_line *l);
bool console_run_cancel(struct console_line *l);

/* console_reports.c */
bool console_run_report(struct console_line *l);
bool console_run_reports(struct console_line *l);
void console_add_report(struct console *c, struct model *m, struct slice one, struct arena *arena);
void console_judged(struct console *c, struct model *m, int64_t room, struct effects *fx);

/* Empty the list, for another one; add to it. NULL: it is full. */
void console_begin(struct console *c, enum console_list list);
struct console_item *console_add(struct console *c, struct slice label, struct slice detail);
/* The line whose answer it is; empty: it was no command's. Borrowed until console_asked_drop. */
struct slice console_asked_line(const struct console *c, const struct ask *ask);
void console_asked_drop(struct console *c, uint32_t turn);
/* The answer was a refusal, and has been told: back into the composer, if nothing else is there. */
void console_give_back(struct console *c, struct model *m, struct slice line, struct effects *fx);
/* The number of an ask without its turn, and its turn. */
enum console_ask console_ask_what(const struct ask *ask);
uint32_t console_ask_turn(const struct ask *ask);
/* The rows that a dialog's list would have. */
void console_rows(struct console *c, struct model *m);
/* An answer fills the list that waits for it. */
void console_fill(struct console *c, struct model *m, const struct ask *ask, struct slice json);
/* Ask the server, or say that it cannot be. */
void console_ask(struct console *c, const struct model *m, enum console_ask what,
                 enum event_id event, struct chat_request request, struct effects *fx);
