// What the integration tests share: real servers on free ports, stock and raw clients, and ways to wait.
// A wait that lasts WAIT_MS fails the test; nothing else is timed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";
import { WebSocket } from "ws";

export const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = join(HERE, "..", "..");
export const BIN_DIR = process.env.TINCAN_BIN_DIR ?? join(ROOT, "build", "asan", "bin");
export const PUBLIC = process.env.TINCAN_PUBLIC ?? join(ROOT, "build", "release", "public");
export const REACTORS = process.env.TINCAN_REACTORS ?? "2";
export const IS_REFERENCE = process.env.TINCAN_TEST_SERVER === "reference";
export const IS_LONG = Boolean(process.env.TINCAN_LONG);
export const WAIT_MS = Number(process.env.TINCAN_WAIT_MS ?? 20000);
// What is promised within a second, with room for sanitizers and neighbours; whoever forgets to tell a socket needs a ping's 25 s.
export const SOON_MS = WAIT_MS / 4;
const PORTS_FROM = 11000; // behind the last one that browsers refuse
const PORTS_N = 20000;
const PORT_TRIES = 20;
const PORT_WAIT_MS = 100;
const PG_WAIT_MS = 90000; // longer than what it waits for itself, so that it is the one who says what went wrong

// For tests of what only we promise: { skip: OURS_ONLY }.
export const OURS_ONLY = IS_REFERENCE ? "only tincand promises this" : false;

export const RS = "\x1e";
const SANITIZER_REPORT = /ERROR: \w*Sanitizer|WARNING: ThreadSanitizer|runtime error:|LeakSanitizer/;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Reject with what was waited for, instead of hanging.
export function within(promise, what, ms = WAIT_MS) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export async function until(condition, what, ms = WAIT_MS) {
    const start = Date.now();
    for (;;) {
        const value = await condition();
        if (value) return value;
        const waited = Date.now() - start;
        if (waited > ms) throw new Error(`waited ${ms} ms in vain for ${what}`);
        await sleep(waited < 200 ? 10 : 50); // a browser that is asked all the time does little else
    }
}

// Like t.after, but the last thing that was opened is closed first.
const endings = new WeakMap();
export function atEnd(t, close) {
    if (!endings.has(t)) {
        endings.set(t, []);
        t.after(async () => {
            let failure;
            for (const f of endings.get(t).reverse()) {
                try {
                    await f();
                } catch (error) {
                    failure ??= error;
                }
            }
            if (failure) throw failure;
        });
    }
    endings.get(t).push(close);
}

// ---- servers -------------------------------------------------------------------------------------------------------

export class Server {
    constructor(child) {
        this.child = child;
        this.pid = child.pid;
        this.stdout = "";
        this.stderr = "";
        child.stdout.on("data", (data) => (this.stdout += data));
        child.stderr.on("data", (data) => (this.stderr += data));
        this.exited = once(child, "close").then(([code, signal]) => ({ code, signal }));
    }

    async listening() {
        const ended = this.exited.then(({ code, signal }) => {
            throw new Error(`the server ended at once (${signal ?? code}):\n${this.stderr}`);
        });
        ended.catch(() => {});
        const line = await Promise.race([
            until(() => /listening on (http:\/\/\S+?):(\d+)/.exec(this.stdout), "the server to listen"),
            ended,
        ]);
        this.port = Number(line[2]);
        this.url = `http://127.0.0.1:${this.port}`;
        return this;
    }

    // SIGTERM, and then everything has to have gone well.
    async stop() {
        this.child.kill("SIGTERM");
        const { code, signal } = await within(this.exited, "the server to stop after SIGTERM");
        assert.ok(!SANITIZER_REPORT.test(this.stderr), `a sanitizer complained:\n${this.stderr}`);
        assert.equal(signal ?? code, 0, `the server should exit with 0 after SIGTERM; it wrote:\n${this.stderr}`);
    }

    async kill() {
        this.child.kill("SIGKILL");
        const { code, signal } = await within(this.exited, "the server to be gone after SIGKILL");
        assert.ok(!SANITIZER_REPORT.test(this.stderr), `a sanitizer complained:\n${this.stderr}`);
        assert.equal(signal, "SIGKILL", `it had ended by itself before (${code}):\n${this.stderr}`);
    }

    rssBytes() {
        return import("node:fs").then(({ readFileSync }) => {
            const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
            return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024;
        });
    }
}

// The command line that runs the server under test.
export function serverCommand(args) {
    if (IS_REFERENCE) return [process.execPath, [join(HERE, "reference_server.mjs"), ...args]];
    return [join(BIN_DIR, "tincand"), args];
}

// A server that is not told where to keep its data gets a folder of its own, gone with the test's process.
export function spawnServer(args, options = {}) {
    const [program, all] = serverCommand(args);
    const env = { TINCAN_DATA: newFolder("data"), ...process.env, ...options.env };
    return new Server(spawn(program, all, { stdio: ["ignore", "pipe", "pipe"], ...options, env }));
}

const folders = [];

// A temporary folder for the life of this process.
export function newFolder(name) {
    const folder = mkdtempSync(join(tmpdir(), `tincan-${name}-`));
    if (folders.length === 0) process.on("exit", () => folders.forEach((path) => rmSync(path, { recursive: true, force: true })));
    folders.push(folder);
    return folder;
}

export const ANY_PORT = "127.0.0.1:0";

// A port for a server. Not one of those that the system gives to connections: while a server that is to be started again is away, just
// its port could become that of somebody's connection, and stay so for the minute that the system remembers it.
export const somePort = () => PORTS_FROM + Math.floor(Math.random() * PORTS_N);

// Start one on a port that may be taken. start(): a Server.
export async function listeningThere(start) {
    for (let left = PORT_TRIES; ; left--) {
        const server = start();
        try {
            return await server.listening();
        } catch (error) {
            if (left === 0 || !/address already in use/.test(server.stderr)) throw error;
            await sleep(PORT_WAIT_MS);
        }
    }
}

// A server on a free port of loopback, stopped and judged at the end of the test. t is the test's context, or { after }.
export function startServer(t, args = []) {
    const has = (flag) => args.includes(flag);
    return listeningThere(() => {
        const server = spawnServer([
            ...(has("--listen") ? [] : ["--listen", ANY_PORT]),
            ...(has("--reactors") ? [] : ["--reactors", REACTORS]),
            ...(has("--public") ? [] : ["--public", PUBLIC]),
            ...(has("--limits") ? [] : ["--limits", "off"]),
            ...args,
        ].map((word) => (word === ANY_PORT ? `127.0.0.1:${somePort()}` : word)));
        atEnd(t, async () => {
            if (server.child.exitCode === null && server.child.signalCode === null) await server.stop();
        });
        return server;
    });
}

// ---- PostgreSQL ------------------------------------------------------------------------------------------------------

// A private PostgreSQL with an empty database: { url, tcpUrl }, gone at the end of the test. What can be done to it is said in
// tests/support/pg_cluster.py. fast: without fsync.
export async function startPostgres(t, { fast = true } = {}) {
    const args = [join(HERE, "..", "support", "pg_cluster.py"), ...(fast ? ["--fast"] : [])];
    const child = spawn("python3", args, { stdio: ["pipe", "pipe", "pipe"] });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    let stderr = "";
    child.stderr.on("data", (data) => (stderr += data));
    const exited = once(child, "close");
    atEnd(t, async () => {
        child.stdin.end();
        const [code] = await within(exited, "PostgreSQL to be gone");
        assert.equal(code, 0, `PostgreSQL's keeper wrote:\n${stderr}`);
    });
    const answer = async (what) => {
        const { value, done } = await within(answers.next(), `PostgreSQL to ${what}`, PG_WAIT_MS);
        const [, verdict, text] = /^(ok|error) ?(.*)$/.exec(done ? "error it is gone" : value);
        if (verdict === "error") throw new Error(`PostgreSQL could not ${what}: ${text}\n${stderr}`);
        return text;
    };
    const command = (line) => {
        child.stdin.write(`${line}\n`);
        return answer(line);
    };
    const database = (text) => Object.fromEntries(text.split(" ").map((url, i) => [["url", "tcpUrl"][i], url]));
    return {
        ...database(await answer("start")),
        database: async () => database(await command("database")),
        stop: (how = "fast") => command(`stop ${how}`),
        start: () => command("start"),
        restart: (how = "fast") => command(`restart ${how}`),
        kill: () => command("kill"),
        pause: () => command("pause"),
        resume: () => command("resume"),
        pid: async () => Number(await command("pid")),
    };
}

// ---- stock clients -------------------------------------------------------------------------------------------------

export const TRANSPORTS = {
    polling: { transports: ["polling"] },
    websocket: { transports: ["websocket"] },
    upgrade: { transports: ["polling", "websocket"] },
};

// A connected stock client that keeps what `message` brought in .messages.
export async function connect(t, server, options = {}, nsp = "/") {
    const socket = io(server.url + nsp, { forceNew: true, reconnection: false, ...options });
    socket.messages = [];
    socket.on("message", (...args) => socket.messages.push(args[0]));
    atEnd(t, () => socket.disconnect());
    await within(
        new Promise((resolve, reject) => {
            socket.once("connect", resolve);
            socket.once("connect_error", reject);
        }),
        "the client to connect",
    );
    return socket;
}

export const upgraded = (socket) =>
    until(() => socket.io.engine?.transport.name === "websocket", "the client to upgrade to WebSocket");

export const hasMessages = (socket, n) =>
    until(() => socket.messages.length >= n, () => `${n} messages, got ${socket.messages.length}`);

// ---- people and the chat --------------------------------------------------------------------------------------------

// A call of /api/v1: { status, headers, body: the JSON, cookie: what it set, ready to be sent back }. A header that is undefined is not sent.
export async function api(server, method, path, { body, token, cookie, headers = {} } = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const all = {
        ...(text !== undefined && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(cookie && { Cookie: cookie }),
        Origin: server.url,
        ...headers,
    };
    const answer = await request(server, {
        method,
        path: `/api/v1${path}`,
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
        body: text,
    });
    const cookies = (answer.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]);
    let json;
    try {
        json = JSON.parse(answer.body);
    } catch {
        // Not every answer is JSON; whoever looks at body sees that it is missing.
    }
    return { status: answer.status, headers: answer.headers, text: answer.body, body: json, cookie: cookies.join("; ") };
}

function signedIn(answer, what, password) {
    assert.equal(Math.floor(answer.status / 100), 2, `${what}: ${answer.status} ${answer.text}`);
    return { ...answer.body.user, token: answer.body.token, cookie: answer.cookie, password };
}

// A new account, signed in: { id, name, role, ..., token, cookie, password }. guest: without a password.
export async function createUser(server, name, { password = `${name}'s long password`, guest = false, invite } = {}) {
    const answer = guest
        ? await api(server, "POST", "/guest", { body: { name } })
        : await api(server, "POST", "/register", { body: { name, password, ...(invite && { invite }) } });
    return signedIn(answer, `the account ${name}`, guest ? undefined : password);
}

// One more device of somebody.
export async function login(server, name, password) {
    return signedIn(await api(server, "POST", "/login", { body: { name, password } }), `the login of ${name}`, password);
}

// A connected stock client of /chat that keeps every event in .events as [name, ...arguments].
export async function chatSocket(t, server, user, options = {}) {
    const socket = io(`${server.url}/chat`, { forceNew: true, reconnection: false, auth: { token: user.token }, ...options });
    socket.events = [];
    socket.onAny((...args) => socket.events.push(args));
    atEnd(t, () => socket.disconnect());
    await within(
        new Promise((resolve, reject) => {
            socket.once("connect", resolve);
            socket.once("connect_error", (error) => reject(new Error(`${user.name}: ${error.message} ${JSON.stringify(error.data ?? "")}`)));
        }),
        `${user.name} to connect to /chat`,
    );
    return socket;
}

// Ask on /chat; the reply.
export function ask(socket, event, payload = {}) {
    return within(new Promise((resolve) => socket.emit(event, payload, resolve)), `the answer to ${event}`);
}

// ---- raw HTTP ------------------------------------------------------------------------------------------------------

// One request on a connection of its own: { status, headers, body (string), bytes }.
export function request(server, { method = "GET", path = "/", headers = {}, body } = {}) {
    return within(
        new Promise((resolve, reject) => {
            const sent = http.request(
                { host: "127.0.0.1", port: server.port, method, path, headers, agent: false },
                (response) => {
                    const chunks = [];
                    response.on("data", (chunk) => chunks.push(chunk));
                    response.on("error", reject);
                    response.on("end", () => {
                        const bytes = Buffer.concat(chunks);
                        const { statusCode: status, headers } = response;
                        resolve({ status, headers, bytes, body: bytes.toString() });
                    });
                },
            );
            sent.on("error", reject);
            sent.end(body);
        }),
        `${method} ${path}`,
    );
}

// Send raw bytes on a TCP connection; everything that comes back until the server closes or `enough` says so.
export function rawExchange(server, bytes, enough = () => false) {
    return within(
        new Promise((resolve, reject) => {
            const socket = net.connect(server.port, "127.0.0.1", () => socket.write(bytes));
            let got = "";
            socket.on("data", (data) => {
                got += data.toString("latin1");
                if (enough(got)) socket.end();
            });
            socket.on("error", (error) => (error.code === "ECONNRESET" ? resolve(got) : reject(error)));
            socket.on("close", () => resolve(got));
        }),
        "the raw exchange to end",
    );
}

const ENGINE = "/socket.io/?EIO=4";

// A polling session by hand.
export class Poller {
    constructor(server, sid) {
        this.server = server;
        this.sid = sid;
        this.path = `${ENGINE}&transport=polling&sid=${sid}`;
    }

    static async open(server, query = "") {
        const answer = await request(server, { path: `${ENGINE}&transport=polling${query}` });
        assert.equal(answer.status, 200, answer.body);
        assert.equal(answer.body[0], "0", answer.body);
        const open = JSON.parse(answer.body.slice(1).split(RS)[0]);
        const poller = new Poller(server, open.sid);
        poller.open = open;
        return poller;
    }

    // Opened and connected to the namespace "/".
    static async connect(server) {
        const poller = await Poller.open(server);
        assert.equal((await poller.post("40")).body, "ok");
        const packets = await poller.get();
        assert.match(packets, /^40\{"sid":"[^"]+"\}/);
        return poller;
    }

    fetch() {
        return request(this.server, { path: this.path });
    }

    async get() {
        const answer = await this.fetch();
        assert.equal(answer.status, 200, `GET answered ${answer.status} ${answer.body}`);
        return answer.body;
    }

    post(body, headers = {}) {
        return request(this.server, {
            method: "POST",
            path: this.path,
            headers: { "Content-Type": "text/plain;charset=UTF-8", "Content-Length": Buffer.byteLength(body), ...headers },
            body,
        });
    }

    // Is the session gone? (code 1)
    async gone() {
        const { status, body } = await this.fetch();
        return status === 400 && body === '{"code":1,"message":"Session ID unknown"}';
    }
}

// ---- raw WebSocket -------------------------------------------------------------------------------------------------

// An Engine.IO WebSocket by hand: frames in order by next(); closed settles with the close code.
export class RawSocket {
    constructor(url, options = {}) {
        this.ws = new WebSocket(url, { perMessageDeflate: false, ...options });
        this.frames = [];
        this.waiters = [];
        this.ws.on("message", (data, binary) => {
            const frame = binary ? data : data.toString();
            // Heartbeats are answered; the tests of heartbeats turn that off.
            if (frame === "2" && this.answersPings !== false) {
                this.ws.send("3");
                return;
            }
            const waiter = this.waiters.shift();
            if (waiter) waiter.resolve(frame);
            else this.frames.push(frame);
        });
        this.opened = new Promise((resolve, reject) => {
            this.ws.once("open", resolve);
            this.ws.on("error", reject);
        });
        this.opened.catch(() => {});
        this.closed = new Promise((resolve) => this.ws.once("close", (code) => resolve(code)));
        this.closed.then((code) => {
            this.closeCode = code;
            for (const waiter of this.waiters.splice(0)) waiter.reject(this.noFrame());
        });
    }

    next() {
        if (this.frames.length > 0) return Promise.resolve(this.frames.shift());
        if (this.closeCode !== undefined) return Promise.reject(this.noFrame());
        return within(new Promise((resolve, reject) => this.waiters.push({ resolve, reject })), "a frame");
    }

    noFrame() {
        return new Error(`the WebSocket was closed (${this.closeCode}) while a frame was expected`);
    }

    send(data) {
        this.ws.send(data);
    }

    close() {
        this.ws.terminate();
    }

    whenClosed() {
        return within(this.closed, "the server to close the WebSocket");
    }
}

// With sid: the upgrade of that session (no open packet comes). Without: a new session, its open packet in .open.
export async function openRaw(t, server, { sid, query = "", options = {} } = {}) {
    const suffix = sid === undefined ? "" : `&sid=${sid}`;
    const raw = new RawSocket(`ws://127.0.0.1:${server.port}${ENGINE}&transport=websocket${suffix}${query}`, options);
    atEnd(t, () => raw.close());
    await within(raw.opened, "the WebSocket to open");
    if (sid === undefined) raw.open = JSON.parse((await raw.next()).slice(1));
    return raw;
}

// A raw WebSocket that has joined "/".
export async function joinRaw(t, server, settings) {
    const raw = await openRaw(t, server, settings);
    raw.send("40");
    assert.match(await raw.next(), /^40\{"sid":"[^"]+"\}$/);
    return raw;
}

// Does the server still relay on this raw socket?
let probes = 0;
export async function assertAlive(raw) {
    const packet = `42["message","alive ${++probes}"]`;
    raw.send(packet);
    for (;;) if ((await raw.next()) === packet) return;
}
