/* Reading requests by the table. */
#include "chat_request.h"

#include "chat_fields.h"
#include "chat_text.h"
#include "ident.h"
#include "json.h"
#include "json_in.h"
#include "utf8.h"

#include <string.h>

struct reading {
    const struct field *field;
    struct slice raw;
    struct arena *arena;
    struct chat_request *out;
};

#define NUMBER_(n)       #n
#define NUMBER(n)        NUMBER_(n)
#define CHARS(low, high) "must be " NUMBER(low) " to " NUMBER(high) " characters"

/* How long the text of a field must be, for people. */
static const char *length_wanted(enum chat_field id)
{
    switch (id) {
    case CHAT_FIELD_TEXT:
        return CHARS(1, CHAT_TEXT_CHARS_MAX);
    case CHAT_FIELD_Q:
        return CHARS(1, CHAT_QUERY_CHARS_MAX);
    case CHAT_FIELD_NAME:
    case CHAT_FIELD_FROM:
        return CHARS(CHAT_NAME_CHARS_MIN, CHAT_NAME_CHARS_MAX);
    case CHAT_FIELD_TOPIC:
        return CHARS(0, CHAT_TOPIC_CHARS_MAX);
    case CHAT_FIELD_DISPLAY:
        return CHARS(1, CHAT_DISPLAY_CHARS_MAX);
    case CHAT_FIELD_STATUS:
        return CHARS(0, CHAT_STATUS_CHARS_MAX);
    case CHAT_FIELD_BIO:
        return CHARS(0, CHAT_BIO_CHARS_MAX);
    case CHAT_FIELD_ZONE:
        return CHARS(0, CHAT_ZONE_BYTES_MAX);
    case CHAT_FIELD_REASON:
        return CHARS(1, CHAT_REASON_CHARS_MAX);
    case CHAT_FIELD_ALTS:
        return CHARS(0, CHAT_ALT_CHARS_MAX);
    case CHAT_FIELD_EPOCH:
        return CHARS(1, CHAT_EPOCH_BYTES_MAX);
    case CHAT_FIELD_INVITE:
        return CHARS(1, CHAT_INVITE_BYTES_MAX);
    default:
        return CHARS(1, CHAT_TOKEN_BYTES_MAX);
    }
}

static const char *number_wanted(enum chat_field id)
{
    switch (id) {
    case CHAT_FIELD_USES:
        return "must be 1 to " NUMBER(CHAT_INVITE_USES_MAX);
    case CHAT_FIELD_SLOW:
        return "must be 0 to " NUMBER(CHAT_SLOW_SECONDS_MAX);
    default:
        return "must be 1 to " NUMBER(CHAT_SECONDS_MAX);
    }
}

/* Text without control characters (but line breaks and tabs, where allowed) and not blank, when it may not be empty. */
static const char *check_text(struct slice s, const struct field *f)
{
    size_t chars = utf8_length(s);
    if (chars < f->low || chars > f->high) {
        return length_wanted(f->id);
    }
    if (chat_text_has_control(s, f->shape == SHAPE_LINE)) {
        return f->shape == SHAPE_LINE ? "must be one line without control characters"
                                      : "has a control character";
    }
    return f->low > 0 && chat_text_is_blank(s) ? "is blank" : NULL;
}

static const char *check_token(struct slice s, const struct field *f)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            return "has a character that may not stand there";
        }
    }
    return s.n < f->low || s.n > f->high ? length_wanted(f->id) : NULL;
}

static const char *check_emoji(struct slice s)
{
    if (s.n == 0 || s.n > CHAT_EMOJI_BYTES_MAX) {
        return "must be 1 to " NUMBER(CHAT_EMOJI_BYTES_MAX) " bytes";
    }
    if (chat_text_has_control(s, true) || chat_text_has_space(s)) {
        return "has a control character or a space";
    }
    return chat_text_is_blank(s) ? "is blank" : NULL;
}

/* CRLF and CR become LF: one text looks alike from every system. */
static void unify_breaks(struct slice *s)
{
    char *p = (char *)s->p; /* the arena's copy */
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (p[i] == '\r') {
            if (i + 1 < s->n && p[i + 1] == '\n') {
                continue;
            }
            p[n++] = '\n';
        } else {
            p[n++] = p[i];
        }
    }
    s->n = n;
}

static enum err read_text(struct reading *r, const char **why)
{
    struct slice *out = chat_field_text(r->out, r->field->id);
    enum err e = json_value_text(r->raw, r->arena, out);
    if (e) {
        *why = "must be a string";
        return e;
    }
    switch (r->field->shape) {
    case SHAPE_TEXT:
        unify_breaks(out);
        *why = check_text(*out, r->field);
        break;
    case SHAPE_LINE:
        *why = check_text(*out, r->field);
        break;
    case SHAPE_EMOJI:
        *why = check_emoji(*out);
        break;
    default:
        *why = check_token(*out, r->field);
        break;
    }
    return *why ? ERR_INVALID : ERR_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err read_cid(struct reading *r, const char **why)
{
    *why = "must be " NUMBER(CHAT_CID_HEX) " hexadecimal digits";
    if (json_type_of(r->raw) != JSON_STRING || r->raw.n != CHAT_CID_HEX + 2) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < CHAT_CID_HEX / 2; i++) {
        int high = hex_digit(r->raw.p[1 + 2 * i]), low = hex_digit(r->raw.p[2 + 2 * i]);
        if (high < 0 || low < 0) {
            return ERR_INVALID;
        }
        r->out->cid[i] = (unsigned char)(high << 4 | low);
    }
    return ERR_OK;
}

/* An id, or where it may be, a name. */
static enum err read_reference(struct reading *r, const char **why)
{
    int64_t *id = chat_field_int(r->out, r->field->id);
    *why = "must be an id or a name";
    if (json_type_of(r->raw) == JSON_NUMBER) {
        return json_value_int(r->raw, 1, CHAT_ID_MAX, id) ? ERR_OK : ERR_INVALID;
    }
    struct slice *name = chat_field_text(r->out, r->field->id);
    enum err e = json_value_text(r->raw, r->arena, name);
    size_t chars = e ? 0 : utf8_length(*name);
    *id = 0;
    return e == ERR_NOMEM                                      ? e
           : e || chars < 1 || chars > CHAT_NAME_CHARS_MAX + 1 ? ERR_INVALID
                                                               : ERR_OK;
}

static enum err read_name_of(struct reading *r, const char **why)
{
    struct slice name;
    enum err e = json_value_text(r->raw, r->arena, &name);
    bool found = false;
    struct chat_request *out = r->out;
    if (e) {
        *why = "must be a string";
        return e;
    }
    switch (r->field->shape) {
    case SHAPE_KIND:
        *why = "must be public or private";
        found = chat_room_kind_find(name, &out->kind) && out->kind != CHAT_DM;
        break;
    case SHAPE_ROLE:
        *why = "must be guest, member, mod, admin or owner";
        found = chat_role_find(name, &out->role);
        break;
    case SHAPE_NOTIFY:
        *why = "must be all, mentions or none";
        found = chat_notify_find(name, &out->notify);
        break;
    case SHAPE_OUTCOME:
        *why = "must be dismissed or handled";
        found = chat_outcome_find(name, &out->outcome) && out->outcome != CHAT_OUTCOME_DELETED;
        break;
    default:
        *why = "must be online, idle or invisible";
        found = chat_presence_find(name, &out->state) && out->state != CHAT_OFFLINE;
        break;
    }
    return found ? ERR_OK : ERR_INVALID;
}

static enum err read_id_list(struct reading *r, uint32_t max, const int64_t **out, uint32_t *out_n)
{
    if (json_type_of(r->raw) != JSON_ARRAY) {
        return ERR_INVALID;
    }
    uint32_t n = json_value_count(r->raw), i = 0;
    int64_t *ids = n <= max ? arena_array(r->arena, n, sizeof *ids) : NULL;
    struct json_iter it;
    struct slice value;
    if (!ids) {
        return n <= max ? ERR_NOMEM : ERR_INVALID;
    }
    for (json_iter_init(&it, r->raw); json_iter_next(&it, NULL, &value); i++) {
        if (!json_value_int(value, 1, CHAT_ID_MAX, &ids[i])) {
            return ERR_INVALID;
        }
    }
    *out = ids;
    *out_n = n;
    return ERR_OK;
}

static enum err read_ids(struct reading *r, const char **why)
{
    *why = "must be an array of up to " NUMBER(CHAT_WATCH_USERS_MAX) " ids";
    return read_id_list(r, CHAT_WATCH_USERS_MAX, &r->out->watch, &r->out->watch_n);
}

static enum err read_files(struct reading *r, const char **why)
{
    const struct chat_request *out = r->out;
    *why = "must be an array of up to " NUMBER(CHAT_FILES_MAX) " ids";
    enum err e = read_id_list(r, CHAT_FILES_MAX, &r->out->files, &r->out->files_n);
    for (uint32_t i = 0; !e && i < out->files_n; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (out->files[i] == out->files[k]) {
                *why = "names a file twice";
                return ERR_INVALID;
            }
        }
    }
    return e;
}

static enum err read_alts(struct reading *r, const char **why)
{
    const struct field line = {r->field->id, SHAPE_LINE, false, r->field->low, r->field->high};
    *why = "must be an array of up to " NUMBER(CHAT_FILES_MAX) " texts";
    if (json_type_of(r->raw) != JSON_ARRAY || json_value_count(r->raw) > CHAT_FILES_MAX) {
        return ERR_INVALID;
    }
    uint32_t n = json_value_count(r->raw), i = 0;
    struct slice *alts = arena_array(r->arena, n, sizeof *alts), value;
    struct json_iter it;
    if (!alts) {
        return ERR_NOMEM;
    }
    for (json_iter_init(&it, r->raw); json_iter_next(&it, NULL, &value); i++) {
        enum err e = json_value_text(value, r->arena, &alts[i]);
        const char *wrong = e ? NULL : check_text(alts[i], &line);
        if (e || wrong) {
            *why = wrong ? wrong : *why;
            return e == ERR_NOMEM ? e : ERR_INVALID;
        }
    }
    r->out->alts = alts;
    r->out->alts_n = n;
    return ERR_OK;
}

/* {"7": 12, ...} */
static enum err read_cursors(struct reading *r, const char **why)
{
    *why =
        "must be an object of up to " NUMBER(CHAT_RESUME_ROOMS_MAX) " room ids and their last ev";
    if (json_type_of(r->raw) != JSON_OBJECT) {
        return ERR_INVALID;
    }
    struct json_iter it;
    struct slice key, value;
    uint32_t n = 0;
    for (json_iter_init(&it, r->raw); json_iter_next(&it, &key, &value);) {
        n++;
    }
    struct chat_cursor *rows =
        n <= CHAT_RESUME_ROOMS_MAX ? arena_array(r->arena, n, sizeof *rows) : NULL;
    if (!rows) {
        return n <= CHAT_RESUME_ROOMS_MAX ? ERR_NOMEM : ERR_INVALID;
    }
    n = 0;
    for (json_iter_init(&it, r->raw); json_iter_next(&it, &key, &value); n++) {
        unsigned long long room;
        struct slice digits = {key.p + 1, key.n - 2};
        /* In its one form: no room is named twice. */
        if (!slice_to_u64(digits, CHAT_ID_MAX, &room) || digits.p[0] == '0' ||
            !json_value_int(value, 0, CHAT_ID_MAX, &rows[n].ev)) {
            return ERR_INVALID;
        }
        rows[n].room = (int64_t)room;
    }
    r->out->cursors = rows;
    r->out->cursors_n = n;
    return ERR_OK;
}

static enum err read_int(struct reading *r, int64_t low, int64_t high, const char *wanted,
                         const char **why)
{
    *why = wanted;
    return json_value_int(r->raw, low, high, chat_field_int(r->out, r->field->id)) ? ERR_OK
                                                                                   : ERR_INVALID;
}

static enum err read_limit(struct reading *r, const char **why)
{
    int64_t limit;
    *why = "must be 1 to " NUMBER(CHAT_LIMIT_MAX);
    if (!json_value_int(r->raw, 1, CHAT_LIMIT_MAX, &limit)) {
        return ERR_INVALID;
    }
    r->out->limit = (uint32_t)limit;
    return ERR_OK;
}

static enum err read_switch(struct reading *r, const char **why)
{
    *why = "must be true or false";
    if (json_type_of(r->raw) != JSON_BOOL) {
        return ERR_INVALID;
    }
    *chat_field_switch(r->out, r->field->id) = r->raw.p[0] == 't';
    return ERR_OK;
}

static enum err read_field(struct reading *r, const char **why)
{
    switch (r->field->shape) {
    case SHAPE_ID:
        return read_int(r, 1, CHAT_ID_MAX, "must be a whole number from 1 to 2^53 - 1", why);
    case SHAPE_COUNT:
        return read_int(r, 0, CHAT_ID_MAX, "must be a whole number from 0 to 2^53 - 1", why);
    case SHAPE_NUMBER:
        return read_int(r, r->field->low, r->field->high, number_wanted(r->field->id), why);
    case SHAPE_ROOM:
    case SHAPE_USER:
        return read_reference(r, why);
    case SHAPE_LIMIT:
        return read_limit(r, why);
    case SHAPE_SWITCH:
        return read_switch(r, why);
    case SHAPE_CID:
        return read_cid(r, why);
    case SHAPE_TEXT:
    case SHAPE_LINE:
    case SHAPE_TOKEN:
    case SHAPE_EMOJI:
        return read_text(r, why);
    case SHAPE_KIND:
    case SHAPE_ROLE:
    case SHAPE_NOTIFY:
    case SHAPE_PRESENCE:
    case SHAPE_OUTCOME:
        return read_name_of(r, why);
    case SHAPE_IDS:
        return read_ids(r, why);
    case SHAPE_FILES:
        return read_files(r, why);
    case SHAPE_ALTS:
        return read_alts(r, why);
    case SHAPE_CURSORS:
        return read_cursors(r, why);
    }
    return ERR_INVALID;
}

static enum err refuse(struct chat_refusal *refusal, const char *field, const char *message)
{
    *refusal = (struct chat_refusal){.error = CHAT_INVALID, .field = field, .message = message};
    return ERR_INVALID;
}

static enum err read_fields(const struct event_fields *e, struct json_in *in,
                            struct chat_request *out, struct chat_refusal *refusal)
{
    for (unsigned i = 0; i < e->n; i++) {
        const struct field *f = &e->fields[i];
        const char *name = chat_field_name(f->id), *why = NULL;
        struct reading r = {.field = f, .arena = in->arena, .out = out};
        if (!json_in_raw(in, name, &r.raw)) {
            if (f->required) {
                return refuse(refusal, name, "is missing");
            }
            continue;
        }
        enum err err = read_field(&r, &why);
        if (err == ERR_NOMEM) {
            return err;
        }
        if (err) {
            return refuse(refusal, name, why);
        }
        out->has |= (uint64_t)1 << f->id;
    }
    return ERR_OK;
}

/* Only files may stand there without a word. */
static enum err check_send(const struct chat_request *r, struct chat_refusal *refusal)
{
    static const struct field text = {CHAT_FIELD_TEXT, SHAPE_TEXT, true, 1, CHAT_TEXT_CHARS_MAX};
    const char *why = NULL;
    if (r->alts_n > r->files_n) {
        return refuse(refusal, "alts", "has more texts than there are files");
    }
    if (r->files_n > 0 && r->text.n == 0) {
        return ERR_OK;
    }
    why = CHAT_HAS(r, CHAT_FIELD_TEXT) ? check_text(r->text, &text) : "is missing";
    return why ? refuse(refusal, "text", why) : ERR_OK;
}

/* What no single field shows. */
static enum err check_whole(enum event_id event, const struct chat_request *r,
                            struct chat_refusal *refusal)
{
    static const enum chat_field places[] = {CHAT_FIELD_BEFORE, CHAT_FIELD_AFTER,
                                             CHAT_FIELD_AROUND};
    unsigned places_n = 0;
    for (unsigned i = 0; event == EVENT_HISTORY && i < sizeof places / sizeof *places; i++) {
        places_n += CHAT_HAS(r, places[i]) ? 1 : 0;
        if (places_n > 1) {
            return refuse(refusal, chat_field_name(places[i]),
                          "cannot be given beside another of before, after and around");
        }
    }
    if (event == EVENT_SEARCH &&
        CHAT_HAS(r, CHAT_FIELD_LAST_ROOM) != CHAT_HAS(r, CHAT_FIELD_LAST_SEQ)) {
        return refuse(refusal, CHAT_HAS(r, CHAT_FIELD_LAST_ROOM) ? "last_seq" : "last_room",
                      "is missing");
    }
    return event == EVENT_SEND ? check_send(r, refusal) : ERR_OK;
}

enum err chat_request_decode(enum event_id event, struct slice json, struct arena *arena,
                             struct chat_request *out, struct chat_refusal *refusal)
{
    const struct event_fields *e = chat_fields_of(event);
    struct chat_request request = {.limit = CHAT_LIMIT_DEFAULT, .on = event != EVENT_READ};
    struct json_in in;
    if (!e) {
        return refuse(refusal, "event", "There is no such event");
    }
    if (json.n == 0) {
        json = SL("{}");
    }
    enum err err = json_check(json, NULL);
    if (err == ERR_LIMIT) {
        return refuse(refusal, "", "The request is too deep or has too many values");
    }
    if (err || json_type_of(json) != JSON_OBJECT) {
        return refuse(refusal, "", "The request must be one JSON object");
    }
    json_in_start(&in, json, arena);
    err = read_fields(e, &in, &request, refusal);
    err = err ? err : check_whole(event, &request, refusal);
    if (!err) {
        *out = request;
    }
    return err;
}
