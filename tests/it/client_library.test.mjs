// The client library, natively, against socket.io's own server and tincand.
// tincan-test: timeout=240
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Driver, scenarios } from "./client_scenarios.mjs";
import { BIN_DIR, atEnd, within } from "./lib.mjs";

class NativeDriver extends Driver {
    constructor(t) {
        super();
        this.child = spawn(join(BIN_DIR, "client_driver"), { stdio: ["pipe", "pipe", "pipe"] });
        this.errors = "";
        this.child.stderr.on("data", (data) => (this.errors += data));
        this.child.stdin.on("error", () => {});
        createInterface({ input: this.child.stdout }).on("line", (line) => this.take(line));
        const ended = once(this.child, "close");
        atEnd(t, async () => {
            this.child.stdin.end();
            const [code, signal] = await within(ended, "the driver to end");
            assert.equal(signal ?? code, 0, this.errors);
        });
    }

    do(line) {
        this.child.stdin.write(`${line}\n`);
    }
}

for (const [name, play] of Object.entries(scenarios)) {
    test(name, async (t) => {
        await play(t, new NativeDriver(t));
    });
}
