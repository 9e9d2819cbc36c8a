/* See config.h. */
#include "config.h"

#include "check.h"
#include "mem.h"

#include <ctype.h>
#include <errno.h>

#define NAME_BYTES_MAX 64

#define FAIL(error, ...) (snprintf((error)->text, sizeof(error)->text, __VA_ARGS__), ERR_INVALID)

struct config_row *config_find(struct config_row *rows, unsigned rows_n, const char *name)
{
    for (unsigned i = 0; i < rows_n; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static enum err set_switch(struct config_row *row, const char *source, const char *value,
                           struct config_error *error)
{
    bool on = strcmp(value, "on") == 0;
    if (!on && strcmp(value, "off") != 0) {
        return FAIL(error, "%s: '%s' is not a switch: write on or off", source, value);
    }
    *(bool *)row->value = on;
    return ERR_OK;
}

static enum err set_number(struct config_row *row, const char *source, const char *value,
                           struct config_error *error)
{
    unsigned long long number;
    if (!slice_to_u64(slice_str(value), row->max, &number) || number < row->min) {
        return FAIL(error, "%s: '%s' is not a whole number between %u and %u", source, value,
                    row->min, row->max);
    }
    *(uint32_t *)row->value = (uint32_t)number;
    return ERR_OK;
}

static enum err add_item(struct config_row *row, const char *source, const char *item,
                         struct config_error *error)
{
    struct config_list *list = row->value;
    if (list->n == CONFIG_LIST_MAX) {
        return FAIL(error, "%s: given more than %d times", source, CONFIG_LIST_MAX);
    }
    list->items[list->n++] = item;
    return ERR_OK;
}

/* Values live as long as the process: settings are read once. */
struct kept {
    struct kept *next;
    char text[];
};
static struct kept *all_kept;

static char *keep(const char *value, size_t n)
{
    struct kept *k = mem_zalloc(sizeof *k + n + 1);
    CHECK(k);
    memcpy(k->text, value, n);
    k->next = all_kept;
    all_kept = k;
    return k->text;
}

static enum err set_list(struct config_row *row, const char *source, const char *value,
                         struct config_error *error)
{
    while (*value) {
        value += strspn(value, " \t");
        size_t n = strcspn(value, " \t");
        if (n > 0) {
            enum err e = add_item(row, source, keep(value, n), error);
            if (e != ERR_OK) {
                return e;
            }
        }
        value += n;
    }
    return ERR_OK;
}

enum err config_set(struct config_row *rows, unsigned rows_n, const char *source, const char *name,
                    const char *value, bool append, struct config_error *error)
{
    struct config_row *row = config_find(rows, rows_n, name);
    if (!row) {
        return FAIL(error, "%s: there is no such setting; see tincand --help", source);
    }
    switch (row->kind) {
    case CONFIG_TEXT:
    case CONFIG_URL:
        *(const char **)row->value = keep(value, strlen(value));
        return ERR_OK;
    case CONFIG_LIST:
        if (!append) {
            ((struct config_list *)row->value)->n = 0;
        }
        return set_list(row, source, value, error);
    case CONFIG_SWITCH:
        return set_switch(row, source, value, error);
    case CONFIG_NUMBER:
        return set_number(row, source, value, error);
    }
    return ERR_INTERNAL;
}

/* --- the file --- */

static char *trim(char *s)
{
    while (isspace((unsigned char)*s)) {
        s++;
    }
    for (size_t n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--) {
        s[n - 1] = '\0';
    }
    return s;
}

static enum err read_line(struct config_row *rows, unsigned rows_n, const char *path,
                          unsigned number, char *line, struct config_error *error)
{
    char source[160];
    char *name = trim(line);
    char *equals = strchr(name, '=');
    if (*name == '\0' || *name == '#') {
        return ERR_OK;
    }
    snprintf(source, sizeof source, "%s:%u", path, number);
    if (!equals) {
        return FAIL(error, "%s: expected 'name = value'", source);
    }
    *equals = '\0';
    name = trim(name);
    snprintf(source, sizeof source, "%s:%u: %.40s", path, number, name);
    enum err e = config_set(rows, rows_n, source, name, trim(equals + 1), false, error);
    if (e == ERR_OK) {
        config_find(rows, rows_n, name)->source = CONFIG_FILE;
    }
    return e;
}

enum err config_read_file(struct config_row *rows, unsigned rows_n, const char *path,
                          struct config_error *error)
{
    FILE *file = fopen(path, "r");
    char line[1024];
    enum err e = ERR_OK;
    if (!file) {
        return FAIL(error, "%s: cannot read the configuration file: %s", path, strerror(errno));
    }
    for (unsigned number = 1; e == ERR_OK && fgets(line, sizeof line, file); number++) {
        if (!strchr(line, '\n') && !feof(file)) {
            e = FAIL(error, "%s:%u: the line is longer than %zu bytes", path, number,
                     sizeof line - 2);
        } else {
            e = read_line(rows, rows_n, path, number, line, error);
        }
    }
    fclose(file);
    return e;
}

/* --- the environment --- */

static void variable_name(const char *name, char out[NAME_BYTES_MAX])
{
    size_t n = (size_t)snprintf(out, NAME_BYTES_MAX, "TINCAN_%s", name);
    for (size_t i = 0; i < n && i < NAME_BYTES_MAX; i++) {
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
    }
}

enum err config_read_environment(struct config_row *rows, unsigned rows_n,
                                 struct config_error *error)
{
    for (unsigned i = 0; i < rows_n; i++) {
        char variable[NAME_BYTES_MAX];
        variable_name(rows[i].name, variable);
        const char *value = getenv(variable);
        if (value) {
            enum err e = config_set(rows, rows_n, variable, rows[i].name, value, false, error);
            if (e != ERR_OK) {
                return e;
            }
            rows[i].source = CONFIG_ENVIRONMENT;
        }
    }
    return ERR_OK;
}

/* --- showing --- */

/* "scheme://user:PASSWORD@host/name?password=PASSWORD". Up to the last @ before the path: passwords hold what they like. */
static void print_url(const char *url, FILE *out)
{
    static const char name[] = "password=";
    const char *scheme = strstr(url, "://");
    const char *user = scheme ? scheme + 3 : url;
    size_t query = strcspn(user, "?");
    const char *at = memrchr(user, '@', query);
    const char *colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
    const char *rest = url;
    if (colon) {
        fprintf(out, "%.*s***", (int)(colon + 1 - url), url);
        rest = at;
    }
    for (const char *found; (found = strstr(rest, name));) {
        found += sizeof name - 1;
        fprintf(out, "%.*s***", (int)(found - rest), rest);
        rest = found + strcspn(found, "&");
    }
    fputs(rest, out);
}

static void print_value(const struct config_row *row, FILE *out)
{
    const struct config_list *list = row->value;
    switch (row->kind) {
    case CONFIG_TEXT:
        fputs(*(const char **)row->value, out);
        break;
    case CONFIG_URL:
        print_url(*(const char **)row->value, out);
        break;
    case CONFIG_LIST:
        for (unsigned i = 0; i < list->n; i++) {
            fprintf(out, "%s%s", i ? " " : "", list->items[i]);
        }
        break;
    case CONFIG_SWITCH:
        fputs(*(bool *)row->value ? "on" : "off", out);
        break;
    case CONFIG_NUMBER:
        fprintf(out, "%u", *(uint32_t *)row->value);
        break;
    }
}

void config_show(const struct config_row *row, char *out, size_t out_bytes)
{
    FILE *text = fmemopen(out, out_bytes, "w");
    *out = '\0';
    if (text) {
        print_value(row, text);
        fclose(text);
    }
    out[out_bytes - 1] = '\0';
}

void config_print_help(const struct config_row *rows, unsigned rows_n, FILE *out)
{
    for (unsigned i = 0; i < rows_n; i++) {
        int n = fprintf(out, "  --%s %s", rows[i].name, rows[i].placeholder);
        fprintf(out, "%*s%s", n < 30 ? 30 - n : 1, "", rows[i].help);
        bool is_text = rows[i].kind == CONFIG_TEXT || rows[i].kind == CONFIG_URL;
        bool has_default = !is_text || **(const char **)rows[i].value;
        has_default = has_default && !(rows[i].kind == CONFIG_LIST &&
                                       ((struct config_list *)rows[i].value)->n == 0);
        if (has_default) {
            fputs(" [", out);
            print_value(&rows[i], out);
            fputc(']', out);
        }
        fputc('\n', out);
    }
}

void config_print(const struct config_row *rows, unsigned rows_n, FILE *out)
{
    for (unsigned i = 0; i < rows_n; i++) {
        fprintf(out, "%s = ", rows[i].name);
        print_value(&rows[i], out);
        fputc('\n', out);
    }
}
