// Ordinary HTTP beside Socket.IO: what a program's on_request is asked, and what its answers become.
// tincan-test: reactors=2 tsan=long
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as nodeTest } from "node:test";
import { atEnd, OURS_ONLY, rawExchange, request } from "./lib.mjs";
import { asked, joined, startLibrary } from "./library_lib.mjs";

const test = (name, f) => nodeTest(name, { skip: OURS_ONLY }, f);

test("the program is told everything about a request", async (t) => {
    const server = await startLibrary(t);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const body = method === "GET" ? undefined : `a body of ${method}`;
        const path = "/http/a%20b/c?name=J%C3%B6rg+X&name=J%C3%B6&x=%00";
        const headers = { "x-test": "as it is", "X-Other": "no", ...(body && { "Content-Length": body.length }) };
        const answer = await request(server, { method, path, body, headers });
        assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "application/json"], method);
        assert.deepEqual(JSON.parse(answer.body), {
            method,
            path: "/http/a b/c",
            query: "name=J%C3%B6rg+X&name=J%C3%B6&x=%00",
            body: body ?? "",
            address: "127.0.0.1",
            header: "as it is",
            name: "Jö",
            secure: false,
        });
    }
    const head = await request(server, { method: "HEAD", path: "/http/x" });
    const get = await request(server, { path: "/http/x" });
    assert.deepEqual([head.status, head.body], [200, ""]);
    assert.equal(Number(head.headers["content-length"]), get.bytes.length + 1);
    assert.equal(JSON.parse((await request(server, { path: "/http/x?name=0123456789abcdef" })).body).name, "none", "too long");
});

test("bodies up to 64 KiB arrive, in chunks, too; longer ones are refused", async (t) => {
    const server = await startLibrary(t);
    const fits = "x".repeat(64 << 10);
    for (const headers of [{ "Content-Length": fits.length }, { "Transfer-Encoding": "chunked" }]) {
        const answer = await request(server, { method: "POST", path: "/http/echo", headers, body: fits });
        assert.equal(JSON.parse(answer.body).body, fits);
    }
    assert.equal((await request(server, { method: "POST", path: "/http/echo", body: `${fits}x` })).status, 413);
});

test("a body that is streamed has no limit but the program's", async (t) => {
    const server = await startLibrary(t);
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 256));
    let sum = 0;
    for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) >>> 0;
    const put = (query, body, headers = { "Content-Length": body.length }) =>
        request(server, { method: "PUT", path: `/http/stream${query}`, headers, body });
    assert.equal((await put("", bytes)).body, `3000000 of 3000000, ${sum}`);
    assert.equal((await put("", Buffer.alloc(0))).body, "0 of 0, 0");
    assert.equal((await put("", bytes, { "Content-Length": bytes.length, Expect: "100-continue" })).body, `3000000 of 3000000, ${sum}`);
    // What is not read is dropped, and the answer is heard all the same.
    const some = await put("?take=5", bytes.subarray(0, 100_000));
    assert.match(some.body, /^5 of 100000, /);
    assert.equal(some.headers.connection, "close");
    assert.equal((await put("", bytes.subarray(0, 1000), { "Transfer-Encoding": "chunked" })).status, 411);
    assert.match(await rawExchange(server, "PUT /http/stream HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /http/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        /3 of 3, .*HTTP\/1\.1 200 .*"path":"\/http\/x"/s);
});

test("an answer may be a part of a file", async (t) => {
    const server = await startLibrary(t);
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
    const get = (query, method = "GET") => request(server, { method, path: `/http/file${query}` });
    const whole = await get("");
    assert.ok(whole.bytes.equals(bytes));
    assert.equal(whole.headers["content-type"], "application/x-test");
    assert.ok((await get("?from=5&n=70000")).bytes.equals(bytes.subarray(5, 70005)));
    assert.equal((await get("?n=0")).bytes.length, 0);
    const head = await get("", "HEAD");
    assert.deepEqual([head.headers["content-length"], head.bytes.length], ["1000000", 0]);
    assert.equal((await get("?what=twice")).status, 500);
    await assert.rejects(get("?n=1000001"), "one that is shorter than was said is seen to be cut off");
});

test("a header may come several times, and is copied", async (t) => {
    const server = await startLibrary(t);
    const { status, headers, body } = await request(server, { path: "/http/cookies" });
    assert.deepEqual([status, body], [204, ""]);
    assert.deepEqual(headers["set-cookie"], ["a=1; HttpOnly", "b=2; Path=/"]);
    assert.equal(headers["x-empty"], "");
});

test("an answer may be long, and the connection goes on after it", async (t) => {
    const server = await startLibrary(t);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    atEnd(t, () => agent.destroy());
    const lines = (n) =>
        new Promise((resolve, reject) => {
            const sent = http.get({ host: "127.0.0.1", port: server.port, path: `/http/lines?n=${n}`, agent }, (answer) => {
                const port = answer.socket.localPort;
                let text = "";
                answer.on("data", (data) => (text += data)).on("end", () => resolve({ text, port }));
            });
            sent.on("error", reject);
        });
    const ports = new Set();
    for (const n of [0, 1, 1000, 1024, 1025, 300000, 1]) {
        const { text, port } = await lines(n);
        assert.equal(text, "0123456789abcde\n".repeat(n));
        ports.add(port);
    }
    assert.equal(ports.size, 1, "one connection");
});

test("several requests are served at a time", async (t) => {
    const server = await startLibrary(t);
    const met = await Promise.all(Array.from({ length: 8 }, () => request(server, { path: "/http/meet" })));
    assert.deepEqual(new Set(met.map((answer) => answer.body)), new Set(["met"]));
});

test("what cannot be answered is 500, and nothing of it is sent", async (t) => {
    const server = await startLibrary(t);
    for (const what of ["line", "name", "length", "status", "many"]) {
        const { status, headers, body } = await request(server, { path: `/http/wrong?what=${what}` });
        assert.equal(status, 500, what);
        assert.equal(JSON.parse(body).error.code, "internal");
        assert.deepEqual(Object.keys(headers).sort(), ["connection", "content-length", "content-type"]);
    }
    const gone = await request(server, { path: "/http/gone" });
    assert.equal(gone.status, 410);
    assert.equal(JSON.parse(gone.body).error.code, "refused");
});

test("what is not the program's is the site's, and Socket.IO's path never the program's", async (t) => {
    const dir = mkdtempSync(join(tmpdir(), "site-"));
    atEnd(t, () => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "index.html"), "here");
    const server = await startLibrary(t, ["--public-dir", dir, "--path", "/http/io"]);
    const { status, headers, body } = await request(server, { path: "/" });
    assert.deepEqual([status, body, headers["x-seen"]], [200, "here", undefined]);
    assert.equal((await request(server, { path: "/nothing" })).status, 404);
    assert.equal((await request(server, { path: "/http/io/?EIO=4&transport=polling" })).body[0], "0");
    assert.equal(JSON.parse((await request(server, { path: "/http/iota" })).body).path, "/http/iota");
    const upgrade =
        "GET /http/x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert.match(await rawExchange(server, upgrade), /^HTTP\/1\.1 404 /);
});

test("without a site the rest is 404", async (t) => {
    const server = await startLibrary(t);
    const { status, headers, body } = await request(server, { path: "/nothing" });
    assert.deepEqual([status, headers["x-seen"], JSON.parse(body).error.code], [404, undefined, "not_found"]);
    await asked(await joined(t, server), "echo");
});
