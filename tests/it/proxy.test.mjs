// Behind a proxy that really is one: whose address counts for limits, devices and cookies, and whose word does not.
// tincan-test: reactors=2
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { onlyCookie } from "./api_lib.mjs";
import { api, ask, atEnd, chatSocket, createUser, IS_REFERENCE, spawnServer, startServer, within } from "./lib.mjs";

const ours = { skip: IS_REFERENCE && "only tincand promises this" };

// A reverse proxy that appends whom it sees: here everybody comes from loopback, so the test says who it is (as x-test-client).
async function startProxy(t, server, { proto } = {}) {
    const forwarded = ({ headers }) => {
        const { "x-test-client": client = "198.51.100.1", ...rest } = headers;
        const before = rest["x-forwarded-for"];
        return { ...rest, "x-forwarded-for": before === undefined ? client : `${before}, ${client}`, ...(proto && { "x-forwarded-proto": proto }) };
    };
    const proxy = http.createServer((request, response) => {
        const to = http.request({ host: "127.0.0.1", port: server.port, method: request.method, path: request.url, headers: forwarded(request) }, (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        });
        to.on("error", () => response.destroy());
        request.pipe(to);
    });
    proxy.on("upgrade", (request, socket, head) => {
        const to = net.connect(server.port, "127.0.0.1", () => {
            const lines = Object.entries(forwarded(request)).map(([name, value]) => `${name}: ${value}\r\n`);
            to.write(`GET ${request.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
            to.write(head);
            to.pipe(socket).pipe(to);
        });
        to.on("error", () => socket.destroy());
        socket.on("error", () => to.destroy());
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    atEnd(t, () => {
        proxy.closeAllConnections();
        proxy.close();
    });
    return { port: proxy.address().port, url: `http://127.0.0.1:${proxy.address().port}` };
}

async function deviceAddresses(to, user) {
    const { status, body, text } = await api(to, "GET", "/sessions", { token: user.token });
    assert.equal(status, 200, text);
    return body.sessions.map((session) => session.address);
}

const guest = (to, name, headers = {}) => api(to, "POST", "/guest", { body: { name }, headers });

test("a trusted proxy's word counts: the device has its own address", ours, async (t) => {
    const server = await startServer(t, ["--trust-proxy", "127.0.0.1"]);
    const proxy = await startProxy(t, server);
    const cases = [
        ["ana", { "x-test-client": "198.51.100.7" }, "198.51.100.7"],
        ["bo", { "x-test-client": "2001:DB8::7" }, "2001:db8::7"],
        ["cy", { "x-test-client": "198.51.100.7", "x-forwarded-for": "127.0.0.1" }, "198.51.100.7"],
        ["di", { "x-test-client": "198.51.100.7", "x-forwarded-for": "rubbish, ,;" }, "198.51.100.7"],
    ];
    for (const [name, headers, address] of cases) {
        const { body, text } = await guest(proxy, name, headers);
        assert.deepEqual(await deviceAddresses(proxy, body), [address], text);
    }
});

test("who is not trusted is not believed", ours, async (t) => {
    for (const args of [[], ["--trust-proxy", "10.0.0.0/8", "--trust-proxy", "::1"]]) {
        const server = await startServer(t, args);
        const { body, headers } = await guest(server, "ana", { "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https" });
        assert.deepEqual(await deviceAddresses(server, body), ["127.0.0.1"]);
        assert.ok(!/Secure/.test(headers["set-cookie"].join()), headers["set-cookie"].join());
    }
});

test("a header that cannot be read is named in the log, and the peer counts", ours, async (t) => {
    const server = await startServer(t, ["--trust-proxy", "127.0.0.0/8"]);
    const { body } = await guest(server, "ana", { "X-Forwarded-For": "198.51.100.7, what?", "X-Forwarded-Proto": "gopher" });
    assert.deepEqual(await deviceAddresses(server, body), ["127.0.0.1"]);
    assert.match(server.stderr, /ignored what a trusted proxy said.*header=X-Forwarded-For/);
    assert.ok(!server.stderr.includes("what?"));
});

test("X-Forwarded-Proto says whether cookies are for TLS only, and which page is of the same origin", ours, async (t) => {
    const server = await startServer(t, ["--trust-proxy", "127.0.0.1"]);
    const headers = { Host: "chat.example", Origin: "https://chat.example" };
    const tls = await startProxy(t, server, { proto: "https" });
    const there = await guest(tls, "ana", headers);
    assert.equal(there.status, 200, there.text);
    assert.equal(onlyCookie(there).attributes.secure, true);
    const plain = await startProxy(t, server, { proto: "http" });
    assert.equal((await guest(plain, "bo", headers)).status, 403);
    assert.equal(onlyCookie(await guest(plain, "bo")).attributes.secure, undefined);
});

test("who tries passwords too often waits, and nobody else behind the same proxy", ours, async (t) => {
    const server = await startServer(t, ["--trust-proxy", "127.0.0.1", "--limits", "on"]);
    const proxy = await startProxy(t, server);
    const owner = await createUser(server, "ana");
    const login = (client, password) => api(proxy, "POST", "/login", { body: { name: "ana", password }, headers: { "x-test-client": client } });
    let status;
    for (let i = 0; i < 30 && status !== 429; i++) ({ status } = await login("198.51.100.7", "not hers"));
    assert.equal(status, 429);
    assert.equal((await login("198.51.100.8", owner.password)).status, 200);
    assert.equal((await login("198.51.100.7", owner.password)).status, 429);
});

test("the chat works through it, on both transports", ours, async (t) => {
    const server = await startServer(t, ["--trust-proxy", "127.0.0.1"]);
    const proxy = await startProxy(t, server);
    const user = (await guest(proxy, "ana")).body;
    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
        const socket = await chatSocket(t, proxy, { ...user.user, token: user.token }, { transports });
        assert.equal((await ask(socket, "resume", { rooms: {} })).ok, true);
    }
});

test("what is no network ends the start", ours, async () => {
    for (const bad of ["10.0.0.0/33", "proxy.example", "*"]) {
        const server = spawnServer(["--listen", "127.0.0.1:0", "--trust-proxy", bad]);
        const { code } = await within(server.exited, "the end");
        assert.equal(code, 2);
        assert.equal(server.stderr.trim(), `tincand: --trust-proxy: '${bad}' is no address or network, like 127.0.0.1, 10.0.0.0/8 or fd00::/8`);
    }
});
