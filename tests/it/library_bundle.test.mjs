// Socket.IO's own client for pages, served beside the server: the eight files of its package and nothing else.
// tincan-test: reactors=1
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import { WebSocket } from "ws";
import { atEnd, IS_REFERENCE, ROOT, request, startServer } from "./lib.mjs";
import { asked, joined, startLibrary } from "./library_lib.mjs";

const DIST = join(ROOT, "tests", "node_modules", "socket.io", "client-dist");
const FILES = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"].flatMap((name) => [name, `${name}.map`]);

function copyOfDist(t) {
    const dir = mkdtempSync(join(tmpdir(), "bundle-"));
    atEnd(t, () => rmSync(dir, { recursive: true }));
    cpSync(DIST, dir, { recursive: true });
    return dir;
}

async function checkFiles(server) {
    for (const name of FILES) {
        const { status, headers, bytes } = await request(server, { path: `/socket.io/${name}` });
        assert.equal(status, 200, name);
        assert.ok(bytes.equals(readFileSync(join(DIST, name))), name);
        assert.equal(headers["content-type"], `application/${name.endsWith(".map") ? "json" : "javascript"}; charset=utf-8`);
        assert.equal(headers.etag, '"4.8.4"');
        assert.equal(headers["cache-control"], "public, max-age=0");
    }
    const path = "/socket.io/socket.io.js";
    for (const tag of ['"4.8.4"', 'W/"4.8.4"']) {
        const { status, body } = await request(server, { path, headers: { "If-None-Match": tag } });
        assert.deepEqual([status, body], [304, ""]);
    }
    assert.equal((await request(server, { path, headers: { "If-None-Match": '"4.8.3"' } })).status, 200);
}

test("the package's files, as its own server serves them", async (t) => {
    assert.deepEqual(readdirSync(DIST).sort(), [...FILES].sort(), "the package has these files");
    await checkFiles(IS_REFERENCE ? await startServer(t) : await startLibrary(t, ["--client-dir", DIST]));
});

test("tincand serves them, too", { skip: IS_REFERENCE }, async (t) => {
    const site = mkdtempSync(join(tmpdir(), "site-"));
    atEnd(t, () => rmSync(site, { recursive: true }));
    writeFileSync(join(site, "index.html"), "here");
    await checkFiles(await startServer(t, ["--client-dir", DIST, "--public", site]));
    const without = await startServer(t, ["--client-dir", "", "--public", site]);
    assert.equal((await request(without, { path: "/socket.io/socket.io.js" })).status, 400);
});

test("nothing else of the folder is served, and the server's own paths go on", { skip: IS_REFERENCE }, async (t) => {
    const dir = copyOfDist(t);
    writeFileSync(join(dir, "secret.js"), "secret");
    const server = await startLibrary(t, ["--client-dir", dir]);
    for (const path of ["/socket.io/secret.js", "/socket.io/socket.io.js/", "/socket.io/x/socket.io.js", "/socket.io/Socket.io.js", "/socket.io.js", "/"]) {
        const { status, body } = await request(server, { path });
        assert.ok([400, 404].includes(status) && !body.includes("secret"), `${path}: ${status}`);
    }
    const head = await request(server, { method: "HEAD", path: "/socket.io/socket.io.js" });
    assert.deepEqual([head.status, head.body], [200, ""]);
    assert.equal((await request(server, { method: "POST", path: "/socket.io/socket.io.js" })).status, 405);
    await asked(await joined(t, server), "echo");
});

test("without the folder there are none; a folder without them is a mistake", { skip: IS_REFERENCE }, async (t) => {
    const server = await startLibrary(t);
    assert.equal((await request(server, { path: "/socket.io/socket.io.js" })).status, 400);
    const empty = mkdtempSync(join(tmpdir(), "empty-"));
    atEnd(t, () => rmSync(empty, { recursive: true }));
    await assert.rejects(startLibrary(t, ["--client-dir", empty]), /contains no socket\.io\.js/);
});

test("what a plain <script> gets is a client that connects", { skip: IS_REFERENCE }, async (t) => {
    const server = await startLibrary(t, ["--client-dir", DIST]);
    const { body } = await request(server, { path: "/socket.io/socket.io.min.js" });
    const page = vm.createContext({ WebSocket, setTimeout, clearTimeout, URL, console, navigator: {}, location: new URL(server.url) });
    page.self = page.window = page.globalThis = page;
    vm.runInContext(body, page);
    const socket = page.io(server.url, { transports: ["websocket"], reconnection: false });
    t.after(() => socket.disconnect());
    await new Promise((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
    const answer = await new Promise((resolve) => socket.emit("echo", "from a page", resolve));
    assert.equal(answer, "from a page");
});
