// What the tests of the terminal client share: people at terminals, and what stands between them and the server.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import tls from "node:tls";
import { BIN_DIR, newFolder, until, within } from "./lib.mjs";

const SANITIZER_REPORT = /ERROR: \w*Sanitizer|runtime error:|LeakSanitizer/;

// Somebody with a token file of their own.
export class Person {
    constructor(server, name, { flags = ["--name", name], env = {} } = {}) {
        this.name = name;
        this.file = join(newFolder("token"), "token");
        this.flags = ["--server", server.url, "--token-file", this.file, ...flags];
        this.env = { ...process.env, TZ: "UTC", USER: name, ...env };
    }

    // A run of the program: { child, out, err, lines(), exited: its exit code or signal }.
    start(...args) {
        const child = spawn(join(BIN_DIR, "tincan"), [...this.flags, ...args], { stdio: ["pipe", "pipe", "pipe"], env: this.env });
        const run = { child, out: "", err: "", lines: () => run.out.split("\n").slice(0, -1) };
        child.stdin.on("error", () => {});
        child.stdout.on("data", (data) => (run.out += data));
        child.stderr.on("data", (data) => (run.err += data));
        run.exited = once(child, "close").then(([code, signal]) => {
            assert.ok(!SANITIZER_REPORT.test(run.err), run.err);
            return signal ?? code;
        });
        return run;
    }

    async run(args, input = "") {
        const run = this.start(...args);
        run.child.stdin.end(input);
        return { code: await within(run.exited, args.join(" "), 45000), out: run.out, err: run.err };
    }

    // What must go well; its standard output.
    async does(args, input) {
        const done = await this.run(args, input);
        assert.equal(done.code, 0, `${args.join(" ")}: ${done.err}`);
        return done.out;
    }

    // What must fail; its standard error.
    async fails(args, input) {
        const done = await this.run(args, input);
        assert.equal(done.code, 1, `${args.join(" ")}: ${done.out}${done.err}`);
        assert.match(done.err, /^(tincan: [^\n]*\n)+$/);
        return done.err;
    }

    // A tail that is connected.
    async tail(t, room, ...args) {
        const run = this.start("tail", room, ...args);
        t.after(() => run.child.kill("SIGKILL"));
        await until(() => /connected by/.test(run.err), () => `tail to be connected: ${run.err}`);
        return run;
    }
}

// A door in front of the server that can be shut: { url, port, shut(), open() }.
export async function startGate(t, server) {
    const sockets = new Set();
    let isOpen = true;
    const gate = net.createServer((socket) => {
        socket.on("error", () => {});
        if (!isOpen) return socket.destroy();
        const onward = net.connect(server.port, "127.0.0.1");
        for (const [from, to] of [[socket, onward], [onward, socket]]) {
            sockets.add(from);
            from.on("error", () => to.destroy());
            from.on("close", () => {
                sockets.delete(from);
                to.destroy();
            });
            from.pipe(to);
        }
    });
    const cut = () => sockets.forEach((socket) => socket.destroy());
    gate.listen(0, "127.0.0.1");
    await once(gate, "listening");
    t.after(() => {
        cut();
        gate.close();
    });
    const port = gate.address().port;
    return {
        port,
        url: `http://127.0.0.1:${port}`,
        shut: () => {
            isOpen = false;
            cut();
        },
        open: () => (isOpen = true),
    };
}

// A certificate for localhost and 127.0.0.1, and a TLS front that forwards to the server.
export async function startTlsFront(t, server) {
    const dir = newFolder("tls");
    const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
    const made = spawnSync("openssl", [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(" "),
        ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    const sockets = new Set();
    const front = tls.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
        const onward = net.connect(server.port, "127.0.0.1");
        for (const [from, to] of [[socket, onward], [onward, socket]]) {
            sockets.add(from);
            from.on("error", () => to.destroy());
            from.on("close", () => to.destroy());
            from.pipe(to);
        }
    });
    front.on("tlsClientError", () => {});
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    t.after(() => {
        for (const socket of sockets) socket.destroy();
        front.close();
    });
    return { port: front.address().port, cert };
}
