// The tutorial's client by its behaviour: a page of another origin, written with socket.io-client, chats through the server,
// with its own kind and with our page.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
    HERE, OURS_ONLY, TRANSPORTS, connect, hasMessages, launch, networkComplaint, openChat, openPage, say, serveFolder,
    startChat, startServer, until, waitBody,
} from "./lib.mjs";

let browser, origin;
const cleanup = [];
const context = { after: (f) => cleanup.push(f) };
before(async () => {
    browser = await launch(context);
    origin = await serveFolder(context, join(HERE, "tutorial"));
});
after(async () => {
    for (const f of cleanup) await f();
});

const connected = (page) =>
    until(() => page.evaluate(() => document.documentElement.dataset.connected === "yes"), "the page to connect");
const items = (page) => page.$$eval("#list li", (list) => list.map((item) => item.textContent));
const waitItems = (page, expected) =>
    until(async () => JSON.stringify(await items(page)) === JSON.stringify(expected), `the list ${expected}`);

async function openTutorial(t, server, transports = "", options = {}) {
    const page = await openPage(t, browser, options);
    await page.goto(`${origin}/?server=${server.url.replace("127.0.0.1", "localhost")}&transports=${transports}`);
    await connected(page);
    return page;
}

async function tutorialSays(page, text) {
    await page.fill("#input", text);
    await page.click("#send");
}

for (const transports of ["", "polling", "websocket"]) {
    test(`two pages of another origin chat (${transports || "default transports"})`, async (t) => {
        const server = await startServer(t);
        const ann = await openTutorial(t, server, transports);
        const bob = await openTutorial(t, server, transports);
        await tutorialSays(ann, "Hello, Bob");
        await Promise.all([ann, bob].map((page) => waitItems(page, ["Hello, Bob"])));
        await tutorialSays(bob, "Grüß dich, Ann 👋");
        await Promise.all([ann, bob].map((page) => waitItems(page, ["Hello, Bob", "Grüß dich, Ann 👋"])));
    });
}

test("a page of a foreign origin is kept out", async (t) => {
    const server = await startServer(t);
    const page = await openPage(t, browser, { accept: () => true });
    // Another name for the same folder: not a loopback origin in the browser's eyes nor in ours.
    await page.route("http://evil.example/**", async (route) => {
        const path = new URL(route.request().url()).pathname;
        await route.fulfill({ response: await page.request.get(`${origin.replace("localhost", "127.0.0.1")}${path}`) });
    });
    await page.goto(`http://evil.example/?server=${server.url}`);
    const listener = await connect(t, server, TRANSPORTS.websocket);
    await tutorialSays(page, "let me in");
    listener.emit("message", "mark");
    await hasMessages(listener, 1);
    assert.deepEqual(listener.messages, ["mark"]);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.connected), undefined);
});

test("the page of another origin survives a restart of the server", async (t) => {
    const server = await startServer(t);
    const page = await openTutorial(t, server, "", { accept: networkComplaint });
    await server.kill();
    await until(() => page.evaluate(() => document.documentElement.dataset.connected === "no"), "the page to notice");
    await startServer(t, ["--listen", `127.0.0.1:${server.port}`]);
    await connected(page);
    await tutorialSays(page, "back again");
    await waitItems(page, ["back again"]);
});

test("the tutorial's page and our page chat with each other", { skip: OURS_ONLY }, async (t) => {
    const server = await startChat(t);
    const theirs = await openTutorial(t, server);
    const ours = await openChat(t, browser, server);
    await tutorialSays(theirs, "from the tutorial");
    await waitBody(ours, "from the tutorial");
    await say(ours, "from our page <b>&amp;");
    await waitItems(theirs, ["from the tutorial", "from our page <b>&amp;"]);
    await waitBody(ours, "from our page <b>&amp;");
});

test("our page, the tutorial's, a stock client by each transport: one room", { skip: OURS_ONLY }, async (t) => {
    const server = await startChat(t);
    const ours = await openChat(t, browser, server);
    const theirs = await openTutorial(t, server, "polling");
    const stock = await Promise.all(Object.values(TRANSPORTS).map((options) => connect(t, server, options)));
    await say(ours, "one");
    await waitItems(theirs, ["one"]);
    await tutorialSays(theirs, "two");
    await waitBody(ours, "two");
    stock[0].emit("message", { text: "three", timestamp: new Date().toISOString() });
    await waitBody(ours, "three");
    await waitItems(theirs, ["one", "two", "three"]);
    for (const socket of stock) {
        await hasMessages(socket, 3);
        assert.deepEqual(socket.messages.map((message) => message.text), ["one", "two", "three"]);
    }
});
