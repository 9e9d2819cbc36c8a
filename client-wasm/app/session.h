/* Who is signed in, and the form to sign in with. */
#pragma once

#include "buf.h"
#include "chat_request.h"
#include "persons.h"

#define SESSION_TOKEN_BYTES_MAX 4096
#define SESSION_ERROR_BYTES_MAX 256

/*   UNKNOWN --refreshed--> IN          NONE --guest, login, register--> IN
 *   UNKNOWN --refused--> NONE          IN --signed out, here or elsewhere--> NONE
 * UNKNOWN and IN stay while the server cannot be reached. */
enum session_state { SESSION_UNKNOWN, SESSION_NONE, SESSION_IN };
enum login_way { LOGIN_GUEST, LOGIN_PASSWORD, LOGIN_REGISTER };

struct login {
    enum login_way way;
    bool busy;
    struct buf name, password, invite;
    struct buf error; /* in the server's words */
    uint32_t error_n; /* counts them: the same again is told again */
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
    bool refreshing;
    int64_t refresh_ms; /* when to try again, host clock; INT64_MAX: not */
    uint32_t refresh_tries;
    struct login login;
};
