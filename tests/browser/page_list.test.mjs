// The message list of our page: it follows the newest message, and never moves a reader.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
    OURS_ONLY, TRANSPORTS, bodies, byId, connect, launch, openChat, say, startServer, until, waitBody,
} from "./lib.mjs";

const ROWS_MAX = 400;
const SCROLLER = byId("msg-scroll");

let browser;
const cleanup = [];
before(async () => {
    browser = await launch({ after: (f) => cleanup.push(f) });
});
after(async () => {
    for (const f of cleanup) await f();
});
const pageTest = (name, f) => test(name, { skip: OURS_ONLY }, f);

const rowsN = (page) => page.$$eval(byId("msg-row"), (rows) => rows.length);
const belowPx = (page) => page.$eval(SCROLLER, (box) => box.scrollHeight - box.clientHeight - box.scrollTop);
const atEnd = (page) => until(async () => (await belowPx(page)) <= 1, "the list to be at its end");
const frames = (page, n = 2) =>
    page.evaluate((n) => new Promise((resolve) => {
        const next = () => (n-- > 0 ? requestAnimationFrame(next) : resolve());
        next();
    }), n);

// Where a row is on the screen, by its text.
const topOf = (page, text) =>
    page.$$eval(byId("msg-body"), (all, text) => all.find((body) => body.textContent === text).getBoundingClientRect().top, text);

const sendMany = (stock, from, to, user = "Bo") => {
    for (let n = from; n < to; n++) stock.emit("message", { text: `number ${n}`, user, timestamp: new Date().toISOString() });
};

async function filled(t, n) {
    const server = await startServer(t);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 } });
    const stock = await connect(t, server, TRANSPORTS.websocket);
    sendMany(stock, 0, n);
    await waitBody(page, `number ${n - 1}`);
    await atEnd(page);
    return { server, page, stock };
}

// As a reader does it: some notches of the wheel.
async function wheel(page, px) {
    await page.hover(SCROLLER);
    await page.mouse.wheel(0, px);
    await frames(page, 4);
}

// The text of the first row that is wholly in view.
const firstShown = (page) =>
    page.evaluate(([scroller, body]) => {
        const edge = document.querySelector(scroller).getBoundingClientRect().top;
        return [...document.querySelectorAll(body)].find((row) => row.getBoundingClientRect().top >= edge).textContent;
    }, [SCROLLER, byId("msg-body")]);

pageTest("the list follows the newest message and holds a bounded number of rows", async (t) => {
    const { page, stock } = await filled(t, 1000);
    assert.ok((await rowsN(page)) <= ROWS_MAX);
    sendMany(stock, 1000, 1050);
    await waitBody(page, "number 1049");
    await atEnd(page);
    assert.ok((await rowsN(page)) <= ROWS_MAX);
    assert.ok(await page.isHidden(byId("jump-latest")));
});

pageTest("nothing but the reader makes the list stop following", async (t) => {
    const { page, stock } = await filled(t, 390);
    for (let n = 390; n < 8390; n += 100) {
        sendMany(stock, n, n + 100);
        await frames(page, 1);
    }
    await waitBody(page, "number 8389");
    await atEnd(page);
    assert.ok(await page.isHidden(byId("jump-latest")));
    assert.ok((await rowsN(page)) <= ROWS_MAX);
});

pageTest("a reader is not moved by what arrives, and is told how much", async (t) => {
    const { page, stock } = await filled(t, 100);
    await wheel(page, -900);
    const row = await firstShown(page);
    const top = await topOf(page, row);
    sendMany(stock, 100, 107);
    await waitBody(page, "number 106");
    await page.waitForSelector(byId("jump-latest"));
    assert.equal(await topOf(page, row), top);
    await until(async () => (await page.textContent(byId("jump-latest"))).trim() === "7 new messages", "the count");
    await page.click(byId("jump-latest"));
    await atEnd(page);
    await until(() => page.isHidden(byId("jump-latest")), "the button to go");
    sendMany(stock, 107, 108);
    await waitBody(page, "number 107");
    await atEnd(page);
});

pageTest("scrolling up through a long list brings older rows without a jump, down to the first and back", async (t) => {
    const { page } = await filled(t, 1200);
    for (let i = 0; i < 60; i++) {
        const row = await firstShown(page);
        const before = await topOf(page, row);
        const moved = await page.evaluate(([scroller, body, row]) => {
            const box = document.querySelector(scroller);
            const find = () => [...document.querySelectorAll(body)].find((at) => at.textContent === row);
            const from = find().getBoundingClientRect().top;
            box.scrollTop -= 700;
            return find().getBoundingClientRect().top - from;
        }, [SCROLLER, byId("msg-body"), row]);
        await frames(page, 3);
        assert.ok((await rowsN(page)) <= ROWS_MAX);
        const now = await page.$$eval(byId("msg-body"), (all, row) => all.find((body) => body.textContent === row)?.getBoundingClientRect().top, row);
        if (now !== undefined) assert.ok(Math.abs(now - (before + moved)) <= 1, `${row} moved by ${now - before - moved} px`);
        if ((await bodies(page))[0] === "number 0" && moved === 0) break;
    }
    assert.equal((await bodies(page))[0], "number 0");
    for (let i = 0; i < 100 && (await bodies(page)).at(-1) !== "number 1199"; i++) {
        await page.$eval(SCROLLER, (box) => (box.scrollTop += 5000));
        await frames(page, 3);
    }
    assert.equal((await bodies(page)).at(-1), "number 1199");
    const shown = await bodies(page);
    const first = Number(shown[0].split(" ")[1]);
    assert.deepEqual(shown, shown.map((_, i) => `number ${first + i}`));
});

pageTest("from far up, sending goes back to the end", async (t) => {
    const { page } = await filled(t, 900);
    for (let i = 0; i < 8; i++) {
        await page.$eval(SCROLLER, (box) => (box.scrollTop = 0));
        await frames(page, 3);
    }
    assert.equal((await bodies(page))[0], "number 0");
    await say(page, "here I am");
    await waitBody(page, "here I am");
    await atEnd(page);
    assert.equal((await bodies(page)).at(-1), "here I am");
});

pageTest("Home goes to the first message kept", async (t) => {
    const { page, stock } = await filled(t, 700);
    for (const place of [SCROLLER, byId("composer-input")]) {
        await page.focus(place);
        await page.keyboard.press("Home");
        await until(async () => (await bodies(page))[0] === "number 0", "the first row");
        await until(() => page.$eval(SCROLLER, (box) => box.scrollTop === 0), "the beginning");
        assert.ok((await rowsN(page)) <= ROWS_MAX);
        stock.emit("message", { text: `after ${place}` });
        await until(async () => (await page.textContent(byId("jump-latest"))).trim() === "1 new message", "the count");
        assert.equal(await page.$eval(SCROLLER, (box) => box.scrollTop), 0);
        await page.click(byId("jump-latest"));
        await atEnd(page);
    }
});

pageTest("the title counts what came while nobody looked", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    assert.equal(await page.title(), "#lobby - Tincan");
    await page.evaluate(() => {
        document.hasFocus = () => window.looking;
        window.dispatchEvent(new Event("blur"));
    });
    sendMany(stock, 0, 3);
    await until(async () => (await page.title()) === "(3) #lobby - Tincan", "the count");
    await page.evaluate(() => {
        window.looking = true;
        window.dispatchEvent(new Event("focus"));
    });
    await until(async () => (await page.title()) === "#lobby - Tincan", "the count to go");
});

pageTest("addresses are links that tell nobody where one comes from, and only they", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    const text = 'see https://a.example/(x)?q="1" javascript:alert(1) <a href="http://b.example">b</a>';
    stock.emit("message", { text });
    await waitBody(page, text);
    const links = await page.$$eval(`${byId("msg-body")} a`, (all) =>
        all.map((a) => [a.textContent, a.href, a.target, a.rel, a.childElementCount]));
    const like = ["_blank", "noopener noreferrer nofollow", 0];
    assert.deepEqual(links, [
        ["https://a.example/(x)?q=", "https://a.example/(x)?q=", ...like],
        ["http://b.example", "http://b.example/", ...like],
    ]);
});

pageTest("Escape goes back to the end", async (t) => {
    const { page } = await filled(t, 200);
    await wheel(page, -2000);
    assert.ok((await belowPx(page)) > 100);
    await page.keyboard.press("Escape");
    await atEnd(page);
    assert.equal(await page.evaluate(() => document.activeElement.id), "composer-input");
});

pageTest("at the end, it stays there when the window or the composer changes its size", async (t) => {
    const { page } = await filled(t, 100);
    await page.setViewportSize({ width: 500, height: 420 });
    await atEnd(page);
    await page.fill(byId("composer-input"), "1\n2\n3\n4\n5");
    await atEnd(page);
    await page.setViewportSize({ width: 1200, height: 800 });
    await atEnd(page);
    assert.ok(await page.isHidden(byId("jump-latest")));
});

pageTest("scrolling up holds against a stream of messages", async (t) => {
    const { page, stock } = await filled(t, 100);
    let stop = false;
    const stream = (async () => {
        for (let n = 100; !stop; n++) {
            sendMany(stock, n, n + 1);
            await frames(page, 1);
        }
    })();
    await wheel(page, -600);
    await until(() => page.isVisible(byId("jump-latest")), "the reader's wish to be heard");
    const row = await firstShown(page);
    const top = await topOf(page, row);
    await frames(page, 20);
    assert.equal(await topOf(page, row), top);
    stop = true;
    await stream;
});

pageTest("rows are grouped by author, and a day is named once", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    sendMany(stock, 0, 2, "Ana");
    sendMany(stock, 2, 3, "Bo");
    stock.emit("message", { text: "number 3" });
    stock.emit("message", { text: "number 4" });
    await waitBody(page, "number 4");
    const rows = await page.$$eval(byId("msg-row"), (all) => all.map((row) => [row.querySelector("[data-testid=msg-author]").textContent, "compact" in row.dataset]));
    assert.deepEqual(rows, [["Ana", false], ["Ana", true], ["Bo", false], ["Someone", false], ["Someone", false]]);
    assert.equal(await page.$$eval(byId("day-sep"), (all) => all.map((day) => day.textContent).join()), "Today");
    const times = await page.$$eval(byId("msg-time"), (all) => all.map((time) => time.dateTime));
    for (const time of times) assert.equal(new Date(time).toISOString(), time);
});

pageTest("new messages of others are announced, in the window that has the focus", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    const said = () => page.$$eval(`${byId("announcer")} > *`, (all) => all.map((line) => line.textContent));
    await say(page, "mine");
    await waitBody(page, "mine");
    stock.emit("message", { text: "hello", user: "Bo" });
    await until(async () => (await said()).length === 1, "an announcement");
    assert.deepEqual(await said(), ["Bo: hello"]);
    assert.equal(await page.getAttribute(byId("announcer"), "role"), "log");
});
