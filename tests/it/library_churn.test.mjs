// Random clients for a while: they connect, upgrade, join, emit, ask, answer or not, send bytes, are cut off, come back, kick each
// other. At the end nothing is left, and every acknowledgement is accounted for. TINCAN_CHURN_SECONDS=3600 by hand.
// tincan-test: reactors=1,4 tsan timeout=4000
import assert from "node:assert/strict";
import { test } from "node:test";
import { io } from "socket.io-client";
import { sleep, until } from "./lib.mjs";
import { ask, asked, joined, startLibrary } from "./library_lib.mjs";

const SECONDS = Number(process.env.TINCAN_CHURN_SECONDS ?? (process.env.TINCAN_LONG ? 60 : 10));
const CLIENTS_N = 30;

const random = (n) => Math.floor(Math.random() * n);
const pick = (list) => list[random(list.length)];
const room = () => `room ${random(6)}`;

class Tally {
    sent = 0;
    answered = 0;
    lost = 0; // with their connection
    wrong = [];
    connects = 0;
    recoveries = 0;
    refusals = 0;
    ends = {};
}

// One life of a client, on one connection or several.
class Client {
    constructor(server, tally) {
        this.tally = tally;
        this.pending = new Set();
        this.socket = io(server.url + pick(["/", "/", "/dyn-1", "/dyn-2", "/dyn-x", "/plain", "/door"]), {
            forceNew: true,
            transports: pick([["websocket"], ["polling"], ["polling", "websocket"]]),
            reconnection: random(2) === 0,
            reconnectionDelay: 20,
            reconnectionDelayMax: 100,
            auth: { token: pick(["good", "good", "bad"]), delay: random(30), recovery: random(2) === 0, user: pick(["ana", "bob"]) },
        });
        this.socket.on("connect", () => {
            tally.connects++;
            if (this.socket.recovered) tally.recoveries++;
        });
        this.socket.on("connect_error", () => tally.refusals++);
        this.socket.on("disconnect", (reason) => {
            tally.ends[reason] = (tally.ends[reason] ?? 0) + 1;
            tally.lost += this.pending.size;
            this.pending.clear();
        });
        this.socket.on("question", (...args) => {
            const answer = args.pop();
            if (typeof answer !== "function" || random(5) === 0) return;
            setTimeout(() => answer(random(3) ? 1 : Buffer.alloc(random(2000))), random(4) ? 0 : random(50));
        });
    }

    emit(name, ...args) {
        if (!this.socket.connected) return;
        const token = { name };
        this.pending.add(token);
        this.tally.sent++;
        this.socket.emit(name, ...args, (...answer) => {
            if (!this.pending.delete(token)) this.tally.wrong.push(`${name} was answered twice`);
            this.tally.answered++;
            if (name === "echo" && JSON.stringify(answer) !== JSON.stringify(args)) this.tally.wrong.push(JSON.stringify([args, answer]));
        });
    }

    target() {
        return {
            ...pick([{}, { to: [room()] }, { to: [room(), room()] }]),
            ...pick([{}, { except: [room()] }]),
            ...pick([{}, { others: true }]),
            ...pick([{}, {}, { volatile: true }]),
        };
    }

    // Returns false when this life is over.
    async step() {
        const { socket } = this;
        switch (random(16)) {
            case 0:
            case 1:
                this.emit("join", room());
                break;
            case 2:
                this.emit("leave", room());
                break;
            case 3:
                this.emit("echo", random(1000), "x".repeat(random(300)), { a: [null] });
                break;
            case 4:
                this.emit("echo", Buffer.alloc(random(3000), 1), [Buffer.alloc(0)]);
                break;
            case 5:
            case 6:
                this.emit("send", this.target(), "said", random(100), pick(["text", Buffer.alloc(random(500))]));
                break;
            case 7:
                this.emit("send", { ...this.target(), ack: pick([5, 50, 0]) }, "question", 1);
                break;
            case 8:
                if (socket.connected) socket.emit("ask", pick([5, 50, 0]), 1);
                break;
            case 9:
                this.emit("set-data", "x".repeat(random(60)));
                break;
            case 10:
                this.emit(pick(["later", "work", "post"]), random(30));
                break;
            case 11:
                if (random(4) === 0 && socket.connected) socket.emit("leave-me", random(2) === 0);
                break;
            case 12:
                if (random(10) === 0) this.emit("kick", { to: [room()], others: true }, random(2) === 0);
                break;
            case 13: // cut off
                if (random(3) === 0) (socket.io.engine?.transport.ws ?? { terminate: () => socket.io.engine?.close() }).terminate();
                break;
            case 14:
                this.emit(pick(["sockets-join", "sockets-leave"]), this.target(), room());
                break;
            default:
                return random(5) !== 0;
        }
        await sleep(random(8));
        return true;
    }

    // Wait for what is owed, then go.
    async end() {
        if (random(3)) {
            // A connection that is lost right behind the answer to CONNECT leaves the stock client "connected" without one.
            const done = () => this.pending.size === 0 || !this.socket.connected || this.socket.io._readyState === "closed";
            await until(done, "what is owed").catch(() => {
                const { nsp, id, io: manager } = this.socket;
                const names = [...this.pending].map((p) => p.name);
                this.tally.wrong.push(`no answer for ${id} on ${nsp} by ${manager.engine?.transport.name} to ${names}`);
            });
        }
        this.tally.lost += this.pending.size;
        this.pending.clear();
        this.socket.removeAllListeners("disconnect");
        this.socket.disconnect();
        this.socket.io._close?.();
    }
}

async function lives(server, tally, until_ms) {
    while (Date.now() < until_ms) {
        const client = new Client(server, tally);
        await sleep(random(60));
        while (Date.now() < until_ms && (await client.step()));
        await client.end();
    }
}

test(`random clients for ${SECONDS} s leave nothing behind`, async (t) => {
    const server = await startLibrary(t, ["--recovery", "500", "--recovery-for", "asked", "--cleanup", "yes", "--ping-interval", "1000", "--ping-timeout", "5000"]);
    const watcher = await joined(t, server, "/hooks"); // where none of them is
    const tally = new Tally();
    const until_ms = Date.now() + SECONDS * 1000;
    await Promise.all(Array.from({ length: CLIENTS_N }, () => lives(server, tally, until_ms)));

    assert.deepEqual(tally.wrong, []);
    assert.equal(tally.sent, tally.answered + tally.lost, "every acknowledgement is accounted for");
    assert.ok(tally.answered > 10 * SECONDS && tally.connects > SECONDS, JSON.stringify(tally));
    // The server: only the watcher is left, every question has ended.
    const left = async () => (await asked(watcher, "stats")).connections;
    await until(async () => (await left()) === 1, "all connections to go", 45000); // a poller that never asks again has 30 s
    await until(async () => {
        const { asked: n, told } = await asked(watcher, "stats");
        return n === told && n > 0;
    }, "every question to end");
    assert.equal((await ask(watcher, "all-rooms"))[1], 1);
    t.diagnostic(JSON.stringify({ ...tally, ...(await asked(watcher, "stats")) }));
});
