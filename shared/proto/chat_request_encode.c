/* Writing requests by the table. */
#include "chat_fields.h"
#include "json_out.h"

static void put_cid(struct json_out *o, const struct chat_request *r)
{
    static const char digits[] = "0123456789abcdef";
    char hex[CHAT_CID_HEX];
    for (size_t i = 0; i < sizeof r->cid; i++) {
        hex[2 * i] = digits[r->cid[i] >> 4];
        hex[2 * i + 1] = digits[r->cid[i] & 15];
    }
    json_out_text(o, "cid", (struct slice){hex, sizeof hex});
}

static void put_ids(struct json_out *o, const struct field *f, const int64_t *ids, uint32_t n)
{
    json_out_array(o, chat_field_name(f->id));
    for (uint32_t i = 0; i < n; i++) {
        json_out_int(o, NULL, ids[i]);
    }
    json_out_array_end(o);
}

static void put_alts(struct json_out *o, const struct field *f, const struct chat_request *r)
{
    json_out_array(o, chat_field_name(f->id));
    for (uint32_t i = 0; i < r->alts_n; i++) {
        json_out_text(o, NULL, r->alts[i]);
    }
    json_out_array_end(o);
}

static void put_cursors(struct json_out *o, const struct field *f, const struct chat_request *r)
{
    json_out_object(o, chat_field_name(f->id));
    for (uint32_t i = 0; i < r->cursors_n; i++) {
        char digits[24], *key = digits + sizeof digits - 1;
        *key = '\0';
        for (int64_t v = r->cursors[i].room; key == digits + sizeof digits - 1 || v > 0; v /= 10) {
            *--key = (char)('0' + v % 10);
        }
        json_out_int(o, key, r->cursors[i].ev);
    }
    json_out_object_end(o);
}

static void put_field(struct json_out *o, const struct field *f, struct chat_request *r)
{
    const char *name = chat_field_name(f->id);
    switch (f->shape) {
    case SHAPE_ROOM:
    case SHAPE_USER:
        if (*chat_field_int(r, f->id) == 0) {
            json_out_text(o, name, *chat_field_text(r, f->id));
            break;
        }
        json_out_int(o, name, *chat_field_int(r, f->id));
        break;
    case SHAPE_ID:
    case SHAPE_COUNT:
    case SHAPE_NUMBER:
        json_out_int(o, name, *chat_field_int(r, f->id));
        break;
    case SHAPE_LIMIT:
        json_out_int(o, name, r->limit);
        break;
    case SHAPE_SWITCH:
        json_out_bool(o, name, *chat_field_switch(r, f->id));
        break;
    case SHAPE_CID:
        put_cid(o, r);
        break;
    case SHAPE_TEXT:
    case SHAPE_LINE:
    case SHAPE_TOKEN:
    case SHAPE_EMOJI:
        json_out_text(o, name, *chat_field_text(r, f->id));
        break;
    case SHAPE_KIND:
        json_out_text(o, name, slice_str(chat_room_kind_name(r->kind)));
        break;
    case SHAPE_ROLE:
        json_out_text(o, name, slice_str(chat_role_name(r->role)));
        break;
    case SHAPE_NOTIFY:
        json_out_text(o, name, slice_str(chat_notify_name(r->notify)));
        break;
    case SHAPE_PRESENCE:
        json_out_text(o, name, slice_str(chat_presence_name(r->state)));
        break;
    case SHAPE_OUTCOME:
        json_out_text(o, name, slice_str(chat_outcome_name(r->outcome)));
        break;
    case SHAPE_IDS:
        put_ids(o, f, r->watch, r->watch_n);
        break;
    case SHAPE_FILES:
        put_ids(o, f, r->files, r->files_n);
        break;
    case SHAPE_ALTS:
        put_alts(o, f, r);
        break;
    case SHAPE_CURSORS:
        put_cursors(o, f, r);
        break;
    }
}

enum err chat_request_encode(enum event_id event, const struct chat_request *request,
                             struct buf *out)
{
    const struct event_fields *e = chat_fields_of(event);
    struct chat_request copy = *request; /* for the tables of places, which are not const */
    struct json_out o;
    json_out_start(&o, out);
    json_out_object(&o, NULL);
    for (unsigned i = 0; e && i < e->n; i++) {
        if (CHAT_HAS(request, e->fields[i].id)) {
            put_field(&o, &e->fields[i], &copy);
        }
    }
    json_out_object_end(&o);
    return json_out_end(&o);
}
