// Who may speak to the server from a browser: origins are enforced on both transports, and told to browsers by CORS.
// tincan-test: reactors=2
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { OURS_ONLY, Poller, RawSocket, request, startServer, within } from "./lib.mjs";

const POLL = "/socket.io/?EIO=4&transport=polling";
let server;
const cleanup = [];
before(async () => {
    server = await startServer({ after: (f) => cleanup.push(f) });
});
after(async () => {
    for (const f of cleanup) await f();
});

// The HTTP status that an upgrade with this Origin gets; 101 when it succeeds.
async function upgradeStatus(to, origin) {
    const raw = new RawSocket(`ws://127.0.0.1:${to.port}/socket.io/?EIO=4&transport=websocket`, { origin });
    const refused = new Promise((resolve) => raw.ws.once("unexpected-response", (_, response) => resolve(response.statusCode)));
    const status = await within(Promise.race([refused, raw.opened.then(() => 101)]), "the answer to the upgrade");
    raw.close();
    return status;
}

const allowed = [
    "http://localhost:5173", "http://127.0.0.1:5173", "http://[::1]:5173", "http://localhost", "https://localhost:8443",
];
for (const origin of allowed) {
    test(`${origin} may speak, and is told so`, async () => {
        const answer = await request(server, { path: POLL, headers: { Origin: origin } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers["access-control-allow-origin"], origin);
        assert.match(answer.headers.vary ?? "", /\bOrigin\b/);
        assert.equal(await upgradeStatus(server, origin), 101);
    });
}

test("the page's own origin may speak", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
        const origin = `http://${host}:${server.port}`;
        const answer = await request(server, { path: POLL, headers: { Origin: origin, Host: `${host}:${server.port}` } });
        assert.equal(answer.status, 200);
        assert.equal(await upgradeStatus(server, origin), 101);
    }
});

test("who sends no Origin, as programs do, may speak", async () => {
    const answer = await request(server, { path: POLL });
    assert.equal(answer.status, 200);
    assert.equal(await upgradeStatus(server, undefined), 101);
});

const foreign = [
    "http://evil.example", "https://evil.example:5173", "http://localhost.evil.example:5173",
    "http://127.0.0.1.evil.example", "http://evil.example/localhost", "http://localhost@evil.example", "null",
    "http://notlocalhost:5173", "http://1127.0.0.1", "file://", "",
].filter((origin) => !OURS_ONLY || (origin && origin !== "file://"));
for (const origin of foreign.filter(Boolean)) {
    test(`${origin} is refused on both transports`, async () => {
        const answer = await request(server, { path: POLL, headers: { Origin: origin } });
        assert.equal(answer.status, 403);
        assert.equal(answer.body, '{"code":4,"message":"Forbidden"}');
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
        assert.ok([400, 403].includes(await upgradeStatus(server, origin)));
    });
}

test("errors carry the CORS headers too, so that the page can read them", async () => {
    const headers = { Origin: "http://localhost:5173" };
    const answer = await request(server, { path: `${POLL}&sid=AAAAAAAAAAAAAAAAAAAA`, headers });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers["access-control-allow-origin"], headers.Origin);
});

test("the answers of a session carry the CORS headers", async () => {
    const poller = await Poller.open(server);
    const headers = { Origin: "http://localhost:5173" };
    const posted = await request(server, { method: "POST", path: poller.path, headers, body: "40" });
    assert.equal(posted.headers["access-control-allow-origin"], headers.Origin);
    const polled = await request(server, { path: poller.path, headers });
    assert.equal(polled.headers["access-control-allow-origin"], headers.Origin);
});

test("a preflight is answered", async () => {
    const answer = await request(server, {
        method: "OPTIONS",
        path: POLL,
        headers: {
            Origin: "http://localhost:5173",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-custom",
        },
    });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers["access-control-allow-origin"], "http://localhost:5173");
    assert.match(answer.headers["access-control-allow-methods"], /POST/);
    assert.match(answer.headers["access-control-allow-headers"], /content-type/i);
});

test("--origin adds an origin, and only that", async (t) => {
    const other = await startServer(t, ["--origin", "https://chat.example"]);
    const good = await request(other, { path: POLL, headers: { Origin: "https://chat.example" } });
    assert.equal(good.status, 200);
    assert.equal(good.headers["access-control-allow-origin"], "https://chat.example");
    assert.equal(await upgradeStatus(other, "https://chat.example"), 101);
    for (const origin of ["http://chat.example", "https://chat.example:444", "https://x.chat.example"]) {
        assert.equal((await request(other, { path: POLL, headers: { Origin: origin } })).status, 403, origin);
        assert.ok([400, 403].includes(await upgradeStatus(other, origin)), origin);
    }
});

test("--origin '*' lets everyone in", { skip: OURS_ONLY }, async (t) => {
    const other = await startServer(t, ["--origin", "*"]);
    const answer = await request(other, { path: POLL, headers: { Origin: "http://anyone.example" } });
    assert.equal(answer.status, 200);
    assert.ok(["*", "http://anyone.example"].includes(answer.headers["access-control-allow-origin"]));
    assert.equal(await upgradeStatus(other, "http://anyone.example"), 101);
});

test("listening beyond loopback, other loopback origins are foreign", { skip: OURS_ONLY }, async (t) => {
    const open = await startServer(t, ["--listen", "0.0.0.0:0", "--relay", "on"]);
    const other = await request(open, { path: POLL, headers: { Origin: "http://localhost:5173" } });
    assert.equal(other.status, 403);
    const own = `127.0.0.1:${open.port}`;
    const same = await request(open, { path: POLL, headers: { Origin: `http://${own}`, Host: own } });
    assert.equal(same.status, 200);
});
