/* Who is signed in, and the form to sign in with. */
#pragma once

#include "buf.h"
#include "chat_request.h"
#include "persons.h"

#define SESSION_TOKEN_BYTES_MAX  4096
#define SESSION_ERROR_BYTES_MAX  512
#define SESSION_UNSENT_BYTES_MAX (256u << 10)

/*   UNKNOWN --refreshed--> IN          NONE --guest, login, register--> IN
 *   UNKNOWN --refused--> NONE          IN, UNKNOWN --signed out, here or elsewhere--> NONE
 * UNKNOWN and IN stay while the server cannot be reached. Whoever signs out then is out here at once (leaving), and the server is
 * asked until it has answered, in later visits, too. */
enum session_state { SESSION_UNKNOWN, SESSION_NONE, SESSION_IN };
enum login_way { LOGIN_GUEST, LOGIN_PASSWORD, LOGIN_REGISTER };

struct login {
    enum login_way way;
    bool busy;
    bool waits; /* for the last session's end: its cookie must not be the new one's */
    struct buf name, password, invite;
    struct buf error;  /* in the server's words */
    struct buf unsent; /* what the guest who is gone wrote and could not send */
    uint32_t error_n;  /* counts them: the same again is told again */
    bool invite_wanted;
    bool shut[LOGIN_REGISTER + 1]; /* ways that this server has said it does not offer */
};

struct session {
    enum session_state state;
    struct chat_user me; /* id and role only; id 0: nobody */
    struct person *person;
    struct buf token;
    int64_t token_until_ms; /* host clock */
    bool token_wanted;      /* the chat client waits for one */
    bool
        leaving; /* signed out, and the server has not answered yet: its cookie makes nobody IN; kept (EFFECT_SAVE_LEAVING) */
    bool refreshing;    /* asked for a token, or to be signed out */
    int64_t refresh_ms; /* when to try again, host clock; INT64_MAX: not */
    uint32_t refresh_tries;
    int64_t
        gone_guest; /* whom the server does not let back in; whoever goes on here has what they wrote. 0: nobody */
    struct login login;
};
