// Written into index.html: what must be so before anything is painted, and what need not wait for the program.
(function() {
  var root = document.documentElement;
  // Write to the room that was open last, as upd_cache.h has kept it, before the program is there. What is written is laid where gone
  // tabs leave theirs (page_adopt), under a name that is held until pageEarly takes it over.
  function write(text) {
    var kept = JSON.parse(text || '{}');
    var how = kept.writing;
    var hash = location.hash;
    // Not where a draft of this tab will come back, nor (on a phone) where the list will be shown, nor in another room.
    if (!how || root.writing || sessionStorage.getItem('tincan.draft') || (innerWidth < 640 && (history.state & 7) === 1)
      || (/^#\//.test(hash) && hash !== '#/room/' + kept.open)) return;
    var input = document.getElementById('composer-input');
    var send = document.getElementById('send');
    var early = root.writing = { tab: Date.now().toString(36) + '-' + Math.random().toString(36).slice(2), outbox: [], draft: [], rows: [] };
    function mine() {
      return !early.over && root.dataset.app === 'boot';
    }
    function lay(kind, list) {
      var name = 'tincan.' + kind + '.' + early.tab;
      early[kind] = list;
      try {
        if (list.length) localStorage.setItem(name, JSON.stringify(list)); else localStorage.removeItem(name);
        return true;
      } catch (e) {
        return false; // no room: pageEarly has it all the same, if the program comes
      }
    }
    function element(text) {
      return { user: kept.user.id, room: kept.open, text: text };
    }
    function keep() {
      input.removeAttribute('aria-invalid');
      lay('draft', input.value.trim() ? [element(input.value)] : []);
    }
    function refuse() {
      keep(); // it stays in the field
      input.setAttribute('aria-invalid', 'true');
    }
    function say(event) {
      event.preventDefault();
      var one = element(input.value.trim());
      if (!one.text) return;
      if (one.text.length > 16000 || early.outbox.length === 20) return refuse();
      one.cid = Array.from(crypto.getRandomValues(new Uint8Array(16)), function(byte) { return (byte + 256).toString(16).slice(1); }).join('');
      one.ts = Date.now();
      lay('draft', []); // where there is room for one of them only
      if (!lay('outbox', early.outbox.concat(one))) {
        early.outbox.pop();
        return refuse();
      }
      input.value = '';
      keep();
      // To be seen, and to be heard.
      ['boot-main', 'announcer'].forEach(function(id) {
        var row = document.createElement('p');
        row.dir = 'auto';
        row.textContent = one.text;
        document.getElementById(id).append(row);
        early.rows.push(row);
      });
      input.focus();
    }
    function heard(event) {
      if (!mine()) return;
      event.stopPropagation();
      var enter = event.key === 'Enter' && !event.isComposing && event.keyCode !== 229 && !event.altKey && !event.shiftKey;
      if (event.type === 'submit' || (enter && (how.enter || event.ctrlKey || event.metaKey))) say(event);
      else if (event.type === 'input') keep();
    }
    if (navigator.locks) {
      navigator.locks.request('tincan.' + early.tab, function() {
        return new Promise(function(done) { early.release = done; });
      }).catch(function() {});
    } else {
      addEventListener('pagehide', function() {
        if (mine() && early.outbox.length + early.draft.length) localStorage.setItem('tincan.gone.' + early.tab, '1');
      });
    }
    // Who comes back to a page that never started gets a new one: what it has laid down may be elsewhere by now.
    addEventListener('pageshow', function(event) {
      if (event.persisted && mine()) location.reload();
    });
    keep();
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
    ['sidebar', 'panel'].forEach(function(name) {
      if (settings[name] > 0) root.style.setProperty('--' + name + '-kept', settings[name] + 'px');
    });
    if (/^ar\b/.test(settings.language || navigator.language)) root.dir = 'rtl';
    if (localStorage.getItem('tincan.known') && !localStorage.getItem('tincan.leaving')) {
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
