// What passes: who is typing, who is there.
// tincan-test: reactors=1,4 tsan=long timeout=240
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRoom, createUser, device, heard, of, ok, person, refused, rig, send, settled, sleep, startBare, unheard, until } from "./chat_lib.mjs";

async function pair(t, args) {
    const server = await startBare(t, args);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    return { server, ana, bo, room: room.id };
}

// Have somebody watch another, who was told about for the last time as being online.
async function watching(watcher, other) {
    const { users } = await ok(watcher, "presence", { watch: [other.user.id, 999] });
    assert.deepEqual(users, [{ id: other.user.id, state: "online" }, { id: 999, state: "offline" }]);
    await sleep(2500); // its coming may still be told
    watcher.events.length = 0;
}

test("typing is told to the others, and ends by being said, by sending, by leaving and by itself", async (t) => {
    const { server, ana, bo, room } = await pair(t);
    const cy = await person(t, server, "cy");
    const on = { room, user: ana.user.id, on: true }, off = { ...on, on: false };
    const told = async (n) => {
        await until(() => of(bo, "typing").length >= n, `${n} tellings`);
        return of(bo, "typing")[n - 1];
    };
    await ok(ana, "typing", { room, on: true });
    assert.deepEqual(await told(1), on);
    await ok(ana, "typing", { room });
    await settled(bo);
    assert.equal(of(bo, "typing").length, 1, "not more than every 3 s");
    await ok(ana, "typing", { room, on: false });
    assert.deepEqual(await told(2), off);
    await ok(ana, "typing", { room, on: true });
    assert.deepEqual(await told(3), on);
    await send(ana, room, "done");
    assert.deepEqual(await told(4), off);
    const phone = await device(t, server, ana);
    await ok(phone, "typing", { room, on: true });
    assert.deepEqual(await told(5), on);
    phone.disconnect();
    assert.deepEqual(await told(6), off);
    await ok(ana, "typing", { room, on: true });
    const before = Date.now();
    assert.deepEqual(await told(8), off);
    const took = Date.now() - before;
    assert.ok(took > 5000 && took < 12000, `it ended after ${took} ms`);
    await ok(ana, "typing", { room, on: false });
    await settled(bo);
    assert.equal(of(bo, "typing").length, 8);
    await unheard(ana, "typing");
    await unheard(cy, "typing");
    await refused(cy, "typing", { room, on: true }, "forbidden");
});

test("who goes on typing is told of every 3 s, and who is thrown out no more", async (t) => {
    const { ana, bo, room } = await pair(t);
    const begun = Date.now();
    while (of(ana, "typing").length < 2) {
        await ok(bo, "typing", { room, on: true });
        await sleep(200);
    }
    const took = Date.now() - begun;
    assert.ok(took > 2700 && took < 15000, `told again after ${took} ms`);
    await ok(ana, "room.kick", { room, user: bo.user.id });
    await heard(ana, "typing", (e) => !e.on);
    await refused(bo, "typing", { room, on: true }, "forbidden");
});

test("a room of 200 is told who types, one of 201 is not", async (t) => {
    const { server, ana, bo, room } = await pair(t);
    for (let i = 3; i <= 200; i++) {
        const { id } = await createUser(server, `member${i}`);
        await ok(ana, "room.invite", { room, user: id });
    }
    await ok(bo, "typing", { room, on: true });
    await heard(ana, "typing", (e) => e.on);
    await ok(bo, "typing", { room, on: false });
    await heard(ana, "typing", (e) => !e.on);
    const { id } = await createUser(server, "one-too-many");
    await ok(ana, "room.invite", { room, user: id });
    ana.events.length = 0;
    await ok(bo, "typing", { room, on: true });
    await unheard(ana, "typing");
});

test("presence: online, idle on all devices, gone after a while, and who was seen when", async (t) => {
    const { server, ana, bo } = await pair(t, ["grace=3000"]);
    await watching(ana, bo);
    const phone = await device(t, server, bo);
    const states = () => of(ana, "presence").flatMap((p) => p.users).filter((u) => u.id === bo.user.id).map((u) => u.state);
    assert.equal((await ok(bo, "presence", { state: "idle" })).state, "idle");
    await sleep(2500);
    assert.deepEqual(states(), [], "the phone is not idle");
    await ok(phone, "presence", { state: "idle" });
    await until(() => states().length === 1, "idle");
    await ok(bo, "presence", { state: "online" });
    await until(() => states().length === 2, "online");
    bo.disconnect();
    await until(() => states().length === 3, "idle again");
    phone.disconnect();
    const back = await device(t, server, bo);
    await sleep(4500);
    assert.deepEqual(states().slice(0, 3), ["idle", "online", "idle"]);
    assert.ok(!states().includes("offline"), "a reload is nothing to anybody");
    const left = Date.now();
    back.disconnect();
    await until(() => states().includes("offline"), "offline");
    const last = of(ana, "presence").flatMap((p) => p.users).find((u) => u.state === "offline");
    assert.ok(Math.abs(last.last_seen - left) < 1500, `${last.last_seen} ${left}`);
    assert.deepEqual((await ok(ana, "presence", {})).users.find((u) => u.id === bo.user.id), last);
});

test("who is invisible seems offline to others until it is online again", async (t) => {
    const { server, ana, bo, room } = await pair(t);
    await watching(ana, bo);
    const phone = await device(t, server, bo);
    assert.equal((await ok(bo, "presence", { state: "invisible" })).state, "invisible");
    assert.deepEqual(await heard(phone, "me", (m) => m.kind === "presence"), { kind: "presence", state: "invisible" });
    await heard(ana, "presence", (p) => p.users[0].state === "offline");
    await ok(phone, "presence", { state: "idle" });
    const another = await device(t, server, bo);
    const member = async () => (await ok(ana, "room.members", { room })).members.find((m) => m.id === bo.user.id).presence;
    assert.equal(await member(), "offline");
    assert.equal((await ok(another, "presence", {})).state, "invisible");
    await ok(phone, "presence", { state: "online" });
    await heard(ana, "presence", (p) => p.users[0].state === "online");
    assert.equal(await member(), "online");
});

test("one hears of those one watches, and of no others", async (t) => {
    const { server, ana, bo } = await pair(t);
    const cy = await person(t, server, "cy");
    const ids = [bo.user.id, ...Array.from({ length: 199 }, (_, i) => 1000 + i)];
    assert.equal((await ok(ana, "presence", { watch: ids })).users.length, 200);
    await ok(ana, "presence", { watch: [cy.user.id, cy.user.id] });
    await ok(bo, "presence", { state: "idle" });
    await ok(cy, "presence", { state: "idle" });
    await heard(ana, "presence", (p) => p.users.some((u) => u.id === cy.user.id));
    await unheard(ana, "presence", (p) => p.users.some((u) => u.id === bo.user.id));
    await unheard(bo, "presence");
    assert.deepEqual((await ok(ana, "presence", { watch: [] })).users, []);
});

test("the lobby's bridge: texts come in as the guest's, messages go out, and nothing goes round", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const lobby = (await ok(ana, "resume", {})).rooms.find((r) => r.name === "lobby").id;
    await rig(server, "relay", {}, "from the open namespace");
    const event = await heard(ana, "event", (e) => e.message?.text === "from the open namespace");
    assert.equal(event.room, lobby);
    assert.match(event.message.cid, /^[0-9a-f]{32}$/);
    await send(ana, lobby, 'a "quoted" answer');
    const there = await until(async () => {
        const all = await rig(server, "relayed");
        return all.length > 0 && all;
    }, "the lobby's message");
    assert.deepEqual(there.map((m) => [m.text, m.user]), [['a "quoted" answer', "ana"]]);
    assert.ok(Math.abs(Date.parse(there[0].timestamp) - Date.now()) < 60000);
    await ok(ana, "edit", { room: lobby, seq: event.message.seq + 1, rev: 1, text: "edited" });
    for (const nothing of ["", "x".repeat(16001), "a\u0000b"]) await rig(server, "relay", {}, nothing);
    await rig(server, "relay", {}, "x".repeat(16000));
    await heard(ana, "event", (e) => e.message?.text.length === 16000);
    assert.equal((await rig(server, "relayed")).length, 1);
    assert.equal(of(ana, "event").filter((e) => e.kind === "message").length, 3);
});

test("a flood from the open namespace waits up to a limit, and is dropped beyond", async (t) => {
    const WAITING = 256; // CHAT_RELAY_WAITING_MAX
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    await rig(server, "hold", { op: "STORE_SEND" });
    for (let i = 0; i < WAITING + 1; i++) await rig(server, "relay", {}, `${i}`);
    await until(async () => (await rig(server, "waits")) === WAITING, "all that may wait");
    await sleep(300);
    assert.equal(await rig(server, "waits"), WAITING);
    await rig(server, "release");
    await heard(ana, "event", (e) => e.message?.text === `${WAITING - 1}`);
    await unheard(ana, "event", (e) => e.message?.text === `${WAITING}`);
    assert.match(server.stderr, /does not keep up with \//);
    await rig(server, "relay", {}, "again");
    await heard(ana, "event", (e) => e.message?.text === "again");
});
