// tincand user, backup and restore: alone and beside a running server, on both stores, and from one to the other.
// tincan-test: timeout=300
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { api, ask, BIN_DIR, chatSocket, createUser, login, newFolder, startPostgres, startServer, until, within } from "./lib.mjs";
import { createRoom, ok, send } from "./chat_lib.mjs";
import { createOwner, OWNER_PASSWORD, refusedApi, tincand } from "./api_lib.mjs";

const PASSWORD = "tall green lamps";

// Where a store is: the flags that name it.
async function place(t, store) {
    const folder = newFolder("data");
    const database = store === "sqlite" ? [] : ["--database", (await startPostgres(t)).url];
    return { store, folder, flags: ["--data", folder, ...database] };
}

function onBothStores(name, body) {
    for (const store of ["sqlite", "postgresql"]) test(`${name} (${store})`, async (t) => body(t, await place(t, store)));
}

const user = (place, words, password, flags = []) =>
    tincand(["user", ...words, ...flags, ...place.flags], { input: password === undefined ? "" : `${password}\n` });

onBothStores("accounts are made, ranked and given passwords before there is a server", async (t, here) => {
    const made = await user(here, ["add", "Ana"], PASSWORD);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^ana is there, as member$/m);
    assert.equal((await user(here, ["add", "bo"], PASSWORD, ["--role", "admin"])).code, 0);
    assert.equal((await user(here, ["role", "ana", "mod"])).code, 0);
    assert.equal((await user(here, ["passwd", "ana"], "another long password")).code, 0);
    const list = await user(here, ["list"]);
    assert.deepEqual(list.stdout.trimEnd().split("\n").map((line) => line.trim().split(/\s+/).slice(0, 2)), [["ana", "mod"], ["bo", "admin"], ["guest", "guest"]]);
    const server = await startServer(t, here.flags);
    assert.equal((await login(server, "ana", "another long password")).role, "mod");
    assert.equal((await login(server, "bo", PASSWORD)).role, "admin");
    await refusedApi(server, "POST", "/login", { body: { name: "ana", password: PASSWORD } }, 401, "auth");
    // They are in the lobby like everybody.
    const ana = await login(server, "ana", "another long password");
    const { rooms } = await ok(await chatSocket(t, server, ana), "resume", { rooms: {} });
    assert.deepEqual(Object.values(rooms).map((r) => r.name), ["lobby"]);
});

onBothStores("the same beside a running server, which obeys at once", async (t, here) => {
    const server = await startServer(t, here.flags);
    assert.equal((await user(here, ["add", "ana"], PASSWORD)).code, 0);
    const ana = await login(server, "ana", PASSWORD);
    await refusedApi(server, "GET", "/admin/users", { token: ana.token }, 403, "forbidden");
    assert.equal((await user(here, ["role", "ana", "admin"])).code, 0);
    assert.equal((await api(server, "GET", "/admin/users", { token: ana.token })).status, 200);
    const changed = await user(here, ["passwd", "ana"], "another long password");
    assert.match(changed.stdout, /1 sessions have ended/);
    await refusedApi(server, "GET", "/me", { token: ana.token }, 401, "auth");
    await login(server, "ana", "another long password");
});

test("what is wrong is said in a line, and nothing is done", async (t) => {
    const here = await place(t, "sqlite");
    assert.equal((await user(here, ["add", "ana"], PASSWORD)).code, 0);
    const cases = [
        [["add", "ana"], PASSWORD, 1, /name.*taken/],
        [["add", "an.a"], PASSWORD, 1, /name.*taken/],
        [["add", "a!"], PASSWORD, 2, /the name /],
        [["add", "bo"], "short", 1, /the password must be at least 10 characters/],
        [["add", "bo"], "password1234", 1, /the password is one of the first/],
        [["add", "bo"], undefined, 1, /no password was given/],
        [["add", "bo", "--role", "king"], PASSWORD, 2, /no role is called: king/],
        [["role", "ana", "king"], undefined, 2, /no role is called: king/],
        [["role", "nobody", "mod"], undefined, 1, /user: There is nothing like that/],
        [["passwd", "nobody"], PASSWORD, 1, /user: There is nothing like that/],
        [["add"], PASSWORD, 2, /a word is missing/],
        [["add", "a", "b"], PASSWORD, 2, /a word is missing, or one too many/],
        [["remove", "ana"], undefined, 2, /user add, passwd, role or list: remove/],
        [[], undefined, 2, /user add, passwd, role or list/],
        [["list", "--nonsense", "1"], undefined, 2, /nonsense/],
    ];
    for (const [words, password, code, expected] of cases) {
        const done = await user(here, words, password);
        assert.equal(done.code, code, `${words}: ${done.stdout}${done.stderr}`);
        assert.match(done.stderr, expected);
        assert.equal(done.stderr.trimEnd().split("\n").length, 1, done.stderr);
        assert.ok(!done.stderr.includes(PASSWORD));
    }
    const list = await user(here, ["list"]);
    assert.equal(list.stdout.trimEnd().split("\n").length, 2, "ana and the lobby's guest");
    // A folder that was mistyped does not become a database.
    const nowhere = { flags: ["--data", join(here.folder, "typo")] };
    for (const words of [["list"], ["passwd", "ana"], ["role", "ana", "mod"]]) {
        const done = await user(nowhere, words, PASSWORD);
        assert.equal(done.code, 1);
        assert.match(done.stderr, /typo\/tincan\.db: No such file/);
    }
    assert.equal((await tincand(["backup", join(here.folder, "x"), ...nowhere.flags])).code, 1);
    assert.ok(!existsSync(join(here.folder, "typo")));
    assert.equal((await tincand(["user", "--help"])).code, 0);
});

// A server with people who have said, changed and hidden something.
async function settle(t, here) {
    const server = await startServer(t, here.flags);
    const owner = await createOwner(server);
    const ana = await createUser(server, "ana");
    const [a, o] = [await chatSocket(t, server, ana), await chatSocket(t, server, owner)];
    const room = await createRoom(a, "den", "private");
    await ok(a, "room.invite", { room: room.id, user: "olga" });
    for (let i = 1; i <= 30; i++) await send(i % 2 ? a : o, room.id, `no ${i} \u00fc \ud83c\udf0a @olga needle${i}`);
    await ok(a, "edit", { room: room.id, seq: 3, rev: 1, text: "changed" });
    await ok(a, "delete", { room: room.id, seq: 5 });
    await ok(o, "react", { room: room.id, seq: 1, emoji: "\ud83d\udc4d", on: true });
    await ok(o, "read", { room: room.id, seq: 10 });
    return { server, owner, ana, room, a, o };
}

const history = async (socket, room) => (await ok(socket, "history", { room, limit: 100 })).messages;

for (const [from, to] of [["sqlite", "sqlite"], ["sqlite", "postgresql"], ["postgresql", "sqlite"], ["postgresql", "postgresql"]]) {
    test(`a backup of ${from} made under load is one moment of it, and is a chat again on ${to}`, async (t) => {
        const here = await place(t, from);
        const { server, ana, room, a, o } = await settle(t, here);
        const { epoch } = await ok(o, "resume", { rooms: {} });
        const file = join(here.folder, "out.backup");
        const before = await history(a, room.id);
        // Others keep talking, in a room of their own.
        const busy = await createRoom(a, "busy");
        let going = true, acked = 0;
        const talking = Promise.all(
            Array.from({ length: 8 }, async () => {
                for (; going; acked++) await send(a, busy.id, "and on and on");
            }),
        );
        await until(() => acked > 20, "some talk");
        const ackedBefore = acked;
        const made = await tincand(["backup", file, ...here.flags]);
        const ackedAfter = acked;
        going = false;
        await talking;
        assert.equal(made.code, 0, made.stderr);
        assert.match(made.stderr, /everything is in .*out\.backup/);
        assert.equal(statSync(file).mode & 0o777, 0o600);
        assert.deepEqual(readdirSync(here.folder).filter((name) => name.startsWith("out")), ["out.backup"]);

        const there = await place(t, to);
        const restored = await tincand(["restore", file, ...there.flags]);
        assert.equal(restored.code, 0, restored.stderr);
        assert.match(restored.stdout, /^\d+ rows restored$/m);
        const second = await startServer(t, there.flags);
        assert.ok(!second.stdout.includes("setup"), "it has its owner");
        const again = await login(second, "ana", ana.password);
        const socket = await chatSocket(t, second, again);
        const olga = await chatSocket(t, second, await login(second, "olga", OWNER_PASSWORD));
        assert.deepEqual(await history(socket, room.id), before);
        // Of the talk it has all that was acknowledged before, nothing from later, and no gaps.
        const lives = Object.values((await ok(olga, "resume", { epoch, rooms: { [room.id]: 1 } })).rooms);
        const resumed = await ok(socket, "resume", { epoch, rooms: { [busy.id]: 1, [room.id]: 1 } });
        assert.notEqual(resumed.epoch, epoch);
        const rooms = Object.values(resumed.rooms);
        assert.ok(rooms.find((r) => r.id === room.id).reset, "cursors of before are of another time");
        const { seq } = rooms.find((r) => r.id === busy.id);
        assert.ok(seq >= ackedBefore && seq <= ackedAfter + 8, `${ackedBefore} <= ${seq} <= ${ackedAfter} + 8`);
        assert.equal(lives.find((r) => r.id === room.id).read_seq, Math.max(10, 30));
        const last = await history(socket, busy.id);
        assert.deepEqual(last.map((m) => m.seq), Array.from({ length: Math.min(100, seq) }, (_, i) => seq - Math.min(100, seq) + i + 1));
        // It goes on from there.
        assert.equal((await send(socket, busy.id, "after the restore")).seq, seq + 1);
        assert.equal((await createUser(second, "newcomer")).name, "newcomer");
        assert.ok((await createRoom(socket, "fresh")).id > busy.id);
        await until(async () => (await ok(socket, "search", { q: "needle29" })).hits.length === 1, "the search to find");
        assert.equal((await ok(socket, "search", { q: "needle5 " })).hits.length, 0, "what was deleted stays so");
        assert.equal((await api(second, "GET", "/me", { token: ana.token })).status, 200, "who was signed in still is");
        assert.equal((await ask(a, "history", { room: room.id })).ok, true, "the first server has noticed nothing");
        await server.stop();
    });
}

onBothStores("a damaged or cut backup is refused, and nothing is touched", async (t, here) => {
    const { server } = await settle(t, here);
    const file = join(here.folder, "out.backup");
    assert.equal((await tincand(["backup", file, ...here.flags])).code, 0);
    await server.stop();
    const good = readFileSync(file);
    const broken = join(here.folder, "broken.backup");
    const there = join(here.folder, "there");
    const flags = here.store === "sqlite" ? ["--data", there] : here.flags;
    const refused = async (expected) => {
        const done = await tincand(["restore", broken, "--force", ...flags]);
        assert.equal(done.code, 1, done.stdout);
        assert.match(done.stderr, expected);
        assert.equal(done.stdout, "");
    };
    for (let i = 0; i < 12; i++) {
        const bytes = Buffer.from(good);
        bytes[Math.floor((i + 0.5) * good.length / 12)] ^= 1 << i % 7;
        writeFileSync(broken, bytes);
        await refused(/damaged at line \d+|no backup|newer/);
    }
    writeFileSync(broken, good);
    for (const length of [good.length - 1, good.length - 60, Math.floor(good.length / 2), 10, 0]) {
        truncateSync(broken, length);
        await refused(/damaged at line \d+: it ends too early|no backup/);
    }
    assert.ok(!existsSync(there), "not even the folder is made");
    const again = await startServer(t, here.flags);
    await login(again, "olga", OWNER_PASSWORD);
    const missing = await tincand(["restore", join(here.folder, "nothing"), ...flags]);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /No such file/);
});

onBothStores("a restore replaces nothing unasked, and nothing that a server has open", async (t, here) => {
    const { server, room, ana } = await settle(t, here);
    const file = join(here.folder, "out.backup");
    assert.equal((await tincand(["backup", file, ...here.flags])).code, 0);
    const socket = await chatSocket(t, server, ana);
    await send(socket, room.id, "later");
    const running = await tincand(["restore", file, "--force", ...here.flags]);
    assert.equal(running.code, 1, running.stdout);
    assert.match(running.stderr, /a server is (running on|connected to) .*; stop it first/);
    assert.equal((await history(socket, room.id)).length, 31);
    await server.stop();
    const unasked = await tincand(["restore", file, ...here.flags]);
    assert.equal(unasked.code, 1);
    assert.match(unasked.stderr, /--force/);
    const asked = await tincand(["restore", file, "--force", ...here.flags]);
    assert.equal(asked.code, 0, asked.stderr);
    const second = await startServer(t, here.flags);
    assert.equal((await history(await chatSocket(t, second, await login(second, "ana", ana.password)), room.id)).length, 30);
});

test("a server that nobody has used may be replaced", async (t) => {
    const from = await place(t, "sqlite");
    const { server } = await settle(t, from);
    const file = join(from.folder, "out.backup");
    assert.equal((await tincand(["backup", file, ...from.flags])).code, 0);
    await server.stop();
    const to = await place(t, "sqlite");
    await (await startServer(t, to.flags)).stop();
    const done = await tincand(["restore", file, ...to.flags]);
    assert.equal(done.code, 0, done.stderr);
    const second = await startServer(t, to.flags);
    assert.ok(!second.stdout.includes("setup"));
});

test("a backup goes to standard output, and a disk that is full leaves none", async (t) => {
    const here = await place(t, "sqlite");
    const { server } = await settle(t, here);
    const piped = await tincand(["backup", "-", ...here.flags]);
    assert.equal(piped.code, 0, piped.stderr);
    const file = join(here.folder, "piped.backup");
    writeFileSync(file, piped.bytes);
    const there = await place(t, "sqlite");
    assert.equal((await tincand(["restore", file, ...there.flags])).code, 0);
    const full = await tincand(["backup", "/dev/full", ...here.flags]);
    assert.equal(full.code, 1);
    const nowhere = await tincand(["backup", join(here.folder, "no", "such", "folder"), ...here.flags]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /No such file/);
    mkdirSync(join(here.folder, "taken"));
    assert.equal((await tincand(["backup", join(here.folder, "taken"), ...here.flags])).code, 1);
    assert.ok(!existsSync(join(here.folder, "taken.part")));
    for (const words of [["backup"], ["backup", "a", "b"], ["restore"]]) assert.equal((await tincand([...words, ...here.flags])).code, 2);
    await server.stop();
});

test("a password is typed unseen, twice", async (t) => {
    const here = await place(t, "sqlite");
    const pty = (answers) => {
        const script = `
import os, pty, sys
answers = [a.encode() for a in sys.argv[1].split("|")]
seen = b""
def read(fd):
    global seen
    data = os.read(fd, 1024)
    seen += data
    if data.rstrip().endswith(b":") and answers:
        os.write(fd, answers.pop(0) + b"\\n")
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read)))
`;
        const child = spawn("/usr/bin/python3", ["-B", "-c", script, answers.join("|"), join(BIN_DIR, "tincand"), "user", "add", "ana", ...here.flags],
            { stdio: ["ignore", "pipe", "pipe"] });
        let seen = "";
        child.stdout.on("data", (data) => (seen += data));
        return within(once(child, "close"), "the dialogue to end").then(([code]) => ({ code, seen }));
    };
    const differ = await pty([PASSWORD, `${PASSWORD}x`]);
    assert.equal(differ.code, 1);
    assert.match(differ.seen, /two different passwords/);
    const same = await pty([PASSWORD, PASSWORD]);
    assert.equal(same.code, 0, same.seen);
    assert.match(same.seen, /Password: [\s\S]*Again: /);
    assert.ok(!differ.seen.includes(PASSWORD) && !same.seen.includes(PASSWORD), same.seen);
});
