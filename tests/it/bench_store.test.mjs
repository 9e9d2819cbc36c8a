// The benchmark of the store runs, on both databases, and says what it measures; how fast is looked at by hand.
// tincan-test: timeout=240
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { BIN_DIR, newFolder, OURS_ONLY, startPostgres } from "./lib.mjs";

const run = promisify(execFile);
const MESSAGES = 1500;

for (const store of ["sqlite", "postgresql"]) {
    test(`every part of the store's benchmark gives results on ${store}`, { skip: OURS_ONLY }, async (t) => {
        const url = store === "sqlite" ? `sqlite:${join(newFolder("bench"), "bench.db")}` : (await startPostgres(t)).url;
        const args = ["--database", url, "--messages", String(MESSAGES), "--seconds", "0.02"];
        const { stdout } = await run(join(BIN_DIR, "tincan_bench_store"), args, { timeout: 200000 });
        const rows = stdout.trim().split("\n").map((line) => JSON.parse(line));
        for (const what of ["fill", "index", "history", "resume", "search", "send", "ack", "open"]) {
            const found = rows.filter((row) => row.what === what);
            assert.ok(found.length > 0, what);
            for (const row of found) {
                assert.equal(row.database, store);
                assert.ok(row.messages >= MESSAGES);
                assert.ok(what === "fill" || (row.n > 0 && row.p50_ms <= row.p99_ms && row.p99_ms <= row.max_ms), JSON.stringify(row));
            }
        }
        assert.deepEqual([...new Set(rows.filter((row) => row.what === "send").map((row) => row.batch))], [1, 4, 16, 64, 256]);
    });
}
