// The PostgreSQL that other tests are given: whole, private, and it does what it is told.
// tincan-test: timeout=120
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import test from "node:test";
import { promisify } from "node:util";
import { sleep, startPostgres } from "./lib.mjs";

const run = promisify(execFile);
const psql = async (url, sql) => (await run("psql", ["-X", "-q", "-A", "-t", "-d", url, "-c", sql], { timeout: 10000 })).stdout.trim();

test("a cluster gives databases that forget nothing in a crash and are strangers to each other", async (t) => {
    const pg = await startPostgres(t, { fast: false });
    await psql(pg.url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
    const other = await pg.database();
    assert.equal(await psql(other.url, "SELECT to_regclass('kept') IS NULL"), "t");
    await pg.restart("immediate");
    assert.equal(await psql(pg.url, "SELECT n FROM kept"), "7");
    await pg.kill();
    await assert.rejects(psql(pg.url, "SELECT 1"));
    await pg.start();
    assert.equal(await psql(pg.tcpUrl, "SELECT n FROM kept"), "7", "by TCP, with the password");
    assert.equal(await psql(pg.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"), "f");
    await assert.rejects(psql(pg.tcpUrl.replace(/:[0-9a-f]{32}@/, ":wrong@"), "SELECT 1"), /authentication failed/);
});

test("a paused cluster keeps its connections and says nothing until it is resumed", async (t) => {
    const pg = await startPostgres(t);
    let answered = false;
    await pg.pause();
    const asked = psql(pg.url, "SELECT 1").then((text) => {
        answered = true;
        return text;
    });
    await sleep(300);
    assert.equal(answered, false);
    await pg.resume();
    assert.equal(await asked, "1");
});

test("a mistake is answered, and nothing is left at the end", async (t) => {
    const inner = { after: (f) => (inner.end = f) };
    const pg = await startPostgres(inner);
    await assert.rejects(pg.start(), /it runs already/);
    await assert.rejects(pg.stop("somehow"), /no such way to stop/);
    await pg.stop("smart");
    await assert.rejects(pg.stop(), /does not run/);
    const folder = /host=([^&]+)/.exec(pg.url)[1];
    assert.ok(existsSync(folder));
    await inner.end();
    assert.ok(!existsSync(folder));
});
