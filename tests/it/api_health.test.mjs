// What operators ask and set: health, readiness, metrics, options; a database that comes late, goes away, or is none.
// tincan-test: timeout=240
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { api, chatSocket, connect, createUser, newFolder, PUBLIC, request, startPostgres, startServer, until, within } from "./lib.mjs";
import { cid, ok, send } from "./chat_lib.mjs";
import { createOwner, metric, setupToken, sqlite, tincand } from "./api_lib.mjs";

const get = (server, path) => request(server, { path });

test("a server that works is alive and ready, and says what it has done", async (t) => {
    const server = await startServer(t);
    assert.deepEqual([(await get(server, "/healthz")).status, (await get(server, "/readyz")).status], [200, 200]);
    assert.equal((await request(server, { method: "POST", path: "/readyz" })).status, 405);
    const ana = await createUser(server, "ana");
    const socket = await chatSocket(t, server, ana);
    const { rooms } = await ok(socket, "resume", { rooms: {} });
    const lobby = Object.values(rooms)[0].id;
    for (let i = 0; i < 3; i++) await send(socket, lobby, `no ${i}`);
    await ok(socket, "rooms", {});
    const page = await get(server, "/metrics");
    assert.match(page.headers["content-type"], /^text\/plain; version=0\.0\.4/);
    const names = new Set();
    for (const line of page.body.trimEnd().split("\n")) {
        if (line.startsWith("# HELP ")) assert.match(line, /^# HELP \w+ \S.*\.$/);
        else if (line.startsWith("# TYPE ")) names.add(line.split(" ")[2]);
        else {
            const [, name] = /^(\w+)(?:\{\w+="[\w-]+"(?:,\w+="[\w-]+")*\})? \d+$/.exec(line) ?? assert.fail(line);
            assert.ok(names.has(name), `${name} has no type`);
        }
    }
    assert.equal(await metric(server, 'tincan_store_requests_total{op="send",result="done"}'), 3);
    assert.equal(await metric(server, "tincan_connections"), 1);
    assert.equal(await metric(server, "tincan_store_ready"), 1);
    assert.equal(await metric(server, 'tincan_passwords_total{what="hashed"}'), 1);
    assert.ok((await metric(server, "tincan_store_commits_total")) >= 5);
    assert.ok((await metric(server, "process_resident_memory_bytes")) > 1000000);
    const refused = await metric(server, 'tincan_api_answers_total{status="4xx"}');
    await api(server, "GET", "/nothing");
    assert.equal(await metric(server, 'tincan_api_answers_total{status="4xx"}'), refused + 1);
});

test("PostgreSQL that is away at the start is waited for: alive, not ready, and then all there is", async (t) => {
    const pg = await startPostgres(t);
    await pg.stop();
    const server = await startServer(t, ["--database", pg.url]);
    assert.equal((await get(server, "/healthz")).status, 200);
    const notReady = await get(server, "/readyz");
    assert.equal(notReady.status, 503);
    assert.match(notReady.body, /^not ready: \S/);
    const early = await api(server, "POST", "/guest", { body: { name: "ana" } });
    assert.equal(early.status, 503);
    assert.equal(early.body.error.code, "unavailable");
    assert.match(early.headers["retry-after"], /^\d+$/);
    assert.equal((await get(server, "/metrics")).status, 200);
    assert.ok(!server.stdout.includes("setup"));
    await pg.start();
    await until(async () => (await get(server, "/readyz")).status === 200, "the server to be ready");
    await setupToken(server);
    assert.match(server.stdout, new RegExp(`http://127\\.0\\.0\\.1:${server.port}/setup`));
    const ana = await createUser(server, "ana");
    const socket = await chatSocket(t, server, ana);
    assert.equal(Object.keys((await ok(socket, "resume", { rooms: {} })).rooms).length, 1, "the lobby");
});

test("PostgreSQL that goes away and comes back: not ready meanwhile, asked at most once at a time", async (t) => {
    const pg = await startPostgres(t);
    const server = await startServer(t, ["--database", pg.url]);
    assert.equal((await get(server, "/readyz")).status, 200);
    await pg.stop("immediate");
    await until(async () => (await get(server, "/readyz")).status === 503, "the server to notice");
    const many = await within(Promise.all(Array.from({ length: 50 }, () => get(server, "/readyz"))), "fifty answers");
    assert.ok(many.every((answer) => answer.status === 503));
    assert.equal((await get(server, "/healthz")).status, 200);
    await pg.start();
    await until(async () => (await get(server, "/readyz")).status === 200, "the server to be ready again");
    await createUser(server, "ana");
});

test("SIGTERM says bye on /chat, and what was acknowledged is there after it", async (t) => {
    const folder = newFolder("data");
    const server = await startServer(t, ["--data", folder]);
    const ana = await createUser(server, "ana");
    const socket = await chatSocket(t, server, ana);
    const poller = await chatSocket(t, server, ana, { transports: ["polling"] });
    const { rooms } = await ok(socket, "resume", { rooms: {} });
    const lobby = Object.values(rooms)[0].id;
    const sent = Array.from({ length: 50 }, (_, i) => send(socket, lobby, `no ${i}`));
    await Promise.all(sent);
    await server.stop();
    for (const each of [socket, poller]) {
        const bye = await until(() => each.events.find(([name]) => name === "bye"), "bye");
        assert.equal(bye[1].code, "restart");
        assert.equal(typeof bye[1].retry_after_ms, "number");
    }
    assert.equal(await sqlite(join(folder, "tincan.db"), "SELECT count(*) FROM message"), "50");
});

for (const how of ["pause", "stop"]) {
    test(`SIGTERM while PostgreSQL does not answer (${how}): the end comes all the same, and in time`, async (t) => {
        const pg = await startPostgres(t);
        const server = await startServer(t, ["--database", pg.url]);
        const ana = await createUser(server, "ana");
        const socket = await chatSocket(t, server, ana);
        const { rooms } = await ok(socket, "resume", { rooms: {} });
        const lobby = Object.values(rooms)[0].id;
        if (how === "pause") await pg.pause();
        else await pg.stop("immediate");
        for (let i = 0; i < 20; i++) socket.emit("send", { room: lobby, cid: cid(), text: "into nothing" }, () => {});
        await new Promise((resolve) => setTimeout(resolve, 300));
        const since = Date.now();
        await server.stop();
        assert.ok(Date.now() - since < 10000, `it took ${Date.now() - since} ms`);
        if (how === "pause") await pg.resume();
        else await pg.start();
    });
}

test("the lobby and namespace / hear each other", async (t) => {
    const server = await startServer(t);
    const page = await connect(t, server);
    const ana = await createUser(server, "ana");
    const socket = await chatSocket(t, server, ana);
    const { rooms } = await ok(socket, "resume", { rooms: {} });
    const lobby = Object.values(rooms)[0].id;
    // Slow mode is for persons: those on "/" are one guest here.
    const olga = await createOwner(server);
    const owner = await chatSocket(t, server, olga);
    await ok(owner, "room.update", { room: lobby, slow: 3600 });
    await send(owner, lobby, "slowly");
    page.emit("message", { text: "another one from there", user: "somebody" });
    page.emit("message", { text: "from the tutorial", user: "somebody" });
    await until(() => socket.events.some(([name, e]) => name === "event" && e.message?.text === "from the tutorial" && e.message.from.role === "guest"),
        "the lobby to hear");
    await send(socket, lobby, "from the chat");
    await until(() => page.messages.some((m) => m.text === "from the chat" && m.user === "ana" && typeof m.timestamp === "string"), "the page to hear");
    assert.equal(page.messages.filter((m) => m.text === "from the tutorial").length, 1, "not twice");
});

const folderWith = (name, bytes) => {
    const folder = newFolder("data");
    writeFileSync(join(folder, name), bytes);
    return folder;
};

const site = ["--public", PUBLIC, "--listen", "127.0.0.1:0"];
const wrong = [
    ["--database", "mysql://x", /--database: only sqlite: and postgresql:\/\//],
    ["--database", "", /--database/],
    ["--registration", "maybe", /--registration: 'maybe' is not one of open, invite, off/],
    ["--guests", "yes", /--guests: 'yes'.*on or off/],
    ["--public-url", "chat.example", /--public-url: 'chat\.example'/],
    ["--public-url", "*", /--public-url/],
    ["--synchronous", "off", /--synchronous: 'off' is not one of full, normal/],
    ["--data", "", /--data/],
    ["--data", "/proc/no/such/folder", /--data: \/proc\/no\/such\/folder/],
    ["--limit", "login=1/s,1", /no limit 'login'.*message, state, history, search, admin/],
    ["--limit", "message=1/s", /--limit: 'message=1\/s'/],
    ["--limit", "message=0/s,1", /--limit/],
    ["--limit", "message=1/m,1", /--limit/],
];
for (const [flag, value, expected] of wrong) {
    test(`refuses: ${flag} '${value}'`, async () => {
        const { code, stdout, stderr } = await tincand([...site, flag, value], { env: { TINCAN_DATA: newFolder("data") } });
        assert.equal(code, 2, stderr);
        assert.equal(stdout, "");
        assert.match(stderr, expected);
        assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    });
}

test("the same in a file, naming the line", async () => {
    const folder = folderWith("tincan.conf", "# settings\nguests = off\nregistration = maybe\n");
    const { code, stderr } = await tincand([...site, "--config", join(folder, "tincan.conf")], { env: { TINCAN_DATA: folder } });
    assert.equal(code, 2);
    assert.match(stderr, /maybe/);
});

test("a database that is none, another program's, or newer is left alone, and the hint says what to do", async () => {
    const foreign = newFolder("data");
    await sqlite(join(foreign, "tincan.db"), "CREATE TABLE other (x)");
    const newer = newFolder("data");
    assert.equal((await tincand(["user", "add", "ana", "--data", newer], { input: "tall green lamps\n" })).code, 0);
    await sqlite(join(newer, "tincan.db"), "PRAGMA user_version = 99");
    const damaged = folderWith("tincan.db", "this is no database at all".repeat(400));
    for (const [folder, expected] of [[foreign, /another program's.*--data/], [newer, /newer Tincan.*version 99/], [damaged, /damaged, or no database of Tincan's.*restore/]]) {
        const before = readFileSync(join(folder, "tincan.db"));
        for (const args of [site, ["user", "list"], ["backup", join(folder, "out.backup")]]) {
            const { code, stderr } = await tincand([...args, "--data", folder]);
            assert.equal(code, args === site ? 2 : 1, stderr);
            assert.match(stderr, expected);
            assert.equal(stderr.trimEnd().split("\n").filter((line) => line.startsWith("tincand:")).length, 1, stderr);
        }
        assert.ok(before.equals(readFileSync(join(folder, "tincan.db"))), "nothing was changed");
    }
});

test("PostgreSQL that says no is not waited for", async (t) => {
    const pg = await startPostgres(t);
    const cases = [
        [pg.tcpUrl.replace(/:[0-9a-f]{32}@/, ":wrong-password@"), /password authentication failed/],
        [pg.url.replace(/\/tincan\d*\?/, "/nothing_like_that?"), /nothing_like_that.*does not exist/],
    ];
    for (const [url, expected] of cases) {
        const { code, stdout, stderr } = await tincand([...site, "--database", url], { env: { TINCAN_DATA: newFolder("data") } });
        assert.equal(code, 2, stderr);
        assert.equal(stdout, "");
        assert.match(stderr, expected);
        assert.ok(!stderr.includes("wrong-password"), stderr);
        assert.equal(stderr.trimEnd().split("\n").filter((line) => line.startsWith("tincand:")).length, 1, stderr);
    }
});

test("two servers on one folder: the second one says so", async (t) => {
    const folder = newFolder("data");
    await startServer(t, ["--data", folder]);
    const { code, stderr } = await tincand([...site, "--data", folder]);
    assert.equal(code, 2);
    assert.match(stderr, /another tincand is running on .*tincan\.db/);
});

test("two servers on one PostgreSQL: the second one says so, and takes over when the first is gone, however it went", async (t) => {
    const { url } = await startPostgres(t);
    const settings = () => ["--data", newFolder("data"), "--database", url];
    const first = await startServer(t, settings());
    const { code, stderr } = await tincand([...site, ...settings()]);
    assert.equal(code, 2);
    assert.match(stderr, /another tincand, on this machine, is running on this database; stop it first/);
    assert.equal((await request(first, { path: "/readyz" })).status, 200);
    await first.kill();
    const second = await startServer(t, settings());
    await second.stop();
    await startServer(t, settings());
});

test("the data folder is made for nobody else to read", async (t) => {
    const folder = join(newFolder("data"), "inside");
    const server = await startServer(t, ["--data", folder]);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of ["tincan.db", "setup-token"]) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
    await server.stop();
    const open = newFolder("data");
    mkdirSync(join(open, "there"), { mode: 0o755 });
    await startServer(t, ["--data", join(open, "there")]);
});

test("no password is printed", async () => {
    const print = async (url) => {
        const { code, stdout, stderr } = await tincand(["--print-config", ...site, "--database", url]);
        assert.equal(code, 0, stderr);
        return /^database = (.*)$/m.exec(stdout)[1];
    };
    assert.equal(await print("postgresql://ana:s3cret@db.example/chat"), "postgresql://ana:***@db.example/chat");
    assert.equal(await print("postgresql://ana:s3@cr:et@db.example:5432/chat?sslmode=verify-full"), "postgresql://ana:***@db.example:5432/chat?sslmode=verify-full");
    assert.equal(await print("postgresql://ana@db.example/chat?password=s3cret&connect_timeout=3"), "postgresql://ana@db.example/chat?password=***&connect_timeout=3");
    assert.equal(await print("postgresql://ana@db.example/chat"), "postgresql://ana@db.example/chat");
    assert.equal(await print("sqlite:"), "sqlite:");
    const { stderr } = await tincand([...site, "--database", "postgresql://ana:s3cret@127.0.0.1:1/chat?bogus=1"], { env: { TINCAN_DATA: newFolder("data") } });
    assert.ok(!stderr.includes("s3cret"), stderr);
});

test("--print-config and --check-config know every setting", async () => {
    const { stdout } = await tincand(["--print-config", ...site, "--guests", "off", "--registration", "invite", "--public-url", "https://chat.example",
        "--synchronous", "normal", "--data", "/somewhere/else", "--limit", "search=1/s,2", "--trust-proxy", "10.0.0.0/8", "--trust-proxy", "fd00::/8"]);
    for (const line of ["guests = off", "registration = invite", "public-url = https://chat.example", "synchronous = normal", "data = /somewhere/else",
        "database = sqlite:", "limits = on", "trust-proxy = 10.0.0.0/8 fd00::/8"]) {
        assert.ok(stdout.split("\n").includes(line), `${line} in\n${stdout}`);
    }
    assert.match(stdout, /^limit = .*search=1\/s,2/m);
    const folder = folderWith("tincan.conf", stdout);
    const again = await tincand(["--print-config", "--config", join(folder, "tincan.conf")]);
    assert.equal(again.stdout, stdout, "what is printed can be read");
    assert.match((await tincand(["--check-config", "--config", join(folder, "tincan.conf")])).stdout, /good/);
});
