// Rooms over HTTP, on both stores: history as the socket gives it, invitations to rooms and to the server.
// tincan-test: timeout=240
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, ask, chatSocket, createUser, startPostgres, startServer, until } from "./lib.mjs";
import { createRoom, ok, send } from "./chat_lib.mjs";
import { createOwner, refusedApi } from "./api_lib.mjs";

// The test once on each store.
function onBothStores(name, args, body) {
    for (const store of ["sqlite", "postgresql"]) {
        test(`${name} (${store})`, async (t) => {
            const database = store === "sqlite" ? [] : ["--database", (await startPostgres(t)).url];
            await body(t, await startServer(t, [...args, ...database]));
        });
    }
}

const history = (server, user, room, query = "") => api(server, "GET", `/rooms/${room}/messages${query}`, { token: user.token });

onBothStores("history is the same over HTTP as over the socket", [], async (t, server) => {
    const ana = await createUser(server, "ana");
    const socket = await chatSocket(t, server, ana);
    const room = await createRoom(socket, "ops");
    for (let i = 1; i <= 120; i++) await send(socket, room.id, `no ${i} \u00fc \ud83c\udf0a "\\`);
    await ok(socket, "react", { room: room.id, seq: 120, emoji: "\ud83d\udc4d", on: true });
    await ok(socket, "delete", { room: room.id, seq: 119 });
    for (const page of [{}, { limit: 100 }, { limit: 1 }, { before: 50 }, { before: 1 }, { after: 0, limit: 3 }, { after: 119 }, { after: 120 }, { around: 60, limit: 10 }]) {
        const answer = await history(server, ana, room.id, `?${new URLSearchParams(page)}`);
        assert.equal(answer.status, 200, answer.text);
        const { ok: fine, ...expected } = await ask(socket, "history", { room: room.id, ...page });
        assert.equal(fine, true);
        assert.deepEqual(answer.body, expected, JSON.stringify(page));
    }
    assert.equal((await history(server, ana, room.id, "?limit=100")).body.messages.length, 100);
    for (const [query, field] of [["?limit=101", "limit"], ["?limit=0", "limit"], ["?limit=x", "limit"], ["?limit=", "limit"], ["?before=0", "before"],
        ["?before=-1", "before"], ["?after=1.5", "after"], ["?around=9007199254740992", "around"], ["?before=5&after=5", "after"], ["?around=5&after=5", "around"], ["?around=99999999999999999999999999999999999", "around"]]) {
        await refusedApi(server, "GET", `/rooms/${room.id}/messages${query}`, { token: ana.token }, 400, "invalid", field);
    }
});

onBothStores("nobody reads what he may not, nor learns that it is there", [], async (t, server) => {
    const ana = await createUser(server, "ana");
    const bo = await createUser(server, "bo");
    const [a, b] = [await chatSocket(t, server, ana), await chatSocket(t, server, bo)];
    const secret = await createRoom(a, "secret", "private");
    await send(a, secret.id, "between us");
    const never = await refusedApi(server, "GET", `/rooms/${secret.id}/messages`, { token: bo.token }, 404, "not_found", "room");
    const none = await refusedApi(server, "GET", "/rooms/424242/messages", { token: bo.token }, 404, "not_found", "room");
    assert.equal(never.text, none.text);
    for (const id of ["0", "x", "lobby", "-1", "9007199254740992"]) await refusedApi(server, "GET", `/rooms/${id}/messages`, { token: bo.token }, 404, "not_found", "room");
    await ok(a, "room.invite", { room: secret.id, user: "bo" });
    assert.equal((await history(server, bo, secret.id)).body.messages.length, 1);
    await ok(a, "room.kick", { room: secret.id, user: bo.id });
    await refusedApi(server, "GET", `/rooms/${secret.id}/messages`, { token: bo.token }, 404, "not_found", "room");
    const open = await createRoom(a, "open");
    assert.equal((await history(server, bo, open.id)).status, 200);
    await ok(a, "room.ban", { room: open.id, user: bo.id });
    await refusedApi(server, "GET", `/rooms/${open.id}/messages`, { token: bo.token }, 403, "banned", "room");
    assert.equal((await ask(b, "rooms", {})).ok, true);
});

onBothStores("a link lets into a room, as often as it says, and live sockets hear of it", [], async (t, server) => {
    const people = [];
    for (const name of ["ana", "bo", "cy", "dee"]) people.push(await createUser(server, name));
    const [ana, bo, cy, dee] = people;
    const [a, b] = [await chatSocket(t, server, ana), await chatSocket(t, server, bo)];
    const room = await createRoom(a, "den", "private");
    await send(a, room.id, "welcome");
    const { invite } = await ok(a, "room.invite", { room: room.id, uses: 2, seconds: 3600 });
    // Who has the link may see, signed in or not, where it leads and who made it.
    const peek = await api(server, "GET", `/invites/${invite.token}`);
    assert.equal(peek.status, 200, peek.text);
    assert.deepEqual(peek.body, { room: "den", by: "ana", expires: invite.expires });
    await refusedApi(server, "GET", `/invites/${invite.token}x`, {}, 404, "not_found", "invite");
    await refusedApi(server, "POST", `/invites/${invite.token}`, { body: {} }, 401, "auth", "Authorization");
    await refusedApi(server, "POST", `/invites/${invite.token}x`, { body: {}, token: bo.token }, 404, "not_found", "invite");
    const accept = (user) => api(server, "POST", `/invites/${invite.token}`, { token: user.token, body: {} });
    const answer = await accept(bo);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.room.id, room.id);
    await until(() => a.events.some(([name, e]) => name === "event" && e.kind === "member" && e.user?.id === bo.id), "ana to hear of bo");
    // Bo's sockets are in the room from then on.
    await send(a, room.id, "hello bo");
    await until(() => b.events.some(([name, e]) => name === "event" && e.message?.text === "hello bo"), "bo to hear ana");
    assert.equal((await accept(bo)).status, 200, "joining twice is fine, and uses nothing up");
    assert.equal((await accept(cy)).status, 200);
    await refusedApi(server, "POST", `/invites/${invite.token}`, { body: {}, token: dee.token }, 404, "not_found", "invite");
    await refusedApi(server, "GET", `/invites/${invite.token}`, {}, 404, "not_found", "invite");
});

onBothStores("of many who take the last place of a link at the same time, one gets it", [], async (t, server) => {
    const ana = await createUser(server, "ana");
    const a = await chatSocket(t, server, ana);
    const room = await createRoom(a, "den", "private");
    const { invite } = await ok(a, "room.invite", { room: room.id, uses: 1 });
    const others = [];
    for (let i = 0; i < 20; i++) others.push(await createUser(server, `guest${i}x`, { guest: true }));
    const answers = await Promise.all(others.map((user) => api(server, "POST", `/invites/${invite.token}`, { token: user.token, body: {} })));
    assert.deepEqual(answers.map((r) => r.status).sort(), [200, ...Array(19).fill(404)]);
    const reply = await ok(a, "room.members", { room: room.id });
    assert.equal(reply.members.length, 2);
});

onBothStores("where registration is by invitation, one is needed, and of many at once one gets the last", ["--registration", "invite"], async (t, server) => {
    const owner = await createOwner(server);
    const password = "tall green lamps";
    const register = (name, invite) => api(server, "POST", "/register", { body: { name, password, ...(invite && { invite }) } });
    await refusedApi(server, "POST", "/register", { body: { name: "ana", password } }, 403, "forbidden", "invite");
    await refusedApi(server, "POST", "/register", { body: { name: "ana", password, invite: "x".repeat(43) } }, 404, "not_found", "invite");
    const made = await api(server, "POST", "/admin/invites", { token: owner.token, body: { uses: 2, seconds: 600 } });
    assert.equal(made.status, 200, made.text);
    const { invite } = made.body;
    assert.match(invite.token, /^[\w-]{43}$/);
    assert.equal(invite.path, `/#/invite/${invite.token}`);
    assert.equal(invite.uses, 2);
    assert.ok(Math.abs(invite.expires - Date.now() - 600000) < 60000);
    assert.deepEqual((await api(server, "GET", `/invites/${invite.token}`)).body, { by: "olga", expires: invite.expires });
    const ana = await register("ana", invite.token);
    assert.equal(ana.status, 200, ana.text);
    assert.equal(ana.body.user.role, "member");
    // A name that is taken uses nothing up.
    assert.equal((await register("ana", invite.token)).status, 409);
    await refusedApi(server, "POST", `/invites/${invite.token}`, { token: ana.body.token, body: {} }, 400, "invalid", "invite");
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => register(`racer${i}x`, invite.token)));
    assert.deepEqual(answers.map((r) => r.status).sort(), [200, ...Array(11).fill(404)]);
    // A room's link is one to the server as well: its members are trusted with that.
    const socket = await chatSocket(t, server, { name: "ana", token: ana.body.token });
    const room = await createRoom(socket, "den", "private");
    const link = (await ok(socket, "room.invite", { room: room.id, uses: 1 })).invite;
    const bo = await register("bo", link.token);
    assert.equal(bo.status, 200, bo.text);
    const rooms = await ok(await chatSocket(t, server, { name: "bo", token: bo.body.token }), "resume", { rooms: {} });
    assert.deepEqual(Object.values(rooms.rooms).map((r) => r.name).sort(), ["den", "lobby"]);
});

onBothStores("administrators make, see and take back links; what is out of range is named", [], async (t, server) => {
    const owner = await createOwner(server);
    const make = (body) => api(server, "POST", "/admin/invites", { token: owner.token, body });
    for (const [body, field] of [[{ seconds: 0 }, "seconds"], [{ seconds: 366 * 86400 + 1 }, "seconds"], [{ seconds: "600" }, "seconds"], [{ uses: 0 }, "uses"],
        [{ uses: 1001 }, "uses"], [{ uses: 1.5 }, "uses"]]) {
        await refusedApi(server, "POST", "/admin/invites", { token: owner.token, body }, 400, "invalid", field);
    }
    const first = (await make({ seconds: 366 * 86400, uses: 1000 })).body.invite;
    const second = (await make({})).body.invite;
    assert.equal(second.uses, undefined, "as often as one likes");
    const { body } = await api(server, "GET", "/admin/invites", { token: owner.token });
    assert.deepEqual(body.invites, [
        { id: second.id, by: owner.id, expires: second.expires },
        { id: first.id, by: owner.id, expires: first.expires, uses: 1000 },
    ]);
    assert.equal((await api(server, "DELETE", `/admin/invites/${second.id}`, { token: owner.token })).status, 200);
    await refusedApi(server, "GET", `/invites/${second.token}`, {}, 404, "not_found", "invite");
    for (const id of [second.id, 0, "x", 424242]) {
        const answer = await api(server, "DELETE", `/admin/invites/${id}`, { token: owner.token });
        assert.equal(answer.status, 404, answer.text);
    }
});
