// Our page in a real Chromium: people chat, over every transport, and whatever happens to the server or the network.
// tincan-test: reactors=1,4 timeout=300 slots=2
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { after, before, test } from "node:test";
import {
    OURS_ONLY, TRANSPORTS, atEnd, bodies, byId, conn, connect, hasMessages, launch, networkComplaint, openChat, say,
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
const chatTest = (name, f) => test(name, { skip: OURS_ONLY }, f);

// A middlebox that knows HTTP but no WebSocket: upgrades are refused.
async function withoutWebSocket(t, server) {
    const proxy = http.createServer((request, response) => {
        const { method, url: path, headers } = request;
        const onward = http.request({ host: "127.0.0.1", port: server.port, method, path, headers }, (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        });
        onward.on("error", () => response.destroy());
        response.on("close", () => onward.destroy());
        request.pipe(onward);
    });
    proxy.refused = 0;
    proxy.on("upgrade", (request, socket) => {
        proxy.refused++;
        socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    atEnd(t, () => {
        proxy.closeAllConnections();
        return new Promise((resolve) => proxy.close(resolve));
    });
    return { url: `http://127.0.0.1:${proxy.address().port}`, proxy };
}

// A plain TCP way to the server that can be cut and mended.
async function cuttable(t, server) {
    const open = new Set();
    const way = net.createServer((near) => {
        if (way.cut) {
            near.destroy();
            return;
        }
        const far = net.connect(server.port, "127.0.0.1");
        for (const [a, b] of [[near, far], [far, near]]) {
            open.add(a);
            a.pipe(b);
            a.on("error", () => b.destroy());
            a.on("close", () => {
                open.delete(a);
                b.destroy();
            });
        }
    });
    await new Promise((resolve) => way.listen(0, "127.0.0.1", resolve));
    const drop = () => open.forEach((socket) => socket.destroy());
    atEnd(t, () => {
        drop();
        return new Promise((resolve) => way.close(resolve));
    });
    return {
        url: `http://127.0.0.1:${way.address().port}`,
        cut() {
            way.cut = true;
            drop();
        },
        mend() {
            way.cut = false;
        },
    };
}

chatTest("two people chat", async (t) => {
    const server = await startServer(t);
    const ann = await openChat(t, browser, server);
    const bob = await openChat(t, browser, server);
    await say(ann, "Hello, Bob");
    await Promise.all([waitBody(ann, "Hello, Bob"), waitBody(bob, "Hello, Bob")]);
    await say(bob, "Grüße, Ann 👋🏽");
    await Promise.all([waitBody(ann, "Grüße, Ann 👋🏽"), waitBody(bob, "Grüße, Ann 👋🏽")]);
    for (const page of [ann, bob]) {
        assert.deepEqual(await bodies(page), ["Hello, Bob", "Grüße, Ann 👋🏽"]);
        const states = await page.$$eval(byId("msg-row"), (rows) => rows.map((row) => row.dataset.state));
        assert.deepEqual(states.filter((state) => state && state !== "sent"), []);
    }
    assert.equal(await ann.inputValue(byId("composer-input")), "");
});

for (const [query, states] of [["?transport=polling", ["polling"]], ["?transport=websocket", ["live"]], ["?transport=upgrade", ["live"]]]) {
    chatTest(`two people chat (${query})`, async (t) => {
        const server = await startServer(t);
        const ann = await openChat(t, browser, server, { query, states });
        const bob = await openChat(t, browser, server, { query, states });
        for (let n = 0; n < 10; n++) {
            await say(n % 2 ? ann : bob, `message ${n}`);
            await Promise.all([ann, bob].map((page) => waitBody(page, `message ${n}`)));
        }
        const expected = [...Array(10).keys()].map((n) => `message ${n}`);
        assert.deepEqual(await bodies(ann), expected);
        assert.deepEqual(await bodies(bob), expected);
        assert.ok(states.includes(await conn(ann)));
    });
}

chatTest("the keyboard alone will do: Enter sends, Shift+Enter makes a new line", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    await page.focus(byId("composer-input"));
    await page.keyboard.type("two");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("lines");
    await page.keyboard.press("Enter");
    await waitBody(page, "two\nlines");
});

chatTest("text is text, never markup", async (t) => {
    const server = await startServer(t);
    const ann = await openChat(t, browser, server);
    const bob = await openChat(t, browser, server);
    const nasty = [
        "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "&lt;b&gt;", "\u202eevil", "javascript:alert(1)",
        "a\u0000b", "x".repeat(3000), "'\"`${1}`",
    ];
    for (const text of nasty) await say(ann, text);
    const cleaned = nasty.map((text) => text.replace("\u0000", "")); // an input field cannot hold NUL
    await until(async () => (await bodies(bob)).length === nasty.length, "all messages");
    const shown = await bodies(bob);
    shown.forEach((text, i) => assert.ok(text === nasty[i] || text === cleaned[i] || text === nasty[i].replace("\u0000", "\ufffd"), text));
    assert.equal(await bob.$$eval(`${byId("msg-body")} *`, (inside) => inside.length), 0);
});

chatTest("whatever a stock client says, the page goes on", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    const odd = [
        null, 1, "just a string", [], {}, { text: 5 }, { text: null }, { text: "" }, { text: ["x"] }, { timestamp: "x" },
        { text: "bad time", timestamp: "never" }, { text: "no time" }, { text: "time by number", timestamp: 1e308 },
        { text: "negative", timestamp: -1 }, { text: "lone \ud800" }, Buffer.from([1, 2]), { text: Buffer.from([3]) },
        { text: "user", user: { a: 1 } }, { text: "x".repeat(200_000) },
    ];
    for (const value of odd) stock.emit("message", value);
    stock.emit("message", { text: "the last one", timestamp: new Date().toISOString() });
    await waitBody(page, "the last one");
    await say(page, "still here");
    await waitBody(page, "still here");
    await hasMessages(stock, odd.length + 2);
});

chatTest("the server is killed and started again while the page stays open", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server, { accept: networkComplaint });
    await say(page, "before");
    await waitBody(page, "before");
    await server.kill();
    await waitConn(page, "reconnecting", "offline", "connecting");
    await say(page, "meanwhile");
    const again = await startServer(t, ["--listen", `127.0.0.1:${server.port}`]);
    await waitConn(page, "live", "polling");
    const other = await connect(t, again, TRANSPORTS.websocket);
    await say(page, "after");
    await hasMessages(other, 1);
    await until(async () => (await bodies(page)).includes("after"), "the page to show it");
    assert.deepEqual(await bodies(page), ["before", "meanwhile", "after"]);
});

chatTest("where WebSocket does not get through, the page chats by polling", async (t) => {
    const server = await startServer(t);
    const way = await withoutWebSocket(t, server);
    const page = await openChat(t, browser, way, { states: ["polling"], accept: networkComplaint });
    assert.ok(way.proxy.refused > 0, "WebSocket was tried and refused");
    const stock = await connect(t, server, TRANSPORTS.websocket);
    await say(page, "by polling");
    await hasMessages(stock, 1);
    assert.equal(stock.messages[0].text, "by polling");
    stock.emit("message", { text: "heard", timestamp: new Date().toISOString() });
    await waitBody(page, "heard");
    assert.equal(await conn(page), "polling");
});

for (const [query, states] of [["", ["live"]], ["?transport=polling", ["polling"]]]) {
    chatTest(`the network breaks and mends: nothing is lost or said twice (${query || "default"})`, async (t) => {
        const server = await startServer(t);
        const way = await cuttable(t, server);
        const page = await openChat(t, browser, way, { query, states, accept: networkComplaint });
        const stock = await connect(t, server, TRANSPORTS.websocket);
        await say(page, "one");
        await waitBody(page, "one");
        // Confirmed: the relay keeps no memory, so what is not is sent again, and stock clients would hear it twice.
        await page.waitForSelector(`${byId("msg-row")}[data-state="sent"]`);
        way.cut();
        await waitConn(page, "reconnecting", "offline", "connecting");
        for (const text of ["two", "three", "four"]) await say(page, text);
        way.mend();
        await waitConn(page, ...states);
        await hasMessages(stock, 4);
        assert.deepEqual(stock.messages.map((message) => message.text), ["one", "two", "three", "four"]);
        await until(async () => (await bodies(page)).length === 4, "four rows");
        assert.deepEqual(await bodies(page), ["one", "two", "three", "four"]);
        await until(
            () => page.$$eval(byId("msg-row"), (rows) => rows.every((row) => !row.dataset.state || row.dataset.state === "sent")),
            "all rows to be sent",
        );
    });
}

chatTest("a thousand messages in a burst are all shown, in order", async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const stock = await connect(t, server, TRANSPORTS.websocket);
    for (let n = 0; n < 1000; n++) stock.emit("message", { text: `burst ${n}`, timestamp: new Date().toISOString() });
    await waitBody(page, "burst 999");
    const shown = await bodies(page);
    // The page may keep fewer rows in the document than it knows messages.
    const first = Number(/\d+/.exec(shown[0])[0]);
    assert.deepEqual(shown, [...Array(1000 - first).keys()].map((n) => `burst ${first + n}`));
    assert.ok(shown.length >= 100);
});
