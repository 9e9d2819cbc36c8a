/* What administrators look at: how much there is, and which settings are in force. */
#include "api_call.h"

#include "chat_text.h"
#include "clock.h"
#include "utf8.h"

#define VALUE_BYTES_MAX 2048

static void put_totals(struct json_out *o, const struct store_totals *t)
{
    json_out_object(o, "database");
    json_out_text(o, "kind", t->postgres ? SL("postgresql") : SL("sqlite"));
    json_out_int(o, "bytes", t->database_bytes);
    json_out_object_end(o);
    json_out_object(o, "files");
    json_out_int(o, "n", t->files);
    json_out_int(o, "bytes", t->file_bytes);
    json_out_object_end(o);
    json_out_int(o, "users", t->users);
    json_out_int(o, "rooms", t->rooms);
    json_out_int(o, "messages", t->messages);
}

static void put_settings(struct json_out *o, const struct config_row *rows, unsigned rows_n)
{
    static const char *const sources[] = {[CONFIG_DEFAULT] = "default",
                                          [CONFIG_FILE] = "file",
                                          [CONFIG_ENVIRONMENT] = "environment",
                                          [CONFIG_FLAG] = "flag"};
    char value[VALUE_BYTES_MAX];
    json_out_array(o, "settings");
    for (unsigned i = 0; i < rows_n; i++) {
        config_show(&rows[i], value, sizeof value);
        json_out_object(o, NULL);
        json_out_text(o, "name", slice_str(rows[i].name));
        json_out_text(o, "value", slice_str(value));
        json_out_text(o, "source", slice_str(sources[rows[i].source]));
        json_out_object_end(o);
    }
    json_out_array_end(o);
}

void api_admin_server(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    struct api *api = c->api;
    struct store_request *r = api_request(c, STORE_TOTALS);
    if (!r || !api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    json_out_text(&o, "version", SL(TINCAN_VERSION));
    json_out_int(&o, "started", c->now_ms - (clock_now_us() - api->made_us) / 1000);
    json_out_int(&o, "memory_bytes", api_resident_bytes());
    json_out_int(&o, "connections", (int64_t)tincan_connections(api->options.t));
    json_out_text(&o, "workspace", r->out.workspace);
    put_totals(&o, &r->out.totals);
    put_settings(&o, api->options.settings, api->options.settings_n);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

bool api_check_workspace(struct api_call *c, struct slice name)
{
    const char *why = NULL;
    if (!utf8_valid(name) || chat_text_has_control(name, true)) {
        why = "must be one line without control characters";
    } else if (utf8_length(name) > CHAT_DISPLAY_CHARS_MAX) {
        why = "is too long";
    } else if (name.n > 0 && chat_text_is_blank(name)) {
        why = "is blank";
    }
    if (why) {
        api_refuse(c, CHAT_INVALID, "workspace", why);
    }
    return !why;
}

void api_admin_server_change(struct api_call *c)
{
    struct slice name;
    struct buf body;
    struct json_out o;
    if (!api_text(c, "workspace", &name) || !api_check_workspace(c, name)) {
        return;
    }
    struct store_request *r = api_request(c, STORE_WORKSPACE_SET);
    if (!r) {
        return;
    }
    r->account.workspace = name;
    if (api_ask(c, r)) {
        api_json_start(c, &body, &o);
        json_out_text(&o, "workspace", r->out.workspace);
        api_json_end(c, &body, &o);
        store_request_free(r);
    }
}
