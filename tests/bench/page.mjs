// The page benchmark: Tincan's page and the tutorial's in turns, in one Chromium each. page.mjs OPTIONS-AS-JSON prints a JSON line
// for each measurement. Nothing is judged here: tests/bench/run makes the table.
import assert from "node:assert/strict";
import net from "node:net";
import { chromium } from "playwright-core";
import { FLAGS, PROGRAM } from "../browser/engine_chromium.mjs";
import { atEnd, sleep, until } from "../it/lib.mjs";
import { probe } from "./page_probe.mjs";
import { SUBJECTS, buildTutorial, sayAll } from "./page_subject.mjs";

const options = JSON.parse(process.argv[2]);
const LONG_WAIT_MS = 900_000;
// Chromium's own "Slow 4G" (once "Fast 3G").
const SLOW_4G = { offline: false, latency: 562.5, downloadThroughput: 180_000, uploadThroughput: 84_375 };
const VIEWPORT = { width: 1280, height: 800 };

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
const print = (subject, part, figures) => console.log(JSON.stringify({ page: subject.name, part, ...figures }));

// f(t) with a context whose ends are run, whatever happens.
async function scope(f) {
    const ends = [];
    try {
        return await f({ after: (end) => ends.push(end) });
    } finally {
        for (const end of ends.reverse()) await end();
    }
}

// A page of somebody new, not yet gone anywhere: { page, devtools }.
async function newPage(t, browser, subject, server) {
    const context = await browser.newContext({ viewport: VIEWPORT, storageState: await subject.signedIn(browser, server.url) });
    atEnd(t, () => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(LONG_WAIT_MS);
    await page.addInitScript(`(${probe})(() => ${subject.isUsable})`);
    return { page, devtools: await context.newCDPSession(page) };
}

async function waitLive(subject, page) {
    await until(() => page.evaluate(`bench.marks.usable !== undefined && (${subject.isLive})`), `${subject.name}'s page to be live`, 60_000);
}

async function openPage(t, browser, subject, server) {
    const opened = await newPage(t, browser, subject, server);
    await opened.page.goto(server.url);
    await waitLive(subject, opened.page);
    return opened;
}

// ---- over the wire ----------------------------------------------------------------------------------------------------

// A way to the server that counts what passes.
async function countingWay(t, server) {
    const counted = { down: 0, up: 0 };
    const open = new Set();
    const way = net.createServer((near) => {
        const far = net.connect(server.port, "127.0.0.1");
        for (const [from, to, name] of [[near, far, "up"], [far, near, "down"]]) {
            open.add(from);
            from.on("data", (data) => (counted[name] += data.length));
            from.pipe(to);
            from.on("error", () => to.destroy()).on("close", () => to.destroy());
        }
    });
    await new Promise((resolve) => way.listen(0, "127.0.0.1", resolve));
    atEnd(t, () => {
        open.forEach((socket) => socket.destroy());
        return new Promise((resolve) => way.close(resolve));
    });
    return { counted, url: `http://127.0.0.1:${way.address().port}` };
}

async function measureWire(browser, subject) {
    await scope(async (t) => {
        const server = await subject.start(t);
        const { counted, url } = await countingWay(t, server);
        const { page, devtools } = await newPage(t, browser, subject, { ...server, url });
        let [requests, sockets, bodies] = [0, 0, 0];
        await devtools.send("Network.enable");
        devtools.on("Network.requestWillBeSent", ({ request }) => (requests += /^http/.test(request.url)));
        devtools.on("Network.webSocketCreated", () => sockets++);
        devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (bodies += encodedDataLength));
        const before = { ...counted }; // signing in
        await page.goto(url);
        await waitLive(subject, page);
        await sleep(1500);
        print(subject, "wire", {
            down_bytes: counted.down - before.down, up_bytes: counted.up - before.up, page_bytes: bodies, requests, sockets,
        });
    });
}

// ---- loading ------------------------------------------------------------------------------------------------------------

async function measureLoad(browser, subject) {
    await scope(async (t) => {
        const server = await subject.start(t);
        const { page, devtools } = await newPage(t, browser, subject, server);
        await devtools.send("Network.enable");
        await devtools.send("Network.emulateNetworkConditions", SLOW_4G);
        await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
        await devtools.send("Performance.enable");
        await page.goto(server.url);
        await waitLive(subject, page);
        const seen = await page.evaluate(() => ({
            first_paint_ms: performance.getEntriesByName("first-contentful-paint")[0]?.startTime, usable_ms: bench.marks.usable,
            socket_ms: bench.marks.socket, blocked_ms: bench.tasks.reduce((sum, ms) => sum + Math.max(0, ms - 50), 0),
        }));
        const { metrics } = await devtools.send("Performance.getMetrics");
        print(subject, "load", { ...seen, task_ms: 1000 * metrics.find(({ name }) => name === "TaskDuration").value });
    });
}

// ---- from a key to the other tab ------------------------------------------------------------------------------------------

async function sendMarked(subject, page, other, mark) {
    for (const at of [page, other]) await at.evaluate((mark) => bench.want(mark), mark);
    await page.fill(subject.composer, mark);
    await page.focus(subject.sender);
    await page.keyboard.press("Enter");
    const seen = (at) => until(() => at.evaluate((mark) => bench.seen[mark], mark), `${mark} to be seen`);
    const [here, there, key] = await Promise.all([seen(page), seen(other), page.evaluate(() => bench.key)]);
    return { here: here - key, there: there - key };
}

async function measureLatency(browser, subject) {
    await scope(async (t) => {
        const server = await subject.start(t);
        const [{ page }, { page: other }] = [await openPage(t, browser, subject, server), await openPage(t, browser, subject, server)];
        const times = [];
        for (let i = -5; i < options.keys; i++) {
            const time = await sendMarked(subject, page, other, `mark ${String(i + 5).padStart(4, "0")}.`);
            if (i >= 0) times.push(time);
            await sleep(20);
        }
        const [here, there] = [times.map((time) => time.here), times.map((time) => time.there)];
        print(subject, "latency", {
            other_p50_ms: quantile(there, 0.5), other_p99_ms: quantile(there, 0.99), echo_p50_ms: quantile(here, 0.5), echo_p99_ms: quantile(here, 0.99),
        });
    });
}

// ---- many messages ------------------------------------------------------------------------------------------------------

// The numbers of the messages "number N." that a reader can find, by going up to the first.
async function findAll(subject, page, n) {
    const found = new Set();
    let quiet = Date.now();
    let last = "";
    while (found.size < n && Date.now() - quiet < 4000) {
        const texts = await page.evaluate(([row, scroller]) => {
            const box = document.querySelector(scroller);
            const shown = [...document.querySelectorAll(row)].map((element) => element.textContent);
            box.scrollTop -= box.clientHeight * 0.8;
            return shown;
        }, [subject.row, subject.scroller]);
        for (const text of texts) {
            const number = /number (\d+)\./.exec(text)?.[1];
            if (number !== undefined) found.add(number);
        }
        const now = `${found.size} ${texts[0]}`;
        if (now !== last) quiet = Date.now();
        last = now;
        await sleep(20);
    }
    return found.size;
}

async function measureBurst(browser, subject) {
    await scope(async (t) => {
        const server = await subject.start(t);
        const { page } = await openPage(t, browser, subject, server);
        const say = await subject.talk(t, server);
        await sayAll(say, options.burst, (i) => `number ${i}.`, Infinity);
        await sleep(1000);
        print(subject, "burst", { said: options.burst, shown: await findAll(subject, page, options.burst) });
    });
}

async function memoryOf({ page, devtools }) {
    await devtools.send("Performance.enable");
    for (let i = 0; i < 3; i++) await devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    const of = (name) => metrics.find((metric) => metric.name === name).value;
    const wasm = await page.evaluate(() => bench.wasmBytes());
    return { heap_bytes: of("JSHeapUsedSize"), wasm_bytes: wasm, memory_bytes: of("JSHeapUsedSize") + wasm, nodes: of("Nodes") };
}

const waitMark = (page, mark, timeout) =>
    until(() => page.evaluate((mark) => bench.seen[mark], mark), mark, timeout).then(() => true, () => false);

// n messages into the page, each shown. What the tutorial loses is said again; it is told one at a time, as it would lose the rest.
async function fill(subject, page, say, n, from = 0) {
    let said = 0;
    if (subject === SUBJECTS.tincan) {
        const mark = `number ${from + n - 1}.`;
        await page.evaluate((mark) => bench.want(mark), mark);
        await sayAll(say, n, (i) => `number ${from + i}.`);
        assert.ok(await waitMark(page, mark, LONG_WAIT_MS), `${mark} is not shown`);
        return n;
    }
    for (let i = from; i < from + n; i++) {
        const mark = `number ${i}.`;
        await page.evaluate((mark) => bench.want(mark), mark);
        do {
            await say(mark);
            said++;
        } while (!(await waitMark(page, mark, 3000)));
    }
    return said;
}

const framesOf = ({ frames, tasks }) => ({
    frame_p50_ms: quantile(frames, 0.5), frame_p99_ms: quantile(frames, 0.99), frame_max_ms: Math.max(...frames),
    long_tasks: tasks.filter((ms) => ms > 50).length, longest_task_ms: Math.max(0, ...tasks),
});

// With many messages there: memory, and frames while more arrive.
async function measureMany(browser, subject, n) {
    await scope(async (t) => {
        const server = await subject.start(t);
        const opened = await openPage(t, browser, subject, server);
        const say = await subject.talk(t, server);
        const said = await fill(subject, opened.page, say, n);
        const memory = await memoryOf(opened);
        await opened.page.evaluate(() => bench.watchFrames());
        for (let i = 0; i < options.arriving; i++) {
            await say(`arriving ${i}.`);
            await sleep(50);
        }
        await sleep(300);
        print(subject, "many", { messages: n, said, ...memory, ...framesOf(await opened.page.evaluate(() => bench.stop())) });
        if (subject === SUBJECTS.tincan) await measureScroll(subject, opened, n);
    });
}

// Through all of the room, a step a frame, up and down again.
async function measureScroll(subject, opened, n) {
    const before = await memoryOf(opened);
    const walk = (step, mark) => opened.page.evaluate(([scroller, row, step, mark, waitMs]) => new Promise((resolve) => {
        const box = document.querySelector(scroller);
        const end = performance.now() + waitMs;
        const next = () => {
            const rows = document.querySelectorAll(row);
            const edge = rows[step < 0 ? 0 : rows.length - 1];
            const isThere = edge?.textContent.includes(mark) && (step < 0 ? box.scrollTop <= 1 : box.scrollTop + box.clientHeight >= box.scrollHeight - 1);
            if (isThere || performance.now() > end) resolve(isThere);
            else {
                box.scrollTop += step;
                requestAnimationFrame(next);
            }
        };
        next();
    }), [subject.scroller, subject.row, step, mark, 300_000]);
    // The collection of garbage for reading the memory is not in the frames.
    await opened.page.evaluate(() => bench.watchFrames());
    const isUp = await walk(-900, "number 0.");
    const up = await opened.page.evaluate(() => bench.stop());
    const top = await memoryOf(opened);
    await opened.page.evaluate(() => bench.watchFrames());
    const isDown = await walk(900, `arriving ${options.arriving - 1}.`);
    const down = await opened.page.evaluate(() => bench.stop());
    const frames = framesOf({ frames: [...up.frames, ...down.frames], tasks: [...up.tasks, ...down.tasks] });
    const after = await memoryOf(opened);
    print(subject, "scroll", {
        messages: n, reached_first: isUp, reached_last: isDown, ...frames, memory_before_bytes: before.memory_bytes, memory_at_top_bytes: top.memory_bytes,
        memory_after_bytes: after.memory_bytes, grown_percent: 100 * (after.memory_bytes / before.memory_bytes - 1), nodes: after.nodes,
    });
}

// A page that is left open while messages arrive. The flow has begun, and the list is as long as it gets, when memory is first read.
async function measureFlow(browser, subject, n) {
    await scope(async (t) => {
        const server = await subject.start(t);
        const opened = await openPage(t, browser, subject, server);
        const say = await subject.talk(t, server);
        const start = Math.min(1000, n / 10);
        await fill(subject, opened.page, say, start);
        const before = await memoryOf(opened);
        await opened.page.evaluate(() => bench.watchFrames());
        await fill(subject, opened.page, say, n, start);
        const frames = framesOf(await opened.page.evaluate(() => bench.stop()));
        const after = await memoryOf(opened);
        print(subject, "flow", {
            messages: n, ...frames, memory_before_bytes: before.memory_bytes, memory_after_bytes: after.memory_bytes,
            heap_before_bytes: before.heap_bytes, heap_after_bytes: after.heap_bytes, wasm_after_bytes: after.wasm_bytes,
            grown_percent: 100 * (after.memory_bytes / before.memory_bytes - 1), nodes: after.nodes,
        });
    });
}

// ---- in turns ---------------------------------------------------------------------------------------------------------------

const parts = options.parts.split(",");
const subjects = options.subjects.split(",").map((name) => SUBJECTS[name] ?? assert.fail(`no page is called ${name}: ${Object.keys(SUBJECTS)}`));
if (subjects.includes(SUBJECTS.tutorial)) SUBJECTS.tutorial.dist = await buildTutorial();

async function withBrowser(f) {
    await scope(async (t) => {
        const browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
        atEnd(t, () => browser.close());
        await f(browser);
    });
}

const SHORT = { wire: measureWire, load: measureLoad, latency: measureLatency, burst: measureBurst };
for (const [part, measure] of Object.entries(SHORT)) {
    if (!parts.includes(part)) continue;
    for (let round = 0; round < options.rounds; round++) {
        for (const subject of subjects) await withBrowser((browser) => measure(browser, subject));
    }
}
// The tutorial needs minutes for this, so it is done once.
if (parts.includes("many")) {
    for (const subject of subjects) await withBrowser((browser) => measureMany(browser, subject, options.messages));
}
if (parts.includes("flow") && subjects.includes(SUBJECTS.tincan)) {
    await withBrowser((browser) => measureFlow(browser, SUBJECTS.tincan, options.flow));
}
await withBrowser(async (browser) => {
    for (const subject of subjects) console.log(JSON.stringify({ page: subject.name, part: "versions", versions: subject.versions(), browser: `Chromium ${browser.version()}` }));
});
