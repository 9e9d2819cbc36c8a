// One room, every kind of client, both transports: the page, the terminal, the stock JavaScript client, python-socketio.
// What any of them says, all of them get, once.
// tincan-test: reactors=1,4 timeout=120 slots=2
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import {
    BIN_DIR, HERE, OURS_ONLY, TRANSPORTS, atEnd, bodies, connect, launch, openChat, say, startChat, until, within,
} from "./lib.mjs";

const TINCAN = join(BIN_DIR, "tincan");
const PYTHON_CLIENT = join(HERE, "..", "it", "python_client.py");

// A client: texts() is what it has seen, say(text) speaks. A page shows its own message at once; the rest hear theirs back.
async function pageClient(t, browser, server, query) {
    const page = await openChat(t, browser, server, { query, states: ["live", "polling"] });
    return { name: `page${query}`, texts: () => bodies(page), say: (text) => say(page, text) };
}

async function javaScriptClient(t, server, name) {
    const socket = await connect(t, server, TRANSPORTS[name]);
    return {
        name: `socket.io-client by ${name}`,
        texts: () => socket.messages.map((message) => message.text),
        say: (text) => socket.emit("message", { text, timestamp: new Date().toISOString() }),
    };
}

// A child process that prints a line for each message.
function lines(t, command, args, textOf) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    const client = { child, seen: [], stderr: "" };
    createInterface({ input: child.stdout }).on("line", (line) => {
        const text = textOf(JSON.parse(line));
        if (text !== undefined) client.seen.push(text);
    });
    child.stderr.on("data", (data) => (client.stderr += data));
    atEnd(t, () => child.kill("SIGKILL"));
    return client;
}

async function pythonClient(t, server, transport) {
    let connected = false;
    const client = lines(t, "/usr/bin/python3", ["-B", PYTHON_CLIENT, server.url, transport], ([kind, value]) => {
        connected ||= kind === "transport";
        return kind === "message" ? value.text : undefined;
    });
    await until(() => connected, `python to connect by ${transport}; ${client.stderr}`);
    return {
        name: `python-socketio by ${transport}`,
        texts: () => client.seen,
        say: (text) => client.child.stdin.write(`${JSON.stringify({ text, timestamp: "2026-01-01T00:00:00.000Z" })}\n`),
    };
}

async function terminalClient(t, server, transport) {
    const common = ["--server", server.url, "--transport", transport, "--name", "term"];
    const tail = lines(t, TINCAN, [...common, "tail", "#lobby", "--json"], (message) => message.text);
    await until(() => /connected|live/i.test(tail.stderr), `tail to connect; it said ${tail.stderr}`);
    return {
        name: `tincan by ${transport}`,
        texts: () => tail.seen,
        say: async (text) => {
            const send = spawn(TINCAN, [...common, "send", "#lobby", text]);
            const code = await within(new Promise((resolve) => send.on("exit", resolve)), "tincan send to end");
            assert.equal(code, 0, "send is confirmed");
        },
    };
}

test("the page, the terminal, JavaScript and python talk in one room, by both transports", { skip: OURS_ONLY }, async (t) => {
    const server = await startChat(t);
    const browser = await launch(t);
    const clients = [
        await pageClient(t, browser, server, ""),
        await pageClient(t, browser, server, "?transport=polling"),
        ...await Promise.all(Object.keys(TRANSPORTS).map((name) => javaScriptClient(t, server, name))),
        await pythonClient(t, server, "polling"),
        await pythonClient(t, server, "websocket"),
        await terminalClient(t, server, "polling"),
        await terminalClient(t, server, "websocket"),
    ];
    const said = clients.map((client) => `this is ${client.name}`);
    for (let i = 0; i < clients.length; i++) {
        await clients[i].say(said[i]);
    }
    for (const client of clients) {
        await until(async () => (await client.texts()).length >= said.length, `${client.name} to have heard everybody`);
        assert.deepEqual([...await client.texts()].sort(), [...said].sort(), client.name);
    }
});
