// The examples, as the README shows them, with stock clients of two languages.
// tincan-test: reactors=1
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { HERE, ROOT, until, within } from "./lib.mjs";
import { asked, client, event, joined, refused, startProgram } from "./library_lib.mjs";

// The examples print no port: take one that is free now, below the range of those that the system gives away.
async function freePort() {
    for (;;) {
        const port = 20000 + Math.floor(Math.random() * 12000);
        const probe = net.createServer();
        const free = await new Promise((resolve) => {
            probe.once("error", () => resolve(false));
            probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
        });
        if (free) return port;
    }
}

const answers = (port) =>
    new Promise((resolve) => {
        const probe = net.connect(port, "127.0.0.1", () => resolve(probe.destroy() && true));
        probe.on("error", () => resolve(false));
    });

async function startExample(t, name) {
    const port = await freePort();
    const server = await startProgram(t, `example_${name}`, [`127.0.0.1:${port}`]);
    await until(() => answers(port), `${name} to listen`);
    server.url = `http://127.0.0.1:${port}`;
    server.port = port;
    return server;
}

test("broadcast: what anybody says, everybody hears", async (t) => {
    const server = await startExample(t, "broadcast");
    const sockets = [];
    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) sockets.push(await joined(t, server, "/", { transports }));
    sockets[0].emit("message", { text: "hello", n: [1, null] });
    for (const socket of sockets) assert.deepEqual(await event(socket, "message"), [{ text: "hello", n: [1, null] }]);
    sockets[1].emit("message", { bytes: Buffer.from([1, 2]) }, 3);
    for (const socket of sockets) assert.deepEqual(await event(socket, "message"), [{ bytes: Buffer.from([1, 2]) }, 3]);
    const { id } = sockets[2];
    sockets[2].disconnect();
    await until(() => answers(server.port), "it to go on");
    await server.stop();
    assert.match(server.stdout, new RegExp(`connected: ${id}`));
    assert.match(server.stdout, new RegExp(`disconnected: ${id} \\(client namespace disconnect\\)`));
});

test("broadcast: the README shows it as it is", () => {
    const code = readFileSync(join(ROOT, "server", "examples", "broadcast.c"), "utf8");
    assert.ok(readFileSync(join(ROOT, "README.md"), "utf8").includes("```c\n" + code + "```\n"));
});

test("broadcast: python-socketio", async (t) => {
    const server = await startExample(t, "broadcast");
    const socket = await joined(t, server);
    for (const transport of ["polling", "websocket"]) {
        const child = spawn("/usr/bin/python3", [join(HERE, "library_python.py"), server.url, transport]);
        let output = "";
        child.stdout.on("data", (data) => (output += data));
        child.stderr.on("data", (data) => (output += data));
        const exit = once(child, "close");
        assert.deepEqual(await event(socket, "message"), [{ from: "python", transport }]);
        socket.emit("message", { from: "node" });
        const [code] = await within(exit, "the Python client to end");
        assert.equal(code, 0, output);
        // python-socketio runs each handler on a thread of its own: two that come together may print in either order.
        assert.deepEqual(output.trim().split("\n").sort(),
            ['{"from": "node"}', `{"from": "python", "transport": "${transport}"}`]);
        socket.events.length = 0;
    }
});

test("rooms: a door, rooms and answers", async (t) => {
    const server = await startExample(t, "rooms");
    assert.deepEqual(await refused(client(t, server, "/house")), { message: "Who are you?", data: { code: "name" } });
    const [ana, bob, cy] = await Promise.all(["ana", "bob", "cy"].map((name) => joined(t, server, "/house", { auth: { name } })));
    assert.deepEqual(await asked(ana, "join", "tea"), { ok: true });
    assert.deepEqual(await asked(bob, "join", "tea"), { ok: true });
    assert.deepEqual(await event(ana, "joined"), ["bob"]);
    assert.deepEqual(await asked(bob, "say", "tea", 'a "cup"?'), { ok: true });
    assert.deepEqual(await event(ana, "said"), ["bob", 'a "cup"?']);
    assert.equal((await asked(cy, "say", "tea", "me too")).ok, false);
    assert.equal((await asked(cy, "say", "tea")).error.code, "invalid");
    assert.deepEqual(await asked(cy, "shout", "!"), { ok: false, error: "no shouting" });
    assert.deepEqual([...bob.events, ...cy.events], []);
});
