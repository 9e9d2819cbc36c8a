// A client that leaves while its GET waits, or says more than it should meanwhile: the session ends, and nothing spins.
// tincan-test: reactors=1
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import tls from "node:tls";
import { OURS_ONLY, Poller, sleep, startServer, until } from "./lib.mjs";

const WATCH_MS = 500;
const ours = { skip: OURS_ONLY };
const cleanup = [];
let server;
let ports;

before(async () => {
    if (OURS_ONLY) return;
    const folder = mkdtempSync(join(tmpdir(), "tincan-parked-"));
    cleanup.push(() => rmSync(folder, { recursive: true }));
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const made = spawnSync("openssl", [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-keyout", key, "-out", cert,
    ], { encoding: "utf8" });
    assert.equal(made.status, 0, made.stderr);
    server = await startServer({ after: (f) => cleanup.push(f) }, [
        "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0+tls", "--tls-cert", cert, "--tls-key", key,
    ]);
    const port = (scheme) => Number(new RegExp(`listening on ${scheme}://127\\.0\\.0\\.1:(\\d+)`).exec(server.stdout)?.[1]);
    ports = await until(() => port("https") && { TCP: port("http"), TLS: port("https") }, "both listeners");
});
after(async () => {
    for (const f of cleanup.reverse()) await f();
});

function open(transport) {
    const port = ports[transport];
    const socket = transport === "TLS" ? tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false }) : net.connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.on("error", () => {});
    return new Promise((resolve) => socket.once(transport === "TLS" ? "secureConnect" : "connect", () => resolve(socket)));
}

// Processor time the server has used, in clock ticks of 10 ms.
function ticks() {
    const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return Number(fields[11]) + Number(fields[12]);
}

// Park a GET and pipeline half a request behind it, in two pieces.
async function parkAndSayMore(transport) {
    const poller = await Poller.connect(server);
    const socket = await open(transport);
    socket.write(`GET ${poller.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await sleep(100);
    socket.write("GET /hea");
    await sleep(50);
    socket.write("lthz HTTP/1.1\r\n");
    await sleep(50);
    return { poller, socket };
}

async function assertIdle() {
    const before = ticks();
    await sleep(WATCH_MS);
    const used_ms = (ticks() - before) * 10;
    assert.ok(used_ms < WATCH_MS / 2, `the server used ${used_ms} ms of processor time in ${WATCH_MS} ms`);
}

for (const transport of ["TCP", "TLS"]) {
    test(`${transport}: a request behind a parked GET costs nothing until the answer, and is answered then`, ours, async () => {
        const { poller, socket } = await parkAndSayMore(transport);
        let got = "";
        socket.on("data", (data) => (got += data));
        await assertIdle();
        await poller.post('42["message","to wake the GET"]');
        await until(() => got.includes("to wake the GET"), "the answer to the GET");
        socket.write("Host: localhost\r\n\r\n");
        await until(() => got.endsWith("ok\n"), "the answer to the second request");
        socket.destroy();
    });

    test(`${transport}: leaving with a request behind the parked GET closes the session at once`, ours, async () => {
        const { poller, socket } = await parkAndSayMore(transport);
        socket.end();
        await until(async () => (await poller.post("3")).status === 400, "the session to be closed");
        assert.ok(await poller.gone());
        await assertIdle();
    });
}
