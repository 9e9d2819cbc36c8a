// The tutorial's server, with the built page beside it on the same port: server.mjs DIST PORT. Files go out as brotli, as from Tincan.
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, relative } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { Server } from "socket.io";

const [dist, port] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css" };

const files = new Map();
const read = (folder) => readdirSync(folder, { withFileTypes: true }).forEach((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) read(path);
    else files.set(`/${relative(dist, path)}`, { type: TYPES[extname(path)] ?? "application/octet-stream", body: brotliCompressSync(readFileSync(path)) });
});
read(dist);

const http = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const file = files.get(path === "/" ? "/index.html" : path);
    if (!file) {
        response.writeHead(404).end();
        return;
    }
    response.writeHead(200, { "Content-Type": file.type, "Content-Encoding": "br", "Content-Length": file.body.length }).end(file.body);
});
const io = new Server(http, { serveClient: false });
io.on("connection", (socket) => socket.on("message", (...args) => io.emit("message", ...args)));
http.listen(Number(port), "127.0.0.1", () => {
    console.log(`socket.io ${require("socket.io/package.json").version} on node ${process.version}`);
    console.log(`listening on http://127.0.0.1:${http.address().port}`);
});
process.on("SIGTERM", () => io.close(() => process.exit(0)));
