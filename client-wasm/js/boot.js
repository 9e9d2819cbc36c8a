// Written into index.html: what must be so before anything is painted, and what need not wait for the program.
(function() {
  var root = document.documentElement;
  // Write to the room that was open last, as upd_cache.h has kept it, before the program is there. What is written is laid where gone
  // tabs leave theirs (page_adopt), under a name that is held until pageEarly takes it over.
  function write(text) {
    var kept = JSON.parse(text || '{}');
    var how = kept.writing;
    var path = '#/room/' + kept.open;
    if (!how || root.dataset.app !== 'boot' || (location.hash !== '' && location.hash !== path)) return;
    var input = document.getElementById('composer-input');
    var send = document.getElementById('send');
    var said = [];
    var early = root.writing = { tab: Date.now().toString(36) + '-' + Math.random().toString(36).slice(2) };
    function lay(kind, list) {
      var name = 'tincan.' + kind + '.' + early.tab;
      try {
        if (list.length) localStorage.setItem(name, JSON.stringify(list)); else localStorage.removeItem(name);
        return true;
      } catch (e) {
        return false; // no room: it is at least still in the field
      }
    }
    function element() {
      return { user: kept.user.id, room: kept.open, text: input.value.trim() };
    }
    function keep() {
      var draft = element();
      lay('draft', draft.text ? [draft] : []);
    }
    function say(event) {
      event.preventDefault();
      var one = element();
      if (!one.text || one.text.length > 4000 || said.length === 20) return;
      one.cid = Array.from(crypto.getRandomValues(new Uint8Array(16)), function(byte) { return (byte + 256).toString(16).slice(1); }).join('');
      one.ts = Date.now();
      if (!lay('outbox', said.concat(one))) return;
      said.push(one);
      input.value = '';
      keep();
      var row = document.createElement('p');
      row.dir = 'auto';
      row.textContent = one.text;
      document.getElementById('boot-main').append(row);
      input.focus();
    }
    function heard(event) {
      if (early.over) return;
      event.stopPropagation();
      if (event.type === 'submit') say(event);
      else if (event.type === 'input') keep();
      else if (how.enter && event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) say(event);
    }
    keep();
    if (navigator.locks) {
      navigator.locks.request('tincan.' + early.tab, function() {
        return new Promise(function(done) { early.release = done; });
      }).catch(function() {});
    } else {
      addEventListener('pagehide', function() {
        if (!early.over) localStorage.setItem('tincan.gone.' + early.tab, '1');
      });
    }
    ['keydown', 'input', 'compositionend'].forEach(function(type) { input.addEventListener(type, heard); });
    input.form.addEventListener('submit', heard);
    input.placeholder = how.label;
    input.form.setAttribute('aria-label', how.label);
    send.disabled = false;
    root.dataset.writing = '';
    if (document.activeElement === document.body && matchMedia('(pointer: fine)').matches) input.focus();
  }
  try {
    var settings = JSON.parse(localStorage.getItem('tincan.settings') || '{}');
    // The order is that of enum theme.
    var theme = ['', 'light', 'dark', 'contrast'][settings.theme];
    if (theme) root.dataset.theme = theme;
    if (/^ar\b/.test(settings.language || navigator.language)) root.dir = 'rtl';
    if (localStorage.getItem('tincan.known')) {
      // Somebody is signed in here: no door is shown on the way, and the token is renewed meanwhile (transport_fetch takes the answer).
      root.dataset.session = '';
      root.early = fetch('/api/v1/refresh', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}', cache: 'no-store', credentials: 'same-origin',
      });
      root.early.catch(function() {});
      // What page_cache_save has kept.
      root.kept = new Promise(function(done) {
        var open = indexedDB.open('tincan', 1);
        open.onupgradeneeded = function() { open.transaction.abort(); };
        open.onerror = function() { done(); };
        open.onsuccess = function() {
          var kept = open.result.transaction('kept').objectStore('kept').get(1);
          kept.onerror = function() { done(); };
          kept.onsuccess = function() {
            open.result.close();
            done(kept.result);
          };
        };
      });
      root.kept.then(function(text) {
        if (document.readyState === 'loading') document.addEventListener('readystatechange', function() { write(text); }, { once: true });
        else write(text);
      }).catch(function() {});
    }
  } catch (e) {
    // No storage: then nobody is.
  }
})();
