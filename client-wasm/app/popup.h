/* The list above the composer: people, rooms or emojis for what is being typed. */
#pragma once

#include "complete.h"
#include "finder.h"
#include <stdbool.h>
#include <stdint.h>

#define POPUP_OPTIONS_MAX 8

/* What stands for people who have no id. */
#define POPUP_ALL_ROOM (-1) /* "@room" */
#define POPUP_ALL_HERE (-2) /* "@here" */

/* Said of the mentions in a draft before it is sent. */
enum popup_warning { POPUP_NO_WARNING, POPUP_TELLS_MANY, POPUP_OUTSIDER };

/* Open exactly when n > 0. */
struct popup {
    enum complete_kind kind;
    int64_t room;
    uint32_t from, to;                  /* bytes of the draft that one of them would replace */
    int64_t options[POPUP_OPTIONS_MAX]; /* ids of people or rooms, rows of emojis */
    uint32_t n, at;                     /* at: the chosen one */
    bool dismissed;                     /* for the sign at byte from */
    struct finder finder;
    enum popup_warning warning;
    int64_t outsider; /* user */
};
