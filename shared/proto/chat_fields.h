/* The inside of the chat's requests: which event has which fields, of what shape. See chat_request.h. */
#pragma once

#include "chat_request.h"

enum shape {
    SHAPE_ID,     /* 1 to CHAT_ID_MAX */
    SHAPE_COUNT,  /* 0 to CHAT_ID_MAX */
    SHAPE_ROOM,   /* an id, or a name */
    SHAPE_USER,   /* an id, or a name */
    SHAPE_NUMBER, /* low to high */
    SHAPE_LIMIT,
    SHAPE_SWITCH,
    SHAPE_CID,
    SHAPE_TEXT,  /* low to high characters; line breaks and tabs allowed */
    SHAPE_LINE,  /* the same without them */
    SHAPE_TOKEN, /* printable ASCII, low to high bytes */
    SHAPE_EMOJI,
    SHAPE_KIND,
    SHAPE_ROLE,
    SHAPE_NOTIFY,
    SHAPE_PRESENCE,
    SHAPE_OUTCOME,
    SHAPE_IDS,
    SHAPE_FILES, /* up to CHAT_FILES_MAX ids, none twice */
    SHAPE_ALTS,  /* a line for each of the files, or an empty text */
    SHAPE_CURSORS,
};

struct field {
    enum chat_field id;
    enum shape shape;
    bool required;
    uint32_t low, high;
};

#define FIELDS_MAX 7

/* A row of the table. */
struct event_fields {
    enum event_id event;
    struct field fields[FIELDS_MAX];
    unsigned n;
};

/* NULL: clients do not send such an event. */
const struct event_fields *chat_fields_of(enum event_id event);
const char *chat_field_name(enum chat_field id);
/* Where a field's number, text or switch lies in the request; NULL when it is of another kind. */
int64_t *chat_field_int(struct chat_request *r, enum chat_field id);
struct slice *chat_field_text(struct chat_request *r, enum chat_field id);
bool *chat_field_switch(struct chat_request *r, enum chat_field id);
