// Everything that people do here, without a pointer: each step is a key, the focus is seen wherever it goes, and what is closed gives
// it back.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOwner } from "../it/api_lib.mjs";
import { OURS_ONLY, bodies, browser, byId, openPage, speaker, startServer, until, waitApp, waitBody, waitConn, waitRoom } from "./page_lib.mjs";

const TABS_MAX = 60;
const BODY = "body ";
const act = (name, key) => `[data-act="${name}"]${key === undefined ? "" : `[data-key="${key}"]`}`;
const inDialog = (selector) => `dialog[open] ${selector}`;

// Somebody without a mouse: using one fails.
async function keyboardOnly(page) {
    for (const name of ["click", "dblclick", "hover", "tap", "check", "fill", "focus", "selectOption"]) {
        page[name] = () => assert.fail(`${name} is not a key`);
    }
    page.mouse.click = page.mouse.move = page.mouse.down = () => assert.fail("there is no mouse");
}

// What has the focus, and whether somebody who looks can tell: it is in the window, and has an outline, its own or its box's.
const look = (page) => page.evaluate(() => {
    const at = document.activeElement;
    const box = at.getBoundingClientRect();
    const ringed = (element) => {
        const style = getComputedStyle(element);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    };
    const field = at.closest(".box, .check, .panel");
    const boxed = field && (getComputedStyle(field).boxShadow !== "none" || ringed(field));
    const name = at.dataset.testid ?? (at.id || `${at.localName} ${at.dataset.act ?? ""}`);
    const seen = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { name, seen, marked: at !== document.body && (ringed(at) || Boolean(boxed)) };
});

async function press(page, keys) {
    await page.keyboard.press(keys);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const { name, seen, marked } = await look(page);
    // Behind the last stop there is the browser's own.
    assert.ok(name === BODY && /Tab$/.test(keys) || seen && marked, `after ${keys} the focus on ${name} is ${seen ? "not marked" : "out of view"}`);
}

const focused = async (page) => (await look(page)).name;
const has = (page, selector) => page.evaluate((selector) => document.activeElement.matches(selector), selector);
const waitFocus = (page, name) => until(async () => (await focused(page)) === name, `the focus on ${name}`)
    .catch(async () => assert.equal(await focused(page), name));

async function tabTo(page, selector, keys = "Tab") {
    const way = [];
    for (let n = 0; n < TABS_MAX; n++) {
        if (await has(page, selector)) return;
        await press(page, keys);
        way.push(await focused(page));
    }
    assert.fail(`${keys} does not come to ${selector}, only to ${way.join(", ")}`);
}

const isClosed = (page) => until(async () => (await page.locator("dialog").count()) === 0, "the dialog to be closed");

async function choose(page, selector, keys = "Enter") {
    await tabTo(page, selector);
    await page.keyboard.press(keys);
}

// From one page of a dialog to another: they are one stop, changed by the arrows.
async function turn(page, from, to) {
    await tabTo(page, inDialog(act("choice", from)));
    for (let at = from; at !== to; at += Math.sign(to - from)) await press(page, to > from ? "ArrowRight" : "ArrowLeft");
}

async function register(page, name) {
    await waitApp(page, "login");
    await choose(page, byId("login-way-register"));
    await tabTo(page, byId("login-name"), "Shift+Tab");
    await page.keyboard.type(name);
    await press(page, "Tab");
    await page.keyboard.type("correct horse battery");
    await page.keyboard.press("Enter");
    await waitApp(page, "ready");
    await waitConn(page, "live");
    await waitFocus(page, "composer-input");
}

async function say(page, text) {
    await page.keyboard.type(text);
    await press(page, "Enter");
    await waitBody(page, text);
}

test("somebody signs in, changes rooms and writes by the keyboard alone", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t, ["--registration", "open"]);
    const page = await openPage(t, browser, { accept: (text) => /status of 40[0-9]/.test(text), reducedMotion: "reduce" });
    await keyboardOnly(page);
    await page.goto(`${server.url}/`);
    await register(page, "ann");
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await bob.say("needle in the hay");

    // Into a room that is found by its name, and back and forth.
    await press(page, "Control+k");
    await page.keyboard.type("#ops");
    await page.waitForSelector(`${inDialog(byId("popup-option"))}:has-text("ops")`);
    await page.keyboard.press("Enter");
    await isClosed(page);
    await waitRoom(page, "ops");
    await choose(page, byId("room-join")); // it is shown before it is joined
    await until(() => page.isVisible(byId("composer")), "the composer");
    await press(page, "Alt+ArrowUp");
    await waitRoom(page, "lobby");
    await press(page, "Alt+ArrowDown");
    await waitRoom(page, "ops");
    await waitFocus(page, "composer-input");

    // Written, and put right.
    await say(page, "teh message");
    await until(async () => (await page.getAttribute('[data-seq="2"]', "data-state")) === "sent", "it to be stored");
    await press(page, "ArrowUp");
    assert.equal(await page.inputValue(byId("composer-input")), "teh message");
    await press(page, "Control+a");
    await page.keyboard.type("the message");
    await press(page, "Enter");
    await waitBody(page, "the message");

    // To the list, where the last message in view has the focus; from there a reply, a reaction, a deletion that is undone.
    await press(page, "Shift+F6");
    assert.ok(await has(page, '[data-seq="2"] article'), `F6 leads to ${await focused(page)}`);
    await press(page, "ArrowUp");
    assert.ok(await has(page, '[data-seq="1"] article'));
    await press(page, "r");
    await waitFocus(page, "composer-input");
    await say(page, "found it");
    await press(page, "Shift+F6");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await press(page, "+");
    await page.waitForSelector(inDialog(".emoji"));
    await page.keyboard.type("thumbs up");
    await page.waitForSelector(`${inDialog(".emoji")}:has-text("👍")`);
    await page.keyboard.press("Enter");
    await isClosed(page);
    await page.waitForSelector('[data-seq="1"] [data-testid="reaction"]');
    assert.ok(await has(page, '[data-seq="1"] article'), `the reaction gives the focus to ${await focused(page)}`);
    await press(page, "End");
    await tabTo(page, byId("composer-input"));
    await press(page, "Shift+F6");
    await press(page, "Delete");
    await choose(page, inDialog(byId("confirm")));
    await waitBody(page, "This message was deleted.");
    await choose(page, byId("toast-undo"));
    await waitBody(page, "found it");
    assert.deepEqual(await bodies(page), ["needle in the hay", "the message", "found it"]);

    // The author's card, from his message, and back to it.
    await page.keyboard.press("Escape");
    await waitFocus(page, "composer-input");
    await press(page, "Shift+F6");
    await page.keyboard.press("ArrowUp");
    await press(page, "ArrowUp");
    await choose(page, '[data-seq="1"] [data-testid="msg-author"]');
    await page.waitForSelector(inDialog(byId("profile-card")));
    await page.keyboard.press("Escape");
    await isClosed(page);
    assert.equal(await focused(page), "msg-author", "the card gives the focus back");
    await press(page, "Escape");
    await waitFocus(page, "composer-input");

    // Searched, and a hit opened.
    await press(page, "Control+Shift+f");
    await waitFocus(page, "search-input");
    await page.keyboard.type("needle");
    await page.keyboard.press("Enter");
    await choose(page, byId("search-hit"));
    await until(() => page.$eval('[data-seq="1"]', (row) => "flash" in row.dataset).catch(() => false), "the hit to be shown");
    await tabTo(page, byId("search-input"), "Shift+Tab");
    await page.keyboard.press("Escape");
    await until(() => page.isHidden(byId("panel")), "the panel to be closed");
    await page.keyboard.press("Escape");
    await waitFocus(page, "composer-input");
});

test("rooms, people, settings and administration by the keyboard alone", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t, ["--registration", "open"]);
    const olga = await createOwner(server);
    await speaker(t, server, "bob", { guest: false });
    const page = await openPage(t, browser, { accept: (text) => /status of 40[0-9]/.test(text), reducedMotion: "reduce" });
    await keyboardOnly(page);
    await page.goto(`${server.url}/`);
    await waitApp(page, "login");
    await choose(page, byId("login-way-login"));
    await tabTo(page, byId("login-name"), "Shift+Tab");
    await page.keyboard.type("olga");
    await press(page, "Tab");
    await page.keyboard.type(olga.password);
    await page.keyboard.press("Enter");
    await waitApp(page, "ready");
    await waitConn(page, "live");

    // A private room, and somebody who is let in.
    await waitFocus(page, "composer-input");
    await tabTo(page, byId("room-new"), "Shift+Tab");
    await page.keyboard.press("Enter");
    await waitFocus(page, "room-name");
    await page.keyboard.type("den");
    await page.keyboard.press("Enter");
    await isClosed(page);
    await waitRoom(page, "den");
    await tabTo(page, byId("room-menu"), "Shift+Tab");
    await page.keyboard.press("Enter");
    await turn(page, 0, 1);
    await choose(page, inDialog(byId("invite")));
    await waitFocus(page, "person");
    await page.keyboard.type("bob");
    await page.waitForSelector(inDialog(byId("popup-option")));
    await page.keyboard.press("Enter");
    await until(async () => /bob is in the room now/.test(await page.textContent(byId("toasts"))), "bob to be in");
    await page.keyboard.press("Escape");
    await isClosed(page);

    // Members, from the menu and again: it opens them, and never closes them.
    for (let n = 0; n < 2; n++) {
        await tabTo(page, byId("room-menu"), "Shift+Tab");
        await page.keyboard.press("Enter");
        await choose(page, inDialog(byId("members")));
        await isClosed(page);
        await page.waitForSelector(byId("member-row"));
    }
    await page.keyboard.press("Escape");
    await until(() => page.isHidden(byId("panel")), "the panel to be closed");

    // A direct message to somebody who is searched for.
    await tabTo(page, act("dm-new"), "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.type("bob");
    await page.waitForSelector(inDialog(byId("popup-option")));
    await page.keyboard.press("Enter");
    await isClosed(page);
    await waitRoom(page, "bob");
    await waitFocus(page, "composer-input");
    await say(page, "only for you");

    // Settings: a name, a theme; then the administration; and out.
    await press(page, "F6");
    await waitFocus(page, "settings-open");
    await press(page, "Enter");
    await tabTo(page, inDialog('[data-field="display"]'));
    await press(page, "Control+a");
    await page.keyboard.type("Olga the Great");
    await page.keyboard.press("Enter");
    await until(async () => (await page.textContent("#self-name")) === "Olga the Great", "the name");
    await turn(page, 0, 1);
    await press(page, "Tab");
    await press(page, "ArrowDown");
    await press(page, "ArrowDown");
    await until(() => page.evaluate(() => document.documentElement.dataset.theme === "dark"), "the dark theme");
    await turn(page, 1, 0);
    await choose(page, inDialog(act("admin")));
    await page.waitForSelector(inDialog(byId("popup-option")));
    await page.keyboard.press("Escape");
    await isClosed(page);
    await waitFocus(page, "settings-open");
    await press(page, "Enter");
    await turn(page, 0, 3);
    await choose(page, inDialog(act("sign-out")));
    await waitApp(page, "login");
});
