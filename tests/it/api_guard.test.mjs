// What every request passes first: path, method, origin, content type, access token, role; and that nobody guesses passwords for long.
// tincan-test: tsan=long timeout=400
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { api, createUser, login, newFolder, request, startServer, WAIT_MS } from "./lib.mjs";
import { createOwner, metric, refusedApi, sqlite } from "./api_lib.mjs";

// Every route, who may, and a body that gets as far as the handler.
const ROUTES = [
    ["POST", "/setup", "anybody", { token: "x", name: "ana", password: "tall green lamps" }],
    ["POST", "/guest", "anybody", { name: "ana" }],
    ["POST", "/register", "anybody", { name: "ana", password: "tall green lamps" }],
    ["POST", "/login", "anybody", { name: "ana", password: "tall green lamps" }],
    ["POST", "/refresh", "anybody", {}],
    ["POST", "/logout", "anybody", {}],
    ["GET", "/invites/x", "anybody"],
    ["GET", "/me", "signed in"],
    ["POST", "/password", "signed in", { password: "x", new_password: "tall green lamps" }],
    ["GET", "/sessions", "signed in"],
    ["DELETE", "/sessions/999", "signed in"],
    ["GET", "/rooms/1/messages", "signed in"],
    ["POST", "/invites/x", "signed in", {}],
    ["GET", "/admin/users", "admin"],
    ["POST", "/admin/users/1/role", "admin", { role: "guest" }],
    ["GET", "/admin/rooms", "admin"],
    ["GET", "/admin/server", "admin"],
    ["GET", "/admin/sessions?user=1", "admin"],
    ["DELETE", "/admin/sessions/1", "admin"],
    ["DELETE", "/admin/users/1/sessions", "admin"],
    ["GET", "/admin/invites", "admin"],
    ["POST", "/admin/invites", "admin", {}],
    ["DELETE", "/admin/invites/1", "admin"],
];
const UNSAFE = ROUTES.filter(([method]) => method !== "GET");

test("only our own pages may change anything", async (t) => {
    const server = await startServer(t, ["--origin", "https://chat.example"]);
    const foreign = ["https://evil.example", "null", "https://chat.example.evil", "http://chat.example", "https://chat.example:8443",
        `http://127.0.0.1.evil:${server.port}`, "file://"];
    for (const [method, path, , body] of UNSAFE) {
        for (const origin of foreign) {
            const answer = await refusedApi(server, method, path, { body, headers: { Origin: origin } }, 403, "forbidden", "Origin");
            assert.equal(answer.headers["access-control-allow-origin"], undefined);
        }
        await refusedApi(server, method, path, { body, headers: { Origin: undefined, "Sec-Fetch-Site": "cross-site" } }, 403, "forbidden", "Origin");
    }
    // Ours, listed ones, pages on this machine while we listen on it only, and programs.
    const good = [server.url, "https://chat.example", "http://localhost:3000", undefined];
    for (const [i, origin] of good.entries()) {
        const answer = await api(server, "POST", "/guest", { body: { name: `guest${i}x` }, headers: { Origin: origin } });
        assert.equal(answer.status, 200, `${origin}: ${answer.text}`);
        assert.equal(answer.headers["access-control-allow-origin"], origin);
        assert.equal(answer.headers.vary, "Origin");
    }
    const ana = await createUser(server, "ana");
    const read = await api(server, "GET", "/me", { token: ana.token, headers: { Origin: "https://evil.example" } });
    assert.equal(read.headers["access-control-allow-origin"], undefined, "a foreign page may not read the answer");
});

test("beyond loopback a page of another port is foreign", async (t) => {
    const server = await startServer(t, ["--listen", "0.0.0.0:0"]);
    await refusedApi(server, "POST", "/guest", { body: { name: "ana" }, headers: { Origin: "http://localhost:3000" } }, 403, "forbidden", "Origin");
    assert.equal((await api(server, "POST", "/guest", { body: { name: "ana" } })).status, 200);
});

test("only JSON is taken, which no form can send", async (t) => {
    const server = await startServer(t);
    for (const [method, path, , body] of UNSAFE.filter(([method]) => method === "POST")) {
        for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", undefined]) {
            await refusedApi(server, method, path, { body, headers: { "Content-Type": type } }, 400, "invalid", "Content-Type");
        }
    }
});

const part = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");

test("what needs a sign-in needs a good access token, wherever it is asked", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana");
    const [head, body, signature] = ana.token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url"));
    const forged = createHmac("sha256", randomBytes(32)).update(`${head}.${body}`).digest("base64url");
    const wrong = [
        undefined, "Bearer", "Bearer ", `Basic ${ana.token}`, ana.token, `Bearer ${ana.token}x`, `Bearer ${head}.${body}.`, `Bearer ${head}.${body}`,
        `Bearer ${head}.${body}.${forged}`, `Bearer ${part({ alg: "none", typ: "JWT" })}.${body}.`,
        `Bearer ${head}.${part({ ...claims, sub: claims.sub + 1 })}.${signature}`, `Bearer ${part({ alg: "HS256", typ: "JWT", kid: 99 })}.${body}.${signature}`,
    ];
    for (const [method, path, who, json] of ROUTES.filter(([, , who]) => who !== "anybody")) {
        for (const header of wrong) {
            await refusedApi(server, method, path, { body: json, headers: { Authorization: header } }, 401, "auth", "Authorization");
        }
        // The cookie alone opens nothing.
        await refusedApi(server, method, path, { body: json, cookie: ana.cookie }, 401, "auth", "Authorization");
        if (who === "signed in") assert.notEqual((await api(server, method, path, { body: json, token: ana.token })).status, 401, path);
    }
});

test("administration is for administrators, from the moment they are until they are not", async (t) => {
    const server = await startServer(t);
    const owner = await createOwner(server);
    const people = [await createUser(server, "gus", { guest: true }), await createUser(server, "ana"), await createUser(server, "mo")];
    await api(server, "POST", `/admin/users/${people[2].id}/role`, { token: owner.token, body: { role: "mod" } });
    const admin = ROUTES.filter(([, , who]) => who === "admin");
    for (const [method, path, , body] of admin) {
        for (const user of people) await refusedApi(server, method, path, { body, token: user.token }, 403, "forbidden");
    }
    const set = (role) => api(server, "POST", `/admin/users/${people[1].id}/role`, { token: owner.token, body: { role } });
    assert.equal((await set("admin")).status, 200);
    assert.equal((await api(server, "GET", "/admin/users", { token: people[1].token })).status, 200);
    assert.equal((await set("member")).status, 200);
    await refusedApi(server, "GET", "/admin/users", { token: people[1].token }, 403, "forbidden");
});

test("unknown paths and methods are answered as such", async (t) => {
    const server = await startServer(t);
    for (const path of ["", "/", "/nothing", "/me/x", "/rooms/1/2/messages", "/sessions/", "/ME", "/admin", "/guest/"]) {
        await refusedApi(server, "GET", path, {}, 404, "not_found", "path");
    }
    for (const [method, path, allow] of [["GET", "/login", "OPTIONS, POST"], ["PUT", "/me", "OPTIONS, GET, PATCH"], ["PATCH", "/invites/x", "OPTIONS, GET, POST"],
        ["POST", "/sessions/1", "OPTIONS, DELETE"]]) {
        const answer = await refusedApi(server, method, path, method === "GET" ? {} : { body: {} }, 405, "invalid", "method");
        assert.equal(answer.headers.allow, allow);
    }
    const ana = await createUser(server, "ana");
    const head = await api(server, "HEAD", "/me", { token: ana.token });
    assert.equal(head.status, 200);
    assert.equal(head.text, "");
});

test("a browser's question whether it may is answered for our pages only", async (t) => {
    const server = await startServer(t, ["--origin", "https://chat.example"]);
    const ask = (origin) => request(server, { method: "OPTIONS", path: "/api/v1/sessions/1", headers: { Origin: origin, "Access-Control-Request-Method": "DELETE" } });
    const good = await ask("https://chat.example");
    assert.equal(good.status, 204);
    assert.equal(good.headers["access-control-allow-origin"], "https://chat.example");
    assert.equal(good.headers["access-control-allow-credentials"], "true");
    assert.match(good.headers["access-control-allow-methods"], /DELETE/);
    const bad = await ask("https://evil.example");
    assert.equal(bad.status, 403);
    assert.equal(bad.headers["access-control-allow-origin"], undefined);
});

const guess = (server, name, password = "not the password") => api(server, "POST", "/login", { body: { name, password } });

test("after ten wrong tries at an account one waits, however its name is written; others do not", async (t) => {
    const server = await startServer(t, ["--limits", "on"]);
    const ana = await createUser(server, "ana");
    await createUser(server, "bo", { password: "bo's long password" });
    const statuses = [];
    for (let i = 0; i < 20; i++) statuses.push((await guess(server, ["ana", "Ana", "ANA", "aNa"][i % 4])).status);
    assert.deepEqual(statuses, [...Array(10).fill(401), ...Array(10).fill(429)]);
    const compared = await metric(server, 'tincan_passwords_total{what="compared"}');
    const answer = await refusedApi(server, "POST", "/login", { body: { name: "ana", password: ana.password } }, 429, "rate");
    const seconds = Number(answer.headers["retry-after"]);
    assert.ok(seconds > 0 && seconds <= 19, `${seconds}`);
    assert.equal(await metric(server, 'tincan_passwords_total{what="compared"}'), compared, "a refused try costs nothing");
    await login(server, "bo", "bo's long password");
});

test("a right password in between starts the count anew", async (t) => {
    const server = await startServer(t, ["--limits", "on"]);
    const ana = await createUser(server, "ana");
    for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 9; i++) assert.equal((await guess(server, "ana")).status, 401);
        await login(server, "ana", ana.password);
    }
    for (let i = 0; i < 10; i++) assert.equal((await guess(server, "ana")).status, 401);
    assert.equal((await guess(server, "ana")).status, 429);
});

test("one address makes only so many accounts at once", async (t) => {
    const server = await startServer(t, ["--limits", "on"]);
    let made = 0, answer;
    for (const began = Date.now(); Date.now() - began < WAIT_MS; made++) {
        answer = await api(server, "POST", "/guest", { body: { name: `guest${made}x` } });
        if (answer.status !== 200) break;
    }
    assert.equal(answer.status, 429, answer.text);
    assert.ok(made >= 100 && made < 115, `${made}`);
    await refusedApi(server, "POST", "/login", { body: { name: "ana", password: "x" } }, 429, "rate");
});

test("a flood of logins is cut, and who is let through is answered", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana");
    const answers = await Promise.all(Array.from({ length: 300 }, () => guess(server, "ana", ana.password)));
    const count = (status) => answers.filter((a) => a.status === status).length;
    assert.equal(count(200) + count(503), 300);
    assert.ok(count(200) >= 64, `${count(200)} were let through`);
    for (const refused of answers.filter((a) => a.status === 503)) assert.equal(refused.headers["retry-after"], "2");
});

test("keys change in time: new tokens are signed by the new one, the old one is still good", async (t) => {
    const folder = newFolder("data");
    const server = await startServer(t, ["--data", folder]);
    const ana = await createUser(server, "ana");
    const kid = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url")).kid;
    const db = join(folder, "tincan.db");
    const month = 30 * 86400 * 1000;
    for (let round = 0; round < 2; round++) {
        const before = await login(server, "ana", ana.password);
        await sqlite(db, `UPDATE signing_key SET created_ms = created_ms - ${month}`);
        // An unknown key makes the server look at the keys, at most once a second; else it does once a minute.
        const unknown = `${part({ alg: "HS256", typ: "JWT", kid: 99 })}.${before.token.split(".").slice(1).join(".")}`;
        const end = Date.now() + WAIT_MS;
        let after;
        do {
            await refusedApi(server, "GET", "/me", { token: unknown }, 401, "auth", "Authorization");
            after = await login(server, "ana", ana.password);
        } while (kid(after.token) === kid(before.token) && Date.now() < end);
        assert.equal(kid(after.token), kid(before.token) + 1);
        assert.equal((await api(server, "GET", "/me", { token: before.token })).status, 200);
        assert.equal((await api(server, "GET", "/me", { token: after.token })).status, 200);
    }
    // The first one was not needed any more.
    assert.equal(await sqlite(db, "SELECT count(*) FROM signing_key"), "2");
});

test("a password that was hashed more cheaply is hashed anew at the next login", async (t) => {
    const folder = newFolder("data");
    const server = await startServer(t, ["--data", folder]);
    const ana = await createUser(server, "ana");
    const db = join(folder, "tincan.db");
    // Of "tall green lamps at sea".
    const cheap = "$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$jr8Cv6bZW+tB1RS+vQ/S6ejXSlIUf/wQPKBada3BycE";
    await sqlite(db, `UPDATE account SET password_hash = '${cheap}' WHERE id = ${ana.id}`);
    await refusedApi(server, "POST", "/login", { body: { name: "ana", password: ana.password } }, 401, "auth");
    assert.equal(await sqlite(db, `SELECT password_hash FROM account WHERE id = ${ana.id}`), cheap);
    await login(server, "ana", "tall green lamps at sea");
    const hash = await sqlite(db, `SELECT password_hash FROM account WHERE id = ${ana.id}`);
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await login(server, "ana", "tall green lamps at sea");
    assert.equal((await api(server, "GET", "/me", { token: ana.token })).status, 200, "sessions stay");
});
