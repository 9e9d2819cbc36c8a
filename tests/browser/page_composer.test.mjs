// The composer and the name field of our page: what is typed is sent once, whole, when it is meant to be, and never lost.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
    OURS_ONLY, TRANSPORTS, app, bodies, byId, connect, hasMessages, launch, openChat, openPage, say, startServer, until,
    waitBody,
} from "./lib.mjs";

const TEXT_CHARS_MAX = 16000;
const INPUT = byId("composer-input");

let browser;
const cleanup = [];
before(async () => {
    browser = await launch({ after: (f) => cleanup.push(f) });
});
after(async () => {
    for (const f of cleanup) await f();
});
const pageTest = (name, f) => test(name, { skip: OURS_ONLY }, f);

pageTest("Enter that ends an input method's composition does not send", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const devtools = await page.context().newCDPSession(page);
    const key = (type, code) => devtools.send("Input.dispatchKeyEvent", { type, key: "Enter", code: "Enter", windowsVirtualKeyCode: code });
    await page.evaluate((input) => {
        window.composing = [];
        document.querySelector(input).addEventListener("keydown", (event) => window.composing.push(event.isComposing || event.keyCode === 229));
    }, INPUT);
    await page.focus(INPUT);
    await devtools.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
    await key("rawKeyDown", 229);
    await key("keyUp", 229);
    assert.deepEqual(await page.evaluate(() => window.composing), [true], "the key belonged to the composition");
    assert.equal(await page.inputValue(INPUT), "にほん");
    await devtools.send("Input.insertText", { text: "日本" });
    assert.deepEqual(await bodies(page), []);
    await page.keyboard.press("Enter");
    await waitBody(page, "日本");
    assert.equal(await page.inputValue(INPUT), "");
});

pageTest("a message at the limit is sent, one past it is refused aloud and kept", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    const limit = "é".repeat(TEXT_CHARS_MAX);
    assert.ok(await page.isHidden(byId("counter")));
    await page.fill(INPUT, `${limit}!`);
    await page.waitForSelector(`${byId("counter")}[data-over]`);
    assert.equal(await page.textContent(byId("counter")), "16001 / 16000");
    await page.press(INPUT, "Enter");
    await until(async () => /^Too long by 1 character\./.test(await page.textContent(byId("composer-hint"))), "the hint");
    assert.equal((await page.inputValue(INPUT)).length, TEXT_CHARS_MAX + 1);
    assert.deepEqual(await bodies(page), []);
    await page.fill(INPUT, limit);
    assert.equal(await page.textContent(byId("composer-hint")), "");
    await page.press(INPUT, "Enter");
    await hasMessages(stock, 1);
    assert.equal(stock.messages[0].text, limit);
    await waitBody(page, limit);
});

pageTest("white space alone is not sent", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    await say(page, " \n\t ");
    await say(page, "  something \n");
    await waitBody(page, "something");
    assert.deepEqual(await bodies(page), ["something"]);
});

pageTest("a draft survives a reload, and goes when it is sent", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const reload = async () => {
        await page.reload();
        await until(async () => (await app(page)) === "ready", "the page to be ready");
    };
    await page.focus(INPUT);
    await page.keyboard.type("half a thou");
    await reload();
    assert.equal(await page.inputValue(INPUT), "half a thou");
    await page.focus(INPUT);
    await page.keyboard.press("End");
    await page.keyboard.type("ght");
    await page.keyboard.press("Enter");
    await waitBody(page, "half a thought");
    await reload();
    assert.equal(await page.inputValue(INPUT), "");
});

pageTest("what is typed before the program has started is kept, and cannot be sent too early", async (t) => {
    const server = await startServer(t);
    const page = await openPage(t, browser);
    let letGo;
    const gate = new Promise((resolve) => (letGo = resolve));
    await page.route("**/*.wasm", async (route) => {
        await gate;
        await route.continue();
    });
    await page.goto(`${server.url}/`, { waitUntil: "commit" });
    await page.waitForSelector(INPUT);
    assert.ok(await page.isDisabled(byId("send")));
    await page.fill(INPUT, "early bird");
    letGo();
    await until(async () => (await app(page)) === "ready", "the page to be ready");
    assert.equal(await page.inputValue(INPUT), "early bird");
    await page.click(byId("send"));
    await waitBody(page, "early bird");
});

pageTest("a guest has a name; a chosen one is remembered and sent along", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    const name = byId("name-input");
    const guest = await page.inputValue(name);
    assert.match(guest, /^guest-\d{4}$/);
    await page.fill(name, "  Ana ");
    await page.press(name, "Tab");
    await until(async () => (await page.inputValue(name)) === "Ana", "the name to be trimmed");
    await say(page, "hello");
    await hasMessages(stock, 1);
    const { text, timestamp, user, cid } = stock.messages[0];
    assert.deepEqual({ text, user }, { text: "hello", user: "Ana" });
    assert.match(cid, /^[0-9a-f]{32}$/);
    assert.equal(new Date(timestamp).toISOString(), timestamp);
    assert.equal(await page.getAttribute(byId("msg-row"), "data-cid"), cid);
    assert.equal(await page.textContent(byId("msg-author")), "Ana");
    await page.fill(name, "");
    await page.press(name, "Tab");
    await until(async () => (await page.inputValue(name)) === "Ana", "the name to come back");
    await page.reload();
    await until(async () => (await app(page)) === "ready", "the page to be ready");
    assert.equal(await page.inputValue(name), "Ana");
});

pageTest("Enter in the name field takes the name and goes to the composer", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    await page.fill(byId("name-input"), "Bo");
    await page.press(byId("name-input"), "Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "composer-input");
    await page.keyboard.type("here I am");
    await page.keyboard.press("Enter");
    await waitBody(page, "here I am");
    assert.equal(await page.textContent(byId("msg-author")), "Bo");
    // A name that was not finished counts, too, when the button is clicked.
    await page.fill(INPUT, "and now");
    await page.fill(byId("name-input"), "Bob");
    await page.click(byId("send"));
    await waitBody(page, "and now");
    assert.deepEqual(await page.$$eval(byId("msg-author"), (names) => names.map((name) => name.textContent)), ["Bo", "Bob"]);
});

pageTest("on a phone Enter makes a new line, and sending keeps the keyboard open", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server, { hasTouch: true, isMobile: true, viewport: { width: 375, height: 640 } });
    assert.equal(await page.getAttribute(INPUT, "enterkeyhint"), "enter");
    await page.evaluate((input) => {
        window.blurs = 0;
        document.querySelector(input).addEventListener("blur", () => window.blurs++);
    }, INPUT);
    await page.tap(INPUT);
    await page.keyboard.type("one");
    await page.keyboard.press("Enter");
    await page.keyboard.type("two");
    assert.equal(await page.inputValue(INPUT), "one\ntwo");
    await page.tap(byId("send"));
    await waitBody(page, "one\ntwo");
    assert.equal(await page.evaluate(() => document.activeElement.id), "composer-input");
    assert.equal(await page.evaluate(() => window.blurs), 0);
    await page.keyboard.type("by keys");
    await page.focus(byId("send"));
    await page.keyboard.press("Enter");
    await waitBody(page, "by keys");
});

pageTest("the composer grows with its text to a part of the height, and shrinks again", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server, { viewport: { width: 800, height: 600 } });
    const height = () => page.$eval(INPUT, (input) => input.getBoundingClientRect().height);
    const one = await height();
    await page.fill(INPUT, "1\n2\n3");
    assert.ok((await height()) > one + 30);
    await page.fill(INPUT, "line\n".repeat(200));
    assert.ok((await height()) <= 0.4 * 600 + 1);
    await page.fill(INPUT, "");
    assert.equal(await height(), one);
});

pageTest("the focus stays in the composer over sending, receiving and clicking send", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    const focused = () => page.evaluate(() => document.activeElement.id);
    assert.equal(await focused(), "composer-input");
    await say(page, "clicked");
    await waitBody(page, "clicked");
    assert.equal(await focused(), "composer-input");
    await page.focus(byId("name-input"));
    stock.emit("message", { text: "for your eyes" });
    await waitBody(page, "for your eyes");
    assert.equal(await focused(), "name");
});
