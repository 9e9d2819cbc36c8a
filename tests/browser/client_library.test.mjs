// The client library as WebAssembly in real Chromium, over its WebSocket and fetch, against socket.io's own server and
// tincand: the scenarios of the native library.
// tincan-test: timeout=300 needs=wasm
import { join } from "node:path";
import { test } from "node:test";
import { Driver, scenarios } from "../it/client_scenarios.mjs";
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

test("the browser can be closed", async () => {
    for (const end of endings) await end();
});
