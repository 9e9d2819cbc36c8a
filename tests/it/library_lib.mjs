// What the tests of the library share: library_server, and clients of it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { io } from "socket.io-client";
import { atEnd, BIN_DIR, REACTORS, Server, within } from "./lib.mjs";

// A program on libtincan, stopped and judged at the end of the test.
export async function startProgram(t, program, args) {
    const child = spawn(join(BIN_DIR, program), args, { stdio: ["ignore", "pipe", "pipe"] });
    const server = new Server(child);
    atEnd(t, async () => {
        if (child.exitCode === null && child.signalCode === null) await server.stop();
        else if (server.port) assert.equal(child.exitCode, 0, `it ended by itself:\n${server.stderr}`);
    });
    return server;
}

export async function startLibrary(t, args = []) {
    return (await startProgram(t, "library_server", ["--reactors", REACTORS, ...args])).listening();
}

// A client that keeps every event in .events, and what it was told about its connection.
export function client(t, server, nsp = "/", options = {}) {
    const socket = io(server.url + nsp, { forceNew: true, reconnection: false, ...options });
    socket.events = [];
    socket.onAny((...args) => socket.events.push(args));
    atEnd(t, () => socket.disconnect());
    socket.connected_ = new Promise((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("connect_error", reject);
    });
    socket.connected_.catch(() => {});
    return socket;
}

export async function joined(t, server, nsp, options) {
    const socket = client(t, server, nsp, options);
    await within(socket.connected_, `the client to join ${nsp ?? "/"}`);
    return socket;
}

// Ask and get all arguments of the answer.
export function ask(socket, ...args) {
    return within(new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))), `an answer to ${args[0]}`);
}

export async function asked(socket, ...args) {
    return (await ask(socket, ...args))[0];
}

// The first event of a name that comes, or has come, as its arguments; it is taken off.
export function event(socket, name) {
    const take = () => {
        const at = socket.events.findIndex((e) => e[0] === name);
        return at < 0 ? undefined : socket.events.splice(at, 1)[0].slice(1);
    };
    const there = take();
    if (there) return Promise.resolve(there);
    return within(
        new Promise((resolve) => {
            const look = () => {
                const found = take();
                if (!found) return;
                socket.offAny(look);
                resolve(found);
            };
            socket.onAny(look);
        }),
        `the event ${name}`,
    );
}

// What happened since the last look, but for what the looking itself does.
export async function history(socket) {
    const lines = await asked(socket, "history", true);
    return lines.filter((line) => !/^any (echo|rooms|each)\b/.test(line));
}

// Everything sent to these before now has arrived.
export async function settle(...sockets) {
    await Promise.all(sockets.map((socket) => ask(socket, "rooms")));
}

export async function refused(socket) {
    const error = await within(
        socket.connected_.then(
            () => assert.fail("it should have been refused"),
            (e) => e,
        ),
        "the refusal",
    );
    return { message: error.message, data: error.data };
}

export const disconnected = (socket) =>
    socket.connected ? within(new Promise((resolve) => socket.once("disconnect", resolve)), "the disconnect") : Promise.resolve();
