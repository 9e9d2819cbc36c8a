// A thread of the ledger's clients: it lets them chat at random, brings them to rest, and judges what they saw.
// Messages in: start, act, rest, judge, forget, stop; each is answered by one with the same name.
import http from "node:http";
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { LedgerClient } from "./ledger_client.mjs";
import { indexStore, judgeClient, judgeMarks } from "./ledger_judge.mjs";

const EMOJI = ["👍", "🎉", "❤️", "😀"];
const TICK_MS = 50;
const { url, seed, rate } = workerData;
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
const random = randomOf(seed);
const clients = [];
let acting = false;

// mulberry32: the same seed makes the same choices.
function randomOf(state) {
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}
const pick = (list) => list[Math.floor(random() * list.length)];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition, ms) {
    const end = Date.now() + ms;
    while (!condition()) {
        if (Date.now() > end) return false;
        await sleep(20);
    }
    return true;
}

// ---- what they do --------------------------------------------------------------------------------------------------

const newest = (room, n, wanted) => {
    const found = [];
    for (let seq = room.low + room.rows.size - 1; seq >= room.low && found.length < n; seq--) {
        const row = room.rows.get(seq);
        if (row && wanted(row)) found.push(row);
    }
    return found;
};

const recentOwn = (client, room) => pick(newest(room, 5, (row) => row.from === client.user && !row.deleted));
const recent = (room) => pick(newest(room, 10, (row) => !row.deleted));

// Weighted: [weight, action(client, room)].
const ACTIONS = [
    [60, (client, room) => client.send(room.id)],
    [8, (client, room) => { for (let n = 1 + Math.floor(random() * 8); n > 0; n--) client.send(room.id); }],
    [8, (client, room) => { const row = recentOwn(client, room); if (row) client.edit(room, row); }],
    [4, (client, room) => { const row = recentOwn(client, room); if (row) client.erase(room, row); }],
    [8, (client, room) => { const row = recent(room); if (row) client.react(room, row, pick(EMOJI), random() < 0.7); }],
    [4, (client, room) => client.read(room)],
    [4, (client, room) => client.page(room, 1 + Math.floor(random() * 50))],
    [2, (client, room) => { if (client.mayLeave.has(room.id)) client.leaveAndJoin(room, random() * 500); }],
    [1.5, (client) => reconnect(client)],
    [1, (client) => client.reload()],
    [0.5, (client) => client.doubtEpoch()],
];
const WEIGHTS = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

function actOnce(client) {
    const room = pick([...client.rooms.values()]);
    if (!room) return;
    let at = random() * WEIGHTS;
    const [, action] = ACTIONS.find(([weight]) => (at -= weight) < 0) ?? ACTIONS[0];
    action(client, room);
}

// Goodbye and back, or the wire is cut, whatever transport it is on at that moment.
function reconnect(client) {
    const { socket } = client;
    const { engine } = socket.io;
    if (random() < 0.4) {
        socket.disconnect();
        setTimeout(() => client.stopped || socket.connect(), random() * 300);
    } else if (engine?.transport?.ws) {
        engine.transport.ws.terminate();
    } else {
        engine?.close();
    }
}

// Some upgrades are cut while they happen. The stock client may then sit with a paused transport until its ping timeout.
function disturbUpgrade(client) {
    client.socket.io.on("open", () => {
        client.socket.io.engine.on("upgrading", (transport) => {
            if (acting && random() < 0.15) setTimeout(() => transport.ws?.terminate?.(), random() * 20);
        });
    });
}

async function actForever() {
    for (;;) {
        await sleep(TICK_MS);
        if (!acting) continue;
        for (const client of clients) {
            const room = random() < TICK_MS / 1000 ? pick([...client.mayKick.keys()]) : undefined;
            if (room && client.ready && client.rooms.has(room)) {
                client.kickAndInvite(client.rooms.get(room), pick(client.mayKick.get(room)), random() * 500);
            }
        }
        const n = (rate * TICK_MS) / 1000;
        for (let due = Math.floor(n) + (random() < n % 1 ? 1 : 0); due > 0; due--) {
            const client = pick(clients);
            // Who is offline goes on writing; everything else needs an answer.
            if (client.ready) actOnce(client);
            else if (client.rooms.size > 0 && client.unacked < 30) client.send(pick([...client.rooms.keys()]));
        }
    }
}

// ---- orders --------------------------------------------------------------------------------------------------------

const orders = {
    // Connect them all, let each open its dms.
    async start({ settings }) {
        for (const setting of settings) {
            const client = new LedgerClient({ ...setting, url, agent });
            client.mayLeave = new Set(setting.mayLeave);
            client.mayKick = new Map(setting.mayKick);
            disturbUpgrade(client);
            clients.push(client);
            client.start();
        }
        const stuck = await everyoneReady(60000);
        if (stuck.length > 0) return { stuck };
        for (const [at, { opens = [] }] of settings.entries()) {
            for (const user of opens) {
                const reply = await clients[at].ask("dm", { user });
                if (!reply?.ok) return { stuck: [`${clients[at].name}: dm: ${JSON.stringify(reply)}`] };
                if (!clients[at].rooms.has(reply.room.id)) clients[at].joined(reply.room);
            }
        }
        return { stuck: [] };
    },

    async act({ on }) {
        acting = on;
        return {};
    },

    // Until everything is acked; says who cannot get there. Nobody catches up by asking here: live events have to do it.
    async rest({ ms }) {
        acting = false;
        const stuck = await everyoneReady(ms);
        if (stuck.length > 0) return { stuck };
        // Some have read something at last, which their other devices are to know.
        for (const client of clients.filter((c) => c.rooms.size > 0 && random() < 0.5)) client.read(pick([...client.rooms.values()]));
        // Who has left a room comes back to it, too: an event behind the reading of the store would be one that it does not have.
        const isBusy = (c) => !c.ready || c.unacked > 0 || c.waiting.size > 0 || c.errands > 0;
        await until(() => !clients.some(isBusy), ms);
        return {
            stuck: clients.filter(isBusy).map((c) =>
                `${c.name}: ${c.ready ? "" : "not connected, "}${c.unacked} unacked, ${c.waiting.size} answers missing, ${c.errands} errands; last nack ${c.lastNack}`),
        };
    },

    // Wait until everybody is where the server is. ends: { room: ev }.
    async settle({ ends, ms }) {
        const behind = () => clients.flatMap((c) => [...c.rooms.values()].filter((r) => r.ev !== ends[r.id]).map((r) => [c, r]));
        await until(() => behind().length === 0, ms);
        return { behind: behind().map(([c, r]) => `${c.name} room ${r.id}: ev ${r.ev} of ${ends[r.id]}`) };
    },

    // Page back to the beginning of a room each.
    async walk() {
        const stuck = [];
        await Promise.all(clients.map(async (client) => {
            const room = pick([...client.rooms.values()]);
            for (let pages = 0; room && room.low > 1; pages++) {
                const { low } = room;
                await client.page(room, 100);
                if (room.low < low) continue;
                stuck.push(`${client.name} room ${room.id}: no page before ${low}`);
                return;
            }
        }));
        return { stuck };
    },

    // Ask for the markers on every device.
    async marks() {
        await Promise.all(clients.map(async (client) => (client.marksNow = await client.marks())));
        return { stuck: clients.filter((client) => !client.marksNow).map((client) => `${client.name}: no markers`) };
    },

    async judge({ dump }) {
        const store = indexStore(JSON.parse(readFileSync(dump, "utf8")));
        const records = clients.map((client) => client.record(client.marksNow ?? {}));
        return {
            problems: [...records.flatMap((record) => judgeClient(store, record)), ...judgeMarks(store, records)],
            records: records.map(({ name, user, sends, changes }) => ({ name, user, sends, changes })),
            seen: records.reduce((sum, { trace }) => sum + trace.filter(({ t }) => t === "live").length, 0),
            counts: clients.map(({ counts }) => counts),
            surprises: clients.flatMap(({ name, surprises = [] }) => surprises.map((what) => `${name}: ${what}`)),
        };
    },

    async forget() {
        for (const client of clients) {
            client.forget();
            client.surprises = [];
        }
        return {};
    },

    async tokens({ tokens }) {
        for (const client of clients) client.token = tokens[client.user] ?? client.token;
        return {};
    },

    async stop() {
        for (const client of clients) client.stop();
        agent.destroy();
        setTimeout(() => process.exit(0), 50);
        return {};
    },
};

async function everyoneReady(ms) {
    await until(() => clients.every((client) => client.ready), ms);
    return clients.filter((client) => !client.ready).map((client) =>
        `${client.name} (${client.socket.io.engine?.transport?.name}): ${client.socket.connected ? "no answer to resume" : "not connected"}; ` +
        `last error: ${client.lastError ?? client.surprises?.at(-1) ?? "none"}`);
}

parentPort.on("message", async (message) => {
    try {
        parentPort.postMessage({ id: message.id, ...(await orders[message.order](message)) });
    } catch (error) {
        parentPort.postMessage({ id: message.id, error: error.stack });
    }
});
actForever();
