// A handler that takes its time holds up other handlers, and nothing else: not heartbeats, handshakes, upgrades or files.
// tincan-test: reactors=1,4
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { atEnd, openRaw, request, until } from "./lib.mjs";
import { asked, client, joined, startLibrary } from "./library_lib.mjs";

const SLEEP_MS = 3000;

test("while a handler sleeps, the reactors go on", async (t) => {
    const site = mkdtempSync(join(tmpdir(), "site-"));
    atEnd(t, () => rmSync(site, { recursive: true }));
    writeFileSync(join(site, "index.html"), "here");
    const server = await startLibrary(t, ["--ping-interval", "100", "--ping-timeout", "400", "--public-dir", site]);
    const sleeper = await joined(t, server);
    const others = [];
    for (const transports of [["websocket"], ["polling"]]) others.push(await joined(t, server, "/", { transports }));
    const pings = others.map((socket) => {
        let n = 0;
        socket.io.engine.on("ping", () => n++);
        return () => n;
    });

    let awake = false;
    const slept = asked(sleeper, "sleep", SLEEP_MS).then(() => (awake = true));
    const asleep = pings.map((n) => n());
    // Things that need the reactors only. A heartbeat's time is much shorter than the sleep.
    const silent = await openRaw(t, server);
    silent.answersPings = false;
    const waiting = client(t, server, "/", { transports: ["polling", "websocket"] });
    const raw = await openRaw(t, server);
    raw.send("2");
    assert.equal((await request(server, { path: "/" })).body, "here");
    assert.equal((await request(server, { path: "/socket.io/?EIO=4&transport=polling" })).status, 200);
    await raw.whenClosed(); // a violation is judged on the reactor
    await silent.whenClosed(); // and a missing pong
    await until(() => waiting.io.engine?.transport.name === "websocket", "an upgrade");
    await until(() => pings.every((n, i) => n() >= asleep[i] + 5), "five heartbeats each");
    assert.equal(waiting.connected, false, "joining needs a handler's turn");
    assert.equal(awake, false, "all of that happened while it slept");

    await slept;
    await waiting.connected_;
    assert.ok(others.every((socket) => socket.connected), "nobody lost a heartbeat");
    assert.deepEqual(await asked(others[0], "sleep", 0), { ok: true });
});

test("what was sent before a handler sleeps arrives when it is over, in order", async (t) => {
    const server = await startLibrary(t);
    const [a, b] = [await joined(t, server), await joined(t, server)];
    for (let i = 0; i < 20; i++) b.emit("send", { others: true }, "said", i);
    a.emit("sleep", 300);
    for (let i = 20; i < 40; i++) b.emit("send", { others: true }, "said", i);
    await until(() => a.events.filter((e) => e[0] === "said").length === 40, "all of them");
    assert.deepEqual(a.events.filter((e) => e[0] === "said").map((e) => e[1]), [...Array(40).keys()]);
});
