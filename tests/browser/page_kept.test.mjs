// What outlives our page: messages that were not sent yet and drafts, over a reload, a closed tab and several tabs; and whose they are.
// tincan-test: reactors=2 timeout=300 slots=2
import assert from "node:assert/strict";
import {
    app, bodies, browser, byId, joinRoom, networkComplaint, openChat, openRoom, pageTest, say, signIn, sleep, speaker, startChat, states,
    until, waitAllSent, waitApp, waitBody, waitConn, waitRoom,
} from "./page_lib.mjs";

const INPUT = byId("composer-input");

const draftIs = (page, text) => until(async () => (await page.inputValue(INPUT)) === text, `the draft "${text}"`);
const kept = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => /^tincan\.(outbox|draft|gone)\./.test(key)));
const isWriting = (page) => page.evaluate(() => document.documentElement.dataset.writing !== undefined);
const visitKept = (page) => until(() => page.evaluate(() => new Promise((done) => {
    const open = indexedDB.open("tincan", 1);
    open.onupgradeneeded = () => open.transaction.abort();
    open.onerror = () => done(false);
    open.onsuccess = () => {
        const kept = open.result.transaction("kept").objectStore("kept").get(1);
        kept.onsuccess = () => (open.result.close(), done(Boolean(kept.result?.includes('"writing"'))));
    };
})), "the visit to be kept");
const nothingKept = (page) => until(async () => (await kept(page)).length === 0, "nothing to be left in the storage");
const inside = async (page) => {
    await waitApp(page, "ready");
    await waitRoom(page);
};

// Another tab of the same person.
async function openTab(page, server, { loaded = true } = {}) {
    const tab = await page.context().newPage();
    await tab.goto(`${server.url}/`);
    if (loaded) await inside(tab);
    return tab;
}

for (const locks of [true, false]) {
    pageTest(`what is written offline is sent once after the tab was closed, ${locks ? "with" : "without"} locks`, async (t) => {
        const server = await startChat(t);
        const page = await openChat(t, browser, server, { accept: networkComplaint });
        if (!locks) {
            await page.context().addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
            await page.reload();
            await waitConn(page, "live");
        }
        const other = await openTab(page, server);
        await server.kill();
        await waitConn(page, "reconnecting", "offline");
        await say(page, "one");
        await say(page, "two");
        await page.close();
        const again = await server.again();
        const stock = await speaker(t, again);
        await waitConn(other, "live");
        const next = await openTab(other, server);
        await waitBody(next, "two");
        await waitAllSent(next);
        assert.deepEqual(await bodies(next), ["one", "two"]);
        await waitBody(other, "two");
        await next.reload();
        await waitConn(next, "live");
        await inside(next);
        await say(next, "three");
        await until(() => stock.texts().includes("three"), "the third message");
        await stock.must("history", { room: stock.room, before: 100, limit: 100 }).then(({ messages }) =>
            assert.deepEqual(messages.map((message) => message.text), ["one", "two", "three"]));
        await nothingKept(next);
    });
}

pageTest("what a closed tab has not sent is sent by one that is there, in the order of writing", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { accept: networkComplaint });
    const other = await openTab(page, server);
    await server.kill();
    for (const tab of [page, other]) await waitConn(tab, "reconnecting", "offline");
    await say(page, "one");
    await say(other, "two");
    await page.close();
    await waitBody(other, "one"); // some seconds later: it could have been loading again
    await say(other, "three");
    assert.deepEqual(await bodies(other), ["one", "two", "three"]);
    await server.again();
    await waitConn(other, "live");
    await waitAllSent(other);
    assert.deepEqual(await bodies(other), ["one", "two", "three"]);
    await nothingKept(other);
});

pageTest("what is written offline survives a reload as a pending row, and is sent once", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { accept: () => true });
    // The page can be loaded and knows who one is, but messages do not pass.
    await page.routeWebSocket("**/socket.io/**", (near) => {
        const far = near.connectToServer();
        near.onMessage((message) => String(message).includes('"send"') || far.send(message));
    });
    await page.reload();
    await inside(page);
    await waitConn(page, "live");
    await say(page, "patience");
    // There is no room for a second copy of it.
    await page.addInitScript(() => {
        const set = Storage.prototype.setItem;
        window.refused = [];
        Storage.prototype.setItem = function(name, text) {
            try {
                set.call(this, name, text);
            } catch {
                window.refused.push(name);
            }
        };
    });
    await page.evaluate(() => {
        for (let [n, text] = [0, "x".repeat(1 << 20)]; text; n++) {
            try {
                localStorage.setItem(`filler${n}`, text);
            } catch {
                text = text.slice(0, text.length / 2);
            }
        }
    });
    await page.reload();
    await waitBody(page, "patience");
    assert.deepEqual(await states(page), ["pending"]);
    assert.deepEqual(await page.evaluate(() => window.refused), []);
    await page.unrouteAll();
    await page.context().newPage().then(async (tab) => {
        await page.close();
        await tab.goto(`${server.url}/`);
        await waitBody(tab, "patience");
        await waitAllSent(tab);
        assert.deepEqual(await bodies(tab), ["patience"]);
        await nothingKept(tab);
    });
});

// In the page: a browser that is set to keep nothing, and one that takes no more entries of its history.
function forbid() {
    const no = function() {
        throw new DOMException("The operation is insecure.", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage", "indexedDB"]) Object.defineProperty(window, name, { get: no });
    window.BroadcastChannel = no;
    navigator.locks.request = async () => no();
    history.pushState = history.replaceState = no;
}

pageTest("where nothing may be kept and the address stays, one chats all the same", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { early: forbid, viewport: { width: 390, height: 800 } });
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await say(page, `hello, see ${server.url}/#/room/${bob.room}`);
    await waitAllSent(page);
    for (let i = 0; i < 2; i++) {
        await page.click(byId("back"));
        await openRoom(page, "lobby");
    }
    await page.click(`${byId("msg-body")} a`);
    await until(async () => (await page.textContent("#room-name")) === "ops", "the other room");
    await page.click(byId("back"));
    await openRoom(page, "lobby");
    await say(page, "still here");
    await waitAllSent(page);
    assert.equal(page.url(), `${server.url}/`);
});

// In the page: the server hears of no draft, and so no other tab by way of it.
function keepDraftsHere() {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function(message) {
        if (!String(message).includes('["draft",')) send.call(this, message);
    };
}

pageTest("every tab has its own draft; that of a closed one comes back", async (t) => {
    const server = await startChat(t);
    const one = await openChat(t, browser, server, { early: keepDraftsHere });
    await one.fill(INPUT, "first");
    await until(async () => (await kept(one)).length === 1, "the draft to be kept");
    const two = await openTab(one, server);
    await waitConn(two, "live");
    await sleep(100); // for a draft that must not come
    assert.equal(await two.inputValue(INPUT), "");
    await two.fill(INPUT, "second");
    await two.press(INPUT, "Enter");
    await waitBody(two, "second");
    await one.reload();
    await inside(one);
    await draftIs(one, "first");
    await until(async () => (await kept(one)).length === 1, "one copy of it");
    await one.close();
    const three = await openTab(two, server);
    await draftIs(three, "first");
    await three.press(INPUT, "Enter");
    await waitBody(three, "first");
    await nothingKept(three);
});

pageTest("every room has its own draft, seen in the list of rooms, also after a reload", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { name: "ann", password: "ann's long password" });
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await joinRoom(page, bob.room, "ops");
    await page.fill(INPUT, "for ops");
    await openRoom(page, "lobby");
    await draftIs(page, "");
    assert.ok(await page.isVisible(`${byId("room-row")}[data-room="${bob.room}"] .draft`));
    await page.fill(INPUT, "for the lobby");
    await openRoom(page, "ops");
    await draftIs(page, "for ops");
    await page.reload();
    await waitRoom(page, "ops");
    await draftIs(page, "for ops");
    await openRoom(page, "lobby");
    await draftIs(page, "for the lobby");
    await page.press(INPUT, "Enter");
    await waitBody(page, "for the lobby");
    await openRoom(page, "ops");
    await draftIs(page, "for ops");
    await page.press(INPUT, "Enter");
    await waitBody(page, "for ops");
    assert.deepEqual(await bodies(page), ["for ops"]);
    await nothingKept(page);
});

pageTest("another person on the same browser never sees what was written, and the first gets it back", async (t) => {
    const server = await startChat(t);
    const password = "ann's long password";
    const page = await openChat(t, browser, server, { name: "ann", password, accept: () => true });
    await page.fill(INPUT, "ann's secret draft");
    await until(async () => (await kept(page)).length > 0, "the draft to be kept");
    // Signed out as by the server: the session is ended from elsewhere.
    const leave = async () => {
        const token = await page.evaluate(() => fetch("/api/v1/logout", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }).then((answer) => answer.status));
        assert.equal(Math.floor(token / 100), 2);
        await page.reload();
        await waitApp(page, "login");
    };
    await leave();
    await signIn(page, "carl");
    await waitRoom(page);
    await sleep(200); // for a draft that must not come
    assert.equal(await page.inputValue(INPUT), "");
    assert.ok(!(await page.content()).includes("secret draft"));
    await page.fill(INPUT, "carl's own");
    await page.press(INPUT, "Enter");
    await waitBody(page, "carl's own");
    await waitAllSent(page);
    assert.deepEqual(await bodies(page), ["carl's own"]);
    await leave();
    await signIn(page, "ann", { password, account: "login" });
    await waitRoom(page);
    await draftIs(page, "ann's secret draft");
    assert.equal(await app(page), "ready");
});

pageTest("the first frame of somebody who comes back shows where he is, without the program", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { serviceWorkers: "block" });
    await visitKept(page);
    await page.addInitScript(() => requestAnimationFrame(() => {
        const boot = document.getElementById("boot-main");
        window.first = boot && boot.checkVisibility({ visibilityProperty: true }) ? "shown" : document.body?.outerHTML ?? "nothing";
    }));
    await page.route("**/*.wasm", () => {}); // never answered
    await page.reload({ waitUntil: "commit" });
    assert.equal(await until(() => page.evaluate(() => window.first), "a frame"), "shown");
});

for (const locks of [true, false]) {
    pageTest(`what is written before the program is there goes once, ${locks ? "with" : "without"} locks`, async (t) => {
        const server = await startChat(t);
        const early = locks ? undefined : () => Object.defineProperty(navigator, "locks", { value: undefined });
        const page = await openChat(t, browser, server, { early, serviceWorkers: "block" });
        const stock = await speaker(t, server);
        await stock.say("hello");
        await waitBody(page, "hello");
        await visitKept(page);
        const held = [];
        await page.route("**/*.wasm", (route) => void held.push(route));
        const start = async () => {
            await page.reload({ waitUntil: "commit" });
            await until(() => isWriting(page), "the composer");
            assert.equal(await page.getAttribute(INPUT, "placeholder"), "Message lobby");
            assert.ok(await page.evaluate((input) => document.activeElement === document.querySelector(input), INPUT));
        };
        const press = async (text) => {
            await page.keyboard.type(text);
            await page.keyboard.press("Enter");
            assert.equal(await page.inputValue(INPUT), "");
        };
        await start();
        await press("one");
        await page.keyboard.type("two");
        await page.click(byId("send"));
        await page.keyboard.press("Enter"); // nothing
        await page.keyboard.type("left behind");
        await start();
        await press("three");
        await until(async () => /three/.test(await page.innerText("#boot-main")), "what was sent to be shown");
        await page.keyboard.type("oing on ");
        await page.keyboard.press("Home");
        assert.equal(await app(page), "boot");
        await Promise.all(held.splice(0).map((route) => route.continue().catch(() => {})));
        await waitBody(page, "three");
        await waitAllSent(page);
        assert.deepEqual(await bodies(page), ["hello", "one", "two", "three"]);
        await draftIs(page, "oing on ");
        await page.keyboard.type("g");
        await page.keyboard.press("End");
        await page.keyboard.type("and on");
        await page.keyboard.press("Enter");
        await waitBody(page, "going on and on");
        // The draft of before comes when its place is free.
        await draftIs(page, "left behind");
        await page.press(INPUT, "Enter");
        await waitBody(page, "left behind");
        await waitAllSent(page);
        const all = await stock.must("history", { room: stock.room, before: 100, limit: 100 });
        assert.deepEqual(all.messages.map(({ text }) => text), ["hello", "one", "two", "three", "going on and on", "left behind"]);
        await nothingKept(page);
    });
}

// A page whose program does not come before .go(); .start() loads it again and waits for the composer.
async function holdProgram(page) {
    const held = [];
    await page.route("**/*.wasm", (route) => void held.push(route));
    return {
        async start() {
            await page.reload({ waitUntil: "commit" });
            await until(() => isWriting(page), "the composer");
        },
        go: () => Promise.all(held.splice(0).map((route) => route.continue().catch(() => {}))),
    };
}

pageTest("a guest who is not let back in has what was written in advance when he goes on", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { serviceWorkers: "block", accept: () => true });
    await visitKept(page);
    const program = await holdProgram(page);
    await page.context().clearCookies();
    await program.start();
    await page.keyboard.type("one");
    await page.keyboard.press("Enter");
    await page.keyboard.type("two");
    await program.go();
    await waitApp(page, "login");
    await until(() => page.isVisible(byId("login-unsent")), "what was not sent");
    assert.equal(await page.inputValue(byId("login-unsent")), "one\n\ntwo");
    assert.match(await page.textContent(byId("login-error")), /nobody can come back as the same guest/);
    await signIn(page, "other");
    await waitRoom(page);
    for (const text of ["one", "two"]) {
        await draftIs(page, text);
        await page.press(INPUT, "Enter");
        await waitBody(page, text);
    }
    await waitAllSent(page);
    assert.deepEqual(await bodies(page), ["one", "two"]);
    await nothingKept(page);
});

// In the page: the lock of the document before is held a moment longer.
function keepLock() {
    const last = `tincan.${sessionStorage.getItem("tincan.tab")}`, { request } = navigator.locks;
    navigator.locks.request = async function(name, options, then = options) {
        if (name !== last) return request.apply(this, arguments);
        if (options.ifAvailable) return then(null);
        await new Promise((done) => setTimeout(done, 300));
        return request.apply(this, arguments);
    };
}

pageTest("what is written in advance goes behind what was sent before the reload", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { early: keepLock, serviceWorkers: "block", accept: () => true });
    await visitKept(page);
    let shut = true;
    await page.routeWebSocket("**/socket.io/**", (near) => {
        const far = near.connectToServer();
        near.onMessage((message) => (shut && String(message).includes('"send"')) || far.send(message));
    });
    await page.reload();
    await inside(page);
    await waitConn(page, "live");
    await say(page, "one");
    const program = await holdProgram(page);
    await program.start();
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    shut = false;
    await program.go();
    await waitBody(page, "two");
    await waitAllSent(page);
    assert.deepEqual(await bodies(page), ["one", "two"]);
    await nothingKept(page);
});

pageTest("where storage is full, what is written in advance stays in the field", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { serviceWorkers: "block" });
    await visitKept(page);
    const program = await holdProgram(page);
    // So many characters fit in.
    await page.evaluate((free) => {
        localStorage.setItem("room", "x".repeat(free));
        for (let [n, text] = [0, "x".repeat(1 << 20)]; text; n++) {
            try {
                localStorage.setItem(`filler${n}`, text);
            } catch {
                text = text.slice(0, text.length / 2);
            }
        }
        localStorage.removeItem("room");
    }, 3000);
    await program.start();
    const long = "long ".repeat(400).trim(); // there is room for it once
    await page.fill(INPUT, long);
    await page.keyboard.press("Enter");
    assert.equal(await page.inputValue(INPUT), "");
    const invalid = () => page.getAttribute(INPUT, "aria-invalid");
    await page.fill(INPUT, `more ${long}`);
    await page.keyboard.press("Enter");
    assert.equal(await page.inputValue(INPUT), `more ${long}`);
    assert.equal(await invalid(), "true");
    await page.keyboard.type("!");
    assert.equal(await invalid(), null);
    await program.go();
    await waitBody(page, long);
    await draftIs(page, `more ${long}!`);
    await page.press(INPUT, "Enter");
    await waitBody(page, `more ${long}!`);
    await waitAllSent(page);
    assert.deepEqual(await bodies(page), [long, `more ${long}!`]);
});

pageTest("who turns out to be signed out writes nothing in advance: the next to come has the composer", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { serviceWorkers: "block", accept: () => true });
    await visitKept(page);
    const held = [];
    await page.route("**/*.wasm", (route) => void held.push(route));
    await page.reload({ waitUntil: "commit" });
    await until(() => isWriting(page), "the composer");
    await page.keyboard.type("nobody's");
    await page.evaluate(() => localStorage.removeItem("tincan.known"));
    await Promise.all(held.splice(0).map((route) => route.continue().catch(() => {})));
    await waitApp(page, "login");
    await signIn(page, "other");
    await waitRoom(page);
    await draftIs(page, "");
    await say(page, "mine");
    await waitBody(page, "mine");
    await waitAllSent(page);
    assert.deepEqual(await bodies(page), ["mine"]);
    assert.equal(await page.textContent(`${byId("msg-row")} ${byId("msg-author")}`), "other");
});
