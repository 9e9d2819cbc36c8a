// What the browser tests share: a real Chromium, pages that fail the test when they complain, and our page's names.
import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import http from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { cid, of } from "../it/chat_lib.mjs";
import { WAIT_MS, ask, atEnd, chatSocket, createUser, newFolder, sleep, startServer, until } from "../it/lib.mjs";

export * from "../it/lib.mjs";

export const HERE = dirname(fileURLToPath(import.meta.url));
const CLIENT_BUNDLE = join(HERE, "..", "node_modules", "socket.io-client", "dist", "socket.io.min.js");
const CHROMIUM = process.env.TINCAN_CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

// One browser, closed at the end of the test (or of the file, with { after }).
export async function launch(t) {
    assert.ok(CHROMIUM, "there is no /usr/bin/chromium; TINCAN_CHROMIUM may name another one");
    const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: [
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
            "--disable-component-update", "--disable-default-apps", "--disable-sync", "--no-first-run",
            "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows",
        ],
    });
    atEnd(t, () => browser.close());
    return browser;
}

// A page in a profile of its own; early: a function that runs in it before anything else. What it reports as an error fails the test
// at its end, unless accept(text) takes it.
export async function openPage(t, browser, { accept = () => false, early, ...options } = {}) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    if (early) await page.addInitScript(early);
    page.setDefaultTimeout(WAIT_MS);
    page.complaints = [];
    const complain = (text) => accept(text) || page.complaints.push(text);
    page.on("pageerror", (error) => complain(`uncaught: ${error.stack ?? error}`));
    page.on("console", (message) => message.type() === "error" && complain(`console: ${message.text()}`));
    atEnd(t, async () => {
        await context.close();
        assert.deepEqual(page.complaints, [], "the page complained");
    });
    return page;
}

// What a page says when its server is away; tests that take the server away accept it.
export const networkComplaint = (text) => /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|WebSocket connection to/.test(text);

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };

// Another origin, as a developer's own page has it: serves a folder of the tests and the stock client's bundle.
export async function serveFolder(t, folder) {
    const server = http.createServer((request, response) => {
        const name = new URL(request.url, "http://x").pathname.slice(1) || "index.html";
        const path = name === "socket.io.min.js" ? CLIENT_BUNDLE : join(folder, name);
        if (name.includes("..") || !existsSync(path)) {
            response.writeHead(404).end();
            return;
        }
        response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
        createReadStream(path).pipe(response);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    atEnd(t, () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
    });
    return `http://localhost:${server.address().port}`;
}

// ---- our page ------------------------------------------------------------------------------------------------------

export const byId = (id) => `[data-testid="${id}"]`;

export const app = (page) => page.evaluate(() => document.documentElement.dataset.app);
export const conn = (page) => page.evaluate(() => document.documentElement.dataset.conn);

export const waitApp = (page, state) => until(async () => (await app(page)) === state, `the page to be ${state}`);
export const waitConn = (page, ...states) =>
    until(async () => states.includes(await conn(page)), `the page's connection to be ${states.join(" or ")}`);

// A server that keeps its data for as long as the process lives. again() starts it once more after it has ended, on the same port
// and with the same data.
export async function startChat(t, args = []) {
    const data = newFolder("chat");
    const start = async (listen) => {
        const server = await startServer(t, ["--listen", listen, "--data", data, ...args]);
        server.data = data;
        server.again = () => start(`127.0.0.1:${server.port}`);
        return server;
    };
    return start("127.0.0.1:0");
}

let names = 0;
export const freshName = (stem = "guest") => `${stem}-${++names}`;

// Sign in by the form. account: "guest", or with a password "register" or "login".
export async function signIn(page, name, { password, account = password ? "register" : "guest" } = {}) {
    await waitApp(page, "login");
    if (await page.isVisible(byId(`login-way-${account}`))) await page.click(byId(`login-way-${account}`));
    await page.fill(byId("login-name"), name);
    if (password) await page.fill(byId("login-password"), password);
    await page.click(byId("login-submit"));
    await waitApp(page, "ready");
}

// A room is open and what belongs on the first screen is there.
export const waitRoom = (page, name = "lobby") =>
    until(
        () => page.evaluate((name) => {
            const list = document.querySelector("[data-testid=msg-list]");
            const empty = document.querySelector("[data-testid=empty]");
            return document.getElementById("room-name").textContent === name && list.getAttribute("aria-busy") !== "true" &&
                (list.childElementCount > 0 || !/^Loading/.test(empty.innerText));
        }, name),
        `the room ${name} to be shown`,
    );

// Open our page, sign in as somebody new, and wait until one can chat in the lobby. server: a server, or a way to it. query: what
// stands behind the address, as "?transport=polling". page.name is who it is.
export async function openChat(t, browser, server, { query = "", states = ["live"], name = freshName(), password, account, ...options } = {}) {
    const page = await openPage(t, browser, { ...options, accept: (text) => notSignedIn(text) || options.accept?.(text) });
    page.name = name;
    await page.goto(`${server.url}/${query}`);
    await signIn(page, name, { password, account });
    await waitConn(page, ...states);
    await waitRoom(page);
    return page;
}

// What a browser says of a door that is closed to those who come without a key.
const notSignedIn = (text) => /status of 401/.test(text);

export async function say(page, text) {
    await page.fill(byId("composer-input"), text);
    await page.click(byId("send"));
}

// The texts of all message rows as people see them, oldest first.
export const bodies = (page) => page.$$eval(byId("msg-body"), (all) => all.map((body) => body.innerText));

export const waitBody = (page, text, n = 1) =>
    until(async () => (await bodies(page)).filter((body) => body === text).length === n, `"${text}" to be shown`);

export const states = (page) => page.$$eval(byId("msg-row"), (rows) => rows.map((row) => row.dataset.state));
export const waitAllSent = (page) => until(async () => (await states(page)).every((state) => state === "sent"), "all messages to be sent");

export const roomId = async (page, name) =>
    Number(await page.$$eval(byId("room-row"), (rows, name) => rows.find((row) => row.innerText.includes(name)).dataset.room, name));

// By a click in the list of rooms.
export async function openRoom(page, name) {
    await page.click(`${byId("room-row")}:has-text("${name}")`);
    await waitRoom(page, name);
}

// A public room, by its address and the button that stands there in place of the composer.
export async function joinRoom(page, id, name) {
    await page.evaluate((id) => (location.hash = `#/room/${id}`), id);
    await waitRoom(page, name);
    await page.click(byId("room-join"));
    await page.waitForSelector(byId("composer"), { state: "visible" });
    await waitRoom(page, name);
}

// ---- others on the same server ---------------------------------------------------------------------------------------

const PIPELINE_N = 100; // questions on their way at once

// Somebody with a stock client in a room (a name; made if there is none): { socket, user, room, say, sayMany, edit, remove,
// react, read, typing, texts }. Without a name it is somebody new.
export async function speaker(t, server, name = freshName("speaker"), { room = "lobby", kind = "public", guest = true, socket = {} } = {}) {
    const user = await createUser(server, name, { guest });
    return speakerAs(t, server, user, { room, kind, socket });
}

export async function speakerAs(t, server, user, { room = "lobby", kind = "public", socket: options = {} } = {}) {
    const socket = await chatSocket(t, server, user, { transports: ["websocket"], ...options });
    const must = async (event, payload) => {
        const reply = await ask(socket, event, payload);
        assert.equal(reply.ok, true, `${event} ${JSON.stringify(payload)}: ${JSON.stringify(reply)}`);
        return reply;
    };
    // As the protocol wants it from clients: what should be sent again is, under the same cid.
    const sendPatiently = async (message) => {
        for (;;) {
            const reply = await ask(socket, "send", message);
            if (reply.ok) return;
            assert.equal(reply.error.retry, "same", JSON.stringify(reply));
            await sleep(reply.error.retry_after_ms ?? 100);
        }
    };
    await must("resume", { rooms: {} });
    let joined = await ask(socket, "room.join", { room });
    if (!joined.ok) joined = await must("room.create", { name: room, kind });
    const id = joined.room.id;
    const message = (text, more) => ({ room: id, cid: cid(), text, ...more });
    const messages = () => of(socket, "event").filter((event) => event.room === id && event.kind === "message").map((event) => event.message);
    return {
        socket, user, must, room: id,
        say: (text, more) => must("send", message(text, more)),
        async sayMany(from, to, textOf = (n) => `number ${n}`) {
            for (let n = from; n < to; n += PIPELINE_N) {
                const some = Array.from({ length: Math.min(PIPELINE_N, to - n) }, (_, i) => message(textOf(n + i)));
                await Promise.all(some.map(sendPatiently));
            }
        },
        // Without waiting for an answer.
        sayOnly: (text) => socket.emit("send", message(text), () => {}),
        edit: (seq, text, rev = 1) => must("edit", { room: id, seq, rev, text }),
        remove: (seq) => must("delete", { room: id, seq }),
        react: (seq, emoji, on = true) => must("react", { room: id, seq, emoji, on }),
        read: (seq) => must("read", { room: id, seq }),
        typing: (on) => socket.emit("typing", { room: id, on }, () => {}),
        texts: () => messages().map((one) => one.text),
        hears: (n) => until(() => messages().length >= n, () => `${n} messages, heard ${messages().length}`),
    };
}
