// The page of the first start in a browser: by keyboard alone, in both languages, on a phone.
// tincan-test: timeout=120
import assert from "node:assert/strict";
import { OWNER_PASSWORD, setupToken } from "../it/api_lib.mjs";
import { axe, findingsText } from "./axe.mjs";
import { browser, pageTest, startServer, until } from "./page_lib.mjs";

const HOSTILE = `"><img src=x onerror=document.title="owned"> & 'Söhne'`;

for (const [locale, colorScheme, says] of [["en-GB", "light", /2 to 32 of the letters/], ["ar-EG", "dark", /للاسم 2 إلى 32/]]) {
    pageTest(`who is refused goes on where it was wrong, with what was typed (${locale})`, async (t) => {
        const server = await startServer(t);
        const context = await browser.newContext({ locale, colorScheme, viewport: { width: 320, height: 640 } });
        t.after(() => context.close());
        const page = await context.newPage();
        const driver = { evaluate: (f, ...args) => page.evaluate(`(${f})(...${JSON.stringify(args)})`) };
        const clean = async (what) => {
            const findings = await axe(driver);
            assert.equal(findings.length, 0, `${what}:\n${findingsText(findings)}`);
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), `${what} fits`);
        };
        const focused = () => page.evaluate(() => document.activeElement.name);
        const value = (name) => page.inputValue(`[name="${name}"]`);

        await page.goto(`${server.url}/setup?token=${await setupToken(server)}`);
        await clean("the form");
        await page.keyboard.press("Tab");
        assert.equal(await focused(), "workspace");
        await page.keyboard.type(HOSTILE);
        await page.keyboard.press("Tab");
        await page.keyboard.type("e!");
        await page.keyboard.press("Tab");
        await page.keyboard.type(OWNER_PASSWORD);
        await page.keyboard.press("Enter");
        await page.waitForSelector("[role=alert]");
        assert.match(await page.textContent("[role=alert]"), says);
        assert.equal(await focused(), "name");
        assert.equal(await page.getAttribute("[name=name]", "aria-describedby"), await page.getAttribute("[role=alert]", "id"));
        assert.deepEqual([await value("workspace"), await value("name"), await value("password")], [HOSTILE, "e!", ""]);
        assert.equal(await page.locator("img").count(), 0);
        await clean("the refused form");
        await page.fill("[name=name]", "olga");
        await page.keyboard.press("Tab");
        await page.keyboard.type(OWNER_PASSWORD);
        await page.keyboard.press("Enter");
        await page.waitForSelector(`a[href="/"]`);
        await clean("the end of it");
        await page.click(`a[href="/"]`);
        await until(() => page.evaluate(() => document.documentElement.dataset.app === "login"), "the chat's door");
    });
}
