// The promise about messages, on PostgreSQL: the server is killed, the database goes away, the answer to a COMMIT is lost.
// tincan-test: reactors=4 timeout=600 slots=2
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { api, ask, chatSocket, createUser, IS_LONG, IS_REFERENCE, OURS_ONLY, request, sleep, startPostgres, until } from "./lib.mjs";
import { Ledger, killLoop, number } from "./ledger.mjs";
import { postgresHome } from "./ledger_home.mjs";
import { newCid } from "./matrix_stage.mjs";
import { PgProxy } from "./pg_lib.mjs";

const ours = { skip: OURS_ONLY };
const ROUNDS = number("ROUNDS", IS_LONG ? 100 : 10);
const AWAY_MS = IS_LONG ? 30000 : 8000; // at least: longer than a request waits
const AT_REST_MS = 2000;
const BACK_MS = 2000; // and what connecting takes on this machine at this moment, a few times
let cluster;
const endings = [];
before(async () => {
    if (!IS_REFERENCE) cluster = await startPostgres({ after: (f) => endings.push(f) }, { fast: false });
});
after(async () => {
    for (const end of endings) await end();
});

const status = async (server, path) => (await request(server, { path })).status;

// Processor time that a process has used, in seconds.
function cpuSeconds(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
}

test(`kill -9, ${ROUNDS} times`, ours, async (t) => {
    const home = postgresHome(t, (await cluster.database()).url);
    const server = await home.start();
    const ledger = await Ledger.open(t, { server, dump: home.dump, clients: 150, rate: 80 });
    await ledger.act();
    const done = await killLoop(ledger, server, home.start, { rounds: ROUNDS });
    await ledger.judge(() => done.server.stop());
    t.diagnostic(`${ledger}; ready again after at most ${done.readyMs} ms`);
    assert.ok(ledger.judged.acked > ROUNDS * 20 && ledger.counts.deltas > 0 && ledger.counts.resent > 0, `${ledger}`);
});

// Somebody who sends by hand beside the ledger's clients: { socket, send: a message for the lobby that can be sent again }.
async function witness(t, server) {
    const user = await createUser(server, "witness", { guest: true });
    const socket = await chatSocket(t, server, user, { transports: ["websocket"] });
    const { rooms } = await ask(socket, "resume", { rooms: {} });
    return { user, socket, send: { room: rooms.find(({ name }) => name === "lobby").id, cid: newCid(), text: "is anybody there?" } };
}

// Send until it is done; the reply that said so, and how many said "not now".
async function sendUntilDone(socket, send) {
    for (let refused = 0; ; refused++) {
        const reply = await ask(socket, "send", send);
        if (reply.ok) return { ...reply, refused };
        assert.equal(reply.error.retry, "same", JSON.stringify(reply));
        assert.ok(refused < 200, "refused 200 times");
        await sleep(100);
    }
}

// The database is back: how soon the server is, too.
async function ready(server, url) {
    const began = performance.now();
    await until(async () => (await status(server, "/readyz")) === 200, "/readyz to say that it is ready");
    const ms = Math.round(performance.now() - began);
    const asked = performance.now();
    const { status: code, stderr } = spawnSync("psql", ["-X", "-q", "-A", "-t", "-d", url, "-c", "SELECT 1"], { encoding: "utf8" });
    assert.equal(code, 0, stderr);
    const psqlMs = Math.round(performance.now() - asked);
    assert.ok(ms < BACK_MS + 5 * psqlMs, `ready only ${ms} ms after the database; psql took ${psqlMs} ms`);
    return ms;
}

// go: what becomes of the cluster; back: how it returns.
const absences = [
    ["is killed", () => cluster.kill(), () => cluster.start()],
    ["stands still", () => cluster.pause(), () => cluster.resume()],
    ...(IS_LONG ? [["is stopped as by a crash", () => cluster.stop("immediate"), () => cluster.start()]] : []),
];
for (const [how, go, back] of absences) {
    test(`the database ${how} for ${AWAY_MS / 1000} s`, ours, async (t) => {
        const { url } = await cluster.database();
        const home = postgresHome(t, url);
        const server = await home.start();
        const ledger = await Ledger.open(t, { server, dump: home.dump, clients: 60, rate: 60 });
        const { socket, send } = await witness(t, server);
        await ledger.act();
        await sleep(1500);
        await go();
        const gone = performance.now();
        // What was on its way at that moment waits to be looked up; what comes later is told.
        await until(async () => (await status(server, "/readyz")) === 503, "/readyz to say that it is not ready");
        const reply = await ask(socket, "send", send);
        assert.equal(reply.error?.retry, "same", `a send while the database is away: ${JSON.stringify(reply)}`);
        assert.equal(await status(server, "/healthz"), 200);
        const used = cpuSeconds(server.pid);
        const waited = performance.now();
        await sleep(Math.max(AT_REST_MS, AWAY_MS - (waited - gone)));
        const share = (cpuSeconds(server.pid) - used) / ((performance.now() - waited) / 1000);
        assert.ok(share < 0.8, `${share} of a core while it waits`);
        await back();
        const ms = await ready(server, url);
        await sendUntilDone(socket, send);
        assert.ok(socket.connected, "the connection outlived it");
        await ledger.judge(() => server.stop());
        t.diagnostic(`${ledger}; ready ${ms} ms after the database, ${share.toFixed(2)} of a core meanwhile`);
        assert.ok(ledger.counts.nacks > 0, `nobody was asked to try again: ${ledger}`);
    });
}

for (const [mode, fate] of [["lose", "done"], ["swallow", "not done"]]) {
    test(`the connection is lost at COMMIT, which is ${fate}: the same send gives the same message`, ours, async (t) => {
        const { tcpUrl } = await cluster.database();
        const proxy = await PgProxy.start(t, tcpUrl);
        const home = postgresHome(t, proxy.url, tcpUrl);
        const server = await home.start();
        const { user, socket, send } = await witness(t, server);
        for (let n = 0; n < 10; n++) {
            const one = { ...send, cid: newCid(), text: `${mode} ${n}` };
            const before = proxy.cuts;
            Object.assign(proxy, { mode, every: 1 });
            const first = ask(socket, "send", one);
            await until(() => proxy.cuts > before, "a COMMIT to be cut");
            proxy.mode = "pass";
            const reply = await first;
            if (!reply.ok) assert.equal(reply.error.retry, "same", JSON.stringify(reply));
            const [a, b] = [await sendUntilDone(socket, one), await sendUntilDone(socket, one)];
            assert.deepEqual([a.seq, a.ev], [b.seq, b.ev]);
            assert.equal(b.dup, true);
            if (reply.ok) assert.deepEqual([reply.seq, reply.ev], [a.seq, a.ev]);
        }
        assert.ok(proxy.cuts >= 10);
        const rows = home.dump().messages.filter(({ sender }) => sender === user.id);
        assert.deepEqual(rows.map(({ text }) => text), Array.from({ length: 10 }, (_, n) => `${mode} ${n}`));
        // What has no cid, and no event to be found by, is not done twice, nor called undone when it is done.
        const keeper = await chatSocket(t, server, await createUser(server, "keeper"), { transports: ["websocket"] });
        for (let n = 0; n < 5; n++) {
            const before = proxy.cuts;
            proxy.mode = mode;
            const made = ask(keeper, "room.create", { name: `room-${n}`, kind: "private" });
            await until(() => proxy.cuts > before, "a COMMIT to be cut");
            proxy.mode = "pass";
            const reply = await made;
            assert.equal(reply.ok, true, JSON.stringify(reply));
        }
        const names = home.dump().rooms.map(({ name }) => name).filter((name) => name.startsWith("room-"));
        assert.deepEqual(names, Array.from({ length: 5 }, (_, n) => `room-${n}`));
        await server.stop();
    });
}

// What was given up on this side may be alive on the other, locks and all: it must not be done after it was looked for.
test("a COMMIT arrives when its connection has been given up: the message is there once, and soon", ours, async (t) => {
    const { tcpUrl } = await cluster.database();
    const proxy = await PgProxy.start(t, tcpUrl);
    const home = postgresHome(t, proxy.url, tcpUrl);
    const server = await home.start();
    const { user, socket, send } = await witness(t, server);
    const keeper = await createUser(server, "keeper", { password: "keeper's long password" });
    const throws = await chatSocket(t, server, keeper, { transports: ["websocket"] });
    const { room } = await ask(throws, "room.create", { name: "late", kind: "private" });
    for (let n = 0; n < 6; n++) {
        assert.equal((await ask(throws, "room.invite", { room: room.id, user: user.id })).ok, true);
        const one = { ...send, room: room.id, cid: newCid(), text: `late ${n}` };
        const before = proxy.cuts;
        Object.assign(proxy, { mode: "hold", every: 1 });
        const first = ask(socket, "send", one);
        await until(() => proxy.cuts > before, "a COMMIT to be held back");
        const began = performance.now();
        proxy.mode = "pass";
        // Meanwhile its sender is thrown out, and does not know what has become of it: what was sent before is no matter of who may send.
        const kicked = ask(throws, "room.kick", { room: room.id, user: user.id });
        const again = ask(socket, "send", one);
        if (n % 2) await proxy.release();
        const [a, k, b] = [await first, await kicked, await again];
        const ms = Math.round(performance.now() - began);
        assert.equal(a.ok && k.ok && b.ok, true, JSON.stringify([a, k, b]));
        assert.deepEqual([b.seq, b.dup], [a.seq, true]);
        assert.ok(ms < BACK_MS, `${ms} ms until it was known`);
        if (n % 2 === 0) assert.equal(await proxy.release(), 0, "it was done after it had been looked for");
    }
    const rows = home.dump().messages.filter(({ sender }) => sender === user.id);
    assert.deepEqual(rows.map(({ text, seq }) => [text, seq]), Array.from({ length: 6 }, (_, n) => [`late ${n}`, n + 1]));
    await server.stop();
});

test("now and then the answer to a COMMIT is lost, or the COMMIT", ours, async (t) => {
    const { tcpUrl } = await cluster.database();
    const proxy = await PgProxy.start(t, tcpUrl);
    const home = postgresHome(t, proxy.url, tcpUrl);
    const server = await home.start();
    const ledger = await Ledger.open(t, { server, dump: home.dump, clients: 60, rate: 80 });
    await ledger.act();
    for (let n = 0; n < (IS_LONG ? 60 : 12); n++) {
        Object.assign(proxy, { mode: n % 2 ? "lose" : "swallow", every: 10 });
        await sleep(700);
        if (n % 4 === 3) proxy.cutAll();
    }
    proxy.mode = "pass";
    await sleep(500);
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}; ${proxy.cuts} cuts`);
    assert.ok(proxy.cuts > 5, `${proxy.cuts} cuts`);
});

test("started before its database: alive, not ready, at rest; then it serves", ours, async (t) => {
    const { url } = await cluster.database();
    const home = postgresHome(t, url);
    await cluster.stop("fast");
    const server = await home.start();
    assert.equal(await status(server, "/healthz"), 200);
    assert.equal(await status(server, "/readyz"), 503);
    const used = cpuSeconds(server.pid);
    await sleep(AT_REST_MS);
    const share = (cpuSeconds(server.pid) - used) / (AT_REST_MS / 1000);
    assert.ok(share < 0.3, `${share} of a core while it waits`);
    assert.equal((await api(server, "POST", "/guest", { body: { name: "early" } })).status, 503);
    await cluster.start();
    const ms = await ready(server, url);
    const { socket, send } = await witness(t, server);
    assert.equal((await ask(socket, "send", send)).ok, true);
    t.diagnostic(`ready ${ms} ms after the database, ${share.toFixed(2)} of a core while it waited`);
    await server.stop();
});
