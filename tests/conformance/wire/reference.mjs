// Socket.IO's own servers, configured like our fixtures: --kind engine | socket | recovery, --listen ADDR:PORT.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { Server } from "socket.io";

const { values } = parseArgs({ options: { kind: { type: "string" }, listen: { type: "string" } } });
const http = createServer((_request, response) => response.writeHead(404).end());
const HEARTBEAT = { pingInterval: 300, pingTimeout: 200 };

function serveEngine() {
    const require = createRequire(import.meta.url);
    const { Server: Engine } = createRequire(require.resolve("socket.io"))("engine.io");
    const engine = new Engine({ ...HEARTBEAT, maxHttpBufferSize: 1000000 });
    engine.attach(http, { path: "/engine.io" });
    engine.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
}

function serveSocket() {
    const io = new Server(http, { ...HEARTBEAT, connectTimeout: 1000, serveClient: false });
    const greet = (socket) => socket.emit("auth", socket.handshake.auth);
    io.of("/custom").on("connection", greet);
    io.on("connection", (socket) => {
        greet(socket);
        socket.on("message", (...args) => socket.emit("message-back", ...args));
        socket.on("message-with-ack", (...args) => args.pop()(...args));
    });
}

function serveRecovery() {
    const io = new Server(http, { pingInterval: 2000, connectionStateRecovery: {}, serveClient: false });
    io.of("/no").use((_socket, next) => next(new Error("Auth failed (custom namespace)")));
    io.of("/foo").on("connection", () => {});
    io.use((socket, next) => next(socket.handshake.query.fail ? new Error("Auth failed (main namespace)") : undefined));
    io.on("connection", (socket) => {
        socket.on("hi", () => socket.emit("hi"));
        socket.on("echo", (argument, answer) => answer(argument));
        socket.on("ack", () => socket.emit("ack", (a, b) => a === 5 && b?.test && socket.emit("got it")));
        socket.on("doge", () => socket.emit("doge", Buffer.from("asdfasdf")));
        socket.on("false", () => socket.emit("false", false));
        socket.on("getId", (answer) => answer(socket.id));
    });
}

({ engine: serveEngine, socket: serveSocket, recovery: serveRecovery })[values.kind]();
const colon = values.listen.lastIndexOf(":");
http.listen(Number(values.listen.slice(colon + 1)), values.listen.slice(0, colon), () => {
    console.log(`listening on http://${http.address().address}:${http.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
// A reference that falls over a case must not take the other cases with it.
process.on("uncaughtException", (error) => console.error(error.message));
