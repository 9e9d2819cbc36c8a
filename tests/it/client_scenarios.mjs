// What the client library must do against socket.io's own server, told once and played twice: by the native driver
// (client_library.test.mjs) and by the driver as WebAssembly in a browser (browser/client_library.test.mjs).
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { Server } from "socket.io";
import { atEnd, startServer, until } from "./lib.mjs";
import { startLibrary } from "./library_lib.mjs";

// ---- the driver ----------------------------------------------------------------------------------------------------

// A driver of client_driver.h: do(line) hands a line over, told holds the objects it wrote.
export class Driver {
    told = [];

    take(line) {
        this.told.push(JSON.parse(line));
    }

    // The first object not taken yet that has these fields, and is taken now.
    async hears(fields) {
        const fits = (object) => Object.entries(fields).every(([key, value]) => {
            try {
                assert.deepEqual(object[key], value);
                return true;
            } catch {
                return false;
            }
        });
        const what = () => `${JSON.stringify(fields)} among ${this.told.map((o) => JSON.stringify(o)).join("\n")}`;
        await until(() => this.told.some(fits), "the driver").catch(() => {
            throw new Error(`waited in vain for ${what()}`);
        });
        return this.told.splice(this.told.findIndex(fits), 1)[0];
    }

    live(name) {
        return this.hears({ sock: name, state: "live" });
    }

    async send(line, result = "ok") {
        await this.do(`send ${line}`);
        await this.hears({ returned: result });
    }
}

// ---- the server ----------------------------------------------------------------------------------------------------

// The reference inside the test: echoes, asks, refuses, and recovers.
export async function startReference(t, options = {}, port = 0) {
    const server = http.createServer();
    const io = new Server(server, {
        cors: { origin: true, credentials: true },
        connectionStateRecovery: { maxDisconnectionDuration: 60_000 },
        ...options,
    });
    const seen = { tokens: [], answers: [], orders: [], ignore: 0 };
    const speak = (socket) => {
        socket.on("echo", (...args) => {
            const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
            if (ack) ack(...args);
            else socket.emit("echo", ...args);
        });
        socket.on("ask", async (...args) => seen.answers.push(await socket.emitWithAck("question", ...args)));
        socket.on("order", (...args) => {
            const ack = args.pop();
            seen.orders.push(args);
            if (seen.ignore-- > 0) return;
            ack("done");
        });
        socket.on("leave", () => socket.disconnect());
    };
    io.on("connection", speak);
    io.of("/private").use((socket, next) => {
        seen.tokens.push(socket.handshake.auth.token);
        if (socket.handshake.auth.token === "open") return next();
        const error = new Error("not for you");
        error.data = { code: 7 };
        return next(error);
    });
    io.of("/private").on("connection", speak);
    for (let tries = 0; ; tries++) {
        server.listen(port, "127.0.0.1");
        const [error] = await Promise.race([once(server, "error"), once(server, "listening")]);
        if (!error) break;
        if (error.code !== "EADDRINUSE" || tries > 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const reference = {
        io,
        seen,
        port: server.address().port,
        url: `http://127.0.0.1:${server.address().port}`,
        // As when the process is gone: no goodbyes.
        kill: () => new Promise((resolve) => {
            for (const socket of io.sockets.sockets.values()) socket.conn.transport.socket?.terminate?.();
            io.engine.close();
            server.close(resolve);
            server.closeAllConnections();
        }),
    };
    atEnd(t, () => reference.kill());
    return reference;
}

// Between client and server, to be cut as networks are.
async function startWire(t, port) {
    const sockets = new Set();
    const wire = net.createServer((socket) => {
        const onward = net.connect(port, "127.0.0.1");
        for (const [from, to] of [[socket, onward], [onward, socket]]) {
            sockets.add(from);
            from.on("error", () => to.destroy());
            from.on("close", () => to.destroy());
            from.pipe(to);
        }
    });
    wire.listen(0, "127.0.0.1");
    await once(wire, "listening");
    const cut = () => sockets.forEach((socket) => socket.destroy());
    atEnd(t, () => {
        cut();
        wire.close();
    });
    return { url: `http://127.0.0.1:${wire.address().port}`, cut };
}

const MODES = {
    polling: "transports=polling",
    websocket: "transports=websocket",
    upgrade: "transports=polling_first",
};
const QUICK = "delay=50 delay_max=200";

async function open(driver, url, options = MODES.upgrade, sockOptions = "") {
    await driver.do(`manager a url=${url} ${QUICK} ${options}`);
    await driver.do(`sock r a / ${sockOptions}`);
    await driver.do("open r");
    return driver.live("r");
}

const hex = (...parts) => parts.map((part) => Buffer.from(part).toString("hex"));
const THING = (n) => `{"_placeholder":true,"num":${n}}`;

// ---- scenarios -----------------------------------------------------------------------------------------------------

export const scenarios = {};

for (const [mode, options] of Object.entries(MODES)) {
    scenarios[`${mode}: arguments arrive as they were sent`] = async (t, driver) => {
        const { url } = await startReference(t);
        const live = await open(driver, url, options);
        assert.equal(live.polling, mode !== "websocket");
        assert.equal(live.max, 1000000);
        const args = ['"\u00e9\u{1f600}\\u0000 \\" "', "-1.5e3", '{"a":[null,true,{"b":[]}]}', "[]"];
        await driver.send(`r echo ${args.join(",")}`);
        const echo = await driver.hears({ sock: "r", event: "echo" });
        // The server may have put an offset behind them.
        assert.deepEqual(echo.args.slice(0, 4), JSON.parse(`[${args}]`));
        if (mode === "upgrade") assert.equal((await driver.hears({ sock: "r", state: "live" })).polling, false);
    };

    scenarios[`${mode}: acks both ways, with and without bytes`] = async (t, driver) => {
        const { url, seen } = await startReference(t);
        await open(driver, url, options);
        await driver.send("r echo ack=one 1,2");
        assert.deepEqual((await driver.hears({ ack: "one" })).args, [1, 2]);
        await driver.send(`r echo ack=two bin=${hex("in", "out")} {"a":${THING(1)},"b":[${THING(0)}]}`);
        const two = await driver.hears({ ack: "two", result: "ok" });
        const [{ a, b }] = two.args;
        assert.deepEqual([two.bin[a.num], two.bin[b[0].num]], hex("out", "in"));
        await driver.send(`r ask bin=${hex("q")} "why",${THING(0)}`);
        const question = await driver.hears({ sock: "r", event: "question" });
        assert.deepEqual(question.args[0], "why");
        assert.deepEqual(question.bin, hex("q"));
        await driver.do(`answer r ${question.wants} bin=${hex("because")} {"it":${THING(0)}}`);
        await driver.hears({ returned: "ok" });
        await until(() => seen.answers.length === 1, "the answer");
        assert.deepEqual(seen.answers, [{ it: Buffer.from("because") }]);
    };

    scenarios[`${mode}: bytes both ways, ten pieces, empty and large`] = async (t, driver) => {
        const { url } = await startReference(t);
        await open(driver, url, options);
        const pieces = [...Array(10).keys()].map((i) => Buffer.alloc(i === 9 ? 100_000 : i * 3, i));
        await driver.send(`r echo ack=x bin=${hex(...pieces)} [${pieces.map((_, i) => THING(i))}]`);
        const { args, bin } = await driver.hears({ ack: "x" });
        assert.deepEqual(args[0].map(({ num }) => bin[num]), hex(...pieces));
        await driver.send(`r echo bin=${hex(...Array(11).fill("x"))} 0`, "invalid value");
        await driver.send("r echo ack=y 1");
        await driver.hears({ ack: "y" });
    };

    scenarios[`${mode}: what the server missed us is recovered`] = async (t, driver) => {
        const { url, io } = await startReference(t);
        const { sid } = await open(driver, url, options);
        if (mode === "upgrade") await driver.hears({ sock: "r", state: "live", polling: false });
        await driver.send("r echo 1"); // so that there is an offset
        await driver.hears({ event: "echo" });
        const socket = io.sockets.sockets.get(sid);
        socket.join("room");
        socket.conn.close();
        await until(() => !io.sockets.sockets.has(sid), "the server to miss the client");
        for (let i = 0; i < 5; i++) io.to("room").emit("news", i, Buffer.from([i]));
        const back = await driver.live("r");
        assert.deepEqual([back.recovered, back.sid], [true, sid]);
        for (let i = 0; i < 5; i++) {
            const news = await driver.hears({ event: "news" });
            assert.equal(news.args[0], i);
            assert.deepEqual(news.bin, [`0${i}`]);
        }
        io.to("room").emit("news", 5, Buffer.from([5]));
        assert.deepEqual((await driver.hears({ event: "news" })).args[0], 5);
    };

    scenarios[`${mode}: a server that comes back gets what was kept, in order`] = async (t, driver) => {
        const first = await startReference(t);
        await open(driver, first.url, options);
        await driver.send("r echo ack=before 0");
        await driver.hears({ ack: "before" });
        await first.kill();
        await driver.hears({ sock: "r", state: "waiting" });
        await driver.do("sock p a /private retries=3 ack_timeout=5000 {\"token\":\"open\"}");
        await driver.do("open p");
        await driver.send("p order reliable ack=order id 1");
        for (let i = 1; i <= 20; i++) await driver.send(`r echo ack=n${i} ${i}`);
        const second = await startReference(t, {}, first.port);
        const answers = [];
        for (let i = 0; i < 21; i++) answers.push(await driver.hears({ result: "ok" }));
        assert.deepEqual(answers.filter(({ ack }) => ack === "order").map(({ args }) => args), [["done"]]);
        const echoes = answers.filter(({ ack }) => ack !== "order").map(({ ack, args }) => [ack, ...args]);
        assert.deepEqual(echoes, [...Array(20).keys()].map((i) => [`n${i + 1}`, i + 1]));
        await until(() => second.seen.orders.length === 1, "the order");
        assert.match(second.seen.orders[0][1], /^[0-9a-f]{32}$/);
        assert.deepEqual(second.seen.tokens, ["open"]);
    };
}

scenarios["namespaces share one connection, and are refused and left one by one"] = async (t, driver) => {
    const { url, io, seen } = await startReference(t);
    await open(driver, url);
    await driver.do("sock p a /private ask_auth");
    await driver.do("open p");
    await driver.hears({ auth: "p" });
    await driver.do('auth p {"token":"wrong"}');
    const refused = await driver.hears({ sock: "p", state: "closed" });
    assert.equal(refused.reason, "not for you");
    assert.deepEqual(refused.refusal, { message: "not for you", data: { code: 7 } });
    await driver.do("open p");
    await driver.hears({ auth: "p" });
    await driver.do('auth p {"token":"open"}');
    await driver.live("p");
    assert.deepEqual(seen.tokens, ["wrong", "open"]);
    assert.equal(io.engine.clientsCount, 1);
    await driver.do("sock n a /nowhere");
    await driver.do("open n");
    assert.equal((await driver.hears({ sock: "n", state: "closed" })).reason, "Invalid namespace");
    await driver.send("p echo 1");
    await driver.hears({ sock: "p", event: "echo" });
    await driver.do("close r");
    await until(() => io.sockets.sockets.size === 0, "the root to be left");
    await driver.send("p echo ack=still 1");
    await driver.hears({ ack: "still" });
    await driver.send("p leave");
    assert.equal((await driver.hears({ sock: "p", state: "closed" })).reason, "io server disconnect");
    await until(() => io.engine.clientsCount === 0, "the connection to end with its last namespace");
    await driver.do("open r");
    await driver.live("r");
};

scenarios["payloads are asked for again after a loss, and may come late"] = async (t, driver) => {
    const { url, io, seen } = await startReference(t, { connectionStateRecovery: undefined });
    await driver.do(`manager a url=${url} ${QUICK} transports=websocket`);
    await driver.do("sock p a /private ask_auth");
    await driver.do("open p");
    for (let i = 0; i < 3; i++) {
        await driver.hears({ auth: "p" });
        await new Promise((resolve) => setTimeout(resolve, 30));
        await driver.do('auth p {"token":"open"}');
        await driver.live("p");
        for (const socket of io.of("/private").sockets.values()) socket.conn.close();
        const lost = await driver.hears({ sock: "p", state: "waiting" });
        assert.equal(lost.reason, "transport close");
    }
    assert.deepEqual(seen.tokens, ["open", "open", "open"]);
};

scenarios["a message without an answer is sent again, with the same id"] = async (t, driver) => {
    const { url, seen } = await startReference(t);
    seen.ignore = 2;
    await open(driver, url, MODES.websocket, "retries=2 ack_timeout=600");
    await driver.send("r order reliable id ack=a 1");
    await driver.send("r order reliable id ack=b 2");
    assert.deepEqual((await driver.hears({ ack: "a" })).args, ["done"]);
    await driver.hears({ ack: "b" });
    assert.deepEqual(seen.orders.map(([n]) => n), [1, 1, 1, 2]);
    assert.equal(new Set(seen.orders.map(([, id]) => id)).size, 2);
    seen.ignore = 10;
    await driver.send("r order reliable id ack=c 3");
    assert.equal((await driver.hears({ ack: "c" })).result, "timed out");
    assert.equal(seen.orders.length, 7);
};

scenarios["what is too large for the server is refused here, and the connection lives"] = async (t, driver) => {
    const { url } = await startReference(t, { maxHttpBufferSize: 1000 });
    for (const [i, options] of [MODES.polling, MODES.websocket].entries()) {
        const [manager, sock] = [["a", "b"][i], ["r", "s"][i]];
        await driver.do(`manager ${manager} url=${url} ${options}`);
        await driver.do(`sock ${sock} ${manager} /`);
        await driver.do(`open ${sock}`);
        assert.equal((await driver.live(sock)).max, 1000);
        await driver.send(`${sock} echo "${"x".repeat(1000)}"`, "limit exceeded");
        await driver.send(`${sock} echo bin=${hex("x".repeat(1001))} ${THING(0)}`, "limit exceeded");
        // 42 and an ack id, ["echo",""]
        const fits = "x".repeat(1000 - `420["echo",""]`.length);
        await driver.send(`${sock} echo ack=fits${i} "${fits}"`);
        assert.deepEqual((await driver.hears({ ack: `fits${i}` })).args, [fits]);
    }
};

scenarios["a server without WebSocket keeps us on polling"] = async (t, driver) => {
    const { url } = await startReference(t, { transports: ["polling"] });
    await driver.do(`manager a url=${url} ${QUICK} transports=websocket_first`);
    await driver.do("sock r a /");
    await driver.do("open r");
    assert.equal((await driver.live("r")).polling, true);
    await driver.send("r echo ack=x 1");
    await driver.hears({ ack: "x" });
    await driver.do(`manager b url=${url} ${QUICK} transports=websocket attempts=1`);
    await driver.do("sock s b /");
    await driver.do("open s");
    const gone = await driver.hears({ sock: "s", state: "closed" });
    assert.deepEqual([gone.reason, gone.gaveUp], ["websocket error", true]);
    assert.ok(gone.http === 400 || gone.close === 1006, JSON.stringify(gone));
};

scenarios["a server without polling is reached when all transports may be tried"] = async (t, driver) => {
    const { url } = await startReference(t, { transports: ["websocket"] });
    await driver.do(`manager a url=${url} ${QUICK} try_all`);
    await driver.do("sock r a /");
    await driver.do("open r");
    assert.equal((await driver.live("r")).polling, false);
    await driver.do(`manager b url=${url} no_reconnect`);
    await driver.do("sock s b /");
    await driver.do("open s");
    const gone = await driver.hears({ sock: "s", state: "closed" });
    assert.deepEqual([gone.reason, gone.gaveUp, gone.http], ["xhr poll error", true, 400]);
};

scenarios["an upgrade is remembered"] = async (t, driver) => {
    const { url, io } = await startReference(t);
    const transports = [];
    io.engine.on("connection", (connection) => transports.push(connection.transport.name));
    await open(driver, url, "remember query=room=7");
    await driver.hears({ sock: "r", state: "live", polling: false });
    for (const socket of io.sockets.sockets.values()) {
        assert.equal(socket.handshake.query.room, "7");
        socket.conn.close();
    }
    await driver.hears({ sock: "r", state: "waiting" });
    await driver.live("r");
    assert.deepEqual(transports, ["polling", "websocket"]);
};

scenarios["a path of the server's own, and nobody there"] = async (t, driver) => {
    const { url } = await startReference(t, { path: "/else/" });
    await open(driver, url, "path=/else/");
    await driver.do(`manager b url=http://127.0.0.1:1 delay=10 delay_max=20 attempts=3`);
    await driver.do("sock s b /");
    await driver.do("open s");
    const gone = await driver.hears({ sock: "s", state: "closed" });
    assert.deepEqual([gone.reason, gone.gaveUp, gone.http], ["xhr poll error", true, 0]);
};

for (const [mode, options] of Object.entries(MODES)) {
    scenarios[`${mode}: tincand relays to two sockets and survives its own end`] = async (t, driver) => {
        const server = await startServer(t);
        await driver.do(`manager a url=${server.url} ${QUICK} ${options}`);
        await driver.do(`manager b url=${server.url} ${QUICK} ${options}`);
        await driver.do("sock r a /");
        await driver.do("sock s b /");
        for (const name of ["r", "s"]) {
            await driver.do(`open ${name}`);
            await driver.live(name);
        }
        await driver.send('r message {"text":"\u00e9"}');
        for (const name of ["r", "s"]) {
            assert.deepEqual((await driver.hears({ sock: name, event: "message" })).args, [{ text: "\u00e9" }]);
        }
        await server.kill();
        await driver.hears({ sock: "r", state: "waiting" });
        await driver.hears({ sock: "s", state: "waiting" });
        await driver.send('r message "kept"');
        await startServer(t, ["--listen", `127.0.0.1:${server.port}`]);
        await driver.hears({ sock: "r", event: "message", args: ["kept"] });
    };
}

for (const [mode, options] of Object.entries(MODES)) {
    scenarios[`${mode}: our own server answers, refuses, asks and recovers as the reference does`] = async (t, driver) => {
        const server = await startLibrary(t, ["--recovery", "60000", "--origins", "*"]);
        const wire = await startWire(t, server.port);
        const { sid } = await open(driver, wire.url, options);
        if (mode === "upgrade") await driver.hears({ sock: "r", state: "live", polling: false });
        await driver.do('sock d a /door {"token":"bad"}');
        await driver.do("open d");
        const refused = await driver.hears({ sock: "d", state: "closed" });
        assert.deepEqual(refused.refusal, { message: 'Not by the "first" door', data: { code: 401, list: [1, null] } });
        await driver.do("auth d {\"token\":\"good\"}");
        await driver.hears({ returned: "ok" });
        await driver.do("open d");
        await driver.live("d");
        await driver.send(`r echo ack=e bin=${hex("", "a")} [${THING(1)},${THING(0)}]`);
        const { args, bin } = await driver.hears({ ack: "e" });
        assert.deepEqual(args[0].map(({ num }) => bin[num]), hex("a", ""));
        await driver.send("r join ack=j \"x\"");
        await driver.hears({ ack: "j" });
        // Missed while the wire is cut: another connection speaks.
        await driver.do(`manager b url=${server.url} transports=websocket`);
        await driver.do("sock s b /");
        await driver.do("open s");
        await driver.live("s");
        await driver.send('r send ack=first {},"said",0');
        await driver.hears({ ack: "first" });
        await driver.hears({ sock: "r", event: "said" });
        wire.cut();
        for (let i = 1; i <= 3; i++) {
            await driver.send(`s send ack=s${i} {"to":["x"]},"said",${i}`);
            await driver.hears({ ack: `s${i}` });
        }
        const back = await driver.live("r"); // "waiting" may be over before it is looked at
        assert.deepEqual([back.recovered, back.sid], [true, sid]);
        for (let i = 1; i <= 3; i++) {
            assert.equal((await driver.hears({ sock: "r", event: "said" })).args[0], i);
        }
    };
}
