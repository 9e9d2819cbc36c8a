// The page's side of the core: applies batches of DOM operations and reports events. No decisions are taken here, and no
// number of the contract is written here: {{{ OP_TEXT }}} and its like are filled in from ui/dom_ops.def by the build.
// Text reaches the document only as textContent, attribute or field value, never as markup.

mergeInto(LibraryManager.library, {
  // Handle -> { node, slots }. The nodes of index.html are looked up when first used.
  $domNodes: '=new Map()',
  // Template -> { node, paths }: where in a copy its slots are.
  $domTemplates: '=new Map()',
  $domDecoder: "=new TextDecoder('utf-8', { ignoreBOM: true })",
  $domEncoder: '=new TextEncoder()',

  // The scroller's state: does it stay at its end; its height and place when it was last put there; is the reader
  // scrolling right now (a timer until he rests); the frame that will put it there.
  $domScroll: { stick: 0, height: 0, top: 0, busy: 0, frame: 0 },

  $domNode__deps: ['$domNodes'],
  $domNode: function(handle) {
    let entry = domNodes.get(handle);
    if (!entry) {
      entry = { node: document.getElementById({{{ JSON.stringify(DOM_NODES) }}}[handle]), slots: [] };
      domNodes.set(handle, entry);
    }
    return entry;
  },

  $domSlot__deps: ['$domNode'],
  $domSlot: function(handle, slot) {
    const entry = domNode(handle);
    return entry.slots[slot] || entry.node;
  },

  // The way from a template's root to each of its slots, by child indexes.
  $domTemplate__deps: ['$domTemplates'],
  $domTemplate: function(number) {
    let template = domTemplates.get(number);
    if (!template) {
      const root = document.getElementById({{{ JSON.stringify(DOM_TEMPLATES) }}}[number]).content.firstElementChild;
      const names = {{{ JSON.stringify(DOM_SLOTS) }}};
      template = { node: root, paths: [] };
      for (const element of root.querySelectorAll('[data-slot]')) {
        const path = [];
        for (let at = element; at !== root; at = at.parentNode) {
          path.unshift(Array.prototype.indexOf.call(at.parentNode.children, at));
        }
        template.paths.push({ slot: names.indexOf(element.dataset['slot']), path: path });
      }
      domTemplates.set(number, template);
    }
    return template;
  },

  $domClone__deps: ['$domNodes', '$domTemplate'],
  $domClone: function(handle, number) {
    const template = domTemplate(number);
    const node = template.node.cloneNode(true);
    const slots = [];
    for (const place of template.paths) {
      let at = node;
      for (const index of place.path) at = at.children[index];
      slots[place.slot] = at;
    }
    domNodes.set(handle, { node: node, slots: slots });
  },

  $domText__deps: ['$domDecoder'],
  $domText: function(address, n) {
    return domDecoder.decode(HEAPU8.subarray(address, address + n));
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
      rows: Array.prototype.slice.call(rows, low, low + 8).filter(row => row.dataset['key'])
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
      domPin();
    }
  },

  // To the end, unless the reader is just leaving it: the core will hear of that, or he comes to rest near it.
  $domPin__deps: ['$domScroll', '$domSlot'],
  $domPin: function() {
    const scroller = domSlot({{{ NODE_SCROLLER }}}, 0);
    if (!domScroll.stick || domScroll.busy) return;
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

  $domSetValue__deps: ['$domFit'],
  $domSetValue: function(field, text) {
    field.value = text;
    field.setSelectionRange(text.length, text.length);
    domFit(field);
  },

  // Browsers that cannot size a field by its content get it by its scroll height.
  $domFit: function(field) {
    if (field.rows && !CSS.supports('field-sizing', 'content')) {
      field.style.height = 'auto';
      field.style.height = field.scrollHeight + 'px';
    }
  },

  dom_apply__deps: ['$domNodes', '$domNode', '$domSlot', '$domClone', '$domText', '$domScroll', '$domFindAnchors',
    '$domRestoreAnchor', '$domPinSoon', '$domRest', '$domSetValue'],
  dom_apply__sig: 'vii',
  dom_apply: function(words, n) {
    const attrs = {{{ JSON.stringify(DOM_ATTRS) }}};
    const w = HEAPU32;
    let at = words >> 2;
    const end = at + n;
    let scroller, anchors, focus;
    while (at < end) {
      const op = w[at++];
      const h = w[at++];
      if (op === {{{ OP_TEXT }}}) {
        domSlot(h, w[at]).textContent = domText(w[at + 1], w[at + 2]);
        at += 3;
      } else if (op === {{{ OP_ATTR }}}) {
        domSlot(h, w[at]).setAttribute(attrs[w[at + 1]], domText(w[at + 2], w[at + 3]));
        at += 4;
      } else if (op === {{{ OP_UNATTR }}}) {
        domSlot(h, w[at]).removeAttribute(attrs[w[at + 1]]);
        at += 2;
      } else if (op === {{{ OP_CLONE }}}) {
        domClone(h, w[at++]);
      } else if (op === {{{ OP_INSERT }}}) {
        const before = w[at + 1] ? domNode(w[at + 1]).node : null;
        domSlot(h, {{{ SLOT_CHILDREN }}}).insertBefore(domNode(w[at]).node, before);
        at += 2;
      } else if (op === {{{ OP_REMOVE }}}) {
        domNode(h).node.remove();
        domNodes.delete(h);
      } else if (op === {{{ OP_DROP }}}) {
        domNodes.delete(h);
      } else if (op === {{{ OP_VALUE }}}) {
        domSetValue(domNode(h).node, domText(w[at], w[at + 1]));
        at += 2;
      } else if (op === {{{ OP_FOCUS }}}) {
        focus = domNode(h).node;
      } else if (op === {{{ OP_ANCHOR }}}) {
        scroller = domNode(h).node;
        anchors = domFindAnchors(scroller);
      } else if (op === {{{ OP_STICK }}}) {
        if (w[at] && !domScroll.stick) domRest();
        domScroll.stick = w[at++];
      } else if (op === {{{ OP_APPEND }}}) {
        domSlot(h, w[at]).append(domText(w[at + 1], w[at + 2]));
        at += 3;
      } else if (op === {{{ OP_LINK }}}) {
        const link = document.createElement('a');
        link.href = link.textContent = domText(w[at + 1], w[at + 2]);
        link.target = '_blank';
        link.rel = 'noopener noreferrer nofollow';
        domSlot(h, w[at]).append(link);
        at += 3;
      } else if (op === {{{ OP_TOP }}}) {
        scroller = domNode(h).node;
        anchors = 0;
        scroller.scrollTop = 0;
      }
    }
    if (anchors) domRestoreAnchor(scroller, anchors);
    domPinSoon();
    // Last: a field that loses the focus may report what it holds, which draws.
    if (focus) focus.focus({ preventScroll: true });
  },

  dom_request_frame__sig: 'v',
  dom_request_frame: function() {
    const frame = () => _ui_event({{{ EVENT_FRAME }}}, 0, 0, 0);
    if (document.hidden) setTimeout(frame, 100); else requestAnimationFrame(frame);
  },

  // Put a text into the core's scratch memory. Returns its length in bytes; without memory it is empty.
  $domPutText__deps: ['$domEncoder'],
  $domPutText: function(text) {
    const address = _ui_scratch(text.length * 3);
    return address && domEncoder.encodeInto(text, HEAPU8.subarray(address, address + text.length * 3)).written;
  },

  dom_read_composer__deps: ['$domSlot', '$domPutText'],
  dom_read_composer__sig: 'i',
  dom_read_composer: function() {
    return domPutText(domSlot({{{ NODE_INPUT }}}, 0).value);
  },

  $domOnKey__deps: ['$domSlot'],
  $domOnKey: function(event) {
    const key = {{{ JSON.stringify(DOM_KEYS) }}}.indexOf(event.key);
    if (key < 1) return;
    const composer = event.target === domSlot({{{ NODE_INPUT }}}, 0);
    if (key === {{{ KEY_HOME }}} ? !event.target.value && !event.shiftKey : composer || key === {{{ KEY_ESCAPE }}}) {
      const flags = (event.shiftKey && {{{ FLAG_SHIFT }}}) |
        // 229: Safari ends the composition before it reports the key that ended it.
        ((event.isComposing || event.keyCode === 229) && {{{ FLAG_COMPOSING }}}) |
        (composer && {{{ FLAG_COMPOSER }}}) |
        ((event.ctrlKey || event.altKey || event.metaKey) && {{{ FLAG_MODIFIER }}});
      if (_ui_event({{{ EVENT_KEY }}}, key, flags, 0)) event.preventDefault();
    }
  },

  $domOnClick: function(event) {
    const target = event.target.closest('[data-act]');
    if (!target) return;
    const row = target.closest('[data-key]');
    const act = {{{ JSON.stringify(DOM_ACTS) }}}.indexOf(target.dataset['act']);
    _ui_event({{{ EVENT_CLICK }}}, act, row ? +row.dataset['key'] : 0, 0);
  },

  // The reader has come to rest.
  $domRest__deps: ['$domScroll', '$domPin'],
  $domRest: function() {
    if (!domScroll.busy) return;
    clearTimeout(domScroll.busy);
    domScroll.busy = 0;
    domPin();
  },

  // Where the reader is. While the view sticks to its end, the distance counts from the end as it was when last put
  // there: what came since is not the reader's doing. Scrolling that we did ourselves is nobody's news.
  $domOnScroll__deps: ['$domScroll', '$domSlot', '$domRest'],
  $domOnScroll: function() {
    const scroller = domSlot({{{ NODE_SCROLLER }}}, 0);
    const top = scroller.scrollTop;
    if (domScroll.stick && Math.abs(top - domScroll.top) < 1) return;
    clearTimeout(domScroll.busy);
    domScroll.busy = setTimeout(domRest, 200);
    const height = domScroll.stick ? domScroll.height : scroller.scrollHeight;
    const below = Math.max(0, height - scroller.clientHeight - top);
    // The answer counts at once: the reader may rest before the next batch says the same.
    domScroll.stick = _ui_event({{{ EVENT_SCROLL }}}, top, below, scroller.clientHeight);
  },

  dom_start__deps: ['$domSlot', '$domPutText', '$domFit', '$domOnKey', '$domOnClick', '$domOnScroll', '$domRest', '$domPin'],
  dom_start__sig: 'v',
  dom_start: function() {
    const on = (target, type, handler) => target.addEventListener(type, handler);
    const input = domSlot({{{ NODE_INPUT }}}, 0);
    const name = domSlot({{{ NODE_NAME }}}, 0);
    const scroller = domSlot({{{ NODE_SCROLLER }}}, 0);
    const focus = () => _ui_event({{{ EVENT_FOCUS }}}, document.hasFocus() && !document.hidden ? 1 : 0, 0, 0);
    on(input, 'input', () => {
      domFit(input);
      _ui_event({{{ EVENT_INPUT }}}, domPutText(input.value), 0, 0);
    });
    on(name, 'change', () => _ui_event({{{ EVENT_NAME }}}, domPutText(name.value), 0, 0));
    on(name, 'keydown', event => {
      if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      input.focus(); // the name field reports its change
    });
    // Sending leaves the focus, and with it a keyboard on the screen, in the composer.
    on(domSlot({{{ NODE_SEND }}}, 0), 'mousedown', event => {
      if (document.activeElement === input) event.preventDefault();
    });
    on(domSlot({{{ NODE_COMPOSER }}}, 0), 'submit', event => {
      event.preventDefault();
      _ui_event({{{ EVENT_SUBMIT }}}, 0, 0, 0);
    });
    on(document, 'keydown', domOnKey);
    on(document, 'click', domOnClick);
    scroller.addEventListener('scroll', domOnScroll, { passive: true });
    on(scroller, 'scrollend', domRest);
    on(window, 'online', () => _ui_event({{{ EVENT_ONLINE }}}, 1, 0, 0));
    on(window, 'offline', () => _ui_event({{{ EVENT_ONLINE }}}, 0, 0, 0));
    on(window, 'focus', focus);
    on(window, 'blur', focus);
    on(document, 'visibilitychange', () => {
      focus();
      if (document.hidden) _ui_event({{{ EVENT_HIDE }}}, 0, 0, 0);
    });
    on(window, 'pagehide', () => _ui_event({{{ EVENT_HIDE }}}, 0, 0, 0));
    // At once, in the same frame: else the browser's own correction would look like the reader's doing.
    const resized = new ResizeObserver(domPin);
    resized.observe(scroller);
    resized.observe(domSlot({{{ NODE_LIST }}}, 0));
    focus();
    if (!navigator.onLine) _ui_event({{{ EVENT_ONLINE }}}, 0, 0, 0);
  },
});
