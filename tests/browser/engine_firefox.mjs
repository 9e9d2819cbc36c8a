// Firefox ESR by puppeteer-core over WebDriver BiDi: what engines.mjs asks of a driver.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const PROGRAM = process.env.TINCAN_FIREFOX ?? ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync);

// What a page asks the system about is a preference of the whole browser: one browser for each wish, started when first asked for.
export async function startFirefox() {
    assert.ok(PROGRAM, "there is no /usr/bin/firefox-esr; TINCAN_FIREFOX may name another one");
    const home = mkdtempSync(join(tmpdir(), "tincan-firefox-"));
    const running = new Map();
    const browserFor = (options) => {
        const key = JSON.stringify(options);
        if (!running.has(key)) running.set(key, launch(home, options));
        return running.get(key);
    };
    const wish = ({ colorScheme = "light", reducedMotion = false, timezone = "", locale = "en-US" }) =>
        ({ colorScheme, reducedMotion, timezone, locale });
    const first = await browserFor(wish({}));
    return {
        version: (await first.version()).replace("/", " "),
        profile: async (options) => openProfile(await browserFor(wish(options))),
        close: async () => {
            const browsers = await Promise.allSettled(running.values());
            await Promise.all(browsers.map(({ value }) => value?.close()));
            rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
        },
    };
}

function launch(home, { colorScheme, reducedMotion, timezone, locale }) {
    return puppeteer.launch({
        browser: "firefox", executablePath: PROGRAM, headless: true, defaultViewport: null,
        env: { ...process.env, HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, MOZ_CRASHREPORTER_DISABLE: "1",
            ...(timezone && { TZ: timezone }) },
        extraPrefsFirefox: {
            "layout.css.prefers-color-scheme.content-override": colorScheme === "dark" ? 0 : 1,
            "ui.systemUsesDarkTheme": colorScheme === "dark" ? 1 : 0,
            "ui.prefersReducedMotion": reducedMotion ? 1 : 0,
            "intl.accept_languages": locale,
            "browser.tabs.remote.autostart": true,
            "dom.min_background_timeout_value": 4,
            "toolkit.cosmeticAnimations.enabled": false,
        },
    });
}

async function openProfile(browser) {
    const context = await browser.createBrowserContext();
    return {
        page: async (viewport, complain) => {
            // A window, not a tab: what is behind another tab neither draws nor gets keys.
            const page = await context.newPage({ type: "window" });
            await page.setViewport(viewport);
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
        resize: (viewport) => page.setViewport(viewport),
        screenshot: async () => Buffer.from(await page.screenshot()),
        front: () => page.bringToFront(),
        close: () => page.close(),
        click: (x, y, { modifiers, button, count, hold }) =>
            holding(modifiers, () => page.mouse.click(x, y, { button, count, delay: hold })),
        move: (x, y) => page.mouse.move(x, y),
        wheel: async (x, y, px) => {
            await page.mouse.move(x, y);
            await page.mouse.wheel({ deltaY: px });
        },
        press: (keys) => holding(keys.slice(0, -1), () => page.keyboard.press(keys.at(-1))),
        type: (text) => page.keyboard.type(text),
    };
}
