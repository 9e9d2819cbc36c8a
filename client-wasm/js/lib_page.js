// Small things only a browser knows: the wall clock, the time zone, the language, the address, and storage.

mergeInto(LibraryManager.library, {
  page_wall_ms__sig: 'd',
  page_wall_ms: function() {
    return Date.now();
  },

  page_utc_offset_min__sig: 'id',
  page_utc_offset_min: function(ms) {
    return -new Date(ms).getTimezoneOffset();
  },

  page_zone__deps: ['$domPutText'],
  page_zone__sig: 'i',
  page_zone: function() {
    if (!document.getElementById('zones') && Intl.supportedValuesOf) {
      const list = document.createElement('datalist');
      list.id = 'zones';
      for (const name of Intl.supportedValuesOf('timeZone')) list.append(new Option(name));
      document.body.append(list);
    }
    return domPutText(Intl.DateTimeFormat().resolvedOptions().timeZone || '');
  },

  // What the clock shows there, read as if it were UTC: Swedish writes it as ISO 8601 does.
  page_zone_offset_min__deps: ['$domText'],
  page_zone_offset_min__sig: 'iii',
  page_zone_offset_min: function(name, n) {
    const now = Math.floor(Date.now() / 6e4) * 6e4;
    try {
      const there = Date.parse(new Date(now).toLocaleString('sv', { timeZone: domText(name, n) }).replace(' ', 'T') + 'Z');
      return isNaN(there) ? 0x7FFF : (there - now) / 6e4; // NaN: no Swedish here
    } catch (error) {
      return 0x7FFF;
    }
  },

  page_hour12__sig: 'i',
  page_hour12: function() {
    return new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hour12 ? 1 : 0;
  },

  page_coarse__sig: 'i',
  page_coarse: function() {
    return matchMedia('(pointer: coarse)').matches ? 1 : 0;
  },

  page_language__deps: ['$domPutText'],
  page_language__sig: 'i',
  page_language: function() {
    return domPutText(navigator.language || '');
  },

  page_path__deps: ['$domPutText'],
  page_path__sig: 'i',
  page_path: function() {
    return domPutText(location.pathname + location.search + location.hash);
  },

  // Of this page only: what follows a "#", or a path; what begins with two slashes is another host's.
  page_go__deps: ['$domText'],
  page_go__sig: 'viiii',
  page_go: function(path, n, replace, entry) {
    const to = domText(path, n);
    if (!/^(#|\/(?![/\\]))/.test(to)) return;
    if (replace) history.replaceState(entry, '', to); else history.pushState(entry, '', to);
  },

  page_entry__sig: 'i',
  page_entry: function() {
    return history.state & 0xFF;
  },

  page_back__sig: 'vi',
  page_back: function(n) {
    history.go(-n);
  },

  page_reload__sig: 'v',
  page_reload: function() {
    location.reload();
  },

  page_query__deps: ['$domPutText'],
  page_query__sig: 'ii',
  page_query: function(name) {
    return domPutText(new URLSearchParams(location.search).get(UTF8ToString(name)) || '');
  },

  // This load of the page among all tabs: when it was, and chance.
  $pageTab: "=Date.now().toString(36) + '-' + Math.random().toString(36).slice(2)",

  // Where a text of a store lies.
  $pagePlace__deps: ['$pageTab'],
  $pagePlace: function(store, key) {
    return {
      storage: store === 1 ? sessionStorage : localStorage,
      name: UTF8ToString(key) + (store === 2 ? '.' + pageTab : ''),
    };
  },

  page_load__deps: ['$domPutText', '$pagePlace'],
  page_load__sig: 'iii',
  page_load: function(store, key) {
    try {
      const place = pagePlace(store, key);
      return domPutText(place.storage.getItem(place.name) || '');
    } catch (error) {
      return 0;
    }
  },

  page_save__deps: ['$domText', '$pagePlace'],
  page_save__sig: 'viiii',
  page_save: function(store, key, text, n) {
    try {
      const place = pagePlace(store, key);
      if (n) place.storage.setItem(place.name, domText(text, n)); else place.storage.removeItem(place.name);
    } catch (error) {
      // Full, or forbidden: then it is not remembered.
    }
  },

  // What the tab left behind, into the model. true: all of it.
  $pageAdopt__deps: ['$domPutText'],
  $pageAdopt: function(tab) {
    const kinds = { 'tincan.outbox.': {{{ EVENT_ADOPT_OUTBOX }}}, 'tincan.draft.': {{{ EVENT_ADOPT_DRAFT }}} };
    let left = false;
    for (const kind in kinds) {
      const text = localStorage.getItem(kind + tab);
      if (!text) continue;
      if (_ui_event(kinds[kind], domPutText(text), 0, 0)) localStorage.removeItem(kind + tab); else left = true;
    }
    return !left;
  },

  // From now on the program has the composer, and what was written into it before (boot.js).
  $pageEarly__deps: ['$pageAdopt'],
  $pageEarly: function() {
    const early = document.documentElement['writing'];
    if (!early || early['over']) return;
    early['over'] = true;
    pageAdopt(early['tab']);
    if (early['release']) early['release']();
  },

  // A tab that is there holds a lock with its name. Where there are no locks (plain http from another machine) it says
  // when it goes, and is believed gone a day after it came.
  page_adopt__deps: ['$pageTab', '$pageAdopt'],
  page_adopt__sig: 'v',
  page_adopt: function() {
    const locks = navigator.locks;
    const gone = 'tincan.gone.';
    const adopt = tab => pageAdopt(tab) && localStorage.removeItem(gone + tab);
    try {
      const last = sessionStorage.getItem('tincan.tab');
      sessionStorage.setItem('tincan.tab', pageTab);
      const tabs = new Set(Object.keys(localStorage).filter(key => /^tincan\.(outbox|draft)\./.test(key)).map(key => key.split('.')[2]));
      if (locks) {
        const hold = (tab, options, then) => locks.request('tincan.' + tab, options, then).catch(() => {});
        hold(pageTab, {}, () => new Promise(() => {}));
        // Ourselves, before the reload, will be gone any moment.
        for (const tab of tabs) hold(tab, { ifAvailable: tab !== last }, lock => lock && adopt(tab));
        return;
      }
      addEventListener('pagehide', () => {
        if (['outbox.', 'draft.'].some(kind => localStorage.getItem('tincan.' + kind + pageTab))) localStorage.setItem(gone + pageTab, '1');
      });
      addEventListener('pageshow', () => localStorage.removeItem(gone + pageTab));
      for (const tab of tabs) {
        if (tab === last || localStorage.getItem(gone + tab) || parseInt(tab, 36) < Date.now() - 864e5) adopt(tab);
      }
    } catch (error) {
      // No storage: then nothing was kept.
    }
  },
});
