// The states of our page: when it cannot start, when the server is away, when a message is not confirmed; and what it
// never does: ask a stranger, break its own policy, scroll sideways.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
    OURS_ONLY, TRANSPORTS, app, bodies, byId, conn, connect, hasMessages, launch, networkComplaint, openChat, openPage, say,
    startServer, until, waitBody, waitConn,
} from "./lib.mjs";

let browser;
const cleanup = [];
before(async () => {
    browser = await launch({ after: (f) => cleanup.push(f) });
});
after(async () => {
    for (const f of cleanup) await f();
});
const pageTest = (name, f) => test(name, { skip: OURS_ONLY }, f);
const states = (page) => page.$$eval(byId("msg-row"), (rows) => rows.map((row) => row.dataset.state));

pageTest("a program that cannot be loaded is owned up to", async (t) => {
    const server = await startServer(t);
    const page = await openPage(t, browser, { accept: () => true });
    let letGo;
    const gate = new Promise((resolve) => (letGo = resolve));
    await page.route("**/*.wasm", async (route) => {
        await gate;
        await route.fulfill({ status: 404, body: "" });
    });
    await page.goto(`${server.url}/`, { waitUntil: "commit" });
    await page.fill(byId("composer-input"), "not in vain");
    letGo();
    await until(async () => (await app(page)) === "failed", "the page to give up");
    assert.ok(await page.isVisible(byId("failed")));
    await page.unroute("**/*.wasm");
    await page.click(`${byId("failed")} a`);
    await until(async () => (await app(page)) === "ready", "the page to be ready after a reload");
    assert.equal(await page.inputValue(byId("composer-input")), "not in vain");
});

pageTest("a short trouble is not spoken of, a longer one is, with a way to try at once", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server, { accept: networkComplaint });
    const banner = byId("conn-banner");
    // Every time the banner is shown, with the time since the connection was lost.
    await page.evaluate((selector) => {
        const root = document.documentElement;
        const banner = document.querySelector(selector);
        window.lostAt = 0;
        window.shownAfter = [];
        new MutationObserver(() => {
            if (root.dataset.conn !== "live") window.lostAt ||= Date.now();
            if (!banner.hidden) window.shownAfter.push(Date.now() - window.lostAt);
        }).observe(root, { attributes: true, subtree: true, attributeFilter: ["data-conn", "hidden"] });
    }, banner);
    await server.kill();
    await page.waitForSelector(banner, { state: "visible" });
    assert.ok((await page.evaluate(() => window.shownAfter[0])) >= 1990, "not in the first two seconds");
    assert.match(await page.textContent(`${banner} [role=status]`), /Connection lost/);
    await say(page, "while you were out");
    await until(async () => (await page.textContent(byId("msg-state"))) === "Will send when online", "the promise");
    const again = await startServer(t, ["--listen", `127.0.0.1:${server.port}`]);
    await Promise.race([page.click(byId("conn-retry")), waitConn(page, "live")]).catch(() => {});
    await waitConn(page, "live");
    await page.waitForSelector(banner, { state: "hidden" });
    await until(async () => (await states(page)).join() === "sent", "the message to be sent");
    await until(async () => /^Connection was lost/.test(await page.textContent(byId("gap-row"))), "the gap");
    const stock = await connect(t, again, TRANSPORTS.websocket);
    await say(page, "once more");
    await hasMessages(stock, 1);
});

pageTest("a message without its echo fails, and can be sent again or deleted", async (t) => {
    const server = await startServer(t);
    const page = await openPage(t, browser);
    let swallow = true;
    await page.routeWebSocket("**/socket.io/**", (near) => {
        const far = near.connectToServer();
        near.onMessage((message) => {
            if (!(swallow && String(message).startsWith("42"))) far.send(message);
        });
    });
    await page.clock.install();
    await page.goto(`${server.url}/`);
    await waitConn(page, "live");
    await say(page, "lost");
    await say(page, "unwanted");
    assert.deepEqual(await states(page), ["pending", "pending"]);
    await page.clock.runFor(9000);
    await until(async () => (await page.textContent(byId("msg-state"))) === "Sending…", "the first sign");
    await page.clock.runFor(7000);
    await until(async () => (await states(page)).join() === "failed,failed", "the messages to fail");
    assert.match(await page.textContent(byId("msg-state")), /^Not confirmed/);
    swallow = false;
    await page.click(`${byId("msg-row")}:nth-of-type(3) ${byId("msg-delete")}`);
    await page.clock.runFor(100);
    await page.click(byId("msg-retry"));
    await page.clock.runFor(100);
    await until(async () => (await states(page)).join() === "sent", "the message to be sent");
    assert.deepEqual(await bodies(page), ["lost"]);
});

pageTest("a server without a lobby is said to be one, and never looks live", async (t) => {
    const server = await startServer(t, ["--relay", "off"]);
    const page = await openPage(t, browser);
    await page.addInitScript(() => {
        window.said = new Set();
        new MutationObserver(() => {
            const words = document.getElementById("conn-text");
            if (words) window.said.add(words.textContent);
        }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await page.goto(`${server.url}/`);
    await page.waitForSelector(byId("conn-banner"), { state: "visible" });
    assert.equal(await conn(page), "offline");
    assert.match(
        await page.textContent(`${byId("conn-banner")} [role=status]`),
        /^This server has no open lobby\. It says: “Invalid namespace”\./,
    );
    assert.ok(await page.isVisible(byId("conn-retry")));
    assert.deepEqual(await page.evaluate(() => [...window.said]), ["Connecting", "Offline"]);
});

pageTest("nobody but the server is asked, and the policy is not broken", async (t) => {
    const server = await startServer(t);
    const page = await openPage(t, browser);
    const asked = new Set();
    page.on("request", (request) => asked.add(new URL(request.url()).host));
    page.on("websocket", (socket) => asked.add(new URL(socket.url()).host));
    await page.addInitScript(() => {
        window.broken = [];
        addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
    });
    await page.goto(`${server.url}/`);
    await waitConn(page, "live");
    await say(page, "hello");
    await waitBody(page, "hello");
    assert.deepEqual([...asked], [`127.0.0.1:${server.port}`]);
    assert.deepEqual(await page.evaluate(() => window.broken), []);
});

for (const width of [320, 375, 640, 1024]) {
    pageTest(`nothing is wider than a window of ${width} px`, async (t) => {
        const server = await startServer(t);
        const page = await openChat(t, browser, server, { viewport: { width, height: 640 } });
        const stock = await connect(t, server, TRANSPORTS.websocket);
        stock.emit("message", { text: "x".repeat(500), user: "W".repeat(64) });
        stock.emit("message", { text: `https://${"very-long-".repeat(30)}example.org`, user: "Bo" });
        await until(async () => (await bodies(page)).length === 2, "two rows");
        const wide = await page.evaluate(() =>
            [document.documentElement, document.body, document.getElementById("scroller")].map((box) => box.scrollWidth - box.clientWidth));
        assert.deepEqual(wide, [0, 0, 0]);
        const send = await page.$eval(byId("send"), (button) => button.getBoundingClientRect());
        assert.ok(send.width >= 44 && send.height >= 44 && send.right <= width);
    });
}

pageTest("a hidden page goes on and is complete when it is looked at", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    // Chromium without a window never hides a page; it is told so as the page would be.
    await page.evaluate(() => {
        Object.defineProperty(document, "hidden", { get: () => window.isHidden });
        window.isHidden = true;
        window.requestAnimationFrame = () => 0;
        document.dispatchEvent(new Event("visibilitychange"));
    });
    for (let n = 0; n < 50; n++) stock.emit("message", { text: `unseen ${n}` });
    await waitBody(page, "unseen 49");
    assert.equal(await conn(page), "live");
    assert.equal((await bodies(page)).length, 50);
});
