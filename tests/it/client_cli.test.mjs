// The terminal client: send and tail over every transport, through hostile middle boxes, TLS, and a server that dies.
// Runs against tincand, or against the reference with TINCAN_TEST_SERVER=reference.
// tincan-test: timeout=240
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Server as SocketServer } from "socket.io";
import { startTlsFront } from "./client_lib.mjs";
import { BIN_DIR, connect, hasMessages, ROOT, startServer, until, within } from "./lib.mjs";

const TINCAN = join(BIN_DIR, "tincan");
const SANITIZER_REPORT = /ERROR: \w*Sanitizer|runtime error:|LeakSanitizer/;
const ENV = { ...process.env, TZ: "UTC", USER: "ann" };

class Tincan {
    constructor(args, options = {}) {
        this.child = spawn(TINCAN, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...ENV, ...options.env } });
        this.out = "";
        this.err = "";
        this.child.stdout.on("data", (data) => (this.out += data));
        this.child.stderr.on("data", (data) => (this.err += data));
        this.child.stdin.on("error", () => {});
        this.exited = once(this.child, "close").then(([code, signal]) => signal ?? code);
    }

    lines() {
        return this.out.split("\n").slice(0, -1);
    }

    told(pattern) {
        return until(() => pattern.exec(this.err), `${pattern} on stderr, got:\n${this.err}`);
    }

    hasLines(n) {
        return until(() => this.lines().length >= n, `${n} lines`);
    }

    async code() {
        const code = await within(this.exited, `${this.child.spawnargs.join(" ")} to end`);
        assert.ok(!SANITIZER_REPORT.test(this.err), this.err);
        return code;
    }

    async interrupted() {
        this.child.kill("SIGINT");
        assert.equal(await this.code(), 0, this.err);
    }
}

// A tail that is connected; interrupted at the end of the test.
async function startTail(t, url, args = [], options = {}) {
    const tail = new Tincan(["--relay", "--server", url, ...args, "tail", "#lobby", ...(options.json ? ["--json"] : [])], options);
    t.after(async () => {
        if (tail.child.exitCode === null && tail.child.signalCode === null) await tail.interrupted();
    });
    await tail.told(/connected by/);
    return tail;
}

async function send(url, text, args = [], options = {}) {
    const run = new Tincan(["--relay", "--server", url, ...args, "send", "#lobby", ...(text === null ? [] : [text])], options);
    run.child.stdin.end(options.input ?? "");
    return { code: await run.code(), out: run.out, err: run.err };
}

async function sent(url, text, args, options) {
    assert.deepEqual(await send(url, text, args, options), { code: 0, out: "", err: "" });
}

const MODES = { polling: ["--transport", "polling"], websocket: ["--transport", "websocket"], upgrade: [] };

for (const [mode, args] of Object.entries(MODES)) {
    test(`${mode}: tail prints what send and a stock client say`, async (t) => {
        const server = await startServer(t);
        const tail = await startTail(t, server.url, args);
        const stock = await connect(t, server);
        await tail.told(mode === "polling" ? /connected by polling/ : /connected by websocket/);
        await sent(server.url, "hello \u00e9\u{1f600}", ["--name", "bob", ...args]);
        await hasMessages(stock, 1);
        const { cid, timestamp, ...rest } = stock.messages[0];
        assert.deepEqual(rest, { text: "hello \u00e9\u{1f600}", user: "bob" });
        assert.match(cid, /^[0-9a-f]{32}$/);
        assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);
        stock.emit("message", { text: "from the tutorial", timestamp: "2024-05-01T12:34:56.000Z" });
        await tail.hasLines(2);
        assert.deepEqual(tail.lines(), [
            `${timestamp.slice(11, 16)} bob: hello \u00e9\u{1f600}`,
            "12:34 guest: from the tutorial",
        ]);
        if (mode === "polling") assert.doesNotMatch(tail.err, /websocket/);
        if (mode === "websocket") assert.doesNotMatch(tail.err, /polling/);
        await tail.interrupted();
    });

    test(`${mode}: tail finds a server again that was killed`, async (t) => {
        const server = await startServer(t);
        const tail = await startTail(t, server.url, args);
        await sent(server.url, "before", args);
        await tail.hasLines(1);
        await server.kill();
        await tail.told(/not connected: .*; trying again in/);
        const again = await startServer(t, ["--listen", `127.0.0.1:${server.port}`]);
        await until(() => tail.err.match(/connected by/g).length >= (mode === "upgrade" ? 3 : 2), "tail to be back");
        await sent(again.url, "after", args);
        await tail.hasLines(2);
        assert.deepEqual(tail.lines().map((line) => line.slice(6)), ["ann: before", "ann: after"]);
    });

    test(`${mode}: many messages arrive once each and in order`, async (t) => {
        const server = await startServer(t);
        const tail = await startTail(t, server.url, args);
        const stock = await connect(t, server);
        for (let i = 0; i < 500; i++) stock.emit("message", { text: `${i} ${"x".repeat(i)}` });
        await tail.hasLines(500);
        assert.deepEqual(tail.lines().map((line) => parseInt(line.slice(13))), [...Array(500).keys()]);
    });
}

test("tail --json prints each message as one JSON object", async (t) => {
    const server = await startServer(t);
    const tail = await startTail(t, server.url, [], { json: true });
    const stock = await connect(t, server);
    const messages = [
        { text: "a\nb\u001b[31m\u009b", extra: { deep: [1, "x y", null] } },
        { text: "\u202eevil\u007f", user: "bob" },
    ];
    for (const message of messages) stock.emit("message", message);
    stock.emit("message", "not an object");
    stock.emit("message", { text: 1 });
    await sent(server.url, "last");
    await tail.hasLines(3);
    assert.deepEqual(tail.lines().slice(0, 2).map(JSON.parse), messages);
    assert.equal(JSON.parse(tail.lines()[2]).text, "last");
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(tail.out, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test("send says that it waits for a connection, and sends once there is one", async (t) => {
    const holder = net.createServer((socket) => socket.on("error", () => {}));
    holder.listen(0, "127.0.0.1");
    await once(holder, "listening");
    const port = holder.address().port; // accepts, and says nothing
    const held = new Set();
    holder.on("connection", (socket) => held.add(socket));
    const run = new Tincan(["--relay", "--server", `http://127.0.0.1:${port}`, "send", "#lobby", "patience"]);
    await run.told(/^tincan: not connected to http:\/\/127\.0\.0\.1:\d+ yet; trying for 10 seconds\n$/);
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => holder.close(resolve));
    await startServer(t, ["--listen", `127.0.0.1:${port}`]);
    assert.equal(await run.code(), 0, run.err);
    assert.equal(run.err.split("\n").length, 2, run.err);
});

test("tail prints a message that was sent again once", async (t) => {
    const server = await startServer(t);
    const tail = await startTail(t, server.url);
    const stock = await connect(t, server);
    const say = (text, cid) => stock.emit("message", { text, cid });
    for (const [text, cid] of [["one", "a"], ["one again", "a"], ["two", "b"], ["no cid"], ["no cid"], ["b again", "b"]]) say(text, cid);
    for (let i = 0; i < 600; i++) say(`more ${i}`, `m${i}`);
    say("forgotten", "a");
    await tail.hasLines(605);
    const texts = tail.lines().map((line) => line.slice(line.indexOf(": ") + 2));
    assert.deepEqual(texts.slice(0, 4), ["one", "two", "no cid", "no cid"]);
    assert.deepEqual([texts.length, texts.at(-1)], [605, "forgotten"]);
});

test("what others write cannot steer the terminal", async (t) => {
    const server = await startServer(t);
    const tail = await startTail(t, server.url);
    const stock = await connect(t, server);
    stock.emit("message", { text: "\u001b]0;x\u0007\r\nfake: line\u009b1m\u202e", user: "\u001b[2Jeve" });
    await tail.hasLines(1);
    assert.equal(tail.lines()[0].slice(6), "\u241b[2Jeve: \u241b]0;x\u2407\u240d\u240afake: line\ufffd1m\ufffd");
});

test("send reads the standard input", async (t) => {
    const server = await startServer(t);
    const stock = await connect(t, server);
    await sent(server.url, null, [], { input: "two\nlines\n" });
    await hasMessages(stock, 1);
    assert.equal(stock.messages[0].text, "two\nlines");
    assert.equal(stock.messages[0].user, "ann");
});

test("send leaves out a terminal's colours and other control characters", async (t) => {
    const server = await startServer(t);
    const stock = await connect(t, server);
    await sent(server.url, null, [], { input: "\x1b[1;32mgreen\x1b[0m\tand\x07 \u009bmmore\r\n" });
    await hasMessages(stock, 1);
    assert.equal(stock.messages[0].text, "green\tand more");
});

test("send takes 16000 characters and refuses one more, nothing, and what is not text", async (t) => {
    const server = await startServer(t);
    const stock = await connect(t, server);
    await sent(server.url, null, [], { input: "\u{1f600}".repeat(16000) });
    await hasMessages(stock, 1);
    assert.equal(stock.messages[0].text, "\u{1f600}".repeat(16000));
    const refused = async (input, why) => {
        const { code, err } = await send(server.url, null, [], { input });
        assert.equal(code, 1);
        assert.match(err, why);
    };
    await refused("x".repeat(16001), /too long/);
    await refused("x".repeat(1_000_000), /too long/);
    await refused("", /no text/);
    await refused("\x07\x1b[0m\n", /no text/);
    await refused(Buffer.from([0xff]), /UTF-8/);
    assert.equal(stock.messages.length, 1);
});

// Forwards requests, answers chunked, and refuses every WebSocket, as old proxies do.
async function startOldProxy(t, server) {
    const seen = { upgrades: 0, requests: 0 };
    const proxy = http.createServer((request, response) => {
        seen.requests++;
        const { method, url, headers } = request;
        const onward = http.request({ host: "127.0.0.1", port: server.port, method, path: url, headers }, (answer) => {
            const { "content-length": _, ...kept } = answer.headers;
            response.writeHead(answer.statusCode, kept);
            answer.pipe(response);
        });
        onward.on("error", () => response.destroy());
        response.on("close", () => onward.destroy());
        request.pipe(onward);
    });
    proxy.on("upgrade", (request, socket) => {
        seen.upgrades++;
        socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    t.after(() => {
        proxy.closeAllConnections();
        proxy.close();
    });
    return { url: `http://127.0.0.1:${proxy.address().port}`, seen };
}

test("a refused WebSocket leaves tail on polling", async (t) => {
    const server = await startServer(t, ["--ping-interval", "300"]);
    const proxy = await startOldProxy(t, server);
    const tail = await startTail(t, proxy.url);
    await until(() => proxy.seen.upgrades === 1, "the upgrade to be tried");
    await sent(server.url, "one");
    await tail.hasLines(1);
    const requests = proxy.seen.requests;
    await until(() => proxy.seen.requests > requests + 4, "heartbeats by polling");
    await sent(proxy.url, "two");
    await tail.hasLines(2);
    assert.equal(tail.err, `tincan: connected by polling to ${proxy.url}\n`);
    const { code, err } = await send(proxy.url, "no", ["--transport", "websocket"]);
    assert.equal(code, 1);
    assert.match(err, /no confirmation/);
});

test("TLS: every transport, a name and an address, and large messages", async (t) => {
    const server = await startServer(t);
    const front = await startTlsFront(t, server);
    const trusting = { env: { SSL_CERT_FILE: front.cert } };
    const stock = await connect(t, server);
    let n = 0;
    for (const args of Object.values(MODES)) {
        for (const host of ["localhost", "127.0.0.1"]) {
            const tail = await startTail(t, `https://${host}:${front.port}`, args, trusting);
            await sent(`https://${host}:${front.port}`, "s".repeat(16000), args, trusting);
            await hasMessages(stock, ++n);
            await tail.hasLines(1);
            stock.emit("message", { text: "l".repeat(16000) });
            await hasMessages(stock, ++n);
            await tail.hasLines(2);
            await tail.interrupted();
        }
    }
});

test("TLS: a certificate nobody vouches for, or for another name, is refused and named", async (t) => {
    const server = await startServer(t);
    const front = await startTlsFront(t, server);
    const untrusted = new Tincan(["--server", `https://127.0.0.1:${front.port}`, "tail", "#lobby"]);
    await untrusted.told(/certificate/);
    await untrusted.interrupted();
    const elsewhere = new Tincan(["--server", `https://127.0.0.2:${front.port}`, "tail", "#lobby"]);
    await elsewhere.told(/not connected/);
    await elsewhere.interrupted();
});

// A server of the reference inside the test, to misbehave.
async function startOdd(t, set) {
    const server = http.createServer((request, response) => response.writeHead(404).end());
    const io = new SocketServer(server);
    set(io);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => io.close());
    return { url: `http://127.0.0.1:${server.address().port}`, io };
}

test("a server that refuses ends tail and send with its words", async (t) => {
    const { url } = await startOdd(t, (io) => io.use((socket, next) => next(new Error("go away\u001b"))));
    const tail = new Tincan(["--relay", "--server", url, "tail", "#lobby"]);
    assert.equal(await tail.code(), 1);
    assert.equal(tail.err, "tincan: the server closed the connection: go away\u241b\n");
    const { code, err } = await send(url, "x");
    assert.equal(code, 1);
    assert.match(err, /^tincan: the server refused: go away/);
});

test("a server without accounts has one room to send to and to tail", async (t) => {
    const { url, io } = await startOdd(t, (io) => io.on("connection", (socket) => socket.on("message", (m) => io.emit("message", m))));
    const tail = new Tincan(["--server", url, "tail", "#lobby"]);
    await tail.told(/connected by/);
    const sender = new Tincan(["--server", url, "send", "#lobby", "hello"]);
    assert.equal(await sender.code(), 0, sender.err);
    await tail.hasLines(1);
    await tail.interrupted();
    for (const args of [["send", "#ops", "x"], ["tail", "#ops"], ["dm", "ben", "x"], ["rooms"], ["history", "#lobby"], ["join", "#lobby"]]) {
        const run = new Tincan(["--server", url, ...args]);
        assert.equal(await run.code(), 1, args.join(" "));
        assert.match(run.err, /^tincan: this server has no accounts and only one room, [^\n]*\n$/);
    }
    const login = new Tincan(["--server", url, "login", "ann"]);
    login.child.stdin.end("a password\n");
    assert.equal(await login.code(), 1);
    assert.equal(login.err, "tincan: this server has no accounts\n");
    io.close();
});

test("a server that disconnects ends tail", async (t) => {
    const { url } = await startOdd(t, (io) => io.on("connection", (socket) => socket.disconnect()));
    const tail = new Tincan(["--relay", "--server", url, "tail", "#lobby"]);
    assert.equal(await tail.code(), 1);
    assert.match(tail.err, /io server disconnect/);
});

test("send fails when nothing confirms, when nobody listens, and when the connection breaks", async (t) => {
    const mute = await startOdd(t, () => {});
    const broken = await startOdd(t, (io) => io.on("connection", (s) => s.on("message", () => s.conn.close())));
    const [unconfirmed, nobody, lost] = await Promise.all([
        send(mute.url, "x"),
        send("http://127.0.0.1:1", "x"),
        send(broken.url, "x"),
    ]);
    assert.deepEqual([unconfirmed.code, nobody.code, lost.code], [1, 1, 1]);
    assert.equal(unconfirmed.err, "tincan: no confirmation from the server within 10 seconds\n");
    assert.match(nobody.err, /no confirmation .*127\.0\.0\.1 port 1: connection refused/);
    assert.match(lost.err, /connection was lost before the server confirmed/);
    assert.match(nobody.err, /^tincan: not connected to http:\/\/127\.0\.0\.1:1 yet: .*refused; trying for 10 seconds\n/);
    assert.equal(nobody.err.split("\n").length, 3, "once, and the end");
});

test("tail ends quietly when nobody reads any more", async (t) => {
    const server = await startServer(t);
    const tail = await startTail(t, server.url);
    tail.child.stdout.destroy();
    await until(async () => {
        await send(server.url, "x");
        return tail.child.exitCode !== null;
    }, "tail to end");
    assert.equal(await tail.code(), 0);
    assert.doesNotMatch(tail.err, /cannot write/);
});

test("a wrong command line is one clear line and exit code 2", async () => {
    const wrong = [
        [[], /command is missing/],
        [["send"], /room is missing/],
        [["chat", "#lobby"], /no command: chat/],
        [["tail", "#"], /a room is '#name'/],
        [["tail", "#lobby", "x"], /too many words/],
        [["rooms", "#lobby"], /too many words/],
        [["tui", "x"], /too many words/],
        [["tail", "#lobby", "--last", "100001"], /0 to 100000/],
        [["send", "#lobby", "a", "b"], /quote the text/],
        [["send", "#lobby", "a", "--json"], /--json belongs to tail/],
        [["dm"], /name of a person is missing/],
        [["dm", "@"], /a person has a name/],
        [["history"], /room is missing/],
        [["rooms", "--last", "5"], /--last belongs to tail/],
        [["rooms", "--relay"], /--relay belongs to/],
        [["logout", "ann"], /too many words/],
        [["--transport", "pigeon", "tail", "#lobby"], /auto, polling or websocket, not: pigeon/],
        [["--server", "ftp://x", "tail", "#lobby"], /http:\/\/host:port.*ftp:\/\/x/],
        [["--server", "http://x/y", "tail", "#lobby"], /--server/],
        [["--server=http://u@x", "tail", "#lobby"], /--server/],
        [["--name", "", "tail", "#lobby"], /--name/],
        [["--name", "n".repeat(65), "tail", "#lobby"], /--name/],
        [["tail", "#lobby", "--name"], /value is missing behind: --name/],
        [["--frobnicate", "tail", "#lobby"], /unknown option: --frobnicate/],
        [["--serverx", "tail", "#lobby"], /unknown option: --serverx/],
    ];
    for (const [args, why] of wrong) {
        const run = new Tincan(args);
        assert.equal(await run.code(), 2, args.join(" "));
        assert.equal(run.out, "");
        assert.match(run.err, /^tincan: [^\n]*\n$/);
        assert.match(run.err, why);
    }
});

test("--help and --version answer on the standard output", async () => {
    const help = new Tincan(["--help"]);
    assert.equal(await help.code(), 0);
    const source = readFileSync(join(ROOT, "client-wasm/term/term_options.c"), "utf8"); // all that it reads
    const words = new Set(source.match(/(?<=\{\{")[\w-]+(?=", \d+\})|(?<=SL\(")--[\w-]+(?="\))/g));
    for (const word of ["tui", "send", "logout", "--server", "--language", "--relay", "--json", "--help", "--version"]) assert.ok(words.has(word), word);
    for (const word of words) assert.match(help.out, new RegExp(`(^ {2}|, )(-h, )?${word}\\b`, "m"), word);
    for (const line of help.out.split("\n")) assert.ok(line.length <= 96, line);
    const ofTui = new Tincan(["tui", "--help"]);
    assert.equal(await ofTui.code(), 0);
    assert.equal(ofTui.out, help.out);
    const version = new Tincan(["--version"]);
    assert.equal(await version.code(), 0);
    assert.match(version.out, /^tincan \d+\.\d+\.\d+\n$/);
});
