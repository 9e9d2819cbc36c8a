// What the tests of /api share: refusals, cookies, the owner, the command line.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { api, BIN_DIR, request, until, within } from "./lib.mjs";

const run = promisify(execFile);
const COMMAND_MS = 60000;

// What must be refused, and as what. Every refusal has a code and a text for people.
export async function refusedApi(server, method, path, options, status, code, field) {
    const answer = await api(server, method, path, options);
    const what = `${method} ${path} ${JSON.stringify(options.body ?? "")}: ${answer.status} ${answer.text}`;
    assert.equal(answer.status, status, what);
    assert.equal(answer.body?.error?.code, code, what);
    assert.equal(answer.body.error.field, field, what);
    assert.ok(answer.body.error.message.length > 0, what);
    assert.match(answer.headers["content-type"], /^application\/json/);
    if (status === 429 || status === 503) assert.match(answer.headers["retry-after"], /^\d+$/, what);
    return answer;
}

// What an answer sets: [{ name, value, attributes }].
export function cookiesOf(answer) {
    return (answer.headers["set-cookie"] ?? []).map((line) => {
        const [[name, value], ...rest] = line.split(/;\s*/).map((part) => part.split("="));
        return { name, value, attributes: Object.fromEntries(rest.map(([key, v]) => [key.toLowerCase(), v ?? true])) };
    });
}

// The cookie with the refresh token; beside it there is the one that files are read with, and no other.
export function onlyCookie(answer) {
    const cookies = cookiesOf(answer);
    assert.deepEqual(cookies.map((c) => c.name), ["tincan_refresh", "tincan_files"]);
    const [refresh, files] = cookies;
    assert.equal(files.value, answer.body?.token ?? "");
    const life = answer.body?.token ? "600" : "0";
    assert.deepEqual(files.attributes, { ...refresh.attributes, path: "/api/v1/files", "max-age": life });
    return refresh;
}

// ---- files -----------------------------------------------------------------------------------------------------------

export const CHUNK = 1048576;

export const announceFile = (server, user, body) => api(server, "POST", "/files", { token: user.token, body });

// One piece of an upload: the answer, its JSON as json.
export async function putPiece(server, user, id, offset, bytes, headers = {}) {
    const all = { Authorization: `Bearer ${user.token}`, "Content-Length": bytes.length, Origin: server.url, ...headers };
    const answer = await request(server, {
        method: "PUT",
        path: `/api/v1/files/${id}?offset=${offset}`,
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
        body: bytes,
    });
    return { ...answer, json: answer.body ? JSON.parse(answer.body) : undefined };
}

// A whole upload, piece by piece: the file, as the server says it is.
export async function uploadFile(server, user, room, name, bytes) {
    const announced = await announceFile(server, user, { name, size: bytes.length, room });
    assert.equal(announced.status, 201, announced.text);
    const { id } = announced.body.file;
    for (let offset = 0; ;) {
        const { status, json } = await putPiece(server, user, id, offset, bytes.subarray(offset, offset + CHUNK));
        assert.equal(status, 200, JSON.stringify(json));
        offset = json.offset;
        if (json.file) return json.file;
    }
}

// Read a file: { status, headers, bytes, body }. who: { token } or { cookie }.
export function getFile(server, who, id, headers = {}, method = "GET", query = "") {
    return request(server, {
        method,
        path: `/api/v1/files/${id}${query}`,
        headers: { ...(who.token && { Authorization: `Bearer ${who.token}` }), ...(who.cookie && { Cookie: who.cookie }), ...headers },
    });
}

// The token of the set-up URL that the server has printed.
export async function setupToken(server) {
    const [, token] = await until(() => /owner's account: \S+\/setup\?token=([\w-]{43})$/m.exec(server.stdout), "the set-up URL");
    return token;
}

export const OWNER_PASSWORD = "the owner's long password";

// The owner, made by the set-up token: { id, name, ..., token, cookie, password }.
export async function createOwner(server, name = "olga") {
    const answer = await api(server, "POST", "/setup", { body: { token: await setupToken(server), name, password: OWNER_PASSWORD } });
    assert.equal(answer.status, 200, answer.text);
    return { ...answer.body.user, token: answer.body.token, cookie: answer.cookie, password: OWNER_PASSWORD };
}

// Run tincand with these arguments: { code, stdout, stderr }.
export async function tincand(args, { input = "", env = {} } = {}) {
    const child = spawn(join(BIN_DIR, "tincand"), args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
    const out = { stdout: [], stderr: [] };
    for (const name of ["stdout", "stderr"]) child[name].on("data", (data) => out[name].push(data));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const [code, signal] = await within(once(child, "close"), `tincand ${args.join(" ")} to end`, COMMAND_MS);
    const stderr = Buffer.concat(out.stderr).toString();
    assert.ok(!/Sanitizer|runtime error:/.test(stderr), stderr);
    assert.equal(signal, null, stderr);
    return { code, stdout: Buffer.concat(out.stdout).toString(), bytes: Buffer.concat(out.stdout), stderr };
}

// The number that /metrics gives for a name with its labels; 0 when it is not there.
export async function metric(server, name) {
    const { status, body } = await request(server, { path: "/metrics" });
    assert.equal(status, 200, body);
    const line = body.split("\n").find((text) => text.startsWith(`${name} `));
    return line ? Number(line.slice(name.length + 1)) : 0;
}

const SQLITE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
for row in db.execute(sys.argv[2]): print("|".join(str(v) for v in row))
db.commit()
`;

// Run one statement on an SQLite database, beside whoever has it open; the rows as text.
export async function sqlite(path, sql) {
    return (await run("/usr/bin/python3", ["-B", "-c", SQLITE, path, sql])).stdout.trim();
}
