/* A chat client (chat_client.h) whose server the test plays, on the host of sock_script.h. Its callbacks become lines of that transcript:
 *   * token?  * token refused?           * connecting  * resuming  * live  * signed out
 *   * me NAME                            * restored
 *   * room ID seq N ev N read N unread N mentions N members N NAME     * gone ID [put out]
 *   * event ROOM EV KIND [SEQ TEXT]      * reset ROOM: SEQ TEXT, SEQ TEXT
 *   * sent CID ROOM SEQ                  * failed CID ROOM: CODE or what kept it from being sent
 *   * put off CID ROOM: CODE AFTER        * block USER on|off
 *   * typing ROOM USER on|off  * presence USER STATE  * profile NAME  * bye CODE AFTER
 *   * answer NAME RESULT [JSON]          (chat_asked, with a NAME as its user)
 * Of a cid, the first two digits.
 */
#pragma once

#include "chat_client.h"
#include "sock_script.h"

/* What the client sends. */
#define SENT(id, event, json) "> ws 42/chat," id "[\"" event "\"," json "]\n"
#define RESUMES(id)           SENT(id, "resume", "{}")
/* Parts of what the server says. */
#define ME "\"user\":{\"id\":7,\"name\":\"ann\",\"display\":\"Ann\",\"role\":\"member\"}"
#define ROOM(id, more)                                                                             \
    "{\"id\":" id ",\"kind\":\"public\",\"name\":\"r" id "\",\"topic\":\"\"," more "}"
#define MINE(seq, ev, read, unread, mentions)                                                      \
    "\"seq\":" seq ",\"ev\":" ev ",\"min_seq\":1,\"members\":2,\"joined\":true,\"room_role\":"     \
    "\"member\",\"read_seq\":" read ",\"unread\":" unread ",\"mentions\":" mentions                \
    ",\"notify\":\"all\",\"muted\":false"
#define MESSAGE(room, seq, from, text, more)                                                       \
    "{\"room\":" room ",\"seq\":" seq ",\"cid\":\"00112233445566778899aabbccddeeff\",\"from\":{"   \
    "\"id\":" from ",\"name\":\"u" from                                                            \
    "\",\"display\":\"\",\"role\":\"member\"},\"text\":\"" text "\",\"ts\":1,\"rev\":1" more "}"
#define EVENT_OF(room, ev, kind, more)                                                             \
    "{\"room\":" room ",\"ev\":" ev ",\"kind\":\"" kind "\",\"actor\":9,\"ts\":1," more "}"
/* Somebody else's message. */
#define SAID(room, ev, seq, text)                                                                  \
    EVENT_OF(room, ev, "message", "\"message\":" MESSAGE(room, seq, "9", text, ""))

/* What the token is that on_token gives; NULL: none yet. "" signs out. Of a new client: "t". */
void chat_script_token(const char *token);
/* Called from the next callback of that kind: "sent", "put off", "room", "event", "reset", "resumed", "state", "token". */
void chat_script_inside(const char *kind, void (*fn)(struct chat_client *c));
/* For chat_client_ask; user: the NAME. */
void chat_asked(void *name, const struct chat_answer *answer);

/* A client over WebSocket only; its first try is on its way. NULL when memory ran out. */
struct chat_client *chat_opened(void);
struct chat_client *chat_opened_by(enum sock_transports transports);
/* The server lets the try through, up to the answer of CONNECT. */
void chat_let_in(void);
/* The same up to the answer of the first resume: epoch "e", rooms the elements of its array. The transcript is taken. */
struct chat_client *chat_live(const char *rooms);
/* The server answers the event with that ack id, or sends one; the argument is JSON. */
void chat_answer(unsigned ack_id, const char *json);
void chat_says(const char *event, const char *json);
/* {"ok":true,"epoch":"e",ME,"rooms":[rooms]} */
void chat_answer_resume(unsigned ack_id, const char *rooms);
/* {"ok":false,"error":{...}}; after_ms 0: not said. */
void chat_refuse(unsigned ack_id, const char *code, const char *retry, unsigned after_ms);
