// A chat client as a careful person would write one on the stock socket.io-client, that also keeps the ledger: everything it
// wanted, was told and saw, for ledger_judge.mjs.
//
// Sending: an outbox, first in first out for each room; a message keeps its cid until it is acked or refused for good, at most
// WINDOW are on their way, and after a reconnect everything unacked goes out again in order: the stock client's own buffer is emptied.
// Receiving: each room has the ev it is at. The next one is applied, older ones are dropped, later ones are held, and after
// HOLD_MS the hole is asked for. On connecting it asks for everything after what it has, and holds live events until then.
import { randomBytes } from "node:crypto";
import { io } from "socket.io-client";
import { reactionsKey } from "./ledger_judge.mjs";

const WINDOW = 16;
const HOLD_MS = 200;
const HOLD_MAX = 64;
const ANSWER_MS = 8000;
const READ_TRIES = 20;
const RETRY_MS = [250, 500, 1000, 2000];
const now = () => Math.round(performance.now());
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class LedgerClient {
    // settings: { url, name, user, token, transports, agent?, onConnect? }
    constructor(settings) {
        Object.assign(this, { name: settings.name, user: settings.user, token: settings.token });
        this.sends = [];
        this.changes = [];
        this.trace = [];
        this.rooms = new Map();
        this.early = new Map();
        this.counts = {
            connects: 0, errors: 0, recovered: 0, resent: 0, nacks: 0, timeouts: 0, deltas: 0, resets: 0, holes: 0, pages: 0, rejoins: 0,
            kicks: 0, reloads: 0, doubts: 0, overtaken: 0, buffered: 0,
        };
        this.asks = 0;
        this.generation = 0;
        this.waiting = new Set();
        this.errands = 0; // of more than one step, under way
        this.queues = new Map();
        this.inFlight = 0;
        this.socket = io(`${settings.url}/chat`, {
            forceNew: true,
            autoConnect: false,
            transports: settings.transports,
            agent: settings.agent,
            auth: (done) => done({ token: this.token }),
            reconnectionDelay: 50,
            reconnectionDelayMax: 400,
            timeout: 10000,
        });
        this.socket.on("connect", () => this.connected());
        this.socket.on("disconnect", () => this.disconnected());
        this.socket.on("connect_error", (error) => this.refused(error));
        this.socket.on("event", (event) => this.live(event));
        this.socket.on("me", (change) => this.me(change));
    }

    start() {
        this.socket.connect();
    }

    stop() {
        this.stopped = true;
        this.socket.disconnect();
        for (const { timer } of this.queues.values()) clearTimeout(timer);
        for (const room of this.rooms.values()) clearTimeout(room.timer);
    }

    get ready() {
        return this.socket.connected && !this.resuming;
    }

    // ---- the connection ------------------------------------------------------------------------------------------------

    connected() {
        this.generation++;
        this.counts.connects++;
        if (this.socket.recovered) this.counts.recovered++;
        this.trace.push({ t: "up" });
        this.inFlight = 0;
        for (const queue of this.queues.values()) {
            clearTimeout(queue.timer);
            Object.assign(queue, { next: 0, timer: undefined, failures: 0 });
        }
        this.resuming = [];
        this.resume();
        this.pump();
    }

    disconnected() {
        this.trace.push({ t: "down" });
        // The stock client holds back what comes while its ping is overdue (a timer may be late), and sends it first of all on the
        // next connection: before what is earlier and goes out again.
        this.counts.buffered += this.socket.sendBuffer.length;
        this.socket.sendBuffer = [];
        this.resuming ??= [];
        for (const answer of [...this.waiting]) answer(undefined);
    }

    // A middleware's refusal ends the stock client's attempts; the server may have meant "not now".
    refused(error) {
        this.counts.errors++;
        this.lastError = `${error.message} ${JSON.stringify(error.data ?? error.description?.message ?? error.description ?? "")}`;
        if (!this.socket.active && !this.stopped) setTimeout(() => this.stopped || this.socket.connect(), 300);
    }

    // Ask, and get the answer, or undefined when the connection ended or nothing came.
    ask(event, payload) {
        if (!this.socket.connected) return Promise.resolve(undefined);
        return new Promise((resolve) => {
            const answer = (reply) => {
                clearTimeout(timer);
                if (this.waiting.delete(answer)) resolve(reply);
            };
            const timer = setTimeout(() => {
                this.counts.timeouts++;
                answer(undefined);
                if (this.socket.connected) this.socket.io.engine.close();
            }, ANSWER_MS);
            this.waiting.add(answer);
            this.socket.emit(event, payload, answer);
        });
    }

    // A question whose answer brings rows: the ledger notes when it left.
    question() {
        const ask = ++this.asks;
        this.trace.push({ t: "ask", ask });
        return { ask, at: this.trace.length };
    }

    // As after closing the window: nothing is known but what is yet to be sent.
    reload() {
        this.counts.reloads++;
        this.socket.disconnect();
        for (const room of this.rooms.values()) clearTimeout(room.timer);
        this.rooms.clear();
        this.early.clear();
        this.epoch = undefined;
        this.socket.connect();
    }

    // As after a restored backup: what is known is of another epoch, and everything has to be given anew.
    doubtEpoch() {
        this.counts.doubts++;
        this.epoch = "0".repeat(32);
        this.socket.disconnect();
        this.socket.connect();
    }

    // ---- catching up -----------------------------------------------------------------------------------------------------

    async resume() {
        const { generation } = this;
        const mark = this.question();
        const rooms = Object.fromEntries([...this.rooms].map(([id, room]) => [id, room.ev]));
        const reply = await this.ask("resume", { rooms, ...(this.epoch === undefined ? {} : { epoch: this.epoch }) });
        if (generation !== this.generation || !this.socket.connected) return;
        if (!reply?.ok) {
            if (reply) this.failed("resume", reply.error);
            setTimeout(() => generation === this.generation && this.socket.connected && this.resume(), 300);
            return;
        }
        this.epoch = reply.epoch;
        const listed = new Set();
        for (const room of reply.rooms) {
            listed.add(room.id);
            this.caughtUp(room, rooms[room.id], mark);
        }
        for (const [id, room] of this.rooms) if (!listed.has(id)) this.left(id, room.ev);
        const held = this.resuming;
        this.resuming = undefined;
        for (const event of held) this.take(event);
    }

    // What resume or sync says of one room. after: where we were, undefined for a room that is new to us.
    caughtUp(answer, after, mark) {
        const { id, ev } = answer;
        if (after === undefined || !this.rooms.has(id)) {
            if (!this.rooms.has(id)) this.joined(answer);
            return;
        }
        const room = this.rooms.get(id);
        if (answer.read_seq !== undefined) room.read = answer.read_seq;
        this.trace.push({ t: "cut", room: id, ev });
        if (answer.delta) {
            this.counts.deltas++;
            this.trace.push({ t: "delta", ask: mark.ask, room: id, after, ev, events: answer.delta.map(slim) });
            for (const event of answer.delta) this.apply(room, event);
            room.ev = Math.max(room.ev, ev);
        } else if (answer.reset) {
            this.counts.resets++;
            const { messages } = answer.reset;
            this.trace.push({ t: "page", ask: mark.ask, room: id, messages: messages.map(slimMessage) });
            room.rows.clear();
            room.low = messages[0]?.seq ?? answer.seq + 1;
            for (const message of messages) this.keep(room, message);
            room.ev = ev;
        } else {
            this.failed("resume", { message: `neither delta nor reset for room ${id}` });
        }
        this.flush(room);
    }

    async sync(room) {
        const { generation } = this;
        const mark = this.question();
        const after = room.ev;
        const reply = await this.ask("sync", { room: room.id, after });
        if (generation !== this.generation || !reply) return;
        if (!reply.ok) return this.failed("sync", reply.error, room);
        if (this.rooms.get(room.id) !== room) return;
        this.caughtUp({ id: room.id, ev: reply.ev ?? reply.delta?.at(-1)?.ev ?? room.ev, seq: reply.seq, ...reply }, after, mark);
    }

    // ---- rooms -----------------------------------------------------------------------------------------------------------

    joined({ id, ev, seq, read_seq }) {
        const room = { id, ev, read: read_seq, low: seq + 1, rows: new Map(), below: new Map(), held: new Map() };
        this.rooms.set(id, room);
        this.trace.push({ t: "cut", room: id, ev });
        const early = this.early.get(id) ?? [];
        this.early.delete(id);
        for (const event of early) this.take(event);
        // As one does who opens a room.
        if (this.rooms.get(id) === room) this.page(room, 50);
    }

    // An answer said so, as of ev.
    left(id, ev) {
        if (!this.rooms.has(id)) return;
        this.trace.push({ t: "out", room: id, ev });
        this.drop(id);
    }

    drop(id) {
        clearTimeout(this.rooms.get(id)?.timer);
        this.rooms.delete(id);
        this.early.delete(id);
    }

    // Something about ourselves; like events, it waits for the answer to resume.
    me(change) {
        if (change.kind === "left") this.trace.push({ t: "out", room: change.room });
        if (this.resuming) this.resuming.push({ me: change });
        else this.takeMe(change);
    }

    takeMe({ kind, room, read_seq }) {
        if (kind === "left") this.drop(room);
        else if (kind === "room" && !this.rooms.has(room.id)) this.joined(room);
        else if (kind === "read" && this.rooms.has(room)) this.rooms.get(room).read = read_seq;
    }

    live(event) {
        this.trace.push({ t: "live", ...slim(event) });
        if (this.resuming) this.resuming.push(event);
        else this.take(event);
    }

    take(event) {
        if (event.me) return this.takeMe(event.me);
        const room = this.rooms.get(event.room);
        if (!room) {
            // It is being told that we are in.
            const early = this.early.get(event.room) ?? this.early.set(event.room, []).get(event.room);
            early.push(event);
            return;
        }
        if (event.ev <= room.ev) return;
        if (event.ev === room.ev + 1) {
            this.apply(room, event);
            this.flush(room);
            return;
        }
        this.counts.holes++;
        room.held.set(event.ev, event);
        if (room.held.size > HOLD_MAX) this.fillHole(room);
        else room.timer ??= setTimeout(() => this.fillHole(room), HOLD_MS);
    }

    fillHole(room) {
        clearTimeout(room.timer);
        room.timer = undefined;
        if (room.held.size > 0 && this.rooms.get(room.id) === room && this.ready) this.sync(room);
    }

    flush(room) {
        for (const ev of room.held.keys()) if (ev <= room.ev) room.held.delete(ev);
        for (let event; (event = room.held.get(room.ev + 1)); ) {
            room.held.delete(event.ev);
            this.apply(room, event);
        }
        if (room.held.size > 0) return;
        clearTimeout(room.timer);
        room.timer = undefined;
    }

    apply(room, event) {
        if (event.ev <= room.ev) return;
        room.ev = event.ev;
        if (event.message) this.keep(room, event.message);
        // What one writes one has read.
        if (event.kind === "message" && event.message.from.id === this.user) room.read = Math.max(room.read, event.message.seq);
    }

    keep(room, message) {
        const rows = message.seq < room.low ? room.below : room.rows;
        rows.set(
            message.seq,
            { ...slimMessage(message), from: message.from.id, reactions: reactionsKey(message.reactions), at: this.trace.length },
        );
    }

    // ---- history ---------------------------------------------------------------------------------------------------------

    // One page more of the past. What events told while the question was out is newer than the page.
    async page(room, limit) {
        if (room.low <= 1) return;
        const mark = this.question();
        const reply = await this.ask("history", { room: room.id, before: room.low, limit });
        if (!reply || this.rooms.get(room.id) !== room) return;
        if (!reply.ok) return this.failed("history", reply.error, room);
        this.counts.pages++;
        this.trace.push({ t: "page", ask: mark.ask, room: room.id, messages: reply.messages.map(slimMessage) });
        if (reply.messages.length === 0 || reply.messages.at(-1).seq !== room.low - 1) return;
        room.low = reply.messages[0].seq;
        for (const message of reply.messages) {
            const newer = room.below.get(message.seq);
            if (newer?.at > mark.at) room.rows.set(message.seq, newer);
            else this.keep(room, message);
            room.below.delete(message.seq);
        }
    }

    // ---- sending -----------------------------------------------------------------------------------------------------------

    send(room) {
        const cid = newCid();
        const entry = { room, cid, text: `${cid} ${this.name} #${this.sends.length}`, tries: [], acks: [], nacks: 0 };
        this.sends.push(entry);
        if (!this.queues.has(room)) this.queues.set(room, { list: [], next: 0 });
        this.queues.get(room).list.push(entry);
        this.pump();
        return entry;
    }

    // Messages that are not acked yet.
    get unacked() {
        let n = 0;
        for (const { list } of this.queues.values()) n += list.length;
        return n;
    }

    pump() {
        if (!this.socket.connected) return;
        for (const queue of this.queues.values()) {
            while (this.inFlight < WINDOW && !queue.timer && queue.next < queue.list.length) this.sendOne(queue, queue.list[queue.next++]);
        }
    }

    // For the record: when it goes out, on which connection, and what the sender knows of the room then.
    attempt(entry) {
        const ev = this.rooms.get(entry.room)?.ev ?? entry.tries.at(-1)?.ev ?? 0;
        const attempt = { at: now(), up: this.generation, by: this.socket.io.engine?.transport?.name, ev };
        entry.tries.push(attempt);
        return attempt;
    }

    async sendOne(queue, entry) {
        const { generation } = this;
        const attempt = this.attempt(entry);
        if (entry.tries.length > 1) this.counts.resent++;
        this.inFlight++;
        const reply = await this.ask("send", { room: entry.room, cid: entry.cid, text: entry.text });
        attempt.until = now();
        if (reply) attempt.answer = reply.ok ? `seq ${reply.seq}` : reply.error.code;
        if (reply?.ok) entry.acks.push({ seq: reply.seq, ev: reply.ev });
        // It has gone out again meanwhile, behind one that was put off, and its sender may be let in again in between: the last one decides.
        const overtaken = reply && !reply.ok && reply.error.retry !== "same" && attempt !== entry.tries.at(-1);
        const remove = () => {
            const at = queue.list.indexOf(entry);
            if (at < 0) return;
            queue.list.splice(at, 1);
            if (at < queue.next) queue.next--;
        };
        if (reply?.ok) {
            remove();
        } else if (overtaken) {
            this.counts.overtaken++;
        } else if (reply && reply.error.retry !== "same") {
            entry.failed = reply.error.code;
            remove();
        }
        if (generation !== this.generation) return;
        this.inFlight--;
        if (!reply?.ok && !overtaken && queue.list.includes(entry)) this.again(queue, entry, reply?.error);
        else queue.failures = 0;
        this.pump();
    }

    // Not now: go on from this message, after a while.
    again(queue, entry, error) {
        if (error) {
            entry.nacks++;
            this.counts.nacks++;
            this.lastNack = error.code;
        }
        queue.next = Math.min(queue.next, queue.list.indexOf(entry));
        queue.failures = (queue.failures ?? 0) + 1;
        if (queue.timer) return;
        const wait = error?.retry_after_ms ?? RETRY_MS[Math.min(queue.failures - 1, RETRY_MS.length - 1)];
        queue.timer = setTimeout(() => {
            queue.timer = undefined;
            this.pump();
        }, wait);
    }

    // ---- changes -------------------------------------------------------------------------------------------------------------

    async edit(room, row) {
        const text = `${row.cid} rev ${row.rev + 1} by ${this.name}`;
        const reply = await this.ask("edit", { room: room.id, seq: row.seq, rev: row.rev, text });
        if (reply?.ok) this.changes.push({ op: "edit", room: room.id, seq: row.seq, ev: reply.ev, rev: reply.rev, text });
        else if (reply && !["conflict", "not_found"].includes(reply.error.code)) this.failed("edit", reply.error, room);
    }

    async erase(room, row) {
        const reply = await this.ask("delete", { room: room.id, seq: row.seq });
        if (reply?.ok) this.changes.push({ op: "delete", room: room.id, seq: row.seq, ev: reply.ev });
        else if (reply) this.failed("delete", reply.error, room);
    }

    async react(room, row, emoji, on) {
        const change = { op: "react", room: room.id, seq: row.seq, ev: 0, emoji, on };
        this.changes.push(change);
        const reply = await this.ask("react", { room: room.id, seq: row.seq, emoji, on });
        if (reply?.ok) change.ev = reply.ev;
        else if (reply && !["not_found", "limit", "conflict"].includes(reply.error.code)) this.failed("react", reply.error, room);
    }

    async read(room) {
        const seq = Math.max(room.low, ...room.rows.keys());
        for (let tries = 0; tries < READ_TRIES; tries++) {
            const reply = await this.ask("read", { room: room.id, seq });
            if (!reply || reply.ok) return;
            // It may have been kept all the same: who gives up now does not know what the store has.
            if (reply.error.retry !== "same") return this.failed("read", reply.error, room);
            this.errands++;
            await sleep(reply.error.retry_after_ms ?? 300);
            this.errands--;
        }
    }

    // Leave a public room and come back after a while.
    async leaveAndJoin(room, ms) {
        const left = await this.ask("room.leave", { room: room.id });
        if (!left) return;
        if (!left.ok) return this.failed("room.leave", left.error, room);
        this.counts.rejoins++;
        this.left(room.id, left.room.ev);
        this.errands++;
        await sleep(ms);
        await this.join(room.id);
        this.errands--;
    }

    async join(id) {
        const reply = await this.ask("room.join", { room: id });
        if (!reply) return;
        if (!reply.ok) return this.failed("room.join", reply.error);
        if (!this.rooms.has(id) && !this.resuming) this.joined(reply.room);
    }

    async kickAndInvite(room, user, ms) {
        const kicked = await this.ask("room.kick", { room: room.id, user });
        if (!kicked) return;
        if (!kicked.ok) {
            if (kicked.error.code !== "not_found") this.failed("room.kick", kicked.error, room);
            return;
        }
        this.counts.kicks++;
        this.errands++;
        await sleep(ms);
        await this.inviteAgain(room, user);
        this.errands--;
    }

    // Until the room has its member again, whatever happens to the connection.
    async inviteAgain(room, user) {
        for (;;) {
            const reply = await this.ask("room.invite", { room: room.id, user });
            if (reply?.ok || this.stopped) return;
            if (reply && reply.error.retry !== "same") return this.failed("room.invite", reply.error);
            await sleep(300);
        }
    }

    // An answer that a correct client should never get, unless it has left the room meanwhile.
    failed(event, error, room) {
        if (error.retry === "same" || (room && this.rooms.get(room.id) !== room)) return;
        this.surprises ??= [];
        this.surprises.push(`${event}: ${error.code} ${error.message} ${error.field ?? ""}`);
    }

    // What the server says of our markers: { room: { read_seq, unread, mentions } }.
    async marks() {
        const reply = await this.ask("resume", { rooms: {} });
        if (!reply?.ok) return undefined;
        return Object.fromEntries(reply.rooms.map(({ id, read_seq, unread, mentions }) => [id, { read_seq, unread, mentions }]));
    }

    // The ledger, for the judge.
    record(marks) {
        const rooms = Object.fromEntries([...this.rooms].map(([id, { ev, low, read, rows }]) => [id, { ev, low, read, rows }]));
        const { name, user, sends, changes, trace } = this;
        return { name, user, sends, changes, trace, rooms, marks };
    }

    // What was judged need not be judged again.
    forget() {
        this.sends = this.sends.filter((send) => send.acks.length === 0 && !send.failed);
        this.changes = [];
        this.trace = [{ t: "up" }];
        for (const { rows, below } of this.rooms.values()) {
            below.clear();
            for (const row of rows.values()) row.at = 0;
        }
    }
}

const slimMessage = ({ seq, cid, rev, text, deleted }) => ({ seq, cid, rev, text: text ?? "", deleted: Boolean(deleted) });
const slim = ({ room, ev, kind, message, user, change }) => ({
    room, ev, kind, ...(message && { message: slimMessage(message) }), ...(user && { user: user.id, change }),
});

// Time-ordered, as a store likes them: 48 bits of time and 80 of chance.
function newCid() {
    return Date.now().toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
}
