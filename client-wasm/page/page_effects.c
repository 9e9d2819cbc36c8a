/* Effects, carried out. See page.h. */
#include "page.h"

#include "mem.h"
#include "page_js.h"
#include "upd_emoji.h"
#include "upd_kept.h"

/* Which was asked, until its answer has become an action. */
struct asked {
    enum account_op op;
};

static void on_account(void *user, const struct account_answer *answer)
{
    struct asked a = *(struct asked *)user;
    mem_free(user);
    page_dispatch((struct action){.type = ACTION_ACCOUNT, .account = {a.op, answer}}, NULL);
}

static void account(const struct effect *e)
{
    struct asked *a = mem_alloc(sizeof *a);
    if (a)
        a->op = e->account->op;
    if (a && account_ask(SL(""), e->account, on_account, a))
        return;
    mem_free(a);
    struct account_answer none = {0};
    page_dispatch((struct action){.type = ACTION_ACCOUNT, .account = {e->account->op, &none}},
                  NULL);
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

static void save_known(const struct effect *e)
{
    page_save(PAGE_STORE_ALL, "tincan.known", "1", e->on);
    if (e->on)
        page_save(PAGE_STORE_ALL, "tincan.name", e->text.p, e->text.n);
}

static void save_emoji(void)
{
    struct buf text = {.max = 4096};
    if (upd_emoji_encode(&page.model, &text) == ERR_OK)
        page_save(PAGE_STORE_ALL, "tincan.emoji", text.p, text.n);
    buf_fini(&text);
}

static void carry_out_deed(const struct effect *e)
{
    struct page_deeds *d = &page.deeds;
    switch (e->type) {
    case EFFECT_SHOW_DRAFT:
        d->show_draft = true;
        d->draft_caret = e->id;
        d->draft_to = e->key;
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
        carry_out(&page.carry, e);
        break;
    }
}

void page_carry_out(const struct effect *e)
{
    switch (e->type) {
    case EFFECT_ACCOUNT:
        account(e);
        break;
    case EFFECT_SAVE_DRAFTS:
        save(upd_kept_encode_drafts, "tincan.draft", true);
        break;
    case EFFECT_SAVE_OUTBOX:
        save(upd_kept_encode_outbox, "tincan.outbox", false);
        break;
    case EFFECT_SAVE_EMOJI:
        save_emoji();
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
