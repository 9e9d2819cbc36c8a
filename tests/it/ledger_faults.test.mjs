// The promise about messages, on SQLite on a disk that fails: full, slow, unable to sync, and without power.
// tincan-test: reactors=4 timeout=600 slots=2
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FaultDisk } from "./fault_lib.mjs";
import { api, ask, chatSocket, createUser, IS_LONG, OURS_ONLY, request, Server, serverCommand, sleep, until } from "./lib.mjs";
import { Ledger } from "./ledger.mjs";
import { sqliteHome } from "./ledger_home.mjs";
import { newCid } from "./matrix_stage.mjs";

const ours = { skip: OURS_ONLY };
const status = async (server, path) => (await request(server, { path })).status;

// A server on a failing disk, clients that chat, and a witness who sends by hand.
async function open(t, { clients = 40, rate = 100, shadow = false } = {}) {
    const home = sqliteHome(t);
    const disk = new FaultDisk(t, home.data, { shadow });
    home.env = disk.env();
    const server = await home.start();
    const ledger = await Ledger.open(t, { server, dump: home.dump, clients, rate });
    return { home, disk, server, ledger };
}

async function witness(t, server, name = "witness") {
    const user = await createUser(server, name, { guest: true });
    const socket = await chatSocket(t, server, user, { transports: ["websocket"] });
    const { rooms } = await ask(socket, "resume", { rooms: {} });
    const room = rooms.find((r) => r.name === "lobby").id;
    return { user, socket, room, send: (text) => ask(socket, "send", { room, cid: newCid(), text }) };
}

test("a full disk: nack, reading goes on, and so does all when there is room again", ours, async (t) => {
    const { disk, server, ledger } = await open(t);
    const { socket, room, send } = await witness(t, server);
    assert.equal((await send("before")).ok, true);
    for (let round = 0; round < 3; round++) {
        await ledger.act();
        await sleep(1000);
        disk.set("FULL", 1);
        const refused = await until(async () => {
            const reply = await send(`full ${"x".repeat(15000)}`);
            return reply.ok ? undefined : reply;
        }, "a send to be refused");
        assert.equal(refused.error.code, "full", JSON.stringify(refused));
        assert.equal(refused.error.retry, "same");
        const history = await ask(socket, "history", { room, limit: 5 });
        assert.equal(history.ok, true, JSON.stringify(history));
        assert.ok(history.messages.length > 0);
        assert.equal(await status(server, "/healthz"), 200);
        await notReady(server, send);
        await sleep(1500);
        disk.set("FULL", 0);
        await until(async () => (await send("after")).ok, "a send to be done");
        assert.equal(await status(server, "/readyz"), 200);
    }
    assert.ok(socket.connected, "the connection outlived it");
    assert.ok(disk.get("SEEN_FAILURES") > 0);
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}; ${disk.get("SEEN_FAILURES")} writes failed`);
    assert.ok(ledger.counts.nacks > 0, `${ledger}`);
});

// What a large message finds too little may do for a row or two.
const notReady = (server, send) => until(async () => {
    await send("x");
    return (await status(server, "/readyz")) === 503;
}, "/readyz to say that nothing can be written");

// A small file system of its own, in a mount namespace of its own, which neither root nor anything else is needed for.
const mayMount = spawnSync("unshare", ["-Urm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]).status === 0;
const mounts = { skip: OURS_ONLY || (!mayMount && "no name space of one's own is allowed here") };

test("a small file system that is really full", mounts, async (t) => {
    const home = sqliteHome(t);
    const folder = join(home.data, "small");
    mkdirSync(folder);
    const inner = sqliteHome(t, folder);
    const mount = 'mount -t tmpfs -o size=3m none "$0" && exec "$@"';
    const [program, args] = serverCommand(inner.arguments());
    const child = spawn("unshare", ["-Urm", "sh", "-c", mount, folder, program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const server = await inner.keep(new Server(child)).listening();
    const seen = join("/proc", String(server.pid), "root", folder);
    const { socket, room, send } = await witness(t, server);
    let done = 0;
    const refused = await until(async () => {
        const reply = await send(`${done} ${"x".repeat(15000)}`);
        done += reply.ok ? 1 : 0;
        return reply.ok ? undefined : reply;
    }, "the disk to be full", 60000);
    assert.equal(refused.error.code, "full", JSON.stringify(refused));
    assert.ok(done > 20, `${done} were sent`);
    const { bavail, bsize } = statfsSync(seen);
    assert.ok(bavail * bsize < 100000, `${bavail * bsize} bytes are free`);
    const { messages } = await ask(socket, "history", { room, limit: 5 });
    assert.ok(messages.at(-1).text.startsWith(`${done - 1} x`), "reading goes on");
    await notReady(server, send);
    // More room, as an operator would make.
    const inside = ["-t", String(server.pid), "-U", "-m", "--preserve-credentials"];
    const enter = spawnSync("nsenter", [...inside, "mount", "-o", "remount,size=20m", folder], { encoding: "utf8" });
    assert.equal(enter.status, 0, enter.stderr);
    await until(async () => (await send("room again")).ok, "a send to be done");
    const all = [];
    for (let before; ; before = all[0].seq) {
        const { messages: page } = await ask(socket, "history", { room, limit: 100, ...(before && { before }) });
        if (page.length === 0) break;
        all.unshift(...page);
    }
    assert.equal(all.filter(({ text }) => /^\d+ x/.test(text)).length, done, "each acked message, once");
    await server.stop();
});

test("a sync that fails: the server goes on, or ends and says why; nothing is acked that the power could take", ours, async (t) => {
    const { home, disk, server: first, ledger } = await open(t, { shadow: true });
    let server = first;
    let exits = 0;
    for (let round = 0; round < (IS_LONG ? 60 : 4); round++) {
        await ledger.act();
        await sleep(700);
        // From one failing sync to all of them for a while.
        const before = disk.get("SEEN_FAILURES");
        disk.set("SYNC_FAIL_AT", round % 3 === 2 ? -1 : 1 + Math.floor(Math.random() * 20));
        await until(() => disk.get("SEEN_FAILURES") > before, "a sync to fail");
        await sleep(300);
        disk.set("SYNC_FAIL_AT", 0);
        await sleep(500);
        if (server.child.exitCode !== null || server.child.signalCode !== null) {
            exits++;
            assert.ok(
                server.child.exitCode > 0, `it ended with ${server.child.exitCode ?? server.child.signalCode}:\n${server.stderr}`,
            );
        } else {
            await until(async () => (await status(server, "/readyz")) === 200, "the server to work again");
            await server.kill();
        }
        assert.match(server.stderr, /disk I\/O error/, "the log says what failed");
        disk.loseUnsynced(() => Math.random() < 0.5);
        server = await home.start(server.port);
    }
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}; it ended by itself ${exits} times`);
    assert.ok(ledger.judged.acked > 50, `${ledger}`);
});

// What a failed sync should have written stays in the kernel's memory, where the next server finds it: nothing may be built on it.
test("a sync that fails, a server that is killed at once, and soon the power", ours, async (t) => {
    const { home, disk, server: first, ledger } = await open(t, { shadow: true, rate: 200 });
    let server = first;
    const { user, room } = await witness(t, server);
    const said = [];
    for (let round = 0; round < (IS_LONG ? 60 : 5); round++) {
        await ledger.act();
        await sleep(300);
        const before = disk.get("SEEN_FAILURES");
        disk.set("SYNC_FAIL_AT", 1);
        await until(() => disk.get("SEEN_FAILURES") > before, "a sync to fail");
        await server.kill();
        disk.set("SYNC_FAIL_AT", 0);
        server = await home.start(server.port);
        const socket = await chatSocket(t, server, user, { transports: ["websocket"] });
        for (let n = 0; n < 5; n++) {
            said.push(`round ${round}, ${n}`);
            assert.equal((await ask(socket, "send", { room, cid: newCid(), text: said.at(-1) })).ok, true);
        }
        await server.kill();
        disk.loseUnsynced(() => false);
        server = await home.start(server.port);
        const there = new Set(home.dump(true).messages.map(({ text }) => text));
        assert.deepEqual(said.filter((text) => !there.has(text)), [], "acked, and gone with the power");
    }
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}`);
});

test("power cuts: what was acked, and what anybody saw, is on the disk", ours, async (t) => {
    const { home, disk, server: first, ledger } = await open(t, { shadow: true });
    let server = first;
    let lost = 0;
    // Slow enough for the power to go in the middle of something.
    disk.set("SYNC_DELAY_US", 20000);
    for (let round = 0; round < (IS_LONG ? 100 : 6); round++) {
        await ledger.act();
        await sleep(500 + Math.random() * 1500);
        await server.kill();
        const chance = [0, 0.5, 0.9, 1][round % 4];
        lost += disk.loseUnsynced(() => Math.random() < chance).lost;
        server = await home.start(server.port);
    }
    await sleep(500);
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}; ${lost} writes were lost`);
    assert.ok(lost > 0, "no write was ever lost");
});

test("a slow disk: everything is acked, late", ours, async (t) => {
    const { disk, server, ledger } = await open(t);
    disk.set("SYNC_DELAY_US", 100000);
    await ledger.act();
    await sleep(4000);
    disk.set("SYNC_DELAY_US", 0);
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}`);
    assert.ok(ledger.judged.acked > 100, `a batch a commit: ${ledger}`);
});

test("the time of day jumps: order stays, tokens obey", ours, async (t) => {
    const { disk, server, ledger } = await open(t);
    const { user, socket, send } = await witness(t, server);
    const seqs = [];
    const say = async () => seqs.push((await send("tick")).seq);
    const DAY_US = 86400 * 1e6;
    const connects = async (token) => {
        try {
            (await chatSocket(t, server, { ...user, token })).disconnect();
            return "ok";
        } catch (error) {
            return /"code":"auth"/.test(error.message) ? "auth" : error.message;
        }
    };
    await ledger.act();
    await sleep(1500);
    await say();
    // Three days on: tokens of ten minutes are over, sessions of thirty days are not; who is connected stays so.
    disk.set("CLOCK_US", 3 * DAY_US);
    await say();
    assert.equal(await connects(user.token), "auth");
    const renewed = await api(server, "POST", "/refresh", { body: {}, cookie: user.cookie });
    assert.equal(renewed.status, 200, renewed.text);
    assert.equal(await connects(renewed.body.token), "ok");
    await sleep(1500);
    // And back to an hour ago: what was issued in the future is not good yet.
    disk.set("CLOCK_US", -3600e6);
    await say();
    assert.equal(await connects(renewed.body.token), "auth");
    const again = await api(server, "POST", "/refresh", { body: {}, cookie: renewed.cookie });
    assert.equal(again.status, 200, again.text);
    assert.equal(await connects(again.body.token), "ok");
    assert.ok(socket.connected);
    await sleep(1500);
    disk.set("CLOCK_US", 0);
    await say();
    assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
    assert.equal(new Set(seqs).size, seqs.length);
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}`);
});
