// Files: uploads that go on after any break, who may read them, what a browser may show, and that nothing stays of what is gone.
// tincan-test: timeout=400
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { announceFile, CHUNK, createOwner, getFile, putPiece, refusedApi, tincand, uploadFile } from "./api_lib.mjs";
import { cid, createRoom, ok, onBothStores, temporary } from "./chat_lib.mjs";
import { FaultDisk } from "./fault_lib.mjs";
import { api, ask, chatSocket, createUser, PUBLIC, request, ROOT, spawnServer, startServer, until, within } from "./lib.mjs";

const PNG = readFileSync(join(ROOT, "public", "icons", "tincan-192.png"));
const sendFiles = (socket, room, files, text = "") => ask(socket, "send", { room, cid: cid(), text, files });

// Ana with a room, and a server whose data are in a folder that outlives it.
async function open(t, args = []) {
    const data = temporary(t);
    const start = () => startServer(t, ["--data", data, ...args]);
    const server = await start();
    const ana = await createUser(server, "ana");
    const socket = await chatSocket(t, server, ana);
    const room = await createRoom(socket, "den", "private");
    return { data, server, start, ana, socket, room };
}

// What is on the disk.
const stored = (data) => readdirSync(join(data, "files"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => Number(entry.name));

// ---- uploading -----------------------------------------------------------------------------------------------------------

// A PNG as far as the server looks: of any size in pixels, and in bytes.
function png(side, bytes, extra = []) {
    const part = (name, data) => {
        const out = Buffer.alloc(12 + data.length);
        out.writeUInt32BE(data.length);
        out.write(name, 4);
        data.copy(out, 8);
        return out;
    };
    const header = Buffer.alloc(13);
    header.writeUInt32BE(side, 0);
    header.writeUInt32BE(side, 4);
    const start = Buffer.concat([PNG.subarray(0, 8), part("IHDR", header)]);
    const end = part("IEND", Buffer.alloc(0));
    return Buffer.concat([start, ...extra.map((name) => part(name, Buffer.from("secret"))),
        part("IDAT", Buffer.alloc(bytes - start.length - end.length - 12)), end]);
}

async function putPicture(server, { token }, bytes) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Length": bytes.length, Origin: server.url };
    const { status, body } = await request(server, { method: "PUT", path: "/api/v1/me/avatar", headers, body: bytes });
    return { status, ...JSON.parse(body) };
}

// Ana's picture, as Bo gets it.
async function pictureOfPerson(server, [ana, a], [bo, b], room) {
    const refused = async (bytes, status, code) => {
        const { error, ...answer } = await putPicture(server, ana, bytes);
        assert.deepEqual([answer.status, error?.code, error?.field], [status, code, "body"]);
    };
    for (const bytes of [Buffer.alloc(0), Buffer.from("<svg/>"), Buffer.from("GIF89a\x01\0\x01\0;"), PNG.subarray(0, 1000)]) {
        await refused(bytes, 400, "invalid");
    }
    await refused(png(256, 65537), 413, "too_large");
    await refused(png(257, 1000), 413, "too_large");
    const { error: wide } = await putPicture(server, ana, png(257, 1000));
    assert.deepEqual([wide.message, wide.max], ["body must be a picture of at most 256 x 256 pixels", undefined]);
    const large = await putPicture(server, ana, png(256, 65536));
    assert.equal(large.status, 200, JSON.stringify(large));
    const { status, user } = await putPicture(server, ana, png(16, 200, ["eXIf", "tEXt"]));
    assert.equal(status, 200);
    assert.ok(user.avatar > 0 && user.avatar !== large.user.avatar);
    for (const one of [a, b]) {
        await until(() => one.events.some(([name, e]) => name === "profile" && e.user.avatar === user.avatar), "Ana's picture to be told");
    }
    const told = a.events.length;
    assert.equal((await putPicture(server, ana, png(16, 200))).user.avatar, user.avatar);
    assert.equal((await ok(a, "users", { q: "ana" })).users[0].avatar, user.avatar);
    assert.ok(!a.events.slice(told).some(([name]) => name === "profile"), "the same picture was told again");
    assert.equal((await ok(b, "history", { room: room.id, limit: 1 })).messages[0].from.avatar, user.avatar);
    const path = `avatar/${ana.id}`, version = `?v=${user.avatar}`;
    const got = await getFile(server, bo, path, {}, "GET", version);
    assert.equal(got.status, 200, got.body);
    assert.ok(got.bytes.equals(png(16, 200)), "what is no picture was kept");
    assert.equal(got.headers["content-type"], "image/png");
    assert.equal(got.headers["x-content-type-options"], "nosniff");
    assert.match(got.headers["content-security-policy"], /^sandbox; default-src 'none'/);
    assert.equal(got.headers["cache-control"], "private, max-age=31536000, immutable");
    const known = { "If-None-Match": got.headers.etag };
    assert.equal((await getFile(server, bo, path, known, "GET", version)).status, 304);
    const other = await getFile(server, bo, path, {}, "GET", `?v=${large.user.avatar}`);
    assert.ok(other.bytes.equals(got.bytes));
    assert.equal(other.headers["cache-control"], "private, no-cache");
    assert.equal((await getFile(server, { cookie: `tincan_files=${bo.token}` }, path)).status, 200);
    assert.equal((await getFile(server, {}, path)).status, 401);
    assert.equal((await getFile(server, bo, `avatar/${bo.id}`)).status, 404);
    const gone = await api(server, "DELETE", "/me/avatar", { token: ana.token });
    assert.equal(gone.status, 200, gone.text);
    assert.equal(gone.body.user.avatar, undefined);
    await until(() => b.events.some(([name, e]) => name === "profile" && e.user.id === ana.id && !e.user.avatar), "that it is gone");
    assert.equal((await getFile(server, bo, path)).status, 404);
}

// Of each kind that may be one, with something in it that is no picture.
async function pictureOfEachKind(server, user) {
    const kinds = [
        ["image/jpeg", "ffd8ffe000104a46494600010100000100010000", "ffe10008457869660000",
            "ffc0000b080001000201011100ffda0008010100003f006162ff0063ffd07affd9"],
        ["image/webp", "5249464612000000574542505650384c050000002f0100000000", "62656869", ""],
    ];
    for (const [type, start, extra, end] of kinds) {
        const sent = await putPicture(server, user, Buffer.from(start + extra + end, "hex"));
        assert.equal(sent.status, 200, `${type}: ${JSON.stringify(sent)}`);
        const got = await getFile(server, user, `avatar/${user.id}`);
        assert.equal(got.headers["content-type"], type);
        assert.equal(got.bytes.toString("hex"), start + end);
    }
}

// An administrator takes Bo's picture away, and everybody is told.
async function pictureTakenAway(server, [ana, a], [bo, b]) {
    const olga = await createOwner(server);
    assert.equal((await putPicture(server, bo, png(16, 200))).status, 200);
    const take = (who, id) => api(server, "DELETE", `/admin/users/${id}/avatar`, { token: who.token });
    await until(() => a.events.some(([name, e]) => name === "profile" && e.user.id === bo.id && e.user.avatar), "Bo's picture to be told");
    for (const [who, id, status] of [[ana, bo.id, 403], [olga, 999, 404], [olga, "x", 404]]) assert.equal((await take(who, id)).status, status);
    const told = [a.events.length, b.events.length];
    const { status, body } = await take(olga, bo.id);
    assert.deepEqual([status, body.user.id, body.user.avatar], [200, bo.id, undefined]);
    await until(() => a.events.slice(told[0]).some(([name, e]) => name === "profile" && e.user.id === bo.id && !e.user.avatar), "Ana to hear of it");
    await until(() => b.events.slice(told[1]).some(([name, e]) => name === "me" && e.kind === "profile" && !e.user.avatar), "Bo to hear of it");
    await until(() => server.stderr.includes(`by=${olga.id} of=${bo.id}`), "it to be written down");
    assert.equal((await getFile(server, ana, `avatar/${bo.id}`)).status, 404);
}

onBothStores("a picture is uploaded, sent, heard of and read", async (t, server) => {
    const ana = await createUser(server, "ana");
    const bo = await createUser(server, "bo");
    const [a, b] = [await chatSocket(t, server, ana), await chatSocket(t, server, bo)];
    const room = await createRoom(a, "den");
    await ok(b, "room.join", { room: room.id });
    const announced = await announceFile(server, ana, { name: "C:\\pictures\\s\u00fc\u00df\u202e.png", size: PNG.length, room: room.id });
    assert.equal(announced.status, 201, announced.text);
    assert.deepEqual({ ...announced.body, file: undefined }, { file: undefined, offset: 0, chunk: CHUNK });
    const { id } = announced.body.file;
    const { json } = await putPiece(server, ana, id, 0, PNG);
    const file = { id, name: "s\u00fc\u00df.png", size: PNG.length, type: "image/png", width: 192, height: 192 };
    assert.deepEqual(json, { offset: PNG.length, file });
    file.alt = "A tin can on a string";
    const reply = await ask(a, "send", { room: room.id, cid: cid(), files: [id], alts: [file.alt] });
    assert.equal(reply.ok, true, JSON.stringify(reply));
    const heard = await until(() => b.events.find(([name, e]) => name === "event" && e.ev === reply.ev), "the message");
    assert.deepEqual(heard[1].message.files, [file]);
    assert.equal(heard[1].message.text, "");
    for (const [event, payload, list] of [["history", { room: room.id }, "messages"], ["sync", { room: room.id, after: 0 }, null]]) {
        const answer = await ok(b, event, payload);
        const messages = list ? answer[list] : answer.reset?.messages ?? answer.delta.map(({ message }) => message).filter(Boolean);
        assert.deepEqual(messages.find(({ seq }) => seq === reply.seq).files, [file], event);
    }
    assert.deepEqual((await api(server, "GET", `/rooms/${room.id}/messages`, { token: bo.token })).body.messages[0].files, [file]);
    const got = await getFile(server, bo, id);
    assert.equal(got.status, 200, got.body);
    assert.ok(got.bytes.equals(PNG));
    await pictureOfPerson(server, [ana, a], [bo, b], room);
    await pictureOfEachKind(server, ana);
    await pictureTakenAway(server, [ana, a], [bo, b]);
});

test("an upload goes on where it was after a connection that breaks anywhere", async (t) => {
    const { server, ana, room } = await open(t);
    const bytes = randomBytes(2 * CHUNK + 12345);
    const { body } = await announceFile(server, ana, { name: "big.bin", size: bytes.length, room: room.id });
    const { id } = body.file;
    const progress = async () => (await api(server, "GET", `/files/${id}/upload`, { token: ana.token })).body;
    assert.deepEqual(await progress(), { offset: 0 });
    let offset = 0;
    for (const part of [1, 70000, 700000]) {
        // Announces a whole piece and leaves in its middle.
        const socket = net.connect(server.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.write(`PUT /api/v1/files/${id}?offset=${offset} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ana.token}\r\nContent-Length: ${CHUNK}\r\n\r\n`);
        socket.write(bytes.subarray(offset, offset + part));
        const before = offset;
        offset = await until(async () => ((await progress()).offset === before + part ? before + part : 0), "the part to be kept");
        socket.destroy();
    }
    while (offset < bytes.length) {
        const { status, json } = await putPiece(server, ana, id, offset, bytes.subarray(offset, offset + CHUNK));
        assert.equal(status, 200, JSON.stringify(json));
        offset = json.offset;
    }
    assert.equal((await progress()).file.type, "application/octet-stream");
    assert.ok((await getFile(server, ana, id)).bytes.equals(bytes));
    // The answer to the last piece was lost: the same question has the same answer.
    const again = await putPiece(server, ana, id, bytes.length, Buffer.alloc(0));
    assert.deepEqual(again.json, await progress());
});

test("an upload survives kill -9 between and in its pieces", async (t) => {
    const { server, start, ana, room, data } = await open(t);
    const bytes = randomBytes(3 * CHUNK);
    const { body } = await announceFile(server, ana, { name: "big.bin", size: bytes.length, room: room.id });
    const { id } = body.file;
    await putPiece(server, ana, id, 0, bytes.subarray(0, CHUNK));
    const cut = putPiece(server, ana, id, CHUNK, bytes.subarray(CHUNK, 2 * CHUNK)).catch(() => {});
    await server.kill();
    await cut;
    const next = await start();
    let { offset } = (await api(next, "GET", `/files/${id}/upload`, { token: ana.token })).body;
    assert.ok(offset >= CHUNK && offset <= 2 * CHUNK, `${offset}`);
    while (offset < bytes.length) {
        offset = (await putPiece(next, ana, id, offset, bytes.subarray(offset, offset + CHUNK))).json.offset;
    }
    await next.kill(); // what was answered as whole is
    const last = await start();
    assert.ok((await getFile(last, ana, id)).bytes.equals(bytes));
    assert.deepEqual(stored(data), [id]);
});

test("pieces for elsewhere, too long ones and what is no piece are refused with where it is", async (t) => {
    const { server, ana, room } = await open(t);
    const { body } = await announceFile(server, ana, { name: "x", size: CHUNK + 5, room: room.id });
    const { id } = body.file;
    const piece = Buffer.alloc(CHUNK, 1);
    for (const offset of [1, CHUNK, CHUNK + 5]) {
        const { status, json } = await putPiece(server, ana, id, offset, piece);
        assert.equal(status, 409);
        assert.equal(json.offset, 0);
        assert.equal(json.error.code, "conflict");
    }
    assert.equal((await putPiece(server, ana, id, 0, Buffer.alloc(CHUNK + 1))).status, 413);
    assert.equal((await putPiece(server, ana, id, 0, piece)).json.offset, CHUNK);
    assert.equal((await putPiece(server, ana, id, 0, piece)).json.offset, CHUNK);
    const beyond = await putPiece(server, ana, id, CHUNK, Buffer.alloc(6));
    assert.equal(beyond.status, 400);
    assert.equal(beyond.json.error.field, "body");
    for (const offset of ["", "-1", "x", "1.5"]) {
        assert.equal((await putPiece(server, ana, id, offset, Buffer.alloc(1))).json.error.field, "offset", offset);
    }
    const noLength = await putPiece(server, ana, id, CHUNK, Buffer.alloc(5), { "Content-Length": undefined, "Transfer-Encoding": "chunked" });
    assert.equal(noLength.status, 411);
    assert.equal((await putPiece(server, ana, id, CHUNK, Buffer.alloc(5))).json.file.size, CHUNK + 5);
    assert.equal((await putPiece(server, { token: "x" }, id, 0, Buffer.alloc(5))).status, 401);
    assert.equal((await putPiece(server, ana, id, 0, Buffer.alloc(5), { Origin: "https://evil.example" })).status, 403);
});

test("two uploads at once, and two connections for one", async (t) => {
    const { server, ana, room } = await open(t);
    const files = [randomBytes(1.5 * CHUNK), randomBytes(1.5 * CHUNK)];
    const done = await Promise.all(files.map((bytes, i) => uploadFile(server, ana, room.id, `${i}.bin`, bytes)));
    for (const [i, { id }] of done.entries()) assert.ok((await getFile(server, ana, id)).bytes.equals(files[i]));
    const { body } = await announceFile(server, ana, { name: "x", size: CHUNK, room: room.id });
    const answers = await Promise.all([1, 2, 3, 4].map(() => putPiece(server, ana, body.file.id, 0, files[0].subarray(0, CHUNK))));
    assert.ok(answers.every(({ status }) => status === 200 || status === 409), JSON.stringify(answers.map(({ json }) => json)));
    const { offset } = (await api(server, "GET", `/files/${body.file.id}/upload`, { token: ana.token })).body;
    if (offset < CHUNK) await putPiece(server, ana, body.file.id, offset, files[0].subarray(offset, CHUNK));
    assert.ok((await getFile(server, ana, body.file.id)).bytes.equals(files[0].subarray(0, CHUNK)));
});

test("sizes at the cap and one past it, and what cannot be announced", async (t) => {
    const { server, ana, room } = await open(t, ["--max-upload", "1000"]);
    const make = (size, more = {}) => announceFile(server, ana, { name: "x.txt", size, room: room.id, ...more });
    assert.equal((await make(1000)).status, 201);
    const past = await make(1001);
    assert.equal(past.status, 413);
    assert.equal(past.body.error.code, "too_large");
    assert.match(past.body.error.message, /1000 bytes/);
    for (const [body, field] of [[{ size: undefined }, "size"], [{ size: -1 }, "size"], [{ size: 1.5 }, "size"], [{ size: "1" }, "size"],
        [{ name: undefined }, "name"], [{ name: 5 }, "name"], [{ room: undefined }, "room"], [{ room: "den" }, "room"]]) {
        const answer = await make(1, body);
        assert.equal(answer.status, 400, answer.text);
        assert.equal(answer.body.error.field, field);
    }
    assert.equal((await make(1, { room: 424242 })).status, 404);
    const empty = await make(0);
    assert.equal((await putPiece(server, ana, empty.body.file.id, 0, Buffer.alloc(0))).json.file.size, 0);
    // What is not sent is capped in number and in bytes.
    let made = 2;
    for (; (await make(1)).status === 201; made++);
    assert.equal(made, 20);
    const over = await make(1);
    assert.equal(over.status, 409);
    assert.equal(over.body.error.code, "limit");
    await api(server, "DELETE", `/files/${empty.body.file.id}`, { token: ana.token });
    assert.equal((await make(1)).status, 201);
    const bytes = await createUser(server, "bytes");
    const socket = await chatSocket(t, server, bytes);
    const { id } = await createRoom(socket, "bytes");
    for (let i = 0; i < 5; i++) assert.equal((await announceFile(server, bytes, { name: "x", size: 1000, room: id })).status, 201);
    assert.equal((await announceFile(server, bytes, { name: "x", size: 1, room: id })).body.error.code, "limit");
});

test("uploads can be switched off", async (t) => {
    const { server, ana, room } = await open(t, ["--max-upload", "0"]);
    const answer = await announceFile(server, ana, { name: "x", size: 0, room: room.id });
    assert.equal(answer.status, 403);
});

test("a full disk and one that fails are said, and nothing is taken for whole that is not", async (t) => {
    const { server, ana, room, data } = await open(t);
    const bytes = randomBytes(CHUNK + 1000);
    const { id } = (await announceFile(server, ana, { name: "x", size: bytes.length, room: room.id })).body.file;
    await server.stop();
    const shelf = join(data, "files", (id % 256).toString(16).padStart(2, "0"));
    mkdirSync(shelf, { recursive: true, mode: 0o700 });
    const disk = new FaultDisk(t, shelf);
    const args = ["--listen", "127.0.0.1:0", "--data", data, "--limits", "off", "--public", PUBLIC];
    const faulty = await spawnServer(args, { env: disk.env() }).listening();
    t.after(() => faulty.stop());
    const socket = await chatSocket(t, faulty, ana);
    const put = (offset) => putPiece(faulty, ana, id, offset, bytes.subarray(offset, offset + CHUNK));
    disk.set("FULL", 1);
    const full = await put(0);
    assert.equal(full.status, 507, full.body);
    assert.equal(full.json.error.code, "full");
    await ok(socket, "send", { room: room.id, cid: cid(), text: "the chat goes on" });
    disk.set("FULL", 0);
    assert.equal((await put(0)).json.offset, CHUNK);
    disk.set("SYNC_FAIL_AT", -1);
    assert.equal((await put(CHUNK)).status, 500);
    disk.set("SYNC_FAIL_AT", 0);
    // What a failed sync leaves is not known: it begins anew.
    assert.deepEqual((await api(faulty, "GET", `/files/${id}/upload`, { token: ana.token })).body, { offset: 0 });
    await put(0);
    assert.equal((await put(CHUNK)).json.file.size, bytes.length);
    assert.ok((await getFile(faulty, ana, id)).bytes.equals(bytes));
});

// ---- sending -------------------------------------------------------------------------------------------------------------

test("a file is sent once, by its owner, whole, where it was uploaded for", async (t) => {
    const { server, ana, socket, room } = await open(t);
    const bo = await createUser(server, "bo");
    const b = await chatSocket(t, server, bo);
    await ok(socket, "room.invite", { room: room.id, user: bo.id });
    const file = await uploadFile(server, ana, room.id, "x.txt", Buffer.from("hello"));
    const part = (await announceFile(server, ana, { name: "x", size: 5, room: room.id })).body.file;
    const other = await createRoom(socket, "other");
    for (const [who, where, id] of [[b, room.id, file.id], [socket, other.id, file.id], [socket, room.id, part.id], [socket, room.id, 424242]]) {
        const refused = await sendFiles(who, where, [id], "with text");
        assert.equal(refused.error?.code, "invalid", JSON.stringify(refused));
        assert.equal(refused.error.field, "files");
    }
    const once = { room: room.id, cid: cid(), files: [file.id] };
    const first = await ok(socket, "send", once);
    const again = await ok(socket, "send", once);
    assert.deepEqual([again.dup, again.seq], [true, first.seq]);
    assert.equal((await sendFiles(socket, room.id, [file.id])).error.field, "files");
    assert.equal((await ask(socket, "send", { room: room.id, cid: cid(), files: [] })).error.field, "text");
    assert.equal((await ask(socket, "send", { room: room.id, cid: cid(), files: Array.from({ length: 11 }, (_, i) => i + 1) })).error.field, "files");
    assert.equal((await ok(socket, "history", { room: room.id })).messages.length, 1);
});

// ---- reading ---------------------------------------------------------------------------------------------------------------

test("who may not read the room at that moment does not learn that there is a file", async (t) => {
    const { server, ana, socket, room } = await open(t);
    const people = {};
    for (const name of ["never", "member", "gone", "banned"]) {
        people[name] = await createUser(server, name);
        if (name !== "never") await ok(socket, "room.invite", { room: room.id, user: people[name].id });
    }
    const { id } = await uploadFile(server, ana, room.id, "x.txt", Buffer.from("hello"));
    const unknown = await getFile(server, ana, 424242);
    assert.equal(unknown.status, 404);
    const nothing = async (who) => {
        const answer = await getFile(server, who, id);
        assert.equal(answer.status, 404);
        assert.equal(answer.body, unknown.body);
        assert.equal(answer.headers["cache-control"], "no-store");
        for (const name of ["etag", "content-disposition"]) assert.equal(answer.headers[name], undefined);
    };
    for (const who of Object.values(people)) await nothing(who); // it is not sent yet
    assert.equal((await getFile(server, ana, id)).status, 200);
    const { seq } = await ok(socket, "send", { room: room.id, cid: cid(), files: [id] });
    for (const name of ["member", "gone", "banned"]) assert.equal((await getFile(server, people[name], id)).body, "hello", name);
    await nothing(people.never);
    const { etag } = (await getFile(server, people.gone, id)).headers;
    await ok(socket, "room.kick", { room: room.id, user: people.gone.id });
    await ok(socket, "room.ban", { room: room.id, user: people.banned.id });
    await nothing(people.gone);
    await nothing(people.banned);
    assert.equal((await getFile(server, people.gone, id, { "If-None-Match": etag })).status, 404);
    await ok(socket, "room.update", { room: room.id, archived: true });
    assert.equal((await getFile(server, people.member, id)).status, 200);
    await ok(socket, "room.update", { room: room.id, archived: false });
    await ok(socket, "delete", { room: room.id, seq });
    for (const who of [ana, people.member]) await nothing(who);
    for (const who of [{}, { token: "x" }, { token: `${ana.token}x` }]) assert.equal((await getFile(server, who, id)).status, 401);
    for (const bad of ["0", "x", "-1", "9007199254740992", `${id}.png`]) assert.equal((await getFile(server, ana, bad)).status, 404, bad);
});

test("others learn nothing of an upload, and cannot go on with it", async (t) => {
    const { server, ana, socket, room } = await open(t);
    const bo = await createUser(server, "bo");
    await ok(socket, "room.invite", { room: room.id, user: bo.id });
    const { id } = (await announceFile(server, ana, { name: "x", size: 5, room: room.id })).body.file;
    await refusedApi(server, "GET", `/files/${id}/upload`, { token: bo.token }, 404, "not_found", "file");
    await refusedApi(server, "DELETE", `/files/${id}`, { token: bo.token }, 404, "not_found", "file");
    assert.equal((await putPiece(server, bo, id, 0, Buffer.from("hello"))).status, 404);
    assert.equal((await getFile(server, ana, id)).status, 404, "nothing half stored is served");
    await putPiece(server, ana, id, 0, Buffer.from("hel"));
    assert.equal((await getFile(server, ana, id)).status, 404);
});

test("the cookie reads files and does nothing else", async (t) => {
    const { server, ana, room } = await open(t);
    const bo = await createUser(server, "bo");
    const { id } = await uploadFile(server, ana, room.id, "x.txt", Buffer.from("hello"));
    const cookie = ana.cookie.split("; ").find((one) => one.startsWith("tincan_files="));
    assert.equal((await getFile(server, { cookie }, id)).body, "hello");
    assert.equal((await getFile(server, { cookie }, id, {}, "HEAD")).headers["content-length"], "5");
    const bos = bo.cookie.split("; ").find((one) => one.startsWith("tincan_files="));
    assert.equal((await getFile(server, { cookie: bos }, id)).status, 404);
    assert.equal((await getFile(server, { cookie, token: bo.token }, id)).status, 404, "the header goes before");
    assert.equal((await getFile(server, { cookie: "tincan_files=x" }, id)).status, 401);
    assert.equal((await getFile(server, { cookie: "tincan_filesx=1" }, id)).status, 401);
    for (const [method, path, body] of [["DELETE", `/files/${id}`], ["GET", `/files/${id}/upload`], ["GET", "/me"],
        ["POST", "/files", { name: "x", size: 1, room: room.id }]]) {
        assert.equal((await api(server, method, path, { cookie, body })).status, 401, `${method} ${path}`);
    }
    assert.equal((await putPiece(server, {}, id, 5, Buffer.alloc(0), { Authorization: undefined, Cookie: cookie })).status, 401);
    const out = await api(server, "POST", "/logout", { cookie: ana.cookie, body: {} });
    assert.equal(out.status, 200, out.text);
    assert.ok(out.headers["set-cookie"].some((line) => /^tincan_files=; Path=\/api\/v1\/files; Max-Age=0; HttpOnly; SameSite=Strict/.test(line)));
    assert.equal((await getFile(server, { cookie }, id)).status, 401, "its session has ended");
});

test("what can run is never shown by itself", async (t) => {
    const { server, ana, room } = await open(t);
    const html = "<!doctype html><script>alert(1)</script>";
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
    const cases = [
        ["a.png", PNG, "image/png", "inline"], ["evil.html", html, "application/octet-stream", "attachment"],
        ["evil.svg", svg, "application/octet-stream", "attachment"], ["evil.png", html, "application/octet-stream", "attachment"],
        ["evil.xml", `\n <?xml version="1.0"?>${svg}`, "application/octet-stream", "attachment"], ["a.html", PNG, "image/png", "inline"],
        ["notes.txt", "gr\u00fc\u00df dich", "text/plain; charset=utf-8", "inline"], ["a.js", "alert(1)", "text/plain; charset=utf-8", "inline"],
        ["a.pdf", "%PDF-1.7\n", "application/pdf", "attachment"], ["a.mp4", "\0\0\0\x18ftypisom", "video/mp4", "inline"],
        ["a.zip", "PK\x03\x04", "application/zip", "attachment"], ["a.bin", Buffer.from([0, 1, 2]), "application/octet-stream", "attachment"],
    ];
    for (const [name, content, type, shown] of cases) {
        const { id } = await uploadFile(server, ana, room.id, name, Buffer.from(content));
        const { headers, bytes } = await getFile(server, ana, id);
        assert.equal(headers["content-type"], type, name);
        assert.equal(headers["content-disposition"], `${shown}; filename="${name}"; filename*=UTF-8''${name}`, name);
        assert.equal(headers["x-content-type-options"], "nosniff");
        assert.equal(headers["content-security-policy"], "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'");
        assert.equal(headers["cross-origin-resource-policy"], "same-origin");
        assert.equal(headers["cache-control"], "private, no-cache");
        assert.ok(bytes.equals(Buffer.from(content)));
        const saved = await getFile(server, ana, id, {}, "GET", "?download=1");
        assert.match(saved.headers["content-disposition"], /^attachment; /);
        await api(server, "DELETE", `/files/${id}`, { token: ana.token });
    }
    const { id } = await uploadFile(server, ana, room.id, "\"\u05e9\u05dc\u05d5\u05dd 100%\";x.txt", Buffer.from("x"));
    assert.equal((await getFile(server, ana, id)).headers["content-disposition"],
        "inline; filename=\"_________ 100___x.txt\"; filename*=UTF-8''_%D7%A9%D7%9C%D7%95%D7%9D%20100%25_%3Bx.txt");
});

test("parts of a file, and what has not changed", async (t) => {
    const { server, ana, room } = await open(t);
    const bytes = randomBytes(200000);
    const { id } = await uploadFile(server, ana, room.id, "x.bin", bytes);
    const { headers } = await getFile(server, ana, id);
    const { etag } = headers;
    assert.equal(headers["accept-ranges"], "bytes");
    const part = async (range, from, to, more = {}) => {
        const answer = await getFile(server, ana, id, { Range: range, ...more });
        assert.equal(answer.status, 206, range);
        assert.equal(answer.headers["content-range"], `bytes ${from}-${to}/200000`, range);
        assert.ok(answer.bytes.equals(bytes.subarray(from, to + 1)), range);
    };
    await part("bytes=0-0", 0, 0);
    await part("bytes=0-", 0, 199999);
    await part("bytes=5-9", 5, 9);
    await part("bytes=199999-", 199999, 199999);
    await part("bytes=100-99999999999", 100, 199999);
    await part("bytes=-1", 199999, 199999);
    await part("bytes=-99999999999", 0, 199999);
    await part("bytes=5-9", 5, 9, { "If-Range": etag });
    for (const range of ["bytes=200000-", "bytes=-0"]) {
        const answer = await getFile(server, ana, id, { Range: range });
        assert.equal(answer.status, 416, range);
        assert.equal(answer.headers["content-range"], "bytes */200000");
        assert.equal(answer.bytes.length, 0);
    }
    for (const more of [{ Range: "bytes=9-5" }, { Range: "bytes=x-" }, { Range: "bytes=-" }, { Range: "lines=0-5" }, { Range: "bytes=0-1,5-6" },
        { Range: "bytes=5-9", "If-Range": '"other"' }, { Range: "bytes=99999999999999999999999-" }]) {
        const answer = await getFile(server, ana, id, more);
        assert.equal(answer.status, 200, JSON.stringify(more));
        assert.ok(answer.bytes.equals(bytes));
    }
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
        const answer = await getFile(server, ana, id, { "If-None-Match": known });
        assert.equal(answer.status, 304, known);
        assert.equal(answer.bytes.length, 0);
        assert.equal(answer.headers.etag, etag);
    }
    assert.equal((await getFile(server, ana, id, { "If-None-Match": '"x"' })).status, 200);
    const head = await getFile(server, ana, id, {}, "HEAD");
    assert.equal(head.headers["content-length"], "200000");
    assert.equal(head.bytes.length, 0);
});

test("an empty file is one", async (t) => {
    const { server, ana, room } = await open(t);
    const { id, type } = await uploadFile(server, ana, room.id, "nothing", Buffer.alloc(0));
    assert.equal(type, "text/plain");
    assert.equal((await getFile(server, ana, id)).status, 200);
    assert.equal((await getFile(server, ana, id, { Range: "bytes=0-" })).status, 416);
});

// ---- gone --------------------------------------------------------------------------------------------------------------------

test("nothing stays on the disk of what was deleted, cancelled, or left by a crash", async (t) => {
    const { server, start, ana, socket, room, data } = await open(t);
    const kept = await uploadFile(server, ana, room.id, "kept", Buffer.from("kept"));
    await sendFiles(socket, room.id, [kept.id]);
    const two = [await uploadFile(server, ana, room.id, "a", Buffer.from("a")), await uploadFile(server, ana, room.id, "b", Buffer.from("b"))];
    const { seq } = await sendFiles(socket, room.id, two.map(({ id }) => id));
    const cancelled = await uploadFile(server, ana, room.id, "c", Buffer.from("c"));
    assert.equal(stored(data).length, 4);
    for (const id of stored(data)) assert.equal(statSync(join(data, "files", (id % 256).toString(16).padStart(2, "0"), String(id))).mode & 0o777, 0o600);
    await ok(socket, "delete", { room: room.id, seq });
    await until(() => stored(data).length === 2, "the message's files to be gone");
    await api(server, "DELETE", `/files/${cancelled.id}`, { token: ana.token });
    await until(() => stored(data).length === 1, "the upload to be gone");
    await refusedApi(server, "DELETE", `/files/${kept.id}`, { token: ana.token }, 409, "conflict", "file");
    await server.stop();
    mkdirSync(join(data, "files", "05"), { recursive: true });
    writeFileSync(join(data, "files", "05", "5"), "an orphan");
    await start();
    await until(() => stored(data).length === 1, "the orphan to be gone");
    assert.deepEqual(stored(data), [kept.id]);
});

test("what a disk has lost is not there, and the rest goes on", async (t) => {
    const { server, ana, socket, room, data } = await open(t);
    const { id } = await uploadFile(server, ana, room.id, "a", Buffer.from("a"));
    await sendFiles(socket, room.id, [id]);
    rmSync(join(data, "files", (id % 256).toString(16).padStart(2, "0"), String(id)));
    assert.equal((await getFile(server, ana, id)).status, 404);
    assert.equal((await ok(socket, "history", { room: room.id })).messages[0].files[0].id, id);
});

test("a backup has the files, and brings them back elsewhere", async (t) => {
    const { server, ana, socket, room, data } = await open(t);
    const { id } = await uploadFile(server, ana, room.id, "tincan.png", PNG);
    await sendFiles(socket, room.id, [id]);
    const file = join(temporary(t), "backup");
    const saved = await tincand(["backup", file, "--data", data]);
    assert.equal(saved.code, 0, saved.stderr);
    const elsewhere = join(temporary(t), "new");
    const restored = await tincand(["restore", file, "--data", elsewhere]);
    assert.equal(restored.code, 0, restored.stderr);
    const other = await startServer(t, ["--data", elsewhere]);
    const again = await api(other, "POST", "/login", { body: { name: "ana", password: ana.password } });
    assert.ok((await getFile(other, again.body, id)).bytes.equals(PNG));
    const bytes = readFileSync(file);
    bytes[bytes.indexOf(PNG) + 100] ^= 1;
    writeFileSync(file, bytes);
    const damaged = await tincand(["restore", file, "--data", join(temporary(t), "third")]);
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /damaged/);
});

test("a slow download does not hold up others, and one that is cut off is seen to be", async (t) => {
    const { server, ana, room } = await open(t);
    const bytes = randomBytes(8 * CHUNK);
    const { id } = await uploadFile(server, ana, room.id, "x", bytes);
    const slow = net.connect(server.port, "127.0.0.1");
    t.after(() => slow.destroy());
    slow.write(`GET /api/v1/files/${id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ana.token}\r\n\r\n`);
    await within(new Promise((resolve) => slow.once("readable", resolve)), "its beginning");
    assert.ok((await getFile(server, ana, id)).bytes.equals(bytes));
    assert.ok((await server.rssBytes()) > 0);
});
