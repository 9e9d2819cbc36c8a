// The page's side of the core: applies batches of DOM operations. lib_dom_markdown.js fills slots with Markdown,
// lib_dom_scroll.js holds the list in its place, lib_dom_keys.js and lib_dom_events.js report what happens. No decisions are
// taken here, and no number of the contract is written here: {{{ OP_TEXT }}} and its like are filled in from ui/dom_ops.def by
// the build. Text reaches the document only as textContent, attribute or field value, never as markup.

mergeInto(LibraryManager.library, {
  // Handle -> { node, slots }. The nodes of index.html are looked up when first used.
  $domNodes: '=new Map()',
  // Template -> { node, paths }: where in a copy its slots are.
  $domTemplates: '=new Map()',
  $domDecoder: "=new TextDecoder('utf-8', { ignoreBOM: true })",
  $domEncoder: '=new TextEncoder()',
  // While a batch is applied, what it causes is kept back: an event could draw, and overwrite the batch.
  $domBatch: { busy: false, events: [] },

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

  $domTemplateRoot: function(number) {
    return document.getElementById({{{ JSON.stringify(DOM_TEMPLATES) }}}[number]).content.firstElementChild;
  },

  // The way from a template's root to each of its slots, by child indexes.
  $domTemplate__deps: ['$domTemplates', '$domTemplateRoot'],
  $domTemplate: function(number) {
    let template = domTemplates.get(number);
    if (!template) {
      const root = domTemplateRoot(number);
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

  // An event without a text, after the batch that is being applied.
  $domEmit__deps: ['$domBatch'],
  $domEmit: function(event, a, b, c) {
    if (domBatch.busy) {
      domBatch.events.push([event, a, b, c]);
      return 0;
    }
    return _ui_event(event, a, b, c);
  },

  // Out of the document. An open dialog is closed first, so that the focus goes back to what opened it.
  $domRemove__deps: ['$domNodes', '$domNode'],
  $domRemove: function(handle) {
    const node = domNode(handle).node;
    const dialog = node.localName === 'dialog' ? node : node.querySelector('dialog');
    const open = !!dialog && dialog.open;
    if (open) dialog.close();
    node.remove();
    domNodes.delete(handle);
    return open;
  },

  // Where the writing was when a dialog opened: the field, what it held, the selection.
  $domWriting: { field: null, text: '', from: 0, to: 0 },

  // The list gives the focus to the last message in view, where keys act on it; under a finger that would only show its buttons.
  $domFocus__deps: ['$domSlot', '$domLastInView'],
  $domFocus: function(node) {
    const row = node === domSlot({{{ NODE_SCROLLER }}}, 0) && !matchMedia('(pointer: coarse)').matches && domLastInView();
    (row ? row.firstElementChild : node).focus({ preventScroll: true });
  },

  // The focus after a dialog has gone: where it came from, or else the composer, or the list where there is none. Chromium gives a field the focus back without its
  // selection, and so without what is typed next; what the dialog itself has changed has a selection of its own.
  $domRefocus__deps: ['$domSlot', '$domWriting', '$domFocus'],
  $domRefocus: function() {
    const at = document.activeElement;
    if ((!at || at === document.body) && !document.querySelector('dialog[open]')) {
      const input = domSlot({{{ NODE_INPUT }}}, 0);
      domFocus(input.closest('[hidden]') ? domSlot({{{ NODE_SCROLLER }}}, 0) : input);
    } else if (at && at.localName === 'textarea') {
      const same = domWriting.field === at && domWriting.text === at.value;
      at.setSelectionRange(same ? domWriting.from : at.selectionStart, same ? domWriting.to : at.selectionEnd);
    }
  },

  // What has the focus, as the last focusin told: the browser looks at every style before it answers that itself.
  $domAt: { node: null },

  // node is about to be removed or moved; does the focus go with it? Then where it was, for domKeepFocus.
  $domLeaves__deps: ['$domAt'],
  $domLeaves: function(node) {
    const at = domAt.node;
    return node.contains(at) && at === document.activeElement
      && { at: at, near: [node.nextElementSibling, node.previousElementSibling, node.parentNode.closest('dialog, aside, nav, [tabindex]')] };
  },

  // Nobody loses the focus because something was drawn: it stays with what was moved, or goes to what stood beside what is gone.
  $domKeepFocus__deps: ['$domRefocus'],
  $domKeepFocus: function(left) {
    const coarse = matchMedia('(pointer: coarse)').matches; // no keyboard comes up that nobody asked for
    const can = '[tabindex], button, a[href]' + (coarse ? '' : ', input, textarea');
    const focus = node => node && node.focus({ preventScroll: true });
    if (left.at.isConnected) focus(left.at);
    for (const near of left.near) {
      if (document.activeElement !== document.body) return;
      if (near && near.isConnected) focus(near.matches(can) ? near : near.querySelector(can));
    }
    if (!coarse && document.activeElement === document.body) domRefocus();
  },

  // A field's value and its selection. What is the same already stays: writing it would end a composition, and whoever is writing
  // keeps his place when it is only to be at the end.
  $domSetValue__deps: ['$domFit'],
  $domSetValue: function(field, text, from, to) {
    if (field.value !== text) field.value = text;
    else if (field === document.activeElement && from === to && to === text.length) return;
    if (field.selectionStart !== null && field.setSelectionRange) field.setSelectionRange(from, to);
    domFit(field);
  },

  // Browsers that cannot size a field by its content get it by its scroll height.
  $domFit: function(field) {
    if (field.rows && !CSS.supports('field-sizing', 'content')) {
      field.style.height = 'auto';
      field.style.height = field.scrollHeight + 'px';
    }
  },

  $domShowModal__deps: ['$domWriting'],
  $domShowModal: function(dialog) {
    if (!dialog.isConnected || dialog.open) return;
    const at = document.activeElement;
    if (at && at.localName === 'textarea') {
      domWriting.field = at;
      domWriting.text = at.value;
      domWriting.from = at.selectionStart;
      domWriting.to = at.selectionEnd;
    }
    dialog.showModal();
    const first = dialog.querySelector('input:not([type="radio"], [readonly], [disabled], [hidden] *), textarea, select') ||
      dialog.querySelector('[data-slot="children"] button');
    if (first) first.focus();
    if (first && first.readOnly) first.select(); // there to be copied
  },

  // Files of this server and nothing else may be loaded or linked to this way.
  // An avatar's lies over the letter, which is seen until it is there, and when it does not come.
  $domSetSource: function(node, address) {
    if (node.localName === 'span') {
      const image = new Image();
      image.alt = '';
      image.loading = 'lazy';
      image.onerror = () => image.remove();
      if (node.firstElementChild) node.firstElementChild.remove();
      if (!address) return;
      node.append(image);
      node = image;
    }
    const name = node.localName === 'img' ? 'src' : 'href';
    let url;
    try {
      url = new URL(address, location.origin);
    } catch (error) {
      url = location;
    }
    if (url.origin === location.origin && url.pathname.startsWith('/api/v1/files/')) {
      node.setAttribute(name, url.pathname + url.search);
    } else {
      node.removeAttribute(name);
    }
  },

  // One of the drawings of index.html, by its name: "reply" is the symbol i-reply.
  $domSetIcon: function(node, name) {
    const use = node.localName === 'use' ? node : node.querySelector('use');
    if (use) use.setAttribute('href', '#i-' + name);
  },

  // A text with a part of it marked, behind what is there.
  $domMark: function(node, before, marked, behind) {
    const mark = document.createElement('mark');
    mark.textContent = marked;
    node.append(before, mark, behind);
  },

  // The one operation at w[at] that looks at a node's state or at its place: a function, to be called when the rest of the
  // batch is done. Texts are read now, as long as they are there.
  $domDeed__deps: ['$domText', '$domSlot', '$domSetValue', '$domShowModal', '$domScrollTo', '$domSetSource', '$pageShowPicture'],
  $domDeed: function(op, node, w, at) {
    if (op === {{{ OP_VALUE }}}) {
      const text = domText(w[at], w[at + 1]), from = w[at + 2], to = w[at + 3];
      return () => domSetValue(node, text, from, to);
    }
    if (op === {{{ OP_CHECKED }}}) {
      const on = w[at] > 0;
      return () => (node.checked = on);
    }
    if (op === {{{ OP_SCROLL_TO }}}) {
      const how = w[at];
      return () => domScrollTo(node, how);
    }
    if (op === {{{ OP_PICTURE }}}) pageShowPicture(node, ...w.subarray(at, at + 4));
    if (op === {{{ OP_SHOW_MODAL }}}) return () => domShowModal(node);
    if (op === {{{ OP_SOURCE }}}) domSetSource(node, domText(w[at], w[at + 1]));
    return null;
  },

  dom_apply__deps: ['$domNodes', '$domNode', '$domSlot', '$domClone', '$domText', '$domScroll', '$domFindAnchors',
    '$domRestoreAnchor', '$domPinSoon', '$domRest', '$domDeed', '$domMark', '$domSetIcon', '$domRemove', '$domRefocus', '$domFocus', '$domBatch',
    '$domClear', '$domBlock', '$domRun', '$domSeenSoon', '$domRowFocus', '$domLast_',
    '$domHold', '$domPutBack', '$domLeaves', '$domKeepFocus'],
  dom_apply__sig: 'vii',
  dom_apply: function(words, n) {
    const attrs = {{{ JSON.stringify(DOM_ATTRS) }}};
    const w = HEAPU32;
    let at = words >> 2;
    const end = at + n;
    const deeds = [];
    let scroller, anchors, focus, had, refocus, left, closed = false;
    domBatch.busy = true;
    while (at < end) {
      const op = w[at++];
      const h = w[at++];
      if (op === {{{ OP_TEXT }}}) {
        domSlot(h, w[at]).textContent = domText(w[at + 1], w[at + 2]);
        at += 3;
      } else if (op === {{{ OP_ATTR }}}) {
        const node = domSlot(h, w[at]), text = domText(w[at + 2], w[at + 3]);
        if (w[at + 1] === {{{ ATTR_ICON }}}) domSetIcon(node, text); else node.setAttribute(attrs[w[at + 1]], text);
        at += 4;
      } else if (op === {{{ OP_UNATTR }}}) {
        domSlot(h, w[at]).removeAttribute(attrs[w[at + 1]]);
        at += 2;
      } else if (op === {{{ OP_CLONE }}}) {
        domClone(h, w[at++]);
      } else if (op === {{{ OP_INSERT }}}) {
        const before = w[at + 1] ? domNode(w[at + 1]).node : null;
        const node = domNode(w[at]).node;
        if (node.isConnected) left = left || domLeaves(node);
        domSlot(h, {{{ SLOT_CHILDREN }}}).insertBefore(node, before);
        at += 2;
      } else if (op === {{{ OP_REMOVE }}}) {
        left = left || domLeaves(domNode(h).node);
        if (domRemove(h)) closed = true;
      } else if (op === {{{ OP_DROP }}}) {
        domNodes.delete(h);
      } else if (op === {{{ OP_CLEAR }}}) {
        domClear(domSlot(h, w[at++]));
      } else if (op === {{{ OP_BLOCK }}}) {
        domBlock(domSlot(h, w[at]), w[at + 1], w[at + 2], w[at + 3]);
        at += 4;
      } else if (op === {{{ OP_RUN }}}) {
        domRun(domSlot(h, w[at]), w[at + 1], w[at + 2], domText(w[at + 3], w[at + 4]), domText(w[at + 5], w[at + 6]));
        at += 7;
      } else if (op === {{{ OP_MARK }}}) {
        domMark(domSlot(h, w[at]), domText(w[at + 1], w[at + 2]), domText(w[at + 3], w[at + 4]), domText(w[at + 5], w[at + 6]));
        at += 7;
      } else if (op === {{{ OP_FOCUS }}}) {
        focus = domSlot(h, w[at++]);
      } else if (op === {{{ OP_REFOCUS }}}) {
        had = document.activeElement;
        refocus = domSlot(h, w[at++]);
      } else if (op === {{{ OP_ANCHOR }}}) {
        scroller = domNode(h).node;
        domPutBack(scroller); // what grew since the last frame is not what the reader looks at
        anchors = domFindAnchors(scroller);
      } else if (op === {{{ OP_STICK }}}) {
        if (w[at] && !domScroll.stick) domRest();
        domScroll.stick = w[at++];
        domScroll.top = domSlot({{{ NODE_SCROLLER }}}, 0).scrollTop;
      } else if (op === {{{ OP_TOP }}}) {
        scroller = domNode(h).node;
        anchors = 0;
        scroller.scrollTop = 0;
      } else {
        const deed = domDeed(op, domSlot(h, w[at]), w, at + 1);
        if (deed) deeds.push(deed);
        at += 1 + {{{ JSON.stringify(DOM_OPS_WORDS) }}}[op];
      }
    }
    if (anchors) domRestoreAnchor(scroller, anchors);
    domPinSoon();
    for (const deed of deeds) deed();
    if (anchors) domHold();
    if (closed) domRefocus(); else if (left && !focus) domKeepFocus(left);
    // Last: a field that loses the focus may report what it holds, which draws.
    if (had && had.closest('[hidden]')) focus = focus || refocus;
    if (focus) domFocus(focus);
    domBatch.busy = false;
    // Its row may be gone; one that gets the focus says so itself. The question is not free: the browser looks at every style first.
    if (domLast_.row) domRowFocus();
    domSeenSoon();
    for (let event; (event = domBatch.events.shift());) _ui_event(event[0], event[1], event[2], event[3]);
  },

  dom_request_frame__sig: 'v',
  dom_request_frame: function() {
    // A page that is hidden, perhaps from now on, has no frames.
    const frame = () => {
      cancelAnimationFrame(asked);
      clearTimeout(timer);
      _ui_event({{{ EVENT_FRAME }}}, 0, 0, 0);
    };
    const asked = requestAnimationFrame(frame);
    const timer = setTimeout(frame, 100);
  },

  // Put a text into the core's scratch memory. Returns its length in bytes; without memory it is empty.
  $domPutText__deps: ['$domEncoder'],
  $domPutText: function(text) {
    const address = _ui_scratch(text.length * 3);
    return address && domEncoder.encodeInto(text, HEAPU8.subarray(address, address + text.length * 3)).written;
  },

  dom_read_field__deps: ['$domSlot', '$domPutText'],
  dom_read_field__sig: 'ii',
  dom_read_field: function(node) {
    return domPutText(domSlot(node, 0).value || '');
  },

  // The words of index.html, in its templates as well.
  dom_words__deps: ['$domText'],
  dom_words__sig: 'viii',
  dom_words: function(name, text, n) {
    const word = domText(text, n);
    const key = UTF8ToString(name);
    const roots = [document];
    for (const template of document.querySelectorAll('template')) roots.push(template.content);
    for (const root of roots) {
      for (const element of root.querySelectorAll('[data-words="' + key + '"]')) element.textContent = word;
      for (const element of root.querySelectorAll('[data-words-label="' + key + '"]')) element.setAttribute('aria-label', word);
    }
  },
});
