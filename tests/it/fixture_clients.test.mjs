// Stock JavaScript clients, old and new, against the fixture that their own suite uses: both transports and the upgrade, events,
// acknowledgements both ways, binary, namespaces, middleware's errors, reconnection, recovery where they have it.
// tincan-test: reactors=1,4 tsan=long
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { BIN_DIR, REACTORS, Server, TRANSPORTS, atEnd, until, upgraded, within } from "./lib.mjs";

const require = createRequire(import.meta.url);
const CLIENTS = { "4.0": "socket.io-client-4-0", "4.4": "socket.io-client-4-4", 4.8: "socket.io-client" };
const HAS_RECOVERY = "4.8";
const BYTES = Buffer.from("asdfasdf");

let server;
before(async () => {
    const args = ["--listen", "127.0.0.1:0", "--reactors", REACTORS];
    server = new Server(spawn(join(BIN_DIR, "socketio_client_fixture"), args, { stdio: ["ignore", "pipe", "pipe"] }));
    await server.listening();
});
after(() => server.stop());

const once = (socket, event) => within(new Promise((resolve) => socket.once(event, (...args) => resolve(args))), event);
const ask = (socket, event, ...args) => within(new Promise((resolve) => socket.emit(event, ...args, resolve)), `the ack of ${event}`);

function open(t, version, nsp = "/", options = {}) {
    const { io } = require(CLIENTS[version]);
    const socket = io(server.url + nsp, { forceNew: true, reconnection: false, ...options });
    atEnd(t, () => socket.disconnect());
    return socket;
}

async function connected(t, version, nsp, options) {
    const socket = open(t, version, nsp, options);
    const answered = new Promise((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("connect_error", reject);
    });
    await within(answered, "the client to connect");
    return socket;
}

async function assertTalks(socket) {
    assert.equal(await ask(socket, "getId"), socket.id);
    assert.deepEqual(await ask(socket, "echo", { a: [1, "zwei", null, "€😀"] }), { a: [1, "zwei", null, "€😀"] });
    const hi = once(socket, "hi");
    socket.emit("hi");
    await hi;
    // An acknowledgement the other way.
    socket.once("ack", (answer) => answer(5, { test: true }));
    const gotIt = once(socket, "got it");
    socket.emit("ack");
    await gotIt;
}

async function assertTalksBinary(socket) {
    assert.deepEqual(Buffer.from(await ask(socket, "echo", BYTES)), BYTES);
    const doge = once(socket, "doge");
    socket.emit("doge");
    assert.deepEqual(Buffer.from((await doge)[0]), BYTES);
    const mixed = once(socket, "jsonbuff-ack");
    socket.emit("jsonbuff", { hello: "lol", message: BYTES, goodbye: "gotcha" });
    await mixed;
}

for (const version of Object.keys(CLIENTS)) {
    test(`client ${version} is the one that is meant`, () => {
        assert.ok(require(`${CLIENTS[version]}/package.json`).version.startsWith(`${version}.`));
    });

    for (const [name, options] of Object.entries(TRANSPORTS)) {
        test(`client ${version}, ${name}: events, acks and binary`, async (t) => {
            const socket = await connected(t, version, "/", options);
            if (name === "upgrade") await upgraded(socket);
            await assertTalks(socket);
            await assertTalksBinary(socket);
            assert.equal(socket.io.engine.transport.name, name === "polling" ? "polling" : "websocket");
        });
    }

    test(`client ${version}: talks while it upgrades`, async (t) => {
        const socket = await connected(t, version, "/", TRANSPORTS.upgrade);
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(socket, "echo", i)));
        assert.deepEqual(answers, Array.from({ length: 50 }, (_, i) => i));
        await upgraded(socket);
        await assertTalks(socket);
    });

    test(`client ${version}: namespaces over one connection`, async (t) => {
        const { Manager } = require(CLIENTS[version]);
        const manager = new Manager(server.url, { reconnection: false });
        const [root, foo] = [manager.socket("/"), manager.socket("/foo")];
        atEnd(t, () => (root.disconnect(), foo.disconnect()));
        await Promise.all([once(root, "connect"), once(foo, "connect")]);
        assert.equal(await ask(foo, "getId"), foo.id);
        assert.notEqual(foo.id, root.id);
        foo.disconnect();
        await assertTalks(root);
        const again = once(foo, "connect");
        foo.connect();
        await again;
        assert.equal(await ask(foo, "getId"), foo.id);
    });

    test(`client ${version}: query and auth arrive`, async (t) => {
        const socket = open(t, version, "/abc", { query: { "&a": "&=?a b" }, auth: { token: "€" } });
        const [handshake] = await once(socket, "handshake");
        assert.equal(handshake.query["&a"], "&=?a b");
        assert.equal(handshake.query.EIO, "4");
        assert.equal(handshake.auth.token, "€");
    });

    test(`client ${version}: refusals`, async (t) => {
        const [error] = await once(open(t, version, "/no"), "connect_error");
        assert.equal(error.message, "Auth failed (custom namespace)");
        const [failed] = await once(open(t, version, "/?fail=1"), "connect_error");
        assert.equal(failed.message, "Auth failed (main namespace)");
        const [unknown] = await once(open(t, version, "/nowhere"), "connect_error");
        assert.equal(unknown.message, "Invalid namespace");
    });

    test(`client ${version}: comes back by itself, as the same only where it can`, async (t) => {
        const socket = await connected(t, version, "/", { reconnection: true, reconnectionDelay: 10 });
        const hi = once(socket, "hi");
        socket.emit("hi");
        await hi;
        const { id } = socket;
        const back = once(socket, "connect");
        socket.io.engine.close();
        await back;
        assert.equal(socket.id === id, version === HAS_RECOVERY);
        assert.equal(Boolean(socket.recovered), version === HAS_RECOVERY);
        await assertTalks(socket);
    });

    test(`client ${version}: many at once`, async (t) => {
        const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) =>
            connected(t, version, "/", Object.values(TRANSPORTS)[i % 3])));
        await Promise.all(sockets.map(assertTalks));
        assert.equal(new Set(sockets.map(({ id }) => id)).size, sockets.length);
        const before = sockets.length;
        for (const socket of sockets) socket.disconnect();
        await until(() => sockets.filter(({ connected: is }) => !is).length === before, "all to leave");
    });
}
