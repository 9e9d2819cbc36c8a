// The life of a socket: the door, the handshake, leaving, the end of the server; namespaces by name and by pattern.
// tincan-test: reactors=1,4 tsan
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRaw, Poller, request, RS, sleep, until, within } from "./lib.mjs";
import { ask, asked, client, disconnected, event, history, joined, refused, settle, startLibrary } from "./library_lib.mjs";

test("middleware is asked in order, and refuses with data", async (t) => {
    const server = await startLibrary(t);
    const error = await refused(client(t, server, "/door", { auth: { token: "bad" } }));
    assert.deepEqual(error, { message: 'Not by the "first" door', data: { code: 401, list: [1, null] } });
    const socket = await joined(t, server, "/door", { auth: { token: "good" } });
    assert.equal(await asked(socket, "get-data"), "from the door");
    assert.deepEqual((await asked(socket, "rooms")).sort(), [socket.id, "early"].sort());
    assert.deepEqual(socket.events.filter((e) => e[0] === "early"), [], "nothing is sent before the answer");
    assert.deepEqual((await history(socket)).slice(0, 4), ["first door", "first door", "second door", "connection /door"]);
});

test("middleware may answer later, and refuse later", async (t) => {
    const server = await startLibrary(t);
    const late = await joined(t, server, "/door", { auth: { token: "good", delay: 50 } });
    const error = await refused(client(t, server, "/door", { auth: { token: "good", delay: 50, refuse: 1 } }));
    assert.deepEqual(error, { message: "Too late", data: undefined });
    assert.deepEqual(await ask(late, "all-rooms"), [{ early: 1 }, 1], "who was refused is in no room");
    const lines = await history(late);
    assert.ok(lines.includes("released from the door"));
});

test("a client may leave while middleware is being asked", async (t) => {
    const server = await startLibrary(t);
    const watcher = await joined(t, server);
    const raw = await openRaw(t, server);
    raw.send('40/door,{"token":"good","delay":150}');
    await until(async () => (await asked(watcher, "history")).includes("second door"), "the second door");
    raw.close();
    await until(async () => (await asked(watcher, "history")).includes("released from the door"), "its data to go");
    const lines = await history(watcher);
    assert.ok(!lines.includes("connection /door") && !lines.some((line) => line.startsWith("disconnect")));
});

test("a middleware that never answers does not keep the server from ending", async (t) => {
    const server = await startLibrary(t);
    const raw = await openRaw(t, server);
    raw.send('40/door,{"token":"good","hold":true}');
    const watcher = await joined(t, server);
    await until(async () => (await asked(watcher, "history")).includes("second door"), "the second door");
    await asked(watcher, "stop");
    assert.deepEqual(await within(server.exited, "the end"), { code: 0, signal: null });
});

test("an event from who waits at the door is a violation", async (t) => {
    const server = await startLibrary(t);
    const raw = await openRaw(t, server);
    raw.send('40/door,{"token":"good","hold":true}');
    raw.send('42/door,["echo"]');
    await raw.whenClosed();
    const watcher = await joined(t, server);
    assert.equal((await asked(watcher, "let-in")).ok, true); // to nobody
    await settle(watcher);
});

test("the handshake", async (t) => {
    const server = await startLibrary(t);
    const options = { auth: { name: "ana", n: 1 }, query: { q: "a b&c=ü", x: "1" }, extraHeaders: { "X-Test": "yes" } };
    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
        const before = Date.now();
        const h = await asked(await joined(t, server, "/", { ...options, transports }), "handshake");
        assert.deepEqual([h.auth, h.path, h.q, h.header, h.address], [options.auth, "/socket.io/", "a b&c=ü", "yes", "127.0.0.1"]);
        assert.deepEqual([h.secure, h.recovered, h.nsp, h.id.length], [false, false, "/", 20]);
        assert.match(h.query, /(^|&)EIO=4(&|$)/);
        assert.ok(h.time >= before - 1000 && h.time <= Date.now() + 1000);
    }
    const bare = await joined(t, server);
    assert.deepEqual((({ auth, q, header }) => [auth, q, header])(await asked(bare, "handshake")), [{}, null, ""]);
    const headers = await asked(bare, "headers");
    assert.ok(headers.some((line) => /^host: 127\.0\.0\.1:/i.test(line)));
});

test("allow_request refuses connections in its own words", async (t) => {
    const server = await startLibrary(t);
    const answer = await request(server, { path: "/socket.io/?EIO=4&transport=polling&deny=1" });
    assert.deepEqual([answer.status, answer.body], [403, '{"code":4,"message":"Not you"}']);
    for (const transports of [["polling"], ["websocket"]]) await refused(client(t, server, "/", { query: { deny: "1" }, transports }));
});

test("only allowed origins connect, on both transports", async (t) => {
    const server = await startLibrary(t, ["--origins", "https://good.example"]);
    for (const transports of [["polling"], ["websocket"]]) {
        await joined(t, server, "/", { transports, extraHeaders: { Origin: "https://good.example" } });
        await refused(client(t, server, "/", { transports, extraHeaders: { Origin: "https://bad.example" } }));
        await refused(client(t, server, "/", { transports, extraHeaders: { Origin: "http://localhost:1" } }));
    }
});

test("another path", async (t) => {
    const server = await startLibrary(t, ["--path", "/deep/io/"]);
    const socket = await joined(t, server, "/", { path: "/deep/io" });
    assert.equal((await asked(socket, "handshake")).path, "/deep/io/");
});

for (const [what, leave, reason] of [
    ["its client leaving the namespace", (s) => s.disconnect(), "client namespace disconnect"],
    ["its connection being closed", (s) => s.io.engine.close(), "transport close"],
    ["a violation", (s) => s.io.engine.write("41/nowhere"), "forced close"],
    ["the handler itself", (s) => s.emit("leave-me"), "server namespace disconnect"],
    ["the handler itself with its connection", (s) => s.emit("leave-me", true), "server namespace disconnect"],
]) {
    test(`a socket leaves by ${what}`, async (t) => {
        const server = await startLibrary(t);
        const watcher = await joined(t, server);
        const socket = await joined(t, server, "/", { transports: ["websocket"] });
        await asked(watcher, "join", "goodbye");
        for (const room of ["goodbye", "tea"]) await asked(socket, "join", room);
        await asked(socket, "set-data", "mine");
        await history(watcher);
        leave(socket);
        await event(watcher, "left");
        await until(async () => (await asked(watcher, "history")).includes("released mine"), "its data to go");
        const lines = (await history(watcher)).filter((line) => !/^(any|after)/.test(line));
        assert.deepEqual(lines.slice(0, 1), [`disconnecting ${reason}`]);
        assert.deepEqual(lines.slice(1, 3).sort(), ["still in goodbye", "still in tea"]);
        assert.deepEqual(lines.slice(3), [`disconnect ${reason}`, "released mine"]);
        assert.deepEqual(await ask(watcher, "all-rooms"), [{ goodbye: 1 }, 1]);
    });
}

// A stock client drops what comes in the same payload as the packet that closes, so the two must not.
for (const transports of [["polling"], ["websocket"]]) {
    test(`what was sent before the connection was closed is heard, over ${transports}`, async (t) => {
        const server = await startLibrary(t);
        for (const together of [true, false]) {
            const socket = await joined(t, server, "/", { transports });
            await event(socket, "welcome");
            const gone = new Promise((resolve) => socket.once("disconnect", resolve));
            // In one turn of the server's, and with or without a GET that waits.
            socket.emit("echo", "the last word");
            if (!together) await until(() => socket.events.length === 1, "the echo");
            socket.emit("echo", "the very last word");
            socket.emit("leave-me", true);
            assert.equal(await within(gone, "the disconnect"), "io server disconnect");
            assert.deepEqual(socket.events, [["echo", "the last word"], ["echo", "the very last word"]]);
        }
    });
}

test("disconnecting inside a handler and inside middleware", async (t) => {
    const server = await startLibrary(t);
    const watcher = await joined(t, server);
    const socket = await joined(t, server);
    socket.emit("leave-me");
    socket.emit("echo", "not heard");
    assert.equal(await disconnected(socket), "io server disconnect");
    const other = await joined(t, server);
    other.emit("kicked");
    assert.equal(await disconnected(other), "io server disconnect");
    const lines = await history(watcher);
    assert.ok(lines.includes("after: id not sent"));
    assert.ok(!lines.includes("a handler ran for a socket that had left"));
});

test("close ends all namespaces of a connection, and only that one", async (t) => {
    const server = await startLibrary(t);
    const watcher = await joined(t, server);
    const socket = await joined(t, server);
    const second = socket.io.socket("/plain");
    await within(new Promise((resolve) => second.once("connect", resolve)), "the second namespace");
    await history(watcher);
    socket.emit("leave-me", true);
    await until(() => !socket.connected && !second.connected, "both to be disconnected");
    await until(async () => (await ask(watcher, "each", {}))[2] === 1, "the connection to go");
    const lines = (await history(watcher)).filter((line) => line.startsWith("disconnect "));
    assert.deepEqual(lines, ["disconnect server namespace disconnect", "disconnect server namespace disconnect"]);
});

test("a dead client is noticed by its heartbeat", async (t) => {
    const server = await startLibrary(t, ["--ping-interval", "200", "--ping-timeout", "200"]);
    const watcher = await joined(t, server);
    const raw = await openRaw(t, server);
    raw.answersPings = false;
    raw.send("40");
    await raw.whenClosed();
    assert.ok((await history(watcher)).includes("disconnect ping timeout"));
});

test("namespaces are made by pattern, in the order of registration", async (t) => {
    const server = await startLibrary(t);
    const which = async (nsp) => ask(await joined(t, server, nsp), "which");
    assert.deepEqual(await which("/dyn-42"), ["digits", "/dyn-42"]);
    assert.deepEqual(await which("/dyn-x"), ["anything", "/dyn-x"]);
    assert.deepEqual(await which("/fn-1"), ["function", "/fn-1"]);
    assert.deepEqual(await refused(client(t, server, "/other")), { message: "Invalid namespace", data: undefined });
});

test("a pattern's namespaces are apart, and may have handlers of their own", async (t) => {
    const server = await startLibrary(t);
    const [a, b, c] = [await joined(t, server, "/dyn-1"), await joined(t, server, "/dyn-2"), await joined(t, server, "/dyn-1")];
    for (const socket of [a, b, c]) await asked(socket, "join", "room");
    await asked(a, "send", { to: ["room"] }, "said", "one");
    await settle(a, b, c);
    assert.deepEqual([a, b, c].map((s) => s.events.filter((e) => e[0] === "said").length), [1, 0, 1]);
    assert.deepEqual(await asked(a, "own"), { ok: true });
    assert.deepEqual(await ask(c, "only-here"), ["only here", "/dyn-1"]);
    b.emit("only-here", () => assert.fail("the other namespace answered"));
    await settle(b);
    c.disconnect();
    await until(async () => (await ask(a, "all-rooms"))[1] === 1, "c to be gone");
});

for (const cleanup of [false, true]) {
    test(`dynamic namespaces come and go ${cleanup ? "with" : "without"} cleaning up`, async (t) => {
        const server = await startLibrary(t, cleanup ? ["--cleanup", "yes"] : []);
        const watcher = await joined(t, server);
        for (let n = 0; n < 5; n++) {
            const [a, b] = [await joined(t, server, "/dyn-7"), await joined(t, server, "/dyn-7")];
            await asked(a, "own");
            b.emit("ask", 30); // a question that outlives its namespace's last socket
            if (n % 2) {
                b.emit("kick", { others: true });
                b.disconnect();
            } else {
                a.emit("leave-me");
                b.emit("leave-me", true);
            }
            await until(async () => (await ask(watcher, "each", {}))[2] === 1, "both connections to go");
        }
        const again = await joined(t, server, "/dyn-7");
        let answered = false;
        again.emit("only-here", () => (answered = true));
        await settle(again);
        assert.equal(answered, !cleanup, "what was registered on it goes with it");
    });
}

// The client has paused polling and is on its way: it would never fetch a goodbye there.
async function inMidUpgrade(t, server) {
    const poller = await Poller.open(server);
    await poller.post("40/dyn-7");
    while (!(await poller.get()).includes("welcome"));
    const raw = await openRaw(t, server, { sid: poller.sid });
    raw.send("2probe");
    assert.equal(await raw.next(), "3probe");
    return { poller, raw };
}
// What is polled until the packet that closes, but for noops.
async function goodbye(poller) {
    const all = [];
    while (!all.includes("1")) all.push(...(await poller.get()).split(RS).filter((packet) => packet !== "6"));
    return all;
}
const connections = async (watcher) => (await ask(watcher, "each", {}))[2];

test("who is disconnected in the middle of an upgrade is told at its end", async (t) => {
    const server = await startLibrary(t);
    const watcher = await joined(t, server);
    const { poller, raw } = await inMidUpgrade(t, server);
    await poller.post('42/dyn-7,["leave-me",true]');
    assert.equal(await connections(watcher), 2, "it waits for the client");
    raw.send("5");
    assert.equal(await raw.next(), "41/dyn-7,");
    assert.equal(await raw.whenClosed(), 1005);
    await until(async () => (await connections(watcher)) === 1, "the connection to go");
});

test("who is disconnected in the middle of an upgrade that fails is told by polling", async (t) => {
    const server = await startLibrary(t);
    const watcher = await joined(t, server);
    const { poller, raw } = await inMidUpgrade(t, server);
    await poller.post('42/dyn-7,["leave-me",true]');
    raw.close();
    assert.deepEqual(await goodbye(poller), ["41/dyn-7,", "1"]);
    const second = await inMidUpgrade(t, server);
    await second.poller.post('42/dyn-7,["leave-me",true]');
    assert.deepEqual(await goodbye(second.poller), ["41/dyn-7,", "1"]);
    assert.equal(await second.raw.whenClosed(), 1005);
    await until(async () => (await connections(watcher)) === 1, "the connections to go");
});

test("the server ends in order while much is going on", async (t) => {
    const server = await startLibrary(t);
    const sockets = [];
    for (let i = 0; i < 20; i++) sockets.push(await joined(t, server, i % 2 ? "/" : "/dyn-1", { transports: [i % 3 ? "websocket" : "polling"] }));
    for (const socket of sockets) {
        socket.emit("join", "room");
        socket.emit("ask", 60000);
        socket.emit("send", { ack: 60000 }, "question");
        socket.emit("send", { to: ["nobody"], ack: 60000 }, "question");
        socket.emit("later", 60000);
        socket.emit("work", 300);
    }
    await settle(...sockets);
    const reasons = sockets.map((socket) => disconnected(socket));
    sockets[0].emit("stop");
    for (const reason of await Promise.all(reasons)) assert.match(reason, /^transport (close|error)$/);
    assert.deepEqual(await within(server.exited, "the end"), { code: 0, signal: null });
    assert.ok(!/Sanitizer/.test(server.stderr), server.stderr);
});

test("signals end it, too, and ports are free again", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server);
    await asked(socket, "join", "room");
    await server.stop();
    await sleep(10);
    const again = await startLibrary(t, ["--listen", `127.0.0.1:${server.port}`]);
    assert.equal(again.port, server.port);
    const second = await startLibrary(t, []).then((s) => s.port);
    assert.notEqual(second, server.port);
});
