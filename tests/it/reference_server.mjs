// The tutorial's server on the reference implementation: socket.io on Node, relaying `message` to everyone.
// It takes tincand's flags (those that mean nothing to it are ignored), so that tests and benchmarks can run either.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { Server } from "socket.io";

const { values } = parseArgs({
    strict: false,
    options: {
        listen: { type: "string", default: "127.0.0.1:5000" },
        "ping-interval": { type: "string", default: "25000" },
        "ping-timeout": { type: "string", default: "20000" },
        "max-payload": { type: "string", default: "1000000" },
        "connect-timeout": { type: "string", default: "45000" },
        origin: { type: "string", multiple: true, default: [] },
    },
});

const loopback = /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;
const allowed = (origin) => !origin || loopback.test(origin) || values.origin.includes(origin);

const http = createServer((request, response) => {
    response.writeHead(request.url === "/healthz" ? 200 : 404).end();
});
const io = new Server(http, {
    pingInterval: Number(values["ping-interval"]),
    pingTimeout: Number(values["ping-timeout"]),
    maxHttpBufferSize: Number(values["max-payload"]),
    connectTimeout: Number(values["connect-timeout"]),
    cors: { origin: (origin, done) => done(null, origin && allowed(origin) ? origin : false), credentials: true },
    allowRequest: (request, done) => done(null, allowed(request.headers.origin)),
    serveClient: false,
});
io.on("connection", (socket) => socket.on("message", (argument) => io.emit("message", argument)));

const colon = values.listen.lastIndexOf(":");
http.listen(Number(values.listen.slice(colon + 1)), values.listen.slice(0, colon), 4096, () => {
    const { version } = createRequire(import.meta.url)("socket.io/package.json");
    console.log(`socket.io ${version} on node ${process.version}`);
    console.log(`listening on http://${http.address().address}:${http.address().port}`);
});
process.on("SIGTERM", () => io.close(() => process.exit(0)));
