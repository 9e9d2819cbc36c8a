/* Effects, carried out. See page.h. */
#include "page.h"

#include "mem.h"
#include "page_js.h"
#include "upd_kept.h"
#include <string.h>

/* A question on its way, until its answer has become an action. */
struct question {
    struct ask ask;
    enum account_op op;
};

static struct question *question_new(struct ask ask, enum account_op op)
{
    struct question *q = mem_alloc(sizeof *q);
    if (q)
        *q = (struct question){ask, op};
    return q;
}

static void on_answer(void *user, const struct chat_answer *answer)
{
    struct question q = *(struct question *)user;
    mem_free(user);
    page_dispatch((struct action){.type = ACTION_ANSWER, .answer = {q.ask, answer}}, NULL);
}

static void ask(const struct effect *e)
{
    struct question *q = question_new(e->ask, ACCOUNT_GUEST);
    enum err err = q ? chat_client_ask(page.chat, e->event, e->request, on_answer, q) : ERR_NOMEM;
    if (err == ERR_OK)
        return;
    mem_free(q);
    struct chat_answer none = {.result = err, .room = e->ask.room};
    page_dispatch((struct action){.type = ACTION_ANSWER, .answer = {e->ask, &none}}, NULL);
}

static void on_account(void *user, const struct account_answer *answer)
{
    struct question q = *(struct question *)user;
    mem_free(user);
    page_dispatch((struct action){.type = ACTION_ACCOUNT, .account = {q.op, answer}}, NULL);
}

static void account(const struct effect *e)
{
    struct question *q = question_new((struct ask){0}, e->account->op);
    if (q && account_ask(SL(""), e->account, on_account, q))
        return;
    mem_free(q);
    struct account_answer none = {0};
    page_dispatch((struct action){.type = ACTION_ACCOUNT, .account = {e->account->op, &none}},
                  NULL);
}

static void on_http(void *user, unsigned status, struct slice body)
{
    struct question q = *(struct question *)user;
    mem_free(user);
    page_dispatch((struct action){.type = ACTION_HTTP, .http = {q.ask, status, body}}, NULL);
}

static void http(const struct effect *e)
{
    const struct effect_http *h = &e->http;
    struct question *q = question_new(e->ask, ACCOUNT_GUEST);
    struct slice bearer = h->signed_in ? buf_peek(&page.model.session.token) : SL("");
    if (q && account_http(SL(""), h->path, h->post, h->remove, h->json, bearer, on_http, q))
        return;
    mem_free(q);
    page_dispatch((struct action){.type = ACTION_HTTP, .http = {e->ask, 0, SL("")}}, NULL);
}

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void send(const struct effect *e)
{
    const struct room *room = rooms_find(&page.model.rooms, e->id);
    uint32_t at = room ? log_find_key(&room->log, e->key) : 0;
    unsigned char cid[CHAT_CID_HEX / 2];
    char hex[CHAT_CID_HEX];
    if (!room || at == room->log.n)
        return;
    const struct message *msg = room->log.at[at];
    memcpy(hex, msg->cid, sizeof hex);
    for (size_t i = 0; i < sizeof cid; i++)
        cid[i] = (unsigned char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    enum err err = chat_client_send(page.chat, e->id, msg->text, msg->reply_to, cid, NULL);
    if (err == ERR_OK)
        return;
    struct chat_answer why = {.result = err, .room = e->id};
    page_dispatch((struct action){.type = ACTION_SENT,
                                  .sent = {{hex, sizeof hex}, CHAT_SENT_FAILED, e->id, 0, &why}},
                  NULL);
}

static void unsend(const struct effect *e)
{
    char hex[CHAT_CID_HEX];
    if (e->text.n != sizeof hex)
        return;
    memcpy(hex, e->text.p, sizeof hex);
    struct slice cid = {hex, sizeof hex};
    if (chat_client_unsend(page.chat, cid))
        page_dispatch((struct action){.type = ACTION_UNSENT, .text = cid}, NULL);
}

static void save(enum err (*encode)(const struct model *m, struct buf *out), const char *name,
                 bool session)
{
    struct buf text = {.max = MODEL_KEPT_BYTES_MAX + 16};
    if (encode(&page.model, &text) == ERR_OK) {
        page_save(PAGE_STORE_TAB, name, text.p, text.n);
        if (session)
            page_save(PAGE_STORE_SESSION, name, text.p, text.n);
    }
    buf_fini(&text);
}

static void set_address(bool fresh)
{
    struct buf path = {.max = 256};
    size_t n = page_path();
    struct slice now = page_scratch_text(n);
    if (page.model.session.state == SESSION_IN && page.model.open &&
        update_address(&page.model, &path) == ERR_OK && !slice_eq(now, buf_peek(&path))) {
        struct slice hash = slice_from(now, slice_find(now, '#'));
        bool same = slice_starts_with(hash, buf_peek(&path)) && !fresh;
        if (!same)
            page_go(path.p, path.n, !fresh);
    }
    buf_fini(&path);
}

static void copy_link(int64_t seq)
{
    struct buf link = {.max = 4096};
    enum err e = page.host->origin(&link);
    size_t n = page_path();
    struct slice path = page_scratch_text(n);
    path.n = slice_find(path, '#');
    path.n = slice_find(path, '?'); /* nothing of this visit goes into a link for others */
    e = e ? e : buf_put(&link, path);
    e = e ? e : update_address(&page.model, &link);
    e = e ? e : buf_printf(&link, "/%lld", (long long)seq);
    if (e == ERR_OK)
        page_copy(link.p, link.n);
    buf_fini(&link);
}

static void connect_now(void)
{
    if (page.model.conn.state == CONN_CLOSED)
        chat_client_open(page.chat);
    else
        chat_client_retry_now(page.chat);
}

/* The chat client starts afresh: it knows nothing of who was here before. */
static void close_chat(void)
{
    chat_client_free(page.chat);
    page_chat_start();
}

static void save_known(const struct effect *e)
{
    page_save(PAGE_STORE_ALL, "tincan.known", "1", e->on);
    if (e->on)
        page_save(PAGE_STORE_ALL, "tincan.name", e->text.p, e->text.n);
}

static void carry_out_chat(const struct effect *e)
{
    switch (e->type) {
    case EFFECT_OPEN:
        chat_client_open(page.chat);
        break;
    case EFFECT_CLOSE:
        close_chat();
        break;
    case EFFECT_TOKEN:
        chat_client_token(page.chat, buf_peek(&page.model.session.token));
        break;
    case EFFECT_FOLLOW:
        chat_client_follow(page.chat, e->id, e->on);
        break;
    case EFFECT_SEND:
        send(e);
        break;
    case EFFECT_UNSEND:
        unsend(e);
        break;
    case EFFECT_CONNECT_NOW:
        connect_now();
        break;
    case EFFECT_NETWORK:
        chat_client_network(page.chat, e->on);
        break;
    default:
        break;
    }
}

static void carry_out_deed(const struct effect *e)
{
    struct page_deeds *d = &page.deeds;
    switch (e->type) {
    case EFFECT_SHOW_DRAFT:
        d->show_draft = true;
        d->draft_caret = e->id;
        break;
    case EFFECT_FOCUS:
        d->focus = (uint32_t)e->id;
        break;
    case EFFECT_FOCUS_ROW:
        d->focus_row = e->key;
        break;
    case EFFECT_SCROLL_ROW:
        d->scroll_row = e->key;
        break;
    case EFFECT_SCROLL_MARKER:
        d->scroll_marker = true;
        break;
    case EFFECT_GO_HOME:
        d->go_home = true;
        break;
    default:
        carry_out_chat(e);
        break;
    }
}

void page_carry_out(const struct effect *e)
{
    switch (e->type) {
    case EFFECT_ASK:
        ask(e);
        break;
    case EFFECT_HTTP:
        http(e);
        break;
    case EFFECT_ACCOUNT:
        account(e);
        break;
    case EFFECT_SAVE_DRAFTS:
        save(upd_kept_encode_drafts, "tincan.draft", true);
        break;
    case EFFECT_SAVE_OUTBOX:
        save(upd_kept_encode_outbox, "tincan.outbox", false);
        break;
    case EFFECT_SAVE_KNOWN:
        save_known(e);
        break;
    case EFFECT_ADDRESS:
        set_address(e->on);
        break;
    case EFFECT_COPY:
        page_copy(e->text.p, e->text.n);
        break;
    case EFFECT_COPY_LINK:
        copy_link(e->id);
        break;
    case EFFECT_RELOAD:
        page_reload();
        break;
    default:
        carry_out_deed(e);
        break;
    }
}
