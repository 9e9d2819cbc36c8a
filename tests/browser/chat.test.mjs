// Our page in a real Chromium: people chat, over every transport, and whatever happens to the server or the network.
// tincan-test: reactors=1,4 timeout=300 slots=2
import assert from "node:assert/strict";
import {
    bodies, browser, byId, conn, networkComplaint, openChat, openPage, pageTest, say, signIn, speaker, startChat, until,
    waitAllSent, waitBody, waitConn, waitRoom,
} from "./page_lib.mjs";
import { openWay } from "./way.mjs";

const away = (page) => waitConn(page, "reconnecting", "offline", "connecting");
const waitBodies = (page, expected) =>
    until(async () => JSON.stringify(await bodies(page)) === JSON.stringify(expected), `the messages ${expected}`)
        .catch(async () => assert.deepEqual(await bodies(page), expected));

pageTest("two people chat", async (t) => {
    const server = await startChat(t);
    const ann = await openChat(t, browser, server, { name: "ann" });
    const bob = await openChat(t, browser, server, { name: "bob" });
    await say(ann, "Hello, Bob");
    await Promise.all([waitBody(ann, "Hello, Bob"), waitBody(bob, "Hello, Bob")]);
    await say(bob, "Grüße, Ann 👋🏽");
    await Promise.all([waitBody(ann, "Grüße, Ann 👋🏽"), waitBody(bob, "Grüße, Ann 👋🏽")]);
    for (const page of [ann, bob]) {
        assert.deepEqual(await bodies(page), ["Hello, Bob", "Grüße, Ann 👋🏽"]);
        assert.deepEqual(await page.$$eval(byId("msg-author"), (all) => all.map((author) => author.textContent)), ["ann", "bob"]);
        await waitAllSent(page);
    }
    assert.equal(await ann.inputValue(byId("composer-input")), "");
});

for (const [query, states] of [["?transport=polling", ["polling"]], ["?transport=websocket", ["live"]], ["?transport=upgrade", ["live"]]]) {
    pageTest(`two people chat (${query})`, async (t) => {
        const server = await startChat(t);
        const ann = await openChat(t, browser, server, { query, states });
        const bob = await openChat(t, browser, server, { query, states });
        for (let n = 0; n < 10; n++) {
            await say(n % 2 ? ann : bob, `message ${n}`);
            await Promise.all([ann, bob].map((page) => waitBody(page, `message ${n}`)));
        }
        const expected = [...Array(10).keys()].map((n) => `message ${n}`);
        assert.deepEqual(await bodies(ann), expected);
        assert.deepEqual(await bodies(bob), expected);
        assert.ok(states.includes(await conn(ann)));
    });
}

pageTest("the keyboard alone will do: Enter sends, Shift+Enter makes a new line", async (t) => {
    const server = await startChat(t);
    const page = await openPage(t, browser);
    await page.goto(`${server.url}/`);
    await page.waitForSelector(byId("login-name"));
    await until(() => page.evaluate(() => document.activeElement.id === "login-name"), "the name field to have the focus");
    await page.keyboard.type("keys");
    await page.keyboard.press("Enter");
    await waitRoom(page);
    await until(() => page.evaluate(() => document.activeElement.id === "composer-input"), "the composer to have the focus");
    await page.keyboard.type("two");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("lines");
    await page.keyboard.press("Enter");
    await waitBody(page, "two\nlines");
});

// What a body may consist of: what the text means, and never what it says it is.
const ELEMENTS = "p, a, strong, em, s, code, pre, ul, ol, li, blockquote, span, .code, .code *, .spoiler";

pageTest("text is text, never markup", async (t) => {
    const server = await startChat(t);
    const ann = await openChat(t, browser, server);
    const bob = await openChat(t, browser, server);
    const nasty = [
        "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "&lt;b&gt;", "\u202eevil", "javascript:alert(1)",
        "x".repeat(3000), "'\"${1}", "[click](javascript:alert(1))", "**<b onclick=alert(1)>**", "```\n<i>\n```",
        "[x](data:text/html,<script>alert(1)</script>)", "> <svg onload=alert(1)>",
    ];
    for (const text of nasty) await say(ann, text);
    await until(async () => (await bodies(bob)).length === nasty.length, "all messages");
    const shown = await bodies(bob);
    // As written, but for the signs of Markdown.
    const plain = (text) => text.replace(/\*\*|```\n|\n```|^> /g, "");
    nasty.forEach((text, i) => assert.equal(plain(shown[i]), plain(text)));
    const odd = await bob.$$eval(`${byId("msg-body")} *`, (inside, elements) =>
        inside.filter((element) => !element.matches(elements)).map((element) => element.outerHTML), ELEMENTS);
    assert.deepEqual(odd, []);
    const links = await bob.$$eval(`${byId("msg-body")} a`, (all) => all.map((a) => a.getAttribute("href")));
    assert.deepEqual(links.filter((href) => href && !/^https?:/.test(href)), []);
});

pageTest("whatever a stock client says, the page goes on", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    const odd = [
        "\u202e\u2066\ufeffx", "x".repeat(16000), "\n".repeat(200) + "x", "**".repeat(4000) + "x", "> ".repeat(3000) + "x", "[".repeat(8000),
        "`".repeat(7999) + "x", "||".repeat(3000) + "x", `${"  ".repeat(50)}- x\n`.repeat(100), "😀".repeat(16000 / 2), "a\u0301".repeat(4000),
        "@".repeat(1000), "https://".repeat(1000), "http://[::1]:80/?" + "%".repeat(2000),
    ];
    for (const text of odd) await stock.say(text);
    const { seq } = await stock.say("edited often");
    for (let rev = 1; rev < 20; rev++) await stock.edit(seq, `edited ${rev}`, rev);
    for (const emoji of ["👍", "🎉", "❤️"]) await stock.react(seq, emoji);
    await stock.say("the last one");
    await waitBody(page, "the last one");
    await waitBody(page, "edited 19");
    assert.equal((await bodies(page)).length, odd.length + 2);
    await say(page, "still here");
    await stock.hears(odd.length + 3);
});

pageTest("a server that is killed while messages stream loses and doubles none", async (t) => {
    let server = await startChat(t);
    const page = await openChat(t, browser, server, { accept: networkComplaint });
    const expected = [];
    for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 8; n++) {
            expected.push(`round ${round} message ${n}`);
            await say(page, expected.at(-1));
            if (n === 4) await server.kill();
        }
        server = await server.again();
        await waitConn(page, "live", "polling");
    }
    await waitAllSent(page);
    await waitBodies(page, expected);
    const other = await openChat(t, browser, server);
    await waitBodies(other, expected);
});

for (const [query, live] of [["", ["live"]], ["?transport=polling", ["polling"]]]) {
    pageTest(`the network breaks and mends: nothing is lost or said twice (${query || "default"})`, async (t) => {
        const server = await startChat(t);
        const way = await openWay(t, server);
        const page = await openChat(t, browser, way, { query, states: live, accept: networkComplaint });
        const stock = await speaker(t, server);
        await say(page, "one");
        await waitBody(page, "one");
        way.cut();
        await away(page);
        for (const text of ["two", "three", "four"]) await say(page, text);
        way.mend();
        await waitConn(page, ...live);
        await stock.hears(4);
        assert.deepEqual(stock.texts(), ["one", "two", "three", "four"]);
        await waitBodies(page, ["one", "two", "three", "four"]);
        await waitAllSent(page);
    });
}

pageTest("a thousand messages in a burst are all shown, in order", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const stock = await speaker(t, server);
    await stock.sayMany(0, 1000, (n) => `burst ${n}`);
    await waitBody(page, "burst 999");
    const shown = await bodies(page);
    // The page may keep fewer rows in the document than it knows messages.
    const first = Number(/\d+/.exec(shown[0])[0]);
    assert.deepEqual(shown, [...Array(1000 - first).keys()].map((n) => `burst ${first + n}`));
    assert.ok(shown.length >= 100);
});

pageTest("somebody with a password comes back on another device, and a wrong one is refused aloud", async (t) => {
    const server = await startChat(t);
    const password = "correct horse battery";
    const first = await openChat(t, browser, server, { name: "ann", password });
    await say(first, "from the first");
    await waitAllSent(first);
    const second = await openPage(t, browser, { accept: (text) => /status of 40[13]/.test(text) });
    await second.goto(`${server.url}/`);
    await second.click(byId("login-way-login"));
    await second.fill(byId("login-name"), "ann");
    await second.fill(byId("login-password"), "wrong horse battery");
    await second.press(byId("login-password"), "Enter");
    await until(async () => (await second.textContent(byId("login-error"))).length > 0, "the refusal");
    assert.equal(await second.inputValue(byId("login-name")), "ann");
    await signIn(second, "ann", { password, account: "login" });
    await waitRoom(second);
    await waitBody(second, "from the first");
    await say(second, "from the second");
    await waitBody(first, "from the second");
});
