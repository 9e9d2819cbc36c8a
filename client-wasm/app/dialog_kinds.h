/* The kinds of dialogs, a row of functions each (upd_dialog.h). */
#pragma once

#include "upd_dialog.h"

extern const struct dialog_how dialog_room_new;
extern const struct dialog_how dialog_dm_new;
extern const struct dialog_how dialog_invite_people;
extern const struct dialog_how dialog_room_menu;
extern const struct dialog_how dialog_person;
extern const struct dialog_how dialog_message;
extern const struct dialog_how dialog_delete;
extern const struct dialog_how dialog_report;
extern const struct dialog_how dialog_join;
extern const struct dialog_how dialog_settings;
extern const struct dialog_how dialog_help;
extern const struct dialog_how dialog_admin;
extern const struct dialog_how dialog_switcher;
extern const struct dialog_how dialog_emoji;
