// A namespace served on the reactors beside one of handlers: each keeps its ways, and they can hand messages to each other.
// tincan-test: reactors=1,4 tsan
import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { OURS_ONLY, REACTORS, until } from "./lib.mjs";
import { ask, asked, client, event, joined, refused, startProgram } from "./library_lib.mjs";

const test = (name, f) => nodeTest(name, { skip: OURS_ONLY }, f);
const start = async (t) => (await startProgram(t, "inline_server", ["--reactors", REACTORS])).listening();
const messages = (socket) => socket.events.filter(([name]) => name === "message").map(([, ...args]) => args);

test("what is relayed is handed to the handlers, with all of its arguments", async (t) => {
    const server = await start(t);
    const [open, other, lobby] = [await joined(t, server), await joined(t, server), await joined(t, server, "/lobby")];
    assert.deepEqual(await asked(open, "message", { text: "hé" }, [1, null]), { ok: true });
    assert.deepEqual(await event(lobby, "heard"), [{ text: "hé" }, [1, null]]);
    for (const socket of [open, other]) assert.deepEqual(await event(socket, "message"), [{ text: "hé" }, [1, null]]);
    open.emit("other", 1);
    open.emit("message");
    assert.deepEqual(await event(lobby, "heard"), []);
});

test("what handlers send reaches everybody on the relay, on every reactor", async (t) => {
    const server = await start(t);
    const open = await Promise.all(Array.from({ length: 9 }, (_, i) => joined(t, server, "/", { transports: [i % 3 ? "websocket" : "polling"] })));
    const lobby = await joined(t, server, "/lobby");
    assert.equal(await asked(lobby, "say", "from the lobby", { text: "x" }), true);
    for (const socket of open) assert.deepEqual(await event(socket, "message"), ["from the lobby", { text: "x" }]);
    assert.deepEqual(lobby.events, []);
});

test("everybody gets what handlers send in one order, whatever is relayed between", async (t) => {
    const server = await start(t);
    const n = 20000;
    const open = await Promise.all(Array.from({ length: 6 }, () => joined(t, server, "/", { transports: ["websocket"] })));
    const lobby = await joined(t, server, "/lobby");
    const said = Promise.all(Array.from({ length: 3 }, () => asked(lobby, "say-often", n)));
    for (let i = 0; i < 200; i++) open[i % 6].emit("message", `own ${i % 6} ${i}`);
    assert.deepEqual(await said, [true, true, true]);
    const expected = Array.from({ length: 3 * n }, (_, i) => i % n);
    for (const socket of open) {
        await until(() => messages(socket).length >= 3 * n + 200, "everything");
        const all = messages(socket).map(([first]) => first);
        assert.deepEqual(all.filter((x) => typeof x === "number"), expected);
        for (let who = 0; who < 6; who++) {
            const own = all.filter((x) => String(x).startsWith(`own ${who} `)).map((x) => Number(x.split(" ")[2]));
            assert.deepEqual(own, Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 6 === who));
        }
    }
});

test("the relay has no recovery, and names that nobody has are refused", async (t) => {
    const server = await start(t);
    const open = await joined(t, server);
    open.emit("message", 1);
    assert.deepEqual(await event(open, "message"), [1], "no offset");
    assert.equal(open._pid, undefined);
    assert.deepEqual(await refused(client(t, server, "/none")), { message: "Invalid namespace", data: undefined });
});

test("of a handshake's headers those are remembered that are asked for", async (t) => {
    const server = await start(t);
    for (const transports of [["polling"], ["websocket"]]) {
        const extraHeaders = { "x-kept": "a, b", "X-Other": "c", "USER-AGENT": "me" };
        const lobby = await joined(t, server, "/lobby", { transports, extraHeaders });
        assert.deepEqual((await ask(lobby, "headers")).sort(), ["USER-AGENT: me", "x-kept: a, b"]);
    }
});
