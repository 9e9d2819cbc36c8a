// Coming onto /chat and being sent away: tokens, sessions, and rooms that change while somebody is on the way in.
// tincan-test: reactors=1,4 tsan timeout=240
import assert from "node:assert/strict";
import { test } from "node:test";
import { io } from "socket.io-client";
import { Poller, SOON_MS, startPostgres, startServer } from "./lib.mjs";
import { ask, atEnd, chatSocket, cid, createRoom, createUser, device, heard, of, ok, person, refused, rig, send, settled, sleep, startBare,
    temporary, unheard, until, within } from "./chat_lib.mjs";

// A client that is refused: the error.
async function refusedConnect(t, server, auth, options = {}) {
    const socket = io(`${server.url}/chat`, { forceNew: true, reconnection: false, auth, ...options });
    atEnd(t, () => socket.disconnect());
    return within(
        new Promise((resolve, reject) => {
            socket.once("connect", () => reject(new Error("it was let in")));
            socket.once("connect_error", resolve);
        }),
        "the client to be refused",
    );
}

const ended = (socket) => within(new Promise((resolve) => socket.once("disconnect", resolve)), "the socket to be closed");

test("without a good token nobody comes in", async (t) => {
    const server = await startBare(t);
    const user = await createUser(server, "ana");
    const old = await rig(server, "token", { user: user.id, session: (await rig(server, "session", { user: user.id })).session, ms: -3600000 });
    const [head, body, signature] = user.token.split(".");
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
    for (const token of [undefined, null, 7, {}, "", "x", old.token, `${head}.${body}.`, `${head}.${body}.${signature.slice(0, -2)}AA`,
        `${none}.${body}.`, `${head}.${body}`, `${user.token}x`, "x".repeat(5000)]) {
        const error = await refusedConnect(t, server, { token });
        assert.deepEqual(error.data, { code: "auth" }, JSON.stringify(token));
        assert.ok(error.message.length > 0);
    }
    assert.deepEqual((await refusedConnect(t, server, undefined)).data, { code: "auth" });
    await chatSocket(t, server, user);
});

test("nor with the token of a session that has ended, or of somebody else", async (t) => {
    const server = await startBare(t);
    const ana = await createUser(server, "ana");
    const bo = await createUser(server, "bo");
    const { token, session } = await rig(server, "session", { user: ana.id });
    await rig(server, "end", { user: ana.id, session, how: "silent" });
    assert.deepEqual((await refusedConnect(t, server, { token })).data, { code: "auth" });
    const crossed = await rig(server, "token", { user: bo.id, session: (await rig(server, "session", { user: ana.id })).session, ms: 60000 });
    assert.deepEqual((await refusedConnect(t, server, { token: crossed.token })).data, { code: "auth" });
});

for (const how of ["note", "told", "call"]) {
    test(`the end of a session closes its sockets, and only its (${how})`, async (t) => {
        const server = await startBare(t);
        const ana = await person(t, server, "ana");
        const { token, session } = await rig(server, "session", { user: ana.user.id });
        const tablet = [];
        for (const transports of [["websocket"], ["polling"]]) {
            tablet.push(await chatSocket(t, server, { ...ana.user, token }, { transports }));
        }
        const gone = Promise.all(tablet.map(ended));
        const before = Date.now();
        await rig(server, "end", { user: ana.user.id, session, how });
        assert.deepEqual(await gone, ["io server disconnect", "io server disconnect"]);
        assert.ok(Date.now() - before < SOON_MS, `it took ${Date.now() - before} ms`);
        for (const socket of tablet) assert.deepEqual(of(socket, "bye"), [{ code: "signed_out" }]);
        await settled(ana);
        assert.equal(ana.connected, true);
        assert.deepEqual(of(ana, "bye"), []);
    });
}

test("a session that ended unheard is found by the look at all of them", async (t) => {
    const server = await startBare(t, ["check=1000"]);
    const ana = await person(t, server, "ana");
    const { token, session } = await rig(server, "session", { user: ana.user.id });
    const tablet = await chatSocket(t, server, { ...ana.user, token });
    const gone = ended(tablet);
    await sleep(2500);
    assert.equal(tablet.connected, true);
    await rig(server, "end", { user: ana.user.id, session, how: "silent" });
    await gone;
    assert.deepEqual(of(tablet, "bye"), [{ code: "signed_out" }]);
    assert.equal(ana.connected, true);
});

test("a fresh token is taken without dropping the socket, if it is of the same session", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await createUser(server, "bo");
    const { token, session } = await rig(server, "session", { user: ana.user.id });
    const tablet = Object.assign(await chatSocket(t, server, { ...ana.user, token }), { user: ana.user });
    const fresh = await rig(server, "token", { user: ana.user.id, session, ms: 600000 });
    const reply = await ok(tablet, "auth", { token: fresh.token });
    assert.ok(Math.abs(reply.expires - Date.now() - 600000) < 60000);
    for (const other of [ana.user.token, bo.token, "nonsense"]) await refused(tablet, "auth", { token: other }, "auth", "token");
    const old = await rig(server, "token", { user: ana.user.id, session, ms: -3600000 });
    await refused(tablet, "auth", { token: old.token }, "auth", "token");
    assert.equal(tablet.connected, true);
    await rig(server, "end", { user: ana.user.id, session, how: "silent" });
    const gone = ended(tablet);
    await refused(tablet, "auth", { token: fresh.token }, "auth");
    assert.equal(await gone, "io server disconnect");
});

test("a socket outlives its token", async (t) => {
    const server = await startBare(t, ["check=1000"]);
    const { id } = await createUser(server, "ana");
    const { session } = await rig(server, "session", { user: id });
    const { token } = await rig(server, "token", { user: id, session, ms: 1500 });
    const ana = Object.assign(await chatSocket(t, server, { name: "ana", token }), { user: { name: "ana" } });
    await sleep(4000);
    await settled(ana);
    assert.equal(ana.connected, true);
});

// Somebody on the way in, whose rooms have been read but not yet been told.
async function onTheWay(t, server, user) {
    await rig(server, "hold", { op: "STORE_MY_ROOMS" });
    const coming = chatSocket(t, server, user);
    coming.catch(() => {});
    await until(async () => (await rig(server, "waits")) === 1, "the rooms to be read");
    return { coming };
}

test("who is let into a room on the way in is in it", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await createUser(server, "bo");
    const room = await createRoom(ana, "den", "private");
    const { coming } = await onTheWay(t, server, bo);
    await ok(ana, "room.invite", { room: room.id, user: bo.id });
    await rig(server, "release");
    const socket = await coming;
    await send(ana, room.id, "welcome");
    await heard(socket, "event", (e) => e.message?.text === "welcome");
});

test("who is thrown out on the way in hears nothing", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const room = await createRoom(ana, "den", "private");
    await ok(ana, "room.invite", { room: room.id, user: bo.user.id });
    const { coming } = await onTheWay(t, server, bo.user);
    await ok(ana, "room.kick", { room: room.id, user: bo.user.id });
    await rig(server, "release");
    const socket = Object.assign(await coming, { user: bo.user });
    await send(ana, room.id, "behind the back");
    await settled(bo);
    await unheard(socket, "event", (e) => e.room === room.id);
});

test("whose rooms never stand still is told to come again", async (t) => {
    const TURNS = 16; // CHAT_READ_TURNS_MAX
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await createUser(server, "bo");
    const room = await createRoom(ana, "den", "private");
    for (const turns of [TURNS, TURNS + 1]) {
        const { coming } = await onTheWay(t, server, bo);
        for (let i = 0; i < turns; i++) {
            await ok(ana, i % 2 ? "room.kick" : "room.invite", { room: room.id, user: bo.id });
            await rig(server, "hold", { op: "STORE_MY_ROOMS" }); // gives on what was held, and holds what is asked anew
            await until(async () => i === TURNS || (await rig(server, "waits")) === 1, "the rooms to be read anew");
        }
        await rig(server, "release");
        if (turns > TURNS) {
            await assert.rejects(coming, /"code":"busy","retry_after_ms":\d+/);
        } else {
            (await coming).disconnect();
        }
    }
});

test("a session that ends on the way in lets nobody in", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const { token, session } = await rig(server, "session", { user: ana.user.id });
    const { coming } = await onTheWay(t, server, { ...ana.user, token });
    await rig(server, "end", { user: ana.user.id, session, how: "told" });
    await settled(ana);
    await rig(server, "release");
    await assert.rejects(coming, /"code":"auth"/);
});

test("a client that leaves on the way in is forgotten", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    for (const op of ["STORE_SESSION_GET", "STORE_MY_ROOMS"]) {
        await rig(server, "hold", { op });
        const poller = await Poller.open(server);
        await poller.post(`40/chat,${JSON.stringify({ token: ana.user.token })}`);
        await until(async () => (await rig(server, "waits")) === 1, "the question to wait");
        await poller.post("1"); // close
        await settled(ana);
        await rig(server, "release");
        await settled(ana);
    }
    assert.equal((await ok(ana, "presence", { watch: [ana.user.id] })).users[0].state, "online");
});

test("what was read of a room before one was thrown out is not answered any more", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const room = await createRoom(ana, "den", "private");
    await ok(ana, "room.invite", { room: room.id, user: bo.user.id });
    await send(ana, room.id, "secret");
    const questions = { STORE_HISTORY: ["history", {}], STORE_SYNC: ["sync", { after: 0 }], STORE_SEARCH: ["search", { q: "secret" }],
        STORE_ROOM_MEMBERS: ["room.members", {}], STORE_RESUME: ["resume", { rooms: { [room.id]: 0 } }] };
    for (const [op, [event, more]] of Object.entries(questions)) {
        await rig(server, "hold", { op });
        const answer = ask(bo, event, event === "resume" ? more : { room: room.id, ...more });
        await until(async () => (await rig(server, "waits")) === 1, `${event} to be read`);
        await ok(ana, "room.kick", { room: room.id, user: bo.user.id });
        await rig(server, "release");
        const text = JSON.stringify(await answer);
        assert.ok(!text.includes("secret") && !text.includes(`"id":${room.id},`), `${event}: ${text}`);
        await ok(ana, "room.invite", { room: room.id, user: bo.user.id });
    }
});

test("a socket that is closed with requests under way has had them done", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    await rig(server, "hold", { op: "STORE_SEND" });
    bo.emit("send", { room: room.id, cid: cid(), text: "last words" }, () => {});
    await until(async () => (await rig(server, "waits")) === 1, "the message to be stored");
    bo.disconnect();
    await sleep(100);
    await rig(server, "release");
    await heard(ana, "event", (e) => e.message?.text === "last words");
});

test("a stopping server says bye, answers what is under way, and keeps it", async (t) => {
    const dir = temporary(t);
    const server = await startBare(t, [], dir);
    const ana = await person(t, server, "ana");
    const room = await createRoom(ana, "ops");
    const answers = [];
    const texts = Array.from({ length: 50 }, (_, i) => `message ${i}`);
    const gone = ended(ana);
    texts.forEach((text) => ana.emit("send", { room: room.id, cid: cid(), text }, (reply) => answers.push(reply)));
    await until(() => answers.length > 0, "the first answer");
    await server.stop();
    await gone;
    const bye = of(ana, "bye")[0];
    assert.equal(bye.code, "restart");
    assert.ok(bye.retry_after_ms > 0);
    const stored = answers.filter((a) => a.ok).map((a) => a.seq);
    for (const a of answers.filter((x) => !x.ok)) assert.deepEqual([a.error.code, a.error.retry], ["busy", "same"]);
    const again = await startBare(t, [], dir);
    const bo = await person(t, again, "bo");
    await ok(bo, "room.join", { room: "ops" });
    const { messages } = await ok(bo, "history", { room: room.id, limit: 100 });
    for (const seq of stored) assert.ok(messages.some((m) => m.seq === seq), `message ${seq} was acknowledged`);
    assert.deepEqual(messages.map((m) => m.text), texts.slice(0, messages.length));
});

test("a role of the whole server is told to who has it, and counts at once", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const lobby = (await ok(bo, "resume", {})).rooms[0].id;
    await send(ana, lobby, "nonsense");
    await refused(bo, "delete", { room: lobby, seq: 1 }, "forbidden");
    await rig(server, "role", { user: bo.user.id, role: "mod" });
    assert.equal((await heard(bo, "me", (m) => m.kind === "profile")).user.role, "mod");
    await ok(bo, "delete", { room: lobby, seq: 1 });
});

test("while the store is away, nothing is taken for done, and all is well afterwards", async (t) => {
    const pg = await startPostgres(t);
    const server = await startServer(t, ["--database", pg.url]);
    const ana = await person(t, server, "ana", { socket: { transports: ["websocket"] } });
    const room = await createRoom(ana, "ops");
    await pg.stop();
    const message = { room: room.id, cid: cid(), text: "once" };
    const reply = await refused(ana, "send", message, "unavailable");
    assert.deepEqual([reply.error.retry, reply.error.retry_after_ms > 0], ["same", true]);
    const error = await refusedConnect(t, server, { token: ana.user.token });
    assert.equal(error.data.code, "unavailable");
    assert.ok(error.data.retry_after_ms > 0);
    await pg.start();
    await until(async () => (await ask(ana, "send", message)).ok, "the store to be back");
    await heard(ana, "event", (e) => e.message?.text === "once");
    assert.equal((await ok(ana, "history", { room: room.id })).messages.length, 1);
    await chatSocket(t, server, ana.user);
});

test("devices of one person come and go without disturbing each other", async (t) => {
    const server = await startBare(t);
    const ana = await person(t, server, "ana");
    const room = await createRoom(ana, "ops");
    for (let i = 0; i < 5; i++) {
        const other = await device(t, server, ana);
        await send(other, room.id, `from ${i}`);
        await heard(ana, "event", (e) => e.message?.text === `from ${i}`);
        other.disconnect();
    }
    await settled(ana);
});
