// Written into index.html: what must be so before anything is painted, and what need not wait for the program.
(function() {
  var root = document.documentElement;
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
      root.kept.catch(function() {});
    }
  } catch (e) {
    // No storage: then nobody is.
  }
})();
