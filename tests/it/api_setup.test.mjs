// The first start: whoever has the printed URL makes the owner's account, once; what administrators can do then.
// tincan-test: tsan=long timeout=400
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { api, chatSocket, createUser, login, newFolder, request, startPostgres, startServer } from "./lib.mjs";
import { cid, createRoom, heard, of, ok, onBothStores } from "./chat_lib.mjs";
import { createOwner, OWNER_PASSWORD, refusedApi, setupToken, tincand, uploadFile } from "./api_lib.mjs";

const claim = (server, token, name, password = OWNER_PASSWORD) => api(server, "POST", "/setup", { body: { token, name, password } });

test("the URL is the same at every start until it was used, and is kept for the owner of the folder only", async (t) => {
    const folder = newFolder("data");
    const first = await startServer(t, ["--data", folder]);
    const token = await setupToken(first);
    assert.match(first.stdout, new RegExp(`owner's account: http://127\\.0\\.0\\.1:${first.port}/setup\\?token=${token}\n`));
    const path = join(folder, "setup-token");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(readFileSync(path, "utf8").trim(), token);
    await first.stop();
    const second = await startServer(t, ["--data", folder, "--public-url", "https://chat.example/"]);
    assert.equal(await setupToken(second), token);
    assert.ok(second.stdout.includes(`https://chat.example/setup?token=${token}\n`), second.stdout);
    const owner = await createOwner(second);
    assert.equal(owner.role, "owner");
    assert.ok(!existsSync(path), "it is gone with its use");
    await second.stop();
    const third = await startServer(t, ["--data", folder]);
    assert.equal((await login(third, "olga", OWNER_PASSWORD)).role, "owner");
    assert.ok(!third.stdout.includes("setup"), third.stdout);
    await refusedApi(third, "POST", "/setup", { body: { token, name: "eve", password: OWNER_PASSWORD } }, 403, "forbidden", "token");
    assert.ok(!third.stderr.includes(token) && !second.stderr.includes(token), "no log has it");
});

test("a token file that is none is not believed", async (t) => {
    for (const [i, text] of ["", "short", `${"x".repeat(42)}!`, `${"x".repeat(43)}more`].entries()) {
        const folder = newFolder("data");
        writeFileSync(join(folder, "setup-token"), text);
        chmodSync(join(folder, "setup-token"), 0o644);
        const server = await startServer(t, ["--data", folder]);
        const token = await setupToken(server);
        assert.ok(!token.includes("xxxx"), `${i}: ${token}`);
        assert.equal(readFileSync(join(folder, "setup-token"), "utf8").trim(), token);
        assert.equal(statSync(join(folder, "setup-token")).mode & 0o777, 0o600);
        await server.stop();
    }
});

test("without the token nobody becomes anything", async (t) => {
    const server = await startServer(t);
    const token = await setupToken(server);
    const ana = await createUser(server, "ana");
    for (const wrong of ["", "x", token.slice(1), `${token}x`, token.toUpperCase(), "A".repeat(43)]) {
        await refusedApi(server, "POST", "/setup", { body: { token: wrong, name: "eve", password: OWNER_PASSWORD } }, 403, "forbidden", "token");
    }
    await refusedApi(server, "POST", "/setup", { body: { name: "eve", password: OWNER_PASSWORD } }, 400, "invalid", "token");
    await refusedApi(server, "GET", "/admin/users", { token: ana.token }, 403, "forbidden");
    // Nor by saying so.
    const sly = await api(server, "POST", "/register", { body: { name: "sly", password: OWNER_PASSWORD, role: "owner", bot: true } });
    assert.equal(sly.body.user.role, "member");
    assert.equal(sly.body.user.bot, undefined);
    for (const [body, status, code, field] of [
        [{ token, name: "o!", password: OWNER_PASSWORD }, 400, "invalid", "name"],
        [{ token, name: "olga", password: "short" }, 400, "invalid", "password"],
        [{ token, name: "ana", password: OWNER_PASSWORD }, 409, "taken", "name"],
    ]) {
        await refusedApi(server, "POST", "/setup", { body }, status, code, field);
    }
    assert.equal((await createOwner(server)).role, "owner", "none of these has used it up");
});

for (const store of ["sqlite", "postgresql"]) {
    test(`of many who claim it at the same time one is the owner (${store})`, async (t) => {
        const args = store === "sqlite" ? [] : ["--database", (await startPostgres(t)).url];
        const server = await startServer(t, args);
        const token = await setupToken(server);
        const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => claim(server, token, `owner${i}x`)));
        assert.deepEqual(answers.map((a) => a.status).sort(), [200, ...Array(7).fill(403)]);
        const winner = answers.find((a) => a.status === 200).body;
        const { body } = await api(server, "GET", "/admin/users", { token: winner.token });
        assert.deepEqual(body.users.filter((u) => u.role === "owner").map((u) => u.id), [winner.user.id]);
    });
}

test("an owner made on the command line ends it, too", async (t) => {
    const folder = newFolder("data");
    const server = await startServer(t, ["--data", folder]);
    const token = await setupToken(server);
    const made = await tincand(["user", "add", "cleo", "--role", "owner", "--data", folder], { input: `${OWNER_PASSWORD}\n` });
    assert.equal(made.code, 0, made.stderr);
    await refusedApi(server, "POST", "/setup", { body: { token, name: "eve", password: OWNER_PASSWORD } }, 403, "forbidden", "token");
    assert.ok(!existsSync(join(folder, "setup-token")));
    assert.equal((await login(server, "cleo", OWNER_PASSWORD)).role, "owner");
});

onBothStores("the owner says what the whole is called, at the first start and later; everybody is told with resume, and at once", async (t, server) => {
    const token = await setupToken(server);
    const body = (workspace) => ({ token, name: "olga", password: OWNER_PASSWORD, workspace });
    const ana = await createUser(server, "ana");
    const early = await chatSocket(t, server, ana);
    for (const wrong of [7, "x".repeat(65), "a\u0000b", "two\nlines", "  "]) await refusedApi(server, "POST", "/setup", { body: body(wrong) }, 400, "invalid", "workspace");
    const owner = (await api(server, "POST", "/setup", { body: body("Kühne & <Söhne>") })).body;
    const is = (name) => (told) => told.workspace === name;
    assert.deepEqual(await heard(early, "workspace"), { workspace: "Kühne & <Söhne>" }, "whoever was there before the owner hears of it");
    const guest = await chatSocket(t, server, (await api(server, "POST", "/guest", { body: { name: "gus" } })).body, { transports: ["polling"] });
    const said = async () => (await ok(await chatSocket(t, server, ana), "resume", { rooms: {} })).workspace;
    const change = (user, workspace) => api(server, "PATCH", "/admin/server", { token: user.token, body: { workspace } });
    assert.equal(await said(), "Kühne & <Söhne>");
    assert.equal((await api(server, "GET", "/admin/server", { token: owner.token })).body.workspace, "Kühne & <Söhne>");
    assert.equal((await change(ana, "mine")).status, 403);
    for (const wrong of ["x".repeat(65), "  ", "two\nlines", 7, undefined]) {
        await refusedApi(server, "PATCH", "/admin/server", { token: owner.token, body: { workspace: wrong } }, 400, "invalid", "workspace");
    }
    assert.deepEqual((await change(owner, "x".repeat(64))).body, { workspace: "x".repeat(64) });
    for (const socket of [early, guest]) await heard(socket, "workspace", is("x".repeat(64)));
    assert.equal(await said(), "x".repeat(64));
    // In the order in which they were done, on every transport; the last one stays.
    const names = Array.from({ length: 20 }, (_, i) => `${i}`);
    for (const name of names) await change(owner, name);
    for (const socket of [early, guest]) {
        await heard(socket, "workspace", is("19"));
        assert.deepEqual(of(socket, "workspace").map((told) => told.workspace).slice(-20), names);
    }
    await change(owner, "");
    await heard(early, "workspace", is(""));
    assert.equal(await said(), undefined);
    const { token: admin } = await createUser(server, "ada");
    const id = (await api(server, "GET", "/admin/users?q=ada", { token: owner.token })).body.users[0].id;
    assert.equal((await change({ token: admin }, "Ada's")).status, 403);
    await api(server, "POST", `/admin/users/${id}/role`, { token: owner.token, body: { role: "admin" } });
    assert.equal((await change({ token: admin }, "Ada's")).status, 200, "administrators may, not the owner alone");
});

test("the owner finds people and gives them ranks below his own; an admin does so below hers", async (t) => {
    const server = await startServer(t);
    const owner = await createOwner(server);
    const [ana, bo] = [await createUser(server, "ana"), await createUser(server, "bo")];
    const rank = (by, user, role) => api(server, "POST", `/admin/users/${user.id}/role`, { token: by.token, body: { role } });
    const users = (by, query = "") => api(server, "GET", `/admin/users${query}`, { token: by.token });
    const names = ({ body }) => body.users.map((u) => u.name);
    assert.deepEqual(names(await users(owner)), ["ana", "bo", "guest", "olga"]);
    assert.deepEqual(names(await users(owner, "?q=N")), ["ana"]);
    assert.deepEqual(names(await users(owner, "?q=%25")), []);
    assert.deepEqual(names(await users(owner, `?q=${"x".repeat(200)}`)), []);
    for (const q of ["x".repeat(201), "%ff%fe", "a%00b"]) await refusedApi(server, "GET", `/admin/users?q=${q}`, { token: owner.token }, 400, "invalid", "q");
    assert.equal((await rank(owner, ana, "admin")).body.user.role, "admin");
    assert.equal((await rank(ana, bo, "mod")).body.user.role, "mod");
    for (const [by, user, role] of [[ana, bo, "admin"], [ana, bo, "owner"], [ana, owner, "member"], [ana, ana, "owner"], [owner, bo, "owner"], [owner, owner, "member"]]) {
        await refusedApi(server, "POST", `/admin/users/${user.id}/role`, { token: by.token, body: { role } }, 403, "forbidden", "role");
    }
    await refusedApi(server, "POST", `/admin/users/${bo.id}/role`, { token: owner.token, body: { role: "king" } }, 400, "invalid", "role");
    await refusedApi(server, "POST", `/admin/users/${bo.id}/role`, { token: owner.token, body: {} }, 400, "invalid", "role");
    for (const id of ["424242", "0", "x"]) await refusedApi(server, "POST", `/admin/users/${id}/role`, { token: owner.token, body: { role: "mod" } }, 404, "not_found", "user");
});

onBothStores("administrators see how much there is, and every setting with who gave it, without its secrets", async (t, server) => {
    const owner = await createOwner(server);
    const get = async () => {
        const answer = await api(server, "GET", "/admin/server", { token: owner.token });
        assert.equal(answer.status, 200, answer.text);
        return answer.body;
    };
    const before = await get();
    assert.match(before.version, /^\d+\.\d+\.\d+$/);
    assert.ok(before.started <= Date.now() && before.started > Date.now() - 60000, `started ${before.started}`);
    assert.ok(before.memory_bytes > 1e6 && before.database.bytes > 10000, JSON.stringify(before.database));
    assert.deepEqual([before.users, before.rooms, before.messages, before.files], [2, 1, 0, { n: 0, bytes: 0 }]);
    const socket = await chatSocket(t, server, owner);
    const { id: room } = await createRoom(socket, "plaza");
    const file = await uploadFile(server, owner, room, "a.txt", Buffer.from("twelve bytes"));
    await ok(socket, "send", { room, cid: cid(), text: "one" });
    await ok(socket, "send", { room, cid: cid(), files: [file.id] });
    const after = await get();
    assert.deepEqual([after.users, after.rooms, after.messages, after.files], [2, 2, 2, { n: 1, bytes: 12 }]);
    assert.equal(after.connections, before.connections + 1);
    const setting = (name) => after.settings.find((s) => s.name === name);
    assert.equal(setting("listen").source, "flag");
    assert.deepEqual(setting("ping-timeout"), { name: "ping-timeout", value: "20000", source: "default" });
    assert.equal(after.database.kind, setting("database").value.startsWith("postgresql:") ? "postgresql" : "sqlite");
    assert.ok(!/postgres.*:[^*@/]+@/.test(setting("database").value), setting("database").value);
});

test("a setting says whether the file, the environment or a flag gave it", async (t) => {
    const config = join(newFolder("config"), "tincan.conf");
    writeFileSync(config, "guests = off\nping-interval = 30000\nping-timeout = 10000\n");
    const env = { TINCAN_PING_INTERVAL: "31000", TINCAN_PING_TIMEOUT: "11000", TINCAN_ORIGIN: "https://a.example" };
    Object.assign(process.env, env);
    t.after(() => Object.keys(env).forEach((name) => delete process.env[name]));
    const server = await startServer(t, ["--config", config, "--ping-timeout", "12000"]);
    const owner = await createOwner(server);
    const { settings } = (await api(server, "GET", "/admin/server", { token: owner.token })).body;
    const said = Object.fromEntries(settings.map(({ name, value, source }) => [name, `${value} ${source}`]));
    assert.equal(said.guests, "off file");
    assert.equal(said["ping-interval"], "31000 environment");
    assert.equal(said["ping-timeout"], "12000 flag");
    assert.equal(said.origin, "https://a.example environment");
    assert.equal(said.registration, "open default");
    assert.equal(said.relay, "on default");
});

test("administrators see public rooms and the devices of those below them, and no more", async (t) => {
    const server = await startServer(t);
    const owner = await createOwner(server);
    const [ana, bo] = [await createUser(server, "ana"), await createUser(server, "bo")];
    await api(server, "POST", `/admin/users/${ana.id}/role`, { token: owner.token, body: { role: "admin" } });
    const socket = await chatSocket(t, server, bo);
    await createRoom(socket, "plaza");
    await createRoom(socket, "secret", "private");
    const rooms = await api(server, "GET", "/admin/rooms", { token: ana.token });
    assert.deepEqual(rooms.body.rooms.map((r) => r.name), ["lobby", "plaza"]);
    assert.deepEqual((await api(server, "GET", "/admin/rooms?q=laz", { token: ana.token })).body.rooms.map((r) => r.name), ["plaza"]);
    const next = await api(server, "GET", `/admin/rooms?after=${rooms.body.rooms[0].id}`, { token: ana.token });
    assert.deepEqual(next.body.rooms.map((r) => r.name), ["plaza"]);
    await refusedApi(server, "GET", "/admin/rooms?after=x", { token: ana.token }, 400, "invalid", "after");
    const sessions = await api(server, "GET", `/admin/sessions?user=${bo.id}`, { token: ana.token });
    assert.equal(sessions.body.sessions.length, 1);
    assert.equal(sessions.body.sessions[0].current, false);
    assert.equal((await api(server, "GET", `/admin/sessions?user=${ana.id}`, { token: ana.token })).body.sessions[0].current, true);
    await refusedApi(server, "GET", `/admin/sessions?user=${owner.id}`, { token: ana.token }, 403, "forbidden", "user");
    await refusedApi(server, "GET", "/admin/sessions", { token: ana.token }, 400, "invalid", "user");
    await refusedApi(server, "GET", "/admin/sessions?user=x", { token: ana.token }, 400, "invalid", "user");
    await refusedApi(server, "GET", "/admin/sessions?user=424242", { token: ana.token }, 404, "not_found", "user");
});
