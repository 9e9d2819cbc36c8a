// Connection state recovery: what comes back, to whom, and what does not.
// tincan-test: reactors=1,4 tsan
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRaw, sleep, until, within } from "./lib.mjs";
import { ask, asked, client, disconnected, event, history, joined, settle, startLibrary } from "./library_lib.mjs";

// A client that comes back by itself, soon.
const COMES_BACK = { reconnection: true, reconnectionDelay: 300, reconnectionDelayMax: 300, randomizationFactor: 0 };

const reconnected = (socket) => within(new Promise((resolve) => socket.once("connect", resolve)), "the client to come back");

// Cut the connection as a network would; to be awaited before anything is missed.
async function lose(socket) {
    const gone = disconnected(socket);
    socket.io.engine.transport.ws ? socket.io.engine.transport.ws.terminate() : socket.io.engine.close();
    await gone;
}

const said = (socket) => socket.events.filter((e) => e[0] === "said").map((e) => e[1]);

test("without recovery the answer has an id only, whoever says who he is", async (t) => {
    const server = await startLibrary(t);
    const raw = await openRaw(t, server);
    raw.send('40{"user":"ana"}');
    assert.match(await raw.next(), /^40\{"sid":"[\w-]{20}"\}$/);
    assert.equal(await raw.next(), '42["welcome",false]');
});

for (const transports of [["websocket"], ["polling", "websocket"]]) {
    test(`id, rooms, data and what was missed come back, in order (${transports})`, async (t) => {
        const server = await startLibrary(t, ["--recovery", "60000"]);
        const [a, b] = [await joined(t, server, "/", { ...COMES_BACK, transports }), await joined(t, server)];
        if (transports.length > 1) await until(() => a.io.engine.transport.name === "websocket", "the upgrade");
        for (const room of ["x", "y"]) await asked(a, "join", room);
        await asked(a, "set-data", "mine");
        await asked(b, "send", {}, "said", "before");
        await event(a, "said");
        await history(b);
        const id = a.id;
        await lose(a);
        await until(async () => (await ask(b, "all-rooms"))[1] === 1, "the server to know");
        await asked(b, "send", {}, "said", 1);
        await asked(b, "send", { to: ["x"] }, "said", 2);
        await asked(b, "send", { to: ["x", "y"] }, "said", 3, { bytes: Buffer.from([9]) });
        await asked(b, "send", { to: ["z"] }, "said", "not for a");
        await asked(b, "send", { volatile: true }, "said", "volatile");
        await asked(b, "send", { except: ["x"] }, "said", 4); // nobody is in it now
        await asked(b, "send", { to: [id] }, "said", 5);
        await reconnected(a);
        await settle(a);
        assert.deepEqual([a.recovered, a.id], [true, id]);
        assert.deepEqual(said(a), [1, 2, 3, 4, 5]);
        assert.deepEqual(a.events.find((e) => e[1] === 3)[2], { bytes: Buffer.from([9]) });
        assert.deepEqual((await asked(a, "rooms")).sort(), [id, "x", "y"].sort());
        assert.equal(await asked(a, "get-data"), "mine");
        assert.equal((await asked(a, "handshake")).recovered, true);
        assert.deepEqual((await event(a, "welcome"))[0], false);
        assert.deepEqual((await event(a, "welcome"))[0], true);
        const lines = await history(b);
        assert.ok(lines.includes("connection / recovered") && lines.includes("disconnect transport close"));
        assert.ok(!lines.includes("released mine"));
        // And again: it is a connection like any other.
        await asked(b, "send", { to: ["x"] }, "said", 6);
        await event(a, "said");
        await lose(a);
        await asked(b, "send", { to: ["y"] }, "said", 7);
        await reconnected(a);
        await settle(a);
        assert.deepEqual([a.recovered, a.id, said(a).at(-1)], [true, id, 7]);
    });
}

test("what a client was left out of is not among what it missed", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000"]);
    const [a, b] = [await joined(t, server, "/", COMES_BACK), await joined(t, server)];
    await asked(a, "join", "x");
    await event(a, "welcome");
    // Sent while it is there, but the connection is cut before it can read: from its offset on, all counts as missed.
    a.io.engine.transport.ws?.pause?.();
    a.emit("send", { others: true }, "said", "by a itself");
    await settle(b);
    await asked(b, "send", { except: ["x"] }, "said", "not for x");
    await asked(b, "send", {}, "said", "for all");
    await lose(a);
    await reconnected(a);
    await settle(a);
    assert.equal(a.recovered, true);
    assert.deepEqual(said(a), ["for all"]);
});

test("an end that was meant is not recovered from", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000"]);
    const watcher = await joined(t, server);
    const socket = await joined(t, server, "/", COMES_BACK);
    await event(socket, "welcome");
    await asked(socket, "set-data", "mine");
    const id = socket.id;
    socket.disconnect();
    await until(async () => (await asked(watcher, "history")).includes("released mine"), "its data to go");
    socket.connect();
    await reconnected(socket);
    assert.deepEqual([socket.recovered, socket.id === id], [false, false]);
});

// The raw way back: CONNECT with pid and offset. Returns what comes until the answer, the answer last.
async function comeBack(t, server, payload) {
    const raw = await openRaw(t, server);
    raw.send(`40${JSON.stringify(payload)}`);
    const frames = [];
    do frames.push(await raw.next());
    while (!frames.at(-1).startsWith("40") && !frames.at(-1).startsWith("44"));
    return { raw, frames, answer: JSON.parse(frames.at(-1).slice(2)) };
}

// Connected and lost again: what is needed to come back.
async function lost(t, server, payload = {}) {
    const { raw, answer } = await comeBack(t, server, payload);
    const [, , offset] = JSON.parse((await raw.next()).slice(2));
    return { raw, sid: answer.sid, pid: answer.pid, offset, ...payload };
}

test("missed events are sent before the answer, and a state can be had once", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000"]);
    const watcher = await joined(t, server);
    const state = await lost(t, server);
    assert.match(state.offset, /^\d+$/);
    state.raw.close();
    await until(async () => (await ask(watcher, "all-rooms"))[1] === 1, "the server to know");
    await asked(watcher, "send", {}, "said", 1);
    const { frames, answer, raw } = await comeBack(t, server, { pid: state.pid, offset: state.offset });
    assert.equal(frames.length, 2);
    assert.match(frames[0], /^42\["said",1,"\d+"\]$/);
    assert.deepEqual([answer.sid, answer.pid], [state.sid, state.pid]);
    raw.close();
    await until(async () => (await ask(watcher, "all-rooms"))[1] === 1, "the server to know");
    // By two at once: one of them gets it.
    const both = await Promise.all([1, 2].map(() => comeBack(t, server, { pid: state.pid, offset: state.offset })));
    await until(async () => (await ask(watcher, "each", {}))[1] === 2, "the first of them to make way");
    const live = () => both.filter((one) => one.raw.closeCode === undefined).length;
    await until(() => live() === 1, "one of them to be closed: two sockets must not share an id");
});

test("only the same user gets a state, and nobody with a made-up one", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000"]);
    const watcher = await joined(t, server);
    const state = await lost(t, server, { user: "ana" });
    state.raw.close();
    await until(async () => (await ask(watcher, "all-rooms"))[1] === 1, "the server to know");
    const { pid, offset } = state;
    for (const wrong of [
        { pid, offset },
        { pid, offset, user: "bob" },
        { pid: pid.replace(/./g, "A"), offset, user: "ana" },
        { pid, offset: "999999999", user: "ana" },
        { pid, offset: "-1", user: "ana" },
        { pid, offset: "", user: "ana" },
        { pid, offset: 1, user: "ana" },
        { pid: [pid], offset, user: "ana" },
        { pid: `${pid}x`, offset, user: "ana" },
        { pid: `${pid}\0`, offset, user: "ana" },
        { pid, user: "ana" },
    ]) {
        const { answer, raw } = await comeBack(t, server, wrong);
        assert.notEqual(answer.sid, state.sid, JSON.stringify(wrong));
        assert.notEqual(answer.pid, pid);
        raw.close();
    }
    const right = await comeBack(t, server, { pid, offset, user: "ana" });
    assert.equal(right.answer.sid, state.sid);
});

test("a connection that is not known to be dead yet makes way, for its own user", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000"]);
    const watcher = await joined(t, server);
    const state = await lost(t, server, { user: "ana" });
    const thief = await comeBack(t, server, { pid: state.pid, offset: state.offset, user: "eve" });
    assert.notEqual(thief.answer.sid, state.sid);
    assert.equal(state.raw.closeCode, undefined);
    const back = await comeBack(t, server, { pid: state.pid, offset: state.offset, user: "ana" });
    assert.equal(back.answer.sid, state.sid);
    await state.raw.whenClosed();
    await until(async () => (await ask(watcher, "each", {}))[1] === 3, "the old one to be gone");
    await asked(watcher, "send", { to: [state.sid] }, "said", "to the new one");
    assert.equal(await back.raw.next().then((f) => f.slice(0, 12)), '42["welcome"');
    assert.match(await back.raw.next(), /^42\["said","to the new one","\d+"\]$/);
});

test("a state expires", async (t) => {
    const server = await startLibrary(t, ["--recovery", "200"]);
    const watcher = await joined(t, server);
    const state = await lost(t, server);
    state.raw.close();
    await until(async () => (await ask(watcher, "all-rooms"))[1] === 1, "the server to know");
    await sleep(500);
    const { answer, frames } = await comeBack(t, server, { pid: state.pid, offset: state.offset });
    assert.notEqual(answer.sid, state.sid);
    assert.equal(frames.length, 1);
});

test("data of a state that expires is released", async (t) => {
    const server = await startLibrary(t, ["--recovery", "200"]);
    const watcher = await joined(t, server);
    const socket = await joined(t, server);
    await asked(socket, "set-data", "mine");
    await lose(socket);
    await until(async () => (await asked(watcher, "history")).includes("released mine"), "the release");
});

test("with a gap nothing is recovered", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000", "--recovery-bytes", "1000"]);
    const watcher = await joined(t, server);
    for (const [n, recovered] of [
        [4, true],
        [12, false],
    ]) {
        const state = await lost(t, server);
        state.raw.close();
        await until(async () => (await ask(watcher, "all-rooms"))[1] === 1, "the server to know");
        for (let i = 0; i < n; i++) await asked(watcher, "send", {}, "said", "x".repeat(100));
        const { answer, frames, raw } = await comeBack(t, server, { pid: state.pid, offset: state.offset });
        assert.deepEqual([answer.sid === state.sid, frames.length], [recovered, recovered ? n + 1 : 1], `${n} missed`);
        raw.close();
        await until(async () => (await ask(watcher, "all-rooms"))[1] === 1, "the server to know");
    }
});

test("by namespace: where it is off nothing is added", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000"]);
    const raw = await openRaw(t, server);
    raw.send("40/plain,");
    assert.match(await raw.next(), /^40\/plain,\{"sid":"[\w-]{20}"\}$/);
    assert.equal(await raw.next(), '42/plain,["welcome",false]');
});

test("by client: only who asks gets offsets, and all get everything", async (t) => {
    const server = await startLibrary(t, ["--recovery", "60000", "--recovery-for", "asked"]);
    const asks = await joined(t, server, "/", { ...COMES_BACK, auth: { recovery: true } });
    const plain = await joined(t, server, "/", { auth: { recovery: "true" } });
    for (const socket of [asks, plain]) await asked(socket, "join", "room");
    assert.match((await event(asks, "welcome"))[1], /^\d+$/);
    assert.deepEqual(await event(plain, "welcome"), [false]);
    const id = asks.id;
    for (const spec of [{}, { to: ["room"] }, { to: ["room", "other"] }, { to: ["room"], except: ["other"] }]) {
        await asked(plain, "send", spec, "said", 1, Buffer.from([1]));
        const [value, bytes, offset] = await event(asks, "said");
        assert.deepEqual([value, bytes], [1, Buffer.from([1])]);
        assert.match(offset, /^\d+$/);
        assert.deepEqual(await event(plain, "said"), [1, Buffer.from([1])]);
    }
    await lose(asks);
    await asked(plain, "send", { to: ["room"] }, "said", "missed");
    await reconnected(asks);
    await settle(asks);
    assert.deepEqual([asks.recovered, asks.id, said(asks)], [true, id, ["missed"]]);
    await settle(plain);
    await asked(plain, "send", { to: ["room"], others: true }, "said", "again");
    await event(asks, "said");
    assert.equal((await event(asks, "said"))[0], "again");
});
