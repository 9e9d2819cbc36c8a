// Order and limits on /chat: what one socket sends is stored in that order and heard in one order by all; who is too fast is told so.
// tincan-test: reactors=1,4 tsan timeout=240
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, chatSocket, cid, createRoom, of, ok, person, rig, send, settled, startBare, until } from "./chat_lib.mjs";

const CAP = 128; // CHAT_IN_FLIGHT_MAX

test("pipelined messages keep their order, for everybody, on both transports", async (t) => {
    const server = await startBare(t);
    const options = [{ transports: ["websocket"] }, { transports: ["polling"] }, {}];
    const people = await Promise.all(["ana", "bo", "cy"].map((name, i) => person(t, server, name, { socket: options[i] })));
    const room = await createRoom(people[0], "ops");
    for (const socket of people.slice(1)) await ok(socket, "room.join", { room: room.id });
    const N = 100;
    await Promise.all(people.map((socket) => Promise.all(Array.from({ length: N }, (_, i) => send(socket, room.id, `${socket.user.name} ${i}`)))));
    const orders = [];
    for (const socket of people) {
        await until(() => of(socket, "event").filter((e) => e.kind === "message").length === 3 * N, "all messages");
        const messages = of(socket, "event").filter((e) => e.kind === "message");
        messages.forEach((e, i) => assert.equal(e.message.seq, i + 1));
        const evs = of(socket, "event").map((e) => e.ev);
        evs.forEach((ev, i) => assert.ok(i === 0 || ev === evs[i - 1] + 1, `ev ${ev} behind ${evs[i - 1]}`));
        for (const { user } of people) {
            const mine = messages.filter((e) => e.message.from.id === user.id).map((e) => e.message.text);
            assert.deepEqual(mine, Array.from({ length: N }, (_, i) => `${user.name} ${i}`));
        }
        orders.push(messages.map((e) => e.message.text).join());
    }
    assert.equal(new Set(orders).size, 1);
});

test("the answer to a message comes before the message, and different acts keep their order, too", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const room = await createRoom(ana, "ops");
    const log = [];
    ana.on("event", (e) => log.push(`event ${e.kind}`));
    const act = (event, payload) => new Promise((resolve) => ana.emit(event, payload, (reply) => resolve(log.push(`ack ${event} ${reply.ok}`))));
    await Promise.all([
        act("send", { room: room.id, cid: cid(), text: "a" }),
        act("edit", { room: room.id, seq: 1, rev: 1, text: "b" }),
        act("react", { room: room.id, seq: 1, emoji: "x" }),
        act("room.update", { room: room.id, topic: "t" }),
        act("delete", { room: room.id, seq: 1 }),
    ]);
    await until(() => log.length === 10, "all events");
    assert.deepEqual(log, ["ack send true", "event message", "ack edit true", "event edit", "ack react true", "event react",
        "ack room.update true", "event room", "ack delete true", "event delete"]);
});

test(`a socket may have ${CAP} requests under way; one more is told to wait`, async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const room = await createRoom(ana, "ops");
    await rig(server, "hold", { op: "STORE_SEND" });
    const answers = Array.from({ length: CAP }, (_, i) => ask(ana, "send", { room: room.id, cid: cid(), text: `${i}` }));
    await until(async () => (await rig(server, "waits")) === CAP, "all of them to be stored");
    const over = await ask(ana, "send", { room: room.id, cid: cid(), text: "one too many" });
    assert.equal(over.error.code, "busy");
    assert.equal(over.error.retry, "same");
    assert.ok(over.error.retry_after_ms > 0);
    const other = await chatSocket(t, server, ana.user);
    await ok(other, "rooms", {});
    await rig(server, "release");
    for (const answer of answers) assert.equal((await answer).ok, true);
    await send(ana, room.id, "now");
});

// chat_bare's limits: 1/s and 10 at once for a user and class, 5 at once for a socket's messages.
test("messages are limited by socket and by user; the answer says when to come again", async (t) => {
    const server = await startBare(t, ["limits"]);
    const ana = await person(t, server, "ana");
    const room = await createRoom(ana, "ops");
    const codes = async (socket, n) => {
        const replies = await Promise.all(Array.from({ length: n }, () => ask(socket, "send", { room: room.id, cid: cid(), text: "x" })));
        return replies.map((r) => (r.ok ? "ok" : r.error.code));
    };
    assert.deepEqual(await codes(ana, 6), ["ok", "ok", "ok", "ok", "ok", "rate"]);
    const refusal = await ask(ana, "send", { room: room.id, cid: cid(), text: "x" });
    assert.equal(refusal.error.retry, "same");
    assert.ok(refusal.error.retry_after_ms > 0 && refusal.error.retry_after_ms <= 1000);
    const others = [];
    for (let i = 0; i < 2; i++) others.push(await chatSocket(t, server, ana.user));
    const all = [...(await codes(others[0], 5)), ...(await codes(others[1], 5))];
    assert.ok(all.filter((c) => c === "ok").length <= 7, `a user's sockets share its 10: ${all}`);
    assert.ok(all.filter((c) => c === "ok").length >= 4);
    const bo = await person(t, server, "bo");
    await ok(bo, "room.join", { room: room.id });
    assert.deepEqual(await codes(bo, 5), Array(5).fill("ok"), "others are not touched");
});

test("each class of events has a bucket of its own, and the socket stays", async (t) => {
    const server = await startBare(t, ["limits"]);
    const ana = await person(t, server, "ana");
    const lobby = (await ok(ana, "resume", {})).rooms[0].id;
    const classes = { history: ["history", { room: lobby }], search: ["users", { q: "a" }], state: ["typing", { room: lobby }],
        admin: ["profile", { status: "x" }] };
    for (const [name, [event, payload]] of Object.entries(classes)) {
        const used = name === "history" ? 1 : 0; // resume
        const replies = await Promise.all(Array.from({ length: 12 }, () => ask(ana, event, payload)));
        const good = replies.filter((r) => r.ok).length;
        assert.ok(good >= 10 - used && good <= 11, `${name}: ${good}`);
        for (const r of replies.filter((x) => !x.ok)) assert.deepEqual([r.error.code, r.error.retry_after_ms > 0], ["rate", true]);
    }
    assert.equal(ana.connected, true);
});

test("an address has limits, too: connections beyond them are told to wait", async (t) => {
    const server = await startBare(t, ["limits"]);
    const ana = await person(t, server, "ana");
    const come = () => chatSocket(t, server, ana.user, { transports: ["websocket"] }).then((s) => (s.disconnect(), "in"), (e) => e.message);
    const outcomes = [];
    // Where a connection takes long, its token is back before the next one comes: more of them at once.
    for (let tries = 0; tries < 4 && outcomes.every((o) => o === "in"); tries++) {
        outcomes.push(...await Promise.all(Array.from({ length: 560 }, come)));
    }
    const refusals = outcomes.filter((o) => o !== "in");
    assert.ok(outcomes.length - refusals.length >= 499, `${outcomes.length - refusals.length} came in`);
    assert.ok(refusals.length > 0, `${outcomes.length} are too many for 10 x 50`);
    for (const text of refusals) assert.match(text, /"code":"rate","retry_after_ms":\d+/);
});

test("nobody's order is disturbed by who comes and goes", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    let coming = true;
    const churn = (async () => {
        while (coming) {
            const other = await chatSocket(t, server, bo.user);
            other.disconnect();
        }
    })();
    for (let i = 0; i < 200; i++) await send(ana, room.id, `${i}`);
    coming = false;
    await churn;
    await settled(bo);
    const texts = of(bo, "event").filter((e) => e.kind === "message").map((e) => e.message.text);
    assert.deepEqual(texts, Array.from({ length: 200 }, (_, i) => `${i}`));
});
