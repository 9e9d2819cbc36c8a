// RFC 6455 on the wire: every case of the table against tincand, whole and byte by byte, over TCP and TLS; and against
// npm's ws, so that a case that misreads the RFC shows.
// tincan-test: reactors=2
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocketServer } from "ws";
import { OURS_ONLY, PUBLIC, startServer, until } from "./lib.mjs";
import { runCases } from "./ws_cases.mjs";

const CASES_MIN = 800;
const PEER_MAX_BYTES = 65536;
// Where ws differs on purpose, it keeps the connection: this long is waited to see that.
const DIFFERENCE_WAIT_MS = 300;

// A row that no case needs fails the test.
const DIFFERENCES = [
    ["1.len16", "ws takes a length in any of its forms"],
    ["1.len64", "the same"],
    ["server.1.top-bit", "ws calls a length above 2^53 too big, not a violation"],
    ["6.bad.unfinished-", "ws looks at text when the message is whole, not as it comes"],
    ["9.tiny.", "ws counts fragments by a cap of its own"],
    ["9.pings.hundred", "ws answers no more than 60 pings before it has written their pongs"],
];
const differenceOf = (name) => DIFFERENCES.find(([prefix]) => name.startsWith(prefix));

const cleanup = [];
let server;
let url;
let urlTls;

function makeCertificate() {
    const folder = mkdtempSync(join(tmpdir(), "tincan-ws-"));
    cleanup.push(() => rmSync(folder, { recursive: true }));
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const made = spawnSync("openssl", [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-keyout", key, "-out", cert,
    ], { encoding: "utf8" });
    assert.equal(made.status, 0, made.stderr);
    return ["--tls-cert", cert, "--tls-key", key];
}

const report = (failures) => failures.map(({ name, what }) => `${name}: ${what}`).join("\n");

async function assertConforms(address, options = {}) {
    const { run, failures } = await runCases(address, options);
    assert.equal(report(failures), "");
    return run;
}

before(async () => {
    if (OURS_ONLY) return;
    const listen = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0+tls", ...makeCertificate()];
    server = await startServer({ after: (f) => cleanup.push(f) }, [...listen, "--public", PUBLIC]);
    const find = (scheme) => new RegExp(`listening on ${scheme}://127\\.0\\.0\\.1:(\\d+)`).exec(server.stdout)?.[1];
    await until(() => find("http") && find("https"), "both listeners");
    const path = "socket.io/?EIO=4&transport=websocket";
    url = `ws://127.0.0.1:${find("http")}/${path}`;
    urlTls = `wss://127.0.0.1:${find("https")}/${path}`;
});
after(async () => {
    for (const f of cleanup.reverse()) await f();
});

const ours = { skip: OURS_ONLY };

test("every case over TCP", ours, async () => {
    assert.ok((await assertConforms(url)) >= CASES_MIN);
});

test("every case over TLS", ours, async () => {
    assert.ok((await assertConforms(urlTls)) >= CASES_MIN);
});

test("every short case byte by byte over TCP", ours, () => assertConforms(url, { byteByByte: true }));

test("every short case byte by byte over TLS", ours, () => assertConforms(urlTls, { byteByByte: true }));

test("ws agrees with the cases, but for the differences that are listed", async (t) => {
    const peer = new WebSocketServer({
        host: "127.0.0.1", port: 0, maxPayload: PEER_MAX_BYTES, perMessageDeflate: false,
    });
    await once(peer, "listening");
    t.after(() => {
        for (const socket of peer.clients) socket.terminate();
        peer.close();
    });
    peer.on("connection", (socket) => {
        socket.on("error", () => {});
        socket.on("message", (data, binary) => socket.send(data, { binary }));
    });
    const options = { echo: true, max: PEER_MAX_BYTES };
    const address = `ws://127.0.0.1:${peer.address().port}/`;
    await assertConforms(address, { ...options, select: (name) => !differenceOf(name) });
    const { failures } = await runCases(address, {
        ...options, select: (name) => differenceOf(name), waitMs: DIFFERENCE_WAIT_MS,
    });
    const seen = new Set(failures.map(({ name }) => differenceOf(name)));
    for (const row of DIFFERENCES) assert.ok(seen.has(row), `no longer different: ${row[0]}`);
});
