/* See json_out.h. */
#include "json_out.h"

#include "json.h"

static void put(struct json_out *o, struct slice s)
{
    if (!o->err) {
        o->err = buf_put(o->buf, s);
    }
}

void json_out_start(struct json_out *o, struct buf *buf)
{
    *o = (struct json_out){.buf = buf, .start_n = buf->n};
}

enum err json_out_end(struct json_out *o)
{
    if (o->err) {
        o->buf->n = o->start_n;
    }
    return o->err;
}

/* What stands before a value. */
static void lead(struct json_out *o, const char *key)
{
    if (o->comma) {
        put(o, SL(","));
    }
    o->comma = true;
    if (key) {
        put(o, SL("\""));
        put(o, slice_str(key));
        put(o, SL("\":"));
    }
}

static void open(struct json_out *o, const char *key, struct slice bracket)
{
    lead(o, key);
    put(o, bracket);
    o->comma = false;
}

static void close(struct json_out *o, struct slice bracket)
{
    put(o, bracket);
    o->comma = true;
}

void json_out_object(struct json_out *o, const char *key)
{
    open(o, key, SL("{"));
}

void json_out_object_end(struct json_out *o)
{
    close(o, SL("}"));
}

void json_out_array(struct json_out *o, const char *key)
{
    open(o, key, SL("["));
}

void json_out_array_end(struct json_out *o)
{
    close(o, SL("]"));
}

void json_out_int(struct json_out *o, const char *key, int64_t v)
{
    lead(o, key);
    if (v < 0) {
        put(o, SL("-"));
    }
    if (!o->err) {
        o->err = buf_put_u64(o->buf, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
    }
}

void json_out_bool(struct json_out *o, const char *key, bool v)
{
    lead(o, key);
    put(o, v ? SL("true") : SL("false"));
}

void json_out_text(struct json_out *o, const char *key, struct slice v)
{
    lead(o, key);
    if (!o->err) {
        o->err = json_quote(v, o->buf);
    }
}

void json_out_raw(struct json_out *o, const char *key, struct slice raw)
{
    lead(o, key);
    put(o, raw);
}
