// Whom the page benchmark measures: Tincan's page and the tutorial's, each with its server, what to look for in it, and somebody
// else who talks to it over a socket.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { io } from "socket.io-client";
import { ROOT, Server, atEnd, sleep, startServer, until, within } from "../it/lib.mjs";

const IN_FLIGHT = 64;
const require = createRequire(import.meta.url);

async function connected(t, url, options) {
    const socket = io(url, { transports: ["websocket"], forceNew: true, ...options });
    atEnd(t, () => socket.close());
    await within(new Promise((resolve, reject) => socket.once("connect", resolve).once("connect_error", reject)), `a socket to ${url}`);
    return socket;
}

// ---- Tincan ----------------------------------------------------------------------------------------------------------

async function guest(server, name) {
    const answer = await fetch(`${server.url}/api/v1/guest`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }),
    });
    if (!answer.ok) throw new Error(`no guest: ${await answer.text()}`);
    return (await answer.json()).token;
}

// Somebody in the lobby who talks: say(text) ends when the message is stored.
async function talkInLobby(t, server) {
    const socket = await connected(t, `${server.url}/chat`, { auth: { token: await guest(server, `feed${Date.now() % 1e6}`) } });
    const ask = async (event, payload) => {
        for (;;) {
            const reply = await socket.timeout(20000).emitWithAck(event, payload);
            if (reply.ok) return reply;
            if (reply.error.retry !== "same") throw new Error(`${event}: ${JSON.stringify(reply.error)}`);
            await sleep(reply.error.retry_after_ms);
        }
    };
    const { rooms } = await ask("rooms", {});
    const room = rooms.find(({ name }) => name === "lobby").id;
    return (text) => ask("send", { room, cid: randomUUID().replaceAll("-", ""), text });
}

// In the page: has it written down what it shows to who comes back?
async function isKept() {
    const bases = await indexedDB.databases();
    return bases.length > 0 && new Promise((resolve) => {
        const open = indexedDB.open(bases[0].name);
        open.onsuccess = () => {
            const [store] = open.result.objectStoreNames;
            const count = open.result.transaction(store).objectStore(store).count();
            count.onsuccess = () => (open.result.close(), resolve(count.result > 0));
        };
    });
}

const TINCAN = {
    name: "tincan",
    composer: "[data-testid=composer-input]",
    // The key that sends is pressed here, with the text in the composer.
    sender: "[data-testid=composer-input]",
    scroller: "[data-testid=msg-scroll]",
    row: "[data-testid=msg-body]",
    // Before the program is there, boot.js takes down what is written (browser/page_kept tells that it arrives).
    isUsable: `(document.documentElement.dataset.app === "ready" || document.documentElement.dataset.writing !== undefined)
        && document.querySelector("[data-testid=composer-input]")?.checkVisibility({ visibilityProperty: true })`,
    isLive: `document.documentElement.dataset.conn === "live"`,
    versions: () => process.env.TINCAN_VERSION || "tincand",

    async start(t) {
        return startServer(t, ["--reactors", "1"]);
    },
    // Whoever comes back to the page is signed in, and has what the page keeps of the last visit: the state to open a context with,
    // from somebody who joined as a guest. The HTTP cache is not part of it.
    async signedIn(browser, url) {
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto(url);
        await page.fill("[data-testid=login-name]", `page${randomUUID().slice(0, 8)}`);
        await page.click("[data-testid=login-submit]");
        await until(() => page.evaluate(() => document.documentElement.dataset.conn === "live"), "the guest to be in");
        await until(() => page.evaluate(isKept), "the visit to be kept");
        const state = await context.storageState({ indexedDB: true });
        await context.close();
        return state;
    },
    talk(t, server) {
        return talkInLobby(t, server);
    },
};

// ---- the tutorial ------------------------------------------------------------------------------------------------------

// Vite's production build, made once for each lock file: the folder it is in.
export function buildTutorial() {
    const from = join(ROOT, "tests", "bench", "tutorial");
    const at = join(ROOT, "build", "bench", "tutorial");
    const sources = ["package.json", "package-lock.json", "vite.config.js", "index.html", "src"];
    const lock = readFileSync(join(from, "package-lock.json"), "utf8");
    const stamp = join(at, "installed-lock.json");
    mkdirSync(at, { recursive: true });
    for (const name of sources) cpSync(join(from, name), join(at, name), { recursive: true });
    const run = (command, ...args) => new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: at, stdio: ["ignore", "ignore", "inherit"] });
        child.once("error", reject).once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(" ")} failed in ${at}`))));
    });
    const install = async () => {
        if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
        await run("npm", "ci", "--no-progress", "--loglevel=error");
        writeFileSync(stamp, lock);
    };
    return install().then(() => run("npx", "--no-install", "vite", "build", "--logLevel", "error")).then(() => join(at, "dist"));
}

const versionOf = (name) => JSON.parse(readFileSync(join(ROOT, "build", "bench", "tutorial", "node_modules", name, "package.json"))).version;

const TUTORIAL = {
    name: "tutorial",
    composer: "input",
    sender: "button",
    scroller: "html", // its box has no style that makes it scroll
    row: ".text-white.p-2",
    isUsable: `document.querySelector("input")?.checkVisibility()`,
    isLive: "bench.marks.upgraded !== undefined",
    versions: () => `react ${versionOf("react")}, socket.io-client ${versionOf("socket.io-client")}, vite ${versionOf("vite")}, `
        + `socket.io ${require("socket.io/package.json").version} on node ${process.version}`,

    async start(t) {
        const server = new Server(spawn(process.execPath, [join(ROOT, "tests/bench/tutorial/server.mjs"), this.dist, "0"], { stdio: ["ignore", "pipe", "pipe"] }));
        atEnd(t, () => server.stop());
        return server.listening();
    },
    async signedIn() {},
    async talk(t, server) {
        const socket = await connected(t, server.url, {});
        return async (text) => void socket.emit("message", { text, timestamp: new Date().toISOString() });
    },
};

export const SUBJECTS = { tincan: TINCAN, tutorial: TUTORIAL };

// Say text(0) to text(n - 1), with so many unacknowledged at most.
export async function sayAll(say, n, text, inFlight = IN_FLIGHT) {
    const waiting = new Set();
    for (let i = 0; i < n; i++) {
        const said = say(text(i)).finally(() => waiting.delete(said));
        waiting.add(said);
        if (waiting.size >= inFlight) await Promise.race(waiting);
    }
    await Promise.all(waiting);
}
