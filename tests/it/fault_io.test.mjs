// The failing disk itself: does it fail, and would it show who does not sync? With SQLite under Python as the program.
// tincan-test: timeout=120
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { FaultDisk } from "./fault_lib.mjs";
import { atEnd, newFolder, OURS_ONLY, within } from "./lib.mjs";

const ours = { skip: OURS_ONLY };
// Inserts a row for each line of stdin, and says "ok N" or why not.
const WRITER = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=" + sys.argv[2])
db.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER, text TEXT)")
print("ready", flush=True)
for line in sys.stdin:
    try:
        db.execute("INSERT INTO t VALUES (?, ?)", (int(line), "x" * 3000))
        print("ok", int(line), flush=True)
    except sqlite3.Error as e:
        print("error", e, flush=True)
`;
const READER = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("PRAGMA integrity_check").fetchone()[0])
there = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 't'").fetchone()[0]
print(*[row[0] for row in db.execute("SELECT n FROM t ORDER BY n")] if there else [])
`;

const folder = () => newFolder("disk");

async function writer(t, disk, synchronous) {
    const child = spawn(
        "/usr/bin/python3",
        ["-c", WRITER, join(disk.folder, "x.db"), synchronous],
        { env: disk.env(), stdio: ["pipe", "pipe", "inherit"] },
    );
    atEnd(t, () => child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => (await within(lines.next(), "the writer's answer")).value;
    assert.equal(await next(), "ready");
    return {
        insert: (n) => {
            child.stdin.write(`${n}\n`);
            return next();
        },
        kill: async () => {
            child.kill("SIGKILL");
            await once(child, "close");
        },
    };
}

function rowsOf(path) {
    const done = spawnSync("/usr/bin/python3", ["-c", READER, join(path, "x.db")], { encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    const [verdict, rows = ""] = done.stdout.split("\n");
    assert.equal(verdict, "ok");
    return rows.split(" ").filter(Boolean).map(Number);
}

test("power cut: what was synced is there, whatever else got to the disk", ours, async (t) => {
    const disk = new FaultDisk(t, folder(), { shadow: true });
    const w = await writer(t, disk, "FULL");
    for (let n = 1; n <= 40; n++) assert.equal(await w.insert(n), `ok ${n}`);
    await w.kill();
    const all = [...Array(40).keys()].map((n) => n + 1);
    for (const keeps of [() => false, () => true, (n) => n % 2 === 0, (n) => n % 3 === 0]) {
        const left = folder();
        disk.powerCut(left, keeps);
        assert.deepEqual(rowsOf(left), all);
    }
});

test("power cut: who does not sync loses rows, and it shows", ours, async (t) => {
    const disk = new FaultDisk(t, folder(), { shadow: true });
    const w = await writer(t, disk, "NORMAL");
    for (let n = 1; n <= 40; n++) assert.equal(await w.insert(n), `ok ${n}`);
    await w.kill();
    const left = folder();
    assert.ok(disk.powerCut(left).lost > 0);
    assert.ok(rowsOf(left).length < 40);
    assert.equal(rowsOf(disk.folder).length, 40, "killed, without a power cut, it has them");
});

test("the n-th sync fails, and what it should have written is gone with the power", ours, async (t) => {
    const disk = new FaultDisk(t, folder(), { shadow: true });
    const w = await writer(t, disk, "FULL");
    assert.equal(await w.insert(1), "ok 1");
    disk.set("SYNC_FAIL_AT", 2);
    assert.equal(await w.insert(2), "ok 2");
    assert.equal(await w.insert(3), "error disk I/O error");
    assert.equal(disk.get("SEEN_FAILURES"), 1);
    await w.kill();
    const left = folder();
    disk.powerCut(left);
    assert.deepEqual(rowsOf(left), [1, 2]);
});

test("all syncs fail until they do not", ours, async (t) => {
    const disk = new FaultDisk(t, folder());
    const w = await writer(t, disk, "FULL");
    disk.set("SYNC_FAIL_AT", -1);
    disk.set("SYNC_ERRNO", 28);
    assert.match(await w.insert(1), /^error/);
    assert.match(await w.insert(2), /^error/);
    disk.set("SYNC_FAIL_AT", 0);
    assert.equal(await w.insert(3), "ok 3");
});

test("a full disk, and room again", ours, async (t) => {
    const disk = new FaultDisk(t, folder());
    const w = await writer(t, disk, "FULL");
    disk.set("FULL", 1);
    assert.equal(await w.insert(1), "error database or disk is full");
    disk.set("FULL", 0);
    assert.equal(await w.insert(2), "ok 2");
    assert.ok(disk.get("SEEN_WRITES") > 0 && disk.get("SEEN_SYNCS") > 0);
});

test("a slow sync takes its time", ours, async (t) => {
    const disk = new FaultDisk(t, folder());
    const w = await writer(t, disk, "FULL");
    disk.set("SYNC_DELAY_US", 200000);
    const began = performance.now();
    assert.equal(await w.insert(1), "ok 1");
    assert.ok(performance.now() - began >= 200);
});

test("the time of day jumps; time that passes does not", ours, async (t) => {
    const disk = new FaultDisk(t, folder());
    disk.set("CLOCK_US", -3600_000_000 + 250_000);
    const program = "import time; a = time.monotonic(); print(time.time()); print(abs(time.monotonic() - a) < 100)";
    const done = spawnSync("/usr/bin/python3", ["-c", program], { env: disk.env(), encoding: "utf8" });
    const [time, monotonic] = done.stdout.split("\n");
    assert.ok(Math.abs(Number(time) - (Date.now() / 1000 - 3600)) < 20, done.stdout);
    assert.equal(monotonic, "True");
});

test("other folders are left alone", ours, async (t) => {
    const disk = new FaultDisk(t, folder());
    disk.set("FULL", 1);
    disk.set("SYNC_FAIL_AT", -1);
    const elsewhere = folder();
    const child = spawnSync(
        "/usr/bin/python3", ["-c", WRITER, join(elsewhere, "x.db"), "FULL"], { env: disk.env(), input: "1\n", encoding: "utf8" },
    );
    assert.match(child.stdout, /ok 1/);
});
