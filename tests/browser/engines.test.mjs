// The interface over the engines is known good: every function of it, in every engine, against a page of its own.
// tincan-test: timeout=240 slots=2
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import http from "node:http";
import { after, before, test } from "node:test";
import { WebSocketServer } from "ws";
import { axe, assertAxeClean, findingsText } from "./axe.mjs";
import { ENGINES, VIEWPORTS, startEngine } from "./engines.mjs";
import { openWay } from "./way.mjs";
import { until } from "../it/lib.mjs";

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Engines</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><link rel="stylesheet" href="style.css">
<script src="page.js" defer></script></head><body><main><h1 data-testid="title">One</h1>
<p data-testid="item">first</p><p data-testid="item">second</p><p data-testid="item" id="third">third</p>
<button type="button" data-testid="button">Press</button> <button type="button" data-testid="off" disabled>Off</button>
<p data-testid="gone" hidden>gone</p><p data-testid="unseen" class="unseen">unseen</p>
<div class="covered"><button type="button" data-testid="below">Below</button><div data-testid="cover"></div></div>
<label for="field">Field</label> <textarea id="field" data-testid="field"></textarea>
<label for="choice">File</label> <input type="file" id="choice" data-testid="choice" multiple>
<div data-testid="box" tabindex="0" role="region" aria-label="Long"><p class="long">long</p></div>
<button type="button" data-testid="far" class="far">Far below</button></main></body></html>`;
const STYLE = `.unseen { visibility: hidden } .covered { position: relative; width: 6rem } [data-testid=cover] { position: absolute; inset: 0 }
[data-testid=box] { height: 100px; overflow: auto } .long { height: 3000px } .far { margin-top: 2000px }
[data-testid=button]:hover { outline: 3px solid } :root { color-scheme: light dark }`;
const SCRIPT = `window.seen = [];
const say = (...what) => seen.push(what.join(" "));
for (const type of ["click", "auxclick", "dblclick"]) addEventListener(type, (e) => {
  if (e.target.dataset?.testid) say(type, e.target.dataset.testid, e.button, e.shiftKey ? "Shift" : "", e.ctrlKey ? "Control" : "");
});
addEventListener("keydown", (e) => {
  say("key", e.key, e.shiftKey, e.ctrlKey, e.altKey, e.isComposing || e.keyCode === 229);
  if (e.ctrlKey || e.key === "F6") e.preventDefault();
});
for (const type of ["input", "compositionend"]) addEventListener(type, (e) => e.target.type !== "file" && say(type));
addEventListener("contextmenu", (e) => { e.preventDefault(); say("menu", e.target.dataset.testid, e.button); });
addEventListener("paste", (e) => say("paste", [...e.clipboardData.files].map((f) => f.name + f.type + f.size)));
addEventListener("dragover", (e) => e.preventDefault());
addEventListener("drop", (e) => { e.preventDefault(); say("drop", [...e.dataTransfer.files].map((f) => f.name + f.type + f.size)); });
addEventListener("change", (e) => e.target.files && say("change", [...e.target.files].map((f) => f.name + f.type + f.size)));
let down = 0;
addEventListener("pointerdown", () => (down = performance.now()));
addEventListener("pointerup", () => (window.held = performance.now() - down));`;
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src *; require-trusted-types-for 'script'";

let origin, sockets;
const cleanup = [];
const file = { after: (f) => cleanup.push(f) };
before(async () => {
    const files = { "/": ["text/html", PAGE], "/style.css": ["text/css", STYLE], "/page.js": ["text/javascript", SCRIPT] };
    const server = http.createServer((request, response) => {
        const [type, body] = files[new URL(request.url, "http://x").pathname] ?? [];
        response.writeHead(body ? 200 : 404, { "Content-Type": `${type}; charset=utf-8`, "Content-Security-Policy": POLICY }).end(body);
    });
    sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(String(data))));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = { port: server.address().port, url: `http://127.0.0.1:${server.address().port}` };
    cleanup.push(() => {
        sockets.clients.forEach((socket) => socket.terminate());
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
    });
});
after(async () => {
    for (const f of cleanup.reverse()) await f();
});

const seen = (page) => page.evaluate(() => window.seen.splice(0));

for (const name of ENGINES) {
    let engine, page;

    test(`${name} starts and opens a page`, async () => {
        engine = await startEngine(file, name);
        assert.match(engine.version, /^(Chromium|Firefox|firefox|WebKitGTK) \d/);
        page = await engine.open(`${origin.url}/`, { viewport: VIEWPORTS.phone });
        assert.equal(await page.title(), "Engines");
        assert.equal(await page.url(), `${origin.url}/`);
        assert.deepEqual(await page.evaluate(() => [innerWidth, innerHeight]), [390, 844]);
        for (const size of [{ width: 320, height: 640 }, VIEWPORTS.desktop]) {
            await page.resize(size);
            assert.deepEqual(await page.evaluate(() => [innerWidth, innerHeight]), Object.values(size));
        }
    });

    test(`${name} runs functions with arguments, waits for promises, and says what went wrong`, async () => {
        const back = await page.evaluate(async (a, b) => ({ a, b, c: await Promise.resolve([null, "ü"]) }), { x: "👋\u2028" }, null);
        assert.deepEqual(back, { a: { x: "👋\u2028" }, b: null, c: [null, "ü"] });
        assert.equal(await page.evaluate(() => {}), undefined);
        await assert.rejects(page.evaluate(() => { throw new Error("on purpose"); }), /on purpose/);
        await assert.rejects(page.evaluate(() => Promise.reject(new Error("later"))), /later/);
        await page.evaluate(() => void setTimeout(() => (window.later = 7), 50));
        assert.equal(await page.waitFor((n) => window.later === n && window.later, 7), 7);
        await page.frames(3);
        assert.equal(await page.evaluate(() => isSecureContext && typeof WebAssembly), "object");
    });

    test(`${name} finds elements and tells about them`, async () => {
        assert.equal(await page.text("title"), "One");
        assert.equal(await page.count("item"), 3);
        assert.deepEqual(await page.texts("item"), ["first", "second", "third"]);
        assert.equal(await page.text({ css: "item", nth: 1 }), "second");
        assert.equal(await page.text({ css: "item", nth: -1 }), "third");
        assert.equal(await page.attribute({ css: "item", text: "thi" }, "id"), "third");
        assert.equal(await page.text("main > #third"), "third");
        assert.equal(await page.find("title", (element, more) => element.localName + more, "!"), "h1!");
        assert.equal(await page.findAll("nothing", (all) => all.length), 0);
        assert.deepEqual(await Promise.all(["title", "gone", "unseen", "nothing"].map((target) => page.visible(target))), [true, false, false, false]);
        assert.equal((await page.rect("box")).height, 100);
        await page.waitText("title", "One");
        await page.waitGone("gone");
        await assert.rejects(page.text("nothing"), /there is no .*nothing/);
        assert.ok((await page.requests()).some((url) => url.endsWith("/page.js")));
    });

    test(`${name} clicks, hovers and turns the wheel`, async () => {
        await seen(page);
        await page.click("button");
        await page.click("title", { modifiers: ["Shift"] });
        await page.click("button", { modifiers: ["Control"] });
        assert.deepEqual(await seen(page), ["click button 0  ", "key Shift true false false false", "click title 0 Shift ",
            "key Control false true false false", "click button 0  Control"]);
        await page.click("title");
        await seen(page);
        await page.click("button", { count: 2 });
        assert.deepEqual((await seen(page)).map((line) => line.split(" ")[0]).sort(), ["click", "click", "dblclick"]);
        await page.click("title", { button: "right" });
        assert.ok((await seen(page)).includes("menu title 2"));
        await page.click("button", { hold: 300 });
        assert.ok(await page.evaluate(() => window.held) >= 250);
        await page.hover("button");
        assert.equal(await page.find("button", (button) => button.matches(":hover")), true);
        await page.wheel("box", 200);
        await page.waitFor(() => document.querySelector("[data-testid=box]").scrollTop >= 100);
        assert.equal(await page.scroll("box", 10), 10);
        assert.equal(await page.scroll("box", -1), await page.find("box", (box) => box.scrollHeight - box.clientHeight));
        await page.click("far");
        assert.match((await seen(page)).at(-1), /^click far/);
    });

    test(`${name} types, presses and fills`, async () => {
        await page.focus("field");
        assert.equal(await page.focused(), "field");
        await page.type("Grüße? A\nb");
        assert.equal(await page.value("field"), "Grüße? A\nb");
        await page.press("Shift+Enter");
        await page.press("ArrowLeft");
        await page.press("Backspace");
        await page.press("End");
        await page.press("+");
        assert.equal(await page.value("field"), "Grüße? A\n+\n");
        await seen(page);
        for (const keys of ["Control+k", "Alt+ArrowDown", "Control+Shift+F", "Shift+Tab", "F6", "Escape"]) {
            await page.focus("field");
            await page.press(keys);
        }
        const keys = (await seen(page)).filter((line) => /^key (?!Control|Alt|Shift)/.test(line));
        assert.deepEqual(keys, ["key k false true false false", "key ArrowDown false false true false", "key F true true false false",
            `key ${name === "webkit" ? "Unidentified" : "Tab"} true false false false`, "key F6 false false false false", "key Escape false false false false"]);
        await page.press("Tab");
        await page.focus("field");
        await page.press("Shift+Tab");
        assert.notEqual(await page.focused(), "field");
        await page.fill("field", "two\nlines 👋🏽 <b>");
        assert.equal(await page.value("field"), "two\nlines 👋🏽 <b>");
        assert.ok((await seen(page)).includes("input"));
        await page.fill("field", "");
        assert.equal(await page.value("field"), "");
    });

    test(`${name} composes by an input method, and its Enter is known as such`, async () => {
        await page.fill("field", "");
        await seen(page);
        await page.compose("field", "日本");
        const lines = await seen(page);
        assert.equal(await page.value("field"), "日本");
        assert.ok(lines.includes("key Enter false false false true"), lines.join("\n"));
        assert.ok(lines.includes("compositionend"), lines.join("\n"));
    });

    test(`${name} chooses, pastes and drops files`, async () => {
        const files = [{ name: "a.png", type: "image/png", base64: Buffer.from("four").toString("base64") }];
        await seen(page);
        await page.files("choice", "choose", files);
        await page.files("field", "paste", files);
        await page.files("box", "drop", files);
        assert.deepEqual((await seen(page)).filter((line) => line !== "input"), ["change a.pngimage/png4", "paste a.pngimage/png4", "drop a.pngimage/png4"]);
    });

    test(`${name} keeps profiles apart and the pages of one together, and closes each`, async (t) => {
        const other = await engine.open(`${origin.url}/`, { t });
        await page.evaluate(() => (localStorage.mine = "yes"));
        assert.equal(await other.evaluate(() => localStorage.mine), undefined);
        const second = await page.profile.open(`${origin.url}/`, { viewport: VIEWPORTS.phone });
        assert.equal(await second.evaluate(() => localStorage.mine), "yes");
        // Whoever types, all of them go on drawing and have the keys.
        for (const each of [other, second, page]) {
            await each.front();
            await each.fill("field", "");
            await each.focus("field");
            await each.type("x");
            assert.equal(await each.value("field"), "x");
            assert.deepEqual(await each.evaluate(() => [document.visibilityState, document.hasFocus()]), ["visible", true]);
        }
        await second.close();
        await page.close();
        page = await page.profile.open(`${origin.url}/`);
        assert.equal(await page.evaluate(() => localStorage.mine), "yes");
        await page.reload();
        assert.equal(await page.value("field"), "");
    });

    test(`${name} is light or dark, and keeps pictures`, async (t) => {
        const dark = await engine.open(`${origin.url}/`, { t, colorScheme: "dark", reducedMotion: true, viewport: VIEWPORTS.phone });
        const wishes = (at) => at.evaluate(() => ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"].map((wish) => matchMedia(wish).matches));
        assert.deepEqual(await wishes(dark), [true, true]);
        assert.deepEqual(await wishes(page), [false, false]);
        for (const [at, end] of [[dark, "phone-dark"], [page, "desktop-light"]]) {
            const path = await at.shot("self-test");
            assert.ok(path.endsWith(`build/screens/${name}-self-test-${end}.png`), path);
            assert.ok(existsSync(path));
            rmSync(path);
        }
        const png = await dark.screenshot();
        assert.deepEqual([png.toString("latin1", 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)], ["PNG", 390, 844]);
    });

    test(`${name} has a zone of time and a language`, async (t) => {
        const there = await engine.open(`${origin.url}/`, { t, timezone: "Asia/Tokyo", locale: "de-DE" });
        assert.equal(await there.evaluate(() => new Date(0).getHours()), 9);
        if (name !== "webkit") assert.equal(await there.evaluate(() => navigator.language), "de-DE");
    });

    test(`${name}: the way can be cut, mended, stalled and kept free of WebSockets`, async (t) => {
        const way = await openWay(t, origin);
        const there = await engine.open(`${way.url}/`, { t, accept: () => true });
        const load = () => there.evaluate(() => fetch("page.js", { cache: "no-store" }).then((answer) => answer.ok, () => false));
        const echo = () => there.evaluate(() => new Promise((resolve) => {
            const socket = new WebSocket(`ws://${location.host}/`);
            socket.onopen = () => socket.send("hello");
            socket.onmessage = ({ data }) => resolve(data);
            socket.onclose = () => resolve("closed");
        }));
        assert.deepEqual([await load(), await echo()], [true, "hello"]);
        way.cut();
        assert.deepEqual([await load(), await echo()], [false, "closed"]);
        way.mend();
        assert.deepEqual([await load(), await echo()], [true, "hello"]);
        way.webSocket = false;
        assert.deepEqual([await load(), await echo(), way.refused], [true, "closed", 1]);
        way.webSocket = true;
        way.stall();
        const late = load();
        assert.equal(await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 200, "late"))]), "late");
        way.mend();
        assert.deepEqual([await late, await echo()], [true, "hello"]);
    });

    test(`${name}: a complaint of the page fails who opened it`, async () => {
        const profile = await engine.profile();
        const there = await profile.open(`${origin.url}/`);
        await there.evaluate(() => {
            console.error("this is wrong");
            setTimeout(() => { throw new Error("uncaught on purpose"); });
        });
        await until(async () => (await there.url()) && profile.complaints.length === 2, "the complaints");
        await assert.rejects(profile.close(), /this is wrong[^]*uncaught on purpose/);
    });

    test(`${name}: axe says what it finds and where`, async () => {
        await assertAxeClean(page, "the page");
        await page.find("button", (button) => (button.textContent = ""));
        const findings = await axe(page, { within: "main" });
        assert.match(findingsText(findings), /^button-name \(critical\): [^\n]+\n {4}\S*button/);
        assert.deepEqual(await axe(page, { without: ["button-name"] }), []);
    });

    test(`${name} says why something cannot be reached`, async () => {
        const attempts = [["off", /it is disabled/], ["gone", /it has no size/], ["unseen", /it is invisible/], ["below", /it is covered by cover/], ["nothing", /it is not there/]];
        page.waitMs = 1000;
        const outcomes = await Promise.allSettled(attempts.map(([target]) => page.click(target)));
        outcomes.forEach(({ reason }, i) => assert.match(reason?.message ?? "clicked", attempts[i][1]));
        await assert.rejects(page.waitFor(() => false), /in vain for \(\) => false/);
    });
}
