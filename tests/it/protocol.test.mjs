// Socket.IO packets that are wrong close the connection that sent them, and no other.
// tincan-test: reactors=1,4
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { OURS_ONLY, Poller, assertAlive, joinRaw, openRaw, startServer, until } from "./lib.mjs";

let server, bystander;
const cleanup = [];
const context = { after: (f) => cleanup.push(f) };
before(async () => {
    server = await startServer(context);
    bystander = await joinRaw(context, server);
});
after(async () => {
    for (const f of cleanup.reverse()) await f();
});

// After having joined "/".
const violations = [
    ["a second CONNECT", "40"],
    ["CONNECT to another namespace with an array", "40/x,[]"],
    ["DISCONNECT with a payload", '41["x"]'],
    ["an event that is null", "42null"],
    ["an event that is true", "42true"],
    ["an event that is an empty array", "42[]"],
    ["an event that is an object", "42{}"],
    ["an event named by null", "42[null]"],
    ["an event named by an array", '42[["message"],1]'],
    ["an event without an array", '42"message"'],
    ["the reserved name connect", '42["connect"]'],
    ["the reserved name connect_error", '42["connect_error"]'],
    ["the reserved name disconnect", '42["disconnect"]'],
    ["the reserved name disconnecting", '42["disconnecting"]'],
    ["the reserved name newListener", '42["newListener"]'],
    ["the reserved name removeListener", '42["removeListener"]'],
    ["an ACK that is an object", "431{}"],
    ["an ACK that is null", "431null"],
    ["CONNECT_ERROR from a client", '44{"message":"x"}'],
    ["type 7", "47"],
    ["type 9", '49["message"]'],
    ["a letter for a type", "4x"],
    ["no type at all", "4"],
    ["broken JSON", '42["message",'],
    ["JSON with a trailing comma", '42["message",]'],
    ["trailing bytes", '42["message","x"]x'],
    ["a second value", '42["message"]["message"]'],
    ["an id with a sign", '42-1["message"]'],
    ["an id with letters", '42abc["message"]'],
    ["an event for a namespace not joined", '42/other,["message"]'],
    ["an ACK for a namespace not joined", '43/other,1[]'],
    ["a binary event with 0 attachments", '450-["message"]'],
    ["a binary event with 11 attachments", '4511-["message",{"_placeholder":true,"num":0}]'],
    ["a binary event with a fractional count", '451.5-["message",{"_placeholder":true,"num":0}]'],
    ["a binary event without a count", '45["message",{"_placeholder":true,"num":0}]'],
    ["a binary event with a count that has no end", '4512345'],
    ["text while attachments are awaited", ['451-["message",{"_placeholder":true,"num":0}]', '42["message"]']],
    ["a placeholder number too large", ['451-["message",{"_placeholder":true,"num":1}]', Buffer.from([1])]],
    ["a placeholder number that is negative", ['451-["message",{"_placeholder":true,"num":-1}]', Buffer.from([1])]],
    ["a placeholder number that is a string", ['451-["message",{"_placeholder":true,"num":"0"}]', Buffer.from([1])]],
    ["an attachment nobody announced", Buffer.from([1, 2, 3])],
];
if (!OURS_ONLY) {
    // The reference lets these through; closing is what we promise.
    violations.push(["an event without any payload", "42"]);
    violations.push(["an ack id past 2^53", '4299999999999999999["message"]']);
    violations.push(["JSON that is not UTF-8 text", '42["message","\\x"]']);
}

for (const [what, frames] of violations) {
    test(`closes: ${what}`, async (t) => {
        const raw = await joinRaw(t, server);
        for (const frame of [frames].flat()) raw.send(frame);
        await raw.whenClosed();
        await assertAlive(bystander);
    });
}

for (const [what, frames] of violations.filter(([, frame]) => typeof frame === "string").slice(0, 12)) {
    test(`closes by polling: ${what}`, async () => {
        const poller = await Poller.connect(server);
        await poller.post(frames);
        await until(() => poller.fetch().then(({ status }) => status === 400), "the session to be closed");
        assert.ok(await poller.gone());
        await assertAlive(bystander);
    });
}

// Before having joined anything.
const openingViolations = [
    ["an event before CONNECT", '42["message","x"]'],
    ["an ACK before CONNECT", "430[]"],
    ["DISCONNECT before CONNECT", "41"],
    ["CONNECT with an array", "40[]"],
    ["CONNECT with a string", '40"x"'],
    ["CONNECT with null", "40null"],
    ["CONNECT with broken JSON", '40{"a"'],
    ["a binary event before CONNECT", '451-["message",{"_placeholder":true,"num":0}]'],
];
for (const [what, frame] of openingViolations) {
    test(`closes: ${what}`, async (t) => {
        const raw = await openRaw(t, server);
        raw.send(frame);
        if (frame.startsWith("45")) raw.send(Buffer.from([1]));
        await raw.whenClosed();
        await assertAlive(bystander);
    });
}

test("an event after the client's own DISCONNECT closes", { skip: OURS_ONLY }, async (t) => {
    const raw = await joinRaw(t, server);
    raw.send("41");
    raw.send('42["message","x"]');
    await raw.whenClosed();
});

const harmless = [
    ["CONNECT with an object", ['40{"token":"x"}']],
    ["CONNECT with digits before the object", ["4012{}"]],
    ["an ACK nobody waits for", ["40", "43999[]"]],
    ["an ACK without an id", ["40", "43[1]"]],
    ["an ack id of 0", ["40", '420["typing"]']],
    ["an event named by a number", ["40", "42[1]"]],
    ["an event named error", ["40", '42["error"]']],
    ["an event named connection", ["40", '42["connection"]']],
    ["unused attachments", ["40", '451-["typing"]', Buffer.from([1])]],
    ["the same placeholder twice", ["40", '451-["typing",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
        Buffer.alloc(0)]],
    ["ten attachments", ["40", `4510-["typing",{"_placeholder":true,"num":9}]`, ...Array(10).fill(Buffer.from([1]))]],
    ["base64 binary over WebSocket", ["40", '451-["typing",{"_placeholder":true,"num":0}]', "bAQID"]],
];
for (const [what, frames] of harmless) {
    test(`goes through: ${what}`, async (t) => {
        const raw = await openRaw(t, server);
        raw.send(frames[0]);
        assert.match(await raw.next(), /^40\{"sid":"[A-Za-z0-9_-]{20}"\}$/);
        for (const frame of frames.slice(1)) raw.send(frame);
        await assertAlive(raw);
    });
}

test("CONNECT to an unknown namespace is refused, and the connection may try again", async (t) => {
    const raw = await openRaw(t, server);
    raw.send("40/nowhere,{}");
    assert.equal(await raw.next(), '44/nowhere,{"message":"Invalid namespace"}');
    raw.send("40/nowhere?x=1,");
    assert.equal(await raw.next(), '44/nowhere?x=1,{"message":"Invalid namespace"}');
    raw.send("40/comma-may-be-missing");
    assert.equal(await raw.next(), '44/comma-may-be-missing,{"message":"Invalid namespace"}');
    raw.send("40");
    assert.match(await raw.next(), /^40\{"sid"/);
});

test("a peer that takes no binary gets base64 over WebSocket", async (t) => {
    const raw = await joinRaw(t, server, { query: "&b64=1" });
    raw.send('451-["message",{"_placeholder":true,"num":0}]');
    raw.send("bAQID");
    assert.equal(await raw.next(), '451-["message",{"_placeholder":true,"num":0}]');
    const attachment = await raw.next();
    assert.ok(attachment === "bAQID" || attachment.equals?.(Buffer.from([1, 2, 3])), String(attachment));
});

test("an attachment that never comes harms nobody", async (t) => {
    const raw = await joinRaw(t, server);
    raw.send('451-["message",{"_placeholder":true,"num":0}]');
    await assertAlive(bystander);
    raw.close();
    await assertAlive(bystander);
});
