// The browser's powers under net/host_browser.c and net/transport_browser.c: fetch for long-polling, chance, the origin.
// Thin: one function a power, no decisions. Heap views are read afresh in each call, since the heap may grow.
mergeInto(LibraryManager.library, {
  // Requests on their way, by id. An aborted one is gone from here, so that nothing of it is heard again.
  $TransportCalls: { next: 1, live: {} },

  // Start an exchange; flags: 1 POST, else GET, 2 with cookies to another origin, too, 4 JSON, 8 DELETE, 16 PATCH instead of POST. done(user, id, status, body, bytes) is called once, status 0 when there was no whole answer.
  transport_fetch__sig: 'iiiiiiiiii',
  transport_fetch__deps: ['$TransportCalls', 'malloc', 'free'],
  transport_fetch: function(flags, url, urlBytes, body, bodyBytes, bearer, bearerBytes, done, user) {
    var id = TransportCalls.next++;
    var abort = new AbortController();
    var options = { cache: 'no-store', credentials: flags & 2 ? 'include' : 'same-origin', signal: abort.signal, headers: {} };
    if (flags & 1) {
      options.method = flags & 16 ? 'PATCH' : 'POST';
      options.headers['Content-Type'] = flags & 4 ? 'application/json' : 'text/plain;charset=UTF-8';
      options.body = HEAPU8.slice(body, body + bodyBytes);
    }
    if (flags & 8) options.method = 'DELETE';
    if (bearerBytes) options.headers['Authorization'] = 'Bearer ' + UTF8ToString(bearer, bearerBytes);
    var finish = function(status, bytes) {
      if (!TransportCalls.live[id]) return;
      delete TransportCalls.live[id];
      var p = bytes.length ? _malloc(bytes.length) : 0;
      if (p) HEAPU8.set(bytes, p);
      else if (bytes.length) status = 0;
      {{{ makeDynCall('viiiii', 'done') }}}(user, id, status, p, p ? bytes.length : 0);
      if (p) _free(p);
    };
    TransportCalls.live[id] = abort;
    var address = UTF8ToString(url, urlBytes);
    options.keepalive = address.endsWith('/logout'); // also when the page is closed at once
    // What boot.js has asked already.
    var early = address.endsWith('/api/v1/refresh') && document.documentElement['early'];
    if (early) document.documentElement['early'] = null;
    (early || fetch(address, options)).then(function(response) {
      return response.arrayBuffer().then(function(answer) { finish(response.status, new Uint8Array(answer)); });
    }).catch(function() { finish(0, new Uint8Array(0)); });
    return id;
  },

  transport_fetch_abort__sig: 'vi',
  transport_fetch_abort__deps: ['$TransportCalls'],
  transport_fetch_abort: function(id) {
    var abort = TransportCalls.live[id];
    delete TransportCalls.live[id];
    if (abort) abort.abort();
  },

  // May this page open a WebSocket to url, or would the constructor throw?
  transport_websocket_allowed__sig: 'ii',
  transport_websocket_allowed: function(url) {
    try {
      var to = new URL(UTF8ToString(url));
      return +(to.protocol == 'wss:' || location.protocol != 'https:');
    } catch (e) {
      return 0;
    }
  },

  host_random_u32__sig: 'i',
  host_random_u32: function() {
    return crypto.getRandomValues(new Uint32Array(1))[0] | 0;
  },

  // The page's origin as UTF-8 with a NUL, cut to bytes.
  host_page_origin__sig: 'vii',
  host_page_origin: function(out, bytes) {
    stringToUTF8(location.origin, out, bytes);
  },
});
