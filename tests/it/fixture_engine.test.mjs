// The Engine.IO fixture where the order of two connections matters, and its mode for the client's suite.
// tincan-test: reactors=1,4 tsan=long
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { Socket } from "engine.io-client";
import { BIN_DIR, OURS_ONLY, REACTORS, Server, assertAlive, atEnd, joinRaw, request, sleep, startServer, within } from "./lib.mjs";

const TRIES = 100;
const PATH = "/engine.io/?EIO=4&transport=polling";

async function start(t, ...flags) {
    const args = ["--listen", "127.0.0.1:0", "--reactors", REACTORS, ...flags];
    const server = new Server(spawn(join(BIN_DIR, "engineio_fixture"), args, { stdio: ["ignore", "pipe", "pipe"] }));
    atEnd(t, () => server.stop());
    return server.listening();
}

async function openSession(server) {
    const { body } = await request(server, { path: PATH });
    return `${PATH}&sid=${JSON.parse(body.slice(1)).sid}`;
}

const post = (server, path, body) => request(server, { method: "POST", path, headers: { "Content-Length": body.length }, body });

test("a GET and the POST that closes, sent at once: the GET is let go with a noop, whichever comes first", async (t) => {
    const server = await start(t);
    for (let i = 0; i < TRIES; i++) {
        const path = await openSession(server);
        const [got, posted] = await Promise.all([request(server, { path }), post(server, path, "1")]);
        assert.deepEqual([got.status, got.body], [200, "6"]);
        assert.deepEqual([posted.status, posted.body], [200, "ok"]);
        assert.equal((await request(server, { path })).status, 400);
    }
});

test("a session that was closed without a GET is gone once the POST is answered", async (t) => {
    const server = await start(t);
    const path = await openSession(server);
    assert.equal((await post(server, path, "1")).body, "ok");
    assert.equal((await request(server, { path })).body, '{"code":1,"message":"Session ID unknown"}');
});

test("a POST behind the one that closes finds no session", async (t) => {
    const server = await start(t);
    const path = await openSession(server);
    const [first, second] = await Promise.all([post(server, path, "1"), post(server, path, "1")]);
    assert.deepEqual([first.status, second.status].sort(), [200, 400]);
});

test("the server may end while a closing POST waits for its GET", async (t) => {
    const server = await start(t);
    const path = await openSession(server);
    const posted = post(server, path, "1").catch(() => {});
    await server.stop();
    await posted;
});

const once = (socket, event) => within(new Promise((resolve) => socket.once(event, resolve)), event);

test("for the client's suite: greets, gives, refuses", async (t) => {
    const server = await start(t, "--client-suite");
    const socket = new Socket(server.url);
    atEnd(t, () => socket.close());
    assert.equal(await once(socket, "message"), "hi");
    socket.send("give binary");
    assert.deepEqual([...(await once(socket, "message"))], [0, 1, 2, 3, 4]);
    socket.send("give utf8");
    assert.equal(await once(socket, "message"), "пойду спать всем спокойной ночи");
    const denied = await request(server, { path: `${PATH}&deny=1` });
    assert.deepEqual([denied.status, denied.body], [403, '{"code":4,"message":"Forbidden"}']);
});

test("for the client's suite: cookies are given, and told back in the headers of a POST", async (t) => {
    const server = await start(t, "--client-suite");
    const { headers } = await request(server, { path: PATH });
    assert.equal(headers["set-cookie"].length, 4);
    const socket = new Socket(server.url, { transports: ["polling"], withCredentials: true });
    atEnd(t, () => socket.close());
    await once(socket, "message");
    socket.send("sendHeaders");
    assert.equal(JSON.parse(await once(socket, "message")).cookie, "1=1; 2=2");
});

test("who could not be pinged in time still gets time to answer", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t, ["--ping-interval", "300", "--ping-timeout", "2000"]);
    const raw = await joinRaw(t, server);
    server.child.kill("SIGSTOP");
    await sleep(2600);
    server.child.kill("SIGCONT");
    await sleep(500);
    await assertAlive(raw);
});
