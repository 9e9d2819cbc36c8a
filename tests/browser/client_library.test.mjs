// The client library as WebAssembly in real Chromium, over its WebSocket and fetch, against socket.io's own server and
// tincand: the scenarios of the native library.
// tincan-test: timeout=300 needs=wasm
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Driver, scenarios, startReference } from "../it/client_scenarios.mjs";
import { ROOT, atEnd, launch, openPage, serveFolder } from "./lib.mjs";

const PAGE = process.env.TINCAN_CLIENT_PAGE ?? join(ROOT, "build", "wasm", "bin", "client_page");

class PageDriver extends Driver {
    static async open(t, browser, site) {
        const driver = new PageDriver();
        // Refused requests are part of the scenarios.
        driver.page = await openPage(t, browser, { accept: (text) => text.startsWith("console:") });
        await driver.page.exposeFunction("said", (line) => driver.take(line));
        await driver.page.goto(`${site}/`);
        await driver.page.waitForFunction(() => window.Module?.calledRun);
        atEnd(t, () => driver.page.evaluate(() => window.Module._client_page_end()));
        return driver;
    }

    do(line) {
        return this.page.evaluate((text) => {
            const bytes = window.Module.lengthBytesUTF8(text);
            const at = window.Module._malloc(bytes + 1);
            window.Module.stringToUTF8(text, at, bytes + 1);
            window.Module._client_page_line(at, bytes);
        }, line);
    }
}

let browser;
let site;
const endings = [];
const file = { after: (f) => endings.push(f) };

test("a page can be opened", async () => {
    browser = await launch(file);
    site = await serveFolder(file, PAGE);
});

for (const [name, play] of Object.entries(scenarios)) {
    test(name, async (t) => play(t, await PageDriver.open(t, browser, site)));
}

test("cookies go to another origin only with credentials", async (t) => {
    const { port, io } = await startReference(t, { cookie: true, transports: ["polling"] });
    const cookies = [];
    io.engine.on("headers", (_, request) => cookies.push(request.headers.cookie));
    const driver = await PageDriver.open(t, browser, site);
    for (const [manager, sock, option] of [["a", "r", ""], ["b", "s", "credentials"]]) {
        await driver.do(`manager ${manager} url=http://localhost:${port} transports=polling ${option}`);
        await driver.do(`sock ${sock} ${manager} /`);
        await driver.do(`open ${sock}`);
        await driver.live(sock);
        await driver.send(`${sock} echo ack=${sock} 1`);
        await driver.hears({ ack: sock });
        assert.equal(cookies.some((cookie) => cookie?.startsWith("io=")), option !== "");
    }
});

test("the browser can be closed", async () => {
    for (const end of endings) await end();
});
