// The ledger itself: does it cry? First its judge, on records by hand with one fault each; then all of it, on a chat server in a few
// lines that has one fault each.
// tincan-test: timeout=300
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { atEnd, createUser, HERE, IS_LONG, newFolder, OURS_ONLY, Server, until } from "./lib.mjs";
import { Ledger, killLoop } from "./ledger.mjs";
import { LedgerClient } from "./ledger_client.mjs";
import { describe, judge, reactionsKey } from "./ledger_judge.mjs";

// ---- by hand ---------------------------------------------------------------------------------------------------------

const A = 1;
const B = 2;
const ROOM = 5;
const cid = (n) => n.toString(16).padStart(32, "0");

// Two users in a room: three messages, the second edited, the third deleted, then B is kicked. Everybody saw it right.
function rightDump() {
    const message = (seq, sender, more) => ({ room: ROOM, seq, sender, cid: cid(seq), rev: 1, text: `text ${seq}`, deleted: false, ...more });
    const event = (ev, kind, seq, actor, more) => ({ room: ROOM, ev, kind, seq, actor, target: 0, ...more });
    return {
        rooms: [{ id: ROOM, seq: 3, ev: 7, min_seq: 1, min_ev: 0 }],
        messages: [message(1, A), message(2, B, { rev: 2, text: "better" }), message(3, A, { rev: 2, text: "", deleted: true })],
        events: [
            event(1, "message", 1, A), event(2, "message", 2, B), event(3, "edit", 2, B), event(4, "message", 3, A), event(5, "react", 1, B),
            event(6, "delete", 3, A), event(7, "member", 0, A, { target: B, change: "kick" }),
        ],
        reactions: [{ room: ROOM, seq: 1, emoji: "👍", account: B }],
        members: [{ account: A, room: ROOM, joined: true, read_seq: 1 }, { account: B, room: ROOM, joined: false, read_seq: 2 }],
    };
}

function rightClients() {
    const m = (seq, rev, text, deleted = false) => ({ seq, cid: cid(seq), rev, text, deleted });
    const live = () => [
        { t: "live", room: ROOM, ev: 1, kind: "message", message: m(1, 1, "text 1") },
        { t: "live", room: ROOM, ev: 2, kind: "message", message: m(2, 1, "text 2") },
        { t: "live", room: ROOM, ev: 3, kind: "edit", message: m(2, 2, "better") },
        { t: "live", room: ROOM, ev: 4, kind: "message", message: m(3, 1, "text 3") },
        { t: "live", room: ROOM, ev: 5, kind: "react", message: m(1, 1, "text 1") },
        { t: "live", room: ROOM, ev: 6, kind: "delete", message: m(3, 2, "", true) },
        { t: "live", room: ROOM, ev: 7, kind: "member", user: B, change: "kick" },
    ];
    const send = (seq, ev) => ({ room: ROOM, cid: cid(seq), acks: [{ seq, ev }], nacks: 0 });
    const rows = new Map([
        [1, { ...m(1, 1, "text 1"), from: A, reactions: `👍 ${B}` }],
        [2, { ...m(2, 2, "better"), from: B, reactions: "" }],
        [3, { ...m(3, 2, "", true), from: A, reactions: "" }],
    ]);
    const a = {
        name: "a", user: A, sends: [send(1, 1), send(3, 4)], changes: [{ op: "delete", room: ROOM, seq: 3, ev: 6 }],
        trace: [
            { t: "up" }, { t: "ask", ask: 1 }, { t: "cut", room: ROOM, ev: 0 }, ...live(), { t: "ask", ask: 2 },
            { t: "page", ask: 2, room: ROOM, messages: [m(1, 1, "text 1"), m(2, 2, "better"), m(3, 2, "", true)] },
            { t: "ask", ask: 3 },
            { t: "delta", ask: 3, room: ROOM, after: 5, ev: 7, events: live().slice(5) },
        ],
        rooms: { [ROOM]: { ev: 7, low: 1, read: 1, rows } }, marks: { [ROOM]: { read_seq: 1, unread: 1, mentions: 0 } },
    };
    const b = {
        name: "b", user: B, sends: [send(2, 2)], changes: [
            { op: "edit", room: ROOM, seq: 2, ev: 3, rev: 2, text: "better" }, { op: "react", room: ROOM, seq: 1, ev: 5, emoji: "👍", on: true },
        ],
        trace: [{ t: "up" }, { t: "cut", room: ROOM, ev: 0 }, ...live().slice(0, -1), { t: "out", room: ROOM }], rooms: {}, marks: {},
    };
    return [a, b];
}

test("judge: what is right passes", () => {
    assert.equal(describe(judge(rightDump(), rightClients())), "");
});

// [what is wrong, the rule that has to say so, where, plant(dump, a, b)]
const faults = [
    ["an acked message is not in the store", "lost", /client b.*cid 0+f$/, (dump, a, b) => {
        b.sends.push({ room: ROOM, cid: cid(15), acks: [{ seq: 2, ev: 2 }], nacks: 0 });
    }],
    ["an ack names another seq", "ack", /cid 0+1/, (dump, a) => (a.sends[0].acks[0].seq = 2)],
    ["a second ack names another seq", "ack", /cid 0+1/, (dump, a) => a.sends[0].acks.push({ seq: 3, ev: 4 })],
    ["an ack names another ev", "ack", /cid 0+1/, (dump, a) => (a.sends[0].acks[0].ev = 3)],
    ["a cid has two rows", "doubled", /cid 0+1/, (dump) => {
        dump.rooms[0].seq = 4;
        dump.rooms[0].ev = 8;
        dump.messages.push({ ...dump.messages[0], seq: 4 });
        dump.events.push({ ...dump.events[0], ev: 8, seq: 4 });
    }],
    ["a message nobody sent", "phantom", /seq 1/, (dump, a) => a.sends.shift()],
    ["a refused message is stored", "refused", /cid 0+3/, (dump, a) => Object.assign(a.sends[1], { acks: [], failed: "invalid" })],
    ["a message is never acked", "unacked", /cid 0+3/, (dump, a) => (a.sends[1].acks = [])],
    ["a row is missing", "gap", /seq 2/, (dump) => dump.messages.splice(1, 1)],
    ["an event is missing", "gap", /ev 5/, (dump) => dump.events.splice(4, 1)],
    ["a row beyond the counter", "gap", /seq 3/, (dump) => (dump.rooms[0].seq = 2)],
    ["an event beyond the counter", "gap", /ev 7/, (dump) => (dump.rooms[0].ev = 6)],
    ["messages in another order than their events", "order", /ev 1/, (dump) => {
        [dump.events[0].seq, dump.events[1].seq] = [2, 1];
    }],
    ["one's own messages in another order than sent", "order", /client a.*cid 0+1/, (dump, a) => a.sends.reverse()],
    ["an acked edit is lost", "lost", /client b.*seq 2/, (dump) => Object.assign(dump.messages[1], { rev: 1, text: "text 2" })],
    ["an acked delete is lost", "lost", /client a.*seq 3/, (dump) => (dump.messages[2].deleted = false)],
    ["an acked reaction is lost", "lost", /client b.*seq 1/, (dump) => dump.reactions.pop()],
    ["a reaction that was taken back is there", "lost", /client b.*seq 1/, (dump, a, b) => b.changes.push({ ...b.changes[1], on: false })],
    ["two events swapped on the wire", "order", /client a.*ev 1/, (dump, a) => {
        [a.trace[3], a.trace[4]] = [a.trace[4], a.trace[3]];
    }],
    ["an event is left out on the wire", "skipped", /client a.*ev 3/, (dump, a) => a.trace.splice(4, 1)],
    ["the first event after a cut is left out", "skipped", /client a.*ev 2/, (dump, a) => a.trace.splice(3, 1)],
    ["an event comes twice", "order", /client a.*ev 2/, (dump, a) => a.trace.splice(4, 0, a.trace[4])],
    ["another event under the same ev", "order", /client b.*ev 5/, (dump, a, b) => (b.trace[6].kind = "edit")],
    ["another message under the same ev", "order", /client b.*ev 1/, (dump, a, b) => (b.trace[2].message.seq = 2)],
    ["another cid under the same seq", "order", /client b.*seq 1/, (dump, a, b) => (b.trace[2].message.cid = cid(9))],
    ["an event that the store does not have", "phantom", /client a.*ev 8/, (dump, a) => a.trace.splice(
        10, 0, { ...a.trace[9], ev: 8, kind: "message" },
    )],
    ["another text under the same rev", "rows", /client b.*seq 1/, (dump, a, b) => (b.trace[2].message.text = "else")],
    ["an event after removal", "leak", /client b.*ev 8/, (dump, a, b) => {
        dump.rooms[0].ev = 8;
        dump.events.push({ ...dump.events[4], ev: 8 });
        a.trace.push({ ...a.trace[7], ev: 8 });
        a.rooms[ROOM].ev = 8;
        b.trace.push({ ...b.trace[6], ev: 8 });
    }],
    ["an event to somebody who never was a member", "leak", /client c/, (dump, a, b, clients) => {
        clients.push({ name: "c", user: 3, sends: [], changes: [], trace: [{ t: "up" }, { ...b.trace[2] }], rooms: {}, marks: {} });
    }],
    ["deleted text in a later event", "deleted", /client b.*seq 3/, (dump, a, b) => {
        dump.events[6] = { ...dump.events[4], ev: 7, seq: 3 };
        b.trace[8] = { ...b.trace[5], ev: 7, kind: "react" };
        dump.members[1].joined = true;
        a.trace[9] = a.trace[13].events[1] = { ...b.trace[8], message: { ...a.trace[8].message } };
    }],
    ["a tombstone with text", "deleted", /client b.*seq 3/, (dump, a, b) => (b.trace[7].message.text = "text 3")],
    ["deleted text in a page asked for later", "deleted", /client a.*seq 3/, (dump, a) => (a.trace[11].messages[2] = { ...a.trace[6].message })],
    ["an old rev in a page asked for later", "stale", /client a.*seq 2/, (dump, a) => (a.trace[11].messages[1] = { ...a.trace[4].message })],
    ["a page with a hole", "page", /client a.*seq 3/, (dump, a) => a.trace[11].messages.splice(1, 1)],
    ["a partial delta", "delta", /client a/, (dump, a) => a.trace[13].events.shift()],
    ["a delta in another order", "delta", /client a/, (dump, a) => a.trace[13].events.reverse()],
    ["a delta that ends early", "delta", /client a/, (dump, a) => a.trace[13].events.pop()],
    ["a row is missing at the end", "missing", /client a.*seq 2/, (dump, a) => a.rooms[ROOM].rows.delete(2)],
    ["a row differs at the end", "rows", /client a.*seq 2/, (dump, a) => (a.rooms[ROOM].rows.get(2).text = "text 2")],
    ["reactions differ at the end", "rows", /client a.*seq 1/, (dump, a) => (a.rooms[ROOM].rows.get(1).reactions = "")],
    ["a row too many at the end", "rows", /client a.*seq 4/, (dump, a) => a.rooms[ROOM].rows.set(4, {})],
    ["another device's reading was not told", "marks", /client a/, (dump, a) => (a.rooms[ROOM].read = 0)],
    ["a client stays behind", "behind", /client a/, (dump, a) => (a.rooms[ROOM].ev = 6)],
    ["a wrong unread count", "marks", /client a/, (dump, a) => (a.marks[ROOM].unread = 2)],
    ["a wrong read marker", "marks", /client a/, (dump, a) => (a.marks[ROOM].read_seq = 2)],
    ["a marker in a room one has left", "marks", /client b/, (dump, a, b) => (b.marks[ROOM] = { read_seq: 2, unread: 0 })],
];
for (const [name, rule, where, plant] of faults) {
    test(`judge cries: ${name}`, () => {
        const dump = rightDump();
        const clients = rightClients();
        plant(dump, ...clients, clients);
        const problems = judge(dump, clients);
        assert.ok(
            problems.some((p) => p.rule === rule && where.test(p.where)), `expected ${rule} at ${where}; got:\n${describe(problems)}`,
        );
    });
}

test("judge: what may happen passes: a question that was out during a delete, a reset, a new connection", () => {
    const dump = rightDump();
    const [a, b] = rightClients();
    const early = { t: "ask", ask: 7 };
    a.trace.splice(6, 0, early);
    a.trace.push({ t: "page", ask: 7, room: ROOM, messages: [{ ...a.trace[7].message, text: "text 3" }].map(
        (m) => ({ ...m, seq: 3, cid: cid(3), rev: 1 }),
    ) });
    // Of a message that changed several times, the last event is enough.
    a.trace.push(
        { t: "delta", ask: 7, room: ROOM, after: 0, ev: 7, events: [0, 2, 4, 5, 6].map((at) => a.trace.filter(({ t }) => t === "live")[at]) },
    );
    // The answer to a reaction's end was lost: nobody knows.
    b.changes.push({ ...b.changes[1], on: false, ev: 0 });
    a.trace.push({ t: "down" }, { t: "up" }, { t: "cut", room: ROOM, ev: 7 });
    assert.equal(describe(judge(dump, [a, b])), "");
});

// A leaves the room, comes back, and two messages of it are stored. make(send(seq, ev, more)): what it sent, in order.
function judgeReturned(make) {
    const dump = rightDump();
    const [a, b] = rightClients();
    Object.assign(dump.rooms[0], { ev: 11, seq: 5 });
    const member = (ev, change) => ({ room: ROOM, ev, kind: "member", seq: 0, actor: A, target: A, change });
    dump.events.push(member(8, "leave"), member(9, "join"));
    for (const [seq, ev] of [[4, 10], [5, 11]]) {
        dump.messages.push({ ...dump.messages[0], seq, cid: cid(seq), text: `text ${seq}` });
        dump.events.push({ ...dump.events[0], ev, seq });
    }
    a.sends = make((seq, ev, more) => ({ room: ROOM, cid: cid(seq), acks: [{ seq, ev }], nacks: 0, ...more }));
    return judge(dump, [a, b]).filter(({ rule }) => rule === "order");
}
const again = { at: 900, until: 950, up: 2, by: "polling", ev: 9, answer: "seq 5" };
const unanswered = { at: 400, until: 800, up: 1, by: "polling" };

// The second is stored before the first, of which these went out in vain.
const judgeOvertaken = (tries) => judgeReturned((send) => [send(1, 1), send(3, 4), send(5, 11, { tries: [...tries, again] }), send(4, 10)]);

test("judge: overtaken after a refusal that was lost passes: it was out of the room since it last heard of it", () => {
    assert.equal(describe(judgeOvertaken([{ ...unanswered, ev: 7 }])), "");
    assert.equal(describe(judgeOvertaken([{ ...unanswered, ev: 8 }])), "");
});

for (const [name, tries] of [
    ["no answer was lost", []],
    ["the answer that was lost came to a member", [{ ...unanswered, ev: 9 }]],
    ["the refusal was not lost", [{ ...unanswered, ev: 7, answer: "not_found" }]],
]) {
    test(`judge cries: overtaken, and ${name}`, () => {
        const problems = judgeOvertaken(tries);
        assert.equal(problems.length, 1, describe(problems));
        assert.match(problems[0].where, /client a.*cid 0+4$/);
        assert.match(problems[0].what, /connection 2, polling, knowing ev 9: 900 to 950 ms, seq 5/, "it says what was tried");
        assert.match(problems[0].what, /in the room from ev 0 to 8, from ev 9 to Infinity/);
    });
}

test("judge cries: behind one that was put off, one overtakes another", () => {
    const problems = judgeReturned((send) => [send(1, 1), send(5, 11, { nacks: 1 }), send(4, 10), send(3, 4)]);
    assert.equal(problems.length, 1, describe(problems));
    assert.match(problems[0].where, /client a.*cid 0+3$/);
});

test("reactions have one form", () => {
    assert.equal(reactionsKey([{ emoji: "b", users: [2, 1] }, { emoji: "a", users: [3] }]), "a 3,b 1,b 2");
    assert.equal(reactionsKey(undefined), "");
});

// ---- its clients -----------------------------------------------------------------------------------------------------

test("client: what the stock client holds back for the next connection does not overtake what goes out again", { skip: OURS_ONLY }, async (t) => {
    const server = await startModel(t, newFolder("model"), "");
    const ann = await createUser(server, "ann", { guest: true });
    const client = new LedgerClient({ url: server.url, name: "ann", user: ann.id, token: ann.token, transports: ["polling"] });
    atEnd(t, () => client.stop());
    client.start();
    await until(() => client.ready, "the client to connect");
    const { room } = await client.ask("room.create", { name: "here", kind: "public" });
    client.joined(room);
    // A wire that takes nothing any more, as after an upgrade that was cut; then a ping that is overdue, whose timer is late.
    const { engine } = client.socket.io;
    engine.flush = () => {};
    const first = client.send(room.id);
    engine._pingTimeoutTime = 1;
    const second = client.send(room.id);
    await until(() => client.unacked === 0, "both to be acked");
    assert.deepEqual([first, second].map(({ acks }) => acks[0].seq), [1, 2]);
});

// ---- all of it -------------------------------------------------------------------------------------------------------

async function startModel(t, data, fault, listen = "127.0.0.1:0") {
    const args = [join(HERE, "ledger_model_server.mjs"), "--data", data, "--fault", fault, "--listen", listen];
    const server = new Server(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] }));
    atEnd(t, async () => {
        if (server.child.exitCode === null && server.child.signalCode === null) await server.kill();
    });
    return server.listening();
}

// A fault needs its occasion, as somebody who leaves; on a busy machine there may be none for a while.
const FAULT_TURNS = 5;

async function runModel(t, fault) {
    const data = newFolder("model");
    let server = await startModel(t, data, fault);
    const dump = async () => (await fetch(`${server.url}/dump`)).json();
    const ledger = await Ledger.open(t, { server, dump, clients: 15, rate: 250, seed: 5 });
    const start = (port) => startModel(t, data, fault, `127.0.0.1:${port}`);
    for (let left = fault ? FAULT_TURNS : 1; left > 0; left--) {
        await ledger.act();
        server = (await killLoop(ledger, server, start, { rounds: 1, roundMs: [1500, 2500] })).server;
        await ledger.judge();
    }
    return ledger;
}

const planted = {
    lost: /x lost/, doubled: /x (doubled|ack)/, "wrong-ack": /x ack/, skip: /x skipped/, reorder: /x (order|skipped)/, twice: /x order/,
    "partial-delta": /x delta/, "silent-read": /x marks/, "lost-edit": /x lost/, undead: /x deleted/, leak: /x leak/, page: /x rows/,
    unread: /x marks/,
};
test("ledger: a right server passes", { skip: OURS_ONLY }, async (t) => {
    const ledger = await runModel(t, "");
    t.diagnostic(`${ledger}`);
    assert.ok(ledger.judged.acked > 100 && ledger.judged.seen > 1000 && ledger.counts.connects > 30, `${ledger}`);
});
// Each rule is judged above; these show that what really happens comes to the judge.
const usual = ["lost", "doubled", "reorder", "leak"];
for (const [fault, cry] of Object.entries(planted).filter(([name]) => IS_LONG || usual.includes(name))) {
    test(`ledger cries: ${fault}`, { skip: OURS_ONLY }, async (t) => {
        await assert.rejects(runModel(t, fault), cry);
    });
}
