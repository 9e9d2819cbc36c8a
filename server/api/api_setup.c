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
#define FORM_BYTES_MAX 2048

static bool token_path(const struct api *api, char out[PATH_BYTES_MAX])
{
    return api->options.data_dir &&
           snprintf(out, PATH_BYTES_MAX, "%s/setup-token", api->options.data_dir) < PATH_BYTES_MAX;
}

static bool is_token_text(struct slice s)
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
    if (n < 0 || !is_token_text((struct slice){text, (size_t)n})) {
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

/* Make the account. Refused and NULL, or the request with its user, to be freed. Under setup_lock. */
static struct store_request *claim(struct api_call *c, struct slice token, struct slice given,
                                   struct slice password)
{
    struct ident_name name;
    char hash[PASSWORD_HASH_BYTES_MAX];
    if (!is_token(c->api, token)) {
        api_refuse(c, CHAT_FORBIDDEN, "token",
                   "This is not the set-up token, or it was used already");
        return NULL;
    }
    const char *why = ident_user(given, &name);
    if (why) {
        api_refuse(c, CHAT_INVALID, "name", why);
        return NULL;
    }
    if (!api_hash(c, "password", password, ident_slice(&name), hash)) {
        return NULL;
    }
    struct store_request *r = api_request(c, STORE_USER_CREATE);
    if (!r) {
        return NULL;
    }
    r->account.name = arena_copy(&r->arena, ident_slice(&name));
    r->account.display = arena_copy(&r->arena, given);
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

void api_setup(struct api_call *c)
{
    struct slice token, name, password;
    if (!api_text(c, "token", &token) || !api_text(c, "name", &name) ||
        !api_text(c, "password", &password) || !api_may_try(c, SL("setup"))) {
        return;
    }
    pthread_mutex_lock(&c->api->setup_lock);
    struct store_request *r = claim(c, token, name, password);
    pthread_mutex_unlock(&c->api->setup_lock);
    if (r) {
        api_sign_in(c, &r->out.users[0]);
        store_request_free(r);
    }
}

/* --- a page for it --- */

/* name's value of an urlencoded form, into out. */
static bool form_value(struct slice form, const char *name, char *out, size_t out_bytes)
{
    struct slice wanted = slice_str(name);
    while (form.n > 0) {
        struct slice pair = {form.p, slice_find(form, '&')};
        form = slice_from(form, pair.n < form.n ? pair.n + 1 : pair.n);
        if (!slice_starts_with(pair, wanted) || pair.n <= wanted.n || pair.p[wanted.n] != '=') {
            continue;
        }
        struct slice v = slice_from(pair, wanted.n + 1);
        size_t n = 0;
        for (size_t i = 0; i < v.n; i++) {
            char ch = v.p[i] == '+' ? ' ' : v.p[i];
            if (ch == '%' && v.n - i > 2) {
                int high = OPENSSL_hexchar2int((unsigned char)v.p[i + 1]);
                int low = OPENSSL_hexchar2int((unsigned char)v.p[i + 2]);
                if (high < 0 || low < 0) {
                    return false;
                }
                ch = (char)(high << 4 | low);
                i += 2;
            }
            if (n + 1 >= out_bytes || ch == '\0') {
                return false;
            }
            out[n++] = ch;
        }
        out[n] = '\0';
        return true;
    }
    return false;
}

/* The colours of the chat page's door. It has no file of the site in it: there may be none. */
static const char STYLE[] =
    ":root{color-scheme:light dark;font:15px/22px system-ui,sans-serif}"
    "body{margin:0;padding:24px 16px;background:light-dark(#f4f5f6,#101316);"
    "color:light-dark(#1b1f24,#e7e9ec)}"
    "main{box-sizing:border-box;max-width:380px;margin:8vh auto;padding:32px;"
    "border:1px solid light-dark(#e1e4e8,#2b3037);border-radius:14px;"
    "background:light-dark(#fff,#1d2126)}"
    "h1{margin:0;font-size:24px;line-height:32px}"
    "p{margin:12px 0 0}label{display:block;font-size:13px;font-weight:600}"
    "input,button{box-sizing:border-box;width:100%;height:44px;border-radius:6px;font:inherit}"
    "input{margin-top:6px;padding:0 12px;border:1px solid light-dark(#868d96,#7b838d);"
    "background:light-dark(#fff,#15181c);color:inherit}"
    "button{margin-top:8px;border:0;background:light-dark(#0f766e,#5cc8bb);"
    "color:light-dark(#fff,#05201d);font-weight:600;cursor:pointer}"
    "a{color:light-dark(#0f766e,#5cc8bb)}[role=alert]{color:light-dark(#b42318,#ff9b8f)}"
    "[role=alert]:empty{display:none}"
    ":focus-visible{outline:2px solid light-dark(#0f766e,#5cc8bb);outline-offset:2px}";

static void page(struct api_call *c, const char *body_html)
{
    char nonce[TOKEN_RANDOM_TEXT], text[256];
    token_random(nonce);
    snprintf(text, sizeof text,
             "default-src 'none'; style-src 'nonce-%s'; form-action 'self'; base-uri 'none'; "
             "frame-ancestors 'none'",
             nonce);
    tincan_reply_header(c->r, "Content-Security-Policy", tincan_text(text));
    /* The address has the token in it; under no-referrer a browser would send the form with "Origin: null". */
    tincan_reply_header(c->r, "Referrer-Policy", tincan_text("same-origin"));
    tincan_reply_body(c->r, "text/html; charset=utf-8",
                      tincan_text("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                                  "<meta name=\"viewport\" content=\"width=device-width\">"
                                  "<title>Set up Tincan</title>"));
    snprintf(text, sizeof text, "<style nonce=\"%s\">", nonce);
    tincan_reply_write(c->r, tincan_text(text));
    tincan_reply_write(c->r, tincan_text(STYLE));
    tincan_reply_write(c->r, tincan_text("</style><main><h1>Set up Tincan</h1>"));
    tincan_reply_write(c->r, tincan_text(body_html));
    tincan_reply_write(c->r, tincan_text("</main>"));
}

/* The form; token is of base64url's letters, or empty. */
static void form_page(struct api_call *c, const char *token, const char *complaint)
{
    char html[FORM_BYTES_MAX];
    snprintf(
        html, sizeof html,
        "<p>Make the owner's account. This can be done once.</p>"
        "<p role=\"alert\">%s</p>"
        "<form method=\"post\" action=\"/setup\">"
        "<input type=\"hidden\" name=\"token\" value=\"%s\">"
        "<p><label>Name<input name=\"name\" required maxlength=\"32\" "
        "autocomplete=\"username\" autocapitalize=\"none\"></label></p>"
        "<p><label>Password, at least 10 characters<input name=\"password\" "
        "type=\"password\" required minlength=\"10\" autocomplete=\"new-password\"></label></p>"
        "<p><button>Create the account</button></p></form>",
        complaint, token);
    page(c, html);
}

/* A token as it may be written into the page; "" for anything else. */
static const char *safe_token(const char *text)
{
    return is_token_text(slice_str(text)) ? text : "";
}

void api_setup_page(struct api_call *c)
{
    char token[TOKEN_RANDOM_TEXT] = "";
    tincan_request_query(c->q, "token", token, sizeof token);
    pthread_mutex_lock(&c->api->setup_lock);
    bool wanted = c->api->setup_token[0] != '\0';
    pthread_mutex_unlock(&c->api->setup_lock);
    if (!wanted) {
        page(c, "<p>This server is set up. <a href=\"/\">Open the chat</a></p>");
        return;
    }
    form_page(c, safe_token(token), "");
}

void api_setup_form(struct api_call *c)
{
    struct slice form = {c->q->body.p, c->q->body.n};
    char token[TOKEN_RANDOM_TEXT] = "", name[128] = "", password[CHAT_PASSWORD_BYTES_MAX + 1] = "";
    bool read = form_value(form, "token", token, sizeof token) &&
                form_value(form, "name", name, sizeof name) &&
                form_value(form, "password", password, sizeof password);
    struct store_request *r = NULL;
    if (!api_may_try(c, SL("setup"))) {
        return;
    }
    if (read) {
        pthread_mutex_lock(&c->api->setup_lock);
        r = claim(c, slice_str(token), slice_str(name), slice_str(password));
        pthread_mutex_unlock(&c->api->setup_lock);
    }
    if (!r) {
        form_page(c, safe_token(token),
                  "That did not work: the name needs 2 to 32 letters or digits, the password 10 "
                  "characters that are not easily guessed, and the address must be the one the "
                  "server printed.");
        api_set_status(c, 400);
    } else {
        page(c, "<p>Done. <a href=\"/\">Open the chat</a> and sign in.</p>");
        api_set_status(c, 200);
        store_request_free(r);
    }
    OPENSSL_cleanse(password, sizeof password);
}
