// From long-polling to WebSocket: every turn the two transports can take.
// tincan-test: reactors=1,4 tsan
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { OURS_ONLY, Poller, RS, joinRaw, openRaw, rawExchange, sleep, startServer, until } from "./lib.mjs";

let server;
const cleanup = [];
before(async () => {
    server = await startServer({ after: (f) => cleanup.push(f) });
});
after(async () => {
    for (const f of cleanup) await f();
});

const MODE_MISMATCH = '{"code":3,"message":"Bad request"}';

async function probe(t, poller) {
    const raw = await openRaw(t, server, { sid: poller.sid });
    raw.send("2probe");
    assert.equal(await raw.next(), "3probe");
    return raw;
}

test("probe, upgrade, then WebSocket only", async (t) => {
    const poller = await Poller.connect(server);
    const raw = await probe(t, poller);
    raw.send("5");
    raw.send('42["message","over"]');
    assert.equal(await raw.next(), '42["message","over"]');
    const answer = await poller.fetch();
    assert.equal(answer.status, 400);
    assert.equal(answer.body, MODE_MISMATCH);
    assert.equal((await poller.post("3")).status, 400);
    raw.send('42["message","still"]');
    assert.equal(await raw.next(), '42["message","still"]');
});

test("a parked GET is released with 6 by the probe, and a new one too", async (t) => {
    const poller = await Poller.connect(server);
    const parked = poller.get();
    await sleep(50);
    const raw = await probe(t, poller);
    assert.equal(await parked, "6");
    assert.equal(await poller.get(), "6");
    assert.equal(await poller.get(), "6");
    raw.send("5");
    raw.send('42["message","x"]');
    assert.equal(await raw.next(), '42["message","x"]');
});

test("probe and upgrade may come back to back, and a GET right after is refused", async (t) => {
    for (let i = 0; i < 20; i++) {
        const poller = await Poller.connect(server);
        const raw = await openRaw(t, server, { sid: poller.sid });
        raw.send("2probe");
        raw.send("5");
        assert.equal(await raw.next(), "3probe");
        await until(async () => {
            const { status, body } = await poller.fetch();
            return status === 400 && body === MODE_MISMATCH;
        }, "polling to be refused");
        raw.send('42["message","hello"]');
        assert.equal(await raw.next(), '42["message","hello"]');
    }
});

test("an upgrade without any probe is accepted", async (t) => {
    const poller = await Poller.connect(server);
    const raw = await openRaw(t, server, { sid: poller.sid });
    raw.send("5");
    raw.send('42["message","x"]');
    assert.equal(await raw.next(), '42["message","x"]');
});

test("an upgrade before CONNECT, as python-socketio does it", async (t) => {
    const poller = await Poller.open(server);
    const raw = await probe(t, poller);
    raw.send("5");
    raw.send("40");
    assert.match(await raw.next(), /^40\{"sid"/);
});

test("what is buffered is flushed to the WebSocket, in order", async (t) => {
    const poller = await Poller.connect(server);
    const speaker = await joinRaw(t, server);
    const raw = await probe(t, poller);
    for (let n = 0; n < 5; n++) {
        speaker.send(`42["message",${n}]`);
        await speaker.next();
    }
    raw.send("5");
    for (let n = 0; n < 5; n++) assert.equal(await raw.next(), `42["message",${n}]`);
});

test("messages during the probe still come by polling", async (t) => {
    const poller = await Poller.connect(server);
    await probe(t, poller);
    await poller.post('42["message","by polling"]');
    const seen = [];
    await until(async () => {
        seen.push(...(await poller.get()).split(RS));
        return seen.includes('42["message","by polling"]');
    }, "the message");
    assert.deepEqual(new Set(seen), new Set([...seen.filter((p) => p === "6"), '42["message","by polling"]']));
});

test("a second WebSocket for a session that has one is closed, the session unharmed", async (t) => {
    const poller = await Poller.connect(server);
    const raw = await probe(t, poller);
    const secondWhileProbing = await openRaw(t, server, { sid: poller.sid });
    await secondWhileProbing.whenClosed();
    raw.send("5");
    raw.send('42["message","mine"]');
    assert.equal(await raw.next(), '42["message","mine"]');
    const secondAfterwards = await openRaw(t, server, { sid: poller.sid });
    await secondAfterwards.whenClosed();
    raw.send('42["message","still mine"]');
    assert.equal(await raw.next(), '42["message","still mine"]');
});

for (const first of ["40", "2", '42["message","x"]', "3probe", "x"]) {
    test(`a probe socket that begins with ${first} is closed, the session lives on`, async (t) => {
        const poller = await Poller.connect(server);
        const raw = await openRaw(t, server, { sid: poller.sid });
        raw.send(first);
        await raw.whenClosed();
        await poller.post('42["message","alive"]');
        assert.equal(await poller.get(), '42["message","alive"]');
    });
}

test("a probe socket that dies leaves the session on polling, and another may try", async (t) => {
    const poller = await Poller.connect(server);
    const dying = await probe(t, poller);
    dying.close();
    await poller.post('42["message","alive"]');
    await until(async () => (await poller.get()).includes("alive"), "the message by polling");
    const raw = await until(async () => {
        const candidate = await openRaw(t, server, { sid: poller.sid });
        candidate.send("2probe");
        return candidate.next().then((frame) => (frame === "3probe" ? candidate : null), () => null);
    }, "the second probe");
    raw.send("5");
    raw.send('42["message","x"]');
    assert.equal(await raw.next(), '42["message","x"]');
});

test("a session that closes takes its probe socket along", async (t) => {
    const poller = await Poller.connect(server);
    const raw = await probe(t, poller);
    await poller.post("1");
    await raw.whenClosed();
});

test("a GET parked when 5 arrives gets a last answer", async (t) => {
    const poller = await Poller.connect(server);
    const raw = await openRaw(t, server, { sid: poller.sid });
    const parked = poller.fetch();
    await sleep(50);
    raw.send("5");
    const { status, body } = await parked;
    assert.equal(status, 200);
    assert.ok(body === "1" || body === "6", body);
});

test("an upgrade request with another method or a bad key is refused", { skip: OURS_ONLY }, async () => {
    const poller = await Poller.connect(server);
    const path = `/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`;
    const bad = [
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n`,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    ];
    for (const request of bad) {
        const got = await rawExchange(server, request, (text) => text.includes("\r\n\r\n"));
        assert.match(got, /^HTTP\/1\.1 4\d\d /, request);
    }
});

test("many sessions upgrade at the same time", async (t) => {
    const sockets = await Promise.all(
        [...Array(40).keys()].map(async (i) => {
            const poller = await Poller.connect(server);
            const raw = await openRaw(t, server, { sid: poller.sid });
            raw.send("2probe");
            if (i % 2) assert.equal(await raw.next(), "3probe");
            raw.send("5");
            if (i % 2 === 0) assert.equal(await raw.next(), "3probe");
            return raw;
        }),
    );
    const text = '42["message","to all"]';
    sockets[0].send(text);
    for (const raw of sockets) assert.equal(await raw.next(), text);
});
