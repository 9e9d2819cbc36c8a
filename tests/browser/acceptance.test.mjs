// What every engine has to do with our page: people sign in and chat, nothing moves a reader, axe-core finds nothing, nothing is
// wider than the window; with pictures of what was shown in build/screens.
// tincan-test: reactors=2 timeout=300 slots=2
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAxeClean } from "./axe.mjs";
import { ENGINES, VIEWPORTS, startEngine } from "./engines.mjs";
import { OURS_ONLY, speaker, startServer } from "./lib.mjs";

const appIs = (state) => document.documentElement.dataset.app === state;
const shows = (text) => [...document.querySelectorAll("[data-testid=msg-body]")].some((body) => body.textContent.includes(text));

async function signIn(page, name) {
    await page.waitFor(appIs, "login");
    await page.fill("login-name", name);
    await page.click("login-submit");
    await page.waitFor(appIs, "ready");
    await page.waitFor(() => ["live", "polling"].includes(document.documentElement.dataset.conn));
    await page.waitFor(() => !document.getElementById("composer").hidden);
}

async function say(page, text) {
    await page.fill("composer-input", text);
    await page.press("Enter");
}

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const name of ENGINES) {
    test(`${name}: two people sign in, chat and are not disturbed`, { skip: OURS_ONLY }, async (t) => {
        const server = await startServer(t);
        const engine = await startEngine(t, name);
        const ana = await engine.open(server.url);
        await ana.waitFor(appIs, "login");
        await assertAxeClean(ana, "the form");
        await ana.shot("login");
        await signIn(ana, "ana");
        const bo = await engine.open(server.url, { viewport: VIEWPORTS.phone, colorScheme: "dark" });
        await signIn(bo, "bo");
        await say(ana, "hello **bo**");
        await bo.waitFor(shows, "hello bo");
        await say(bo, "hello ana");
        await ana.waitFor(shows, "hello ana");
        await ana.waitFor(() => [...document.querySelectorAll("[data-testid=msg-row]")].every((row) => row.dataset.state === "sent"));
        for (const theme of ["light", "dark", "contrast"]) {
            await ana.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
            await assertAxeClean(ana, `the room, ${theme}`);
        }
        await assertAxeClean(bo, "the room on a phone, dark");
        await ana.shot("room");
        await bo.shot("room");
        await bo.resize({ width: 320, height: 640 });
        assert.equal(await wide(bo), 0);
    });

    test(`${name}: a reader's row stays where it is`, { skip: OURS_ONLY }, async (t) => {
        const server = await startServer(t);
        const engine = await startEngine(t, name);
        const page = await engine.open(server.url, { viewport: { width: 900, height: 600 } });
        await signIn(page, "reader");
        const other = await speaker(t, server, "other");
        const textOf = (n) => `number ${n} ${n % 4 ? "" : "and more ".repeat(30)}`;
        await other.sayMany(0, 150, textOf);
        await page.waitFor(shows, "number 149");
        await page.wheel("msg-scroll", -900);
        await page.waitFor(() => {
            const box = document.getElementById("scroller");
            return box.scrollHeight - box.clientHeight - box.scrollTop > 300;
        });
        const top = () => page.evaluate(() => {
            const edge = document.getElementById("scroller").getBoundingClientRect().top;
            window.anchor ??= [...document.querySelectorAll("[data-testid=msg-row]")].find((row) => row.getBoundingClientRect().top >= edge);
            return window.anchor.getBoundingClientRect().top;
        });
        await new Promise((resolve) => setTimeout(resolve, 500)); // the wheel comes to rest
        const before = await top();
        await other.sayMany(150, 160, textOf);
        await page.waitFor(shows, "number 159");
        assert.ok(Math.abs((await top()) - before) <= 1, "what arrives moves nobody");
        await page.click("jump-latest");
        await page.waitFor(() => {
            const box = document.getElementById("scroller");
            return box.scrollHeight - box.clientHeight - box.scrollTop <= 1;
        });

        // Of a page that has loaded the newest only, the older ones come above the reader; then lines break elsewhere.
        await page.waitFor(() => document.querySelector("[data-testid=room-row]").dataset.unread === "0");
        await page.reload();
        await page.waitFor(() => ["live", "polling"].includes(document.documentElement.dataset.conn));
        await page.waitFor(shows, "number 159");
        await page.waitFor(() => document.getElementById("list").ariaBusy !== "true");
        await page.find("msg-scroll", (box) => {
            box.scrollTop = 300;
            const edge = () => box.getBoundingClientRect().top;
            const rows = () => [...document.querySelectorAll("[data-testid=msg-row]")];
            const { seq } = rows().find((row) => row.getBoundingClientRect().top >= edge()).dataset;
            const place = () => rows().find((row) => row.dataset.seq === seq).getBoundingClientRect().top - edge();
            const [from, before] = [rows()[0].dataset.seq, place()];
            window.grown = () => Number(rows()[0].dataset.seq) < Number(from);
            window.moved = () => Math.abs(place() - before);
        });
        await page.waitFor(() => window.grown());
        assert.ok(await page.evaluate(() => window.moved() <= 1), "what is loaded above moves nobody");
        await page.resize({ width: 700, height: 600 });
        await page.waitFor(() => innerWidth === 700); // an engine may take several frames to hear of it
        await page.frames(4);
        assert.ok(await page.evaluate(() => window.moved() <= 1), "nor does another width");
    });
}
