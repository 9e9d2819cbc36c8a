/* The caps of the chat's objects and requests. Each has a test at the cap and one past it. */
#pragma once

#include "limits.h"

#define CHAT_ID_MAX              9007199254740991LL /* 2^53 - 1 */
#define CHAT_CID_HEX             32                 /* characters of a message's cid */
#define CHAT_NAME_CHARS_MIN      2                  /* of a user's and of a room's name */
#define CHAT_NAME_CHARS_MAX      32
#define CHAT_DISPLAY_CHARS_MAX   64
#define CHAT_STATUS_CHARS_MAX    140
#define CHAT_BIO_CHARS_MAX       500
#define CHAT_ZONE_BYTES_MAX      64
#define CHAT_TOPIC_CHARS_MAX     250
#define CHAT_EMOJI_BYTES_MAX     64
#define CHAT_EMOJI_KINDS_MAX     20 /* of one message */
#define CHAT_FILES_MAX           10 /* of one message */
#define CHAT_FILE_NAME_CHARS_MAX 200
#define CHAT_FILE_NAME_BYTES_MAX 800
#define CHAT_ALT_CHARS_MAX       500   /* of what a file shows */
#define CHAT_FILE_SIDE_MAX       65535 /* pixels */
#define CHAT_AVATAR_SIDE_MAX     256   /* pixels */
#define CHAT_AVATAR_BYTES_MAX    65536
#define CHAT_FILE_CHUNK_BYTES    1048576 /* of one request of an upload */
#define CHAT_REASON_CHARS_MAX    500     /* of a report */
#define CHAT_QUERY_CHARS_MAX     200
#define CHAT_LIMIT_MAX           100 /* rows of one answer */
#define CHAT_LIMIT_DEFAULT       50
#define CHAT_RESUME_ROOMS_MAX    200
#define CHAT_DELTA_EVENTS_MAX    500 /* more: reset */
#define CHAT_RESET_MESSAGES      50
#define CHAT_WATCH_USERS_MAX     200
#define CHAT_MENTIONS_MAX        50  /* users one message can mention */
#define CHAT_UNREAD_COUNTED_MAX  100 /* counting stops there; shown as 99+ */
#define CHAT_TYPING_MEMBERS_MAX  200 /* larger rooms tell nobody who types */
#define CHAT_PASSWORD_CHARS_MIN  10
#define CHAT_PASSWORD_BYTES_MAX  1024
#define CHAT_TOKEN_BYTES_MAX     2048
#define CHAT_INVITE_BYTES_MAX    128
#define CHAT_EPOCH_BYTES_MAX     64
#define CHAT_INVITE_USES_MAX     1000
#define CHAT_SECONDS_MAX         31622400 /* of a ban, a mute, an invite: 366 days */
#define CHAT_BLOCKS_MAX          100      /* of one user */
#define CHAT_SLOW_SECONDS_MAX    3600     /* between two messages of one person */
