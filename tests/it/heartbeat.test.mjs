// Heartbeats: the server pings, silence ends a session, traffic in the wrong direction too.
// tincan-test: reactors=1,4
import assert from "node:assert/strict";
import { test } from "node:test";
import { OURS_ONLY, Poller, RS, connect, joinRaw, openRaw, sleep, startServer, until, within } from "./lib.mjs";

const FAST = ["--ping-interval", "300", "--ping-timeout", "200"];

test("WebSocket: pings come again and again while they are answered", async (t) => {
    const server = await startServer(t, FAST);
    const raw = await openRaw(t, server);
    raw.answersPings = false;
    for (let i = 0; i < 4; i++) {
        assert.equal(await raw.next(), "2");
        raw.send("3");
    }
});

test("WebSocket: an unanswered ping ends the session, without a status code", async (t) => {
    const server = await startServer(t, FAST);
    const raw = await openRaw(t, server);
    raw.answersPings = false;
    assert.equal(await raw.next(), "2");
    assert.equal(await raw.whenClosed(), 1005);
});

test("polling: pings come by GET, and an unanswered one ends the session", async (t) => {
    const server = await startServer(t, FAST);
    const poller = await Poller.open(server);
    for (let i = 0; i < 3; i++) {
        assert.equal(await poller.get(), "2");
        assert.equal((await poller.post("3")).body, "ok");
    }
    assert.equal(await poller.get(), "2");
    await sleep(300);
    assert.ok(await poller.gone());
});

test("polling: a client that never asks is gone after interval and timeout", async (t) => {
    const server = await startServer(t, FAST);
    const poller = await Poller.open(server);
    await sleep(700);
    assert.ok(await poller.gone());
});

test("a GET parked when the time is up is answered", async (t) => {
    const server = await startServer(t, FAST);
    const poller = await Poller.open(server);
    assert.equal(await poller.get(), "2");
    const parked = await poller.fetch();
    assert.ok(parked.status === 400 || ["1", "6", `6${RS}1`].includes(parked.body), parked.body);
});

test("a ping from the client ends the session", async (t) => {
    const server = await startServer(t);
    for (const ping of ["2", "2probe"]) {
        const raw = await openRaw(t, server);
        raw.send(ping);
        await raw.whenClosed();
    }
    const poller = await Poller.open(server);
    await poller.post("2");
    await until(() => poller.gone(), "the session to be closed");
});

test("a pong nobody asked for does no harm", async (t) => {
    const server = await startServer(t, FAST);
    const raw = await openRaw(t, server);
    raw.answersPings = false;
    raw.send("3");
    raw.send("3");
    assert.equal(await raw.next(), "2");
    raw.send("3");
    assert.equal(await raw.next(), "2");
});

test("the ping deadline outlives an upgrade", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t, FAST);
    const poller = await Poller.open(server);
    // A ping is out and unanswered when the transport changes.
    assert.equal(await poller.get(), "2");
    const raw = await openRaw(t, server, { sid: poller.sid });
    raw.answersPings = false;
    raw.send("2probe");
    assert.equal(await raw.next(), "3probe");
    raw.send("5");
    await raw.whenClosed();
});

test("the stock client stays for many intervals", async (t) => {
    const server = await startServer(t, ["--ping-interval", "50", "--ping-timeout", "5000"]);
    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
        const socket = await connect(t, server, { transports });
        let pings = 0;
        socket.io.on("ping", () => pings++);
        await until(() => pings >= 5, "five pings");
        assert.ok(socket.connected);
    }
});

test("connectTimeout: who joins nothing is closed, who joined stays", async (t) => {
    const server = await startServer(t, ["--connect-timeout", "300"]);
    const joined = await joinRaw(t, server);
    const idle = await openRaw(t, server);
    const refused = await openRaw(t, server);
    refused.send("40/nowhere");
    assert.match(await refused.next(), /^44\/nowhere,/);
    const poller = await Poller.open(server);
    await Promise.all([idle.whenClosed(), refused.whenClosed()]);
    await until(() => poller.gone(), "the polling session to be closed");
    joined.send('42["message","here"]');
    assert.equal(await joined.next(), '42["message","here"]');
});

test("a vanished client is noticed by both ends", async (t) => {
    const server = await startServer(t, ["--ping-interval", "200", "--ping-timeout", "200"]);
    const socket = await connect(t, server, { transports: ["websocket"] });
    const reason = new Promise((resolve) => socket.once("disconnect", resolve));
    // It hears and answers nothing any more, without a word to the server.
    const { ws } = socket.io.engine.transport;
    ws.pause();
    assert.match(await within(reason, "the disconnect"), /transport close|ping timeout|transport error/);
    ws.terminate();
});
