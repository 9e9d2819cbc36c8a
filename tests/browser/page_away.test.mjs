// Our page while its person is elsewhere: notifications, the icon, other tabs, no network, a new version.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    PUBLIC, WAIT_MS, app, bodies, browser, byId, conn, joinRoom, networkComplaint, newFolder, openRoom, pageTest, roomId, say, speaker,
    startServer, until, waitAllSent, waitBody, waitConn,
} from "./page_lib.mjs";

// The browser's own notifications, and a list of what they were given beside them.
function listNotices() {
    const Real = self.Notification;
    document.hasFocus = () => !self.away;
    self.noticed = [];
    self.Notification = class extends Real {
        constructor(title, options) {
            super(title, options);
            self.noticed.push({ title, body: options.body, tag: options.tag });
            self.lastNotice = this;
        }
        close() {
            self.noticed = self.noticed.filter((notice) => notice.tag !== this.tag);
            super.close();
        }
    };
}

// A browser's profile with permission to notify; .open() gives a tab.
async function profile(t, server, permissions = ["notifications"]) {
    const context = await browser.newContext({ permissions });
    t.after(() => context.close());
    await context.addInitScript(listNotices);
    return {
        context,
        async open(path = "/") {
            const page = await context.newPage();
            page.setDefaultTimeout(WAIT_MS);
            await page.goto(`${server.url}${path}`);
            return page;
        },
    };
}

async function signIn(page, name, password) {
    await until(async () => (await app(page)) === "login", "the form");
    if (password) await page.click(byId("login-way-register"));
    await page.fill(byId("login-name"), name);
    if (password) await page.fill(byId("login-password"), password);
    await page.click(byId("login-submit"));
    await waitConn(page, "live");
    await until(() => page.isVisible(`${byId("room-row")}[aria-current]`), "a room to be open");
}

const notices = (page) => page.evaluate(() => self.noticed);
// A browser without windows gives every page the focus.
const turn = (page, away) =>
    page.evaluate((away) => {
        self.away = away;
        dispatchEvent(new Event(away ? "blur" : "focus"));
    }, away);
const blur = (page) => turn(page, true);
const focus = (page) => turn(page, false);
const icon = (page) => page.evaluate(() => document.getElementById("icon").getAttribute("href"));

pageTest("of two tabs one notifies, of what nobody looks at; the icon and the title tell it, too", async (t) => {
    const server = await startServer(t);
    const ana = await profile(t, server);
    const first = await ana.open();
    await signIn(first, "ana");
    const second = await ana.open();
    await waitConn(second, "live");
    const bo = await (await profile(t, server)).open();
    await signIn(bo, "bo");
    // Somebody who looks at the room in one of the tabs is not told in any.
    await blur(first);
    await focus(second);
    await say(bo, "looked at");
    for (const page of [first, second]) await waitBody(page, "looked at");
    assert.deepEqual([...(await notices(first)), ...(await notices(second))], []);
    await blur(second);
    await say(bo, "hello @ana");
    await until(async () => (await notices(first)).length + (await notices(second)).length > 0, "a notification");
    await waitBody(second, "hello @ana");
    const told = [...(await notices(first)), ...(await notices(second))];
    assert.equal(told.length, 1);
    assert.deepEqual({ ...told[0], tag: "" }, { title: "bo in #lobby", body: "hello @ana", tag: "" });
    assert.match(await first.title(), /^\(\d\) #lobby/);
    for (const page of [first, second]) assert.match(await icon(page), /mention/);
    // Read in one tab, it is gone in all of them.
    await focus(second);
    await until(async () => !(await notices(first)).length && !(await notices(second)).length, "the notification to be closed");
    await until(async () => /tincan\.svg/.test(await icon(first)), "the icon to be plain");
});

pageTest("a muted room is quiet; a click on a notification opens its room", async (t) => {
    const server = await startServer(t);
    const page = await (await profile(t, server)).open();
    await signIn(page, "ana");
    const bo = await (await profile(t, server)).open();
    await signIn(bo, "bo");
    await page.keyboard.press("Control+Shift+M");
    await until(() => page.isVisible(`${byId("room-row")}[data-muted]`), "the room to be muted");
    await blur(page);
    await say(bo, "in vain @ana");
    await waitBody(page, "in vain @ana");
    assert.deepEqual(await notices(page), []);
    await focus(page);
    await page.keyboard.press("Control+Shift+M");
    await until(async () => !(await page.isVisible(`${byId("room-row")}[data-muted]`)), "the room not to be muted");
    await blur(page);
    await say(bo, "heard");
    await until(async () => (await notices(page)).length === 1, "a notification");
    const pane = () => page.evaluate(() => document.documentElement.dataset.pane);
    await page.setViewportSize({ width: 390, height: 800 });
    await page.click(byId("back"));
    assert.equal(await pane(), "rooms");
    await page.evaluate(() => self.lastNotice.onclick());
    assert.equal(await pane(), "room");
});

pageTest("permission is asked for by a click only, and declining is remembered", async (t) => {
    const server = await startServer(t);
    const ana = await profile(t, server, []);
    await ana.context.addInitScript(() => {
        self.asked = 0;
        Object.defineProperty(Notification, "permission", { get: () => "default" });
        Notification.requestPermission = async () => ((self.asked += 1), "default");
    });
    const page = await ana.open();
    await signIn(page, "ana");
    await page.waitForSelector(byId("note-button"));
    assert.equal(await page.evaluate(() => self.asked), 0);
    await page.click(byId("note-button"));
    assert.equal(await page.evaluate(() => self.asked), 1);
    await page.click(byId("note-close"));
    await page.waitForSelector(byId("note"), { state: "hidden" });
    await page.reload();
    await waitConn(page, "live");
    assert.equal(await page.isVisible(byId("note")), false);
});

pageTest("signing out and in happens in all tabs", async (t) => {
    const server = await startServer(t);
    const ana = await profile(t, server);
    const first = await ana.open();
    await signIn(first, "ana");
    const second = await ana.open();
    await waitConn(second, "live");
    await first.evaluate(() => {
        const button = document.createElement("button");
        button.dataset.act = "sign-out";
        document.getElementById("shell").append(button);
        button.click();
    });
    for (const page of [first, second]) await until(async () => (await app(page)) === "login", "the form");
    assert.match(await second.textContent(byId("login-error")), /signed out/);
    assert.equal(await second.inputValue(byId("login-name")), "ana");
    await signIn(first, "bea");
    await waitConn(second, "live");
    await until(async () => /bea/.test(await second.textContent("#self-name")), "the other tab to be hers");
});

pageTest("what a server does not offer is not offered; an invitation is asked for where one is needed", async (t) => {
    const shut = await startServer(t, ["--guests", "off", "--registration", "off"]);
    const page = await (await profile(t, shut)).open();
    await until(async () => (await app(page)) === "login", "the form");
    await page.fill(byId("login-name"), "ana");
    await page.click(byId("login-submit"));
    await until(async () => /Guests are not let in/.test(await page.textContent(byId("login-error"))), "the refusal");
    assert.equal(await page.isVisible(byId("login-way-guest")), false);
    assert.equal(await page.isVisible(byId("login-password")), true);
    const invited = await startServer(t, ["--registration", "invite"]);
    const other = await (await profile(t, invited)).open();
    await until(async () => (await app(other)) === "login", "the form");
    await other.click(byId("login-way-register"));
    assert.equal(await other.isVisible(byId("login-invite")), false);
    await other.fill(byId("login-name"), "ana");
    await other.fill(byId("login-password"), "tall green lamps at sea");
    await other.click(byId("login-submit"));
    await until(() => other.isVisible(byId("login-invite")), "the field for the invitation");
});

// A server that can be stopped and started again, with the same data on the same port.
async function lastingServer(t) {
    const data = newFolder("away");
    const start = async (listen, site) => {
        const server = await startServer(t, ["--listen", listen, "--data", data, "--public", site]);
        server.again = (site = PUBLIC) => start(`127.0.0.1:${server.port}`, site);
        return server;
    };
    return start("127.0.0.1:0", PUBLIC);
}

// The page's worker at work, with the page under it.
async function underWorker(page) {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await until(() => page.evaluate(() => navigator.serviceWorker.controller?.state === "activated"), "the worker to have the page");
    return page.context().serviceWorkers().at(-1);
}

// The site as another version of itself.
function anotherSite() {
    const site = newFolder("site");
    cpSync(PUBLIC, site, { recursive: true });
    const [, version] = readFileSync(join(site, "index.html"), "utf8").match(/data-site="(\w+)"/);
    for (const name of ["index.html", "sw.js"]) {
        const path = join(site, name);
        const text = readFileSync(path, "utf8");
        assert.ok(text.includes(version), name);
        writeFileSync(path, text.replace(version, "another"));
        for (const packed of ["br", "gz"]) rmSync(`${path}.${packed}`, { force: true });
    }
    return site;
}

const kept = (page) =>
    page.evaluate(() => new Promise((resolve) => {
        const open = indexedDB.open("tincan", 1);
        open.onupgradeneeded = () => open.result.createObjectStore("kept");
        open.onsuccess = () => {
            const request = open.result.transaction("kept").objectStore("kept").get(1);
            request.onsuccess = () => (open.result.close(), resolve(request.result));
        };
    }));

// By the button, unless the page has tried by itself meanwhile: the button is there between two tries only.
const retryNow = (page) =>
    until(async () => {
        await page.evaluate((retry) => {
            const button = document.querySelector(retry);
            if (button.checkVisibility()) button.click();
        }, byId("conn-retry"));
        return /live|polling/.test(await conn(page));
    }, "the page to be live");

const shown = async (page) => [await page.textContent("#room-name"), await page.evaluate(() => location.hash)];
const isShown = (page, name, id) =>
    until(async () => JSON.stringify(await shown(page)) === JSON.stringify([name, `#/room/${id}`]), `${name} to be shown, and its address`);

pageTest("without a server, too, the address is that of the room that is shown", async (t) => {
    const server = await lastingServer(t);
    const ops = await speaker(t, server, "bob", { room: "ops", guest: false });
    const far = await speaker(t, server, "cyd", { room: "far", guest: false });
    const page = await (await profile(t, server)).open();
    await signIn(page, "ana");
    await joinRoom(page, ops.room, "ops");
    const lobby = await roomId(page, "lobby");
    await openRoom(page, "lobby");
    await say(page, `see ${server.url}/#/room/${far.room}`);
    await waitAllSent(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await until(async () => /"see http/.test(await kept(page)), "the rooms to be kept");
    await server.stop();
    await waitConn(page, "reconnecting", "connecting");
    for (let i = 0; i < 2; i++) {
        await page.click(`${byId("msg-body")} a`);
        await page.waitForSelector(`${byId("toast")}:has-text("does not answer")`);
        await isShown(page, "lobby", lobby);
        await openRoom(page, "ops");
        await isShown(page, "ops", ops.room);
        await page.goBack();
        await isShown(page, "lobby", lobby);
        // Once more as the page that has only what was kept.
        if (!i) await page.reload();
        await page.waitForSelector(byId("msg-body"));
    }
    await server.again();
    await retryNow(page);
    await isShown(page, "lobby", lobby);
});

pageTest("without a server the last rooms are read and written in; with it they are live again", async (t) => {
    const server = await lastingServer(t);
    const page = await (await profile(t, server)).open();
    await signIn(page, "ana");
    await say(page, "before");
    await waitBody(page, "before");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await until(async () => /"before"/.test(await kept(page)), "the rooms to be kept");
    await server.stop();
    await page.reload();
    await waitBody(page, "before");
    assert.match(await page.textContent("#room-name"), /lobby/);
    await page.waitForSelector(byId("conn-banner"));
    await until(async () => /Cannot reach the server/.test(await page.textContent(byId("conn-banner"))), "the banner");
    await say(page, "meanwhile");
    await waitBody(page, "meanwhile");
    const again = await server.again();
    await retryNow(page);
    await until(async () => (await page.$$eval(byId("msg-row"), (rows) => rows.every((row) => row.dataset.state === "sent"))), "the message to be sent");
    assert.deepEqual((await bodies(page)).map((body) => body.trim()), ["before", "meanwhile"]);
    await page.waitForSelector(byId("conn-banner"), { state: "hidden" });
    const bo = await (await profile(t, again)).open();
    await signIn(bo, "bo");
    await say(bo, "live");
    await waitBody(page, "live");
});

pageTest("what is kept goes with the person: signed out here, or elsewhere", async (t) => {
    const server = await startServer(t);
    const ana = await profile(t, server);
    const page = await ana.open();
    await signIn(page, "ana");
    await say(page, "mine");
    await until(async () => /"mine"/.test(await kept(page)), "the rooms to be kept");
    await ana.context.clearCookies();
    await page.reload();
    await until(async () => (await app(page)) === "login", "the form");
    await until(async () => (await kept(page)) === undefined, "nothing to be kept");
    assert.deepEqual(await bodies(page), []);
});

pageTest("a browser whose storage is broken still gets the page, also late", async (t) => {
    const server = await startServer(t);
    const page = await (await profile(t, server)).open();
    await signIn(page, "ana");
    const worker = await underWorker(page);
    await worker.evaluate(() => (caches.match = () => Promise.reject(new Error("broken"))));
    await page.reload();
    await waitConn(page, "live");
    await worker.evaluate(() => {
        const { fetch } = self;
        self.fetch = (request) => new Promise((done) => setTimeout(done, request.mode === "navigate" ? 3500 : 0)).then(() => fetch(request));
    });
    await page.reload();
    await waitConn(page, "live");
});

pageTest("without a server the page is in its language, too", async (t) => {
    const server = await lastingServer(t);
    const context = await browser.newContext({ locale: "ar" });
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    await page.goto(server.url);
    await signIn(page, "ana");
    await say(page, "before");
    await underWorker(page);
    await until(async () => /"before"/.test(await kept(page)), "the rooms to be kept");
    const words = () => page.textContent("[data-words=skip-composer]");
    const arabic = await words();
    assert.match(arabic, /[\u0621-\u064A]/);
    await page.reload();
    await waitConn(page, "live");
    await server.stop();
    await page.reload();
    await waitBody(page, "before");
    assert.equal(await words(), arabic);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).direction), "rtl");
});

pageTest("a new version is told of where the page is an older one, and nowhere else", async (t) => {
    const server = await lastingServer(t);
    const ana = await profile(t, server);
    const old = await ana.open();
    await signIn(old, "ana");
    await underWorker(old);
    const isTold = (page) => page.isVisible(byId("note"));
    await server.stop();
    await until(async () => (await conn(old)) !== "live", "the connection to be gone");
    const again = await server.again(anotherSite());
    await old.click(byId("conn-retry")).catch(() => {});
    await waitConn(old, "live");
    await until(() => isTold(old), "the note");
    assert.match(await old.textContent(byId("note")), /new version/);
    // Of the old worker, with the new page.
    await again.stop();
    const third = await again.again();
    const page = await ana.open();
    await waitConn(page, "live");
    await until(() => page.evaluate(async () => (await caches.keys()).join() === document.documentElement.dataset.site), "the worker to be of this version");
    await underWorker(page);
    assert.equal(await isTold(page), false);
    await page.reload();
    await waitConn(page, "live");
    assert.equal(await isTold(page), false);
    await third.stop();
});

pageTest("a tap on a notification shows its room in the page, not in a tab with a picture", async (t) => {
    const server = await startServer(t);
    const ana = await profile(t, server);
    const page = await ana.open();
    await signIn(page, "ana");
    await page.setViewportSize({ width: 390, height: 800 });
    const worker = await underWorker(page);
    const room = await page.getAttribute(byId("room-row"), "data-room");
    await page.click(byId("back"));
    const picture = await ana.open("/api/v1/files/1");
    const tap = () =>
        worker.evaluate((room) => {
            const opened = [];
            self.clients.openWindow = async (url) => void opened.push(url);
            return new Promise((resolve) => {
                const event = new Event("notificationclick");
                event.notification = { data: room, close() {} };
                // A worker may move the focus only in answer to a real tap.
                event.waitUntil = (shown) => shown.catch(() => {}).then(() => resolve(opened));
                self.dispatchEvent(event);
            });
        }, room);
    assert.deepEqual(await tap(), []);
    await until(() => page.evaluate(() => document.documentElement.dataset.pane === "room"), "the room to be shown");
    await page.close();
    assert.deepEqual(await tap(), [`/#/room/${room}`]);
    await picture.goto(`${server.url}/#/room/${room}`);
    await until(() => picture.isVisible(`${byId("room-row")}[data-room="${room}"][aria-current]`), "the room to be open");
});

pageTest("whoever signs out without a server stays out, and the server hears of it", async (t) => {
    const server = await lastingServer(t);
    const ana = await profile(t, server);
    const page = await ana.open();
    await signIn(page, "ana", "tall green lamps at sea");
    await underWorker(page);
    const cookie = (await ana.context.cookies(`${server.url}/api/v1`)).find((one) => /refresh/.test(one.name));
    await server.stop();
    await page.evaluate(() => {
        const button = document.createElement("button");
        button.dataset.act = "sign-out";
        document.getElementById("shell").append(button);
        button.click();
    });
    await until(async () => /The server will be told/.test(await page.textContent(byId("login-error"))), "it to be said");
    await page.close();
    const again = await server.again();
    const refreshed = [];
    ana.context.on("request", (request) => /refresh$/.test(request.url()) && refreshed.push(request.url()));
    const later = await ana.open();
    await until(async () => (await app(later)) === "login", "the form");
    await until(() => later.evaluate(() => !localStorage.getItem("tincan.leaving")), "the server to have answered");
    assert.deepEqual(refreshed, []);
    const answer = await fetch(`${again.url}/api/v1/refresh`, {
        method: "POST", body: "{}", headers: { "Content-Type": "application/json", Cookie: `${cookie.name}=${cookie.value}` },
    });
    assert.equal(answer.status, 401);
});
