/* Users, rooms, messages and events from JSON, as clients get them. */
#include "chat.h"

#include "json.h"
#include "json_in.h"

#define ROWS_MAX 4096 /* of one array; json_check allows no more values anyway */

static void get_enum_failed(struct json_in *in, const char *key)
{
    json_in_fail(in, ERR_INVALID, key);
}

static void get_role(struct json_in *in, const char *key, enum chat_role *out)
{
    struct slice name;
    if (json_in_text(in, key, &name) && !chat_role_find(name, out)) {
        get_enum_failed(in, key);
    }
}

static void get_id(struct json_in *in, const char *key, int64_t *out)
{
    json_in_int(in, key, 0, CHAT_ID_MAX, out);
}

static uint32_t get_count(struct json_in *in, const char *key, struct slice *array)
{
    if (!json_in_raw(in, key, array)) {
        return 0;
    }
    if (json_type_of(*array) != JSON_ARRAY) {
        json_in_fail(in, ERR_INVALID, key);
        return 0;
    }
    uint32_t n = json_value_count(*array);
    if (n > ROWS_MAX) {
        json_in_fail(in, ERR_INVALID, key);
        return 0;
    }
    return n;
}

static void *get_rows(struct json_in *in, uint32_t n, size_t size)
{
    void *rows = arena_array(in->arena, n, size);
    if (!rows) {
        json_in_fail(in, ERR_NOMEM, "");
    }
    return rows;
}

static void get_profile(struct json_in *in, struct chat_user *user)
{
    struct chat_profile profile = {SL(""), SL("")}, *copy;
    if (!json_in_text(in, "bio", &profile.bio)) {
        return;
    }
    json_in_text(in, "zone", &profile.zone);
    copy = get_rows(in, 1, sizeof *copy);
    if (copy) {
        *copy = profile;
        user->profile = copy;
    }
}

static enum err read_user(struct slice json, struct arena *arena, struct chat_user *out)
{
    struct json_in in;
    struct slice name;
    json_in_start(&in, json, arena);
    get_id(&in, "id", &out->id);
    json_in_text(&in, "name", &out->name);
    json_in_text(&in, "display", &out->display);
    json_in_text(&in, "status", &out->status);
    out->role = CHAT_MEMBER;
    get_role(&in, "role", &out->role);
    json_in_bool(&in, "bot", &out->bot);
    get_id(&in, "avatar", &out->avatar);
    get_profile(&in, out);
    get_role(&in, "room_role", &out->room_role);
    out->has_member = json_in_text(&in, "presence", &name);
    if (out->has_member && !chat_presence_find(name, &out->presence)) {
        get_enum_failed(&in, "presence");
    }
    json_in_int(&in, "muted_until", 0, CHAT_ID_MAX, &out->muted_until_ms);
    return in.err;
}

static void get_user(struct json_in *in, const char *key, struct chat_user **out)
{
    struct slice raw;
    if (!json_in_raw(in, key, &raw)) {
        return;
    }
    struct chat_user *user = get_rows(in, 1, sizeof *user);
    if (user) {
        json_in_fail(in, read_user(raw, in->arena, user), key);
        *out = user;
    }
}

static void get_ids(struct json_in *in, struct slice array, uint32_t n, int64_t *out)
{
    struct json_iter it;
    struct slice value;
    uint32_t i = 0;
    for (json_iter_init(&it, array); i < n && json_iter_next(&it, NULL, &value); i++) {
        if (!json_value_int(value, 0, CHAT_ID_MAX, &out[i])) {
            json_in_fail(in, ERR_INVALID, "users");
        }
    }
}

static void get_reactions(struct json_in *in, struct chat_message *m)
{
    struct slice array, value;
    uint32_t n = get_count(in, "reactions", &array), i = 0;
    struct chat_reaction *rows = n > 0 ? get_rows(in, n, sizeof *rows) : NULL;
    struct json_iter it;
    if (!rows) {
        return;
    }
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value); i++) {
        struct json_in row;
        struct slice users;
        json_in_start(&row, value, in->arena);
        json_in_text(&row, "emoji", &rows[i].emoji);
        rows[i].users_n = get_count(&row, "users", &users);
        rows[i].users =
            rows[i].users_n > 0 ? get_rows(&row, rows[i].users_n, sizeof(int64_t)) : NULL;
        if (rows[i].users) {
            get_ids(&row, users, rows[i].users_n, rows[i].users);
        }
        json_in_fail(in, row.err, "reactions");
    }
    m->reactions = rows;
    m->reactions_n = n;
}

static void get_side(struct json_in *in, const char *key, uint32_t *out)
{
    int64_t pixels;
    if (json_in_int(in, key, 0, CHAT_FILE_SIDE_MAX, &pixels)) {
        *out = (uint32_t)pixels;
    }
}

static enum err read_file(struct slice json, struct arena *arena, struct chat_file *out)
{
    struct json_in in;
    json_in_start(&in, json, arena);
    get_id(&in, "id", &out->id);
    json_in_text(&in, "name", &out->name);
    get_id(&in, "size", &out->size);
    json_in_text(&in, "type", &out->type);
    get_side(&in, "width", &out->width);
    get_side(&in, "height", &out->height);
    json_in_text(&in, "alt", &out->alt);
    return in.err;
}

static void get_files(struct json_in *in, struct chat_message *m)
{
    struct slice array, value;
    uint32_t n = get_count(in, "files", &array), i = 0;
    struct json_iter it;
    if (n > CHAT_FILES_MAX) {
        json_in_fail(in, ERR_INVALID, "files");
        return;
    }
    struct chat_file *rows = n > 0 ? get_rows(in, n, sizeof *rows) : NULL;
    if (!rows) {
        return;
    }
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value); i++) {
        json_in_fail(in, read_file(value, in->arena, &rows[i]), "files");
    }
    m->files = rows;
    m->files_n = n;
}

static void get_ranges(struct json_in *in, struct chat_message *m)
{
    struct slice array, value, number;
    uint32_t n = get_count(in, "ranges", &array), i = 0;
    uint32_t(*rows)[2] = n > 0 ? get_rows(in, n, sizeof *rows) : NULL;
    struct json_iter it, pair;
    if (!rows) {
        return;
    }
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value); i++) {
        unsigned k = 0;
        if (json_type_of(value) != JSON_ARRAY || json_value_count(value) != 2) {
            json_in_fail(in, ERR_INVALID, "ranges");
            return;
        }
        for (json_iter_init(&pair, value); json_iter_next(&pair, NULL, &number); k++) {
            int64_t v;
            if (!json_value_int(number, 0, CHAT_TEXT_CHARS_MAX, &v)) {
                json_in_fail(in, ERR_INVALID, "ranges");
                return;
            }
            rows[i][k] = (uint32_t)v;
        }
        if (rows[i][0] > rows[i][1]) {
            json_in_fail(in, ERR_INVALID, "ranges");
            return;
        }
    }
    m->ranges = rows;
    m->ranges_n = n;
}

static enum err read_message(struct slice json, struct arena *arena, struct chat_message *out)
{
    struct json_in in;
    struct slice from;
    json_in_start(&in, json, arena);
    get_id(&in, "room", &out->room);
    get_id(&in, "seq", &out->seq);
    json_in_text(&in, "cid", &out->cid);
    if (json_in_raw(&in, "from", &from)) {
        json_in_fail(&in, read_user(from, arena, &out->from), "from");
        out->from.author = true;
    }
    json_in_text(&in, "text", &out->text);
    get_id(&in, "ts", &out->ts);
    get_id(&in, "rev", &out->rev);
    get_id(&in, "edited_ts", &out->edited_ts);
    json_in_bool(&in, "deleted", &out->deleted);
    get_id(&in, "reply_to", &out->reply_to);
    get_reactions(&in, out);
    get_files(&in, out);
    get_ranges(&in, out);
    return in.err;
}

static struct chat_message *get_messages(struct json_in *in, const char *key, uint32_t *out_n)
{
    struct slice array, value;
    uint32_t n = get_count(in, key, &array), i = 0;
    struct chat_message *rows = n > 0 ? get_rows(in, n, sizeof *rows) : NULL;
    struct json_iter it;
    if (!rows) {
        return NULL;
    }
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value); i++) {
        json_in_fail(in, read_message(value, in->arena, &rows[i]), key);
    }
    *out_n = n;
    return rows;
}

/* All but what it answers to resume: rooms in events have none, so that nothing here nests deeper than it is written. */
static enum err read_room(struct slice json, struct arena *arena, struct chat_room *out)
{
    struct json_in in;
    struct slice name;
    int64_t members = 0;
    json_in_start(&in, json, arena);
    get_id(&in, "id", &out->id);
    if (json_in_text(&in, "kind", &name) && !chat_room_kind_find(name, &out->kind)) {
        get_enum_failed(&in, "kind");
    }
    json_in_text(&in, "name", &out->name);
    json_in_text(&in, "topic", &out->topic);
    get_user(&in, "with", &out->with);
    json_in_bool(&in, "archived", &out->archived);
    json_in_int(&in, "slow", 0, CHAT_SLOW_SECONDS_MAX, &out->slow);
    get_id(&in, "seq", &out->seq);
    get_id(&in, "ev", &out->ev);
    get_id(&in, "min_seq", &out->min_seq);
    json_in_int(&in, "members", 0, UINT32_MAX, &members);
    out->members = (uint32_t)members;
    out->has_mine = json_in_bool(&in, "joined", &out->joined);
    get_role(&in, "room_role", &out->room_role);
    get_id(&in, "read_seq", &out->read_seq);
    get_id(&in, "unread", &out->unread);
    get_id(&in, "mentions", &out->mentions);
    if (json_in_text(&in, "notify", &name) && !chat_notify_find(name, &out->notify)) {
        get_enum_failed(&in, "notify");
    }
    get_id(&in, "muted_until", &out->muted_until_ms);
    return in.err;
}

static void get_kind(struct json_in *in, struct chat_event *e)
{
    struct slice name;
    if (!json_in_text(in, "kind", &name)) {
        get_enum_failed(in, "kind");
        return;
    }
    for (unsigned i = 0; i < CHAT_EVENTS_N; i++) {
        if (slice_eq(slice_str(chat_event_kind_name((enum chat_event_kind)i)), name)) {
            e->kind = (enum chat_event_kind)i;
            return;
        }
    }
    get_enum_failed(in, "kind");
}

static void get_change(struct json_in *in, struct chat_event *e)
{
    struct slice name;
    if (!json_in_text(in, "change", &name)) {
        return;
    }
    for (unsigned i = 0; i < CHAT_CHANGES_N; i++) {
        if (slice_eq(slice_str(chat_change_name((enum chat_change)i)), name)) {
            e->change = (enum chat_change)i;
            return;
        }
    }
    get_enum_failed(in, "change");
}

static enum err read_event(struct slice json, struct arena *arena, struct chat_event *out)
{
    struct json_in in;
    struct slice raw;
    json_in_start(&in, json, arena);
    get_id(&in, "room", &out->room);
    get_id(&in, "ev", &out->ev);
    get_kind(&in, out);
    get_id(&in, "actor", &out->actor);
    get_id(&in, "ts", &out->ts);
    if (json_in_raw(&in, "message", &raw)) {
        out->message = get_rows(&in, 1, sizeof *out->message);
        if (out->message) {
            json_in_fail(&in, read_message(raw, arena, out->message), "message");
        }
    }
    get_user(&in, "user", &out->user);
    get_change(&in, out);
    get_role(&in, "role", &out->role);
    json_in_int(&in, "until", 0, CHAT_ID_MAX, &out->until_ms);
    if (json_in_raw(&in, "state", &raw)) {
        out->state = get_rows(&in, 1, sizeof *out->state);
        if (out->state) {
            json_in_fail(&in, read_room(raw, arena, out->state), "state");
        }
    }
    return in.err;
}

static void get_catch_up(struct json_in *in, struct chat_room *r)
{
    struct slice raw, value;
    if (json_in_raw(in, "reset", &raw)) {
        struct json_in reset;
        r->catch_up = CHAT_RESET;
        json_in_start(&reset, raw, in->arena);
        r->reset = get_messages(&reset, "messages", &r->reset_n);
        json_in_fail(in, reset.err, "reset");
        return;
    }
    if (!json_in_raw(in, "delta", &raw)) {
        return;
    }
    r->catch_up = CHAT_DELTA;
    uint32_t n = get_count(in, "delta", &raw), i = 0;
    struct chat_event *rows = n > 0 ? get_rows(in, n, sizeof *rows) : NULL;
    struct json_iter it;
    if (!rows) {
        return;
    }
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &value); i++) {
        json_in_fail(in, read_event(value, in->arena, &rows[i]), "delta");
    }
    r->delta = rows;
    r->delta_n = n;
}

enum err chat_user_decode(struct slice json, struct arena *arena, struct chat_user *out)
{
    struct chat_user user = {0};
    enum err e = read_user(json, arena, &user);
    if (!e) {
        *out = user;
    }
    return e;
}

enum err chat_room_decode(struct slice json, struct arena *arena, struct chat_room *out)
{
    struct chat_room room = {0};
    enum err e = read_room(json, arena, &room);
    if (!e) {
        struct json_in in;
        json_in_start(&in, json, arena);
        get_catch_up(&in, &room);
        e = in.err;
    }
    if (!e) {
        *out = room;
    }
    return e;
}

enum err chat_message_decode(struct slice json, struct arena *arena, struct chat_message *out)
{
    struct chat_message message = {0};
    enum err e = read_message(json, arena, &message);
    if (!e) {
        *out = message;
    }
    return e;
}

enum err chat_event_decode(struct slice json, struct arena *arena, struct chat_event *out)
{
    struct chat_event event = {0};
    enum err e = read_event(json, arena, &event);
    if (!e) {
        *out = event;
    }
    return e;
}

enum err chat_file_decode(struct slice json, struct arena *arena, struct chat_file *out)
{
    struct chat_file file = {0};
    enum err e = read_file(json, arena, &file);
    if (!e) {
        *out = file;
    }
    return e;
}
