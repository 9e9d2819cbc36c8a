/* Engine.IO over HTTP on the reactor: handshakes, GET and POST of long-polling, errors in the
 * reference's words. */
#pragma once

#include "eio_session.h"

/* The error table of Engine.IO. */
enum eio_error {
    EIO_ERR_TRANSPORT = 0,
    EIO_ERR_SID = 1,
    EIO_ERR_METHOD = 2,
    EIO_ERR_REQUEST = 3,
    EIO_ERR_FORBIDDEN = 4,
    EIO_ERR_VERSION = 5,
    EIO_ERR_FULL = 6, /* ours: the address has all it may have; told as forbidden */
    EIO_ERR_NONE = -1,
};
struct slice eio_error_message(enum eio_error e);
int eio_error_status(enum eio_error e);
#define EIO_FULL_RETRY_S "10" /* of Retry-After */

enum eio_method { EIO_GET, EIO_POST, EIO_OPTIONS, EIO_METHOD_OTHER };

/* A request on its way from CivetWeb's thread to the reactor; one allocation, body and copies of
 * what is needed behind it. */
struct eio_request {
    struct mail mail;
    struct eio_reactor *reactor;
    struct net_socket socket;
    enum eio_error error; /* found already, to be answered */
    enum eio_method method;
    enum err body_result;
    int64_t arrived_us; /* clock_now_us */
    bool websocket;     /* after a 101: take the socket as a WebSocket */
    bool transport_is_websocket;
    bool version_ok;
    bool keep_alive;
    bool head_only;
    bool octet_stream;
    bool base64;
    struct slice sid; /* empty: a new session */
    struct slice body;
    struct slice cors_origin;
    struct slice cors_headers;   /* Access-Control-Request-Headers of a preflight */
    struct slice error_message;  /* instead of the error's own; static text */
    struct slice answer_headers; /* further ones for a handshake's answer */
    struct eio_info *info;       /* NULL unless it is kept */
    char bytes[];
};

/* Post a request to its reactor; the mail frees it. */
void eio_request_post(struct eio_request *q);
