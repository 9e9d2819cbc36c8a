// Chromium by playwright-core: what engines.mjs asks of a driver.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const PROGRAM = process.env.TINCAN_CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
export const FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-sync", "--no-first-run", "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
];

export async function startChromium({ flags = [] } = {}) {
    assert.ok(PROGRAM, "there is no /usr/bin/chromium; TINCAN_CHROMIUM may name another one");
    const browser = await chromium.launch({ executablePath: PROGRAM, args: [...FLAGS, ...flags] });
    return {
        version: `Chromium ${browser.version()}`,
        profile: (options) => openProfile(browser, options),
        close: () => browser.close(),
    };
}

async function openProfile(browser, { colorScheme, reducedMotion, timezone, locale = "en-US", touch = false }) {
    const context = await browser.newContext({
        colorScheme, locale, timezoneId: timezone, reducedMotion: reducedMotion ? "reduce" : "no-preference", hasTouch: touch,
        isMobile: touch,
    });
    return {
        page: async (viewport, complain) => {
            const page = await context.newPage();
            await page.setViewportSize(viewport);
            page.on("pageerror", (error) => complain(`uncaught: ${error.stack ?? error}`));
            page.on("console", (message) => message.type() === "error" && complain(`console: ${message.text()}`));
            return driverOf(page);
        },
        close: () => context.close(),
    };
}

function driverOf(page) {
    const holding = async (keys, f) => {
        for (const key of keys) await page.keyboard.down(key);
        await f();
        for (const key of [...keys].reverse()) await page.keyboard.up(key);
    };
    return {
        native: page,
        goto: (url) => page.goto(url),
        reload: () => page.reload(),
        evaluate: (source) => page.evaluate(source),
        resize: (viewport) => page.setViewportSize(viewport),
        screenshot: () => page.screenshot(),
        front: () => page.bringToFront(),
        close: () => page.close({ runBeforeUnload: false }),
        click: (x, y, { modifiers, button, count, hold }) =>
            holding(modifiers, () => page.mouse.click(x, y, { button, clickCount: count, delay: hold })),
        move: (x, y) => page.mouse.move(x, y),
        wheel: async (x, y, px) => {
            await page.mouse.move(x, y);
            await page.mouse.wheel(0, px);
        },
        press: (keys) => holding(keys.slice(0, -1), () => page.keyboard.press(keys.at(-1))),
        type: (text) => page.keyboard.type(text),
        compose: (text) => compose(page, text),
    };
}

// The engine's input method: the text appears while it is composed, and Enter, which belongs to the method, takes it over.
async function compose(page, text) {
    const devtools = await page.context().newCDPSession(page);
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
    await devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await devtools.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
    await devtools.send("Input.insertText", { text });
    await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
    await devtools.detach();
}
