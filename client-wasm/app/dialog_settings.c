/* The settings. What is chosen holds at once; a text is saved by its button. */
#include "dialog_settings.h"

#include "chat_fields.h"
#include "devices.h"
#include "dialog_kinds.h"
#include "json_out.h"
#include "text.h"
#include "upd_session.h"

#include <string.h>

enum { PASSWORD = DIALOG_SUBMIT, DEVICE_OUT = DIALOG_FURTHER, PROFILE, BLOCKED, PICTURE };

static const char *const LANGUAGES[] = {"", "en", "ar"};
#define LANGUAGES_N (sizeof LANGUAGES / sizeof *LANGUAGES)

bool dialog_settings_password(const struct model *m)
{
    return m->session.person && m->session.person->role != CHAT_GUEST;
}

/* Without a profile that was told, nothing is known of what it says: then it has no fields. */
void dialog_settings_follow(struct model *m)
{
    struct dialog *d = &m->dialog;
    const struct person *me = m->session.person;
    if (d->kind != DIALOG_SETTINGS || !me)
        return;
    dialog_follow(d, DOM_FIELD_DISPLAY, person_shown(me));
    dialog_follow(d, DOM_FIELD_STATUS, me->status);
    if (!me->told)
        return;
    dialog_follow(d, DOM_FIELD_BIO, me->bio);
    dialog_follow(d, DOM_FIELD_ZONE, me->zone);
}

static void open(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    const struct settings *s = &m->settings;
    d->choices[SET_THEME] = (uint8_t)s->theme;
    d->choices[SET_DENSITY] = (uint8_t)s->density;
    d->choices[SET_ENTER] = s->enter_breaks;
    d->choices[SET_LETTERS] = s->letters_off;
    d->choices[SET_ANNOUNCE] = (uint8_t)s->announce;
    for (size_t i = 0; i < LANGUAGES_N; i++) {
        if (slice_eq(slice_str(s->language), slice_str(LANGUAGES[i])))
            d->choices[SET_LANGUAGE] = (uint8_t)i;
    }
    dialog_settings_follow(m);
    effects_add(fx, (struct effect){.type = EFFECT_ZONE});
}

void dialog_settings_zone(struct model *m, const struct action_zone *zone)
{
    struct dialog *d = &m->dialog;
    if (d->kind != DIALOG_SETTINGS || zone->id != 0 || zone->name.n > sizeof d->zone)
        return;
    d->zone_n = (uint8_t)zone->name.n;
    if (zone->name.n)
        memcpy(d->zone, zone->name.p, zone->name.n);
}

struct slice dialog_settings_here(const struct dialog *d)
{
    return (struct slice){d->zone, d->zone_n};
}

static void list(struct model *m, struct effects *fx)
{
    upd_dialog_fetch(m, DIALOG_LIST,
                     &(struct effect_http){.signed_in = true, .path = SL("/api/v1/sessions")}, fx);
}

static void chosen(struct model *m, unsigned group, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    struct settings *s = &m->settings;
    unsigned value = d->choices[group];
    if (group == SET_TAB) {
        d->picture_n = 0;
        if (value == SET_ACCOUNT && d->list == LIST_NONE)
            list(m, fx);
        return;
    }
    if (group == SET_THEME && value < THEMES_N)
        s->theme = (enum theme)value;
    else if (group == SET_DENSITY && value < DENSITIES_N)
        s->density = (enum density)value;
    else if (group == SET_ANNOUNCE && value < ANNOUNCES_N)
        s->announce = (enum announce)value;
    else if (group == SET_ENTER)
        s->enter_breaks = value;
    else if (group == SET_LETTERS)
        s->letters_off = value;
    else if (group == SET_LANGUAGE && value < LANGUAGES_N)
        memcpy(s->language, LANGUAGES[value], strlen(LANGUAGES[value]) + 1);
    effects_add(fx, (struct effect){.type = EFFECT_SAVE_SETTINGS});
    if (group == SET_LANGUAGE)
        effects_add(fx, (struct effect){.type = EFFECT_RELOAD});
}

/* Only what was changed here: the rest may have been changed elsewhere meanwhile. */
static void save_profile(struct model *m, struct effects *fx)
{
    static const struct {
        enum dom_field field;
        enum chat_field said;
    } fields[] = {{DOM_FIELD_DISPLAY, CHAT_FIELD_DISPLAY},
                  {DOM_FIELD_STATUS, CHAT_FIELD_STATUS},
                  {DOM_FIELD_BIO, CHAT_FIELD_BIO},
                  {DOM_FIELD_ZONE, CHAT_FIELD_ZONE}};
    struct chat_request r = {0};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct slice text = text_trim(dialog_text(&m->dialog, fields[i].field));
        if (fields[i].field == DOM_FIELD_DISPLAY && text.n == 0)
            text = upd_session_name(m);
        if (slice_eq(text, text_trim(dialog_followed(&m->dialog, fields[i].field))))
            continue;
        *chat_field_text(&r, fields[i].said) = text;
        r.has |= 1ull << fields[i].said;
    }
    if (r.has == 0) {
        dialog_hush(&m->dialog);
        m->dialog.done = WORD_SAVED;
        return;
    }
    upd_dialog_ask(m, PROFILE, EVENT_PROFILE, &r, fx);
}

/* Passwords are taken as they are: white space is a part of them. */
static bool wants(struct model *m, enum dom_field field, enum word otherwise)
{
    if (dialog_text(&m->dialog, field).n)
        return true;
    dialog_say(&m->dialog, field, words_get(&m->words, otherwise));
    return false;
}

static void change_password(struct model *m, struct effects *fx)
{
    struct buf json = {.max = 4 * DIALOG_FIELD_BYTES};
    struct json_out o;
    if (!wants(m, DOM_FIELD_PASSWORD, WORD_PASSWORD_NOW_WANTED) ||
        !wants(m, DOM_FIELD_PASSWORD_NEW, WORD_PASSWORD_NEW_WANTED))
        return;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "password", dialog_text(&m->dialog, DOM_FIELD_PASSWORD));
    json_out_text(&o, "new_password", dialog_text(&m->dialog, DOM_FIELD_PASSWORD_NEW));
    json_out_object_end(&o);
    if (json_out_end(&o) == ERR_OK)
        upd_dialog_fetch(m, PASSWORD,
                         &(struct effect_http){.post = true,
                                               .signed_in = true,
                                               .path = SL("/api/v1/password"),
                                               .json = effects_text(fx, buf_peek(&json))},
                         fx);
    buf_fini(&json);
}

static void submit(struct model *m, struct effects *fx)
{
    unsigned tab = m->dialog.choices[SET_TAB];
    if (tab == SET_PROFILE)
        save_profile(m, fx);
    else if (tab == SET_ACCOUNT && dialog_settings_password(m))
        change_password(m, fx);
}

static void device_out(struct model *m, uint64_t id, struct effects *fx)
{
    struct buf path = {.max = 64};
    if (buf_put(&path, SL("/api/v1/sessions/")) == ERR_OK && buf_put_u64(&path, id) == ERR_OK)
        upd_dialog_fetch(m, DEVICE_OUT,
                         &(struct effect_http){.remove = true,
                                               .signed_in = true,
                                               .path = effects_text(fx, buf_peek(&path))},
                         fx);
    buf_fini(&path);
}

/* Something that was written has not reached the server. */
static bool unsent(const struct model *m)
{
    bool any = m->pending_n || m->uploads.n || m->kept_outbox.n || m->kept_drafts.n;
    for (uint32_t i = 0; i < m->rooms.n && !any; i++) {
        const struct room *room = m->rooms.at[i];
        any = room->draft.text.n || room->log.n > room->log.numbered_n;
    }
    return any;
}

static void sign_out(struct model *m, struct effects *fx)
{
    upd_dialog_close(m);
    upd_session_sign_out(m, fx);
}

/* --- the person's picture ---
 *
 *   a file --ACTION_FILE--> is read --ACTION_PICTURE--> its square is chosen --confirmed--> on its way --ACTION_PIECE--> done
 *                              | none, moves                 | Escape                     | refused: chosen again
 *                              v                             v
 */
bool dialog_settings_file(struct model *m, int64_t file, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (d->kind != DIALOG_SETTINGS || d->choices[SET_TAB] != SET_PROFILE)
        return false;
    if (d->busy) {
        effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = file});
        return true;
    }
    upd_dialog_drop_picture(m, fx);
    d->picture = file;
    (void)upd_dialog_asks(m, PICTURE);
    effects_add(fx, (struct effect){.type = EFFECT_PICTURE_LOAD, .id = file});
    return true;
}

static void picture_refused(struct model *m, enum word why, struct effects *fx)
{
    upd_dialog_drop_picture(m, fx);
    dialog_say(&m->dialog, (enum dom_field)0, words_get(&m->words, why));
}

void dialog_settings_picture(struct model *m, const struct action_picture *a, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (d->picture != (int64_t)a->number) {
        effects_add(fx, (struct effect){.type = EFFECT_FILE_DROP, .id = a->number});
        return;
    }
    if (!crop_begin(&d->crop, a->width, a->height)) {
        picture_refused(m, WORD_PICTURE_NONE, fx);
        return;
    }
    d->busy = false;
    d->crop_said = (enum word)0;
    d->picture_n++;
    upd_dialog_confirm(m, DOM_ACT_PICTURE_PICK);
}

bool dialog_settings_cuts(const struct dialog *d)
{
    return d->confirm == DOM_ACT_PICTURE_PICK;
}

bool dialog_settings_sent(struct model *m, const struct action_piece *piece, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (d->picture == 0 || d->picture != (int64_t)piece->number)
        return false;
    if (!dialog_settings_cuts(d)) {
        picture_refused(m, piece->status == 406 ? WORD_PICTURE_MOVES : WORD_PICTURE_NONE, fx);
        return true;
    }
    d->picture_n++; /* the focus comes back from the button that was pressed */
    upd_dialog_http(m,
                    &(struct action_http){.ask = {ASK_DIALOG, PICTURE, (int64_t)d->number << 20},
                                          .status = piece->status,
                                          .body = piece->body},
                    fx);
    return true;
}

/* by: of CROP_FRAME, to the right and down, and of CROP_ZOOM_MAX. */
static void cut(struct dialog *d, const struct action_crop *by, bool keys)
{
    if (!dialog_settings_cuts(d) || d->busy)
        return;
    crop_move(&d->crop, by->right, by->down);
    if (by->zoom)
        crop_zoom(&d->crop, (int64_t)d->crop.zoom + by->zoom);
    d->crop_said = !keys ? (enum word)0 : by->zoom ? WORD_CROP_ZOOM : WORD_CROP_AT;
}

void dialog_settings_crop(struct model *m, const struct action_crop *by)
{
    cut(&m->dialog, by, false);
}

void dialog_settings_zoom(struct model *m, struct slice text)
{
    struct dialog *d = &m->dialog;
    unsigned long long to;
    if (slice_to_u64(text, 100, &to) && to != d->crop.zoom / DIALOG_ZOOM_STEP)
        cut(d,
            &(struct action_crop){.zoom = (int32_t)(to * DIALOG_ZOOM_STEP) - (int32_t)d->crop.zoom},
            false);
}

/* The picture goes the way of the arrow, as when it is dragged. The slider has its own use for arrows. */
static bool press(struct model *m, const struct action_key *key, struct effects *fx)
{
    enum dom_key k = key->key;
    const struct action_crop by = {
        .right = ((k == DOM_KEY_RIGHT) - (k == DOM_KEY_LEFT)) * CROP_FRAME / 16,
        .down = ((k == DOM_KEY_DOWN) - (k == DOM_KEY_UP)) * CROP_FRAME / 16,
        .zoom = ((k == DOM_KEY_PLUS || k == DOM_KEY_EQUALS) - (k == DOM_KEY_MINUS)) * 5 *
                DIALOG_ZOOM_STEP,
    };
    bool arrow = (by.right || by.down) && !(key->flags & DOM_FLAG_BUTTON);
    (void)fx;
    if (!dialog_settings_cuts(&m->dialog) || key->flags & (DOM_FLAG_CTRL | DOM_FLAG_ALT) ||
        (!arrow && !by.zoom))
        return false;
    cut(&m->dialog, &by, true);
    return true;
}

static bool click(struct model *m, const struct action *a, struct effects *fx)
{
    const struct action_click *c = &a->click;
    const struct person *p = people_find(&m->people, (int64_t)c->key);
    if (c->act == DOM_ACT_BLOCK && p)
        upd_dialog_block(m, BLOCKED, p, fx);
    else if (c->act == DOM_ACT_ZONE_USE)
        dialog_fill(&m->dialog, DOM_FIELD_ZONE, dialog_settings_here(&m->dialog));
    else if (c->act == DOM_ACT_PICTURE_PICK)
        effects_add(fx, (struct effect){.type = EFFECT_FILE_PICK, .on = true});
    else if (c->act == DOM_ACT_PICTURE_DROP)
        upd_dialog_fetch(m, PICTURE,
                         &(struct effect_http){
                             .remove = true, .signed_in = true, .path = SL("/api/v1/me/avatar")},
                         fx);
    else if (c->act == DOM_ACT_SIGN_OUT_DEVICE)
        device_out(m, c->key, fx);
    else if (c->act == DOM_ACT_SIGN_OUT && unsent(m))
        upd_dialog_confirm(m, DOM_ACT_SIGN_OUT);
    else if (c->act == DOM_ACT_SIGN_OUT)
        sign_out(m, fx);
    else
        return false;
    return true;
}

static void confirmed(struct model *m, enum dom_act what, struct effects *fx)
{
    if (what != DOM_ACT_PICTURE_PICK) {
        sign_out(m, fx);
        return;
    }
    (void)upd_dialog_asks(m, PICTURE);
    effects_add(fx, (struct effect){.type = EFFECT_PICTURE_PUT, .id = m->dialog.picture});
}

static void take_profile(struct model *m, struct json_in *in)
{
    struct chat_user user;
    struct slice raw;
    if (json_in_raw(in, "user", &raw) && chat_user_decode(raw, in->arena, &user) == ERR_OK)
        people_learn(&m->people, &user);
    dialog_settings_follow(m);
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    static const enum word done[] = {[PASSWORD] = WORD_PASSWORD_CHANGED,
                                     [DEVICE_OUT] = WORD_DEVICE_OUT,
                                     [PROFILE] = WORD_SAVED,
                                     [PICTURE] = WORD_SAVED};
    struct dialog *d = &m->dialog;
    if (what == DIALOG_LIST) {
        devices_put(m, in);
        return;
    }
    if (what == BLOCKED) {
        upd_dialog_blocked(m, in);
        return;
    }
    if (what == PROFILE || what == PICTURE) {
        upd_dialog_drop_picture(m, fx);
        take_profile(m, in);
    } else {
        if (what == PASSWORD) {
            dialog_fill(d, DOM_FIELD_PASSWORD, SL(""));
            dialog_fill(d, DOM_FIELD_PASSWORD_NEW, SL(""));
        }
        list(m, fx);
    }
    d->done = done[what];
}

const struct dialog_how dialog_settings = {
    .keeps = true,
    .open = open,
    .chosen = chosen,
    .submit = submit,
    .click = click,
    .key = press,
    .confirmed = confirmed,
    .answer = answer,
};
