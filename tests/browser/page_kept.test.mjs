// What outlives our page: messages that were not sent yet and drafts, over a reload, a closed tab and several tabs.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
    OURS_ONLY, TRANSPORTS, app, bodies, byId, connect, hasMessages, launch, networkComplaint, openChat, say, sleep, startServer,
    until, waitBody, waitConn,
} from "./lib.mjs";

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
const ready = (page) => until(async () => (await app(page)) === "ready", "the page to be ready");
const draftIs = (page, text) => until(async () => (await page.inputValue(INPUT)) === text, `the draft "${text}"`);
const kept = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => /^tincan\.(outbox|draft|gone)\./.test(key)));

// Another tab of the same person.
async function openTab(page, server) {
    const tab = await page.context().newPage();
    await tab.goto(`${server.url}/`);
    await ready(tab);
    return tab;
}

for (const locks of [true, false]) {
    pageTest(`what is written offline is sent once after the tab was closed, ${locks ? "with" : "without"} locks`, async (t) => {
        const server = await startServer(t);
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
        const again = await startServer(t, ["--listen", `127.0.0.1:${server.port}`]);
        const stock = await connect(t, again, TRANSPORTS.websocket);
        await waitConn(other, "live");
        const next = await openTab(other, server);
        await waitBody(next, "two");
        await until(
            async () => (await next.$$eval(byId("msg-row"), (rows) => rows.map((row) => row.dataset.state))).join() === "sent,sent",
            "both to be sent",
        );
        assert.deepEqual(await bodies(next), ["one", "two"]);
        await hasMessages(stock, 2);
        await waitBody(other, "two");
        await next.reload();
        await waitConn(next, "live");
        await say(next, "three");
        await hasMessages(stock, 3);
        assert.deepEqual(stock.messages.map((message) => message.text), ["one", "two", "three"]);
        await until(async () => (await kept(next)).length === 0, "nothing to be left in the storage");
    });
}

pageTest("what is written offline survives a reload as a pending row", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server, { accept: () => true });
    // The page can be loaded, but nobody answers the connection.
    await page.routeWebSocket("**/socket.io/**", (near) => near.close());
    await page.route("**/socket.io/**", (route) => route.abort());
    await page.reload();
    await ready(page);
    await say(page, "patience");
    await page.reload();
    await waitBody(page, "patience");
    assert.equal(await page.getAttribute(byId("msg-row"), "data-state"), "pending");
    assert.equal(await page.textContent(byId("msg-state")), "Will send when online");
});

pageTest("every tab has its own draft; that of a closed one comes back", async (t) => {
    const server = await startServer(t);
    const one = await openChat(t, browser, server);
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
    await ready(one);
    await draftIs(one, "first");
    await until(async () => (await kept(one)).length === 1, "one copy of it");
    await one.close();
    const three = await openTab(two, server);
    await draftIs(three, "first");
    await three.press(INPUT, "Enter");
    await waitBody(three, "first");
    await until(async () => (await kept(three)).length === 0, "nothing to be left in the storage");
});
