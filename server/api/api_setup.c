/* The first start: whoever holds the token that the server printed makes the owner's account, once. The token lies in the data folder,
 * for the owner's eyes only, so that a restart prints the same. */
#include "api_call.h"

#include "chat_text.h"
#include "ident.h"
#include "log.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096
#define FORM_BYTES_MAX 4096

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

struct claim {
    struct slice token, name, password;
    struct slice workspace; /* may be empty */
};

/* Make the account. Refused and NULL, or the request with its user, to be freed. Under setup_lock. */
static struct store_request *claim(struct api_call *c, const struct claim *asked)
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

void api_setup(struct api_call *c)
{
    struct claim asked = {.workspace = SL("")};
    if (!api_text(c, "token", &asked.token) || !api_text(c, "name", &asked.name) ||
        !api_text(c, "password", &asked.password)) {
        return;
    }
    if (!json_in_text(&c->body, "workspace", &asked.workspace) && c->body.err) {
        api_refuse(c, CHAT_INVALID, "workspace", "must be a string");
        return;
    }
    if (!api_may_try(c, SL("setup"))) {
        return;
    }
    pthread_mutex_lock(&c->api->setup_lock);
    struct store_request *r = claim(c, &asked);
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

/* What the page says, in the languages of the chat. */
struct says {
    const char *code, *dir, *title, *lead, *workspace, *name, *password, *submit, *refused, *done,
        *is_set_up, *open, *other, *other_name;
};
static const struct says ENGLISH = {
    .code = "en",
    .dir = "ltr",
    .title = "Set up Tincan",
    .lead = "Make the owner's account. This can be done once.",
    .workspace = "What this chat is called, if you like",
    .name = "Your name",
    .password = "Password, at least 10 characters",
    .submit = "Create the account",
    .refused = "That did not work: the name needs 2 to 32 letters or digits, the password 10 "
               "characters that are not easily guessed, and the address must be the one the "
               "server printed.",
    .done = "Done. You can sign in now.",
    .is_set_up = "This server is set up.",
    .open = "Open the chat",
    .other = "ar",
    .other_name = "العربية",
};
static const struct says ARABIC = {
    .code = "ar",
    .dir = "rtl",
    .title = "إعداد Tincan",
    .lead = "أنشئ حساب المالك. يمكن ذلك مرة واحدة فقط.",
    .workspace = "اسم هذه الدردشة، إن شئت",
    .name = "اسمك",
    .password = "كلمة السر، 10 أحرف على الأقل",
    .submit = "أنشئ الحساب",
    .refused =
        "لم ينجح ذلك: يحتاج الاسم إلى ما بين 2 و32 حرفا لاتينيا أو رقما، وكلمة السر إلى 10 أحرف "
        "لا يسهل تخمينها، ويجب أن يكون العنوان هو الذي طبعه الخادم.",
    .done = "تم. يمكنك تسجيل الدخول الآن.",
    .is_set_up = "تم إعداد هذا الخادم.",
    .open = "افتح الدردشة",
    .other = "en",
    .other_name = "English",
};

static const struct says *says_of(struct slice language)
{
    return slice_starts_with(language, SL("ar"))   ? &ARABIC
           : slice_starts_with(language, SL("en")) ? &ENGLISH
                                                   : NULL;
}

/* In the language that was chosen (lang may be ""), else in the first of the browser's that there is. */
static const struct says *choose(const struct api_call *c, const char *lang)
{
    const struct says *says = says_of(slice_str(lang));
    struct slice rest = api_header(c, "Accept-Language");
    while (!says && rest.n > 0) {
        while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == ',')) {
            rest = slice_from(rest, 1);
        }
        says = says_of(rest);
        rest = slice_from(rest, slice_find(rest, ','));
    }
    return says ? says : &ENGLISH;
}

static void page(struct api_call *c, const struct says *says, const char *body_html)
{
    char nonce[TOKEN_RANDOM_TEXT], text[512];
    token_random(nonce);
    snprintf(text, sizeof text,
             "default-src 'none'; style-src 'nonce-%s'; form-action 'self'; base-uri 'none'; "
             "frame-ancestors 'none'",
             nonce);
    tincan_reply_header(c->r, "Content-Security-Policy", tincan_text(text));
    /* The address has the token in it; under no-referrer a browser would send the form with "Origin: null". */
    tincan_reply_header(c->r, "Referrer-Policy", tincan_text("same-origin"));
    tincan_reply_header(c->r, "Vary", tincan_text("Accept-Language"));
    snprintf(text, sizeof text,
             "<!doctype html><html lang=\"%s\" dir=\"%s\"><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width\"><title>%s</title>"
             "<style nonce=\"%s\">",
             says->code, says->dir, says->title, nonce);
    tincan_reply_body(c->r, "text/html; charset=utf-8", tincan_text(text));
    tincan_reply_write(c->r, tincan_text(STYLE));
    snprintf(text, sizeof text, "</style><main><h1>%s</h1>", says->title);
    tincan_reply_write(c->r, tincan_text(text));
    tincan_reply_write(c->r, tincan_text(body_html));
    tincan_reply_write(c->r, tincan_text("</main>"));
}

/* The form; token is of base64url's letters, or empty. */
static void form_page(struct api_call *c, const struct says *says, const char *token,
                      const char *complaint)
{
    char html[FORM_BYTES_MAX];
    snprintf(html, sizeof html,
             "<p>%s</p><p role=\"alert\">%s</p>"
             "<form method=\"post\" action=\"/setup\">"
             "<input type=\"hidden\" name=\"token\" value=\"%s\">"
             "<input type=\"hidden\" name=\"lang\" value=\"%s\">"
             "<p><label>%s<input name=\"workspace\" maxlength=\"%d\" dir=\"auto\" "
             "autocomplete=\"organization\"></label></p>"
             "<p><label>%s<input name=\"name\" required maxlength=\"32\" dir=\"ltr\" "
             "autocomplete=\"username\" autocapitalize=\"none\"></label></p>"
             "<p><label>%s<input name=\"password\" type=\"password\" required minlength=\"10\" "
             "autocomplete=\"new-password\"></label></p>"
             "<p><button>%s</button></p></form>"
             "<p><a href=\"/setup?token=%s&amp;lang=%s\" lang=\"%s\" hreflang=\"%s\">%s</a></p>",
             says->lead, complaint, token, says->code, says->workspace, CHAT_DISPLAY_CHARS_MAX,
             says->name, says->password, says->submit, token, says->other, says->other, says->other,
             says->other_name);
    page(c, says, html);
}

/* It is done, and where to go from there. */
static void last_page(struct api_call *c, const struct says *says, const char *text)
{
    char html[FORM_BYTES_MAX];
    snprintf(html, sizeof html, "<p>%s <a href=\"/\">%s</a></p>", text, says->open);
    page(c, says, html);
}

/* A token as it may be written into the page; "" for anything else. */
static const char *safe_token(const char *text)
{
    return is_token_text(slice_str(text)) ? text : "";
}

void api_setup_page(struct api_call *c)
{
    char token[TOKEN_RANDOM_TEXT] = "", lang[8] = "";
    tincan_request_query(c->q, "token", token, sizeof token);
    tincan_request_query(c->q, "lang", lang, sizeof lang);
    const struct says *says = choose(c, lang);
    pthread_mutex_lock(&c->api->setup_lock);
    bool wanted = c->api->setup_token[0] != '\0';
    pthread_mutex_unlock(&c->api->setup_lock);
    if (wanted) {
        form_page(c, says, safe_token(token), "");
    } else {
        last_page(c, says, says->is_set_up);
    }
}

void api_setup_form(struct api_call *c)
{
    struct slice form = {c->q->body.p, c->q->body.n};
    char token[TOKEN_RANDOM_TEXT] = "", name[128] = "", password[CHAT_PASSWORD_BYTES_MAX + 1] = "";
    char workspace[CHAT_DISPLAY_CHARS_MAX * 4 + 1] = "", lang[8] = "";
    bool read = form_value(form, "token", token, sizeof token) &&
                form_value(form, "name", name, sizeof name) &&
                form_value(form, "password", password, sizeof password);
    read = (form_value(form, "workspace", workspace, sizeof workspace) || !workspace[0]) && read;
    (void)form_value(form, "lang", lang, sizeof lang);
    const struct says *says = choose(c, lang);
    struct store_request *r = NULL;
    if (!api_may_try(c, SL("setup"))) {
        return;
    }
    c->is_page = true;
    if (read) {
        struct claim asked = {slice_str(token), slice_str(name), slice_str(password),
                              slice_str(workspace)};
        if (utf8_valid(asked.workspace) && chat_text_is_blank(asked.workspace)) {
            asked.workspace = SL("");
        }
        pthread_mutex_lock(&c->api->setup_lock);
        r = claim(c, &asked);
        pthread_mutex_unlock(&c->api->setup_lock);
    }
    if (!r) {
        form_page(c, says, safe_token(token), says->refused);
        api_set_status(c, 400);
    } else {
        last_page(c, says, says->done);
        api_set_status(c, 200);
        store_request_free(r);
    }
    OPENSSL_cleanse(password, sizeof password);
}
