// Reads the tables of wire cases and plays a case towards a server. The notation is in README.md.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Request, Socket, makeFrame } from "./peer.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const METHODS = ["get", "post", "put", "head", "options", "delete"];
const HIDDEN_HEADERS = ["date", "connection", "keep-alive"];
const PLAYS_MAX = 5;
const PING_MS = 300; // reference.mjs, and the fixtures
export const KINDS = { engine: "/engine.io/", socket: "/socket.io/", recovery: "/socket.io/" };

// [{ name, kind, steps: [line], expected: [line], why, line }]; steps and expectations keep their order of their own.
export function readTable(file, kind) {
    const cases = [];
    for (const [index, line] of readFileSync(join(HERE, file), "utf8").split("\n").entries()) {
        const last = cases.at(-1);
        if (line === "" || line.startsWith("#")) continue;
        if (line.startsWith("case ")) {
            cases.push({ name: line.slice(5), kind, steps: [], expected: [], why: "", line: index + 1 });
        } else if (line.startsWith("= ") || line === "=") last.expected.push(line.slice(2));
        else if (line.startsWith("why ")) last.why += line.slice(4) + " ";
        else last.steps.push(line);
    }
    return cases;
}

export const readCases = () => Object.keys(KINDS).flatMap((kind) => readTable(`${kind}.txt`, kind));

function unescape(text) {
    const repeated = text.replace(/\{([^{}]*)\*(\d+)\}/g, (_, piece, n) => piece.repeat(Number(n)));
    return Buffer.concat(repeated.split(/(\\x[0-9a-f]{2}|\\[nr\\])/).map((piece) => {
        if (/^\\x/.test(piece)) return Buffer.from(piece.slice(2), "hex");
        return Buffer.from({ "\\n": "\n", "\\r": "\r", "\\\\": "\\" }[piece] ?? piece);
    }));
}

// Bytes as a line shows them: printable UTF-8 as it is, ids as *, long runs short.
function show(bytes) {
    let text = bytes.toString();
    if (!Buffer.from(text).equals(bytes)) text = bytes.toString("latin1").replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
    return text
        .replace(/\\(?!x)/g, "\\\\")
        .replace(/\n/g, "\\n")
        .replace(/\r/g, "\\r")
        .replace(/[\x00-\x1f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)
        .replace(/(.)\1{29,}/g, (run, c) => `{${c}*${run.length}}`);
}

class Play {
    constructor(server, kind) {
        this.port = server.port;
        this.base = KINDS[kind];
        this.things = new Map();
        this.values = new Map();
        this.headers = [];
        this.shown = [];
        this.answersPings = true;
    }

    fill(text) {
        return text.replace(/\$(\w+)/g, (all, name) => this.values.get(name) ?? all);
    }

    path(query = "", transport) {
        const filled = this.fill(query).replace("~", `EIO=4&transport=${transport}`);
        return filled.startsWith("//") ? filled.slice(1) : this.base + (filled.startsWith("/") ? filled.slice(1) : filled);
    }

    takeHeaders() {
        return this.headers.splice(0);
    }

    request(words) {
        const [method, query, ...body] = words.split(" ");
        const data = body.length > 0 ? unescape(this.fill(body.join(" "))) : method === "post" || method === "put" ? Buffer.alloc(0) : undefined;
        return new Request(this.port, method.toUpperCase(), this.path(query, "polling"), this.takeHeaders(), data);
    }

    show(text) {
        let line = text;
        for (const [name, value] of this.values) line = line.replaceAll(`"${value}"`, `"$${name}"`);
        this.shown.push(line.replace(/"(sid|pid)":"[\w-]{20}"/g, '"$1":"*"'));
    }

    // Answer a heartbeat that came by polling and poll again.
    async pastPing(answer, words) {
        let current = answer;
        while (this.answersPings && words?.startsWith("get ") && current.status === 200 && current.body.equals(Buffer.from("2"))) {
            await this.request(words.replace("get", "post").split(" ").slice(0, 2).join(" ") + " 3").answer();
            current = await this.request(words).answer();
        }
        return current;
    }

    showAnswer(answer) {
        if (typeof answer === "string") this.show(answer);
        else this.show(`${answer.status} ${answer.header("content-type") ?? "-"} ${show(answer.body)}`.trimEnd());
    }

    showHeaders(answer) {
        if (typeof answer === "string") return this.show(answer);
        this.show(String(answer.status));
        for (const [name, value] of answer.headers.sort(([a], [b]) => (a < b ? -1 : 1))) {
            if (!HIDDEN_HEADERS.includes(name)) this.show(`${name}: ${value}`.replace(/sec-websocket-accept: .*/, "sec-websocket-accept: *"));
        }
    }

    async socket(name, query) {
        const socket = new Socket(this.port, this.path(query || "?~", "websocket"), this.takeHeaders(), this.answersPings);
        this.things.set(name, socket);
        const answer = await socket.opened();
        if (answer.status !== 101) this.showAnswer(answer);
        return socket;
    }

    async join(name, query) {
        const socket = await this.socket(name, query);
        await socket.next();
        socket.send("text", Buffer.from("40"));
        const answer = await socket.next();
        if (answer.kind !== "text") throw new Error("CONNECT was not answered");
        const { sid, pid } = JSON.parse(answer.payload.toString().slice(2));
        this.values.set(`id${name}`, sid);
        if (pid) this.values.set(`pid${name}`, pid);
        else await socket.next();
    }

    showNext(name, got) {
        if (typeof got === "string") this.show(got);
        else if (got.close !== undefined) this.show(`close ${got.close}`);
        else if (got.kind === "text") {
            const text = got.payload.toString();
            // The offset is whatever the server likes: it gets a name.
            const offset = /,"([\w.-]+)"\]$/.exec(text);
            if (this.offsets !== undefined && offset) this.values.set(`offset${++this.offsets}`, offset[1]);
            this.show(`text ${show(got.payload)}`);
        } else this.show(`bytes ${got.payload.toString("hex")}`.trimEnd());
    }

    async step(line) {
        const [verb, name, ...more] = line.split(" ");
        const rest = line.slice(verb.length + 1);
        const words = more.join(" ");
        const thing = this.things.get(name);
        if (METHODS.includes(verb)) this.showAnswer(await this.pastPing(await this.request(line).answer(), line));
        else if (verb === "headers") this.showHeaders(await this.request(rest).answer());
        else if (verb === "with") this.headers.push(rest);
        else if (verb === "raw") {
            this.things.set(name, Request.raw(this.port, unescape(this.fill(words).replace("PORT", this.port))));
        } else if (verb === "send") this.things.set(name, Object.assign(this.request(words), { words }));
        else if (verb === "answer") this.showAnswer(await this.pastPing(await thing.answer(), thing.words));
        else if (verb === "abort" || verb === "hang") thing.close();
        else if (verb === "session") {
            const answer = await this.request("get ?~").answer();
            this.values.set(name, JSON.parse(answer.body.toString().slice(1)).sid);
        } else if (verb === "socket") await this.socket(name, words);
        else if (verb === "headers-of") this.showHeaders(await new Socket(this.port, this.path(words, "websocket"), this.takeHeaders(), true).opened());
        else if (verb === "open") {
            const first = await (await this.socket(name, words)).next();
            this.values.set(name, JSON.parse(first.payload.toString().slice(1)).sid);
        } else if (verb === "join") await this.join(name, words);
        else if (verb === "text") thing.send("text", unescape(this.fill(words)));
        else if (verb === "texts") {
            const frames = words.split(" | ").map((data) => makeFrame(0x81, unescape(this.fill(data))));
            thing.stream.write(Buffer.concat(frames));
        } else if (verb === "bytes") thing.send("binary", Buffer.from(words, "hex"));
        else if (verb === "frame") thing.stream.write(Buffer.from(words.replaceAll(" ", ""), "hex"));
        else if (verb === "next") this.showNext(name, await thing.next());
        else if (verb === "sleep") await new Promise((resolve) => setTimeout(resolve, Number(name)));
        else if (verb === "pings") this.answersPings = false;
        else if (verb === "offsets") this.offsets = 0;
        else throw new Error(`"${line}" is no step`);
    }
}

// What a server answers to a case, line by line; what goes wrong is the last line.
export async function play(server, { steps, kind }) {
    const run = new Play(server, kind);
    try {
        for (const line of steps) await run.step(line);
    } catch (error) {
        run.show(`failed: ${error.message}`);
    }
    for (const thing of run.things.values()) thing.close();
    return run.shown;
}

// Play cases, some at a time. Returns a Map from case to what was answered.
// expectedOf (optional): what a case should be answered. On a machine that is slow at that moment the servers' pings come between the steps:
// a case that was answered otherwise, and took longer than they wait, is played again when nothing else is.
export async function playAll(serverOf, cases, expectedOf, atOnce = 12) {
    const results = new Map();
    const waiting = [...cases];
    const slow = [];
    const playOne = async (one) => {
        const began = performance.now();
        results.set(one, await play(serverOf(one.kind), one));
        const isAsExpected = !expectedOf || String(results.get(one)) === String(expectedOf(one));
        return isAsExpected || performance.now() - began < PING_MS;
    };
    const worker = async () => {
        for (let next; (next = waiting.shift());) if (!await playOne(next)) slow.push(next);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    for (const one of slow) for (let left = PLAYS_MAX; left > 0 && !await playOne(one); left--);
    return results;
}
