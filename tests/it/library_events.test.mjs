// Events, acknowledgements and binary data through the library, both ways, on every transport.
// tincan-test: reactors=1,4 tsan
import assert from "node:assert/strict";
import { test } from "node:test";
import { joinRaw, openRaw, Poller, TRANSPORTS, until, within } from "./lib.mjs";
import { ask, asked, event, history, joined, settle, startLibrary } from "./library_lib.mjs";

const VALUES = [1, -0.5, 1e300, "Zürich \u{1f382} \u2028 \"quoted\"", null, true, [], {}, [[{ a: [null] }]], { "": 0, __proto__x: 1 }];

for (const [name, options] of Object.entries(TRANSPORTS)) {
    test(`arguments come back as they were, by ${name}`, async (t) => {
        const server = await startLibrary(t);
        const socket = await joined(t, server, "/", options);
        assert.deepEqual(await ask(socket, "echo", ...VALUES), VALUES);
        assert.deepEqual(await event(socket, "echo"), VALUES);
        assert.deepEqual(await ask(socket, "echo"), []);
        const buffers = [Buffer.from([0, 255, 10]), Buffer.alloc(0), Buffer.alloc(70000, 7)];
        const nested = { list: buffers, text: "between", again: [buffers[0]] };
        assert.deepEqual(await ask(socket, "echo", buffers[0], nested), [buffers[0], nested]);
        await event(socket, "echo");
        assert.deepEqual(await event(socket, "echo"), [buffers[0], nested]);
    });

    test(`questions of the server are answered, by ${name}`, async (t) => {
        const server = await startLibrary(t);
        const socket = await joined(t, server, "/", options);
        socket.once("question", (a, b, answer) => answer({ a, b }, "second"));
        socket.emit("ask", 0, "x", [1]);
        assert.deepEqual(await event(socket, "answers"), ["ok", [{ a: "x", b: [1] }, "second", 0]]);
        socket.once("question", (answer) => answer());
        socket.emit("ask", 0);
        assert.deepEqual(await event(socket, "answers"), ["ok", [0]]);
        socket.once("question", (answer) => answer(Buffer.from("12345"), 1));
        socket.emit("send", { to: [socket.id], ack: 0 }, "question");
        const [result, , bytes] = await event(socket, "answers");
        assert.deepEqual([result, bytes], ["ok", 5]);
    });
}

test("a question that is not answered in time ends once, and a late answer is ignored", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server);
    let late;
    socket.once("question", (answer) => (late = answer));
    socket.emit("ask", 50);
    assert.deepEqual(await event(socket, "answers"), ["timeout"]);
    late("too late");
    await settle(socket);
    assert.equal((await history(socket)).filter((line) => line.startsWith("answers")).length, 1);
});

test("a question to somebody who leaves ends with disconnected", async (t) => {
    const server = await startLibrary(t);
    const [a, b] = [await joined(t, server), await joined(t, server)];
    b.on("question", () => b.disconnect());
    a.emit("send", { to: [b.id], ack: 0 }, "question");
    assert.deepEqual(await event(a, "answers"), ["disconnected"]);
});

test("a broadcast with acknowledgements gathers what comes until the time is over", async (t) => {
    const server = await startLibrary(t);
    const sockets = [];
    for (let i = 0; i < 6; i++) sockets.push(await joined(t, server, "/", { transports: [i % 2 ? "polling" : "websocket"] }));
    sockets.forEach((socket, i) => socket.on("question", (text, answer) => i === 5 || answer(`${text}${i}`)));
    await asked(sockets[0], "send", { to: [sockets[1].id, sockets[2].id, sockets[3].id], ack: 5000 }, "question", "x");
    const [all, ...answers] = await event(sockets[0], "answers");
    assert.equal(all, "ok");
    assert.deepEqual(answers.map((a) => a[0]).sort(), ["x1", "x2", "x3"]);

    await asked(sockets[0], "send", { ack: 100 }, "question", "y");
    const [some, ...fewer] = await event(sockets[0], "answers");
    assert.equal(some, "timeout");
    assert.deepEqual(fewer.map((a) => a[0]).sort(), ["y0", "y1", "y2", "y3", "y4"]);

    await asked(sockets[0], "send", { to: ["nobody's room"], ack: 0 }, "question", "z");
    assert.deepEqual(await event(sockets[0], "answers"), ["ok"]);
});

test("somebody who answered a broadcast and left is told apart", async (t) => {
    const server = await startLibrary(t);
    const [a, b, c] = [await joined(t, server), await joined(t, server), await joined(t, server)];
    let answerOfC;
    b.on("question", (answer) => {
        answer("b");
        b.disconnect();
    });
    c.on("question", (answer) => (answerOfC = answer));
    await asked(a, "send", { others: true, ack: 0 }, "question");
    await until(async () => (await asked(a, "all-rooms")) && (await ask(a, "each", {}))[1] === 2, "b to be gone");
    await until(() => answerOfC, "the question to c");
    answerOfC("c");
    assert.deepEqual(await event(a, "answers"), ["ok", ["b", 0], "left", ["c", 0]]);
});

test("many questions at once, answered in any order, each get their own answer", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server);
    const waiting = [];
    socket.on("question", (n, answer) => {
        waiting.push([n, answer]);
        if (waiting.length === 200) for (const [k, f] of waiting.sort(() => Math.random() - 0.5)) f(k);
    });
    for (let i = 0; i < 200; i++) socket.emit("ask", 0, i);
    await until(() => socket.events.filter((e) => e[0] === "answers").length === 200, "200 answers");
    const got = socket.events.filter((e) => e[0] === "answers").map((e) => e[2][0]);
    assert.deepEqual(got.sort((x, y) => x - y), [...Array(200).keys()]);
});

test("answers by timer, by the pool and from another thread", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server);
    for (const way of ["later", "work", "post"]) assert.deepEqual(await ask(socket, way, 10), ["later"]);
    // Whoever is gone by then is not there to be answered.
    const other = await joined(t, server);
    other.emit("later", 50);
    other.emit("work", 50);
    other.disconnect();
    assert.deepEqual(await ask(socket, "later", 100), ["later"]);
});

test("typed handlers see only what fits, and others are told which argument does not", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server);
    assert.deepEqual(await asked(socket, "typed", "a", -3), { n: 2, whole: -3, number: 0, flag: false });
    assert.deepEqual(await asked(socket, "typed", "a", 3, 0.5, true), { n: 4, whole: 3, number: 0.5, flag: true });
    const wrong = async (...args) => {
        const { ok, error } = await asked(socket, "typed", ...args);
        assert.equal(ok, false);
        assert.equal(error.code, "invalid");
        return error.message;
    };
    assert.equal(await wrong(), "argument 1 is missing");
    assert.equal(await wrong(1, 1), "argument 1 must be a string");
    assert.equal(await wrong("a", 1.5), "argument 2 must be a whole number");
    assert.equal(await wrong("a", 1, "x"), "argument 3 must be a number");
    assert.equal(await wrong("a", 1, 2, 3), "argument 4 must be true or false");
    assert.equal(await wrong("a", 1, 2, true, 5), "argument 5 is one too many");
    // Text that C could not hold is none.
    assert.equal(await asked(socket, "typed", "a\0b", 1), "no text of 15 bytes");
    assert.equal(await asked(socket, "typed", "x".repeat(16), 1), "no text of 15 bytes");
    assert.equal((await asked(socket, "typed", "x".repeat(15), 1)).n, 2);
});

test("what a client would refuse is not sent", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server);
    const sent = await asked(socket, "raw", "raw", '1,{"a":[2]}');
    assert.deepEqual([sent, await event(socket, "raw")], [{ ok: true }, [1, { a: [2] }]]);
    for (const [name, args] of [
        ["raw", "1,"],
        ["raw", "]"],
        ["raw", '1],["x"'],
        ["raw", "{"],
        ["raw", "undefined"],
        ["connect", "1"],
        ["disconnect", ""],
        ["x".repeat(257), ""],
    ]) {
        const { ok, error } = await asked(socket, "raw", name, args);
        assert.deepEqual([ok, error.startsWith("not sent: ")], [false, true], `${name} ${args}: ${error}`);
    }
    assert.deepEqual(await asked(socket, "attach", 10), { ok: true });
    assert.equal((await event(socket, "attached")).length, 10);
    assert.deepEqual(await asked(socket, "attach", 11), { ok: false, error: "not sent: more than 10 attachments" });
    assert.deepEqual(await asked(socket, "attach", 0), { ok: true });
});

test("catch-all handlers see everything, middleware may stop it", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server, "/hooks");
    assert.deepEqual(await history(socket), ["connection /hooks", "out welcome one"]);
    assert.equal(await asked(socket, "blocked", 1, 2), "blocked");
    socket.emit("unheard");
    await ask(socket, "raw", "raw", "");
    await asked(socket, "send", {}, "said", 1);
    const lines = await history(socket);
    assert.deepEqual(lines, ["any blocked 2", "any unheard 0", "any raw 2", "out raw one", "any send 3", "out said all"]);
});

test("what one handler sends arrives in its order, and everybody sees broadcasts in one order", async (t) => {
    const server = await startLibrary(t);
    const sockets = [];
    for (let i = 0; i < 8; i++) sockets.push(await joined(t, server, "/", { transports: [i % 4 ? "websocket" : "polling"] }));
    await Promise.all(sockets.map((socket) => asked(socket, "join", "room")));
    for (let n = 0; n < 50; n++) {
        sockets.forEach((socket, i) => socket.emit("send", n % 2 ? { to: ["room"] } : { to: ["room", "other"] }, "said", `${i}.${n}`));
    }
    const said = (socket) => socket.events.filter((e) => e[0] === "said").map((e) => e[1]);
    await until(() => sockets.every((socket) => said(socket).length === 400), "400 at each");
    for (const socket of sockets) assert.deepEqual(said(socket), said(sockets[0]));
    for (let i = 0; i < 8; i++) {
        const own = said(sockets[0]).filter((text) => text.startsWith(`${i}.`));
        assert.deepEqual(own, Array.from({ length: 50 }, (_, n) => `${i}.${n}`));
    }
});

test("volatile events are dropped where they would have to wait", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server, "/", { transports: ["websocket"] });
    await asked(socket, "send", { volatile: true }, "typing");
    await settle(socket);
    const early = socket.events.filter((e) => e[0] === "typing").length;
    assert.ok(early <= 1);
    // Behind something that waits already: two commands of one turn.
    socket.events.length = 0;
    await asked(socket, "send", { to: [socket.id], volatile: true }, "typing");
    const poller = await joined(t, server, "/", { transports: ["polling"] });
    for (let i = 0; i < 20; i++) socket.emit("send", { to: [poller.id], volatile: true }, "typing", i);
    await settle(socket, poller);
    const got = poller.events.filter((e) => e[0] === "typing").length;
    assert.ok(got < 20, `a poller between two requests cannot have got all of them: ${got}`);
});

test("volatile events with patience are only dropped where a client is behind", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server, "/", { transports: ["websocket"] });
    const poller = await joined(t, server, "/", { transports: ["polling"] });
    const spec = { to: [poller.id, socket.id], volatile: true, patient: true };
    for (let i = 0; i < 20; i++) socket.emit("send", spec, "typing", i);
    await settle(socket, poller);
    for (const s of [socket, poller]) {
        assert.deepEqual(s.events.filter((e) => e[0] === "typing").map((e) => e[1]), Array.from({ length: 20 }, (_, i) => i));
    }
    const lazy = await Poller.open(server); // between two polls, for long
    await lazy.post("40");
    const { sid } = JSON.parse((await lazy.get()).split("\x1e")[0].slice(2));
    const text = "x".repeat(1 << 15);
    const behind = { ...spec, to: [sid] };
    for (let i = 0; i < 5; i++) socket.emit("send", behind, "typing", text);
    await settle(socket);
    const told = (await lazy.get()).split("\x1e").filter((p) => p.includes("typing")).length;
    assert.equal(told, 2, "64 KiB may wait: what comes when two are there already is too much");
});

test("a backlog is known, and a client that reads too slowly is let go", async (t) => {
    const server = await startLibrary(t);
    const socket = await joined(t, server);
    socket.emit("flood", 3, 10);
    const [bytes] = await event(socket, "backlog");
    assert.ok(bytes > 30 && bytes < 1000, String(bytes));
    socket.emit("flood", 100, 100000);
    const reason = await within(new Promise((resolve) => socket.once("disconnect", resolve)), "the end of a slow reader");
    assert.match(reason, /transport (close|error)/);
    const other = await joined(t, server);
    assert.ok((await history(other)).includes("disconnect transport close"));
});

test("more than waiting_bytes before the handlers' closes that connection only", async (t) => {
    const server = await startLibrary(t, ["--max-payload", "1000", "--waiting-bytes", "1"]); // the least: two packets with attachments
    const [socket, other] = [await joined(t, server), await joined(t, server)];
    other.emit("sleep", 500);
    for (let i = 0; i < 200; i++) socket.emit("echo", "x".repeat(500));
    await within(new Promise((resolve) => socket.once("disconnect", resolve)), "the end of the flood");
    assert.deepEqual(await asked(other, "sleep", 0), { ok: true });
    assert.match(server.stderr, /too much waits for the handlers/);
    assert.ok((await history(other)).includes("disconnect forced close"));
});

test("a name with a NUL in it is another name, not the one before the NUL", async (t) => {
    const server = await startLibrary(t);
    const raw = await openRaw(t, server);
    raw.send("40/plain\0x,");
    assert.equal(await raw.next(), '44/plain\0x,{"message":"Invalid namespace"}');
    const joined = await joinRaw(t, server);
    assert.equal(await joined.next(), '42["welcome",false]');
    for (const packet of ['421["echo\\u0000x","not heard"]', '422["echo","heard"]']) joined.send(packet);
    assert.equal(await joined.next(), '42["echo","heard"]');
    assert.equal(await joined.next(), '432["heard"]');
});
