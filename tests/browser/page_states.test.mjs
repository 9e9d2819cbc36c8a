// The states of our page: when it cannot start, when the server is away, when a message is refused; and what it never does: ask a
// stranger, break its own policy, scroll sideways.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import {
    api, app, bodies, browser, byId, conn, joinRoom, networkComplaint, openChat, openPage, openRoom, pageTest, say, signIn, speaker, startChat, states,
    until, waitAllSent, waitApp, waitBody, waitConn, waitRoom,
} from "./page_lib.mjs";

const INPUT = byId("composer-input");

pageTest("a program that cannot be loaded is owned up to", async (t) => {
    const server = await startChat(t);
    const page = await openPage(t, browser, { accept: () => true });
    await page.route("**/*.wasm", (route) => route.fulfill({ status: 404, body: "" }));
    await page.goto(`${server.url}/`, { waitUntil: "commit" });
    await until(async () => (await app(page)) === "failed", "the page to give up");
    assert.ok(await page.isVisible(byId("failed")));
    await page.unroute("**/*.wasm");
    await page.click(`${byId("failed")} a`);
    await signIn(page, "patient");
    await waitRoom(page);
});

pageTest("a server that stops on purpose is said to restart, with the next try; what is written goes when it is back", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { accept: networkComplaint });
    await server.stop();
    const banner = byId("conn-banner");
    await page.waitForSelector(banner, { state: "visible" });
    assert.match(await page.textContent(`${banner} [role=status]`), /^The server is restarting\. What you write is kept/);
    await until(async () => /Next try in \d+ s|Trying now/.test(await page.textContent(banner)), "the next try");
    await say(page, "while you were out");
    await server.again();
    await waitConn(page, "live");
    await waitAllSent(page);
    await page.waitForSelector(banner, { state: "hidden" });
});

pageTest("a short trouble is not spoken of, a longer one is, with a way to try at once", async (t) => {
    let server = await startChat(t);
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
    const kept = await bodies(page);
    await say(page, "with a mistke");
    await page.click(`${byId("msg-row")}:last-child ${byId("msg-edit")}`);
    assert.deepEqual([await page.inputValue(INPUT), await bodies(page)], ["with a mistke", kept]);
    await page.press(INPUT, "Enter");
    await page.click(`${byId("msg-row")}:last-child ${byId("msg-delete")}`);
    await page.click(byId("confirm"));
    await until(async () => (await bodies(page)).length === kept.length, "what was not sent yet to go");
    assert.ok(await page.isHidden(byId("msg-retry")));
    server = await server.again();
    await Promise.race([page.click(byId("conn-retry")), waitConn(page, "live")]).catch(() => {});
    await waitConn(page, "live");
    await page.waitForSelector(banner, { state: "hidden" });
    await waitAllSent(page);
    const stock = await speaker(t, server);
    await say(page, "once more");
    await stock.hears(1);
});

pageTest("a refused message says why, and can be sent again, edited or deleted", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    const refused = "\u2060"; // nothing that could be seen
    for (const [button, then] of [["msg-retry", "failed"], ["msg-delete", ""], ["msg-edit", ""]]) {
        await page.fill(INPUT, refused);
        await page.press(INPUT, "Enter");
        await until(async () => (await states(page)).join() === "failed", "the message to be refused");
        assert.match(await page.textContent(byId("msg-state")), /^Not sent: .*control character/);
        assert.ok(await page.isVisible(byId("msg-retry")));
        const cid = await page.getAttribute(byId("msg-row"), "data-cid");
        await page.click(byId(button));
        if (button === "msg-delete") await page.click(byId("confirm"));
        if (button === "msg-retry") {
            await until(async () => (await page.getAttribute(byId("msg-row"), "data-cid")) !== cid, "another try");
            await until(async () => (await states(page)).join() === "failed", "it to be refused again");
            await page.click(byId("msg-delete"));
            await page.click(byId("confirm"));
        }
        await until(async () => (await states(page)).length === 0, then || "it to be gone");
    }
    assert.equal(await page.inputValue(INPUT), refused);
    await page.fill(INPUT, "better");
    await page.press(INPUT, "Enter");
    await stock.hears(1);
    assert.deepEqual(stock.texts(), ["better"]);
    assert.deepEqual(await bodies(page), ["better"]);
});

pageTest("a message without an answer waits, says so, and is stored once", async (t) => {
    const server = await startChat(t);
    const page = await openPage(t, browser, { accept: (text) => /status of 401/.test(text) });
    let swallow = false;
    await page.routeWebSocket("**/socket.io/**", (near) => {
        const far = near.connectToServer();
        near.onMessage((message) => swallow && String(message).includes('"send"') || far.send(message));
    });
    await page.goto(`${server.url}/`);
    await signIn(page, "ann");
    await waitConn(page, "live");
    await waitRoom(page);
    swallow = true;
    await say(page, "lost on the way");
    assert.deepEqual(await states(page), ["pending"]);
    await until(async () => (await page.$(byId("msg-state"))) && (await page.textContent(byId("msg-state"))) === "Sending…", "the first sign");
    swallow = false;
    await page.reload();
    await waitBody(page, "lost on the way");
    await waitAllSent(page);
    assert.deepEqual(await bodies(page), ["lost on the way"]);
});

pageTest("nobody but the server is asked, and the policy is not broken", async (t) => {
    const server = await startChat(t);
    const page = await openPage(t, browser, { accept: (text) => /status of 401/.test(text) });
    const asked = new Set();
    page.on("request", (request) => asked.add(new URL(request.url()).host));
    page.on("websocket", (socket) => asked.add(new URL(socket.url()).host));
    await page.addInitScript(() => {
        window.broken = [];
        addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
    });
    const answer = await page.goto(`${server.url}/`);
    const policy = answer.headers()["content-security-policy"];
    assert.match(policy, /default-src '(self|none)'/);
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'( 'sha256-[^']+')*;/);
    assert.doesNotMatch(policy, /unsafe-inline|\*/);
    await signIn(page, "ann");
    await waitConn(page, "live");
    await waitRoom(page);
    await say(page, "hello https://elsewhere.example/picture.png ![](https://elsewhere.example/x.png)");
    await until(async () => (await bodies(page)).length === 1, "the message");
    await waitAllSent(page);
    await page.reload();
    await waitRoom(page);
    assert.deepEqual([...asked], [`127.0.0.1:${server.port}`]);
    assert.deepEqual(await page.evaluate(() => window.broken), []);
});

// From the list of rooms, where one pane is shown: the browser's Back and Forward, and the page's own ways back.
async function goBackAndForth(page) {
    const pane = (name) => until(async () => (await page.getAttribute("[data-pane]", "data-pane")) === name, `the pane ${name}`);
    const length = await page.evaluate(() => history.length);
    await openRoom(page, "lobby");
    for (const close of [() => page.goBack(), () => page.click(byId("panel-close"))]) {
        await page.click(byId("members-open"));
        await pane("panel");
        await close();
        await pane("room");
    }
    await page.goBack();
    await pane("rooms");
    await page.goForward();
    await pane("room");
    await page.reload();
    await waitRoom(page);
    await pane("room");
    await page.click(byId("back"));
    await pane("rooms");
    await until(async () => (await page.evaluate(() => history.state)) === 1, "the list's own entry");
    await page.reload();
    await page.waitForSelector(byId("room-row"), { state: "visible" });
    await pane("rooms");
    assert.equal(await page.evaluate(() => history.length), length + 1, "the panel only");
}

for (const width of [320, 375, 640, 1024]) {
    pageTest(`nothing is wider than a window of ${width} px`, async (t) => {
        const server = await startChat(t);
        const page = await openPage(t, browser, { viewport: { width, height: 640 }, accept: (text) => /status of 401/.test(text) });
        const wide = (...ids) => page.evaluate((ids) =>
            [document.documentElement, document.body, ...ids.map((id) => document.getElementById(id))].map((box) => box.scrollWidth - box.clientWidth), ids);
        await page.goto(`${server.url}/`);
        await waitApp(page, "login");
        assert.deepEqual(await wide("login"), [0, 0, 0]);
        await signIn(page, "W".repeat(32).toLowerCase());
        await waitRoom(page);
        const stock = await speaker(t, server, "m".repeat(32));
        for (const text of ["x".repeat(500), `https://${"very-long-".repeat(30)}example.org`, "```\n" + "code ".repeat(100) + "\n```",
            `> ${"q".repeat(300)}`, `- ${"i".repeat(300)}`, `\`${"c".repeat(300)}\``]) await stock.say(text);
        await stock.say("x".repeat(300), { reply_to: 1 });
        for (const emoji of ["👍", "🎉", "❤️", "😀", "😁", "😂", "🤣", "😃", "😄", "😅"]) await stock.react(7, emoji);
        await until(async () => (await bodies(page)).length === 7 && (await page.$$(byId("reaction"))).length === 10, "all rows");
        assert.deepEqual(await wide("scroller"), [0, 0, 0]);
        const files = await page.evaluateHandle(() => {
            const data = new DataTransfer();
            for (let n = 0; n < 10; n++) data.items.add(new File(["text"], `${"name".repeat(20)} ${n}.txt`));
            return data;
        });
        await page.dispatchEvent("#main", "drop", { dataTransfer: files });
        await until(async () => (await page.$$(byId("upload-row"))).length === 10, "ten files");
        const height = (id) => page.$eval(byId(id), (box) => box.getBoundingClientRect().height);
        assert.ok((await height("msg-scroll")) > 100, "many files leave the messages in view");
        await say(page, "all of them");
        await until(async () => (await page.$$(byId("msg-file"))).length === 10, "the message with files");
        assert.ok(await page.$eval(byId("msg-file"), (card, width) => card.getBoundingClientRect().right <= width, width));
        // Who has set the browser to letters of twice the size.
        await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
        assert.deepEqual(await page.$eval(byId("msg-body"), (body) => [getComputedStyle(body).fontSize, getComputedStyle(body).lineHeight]), ["30px", "44px"]);
        assert.deepEqual(await wide("scroller"), [0, 0, 0]);
        await page.evaluate(() => (document.documentElement.style.fontSize = ""));
        const send = await page.$eval(byId("send"), (button) => button.getBoundingClientRect());
        assert.ok(send.width >= 44 && send.height >= 44 && send.right <= width);
        if (await page.isVisible(byId("back"))) {
            await page.goBack(); // one began in the room
            await page.waitForSelector(byId("room-row"), { state: "visible" });
            assert.deepEqual(await wide("sidebar"), [0, 0, 0]);
            await goBackAndForth(page);
        }
    });
}

pageTest("with the colours of the system, what is chosen has a line that the others have not", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { forcedColors: "active" });
    const bob = await speaker(t, server, "bob", { guest: false });
    await bob.say("nice?");
    for (const emoji of ["👍", "🎉"]) await bob.react(1, emoji);
    await until(async () => (await page.locator(byId("reaction")).count()) === 2, "both reactions");
    await page.locator(byId("reaction")).first().click();
    await page.click(byId("search-open"));
    const line = (element) => element.evaluate((box) => getComputedStyle(box).borderInlineStartWidth);
    const differ = async (all, chosen) => {
        const [on, off] = [page.locator(`${all}${chosen}`), page.locator(`${all}:not(${chosen}, [aria-pressed="true"])`)];
        await on.first().waitFor();
        const lines = [await line(on.first()), await line(off.first())];
        assert.notEqual(lines[0], lines[1], `${all}${chosen} has a line of ${lines}`);
    };
    await differ(".reaction", '[aria-pressed="true"]');
    await differ(".scope button", '[aria-pressed="true"]');
    await differ(".top .plain", '[aria-pressed="true"]');
    await page.click(byId("settings-open"));
    await differ("dialog .choice[data-kind=tabs] .check", ":has(:checked)");
    await page.keyboard.press("Escape");
    await page.click(byId("emoji-open"));
    await differ("dialog .emoji", '[aria-pressed="true"]');
    await page.fill("dialog input", "face");
    await page.keyboard.press("ArrowDown");
    await differ("dialog .emoji", '[aria-selected="true"]');
    await page.keyboard.press("Escape");
    const { room } = await bob.must("room.create", { name: "ops", kind: "public" });
    await page.evaluate((id) => (location.hash = `#/room/${id}`), room.id);
    await waitRoom(page, "ops");
    await differ(".room", "[aria-current]");
});

pageTest("a hidden page goes on and is complete when it is looked at", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    // Chromium without a window never hides a page; it is told so as the page would be.
    await page.evaluate(() => {
        Object.defineProperty(document, "hidden", { get: () => window.isHidden });
        window.isHidden = true;
        window.requestAnimationFrame = () => 0;
        document.dispatchEvent(new Event("visibilitychange"));
    });
    await stock.sayMany(0, 50, (n) => `unseen ${n}`);
    await waitBody(page, "unseen 49");
    assert.equal(await conn(page), "live");
    assert.equal((await bodies(page)).length, 50);
});

pageTest("a reload stays signed in, in the room that was open", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { name: "ann" });
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await joinRoom(page, bob.room, "ops");
    await page.reload();
    await waitRoom(page, "ops");
    assert.equal(await page.textContent("#self-name"), "ann");
    assert.ok(await page.isHidden(byId("login")));
    await page.goBack();
    await waitRoom(page, "lobby");
});

const boxOf = (page, id) => page.$eval(byId(id), (edge) => {
    const { width } = edge.parentNode.getBoundingClientRect(), { left, top, height } = edge.getBoundingClientRect();
    return { width, now: Number(edge.getAttribute("aria-valuenow")), x: left + 12, y: top + height / 2 };
});

async function assertWidth(page, id, px) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const { width, now } = await boxOf(page, id);
    assert.deepEqual([width, now], [px, px], id);
}

async function drag(page, id, by) {
    const { x, y } = await boxOf(page, id);
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (const part of [0.3, 0.7, 1]) await page.mouse.move(x + by * part, y + 5);
    await page.mouse.up();
}

pageTest("the sidebar and the panel are as wide as one makes them, also after a reload and from right to left", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { name: "ann", viewport: { width: 1280, height: 700 } });
    await page.click(byId("members-open"));
    await assertWidth(page, "sidebar-edge", 260);
    await assertWidth(page, "panel-edge", 360);
    await page.focus(INPUT);
    await drag(page, "sidebar-edge", 60);
    await drag(page, "panel-edge", -80);
    await assertWidth(page, "sidebar-edge", 320);
    await assertWidth(page, "panel-edge", 440);
    assert.ok(await page.$eval(INPUT, (input) => document.activeElement === input), "who drags goes on writing");
    const kept = () => page.evaluate(() => JSON.parse(localStorage.getItem("tincan.settings")));
    assert.deepEqual(await kept(), { sidebar: 320, panel: 440 });
    const { x: from, y: at } = await boxOf(page, "sidebar-edge");
    await page.mouse.move(from, at);
    await page.mouse.down();
    await page.mouse.move(from + 50, at);
    await assertWidth(page, "sidebar-edge", 370);
    await page.keyboard.press("Escape"); // as it was, also when it is moved on or let go
    await page.mouse.move(from + 70, at);
    await page.mouse.up();
    await assertWidth(page, "sidebar-edge", 320);
    assert.deepEqual(await kept(), { sidebar: 320, panel: 440 });
    const keys = async (id, ...names) => {
        await page.focus(byId(id));
        for (const name of names) await page.keyboard.press(name);
    };
    await keys("sidebar-edge", "ArrowRight", "ArrowRight", "ArrowLeft");
    await assertWidth(page, "sidebar-edge", 336);
    await keys("panel-edge", "ArrowLeft");
    await assertWidth(page, "panel-edge", 456);
    await keys("panel-edge", "End"); // the room keeps 400 px
    await assertWidth(page, "panel-edge", 1280 - 400 - 336);
    await keys("panel-edge", "Home");
    await assertWidth(page, "panel-edge", 280);
    await keys("sidebar-edge", "End");
    assert.deepEqual(await kept(), { sidebar: 400, panel: 280 });
    await page.setViewportSize({ width: 1024, height: 700 });
    await assertWidth(page, "sidebar-edge", 1024 - 400 - 280);

    // As wide before the program runs; in Arabic the way is the other one.
    await page.setViewportSize({ width: 1280, height: 700 });
    await page.evaluate(() => localStorage.setItem("tincan.settings", '{"sidebar":400,"panel":280,"language":"ar"}'));
    await page.addInitScript(() => new MutationObserver((_, observer) => {
        if (!document.body) return;
        observer.disconnect();
        window.first = ["--sidebar-kept", "--panel-kept"].map((name) => document.documentElement.style.getPropertyValue(name));
    }).observe(document, { childList: true, subtree: true }));
    await page.reload();
    await waitRoom(page);
    assert.deepEqual(await page.evaluate(() => window.first), ["400px", "280px"]);
    await page.click(byId("members-open"));
    await assertWidth(page, "sidebar-edge", 400);
    await assertWidth(page, "panel-edge", 280);
    assert.equal(await page.getAttribute(byId("panel-edge"), "aria-label"), "عرض اللوحة");
    await drag(page, "sidebar-edge", 50);
    await drag(page, "panel-edge", 40);
    await keys("panel-edge", "ArrowRight");
    await assertWidth(page, "sidebar-edge", 350);
    await assertWidth(page, "panel-edge", 336);
    await keys("panel-edge", "Enter");
    const { x, y } = await boxOf(page, "sidebar-edge");
    await page.mouse.dblclick(x, y);
    await assertWidth(page, "sidebar-edge", 260);
    await assertWidth(page, "panel-edge", 360);
    assert.deepEqual(await kept(), { language: "ar" });
    await page.setViewportSize({ width: 1000, height: 700 });
    assert.ok(await page.isHidden(byId("sidebar-edge")) && await page.isHidden(byId("panel-edge")));
});

pageTest("a session that is ended elsewhere brings the form, says so, and keeps what was written", async (t) => {
    const server = await startChat(t);
    const password = "ann's long password";
    const page = await openChat(t, browser, server, { name: "ann", password, accept: () => true });
    await say(page, "before");
    await waitAllSent(page);
    await page.fill(INPUT, "half a thought");
    const { body: { token } } = await api(server, "POST", "/login", { body: { name: "ann", password } });
    const { body } = await api(server, "GET", "/sessions", { token });
    const theirs = body.sessions.find((session) => !session.current);
    const ended = await api(server, "DELETE", `/sessions/${theirs.id}`, { token });
    assert.equal(Math.floor(ended.status / 100), 2);
    await waitApp(page, "login");
    assert.match(await page.textContent(byId("login-error")), /signed out/);
    assert.ok(!(await page.innerText("body")).includes("before"), "nothing of the rooms is left to be seen");
    await signIn(page, "ann", { password, account: "login" });
    await waitBody(page, "before");
    await until(async () => (await page.inputValue(INPUT)) === "half a thought", "the draft to be back");
});
