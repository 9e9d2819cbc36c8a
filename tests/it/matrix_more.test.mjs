// Beside the matrix: what is about no room, replay after a removal, invitations, and other people's sessions.
// tincan-test: tsan=long timeout=300
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, ask, chatSocket, createUser, IS_REFERENCE, login, openRaw, OURS_ONLY, Poller, request, SOON_MS, until, within } from "./lib.mjs";
import { ROLES } from "./matrix_rules.mjs";
import { newCid, Stage, TRANSPORTS } from "./matrix_stage.mjs";

const ours = { skip: OURS_ONLY };
let stage;
const endings = [];
before(async () => {
    if (!IS_REFERENCE) stage = await Stage.open({ after: (f) => endings.push(f) }, { empty: true });
});
after(async () => {
    for (const end of endings) await end();
});

let names = 0;
const newName = (what) => `${what}-${++names}`;
const make = (what, role = "member") => stage.make(newName(what), role, "never");

async function makeRoom(kind, ...members) {
    const { room } = await stage.must(stage.founder, "room.create", { name: newName("room"), kind });
    for (const user of members) await stage.must(stage.founder, "room.invite", { room: room.id, user: user.id });
    return room;
}
const code = (reply) => (reply.ok ? "ok" : reply.error.code);

// ---- what is about no room -----------------------------------------------------------------------------------------------

test("who may make rooms", ours, async () => {
    for (const role of ROLES) {
        const user = await make("maker", role);
        for (const transport of TRANSPORTS) {
            for (const kind of ["public", "private"]) {
                const reply = await ask(user.sockets[transport], "room.create", { name: newName("made"), kind });
                assert.equal(code(reply), role === "guest" ? "forbidden" : "ok", `${role} ${kind} ${JSON.stringify(reply)}`);
            }
            const dm = await ask(user.sockets[transport], "room.create", { name: newName("made"), kind: "dm" });
            assert.equal(code(dm), "invalid", "a dm is opened by `dm`");
        }
    }
});

test("anybody may write to anybody, and a dm has two", ours, async () => {
    const other = await make("other");
    for (const role of ROLES) {
        const user = await make("writer", role);
        const { room } = await stage.must(user, "dm", { user: other.id });
        assert.equal((await stage.must(other, "dm", { user: user.name })).room.id, room.id, "the same from both sides");
        for (const third of [stage.founder, stage.pawn]) {
            assert.equal(code(await ask(third.socket, "room.join", { room: room.id })), "not_found");
            assert.equal(code(await ask(user.socket, "room.invite", { room: room.id, user: third.id })), "forbidden");
        }
    }
});

test("administration is for administrators", ours, async () => {
    const nobody = await make("nobody");
    const routes = [["GET", "/admin/users?q=a"], ["GET", "/admin/server"], ["GET", "/admin/invites"], ["POST", "/admin/invites", { uses: 1 }],
        ["POST", `/admin/users/${nobody.id}/role`, { role: "guest" }], ["DELETE", "/admin/invites/999999"],
        ["DELETE", "/admin/sessions/999999"], ["DELETE", `/admin/users/${nobody.id}/sessions`]];
    for (const [method, path, body] of routes) {
        const ask = async (token) => (await api(stage.server, method, path, { token, body })).status;
        assert.equal(await ask(undefined), 401, path);
        for (const role of ROLES) {
            const user = await make("admin", role);
            const status = await ask(user.token);
            const want = ["admin", "owner"].includes(role) ? [200, 201, 204, 404] : [403];
            assert.ok(want.includes(status), `${role} ${method} ${path}: ${status}`);
        }
    }
});

test("nobody gives a role that is not below one's own, or touches one's equals", ours, async () => {
    for (const role of ["admin", "owner"]) {
        const user = await make("giver", role);
        for (const target of ROLES) {
            const other = await make("taker", target);
            for (const given of ROLES) {
                const { status } = await api(
                    stage.server, "POST", `/admin/users/${other.id}/role`, { token: user.token, body: { role: given } },
                );
                const may = ROLES.indexOf(target) < ROLES.indexOf(role) && ROLES.indexOf(given) < ROLES.indexOf(role);
                assert.equal(status, may ? 200 : 403, `${role} makes a ${target} a ${given}`);
                if (may && target !== given) await stage.setRole(other, target);
            }
        }
        const own = await api(stage.server, "POST", `/admin/users/${user.id}/role`, { token: user.token, body: { role: "owner" } });
        assert.equal(own.status, 403);
    }
});

// ---- replay after a removal ------------------------------------------------------------------------------------------------

const REMOVALS = {
    "room.kick": (victim, room) => stage.must(stage.founder, "room.kick", { room: room.id, user: victim.id }),
    "room.ban": (victim, room) => stage.must(stage.founder, "room.ban", { room: room.id, user: victim.id }),
    "room.leave": async (victim, room) => {
        const second = await chatSocket(stage.t, stage.server, victim);
        assert.equal((await ask(second, "room.leave", { room: room.id })).ok, true);
        second.disconnect();
    },
};
for (const [how, remove] of Object.entries(REMOVALS)) {
    for (const transport of TRANSPORTS) {
        for (const kind of ["public", "private"]) {
            test(`${how} from a ${kind} room, over ${transport}: nothing of later comes, on any way`, ours, async () => {
                const victim = await make("victim");
                const room = await makeRoom(kind, victim);
                const socket = victim.sockets[transport];
                await stage.say(stage.founder, room, "before");
                await until(() => socket.events.some(([, e]) => e.message?.text === "before"), "the message of before");
                const { rooms, epoch } = await ask(socket, "resume", { rooms: {} });
                const old = rooms.find(({ id }) => id === room.id);
                // Another device of the victim loses its line before, and comes back after.
                const away = await chatSocket(
                    stage.t, stage.server, victim, { transports: [transport], reconnection: true, reconnectionDelay: 10 },
                );
                const offset = away._lastOffset;
                away.io.engine.close();
                await remove(victim, room);
                const word = `swordfish${newName("")}`;
                await stage.say(stage.founder, room, word);
                await until(() => away.connected, "the other device to come back");
                assert.ok(!away.recovered || offset === undefined, "what was missed is not given back by the transport");

                const may = kind === "public" && how !== "room.ban" ? "ok" : kind === "public" ? "banned" : "not_found";
                for (const device of [socket, away]) {
                    const resumed = await ask(device, "resume", { epoch, rooms: { [room.id]: old.ev } });
                    assert.ok(!resumed.rooms.some(({ id }) => id === room.id), "resume does not know the room");
                    assert.ok(!JSON.stringify(resumed).includes(word));
                    const reads = [
                        ["sync", { after: old.ev }], ["history", {}], ["history", { after: 0 }], ["search", { q: word }],
                        ["room.members", {}],
                    ];
                    for (const [event, payload] of reads) {
                        const reply = await ask(device, event, { room: room.id, ...payload });
                        assert.equal(code(reply), may, `${event}: ${JSON.stringify(reply)}`);
                    }
                    const { hits } = await ask(device, "search", { q: word });
                    assert.equal(hits.length, may === "ok" ? 1 : 0);
                    const live = device.events.filter(
                        ([name, e]) => name !== "me" && (e.room === room.id || JSON.stringify(e).includes(word)),
                    );
                    assert.ok(!JSON.stringify(live).includes(word), JSON.stringify(live));
                }
                const rest = await api(stage.server, "GET", `/rooms/${room.id}/messages`, { token: victim.token });
                assert.equal(rest.status, { ok: 200, banned: 403, not_found: 404 }[may]);
                assert.equal(rest.text.includes(word), may === "ok");
                assert.equal(
                    socket.events.filter(([name, e]) => name === "me" && e.kind === "left" && e.room === room.id).length,
                    1,
                    "it was told once",
                );
            });
        }
    }
}

test("what was asked before a kick and answered after it tells nothing of later", ours, async () => {
    for (const transport of TRANSPORTS) {
        const victim = await make("racer");
        const room = await makeRoom("private", victim);
        const socket = victim.sockets[transport];
        const word = `barracuda${newName("")}`;
        for (let n = 0; n < 20; n++) await stage.say(stage.founder, room, `${word} ${n}`);
        let out = false;
        const late = [];
        socket.on("me", (change) => (out ||= change.kind === "left" && change.room === room.id));
        const asks = [];
        for (let n = 0; n < 60; n++) {
            for (const [event, payload] of [["history", { room: room.id }], ["sync", { room: room.id, after: 0 }], ["search", { q: word }],
                ["resume", { rooms: { [room.id]: 0 } }]]) {
                // Looked at in the answer's own callback: what comes behind it in the same segment has not been handled then.
                asks.push(within(new Promise((resolve) => {
                    socket.emit(event, payload, (reply) => {
                        if (out && JSON.stringify(reply).includes(word)) late.push(`${event}: ${JSON.stringify(reply).slice(0, 200)}`);
                        resolve();
                    });
                }), `the answer to ${event}`));
            }
            if (n === 30) asks.push(stage.must(stage.founder, "room.kick", { room: room.id, user: victim.id }));
            if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await Promise.all(asks);
        assert.ok(out);
        assert.deepEqual(late, [], "an answer came after the client had been told that it was out");
    }
});

// ---- invitations ----------------------------------------------------------------------------------------------------------------

const link = async (room, more = {}) => (await stage.must(
    stage.founder, "room.invite", { room: room.id, seconds: 600, ...more },
)).invite;
const accept = (user, token) => api(stage.server, "POST", `/invites/${token}`, { token: user.token, body: {} });

test("an invitation opens its room and no other, for as long and as often as it says", ours, async () => {
    const room = await makeRoom("private");
    const other = await makeRoom("private");
    const { token, id } = await link(room, { uses: 3 });
    const [a, b, c, d] = [await make("a"), await make("b"), await make("c"), await make("d")];
    assert.equal(code(await ask(a.socket, "room.join", { room: other.id, invite: token })), "not_found", "another room");
    assert.equal(
        code(await ask(a.socket, "room.join", { room: room.id, invite: `${token.slice(0, -1)}x` })), "not_found", "another token",
    );
    assert.equal((await accept(a, "nonsense")).status, 404);
    assert.equal(code(await ask(a.socket, "room.join", { room: room.id, invite: token })), "ok");
    assert.equal((await accept(b, token)).status, 200);
    assert.equal(code(await ask(c.socket, "room.join", { room: room.id, invite: token })), "ok");
    assert.equal(code(await ask(d.socket, "room.join", { room: room.id, invite: token })), "not_found", "it was for three");
    assert.equal((await accept(d, token)).status, 404);
    assert.equal((await api(stage.server, "GET", `/invites/${token}`)).status, 404);

    const short = await link(room, { seconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assert.equal((await accept(d, short.token)).status, 404, "it has expired");
    const revoked = await link(room);
    assert.equal(code(await ask(d.socket, "room.revoke", { room: room.id, invite_id: revoked.id })), "not_found", "not by strangers");
    assert.equal(code(await ask(a.socket, "room.revoke", { room: room.id, invite_id: revoked.id })), "forbidden", "nor by members");
    await stage.must(stage.founder, "room.revoke", { room: room.id, invite_id: revoked.id });
    assert.equal((await accept(d, revoked.token)).status, 404, "it was revoked");
    const { invites } = await stage.must(stage.founder, "room.invites", { room: room.id });
    assert.ok(!JSON.stringify(invites).includes(token), "no list shows a token");
    assert.ok(!invites.some((invite) => invite.id === id || invite.id === revoked.id), JSON.stringify(invites));
});

test("a hundred accept a link that is good for one", ours, async () => {
    const room = await makeRoom("private");
    const { token } = await link(room, { uses: 1 });
    const people = await Promise.all(Array.from({ length: 20 }, () => createUser(stage.server, newName("crowd"), { guest: true })));
    const answers = await Promise.all(people.flatMap((user) => Array.from({ length: 5 }, () => accept(user, token))));
    const winners = new Set(answers.map(({ status }, n) => (status === 200 ? people[Math.floor(n / 5)].id : 0)));
    winners.delete(0);
    assert.equal(winners.size, 1);
    const { members } = await stage.must(stage.founder, "room.members", { room: room.id });
    assert.equal(members.length, 2);
});

test("an invitation does not lift a ban, and gives no role above its maker's", ours, async () => {
    for (const kind of ["public", "private"]) {
        const [banned, mod, guest] = [await make("banned"), await make("mod"), await make("guest")];
        const room = await makeRoom(kind, banned, mod);
        await stage.must(stage.founder, "room.role", { room: room.id, user: mod.id, role: "mod" });
        await stage.must(stage.founder, "room.ban", { room: room.id, user: banned.id });
        const { token } = await link(room);
        assert.equal(code(await ask(banned.socket, "room.join", { room: room.id, invite: token })), "banned");
        assert.equal((await accept(banned, token)).status, 403);
        assert.equal(code(await ask(mod.socket, "room.invite", { room: room.id, user: banned.id })), "banned", "nor does being let in");
        // Ranks are given to people, not to links.
        for (const maker of [mod, stage.founder]) {
            for (const role of ["mod", "admin", "owner"]) {
                const reply = await ask(maker.socket, "room.invite", { room: room.id, seconds: 60, role });
                assert.equal(code(reply), "forbidden", `${maker.name}'s invitation for a ${role}: ${JSON.stringify(reply)}`);
            }
        }
        assert.equal((await accept(guest, token)).body.room.room_role, "member");
    }
});

// ---- sessions ----------------------------------------------------------------------------------------------------------------------

test("a socket has the identity of its token alone, for as long as that is good", ours, async () => {
    const [me, other] = [await make("me"), await make("other")];
    const refused = [undefined, {}, { token: "" }, { token: 5 }, { token: `${me.token}x` },
        { token: me.token.split(".").slice(0, 2).join(".") + "." },
        { token: `${me.token.split(".")[0]}.${other.token.split(".")[1]}.${me.token.split(".")[2]}` }];
    for (const auth of refused) {
        await assert.rejects(chatSocket(stage.t, stage.server, me, { auth }), /"code":"auth"/, JSON.stringify(auth));
    }
    const renew = await ask(me.socket, "auth", { token: other.token });
    assert.equal(code(renew), "auth", "nobody turns into somebody else");
    assert.equal((await ask(me.socket, "resume", { rooms: {} })).user.id, me.id);
});

test("signing out one device closes its sockets within a second, and no other's", ours, async () => {
    const me = await make("devices");
    const second = await login(stage.server, me.name, me.password);
    const sockets = await Promise.all(
        TRANSPORTS.map((transport) => chatSocket(stage.t, stage.server, second, { transports: [transport] })),
    );
    const other = await make("other");
    const { body } = await api(stage.server, "GET", "/sessions", { token: me.token });
    const [target] = body.sessions.filter((session) => !session.current);
    assert.equal(
        (await api(stage.server, "DELETE", `/sessions/${target.id}`, { token: other.token })).status, 404, "not by somebody else",
    );
    assert.ok(sockets.every((socket) => socket.connected));
    const began = performance.now();
    const gone = sockets.map(
        (socket) => until(() => !socket.connected, "the socket to be closed").then(() => performance.now() - began),
    );
    assert.equal(Math.floor((await api(stage.server, "DELETE", `/sessions/${target.id}`, { token: me.token })).status / 100), 2);
    const took = await Promise.all(gone);
    for (const socket of sockets) {
        assert.ok(socket.events.some(([name, e]) => name === "bye" && e.code === "signed_out"), JSON.stringify(socket.events));
    }
    assert.ok(me.socket.connected);
    await assert.rejects(chatSocket(stage.t, stage.server, second), /"code":"auth"/);
    assert.equal((await api(stage.server, "GET", "/me", { token: second.token })).status, 401);
    assert.equal((await api(stage.server, "POST", "/refresh", { body: {}, cookie: second.cookie })).status, 401);
    assert.ok(Math.max(...took) < SOON_MS, `it took ${took.map(Math.round)} ms`);
});

// by x of, on every pair of roles: an administrator sees and ends the devices of those below, and nobody else's.
test("devices of others are for administrators above them", ours, async () => {
    const get = (by, of) => api(stage.server, "GET", `/admin/sessions?user=${of.id}`, { token: by.token });
    const end = (by, path) => api(stage.server, "DELETE", path, { token: by.token });
    for (const role of ROLES) {
        const by = await make("keeper", role);
        for (const below of ROLES) {
            const of = await make("kept", below);
            const may = ["admin", "owner"].includes(role) && ROLES.indexOf(below) < ROLES.indexOf(role);
            const own = (await api(stage.server, "GET", "/sessions", { token: of.token })).body.sessions[0].id;
            const about = `${role} of ${below}`;
            assert.equal((await get(by, of)).status, may ? 200 : 403, about);
            if (!may) {
                assert.equal((await end(by, `/admin/sessions/${own}`)).status, 403, about);
                assert.equal((await end(by, `/admin/users/${of.id}/sessions`)).status, 403, about);
                assert.equal((await ask(of.socket, "rooms", { limit: 1 })).ok, true, about);
                continue;
            }
            const sockets = TRANSPORTS.map((transport) => of.sockets[transport]);
            const began = performance.now();
            const gone = Promise.all(sockets.map((socket) => until(() => !socket.connected, "the socket to be closed")));
            const one = below === "guest" ? `/admin/sessions/${own}` : `/admin/users/${of.id}/sessions`;
            assert.deepEqual((await end(by, one)).body, { ended: 1 }, about);
            await gone;
            assert.ok(performance.now() - began < SOON_MS, `${about}: ${performance.now() - began} ms`);
            for (const socket of sockets) assert.ok(socket.events.some(([name, e]) => name === "bye" && e.code === "signed_out"), about);
            assert.equal((await api(stage.server, "GET", "/me", { token: of.token })).status, 401, about);
            assert.equal((await end(by, `/admin/sessions/${own}`)).status, 404, about);
            assert.ok(by.socket.connected);
        }
    }
});

test("an Engine.IO session is known to its owner alone", ours, async () => {
    const [me, other] = [await make("owner"), await make("thief")];
    const room = await makeRoom("public", me, other);
    const socket = await chatSocket(stage.t, stage.server, me, { transports: ["polling"] });
    const sid = socket.io.engine.id;
    await stage.say(me, room, "hello");
    await ask(other.socket, "room.members", { room: room.id });
    await ask(other.socket, "presence", { watch: [me.id] });
    const others = Object.values(other.sockets).map(({ events }) => events);
    const seen = JSON.stringify([others, await ask(other.socket, "users", { q: me.name })]);
    assert.ok(!seen.includes(sid) && !seen.includes(socket.id), "nobody is told another's ids");
    // The name that a socket has in Socket.IO opens nothing.
    assert.ok(await new Poller(stage.server, socket.id).gone());
    assert.notEqual(socket.id, sid);
    // A session on WebSocket is not to be had by polling, nor by a second WebSocket; its owner does not notice.
    const onWebSocket = me.socket.io.engine.id;
    const poll = await new Poller(stage.server, onWebSocket).fetch();
    assert.equal(poll.status, 400);
    const raw = await openRaw(stage.t, stage.server, { sid: onWebSocket });
    await raw.whenClosed();
    assert.equal((await ask(me.socket, "resume", { rooms: {} })).ok, true);
    // After its end it is nobody's.
    socket.disconnect();
    await until(async () => new Poller(stage.server, sid).gone(), "the session to be gone");
    // Without a token in CONNECT a transport alone gives nothing.
    const bare = await Poller.open(stage.server);
    await bare.post('40/chat,{}');
    assert.match(await bare.get(), /44\/chat,.*"code":"auth"/);
    await bare.post('42/chat,1["resume",{"rooms":{}}]');
    const answer = await Promise.race([bare.fetch(), new Promise((resolve) => setTimeout(resolve, 500, { body: "" }))]);
    assert.ok(!answer.body.includes("43"), answer.body);
});

test("foreign origins get neither a transport nor a session", ours, async () => {
    for (const origin of ["https://evil.example", "null", `${stage.server.url}.evil.example`]) {
        const headers = { Origin: origin };
        const poll = await request(stage.server, { path: "/socket.io/?EIO=4&transport=polling", headers });
        assert.equal(poll.status, 403, origin);
        const rest = await api(stage.server, "POST", "/guest", { body: { name: newName("evil") }, headers });
        assert.equal(rest.status, 403, origin);
    }
});

test("who is invisible is offline for everybody else", ours, async () => {
    const [ghost, watcher] = [await make("ghost"), await make("watcher")];
    const room = await makeRoom("public", ghost, watcher);
    for (const transport of TRANSPORTS) await ask(ghost.sockets[transport], "presence", { state: "invisible" });
    const { users } = await ask(watcher.socket, "presence", { watch: [ghost.id] });
    assert.equal(users.find(({ id }) => id === ghost.id).state, "offline");
    const { members } = await ask(watcher.socket, "room.members", { room: room.id });
    assert.equal(members.find(({ id }) => id === ghost.id).presence, "offline");
    assert.ok(!JSON.stringify(watcher.socket.events).includes("invisible"));
    assert.ok(!JSON.stringify(await ask(watcher.socket, "users", { q: ghost.name })).includes("invisible"));
});
