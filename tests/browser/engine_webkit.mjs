// WebKitGTK by WebKitWebDriver and MiniBrowser under Xvfb, over plain HTTP: what engines.mjs asks of a driver.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep, until, within } from "../it/lib.mjs";

const LIBRARIES = "/usr/lib";
const ATTEMPTS = 5;
const FRAME_MAX_PX = 200;

function findMiniBrowser() {
    if (process.env.TINCAN_MINIBROWSER) return process.env.TINCAN_MINIBROWSER;
    const folders = readdirSync(LIBRARIES).flatMap((name) => ["4.1", "4.0"].map((abi) => join(LIBRARIES, name, `webkit2gtk-${abi}`, "MiniBrowser")));
    return folders.find(existsSync);
}

// The toolbar of MiniBrowser would keep a window from being as narrow as a phone.
const NARROW = "* { min-width: 0; min-height: 0; padding: 0; margin: 0; border-width: 0; font-size: 1px; }";

// A process that ends with us, whatever ends us.
function child(program, args, options = {}) {
    const process_ = spawn(program, args, { stdio: "ignore", ...options });
    const kill = () => process_.kill("SIGKILL");
    process.on("exit", kill);
    const gone = new Promise((resolve) => process_.once("close", resolve).once("error", resolve)).then(() => process.off("exit", kill));
    return {
        process: process_,
        gone,
        stop: async () => {
            process_.kill("SIGTERM");
            await within(gone, `${program} to end`, 5000).catch(kill);
            await gone;
        },
    };
}

export async function startWebkit() {
    const browser = findMiniBrowser();
    assert.ok(browser, "there is no MiniBrowser of WebKitGTK; TINCAN_MINIBROWSER may name one");
    const home = mkdtempSync(join(tmpdir(), "tincan-webkit-"));
    const profiles = new Set();
    const open = async (options) => {
        const profile = await openProfile({ home, browser }, options);
        profiles.add(profile);
        return profile;
    };
    // The first is opened ahead: its driver knows the version.
    const first = await open({ colorScheme: "light" });
    let ahead = first;
    return {
        version: first.version,
        profile: (options) => {
            const isPlain = options.colorScheme === "light" && Object.values(options).filter(Boolean).length === 1;
            if (!ahead || !isPlain) return open(options);
            const taken = ahead;
            ahead = null;
            return taken;
        },
        close: async () => {
            await Promise.allSettled([...profiles].map((profile) => profile.close()));
            rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
        },
    };
}

// Nobody manages windows: the focus is with the one that is at the pointer, which stays in the middle of the screen. There stands
// the newest window of a profile, which has a screen of its own.
const SCREEN = { width: 4000, height: 3000 };
const MIDDLE = { x: SCREEN.width / 2 - 100, y: SCREEN.height / 2 - 100 };
const ASIDE = { x: 0, y: 0 };

// A screen on a free number.
async function startScreen() {
    const xvfb = child("Xvfb", ["-displayfd", "3", "-screen", "0", `${SCREEN.width}x${SCREEN.height}x24`, "-nolisten", "tcp"],
        { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const failed = xvfb.gone.then(() => assert.fail("Xvfb did not start"));
    failed.catch(() => {});
    const [number] = await Promise.race([once(xvfb.process.stdio[3], "data"), failed]);
    return { display: `:${String(number).trim()}`, stop: () => xvfb.stop() };
}

// Some port below those that the system gives out by itself, with a driver that answers on it.
async function startDriver(env) {
    for (let attempt = 1; ; attempt++) {
        const port = 20000 + Math.floor(Math.random() * 12000);
        const driver = child("WebKitWebDriver", [`--port=${port}`], { env });
        let ended = false;
        driver.gone.then(() => (ended = true));
        for (let i = 0; i < 500 && !ended; i++) {
            const answer = await fetch(`http://127.0.0.1:${port}/status`).then((a) => a.json()).catch(() => null);
            // Somebody else's server on that port would answer too, while ours has ended.
            await sleep(answer ? 0 : 20);
            if (answer?.value?.ready && !ended) return { driver, base: `http://127.0.0.1:${port}` };
        }
        await driver.stop();
        assert.ok(attempt < ATTEMPTS, "WebKitWebDriver does not listen");
    }
}

async function callAt(base, method, path, body) {
    const answer = await fetch(base + path, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (value?.error) throw new Error(`WebKit: ${method} ${path}: ${value.error}: ${value.message}`);
    return value;
}

// A browser process of its own: a driver has one session, and a session is a profile.
async function openProfile({ home, browser }, { colorScheme, reducedMotion, timezone }) {
    const config = mkdtempSync(join(home, "profile-"));
    mkdirSync(join(config, "gtk-3.0"));
    writeFileSync(join(config, "gtk-3.0", "gtk.css"), NARROW);
    writeFileSync(join(config, "gtk-3.0", "settings.ini"),
        `[Settings]\ngtk-enable-animations=${reducedMotion ? 0 : 1}\ngtk-overlay-scrolling=0\n`);
    const screen = await startScreen();
    const env = {
        ...process.env, DISPLAY: screen.display, GDK_BACKEND: "x11", HOME: config, XDG_CONFIG_HOME: config, XDG_CACHE_HOME: config,
        XDG_DATA_HOME: config, GTK_THEME: colorScheme === "dark" ? "Adwaita:dark" : "Adwaita", NO_AT_BRIDGE: "1",
        GSETTINGS_BACKEND: "memory", LANG: "C.UTF-8", LIBGL_ALWAYS_SOFTWARE: "1",
        // Who is root has no other sandbox to run it in.
        WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
        ...(timezone && { TZ: timezone }),
    };
    try {
        const { driver, base } = await startDriver(env);
        const opened = new Session(base, driver, screen);
        await opened.start(browser);
        return opened;
    } catch (error) {
        await screen.stop();
        throw error;
    }
}

class Session {
    #queue = Promise.resolve();
    #current = null;
    #spare = null; // a window in which nothing is open
    #windows = [];

    constructor(base, driver, screen) {
        this.base = base;
        this.driver = driver;
        this.screen = screen;
    }

    async start(browser) {
        const browserOptions = { binary: browser, args: ["--automation"] };
        const wish = { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": browserOptions } } };
        const { sessionId, capabilities } = await callAt(this.base, "POST", "/session", wish).catch(async (error) => {
            await this.driver.stop();
            throw error;
        });
        this.path = `/session/${sessionId}`;
        this.version = `WebKitGTK ${capabilities.browserVersion}`;
        this.#spare = await this.call("GET", "/window");
    }

    // One command after the other: a session has one current window.
    in(window, f) {
        const turn = this.#queue.then(async () => {
            if (window && this.#current !== window) {
                await this.call("POST", "/window", { handle: window });
                this.#current = window;
            }
            return f();
        });
        this.#queue = turn.catch(() => {});
        return turn;
    }

    call(method, path, body) {
        return callAt(this.base, method, this.path + path, body);
    }

    async page(viewport, complain) {
        const window = await this.in(null, async () => {
            const { handle } = this.#spare ? { handle: this.#spare } : await this.call("POST", "/window/new", { type: "window" });
            this.#spare = null;
            return handle;
        });
        this.#windows.push(window);
        const page = new WebkitPage(this, window, complain);
        await page.resize(viewport);
        await this.front(window);
        return page;
    }

    async front(window) {
        const place = (at, one) => this.in(one, () => this.call("POST", "/window/rect", at));
        for (const other of this.#windows) await place(ASIDE, other);
        await place(MIDDLE, window);
    }

    // The session would end with its last window: an empty one takes its place before that.
    closeWindow(window) {
        return this.in(window, async () => {
            this.#windows = this.#windows.filter((other) => other !== window);
            if (this.#windows.length === 0) this.#spare = (await this.call("POST", "/window/new", { type: "window" })).handle;
            await this.call("DELETE", "/window");
            this.#current = null;
        });
    }

    async close() {
        if (this.closed) return;
        this.closed = true;
        await within(this.call("DELETE", ""), "the session to end", 5000).catch(() => {});
        await this.driver.stop();
        await this.screen.stop();
    }
}

// As WebDriver calls the keys that are no characters.
const KEYS = {
    Backspace: 0xe003, Tab: 0xe004, Enter: 0xe007, Shift: 0xe008, Control: 0xe009, Alt: 0xe00a, Escape: 0xe00c, " ": 0x20, PageUp: 0xe00e,
    PageDown: 0xe00f, End: 0xe010, Home: 0xe011, ArrowLeft: 0xe012, ArrowUp: 0xe013, ArrowRight: 0xe014, ArrowDown: 0xe015,
    Insert: 0xe016, Delete: 0xe017, Meta: 0xe03d, ...Object.fromEntries([...Array(12).keys()].map((n) => [`F${n + 1}`, 0xe031 + n])),
};

function keyOf(name) {
    if (KEYS[name]) return String.fromCharCode(KEYS[name]);
    assert.equal([...name].length, 1, `there is no key ${name}`);
    return name;
}

const BUTTONS = { left: 0, middle: 1 };

// There is no telling of complaints in WebDriver: the page keeps them from the moment it has loaded.
const LISTEN = `if (!window.tincanComplaints) {
    const kept = window.tincanComplaints = [];
    addEventListener("error", (event) => kept.push("uncaught: " + event.message + " " + (event.error?.stack ?? "")));
    addEventListener("unhandledrejection", (event) => kept.push("uncaught: " + event.reason + " " + (event.reason?.stack ?? "")));
    const error = console.error;
    console.error = (...args) => { kept.push("console: " + args.join(" ")); error.apply(console, args); };
}`;

class WebkitPage {
    #complain;

    constructor(session, window, complain) {
        this.session = session;
        this.window = window;
        this.#complain = complain;
        this.native = { call: this.#call.bind(this) };
    }

    #call(method, path, body) {
        return this.session.in(this.window, () => this.session.call(method, path, body));
    }

    async goto(url) {
        await this.#heard();
        await this.#call("POST", "/url", { url });
        await this.#call("POST", "/execute/sync", { script: LISTEN, args: [] });
    }

    async reload() {
        await this.#heard();
        await this.#call("POST", "/refresh", {});
        await this.#call("POST", "/execute/sync", { script: LISTEN, args: [] });
    }

    // Pass on what the page complained about until now.
    async #heard() {
        const script = "return (window.tincanComplaints ?? []).splice(0)";
        for (const text of await this.#call("POST", "/execute/sync", { script, args: [] })) this.#complain(text);
    }

    async evaluate(source) {
        const script = `const done = arguments[arguments.length - 1];
            const failed = (error) => done({ error: String(error?.stack ? error + "\\n" + error.stack : error) });
            const heard = () => (window.tincanComplaints ?? []).splice(0);
            try { ${source}.then((value) => done({ value, heard: heard() }), failed); } catch (error) { failed(error); }`;
        const { value, error, heard = [] } = await this.#call("POST", "/execute/async", { script, args: [] });
        for (const text of heard) this.#complain(text);
        if (error !== undefined) throw new Error(error);
        return value;
    }

    // WebDriver sizes the window with its frame and toolbar. On a busy machine the page hears of its size late.
    async resize({ width, height }) {
        let [outerWidth, outerHeight] = [width, height];
        await until(async () => {
            await this.#call("POST", "/window/rect", { width: outerWidth, height: outerHeight });
            const script = "return [innerWidth, innerHeight, outerWidth, outerHeight]";
            const [w, h, ow, oh] = await this.#call("POST", "/execute/sync", { script, args: [] });
            // Only a window that has taken the last size, and whose page has, tells how much its frame takes.
            const known = ow === outerWidth && oh === outerHeight && [ow - w, oh - h].every((px) => px >= 0 && px <= FRAME_MAX_PX);
            if (known) [outerWidth, outerHeight] = [width + ow - w, height + oh - h];
            return w === width && h === height;
        }, `WebKit to make its window ${width} x ${height}`);
    }

    async screenshot() {
        return Buffer.from(await this.#call("GET", "/screenshot"), "base64");
    }

    front() {
        return this.session.front(this.window);
    }

    async close() {
        await this.#heard();
        await this.session.closeWindow(this.window);
    }

    #act(...sources) {
        // Every source acts in the same ticks: the shorter ones wait.
        const ticks = Math.max(...sources.map(({ actions }) => actions.length));
        for (const { actions } of sources) while (actions.length < ticks) actions.push({ type: "pause" });
        return this.#call("POST", "/actions", { actions: sources });
    }

    static #keys(downs, ups = [...downs].reverse()) {
        return {
            type: "key", id: "keys",
            actions: [...downs.map((key) => ({ type: "keyDown", value: key })), ...ups.map((key) => ({ type: "keyUp", value: key }))],
        };
    }

    static #pointer(actions) {
        return { type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions };
    }

    // The driver lets go of the wrong button after a click with the right one, and mistakes every key from then on: what such a
    // click is for is made in the page.
    #contextMenu(x, y) {
        const script = `const [x, y] = arguments;
            const like = { bubbles: true, cancelable: true, view: window, button: 2, buttons: 2, clientX: x, clientY: y };
            document.elementFromPoint(x, y).dispatchEvent(new PointerEvent("contextmenu", like));`;
        return this.#call("POST", "/execute/sync", { script, args: [x, y] });
    }

    async click(x, y, { modifiers, button, count, hold }) {
        if (button === "right") return this.#contextMenu(x, y);
        const keys = modifiers.map(keyOf);
        const press = [{ type: "pointerDown", button: BUTTONS[button] }, ...(hold ? [{ type: "pause", duration: hold }] : []),
            { type: "pointerUp", button: BUTTONS[button] }];
        const clicks = [{ type: "pointerMove", x, y, duration: 0 }, ...Array(count).fill(press).flat()];
        if (keys.length === 0) return this.#act(WebkitPage.#pointer(clicks));
        const pauses = (n) => Array(n).fill({ type: "pause" });
        const held = WebkitPage.#keys(keys);
        held.actions.splice(keys.length, 0, ...pauses(clicks.length));
        return this.#act(held, WebkitPage.#pointer([...pauses(keys.length), ...clicks]));
    }

    move(x, y) {
        return this.#act(WebkitPage.#pointer([{ type: "pointerMove", x, y, duration: 0 }]));
    }

    async wheel(x, y, px) {
        await this.move(x, y);
        await this.#act({ type: "wheel", id: "wheel", actions: [{ type: "scroll", x, y, deltaX: 0, deltaY: px, duration: 0 }] });
    }

    press(keys) {
        return this.#act(WebkitPage.#keys(keys.map(keyOf)));
    }

    type(text) {
        const each = [...text].map(keyOf).flatMap((key) => WebkitPage.#keys([key]).actions);
        return this.#act({ type: "key", id: "keys", actions: each });
    }
}
