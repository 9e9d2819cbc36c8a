// The ledger's conductor: users, rooms and clients on worker threads, who chat while the test does its worst, and the judgement.
//
//   const ledger = await Ledger.open(t, { server, dump, clients: 200, rate: 80 });
//   await ledger.act();            they chat
//   ... kill, stop, cut ...
//   await ledger.judge();          they come to rest; throws with the first offence of each kind
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { api, ask, atEnd, chatSocket, createUser, HERE, newFolder, within } from "./lib.mjs";
import { describe, indexStore, judgeSends, judgeStore } from "./ledger_judge.mjs";

const REST_MS = 60000;
const THREADS = 2;
const KINDS = [["polling"], ["websocket"], ["polling", "websocket"]];

// How much, from the environment; by hand TINCAN_LEDGER_ROUNDS=1000 TINCAN_LEDGER_CLIENTS=500 TINCAN_LEDGER_RATE=400.
export const number = (name, otherwise) => Number(process.env[`TINCAN_LEDGER_${name}`] ?? otherwise);

export class Ledger {
    // settings: { server, dump, clients, rate (actions a second), seed }. dump(live): what the store has, while the server runs or not.
    static async open(t, settings) {
        const ledger = new Ledger();
        Object.assign(ledger, settings, { workers: [], orders: new Map(), ids: 0, wanted: new Set(), judged: { acked: 0, seen: 0 } });
        ledger.clients = number("CLIENTS", settings.clients);
        ledger.rate = number("RATE", settings.rate);
        ledger.seed = number("SEED", settings.seed ?? Math.floor(Math.random() * 2 ** 31));
        ledger.folder = newFolder("ledger");
        atEnd(t, () => ledger.close());
        await ledger.people(t);
        await ledger.begin();
        return ledger;
    }

    // Four fifths as many users as clients: the others are second devices. One keeper who owns the rooms.
    async people(t) {
        const { server, clients } = this;
        const usersN = Math.max(2, Math.round(clients * 0.8));
        const keeper = await createUser(server, "keeper", { password: "keeper's long password" });
        this.users = [];
        for (let at = 0; at < usersN; at++) this.users.push(await createUser(server, `user-${at}`, { guest: true }));
        const socket = await chatSocket(t, server, keeper, { transports: ["websocket"] });
        const done = async (event, payload) => {
            const reply = await ask(socket, event, payload);
            assert.equal(reply.ok, true, `${event} ${JSON.stringify(payload)}: ${JSON.stringify(reply)}`);
            return reply;
        };
        this.rooms = [];
        for (let n = 0; n < 7; n++) {
            const kind = n < 4 ? "public" : "private";
            const { room } = await done("room.create", { name: `room-${n}`, kind });
            // Everybody is in two of them.
            const members = this.users.filter((_, at) => at % 7 === n || (at + 3) % 7 === n);
            for (const { id } of members) await done("room.invite", { room: room.id, user: id });
            this.rooms.push({ id: room.id, kind, members });
        }
        this.keeper = keeper;
        socket.disconnect();
    }

    settingsOf(at) {
        const user = this.users[at % this.users.length];
        const next = this.users[(at + 1) % this.users.length];
        return {
            name: `${at}/${user.name}/${KINDS[at % 3].join("+")}`,
            user: user.id,
            token: user.token,
            transports: KINDS[at % 3],
            opens: at % 12 === 0 && at + 1 < this.users.length ? [next.id] : [],
            mayLeave: this.rooms.filter(({ kind }) => kind === "public").map(({ id }) => id),
            mayKick: [],
        };
    }

    async begin() {
        const settings = Array.from({ length: this.clients }, (_, at) => this.settingsOf(at));
        // The keeper chats, too, and throws people out of the private rooms and lets them in again.
        settings.push({
            ...this.settingsOf(1), name: "keeper/websocket", user: this.keeper.id, token: this.keeper.token, opens: [], mayLeave: [],
            mayKick: this.rooms.map(({ id, members }) => [id, members.slice(0, 5).map((user) => user.id)]),
        });
        for (let n = 0; n < THREADS; n++) {
            const worker = new Worker(new URL("./ledger_worker.mjs", import.meta.url), {
                workerData: { url: this.server.url, seed: this.seed + n, rate: this.rate / THREADS },
            });
            worker.on("message", ({ id, ...answer }) => this.orders.get(id)?.(answer));
            worker.on("error", (error) => (this.broken = error));
            this.workers.push(worker);
        }
        const answers = await Promise.all(this.workers.map((worker, n) =>
            this.order(worker, "start", { settings: settings.filter((_, at) => at % THREADS === n) })));
        this.complain("could not start", answers.flatMap(({ stuck }) => stuck));
    }

    order(worker, order, more = {}) {
        const id = ++this.ids;
        const answer = new Promise((resolve) => this.orders.set(id, resolve));
        worker.postMessage({ id, order, ...more });
        return within(answer, `the clients to ${order}`, REST_MS * 4).then((got) => {
            this.orders.delete(id);
            if (this.broken) throw this.broken;
            if (got.error) throw new Error(got.error);
            return got;
        });
    }

    all(order, more) {
        return Promise.all(this.workers.map((worker) => this.order(worker, order, more)));
    }

    complain(what, list) {
        assert.ok(list.length === 0, `${list.length} clients ${what} (seed ${this.seed}); the first:\n${list.slice(0, 5).join("\n")}`);
    }

    act(on = true) {
        return this.all("act", { on });
    }

    // Everything is acked, live events bring everybody to where the server is, and each client pages through all of one room.
    async rest() {
        const answers = await this.all("rest", { ms: REST_MS });
        this.complain("could not come to rest", answers.flatMap(({ stuck }) => stuck));
        const { rooms } = await this.dump(true);
        const ends = Object.fromEntries(rooms.map(({ id, ev }) => [id, ev]));
        await this.all("settle", { ends, ms: 5000 });
        this.walks = await this.all("walk");
        this.marks = await this.all("marks");
    }

    // Come to rest, and compare with the store; stop (optional) stops the server before its store is read.
    async judge(stop) {
        await this.rest();
        if (stop) await stop();
        const dump = await this.dump(!stop);
        const file = join(this.folder, "dump.json");
        writeFileSync(file, JSON.stringify(dump));
        const store = indexStore(dump);
        const answers = await this.all("judge", { dump: file });
        const records = answers.flatMap((answer) => answer.records);
        const problems = [...judgeStore(store), ...judgeSends(store, records, this.wanted), ...answers.flatMap((answer) => answer.problems)];
        this.judged.acked += records.reduce((sum, { sends }) => sum + sends.filter(({ acks }) => acks.length > 0).length, 0);
        this.judged.seen += answers.reduce((sum, { seen }) => sum + seen, 0);
        this.counts = sums(answers.flatMap(({ counts }) => counts));
        const surprises = answers.flatMap((answer) => answer.surprises);
        assert.ok(problems.length === 0, `the ledger (seed ${this.seed}) does not agree with the store:\n${describe(problems)}`);
        this.complain("got no markers", this.marks.flatMap(({ stuck }) => stuck));
        this.complain("could not page through a room", this.walks.flatMap(({ stuck }) => stuck));
        this.complain("got answers that they should not get", surprises);
        return dump;
    }

    // For long runs: what was judged is forgotten, and everybody gets a new token before the old one is over.
    async forget() {
        const tokens = {};
        for (const user of [...this.users, this.keeper]) {
            const answer = await api(this.server, "POST", "/refresh", { body: {}, cookie: user.cookie });
            assert.equal(answer.status, 200, `a new token for ${user.name}: ${answer.text}`);
            Object.assign(user, { cookie: answer.cookie, token: answer.body.token });
            tokens[user.id] = user.token;
        }
        await this.all("tokens", { tokens });
        return this.all("forget");
    }

    async close() {
        await Promise.race([this.all("stop").catch(() => {}), new Promise((resolve) => setTimeout(resolve, 3000))]);
        await Promise.all(this.workers.map((worker) => worker.terminate()));
    }

    // For the log of the test.
    toString() {
        const counts = Object.entries(this.counts ?? {}).map(([name, n]) => `${name} ${n}`).join(", ");
        return `seed ${this.seed}: ${this.judged.acked} acked, ${this.judged.seen} events seen live; ${counts}`;
    }
}

// The content of a SQLite file or a PostgreSQL database, for settings.dump.
export const sqliteDump = (file) => (live) => storeDump(live ? "sqlite-live" : "sqlite", file);
export const postgresDump = (url) => () => storeDump("postgres", url);

function storeDump(kind, where) {
    const program = join(HERE, "..", "support", "store_dump.py");
    const done = spawnSync("/usr/bin/python3", ["-B", program, kind, where], { encoding: "utf8", maxBuffer: 2 ** 30 });
    assert.equal(done.status, 0, `store_dump.py ${kind}: ${done.stderr}`);
    return JSON.parse(done.stdout);
}

function sums(list) {
    const total = {};
    for (const counts of list) for (const [name, n] of Object.entries(counts)) total[name] = (total[name] ?? 0) + n;
    return total;
}

// Kill the server at random moments and start it again on the same port and data, rounds times.
// start(port): a started Server. Returns { server, readyMs: the longest time until it listened again }.
export async function killLoop(ledger, server, start, { rounds, roundMs = [1000, 3000] }) {
    let readyMs = 0;
    for (let round = 0; round < rounds; round++) {
        const wait = roundMs[0] + Math.random() * (roundMs[1] - roundMs[0]);
        await new Promise((resolve) => setTimeout(resolve, wait));
        await server.kill();
        const began = performance.now();
        server = await start(server.port);
        readyMs = Math.max(readyMs, performance.now() - began);
    }
    await new Promise((resolve) => setTimeout(resolve, roundMs[0]));
    return { server, readyMs: Math.round(readyMs) };
}
