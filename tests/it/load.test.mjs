// Many clients at once, by the benchmarks' load generator: every message reaches everyone exactly once.
// tincan-test: reactors=1,4 tsan timeout=240 slots=2
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { BIN_DIR, IS_LONG, startServer } from "./lib.mjs";

// Run the load generator against server; its JSON line.
async function load(server, mode, args) {
    const child = spawn(join(BIN_DIR, "tincan_bench_load"), [mode, "--port", server.port, "--pid", server.pid, ...args].map(String));
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    const [code, signal] = await once(child, "close");
    assert.equal(signal ?? code, 0, `${mode} failed: ${stderr}${stdout}`);
    return JSON.parse(stdout);
}

for (const clients of [1, 32, 200]) {
    test(`fan-out among ${clients}: complete, nothing twice`, async (t) => {
        const server = await startServer(t);
        const seen = await load(server, "fanout", ["--clients", clients, "--seconds", 2, "--warmup", 0]);
        assert.equal(seen.complete, true);
        assert.ok(seen.delivered > clients);
    });
}

test("fan-out of messages larger than one segment", async (t) => {
    const server = await startServer(t);
    const seen = await load(server, "fanout", ["--clients", 20, "--seconds", 1, "--warmup", 0, "--size", 30000]);
    assert.equal(seen.complete, true);
});

test("echo with 64 in flight: everything comes back once", async (t) => {
    const server = await startServer(t);
    assert.equal((await load(server, "echo", ["--seconds", 1, "--warmup", 0])).complete, true);
});

test("idle clients connect and stay", async (t) => {
    const server = await startServer(t, ["--ping-interval", "1000", "--ping-timeout", "10000"]);
    const clients = IS_LONG ? 10000 : 1500;
    const seen = await load(server, "idle", ["--clients", clients, "--seconds", 3]);
    assert.equal(seen.stayed, clients);
});
