// What every engine has to do with our page: people sign in and chat, nothing moves a reader, axe-core finds nothing, nothing is
// wider than the window; with pictures of what was shown in build/screens.
// tincan-test: reactors=2 timeout=300 slots=2
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eachEngine } from "./acceptance_lib.mjs";
import { assertAxeClean } from "./axe.mjs";
import { VIEWPORTS } from "./engines.mjs";
import { OURS_ONLY, ROOT, speaker, startServer } from "./lib.mjs";

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

const PNG = readFileSync(join(ROOT, "public", "icons", "tincan-192.png")).toString("base64");

// In the page: from now on moved() says how far the first row that is wholly in view has moved, below() how far the end is.
function follow() {
    const box = document.getElementById("scroller");
    const edge = () => box.getBoundingClientRect().top;
    const row = [...document.querySelectorAll("[data-testid=msg-row]")].find((row) => row.getBoundingClientRect().top >= edge());
    const place = () => row.getBoundingClientRect().top - edge();
    const before = place();
    window.moved = () => place() - before;
    window.below = () => box.scrollHeight - box.clientHeight - box.scrollTop;
}

// In the page: these keys on both edges.
function pull(...keys) {
    for (const key of keys) for (const id of ["panel-edge", "sidebar-edge"]) {
        document.getElementById(id).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
}

// In the page: what changes its size.
const CHANGES = {
    "larger letters": () => (document.documentElement.style.fontSize = "17px"),
    "many widths": async () => {
        for (let px = 0; px < 30; px++) {
            document.getElementById("main").style.paddingInlineEnd = `${px * 3}px`;
            await new Promise(requestAnimationFrame);
        }
    },
    "smaller letters": () => (document.documentElement.style.fontSize = "11px"),
    "letters as before": () => (document.documentElement.style.fontSize = ""),
    "the width as before": () => (document.getElementById("main").style.paddingInlineEnd = ""),
    "a picture that is there late": async () => {
        const picture = document.querySelector("[data-testid=msg-image] img"), box = () => picture.getBoundingClientRect().height;
        picture.loading = "eager";
        picture.src += "?again";
        const reserved = box();
        await picture.decode();
        if (box() !== reserved) throw new Error(`${reserved} px were kept for a picture of ${box()} px`);
    },
    "a picture of unknown size": async () => {
        const late = new Image();
        late.src = "/icons/tincan-192.png?" + document.images.length;
        document.querySelector('[data-seq="12"] [data-testid=msg-body]').append(late);
        await late.decode();
    },
};

eachEngine((scene) => {
    const { name } = scene;

    test(`${name}: two people sign in, chat and are not disturbed`, { skip: OURS_ONLY }, async (t) => {
        await scene.start();
        const { server, engine } = scene;
        const ana = await engine.open(server.url, { t });
        await ana.waitFor(appIs, "login");
        await assertAxeClean(ana, "the form");
        await ana.shot("login");
        await signIn(ana, "ana");
        const bo = await engine.open(server.url, { t, viewport: VIEWPORTS.phone, colorScheme: "dark" });
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

    test(`${name}: whatever changes its size, a reader's row stays, and who is at the end stays there`, { skip: OURS_ONLY }, async (t) => {
        const server = await startServer(t);
        const other = await speaker(t, server, "other");
        await other.sayMany(0, 70, (n) => `number ${n} ${"and more ".repeat(n % 4 ? n % 7 : 40)}`);
        const page = await scene.engine.open(server.url, { t, viewport: { width: 1100, height: 600 } });
        await signIn(page, "reader");
        await page.files("#main", "drop", [{ name: "a.png", type: "image/png", base64: PNG }]);
        await say(page, "a picture");
        await page.waitFor(() => document.querySelector("[data-testid=msg-image] img")?.complete && document.querySelectorAll("[data-testid=msg-row]").length === 71);
        const changes = {
            ...CHANGES,
            "an edit above": async (n) => {
                await other.edit(10, `number 9\nin${"\nlines".repeat(5 + n)}`, n);
                await page.waitFor((n) => document.querySelector('[data-seq="10"]').innerText.split("lines").length === 6 + n, n);
            },
            "a reaction above": async (n) => {
                await other.react(11, "👍", n % 2 === 1);
                await page.waitFor((n) => document.querySelectorAll('[data-seq="11"] [data-testid=reaction]').length === n % 2, n);
            },
            "what is said": async (n) => {
                await other.say(`said ${n}`);
                await page.waitFor(shows, `said ${n}`);
            },
            "the composer grows": () => page.fill("composer-input", "1\n2\n3\n4\n5"),
            "the composer shrinks": () => page.fill("composer-input", ""),
            "the panel opens": () => page.click("members-open"),
            "a wider panel and sidebar": () => page.evaluate(pull, "Home", "End"),
            "the default widths": () => page.evaluate(pull, "Enter"),
            "a narrower window": () => page.resize({ width: 1030, height: 600 }),
            "the panel closes": () => page.click("panel-close"),
            "a lower window": () => page.resize({ width: 1030, height: 450 }),
            "a wider window": () => page.resize({ width: 1100, height: 600 }),
        };
        // Above the end by so much, where a shorter list ends at once; 0: at the end.
        let n = 0;
        const failed = [];
        await page.idle(400); // the row of the upload goes, and the composer is lower
        for (const px of [900, 0]) {
            await page.find("msg-scroll", (box, px) => (box.scrollTop = box.scrollHeight - box.clientHeight - px), px);
            await page.idle(400); // it comes to rest
            n++;
            for (const [what, f] of Object.entries(changes)) {
                await page.evaluate(follow);
                await (Object.hasOwn(CHANGES, what) ? page.evaluate(f) : f(n));
                await page.frames(4);
                const moved = await page.evaluate((px) => (px ? window.moved() : window.below()), px);
                if (Math.abs(moved) > 1) failed.push(`${px} px above the end, ${what} moved by ${moved} px`);
            }
        }
        assert.deepEqual(failed, []);
    });

    test(`${name}: a reader's row stays where it is`, { skip: OURS_ONLY }, async (t) => {
        const server = await startServer(t);
        const page = await scene.engine.open(server.url, { t, viewport: { width: 900, height: 600 } });
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

        // Of a page that has loaded the newest only, the older ones come above the reader.
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
        await scene.end();
    });
});
