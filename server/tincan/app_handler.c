/* What is registered: rows and event handlers. See app.h. */
#include "app.h"

#include "mem.h"

/* --- walking --- */

struct row *app_first_row(const struct tincan_namespace *ns, enum row_kind kind)
{
    struct row *row = ns->parent ? ns->parent->handlers.rows[kind] : NULL;
    return row ? row : ns->handlers.rows[kind];
}

struct row *app_next_row(const struct tincan_namespace *ns, enum row_kind kind,
                         const struct row *row)
{
    return row->next || row->owner == ns ? row->next : ns->handlers.rows[kind];
}

/* --- registering --- */

static bool append(struct tincan_namespace *ns, enum row_kind kind, struct row values)
{
    struct row **at = &ns->handlers.rows[kind];
    struct row *row = mem_alloc(sizeof *row);
    if (!row) {
        return app_out_of_memory(ns->t);
    }
    while (*at) {
        at = &(*at)->next;
    }
    *row = values;
    row->owner = ns;
    *at = row;
    return true;
}

bool tincan_on_connection(struct tincan_namespace *ns, tincan_socket_fn fn, void *user)
{
    return append(ns, ROW_CONNECTION, (struct row){.on_socket = fn, .user = user});
}

bool tincan_on_disconnecting(struct tincan_namespace *ns, tincan_reason_fn fn, void *user)
{
    return append(ns, ROW_DISCONNECTING, (struct row){.on_reason = fn, .user = user});
}

bool tincan_on_disconnect(struct tincan_namespace *ns, tincan_reason_fn fn, void *user)
{
    return append(ns, ROW_DISCONNECT, (struct row){.on_reason = fn, .user = user});
}

bool tincan_on_any(struct tincan_namespace *ns, tincan_event_fn fn, void *user)
{
    return append(ns, ROW_ANY_IN, (struct row){.on_any = fn, .user = user});
}

bool tincan_on_any_outgoing(struct tincan_namespace *ns, tincan_event_fn fn, void *user)
{
    return append(ns, ROW_ANY_OUT, (struct row){.on_any = fn, .user = user});
}

bool tincan_use(struct tincan_namespace *ns, void (*fn)(struct tincan_connect *c, void *user),
                void *user)
{
    return append(ns, ROW_CONNECT, (struct row){.on_connect = fn, .user = user});
}

bool tincan_use_event(struct tincan_namespace *ns, bool (*fn)(struct tincan_event *e, void *user),
                      void *user)
{
    return append(ns, ROW_EVENT_CHECK, (struct row){.on_event = fn, .user = user});
}

bool tincan_on_room(struct tincan_namespace *ns,
                    void (*fn)(enum tincan_room_change change, const char *room,
                               const char *socket_id, void *user),
                    void *user)
{
    return append(ns, ROW_ROOM, (struct row){.on_room = fn, .user = user});
}

static void free_event_handler(struct event_handler *h)
{
    if (h) {
        mem_free(h->types);
    }
    mem_free(h);
}

static struct event_handler *make_event_handler(const char *types, tincan_event_fn fn, void *user)
{
    struct event_handler *h = mem_zalloc(sizeof *h);
    if (!h) {
        return NULL;
    }
    h->fn = fn;
    h->user = user;
    h->types = types ? app_copy(slice_str(types)) : NULL;
    if (types && !h->types) {
        free_event_handler(h);
        return NULL;
    }
    return h;
}

bool tincan_on_typed(struct tincan_namespace *ns, const char *event, const char *types,
                     tincan_event_fn fn, void *user)
{
    if (types && strspn(types, "sinboa*?") != strlen(types)) {
        return app_fail(ns->t, "unknown letter in the types '%s' of event %s", types, event);
    }
    struct event_handler *h = make_event_handler(types, fn, user);
    struct event_handler *last = map_get(&ns->handlers.events, slice_str(event));
    while (last && last->next) {
        last = last->next;
    }
    if (!h || (!last && map_set(&ns->handlers.events, slice_str(event), h) != ERR_OK)) {
        free_event_handler(h);
        return app_out_of_memory(ns->t);
    }
    if (last) {
        last->next = h;
    }
    return true;
}

bool tincan_on(struct tincan_namespace *ns, const char *event, tincan_event_fn fn, void *user)
{
    return tincan_on_typed(ns, event, NULL, fn, user);
}

void app_handlers_fini(struct handlers *h)
{
    struct map_iter it = {0};
    struct event_handler *e;
    while ((e = map_next(&h->events, &it, NULL))) {
        while (e) {
            struct event_handler *next = e->next;
            free_event_handler(e);
            e = next;
        }
    }
    map_fini(&h->events);
    for (unsigned kind = 0; kind < ROW_KINDS_N; kind++) {
        while (h->rows[kind]) {
            struct row *row = h->rows[kind];
            h->rows[kind] = row->next;
            mem_free(row);
        }
    }
}
