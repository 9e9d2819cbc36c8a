// The composer of our page: what is typed is sent once, whole, when it is meant to be, and never lost.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import {
    app, bodies, browser, byId, openChat, openPage, pageTest, say, signIn, speaker, startChat, until, waitApp, waitBody, waitRoom,
} from "./page_lib.mjs";

const TEXT_CHARS_MAX = 16000;
const INPUT = byId("composer-input");

const focused = (page) => page.evaluate(() => document.activeElement.id);

pageTest("a message at the limit is sent, one past it is refused aloud and kept", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    const limit = "é".repeat(TEXT_CHARS_MAX);
    assert.ok(await page.isHidden(byId("counter")));
    await page.fill(INPUT, `${limit}!`);
    await page.waitForSelector(`${byId("counter")}[data-over]`);
    assert.equal((await page.textContent(byId("counter"))).replace(/\D+/g, " "), "16001 16000");
    await page.press(INPUT, "Enter");
    await until(async () => /^Too long by 1 character\./.test(await page.textContent(byId("composer-hint"))), "the hint");
    assert.equal((await page.inputValue(INPUT)).length, TEXT_CHARS_MAX + 1);
    assert.deepEqual(await bodies(page), []);
    await page.fill(INPUT, limit);
    assert.equal(await page.textContent(byId("composer-hint")), "");
    await page.press(INPUT, "Enter");
    await stock.hears(1);
    assert.equal(stock.texts()[0], limit);
    await waitBody(page, limit);
});

pageTest("a text that was pasted and is too long goes as a file beside what was typed", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const long = `${"é😀 line\n".repeat(2000)}end`;
    await page.evaluate((text) => navigator.clipboard.writeText(text), long);
    await page.fill(INPUT, "see this: here");
    for (let i = 0; i < 4; i++) await page.press(INPUT, "Shift+ArrowLeft");
    await page.press(INPUT, "Control+v");
    await page.click(byId("attach-text"));
    await until(async () => (await page.inputValue(INPUT)) === "see this: ", "the text to be a file");
    assert.ok(await page.isHidden(byId("attach-text")));
    await page.press(INPUT, "Enter");
    await waitBody(page, "see this:");
    const file = page.locator(byId("msg-file"));
    await file.waitFor();
    assert.match(await file.textContent(), /pasted text\.txt/);
    assert.equal(await page.evaluate((path) => fetch(path).then((answer) => answer.text()), await file.getAttribute("href")), long);
});

pageTest("white space alone is not sent", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    await say(page, " \n\t ");
    await say(page, "  something \n");
    await waitBody(page, "something");
    assert.deepEqual(await bodies(page), ["something"]);
});

pageTest("a message is sent as it was written, under a number of its own", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { name: "ana" });
    const stock = await speaker(t, server);
    const text = "# not a title\n  two spaces **bold**\n\n\n> quote\n```\n\tcode\n```";
    await say(page, text);
    await stock.hears(1);
    const { message } = stock.socket.events.find(([name, event]) => name === "event" && event.kind === "message")[1];
    assert.equal(message.text, text);
    assert.equal(message.from.name, "ana");
    assert.match(message.cid, /^[0-9a-f]{32}$/);
    const row = page.locator(byId("msg-row"));
    await until(async () => (await row.getAttribute("data-seq")) === String(message.seq), "the row to have its number");
    assert.equal(await row.getAttribute("data-cid"), message.cid);
    assert.equal(await page.textContent(byId("msg-author")), "ana");
});

pageTest("a draft survives a reload, and goes when it is sent", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const reload = async () => {
        await page.reload();
        await until(async () => (await app(page)) === "ready", "the page to be ready");
        await waitRoom(page);
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

pageTest("a name that is typed and sent before the program has started counts", async (t) => {
    const server = await startChat(t);
    const page = await openPage(t, browser, { accept: (text) => /status of 401/.test(text) });
    let letGo;
    const gate = new Promise((resolve) => (letGo = resolve));
    await page.route("**/*.wasm", async (route) => {
        await gate;
        await route.continue();
    });
    await page.goto(`${server.url}/`, { waitUntil: "commit" });
    await page.waitForSelector(byId("login-name"));
    await page.fill(byId("login-name"), "early.bird");
    await page.press(byId("login-name"), "Enter");
    letGo();
    await waitRoom(page);
    assert.equal(await page.textContent("#self-name"), "early.bird");
});

pageTest("a name that is taken is said to be, and what was typed stays", async (t) => {
    const server = await startChat(t);
    await openChat(t, browser, server, { name: "ana", password: "a long password" });
    const page = await openPage(t, browser, { accept: (text) => /status of 4\d\d/.test(text) });
    await page.goto(`${server.url}/`);
    await waitApp(page, "login");
    await page.fill(byId("login-name"), "ana");
    await page.press(byId("login-name"), "Enter");
    await until(async () => (await page.textContent(byId("login-error"))) === "This name is taken. Choose another one.", "what is wrong");
    assert.equal(await page.inputValue(byId("login-name")), "ana");
    assert.equal(await focused(page), "login-name");
    await signIn(page, "ben");
    await waitRoom(page);
});

pageTest("on a phone Enter makes a new line, and sending keeps the keyboard open", async (t) => {
    const server = await startChat(t);
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
    assert.equal(await focused(page), "composer-input");
    assert.equal(await page.evaluate(() => window.blurs), 0);
    await page.keyboard.type("by keys");
    await page.focus(byId("send"));
    await page.keyboard.press("Enter");
    await waitBody(page, "by keys");
});

pageTest("the composer grows with its text to a part of the height, and shrinks again", async (t) => {
    const server = await startChat(t);
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
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    assert.equal(await focused(page), "composer-input");
    await say(page, "clicked");
    await waitBody(page, "clicked");
    assert.equal(await focused(page), "composer-input");
    await page.focus("#self-button");
    await stock.say("for your eyes");
    await waitBody(page, "for your eyes");
    assert.equal(await focused(page), "self-button");
});
