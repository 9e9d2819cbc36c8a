/* Every cap on what a peer can make us hold or do. Each has a test at the cap and one past it. */
#pragma once

/* This file is found before the C library's of the same name, so whoever asks for that one gets
 * both. Compilers only let a system header do so without a word. */
#pragma GCC system_header
#include_next <limits.h>

/* JSON of typed payloads; relayed arguments have their own, wider, depth. */
#define JSON_DEPTH_MAX        32
#define JSON_VALUES_MAX       4096
#define JSON_RELAY_DEPTH_MAX  1024
#define JSON_RELAY_VALUES_MAX 1000000

/* Engine.IO */
#define EIO_SID_BYTES           20   /* characters of a session id */
#define EIO_PEER_SID_BYTES_MAX  128  /* the same, of another server */
#define EIO_PAYLOAD_PACKETS_MAX 1024 /* packets in one polling POST */

/* Socket.IO */
#define SIO_ATTACHMENTS_MAX 10
#define SIO_NSP_BYTES_MAX   256
#define SIO_EVENT_BYTES_MAX 256
#define SIO_ACK_ID_MAX      9007199254740992ULL /* 2^53 */

/* Chat */
#define CHAT_TEXT_CHARS_MAX 16000
#define CHAT_USER_CHARS_MAX 64
#define CHAT_CID_CHARS_MAX  64
