/* The page of the first start: a form for the owner's account that needs no script. What is refused is said at the field it is about, and
 * what was typed stands there again, but for the password. */
#include "api_call.h"

#include "chat_text.h"
#include "html.h"
#include "query.h"
#include "utf8.h"

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
    "input{margin-top:6px;padding:0 12px;font-size:15px;font-weight:400;border:1px solid "
    "light-dark(#868d96,#7b838d);"
    "background:light-dark(#fff,#15181c);color:inherit}"
    "button{margin-top:8px;border:0;background:light-dark(#0f766e,#5cc8bb);"
    "color:light-dark(#fff,#05201d);font-weight:600;cursor:pointer}"
    "a{color:light-dark(#0f766e,#5cc8bb)}[role=alert]{color:light-dark(#b42318,#ff9b8f)}"
    "[aria-invalid]{border-color:light-dark(#b42318,#ff9b8f)}"
    ":focus-visible{outline:2px solid light-dark(#0f766e,#5cc8bb);outline-offset:2px}";

/* What the page says, in the languages of the chat. */
struct says {
    const char *code, *dir, *title, *lead, *workspace, *name, *password, *submit, *done, *is_set_up,
        *open, *other, *other_name;
    /* What was refused. The seconds stand behind too_many. */
    const char *bad_workspace, *bad_name, *taken, *bad_password, *bad_token, *foreign, *too_many,
        *busy, *away, *full, *failed;
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
    .done = "Done. You can sign in now.",
    .is_set_up = "This server is set up.",
    .open = "Open the chat",
    .other = "ar",
    .other_name = "العربية",
    .bad_workspace = "A chat is called by one line of up to 64 characters. You can leave it empty.",
    .bad_name = "A name has 2 to 32 of the letters a to z, digits, dots, hyphens and underscores, "
                "and begins and ends with a letter or digit.",
    .taken = "This name is taken. Choose another one.",
    .bad_password = "Use another password: at least 10 characters, not easy to guess, and without "
                    "your name in it.",
    .bad_token = "This is not the address that the server has printed. Open that one.",
    .foreign = "This form was sent from another page. Open the address that the server has "
               "printed.",
    .too_many = "Too many tries. How many seconds to wait before the next one: ",
    .busy = "The server is busy. Type the password again and try once more.",
    .away = "The server cannot reach its storage. Type the password again and try once more in a "
            "moment.",
    .full = "The server's storage is full. Make room there, then try again.",
    .failed = "The server failed at this. Type the password again and try once more.",
};
static const struct says ARABIC = {
    .code = "ar",
    .dir = "rtl",
    .title = "إعداد Tincan",
    .lead = "أنشئ حساب المالك. يمكن ذلك مرة واحدة فقط.",
    .workspace = "اسم هذه الدردشة، إن شئت",
    .name = "اسمك",
    .password = "كلمة المرور، 10 أحرف على الأقل",
    .submit = "أنشئ الحساب",
    .done = "تم. يمكنك تسجيل الدخول الآن.",
    .is_set_up = "تم إعداد هذا الخادم.",
    .open = "افتح الدردشة",
    .other = "en",
    .other_name = "English",
    .bad_workspace = "اسم الدردشة سطر واحد من 64 رمزًا على الأكثر. ويمكن تركه فارغًا.",
    .bad_name = "للاسم 2 إلى 32 من الحروف a إلى z والأرقام والنقاط والواصلات والشرطات السفلية، "
                "ويبدأ وينتهي بحرف أو رقم.",
    .taken = "هذا الاسم مأخوذ. اختر اسمًا آخر.",
    .bad_password = "استخدم كلمة مرور أخرى: 10 أحرف على الأقل، لا يسهل تخمينها، وليس فيها اسمك.",
    .bad_token = "ليس هذا العنوان الذي طبعه الخادم. افتح ذلك العنوان.",
    .foreign = "أُرسل هذا النموذج من صفحة أخرى. افتح العنوان الذي طبعه الخادم.",
    .too_many = "جرت محاولات كثيرة. ما بقي من الثواني حتى المحاولة التالية: ",
    .busy = "الخادم مشغول. اكتب كلمة المرور وحاول مرة أخرى.",
    .away = "لا يصل الخادم إلى مخزنه. اكتب كلمة المرور وحاول مرة أخرى بعد قليل.",
    .full = "مخزن الخادم ممتلئ. أفسح مكانًا فيه ثم حاول مرة أخرى.",
    .failed = "أخفق الخادم في هذا. اكتب كلمة المرور وحاول مرة أخرى.",
};

static const struct says *says_of(struct slice language)
{
    return slice_starts_with(language, SL("ar"))   ? &ARABIC
           : slice_starts_with(language, SL("en")) ? &ENGLISH
                                                   : NULL;
}

/* In the language that was chosen (lang may be empty), else in the first of the browser's that there is. */
static const struct says *choose(const struct api_call *c, struct slice lang)
{
    const struct says *says = says_of(lang);
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

/* What was sent: a form, or the address of the page, which says no more than which token and language. */
struct form {
    const struct says *says;
    struct slice token, workspace, name, password;
};

/* Empty when it is not there, or broken: then it is refused like an empty one. */
static struct slice value(struct api_call *c, struct slice of, const char *name)
{
    struct buf text = {.max = of.n};
    bool good = of.n > 0 && query_get(of, slice_str(name), &text) == ERR_OK;
    struct slice copy = good ? arena_copy(&c->arena, buf_peek(&text)) : SL("");
    buf_fini(&text);
    return copy.p ? copy : SL("");
}

static struct form read_form(struct api_call *c)
{
    struct slice body = {c->q->body.p, c->q->body.n};
    bool sent = slice_eq(c->method, SL("POST"));
    struct slice of = sent ? body : (struct slice){c->q->query.p, c->q->query.n};
    struct form f = {.says = choose(c, value(c, of, "lang")), .token = value(c, of, "token")};
    if (!api_setup_is_token(f.token)) {
        f.token = SL("");
    }
    if (sent) {
        f.workspace = value(c, of, "workspace");
        f.name = value(c, of, "name");
        f.password = value(c, of, "password");
    }
    return f;
}

/* --- the page --- */

static enum err put_head(struct buf *b, const struct says *says, const char *nonce)
{
    return buf_printf(b,
                      "<!doctype html><html lang=\"%s\" dir=\"%s\"><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width\"><title>%s</title>"
                      "<style nonce=\"%s\">%s</style><main><h1>%s</h1>",
                      says->code, says->dir, says->title, nonce, STYLE, says->title);
}

/* A page whose body fn appends. */
static void page(struct api_call *c, const struct form *f,
                 enum err (*fn)(struct buf *b, const struct api_call *c, const struct form *f))
{
    char nonce[TOKEN_RANDOM_TEXT], text[512];
    struct buf b = {.max = API_BODY_MAX};
    token_random(nonce);
    snprintf(text, sizeof text,
             "default-src 'none'; style-src 'nonce-%s'; form-action 'self'; base-uri 'none'; "
             "frame-ancestors 'none'",
             nonce);
    enum err e = put_head(&b, f->says, nonce);
    e = e ? e : fn(&b, c, f);
    e = e ? e : buf_put(&b, SL("</main>"));
    if (e != ERR_OK) {
        buf_reset(&b);
        api_set_status(c, 500);
    }
    tincan_reply_header(c->r, "Content-Security-Policy", tincan_text(text));
    /* The address has the token in it; under no-referrer a browser would send the form with "Origin: null". */
    tincan_reply_header(c->r, "Referrer-Policy", tincan_text("same-origin"));
    tincan_reply_header(c->r, "Vary", tincan_text("Accept-Language"));
    tincan_reply_body(c->r, "text/html; charset=utf-8", (struct tincan_slice){b.p, b.n});
    buf_fini(&b);
}

/* What of the form was refused; FIELDS_N: nothing, or not for what it says. */
enum field { WORKSPACE, NAME, PASSWORD, FIELDS_N };

static const struct {
    const char *name, *attributes;
} FIELDS[FIELDS_N] = {
    [WORKSPACE] = {"workspace", "maxlength=\"64\" dir=\"auto\" autocomplete=\"organization\""},
    [NAME] = {"name", "required maxlength=\"32\" dir=\"ltr\" autocomplete=\"username\" "
                      "autocapitalize=\"none\""},
    [PASSWORD] = {"password", "type=\"password\" required minlength=\"10\" "
                              "autocomplete=\"new-password\""},
};
_Static_assert(CHAT_DISPLAY_CHARS_MAX == 64 && CHAT_NAME_CHARS_MAX == 32, "as the page says");

static enum field wrong_field(const struct chat_refusal *r)
{
    enum field f = r->error == CHAT_INVALID || r->error == CHAT_TAKEN ? WORKSPACE : FIELDS_N;
    while (f < FIELDS_N &&
           !(r->field && slice_eq(slice_str(r->field), slice_str(FIELDS[f].name)))) {
        f++;
    }
    return f;
}

static bool is_of_token(const struct chat_refusal *r)
{
    return r->error == CHAT_FORBIDDEN && r->field && slice_eq(slice_str(r->field), SL("token"));
}

static const char *why(const struct says *says, const struct chat_refusal *r)
{
    switch (wrong_field(r)) {
    case WORKSPACE:
        return says->bad_workspace;
    case NAME:
        return r->error == CHAT_TAKEN ? says->taken : says->bad_name;
    case PASSWORD:
        return says->bad_password;
    case FIELDS_N:
        break;
    }
    switch (r->error) {
    case CHAT_FORBIDDEN:
        return is_of_token(r) ? says->bad_token : says->foreign;
    case CHAT_RATE:
        return says->too_many;
    case CHAT_BUSY:
        return says->busy;
    case CHAT_UNAVAILABLE:
        return says->away;
    case CHAT_FULL:
        return says->full;
    default:
        return says->failed;
    }
}

static enum err put_why(struct buf *b, const struct api_call *c, const struct form *f)
{
    const struct chat_refusal *r = &c->refused;
    enum err e = buf_printf(b, "<p id=\"why\" role=\"alert\">%s", why(f->says, r));
    if (r->error == CHAT_RATE) {
        e = e ? e : buf_printf(b, "%u", r->retry_after_ms / 1000 + 1);
    }
    return e ? e : buf_put(b, SL("</p>"));
}

static enum err put_field(struct buf *b, const struct api_call *c, const struct form *f,
                          enum field which, const char *label, struct slice text)
{
    enum field wrong = wrong_field(&c->refused);
    /* Where one goes on: a form that is refused as a whole lacks the password only. */
    bool next = c->refused.error && (wrong < FIELDS_N ? wrong : PASSWORD) == which;
    enum err e =
        buf_printf(b, "<p><label>%s<input name=\"%s\" %s%s%s", label, FIELDS[which].name,
                   FIELDS[which].attributes, wrong == which ? " aria-invalid=\"true\"" : "",
                   next ? " aria-describedby=\"why\" autofocus" : "");
    if (which != PASSWORD) {
        e = e ? e : buf_put(b, SL(" value=\""));
        e = e ? e : html_put(b, text);
        e = e ? e : buf_put(b, SL("\""));
    }
    e = e ? e : buf_put(b, SL("></label></p>"));
    return e || wrong != which ? e : put_why(b, c, f);
}

static enum err put_form(struct buf *b, const struct api_call *c, const struct form *f)
{
    const struct says *says = f->says;
    enum err e = buf_printf(b, "<p>%s</p>", says->lead);
    if (c->refused.error && wrong_field(&c->refused) == FIELDS_N) {
        e = e ? e : put_why(b, c, f);
    }
    e = e ? e
          : buf_printf(b,
                       "<form method=\"post\" action=\"/setup\">"
                       "<input type=\"hidden\" name=\"token\" value=\"%.*s\">"
                       "<input type=\"hidden\" name=\"lang\" value=\"%s\">",
                       SL_ARG(f->token), says->code);
    e = e ? e : put_field(b, c, f, WORKSPACE, says->workspace, f->workspace);
    e = e ? e : put_field(b, c, f, NAME, says->name, f->name);
    e = e ? e : put_field(b, c, f, PASSWORD, says->password, SL(""));
    return e ? e
             : buf_printf(b,
                          "<p><button>%s</button></p></form><p><a href=\"/setup?token=%.*s&amp;"
                          "lang=%s\" lang=\"%s\" hreflang=\"%s\">%s</a></p>",
                          says->submit, SL_ARG(f->token), says->other, says->other, says->other,
                          says->other_name);
}

/* It is done, and where to go from there. */
static enum err put_last(struct buf *b, const struct api_call *c, const struct form *f)
{
    const char *text =
        c->status == 200 && slice_eq(c->method, SL("POST")) ? f->says->done : f->says->is_set_up;
    return buf_printf(b, "<p>%s <a href=\"/\">%s</a></p>", text, f->says->open);
}

/* --- what is asked --- */

static void refused(struct api_call *c, const struct form *f)
{
    bool of_token = is_of_token(&c->refused);
    if (of_token && !api_setup_wanted(c->api)) { /* sent twice, or somebody was faster */
        page(c, f, put_last);
    } else if (c->refused.error == CHAT_FORBIDDEN && !of_token) {
        page(c, f, put_why); /* of another page's making: nothing of it is shown */
    } else {
        page(c, f, put_form);
    }
}

void api_setup_refused(struct api_call *c)
{
    const struct form f = read_form(c);
    refused(c, &f);
}

void api_setup_page(struct api_call *c)
{
    const struct form f = read_form(c);
    page(c, &f, api_setup_wanted(c->api) ? put_form : put_last);
}

void api_setup_form(struct api_call *c)
{
    const struct form f = read_form(c);
    struct api_claim asked = {f.token, f.name, f.password, f.workspace};
    if (utf8_valid(asked.workspace) && chat_text_is_blank(asked.workspace)) {
        asked.workspace = SL("");
    }
    struct store_request *r = api_setup_claim(c, &asked);
    if (r) {
        page(c, &f, put_last);
        store_request_free(r);
    } else {
        refused(c, &f);
    }
}
