// Small things only a browser knows: the wall clock, the time zone, the address, and storage.

mergeInto(LibraryManager.library, {
  page_wall_ms__sig: 'd',
  page_wall_ms: function() {
    return Date.now();
  },

  page_utc_offset_min__sig: 'id',
  page_utc_offset_min: function(ms) {
    return -new Date(ms).getTimezoneOffset();
  },

  page_hour12__sig: 'i',
  page_hour12: function() {
    return new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hour12 ? 1 : 0;
  },

  page_coarse__sig: 'i',
  page_coarse: function() {
    return matchMedia('(pointer: coarse)').matches ? 1 : 0;
  },

  page_query__deps: ['$domPutText'],
  page_query__sig: 'ii',
  page_query: function(name) {
    return domPutText(new URLSearchParams(location.search).get(UTF8ToString(name)) || '');
  },

  page_load__deps: ['$domPutText'],
  page_load__sig: 'ii',
  page_load: function(key) {
    try {
      return domPutText(localStorage.getItem(UTF8ToString(key)) || '');
    } catch (error) {
      return 0;
    }
  },

  page_save__deps: ['$domText'],
  page_save__sig: 'viii',
  page_save: function(key, text, n) {
    try {
      localStorage.setItem(UTF8ToString(key), domText(text, n));
    } catch (error) {
      // Full, or forbidden: then it is not remembered.
    }
  },
});
