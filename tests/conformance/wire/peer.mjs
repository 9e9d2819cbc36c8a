// Raw HTTP and WebSocket connections that show exactly what came back.
import { createHash, randomBytes } from "node:crypto";
import net from "node:net";

// So long nothing came: nothing comes.
export const WAIT_MS = Number(process.env.TINCAN_WIRE_WAIT_MS ?? 8000);
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

// A TCP connection as a queue of bytes: `take` what a reader finds complete in them.
class Stream {
    constructor(port) {
        this.bytes = Buffer.alloc(0);
        this.ended = false;
        this.waiting = null;
        this.socket = net.connect(port, "127.0.0.1");
        this.socket.setNoDelay(true);
        this.socket.on("data", (data) => {
            this.bytes = Buffer.concat([this.bytes, data]);
            this.wake();
        });
        this.socket.on("error", () => {});
        this.socket.on("close", () => {
            this.ended = true;
            this.wake();
        });
    }

    wake() {
        this.waiting?.();
        this.waiting = null;
    }

    write(bytes) {
        this.socket.write(bytes);
    }

    // read(bytes, ended) gives [value, bytes used] or undefined for "not yet". Returns "nothing" when nothing comes.
    async take(read, end = Date.now() + WAIT_MS) {
        for (;;) {
            const found = read(this.bytes, this.ended);
            if (found) {
                this.bytes = this.bytes.subarray(found[1]);
                return found[0];
            }
            if (this.ended || Date.now() > end) return "nothing";
            await new Promise((resolve) => {
                this.waiting = resolve;
                setTimeout(resolve, Math.max(1, end - Date.now())).unref();
            });
        }
    }

    close() {
        this.socket.destroy();
    }
}

function readChunked(bytes) {
    const parts = [];
    for (let at = 0; ;) {
        const line = bytes.indexOf("\r\n", at);
        if (line < 0) return undefined;
        const n = parseInt(bytes.toString("latin1", at, line), 16);
        if (bytes.length < line + 2 + n + 2) return undefined;
        parts.push(bytes.subarray(line + 2, line + 2 + n));
        at = line + 2 + n + 2;
        if (n === 0) return [Buffer.concat(parts), at];
    }
}

function readHead(bytes) {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
    const headers = lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    const header = (name) => headers.find(([n]) => n === name)?.[1];
    return { status: Number(first.split(" ")[1]), headers, header, length: end + 4 };
}

// An answer in full.
function readAnswer(isHead) {
    return (bytes, ended) => {
        if (bytes.length === 0 && ended) return ["no answer", 0];
        const head = readHead(bytes);
        if (!head) return undefined;
        const rest = bytes.subarray(head.length);
        const bodiless = isHead || head.status === 204 || head.status === 304 || head.status === 101;
        let body;
        if (bodiless) body = [Buffer.alloc(0), 0];
        else if (head.header("transfer-encoding") === "chunked") body = readChunked(rest);
        else if (head.header("content-length") !== undefined) {
            const n = Number(head.header("content-length"));
            body = rest.length >= n ? [rest.subarray(0, n), n] : undefined;
        } else if (ended) body = [rest, rest.length];
        return body && [{ ...head, body: body[0] }, head.length + body[1]];
    };
}

export class Request {
    constructor(port, method, path, headers, body) {
        this.isHead = method === "HEAD";
        this.stream = new Stream(port);
        const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers];
        if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
        this.stream.write(Buffer.concat([Buffer.from(lines.join("\r\n") + "\r\n\r\n", "latin1"), body ?? Buffer.alloc(0)]));
    }

    static raw(port, bytes) {
        const request = Object.create(Request.prototype);
        request.stream = new Stream(port);
        request.stream.write(bytes);
        return request;
    }

    async answer() {
        const answer = await this.stream.take(readAnswer(this.isHead));
        this.stream.close();
        return answer;
    }

    close() {
        this.stream.close();
    }
}

const OPCODES = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

export function makeFrame(first, payload) {
    const mask = randomBytes(4);
    let head = Buffer.from([first, 0x80 | payload.length]);
    if (payload.length > 0xffff) {
        head = Buffer.alloc(10);
        head.set([first, 0x80 | 127]);
        head.writeBigUInt64BE(BigInt(payload.length), 2);
    } else if (payload.length > 125) {
        head = Buffer.from([first, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
    }
    return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i & 3])]);
}

// A frame of the server, or "end".
function readFrame(bytes, ended) {
    const short = ended ? ["end", bytes.length] : undefined;
    if (bytes.length < 2) return short;
    let n = bytes[1] & 0x7f;
    let at = 2;
    if (n === 126) {
        if (bytes.length < 4) return short;
        n = bytes.readUInt16BE(2);
        at = 4;
    } else if (n === 127) {
        if (bytes.length < 10) return short;
        n = Number(bytes.readBigUInt64BE(2));
        at = 10;
    }
    if (bytes.length < at + n) return short;
    return [{ first: bytes[0], payload: bytes.subarray(at, at + n) }, at + n];
}

export class Socket {
    // answersPings: Engine.IO's, unseen.
    constructor(port, path, headers, answersPings) {
        this.answersPings = answersPings;
        this.key = randomBytes(16).toString("base64");
        this.stream = new Stream(port);
        this.stream.write([
            `GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Upgrade: websocket", "Connection: Upgrade",
            `Sec-WebSocket-Key: ${this.key}`, "Sec-WebSocket-Version: 13", ...headers, "", "",
        ].join("\r\n"));
    }

    // The answer to the handshake; its status is 101 when all is well.
    async opened() {
        const answer = await this.stream.take(readAnswer(false));
        const accept = createHash("sha1").update(this.key + GUID).digest("base64");
        if (answer.status === 101 && answer.header("sec-websocket-accept") !== accept) throw new Error("a wrong accept key");
        return answer;
    }

    send(kind, payload) {
        this.stream.write(makeFrame(0x80 | OPCODES[kind], payload));
    }

    // Text or bytes of the next message, { close }, "end" or "nothing".
    async next() {
        const end = Date.now() + WAIT_MS;
        for (;;) {
            const frame = await this.stream.take(readFrame, end);
            if (typeof frame === "string") return frame;
            const kind = Object.keys(OPCODES).find((name) => OPCODES[name] === (frame.first & 15));
            if (kind === "close") {
                this.send("close", frame.payload);
                return { close: frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005 };
            }
            if (kind === "text" && this.answersPings && frame.payload.equals(Buffer.from("2"))) this.send("text", Buffer.from("3"));
            else if (kind === "text" || kind === "binary") return { kind, payload: frame.payload, first: frame.first };
        }
    }

    close() {
        this.stream.close();
    }
}
