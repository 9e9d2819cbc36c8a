// Files of the person: picked, dropped or pasted, known by a number, and sent a piece at a time. And the one text that is kept
// in IndexedDB for a start without network.

mergeInto(LibraryManager.library, {
  // Number -> { file, abort, picture }.
  $pageFiles: { next: 1, live: {} },

  $pageTake__deps: ['$pageFiles', '$domPutText'],
  $pageTake: function(files) {
    for (const file of files) {
      const number = pageFiles.next++;
      pageFiles.live[number] = { file: file, abort: null, picture: null };
      const size = file.size;
      _ui_event({{{ EVENT_FILE }}}, number, size, domPutText(file.name));
    }
  },

  page_file_pick__deps: ['$pageTake'],
  page_file_pick__sig: 'vi',
  page_file_pick: function(picture) {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = !picture;
    if (picture) input.accept = 'image/*';
    input.addEventListener('change', () => pageTake(input.files));
    input.click();
  },

  page_file_text__deps: ['$pageTake', '$domSlot', '$domText'],
  page_file_text__sig: 'viiii',
  page_file_text: function(from, to, name, n) {
    pageTake([new File([domSlot({{{ NODE_INPUT }}}, 0).value.slice(from, to)], domText(name, n))]);
  },

  // Send of a file what there will be, and answer; unless it is dropped meanwhile.
  $pagePut__deps: ['$pageFiles', '$domText', '$domPutText'],
  $pagePut: function(number, body, to, bearer, bearerN) {
    const entry = pageFiles.live[number];
    const abort = new AbortController();
    if (entry) {
      if (entry.abort) entry.abort.abort();
      entry.abort = abort;
    }
    const answer = (status, text) => {
      if (pageFiles.live[number] !== entry || (entry && entry.abort !== abort)) return; // dropped, or sent anew
      if (entry) entry.abort = null;
      _ui_event({{{ EVENT_SENT }}}, number, status, domPutText(text));
    };
    if (!entry || !/^\/(?![/\\])/.test(to)) {
      setTimeout(answer, 0, 0, '');
      return;
    }
    const headers = { 'Content-Type': 'application/octet-stream' };
    if (bearerN) headers['Authorization'] = 'Bearer ' + domText(bearer, bearerN);
    const options = { method: 'PUT', headers: headers, cache: 'no-store', credentials: 'same-origin', signal: abort.signal };
    Promise.resolve(body).then(body => fetch(to, Object.assign(options, { body: body })))
      .then(response => response.text().then(text => answer(response.status, text))).catch(() => answer(0, ''));
  },

  page_file_put__deps: ['$pageFiles', '$pagePut', '$domText'],
  page_file_put__sig: 'vidiiiii',
  page_file_put: function(number, from, n, path, pathN, bearer, bearerN) {
    const entry = pageFiles.live[number];
    pagePut(number, entry && entry.file.slice(from, from + (n >>> 0)), domText(path, pathN), bearer, bearerN);
  },

  // A square of a picture (struct crop) into a canvas, edge px inside of it; of transparent ones the ground is white.
  $pageSquare: function(canvas, edge, picture, x, y, side) {
    const to = canvas.getContext('2d'), by = (canvas.width - 2 * edge) / side;
    const place = [edge - x * by, edge - y * by, picture.width * 256 * by, picture.height * 256 * by];
    to.imageSmoothingQuality = 'high';
    to.fillStyle = '#fff';
    to.clearRect(0, 0, canvas.width, canvas.width);
    to.fillRect(...place);
    to.drawImage(picture, ...place);
  },

  // Below the frame, which is 80 % of the stage: dragged by one finger, by two also made larger, and by the wheel.
  $pageShowPicture__deps: ['$pageFiles', '$pageSquare'],
  $pageShowPicture: function(canvas, number, x, y, side) {
    const stage = canvas.parentNode, fingers = new Map();
    const file = pageFiles.live[number];
    if (file) pageSquare(canvas, canvas.width / 10, file.picture, x, y, side);
    if (stage.onwheel) return;
    const apart = (a, b) => b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0;
    stage.onwheel = event => {
      event.preventDefault();
      _ui_event({{{ EVENT_CROP }}}, 0, 0, event.deltaY * (event.deltaMode ? -30 : -1));
    };
    stage.onpointerdown = event => {
      if (event.button) return;
      stage.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, event);
    };
    stage.onpointermove = event => {
      const was = fingers.get(event.pointerId), by = 65536 / .8 / stage.clientWidth / fingers.size;
      if (!was) return;
      const before = apart(...fingers.values());
      fingers.set(event.pointerId, event);
      _ui_event({{{ EVENT_CROP }}}, (event.clientX - was.clientX) * by, (event.clientY - was.clientY) * by, (apart(...fingers.values()) - before) * 4);
    };
    stage.onlostpointercapture = event => fingers.delete(event.pointerId);
  },

  // Has it more than one frame? GIF, PNG, WebP and AVIF, by what they begin with; of a GIF, two blocks that are in front of frames.
  $pageMoves: function(file) {
    return file.slice(0, 8 << 20).arrayBuffer().then(bytes => {
      const text = new TextDecoder('latin1').decode(bytes);
      if (/^RIFF[^]{4}WEBPVP8X/.test(text)) return (new Uint8Array(bytes)[20] & 2) > 0;
      if (/^GIF8/.test(text)) return (text.match(/!\xf9\x04[^]{4}\0[,!]/g) || []).length > 1;
      if (/^.PNG/.test(text)) return text.slice(0, text.indexOf('IDAT')).includes('acTL');
      return text.slice(4, 12) === 'ftypavis';
    });
  },

  page_picture_load__deps: ['$pageFiles', '$pageMoves'],
  page_picture_load__sig: 'vi',
  page_picture_load: function(number) {
    const entry = pageFiles.live[number];
    const answer = (event, a, b) => pageFiles.live[number] === entry && _ui_event(event, number, a, b);
    pageMoves(entry.file).then(moves => moves ? answer({{{ EVENT_SENT }}}, 406, 0) : createImageBitmap(entry.file).then(picture => {
      entry.picture = picture;
      answer({{{ EVENT_PICTURE }}}, picture.width, picture.height);
    })).catch(() => answer({{{ EVENT_SENT }}}, 415, 0));
  },

  // Not every browser writes WebP.
  page_picture_put__deps: ['$pageFiles', '$pageSquare', '$pagePut', '$domText'],
  page_picture_put__sig: 'viiiiiiiii',
  page_picture_put: function(number, x, y, side, px, path, pathN, bearer, bearerN) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = px;
    pageSquare(canvas, 0, pageFiles.live[number].picture, x, y, side);
    const write = type => new Promise(done => canvas.toBlob(done, type, .8));
    const body = write('image/webp').then(blob => blob && blob.type === 'image/webp' ? blob : write('image/jpeg'));
    pagePut(number, body, domText(path, pathN), bearer, bearerN);
  },

  page_file_drop__deps: ['$pageFiles'],
  page_file_drop__sig: 'vi',
  page_file_drop: function(number) {
    const entry = pageFiles.live[number];
    delete pageFiles.live[number];
    if (entry && entry.abort) entry.abort.abort();
    if (entry && entry.picture) entry.picture.close();
  },

  // Only while it is needed: a page that listens to this is not kept for going back to.
  $pageAsk: function(event) {
    event.preventDefault();
    event.returnValue = true; // what older browsers look at
  },

  page_stay__deps: ['$pageAsk'],
  page_stay__sig: 'vi',
  page_stay: function(on) {
    if (on) addEventListener('beforeunload', pageAsk); else removeEventListener('beforeunload', pageAsk);
  },

  // Dropped anywhere on the page, or pasted: a picture of the clipboard, but not what comes with a text.
  $pageListenFiles__deps: ['$pageTake', '$domSlot', '$domPutSelection'],
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
      if (event.target === domSlot({{{ NODE_INPUT }}}, 0)) domPutSelection(event.target);
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

  // boot.js has read it. More than can be kept of what was written meanwhile stays in the field, as if it were typed now.
  page_cache_load__deps: ['$domPutText', '$domSlot', '$domReport'],
  page_cache_load__sig: 'v',
  page_cache_load: function() {
    Promise.resolve(document.documentElement['kept']).catch(() => {}).then(text => {
      const input = domSlot({{{ NODE_INPUT }}}, 0), typed = document.documentElement.dataset['writing'] !== undefined && input.value;
      _ui_event({{{ EVENT_CACHED }}}, typeof text === 'string' ? domPutText(text) : 0, 0, 0);
      if (typed && !input.value) {
        input.value = typed;
        domReport(input);
      }
    });
  },
});
