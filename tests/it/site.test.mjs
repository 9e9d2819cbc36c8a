// The static site: types, caching, compression, security headers, and nothing that is not in it.
// tincan-test: reactors=2
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test as nodeTest } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { OURS_ONLY, PUBLIC, rawExchange, request, startServer } from "./lib.mjs";

const test = (name, f) => nodeTest(name, { skip: OURS_ONLY }, f);
let server, own, folder;
const cleanup = [];
const context = { after: (f) => cleanup.push(f) };

const FILES = {
    "index.html": ["<!doctype html><title>t</title>", /^text\/html; charset=utf-8$/i],
    "style.css": ["a{}", /^text\/css/],
    "app.js": ["1;", /^text\/javascript/],
    "module.mjs": ["1;", /^text\/javascript/],
    "app.wasm": ["\0asm", /^application\/wasm$/],
    "data.json": ["{}", /^application\/json/],
    "site.webmanifest": ["{}", /^application\/manifest\+json/],
    "icon.svg": ["<svg/>", /^image\/svg\+xml/],
    "icon.png": ["png", /^image\/png$/],
    "icon.ico": ["ico", /^image\/(x-icon|vnd\.microsoft\.icon)$/],
    "font.woff2": ["w", /^font\/woff2$/],
    "read.txt": ["text", /^text\/plain; charset=utf-8$/i],
    "odd.xyz": ["?", /^application\/octet-stream$/],
    "app.0123456789ab.js": ["hashed", /^text\/javascript/],
};

before(async () => {
    if (OURS_ONLY) return;
    server = await startServer(context);
    folder = mkdtempSync(join(tmpdir(), "tincan-site-"));
    cleanup.push(() => rmSync(folder, { recursive: true, force: true }));
    const site = join(folder, "site");
    mkdirSync(join(site, "sub"), { recursive: true });
    for (const [name, [content]] of Object.entries(FILES)) writeFileSync(join(site, name), content);
    writeFileSync(join(site, "sub", "page.html"), "sub");
    writeFileSync(join(site, "run.cgi"), "#!/bin/sh\necho Content-Type: text/plain\necho\necho executed\n", { mode: 0o755 });
    writeFileSync(join(site, "page.shtml"), '<!--#exec "id" -->');
    writeFileSync(join(site, ".hidden"), "secret");
    writeFileSync(join(site, ".htpasswd"), "secret");
    writeFileSync(join(folder, "outside.txt"), "secret");
    symlinkSync(join(folder, "outside.txt"), join(site, "link.txt"));
    own = await startServer(context, ["--public", site]);
});
after(async () => {
    for (const f of cleanup.reverse()) await f();
});

for (const [name, [content, type]] of Object.entries(FILES)) {
    test(`${name} has its type and its bytes`, async () => {
        const answer = await request(own, { path: `/${name}` });
        assert.equal(answer.status, 200);
        assert.match(answer.headers["content-type"], type);
        assert.equal(answer.body, content);
        assert.equal(answer.headers["x-content-type-options"], "nosniff");
    });
}

test("the page comes with the strict policy, and must be asked for again", async () => {
    const answer = await request(server, { path: "/" });
    assert.equal(answer.status, 200);
    assert.match(answer.headers["content-type"], /^text\/html; charset=utf-8$/i);
    assert.match(answer.headers["cache-control"], /no-cache/);
    const policy = answer.headers["content-security-policy"];
    assert.match(policy, /default-src '(self|none)'/);
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'|\*/);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.ok(answer.headers["referrer-policy"]);
});

test("everything the page refers to is there, and named by its contents", async () => {
    const { body } = await request(server, { path: "/" });
    const names = [...body.matchAll(/(?:href|src)="([^"#]+)"/g)].map((match) => match[1]).filter((n) => !/^(https?|data):/.test(n));
    assert.ok(names.some((name) => name.endsWith(".js")), body);
    for (const name of names) {
        const answer = await request(server, { path: `/${name.replace(/^\//, "")}` });
        assert.equal(answer.status, 200, name);
        if (/\.[0-9a-f]{12}\.\w+$/.test(name)) {
            assert.match(answer.headers["cache-control"], /max-age=31536000/, name);
            assert.match(answer.headers["cache-control"], /immutable/, name);
        }
    }
});

test("nothing comes from another host; what is written into the page as script or style is named in its policy", async () => {
    const { body, headers } = await request(server, { path: "/" });
    assert.doesNotMatch(body, /(src|href)="(https?:)?\/\//);
    assert.doesNotMatch(body, / (on\w+|style)=/);
    const policy = headers["content-security-policy"];
    const inline = [...body.matchAll(/<(style|script)>([^]*?)<\/\1>/g)];
    assert.deepEqual(inline.map(([, name]) => name), ["style", "script"]);
    assert.equal([...body.matchAll(/<(style|script)\b/g)].length, 3);
    for (const [, name, text] of inline) {
        const hash = createHash("sha256").update(text).digest("base64");
        assert.match(policy, new RegExp(`${name}-src [^;]*'sha256-${hash.replace(/[+/]/g, "\\$&")}'`));
    }
    const other = await request(server, { path: "/manifest.webmanifest" });
    assert.doesNotMatch(other.headers["content-security-policy"], /sha256/);
});

for (const [coding, decode] of [["br", brotliDecompressSync], ["gzip", gunzipSync]]) {
    test(`${coding} is sent to who takes it, and is the same file`, async () => {
        if (!existsSync(join(PUBLIC, `index.html.${coding === "br" ? "br" : "gz"}`))) assert.fail("the site is not compressed");
        const plain = await request(server, { path: "/" });
        assert.equal(plain.headers["content-encoding"], undefined);
        const packed = await request(server, { path: "/", headers: { "Accept-Encoding": coding } });
        assert.equal(packed.headers["content-encoding"], coding);
        assert.match(packed.headers.vary ?? "", /accept-encoding/i);
        assert.ok(decode(packed.bytes).equals(plain.bytes));
        assert.match(packed.headers["content-type"], /^text\/html/);
        assert.notEqual(packed.headers.etag, plain.headers.etag, "two representations, two tags");
        const refused = await request(server, { path: "/", headers: { "Accept-Encoding": `${coding};q=0` } });
        assert.equal(refused.headers["content-encoding"], undefined);
    });
}

test("who has it already gets 304 without a body", async () => {
    const first = await request(own, { path: "/app.js" });
    assert.ok(first.headers.etag);
    const again = await request(own, { path: "/app.js", headers: { "If-None-Match": first.headers.etag } });
    assert.equal(again.status, 304);
    assert.equal(again.body, "");
    const other = await request(own, { path: "/app.js", headers: { "If-None-Match": '"other"' } });
    assert.equal(other.status, 200);
});

test("HEAD is GET without the body", async () => {
    const get = await request(own, { path: "/app.js" });
    const head = await request(own, { method: "HEAD", path: "/app.js" });
    assert.equal(head.status, 200);
    assert.equal(head.bytes.length, 0);
    assert.equal(head.headers["content-length"], String(get.bytes.length));
    assert.equal(head.headers["content-type"], get.headers["content-type"]);
    assert.equal(head.headers.etag, get.headers.etag);
});

test("a query does not change the file", async () => {
    assert.equal((await request(own, { path: "/app.js?v=1" })).body, "1;");
});

const absent = [
    "/nope", "/nope.html", "/app.js/", "/sub", "/sub/", "/.hidden", "/.htpasswd", "/%2ehidden", "/../outside.txt",
    "/%2e%2e/outside.txt", "/sub/../../outside.txt", "/sub/..%2f..%2foutside.txt", "/..%5coutside.txt", "//etc/passwd",
    "/app.js%00.txt", "/%", "/%zz", "/index.html.br.br", "/api/nope",
];
for (const path of absent) {
    test(`${path} is not there`, async () => {
        const got = await rawExchange(own, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        assert.match(got, /^HTTP\/1\.1 (400|403|404) /);
        assert.doesNotMatch(got, /secret|Index of|outside\.txt/);
    });
}

test("a link does not lead out of the folder", async () => {
    const answer = await request(own, { path: "/link.txt" });
    assert.doesNotMatch(answer.body, /secret/);
});

test("nothing is executed or expanded", async () => {
    for (const path of ["/run.cgi", "/page.shtml"]) {
        const answer = await request(own, { path });
        assert.doesNotMatch(answer.body, /^executed|uid=/m, path);
    }
});

test("files cannot be changed", async () => {
    for (const method of ["PUT", "DELETE", "POST", "MKCOL", "PROPFIND", "PATCH"]) {
        const answer = await request(own, { method, path: "/app.js", body: "changed" });
        assert.ok([400, 403, 404, 405, 501].includes(answer.status), `${method} answered ${answer.status}`);
        assert.equal((await request(own, { path: "/app.js" })).body, "1;");
    }
});

test("the server does not say more about itself than it must", async () => {
    const { headers } = await request(own, { path: "/nope" });
    assert.doesNotMatch(headers.server ?? "", /civetweb|\d/i);
});
