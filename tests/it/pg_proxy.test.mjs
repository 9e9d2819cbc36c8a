// The proxy that loses answers: does it, and is what it says of the commit true? With psql.
// tincan-test: timeout=120
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { IS_REFERENCE, OURS_ONLY, startPostgres } from "./lib.mjs";
import { PgProxy } from "./pg_lib.mjs";

const ours = { skip: OURS_ONLY };
let cluster;
const endings = [];
before(async () => {
    if (!IS_REFERENCE) cluster = await startPostgres({ after: (f) => endings.push(f) });
});
after(async () => {
    for (const end of endings) await end();
});

async function psql(url, text) {
    const child = spawn("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url], { stdio: ["pipe", "pipe", "pipe"] });
    let out = "";
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (out += data));
    child.stdin.on("error", () => {});
    child.stdin.end(text);
    const [code] = await once(child, "close");
    return { code, out: out.trim() };
}

for (const [mode, kept, code] of [["pass", "1", 0], ["lose", "1", 2], ["swallow", "0", 2]]) {
    test(`a COMMIT that is to ${mode}`, ours, async (t) => {
        const { tcpUrl } = await cluster.database();
        const proxy = await PgProxy.start(t, tcpUrl);
        assert.deepEqual(await psql(proxy.url, "CREATE TABLE t (n INTEGER);"), { code: 0, out: "" });
        proxy.mode = mode;
        const done = await psql(proxy.url, "BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\n");
        assert.equal(done.code, code, done.out);
        assert.equal(proxy.cuts, mode === "pass" ? 0 : 1);
        assert.equal((await psql(tcpUrl, "SELECT count(*) FROM t;")).out, kept);
    });
}

test("only every second COMMIT", ours, async (t) => {
    const { tcpUrl } = await cluster.database();
    const proxy = await PgProxy.start(t, tcpUrl);
    Object.assign(proxy, { mode: "lose", every: 2 });
    assert.equal((await psql(proxy.url, "BEGIN;\nCOMMIT;\n")).code, 0);
    assert.equal((await psql(proxy.url, "BEGIN;\nCOMMIT;\n")).code, 2);
});
