/* The first start: whoever holds the token that the server printed makes the owner's account, once. The token lies in the data folder,
 * for the owner's eyes only, so that a restart prints the same. */
#include "api_call.h"

#include "ident.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096

static bool token_path(const struct api *api, char out[PATH_BYTES_MAX])
{
    return api->options.data_dir &&
           snprintf(out, PATH_BYTES_MAX, "%s/setup-token", api->options.data_dir) < PATH_BYTES_MAX;
}

bool api_setup_is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
              c == '_')) {
            return false;
        }
    }
    return s.n == TOKEN_RANDOM_TEXT - 1;
}

/* false: there is none, or others could have read or written it. */
static bool read_token(struct api *api)
{
    char path[PATH_BYTES_MAX], text[TOKEN_RANDOM_TEXT + 1];
    struct stat st;
    int fd = token_path(api, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0) {
        return false;
    }
    ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0
                    ? read(fd, text, sizeof text)
                    : -1;
    close(fd);
    n -= n > 0 && text[n - 1] == '\n';
    if (n < 0 || !api_setup_is_token((struct slice){text, (size_t)n})) {
        return false;
    }
    memcpy(api->setup_token, text, TOKEN_RANDOM_TEXT - 1);
    api->setup_token[TOKEN_RANDOM_TEXT - 1] = '\0';
    return true;
}

static void write_token(struct api *api)
{
    char path[PATH_BYTES_MAX];
    if (!token_path(api, path)) {
        return;
    }
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok =
        fd >= 0 && write(fd, api->setup_token, TOKEN_RANDOM_TEXT - 1) == TOKEN_RANDOM_TEXT - 1;
    if (fd >= 0) {
        close(fd);
    }
    if (!ok) {
        log_line(LOG_WARN, L_API, "the set-up token is not kept: the next start will have another",
                 "path=\"%s\" error=\"%s\"", path, strerror(errno));
    }
}

static int64_t owners_n(struct api *api)
{
    struct store_request *r = store_request_new(STORE_USERS_COUNT);
    int64_t n = -1;
    if (r) {
        store_call(api->options.store, r);
        n = r->out.refusal.error == CHAT_OK ? r->out.count : -1;
        store_request_free(r);
    }
    return n;
}

bool api_setup_path(struct api *api, char out[API_SETUP_PATH_BYTES])
{
    pthread_mutex_lock(&api->setup_lock);
    bool wanted = api->setup_token[0] != '\0';
    if (wanted) {
        snprintf(out, API_SETUP_PATH_BYTES, "/setup?token=%s", api->setup_token);
    }
    pthread_mutex_unlock(&api->setup_lock);
    return wanted;
}

bool api_setup_wanted(struct api *api)
{
    char path[API_SETUP_PATH_BYTES];
    return api_setup_path(api, path);
}

bool api_setup_init(struct api *api)
{
    int64_t n = owners_n(api);
    if (n == 0) {
        if (!read_token(api)) {
            token_random(api->setup_token);
            write_token(api);
        }
    }
    return n >= 0;
}

static bool is_token(const struct api *api, struct slice token)
{
    return api->setup_token[0] && token.n == TOKEN_RANDOM_TEXT - 1 &&
           CRYPTO_memcmp(token.p, api->setup_token, token.n) == 0;
}

/* The owner is there: the token is void for ever. */
static void finish(struct api *api)
{
    char path[PATH_BYTES_MAX];
    OPENSSL_cleanse(api->setup_token, sizeof api->setup_token);
    if (token_path(api, path)) {
        unlink(path);
    }
    log_line(LOG_INFO, L_API, "the server has an owner", "%s", "");
}

/* As api_setup_claim. Under setup_lock. */
static struct store_request *claim(struct api_call *c, const struct api_claim *asked)
{
    struct ident_name name;
    char hash[PASSWORD_HASH_BYTES_MAX];
    if (!is_token(c->api, asked->token)) {
        api_refuse(c, CHAT_FORBIDDEN, "token",
                   "This is not the set-up token, or it was used already");
        return NULL;
    }
    const char *why = ident_user(asked->name, &name);
    if (why) {
        api_refuse(c, CHAT_INVALID, "name", why);
        return NULL;
    }
    if (!api_check_workspace(c, asked->workspace) ||
        !api_hash(c, "password", asked->password, ident_slice(&name), hash)) {
        return NULL;
    }
    struct store_request *r = api_request(c, STORE_USER_CREATE);
    if (!r) {
        return NULL;
    }
    r->account.name = arena_copy(&r->arena, ident_slice(&name));
    r->account.display = arena_copy(&r->arena, asked->name);
    r->account.workspace = arena_copy(&r->arena, asked->workspace);
    r->account.password_hash = arena_copy(&r->arena, slice_str(hash));
    r->account.role = CHAT_OWNER;
    r->account.first_owner = true;
    chat_call(c->api->options.chat, r);
    enum chat_error error = r->out.refusal.error;
    if (error == CHAT_OK || error == CHAT_CONFLICT) {
        finish(c->api);
    }
    if (error == CHAT_CONFLICT) { /* made by another way meanwhile */
        api_refuse(c, CHAT_FORBIDDEN, "token", "The server has an owner already");
    } else if (error != CHAT_OK) {
        api_refuse_as(c, r);
    }
    if (error != CHAT_OK) {
        store_request_free(r);
        return NULL;
    }
    return r;
}

struct store_request *api_setup_claim(struct api_call *c, const struct api_claim *asked)
{
    if (!api_may_try(c, SL("setup"))) {
        return NULL;
    }
    pthread_mutex_lock(&c->api->setup_lock);
    struct store_request *r = claim(c, asked);
    pthread_mutex_unlock(&c->api->setup_lock);
    return r;
}

void api_setup(struct api_call *c)
{
    struct api_claim asked = {.workspace = SL("")};
    if (!api_text(c, "token", &asked.token) || !api_text(c, "name", &asked.name) ||
        !api_text(c, "password", &asked.password)) {
        return;
    }
    if (!json_in_text(&c->body, "workspace", &asked.workspace) && c->body.err) {
        api_refuse(c, CHAT_INVALID, "workspace", "must be a string");
        return;
    }
    struct store_request *r = api_setup_claim(c, &asked);
    if (r) {
        api_sign_in(c, &r->out.users[0]);
        store_request_free(r);
    }
}
