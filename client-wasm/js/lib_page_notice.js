// What the page does beyond its own window: notifications, the icon, the other tabs, the clipboard, the service worker.

mergeInto(LibraryManager.library, {
  // Tag -> notification that is shown; the channel to the other tabs; is this the tab that notifies; the service worker's
  // registration; the number that is to be shown as its badge, -1: none is.
  $pageOut: '={ notices: {}, channel: null, leads: !navigator.locks, worker: null, badge: -1 }',

  page_notices__sig: 'i',
  page_notices: function() {
    if (!self.Notification || !isSecureContext) return 0;
    return Notification.permission === 'granted' ? 2 : +(Notification.permission === 'default');
  },

  page_notices_ask__deps: ['$domLooks'],
  page_notices_ask__sig: 'v',
  page_notices_ask: function() {
    if (self.Notification) Notification.requestPermission().then(domLooks, domLooks);
  },

  $pageNoticed__deps: ['$domPutText'],
  $pageNoticed: function(tag) {
    focus();
    _ui_event({{{ EVENT_NOTICE }}}, domPutText(tag), 0, 0);
  },

  // Phones show them through the service worker only.
  page_notice__deps: ['$domText', '$pageOut', '$pageNoticed'],
  page_notice__sig: 'viiiiii',
  page_notice: function(tagAt, tagN, titleAt, titleN, textAt, textN) {
    const tag = domText(tagAt, tagN), title = domText(titleAt, titleN);
    const options = { tag: tag, body: domText(textAt, textN), icon: '/icons/tincan-192.png', data: tag };
    try {
      const notice = new Notification(title, options);
      pageOut.notices[tag] = notice;
      notice.onclick = () => {
        notice.close();
        pageNoticed(tag);
      };
      notice.onclose = () => pageOut.notices[tag] === notice && delete pageOut.notices[tag];
    } catch (error) {
      if (pageOut.worker) pageOut.worker.showNotification(title, options).catch(() => {});
    }
  },

  page_notice_close__deps: ['$domText', '$pageOut'],
  page_notice_close__sig: 'vii',
  page_notice_close: function(tagAt, tagN) {
    const tag = domText(tagAt, tagN), close = all => all.forEach(notice => (tag === '0' || notice.tag === tag) && notice.close());
    close(Object.values(pageOut.notices));
    if (pageOut.worker && pageOut.worker.getNotifications) pageOut.worker.getNotifications().then(close, () => {});
  },

  page_leads__deps: ['$pageOut'],
  page_leads__sig: 'i',
  page_leads: function() {
    return +pageOut.leads;
  },

  // The badge is shown by another process: behind the message that it counts, and one of several is enough.
  page_badge__deps: ['$pageOut'],
  page_badge__sig: 'vii',
  page_badge: function(kind, n) {
    const icon = document.getElementById('icon');
    const href = ['/icons/tincan.svg', '/icons/tincan-unread.svg', '/icons/tincan-mention.svg'][kind];
    if (icon.getAttribute('href') !== href) icon.href = href;
    if (!navigator.setAppBadge) return;
    if (pageOut.badge < 0) setTimeout(() => {
      const n = pageOut.badge;
      pageOut.badge = -1;
      (n ? navigator.setAppBadge(n) : navigator.clearAppBadge()).catch(() => {});
    }, 100);
    pageOut.badge = n >>> 0;
  },

  page_tell__deps: ['$domText', '$pageOut'],
  page_tell__sig: 'vii',
  page_tell: function(text, n) {
    if (pageOut.channel) pageOut.channel.postMessage(domText(text, n));
  },

  // Without the clipboard's interface (plain http from another machine), or when it refuses, by way of a selected field.
  $pageCopyField: function(text) {
    const focused = document.activeElement;
    const field = document.createElement('textarea');
    field.className = 'hidden';
    field.value = text;
    (document.querySelector('dialog[open]') || document.body).append(field);
    field.select();
    const ok = document.execCommand('copy');
    field.remove();
    if (focused) focused.focus({ preventScroll: true });
    return ok;
  },

  $pageCopy__deps: ['$domPutText', '$pageCopyField'],
  $pageCopy: function(text) {
    const write = async () => navigator.clipboard.writeText(text);
    const tell = ok => _ui_event({{{ EVENT_COPIED }}}, +ok, ok ? 0 : domPutText(text), 0);
    write().then(() => true, () => pageCopyField(text)).then(tell);
  },

  page_copy__deps: ['$domText', '$pageCopy'],
  page_copy__sig: 'vii',
  page_copy: function(text, n) {
    pageCopy(domText(text, n));
  },

  page_look_for_update__deps: ['$pageOut'],
  page_look_for_update__sig: 'v',
  page_look_for_update: function() {
    if (pageOut.worker) pageOut.worker.update().catch(() => {});
  },

  $pageWorker__deps: ['$pageOut', '$pageNoticed', 'page_look_for_update'],
  $pageWorker: function() {
    const workers = navigator.serviceWorker;
    if (!workers) return;
    workers.addEventListener('message', event => {
      const data = event.data || {};
      if (typeof data.notice === 'string') pageNoticed(data.notice);
      // A worker that has begun to work says of which version it is: perhaps of the one that is here.
      if (data.version && data.version !== document.documentElement.dataset.site) _ui_event({{{ EVENT_UPDATED }}}, 0, 0, 0);
    });
    setInterval(_page_look_for_update, 216e5); // a connection may last for weeks
    // The one address of a script that the page's policy ever lets through.
    const own = { createScriptURL: () => '/sw.js' };
    const script = self.trustedTypes ? trustedTypes.createPolicy('tincan', own).createScriptURL('') : '/sw.js';
    const register = () => workers.register(script).then(worker => (pageOut.worker = worker), () => {});
    // Behind what the page itself loads.
    if (document.readyState === 'complete') register(); else addEventListener('load', register);
  },

  $pageStart__deps: ['$pageOut', '$pageWorker', '$pageListenFiles', '$domPutText'],
  $pageStart: function() {
    try {
      pageOut.channel = new BroadcastChannel('tincan');
      pageOut.channel.onmessage = event => {
        if (typeof event.data === 'string') _ui_event({{{ EVENT_TOLD }}}, domPutText(event.data), 0, 0);
      };
    } catch (error) {
      // Not there, or forbidden with all storage: then each tab is alone.
    }
    if (navigator.locks) {
      navigator.locks.request('tincan.leads', () => {
        pageOut.leads = true;
        return new Promise(() => {});
      }).catch(() => (pageOut.leads = true));
    }
    pageListenFiles();
    pageWorker();
  },
});
