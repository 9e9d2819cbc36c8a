/* Effects, carried out. See page.h. */
#include "page.h"

#include "mem.h"
#include "page_js.h"
#include "upd_cache.h"
#include "upd_emoji.h"
#include "upd_kept.h"
#include "view_number.h"

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

static void set_address(const struct effect *e)
{
    bool fresh = e->on;
    struct buf path = {.max = 256};
    size_t n = page_path();
    struct slice now = page_scratch_text(n);
    if (page.model.open && update_address(&page.model, &path) == ERR_OK) {
        struct slice hash = slice_from(now, slice_find(now, '#'));
        struct slice behind = slice_from(hash, path.n < hash.n ? path.n : hash.n);
        bool same = slice_starts_with(hash, buf_peek(&path)) &&
                    (behind.n == 0 || (!fresh && behind.p[0] == '/')); /* perhaps a message of it */
        struct slice to = same ? now : buf_peek(&path);
        if (!same || e->number != page_entry())
            page_go(to.p, to.n, !fresh, (uint32_t)e->number);
    }
    buf_fini(&path);
}

static void file_text(const struct effect *e)
{
    const struct room *room = model_open(&page.model);
    struct slice text = room ? buf_peek(&room->draft.text) : SL("");
    page_file_text(page_utf16(text, (size_t)e->id),
                   e->key ? page_utf16(text, (size_t)e->key) : INT32_MAX, e->text.p, e->text.n);
}

static void put_file(const struct effect *e)
{
    struct buf path = {.max = 128};
    struct slice bearer = buf_peek(&page.model.session.token);
    if (buf_put(&path, SL("/api/v1/files/")) == ERR_OK &&
        buf_put_u64(&path, (unsigned long long)e->number) == ERR_OK &&
        buf_put(&path, SL("?offset=")) == ERR_OK && buf_put_u64(&path, e->key) == ERR_OK)
        page_file_put((uint32_t)e->id, (double)e->key, e->count, path.p, path.n, bearer.p,
                      bearer.n);
    buf_fini(&path);
}

static void put_picture(const struct effect *e)
{
    const struct crop *crop = &page.model.dialog.crop;
    static const struct slice path = {"/api/v1/me/avatar", 17};
    struct slice bearer = buf_peek(&page.model.session.token);
    page_picture_put((uint32_t)e->id, crop->x, crop->y, crop->side, CHAT_AVATAR_SIDE_MAX, path.p,
                     path.n, bearer.p, bearer.n);
}

static void zone(const struct effect *e)
{
    struct action_zone told = {.id = e->id};
    int offset_min = e->text.n ? page_zone_offset_min(e->text.p, e->text.n) : PAGE_ZONE_NONE;
    told.known = offset_min != PAGE_ZONE_NONE;
    told.offset_min = offset_min;
    if (!e->text.n)
        told.name = page_scratch_text(page_zone());
    page_dispatch((struct action){.type = ACTION_ZONE, .zone = told}, NULL);
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
    e = e ? e : buf_putc(&link, '/');
    e = e ? e : buf_put_u64(&link, (unsigned long long)seq);
    if (e == ERR_OK)
        page_copy(link.p, link.n);
    buf_fini(&link);
}

static void save_settings(void)
{
    struct buf json = {.max = 1024};
    if (settings_encode(&page.model.settings, &json) == ERR_OK)
        page_save(PAGE_STORE_ALL, "tincan.settings", json.p, json.n);
    buf_fini(&json);
}

static void notice(const struct effect *e)
{
    struct view_number tag;
    struct slice id = view_number((uint64_t)e->id, &tag);
    if (e->type == EFFECT_NOTICE_CLOSE)
        page_notice_close(id.p, id.n);
    else if (page_leads() && page_notices() == NOTIFY_MAY)
        page_notice(id.p, id.n, e->title.p, e->title.n, e->text.p, e->text.n);
}

static void save_cache(bool on)
{
    struct buf json = {.max = CACHE_BYTES_MAX};
    if (!on || upd_cache_encode(&page.model, &json) == ERR_OK)
        page_cache_save(json.p, json.n);
    buf_fini(&json);
}

static void tell(const struct effect *e)
{
    struct buf text = {.max = 64};
    if (buf_put(&text, e->text) == ERR_OK && buf_putc(&text, ' ') == ERR_OK &&
        buf_put_u64(&text, (uint64_t)e->id) == ERR_OK)
        page_tell(text.p, text.n);
    buf_fini(&text);
}

/* Out of this page's window. */
static bool carry_out_outside(const struct effect *e)
{
    switch (e->type) {
    case EFFECT_NOTICE:
    case EFFECT_NOTICE_CLOSE:
        notice(e);
        return true;
    case EFFECT_NOTICE_ASK:
        page_notices_ask();
        return true;
    case EFFECT_BADGE:
        page_badge((int)e->id, (uint32_t)e->key);
        return true;
    case EFFECT_TELL:
        tell(e);
        return true;
    case EFFECT_CACHE:
        save_cache(e->on);
        return true;
    case EFFECT_CACHE_LOAD:
        page_cache_load();
        return true;
    case EFFECT_LOOK_FOR_UPDATE:
        page_look_for_update();
        return true;
    case EFFECT_SAVE_LEAVING:
        page_save(PAGE_STORE_ALL, "tincan.leaving", "1", e->on);
        return true;
    case EFFECT_SAVE_DECLINED:
        page_save(PAGE_STORE_ALL, "tincan.declined", "1", 1);
        return true;
    default:
        return false;
    }
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
        *(e->on ? &d->refocus : &d->focus) = (uint32_t)e->id;
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
        if (!carry_out_outside(e))
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
    case EFFECT_SAVE_SETTINGS:
        save_settings();
        break;
    case EFFECT_SAVE_EMOJI:
        save_emoji();
        break;
    case EFFECT_SAVE_KNOWN:
        save_known(e);
        break;
    case EFFECT_ADDRESS:
        set_address(e);
        break;
    case EFFECT_BACK:
        if (page_entry() == e->number) /* else it was refused, and what is behind is not ours */
            page_back(e->count);
        break;
    case EFFECT_FILE_PICK:
        page_file_pick(e->on);
        break;
    case EFFECT_FILE_TEXT:
        file_text(e);
        break;
    case EFFECT_FILE_PUT:
        put_file(e);
        break;
    case EFFECT_PICTURE_LOAD:
        page_picture_load((uint32_t)e->id);
        break;
    case EFFECT_PICTURE_PUT:
        put_picture(e);
        break;
    case EFFECT_FILE_DROP:
        page_file_drop((uint32_t)e->id);
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
    case EFFECT_STAY:
        page_stay(e->on);
        break;
    case EFFECT_ZONE:
        zone(e);
        break;
    default:
        carry_out_deed(e);
        break;
    }
}
