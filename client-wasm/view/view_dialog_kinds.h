/* The bodies of the dialogs, one a kind. */
#pragma once

#include "view_dialog.h"

/* Append a dialog's body. */
void view_dialog_room_new(const struct dialog_view *v);
void view_dialog_dm_new(const struct dialog_view *v);
void view_dialog_invite_people(const struct dialog_view *v);
void view_dialog_room_menu(const struct dialog_view *v);
void view_dialog_person(const struct dialog_view *v);
void view_dialog_message(const struct dialog_view *v);
void view_dialog_delete(const struct dialog_view *v);
void view_dialog_report(const struct dialog_view *v);
void view_dialog_join(const struct dialog_view *v);
void view_dialog_settings(const struct dialog_view *v);
void view_dialog_help(const struct dialog_view *v);
void view_dialog_admin(const struct dialog_view *v);
void view_dialog_switcher(const struct dialog_view *v);
void view_dialog_emoji(const struct dialog_view *v);
