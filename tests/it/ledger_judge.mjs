// The judge of the ledger: what clients were told and saw, against what the store has. Pure: records in, problems out.
//
// A client's record:
//   { name, user, sends, changes, trace, rooms, marks }
//   sends    in the order in which it wanted them: { room, cid, tries, acks: [{ seq, ev }], failed?: code, nacks }
//     tries  each time it went out: { at, until (ms), up: on which connection, by: transport, ev: as of which it knew the room, answer? }
//   changes  acked edits and deletes: { op, room, seq, ev, rev?, text? }; reactions in the order of asking, acked or not (ev 0):
//            { op: "react", room, seq, ev, emoji, on }
//   trace    what happened, in order:
//     { t: "up" }, { t: "down" }                          connected, disconnected
//     { t: "ask", ask }                                   a question left, `ask` numbers it
//     { t: "cut", room, ev }                              an answer said: this is the room as of ev; live goes on from there
//     { t: "live", room, ev, kind, message?, user?, change? }         an event from the server
//     { t: "delta", ask, room, after, ev, events }        a catch-up: all events after `after` up to ev
//     { t: "page", ask, room, messages }                  rows: history, or the reset of a catch-up
//     { t: "out", room, ev? }                             it knows that it is no member any more
//   rooms    at the end: { id: { ev, low, read, rows: Map(seq -> message) } }, complete from low on; read: the marker it believes in
//   marks    at the end, as the server told this device: { room: { read_seq, unread, mentions } }
//
// A problem is { rule, where, what }.

const UNREAD_COUNTED_MAX = 100;
const REMOVALS = new Set(["leave", "kick", "ban"]);

// What the rules ask of the store's dump (store_dump.py), ready to be looked up.
export function indexStore(dump) {
    const store = { ...dump, roomOf: new Map(), rowsOf: new Map(), eventsOf: new Map(), byCid: new Map(), memberOf: new Map() };
    for (const room of dump.rooms) {
        store.roomOf.set(room.id, room);
        store.rowsOf.set(room.id, new Map());
        store.eventsOf.set(room.id, new Map());
    }
    for (const row of dump.messages) {
        store.rowsOf.get(row.room).set(row.seq, row);
        const key = `${row.sender}:${row.cid}`;
        store.byCid.set(key, [...(store.byCid.get(key) ?? []), row]);
    }
    for (const event of dump.events) store.eventsOf.get(event.room).set(event.ev, event);
    for (const member of dump.members) store.memberOf.set(`${member.account}:${member.room}`, member);
    store.reactions = new Map();
    for (const { room, seq, emoji, account } of dump.reactions) {
        const key = `${room}:${seq}`;
        store.reactions.set(key, [...(store.reactions.get(key) ?? []), `${emoji} ${account}`]);
    }
    store.spans = membershipSpans(store);
    return store;
}

// Who was in which room from which ev to which, both included: Map("account:room" -> [{ from, to }]).
function membershipSpans(store) {
    const spans = new Map();
    const of = (key) => spans.get(key) ?? spans.set(key, []).get(key);
    for (const event of store.events.filter((e) => e.kind === "member").sort((a, b) => a.ev - b.ev)) {
        const list = of(`${event.target}:${event.room}`);
        const last = list.at(-1);
        if (event.change === "join") list.push({ from: event.ev, to: Infinity });
        else if (!REMOVALS.has(event.change)) continue;
        // The log begins with the removal of somebody who was there from the start.
        else if (!last) list.push({ from: 0, to: event.ev });
        else if (last.to === Infinity) last.to = event.ev;
    }
    // The creator of a room, and whoever was in it before the log began.
    for (const [key, member] of store.memberOf) if (member.joined && of(key).length === 0) of(key).push({ from: 0, to: Infinity });
    return spans;
}

const wasMember = (store, user, room, ev) =>
    (store.spans.get(`${user}:${room}`) ?? []).some(({ from, to }) => from <= ev && ev <= to);

const wasMemberAllAlong = (store, user, room, from, to) =>
    (store.spans.get(`${user}:${room}`) ?? []).some((span) => span.from <= from && to <= span.to);

export const reactionsKey = (reactions) =>
    (reactions ?? []).flatMap(({ emoji, users }) => users.map((user) => `${emoji} ${user}`)).sort().join();

// ---- the store by itself -------------------------------------------------------------------------------------------

// No gap in any room's seq and ev, counters that fit, one row for each cid, and events that name what exists.
export function judgeStore(store) {
    const problems = [];
    const problem = (rule, where, what) => problems.push({ rule, where, what });
    for (const room of store.rooms) {
        const rows = store.rowsOf.get(room.id);
        const events = store.eventsOf.get(room.id);
        for (let seq = room.min_seq; seq <= room.seq; seq++) {
            if (!rows.has(seq)) problem("gap", `room ${room.id} seq ${seq}`, `the room counts ${room.seq} messages`);
        }
        for (let ev = room.min_ev + 1; ev <= room.ev; ev++) {
            if (!events.has(ev)) problem("gap", `room ${room.id} ev ${ev}`, `the room counts ${room.ev} events`);
        }
        for (const seq of rows.keys()) {
            if (seq > room.seq) problem("gap", `room ${room.id} seq ${seq}`, `beyond the room's ${room.seq}`);
        }
        for (const ev of events.keys()) if (ev > room.ev) problem("gap", `room ${room.id} ev ${ev}`, `beyond the room's ${room.ev}`);
        problems.push(...judgeEventLog(room, events, rows));
    }
    for (const [key, rows] of store.byCid) {
        if (rows.length > 1) problem("doubled", `cid ${rows[0].cid}`, `${rows.length} rows of ${key}: seqs ${rows.map((r) => r.seq)}`);
    }
    return problems;
}

// Messages are told of once each and in the order of seq.
function judgeEventLog(room, events, rows) {
    const problems = [];
    let last = room.min_ev === 0 ? room.min_seq - 1 : undefined;
    for (const ev of [...events.keys()].sort((a, b) => a - b)) {
        const { kind, seq } = events.get(ev);
        const where = `room ${room.id} ev ${ev}`;
        if (["message", "edit", "delete", "react"].includes(kind) && seq >= room.min_seq && !rows.has(seq)) {
            problems.push({ rule: "gap", where, what: `${kind} of seq ${seq}, which is not there` });
        }
        if (kind !== "message") continue;
        if (last !== undefined && seq !== last + 1) problems.push({ rule: "order", where, what: `message ${seq} comes after ${last}` });
        last = seq;
    }
    if (last !== undefined && last !== room.seq) {
        problems.push({ rule: "gap", where: `room ${room.id}`, what: `the log ends with message ${last}, the room with ${room.seq}` });
    }
    return problems;
}

// ---- what was sent -------------------------------------------------------------------------------------------------

// Exactly one row for each acked cid, where the acks said; none of what was refused; nothing that nobody sent. wanted: what was sent
// before these records began, as "user:cid"; theirs are added.
export function judgeSends(store, clients, wanted = new Set()) {
    const problems = [];
    const anyNacks = clients.some(({ sends }) => sends.some(({ nacks }) => nacks > 0));
    for (const client of clients) {
        for (const send of client.sends) wanted.add(`${client.user}:${send.cid}`);
        problems.push(...judgeSendsOf(store, client, anyNacks), ...judgeChangesOf(store, client));
    }
    problems.push(...judgeReactions(store, clients));
    const ours = new Set(clients.map((client) => client.user));
    for (const [key, [row]] of store.byCid) {
        if (ours.has(row.sender) && !wanted.has(key)) {
            problems.push({ rule: "phantom", where: `room ${row.room} seq ${row.seq} cid ${row.cid}`, what: "nobody sent it" });
        }
    }
    return problems;
}

function judgeSendsOf(store, client, anyNacks) {
    const problems = [];
    const before = new Map();
    for (const send of client.sends) {
        const { room, cid, acks, failed } = send;
        const where = `client ${client.name} room ${room} cid ${cid}`;
        const rows = store.byCid.get(`${client.user}:${cid}`) ?? [];
        const problem = (rule, what) => problems.push({ rule, where, what });
        if (failed && rows.length > 0) problem("refused", `refused (${failed}) and yet stored as seq ${rows[0].seq}`);
        if (!failed && acks.length === 0) problem("unacked", "never acked, though the client sent it until the end");
        if (acks.length === 0) continue;
        if (rows.length === 0) {
            problem("lost", `acked as seq ${acks[0].seq}, and not in the store`);
            continue;
        }
        for (const ack of acks) {
            if (ack.seq !== rows[0].seq || rows[0].room !== room) {
                problem("ack", `acked as seq ${ack.seq}, stored as room ${rows[0].room} seq ${rows[0].seq}`);
            }
            const event = store.eventsOf.get(room)?.get(ack.ev);
            const forgotten = ack.ev <= store.roomOf.get(room).min_ev;
            if (!forgotten && !(event?.kind === "message" && event.seq === ack.seq)) {
                problem("ack", `acked as ev ${ack.ev}, which is ${event ? `${event.kind} of ${event.seq}` : "not there"}`);
            }
        }
        const mine = { send, seq: rows[0].seq, ev: acks[0].ev };
        const earlier = before.get(room) ?? before.set(room, []).get(room);
        for (const other of earlier.filter(({ seq }) => seq > mine.seq)) {
            if (mayBeOvertaken(store, client, other.send, mine.ev, anyNacks)) continue;
            problem("order", `became seq ${mine.seq} after this client's earlier one had become ${other.seq}\n${history(store, client, [other, mine])}`);
        }
        earlier.push(mine);
    }
    return problems;
}

// May what was sent after it be stored before it, as ev? When it was put off ("try again"), also if that answer was lost with the
// connection; or when such a lost answer may have been a refusal, as its sender was out of the room in between.
function mayBeOvertaken(store, client, { room, nacks, tries = [] }, ev, anyNacks) {
    if (nacks > 0 || (anyNacks && tries.length > 1)) return true;
    return tries.some((attempt) => !attempt.answer && !wasMemberAllAlong(store, client.user, room, attempt.ev, ev));
}

// Two messages of a client in one room and what became of them, for whoever has to find out why.
function history(store, client, list) {
    const room = list[0].send.room;
    const lines = list.map(({ send, seq, ev }) => [
        `  cid ${send.cid}, seq ${seq}, ev ${ev}:`,
        ...(send.tries ?? []).map((x) => `    connection ${x.up}, ${x.by}, knowing ev ${x.ev}: ${x.at} to ${x.until} ms, ${x.answer ?? "no answer"}`),
    ].join("\n"));
    const spans = (store.spans.get(`${client.user}:${room}`) ?? []).map(({ from, to }) => `ev ${from} to ${to}`);
    return [...lines, `  its user was in the room from ${spans.join(", from ")}`].join("\n");
}

function judgeChangesOf(store, client) {
    const problems = [];
    for (const { op, room, seq, ev, rev, text } of client.changes.filter((change) => change.op !== "react")) {
        const where = `client ${client.name} room ${room} seq ${seq}`;
        const row = store.rowsOf.get(room)?.get(seq);
        const event = store.eventsOf.get(room)?.get(ev);
        // What was deleted already is acked with the room as it is.
        const earlier = op === "delete" && [...(store.eventsOf.get(room)?.values() ?? [])].some(
            (e) => e.kind === op && e.seq === seq && e.ev <= ev,
        );
        if (ev > store.roomOf.get(room).min_ev && !(event?.kind === op && event.seq === seq) && !earlier) {
            problems.push(
                { rule: "lost", where, what: `${op} acked as ev ${ev}, which is ${event ? `${event.kind} of ${event.seq}` : "not there"}` },
            );
        }
        if (!row) {
            problems.push({ rule: "lost", where, what: `${op} acked, and there is no such message` });
            continue;
        }
        if (op === "edit" && !(row.deleted || row.rev > rev || (row.rev === rev && row.text === text))) {
            problems.push({ rule: "lost", where, what: `edit acked as rev ${rev}, the store has rev ${row.rev}: ${row.text}` });
        }
        if (op === "delete" && !row.deleted) problems.push({ rule: "lost", where, what: "delete acked, and it is there yet" });
    }
    return problems;
}

// Reactions are a set: the last thing that somebody asked for is what is there, if no answer of his was lost meanwhile.
function judgeReactions(store, clients) {
    const last = new Map();
    for (const client of clients) {
        for (const change of client.changes.filter(({ op }) => op === "react")) {
            const key = `${client.user} ${change.room} ${change.seq} ${change.emoji}`;
            const before = last.get(key);
            const sure = change.ev > 0 && (!before || (before.sure && before.client === client));
            last.set(key, { client, change, sure });
        }
    }
    const problems = [];
    for (const { client, change, sure } of last.values()) {
        const { room, seq, emoji, on, ev } = change;
        const row = store.rowsOf.get(room)?.get(seq);
        const there = (store.reactions.get(`${room}:${seq}`) ?? []).includes(`${emoji} ${client.user}`);
        if (!sure || row?.deleted || there === on) continue;
        const where = `client ${client.name} room ${room} seq ${seq}`;
        problems.push(
            { rule: "lost", where, what: `${emoji} ${on ? "on" : "off"} acked as ev ${ev}, and it is ${there ? "there yet" : "not there"}` },
        );
    }
    return problems;
}

// ---- what a client saw -----------------------------------------------------------------------------------------------

class Replay {
    constructor(store, client) {
        this.store = store;
        this.client = client;
        this.problems = [];
        this.rooms = new Map();
        this.asks = new Map(); // question -> what was known of each message when it left
        this.at = 0;
    }

    room(id) {
        if (!this.rooms.has(id)) {
            this.rooms.set(id, { last: undefined, cut: undefined, known: new Map(), deleted: new Map(), out: undefined });
        }
        return this.rooms.get(id);
    }

    problem(rule, room, where, what) {
        this.problems.push({ rule, where: `client ${this.client.name} room ${room} ${where}`, what });
    }

    run() {
        for (const entry of this.client.trace) {
            this.at++;
            this[entry.t](entry);
        }
        this.finish();
        return this.problems;
    }

    up() {
        // Live events of a new connection start wherever it joined the room, and it may have been let in meanwhile.
        for (const room of this.rooms.values()) room.last = room.cut = room.out = undefined;
    }

    down() {}

    ask({ ask }) {
        this.asks.set(ask, this.at);
    }

    cut({ room, ev }) {
        const state = this.room(room);
        state.cut = ev;
        state.out = undefined;
    }

    out({ room, ev = this.room(room).last ?? 0 }) {
        const state = this.room(room);
        // It may have been let in again since the answer was made that it was not in.
        if (state.joined > ev) return;
        state.out = ev;
        state.last = state.cut = undefined;
    }

    live(event) {
        const { room, ev } = event;
        const state = this.room(room);
        const own = event.user === this.client.user && event.kind === "member";
        if (own && event.change === "join") {
            state.out = state.last = state.cut = undefined;
            state.joined = ev;
        }
        if (!wasMember(this.store, this.client.user, room, ev)) {
            this.problem("leak", room, `ev ${ev}`, `a live ${event.kind} while it was no member`);
        }
        if (state.out !== undefined && ev > state.out) {
            this.problem("leak", room, `ev ${ev}`, `a live ${event.kind} after it had learned that it was out as of ${state.out}`);
        }
        // On one connection every event comes, once and in order.
        if (state.last !== undefined && ev !== state.last + 1) {
            this.problem(ev > state.last ? "skipped" : "order", room, `ev ${ev}`, `came live after ${state.last}`);
        }
        if (state.last === undefined && state.cut !== undefined && ev > state.cut + 1) {
            this.problem("skipped", room, `ev ${ev}`, `came live first, after a cut at ${state.cut}`);
        }
        state.last = ev;
        this.event(event, this.at);
        if (own && REMOVALS.has(event.change)) this.out(event);
    }

    // Everything that happened in between, but of each message the last event is enough: it carries the message as it is.
    delta({ ask, room, after, ev, events }) {
        let last = after;
        for (const event of events) {
            if (event.ev <= last || event.ev > ev) {
                this.problem("delta", room, `ev ${event.ev}`, `a delta after ${after} up to ${ev} has it after ${last}`);
            }
            last = event.ev;
            this.event({ ...event, room }, this.asks.get(ask));
        }
        const given = new Set(events.map((event) => event.ev));
        const lastOf = new Map(events.filter(({ message }) => message).map((event) => [event.message.seq, event.ev]));
        for (let missing = after + 1; missing <= ev; missing++) {
            const stored = this.store.eventsOf.get(room)?.get(missing);
            if (stored && !given.has(missing) && !(stored.seq > 0 && lastOf.get(stored.seq) > missing)) {
                this.problem(
                    "delta", room, `ev ${missing}`, `a delta after ${after} up to ${ev} lacks it: ${stored.kind} of ${stored.seq}`,
                );
            }
        }
    }

    page({ ask, room, messages }) {
        let last;
        for (const message of messages) {
            if (last !== undefined && message.seq !== last + 1) {
                this.problem("page", room, `seq ${message.seq}`, `a page has it after ${last}`);
            }
            last = message.seq;
            this.message(room, message, this.asks.get(ask));
        }
    }

    // An event has to be what the store's log says. since: whatever was known before that must show in it.
    event({ room, ev, kind, message, user, change }, since) {
        const stored = this.store.eventsOf.get(room)?.get(ev);
        const state = this.store.roomOf.get(room);
        if (!stored) {
            if (!state || ev > state.min_ev) this.problem("phantom", room, `ev ${ev}`, `a ${kind} that the store does not have`);
            return;
        }
        if (stored.kind !== kind || (message && stored.seq !== message.seq)) {
            this.problem("order", room, `ev ${ev}`, `${kind} of ${message?.seq}; the store has ${stored.kind} of ${stored.seq}`);
            return;
        }
        if (kind === "member" && (stored.target !== user || stored.change !== change)) {
            this.problem("order", room, `ev ${ev}`, `${change} of ${user}; the store has ${stored.change} of ${stored.target}`);
        }
        if (message) this.message(room, message, since);
        if (kind === "delete" && message) this.know(room, message.seq, { deleted: true });
    }

    message(room, message, since) {
        const { seq, cid, rev, text, deleted } = message;
        const row = this.store.rowsOf.get(room)?.get(seq);
        const where = `seq ${seq} cid ${cid}`;
        if (!row) {
            this.problem("phantom", room, where, "the store does not have it");
            return;
        }
        if (row.cid !== cid) this.problem("order", room, where, `the store has cid ${row.cid} there`);
        if (!deleted && !row.deleted && row.rev === rev && row.text !== text) {
            this.problem("rows", room, where, `rev ${rev} reads ${JSON.stringify(text)}, in the store ${JSON.stringify(row.text)}`);
        }
        if (deleted && text !== "") this.problem("deleted", room, where, `a tombstone with the text ${JSON.stringify(text)}`);
        const known = this.room(room).known.get(seq);
        if (known?.deletedAt < since && text !== "") {
            this.problem("deleted", room, where, `its text came after its delete had been seen: ${JSON.stringify(text)}`);
        }
        if (known?.revAt < since && rev < known.rev) {
            this.problem("stale", room, where, `rev ${rev} came after rev ${known.rev} had been seen`);
        }
        this.know(room, seq, { rev, deleted });
    }

    know(room, seq, { rev = 0, deleted }) {
        const { known } = this.room(room);
        const old = known.get(seq) ?? known.set(seq, { rev: 0, revAt: Infinity, deletedAt: Infinity }).get(seq);
        if (rev > old.rev) Object.assign(old, { rev, revAt: this.at });
        if (deleted && old.deletedAt === Infinity) old.deletedAt = this.at;
    }

    // In the end it has what the store has, for all that it has.
    finish() {
        for (const [id, { ev, low, read, rows }] of Object.entries(this.client.rooms)) {
            const room = Number(id);
            const stored = this.store.roomOf.get(room);
            if (!stored) {
                this.problem("phantom", room, "", "the store does not have this room");
                continue;
            }
            if (ev !== stored.ev) this.problem("behind", room, `ev ${ev}`, `the store is at ${stored.ev}`);
            const marker = this.store.memberOf.get(`${this.client.user}:${room}`)?.read_seq;
            if (read !== marker) this.problem("marks", room, "", `it believes that it has read ${read}, the store says ${marker}`);
            for (let seq = low; seq <= stored.seq; seq++) this.row(room, seq, rows.get(seq), this.store.rowsOf.get(room).get(seq));
            for (const seq of rows.keys()) {
                if (seq < low || seq > stored.seq) this.problem("rows", room, `seq ${seq}`, `outside of ${low}..${stored.seq}`);
            }
        }
    }

    row(room, seq, mine, row) {
        if (!row) return; // judgeStore says so
        const where = `seq ${seq} cid ${row.cid}`;
        if (!mine) {
            this.problem("missing", room, where, "the client does not have it");
            return;
        }
        const differs = (field, a, b) => {
            if (a !== b) {
                this.problem("rows", room, where, `${field}: the client has ${JSON.stringify(a)}, the store ${JSON.stringify(b)}`);
            }
        };
        differs("cid", mine.cid, row.cid);
        differs("from", mine.from, row.sender);
        differs("rev", mine.rev, row.rev);
        differs("text", mine.text, row.text);
        differs("deleted", Boolean(mine.deleted), Boolean(row.deleted));
        differs("reactions", mine.reactions, (this.store.reactions.get(`${room}:${seq}`) ?? []).sort().join());
    }
}

export const judgeClient = (store, client) => new Replay(store, client).run();

// ---- counts --------------------------------------------------------------------------------------------------------

// Read markers and unread counts: the same on all devices of a user, and what the rows say.
export function judgeMarks(store, clients) {
    const problems = [];
    for (const client of clients) {
        for (const [id, mark] of Object.entries(client.marks)) {
            const room = Number(id);
            const where = `client ${client.name} room ${room}`;
            const member = store.memberOf.get(`${client.user}:${room}`);
            if (!member?.joined) {
                problems.push({ rule: "marks", where, what: "it has a marker, and is no member" });
                continue;
            }
            let unread = 0;
            for (const row of store.rowsOf.get(room).values()) {
                if (row.seq > member.read_seq && row.sender !== client.user && !row.deleted) unread++;
            }
            const expected = { read_seq: member.read_seq, unread: Math.min(unread, UNREAD_COUNTED_MAX) };
            for (const [field, value] of Object.entries(expected)) {
                if (mark[field] !== value) {
                    problems.push({ rule: "marks", where, what: `${field} is ${mark[field]}, by the rows ${value}` });
                }
            }
        }
    }
    return problems;
}

// ---- all of it -----------------------------------------------------------------------------------------------------

export function judge(dump, clients) {
    const store = indexStore(dump);
    return [
        ...judgeStore(store),
        ...judgeSends(store, clients),
        ...clients.flatMap((client) => judgeClient(store, client)),
        ...judgeMarks(store, clients),
    ];
}

// For people: the first of each rule, and how many there are.
export function describe(problems) {
    const rules = new Map();
    for (const problem of problems) rules.set(problem.rule, [...(rules.get(problem.rule) ?? []), problem]);
    return [...rules.values()]
        .map((list) => `${list.length} x ${list[0].rule}; first: ${list[0].where}: ${list[0].what}`)
        .join("\n");
}
