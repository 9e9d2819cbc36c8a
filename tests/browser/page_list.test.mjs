// The message list of our page: it follows the newest message, never moves a reader, and brings what the server has of a room.
// tincan-test: reactors=2 timeout=400 slots=2
import assert from "node:assert/strict";
import {
    bodies, browser, byId, joinRoom, openChat, openRoom, pageTest, roomId, say, sleep, speaker, startChat, until, waitBody, waitRoom,
} from "./page_lib.mjs";

const ROWS_MAX = 200;
const DRAWS_MAX = 5; // three messages and something else ahead of a frame, and its own
const SCROLLER = byId("msg-scroll");
const BODY = byId("msg-body");

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
    page.$$eval(BODY, (all, text) => all.find((body) => body.innerText === text)?.getBoundingClientRect().top, text);

async function filled(t, n, options = {}) {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 }, ...options });
    const stock = await speaker(t, server);
    await stock.sayMany(0, n);
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
        return [...document.querySelectorAll(body)].find((row) => row.getBoundingClientRect().top >= edge).innerText;
    }, [SCROLLER, BODY]);

const isStretch = (shown) => {
    const first = Number(/\d+/.exec(shown[0])[0]);
    assert.deepEqual(shown, shown.map((_, i) => `number ${first + i}`));
};

// Drag the list up in steps until the first message is there; in every frame the row that was at the top may not move by itself.
async function climb(page, first = "number 0", { stepPx = 700, steps = 2000 } = {}) {
    await page.evaluate(([scroller, body]) => {
        const box = document.querySelector(scroller);
        const edge = () => box.getBoundingClientRect().top;
        window.climb = (stepPx) => {
            const held = [...document.querySelectorAll(body)].filter((row) => row.getBoundingClientRect().top >= edge()).slice(0, 3);
            const was = box.scrollTop;
            box.scrollTop -= stepPx;
            window.held = { row: held[0], seq: held[0].closest("[data-seq]").dataset.seq, top: held[0].getBoundingClientRect().top };
            return was - box.scrollTop;
        };
        window.moved = () => {
            const row = document.querySelector(`[data-seq="${window.held.seq}"] ${body}`);
            return row ? row.getBoundingClientRect().top - window.held.top : 0;
        };
    }, [SCROLLER, BODY]);
    let worst = 0;
    for (let i = 0; i < steps; i++) {
        const by = await page.evaluate((stepPx) => window.climb(stepPx), stepPx);
        await frames(page, 2);
        const moved = await page.evaluate(() => window.moved());
        worst = Math.max(worst, Math.abs(moved));
        assert.ok(Math.abs(moved) <= 1, `a row moved by ${moved} px`);
        assert.ok((await rowsN(page)) <= ROWS_MAX);
        if (by > 0) continue;
        if ((await page.$eval(BODY, (body) => body.innerText)) === first) return worst;
        const top = await page.$eval(BODY, (body) => body.innerText);
        await until(async () => (await page.$eval(BODY, (body) => body.innerText)) !== top, `older messages than ${top}`);
        assert.ok(Math.abs(await page.evaluate(() => window.moved())) <= 1);
    }
    assert.fail("the first message was not reached");
}

pageTest("the list follows the newest message and holds a bounded number of rows", async (t) => {
    const { page, stock } = await filled(t, 1000);
    assert.ok((await rowsN(page)) <= ROWS_MAX);
    await stock.sayMany(1000, 1050);
    await waitBody(page, "number 1049");
    await atEnd(page);
    assert.ok((await rowsN(page)) <= ROWS_MAX);
    assert.ok(await page.isHidden(byId("jump-latest")));
    isStretch(await bodies(page));
});

// In the page: the most changes of the list between two frames.
function countChanges() {
    let [n, since] = [0, performance.now()];
    window.changes = 0;
    const frame = () => {
        [n, since] = [0, performance.now()];
        requestAnimationFrame(frame);
    };
    frame();
    // Where a frame is late, 16 ms count as one.
    const watch = new MutationObserver(() => {
        const frames = 1 + Math.floor((performance.now() - since) / 16);
        window.changes = Math.max(window.changes, Math.ceil(++n / frames));
    });
    addEventListener("DOMContentLoaded", () => watch.observe(document.getElementById("list"), { childList: true }));
}

pageTest("nothing but the reader makes the list stop following, and a burst is drawn a few times a frame", async (t) => {
    const { page, stock } = await filled(t, 390, { early: countChanges });
    await stock.sayMany(390, 3390);
    await waitBody(page, "number 3389");
    await atEnd(page);
    assert.ok(await page.isHidden(byId("jump-latest")));
    assert.ok((await rowsN(page)) <= ROWS_MAX);
    isStretch(await bodies(page));
    const changes = await page.evaluate(() => window.changes);
    assert.ok(changes >= 1 && changes <= DRAWS_MAX, `the list was changed ${changes} times in a frame`);
});

pageTest("a reader is not moved by what arrives, and is told how much", async (t) => {
    const { page, stock } = await filled(t, 100);
    await wheel(page, -900);
    const row = await firstShown(page);
    const top = await topOf(page, row);
    await stock.sayMany(100, 107);
    await page.waitForSelector(byId("jump-latest"));
    await until(async () => (await page.textContent(byId("jump-latest"))).trim() === "7 new messages", "the count");
    await frames(page, 3);
    assert.equal(await topOf(page, row), top);
    await page.click(byId("jump-latest"));
    await atEnd(page);
    await until(() => page.isHidden(byId("jump-latest")), "the button to go");
    assert.equal(await page.evaluate(() => document.activeElement.id), "composer-input");
    await stock.sayMany(107, 108);
    await waitBody(page, "number 107");
    await atEnd(page);
});

pageTest("who joins a room in the middle of what he reads stays there, and sees what was changed meanwhile", async (t) => {
    const server = await startChat(t);
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await bob.sayMany(0, 400);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 } });
    await page.evaluate((id) => (location.hash = `#/room/${id}/200`), bob.room);
    await waitBody(page, "number 199");
    await wheel(page, -700);
    await sleep(1200); // what is in view is known
    const row = await firstShown(page);
    const top = await topOf(page, row);
    const n = Number(/\d+/.exec(row)[0]);
    await bob.edit(n + 2, "number edited");
    await bob.say("number 400");
    await page.click(byId("room-join"));
    await waitBody(page, "number edited");
    await page.waitForSelector(byId("composer"), { state: "visible" });
    await frames(page, 4);
    assert.ok(Math.abs((await topOf(page, row)) - top) <= 1, `${row} is at ${await topOf(page, row)}, it was at ${top}`);
    assert.equal(await page.locator(`[data-flash][data-seq="${n}"]`).count(), 0);
    await bob.say("number 401");
    await frames(page, 4);
    assert.ok(Math.abs((await topOf(page, row)) - top) <= 1);
    await page.focus(SCROLLER);
    await page.keyboard.press("End");
    await waitBody(page, "number 401");
    await atEnd(page);
});

pageTest("scrolling up through a long list brings older rows without a jump, down to the first and back", async (t) => {
    const { page } = await filled(t, 1200);
    await climb(page);
    for (let i = 0; i < 200 && (await bodies(page)).at(-1) !== "number 1199"; i++) {
        await page.$eval(SCROLLER, (box) => (box.scrollTop += 5000));
        await frames(page, 3);
    }
    const shown = await bodies(page);
    assert.equal(shown.at(-1), "number 1199");
    isStretch(shown);
});

pageTest("of 1,200 stored messages somebody new sees the newest, and by scrolling all, without a jump", async (t) => {
    const server = await startChat(t);
    const stock = await speaker(t, server);
    await stock.sayMany(0, 1200);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 } });
    await waitBody(page, "number 1199");
    await atEnd(page);
    assert.ok((await rowsN(page)) <= 200, "not everything is loaded at once");
    await climb(page);
    assert.match(await page.innerText(byId("list-start")), /This is the start of lobby/);
    isStretch(await bodies(page));
    await page.focus(SCROLLER);
    await page.keyboard.press("End");
    await waitBody(page, "number 1199");
    await atEnd(page);
    isStretch(await bodies(page));
});

pageTest("in a room of 10,000 messages one gets anywhere by an address, and the newest are one key away", async (t) => {
    const server = await startChat(t);
    const stock = await speaker(t, server);
    await stock.sayMany(0, 10000);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 } });
    await waitBody(page, "number 9999");
    const id = await roomId(page, "lobby");
    await page.evaluate((hash) => (location.hash = hash), `#/room/${id}/5000`);
    await waitBody(page, "number 4999");
    const seen = await page.$eval('[data-seq="5000"]', (row) => {
        const at = row.getBoundingClientRect(), box = document.getElementById("scroller").getBoundingClientRect();
        return { inView: at.top >= box.top && at.bottom <= box.bottom, flash: "flash" in row.dataset };
    });
    assert.deepEqual(seen, { inView: true, flash: true });
    isStretch(await bodies(page));
    assert.ok(await page.isVisible(byId("jump-latest")));
    // Up and down from there, both by pages of the server.
    const numbers = async () => (await bodies(page)).map((text) => Number(text.split(" ")[1]));
    for (const [px, reached] of [[-3000, (shown) => shown[0] <= 4700], [3000, (shown) => shown.at(-1) >= 5300]]) {
        await until(async () => {
            await page.$eval(SCROLLER, (box, px) => (box.scrollTop += px), px);
            await frames(page, 3);
            const shown = await numbers();
            assert.ok(shown.length <= ROWS_MAX);
            assert.deepEqual(shown, shown.map((_, i) => shown[0] + i));
            return reached(shown);
        }, `to get there by steps of ${px} px`).catch(async (error) => {
            const shown = await numbers();
            throw new Error(`${error.message}; shown are ${shown[0]} to ${shown.at(-1)}`);
        });
    }
    await page.click(byId("jump-latest"));
    await waitBody(page, "number 9999");
    await atEnd(page);
    isStretch(await bodies(page));
});

pageTest("an address of a message opens there when the page is loaded with it", async (t) => {
    const server = await startChat(t);
    const stock = await speaker(t, server);
    await stock.sayMany(0, 600);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 } });
    const id = await roomId(page, "lobby");
    await page.goto(`${server.url}/#/room/${id}/77`);
    await page.reload();
    await waitRoom(page);
    await waitBody(page, "number 76");
    await until(() => page.$eval('[data-seq="77"]', (row) => "flash" in row.dataset), "the message to be shown");
    const box = await page.$eval('[data-seq="77"]', (row) => {
        const view = document.getElementById("scroller").getBoundingClientRect(), at = row.getBoundingClientRect();
        return at.top >= view.top && at.bottom <= view.bottom;
    });
    assert.ok(box, "the message is in view");
    isStretch(await bodies(page));
    // Going up by the arrows: the tools of each, which rise above it, are in view.
    await page.focus('[data-seq="77"] article');
    for (let n = 0; n < 25; n++) {
        await page.keyboard.press("ArrowUp");
        await frames(page);
        const edges = await page.$eval(byId("msg-tools"), (tools) =>
            [tools, document.getElementById("scroller")].map((box) => box.getBoundingClientRect().top));
        assert.ok(edges[0] >= edges[1], `after ${n} steps the tools are ${edges[1] - edges[0]} px too high`);
    }
    // A number that no message has is not taken for another.
    await page.evaluate((hash) => (location.hash = hash), `#/room/${id}/5000`);
    await page.waitForSelector(`${byId("toast")}:has-text("There is no such message.")`);
    await waitBody(page, "number 599");
    await atEnd(page);
    // Of a room that is not there, or not for everybody, nothing more is told than that.
    const shown = (id) => page.locator(byId(id)).isVisible();
    for (const load of [() => page.evaluate(() => (location.hash = "#/room/424242")), () => page.reload()]) {
        await load();
        await until(async () => /There is no such room/.test(await page.innerText(byId("empty"))), "it to be said");
        assert.deepEqual([await shown("composer"), await shown("room-menu"), await bodies(page)], [false, false, []]);
    }
    await openRoom(page, "lobby");
    await waitBody(page, "number 599");
});

pageTest("opening a room with unread messages shows where they begin, a quarter from the top", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 } });
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await joinRoom(page, bob.room, "ops");
    await bob.sayMany(0, 30);
    await waitBody(page, "number 29");
    const ops = `${byId("room-row")}[data-room="${bob.room}"]`;
    await until(async () => (await page.getAttribute(ops, "data-unread")) === "0", "them to be read");
    for (const unread of [30, 90]) {
        await openRoom(page, "lobby");
        const from = unread === 30 ? 30 : 60;
        await bob.sayMany(from, from + unread);
        await until(async () => (await page.getAttribute(ops, "data-unread")) === String(unread), "them to be counted");
        assert.ok(await page.isVisible(`${ops} ${byId("unread-badge")}`));
        await page.click(ops);
        await page.waitForSelector(byId("new-marker"));
        await frames(page, 3);
        const place = () => page.evaluate(([scroller, marker]) => {
            const box = document.querySelector(scroller).getBoundingClientRect();
            const line = document.querySelector(marker);
            return {
                at: (line.getBoundingClientRect().top - box.top) / box.height,
                next: line.nextElementSibling.querySelector("[data-testid=msg-body]").innerText,
            };
        }, [SCROLLER, byId("new-marker")]);
        const marker = await place();
        assert.equal(marker.next, `number ${from}`);
        assert.ok(Math.abs(marker.at - 0.25) <= 0.05, `the line is at ${marker.at} of the height`);
        // It stays where it is while the room is open, and Escape takes it away and goes to the end.
        await bob.sayMany(from + unread, from + unread);
        await page.focus(byId("composer-input"));
        await page.keyboard.press("Escape");
        await atEnd(page);
        await until(async () => (await page.$(byId("new-marker"))) === null, "the line to go");
        await until(async () => (await page.getAttribute(ops, "data-unread")) === "0", "them to be read");
    }
});

pageTest("a hole in what is loaded is a row that loads it", async (t) => {
    const server = await startChat(t);
    const stock = await speaker(t, server);
    await stock.sayMany(0, 900);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 600 } });
    await waitBody(page, "number 899");
    const id = await roomId(page, "lobby");
    await page.evaluate((hash) => (location.hash = hash), `#/room/${id}/300`);
    await waitBody(page, "number 299");
    // The page fills it by itself when the reader comes near; while the server does not answer, the row is what is there.
    await page.$eval(SCROLLER, (box) => (box.scrollTop = box.scrollHeight));
    await until(async () => (await bodies(page)).at(-1) !== "number 349", "more");
    for (let i = 0; i < 100 && (await bodies(page)).at(-1) !== "number 899"; i++) {
        await page.$eval(SCROLLER, (box) => (box.scrollTop = box.scrollHeight));
        isStretch(await bodies(page));
        await frames(page, 4);
    }
    isStretch(await bodies(page));
    assert.equal((await bodies(page)).at(-1), "number 899");
    assert.equal(await page.$(byId("gap-row")), null);
});

pageTest("from far up, sending goes back to the end", async (t) => {
    const { page } = await filled(t, 900);
    await page.focus(SCROLLER);
    await page.keyboard.press("Home");
    await until(async () => (await page.$eval(SCROLLER, (box) => box.scrollTop)) === 0, "the beginning");
    await say(page, "here I am");
    await waitBody(page, "here I am");
    await atEnd(page);
    assert.equal((await bodies(page)).at(-1), "here I am");
});

pageTest("Home goes to the first message there is", async (t) => {
    const { page, stock } = await filled(t, 700);
    for (const place of [SCROLLER, byId("composer-input")]) {
        await page.focus(place);
        await page.keyboard.press("Home");
        await until(async () => (await bodies(page))[0] === "number 0", "the first row");
        await until(() => page.$eval(SCROLLER, (box) => box.scrollTop === 0), "the beginning");
        assert.ok((await rowsN(page)) <= ROWS_MAX);
        await stock.say(`after ${place.length}`);
        await until(async () => (await page.textContent(byId("jump-latest"))).trim() === "1 new message", "the count");
        assert.equal(await page.$eval(SCROLLER, (box) => box.scrollTop), 0);
        await page.click(byId("jump-latest"));
        await atEnd(page);
    }
});

pageTest("the title counts what came while nobody looked", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    assert.equal(await page.title(), "#lobby · Tincan");
    await page.evaluate(() => {
        document.hasFocus = () => window.looking;
        window.dispatchEvent(new Event("blur"));
    });
    await stock.sayMany(0, 3);
    await until(async () => (await page.title()) === "(3) #lobby · Tincan", "the count");
    await page.evaluate(() => {
        window.looking = true;
        window.dispatchEvent(new Event("focus"));
    });
    await until(async () => (await page.title()) === "#lobby · Tincan", "the count to go");
});

pageTest("addresses are links that tell nobody where one comes from, and only they", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    const text = 'see https://a.example/(x)?q="1" javascript:alert(1) <a href="http://b.example">b</a>';
    await stock.say(text);
    await waitBody(page, text);
    const links = await page.$$eval(`${BODY} a`, (all) => all.map((a) => [a.textContent, a.href, a.target, a.rel, a.childElementCount]));
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
            stock.sayOnly(`number ${n}`);
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
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const [ana, bo] = [await speaker(t, server, "ana"), await speaker(t, server, "bo")];
    await ana.sayMany(0, 2);
    await bo.sayMany(2, 3);
    await ana.sayMany(3, 4);
    await waitBody(page, "number 3");
    const rows = await page.$$eval(byId("msg-row"), (all) => all.map((row) => [row.querySelector("[data-testid=msg-author]").textContent, "compact" in row.dataset]));
    assert.deepEqual(rows, [["ana", false], ["ana", true], ["bo", false], ["ana", false]]);
    assert.equal(await page.$$eval(byId("day-sep"), (all) => all.map((day) => day.textContent).join()), "Today");
    const times = await page.$$eval(byId("msg-time"), (all) => all.map((time) => time.dateTime));
    for (const time of times) assert.equal(new Date(time).toISOString(), time);
});

pageTest("new messages of others are announced, in the window that has the focus", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const bo = await speaker(t, server, "bo");
    const said = () => page.$$eval(`${byId("announcer")} > *`, (all) => all.map((line) => line.textContent));
    await say(page, "mine");
    await waitBody(page, "mine");
    await bo.say("hello");
    await until(async () => (await said()).length === 1, "an announcement");
    assert.deepEqual(await said(), ["bo: hello"]);
    assert.equal(await page.getAttribute(byId("announcer"), "role"), "log");
});
