/* Namespaces: by name, by pattern, their handlers. See app.h. */
#include "app.h"

#include "mem.h"

static struct tincan_namespace *make_namespace(struct tincan *t, const char *name)
{
    struct tincan_namespace *ns = mem_zalloc(sizeof *ns);
    if (!ns) {
        app_fail(t, "out of memory");
        return NULL;
    }
    ns->t = t;
    ns->name = name ? app_copy(slice_str(name)) : NULL;
    if ((name && !ns->name) || !app_room_init(t, &ns->all, NULL)) {
        mem_free(ns->name);
        mem_free(ns);
        app_fail(t, "out of memory");
        return NULL;
    }
    return ns;
}

static void free_rooms(struct tincan_namespace *ns)
{
    struct map_iter it = {0};
    struct app_room *room;
    while ((room = map_next(&ns->rooms, &it, NULL))) {
        app_room_fini(ns->t, room);
        mem_free(room);
    }
    map_fini(&ns->rooms);
    app_room_fini(ns->t, &ns->all);
}

void app_namespace_free(struct tincan_namespace *ns)
{
    app_free_acks(ns);
    free_rooms(ns);
    map_fini(&ns->sockets);
    app_handlers_fini(&ns->handlers);
    if (ns->has_regex) {
        regfree(&ns->regex);
    }
    mem_free(ns->name);
    mem_free(ns);
}

static struct tincan_namespace *named(struct tincan *t, const char *name, struct tincan_namespace *parent)
{
    struct tincan_namespace *ns = make_namespace(t, name);
    if (ns && map_set(&t->namespaces, slice_str(name), ns) != ERR_OK) {
        app_namespace_free(ns);
        app_fail(t, "out of memory");
        return NULL;
    }
    if (ns) {
        ns->parent = parent;
    }
    return ns;
}

struct tincan_namespace *tincan_of(struct tincan *t, const char *name)
{
    char with_slash[SIO_NSP_BYTES_MAX + 2];
    if (name[0] != '/') { /* as Socket.IO does it */
        int n = snprintf(with_slash, sizeof with_slash, "/%s", name);
        if (n < 0 || (size_t)n >= sizeof with_slash) {
            app_fail(t, "the namespace's name is too long");
            return NULL;
        }
        name = with_slash;
    }
    struct tincan_namespace *ns = map_get(&t->namespaces, slice_str(name));
    if (ns && ns->parent) {
        ns->parent = NULL; /* asked for by name: it is its own now */
    }
    return ns ? ns : named(t, name, NULL);
}

static struct tincan_namespace *add_pattern(struct tincan *t)
{
    struct tincan_namespace *ns = make_namespace(t, NULL);
    struct tincan_namespace **at = &t->patterns;
    while (*at) {
        at = &(*at)->next_pattern;
    }
    *at = ns;
    return ns;
}

struct tincan_namespace *tincan_of_pattern(struct tincan *t, const char *regex)
{
    regex_t compiled;
    int e = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);
    if (e != 0) {
        char why[128];
        regerror(e, &compiled, why, sizeof why);
        app_fail(t, "the pattern '%s' is malformed: %s", regex, why);
        return NULL;
    }
    struct tincan_namespace *ns = add_pattern(t);
    if (!ns) {
        regfree(&compiled);
        return NULL;
    }
    ns->regex = compiled;
    ns->has_regex = true;
    return ns;
}

struct tincan_namespace *tincan_of_match(struct tincan *t, bool (*match)(const char *name, void *user), void *user)
{
    struct tincan_namespace *ns = add_pattern(t);
    if (ns) {
        ns->match = match;
        ns->match_user = user;
    }
    return ns;
}

struct tincan_namespace *app_find_namespace(struct tincan *t, const char *name)
{
    struct tincan_namespace *ns = map_get(&t->namespaces, slice_str(name));
    for (struct tincan_namespace *p = t->patterns; p && !ns; p = p->next_pattern) {
        bool matches = p->has_regex ? regexec(&p->regex, name, 0, NULL, 0) == 0 : p->match(name, p->match_user);
        ns = matches ? named(t, name, p) : NULL;
    }
    return ns;
}

void app_namespace_emptied(struct tincan_namespace *ns)
{
    if (ns->parent && ns->t->options.cleanup_empty_namespaces && ns->connecting_n == 0 && ns->all.members_n == 0) {
        map_remove(&ns->t->namespaces, slice_str(ns->name));
        app_namespace_free(ns);
    }
}

const char *tincan_namespace_name(const struct tincan_namespace *ns)
{
    return ns->name ? ns->name : "";
}

size_t tincan_namespace_sockets(const struct tincan_namespace *ns)
{
    return ns->all.members_n;
}

/* --- handlers --- */

struct handlers *app_handlers(struct tincan_namespace *ns)
{
    return ns->parent ? &ns->parent->handlers : &ns->handlers;
}

static void append(struct tincan_namespace *ns, struct middleware **list, struct middleware row)
{
    struct middleware *m = mem_alloc(sizeof *m);
    while (*list) {
        list = &(*list)->next;
    }
    CHECK(m); /* registration is part of starting a program: there is no going on without it */
    (void)ns;
    *m = row;
    *list = m;
}

void tincan_on_connection(struct tincan_namespace *ns, tincan_socket_fn fn, void *user)
{
    append(ns, &ns->handlers.connections, (struct middleware){.on_socket = fn, .user = user});
}

void tincan_on_disconnecting(struct tincan_namespace *ns, tincan_reason_fn fn, void *user)
{
    append(ns, &ns->handlers.disconnectings, (struct middleware){.on_reason = fn, .user = user});
}

void tincan_on_disconnect(struct tincan_namespace *ns, tincan_reason_fn fn, void *user)
{
    append(ns, &ns->handlers.disconnects, (struct middleware){.on_reason = fn, .user = user});
}

void tincan_on_any(struct tincan_namespace *ns, tincan_event_fn fn, void *user)
{
    append(ns, &ns->handlers.any_in, (struct middleware){.on_any = fn, .user = user});
}

void tincan_on_any_outgoing(struct tincan_namespace *ns, tincan_event_fn fn, void *user)
{
    append(ns, &ns->handlers.any_out, (struct middleware){.on_any = fn, .user = user});
}

void tincan_use(struct tincan_namespace *ns, void (*fn)(struct tincan_connect *c, void *user), void *user)
{
    append(ns, &ns->handlers.connects, (struct middleware){.on_connect = fn, .user = user});
}

void tincan_use_event(struct tincan_namespace *ns, bool (*fn)(struct tincan_event *e, void *user), void *user)
{
    append(ns, &ns->handlers.event_checks, (struct middleware){.on_event = fn, .user = user});
}

void tincan_on_room(struct tincan_namespace *ns,
                    void (*fn)(enum tincan_room_change change, const char *room, const char *socket_id, void *user), void *user)
{
    append(ns, &ns->handlers.room_changes, (struct middleware){.on_room = fn, .user = user});
}

bool tincan_on_typed(struct tincan_namespace *ns, const char *event, const char *types, tincan_event_fn fn, void *user)
{
    struct event_handler *h = mem_zalloc(sizeof *h);
    struct event_handler *first = map_get(&ns->handlers.events, slice_str(event));
    if (types && strspn(types, "sinboa*?") != strlen(types)) {
        mem_free(h);
        return app_fail(ns->t, "unknown letter in the types '%s' of event %s", types, event);
    }
    if (h) {
        *h = (struct event_handler){.fn = fn, .user = user, .types = types ? app_copy(slice_str(types)) : NULL};
    }
    if (!h || (types && !h->types) || (!first && map_set(&ns->handlers.events, slice_str(event), h) != ERR_OK)) {
        mem_free(h);
        return app_fail(ns->t, "out of memory");
    }
    while (first && first->next) {
        first = first->next;
    }
    if (first) {
        first->next = h;
    }
    return true;
}

bool tincan_on(struct tincan_namespace *ns, const char *event, tincan_event_fn fn, void *user)
{
    return tincan_on_typed(ns, event, NULL, fn, user);
}

static void free_list(struct middleware *m)
{
    while (m) {
        struct middleware *next = m->next;
        mem_free(m);
        m = next;
    }
}

void app_handlers_fini(struct handlers *h)
{
    struct map_iter it = {0};
    struct event_handler *e;
    while ((e = map_next(&h->events, &it, NULL))) {
        while (e) {
            struct event_handler *next = e->next;
            mem_free(e->types);
            mem_free(e);
            e = next;
        }
    }
    map_fini(&h->events);
    struct middleware *lists[] = {h->connects,     h->connections, h->disconnectings, h->disconnects,
                                  h->event_checks, h->any_in,      h->any_out,        h->room_changes};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        free_list(lists[i]);
    }
}
