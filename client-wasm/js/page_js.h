/* What the page's JavaScript does for the core (lib_dom.js, lib_page.js), and what it calls
 * (main_browser.c). Only for the browser build.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Listen to the page's events from now on. */
void dom_start(void);
/* Apply a batch of DOM operations (domop.h). */
void dom_apply(const void *words, size_t words_n);
/* Ask for one DOM_EVENT_FRAME: with the next frame, or soon by a timer while the page is hidden. */
void dom_request_frame(void);
/* Put the composer's present text into the scratch memory; returns its length in bytes. */
size_t dom_read_composer(void);

/* UTC milliseconds; the offset of this place (local minus UTC) at that time; does it count hours to
 * twelve. */
double page_wall_ms(void);
int page_utc_offset_min(double utc_ms);
int page_hour12(void);
/* The main pointer is a finger. */
int page_coarse(void);
/* A value of the page's address, "?name=value": put into the scratch memory; returns its length in
 * bytes. */
size_t page_query(const char *name);
/* Small texts that outlive the page. load: into the scratch memory, returns the length in bytes, 0
 * when there is none. Storage that is full or forbidden is silently not there. */
enum page_store {
    PAGE_STORE_ALL,     /* one for every tab, for good */
    PAGE_STORE_SESSION, /* of this tab, as long as it is open, reloads included */
    PAGE_STORE_TAB,     /* of this tab; adopted by another one when it is gone */
};
size_t page_load(enum page_store store, const char *key);
void page_save(enum page_store store, const char *key, const char *text, size_t n);
/* Say that this tab is there, and adopt what gone ones have kept: DOM_EVENT_ADOPT_*, later. */
void page_adopt(void);

/* Called by the page. ui_scratch gives n bytes for a text, valid until its next call, or 0;
 * ui_event takes a DOM_EVENT; dom_ops.def says what it answers, else 0. */
char *ui_scratch(size_t n);
int ui_event(unsigned event, unsigned a, unsigned b, unsigned c);
