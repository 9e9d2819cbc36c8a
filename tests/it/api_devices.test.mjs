// One's devices: the list, and that the end of one closes its sockets within a second, on both transports.
// tincan-test: reactors=1,4 tsan timeout=300
import assert from "node:assert/strict";
import { test } from "node:test";
import { io } from "socket.io-client";
import { api, ask, atEnd, chatSocket, createUser, login, rawExchange, SOON_MS, startServer, TRANSPORTS, within } from "./lib.mjs";
import { refusedApi } from "./api_lib.mjs";

const sessionsOf = async (server, user) => {
    const answer = await api(server, "GET", "/sessions", { token: user.token });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.sessions;
};

// Sockets of a device, one a transport; .gone settles with how long after `since` the last of them was closed.
async function sockets(t, server, user) {
    const all = [];
    for (const options of Object.values(TRANSPORTS)) all.push(await chatSocket(t, server, user, options));
    return {
        all,
        gone: (since) =>
            within(
                Promise.all(all.map((socket) => (socket.connected ? new Promise((resolve) => socket.once("disconnect", resolve)) : undefined))),
                "the sockets to be closed",
            ).then(() => Date.now() - since),
    };
}

test("the list says when, from where and with what, and which is this one", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana");
    const body = { name: "ana", password: ana.password };
    const began = Date.now();
    const named = async (agent) => (await api(server, "POST", "/login", { body, headers: { "User-Agent": agent } })).body.token;
    const phone = await named("Phone/1.0 \u00fc");
    await named("x".repeat(500));
    await named(`${"x".repeat(199)}\u00e4\u00f6\u00fc`);
    const text = JSON.stringify(body);
    const head = `POST /api/v1/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: Old\xe4\xff/\xf0\x9f\r\nContent-Type: application/json\r\n`;
    assert.match(await rawExchange(server, Buffer.from(`${head}Content-Length: ${text.length}\r\n\r\n${text}`, "latin1")), /^HTTP\/1\.1 200 /);
    const sessions = await sessionsOf(server, { token: phone });
    assert.equal(sessions.length, 5);
    const current = sessions.filter((s) => s.current);
    assert.equal(current.length, 1);
    assert.equal(current[0].address, "127.0.0.1");
    assert.equal(current[0].id, (await api(server, "GET", "/me", { token: phone })).body.session);
    for (const s of sessions) {
        assert.ok(s.created >= began - 60000 && s.seen >= s.created && s.expires > s.seen + 29 * 86400000, JSON.stringify(s));
    }
    const agents = sessions.map((s) => s.user_agent);
    // 200 bytes of it, whole characters, and no byte that is none.
    for (const agent of ["Phone/1.0 \u00fc", "x".repeat(200), "x".repeat(199), "Old/"]) assert.ok(agents.includes(agent), JSON.stringify(agents));
});

test("nobody sees or ends somebody else's", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana");
    const bo = await createUser(server, "bo");
    const [own] = await sessionsOf(server, ana);
    const [other] = await sessionsOf(server, bo);
    assert.notEqual(own.id, other.id);
    for (const id of [other.id, 999999, 0, "x", "-1", "9007199254740992", `${own.id}x`]) {
        await refusedApi(server, "DELETE", `/sessions/${id}`, { token: ana.token }, 404, "not_found", "session");
    }
    assert.equal((await api(server, "GET", "/me", { token: bo.token })).status, 200);
});

const ways = {
    "ended from another device": async (server, { first, phone }) => {
        const id = (await sessionsOf(server, phone)).find((s) => s.current).id;
        return api(server, "DELETE", `/sessions/${id}`, { token: first.token });
    },
    "ended by itself": async (server, { phone }) => {
        const id = (await sessionsOf(server, phone)).find((s) => s.current).id;
        return api(server, "DELETE", `/sessions/${id}`, { token: phone.token });
    },
    "signed out": (server, { phone }) => api(server, "POST", "/logout", { cookie: phone.cookie, body: {} }),
    "whose refresh token was stolen": async (server, { phone }) => {
        const next = await api(server, "POST", "/refresh", { cookie: phone.cookie, body: {} });
        assert.equal((await api(server, "POST", "/refresh", { cookie: next.cookie, body: {} })).status, 200);
        const answer = await api(server, "POST", "/refresh", { cookie: phone.cookie, body: {} });
        return { ...answer, status: answer.status === 401 ? 200 : answer.status };
    },
    "of before a new password": (server, { first }) =>
        api(server, "POST", "/password", { token: first.token, body: { password: first.password, new_password: "tall green lamps" } }),
};

for (const [what, end] of Object.entries(ways)) {
    test(`a device ${what}: its sockets are told and closed within a second, the others live`, async (t) => {
        const server = await startServer(t);
        const first = await createUser(server, "ana");
        const phone = await login(server, "ana", first.password);
        const stays = await sockets(t, server, first);
        const goes = await sockets(t, server, phone);
        const since = Date.now();
        const gone = goes.gone(since);
        const answer = await end(server, { first, phone });
        assert.equal(answer.status, 200, answer.text);
        const took = await gone;
        assert.ok(took < SOON_MS, `it took ${took} ms`);
        for (const socket of goes.all) assert.deepEqual(socket.events.filter(([name]) => name === "bye"), [["bye", { code: "signed_out" }]]);
        for (const socket of stays.all) assert.equal((await ask(socket, "rooms")).ok, true);
        // The token is good for ten minutes, but not any more.
        const again = io(`${server.url}/chat`, { forceNew: true, reconnection: false, auth: { token: phone.token } });
        atEnd(t, () => again.disconnect());
        const error = await within(new Promise((resolve) => again.once("connect_error", resolve)), "the refusal");
        assert.deepEqual(error.data, { code: "auth" });
    });
}

test("of more than a hundred devices the longest unused one goes", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana");
    const [oldest] = await sessionsOf(server, ana);
    const socket = await chatSocket(t, server, ana);
    const gone = new Promise((resolve) => socket.once("disconnect", resolve));
    for (let i = 0; i < 99; i++) await login(server, "ana", ana.password);
    assert.equal((await sessionsOf(server, ana)).length, 100);
    assert.equal((await ask(socket, "rooms")).ok, true);
    const last = await login(server, "ana", ana.password);
    await within(gone, "the oldest device's socket to be closed");
    const ids = (await sessionsOf(server, last)).map((s) => s.id);
    assert.equal(ids.length, 100);
    assert.ok(!ids.includes(oldest.id));
});
