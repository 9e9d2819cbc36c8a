// Namespace "/": what one client says as `message` reaches everyone, unchanged and in order, over every transport.
// tincan-test: reactors=1,4 tsan timeout=240
import assert from "node:assert/strict";
import { test } from "node:test";
import { atEnd, OURS_ONLY, Poller, RS, TRANSPORTS, connect, hasMessages, joinRaw, assertAlive, sleep, startServer, upgraded } from "./lib.mjs";

const tutorial = (text) => ({ text, timestamp: "2024-05-01T12:00:00.000Z" });

for (const [name, options] of Object.entries(TRANSPORTS)) {
    test(`${name}: the sender and the others receive a message`, async (t) => {
        const server = await startServer(t);
        const alice = await connect(t, server, options);
        const bob = await connect(t, server, options);
        if (name === "upgrade") await Promise.all([upgraded(alice), upgraded(bob)]);
        assert.equal(alice.io.engine.transport.name, name === "polling" ? "polling" : "websocket");
        alice.emit("message", tutorial("hello"));
        await Promise.all([hasMessages(alice, 1), hasMessages(bob, 1)]);
        bob.emit("message", tutorial("hi"));
        await Promise.all([hasMessages(alice, 2), hasMessages(bob, 2)]);
        assert.deepEqual(alice.messages, [tutorial("hello"), tutorial("hi")]);
        assert.deepEqual(bob.messages, alice.messages);
    });

    test(`${name}: a message of nearly maxPayload goes through`, async (t) => {
        const server = await startServer(t);
        const alice = await connect(t, server, options);
        const bob = await connect(t, server, options);
        const text = "ä".repeat(499_900);
        alice.emit("message", { text });
        await Promise.all([hasMessages(alice, 1), hasMessages(bob, 1)]);
        assert.ok(bob.messages[0].text === text, "the text arrived changed");
        assert.ok(alice.messages[0].text === text, "the text came back changed");
    });

    test(`${name}: binary attachments are relayed`, async (t) => {
        const server = await startServer(t);
        const alice = await connect(t, server, options);
        const bob = await connect(t, server, TRANSPORTS.websocket);
        const carol = await connect(t, server, TRANSPORTS.polling);
        const sent = { a: Buffer.from([0, 1, 2, 255]), list: [Buffer.alloc(0), Buffer.alloc(70000, 7)], text: "x" };
        alice.emit("message", sent);
        await Promise.all([alice, bob, carol].map((socket) => hasMessages(socket, 1)));
        for (const socket of [alice, bob, carol]) assert.deepEqual(socket.messages[0], sent);
    });

    test(`${name}: several clients, each one's messages arrive in order`, async (t) => {
        const server = await startServer(t);
        const clients = [];
        for (let i = 0; i < 8; i++) {
            const other = i % 2 ? options : Object.values(TRANSPORTS)[i % 3];
            clients.push(await connect(t, server, other));
        }
        const each = 25;
        clients.forEach(async (client, from) => {
            for (let n = 0; n < each; n++) {
                client.emit("message", { from, n });
                if (n % 5 === 0) await new Promise(setImmediate);
            }
        });
        await Promise.all(clients.map((client) => hasMessages(client, each * clients.length)));
        for (const client of clients) {
            assert.equal(client.messages.length, each * clients.length);
            for (let from = 0; from < clients.length; from++) {
                const order = client.messages.filter((m) => m.from === from).map((m) => m.n);
                assert.deepEqual(order, [...Array(each).keys()]);
            }
        }
    });
}

test("order is kept for messages sent while the transport is upgraded", async (t) => {
    const server = await startServer(t);
    const watcher = await connect(t, server, TRANSPORTS.websocket);
    const total = 400;
    const sender = await connect(t, server, TRANSPORTS.upgrade);
    for (let n = 0; n < total; n++) {
        sender.emit("message", n);
        if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all([hasMessages(watcher, total), hasMessages(sender, total)]);
    assert.deepEqual(watcher.messages, [...Array(total).keys()]);
    assert.deepEqual(sender.messages, watcher.messages);
    await upgraded(sender);
});

test("order is kept for messages received while the transport is upgraded", async (t) => {
    const server = await startServer(t);
    const sender = await connect(t, server, TRANSPORTS.websocket);
    const total = 600;
    let n = 0;
    const timer = setInterval(() => n < total && sender.emit("message", n++), 1);
    atEnd(t, () => clearInterval(timer));
    await hasMessages(sender, 5);
    const receivers = await Promise.all([1, 2, 3, 4].map(() => connect(t, server, TRANSPORTS.upgrade)));
    await hasMessages(sender, total);
    for (const receiver of receivers) {
        await upgraded(receiver);
        const first = receiver.messages[0];
        await hasMessages(receiver, total - first);
        assert.deepEqual(receiver.messages, [...Array(total - first).keys()].map((i) => first + i));
    }
});

// The bytes between the brackets must survive: a relay that parses and prints again would change them.
const exact = {
    "a string": '"hi"',
    "non-ASCII text": '"Grüße, 世界, 👋🏽"',
    "escapes as written": String.raw`"\u00e9\/\"\\\b\f\n\r\t\u0000\ud83d\ude00"`,
    "a lone surrogate": String.raw`"\ud800"`,
    "null": "null",
    "true": "true",
    "a number past 2^53": "12345678901234567890123",
    "numbers as written": "[1.0,1e5,-0,0.10,1E+2]",
    "an empty object and array": '{"a":{},"b":[]}',
    "key order": '{"z":1,"a":2,"10":3,"2":4}',
    "white space": '{ "a" : [ 1 , 2 ] }',
    "nesting of 500": "[".repeat(500) + "]".repeat(500),
    "a placeholder in a plain event": '{"_placeholder":true,"num":0}',
    "a key named __proto__": '{"__proto__":{"x":1}}',
};

test("any JSON argument comes back byte for byte", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t);
    const sender = await joinRaw(t, server);
    const other = await joinRaw(t, server);
    const poller = await Poller.connect(server);
    for (const [what, json] of Object.entries(exact)) {
        const packet = `42["message",${json}]`;
        sender.send(packet);
        assert.equal(await sender.next(), packet, what);
        assert.equal(await other.next(), packet, what);
        assert.equal(await poller.get(), packet, what);
        await poller.post(packet);
        assert.equal(await poller.get(), packet, `${what} by polling`);
        assert.equal(await sender.next(), packet, `${what} by polling`);
        assert.equal(await other.next(), packet, `${what} by polling`);
    }
});

test("JSON values survive as values", async (t) => {
    const server = await startServer(t);
    const sender = await connect(t, server, TRANSPORTS.websocket);
    const values = ["", "a\u0000b", "\ud800", 0, -1.5, 2 ** 53, true, null, [], {}, { a: [{ b: null }] }, "\u2028"];
    for (const value of values) sender.emit("message", value);
    await hasMessages(sender, values.length);
    assert.deepEqual(sender.messages, values);
});

test("binary frames are relayed with their packet, not mixed with others'", async (t) => {
    const server = await startServer(t);
    const receiver = await joinRaw(t, server);
    const senders = [await joinRaw(t, server), await joinRaw(t, server)];
    const rounds = 30;
    for (let n = 0; n < rounds; n++) {
        senders.forEach((sender, from) => {
            sender.send(`452-["message",{"n":[${from},${n}],"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":1}}]`);
            sender.send(Buffer.from([from, n, 0]));
            sender.send(Buffer.from([from, n, 1]));
        });
    }
    for (let i = 0; i < rounds * senders.length; i++) {
        const head = await receiver.next();
        const [, from, n] = /^452-\["message",\{"n":\[(\d+),(\d+)\]/.exec(head);
        for (const num of [0, 1]) {
            const attachment = await receiver.next();
            assert.deepEqual([...attachment], [Number(from), Number(n), num]);
        }
    }
});

test("an ack id is not relayed", async (t) => {
    const server = await startServer(t);
    const sender = await joinRaw(t, server);
    sender.send('4217["message","x"]');
    assert.equal(await sender.next(), '42["message","x"]');
});

test("other events are nobody's business", async (t) => {
    const server = await startServer(t);
    const sender = await joinRaw(t, server);
    const other = await joinRaw(t, server);
    sender.send('42["typing",true]');
    sender.send('42["error","x"]');
    sender.send('42[7,"x"]');
    sender.send('430["an ack nobody asked for"]');
    await assertAlive(sender);
    assert.match(await other.next(), /alive/);
});

test("several packets in one POST are handled in order", async (t) => {
    const server = await startServer(t);
    const poller = await Poller.connect(server);
    const packets = ['42["message",1]', '42["message",2]', '42["message",3]'];
    await poller.post(packets.join(RS));
    assert.equal(await poller.get(), packets.join(RS));
});

test("a client that left hears nothing and can come back on the same connection", async (t) => {
    const server = await startServer(t);
    const stays = await joinRaw(t, server);
    const leaves = await joinRaw(t, server);
    leaves.send("41");
    // The reference handles "41" a little later than it reads it.
    await sleep(100);
    await assertAlive(stays);
    leaves.send("40");
    assert.match(await leaves.next(), /^40\{"sid"/, "nothing but the answer to CONNECT");
    await assertAlive(stays);
    assert.match(await leaves.next(), /alive/);
});
