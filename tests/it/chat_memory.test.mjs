// /chat when memory is short: whatever allocation fails, the server goes on, and nobody with a gap.
// tincan-test: reactors=1,4 tsan timeout=240
import assert from "node:assert/strict";
import { test } from "node:test";
import { io } from "socket.io-client";
import { atEnd, cid, createRoom, createUser, ok, person, rig, startBare, until } from "./chat_lib.mjs";

const ANSWER_MS = 2000;

// The answer, or undefined when none came: there was no memory for it, or the connection was closed.
const tried = (socket, event, payload) => socket.timeout(ANSWER_MS).emitWithAck(event, payload).catch(() => undefined);

// A client that comes back whenever it is closed, and repairs what it missed as clients do.
function follower(t, server, user, room) {
    const socket = io(`${server.url}/chat`, { auth: { token: user.token }, transports: ["websocket"], forceNew: true,
        reconnectionDelay: 20, reconnectionDelayMax: 50 });
    const seen = { ev: 0, texts: new Map(), gaps: 0, connects: 0, byes: [], sentAway: 0 };
    const take = (e) => {
        if (e.room !== room || e.ev <= seen.ev) return;
        if (e.ev > seen.ev + 1) seen.gaps++;
        seen.ev = e.ev;
        if (e.message) seen.texts.set(e.message.seq, e.message.text);
    };
    let waiting = [];
    const resume = async () => {
        const reply = await tried(socket, "resume", { epoch: seen.epoch, rooms: { [room]: seen.ev } });
        if (!socket.connected) return;
        if (!reply?.ok) return void setTimeout(resume, 50);
        seen.epoch = reply.epoch;
        const mine = reply.rooms.find((r) => r.id === room);
        if (mine?.reset) {
            mine.reset.messages.forEach((m) => seen.texts.set(m.seq, m.text));
            seen.ev = mine.ev;
        }
        (mine?.delta ?? []).forEach(take);
        const held = waiting;
        waiting = undefined;
        held.forEach(take);
    };
    socket.on("event", (e) => (waiting ? waiting.push(e) : take(e)));
    socket.on("connect", () => {
        seen.connects++;
        waiting = [];
        resume();
    });
    socket.on("bye", (bye) => seen.byes.push(bye));
    socket.on("disconnect", (reason) => (seen.sentAway += reason === "io server disconnect"));
    socket.on("disconnect", (reason) => reason === "io server disconnect" && socket.connect());
    socket.on("connect_error", () => !socket.active && setTimeout(() => socket.connect(), 50));
    atEnd(t, () => socket.disconnect());
    seen.socket = socket;
    seen.live = () => socket.connected && !waiting;
    return seen;
}

const starve = (server, n, op) => rig(server, "starve", { n, ...(op && { op }) });

// The failure that was ordered may not have happened yet, and hit this very request.
const feed = (server) => starve(server, 0).catch(() => starve(server, 0));

// Whose sockets were closed because they could not be told of something heard why, and when to come again.
function wereTold(followers) {
    for (const f of followers) assert.deepEqual(f.byes, Array(f.sentAway).fill({ code: "busy", retry_after_ms: 1000 }));
}

async function followed(t) {
    const server = await startBare(t);
    const owner = await person(t, server, "owner", { socket: { transports: ["websocket"] } });
    const room = (await createRoom(owner, "ops")).id;
    const followers = [];
    for (const name of ["ana", "bo"]) {
        const f = follower(t, server, await createUser(server, name), room);
        await until(() => f.live(), `${name} to come`);
        await ok(f.socket, "room.join", { room });
        f.socket.disconnect().connect();
        followers.push(f);
    }
    await until(() => followers.every((f) => f.live()), "both to have caught up");
    for (const f of followers) f.gaps = 0;
    return { server, owner, room, followers };
}

for (const op of [undefined, "STORE_SEND"]) {
    test(`each allocation of a message fails once: what is acknowledged is kept, and heard without gaps (${op ?? "from the start"})`, async (t) => {
        const { server, room, followers } = await followed(t);
        const acked = new Map();
        let refused = 0, silent = 0;
        const text = (n) => `message ${n} ${"€".repeat(Math.min(3900, 30 << Math.min(n, 7)))}`; // the first ones need ever larger buffers
        for (let n = 1; n <= 40; n++) {
            await until(() => followers.every((f) => f.live()), "both to be back");
            await starve(server, n, op);
            const reply = await tried(followers[0].socket, "send", { room, cid: cid(), text: text(n) });
            await feed(server);
            if (reply?.ok) acked.set(reply.seq, text(n));
            else if (reply) refused++;
            else silent++;
        }
        t.diagnostic(`${acked.size} acknowledged, ${refused} refused, ${silent} silent; ${followers.map((f) => f.connects)} connections`);
        assert.ok(acked.size >= 20 && refused + silent > 0);
        await until(() => followers.every((f) => f.live()), "both to be back");
        const { max_seq } = await ok(followers[1].socket, "history", { room, limit: 1 });
        for (const f of followers) {
            await until(() => f.texts.size >= max_seq, `all of ${max_seq} messages`);
            assert.equal(f.gaps, 0);
            for (const [seq, text] of acked) assert.equal(f.texts.get(seq), text);
        }
        wereTold(followers);
        if (op) assert.ok(followers.some((f) => f.sentAway > 0));
    });
}

test("who is thrown out hears nothing more, whatever allocation fails", async (t) => {
    const { server, owner, room, followers } = await followed(t);
    const [ana, bo] = followers;
    const heard = [];
    owner.on("disconnect", (reason) => reason !== "io client disconnect" && owner.connect());
    bo.socket.on("event", (e) => e.message && heard.push(e.message.text));
    for (let n = 1; n <= 30; n++) {
        await until(() => bo.live() && ana.live() && owner.connected, "all to be back");
        await starve(server, n, "STORE_ROOM_KICK");
        const reply = await tried(owner, "room.kick", { room, user: "bo" });
        await feed(server);
        await until(() => bo.live() && ana.live() && owner.connected, "all to be back");
        if (reply && !reply.ok) continue; // there was not even memory to ask
        await ok(ana.socket, "send", { room, cid: cid(), text: `secret ${n}` });
        await ok(bo.socket, "rooms", {});
        await starve(server, n, "STORE_ROOM_JOIN");
        await tried(bo.socket, "room.join", { room });
        await feed(server);
        await until(() => bo.live(), "bo to be back");
        await ok(bo.socket, "room.join", { room });
    }
    assert.deepEqual(heard, []);
    wereTold(followers);
    assert.ok(ana.texts.size >= 20);
});

test("who comes in is in its rooms, whatever allocation fails", async (t) => {
    const { server, owner, room, followers } = await followed(t);
    const [, bo] = followers;
    for (const op of ["STORE_SESSION_GET", "STORE_MY_ROOMS"]) {
        for (let n = 1; n <= 25; n++) {
            await until(() => bo.live() && owner.connected, "both to be back");
            bo.socket.disconnect();
            await starve(server, n, op);
            bo.socket.connect();
            await until(() => bo.live() && owner.connected, "both to be back");
            await feed(server);
            await until(() => bo.live() && owner.connected, "both to be back");
            const { seq } = await ok(owner, "send", { room, cid: cid(), text: `${op} ${n}` });
            await until(() => bo.texts.get(seq) === `${op} ${n}`, `message ${seq}`);
        }
    }
    assert.equal(bo.gaps, 0);
});
