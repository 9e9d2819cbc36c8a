/* Between update and a connection, for every program with a model: what the chat client tells becomes actions, and the effects that
 * concern the connection are carried out. What is left (the screen, what is kept, signing in) is the program's own.
 */
#pragma once

#include "action.h"
#include "chat_client.h"
#include "effect.h"
#include "model.h"

struct carry {
    const struct model *model;
    struct slice server; /* "http://host:port"; empty in the browser: the page's */
    struct manager_options connection;
    struct chat_client *chat;
    /* One turn of the program with this action; its time and chance are filled in there. */
    void (*act)(struct action action);
};

/* Make the chat client. c stays where it is until carry_fini. false: no memory. */
bool carry_start(struct carry *c);
/* Nothing is called any more for what was asked of the chat client. */
void carry_fini(struct carry *c);
/* false: this effect is the program's own. */
bool carry_out(struct carry *c, const struct effect *effect);
