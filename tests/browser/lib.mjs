// What the browser tests share: a real Chromium, pages that fail the test when they complain, and our page's names.
import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import http from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { WAIT_MS, atEnd, until } from "../it/lib.mjs";

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

// A page in a profile of its own. What it reports as an error fails the test at its end, unless accept(text) takes it.
export async function openPage(t, browser, { accept = () => false, ...options } = {}) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
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

export const waitConn = (page, ...states) =>
    until(async () => states.includes(await conn(page)), `the page's connection to be ${states.join(" or ")}`);

// Open our page and wait until one can chat. query: what stands behind the address, as "?transport=polling".
export async function openChat(t, browser, server, { query = "", states = ["live"], ...options } = {}) {
    const page = await openPage(t, browser, options);
    await page.goto(`${server.url}/${query}`);
    await until(async () => (await app(page)) === "ready", "the page to be ready");
    await waitConn(page, ...states);
    return page;
}

export async function say(page, text) {
    await page.fill(byId("composer-input"), text);
    await page.click(byId("send"));
}

// The texts of all message rows, oldest first.
export const bodies = (page) =>
    page.$$eval(`${byId("msg-row")} ${byId("msg-body")}`, (rows) => rows.map((row) => row.textContent));

export const waitBody = (page, text, n = 1) =>
    until(async () => (await bodies(page)).filter((body) => body === text).length === n, `"${text}" to be shown`);
