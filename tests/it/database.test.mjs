// A database that is not to be used: the server says which file, what is wrong with it and what to do, and changes nothing.
// tincan-test: timeout=180
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { ask, chatSocket, createUser, IS_REFERENCE, OURS_ONLY, serverCommand } from "./lib.mjs";
import { SQLITE_FILE, sqliteHome } from "./ledger_home.mjs";
import { newCid } from "./matrix_stage.mjs";

const ours = { skip: OURS_ONLY };

function sql(file, ...statements) {
    const program = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for s in sys.argv[2:]:
    print(db.execute(s).fetchall())
`;
    const done = spawnSync("/usr/bin/python3", ["-c", program, file, ...statements], { encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout;
}

// Every file of a folder by its content.
const contents = (folder) => Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => [name, createHash("sha256").update(readFileSync(join(folder, name))).digest("hex")]),
);

let source;
const endings = [];
before(async () => {
    if (IS_REFERENCE) return;
    const t = { after: (f) => endings.push(f) };
    const home = sqliteHome(t);
    const server = await home.start();
    const user = await createUser(server, "somebody", { guest: true });
    const socket = await chatSocket(t, server, user);
    const { rooms } = await ask(socket, "resume", { rooms: {} });
    for (let n = 0; n < 200; n++) await ask(socket, "send", { room: rooms[0].id, cid: newCid(), text: `${n} `.repeat(100) });
    socket.disconnect();
    await server.stop();
    source = home.data;
});
test.after(async () => {
    for (const end of endings) await end();
});

// A copy of the database, spoilt, and what the server says of it.
function startOn(t, spoil) {
    const home = sqliteHome(t);
    const file = join(home.data, SQLITE_FILE);
    copyFileSync(join(source, SQLITE_FILE), file);
    spoil(file);
    const before = contents(home.data);
    const [program, all] = serverCommand(home.arguments());
    const done = spawnSync(program, all, { encoding: "utf8", timeout: 20000 });
    assert.equal(done.error, undefined, `it did not end: ${done.stderr}`);
    return { ...done, file, before, after: contents(home.data) };
}

const spoilt = [
    ["is no database at all", (file) => writeFileSync(file, "Dear diary, ".repeat(1000)), /not a database|damaged|corrupt/i],
    ["is cut off", (file) => truncateSync(file, 40000), /damaged|corrupt|malformed/i],
    ["has a page overwritten", (file) => {
        const bytes = readFileSync(file);
        bytes.fill(0xa5, 4096 * 3, 4096 * 4);
        writeFileSync(file, bytes);
    }, /damaged|corrupt|malformed/i],
    ["is another program's", (file) => sql(file, "PRAGMA application_id = 42"), /another program's/],
    ["is of a newer version", (file) => sql(file, "PRAGMA user_version = 9999"), /newer Tincan.*9999/],
];
for (const [name, spoil, expected] of spoilt) {
    test(`a database that ${name}`, ours, (t) => {
        const { status, stderr, stdout, file, before, after } = startOn(t, spoil);
        assert.ok(status > 0, `status ${status}: ${stderr}`);
        assert.match(stderr, expected);
        assert.ok(stderr.includes(file), `it names the file: ${stderr}`);
        assert.match(stderr, /restore|--data|--database/, `it says what to do: ${stderr}`);
        assert.doesNotMatch(stdout, /listening/);
        assert.equal(after[SQLITE_FILE], before[SQLITE_FILE], "it was changed");
    });
}

test("an empty file becomes a database", ours, async (t) => {
    const home = sqliteHome(t);
    writeFileSync(join(home.data, SQLITE_FILE), "");
    const server = await home.start();
    await createUser(server, "somebody", { guest: true });
    await server.stop();
    assert.match(sql(join(home.data, SQLITE_FILE), "PRAGMA integrity_check", "SELECT name FROM account"), /somebody/);
});

test("a truncated write-ahead log costs at most what was never synced", ours, async (t) => {
    const home = sqliteHome(t);
    let server = await home.start();
    const user = await createUser(server, "writer", { guest: true });
    const socket = await chatSocket(t, server, user);
    const { rooms } = await ask(socket, "resume", { rooms: {} });
    for (let n = 0; n < 50; n++) assert.equal((await ask(socket, "send", { room: rooms[0].id, cid: newCid(), text: `${n}` })).ok, true);
    await server.kill();
    const log = join(home.data, `${SQLITE_FILE}-wal`);
    const bytes = readFileSync(log);
    // Half a page is there beyond what was synced: SQLite ends the log where its checksums do.
    writeFileSync(log, Buffer.concat([bytes, Buffer.alloc(2000, 0x5a)]));
    server = await home.start(server.port);
    const { messages } = home.dump(true);
    assert.equal(messages.filter(({ sender }) => sender === user.id).length, 50);
    await server.stop();
});
