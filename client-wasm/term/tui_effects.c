/* Effects that are the terminal's own. */
#include "tui.h"
#include "tui_files.h"

#include "upd_history.h"

void tui_effects_signed_in(const struct account_answer *answer)
{
    tui_dispatch((struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_REFRESH, answer}},
                 NULL);
}

void tui_effects_not_kept(void)
{
    struct buf why = {.max = 1024};
    if (words_put(&tui.model.words, &why, WORD_TERM_NOT_KEPT, tui.kept.problem, SL("")) == ERR_OK)
        console_say(&tui.console, buf_peek(&why), true);
    buf_fini(&why);
}

static void save(bool sync)
{
    if (!tui_kept_save(&tui.kept, &tui.model, sync) && tui.console.notice.n == 0)
        tui_effects_not_kept();
}

static void show_draft(int64_t caret)
{
    const struct room *room = model_open(&tui.model);
    struct slice text = room ? buf_peek(&room->draft.text) : SL("");
    if (tui_edit_set(&tui.edit, text, caret < 0 ? text.n : (size_t)caret) != ERR_OK)
        console_tell(&tui.console, &tui.model, WORD_TERM_NO_MEMORY, true);
}

static void focus(int64_t node)
{
    if (node == DOM_NODE_INPUT)
        tui.region = TUI_COMPOSER;
    else if (node == DOM_NODE_SCROLLER)
        tui.region = TUI_MESSAGES;
}

/* Where the page shows every notice, the bell is for what is said to me: it has no words, and sounds for all that runs here. */
static void ring(const struct effect *e)
{
    const struct room *room = rooms_find(&tui.model.rooms, e->id);
    tui.bell |= room && (room->r.kind == CHAT_DM || upd_history_mentions_me(&tui.model, e->text));
}

void tui_effects_carry_out(const struct effect *e)
{
    switch (e->type) {
    case EFFECT_ACCOUNT:
        if (e->account->op == ACCOUNT_REFRESH)
            tui_account_refresh(&tui.account);
        break;
    case EFFECT_NOTICE:
        ring(e);
        break;
    case EFFECT_FILE_PICK:
        tui_files_pick(e);
        break;
    case EFFECT_FILE_PUT:
        tui_files_put(e);
        break;
    case EFFECT_FILE_DROP:
        tui_files_drop(e->id);
        break;
    case EFFECT_FILE_SAVE:
        tui_save(e);
        break;
    case EFFECT_SAVE_DRAFTS:
        save(false);
        break;
    case EFFECT_SAVE_OUTBOX:
        save(true);
        break;
    case EFFECT_SHOW_DRAFT:
        show_draft(e->id);
        break;
    case EFFECT_FOCUS:
        if (!e->on)
            focus(e->id);
        break;
    case EFFECT_FOCUS_ROW:
        tui.list.focus_key = e->key;
        break;
    case EFFECT_SCROLL_ROW:
        tui.list.middle_key = e->key;
        break;
    case EFFECT_SCROLL_MARKER:
        tui.list.marker = true;
        break;
    case EFFECT_GO_HOME:
        tui.list.home = true;
        break;
    default:
        carry_out(&tui.carry, e);
        break;
    }
}
