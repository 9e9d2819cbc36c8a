/* From the model to one batch of operations. See page.h. */
#include "page.h"

#include "page_js.h"
#include "utf16.h"
#include "view.h"

#include <emscripten/html5.h>
#include <string.h>

/* So much is drawn ahead of a frame: a burst costs a bounded part of each. Messages do not stand behind the rest. A frame is asked for
 * when that is used up; until then a while counts as one, for frames that nobody needs cost more than drawing. */
#define FRAME_MS     16
#define AHEAD_MS_MAX 4

static const unsigned ahead_n_max[PAGE_HASTES_N] = {[PAGE_MESSAGE] = 3, [PAGE_OTHER] = 1};

static uint64_t first_key(const struct room *room)
{
    return room && room->window.first < room->log.n ? room->log.at[room->window.first]->key : 0;
}

uint32_t page_utf16(struct slice text, size_t n)
{
    if (n < text.n)
        text.n = n;
    return (uint32_t)utf16_length(text);
}

static void show_draft(void)
{
    const struct room *room = model_open(&page.model);
    struct slice text = room ? buf_peek(&room->draft.text) : SL("");
    size_t caret = page.deeds.draft_caret < 0 ? text.n : (size_t)page.deeds.draft_caret;
    uint32_t units = page_utf16(text, caret);
    uint32_t to = page.deeds.draft_to ? page_utf16(text, (size_t)page.deeds.draft_to) : units;
    domop_deed(&page.ops, DOM_NODE_INPUT, DOM_SLOT_SELF,
               &(struct dom_deed){.op = DOM_OP_VALUE, .texts = {text}, .numbers = {units, to}});
}

static void scroll_to(uint32_t handle, uint32_t how)
{
    if (handle)
        domop_deed(&page.ops, handle, DOM_SLOT_SELF,
                   &(struct dom_deed){.op = DOM_OP_SCROLL_TO, .numbers = {how}});
}

static void focus(uint32_t handle, enum dom_slot slot)
{
    if (handle)
        domop_deed(&page.ops, handle, slot, &(struct dom_deed){.op = DOM_OP_FOCUS});
}

/* What stands behind the changes of the tree. */
static void do_deeds(void)
{
    const struct page_deeds *d = &page.deeds;
    uint32_t row;
    if (d->go_home)
        domop_top(&page.ops, DOM_NODE_SCROLLER);
    if (d->scroll_marker)
        scroll_to(vdiff_find(&page.vdiff, DOM_TEMPLATE_NEW, 1), 1);
    if (d->scroll_row)
        scroll_to(vdiff_find(&page.vdiff, DOM_TEMPLATE_ROW, d->scroll_row), 0);
    row = d->focus_row ? vdiff_find(&page.vdiff, DOM_TEMPLATE_ROW, d->focus_row) : 0;
    scroll_to(row, 2);
    focus(row, DOM_SLOT_ARTICLE);
    focus(d->focus, DOM_SLOT_SELF);
    page.deeds = (struct page_deeds){0};
}

/* Keep the reader's place, also while following, when rows above go: he may be on his way up. */
static void anchor(const struct room *room, bool following)
{
    bool same_room = page.room_shown == page.model.open;
    if (same_room && (!following || first_key(room) != page.first_shown))
        domop_anchor(&page.ops, DOM_NODE_SCROLLER);
}

/* Draw the model now. Without memory nothing changes, and the next frame tries again. True when there was anything to draw. */
static bool draw(void)
{
    const struct room *room = model_open(&page.model);
    bool following = !room || room->window.following;
    page.dirty = false;
    domop_reset(&page.ops);
    anchor(room, following);
    if (page.deeds.refocus)
        domop_deed(&page.ops, page.deeds.refocus, DOM_SLOT_SELF,
                   &(struct dom_deed){.op = DOM_OP_REFOCUS});
    view(&page.model, vdiff_begin(&page.vdiff));
    size_t before_n = page.ops.words.n;
    if (vdiff_commit(&page.vdiff, &page.ops) != ERR_OK) {
        page.dirty = true;
        return true;
    }
    size_t changes_n = page.ops.words.n;
    struct page_deeds deeds = page.deeds;
    if (page.deeds.show_draft)
        show_draft();
    if (following != page.following_shown || page.room_shown != page.model.open)
        domop_stick(&page.ops, DOM_NODE_SCROLLER, following);
    do_deeds();
    page.first_shown = first_key(room);
    if (page.ops.failed) {
        page.ops.words.n = changes_n; /* all that has another try */
        page.deeds = deeds;
        page.dirty = true;
    } else {
        page.room_shown = page.model.open;
        page.following_shown = following;
    }
    if (page.ops.words.n == before_n)
        return page.dirty;
    struct slice batch = buf_peek(&page.ops.words);
    dom_apply(batch.p, batch.n / sizeof(uint32_t));
    return true;
}

static void ask_frame(void)
{
    if (!page.frame_asked)
        dom_request_frame();
    page.frame_asked = true;
}

void page_request_draw(enum page_haste haste)
{
    struct page_ahead *ahead = &page.ahead[haste];
    double now_ms = emscripten_performance_now();
    page.dirty = true;
    if (!page.frame_asked && now_ms - ahead->since_ms >= FRAME_MS)
        *ahead = (struct page_ahead){.since_ms = now_ms};
    if (haste == PAGE_AT_ONCE || (ahead->n < ahead_n_max[haste] && ahead->ms < AHEAD_MS_MAX)) {
        ahead->n += draw();
        ahead->ms += emscripten_performance_now() - now_ms;
    }
    if (page.dirty)
        ask_frame();
}

void page_on_frame(void)
{
    page.frame_asked = false;
    memset(page.ahead, 0, sizeof page.ahead);
    if (page.dirty)
        draw();
    if (page.dirty)
        ask_frame();
}
