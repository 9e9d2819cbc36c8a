// The promise about messages, on SQLite: acked is kept, once, in one order for everybody, whatever becomes of the server.
// By hand: TINCAN_LEDGER_ROUNDS=1000 TINCAN_LEDGER_CLIENTS=500 TINCAN_LEDGER_RATE=300 TINCAN_LEDGER_SEED=7 node tests/it/ledger.test.mjs
// tincan-test: reactors=4 tsan timeout=500 slots=2
import assert from "node:assert/strict";
import { test } from "node:test";
import { BIN_DIR, IS_LONG, OURS_ONLY } from "./lib.mjs";
import { Ledger, killLoop, number } from "./ledger.mjs";
import { sqliteHome } from "./ledger_home.mjs";

const ours = { skip: OURS_ONLY };
// Under ThreadSanitizer, which is for the races, a few will do.
const IS_TSAN = BIN_DIR.includes("tsan");
const CLIENTS = IS_TSAN ? 60 : 200;
const ROUNDS = number("ROUNDS", IS_TSAN ? 4 : IS_LONG ? 200 : 20);
const ROUNDS_A_JUDGEMENT = 20;

test(`kill -9, ${ROUNDS} times`, ours, async (t) => {
    const home = sqliteHome(t);
    let server = await home.start();
    const ledger = await Ledger.open(t, { server, dump: home.dump, clients: CLIENTS, rate: 80 });
    let readyMs = 0;
    for (let left = ROUNDS; left > 0; left -= ROUNDS_A_JUDGEMENT) {
        await ledger.act();
        const done = await killLoop(ledger, server, home.start, { rounds: Math.min(left, ROUNDS_A_JUDGEMENT) });
        server = done.server;
        readyMs = Math.max(readyMs, done.readyMs);
        const isLast = left <= ROUNDS_A_JUDGEMENT;
        await ledger.judge(isLast ? () => server.stop() : undefined);
        t.diagnostic(`${ledger}; ready again after at most ${readyMs} ms`);
        if (!isLast) await ledger.forget();
    }
    const { judged } = ledger;
    const counts = { ...ledger.counts };
    const missing = () => (IS_TSAN ? ["deltas"] : ["resent", "deltas", "pages", "resets", "rejoins", "kicks", "reloads"]).filter((what) => !(counts[what] > 0));
    // On a machine that has much else to do, clients are hardly there between two kills: then there is more time for what is rare.
    for (let left = 5; left > 0 && missing().length > 0; left--) {
        server = await home.start(server.port);
        await ledger.forget();
        await ledger.act();
        server = (await killLoop(ledger, server, home.start, { rounds: 1, roundMs: [5000, 8000] })).server;
        await ledger.judge(() => server.stop());
        for (const [what, n] of Object.entries(ledger.counts)) counts[what] = (counts[what] ?? 0) + n;
    }
    assert.deepEqual(missing(), [], `nobody had these: ${ledger}`);
    assert.ok(judged.acked > ROUNDS * 20 && judged.seen > judged.acked * 10, `${ledger}`);
});

test("SIGTERM under load: exit 0, and what was acked is there", ours, async (t) => {
    const home = sqliteHome(t);
    let server = await home.start();
    const ledger = await Ledger.open(t, { server, dump: home.dump, clients: 60, rate: 200 });
    for (let round = 0; round < 3; round++) {
        await ledger.act();
        await new Promise((resolve) => setTimeout(resolve, 1500));
        const began = performance.now();
        await server.stop();
        const ms = performance.now() - began;
        assert.ok(ms < 10000, `the end took ${Math.round(ms)} ms`);
        server = await home.start(server.port);
    }
    await ledger.judge(() => server.stop());
    t.diagnostic(`${ledger}`);
});
