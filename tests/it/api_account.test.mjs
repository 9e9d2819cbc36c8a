// Accounts over HTTP: coming as a guest, registering, signing in, staying signed in, changing the password, leaving.
// tincan-test: tsan=long timeout=300
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import https from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { api, chatSocket, createUser, login, newFolder, rawExchange, startServer, within } from "./lib.mjs";
import { cookiesOf, metric, onlyCookie, refusedApi, sqlite } from "./api_lib.mjs";

const PASSWORD = "tall green lamps at sea";

// What a program without cookies sends: no Origin.
const program = { Origin: undefined };

test("a guest comes under a name of his choice", async (t) => {
    const server = await startServer(t, ["--limits", "on", "--limit", "admin=1/s,10"]);
    const answer = await api(server, "POST", "/guest", { body: { name: "Ana" } });
    assert.equal(answer.status, 200, answer.text);
    const { token, user } = answer.body;
    assert.deepEqual({ ...user, id: typeof user.id }, { id: "number", name: "ana", display: "Ana", role: "guest" });
    const me = await api(server, "GET", "/me", { token });
    assert.deepEqual(me.body.user, { ...user, bio: "", zone: "" });
    assert.equal(typeof me.body.session, "number");
    const changed = await api(server, "PATCH", "/me", { token, body: { bio: "Sails.\r\nSews.", zone: "UTC" } });
    assert.deepEqual(changed.body.user, { ...user, bio: "Sails.\nSews.", zone: "UTC" });
    await refusedApi(server, "PATCH", "/me", { token, body: { zone: "Mars/Olympus" } }, 400, "invalid", "zone");
    await refusedApi(server, "PATCH", "/me", { token, body: { bio: "x".repeat(501) } }, 400, "invalid", "bio");
    await refusedApi(server, "PATCH", "/me", { body: { bio: "" } }, 401, "auth", "Authorization");
    // As the event is: three were taken, at once or refused. Uploads are counted by themselves.
    const more = await Promise.all(Array.from({ length: 20 }, () => api(server, "PATCH", "/me", { token, body: { status: "" } })));
    assert.deepEqual(new Set(more.map((a) => a.status)), new Set([200, 429]));
    await refusedApi(server, "PUT", "/me/avatar", { token, body: {} }, 400, "invalid", "body");
    assert.equal(answer.headers["cache-control"], "no-store");
    await chatSocket(t, server, { ...user, token });
    await refusedApi(server, "POST", "/guest", { body: { name: "ana" } }, 409, "taken", "name");
    await refusedApi(server, "POST", "/guest", { body: { name: "a.n.a" } }, 409, "taken", "name");
});

test("of a shown name that cannot be a name one is made", async (t) => {
    const server = await startServer(t);
    for (const [given, name] of [["Ana Müller", /^ana-mller$/], ["李雷", /^guest-\d+$/], ["x".repeat(60), /^x{32}$/]]) {
        const answer = await api(server, "POST", "/guest", { body: { name: given } });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.body.user.display, given);
        assert.match(answer.body.user.name, name);
    }
    for (const given of ["", "   ", "a\nb", "a\u202eb", "\u200b", "x".repeat(65)]) {
        await refusedApi(server, "POST", "/guest", { body: { name: given } }, 400, "invalid", "name");
    }
    await refusedApi(server, "POST", "/guest", { body: { name: "dee", display: 7 } }, 400, "invalid", "display");
    for (const given of ["admin", "system", "here", "adm1n"]) {
        await refusedApi(server, "POST", "/guest", { body: { name: given } }, 409, "taken", "name");
    }
});

test("an account is registered and signs in again, in whatever case its name is written", async (t) => {
    const server = await startServer(t);
    const answer = await api(server, "POST", "/register", { body: { name: "Bo.B", password: PASSWORD } });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.user.role, "member");
    assert.equal(answer.body.user.name, "bo.b");
    assert.equal(answer.body.expires_in_ms, 600000);
    for (const name of ["bo.b", "BO.B"]) {
        const again = await login(server, name, PASSWORD);
        assert.equal(again.id, answer.body.user.id);
    }
    // The same characters typed on another keyboard.
    await createUser(server, "cy", { password: "gr\u00fcne Wiese am See" });
    await login(server, "cy", "gru\u0308ne Wiese am See");
});

test("registering names what is wrong", async (t) => {
    const server = await startServer(t);
    await createUser(server, "ana");
    const cases = [
        [{ password: PASSWORD }, 400, "invalid", "name"],
        [{ name: 7, password: PASSWORD }, 400, "invalid", "name"],
        [{ name: "dee" }, 400, "invalid", "password"],
        [{ name: "dee", password: 1234567890123 }, 400, "invalid", "password"],
        [{ name: "dee", password: "kx9-vmq2-" }, 400, "invalid", "password"],
        [{ name: "dee", password: "Password1234" }, 400, "invalid", "password"],
        [{ name: "margaret", password: "margaret12" }, 400, "invalid", "password"],
        [{ name: "dee", password: `${"kx9-vmq2 ".repeat(113)}12345678` }, 400, "invalid", "password"], // 1025 bytes
        [{ name: "d", password: PASSWORD }, 400, "invalid", "name"],
        [{ name: "x".repeat(33), password: PASSWORD }, 400, "invalid", "name"],
        [{ name: "d e e", password: PASSWORD }, 400, "invalid", "name"],
        [{ name: "d\u0435e", password: PASSWORD }, 400, "invalid", "name"], // a Cyrillic e
        [{ name: "dee", password: PASSWORD, display: 7 }, 400, "invalid", "display"],
        [{ name: "dee", password: PASSWORD, display: " " }, 400, "invalid", "display"],
        [{ name: "dee", password: PASSWORD, display: "D\u202eee" }, 400, "invalid", "display"],
        [{ name: "dee", password: PASSWORD, display: "x".repeat(65) }, 400, "invalid", "display"],
        [{ name: "root", password: PASSWORD }, 409, "taken", "name"],
        [{ name: "r00t", password: PASSWORD }, 409, "taken", "name"],
        [{ name: "ANA", password: PASSWORD }, 409, "taken", "name"],
        [{ name: "an.a", password: PASSWORD }, 409, "taken", "name"],
        [{ name: "dee", password: PASSWORD, invite: "x".repeat(43) }, 404, "not_found", "invite"],
    ];
    for (const [body, ...expected] of cases) await refusedApi(server, "POST", "/register", { body }, ...expected);
    await createUser(server, "x".repeat(32));
    await createUser(server, "dee", { password: `${"kx9-vmq2 ".repeat(113)}1234567` }); // 1024 bytes
    assert.equal((await api(server, "POST", "/register", { body: { name: "eve", password: PASSWORD, display: "Eve of the Hill" } })).body.user.display,
        "Eve of the Hill");
});

test("registration can be closed, and guests kept out", async (t) => {
    const server = await startServer(t, ["--registration", "off", "--guests", "off"]);
    await refusedApi(server, "POST", "/register", { body: { name: "ana", password: PASSWORD } }, 403, "forbidden");
    await refusedApi(server, "POST", "/guest", { body: { name: "ana" } }, 403, "forbidden");
});

test("what is unknown, wrong or without a password is told the same, and costs a comparison each", async (t) => {
    const server = await startServer(t);
    await createUser(server, "ana", { password: PASSWORD });
    await createUser(server, "gus", { guest: true });
    const compared = () => metric(server, 'tincan_passwords_total{what="compared"}');
    const before = await compared();
    const answers = [];
    for (const [name, password] of [["ana", "not her password"], ["nobody", PASSWORD], ["gus", PASSWORD], ["no name!", PASSWORD], ["ana", ""]]) {
        const { status, text, headers } = await api(server, "POST", "/login", { body: { name, password } });
        answers.push({ status, text, cookie: headers["set-cookie"], type: headers["content-type"] });
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(answers[0].status, 401);
    assert.equal(JSON.parse(answers[0].text).error.code, "auth");
    assert.equal(await compared(), before + answers.length);
    for (const body of [{ name: "ana" }, { password: PASSWORD }, { name: 7, password: PASSWORD }, { name: "ana", password: null }]) {
        assert.equal((await api(server, "POST", "/login", { body })).status, 400);
    }
});

test("the refresh cookie is for our own scripts' requests only, and not for scripts", async (t) => {
    const server = await startServer(t);
    const answer = await api(server, "POST", "/guest", { body: { name: "ana" } });
    const { value, attributes } = onlyCookie(answer);
    assert.match(value, /^[\w-]{43}$/);
    assert.deepEqual(attributes, { path: "/api/v1", "max-age": "2592000", httponly: true, samesite: "Strict" });
    assert.ok(!answer.text.includes(value), "a page never sees it");
});

test("behind a proxy its address is one of ours, and the cookie is for TLS only", async (t) => {
    const server = await startServer(t, ["--public-url", "https://chat.example/"]);
    const headers = { Origin: "https://chat.example", Host: "chat.example" };
    const answer = await api(server, "POST", "/guest", { body: { name: "ana" }, headers });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(onlyCookie(answer).attributes.secure, true);
    await refusedApi(server, "POST", "/guest", { body: { name: "bo" }, headers: { ...headers, Origin: "https://chat.example.evil" } }, 403, "forbidden", "Origin");
    for (const transports of [["websocket"], ["polling"]]) {
        await chatSocket(t, server, { ...answer.body.user, token: answer.body.token }, { transports, extraHeaders: headers });
    }
});

test("over TLS of our own the cookie is for TLS only, too", async (t) => {
    const folder = newFolder("tls");
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const made = spawnSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-keyout", key, "-out", cert], { encoding: "utf8" });
    assert.equal(made.status, 0, made.stderr);
    const server = await startServer(t, ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0+tls", "--tls-cert", cert, "--tls-key", key]);
    const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(server.stdout)[1]);
    const cookie = await within(
        new Promise((resolve, reject) => {
            const body = '{"name":"ana"}';
            const headers = { "Content-Type": "application/json", "Content-Length": body.length };
            const sent = https.request({ host: "127.0.0.1", port, path: "/api/v1/guest", method: "POST", headers, rejectUnauthorized: false, agent: false },
                (response) => resolve(response.resume().headers["set-cookie"][0]));
            sent.on("error", reject).end(body);
        }),
        "the answer over TLS",
    );
    assert.match(cookie, /^tincan_refresh=.*; Secure$/);
});

test("refreshing turns the cookie and gives a token of the same session", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana");
    const session = async (token) => (await api(server, "GET", "/me", { token })).body.session;
    let { cookie } = ana;
    const seen = new Set([cookie]);
    for (let i = 0; i < 3; i++) {
        // Others' cookies stand beside it.
        const answer = await api(server, "POST", "/refresh", { cookie: `theme=dark; ${cookie}; x=y`, body: {} });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.body.user.id, ana.id);
        assert.equal(await session(answer.body.token), await session(ana.token));
        ({ cookie } = answer);
        assert.ok(!seen.has(cookie), "a new one each time");
        seen.add(cookie);
    }
    await refusedApi(server, "POST", "/refresh", { body: {} }, 401, "auth");
    await refusedApi(server, "POST", "/refresh", { cookie: "tincan_refresh=nonsense", body: {} }, 401, "auth");
});

// Sessions as they would be that much later.
const later = (folder, ms) => sqlite(join(folder, "tincan.db"), `UPDATE spent_refresh SET ts = ts - ${ms}`);

test("a refresh token that was used before ends its session, for whoever has the later one", async (t) => {
    const folder = newFolder("data");
    const server = await startServer(t, ["--data", folder, "--database", "sqlite:"]);
    for (const [name, when] of [["ana", "two tokens later"], ["bo", "half a minute later"]]) {
        const user = await createUser(server, name);
        const other = await login(server, name, user.password);
        let next = await api(server, "POST", "/refresh", { cookie: user.cookie, body: {} });
        assert.equal(next.status, 200, when);
        if (name === "ana") next = await api(server, "POST", "/refresh", { cookie: next.cookie, body: {} });
        else await later(folder, 30001);
        const reused = await refusedApi(server, "POST", "/refresh", { cookie: user.cookie, body: {} }, 401, "auth");
        assert.equal(cookiesOf(reused)[0].attributes["max-age"], "0", "the cookie is taken away");
        await refusedApi(server, "POST", "/refresh", { cookie: next.cookie, body: {} }, 401, "auth");
        for (const token of [user.token, next.body.token]) await refusedApi(server, "GET", "/me", { token }, 401, "auth");
        assert.equal((await api(server, "GET", "/me", { token: other.token })).status, 200, "the other device stays");
    }
});

test("refreshes at the same time, and one whose answer was lost, get the same next token", async (t) => {
    const folder = newFolder("data");
    const server = await startServer(t, ["--data", folder, "--database", "sqlite:"]);
    const ana = await createUser(server, "ana");
    const refresh = (cookie) => api(server, "POST", "/refresh", { cookie, body: {} });
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(ana.cookie)));
    assert.deepEqual(answers.map((a) => a.status), [200, 200, 200, 200]);
    await later(folder, 20000);
    answers.push(await refresh(ana.cookie));
    // The other cookie has the time in it.
    assert.equal(new Set(answers.map((a) => /tincan_refresh=([^;]+)/.exec(a.cookie)[1])).size, 1);
    for (const { body } of answers) assert.equal((await api(server, "GET", "/me", { token: body.token })).status, 200);
    const last = await refresh(answers[0].cookie);
    assert.equal(last.status, 200, last.text);
    assert.notEqual(last.cookie, answers[0].cookie);
});

test("programs may have the refresh token itself, pages may not", async (t) => {
    const server = await startServer(t);
    const ask = (path, body, headers = program) => api(server, "POST", path, { body, headers });
    const first = await ask("/guest", { name: "bot", refresh: true });
    assert.match(first.body.refresh, /^[\w-]{43}$/);
    const second = await ask("/refresh", { refresh: first.body.refresh });
    assert.equal(second.status, 200, second.text);
    assert.notEqual(second.body.refresh, first.body.refresh);
    assert.equal((await ask("/refresh", { refresh: first.body.refresh })).body.refresh, second.body.refresh);
    for (const [body, headers] of [[{ name: "page", refresh: true }, {}], [{ name: "quiet" }, program], [{ name: "shy", refresh: false }, program]]) {
        const answer = await ask("/guest", body, headers);
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.body.refresh, undefined);
    }
});

test("leaving ends the session by its cookie, its refresh token or its access token, and can be done twice", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana");
    const devices = [ana, await login(server, "ana", ana.password), await login(server, "ana", ana.password)];
    const refresh = /tincan_refresh=([^;]+)/.exec(devices[1].cookie)[1];
    const ways = [
        { cookie: devices[0].cookie, body: {} },
        { headers: program, body: { refresh } },
        { token: devices[2].token, body: {} },
    ];
    for (const [i, way] of ways.entries()) {
        assert.equal((await api(server, "GET", "/me", { token: devices[i].token })).status, 200);
        const answer = await api(server, "POST", "/logout", way);
        assert.equal(answer.status, 200, answer.text);
        assert.equal(onlyCookie(answer).attributes["max-age"], "0");
        await refusedApi(server, "GET", "/me", { token: devices[i].token }, 401, "auth");
        await refusedApi(server, "POST", "/refresh", { cookie: devices[i].cookie, body: {} }, 401, "auth");
    }
    assert.equal((await api(server, "POST", "/logout", ways[0])).status, 200);
    await refusedApi(server, "POST", "/logout", { body: {} }, 401, "auth", "Authorization");
    await refusedApi(server, "POST", "/logout", ways[2], 401, "auth");
});

test("a new password needs the old one and ends all other sessions", async (t) => {
    const server = await startServer(t);
    const ana = await createUser(server, "ana", { password: PASSWORD });
    const other = await login(server, "ana", PASSWORD);
    const change = (password, new_password, ...expected) =>
        refusedApi(server, "POST", "/password", { token: ana.token, body: { password, new_password } }, ...expected);
    await change("not her password", "a new long password", 403, "forbidden", "password");
    await change(PASSWORD, "too short", 400, "invalid", "new_password");
    await change(PASSWORD, undefined, 400, "invalid", "new_password");
    await change(undefined, "a new long password", 400, "invalid", "password");
    assert.equal((await api(server, "GET", "/me", { token: other.token })).status, 200);
    const done = await api(server, "POST", "/password", { token: ana.token, body: { password: PASSWORD, new_password: "a new long password" } });
    assert.equal(done.status, 200, done.text);
    assert.equal((await api(server, "GET", "/me", { token: ana.token })).status, 200, "this one stays");
    await refusedApi(server, "GET", "/me", { token: other.token }, 401, "auth");
    await refusedApi(server, "POST", "/refresh", { cookie: other.cookie, body: {} }, 401, "auth");
    await refusedApi(server, "POST", "/login", { body: { name: "ana", password: PASSWORD } }, 401, "auth");
    await login(server, "ana", "a new long password");
    const gus = await createUser(server, "gus", { guest: true });
    await refusedApi(server, "POST", "/password", { token: gus.token, body: { password: "", new_password: "a new long password" } }, 403, "forbidden", "password");
});

test("bodies are one JSON object of at most 64 KiB", async (t) => {
    const server = await startServer(t);
    const post = async (body, type = "application/json") => {
        const head = `POST /api/v1/guest HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
        return within(rawExchange(server, Buffer.concat([Buffer.from(head), Buffer.from(body)])), "the answer");
    };
    const padded = (n, name) => {
        const text = `{"name":"${name}","pad":""}`;
        return text.replace('"pad":"', `"pad":"${"x".repeat(n - text.length)}`);
    };
    assert.match(await post(padded(65536, "ana")), /^HTTP\/1\.1 200 /);
    assert.match(await post(padded(65537, "bo")), /^HTTP\/1\.1 413 /);
    assert.match(await post('{"name":"cy"}', "Application/JSON; charset=utf-8"), /^HTTP\/1\.1 200 /);
    for (const body of ["", "{", "[]", '"x"', "null", '{"name":"dee"} x', '{"name":"dee","name":"eve"}', '{"name":"\xff"}', `${"[".repeat(40)}${"]".repeat(40)}`]) {
        assert.match(await post(Buffer.from(body, "latin1")), /^HTTP\/1\.1 400 [^]*"code":"invalid"/, body);
    }
});
