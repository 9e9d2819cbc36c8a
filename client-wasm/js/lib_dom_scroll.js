// The message list holds its place: it stays at its end, or the reader's first message stays where it is, whatever is added,
// loaded or resized above it. The browser's own anchoring is off (overflow-anchor), for two owners fight each other.

mergeInto(LibraryManager.library, {
  // The scroller's state: does it stay at its end; its height, place and size when it was last put there; is the reader
  // scrolling right now (a timer until he rests); the frame that will put it there; what a reader further up looks at.
  $domScroll: { stick: 0, height: 0, top: 0, size: 0, busy: 0, frame: 0, held: null },

  $domSize: function(scroller) {
    return scroller.clientWidth * 65536 + scroller.clientHeight;
  },

  // The first messages of the list that begin in view, and where. Several, as the first may be gone afterwards.
  $domFindAnchors__deps: ['$domSlot'],
  $domFindAnchors: function(scroller) {
    const rows = domSlot({{{ NODE_LIST }}}, 0).children;
    const edge = scroller.getBoundingClientRect().top;
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().top < edge) low = middle + 1; else high = middle;
    }
    // Where one row fills the view and more, it is its own anchor.
    if (low && low === rows.length) low--;
    return {
      scrollTop: scroller.scrollTop,
      edge: edge,
      // Messages only: a row that offers what is missing stays at its edge of the list.
      rows: Array.prototype.slice.call(rows, low, low + 8).filter(row => row.dataset['seq'] || row.dataset['cid'])
        .map(row => ({ row: row, top: row.getBoundingClientRect().top })),
    };
  },

  $domRestoreAnchor__deps: ['$domScroll', '$domRest', '$domPin'],
  $domRestoreAnchor: function(scroller, anchors) {
    const anchor = anchors.rows.find(anchor => anchor.row.isConnected);
    if (anchor) {
      scroller.scrollTop += anchor.row.getBoundingClientRect().top - anchor.top;
      const shift = scroller.scrollTop - anchors.scrollTop;
      domScroll.height += shift;
      domScroll.top += shift;
    } else {
      // Nothing is left of what was in view; at once, for what the browser makes of it is not the reader's doing.
      domRest();
      domPin(true);
    }
  },

  // Remember what a reader further up looks at, for the day that something above it changes its size.
  $domHold__deps: ['$domScroll', '$domSlot', '$domFindAnchors'],
  $domHold: function() {
    const scroller = domSlot({{{ NODE_SCROLLER }}}, 0);
    domScroll.held = domScroll.stick ? null : domFindAnchors(scroller);
    if (domScroll.held) domScroll.held.most = scroller.scrollHeight - scroller.clientHeight;
  },

  // Put back what the reader further up looks at, when something above it has changed its size. What is held stays the aim, so that
  // many small changes do not add up. Not when he has scrolled since, unlike the browser, which goes up when the list has become
  // too short. Returns: is it still what he looks at?
  $domPutBack__deps: ['$domScroll'],
  $domPutBack: function(scroller) {
    const held = domScroll.stick ? null : domScroll.held;
    const anchor = held && held.rows.find(anchor => anchor.row.isConnected);
    if (!anchor) return false;
    const by = held.scrollTop - scroller.scrollTop, most = scroller.scrollHeight - scroller.clientHeight;
    if (by >= 1 ? most >= held.most || most - scroller.scrollTop > 1 : by <= -1) return false;
    held.most = most;
    const moved = anchor.row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - (anchor.top - held.edge);
    // Less than a pixel may be a slow finger's: such steps add up until they are seen to be his.
    if (Math.abs(moved) >= 1) {
      scroller.scrollTop += moved;
      held.scrollTop = scroller.scrollTop;
    }
    return true;
  },

  // Something has changed its size: an image, the window, the composer. In the same frame, before it is painted.
  $domOnResize__deps: ['$domScroll', '$domSlot', '$domPin', '$domPutBack', '$domHold', '$domSeenSoon'],
  $domOnResize: function() {
    domSeenSoon();
    if (domScroll.stick) domPin();
    else if (!domPutBack(domSlot({{{ NODE_SCROLLER }}}, 0))) domHold();
  },

  // To the end, unless the reader is just leaving it: the core will hear of that, or he comes to rest near it. Who is not where he was put,
  // though nothing became smaller, has left already: WebKit tells it later than the next frame.
  $domPin__deps: ['$domScroll', '$domSlot', '$domSize'],
  $domPin: function(rested) {
    const scroller = domSlot({{{ NODE_SCROLLER }}}, 0);
    if (!domScroll.stick) return;
    const left = domScroll.size === domSize(scroller) && scroller.scrollHeight >= domScroll.height && domScroll.top - scroller.scrollTop >= 1;
    domScroll.size = domSize(scroller);
    if (domScroll.busy || (left && !rested)) return;
    domScroll.height = scroller.scrollHeight;
    scroller.scrollTop = domScroll.height;
    domScroll.top = scroller.scrollTop;
  },

  $domPinSoon__deps: ['$domScroll', '$domPin'],
  $domPinSoon: function() {
    if (!domScroll.stick || domScroll.frame) return;
    const pin = () => {
      domScroll.frame = 0;
      domPin();
    };
    domScroll.frame = document.hidden ? setTimeout(pin, 100) : requestAnimationFrame(pin);
  },

  // The reader has come to rest.
  $domRest__deps: ['$domScroll', '$domPin'],
  $domRest: function() {
    if (!domScroll.busy) return;
    clearTimeout(domScroll.busy);
    domScroll.busy = 0;
    domPin(true);
  },

  // Where the reader is. While the view sticks to its end, the distance counts from the end as it was when last put
  // there: what came since is not the reader's doing, nor is what went. Scrolling that we did ourselves is nobody's news, nor
  // is the browser's own in a scroller of another size, which domOnResize will put to its end in the same frame.
  $domOnScroll__deps: ['$domScroll', '$domSlot', '$domRest', '$domHold', '$domPutBack', '$domSeenSoon', '$domSize'],
  $domOnScroll: function() {
    const scroller = domSlot({{{ NODE_SCROLLER }}}, 0);
    const kept = domPutBack(scroller), top = scroller.scrollTop;
    domSeenSoon();
    if (domScroll.stick && (Math.abs(top - domScroll.top) < 1 || domScroll.size !== domSize(scroller))) return;
    if (domScroll.stick && scroller.scrollHeight - scroller.clientHeight - top <= 1) {
      // At the end all the same: the list became shorter, or he is back.
      domScroll.height = scroller.scrollHeight;
      domScroll.top = top;
      return;
    }
    clearTimeout(domScroll.busy);
    domScroll.busy = setTimeout(domRest, 200);
    const height = domScroll.stick ? Math.min(domScroll.height, scroller.scrollHeight) : scroller.scrollHeight;
    const below = Math.max(0, height - scroller.clientHeight - top);
    // The answer counts at once: the reader may rest before the next batch says the same.
    domScroll.stick = _ui_event({{{ EVENT_SCROLL }}}, top, below, scroller.clientHeight);
    if (!kept || domScroll.stick) domHold();
  },

  // A node's own scroller shows it: 0 in the middle, 1 a quarter from the top, 2 just so that it can be seen, and what rises above it.
  $domScrollTo: function(node, how) {
    let box = node.parentElement;
    while (box && !(/auto|scroll/.test(getComputedStyle(box).overflowY) && box.scrollHeight > box.clientHeight)) box = box.parentElement;
    if (!box) return;
    const at = node.getBoundingClientRect(), view = box.getBoundingClientRect();
    const above = at.top - view.top, room = box.clientHeight - at.height;
    const over = above - (parseFloat(getComputedStyle(node).scrollMarginTop) || 0);
    if (how === 2) box.scrollTop += over < 0 ? over : Math.max(0, Math.min(above - room, over));
    else box.scrollTop += above - (how === 1 ? box.clientHeight / 4 : Math.max(0, room / 2));
  },

  // What has been seen: the last message that was wholly in view at the beginning and at the end of half a second, with the
  // window looked at all that time.
  $domSeen: { timer: 0, row: null, told: 0 },

  $domLastInView__deps: ['$domSlot'],
  $domLastInView: function() {
    const rows = domSlot({{{ NODE_LIST }}}, 0).children;
    const view = domSlot({{{ NODE_SCROLLER }}}, 0).getBoundingClientRect();
    if (!view.height) return null;
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().bottom <= view.bottom + 1) low = middle + 1; else high = middle;
    }
    while (low-- && !rows[low].classList.contains('row'));
    return low >= 0 && rows[low].getBoundingClientRect().bottom > view.top ? rows[low] : null;
  },

  $domSeenSoon__deps: ['$domSeen', '$domLastInView', '$domSeenNow'],
  $domSeenSoon: function() {
    if (domSeen.timer || document.hidden || !document.hasFocus()) return;
    domSeen.row = undefined;
    // The first look waits for the frame: nothing is laid out twice for it.
    domSeen.timer = setTimeout(() => {
      domSeen.row = domLastInView();
      domSeen.timer = setTimeout(domSeenNow, 450);
    }, 50);
  },

  $domSeenNow__deps: ['$domSeen', '$domLastInView', '$domSlot'],
  $domSeenNow: function() {
    const then = domSeen.row, now = domLastInView();
    domSeen.timer = 0;
    domSeen.row = null;
    if (document.hidden || !document.hasFocus() || document.documentElement.dataset['app'] !== 'ready') return;
    if (!then || !now || !then.isConnected) {
      if (now) domSeenSoon();
      return;
    }
    const row = then.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_PRECEDING ? now : then;
    const key = +row.dataset['key'];
    if (now !== then) domSeenSoon();
    if (key === domSeen.told) return;
    domSeen.told = key;
    _ui_event({{{ EVENT_SEEN }}}, key, 0, 0);
  },
});
