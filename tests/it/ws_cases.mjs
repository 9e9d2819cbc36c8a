// Runs the table of WebSocket cases against a server over TCP or TLS, each case on a connection of its own.
//
//   node ws_cases.mjs URL [--echo] [--bytes] [--max N] [--only NAME]
//
// URL is ws:// or wss:// with the path. Without --echo the server speaks Engine.IO: it may end a session over what
// messages say, so of messages only this is judged: valid ones do not fail the framing, and what a WebSocket ping
// before them asks is answered. Text messages are made Engine.IO pongs, which a server takes at any time.
import { randomBytes } from "node:crypto";
import net from "node:net";
import { dirname, join } from "node:path";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { readTable } from "./ws_table.mjs";

const CASES = join(dirname(fileURLToPath(import.meta.url)), "..", "vectors", "ws", "cases.txt");
const FRAMING_CODES = [1002, 1003, 1007, 1008, 1009, 1010];
const ALIVE = Buffer.from("still there?");
const WAIT_MS = 20000; // what takes longer has failed
const SILENCE_MS = 30; // how long a server that must wait is watched
const AT_ONCE = 8;
const BYTE_BY_BYTE_MAX = 400;
const KINDS = { 0: "cont", 1: "text", 2: "bin", 8: "close", 9: "ping", 10: "pong" };

function maskedFrame(opcode, payload) {
    return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

// The frames at the front of what a server sent: { frames: [{ kind, data, code }], rest }.
function readFrames(bytes) {
    const frames = [];
    let at = 0;
    for (;;) {
        if (bytes.length - at < 2) break;
        const length = bytes[at + 1];
        if (length > 127) throw new Error("a masked frame from the server");
        const head = length === 127 ? 10 : length === 126 ? 4 : 2;
        if (bytes.length - at < head) break;
        let n = length;
        if (length === 126) n = bytes.readUInt16BE(at + 2);
        if (length === 127) n = Number(bytes.readBigUInt64BE(at + 2));
        if (bytes.length - at < head + n) break;
        if ((bytes[at] & 0xf0) !== 0x80) throw new Error("a fragment or a reserved bit from the server");
        const frame = { kind: KINDS[bytes[at] & 15], data: bytes.subarray(at + head, at + head + n) };
        if (frame.kind === "close") {
            frame.body = frame.data;
            frame.code = n === 0 ? 1005 : frame.data.readUInt16BE(0);
            frame.data = frame.data.subarray(2);
        }
        frames.push(frame);
        at += head + n;
    }
    return { frames, rest: bytes.subarray(at) };
}

// A connection after its handshake; .frames grows, .ended is set with the end of the stream.
class Connection {
    constructor(socket, waitMs) {
        this.socket = socket;
        this.waitMs = waitMs;
        this.bytes = Buffer.alloc(0);
        this.frames = [];
        this.upgraded = false;
        this.ended = false;
        this.waiting = null;
        socket.setNoDelay(true);
        socket.on("data", (data) => this.take(data));
        // A reset is an end too: a server may close while there is still input it has not read.
        socket.on("error", (error) => (this.error = error));
        socket.on("end", () => this.settle(true));
        socket.on("close", () => this.settle(true));
    }

    take(data) {
        this.bytes = Buffer.concat([this.bytes, data]);
        if (!this.upgraded) {
            const end = this.bytes.indexOf("\r\n\r\n");
            if (end < 0) return;
            this.status = this.bytes.subarray(0, this.bytes.indexOf("\r\n")).toString();
            this.upgraded = true;
            this.bytes = this.bytes.subarray(end + 4);
        }
        const { frames, rest } = readFrames(this.bytes);
        const close = frames.find((frame) => frame.kind === "close");
        if (close && !this.closeFrame()) this.write(maskedFrame(8, close.body));
        this.frames.push(...frames);
        this.bytes = rest;
        this.settle(false);
    }

    settle(ended) {
        this.ended ||= ended;
        this.waiting?.();
    }

    until(condition, what) {
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), this.waitMs);
            this.waiting = () => {
                if (!condition() && !this.ended) return;
                clearTimeout(timer);
                this.waiting = null;
                resolve();
            };
            this.waiting();
        });
    }

    write(bytes) {
        if (this.socket.writable) this.socket.write(bytes);
    }

    closeFrame() {
        return this.frames.find((frame) => frame.kind === "close");
    }
}

async function open(url, waitMs) {
    const { protocol, hostname, host, port, pathname, search } = new URL(url);
    const secure = protocol === "wss:";
    const socket = secure
        ? tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] })
        : net.connect(Number(port), hostname);
    const connection = new Connection(socket, waitMs);
    socket.write(
        `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
    );
    await connection.until(() => connection.upgraded, "the handshake");
    if (!connection.status?.includes(" 101 ")) throw new Error(`no handshake: ${connection.status ?? connection.error}`);
    return connection;
}

async function send(connection, bytes, byteByByte) {
    if (!byteByByte) {
        connection.write(bytes);
        return;
    }
    for (let i = 0; i < bytes.length && !connection.ended && !connection.closeFrame(); i++) {
        connection.write(bytes.subarray(i, i + 1));
        await new Promise(setImmediate);
    }
}

const show = ({ kind, code, data }) =>
    `${kind}${code === undefined ? "" : ` ${code}`}(${data.length > 40 ? `${data.length} bytes` : data.toString("latin1")})`;

// What is wrong with what came, or null. Messages are judged against an echo server only.
function judge(c, connection, { echo, loose }) {
    const close = c.events.find((event) => event.kind === "close");
    const answer = connection.closeFrame();
    const kinds = echo ? ["text", "bin", "ping"] : ["ping"];
    const expected = c.events
        .filter((event) => kinds.includes(event.kind))
        .map((event) => show(event.kind === "ping" ? { ...event, kind: "pong" } : event));
    const happened = connection.frames
        .filter((frame) => frame.kind !== "close" && (echo || frame.kind === "pong") && !frame.data.equals(ALIVE))
        .map(show);
    const all = `expected ${expected}, ${c.fail ? `failure ${c.fail}` : "no failure"}; got ${connection.frames.map(show)}`;
    const code = answer?.code;
    if (c.fail !== null && code !== c.fail && !(loose && !FRAMING_CODES.includes(code))) return `${all}: wrong code`;
    if (c.fail === null && !close && FRAMING_CODES.includes(code)) return `${all}: it failed`;
    if (close && ![close.code, 1000].includes(code)) return `${all}: the close is not answered`;
    if (c.fail !== null || close) {
        if (!connection.ended) return `${all}: the connection is not ended`;
    }
    if (!loose && expected.join() !== happened.join()) return `${all}: wrong answers`;
    if (!loose && c.fail === null && !close && !c.insideFrame && !connection.frames.some((f) => f.data.equals(ALIVE))) {
        return `${all}: it is dead`;
    }
    return null;
}

// Returns: what is wrong, or null.
async function runCase(c, url, { echo, byteByByte, waitMs }) {
    const connection = await open(url, waitMs);
    const ends = c.fail !== null || c.events.some((event) => event.kind === "close");
    // A packet that is not Engine.IO's may end the session: then only its framing is judged.
    const loose = !echo && c.events.some(({ kind }) => kind === "bin" || (kind === "text" && c.raw));
    try {
        await send(connection, c.bytes, byteByByte);
        if (ends) {
            await connection.until(() => connection.ended, "the end of the connection");
        } else if (c.insideFrame) {
            await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
        } else {
            connection.write(maskedFrame(9, ALIVE));
            await connection.until(
                () => connection.frames.some((frame) => frame.data.equals(ALIVE)) || connection.closeFrame(),
                "the answer to a ping",
            );
        }
        return judge(c, connection, { echo, loose });
    } catch (error) {
        return `${error.message}; got ${connection.frames.map(show)}`;
    } finally {
        connection.socket.destroy();
    }
}

// Run the table. Returns: { run, failures: [{ name, what }] }.
export async function runCases(url, options = {}) {
    const { echo = false, byteByByte = false, max = 1000000, select = () => true, waitMs = WAIT_MS } = options;
    const table = readTable(CASES, { max, prefix: echo ? "" : "3" });
    // A client that goes on, write by write, after its own close frame may be met by a reset that takes the answer away.
    const inBytes = (c) => c.bytes.length <= BYTE_BY_BYTE_MAX && (c.closeAt === 0 || c.closeAt === c.bytes.length);
    const cases = table.filter((c) => select(c.name) && (!byteByByte || inBytes(c)));
    const failures = [];
    let next = 0;
    const worker = async () => {
        while (next < cases.length) {
            const c = cases[next++];
            const what = await runCase(c, url, { echo, byteByByte, waitMs }).catch((error) => error.message);
            if (what !== null) failures.push({ name: c.name, what });
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return { run: cases.length, failures };
}

async function main(args) {
    const value = (flag, otherwise) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : otherwise);
    const { run, failures } = await runCases(args[0], {
        echo: args.includes("--echo"),
        byteByByte: args.includes("--bytes"),
        max: Number(value("--max", "1000000")),
        select: (name) => name.startsWith(value("--only", "")),
    });
    for (const { name, what } of failures) console.log(`${name}: ${what}`);
    console.log(`${run - failures.length} passed, ${failures.length} failed`);
    process.exitCode = failures.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
