/* What the chat talks about: users, rooms, messages, events; the same structs at both ends, and their JSON. The names of the members
 * on the wire are those of the fields here unless a comment says otherwise.
 *
 * Ids are integers below 2^53, times UTC milliseconds since 1970. A message is identified by (room, seq). Slices borrow: on reading
 * from the raw JSON's arena, on writing from whoever filled the struct.
 */
#pragma once

#include "arena.h"
#include "buf.h"
#include "chat_limits.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

enum chat_role { CHAT_GUEST, CHAT_MEMBER, CHAT_MOD, CHAT_ADMIN, CHAT_OWNER, CHAT_ROLES_N };
enum chat_room_kind { CHAT_PUBLIC, CHAT_PRIVATE, CHAT_DM, CHAT_ROOM_KINDS_N };
/* What a member wants to be notified of. */
enum chat_notify { CHAT_NOTIFY_ALL, CHAT_NOTIFY_MENTIONS, CHAT_NOTIFY_NONE, CHAT_NOTIFIES_N };
/* Of a report: nothing is wrong with the message; something was done about it; it was deleted, which says so by itself. */
enum chat_outcome {
    CHAT_OUTCOME_DISMISSED,
    CHAT_OUTCOME_HANDLED,
    CHAT_OUTCOME_DELETED,
    CHAT_OUTCOMES_N
};
enum chat_presence { CHAT_OFFLINE, CHAT_IDLE, CHAT_ONLINE, CHAT_INVISIBLE, CHAT_PRESENCES_N };

/* "guest", "public", "all", "online" and so on; NULL-terminated static text. */
const char *chat_role_name(enum chat_role role);
const char *chat_room_kind_name(enum chat_room_kind kind);
const char *chat_notify_name(enum chat_notify notify);
const char *chat_presence_name(enum chat_presence presence);
const char *chat_outcome_name(enum chat_outcome outcome);
/* The other way; false when there is no such name. */
bool chat_role_find(struct slice name, enum chat_role *out);
bool chat_room_kind_find(struct slice name, enum chat_room_kind *out);
bool chat_notify_find(struct slice name, enum chat_notify *out);
bool chat_presence_find(struct slice name, enum chat_presence *out);
bool chat_outcome_find(struct slice name, enum chat_outcome *out);

/* What is said of somebody at length. zone: of the IANA data base. */
struct chat_profile {
    struct slice bio, zone;
};

struct chat_user {
    int64_t id;
    struct slice name, display;
    struct slice status; /* left out when empty */
    enum chat_role role;
    bool bot;    /* left out when false */
    bool author; /* who wrote a message, its "from": there nothing is said of the status */
    const struct chat_profile *profile; /* its members are there, even when empty; NULL: left out */
    int64_t
        avatar; /* of the picture at /api/v1/files/avatar/ID: another one with every other picture; 0: none, left out */
    /* Of a room's member only, when has_member: */
    bool has_member;
    enum chat_role room_role;    /* "room_role" */
    enum chat_presence presence; /* "presence" */
    int64_t muted_until_ms;      /* "muted_until", left out when 0 */
};

struct chat_room {
    int64_t id;
    enum chat_room_kind kind;
    struct slice name, topic; /* of a dm, both are empty and with is the other one */
    struct chat_user *with;   /* "with": of a dm; NULL: left out */
    bool archived;            /* left out when false */
    int64_t
        slow; /* seconds between two messages of one who is below a moderator; left out when 0 */
    int64_t seq, ev, min_seq;
    uint32_t members;
    /* The asker's own, when has_mine: */
    bool has_mine;
    bool joined;              /* "joined" */
    enum chat_role room_role; /* "room_role" */
    int64_t read_seq, unread, mentions;
    enum chat_notify notify; /* "notify", and "muted": true when CHAT_NOTIFY_NONE */
    int64_t muted_until_ms;  /* "muted_until": may not speak here; left out when 0 */
    /* The answer to resume, for rooms whose cursor was given: */
    enum { CHAT_NO_CATCH_UP, CHAT_DELTA, CHAT_RESET } catch_up;
    /* "delta": [event, ...]: all that happened since the cursor, of a message or the room only the last change. So numbers may be left
     * out: who has applied it goes on from the room's ev. */
    struct chat_event *delta;
    uint32_t delta_n;
    struct chat_message *reset; /* "reset": {"messages": [message, ...]} */
    uint32_t reset_n;
};

struct chat_reaction {
    struct slice emoji;
    int64_t *users;
    uint32_t users_n;
};

/* What hangs on a message; its content is at /api/v1/files/ID. The type is what the server found in it. */
struct chat_file {
    int64_t id;
    struct slice name, type;
    struct slice alt;       /* what it shows, in its sender's words; left out when empty */
    int64_t size;           /* bytes */
    uint32_t width, height; /* of an image in pixels; left out when 0 */
};

struct chat_message {
    int64_t room, seq;
    struct slice cid; /* 32 lower-case hex digits */
    struct chat_user from;
    struct slice text; /* empty when deleted */
    int64_t ts;
    int64_t rev;
    int64_t edited_ts; /* left out when 0 */
    bool deleted;      /* left out when false */
    int64_t reply_to;  /* left out when 0 */
    struct chat_reaction *reactions;
    uint32_t reactions_n; /* left out when 0 */
    struct chat_file *files;
    uint32_t files_n; /* left out when 0 */
    /* Of a search hit: "ranges": [[from, to], ...] in characters (code points) of text; left out when 0 */
    uint32_t (*ranges)[2];
    uint32_t ranges_n;
};

/* MESSAGE, EDIT, DELETE and REACT carry "message": the message as it is now, so that applying an event twice, or only the last of
 * several, is right. MEMBER carries "user", "change", and "role" or "until" where the change has one. ROOM carries "state", a room
 * without the asker's part. All carry "actor" (user id, 0: the server) and "ts". */
enum chat_event_kind {
    CHAT_EVENT_MESSAGE,
    CHAT_EVENT_EDIT,
    CHAT_EVENT_DELETE,
    CHAT_EVENT_REACT,
    CHAT_EVENT_MEMBER,
    CHAT_EVENT_ROOM,
    CHAT_EVENTS_N
};
enum chat_change {
    CHAT_JOIN,
    CHAT_LEAVE,
    CHAT_KICK,
    CHAT_BAN,
    CHAT_UNBAN,
    CHAT_MUTE,
    CHAT_UNMUTE,
    CHAT_ROLE,
    CHAT_CHANGES_N
};
const char *chat_event_kind_name(enum chat_event_kind kind);
const char *chat_change_name(enum chat_change change);

struct chat_event {
    int64_t room, ev;
    enum chat_event_kind kind;
    int64_t actor, ts;
    struct chat_message *message;
    struct chat_user *user;
    enum chat_change change;
    enum chat_role role;
    int64_t until_ms;
    struct chat_room *state;
};

/* Append as a JSON object. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM; out is unchanged on failure. */
NODISCARD enum err chat_user_encode(const struct chat_user *user, struct buf *out);
NODISCARD enum err chat_room_encode(const struct chat_room *room, struct buf *out);
NODISCARD enum err chat_message_encode(const struct chat_message *message, struct buf *out);
NODISCARD enum err chat_event_encode(const struct chat_event *event, struct buf *out);
NODISCARD enum err chat_file_encode(const struct chat_file *file, struct buf *out);

/* Read an object, as the client gets it; unknown members are ignored, absent ones are zero.
 * Shape:   json has passed json_check.
 * Returns: ERR_OK | ERR_INVALID, a member of the wrong type or an id out of range | ERR_NOMEM, or the arena's cap.
 * Owns:    everything out points to is in the arena. */
NODISCARD enum err chat_user_decode(struct slice json, struct arena *arena, struct chat_user *out);
NODISCARD enum err chat_room_decode(struct slice json, struct arena *arena, struct chat_room *out);
NODISCARD enum err chat_message_decode(struct slice json, struct arena *arena,
                                       struct chat_message *out);
NODISCARD enum err chat_event_decode(struct slice json, struct arena *arena,
                                     struct chat_event *out);
NODISCARD enum err chat_file_decode(struct slice json, struct arena *arena, struct chat_file *out);
