// What every engine has to do for one person: an input method, the keyboard alone, pasted pictures, very large letters, Arabic, several tabs and devices,
// and nobody else who hears of it.
// tincan-test: reactors=2 timeout=300 slots=2
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { bodies, eachEngine, inside, overflow, say, signIn, waitAllSent, waitBody } from "./acceptance_lib.mjs";
import { OURS_ONLY, ROOT, atEnd, sleep, speaker, until } from "./lib.mjs";

const PICTURE = { name: "a picture.png", type: "image/png", base64: readFileSync(join(ROOT, "public", "icons", "tincan-192.png")).toString("base64") };
const PASSWORD = "ana's long password";
const ZOOMED = { width: 320, height: 256 }; // 1280 x 1024 at 400 %

// Another server, which nobody should ask for anything: what it was asked for.
async function startElsewhere(t) {
    const asked = [];
    const server = http.createServer((request, response) => {
        asked.push(request.url);
        response.writeHead(200, { "Access-Control-Allow-Origin": "*" }).end();
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    atEnd(t, () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
    return { asked, url: `http://127.0.0.1:${server.address().port}` };
}

// Not every engine lets a test permit notifications, or has any: instead of the engine's own, one that keeps what it was given. The
// page asks for it when there is something to tell.
function keepNotices() {
    document.hasFocus = () => false;
    window.noticed = [];
    window.Notification = class {
        static permission = "granted";
        constructor(title, { body, tag }) {
            Object.assign(this, { title, body, tag });
            window.noticed.push(this);
        }
        close() {}
    };
    dispatchEvent(new Event("blur"));
}

const notices = (page) => page.evaluate(() => window.noticed.map(({ title, body }) => `${title}: ${body}`));

// What the list of rooms says of one, by its attributes and to the eye.
const counts = (page, room) => page.find(`[data-room="${room}"]`, (row) => {
    const shown = (id) => {
        const badge = row.querySelector(`[data-testid=${id}]`);
        return badge.hidden ? "" : badge.textContent;
    };
    return [row.dataset.unread, row.dataset.mentions, shown("unread-badge"), shown("mention-badge")].join();
});

// By the settings, as a person does it: the page loads again.
async function choose(page, language, direction) {
    await page.click("settings-open");
    await page.click('dialog [data-act="choice"][data-key="1"]');
    await page.click({ css: '[data-testid="settings-language"] [data-act="choice"]', nth: language });
    await page.waitFor((lang) => document.documentElement.lang === lang, ["", "en", "ar"][language]);
    await inside(page);
    assert.equal(await page.evaluate(() => document.documentElement.dir), direction);
}

// What stands on a side of the window, and is as wide in every language.
const SIDED = ["sidebar", "room-header", "msg-scroll", "attach", "composer-input", "emoji-open", "send", "settings-open", "search-open",
    "room-menu", ".row:not([data-compact]) .avatar"];

// Where each of them begins and ends, from the left.
async function sides(page) {
    const found = {};
    for (const one of SIDED) {
        const { left, right } = await page.rect(one);
        found[one] = [left, right].map(Math.round);
    }
    return found;
}

// Of the messages that show their author: which way its text runs, and how far its box is from its author's picture.
const ways = (page) => page.findAll(".row:not([data-compact])", (rows) => rows.map((row) => {
    const body = row.querySelector("[data-testid=msg-body]");
    const [at, picture] = [body, row.querySelector(".avatar")].map((element) => element.getBoundingClientRect());
    const gap = document.documentElement.dir === "rtl" ? picture.left - at.right : at.left - picture.right;
    return [getComputedStyle(body.firstElementChild ?? body).direction, Math.round(gap)].join();
}));

// In the page: which way code blocks run, and where they reach out of what they are in.
const codeIn = (all) => all.map((pre) => {
    const at = pre.getBoundingClientRect(), out = [];
    for (const name of [".code", ".content"]) {
        const room = pre.closest(name).getBoundingClientRect();
        for (const [side, by] of Object.entries({ left: room.left - at.left, right: at.right - room.right, bottom: at.bottom - room.bottom })) {
            if (by > 1) out.push(`${side} of ${name} by ${by} px`);
        }
    }
    return { direction: getComputedStyle(pre).direction, out };
});

eachEngine((scene) => {
    const { name } = scene;
    const step = (what, f) => test(`${name}: ${what}`, { skip: OURS_ONLY }, f);

    step("Enter that ends an input method's composition does not send, the next one does", async () => {
        await scene.start();
        scene.elsewhere = await startElsewhere(scene.t);
        scene.ana = await scene.engine.open(scene.server.url);
        await signIn(scene.ana, "ana", { password: PASSWORD });
        scene.bo = await speaker(scene.t, scene.server, "bo");
        await scene.ana.compose("composer-input", "日本");
        assert.equal(await scene.ana.value("composer-input"), "日本");
        assert.deepEqual(await bodies(scene.ana), []);
        await scene.ana.press("Enter");
        await waitBody(scene.ana, "日本");
        assert.equal(await scene.ana.value("composer-input"), "");
        await scene.bo.hears(1);
        assert.deepEqual(scene.bo.texts(), ["日本"]);
    });

    step("by the keyboard alone one writes, answers a message, and changes one's own", async () => {
        const { ana } = scene;
        const hasFocus = (id) => ana.waitFor((id) => document.activeElement.dataset.testid === id, id);
        const onRow = (text) => ana.waitFor((text) => document.activeElement.matches("article") && document.activeElement.innerText.includes(text), text);
        await ana.type("first\n");
        await waitBody(ana, "first");
        await ana.press("Control+k");
        await hasFocus("switcher-input");
        await ana.press("Escape");
        await hasFocus("composer-input");
        await ana.press("Shift+F6");
        await onRow("first");
        await ana.press("ArrowUp");
        await onRow("日本");
        await ana.press("r");
        await hasFocus("composer-input");
        await ana.type("an anser\n");
        await waitBody(ana, "an anser");
        await waitAllSent(ana);
        assert.match(await ana.text("msg-quote"), /日本/);
        await ana.press("ArrowUp");
        await ana.waitFor(() => document.getElementById("composer-input").value === "an anser");
        await ana.press("End");
        for (let n = 0; n < 3; n++) await ana.press("Backspace");
        await ana.type("swer\n");
        await waitBody(ana, "an answer");
        await waitAllSent(ana);
        assert.deepEqual(await bodies(ana), ["日本", "first", "an answer"]);
    });

    step("a pasted picture is uploaded, and shown to everybody", async () => {
        await scene.ana.files("composer-input", "paste", [PICTURE]);
        await scene.ana.waitShown("upload-row");
        await say(scene.ana, "look");
        await waitBody(scene.ana, "look");
        await waitAllSent(scene.ana);
        await scene.bo.hears(4);
        const { message } = scene.bo.socket.events.findLast(([event]) => event === "event")[1];
        assert.deepEqual(message.files.map(({ type, width }) => [type, width]), [["image/png", 192]]);
        await scene.ana.waitFor(() => document.querySelector("[data-testid=msg-image] img")?.naturalWidth > 0);
        await scene.ana.waitGone("upload-row");
    });

    step("at 400 % one reads and writes without scrolling sideways", async () => {
        await scene.bo.say(`${"x".repeat(300)} https://${"very-long-".repeat(30)}example.org`);
        await scene.bo.say("```\n" + "code ".repeat(100) + "\n```");
        await scene.ana.resize(ZOOMED);
        try {
            await say(scene.ana, "small");
            await waitBody(scene.ana, "small");
            await scene.ana.frames(4);
            assert.equal(await overflow(scene.ana), 0);
            const inWindow = (box) => box.left >= 0 && box.top >= 0 && box.right <= ZOOMED.width && box.bottom <= ZOOMED.height;
            for (const id of ["composer-input", "send"]) assert.ok(inWindow(await scene.ana.rect(id)), `${id} is in the window`);
            const list = await scene.ana.rect("msg-scroll");
            assert.ok(list.height >= ZOOMED.height / 4, `the list has ${list.height} px`);
            await scene.ana.waitFor(() => {
                const box = document.getElementById("scroller").getBoundingClientRect();
                const last = [...document.querySelectorAll("[data-testid=msg-body]")].at(-1).getBoundingClientRect();
                return last.bottom > box.top && last.bottom <= box.bottom + 1;
            });
            await scene.ana.shot("zoomed");
        } finally {
            await scene.ana.resize({ width: 1280, height: 800 });
        }
    });

    step("in Arabic everything stands on the other side, and each text runs its own way", async () => {
        await scene.bo.say("hello, all of you");
        const omar = await speaker(scene.t, scene.server, "omar");
        await omar.say("مرحبا بالجميع، hello");
        await waitBody(scene.ana, "مرحبا بالجميع، hello");
        const [before, waysBefore] = [await sides(scene.ana), await ways(scene.ana)];
        assert.deepEqual(waysBefore.slice(-2), ["ltr,12", "rtl,12"]);
        await choose(scene.ana, 2, "rtl");
        await scene.ana.shot("arabic");
        const mirrored = ([left, right]) => [scene.ana.viewport.width - right, scene.ana.viewport.width - left];
        assert.deepEqual(await sides(scene.ana), Object.fromEntries(Object.entries(before).map(([one, at]) => [one, mirrored(at)])));
        assert.deepEqual(await ways(scene.ana), waysBefore);
        assert.ok(await scene.ana.findAll("msg-body", (all) => all.every((body) => getComputedStyle(body).textAlign === "start")));
        assert.equal(await overflow(scene.ana), 0);
        assert.match(await scene.ana.text("conn-state"), /متصل/);
        // Code runs from the left in any language, inside its message, and its scroll bar covers nothing of the next.
        await omar.say("انظر\n```\n" + "code ".repeat(100) + "\n```");
        await scene.ana.resize({ width: 800, height: 800 });
        await scene.ana.waitFor(() => document.querySelectorAll(".body pre").length === 2);
        for (const code of await scene.ana.findAll(".body pre", codeIn)) assert.deepEqual(code, { direction: "ltr", out: [] });
        await scene.ana.resize({ width: 1280, height: 800 });
        await say(scene.ana, "شكرا");
        await waitBody(scene.ana, "شكرا");
        await choose(scene.ana, 1, "ltr");
    });

    step("badges are the same in two browsers of one person; of two tabs one notifies", async () => {
        scene.tab = await scene.ana.profile.open(scene.server.url);
        await inside(scene.tab);
        scene.other = await scene.engine.open(scene.server.url);
        await signIn(scene.other, "ana", { password: PASSWORD, account: "login" });
        const ops = await speaker(scene.t, scene.server, "chen", { room: "ops", kind: "private", guest: false });
        await ops.must("room.invite", { room: ops.room, user: "ana" });
        const pages = [scene.ana, scene.tab, scene.other];
        for (const page of pages) {
            await page.waitShown(`[data-room="${ops.room}"]`);
            await page.evaluate(keepNotices);
        }
        await ops.sayMany(0, 3);
        await ops.say("@ana you, too");
        for (const page of pages) await until(async () => (await counts(page, ops.room)) === "4,1,4,1", `four unread, one mention in ${name}`);
        await until(async () => (await notices(scene.other)).length === 4, "the other browser to notify");
        await sleep(200); // for one that must not come
        const told = [await notices(scene.ana), await notices(scene.tab)].filter((all) => all.length);
        assert.deepEqual(told, [await notices(scene.other)], "one tab told it, and all of it");
        assert.equal(told[0].at(-1), "chen in #ops: @ana you, too");
        await scene.other.evaluate(() => {
            document.hasFocus = () => true;
            dispatchEvent(new Event("focus"));
        });
        await scene.other.click(`[data-room="${ops.room}"]`);
        for (const page of pages) await until(async () => (await counts(page, ops.room)) === "0,0,,", `it to be read in ${name}`);
    });

    step("nobody else was asked for anything, and nothing was thrown in any page", async () => {
        const { url, asked } = scene.elsewhere;
        await scene.bo.say(`${url}/link.png ![](${url}/picture.png) <img src=${url}/markup.png> [x](${url}/x)`);
        await scene.other.click(`[data-room="${scene.bo.room}"]`);
        for (const page of [scene.ana, scene.tab, scene.other]) {
            await page.waitFor((link) => [...document.querySelectorAll("[data-testid=msg-body]")].some((body) => body.innerText.includes(link)), `${url}/link.png`);
            const hosts = new Set((await page.requests()).map((address) => new URL(address).origin));
            assert.deepEqual([...hosts], [scene.server.url]);
        }
        assert.deepEqual(asked, []);
        await scene.end();
    });
});
