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

  // The build writes the name that the file has in this version of the site. Nobody waits long for it: the next start has it.
  page_words__deps: ['$domText', '$domPutText'],
  page_words__sig: 'iii',
  page_words: function(code, n) {
    if (!/^ar\b/.test(domText(code, n) || navigator.language)) return 0;
    const late = new Promise(done => setTimeout(done, 5e3, ''));
    Promise.race([fetch('/lang/ar.txt').then(answer => answer.ok ? answer.text() : ''), late]).catch(() => '').then(text => {
      _ui_event({{{ EVENT_WORDS }}}, domPutText(text), 0, 0);
    });
    return 1;
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
    try {
      if (replace) history.replaceState(entry, '', to); else history.pushState(entry, '', to);
    } catch (error) {
      // There were very many in a short time: then the address stays behind.
    }
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

  $pageKinds: { 'outbox': {{{ EVENT_ADOPT_OUTBOX }}}, 'draft': {{{ EVENT_ADOPT_DRAFT }}} },

  // A text that is kept under a name, into the model. The name goes first: it is written down once more, and there may be room for
  // one of them only. false: it stays where it is.
  $pageTakeOver__deps: ['$domPutText', '$pageKinds'],
  $pageTakeOver: function(kind, name, text) {
    const put = f => {
      try {
        f();
      } catch (error) {
        // No storage.
      }
    };
    put(() => localStorage.removeItem(name));
    const taken = _ui_event(pageKinds[kind], domPutText(text), 0, 0);
    if (!taken) put(() => localStorage.setItem(name, text));
    return taken;
  },

  // What the tab left behind, into the model. true: all of it.
  $pageAdopt__deps: ['$pageTakeOver', '$pageKinds'],
  $pageAdopt: function(tab, kinds) {
    let left = false;
    for (const kind of kinds || Object.keys(pageKinds)) {
      const name = 'tincan.' + kind + '.' + tab;
      const text = localStorage.getItem(name);
      if (text && !pageTakeOver(kind, name, text)) left = true;
    }
    return !left;
  },

  // Settles when what gone tabs have left is in the model.
  $pageLeft: { done: null },

  // From now on the program has the composer, and what was written into it before (boot.js): what was sent behind what was sent in
  // earlier visits.
  $pageEarly__deps: ['$pageTakeOver', '$pageLeft'],
  $pageEarly: function() {
    const root = document.documentElement, early = root['writing'] || {};
    root['writing'] = early;
    if (early['over']) return;
    early['over'] = true;
    if (!early['tab']) return;
    const take = kind => early[kind].length && pageTakeOver(kind, 'tincan.' + kind + '.' + early['tab'], JSON.stringify(early[kind]));
    early['rows'].forEach(row => row.remove());
    take('draft');
    const end = () => {
      take('outbox');
      if (early['release']) early['release']();
    };
    const isFirst = key => !key.startsWith('tincan.outbox.') || key === 'tincan.outbox.' + early['tab'];
    if (Object.keys(localStorage).every(isFirst)) end(); else Promise.resolve().then(() => pageLeft.done).then(end);
  },

  // Tabs whose end is waited for.
  $pageWatched: '=new Set()',

  // When the tab is gone, this one sends what it has not sent; drafts wait for a new tab. Not at once: it may only be loading again.
  $pageWatch__deps: ['$pageTab', '$pageAdopt', '$pageWatched'],
  $pageWatch: function(hold, tab) {
    if (tab === pageTab || pageWatched.has(tab)) return;
    pageWatched.add(tab);
    hold(tab, {}, () => {}).then(() => setTimeout(() => {
      pageWatched.delete(tab);
      hold(tab, { ifAvailable: true }, lock => lock && pageAdopt(tab, ['outbox']));
    }, 5000));
  },

  // Ourselves before the reload, gone any moment: what was sent there goes first. Not for ever, for this tab may be its copy.
  $pageBefore: function(hold, tab, adopt) {
    return Promise.race([hold(tab, {}, () => adopt(tab)), new Promise(done => setTimeout(done, 1000))]);
  },

  // A tab that is there holds a lock with its name. Where there are no locks (plain http from another machine) it says
  // when it goes, and is believed gone a day after it came.
  page_adopt__deps: ['$pageTab', '$pageAdopt', '$pageBefore', '$pageWatch', '$pageLeft', '$pageEarly'],
  page_adopt__sig: 'v',
  page_adopt: function() {
    pageEarly(); // before drafts of gone tabs, for it is being written
    const locks = navigator.locks;
    const gone = 'tincan.gone.';
    const adopt = tab => pageAdopt(tab) && localStorage.removeItem(gone + tab);
    try {
      const last = sessionStorage.getItem('tincan.tab');
      sessionStorage.setItem('tincan.tab', pageTab);
      // The names begin with the time.
      const tabs = [...new Set(Object.keys(localStorage).filter(key => /^tincan\.(outbox|draft)\./.test(key)).map(key => key.split('.')[2]))].sort();
      if (locks) {
        const hold = (tab, options, then) => locks.request('tincan.' + tab, options, then).catch(() => {});
        hold(pageTab, {}, () => new Promise(() => {}));
        let left = Promise.resolve();
        for (const tab of tabs) {
          left = left.then(() => tab === last ? pageBefore(hold, tab, adopt) : hold(tab, { ifAvailable: true }, lock => {
            if (lock) adopt(tab); else pageWatch(hold, tab);
          }));
        }
        pageLeft.done = left;
        addEventListener('storage', event => {
          const tab = event.newValue && /^tincan\.outbox\.(.+)/.exec(event.key);
          if (tab) pageWatch(hold, tab[1]);
        });
        return;
      }
      addEventListener('pagehide', () => {
        if (Object.keys(pageKinds).some(kind => localStorage.getItem('tincan.' + kind + '.' + pageTab))) localStorage.setItem(gone + pageTab, '1');
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
