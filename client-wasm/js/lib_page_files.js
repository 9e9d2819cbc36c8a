// Files of the person: picked, dropped or pasted, known by a number, and sent a piece at a time. And the one text that is kept
// in IndexedDB for a start without network.

mergeInto(LibraryManager.library, {
  // Number -> { file, abort }.
  $pageFiles: { next: 1, live: {} },

  $pageTake__deps: ['$pageFiles', '$domPutText'],
  $pageTake: function(files) {
    for (const file of files) {
      const number = pageFiles.next++;
      pageFiles.live[number] = { file: file, abort: null };
      const size = file.size;
      _ui_event({{{ EVENT_FILE }}}, number, size, domPutText(file.name));
    }
  },

  page_file_pick__deps: ['$pageTake'],
  page_file_pick__sig: 'v',
  page_file_pick: function() {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.addEventListener('change', () => pageTake(input.files));
    input.click();
  },

  page_file_put__deps: ['$pageFiles', '$domText', '$domPutText'],
  page_file_put__sig: 'vidiiiii',
  page_file_put: function(number, from, n, path, pathN, bearer, bearerN) {
    const entry = pageFiles.live[number];
    const to = domText(path, pathN);
    const answer = (status, text) => {
      if (pageFiles.live[number] !== entry) return; // dropped
      if (entry) entry.abort = null;
      _ui_event({{{ EVENT_SENT }}}, number, status, domPutText(text));
    };
    if (!entry || !/^\/(?![/\\])/.test(to)) {
      setTimeout(answer, 0, 0, '');
      return;
    }
    entry.abort = new AbortController();
    const headers = { 'Content-Type': 'application/octet-stream' };
    if (bearerN) headers['Authorization'] = 'Bearer ' + domText(bearer, bearerN);
    fetch(to, {
      method: 'PUT', body: entry.file.slice(from, from + (n >>> 0)), headers: headers, cache: 'no-store',
      credentials: 'same-origin', signal: entry.abort.signal,
    }).then(response => response.text().then(text => answer(response.status, text))).catch(() => answer(0, ''));
  },

  page_file_drop__deps: ['$pageFiles'],
  page_file_drop__sig: 'vi',
  page_file_drop: function(number) {
    const entry = pageFiles.live[number];
    delete pageFiles.live[number];
    if (entry && entry.abort) entry.abort.abort();
  },

  // Dropped anywhere on the page, or pasted: a picture of the clipboard, but not what comes with a text.
  $pageListenFiles__deps: ['$pageTake'],
  $pageListenFiles: function() {
    const root = document.documentElement;
    let depth = 0;
    const files = event => event.dataTransfer && Array.prototype.includes.call(event.dataTransfer.types, 'Files');
    const over = on => {
      depth = on;
      if (depth > 0) root.dataset['drop'] = ''; else delete root.dataset['drop'];
    };
    document.addEventListener('dragenter', event => files(event) && over(depth + 1));
    document.addEventListener('dragleave', event => files(event) && over(depth - 1));
    document.addEventListener('dragover', event => files(event) && event.preventDefault());
    document.addEventListener('drop', event => {
      if (!files(event)) return;
      event.preventDefault();
      over(0);
      if (root.dataset['app'] === 'ready') pageTake(event.dataTransfer.files);
    });
    document.addEventListener('paste', event => {
      const data = event.clipboardData;
      if (!data || !data.files.length || data.getData('text/plain') || root.dataset['app'] !== 'ready') return;
      event.preventDefault();
      pageTake(data.files);
    });
  },

  // What cannot be kept is not kept.
  page_cache_save__deps: ['$domText'],
  page_cache_save__sig: 'vii',
  page_cache_save: function(at, n) {
    const text = domText(at, n);
    try {
      const open = indexedDB.open('tincan', 1);
      open.onupgradeneeded = () => open.result.createObjectStore('kept');
      open.onsuccess = () => {
        const transaction = open.result.transaction('kept', 'readwrite');
        const store = transaction.objectStore('kept');
        if (n) store.put(text, 1);
        else store.delete(1);
        transaction.oncomplete = transaction.onabort = () => open.result.close();
      };
    } catch (error) {
      // No store here.
    }
  },

  // boot.js has read it.
  page_cache_load__deps: ['$domPutText'],
  page_cache_load__sig: 'v',
  page_cache_load: function() {
    Promise.resolve(document.documentElement['kept']).catch(() => {}).then(text => {
      _ui_event({{{ EVENT_CACHED }}}, typeof text === 'string' ? domPutText(text) : 0, 0, 0);
    });
  },
});
