/* One row per action. */
#include "update.h"

#include "dialog_admin.h"
#include "dialog_person.h"
#include "dialog_settings.h"
#include "reports.h"
#include "upd_announce.h"
#include "upd_cache.h"
#include "upd_composer.h"
#include "upd_conn.h"
#include "upd_dialog.h"
#include "upd_draft.h"
#include "upd_emoji.h"
#include "upd_finder.h"
#include "upd_held.h"
#include "upd_history.h"
#include "upd_invite.h"
#include "upd_kept.h"
#include "upd_members.h"
#include "upd_notify.h"
#include "upd_pane.h"
#include "upd_panel.h"
#include "upd_person.h"
#include "upd_popup.h"
#include "upd_presence.h"
#include "upd_read.h"
#include "upd_rooms.h"
#include "upd_search.h"
#include "upd_session.h"
#include "upd_toast.h"
#include "upd_typing.h"
#include "upd_upload.h"
#include "upd_window.h"

#define SKEW_MS_MAX 300000 /* clocks that differ by no more are taken for the same */

static void on_start(struct model *m, const struct action_start *start, struct effects *fx)
{
    m->hour12 = start->hour12;
    m->coarse = start->coarse;
    upd_pane_start(m, start->entry);
    settings_decode(&m->settings, start->settings);
    m->notify.declined = start->declined;
    m->conn.down_since_ms = m->now_ms;
    upd_kept_adopt_drafts(m, start->drafts);
    if (buf_put(&m->session.login.name, start->name) != ERR_OK)
        buf_reset(&m->session.login.name);
    upd_emoji_restore(m, start->emoji);
    upd_session_start(m, start->known, start->leaving, fx);
    if (buf_put(&m->base, start->base) != ERR_OK)
        buf_reset(&m->base);
    if (!upd_invite_address(m, start->address, fx))
        upd_rooms_address(m, start->address, fx);
}

static void on_tick(struct model *m, struct effects *fx)
{
    upd_session_tick(m, fx);
    upd_read_tick(m, fx);
    upd_history_tick(m, fx);
    upd_typing_tick(m);
    upd_announce_tick(m);
    upd_upload_tick(m, fx);
    upd_draft_tick(m, fx);
    upd_dialog_tick(m, fx);
    upd_search_tick(m, fx);
    upd_toast_tick(m, fx);
    upd_cache_tick(m, fx);
    upd_kept_place(m, fx);
}

static void on_answer(struct model *m, const struct action_answer *a, struct effects *fx)
{
    switch (a->ask.kind) {
    case ASK_HISTORY:
        upd_history_answer(m, a, fx);
        break;
    case ASK_READ:
    case ASK_UNREAD:
        upd_read_answer(m, a);
        break;
    case ASK_DRAFT:
        upd_draft_answer(m, a, fx);
        break;
    case ASK_REPORTS:
        reports_answer(m, a);
        break;
    case ASK_EDIT:
        upd_composer_edited(m, a, fx);
        break;
    case ASK_JOIN:
        upd_rooms_joined(m, a, fx);
        break;
    case ASK_LOOK:
        upd_rooms_looked(m, a, fx);
        break;
    case ASK_DIALOG:
        upd_dialog_answer(m, a, fx);
        break;
    case ASK_MEMBERS:
        upd_members_answer(m, a, fx);
        if (m->popup.kind == COMPLETE_USER)
            upd_popup_refresh(m, false, fx);
        break;
    case ASK_USERS:
        if (a->ask.room == FINDER_POPUP)
            upd_popup_found(m, a, fx);
        break;
    case ASK_PRESENCE:
        upd_presence_answer(m, a);
        break;
    case ASK_PROFILE:
        person_told(m, a, fx);
        break;
    case ASK_SEARCH:
        upd_search_answer(m, a);
        break;
    case ASK_DELETE:
        upd_toast_deleted(m, a, fx);
        break;
    default:
        break;
    }
}

static void on_http(struct model *m, const struct action *action, struct effects *fx)
{
    const struct action_http *a = &action->http;
    switch (a->ask.kind) {
    case ASK_FILE_NEW:
    case ASK_FILE_OFFSET:
        upd_upload_answer(m, a, fx);
        upd_composer_uploaded(m, action, fx); /* only the answer to its last piece was lost */
        break;
    case ASK_FILE_THERE:
        upd_upload_there(m, a, fx);
        break;
    case ASK_EMOJI:
        upd_emoji_http(m, a, fx);
        break;
    case ASK_DIALOG:
        upd_dialog_http(m, a, fx);
        break;
    case ASK_INVITE:
        upd_invite_answer(m, a, fx);
        break;
    default:
        break;
    }
}

static void on_profile(struct model *m, const struct chat_user *user, struct effects *fx)
{
    if (people_find(&m->people, user->id)) /* whom nobody has seen is not kept */
        people_learn(&m->people, user);
    if (user->id == m->session.me.id && user->role != m->session.me.role) {
        m->session.me.role = user->role;
        reports_ask(m, fx);
    }
    dialog_settings_follow(m);
}

/* What the connection brought. */
static void act_chat(struct model *m, const struct action *a, struct effects *fx)
{
    switch (a->type) {
    case ACTION_TOKEN:
        upd_session_token_wanted(m, a->on, fx);
        break;
    case ACTION_STATUS:
        upd_conn_status(m, &a->status, fx);
        if (a->status.state == CHAT_CLIENT_SIGNED_OUT)
            upd_session_ended(m, fx);
        break;
    case ACTION_RESTORED:
        upd_rooms_restored(m);
        upd_draft_restored(m);
        break;
    case ACTION_WORKSPACE:
        buf_reset(&m->workspace);
        if (buf_put(&m->workspace, a->text) != ERR_OK)
            buf_reset(&m->workspace);
        dialog_admin_follow(m);
        break;
    case ACTION_RESUMED:
        upd_rooms_resumed(m, a->user, fx);
        dialog_settings_follow(m);
        upd_read_resumed(m, fx);
        upd_draft_resumed(m, fx);
        upd_upload_resumed(m);
        reports_ask(m, fx);
        upd_presence_resumed(m, fx);
        upd_invite_resumed(m, fx);
        break;
    case ACTION_ROOM:
        upd_rooms_told(m, a->room, fx);
        break;
    case ACTION_ROOM_GONE:
        upd_rooms_gone(m, &a->gone, fx);
        break;
    case ACTION_EVENT:
        upd_rooms_event(m, a->event, fx);
        break;
    case ACTION_RESET:
        upd_rooms_reset(m, &a->reset, fx);
        break;
    case ACTION_SENT:
        upd_composer_sent(m, &a->sent, fx);
        break;
    case ACTION_PUT_OFF:
        upd_held_put_off(m, &a->put_off);
        break;
    case ACTION_UNSENT:
        upd_composer_unsent(m, a->text, fx);
        break;
    case ACTION_TYPING:
        upd_typing_told(m, &a->typing);
        break;
    case ACTION_PRESENCE:
        upd_presence_told(m, &a->presence);
        break;
    case ACTION_UNREAD:
        upd_read_unread_told(m, a->id);
        break;
    case ACTION_BYE:
        upd_conn_bye(m, a->text);
        break;
    case ACTION_DRAFT:
        upd_draft_told(m, &a->draft, fx);
        break;
    case ACTION_REPORTS:
        reports_told(m, a->reports.room, a->reports.n);
        break;
    case ACTION_BLOCK:
        people_block(&m->people, a->block.user, a->block.on);
        break;
    case ACTION_PROFILE:
        on_profile(m, a->user, fx);
        break;
    default:
        break;
    }
}

/* What the page or its person did. */
static void act_page(struct model *m, const struct action *a, struct effects *fx)
{
    struct room *room = model_open(m);
    switch (a->type) {
    case ACTION_INPUT:
        upd_person_input(m, &a->input, fx);
        break;
    case ACTION_SELECT:
        m->composer.select[0] = a->select[0];
        m->composer.select[1] = a->select[1];
        break;
    case ACTION_SUBMIT:
        upd_person_submit(m, a, fx);
        break;
    case ACTION_KEY:
        upd_person_key(m, a, fx);
        break;
    case ACTION_CLICK:
        upd_person_click(m, a, fx);
        break;
    case ACTION_SCROLL:
        if (room)
            upd_window_scroll(m, room, &a->scroll, fx);
        break;
    case ACTION_HOVER:
        m->hover_key = a->row;
        break;
    case ACTION_ROW_FOCUS:
        m->focus_key = a->row;
        break;
    case ACTION_SEEN:
        upd_read_seen(m, a->row);
        break;
    case ACTION_ADDRESS:
        upd_pane_address(m, &a->address, fx);
        break;
    case ACTION_FILE:
        if (!dialog_settings_file(m, a->file.number, fx))
            upd_upload_add(m, &a->file, fx);
        break;
    case ACTION_PICTURE:
        dialog_settings_picture(m, &a->picture, fx);
        break;
    case ACTION_CROP:
        dialog_settings_crop(m, &a->crop);
        break;
    case ACTION_ACTIVE:
        upd_presence_active(m, a->on, fx);
        break;
    case ACTION_ZONE:
        dialog_settings_zone(m, &a->zone);
        person_zone(m, &a->zone);
        break;
    case ACTION_FOCUS:
        m->focused = a->on;
        break;
    case ACTION_TOLD:
        upd_session_told(m, a->text, fx);
        break;
    case ACTION_NOTICE:
        upd_notify_clicked(m, a->text, fx);
        break;
    case ACTION_CACHED:
        upd_cache_take(m, a->text, fx);
        break;
    case ACTION_UPDATED:
        m->notify.updated = true;
        break;
    case ACTION_LOOKS:
        m->dark = a->looks.dark;
        m->contrast = a->looks.contrast;
        m->width_px = a->looks.width_px;
        m->notify.may = (enum notify_may)a->looks.notices;
        break;
    case ACTION_WIDTH:
        settings_width(&m->settings, a->width.which, a->width.px);
        effects_add(fx, (struct effect){.type = EFFECT_SAVE_SETTINGS});
        break;
    default:
        break;
    }
}

/* What a gone tab has kept is deleted where it was: written down with this action, however many are on their way. */
static bool adopted(struct unsaved *u, bool taken)
{
    if (taken)
        *u = (struct unsaved){true, -UPDATE_DRAFT_SAVE_MS};
    return taken;
}

static void act(struct model *m, const struct action *a, struct effects *fx)
{
    switch (a->type) {
    case ACTION_START:
        on_start(m, &a->start, fx);
        break;
    case ACTION_TICK:
        on_tick(m, fx);
        break;
    case ACTION_NETWORK:
        upd_conn_network(m, a->on, fx);
        if (a->on)
            upd_session_retry(m, fx);
        break;
    case ACTION_ADOPT_OUTBOX:
        fx->handled = adopted(&m->outbox, upd_kept_adopt_outbox(m, a->text));
        upd_kept_place(m, fx);
        upd_session_unsent(m);
        break;
    case ACTION_ADOPT_DRAFT:
        fx->handled = adopted(&m->drafts, upd_kept_adopt_drafts(m, a->text));
        upd_kept_place(m, fx);
        upd_session_unsent(m);
        break;
    case ACTION_COPIED:
        upd_dialog_copied(m, &a->copied, fx);
        break;
    case ACTION_TOAST_HOLD:
        upd_toast_hold(m, a->on);
        break;
    case ACTION_HIDE:
        upd_toast_end(m, fx);
        upd_kept_save(m, 0, fx);
        break;
    case ACTION_ACCOUNT:
        upd_session_account(m, &a->account, fx);
        break;
    case ACTION_PIECE:
        if (dialog_settings_sent(m, &a->piece, fx))
            break;
        upd_upload_sent(m, &a->piece, fx);
        upd_composer_uploaded(m, a, fx);
        break;
    case ACTION_HTTP:
        on_http(m, a, fx);
        break;
    case ACTION_ANSWER:
        on_answer(m, &a->answer, fx);
        break;
    default:
        act_page(m, a, fx);
        act_chat(m, a, fx);
        break;
    }
}

/* Written down before they go out: the effects are carried out in order. */
static void save_first(struct model *m, struct effects *fx)
{
    size_t before_n = fx->n;
    upd_kept_save(m, UPDATE_DRAFT_SAVE_MS, fx);
    if (fx->n == before_n || before_n == 0)
        return;
    struct effect saves[2];
    size_t saves_n = fx->n - before_n;
    for (size_t i = 0; i < saves_n; i++)
        saves[i] = fx->list[before_n + i];
    for (size_t i = before_n; i-- > 0;)
        fx->list[i + saves_n] = fx->list[i];
    for (size_t i = 0; i < saves_n; i++)
        fx->list[i] = saves[i];
}

static bool may_write(const struct model *m)
{
    const struct room *room = model_open(m);
    return room && room_writable(room);
}

/* The composer has gone, and with it perhaps the focus; or it has come in place of why it was not there. */
static void keep_focus(const struct model *m, struct effects *fx)
{
    enum dom_node to = may_write(m) && !m->coarse ? DOM_NODE_INPUT
                       : may_write(m) || !m->open ? DOM_NODE_SCROLLER
                                                  : DOM_NODE_READ_ONLY;
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = to, .on = true});
}

void update(struct model *m, const struct action *a, struct effects *fx)
{
    bool wrote = may_write(m);
    m->now_ms = a->now_ms;
    if (a->type == ACTION_CLOCK) {
        m->ahead_ms = a->id - a->wall_ms;
        m->skew_ms = m->ahead_ms > SKEW_MS_MAX || m->ahead_ms < -SKEW_MS_MAX ? m->ahead_ms : 0;
    }
    m->wall_ms = a->wall_ms + m->skew_ms;
    m->utc_offset_min = a->utc_offset_min;
    act(m, a, fx);
    if (may_write(m) != wrote)
        keep_focus(m, fx);
    upd_notify_settle(m, fx);
    upd_cache_note(m, a, fx);
    upd_popup_tick(m, fx);
    upd_search_moved(m);
    upd_pane_settle(m, fx);
    upd_panel_settle(m, fx);
    upd_presence_settle(m, fx);
    upd_upload_settle(m, fx);
    save_first(m, fx);
}

/* The next local midnight, when the names of the days change, on the host's clock. */
static int64_t midnight_ms(const struct model *m)
{
    int64_t local_ms = m->wall_ms + (int64_t)m->utc_offset_min * 60000;
    return m->now_ms + 86400000 - local_ms % 86400000;
}

/* When one of our messages has been on its way for long enough to say so. */
static int64_t slow_ms(const struct model *m)
{
    const struct room *room = model_open(m);
    int64_t wake = INT64_MAX;
    for (uint32_t i = room ? room->log.numbered_n : 0; room && i < room->log.n; i++) {
        int64_t at = room->log.at[i]->sent_at_ms + UPDATE_SLOW_AFTER_MS;
        if (room->log.at[i]->state == MESSAGE_PENDING && at > m->now_ms && at < wake)
            wake = at;
    }
    return wake;
}

int64_t update_wake_ms(const struct model *m)
{
    const int64_t times[] = {
        upd_session_wake_ms(m),
        upd_conn_wake_ms(m),
        upd_history_wake_ms(m),
        upd_announce_wake_ms(m),
        upd_dialog_wake_ms(m),
        upd_toast_wake_ms(m),
        upd_cache_wake_ms(m),
        upd_typing_wake_ms(m),
        upd_held_wake_ms(m),
        upd_upload_wake_ms(m),
        upd_kept_wake_ms(m),
        m->draft_due_ms,
        upd_finder_wake_ms(&m->popup.finder),
        upd_search_wake_ms(m),
        upd_presence_wake_ms(m),
        m->read_due_ms,
        slow_ms(m),
        m->open ? midnight_ms(m) : INT64_MAX,
    };
    int64_t wake = INT64_MAX;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (times[i] < wake)
            wake = times[i];
    }
    return wake;
}

enum err update_address(const struct model *m, struct buf *out)
{
    enum err e = buf_put(out, SL("#/room/"));
    return e == ERR_OK ? buf_put_u64(out, (unsigned long long)m->open) : e;
}
