// A client that stops reading costs the others nothing and the server little: it is closed.
// tincan-test: reactors=1,4 tsan=long timeout=240 slots=2
import assert from "node:assert/strict";
import { test } from "node:test";
import { OURS_ONLY, Poller, joinRaw, startServer, until } from "./lib.mjs";

const MESSAGE_BYTES = 500_000;
const MESSAGES_N = 240;
const GROWTH_BYTES_MAX = 96 * 1024 * 1024; // of the 120 MB that were said

// Say MESSAGES_N big messages, each only after the one before has come back to speaker and listener.
async function flood(speaker, listener) {
    for (let n = 0; n < MESSAGES_N; n++) {
        const packet = `42["message",{"n":${n},"text":"${"x".repeat(MESSAGE_BYTES)}"}]`;
        speaker.send(packet);
        assert.ok((await speaker.next()) === packet, "the message came back changed");
        assert.ok((await listener.next()) === packet, "the message arrived changed");
    }
}

// Freed memory is given back, so that what the process holds can be judged under AddressSanitizer too.
process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? "detect_leaks=1"}:quarantine_size_mb=4`;

test("WebSocket: a client that does not read is closed, the others go on", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t);
    const speaker = await joinRaw(t, server);
    const listener = await joinRaw(t, server);
    const slow = await joinRaw(t, server);
    const before = await server.rssBytes();
    slow.ws.pause();
    await flood(speaker, listener);
    const growth = (await server.rssBytes()) - before;
    assert.ok(growth < GROWTH_BYTES_MAX, `the server grew by ${growth} bytes`);
    slow.ws.resume();
    await slow.whenClosed();
    assert.ok(slow.frames.length < MESSAGES_N, "the slow client cannot have got everything");
    speaker.send('42["message","end"]');
    assert.equal(await listener.next(), '42["message","end"]');
});

test("polling: a client that does not ask is closed, the others go on", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t);
    const speaker = await joinRaw(t, server);
    const listener = await joinRaw(t, server);
    const slow = await Poller.connect(server);
    const before = await server.rssBytes();
    await flood(speaker, listener);
    const growth = (await server.rssBytes()) - before;
    assert.ok(growth < GROWTH_BYTES_MAX, `the server grew by ${growth} bytes`);
    await until(() => slow.gone(), "the slow session to be closed");
});

test("a client that reads late but in time loses nothing", async (t) => {
    const server = await startServer(t);
    const speaker = await joinRaw(t, server);
    const late = await joinRaw(t, server);
    late.ws.pause();
    for (let n = 0; n < 2000; n++) speaker.send(`42["message",${n}]`);
    for (let n = 0; n < 2000; n++) assert.equal(await speaker.next(), `42["message",${n}]`);
    late.ws.resume();
    for (let n = 0; n < 2000; n++) assert.equal(await late.next(), `42["message",${n}]`);
});
