// Both servers of every kind of case, on free ports.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BIN_DIR, REACTORS, Server } from "../../it/lib.mjs";
import { KINDS } from "./table.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const PROGRAMS = { engine: "engineio_fixture", socket: "socketio_fixture", recovery: "socketio_client_fixture" };
const LISTEN = ["--listen", "127.0.0.1:0"];

async function start(command, args) {
    return new Server(spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })).listening();
}

// { ours: {kind: server}, theirs: {kind: server}, stop }
export async function startBoth() {
    const ours = {};
    const theirs = {};
    for (const kind of Object.keys(KINDS)) {
        ours[kind] = await start(join(BIN_DIR, PROGRAMS[kind]), [...LISTEN, "--reactors", REACTORS]);
        theirs[kind] = await start(process.execPath, [join(HERE, "reference.mjs"), "--kind", kind, ...LISTEN]);
    }
    const stop = async () => {
        for (const server of [...Object.values(theirs), ...Object.values(ours)]) await server.stop();
    };
    return { ours, theirs, stop };
}
