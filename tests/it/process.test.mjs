// tincand as a program: its flags, its errors, its end, and what clients see of a restart.
// tincan-test: reactors=1,4
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import { test } from "node:test";
import {
    OURS_ONLY, PUBLIC, Poller, TRANSPORTS, atEnd, connect, hasMessages, newFolder, request, serverCommand, startServer, until, upgraded, within,
} from "./lib.mjs";

const ours = { skip: OURS_ONLY };

// Run to the end with these arguments.
function run(args, env = {}) {
    const [program, all] = serverCommand(args);
    const done = spawnSync(program, all, { encoding: "utf8", timeout: 20000, env: { TINCAN_DATA: newFolder("data"), ...process.env, ...env } });
    assert.equal(done.error, undefined, `tincand ${args.join(" ")}: ${done.error}`);
    return done;
}

const wrong = [
    [["--no-such-flag"], /no-such-flag/],
    [["stray"], /stray/],
    [["--listen"], /listen/],
    [["--listen", "nonsense"], /listen.*nonsense/],
    [["--listen", "127.0.0.1:65536"], /listen.*65536/],
    [["--listen", "127.0.0.1:x"], /listen/],
    [["--listen", "300.0.0.1:5000"], /listen.*300\.0\.0\.1/],
    [["--reactors", "0"], /reactors/],
    [["--reactors", "many"], /reactors.*many/],
    [["--reactors", "-1"], /reactors/],
    [["--ping-interval", "soon"], /ping-interval.*soon/],
    [["--ping-interval", "0"], /ping-interval/],
    [["--max-payload", "99999999999999999999"], /max-payload/],
    [["--recovery", "-1"], /recovery.*-1/],
    [["--relay", "maybe"], /relay.*maybe/],
    [["--limits", "some"], /limits.*some/],
    [["--public", "/no/such/folder"], /\/no\/such\/folder/],
    [["--config", "/no/such/file"], /\/no\/such\/file/],
    [["--listen", "127.0.0.1:0+tls", "--tls-cert", "/no/such.pem", "--tls-key", "/no/such.pem"], /\/no\/such\.pem/],
    [["--listen", "127.0.0.1:0+tls"], /tls-cert/],
    [["--origin", "not an origin"], /origin.*not an origin/],
    [["--limit", "message=fast"], /limit.*message=fast/],
    [["--limit", "typing=1/s,1"], /limit.*typing/],
    [["--log-level", "chatty"], /log-level.*chatty/],
    [["--check-config", "--public", "/no/such/folder"], /\/no\/such\/folder/],
    [["--check-config", "--listen", "127.0.0.1:0+tls", "--tls-cert", "/no/such.pem", "--tls-key", "/no/such.pem"],
        /\/no\/such\.pem/],
];
for (const [args, expected] of wrong) {
    test(`refuses: ${args.join(" ")}`, ours, () => {
        const folder = args.includes("--public") ? [] : ["--public", PUBLIC];
        const { status, stdout, stderr } = run([...folder, ...args]);
        assert.equal(status, 2, stderr);
        assert.equal(stdout, "");
        assert.match(stderr, expected);
        assert.equal(stderr.trimEnd().split("\n").length, 1, `one line, please:\n${stderr}`);
    });
}

test("refuses a port that is in use, naming it", ours, async () => {
    const holder = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const { port } = holder.address();
    const { status, stderr } = run(["--listen", `127.0.0.1:${port}`, "--public", PUBLIC]);
    holder.close();
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`${port}`));
    assert.match(stderr, /in use/);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
});

test("--check-config and --print-config say what is in force and start nothing", ours, () => {
    const check = run(["--check-config", "--public", PUBLIC]);
    assert.equal(check.status, 0, check.stderr);
    const print = run(["--print-config", "--public", PUBLIC, "--ping-interval", "1234"]);
    assert.equal(print.status, 0, print.stderr);
    assert.match(print.stdout, /^ping-interval = 1234$/m);
    assert.match(print.stdout, /^recovery = 120000$/m);
    assert.match(print.stdout, /^limit = message=20\/s,100 /m);
});

test("beyond loopback the open namespace / is off, and /chat is there", ours, async (t) => {
    const server = await startServer(t, ["--listen", "0.0.0.0:0"]);
    await until(() => /relay=off/.test(server.stderr), "the line that says it is ready");
});

test("--help and --version answer on stdout", ours, () => {
    const help = run(["--help"]);
    assert.equal(help.status, 0);
    for (const flag of ["--listen", "--public", "--reactors", "--origin", "--relay", "--limits"]) {
        assert.ok(help.stdout.includes(flag), `--help names ${flag}`);
    }
    assert.equal(help.stderr, "");
    const version = run(["--version"]);
    assert.equal(version.status, 0);
    assert.match(version.stdout, /^tincand \d+\.\d+\.\d+/);
});

test("/healthz says that it lives", async (t) => {
    const server = await startServer(t);
    assert.equal((await request(server, { path: "/healthz" })).status, 200);
});

test("an old port can be listened on again at once", async (t) => {
    const first = await startServer(t);
    const socket = await connect(t, first, TRANSPORTS.websocket);
    socket.emit("message", "x");
    await hasMessages(socket, 1);
    await first.stop();
    await startServer(t, ["--listen", `127.0.0.1:${first.port}`]);
});

test("in the tests it listens where no connection of anybody gets its port: it can be started there again", async (t) => {
    const [low, high] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t").map(Number);
    const { port } = await startServer(t);
    assert.ok(port < low || port > high, `${port} is one of ${low} to ${high}`);
});

for (const [name, options] of Object.entries(TRANSPORTS)) {
    test(`SIGTERM with a ${name} client: exit 0, and the client knows`, async (t) => {
        const server = await startServer(t);
        const socket = await connect(t, server, options);
        if (name === "upgrade") await upgraded(socket);
        const left = new Promise((resolve) => socket.once("disconnect", resolve));
        await server.stop();
        assert.match(await within(left, "the disconnect"), /transport close|transport error/);
    });
}

test("SIGTERM delivers what was said before", ours, async (t) => {
    const server = await startServer(t);
    const speaker = await connect(t, server, TRANSPORTS.websocket);
    const listener = await connect(t, server, TRANSPORTS.websocket);
    for (let n = 0; n < 200; n++) speaker.emit("message", n);
    await hasMessages(speaker, 200);
    const left = new Promise((resolve) => listener.once("disconnect", resolve));
    await server.stop();
    await within(left, "the disconnect");
    assert.deepEqual(listener.messages, [...Array(200).keys()]);
});

// The reference waits for them.
test("SIGTERM ends half-done conversations too", ours, async (t) => {
    const server = await startServer(t);
    const sockets = ["", "GET / HT", "POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx"]
        .map((text) => {
            const socket = net.connect(server.port, "127.0.0.1", () => socket.write(text));
            socket.on("error", () => {});
            return socket;
        });
    atEnd(t, () => sockets.forEach((socket) => socket.destroy()));
    const poller = await Poller.connect(server);
    const parked = poller.fetch().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.stop();
    await parked;
});

for (const [name, options] of Object.entries(TRANSPORTS)) {
    test(`kill -9 and restart: a ${name} client comes back by itself`, async (t) => {
        const first = await startServer(t);
        const socket = await connect(t, first, {
            ...options, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200,
        });
        socket.emit("message", "before");
        await hasMessages(socket, 1);
        await first.kill();
        await until(() => !socket.connected, "the client to notice");
        const second = await startServer(t, ["--listen", `127.0.0.1:${first.port}`]);
        await until(() => socket.connected, "the client to reconnect");
        const other = await connect(t, second, options);
        socket.emit("message", "after");
        await Promise.all([hasMessages(socket, 2), hasMessages(other, 1)]);
        assert.deepEqual(socket.messages, ["before", "after"]);
    });
}

test("disconnecting and connecting again gives a new id", async (t) => {
    const server = await startServer(t);
    const socket = await connect(t, server, TRANSPORTS.websocket);
    const before = socket.id;
    socket.disconnect();
    socket.connect();
    await until(() => socket.connected, "the client to connect again");
    assert.notEqual(socket.id, before);
});

test("options come from the environment and a flag goes before them", ours, async (t) => {
    process.env.TINCAN_PING_INTERVAL = "4321";
    process.env.TINCAN_PING_TIMEOUT = "1111";
    atEnd(t, () => {
        delete process.env.TINCAN_PING_INTERVAL;
        delete process.env.TINCAN_PING_TIMEOUT;
    });
    const server = await startServer(t, ["--ping-timeout", "2222"]);
    const { open } = await Poller.open(server);
    assert.deepEqual([open.pingInterval, open.pingTimeout], [4321, 2222]);
});
