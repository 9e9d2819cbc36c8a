/* The settings: what the choices of the dialog are. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

enum set_choice {
    SET_TAB,
    SET_THEME,
    SET_DENSITY,
    SET_LANGUAGE,
    SET_ENTER,
    SET_LETTERS,
    SET_ANNOUNCE
};
enum set_tab { SET_PROFILE, SET_LOOK, SET_CHAT, SET_ACCOUNT };

/* Does this person have a password that could be changed? */
bool dialog_settings_password(const struct model *m);
/* The own profile was told: what was not changed here is shown as it is now. */
void dialog_settings_follow(struct model *m);
/* What this device says of its time zone. */
void dialog_settings_zone(struct model *m, const struct action_zone *zone);
struct slice dialog_settings_here(const struct dialog *d);
/* A file that was picked, dropped or pasted, and what came of one: true, it is for the picture of the person. */
bool dialog_settings_file(struct model *m, int64_t file, struct effects *fx);
void dialog_settings_picture(struct model *m, const struct action_picture *a, struct effects *fx);
bool dialog_settings_sent(struct model *m, const struct action_piece *piece, struct effects *fx);
/* Its square is being chosen: */
bool dialog_settings_cuts(const struct dialog *d);
/* by the pointer, by the slider, which goes to 100. */
void dialog_settings_crop(struct model *m, const struct action_crop *by);
void dialog_settings_zoom(struct model *m, struct slice text);
#define DIALOG_ZOOM_STEP (CROP_ZOOM_MAX / 100)
