// The page's events, by listeners on the document: clicks, the pointer, the focus, the window. Reported, not judged.

mergeInto(LibraryManager.library, {
  // What was reported last: the row under the pointer, the row with the focus, the width, is anybody there.
  $domLast_: { hover: 0, row: 0, width: 0, idle: false, at: 0 },

  // The row of the message list that a node is in, or null.
  $domRowOf__deps: ['$domSlot'],
  $domRowOf: function(node) {
    const list = domSlot({{{ NODE_LIST }}}, 0);
    while (node && node.parentNode !== list) node = node.parentNode;
    return node;
  },

  // The key of the nearest ancestor that has one.
  $domKeyOf: function(node) {
    const keyed = node.closest('[data-key]');
    return keyed ? +keyed.dataset['key'] : 0;
  },

  $domAct: function(name) {
    return {{{ JSON.stringify(DOM_ACTS) }}}.indexOf(name);
  },

  // A link to a place of this page, which opens without loading: its path, or null.
  $domInnerLink: function(event) {
    const link = event.target.closest('a[href]');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.hasAttribute('download') ||
      !link.getAttribute('href')) return null;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname.startsWith('/api/')) return null;
    if (/^#[^/]/.test(link.getAttribute('href'))) return url.hash;
    return url.pathname + url.search + url.hash;
  },

  $domFollow__deps: ['$domPutText', '$domFocus'],
  $domFollow: function(path) {
    if (path[0] === '#' && path[1] !== '/') {
      const target = document.getElementById(path.slice(1));
      if (target) domFocus(target);
      return;
    }
    try {
      history.pushState(null, '', path);
    } catch (error) {
      // As in page_go.
    }
    _ui_event({{{ EVENT_ADDRESS }}}, domPutText(path), 0, 0);
  },

  // What is only looks, or must be done while the browser still takes it for the person's wish.
  $domOwnAct__deps: ['$pageCopy', '$domTemplateRoot'],
  $domOwnAct: function(target) {
    if (target.dataset['act'] === 'spoiler') {
      const open = target.toggleAttribute('data-open');
      target.setAttribute('aria-expanded', open);
      // Its name is what it hides, or that it hides something.
      if (open) target.removeAttribute('aria-label');
      else target.setAttribute('aria-label', domTemplateRoot({{{ TEMPLATE_SPOILER }}}).getAttribute('aria-label'));
      return true;
    }
    const code = target.dataset['act'] === 'copy' && target.closest('.code');
    if (code) pageCopy(code.querySelector('pre').textContent);
    return Boolean(code);
  },

  $domOnClick__deps: ['$domInnerLink', '$domFollow', '$domOwnAct', '$domKeyOf', '$domAct'],
  $domOnClick: function(event) {
    const path = domInnerLink(event);
    if (path !== null) {
      event.preventDefault();
      domFollow(path);
      return;
    }
    const target = event.target.closest('[data-act]'), link = event.target.closest('a[href]');
    if (!target || target.disabled || (link && link !== target) || domOwnAct(target)) return;
    const act = domAct(target.dataset['act']);
    if (act > 0) _ui_event({{{ EVENT_CLICK }}}, act, domKeyOf(target), event.shiftKey ? {{{ FLAG_SHIFT }}} : 0);
  },

  // Pressing these leaves the focus, and with it a keyboard on the screen, where it is: in the composer.
  $domOnMouseDown__deps: ['$domSlot'],
  $domOnMouseDown: function(event) {
    const input = domSlot({{{ NODE_INPUT }}}, 0);
    if (document.activeElement === input && event.target.closest('#send, #popup')) event.preventDefault();
  },

  $domHover__deps: ['$domLast_'],
  $domHover: function(key) {
    if (key === domLast_.hover) return;
    domLast_.hover = key;
    _ui_event({{{ EVENT_HOVER }}}, key, 0, 0);
  },

  $domOnPointer__deps: ['$domHover', '$domRowOf'],
  $domOnPointer: function(event) {
    if (event.pointerType === 'touch') return;
    const row = domRowOf(event.target);
    domHover(row ? +row.dataset['key'] || 0 : 0);
  },

  // A finger that rests on a message means what "more" means.
  $domListenPress__deps: ['$domRowOf', '$domAct'],
  $domListenPress: function() {
    let timer = 0, x = 0, y = 0, pressed = false;
    const stop = () => {
      clearTimeout(timer);
      timer = 0;
    };
    document.addEventListener('pointerdown', event => {
      pressed = false;
      const row = event.pointerType === 'touch' && !event.target.closest('a, button') && domRowOf(event.target);
      if (!row || !row.classList.contains('row')) return;
      x = event.clientX;
      y = event.clientY;
      timer = setTimeout(() => {
        pressed = true;
        _ui_event({{{ EVENT_CLICK }}}, {{{ ACT_MORE }}}, +row.dataset['key'] || 0, 0);
      }, 500);
    }, { passive: true });
    document.addEventListener('pointermove', event => {
      if (timer && Math.hypot(event.clientX - x, event.clientY - y) > 10) stop();
    }, { passive: true });
    for (const type of ['pointerup', 'pointercancel']) document.addEventListener(type, stop);
    // Neither the browser's menu nor the click that ends the press.
    document.addEventListener('contextmenu', event => (timer || pressed) && event.preventDefault());
    document.addEventListener('click', event => {
      if (!pressed) return;
      pressed = false;
      event.preventDefault();
      event.stopPropagation();
    }, true);
  },

  // Has another message got the focus, or none?
  $domRowFocus__deps: ['$domLast_', '$domRowOf', '$domEmit'],
  $domRowFocus: function() {
    const row = document.activeElement && domRowOf(document.activeElement);
    const key = row ? +row.dataset['key'] || 0 : 0;
    if (key === domLast_.row) return;
    domLast_.row = key;
    domEmit({{{ EVENT_ROW_FOCUS }}}, key, 0, 0);
  },

  $domLooks__deps: ['$domLast_'],
  $domLooks: function() {
    domLast_.width = innerWidth;
    _ui_event({{{ EVENT_LOOKS }}}, +matchMedia('(prefers-color-scheme: dark)').matches,
      +matchMedia('(prefers-contrast: more)').matches, innerWidth);
  },

  $domListenLooks__deps: ['$domLast_', '$domLooks'],
  $domListenLooks: function() {
    let frame = 0;
    for (const wish of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
      matchMedia(wish).addEventListener('change', domLooks);
    }
    addEventListener('resize', () => {
      if (frame || innerWidth === domLast_.width) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        domLooks();
      });
    });
    domLooks();
  },

  // Five minutes without a touch of anything: nobody is there.
  $domListenActive__deps: ['$domLast_'],
  $domListenActive: function() {
    const quiet = 300000;
    const check = () => {
      const left = domLast_.at + quiet - Date.now();
      if (left > 0) {
        setTimeout(check, left);
        return;
      }
      domLast_.idle = true;
      _ui_event({{{ EVENT_ACTIVE }}}, 0, 0, 0);
    };
    const active = () => {
      domLast_.at = Date.now();
      if (!domLast_.idle) return;
      domLast_.idle = false;
      setTimeout(check, quiet);
      _ui_event({{{ EVENT_ACTIVE }}}, 1, 0, 0);
    };
    for (const type of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchmove']) {
      addEventListener(type, active, { passive: true, capture: true });
    }
    domLast_.at = Date.now();
    setTimeout(check, quiet);
  },

  // The edges of the sidebar and of the panel are moved, by the pointer or by keys: seen at once, told when they are let go.
  $domListenEdges__deps: ['$domSlot', '$domOnResize'],
  $domListenEdges: function() {
    const root = document.documentElement, main = domSlot({{{ NODE_MAIN }}}, 0);
    ['sidebar', 'panel'].forEach((id, which) => {
      const edge = document.getElementById(id + '-edge'), box = edge.parentNode, name = '--' + id + '-kept';
      const least = +edge.getAttribute('aria-valuemin'), most = +edge.getAttribute('aria-valuemax');
      let from = 0, width = 0, room = 0, px = -1, pointer = 0, before = '';
      // Where it is now, and how far it may go: the room keeps its 400 px.
      const measure = () => {
        width = box.offsetWidth;
        room = Math.max(width, Math.min(most, width + main.offsetWidth - 400));
      };
      const show = to => {
        px = Math.round(Math.max(least, Math.min(room, to)));
        root.style.setProperty(name, px + 'px');
      };
      const tell = () => {
        if (px < 0) return;
        domOnResize(); // before the next key measures: a list that was too short for a moment has been scrolled, not by the reader
        _ui_event({{{ EVENT_WIDTH }}}, which, px, 0);
        px = -1;
      };
      // Its width grows to the right?
      const way = () => (root.dir === 'rtl') === (which > 0) ? 1 : -1;
      const reset = () => {
        root.style.removeProperty(name);
        px = 0;
        tell();
      };
      new ResizeObserver(() => box.offsetWidth && edge.setAttribute('aria-valuenow', box.offsetWidth)).observe(box);
      edge.addEventListener('mousedown', event => event.preventDefault()); // who is writing goes on
      edge.addEventListener('dblclick', reset);
      edge.addEventListener('pointerdown', event => {
        if (event.button) return;
        measure();
        from = event.clientX;
        pointer = event.pointerId;
        before = root.style.getPropertyValue(name);
        edge.setPointerCapture(pointer);
      });
      // Wherever the focus is meanwhile: as it was.
      addEventListener('keydown', event => {
        if (event.key !== 'Escape' || !edge.hasPointerCapture(pointer)) return;
        event.preventDefault();
        event.stopPropagation();
        px = -1;
        root.style.setProperty(name, before);
        edge.releasePointerCapture(pointer);
      }, true);
      edge.addEventListener('pointermove', event => {
        const by = event.clientX - from;
        if (edge.hasPointerCapture(event.pointerId) && (by || px >= 0)) show(width + way() * by);
      });
      edge.addEventListener('lostpointercapture', tell);
      edge.addEventListener('keydown', event => {
        const at = ['Enter', 'Home', 'End', 'ArrowLeft', 'ArrowRight'].indexOf(event.key);
        if (at < 0 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        measure();
        if (!at) return reset();
        show(at === 1 ? least : at === 2 ? most : width + (at === 4 ? 16 : -16) * way());
        tell();
      });
    });
  },

  // A toast that the pointer or the focus is on does not go away.
  $domListenToasts__deps: ['$domSlot', '$domEmit'],
  $domListenToasts: function() {
    const toasts = domSlot({{{ NODE_TOASTS }}}, 0);
    const hold = on => () => domEmit({{{ EVENT_TOAST_HOLD }}}, on, 0, 0);
    for (const type of ['pointerover', 'focusin']) toasts.addEventListener(type, hold(1));
    for (const type of ['pointerout', 'focusout']) toasts.addEventListener(type, hold(0));
  },

  $domListenWindow__deps: ['$domPutText', '$domSeen', '$domSeenSoon', '$domRowFocus', '$domBatch', '$domEmit', '$domAt'],
  $domListenWindow: function() {
    let looked = -1;
    const focus = () => {
      const now = document.hasFocus() && !document.hidden ? 1 : 0;
      if (now === looked) return;
      looked = now;
      clearTimeout(domSeen.timer);
      domSeen.timer = 0;
      domEmit({{{ EVENT_FOCUS }}}, now, 0, 0);
      domSeenSoon();
    };
    addEventListener('online', () => _ui_event({{{ EVENT_ONLINE }}}, 1, 0, 0));
    addEventListener('offline', () => _ui_event({{{ EVENT_ONLINE }}}, 0, 0, 0));
    addEventListener('focus', focus);
    addEventListener('blur', focus);
    document.addEventListener('visibilitychange', () => {
      focus();
      if (!document.hidden) return;
      _ui_event({{{ EVENT_HIDE }}}, 0, 0, 0);
      // The frame that was asked for does not come while nobody sees it.
      _ui_event({{{ EVENT_FRAME }}}, 0, 0, 0);
    });
    addEventListener('pagehide', () => _ui_event({{{ EVENT_HIDE }}}, 0, 0, 0));
    addEventListener('popstate', () => _ui_event({{{ EVENT_ADDRESS }}}, domPutText(location.pathname + location.search + location.hash), history.state & 0xFF, 0));
    document.addEventListener('focusin', domRowFocus);
    document.addEventListener('focusin', event => (domAt.node = event.target));
    // When the window loses the focus, the row that has it keeps it.
    document.addEventListener('focusout', event => document.hasFocus() && !domBatch.busy && !event.relatedTarget && setTimeout(domRowFocus));
    focus();
    if (!navigator.onLine) _ui_event({{{ EVENT_ONLINE }}}, 0, 0, 0);
  },

  // What was typed, filled in or even sent before the program ran.
  $domEarly__deps: ['$domSlot', '$domReport', '$domSubmit'],
  $domEarly: function() {
    const form = domSlot({{{ NODE_LOGIN_FORM }}}, 0);
    for (const field of form.querySelectorAll('[data-field]')) if (field.value) domReport(field);
    if (form.dataset['early']) domSubmit(form);
    delete form.dataset['early'];
  },

  dom_start__deps: ['$domSlot', '$domOnKey', '$domOnCancel', '$domOnInput', '$domOnCaret', '$domOnSubmit', '$domOnClick', '$domOnMouseDown',
    '$domOnPointer', '$domHover', '$domListenPress', '$domListenLooks', '$domListenActive', '$domListenToasts', '$domListenEdges', '$domListenWindow', '$domOnScroll',
    '$domRest', '$domOnResize', '$domEarly', '$pageStart'],
  dom_start__sig: 'v',
  dom_start: function() {
    const on = (type, handler, capture) => document.addEventListener(type, handler, capture);
    const scroller = domSlot({{{ NODE_SCROLLER }}}, 0);
    on('keydown', domOnKey);
    on('cancel', domOnCancel, true);
    on('close', domOnCancel, true);
    on('input', domOnInput);
    on('compositionend', domOnInput);
    on('keyup', event => /^(Arrow|Home|End)/.test(event.key) && domOnCaret(event));
    on('pointerup', domOnCaret);
    on('submit', domOnSubmit);
    on('click', domOnClick);
    on('mousedown', domOnMouseDown);
    on('pointerover', domOnPointer);
    document.documentElement.addEventListener('pointerleave', () => domHover(0));
    scroller.addEventListener('scroll', domOnScroll, { passive: true });
    scroller.addEventListener('scrollend', domRest);
    // At once, in the same frame: else the browser's own correction would look like the reader's doing.
    const resized = new ResizeObserver(domOnResize);
    resized.observe(scroller);
    resized.observe(domSlot({{{ NODE_LIST }}}, 0));
    domListenPress();
    domListenLooks();
    domListenActive();
    domListenToasts();
    domListenEdges();
    domListenWindow();
    pageStart();
    domEarly();
  },
});
