// What the tests of /chat share: a server with a store, people on it, and what they hear.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ask, atEnd, BIN_DIR, chatSocket, createUser, REACTORS, request, Server, startPostgres, startServer, until } from "./lib.mjs";

export { ask, atEnd, chatSocket, createUser, sleep, until, within } from "./lib.mjs";

export const cid = () => randomBytes(16).toString("hex");

// A new directory, gone with the test.
export function temporary(t) {
    const dir = mkdtempSync(join(tmpdir(), "chat-"));
    atEnd(t, () => rmSync(dir, { recursive: true, force: true }));
    return dir;
}

// A test of tincand as it is, once on each store: body(t, a new server).
let postgres;
export function onBothStores(name, body) {
    if (!postgres) {
        const ends = [];
        postgres = {};
        before(async () => Object.assign(postgres, await startPostgres({ after: (end) => ends.push(end) })));
        after(async () => {
            for (const end of ends) await end();
        });
    }
    test(name, async (t) => body(t, await startServer(t)));
    test(`${name} (PostgreSQL)`, async (t) => body(t, await startServer(t, ["--database", (await postgres.database()).url])));
}

// /chat and a new store without the rest of tincand, and with ways to rig it: see chat_bare.c.
export async function startBare(t, args = [], dir = temporary(t)) {
    const server = new Server(
        spawn(join(BIN_DIR, "chat_bare"), [`sqlite:${join(dir, "chat.db")}`, REACTORS, ...args], {
            stdio: ["ignore", "pipe", "pipe"],
        }),
    );
    atEnd(t, async () => {
        if (server.child.exitCode === null && server.child.signalCode === null) await server.stop();
    });
    return server.listening();
}

// One of chat_bare's own paths; the JSON that it answers.
export async function rig(server, path, query = {}, body) {
    const answer = await request(server, {
        method: "POST",
        path: `/test/${path}?${new URLSearchParams(query)}`,
        headers: body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) },
        body,
    });
    assert.equal(answer.status, 200, `${path}: ${answer.status} ${answer.body}`);
    return answer.body ? JSON.parse(answer.body) : undefined;
}

// Somebody new with one socket, which knows its .user.
export async function person(t, server, name, options = {}) {
    const user = await createUser(server, name, { guest: Boolean(options.guest) });
    const socket = await chatSocket(t, server, user, options.socket);
    socket.user = user;
    return socket;
}

// One more socket of the same person, on the same session.
export async function device(t, server, socket, options) {
    const other = await chatSocket(t, server, socket.user, options);
    other.user = socket.user;
    return other;
}

// The reply to what must be done.
export async function ok(socket, event, payload) {
    const reply = await ask(socket, event, payload);
    assert.equal(reply.ok, true, `${event} ${JSON.stringify(payload)}: ${JSON.stringify(reply)}`);
    return reply;
}

// What must be refused, and as what.
export async function refused(socket, event, payload, code, field) {
    const reply = await ask(socket, event, payload);
    assert.equal(reply.ok, false, `${event} ${JSON.stringify(payload)} should be refused: ${JSON.stringify(reply)}`);
    assert.equal(reply.error.code, code, JSON.stringify(reply));
    assert.equal(typeof reply.error.message, "string");
    assert.match(reply.error.retry, /^(same|new|never)$/);
    if (field !== undefined) assert.equal(reply.error.field, field, JSON.stringify(reply));
    return reply;
}

export const send = (socket, room, text, more = {}) => ok(socket, "send", { room, cid: cid(), text, ...more });

export const of = (socket, name) => socket.events.filter((e) => e[0] === name).map((e) => e[1]);

// The first argument of an event of that name for which fits says true, whether it is there yet or not.
export const heard = (socket, name, fits = () => true, what = name) => until(() => of(socket, name).find(fits), what);

// Everything the server sent to a socket before now has arrived: answers come in the order of events.
export const settled = (socket) => ask(socket, "rooms", { limit: 1 });

// Nothing of that kind has arrived.
export async function unheard(socket, name, fits = () => true) {
    await settled(socket);
    assert.deepEqual(of(socket, name).filter(fits), [], `${socket.user.name} heard of it`);
}

export const createRoom = async (socket, name, kind = "public") => (await ok(socket, "room.create", { name, kind })).room;
