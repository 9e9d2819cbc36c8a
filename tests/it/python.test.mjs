// python-socketio, as Debian ships it, talks to the stock JavaScript client through the server.
// tincan-test: reactors=1,4
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { atEnd, HERE, TRANSPORTS, connect, hasMessages, startServer, until } from "./lib.mjs";

function startPython(t, server, transports) {
    const child = spawn("/usr/bin/python3", ["-B", join(HERE, "python_client.py"), server.url, transports]);
    const python = { child, seen: [], stderr: "" };
    createInterface({ input: child.stdout }).on("line", (line) => python.seen.push(JSON.parse(line)));
    child.stderr.on("data", (data) => (python.stderr += data));
    atEnd(t, () => child.kill("SIGKILL"));
    python.saw = (kind, n = 1) =>
        until(() => {
            const values = python.seen.filter(([k]) => k === kind).map(([, value]) => value);
            if (values.length >= n) return { values };
            if (child.exitCode) throw new Error(`python ended: ${python.stderr}`);
            return null;
        }, `python to tell "${kind}" (${n}); it said ${JSON.stringify(python.seen)} ${python.stderr}`)
            .then(({ values }) => values);
    python.say = (value) => child.stdin.write(`${JSON.stringify(value)}\n`);
    return python;
}

for (const transports of ["polling", "websocket", "polling,websocket"]) {
    for (const [name, options] of Object.entries(TRANSPORTS)) {
        test(`python by ${transports} and JavaScript by ${name} chat`, async (t) => {
            const server = await startServer(t);
            const javascript = await connect(t, server, options);
            const python = startPython(t, server, transports);
            await python.saw("connected");
            const [transport] = await python.saw("transport");
            assert.equal(transport, transports === "polling" ? "polling" : "websocket");
            const hello = { text: "héllo \u0000 👋", timestamp: 1 };
            javascript.emit("message", hello);
            assert.deepEqual(await python.saw("message"), [hello]);
            const answer = { text: "salut", list: [1, null, { a: "b" }] };
            python.say(answer);
            await hasMessages(javascript, 2);
            assert.deepEqual(javascript.messages, [hello, answer]);
            assert.deepEqual(await python.saw("message", 2), [hello, answer]);
            python.child.stdin.end();
            await python.saw("disconnected");
        });
    }
}
