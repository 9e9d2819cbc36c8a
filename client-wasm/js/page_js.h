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
/* Put a field's present text (DOM_NODE) into the scratch memory; returns its length in bytes. */
size_t dom_read_field(uint32_t node);
/* The words of what index.html always shows: the text of every element with data-words="name", the aria-label of every one
 * with data-words-label="name", those in templates as well. */
void dom_words(const char *name, const char *text, size_t n);

/* UTC milliseconds; the offset of this place (local minus UTC) at that time; does it count hours to
 * twelve. */
double page_wall_ms(void);
int page_utc_offset_min(double utc_ms);
int page_hour12(void);
/* The name of this place's time zone, into the scratch memory; fills the list of zones that fields offer. The offset of any zone, now. */
#define PAGE_ZONE_NONE 0x7FFF /* there is no such zone */
size_t page_zone(void);
int page_zone_offset_min(const char *name, size_t n);
/* The main pointer is a finger. */
int page_coarse(void);
/* Ask for the texts of a language, like "ar"; empty: that of the browser, like "en-GB". DOM_EVENT_WORDS follows; 0: it will not, for
 * English is in the program. */
int page_words(const char *code, size_t n);
/* The page's path, "/room/7?x=y": read into the scratch memory; changed without loading, with a new entry of the history or
 * in place of the present one. An entry keeps a number, which page_entry reads: app/trail.h. */
size_t page_path(void);
void page_go(const char *path, size_t n, int replace, unsigned entry);
unsigned page_entry(void);
void page_back(unsigned n);
void page_reload(void);
/* Is there a newer version of the page? DOM_EVENT_UPDATED, once it can be had. */
void page_look_for_update(void);
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

/* Whether notifications may be shown: 0 never (not there or denied), 1 when asked for, 2 yes. Ask: in answer to a click
 * only; DOM_EVENT_LOOKS follows. Show one, in place of the one with the same tag, which comes back with DOM_EVENT_NOTICE. Close that of a tag,
 * "0": all. */
int page_notices(void);
void page_notices_ask(void);
void page_notice(const char *tag, size_t tag_n, const char *title, size_t title_n, const char *text,
                 size_t text_n);
void page_notice_close(const char *tag, size_t tag_n);
/* Is this the one tab, of those of this browser, that notifies? */
int page_leads(void);
/* Mark the icon: 0 nothing, 1 something is unread, 2 somebody wants me; n, for the app's badge. */
void page_badge(int kind, uint32_t n);
/* Tell the other tabs: DOM_EVENT_TOLD there. */
void page_tell(const char *text, size_t n);
/* Into the clipboard: DOM_EVENT_COPIED, later. */
void page_copy(const char *text, size_t n);
/* One text each, larger than storage should hold, kept in IndexedDB for a reload without network. load is answered by
 * DOM_EVENT_CACHED. Empty: forget it. */
void page_cache_save(const char *text, size_t n);
void page_cache_load(void);
/* Let the person pick files: DOM_EVENT_FILE for each. put sends bytes from..from+n of a file with method PUT to a path of this
 * server and answers with DOM_EVENT_SENT; one at a time for each file, the last. drop forgets it, and stops what is under way. */
void page_file_pick(bool picture);
/* What the composer holds, in UTF-16 units, likewise as a file. */
void page_file_text(uint32_t from, uint32_t to, const char *name, size_t name_n);
void page_file_put(uint32_t file, double from, uint32_t n, const char *path, size_t path_n,
                   const char *bearer, size_t bearer_n);
void page_file_drop(uint32_t file);
/* Whether the browser asks before it leaves the page, or loads it again. */
void page_stay(int on);
/* Read a file as a picture: DOM_EVENT_PICTURE; or DOM_EVENT_SENT, status 415: the browser cannot read it, 406: it moves. Send a
 * square of it (struct crop), px pixels wide; answered and ended as page_file_put. */
void page_picture_load(uint32_t file);
void page_picture_put(uint32_t file, uint32_t x, uint32_t y, uint32_t side, uint32_t px,
                      const char *path, size_t path_n, const char *bearer, size_t bearer_n);

/* Called by the page. ui_scratch gives n bytes for a text, valid until its next call, or 0;
 * ui_event takes a DOM_EVENT; dom_ops.def says what it answers, else 0. */
char *ui_scratch(size_t n);
int ui_event(unsigned event, double a, double b, double c);
