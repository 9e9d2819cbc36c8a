// Keys, and what the fields hold: reported with where it happened; the core knows what it means.

mergeInto(LibraryManager.library, {
  // The number of a key of the contract, or -1. With a modifier a letter counts by its place on the keyboard where the
  // layout has other letters.
  $domKeyNumber: function(event) {
    const keys = {{{ JSON.stringify(DOM_KEYS) }}};
    const number = keys.indexOf(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (number > 0 || !(event.ctrlKey || event.metaKey || event.altKey)) return number;
    return /^Key[A-Z]$/.test(event.code) ? keys.indexOf(event.code[3].toLowerCase()) : -1;
  },

  $domTakesText: function(node) {
    return node.localName === 'textarea' ||
      (node.localName === 'input' && !/^(checkbox|radio|button|submit|range|file|color)$/.test(node.type));
  },

  // Where a key was pressed, as DOM_FLAG bits.
  $domPlace__deps: ['$domSlot', '$domTakesText', '$domRowOf'],
  $domPlace: function(target) {
    const composer = target === domSlot({{{ NODE_INPUT }}}, 0);
    const text = domTakesText(target);
    const row = domRowOf(target);
    return (composer && {{{ FLAG_COMPOSER }}}) |
      (text && !composer && {{{ FLAG_FIELD }}}) |
      (text && !target.value && {{{ FLAG_EMPTY }}}) |
      (row && target.localName === 'article' && {{{ FLAG_ROW }}}) |
      (!text && target.closest('button, a, summary, select, input, [role="button"]') && {{{ FLAG_BUTTON }}}) |
      (target.closest('dialog[open]') && {{{ FLAG_DIALOG }}}) |
      (domSlot({{{ NODE_ROOMS }}}, 0).parentNode.contains(target) && {{{ FLAG_ROOMS }}}) |
      (domSlot({{{ NODE_SEARCH_BUTTON }}}, 0).parentNode.contains(target) && {{{ FLAG_HEADER }}}) |
      (domSlot({{{ NODE_PANEL }}}, 0).contains(target) && {{{ FLAG_PANEL }}});
  },

  $domOnKey__deps: ['$domKeyNumber', '$domPlace', '$domKeyOf', '$domPutSelection'],
  $domOnKey: function(event) {
    if (!event.key) return; // what password managers send
    const number = domKeyNumber(event);
    const target = event.target;
    if (target.classList.contains('spoiler') && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      target.click();
      return;
    }
    if (number < 1) return;
    // A third level of the keyboard writes letters; that its key counts as two others is the system's affair.
    const third = event.getModifierState && event.getModifierState('AltGraph');
    const ctrl = (event.ctrlKey || event.metaKey) && !third, alt = event.altKey && !third;
    const place = domPlace(target);
    if (event.key.length === 1 && !ctrl && !alt) {
      // What writes, writes. Single letters are keys on a message only.
      if (place & ({{{ FLAG_COMPOSER }}} | {{{ FLAG_FIELD }}})) return;
      if (/[a-z]/i.test(event.key) && !(place & {{{ FLAG_ROW }}})) return;
    }
    const flags = place | (event.shiftKey && {{{ FLAG_SHIFT }}}) | (ctrl && {{{ FLAG_CTRL }}}) | (alt && {{{ FLAG_ALT }}}) |
      // 229: Safari ends the composition before it reports the key that ended it.
      ((event.isComposing || event.keyCode === 229) && {{{ FLAG_COMPOSING }}});
    if (place & {{{ FLAG_COMPOSER }}} && (ctrl || alt)) domPutSelection(target);
    const handled = _ui_event({{{ EVENT_KEY }}}, number, flags, domKeyOf(target));
    // A dialog is closed by the core alone.
    if (handled || (number === {{{ KEY_ESCAPE }}} && place & {{{ FLAG_DIALOG }}})) event.preventDefault();
  },

  // A dialog that the browser wants to close, by a gesture, or has closed in spite of us: the same as Escape.
  $domOnCancel: function(event) {
    if (event.target.localName !== 'dialog') return;
    event.preventDefault();
    _ui_event({{{ EVENT_KEY }}}, {{{ KEY_ESCAPE }}}, {{{ FLAG_DIALOG }}}, 0);
  },

  // Bytes of UTF-8 before a place in a text.
  $domBytes__deps: ['$domEncoder'],
  $domBytes: function(text, units) {
    return domEncoder.encode(units < text.length ? text.slice(0, units) : text).length;
  },

  $domPutSelection__deps: ['$domBytes'],
  $domPutSelection: function(field) {
    _ui_event({{{ EVENT_SELECT }}}, domBytes(field.value, field.selectionStart), domBytes(field.value, field.selectionEnd), 0);
  },

  // What a field holds: a box "1" or nothing.
  $domReport__deps: ['$domBytes', '$domKeyOf', '$domPutText'],
  $domReport: function(field, composing) {
    const number = {{{ JSON.stringify(DOM_FIELDS) }}}.indexOf(field.dataset['field']);
    if (number < 1) return;
    const box = field.type === 'checkbox' || field.type === 'radio';
    const text = box ? (field.checked ? '1' : '') : field.value;
    const at = box || field.selectionStart === null || field.selectionStart === undefined ? text.length : field.selectionStart;
    const caret = number === {{{ FIELD_ALT }}} ? domKeyOf(field) : composing ? 4294967295 : domBytes(text, at);
    _ui_event({{{ EVENT_INPUT }}}, number, domPutText(text), caret);
  },

  // The caret has moved without a change of the text: the core completes names at the caret.
  $domOnCaret__deps: ['$domSlot', '$domReport'],
  $domOnCaret: function(event) {
    const input = domSlot({{{ NODE_INPUT }}}, 0);
    if (event.target === input && input.value) domReport(input);
  },

  $domOnInput__deps: ['$domFit', '$domReport'],
  $domOnInput: function(event) {
    const field = event.target;
    if (!field.dataset['field']) return;
    domFit(field);
    domReport(field, event.isComposing);
  },

  // All fields first: password managers fill them silently.
  $domSubmit__deps: ['$domReport'],
  $domSubmit: function(form) {
    const number = {{{ JSON.stringify(DOM_FORMS) }}}.indexOf(form.dataset['form']);
    if (number < 1) return;
    for (const field of form.querySelectorAll('[data-field]')) domReport(field);
    _ui_event({{{ EVENT_SUBMIT }}}, number, 0, 0);
  },

  $domOnSubmit__deps: ['$domSubmit'],
  $domOnSubmit: function(event) {
    if (!event.target.dataset['form']) return;
    event.preventDefault();
    domSubmit(event.target);
  },
});
