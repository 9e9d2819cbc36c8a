/* Files on their way to the server, and those that are there and wait to be sent with a message. */
#pragma once

#include "buf.h"
#include "chat.h"
#include <stdbool.h>
#include <stdint.h>

#define UPLOADS_MAX           32 /* of all rooms; a message takes UPLOAD_MESSAGE_MAX */
#define UPLOAD_MESSAGE_MAX    10
#define UPLOAD_NAME_BYTES_MAX 1024
#define UPLOAD_ALT_BYTES_MAX  (4 * CHAT_ALT_CHARS_MAX)

/*   NEW --asked--> ASKED --id--> SENDING --last piece--> DONE --with a message--> gone
 *   ASKED, SENDING --refused--> FAILED --retry--> NEW
 *   SENDING --no answer, a new connection--> WAITING --time--> LOOKING (how far did it come?) --> SENDING
 *   DONE --the server has it no more--> NEW, or FAILED when the page has not got it either
 */
enum upload_state {
    UPLOAD_NEW,
    UPLOAD_ASKED,
    UPLOAD_SENDING,
    UPLOAD_WAITING,
    UPLOAD_LOOKING,
    UPLOAD_DONE,
    UPLOAD_FAILED
};

struct upload {
    uint32_t file; /* its number at the page; 0: it is only at the server */
    int64_t room;
    int64_t id; /* at the server, 0: not yet */
    int64_t size, sent, chunk;
    enum upload_state state;
    int64_t again_ms; /* WAITING: until then, host clock */
    uint32_t tries;
    bool unsure; /* DONE, but perhaps long ago: the server is asked whether it still has it */
    struct buf name, error; /* error: of a FAILED one, in the server's words */
    struct buf type;        /* of a DONE one */
    struct buf alt;         /* what it shows, in its person's words */
    uint32_t width, height; /* likewise */
};

struct uploads {
    struct upload at[UPLOADS_MAX];
    uint32_t n;
    bool busy; /* one of them is neither DONE nor FAILED: closing the page would lose it */
};

/* Owns: their texts; free with uploads_fini. */
void uploads_init(struct uploads *u);
void uploads_fini(struct uploads *u);
/* Can its person say what it shows? Until it is there, its name has to do. */
bool upload_is_image(const struct upload *up);
/* Those of a room; how many of them are not DONE. */
uint32_t uploads_of(const struct uploads *u, int64_t room, uint32_t *unfinished_n);
