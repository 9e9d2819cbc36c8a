// Markdown as elements: each block and run of markdown.h that the core hands over is appended to the slot it belongs to.
// A slot's state is its last children: which list or quote is open is read from the document, nothing is remembered.

mergeInto(LibraryManager.library, {
  $domClear: function(slot) {
    slot.textContent = '';
  },

  // The last child of a node, if it is an element of that name: a list or a quote that goes on.
  $domLast: function(node, name) {
    const last = node.lastChild;
    return last && last.localName === name ? last : null;
  },

  $domAppend: function(node, name, kind) {
    const element = document.createElement(name);
    if (kind) element.className = kind;
    node.appendChild(element);
    return element;
  },

  // As many quotes within each other as there are marks; the open ones go on.
  $domQuotes__deps: ['$domLast', '$domAppend'],
  $domQuotes: function(slot, depth) {
    let at = slot;
    while (depth--) at = domLast(at, 'blockquote') || domAppend(at, 'blockquote');
    return at;
  },

  // An item goes into the list of its indent, which lies in the item above it; a list of the other kind ends it.
  $domItem__deps: ['$domLast', '$domAppend'],
  $domItem: function(parent, indent, ordered) {
    const name = ordered ? 'ol' : 'ul';
    let at = parent;
    while (indent--) {
      const list = domLast(at, 'ul') || domLast(at, 'ol');
      if (!list) break;
      at = list.lastChild;
    }
    return domAppend(domLast(at, name) || domAppend(at, name), 'li');
  },

  $domCode__deps: ['$domTemplateRoot'],
  $domCode: function(parent) {
    parent.appendChild(domTemplateRoot({{{ TEMPLATE_CODE }}}).cloneNode(true));
  },

  // md_block_kind: 0 a paragraph, 1 an item of a list, 2 code.
  $domBlock__deps: ['$domQuotes', '$domItem', '$domCode', '$domAppend'],
  $domBlock: function(slot, kind, quotes, item) {
    const parent = domQuotes(slot, quotes);
    if (kind === 2) domCode(parent);
    else if (kind === 1) domItem(parent, item & 15, item & 16);
    else domAppend(parent, 'p');
  },

  // Where a run goes: the innermost last block.
  $domOpenBlock: function(slot) {
    let at = slot;
    for (let next = at.lastElementChild; next && /^(blockquote|ul|ol|li|p|div|pre)$/.test(next.localName); next = at.lastElementChild) {
      at = next;
    }
    return at;
  },

  // A link whose address is what it may be, or else only its text.
  $domLink: function(text, address) {
    const link = document.createElement('a');
    let url = null;
    try {
      url = new URL(address);
    } catch (error) {
      // Not an address.
    }
    link.textContent = text;
    if (!url || !/^(https?|mailto):$/.test(url.protocol)) return link;
    link.href = address;
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
    return link;
  },

  $domSpoiler__deps: ['$domTemplateRoot'],
  $domSpoiler: function(parent) {
    // Runs that follow each other under one cover are one spoiler.
    let spoiler = parent.lastChild;
    if (!spoiler || spoiler.className !== 'spoiler') {
      spoiler = domTemplateRoot({{{ TEMPLATE_SPOILER }}}).cloneNode(true);
      parent.appendChild(spoiler);
    }
    return spoiler.lastElementChild;
  },

  // md_run_kind: 0 text, 1 a link, 2 a mention, 3 a room, 4 a new line. style: 1 bold, 2 italic, 4 struck, 8 hidden, 16 code.
  $domRun__deps: ['$domOpenBlock', '$domLink', '$domSpoiler', '$domAppend'],
  $domRun: function(slot, kind, style, text, address) {
    let at = domOpenBlock(slot);
    if (kind === 4) {
      at.append('\n'); // the looks keep it
      return;
    }
    if (style & 8) at = domSpoiler(at);
    if (style & 1) at = domAppend(at, 'strong');
    if (style & 2) at = domAppend(at, 'em');
    if (style & 4) at = domAppend(at, 's');
    if (style & 16) at = domAppend(at, 'code');
    if (kind === 1) at.appendChild(domLink(text, address));
    else if (kind === 0) at.append(text);
    else domAppend(at, 'span', kind === 2 ? 'at' : 'hash').textContent = text;
  },
});
