// What the ledger is tested against: the chat's rules in a few lines of JavaScript on socket.io's own server, right or with one fault
// (--fault NAME). Only what the ledger's clients use. Its store is a file of JSON lines, written before anything is acked.
import { existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Server } from "socket.io";

const { values } = parseArgs({
    strict: false,
    options: { listen: { type: "string", default: "127.0.0.1:0" }, data: { type: "string" }, fault: { type: "string", default: "" } },
});
const { fault } = values;
const path = join(values.data, "model.jsonl");
let count = 0;
// The fault happens now and then, and not at once.
const goesWrong = (name, every = 7) => fault === name && ++count % every === 0;

// ---- the store -----------------------------------------------------------------------------------------------------

const state = { users: [], rooms: [] };

// One line: { do, ... }. Everything is made by replaying these.
const steps = {
    user({ name }) {
        state.users.push({ id: state.users.length + 1, name });
        return state.users.at(-1);
    },
    room({ kind, name, users, owner }) {
        const room = { id: state.rooms.length + 1, kind, name, rows: [], events: [], members: new Set(users), reads: new Map(), owner };
        state.rooms.push(room);
        return room;
    },
    event({ room, ev, kind, actor, seq = 0, target = 0, change, row, emoji, on }) {
        const r = state.rooms[room - 1];
        if (kind === "message") r.rows.push(row);
        const message = r.rows.find((m) => m.seq === seq);
        if (kind === "edit") Object.assign(message ?? {}, row);
        if (kind === "delete" && message) Object.assign(message, { text: "", deleted: true, reactions: [], rev: message.rev + 1 });
        if (kind === "react" && message) {
            const users = message.reactions.find((x) => x.emoji === emoji) ?? message.reactions[message.reactions.push({ emoji, users: [] }) - 1];
            users.users = users.users.filter((id) => id !== actor);
            if (on) users.users.push(actor);
            message.reactions = message.reactions.filter((x) => x.users.length > 0);
        }
        if (kind === "message") r.reads.set(actor, seq);
        if (change === "join") r.members.add(target);
        else if (change) r.members.delete(target);
        const event = { room, ev, kind, actor, seq, target, change };
        r.events.push(event);
        return event;
    },
    read({ room, user, seq }) {
        state.rooms[room - 1].reads.set(user, seq);
    },
};
if (existsSync(path)) {
    for (const line of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
        const step = JSON.parse(line);
        steps[step.do](step);
    }
}
const file = openSync(path, "a");
function keep(step) {
    // A store that acks what it has not written.
    if (!(step.kind === "message" && goesWrong("lost"))) writeSync(file, JSON.stringify(step) + "\n");
    return steps[step.do](step);
}

// ---- what clients see ----------------------------------------------------------------------------------------------

const epoch = "model";
const userRef = (id) => ({ id, name: state.users[id - 1]?.name ?? "server" });
const messageOf = (room, seq) => {
    const row = room.rows.find((m) => m.seq === seq);
    return { ...row, room: room.id, from: userRef(row.from), reactions: row.reactions.map((x) => ({ ...x, users: [...x.users] })) };
};
// Of what was lost only the changes may be there: they are told all the same, or those who catch up would never be done.
const eventOf = (room, event) => ({
    room: room.id, ev: event.ev, kind: event.kind, actor: event.actor,
    ...(room.rows.some((m) => m.seq === event.seq) ? { message: messageOf(room, event.seq) } : {}),
    ...(event.target ? { user: userRef(event.target), change: event.change } : {}),
});
function roomOf(room, user) {
    const read = room.reads.get(user) ?? 0;
    const unread = room.rows.filter((m) => m.seq > read && m.from !== user && !m.deleted).length;
    return {
        id: room.id, kind: room.kind, name: room.name, seq: room.rows.length, ev: room.events.length,
        read_seq: read, unread: Math.min(100, unread) + (goesWrong("unread", 3) ? 1 : 0), mentions: 0,
    };
}
function catchUp(room, after, known = epoch) {
    const ev = room.events.length;
    if (known !== epoch || after > ev || ev - after > 500) {
        return { ev, seq: room.rows.length, reset: { messages: room.rows.slice(-50).map((m) => messageOf(room, m.seq)) } };
    }
    const delta = room.events.slice(after).map((event) => eventOf(room, event));
    if (delta.length > 2 && goesWrong("partial-delta", 2)) delta.splice(1, 1);
    return { ev, seq: room.rows.length, delta };
}

const refuse = (code, retry = "never") => ({ ok: false, error: { code, message: code, retry } });

// What there is, as store_dump.py says it of a real store.
function dump() {
    const all = (f) => state.rooms.flatMap(f);
    return {
        rooms: state.rooms.map(
            (r) => ({ id: r.id, kind: r.kind, name: r.name, seq: r.rows.at(-1)?.seq ?? 0, ev: r.events.length, min_seq: 1, min_ev: 0 }),
        ),
        messages: all(
            (r) => r.rows.map((m) => ({ room: r.id, seq: m.seq, sender: m.from, cid: m.cid, rev: m.rev, text: m.text, deleted: m.deleted })),
        ),
        events: all((r) => r.events),
        reactions: all((r) => r.rows.flatMap(
            (m) => m.reactions.flatMap((x) => x.users.map((account) => ({ room: r.id, seq: m.seq, emoji: x.emoji, account }))),
        )),
        members: all(
            (r) => [...r.members].map((account) => ({ account, room: r.id, joined: true, read_seq: r.reads.get(account) ?? 0 })),
        ),
    };
}

const http = createServer(async (request, response) => {
    if (request.url === "/dump") {
        response.end(JSON.stringify(dump()));
        return;
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const { name } = JSON.parse(body || "{}");
    const user = keep({ do: "user", name });
    response.writeHead(
        200, { "Content-Type": "application/json" },
    ).end(JSON.stringify({ token: `t${user.id}`, user: { ...user, role: "member" } }));
});
const io = new Server(http, { serveClient: false, maxHttpBufferSize: 1e7, pingInterval: 1000, pingTimeout: 2000 });
const chat = io.of("/chat");

let heldBack;
function publish(room, event) {
    const packet = eventOf(room, event);
    const left = ["leave", "kick"].includes(event.change);
    if (event.change === "join") chat.in(`u${event.target}`).socketsJoin(`r${room.id}`);
    if (left && fault !== "leak") chat.in(`u${event.target}`).socketsLeave(`r${room.id}`);
    spread(room, packet);
    if (left) me(event.target, { kind: "left", room: room.id, change: event.change });
    if (event.change === "join") me(event.target, { kind: "room", room: roomOf(room, event.target) });
}
const me = (user, change) => chat.to(`u${user}`).emit("me", change);

function spread(room, packet) {
    if (goesWrong("skip")) return;
    if (goesWrong("reorder", 5) && !heldBack) {
        heldBack = packet;
        return;
    }
    chat.to(`r${room.id}`).emit("event", packet);
    if (heldBack?.room === room.id) {
        chat.to(`r${room.id}`).emit("event", heldBack);
        heldBack = undefined;
    }
    if (goesWrong("twice")) chat.to(`r${room.id}`).emit("event", packet);
}
function happen(room, event) {
    const made = keep({ do: "event", room: room.id, ev: room.events.length + 1, ...event });
    publish(room, made);
    return made;
}

const answers = {
    resume(user, { rooms = {}, epoch: known }) {
        return {
            epoch, user: userRef(user),
            rooms: state.rooms.filter((room) => room.members.has(user)).map((room) => ({
                ...roomOf(room, user), ...(rooms[room.id] === undefined ? {} : catchUp(room, rooms[room.id], known)),
            })),
        };
    },
    send(user, { room: id, cid, text }) {
        const room = state.rooms[id - 1];
        const old = state.rooms.flatMap((r) => r.rows).find((m) => m.from === user && m.cid === cid);
        if (old && fault !== "doubled") return { seq: old.seq, ev: old.ev, dup: true };
        if (!room.members.has(user)) return refuse("not_found");
        const seq = room.rows.length + 1;
        const row = { seq, ev: room.events.length + 1, cid, from: user, text, rev: 1, deleted: false, reactions: [] };
        const event = happen(room, { kind: "message", actor: user, seq, row });
        if (goesWrong("wrong-ack")) return { seq: seq + 1, ev: event.ev };
        return { seq, ev: event.ev };
    },
    edit(user, { room: id, seq, rev, text }) {
        const room = state.rooms[id - 1];
        const row = room.rows[seq - 1];
        if (row.deleted || row.rev !== rev) return refuse("conflict", "new");
        if (goesWrong("lost-edit", 3)) return { ev: room.events.length, rev: rev + 1 };
        return { ev: happen(room, { kind: "edit", actor: user, seq, row: { text, rev: rev + 1 } }).ev, rev: rev + 1 };
    },
    delete(user, { room: id, seq }) {
        const room = state.rooms[id - 1];
        if (room.rows[seq - 1].deleted) return { ev: room.events.length };
        const { text } = room.rows[seq - 1];
        const { ev } = happen(room, { kind: "delete", actor: user, seq });
        if (fault === "undead") setTimeout(() => happenUndead(room, user, seq, text), 20);
        return { ev };
    },
    react(user, { room: id, seq, emoji, on }) {
        const room = state.rooms[id - 1];
        const row = room.rows[seq - 1];
        const there = row.reactions.some((x) => x.emoji === emoji && x.users.includes(user));
        if (row.deleted) return refuse("not_found");
        if (there === on) return { ev: room.events.length };
        return { ev: happen(room, { kind: "react", actor: user, seq, emoji, on }).ev };
    },
    history(user, { room: id, before, limit }) {
        const room = state.rooms[id - 1];
        if (!room.members.has(user)) return refuse("not_found");
        const messages = room.rows.slice(Math.max(0, before - 1 - limit), before - 1).map((m) => messageOf(room, m.seq));
        if (goesWrong("page", 1) && messages[0]) messages[0].text += "!";
        return { messages, min_seq: 1, max_seq: room.rows.length };
    },
    sync(user, { room: id, after }) {
        const room = state.rooms[id - 1];
        return room.members.has(user) ? catchUp(room, after) : refuse("not_found");
    },
    read(user, { room: id, seq }) {
        const room = state.rooms[id - 1];
        keep({ do: "read", room: id, user, seq: Math.max(seq, room.reads.get(user) ?? 0) });
        const { read_seq, unread, mentions } = roomOf(room, user);
        if (fault !== "silent-read") me(user, { kind: "read", room: id, read_seq, unread, mentions });
        return { read_seq, unread, mentions };
    },
    "room.create"(user, { name, kind }) {
        return { room: roomOf(keep({ do: "room", kind, name, users: [user], owner: user }), user) };
    },
    "room.join"(user, { room: id }) {
        const room = state.rooms[id - 1];
        if (!room.members.has(user)) happen(room, { kind: "member", change: "join", actor: user, target: user });
        return { room: roomOf(room, user) };
    },
    "room.leave"(user, { room: id }) {
        const room = state.rooms[id - 1];
        if (room.members.has(user)) happen(room, { kind: "member", change: "leave", actor: user, target: user });
        return { room: roomOf(room, user) };
    },
    "room.invite"(user, { room: id, user: target }) {
        const room = state.rooms[id - 1];
        if (!room.members.has(target)) happen(room, { kind: "member", change: "join", actor: user, target });
        return {};
    },
    "room.kick"(user, { room: id, user: target }) {
        const room = state.rooms[id - 1];
        if (!room.members.has(target)) return refuse("not_found");
        happen(room, { kind: "member", change: "kick", actor: user, target });
        return {};
    },
    dm(user, { user: other }) {
        const found = state.rooms.find((r) => r.kind === "dm" && r.members.has(user) && r.members.has(other));
        const room = found ?? keep({ do: "room", kind: "dm", name: "", users: [user, other] });
        for (const id of found ? [] : [user, other]) {
            chat.in(`u${id}`).socketsJoin(`r${room.id}`);
            me(id, { kind: "room", room: roomOf(room, id) });
        }
        return { room: roomOf(room, user) };
    },
};
// The deleted text comes once more.
function happenUndead(room, user, seq, text) {
    const event = keep(
        { do: "event", room: room.id, ev: room.events.length + 1, kind: "react", actor: user, seq, emoji: "x", on: false },
    );
    const packet = eventOf(room, event);
    chat.to(`r${room.id}`).emit("event", { ...packet, message: { ...packet.message, text } });
}

chat.on("connection", (socket) => {
    const user = Number(socket.handshake.auth.token.slice(1));
    socket.join(`u${user}`);
    for (const room of state.rooms) if (room.members.has(user)) socket.join(`r${room.id}`);
    for (const [name, answer] of Object.entries(answers)) {
        socket.on(name, (payload, ack) => {
            let made;
            try {
                made = answer(user, payload);
            } catch (error) {
                // After what was lost nothing fits.
                if (fault !== "lost") throw error;
                made = refuse("conflict", "new");
            }
            ack(made.ok === false ? made : { ok: true, ...made });
        });
    }
});

const [host, port] = values.listen.split(":");
http.listen(Number(port), host, 4096, () => console.log(`listening on http://${host}:${http.address().port}`));
process.on("SIGTERM", () => process.exit(0));
