// Keeps the page itself for a start without network. Messages and files of people never pass through here.
// The build writes the names of its files, and with them a version, into these two lines.
const VERSION = "";
const FILES = [];

const INDEX = "/";
const PATIENCE_MS = 3000;
const NO_PAGE = /^\/(api|socket\.io)\//;

self.addEventListener("install", (event) => {
    // Not from the browser's own cache: index.html must belong to the files beside it.
    const fresh = [INDEX, ...FILES].map((path) => new Request(path, { cache: "no-cache" }));
    event.waitUntil(caches.open(VERSION).then((kept) => kept.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
    const drop = (names) => Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name)));
    const tell = (pages) => pages.forEach((page) => page.postMessage({ version: VERSION }));
    const claim = () => self.clients.claim().then(() => self.clients.matchAll({ type: "window" })).then(tell);
    event.waitUntil(caches.keys().then(drop).catch(() => {}).then(claim));
});

// Broken storage is as good as an empty one.
const kept = (path) => caches.match(path, { ignoreVary: true }).catch(() => undefined);

// The page: from the server, unless it takes too long, or the answer is an error; where nothing is kept that is better than nothing.
function page(request) {
    const asked = fetch(request);
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    return Promise.race([asked, late])
        .catch(() => undefined)
        .then((answer) => (answer && answer.status < 500 ? answer : kept(INDEX).then((copy) => copy || asked)));
}

self.addEventListener("fetch", (event) => {
    const { pathname, origin } = new URL(event.request.url);
    if (event.request.method !== "GET" || origin !== location.origin || NO_PAGE.test(pathname)) return;
    if (event.request.mode === "navigate") event.respondWith(page(event.request));
    else if (FILES.includes(pathname)) event.respondWith(kept(pathname).then((copy) => copy || fetch(event.request)));
});

// A notification that the page showed through here, as phones want it.
self.addEventListener("notificationclick", (event) => {
    const room = event.notification.data;
    event.notification.close();
    const show = (tabs) => {
        const page = tabs.find(({ url }) => !NO_PAGE.test(new URL(url).pathname)); // a tab may show somebody's picture
        if (!page) return self.clients.openWindow(`${INDEX}#/room/${room}`);
        page.postMessage({ notice: room });
        return page.focus();
    };
    event.waitUntil(self.clients.matchAll({ type: "window" }).then(show));
});
