/* The table of requests. */
#include "chat_fields.h"

#define ROOM_ID                                                                                    \
    {                                                                                              \
        CHAT_FIELD_ROOM, SHAPE_ID, true, 0, 0                                                      \
    }
#define ROOM_ID_MAYBE                                                                              \
    {                                                                                              \
        CHAT_FIELD_ROOM, SHAPE_ID, false, 0, 0                                                     \
    }
#define ROOM_ANY                                                                                   \
    {                                                                                              \
        CHAT_FIELD_ROOM, SHAPE_ROOM, true, 0, 0                                                    \
    }
#define USER_ANY                                                                                   \
    {                                                                                              \
        CHAT_FIELD_USER, SHAPE_USER, true, 0, 0                                                    \
    }
#define USER_MAYBE                                                                                 \
    {                                                                                              \
        CHAT_FIELD_USER, SHAPE_USER, false, 0, 0                                                   \
    }
#define SEQ                                                                                        \
    {                                                                                              \
        CHAT_FIELD_SEQ, SHAPE_ID, true, 0, 0                                                       \
    }
#define LIMIT                                                                                      \
    {                                                                                              \
        CHAT_FIELD_LIMIT, SHAPE_LIMIT, false, 0, 0                                                 \
    }
#define ON                                                                                         \
    {                                                                                              \
        CHAT_FIELD_ON, SHAPE_SWITCH, false, 0, 0                                                   \
    }
#define SECONDS                                                                                    \
    {                                                                                              \
        CHAT_FIELD_SECONDS, SHAPE_NUMBER, false, 1, CHAT_SECONDS_MAX                               \
    }
#define TEXT                                                                                       \
    {                                                                                              \
        CHAT_FIELD_TEXT, SHAPE_TEXT, true, 1, CHAT_TEXT_CHARS_MAX                                  \
    }
#define QUERY(required)                                                                            \
    {                                                                                              \
        CHAT_FIELD_Q, SHAPE_LINE, required, 1, CHAT_QUERY_CHARS_MAX                                \
    }
#define AFTER                                                                                      \
    {                                                                                              \
        CHAT_FIELD_AFTER, SHAPE_COUNT, false, 0, 0                                                 \
    }
#define BEFORE                                                                                     \
    {                                                                                              \
        CHAT_FIELD_BEFORE, SHAPE_ID, false, 0, 0                                                   \
    }
#define NAME(required)                                                                             \
    {                                                                                              \
        CHAT_FIELD_NAME, SHAPE_LINE, required, CHAT_NAME_CHARS_MIN, CHAT_NAME_CHARS_MAX + 1        \
    }
#define TOPIC                                                                                      \
    {                                                                                              \
        CHAT_FIELD_TOPIC, SHAPE_LINE, false, 0, CHAT_TOPIC_CHARS_MAX                               \
    }
#define INVITE                                                                                     \
    {                                                                                              \
        CHAT_FIELD_INVITE, SHAPE_TOKEN, false, 1, CHAT_INVITE_BYTES_MAX                            \
    }
#define ROLE(required)                                                                             \
    {                                                                                              \
        CHAT_FIELD_ROLE, SHAPE_ROLE, required, 0, 0                                                \
    }

#define EVENT_FIELDS(event, ...)                                                                   \
    {                                                                                              \
        event, {__VA_ARGS__}, sizeof((struct field[]){__VA_ARGS__}) / sizeof(struct field)         \
    }

static const struct event_fields table[] = {
    EVENT_FIELDS(EVENT_AUTH, {CHAT_FIELD_TOKEN, SHAPE_TOKEN, true, 1, CHAT_TOKEN_BYTES_MAX}),
    EVENT_FIELDS(EVENT_RESUME, {CHAT_FIELD_EPOCH, SHAPE_TOKEN, false, 1, CHAT_EPOCH_BYTES_MAX},
                 {CHAT_FIELD_ROOMS, SHAPE_CURSORS, false, 0, 0}),
    EVENT_FIELDS(EVENT_SEND, ROOM_ID, {CHAT_FIELD_CID, SHAPE_CID, true, 0, 0},
                 {CHAT_FIELD_TEXT, SHAPE_TEXT, false, 0, CHAT_TEXT_CHARS_MAX},
                 {CHAT_FIELD_REPLY_TO, SHAPE_ID, false, 0, 0},
                 {CHAT_FIELD_FILES, SHAPE_FILES, false, 0, 0},
                 {CHAT_FIELD_ALTS, SHAPE_ALTS, false, 0, CHAT_ALT_CHARS_MAX}),
    EVENT_FIELDS(EVENT_EDIT, ROOM_ID, SEQ, {CHAT_FIELD_REV, SHAPE_ID, true, 0, 0}, TEXT),
    EVENT_FIELDS(EVENT_DELETE, ROOM_ID, SEQ),
    EVENT_FIELDS(EVENT_REACT, ROOM_ID, SEQ, {CHAT_FIELD_EMOJI, SHAPE_EMOJI, true, 0, 0}, ON),
    EVENT_FIELDS(EVENT_HISTORY, ROOM_ID, BEFORE, AFTER, {CHAT_FIELD_AROUND, SHAPE_ID, false, 0, 0},
                 LIMIT),
    EVENT_FIELDS(EVENT_SYNC, ROOM_ID, {CHAT_FIELD_AFTER, SHAPE_COUNT, true, 0, 0}),
    EVENT_FIELDS(EVENT_READ, ROOM_ID, {CHAT_FIELD_SEQ, SHAPE_COUNT, true, 0, 0}, ON),
    EVENT_FIELDS(EVENT_NOTIFY, ROOM_ID, {CHAT_FIELD_NOTIFY, SHAPE_NOTIFY, true, 0, 0}),
    EVENT_FIELDS(EVENT_DRAFT, ROOM_ID, {CHAT_FIELD_TEXT, SHAPE_TEXT, false, 0, CHAT_TEXT_CHARS_MAX},
                 {CHAT_FIELD_REPLY_TO, SHAPE_ID, false, 0, 0},
                 {CHAT_FIELD_REV, SHAPE_COUNT, false, 0, 0}),
    EVENT_FIELDS(EVENT_TYPING, ROOM_ID, ON),
    EVENT_FIELDS(EVENT_ROOMS, QUERY(false), AFTER, LIMIT,
                 {CHAT_FIELD_BROWSE, SHAPE_SWITCH, false, 0, 0}),
    EVENT_FIELDS(EVENT_ROOM_CREATE, NAME(true), {CHAT_FIELD_KIND, SHAPE_KIND, true, 0, 0}, TOPIC),
    EVENT_FIELDS(EVENT_ROOM_JOIN, ROOM_ANY, INVITE),
    EVENT_FIELDS(EVENT_ROOM_LEAVE, ROOM_ANY),
    EVENT_FIELDS(EVENT_ROOM_INVITE, ROOM_ID, USER_MAYBE, SECONDS,
                 {CHAT_FIELD_USES, SHAPE_NUMBER, false, 1, CHAT_INVITE_USES_MAX}, ROLE(false)),
    EVENT_FIELDS(EVENT_ROOM_INVITES, ROOM_ID),
    EVENT_FIELDS(EVENT_ROOM_REVOKE, ROOM_ID, {CHAT_FIELD_INVITE_ID, SHAPE_ID, true, 0, 0}),
    EVENT_FIELDS(EVENT_ROOM_KICK, ROOM_ID, USER_ANY),
    EVENT_FIELDS(EVENT_ROOM_BAN, ROOM_ID, USER_ANY, ON, SECONDS),
    EVENT_FIELDS(EVENT_ROOM_MUTE, ROOM_ID, USER_ANY, ON, SECONDS),
    EVENT_FIELDS(EVENT_ROOM_ROLE, ROOM_ID, USER_ANY, ROLE(true)),
    EVENT_FIELDS(EVENT_ROOM_UPDATE, ROOM_ID, NAME(false), TOPIC,
                 {CHAT_FIELD_ARCHIVED, SHAPE_SWITCH, false, 0, 0},
                 {CHAT_FIELD_SLOW, SHAPE_NUMBER, false, 0, CHAT_SLOW_SECONDS_MAX}),
    EVENT_FIELDS(EVENT_ROOM_BANS, ROOM_ID, AFTER, LIMIT),
    EVENT_FIELDS(EVENT_REPORT, ROOM_ID, SEQ,
                 {CHAT_FIELD_REASON, SHAPE_TEXT, true, 1, CHAT_REASON_CHARS_MAX}),
    EVENT_FIELDS(EVENT_REPORTS, ROOM_ID, AFTER, LIMIT),
    EVENT_FIELDS(EVENT_REPORT_CLOSE, ROOM_ID, {CHAT_FIELD_REPORT_ID, SHAPE_ID, true, 0, 0},
                 {CHAT_FIELD_OUTCOME, SHAPE_OUTCOME, true, 0, 0}),
    EVENT_FIELDS(EVENT_ROOM_MEMBERS, ROOM_ID, AFTER, LIMIT),
    EVENT_FIELDS(EVENT_DM, USER_ANY),
    EVENT_FIELDS(EVENT_BLOCK, USER_ANY, ON),
    {EVENT_BLOCKS, {{0}}, 0},
    EVENT_FIELDS(EVENT_USERS, QUERY(true), LIMIT),
    EVENT_FIELDS(EVENT_PRESENCE, {CHAT_FIELD_STATE, SHAPE_PRESENCE, false, 0, 0},
                 {CHAT_FIELD_WATCH, SHAPE_IDS, false, 0, 0}),
    EVENT_FIELDS(EVENT_SEARCH, QUERY(true), ROOM_ID_MAYBE,
                 {CHAT_FIELD_FROM, SHAPE_TOKEN, false, CHAT_NAME_CHARS_MIN, CHAT_NAME_CHARS_MAX},
                 {CHAT_FIELD_BEFORE, SHAPE_COUNT, false, 0, 0}, LIMIT,
                 {CHAT_FIELD_LAST_ROOM, SHAPE_ID, false, 0, 0},
                 {CHAT_FIELD_LAST_SEQ, SHAPE_ID, false, 0, 0}),
    EVENT_FIELDS(EVENT_PROFILE, {CHAT_FIELD_DISPLAY, SHAPE_LINE, false, 1, CHAT_DISPLAY_CHARS_MAX},
                 {CHAT_FIELD_STATUS, SHAPE_LINE, false, 0, CHAT_STATUS_CHARS_MAX}, NAME(false),
                 {CHAT_FIELD_BIO, SHAPE_TEXT, false, 0, CHAT_BIO_CHARS_MAX},
                 {CHAT_FIELD_ZONE, SHAPE_TOKEN, false, 0, CHAT_ZONE_BYTES_MAX}),
    EVENT_FIELDS(EVENT_USER, USER_ANY),
};

static const char *const field_names[CHAT_FIELDS_N] = {
#define CHAT_FIELD(id, name) [id] = name,
#include "chat_fields.def"
#undef CHAT_FIELD
};

const struct event_fields *chat_fields_of(enum event_id event)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].event == event) {
            return &table[i];
        }
    }
    return NULL;
}

const char *chat_field_name(enum chat_field id)
{
    return field_names[id];
}

int64_t *chat_field_int(struct chat_request *r, enum chat_field id)
{
    switch (id) {
    case CHAT_FIELD_ROOM:
        return &r->room;
    case CHAT_FIELD_USER:
        return &r->user;
    case CHAT_FIELD_SEQ:
        return &r->seq;
    case CHAT_FIELD_REV:
        return &r->rev;
    case CHAT_FIELD_REPLY_TO:
        return &r->reply_to;
    case CHAT_FIELD_BEFORE:
        return &r->before;
    case CHAT_FIELD_AFTER:
        return &r->after;
    case CHAT_FIELD_AROUND:
        return &r->around;
    case CHAT_FIELD_SECONDS:
        return &r->seconds;
    case CHAT_FIELD_USES:
        return &r->uses;
    case CHAT_FIELD_INVITE_ID:
        return &r->invite_id;
    case CHAT_FIELD_SLOW:
        return &r->slow;
    case CHAT_FIELD_REPORT_ID:
        return &r->report_id;
    case CHAT_FIELD_LAST_ROOM:
        return &r->last_room;
    case CHAT_FIELD_LAST_SEQ:
        return &r->last_seq;
    default:
        return NULL;
    }
}

struct slice *chat_field_text(struct chat_request *r, enum chat_field id)
{
    switch (id) {
    case CHAT_FIELD_ROOM:
        return &r->room_name;
    case CHAT_FIELD_USER:
        return &r->user_name;
    case CHAT_FIELD_TEXT:
        return &r->text;
    case CHAT_FIELD_EMOJI:
        return &r->emoji;
    case CHAT_FIELD_Q:
        return &r->q;
    case CHAT_FIELD_NAME:
        return &r->name;
    case CHAT_FIELD_TOPIC:
        return &r->topic;
    case CHAT_FIELD_DISPLAY:
        return &r->display;
    case CHAT_FIELD_STATUS:
        return &r->status;
    case CHAT_FIELD_EPOCH:
        return &r->epoch;
    case CHAT_FIELD_INVITE:
        return &r->invite;
    case CHAT_FIELD_FROM:
        return &r->from;
    case CHAT_FIELD_TOKEN:
        return &r->token;
    case CHAT_FIELD_REASON:
        return &r->reason;
    case CHAT_FIELD_BIO:
        return &r->bio;
    case CHAT_FIELD_ZONE:
        return &r->zone;
    default:
        return NULL;
    }
}

bool *chat_field_switch(struct chat_request *r, enum chat_field id)
{
    switch (id) {
    case CHAT_FIELD_ON:
        return &r->on;
    case CHAT_FIELD_ARCHIVED:
        return &r->archived;
    case CHAT_FIELD_BROWSE:
        return &r->browse;
    default:
        return NULL;
    }
}
