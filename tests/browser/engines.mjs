// One interface over three real engines: Chromium (playwright-core), Firefox ESR (puppeteer-core, WebDriver BiDi) and WebKitGTK
// (WebKitWebDriver and MiniBrowser under Xvfb). A test that is written with it runs in each:
//
//     const engine = await startEngine(t, "firefox");
//     const page = await engine.open(server.url, { viewport: VIEWPORTS.phone, colorScheme: "dark" });
//     await page.fill("composer-input", "hello");
//     await page.press("Enter");
//     await page.waitFor(() => document.querySelectorAll("[data-testid=msg-row]").length === 1);
//
// engine.open makes a profile of its own, another person; profile.open is one more tab of the same person. A target is the
// data-testid of an element, or a CSS selector, or { css, text, nth }: the nth element it selects whose text contains text.
// What a page reports as an error fails the test at its end, unless accept(text) takes it. TINCAN_ENGINES limits the engines.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, WAIT_MS, atEnd, sleep, until, within } from "../it/lib.mjs";
import { startChromium } from "./engine_chromium.mjs";
import { startFirefox } from "./engine_firefox.mjs";
import { startWebkit } from "./engine_webkit.mjs";
import * as inPage from "./engines_in_page.mjs";

const DRIVERS = { chromium: startChromium, firefox: startFirefox, webkit: startWebkit };
export const ENGINES = (process.env.TINCAN_ENGINES ?? "chromium,firefox,webkit").split(",").filter(Boolean);
for (const name of ENGINES) assert.ok(DRIVERS[name], `TINCAN_ENGINES: there is no engine ${name}, only ${Object.keys(DRIVERS)}`);

export const VIEWPORTS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
export const SCREENS = join(ROOT, "build", "screens");

// The engine, closed with all that is open in it at the end of the test (or of the file, with { after }).
export async function startEngine(t, name) {
    const driver = await within(DRIVERS[name](), `${name} to start`, 2 * WAIT_MS);
    atEnd(t, () => within(driver.close(), `${name} to close`));
    return new Engine(t, name, driver);
}

class Engine {
    #t;
    #driver;

    constructor(t, name, driver) {
        this.#t = t;
        this.#driver = driver;
        this.name = name;
        this.version = driver.version;
    }

    // Somebody's browser: nothing is shared with other profiles. t: whose end closes it, and judges its pages.
    // colorScheme: light | dark; reducedMotion: true; timezone: "Europe/Berlin"; locale: "de-DE" (not in WebKitGTK);
    // touch: true (Chromium only).
    async profile({ t = this.#t, accept = () => false, colorScheme = "light", ...options } = {}) {
        const driver = await within(this.#driver.profile({ colorScheme, ...options }), `a profile of ${this.name}`);
        const profile = new Profile(this, driver, { accept, colorScheme });
        atEnd(t, () => profile.close());
        return profile;
    }

    // The first page of a new profile. page.profile.open opens the next.
    async open(url, { viewport, ...options } = {}) {
        return (await this.profile(options)).open(url, { viewport });
    }

    // Every combination of desktop and phone, light and dark: f({ viewport, colorScheme }), one after the other.
    async eachScreen(f) {
        for (const colorScheme of ["light", "dark"]) {
            for (const viewport of Object.values(VIEWPORTS)) await f({ viewport, colorScheme });
        }
    }
}

class Profile {
    #driver;

    constructor(engine, driver, { accept, colorScheme }) {
        this.engine = engine;
        this.#driver = driver;
        this.accept = accept;
        this.colorScheme = colorScheme;
        this.complaints = [];
    }

    async open(url, { viewport = VIEWPORTS.desktop } = {}) {
        const complain = (text) => this.accept(text) || this.complaints.push(text);
        const driver = await within(this.#driver.page(viewport, complain), `a page of ${this.engine.name}`);
        const page = new Page(this, driver, viewport);
        await page.goto(url);
        return page;
    }

    // Close all of its pages and forget what they stored. A complaint of any of them is thrown here.
    async close() {
        if (this.closed) return;
        this.closed = true;
        await within(this.#driver.close(), "the profile to close");
        assert.deepEqual(this.complaints, [], `a page in ${this.engine.name} complained`);
    }
}

function selectorOf(target) {
    const { css, text, nth } = typeof target === "string" ? { css: target } : target;
    return { css: /^[\w-]+$/.test(css) ? `[data-testid="${css}"]` : css, text, nth };
}

const shown = (target) => (typeof target === "string" ? target : JSON.stringify(target));

class Page {
    #driver;

    constructor(profile, driver, viewport) {
        this.profile = profile;
        this.engine = profile.engine;
        this.viewport = viewport;
        this.waitMs = WAIT_MS; // how long it waits in vain
        this.#driver = driver;
    }

    // The driver's own page, for what only it can do: playwright's, puppeteer's, or { call } of WebDriver.
    get native() {
        return this.#driver.native;
    }

    // ---- the page as a whole

    goto(url) {
        return within(this.#driver.goto(url), `${url} to load`);
    }

    reload() {
        return within(this.#driver.reload(), "the page to load again");
    }

    url() {
        return this.evaluate(() => location.href);
    }

    title() {
        return this.evaluate(() => document.title);
    }

    async resize(viewport) {
        this.viewport = viewport;
        await this.#driver.resize(viewport);
        await this.waitFor((size) => innerWidth === size.width && innerHeight === size.height, viewport);
    }

    // Give it the focus: among all windows in Firefox, among those of its profile in WebKitGTK; in Chromium all have it always.
    async front() {
        await this.#driver.front();
        await this.waitFor(() => document.hasFocus());
    }

    close() {
        return within(this.#driver.close(), "the page to close");
    }

    // Run a function in the page: arguments and result are JSON, a promise is waited for.
    async evaluate(f, ...args) {
        const source = `Promise.resolve((${f})(...${JSON.stringify(args)})).then((value) => JSON.stringify([value]))`;
        const [value] = JSON.parse(await within(this.#driver.evaluate(source), `the page to run ${f}`));
        return value ?? undefined;
    }

    // Wait until the function, run in the page, answers something true, and return that.
    async waitFor(f, ...args) {
        let trouble = "";
        const attempt = () => this.evaluate(f, ...args).catch((error) => void (trouble = `; the last attempt failed: ${error.message}`));
        try {
            return await until(attempt, "", this.waitMs);
        } catch {
            throw new Error(`${this.engine.name} waited ${this.waitMs} ms in vain for ${f} with ${JSON.stringify(args)}${trouble}`);
        }
    }

    // n frames further on; in a page that draws none, as a hidden one, not for ever.
    frames(n = 2) {
        return this.evaluate(inPage.frames, n);
    }

    // A picture, written to path if there is one.
    async screenshot(path) {
        const png = await within(this.#driver.screenshot(), "the picture");
        if (path) writeFileSync(path, png);
        return png;
    }

    // Keep a picture of this state: build/screens/<engine>-<state>-<desktop|phone>-<light|dark>.png. Returns its path.
    async shot(state, colorScheme = this.profile.colorScheme) {
        assert.match(state, /^[\w-]+$/, "the name of a state");
        mkdirSync(SCREENS, { recursive: true });
        const kind = this.viewport.width < 640 ? "phone" : "desktop";
        const path = join(SCREENS, `${this.engine.name}-${state}-${kind}-${colorScheme}.png`);
        await this.frames();
        await this.screenshot(path);
        return path;
    }

    // ---- elements

    // Run a function in the page with the element first: find("title", (element) => element.innerText).
    find(target, f, ...args) {
        return this.evaluate(`(at, args) => {
            const element = (${inPage.lookUp})(at)[0];
            if (!element) throw new Error("there is no " + JSON.stringify(at));
            return (${f})(element, ...args);
        }`, selectorOf(target), args);
    }

    // The same with all elements, none being no error.
    findAll(target, f, ...args) {
        return this.evaluate(`(at, args) => (${f})((${inPage.lookUp})(at), ...args)`, selectorOf(target), args);
    }

    count(target) {
        return this.findAll(target, (all) => all.length);
    }

    text(target) {
        return this.find(target, (element) => element.textContent);
    }

    texts(target) {
        return this.findAll(target, (all) => all.map((element) => element.textContent));
    }

    value(target) {
        return this.find(target, (element) => element.value);
    }

    attribute(target, name) {
        return this.find(target, (element, name) => element.getAttribute(name), name);
    }

    rect(target) {
        return this.find(target, (element) => element.getBoundingClientRect().toJSON());
    }

    // Is it there, with a size, and not hidden?
    visible(target) {
        return this.evaluate(`(at) => (${inPage.isVisible})((${inPage.lookUp})(at)[0])`, selectorOf(target));
    }

    waitShown(target) {
        return until(() => this.visible(target), `${shown(target)} to be shown in ${this.engine.name}`, this.waitMs);
    }

    waitGone(target) {
        return until(async () => !(await this.visible(target)), `${shown(target)} to be gone in ${this.engine.name}`, this.waitMs);
    }

    waitText(target, text) {
        return this.waitShown({ ...selectorOf(target), text });
    }

    // The data-testid of what has the focus, or its id or tag.
    focused() {
        return this.evaluate(() => {
            const at = document.activeElement;
            return at?.dataset.testid ?? (at?.id || at?.localName);
        });
    }

    focus(target) {
        return this.find(target, (element) => element.focus());
    }

    // ---- what a person does

    // The middle of the element, once it is shown, enabled, at rest and not covered; scrolled into view if need be.
    async #reach(target) {
        let why = "it was not looked for";
        let last;
        const found = await until(async () => {
            const seen = await this.evaluate(`(at) => (${inPage.reach})((${inPage.lookUp})(at)[0])`, selectorOf(target));
            why = seen.why;
            const rested = last && seen.x === last.x && seen.y === last.y;
            last = seen;
            return !why && rested && seen;
        }, "", this.waitMs).catch(() => {
            throw new Error(`${this.engine.name} cannot reach ${shown(target)}: ${why ?? "it does not come to rest"}`);
        });
        return [found.x, found.y];
    }

    // modifiers: ["Shift", ...]; button: left | right | middle; count: 2 for a double click; hold: ms between down and up.
    async click(target, { modifiers = [], button = "left", count = 1, hold = 0 } = {}) {
        const [x, y] = await this.#reach(target);
        await this.#driver.click(x, y, { modifiers, button, count, hold });
    }

    async hover(target) {
        await this.#driver.move(...(await this.#reach(target)));
    }

    // Real turns of the wheel over the element, px down (or up, if negative).
    async wheel(target, px) {
        await this.#driver.wheel(...(await this.#reach(target)), px);
        await this.frames(4);
    }

    // Move a scroller without a wheel: to px from its top, or from its end if negative (-1 is the very end).
    scroll(target, px) {
        return this.find(target, (box, px) => {
            box.scrollTop = px < 0 ? box.scrollHeight - box.clientHeight + px + 1 : px;
            return box.scrollTop;
        }, px);
    }

    // A key, with what is held meanwhile: "Enter", "Shift+Enter", "Control+k", "Control++". Names as in KeyboardEvent.key.
    press(keys) {
        const parts = keys.split(/(?<=.)\+/);
        return this.#driver.press(parts);
    }

    // Key after key into whatever has the focus; a new line is Enter.
    async type(text) {
        const lines = text.split("\n");
        for (let i = 0; i < lines.length; i++) {
            if (i > 0) await this.press("Enter");
            if (lines[i]) await this.#driver.type(lines[i]);
        }
    }

    // Put text into a field in one go, in place of what is in it, with the events that come with it.
    async fill(target, text) {
        await this.waitShown(target);
        await this.find(target, inPage.fill, text);
    }

    // As an input method writes: composes text, with Enter as its last key, which must not send, and ends. In Chromium the
    // engine's own input method does it, elsewhere the events are made.
    async compose(target, text) {
        await this.focus(target);
        if (this.#driver.compose) await this.#driver.compose(text);
        else await this.find(target, inPage.compose, text);
    }

    // Hand files over, [{ name, type, base64 }]: how is choose (into an input of type file), paste or drop.
    async files(target, how, files) {
        await this.find(target, inPage.files, how, files);
    }

    // Where everything the page loaded came from: addresses.
    requests() {
        return this.evaluate(() => performance.getEntries().filter((entry) => entry.initiatorType).map((entry) => entry.name));
    }

    // Wait a while; only for showing that something does not happen.
    idle(ms) {
        return sleep(ms);
    }
}
