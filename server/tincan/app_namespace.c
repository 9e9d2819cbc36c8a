/* Namespaces: by name, by pattern, and their end. See app.h. */
#include "app.h"

#include "mem.h"
#include "utf8.h"

static struct tincan_namespace *make_namespace(struct tincan *t, const char *name)
{
    struct tincan_namespace *ns = mem_zalloc(sizeof *ns);
    if (!ns) {
        app_out_of_memory(t);
        return NULL;
    }
    ns->t = t;
    ns->recovery = t->options.recovery;
    ns->name = name ? app_copy(slice_str(name)) : NULL;
    if ((name && !ns->name) || !app_room_init(t, &ns->all, NULL)) {
        mem_free(ns->name);
        mem_free(ns);
        app_out_of_memory(t);
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
    free_rooms(ns);
    map_fini(&ns->sockets);
    map_fini(&ns->acks);
    app_handlers_fini(&ns->handlers);
    if (ns->has_regex) {
        regfree(&ns->regex);
    }
    mem_free(ns->name);
    mem_free(ns);
}

/* --- by name --- */

static struct tincan_namespace *named(struct tincan *t, const char *name,
                                      struct tincan_namespace *parent)
{
    struct tincan_namespace *ns = make_namespace(t, name);
    if (ns && map_set(&t->namespaces, slice_str(name), ns) != ERR_OK) {
        app_namespace_free(ns);
        app_out_of_memory(t);
        return NULL;
    }
    if (ns && parent) {
        ns->parent = parent;
        ns->recovery = parent->recovery;
    }
    return ns;
}

/* With a slash before it, as Socket.IO does it. */
static bool add_slash(struct tincan *t, const char *name, char out[SIO_NSP_BYTES_MAX + 1])
{
    int n = snprintf(out, SIO_NSP_BYTES_MAX + 1, "%s%s", name[0] == '/' ? "" : "/", name);
    bool ok = n > 0 && n <= SIO_NSP_BYTES_MAX && !strchr(name, ',') && utf8_valid(slice_str(name));
    return ok || app_fail(t, "'%.80s' is no namespace's name", name);
}

struct tincan_namespace *tincan_namespace_find(struct tincan *t, const char *name)
{
    char with_slash[SIO_NSP_BYTES_MAX + 1];
    return add_slash(t, name, with_slash) ? map_get(&t->namespaces, slice_str(with_slash)) : NULL;
}

struct tincan_namespace *tincan_of(struct tincan *t, const char *name)
{
    char with_slash[SIO_NSP_BYTES_MAX + 1];
    if (!add_slash(t, name, with_slash)) {
        return NULL;
    }
    struct tincan_namespace *ns = map_get(&t->namespaces, slice_str(with_slash));
    return ns ? ns : named(t, with_slash, NULL);
}

/* --- by pattern --- */

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

struct tincan_namespace *tincan_of_match(struct tincan *t,
                                         bool (*match)(const char *name, void *user), void *user)
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
        if (p->has_regex ? regexec(&p->regex, name, 0, NULL, 0) == 0
                         : p->match(name, p->match_user)) {
            return named(t, name, p);
        }
    }
    return ns;
}

/* --- the end of a dynamic one --- */

static bool may_go(const struct tincan_namespace *ns)
{
    bool wanted = ns->was_joined && !ns->t->options.cleanup_empty_namespaces;
    return ns->parent && !wanted && ns->users_n == 0 && ns->acks.n == 0;
}

void app_namespace_check(struct tincan_namespace *ns)
{
    if (may_go(ns) && !ns->in_limbo) {
        ns->in_limbo = true;
        ns->next_in_limbo = ns->t->limbo;
        ns->t->limbo = ns;
    }
}

void app_free_limbo(struct tincan *t)
{
    while (t->limbo) {
        struct tincan_namespace *ns = t->limbo;
        t->limbo = ns->next_in_limbo;
        ns->in_limbo = false;
        if (may_go(ns)) {
            map_remove(&t->namespaces, slice_str(ns->name));
            app_namespace_free(ns);
        }
    }
}

/* --- what a namespace knows --- */

const char *tincan_namespace_name(const struct tincan_namespace *ns)
{
    return ns->name ? ns->name : "";
}

size_t tincan_namespace_sockets(const struct tincan_namespace *ns)
{
    return ns->sockets.n;
}

void tincan_set_recovery(struct tincan_namespace *ns, enum tincan_recovery who)
{
    ns->recovery = who;
}
