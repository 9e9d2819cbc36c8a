/* Files of the disk: those that are uploaded, as the model wants it, and those of messages that are saved. */
#pragma once

#include "buf.h"
#include "effect.h"
#include "slice.h"
#include "words.h"

#define TUI_FILE_TIMEOUT_MS 120000 /* of one piece */
#define TUI_PATH_BYTES      4096

/* tui_files.c: take the file at .text for a message with the text .title; it is told why not, and the command comes back. */
void tui_files_pick(const struct effect *e);
void tui_files_put(const struct effect *e);
void tui_files_drop(int64_t number);
void tui_files_fini(void);
/* A path as people write it, "~" is the home: with a NUL behind it. false: too long, or no path. */
bool tui_files_path(struct slice path, char *out, size_t out_n);
/* As far as all files agree whose paths begin with this: appended to out, as it is written in a command. false: none does, or it is in quotes. */
bool tui_files_complete(struct slice begun, struct buf *out);
/* The same of a time zone, "Europe/Be". */
bool tui_files_zone(struct slice begun, struct buf *out);
/* "{1}: why", in the last line. */
void tui_files_say(enum word word, struct slice name, const char *why);

/* tui_save.c: EFFECT_FILE_SAVE, one after the other; .id 0: none of them any more. */
void tui_save(const struct effect *e);
void tui_save_fini(void);
/* The one that is on its way: its name, how much of it is there. false: none. */
bool tui_save_now(struct slice *name, int64_t *there, int64_t *size);
