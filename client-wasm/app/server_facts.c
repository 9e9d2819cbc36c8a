/* See server_facts.h. */
#include "server_facts.h"

#include "dialog_line.h"
#include "json.h"

static void put(struct model *m, enum word name, struct slice value)
{
    dialog_add_row(&m->dialog, 0, words_get(&m->words, name), value);
}

static struct slice number(struct model *m, uint64_t n)
{
    struct buf text = {.max = 32};
    struct slice out = SL("");
    if (buf_put_u64(&text, n) == ERR_OK)
        out = arena_copy(&m->dialog.arena, buf_peek(&text));
    buf_fini(&text);
    return out.p ? out : SL("");
}

/* "3 MB" */
static struct slice size(struct model *m, int64_t bytes)
{
    uint64_t n = (uint64_t)bytes;
    enum word word = n < 1000 ? WORD_BYTES : n < 1000000 ? WORD_KILOBYTES : WORD_MEGABYTES;
    uint64_t shown = n < 1000 ? n : n < 1000000 ? (n + 500) / 1000 : (n + 500000) / 1000000;
    return dialog_line(m, word, number(m, shown), SL(""));
}

static int64_t get(struct json_in *in, const char *key)
{
    int64_t n = 0;
    json_in_int(in, key, 0, CHAT_ID_MAX, &n);
    return n;
}

static int64_t inside(struct json_in *in, const char *object, const char *key)
{
    struct json_in inner;
    struct slice raw;
    if (!json_in_raw(in, object, &raw))
        return 0;
    json_in_start(&inner, raw, in->arena);
    return get(&inner, key);
}

static void put_numbers(struct model *m, struct json_in *in)
{
    static const struct {
        enum word name;
        const char *key;
    } counts[] = {{WORD_FACT_CONNECTIONS, "connections"},
                  {WORD_FACT_USERS, "users"},
                  {WORD_FACT_ROOMS, "rooms"},
                  {WORD_FACT_MESSAGES, "messages"}};
    struct slice version = SL("");
    json_in_text(in, "version", &version);
    put(m, WORD_FACT_VERSION, version);
    put(m, WORD_FACT_STARTED, dialog_line_when(m, get(in, "started"), false));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        put(m, counts[i].name, number(m, (uint64_t)get(in, counts[i].key)));
    put(m, WORD_FACT_DATABASE, size(m, inside(in, "database", "bytes")));
    put(m, WORD_FACT_FILES,
        dialog_line(m, WORD_FACT_FILES_OF, number(m, (uint64_t)inside(in, "files", "n")),
                    size(m, inside(in, "files", "bytes"))));
    put(m, WORD_FACT_MEMORY, size(m, get(in, "memory_bytes")));
}

static enum word source_word(struct slice source)
{
    return slice_eq(source, SL("flag"))          ? WORD_FROM_FLAG
           : slice_eq(source, SL("environment")) ? WORD_FROM_ENVIRONMENT
           : slice_eq(source, SL("file"))        ? WORD_FROM_FILE
                                                 : WORD_FROM_DEFAULT;
}

void server_facts_put(struct model *m, struct json_in *in)
{
    struct slice raw, item;
    struct json_iter it;
    put_numbers(m, in);
    if (!json_in_raw(in, "settings", &raw) || json_type_of(raw) != JSON_ARRAY)
        return;
    for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &item);) {
        struct json_in one;
        struct slice name = SL(""), value = SL(""), source = SL("");
        json_in_start(&one, item, &m->dialog.arena);
        json_in_text(&one, "name", &name);
        json_in_text(&one, "value", &value);
        json_in_text(&one, "source", &source);
        struct dialog_row *row =
            dialog_add_row(&m->dialog, (int64_t)source_word(source), name, value);
        if (row)
            row->on = true;
    }
}
