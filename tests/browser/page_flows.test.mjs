// What people do with rooms and messages in our page, by the pointer and by the keyboard alone, in two windows.
// tincan-test: reactors=2 timeout=240 slots=2
import assert from "node:assert/strict";
import { cid } from "../it/chat_lib.mjs";
import {
    SOON_MS, bodies, browser, byId, joinRoom, openChat, openRoom, pageTest, say, signIn, speaker, startChat, until, waitAllSent, waitApp,
    waitBody, waitRoom,
} from "./page_lib.mjs";

const INPUT = byId("composer-input");

// What has the focus: the id of an element, or the text of a message.
const focus = (page) => page.evaluate(() => {
    const at = document.activeElement;
    return at.localName === "article" ? at.querySelector("[data-testid=msg-body]").innerText : at.id;
});
const waitFocus = (page, what) =>
    until(async () => (await focus(page)) === what, `the focus on ${what}`).catch(async () => assert.equal(await focus(page), what));
const join = (page, speaker, name) => joinRoom(page, speaker.room, name);

pageTest("rooms are changed by a click, by the keyboard alone, and by the browser's back", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    for (const name of ["ops", "random"]) await join(page, await speaker(t, server, `owner.${name}`, { room: name, guest: false }), name);
    await openRoom(page, "lobby");
    const names = await page.$$eval(byId("room-row"), (rows) => rows.map((row) => row.querySelector(".room-label").textContent));
    assert.deepEqual([...names].sort(), ["lobby", "ops", "random"]);
    let at = names.indexOf("lobby");
    for (const [key, way] of [["Alt+ArrowDown", 1], ["Alt+ArrowDown", 1], ["Alt+ArrowDown", 1], ["Alt+ArrowUp", -1]]) {
        await page.keyboard.press(key);
        at = (at + way + names.length) % names.length;
        await waitRoom(page, names[at]);
        assert.equal(await page.$eval('[aria-current="page"]', (row) => row.querySelector(".room-label").textContent), names[at]);
        await waitFocus(page, "composer-input");
    }
    const last = names[at];
    await openRoom(page, names[(at + 1) % names.length]);
    await page.goBack();
    await waitRoom(page, last);
});

pageTest("a link to a public room shows it, and joins it only when that is asked for", async (t) => {
    const server = await startChat(t);
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await bob.must("room.update", { room: bob.room, topic: "What runs where" });
    await bob.sayMany(0, 3);
    const page = await openChat(t, browser, server);
    const members = async () => (await bob.must("room.members", { room: bob.room })).members.length;
    await page.evaluate((id) => (location.hash = `#/room/${id}/2`), bob.room);
    for (const reload of [false, true]) {
        if (reload) await page.reload();
        await waitRoom(page, "ops");
        assert.deepEqual(await bodies(page), ["number 0", "number 1", "number 2"]);
        await until(() => page.$eval('[data-seq="2"]', (row) => "flash" in row.dataset), "the message of the link");
        assert.equal(await page.textContent("#room-topic"), "What runs where");
        assert.equal(await page.textContent("#members-count"), "1");
        assert.match(await page.textContent(byId("read-only")), /You are reading ops\. Join to write\./);
        assert.ok(await page.isHidden(byId("composer")));
    }
    assert.equal(await members(), 1);
    await openRoom(page, "lobby");
    assert.equal(await page.locator(byId("room-row")).count(), 1);
    await page.goBack();
    await waitRoom(page, "ops");
    await bob.say("not told to those who are not in it");
    await waitBody(page, "not told to those who are not in it"); // asked for
    await bob.say("nor this");
    await page.click(byId("room-join"));
    await waitBody(page, "nor this");
    await waitFocus(page, "composer-input");
    assert.equal(await members(), 2);
    await say(page, "here I am");
    await waitAllSent(page);
    await openRoom(page, "lobby");
    assert.equal(await page.locator(byId("room-row")).count(), 2);
});

pageTest("the focus stays where it is while rows move, and goes beside what is gone", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const [ann, bob] = [await speaker(t, server, "ann"), await speaker(t, server, "bob")];
    const mine = (await ann.must("room.members", { room: ann.room })).members.findLast(({ id }) => id < ann.user.id);
    for (const one of [ann, bob]) {
        const { room } = await one.must("dm", { user: mine.id });
        one.direct = room.id;
        await one.must("send", { room: room.id, cid: cid(), text: "hello" });
        await page.waitForSelector(`[data-room="${room.id}"]`);
    }
    const focused = () => page.evaluate(() => document.activeElement.closest("[data-room]")?.dataset.room);
    const order = () => page.$$eval(byId("room-row"), (rows) => rows.map((row) => row.dataset.room));
    await page.focus(`[data-room="${ann.direct}"]`);
    await ann.must("send", { room: ann.direct, cid: cid(), text: "up I go" });
    await until(async () => (await order()).indexOf(String(ann.direct)) < (await order()).indexOf(String(bob.direct)), "the row to move");
    assert.equal(await focused(), String(ann.direct));
    await page.click("#members-button");
    const member = `${byId("member-row")}:has-text("bob")`;
    await page.focus(member);
    await bob.must("room.leave", { room: bob.room });
    await until(async () => (await page.locator(member).count()) === 0, "bob to be listed no more");
    assert.ok(await page.evaluate(() => document.activeElement.closest("aside")), "the focus to stay among the members");
});

pageTest("Alt+Shift goes to rooms with something unread only", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const owners = [];
    for (const name of ["aaa", "bbb", "ccc"]) {
        owners.push(await speaker(t, server, `owner.${name}`, { room: name, guest: false }));
        await join(page, owners.at(-1), name);
    }
    await openRoom(page, "aaa");
    await owners[2].say("look here");
    await page.waitForSelector(`[data-room="${owners[2].room}"][data-unread="1"]`);
    await page.keyboard.press("Alt+Shift+ArrowDown");
    await waitRoom(page, "ccc");
    await waitBody(page, "look here");
});

pageTest("F6 goes round the regions, and Shift+F6 back", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    await waitFocus(page, "composer-input");
    const round = [];
    for (let i = 0; i < 6; i++) {
        await page.keyboard.press("F6");
        round.push(await focus(page));
        if (round.at(-1) === "composer-input") break;
    }
    assert.deepEqual(round, ["self-button", "search-button", "scroller", "composer-input"]);
    for (const place of [...round.slice(0, -1).reverse(), "composer-input"]) {
        await page.keyboard.press("Shift+F6");
        await waitFocus(page, place);
    }
});

pageTest("messages are walked by arrows and letters, and acted on by a letter", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server);
    const bob = await speaker(t, server, "bob");
    for (const text of ["one", "two", "three"]) await bob.say(text);
    await waitBody(page, "three");
    await page.focus(`[data-seq="3"] article`);
    for (const [key, text] of [["ArrowUp", "two"], ["k", "one"], ["j", "two"], ["ArrowDown", "three"]]) {
        await page.keyboard.press(key);
        await waitFocus(page, text);
    }
    await page.keyboard.press("r");
    await waitFocus(page, "composer-input");
    assert.match(await page.textContent(byId("reply-bar")), /bob.*three/);
    assert.equal(await page.inputValue(INPUT), "", "the letter is no text");
    await page.keyboard.press("Escape");
    await until(() => page.isHidden(byId("reply-bar")), "the reply to be cancelled");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.focus(`[data-seq="2"] article`);
    await page.keyboard.press("c");
    await page.waitForSelector(`${byId("toast")}:has-text("Copied")`);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${server.url}/#/room/${bob.room}/2`);
    await waitFocus(page, "two");
    // A browser that refuses: the link is there to be copied by hand.
    const gone = await page.$(byId("toast"));
    await page.evaluate(() => {
        navigator.clipboard.writeText = async () => Promise.reject(new DOMException("no", "NotAllowedError"));
        document.execCommand = () => false;
    });
    await page.keyboard.press("c");
    await page.waitForSelector(`${byId("dialog")}:has-text("Not copied")`);
    assert.equal(await page.evaluate(() => getSelection().toString()), `${server.url}/#/room/${bob.room}/2`);
    assert.equal((await page.$$(byId("toast"))).length, gone && (await gone.isVisible()) ? 1 : 0, "it is not said to be copied");
    await page.keyboard.press("Escape");
    await waitFocus(page, "two");
    await page.keyboard.press("u");
    await page.waitForSelector(byId("new-marker"));
    const marked = await page.$eval(byId("new-marker"), (line) => line.nextElementSibling.dataset.seq);
    assert.equal(marked, "2");
});

pageTest("a reply shows what it answers, and leads there", async (t) => {
    const server = await startChat(t);
    const page = await openChat(t, browser, server, { viewport: { width: 900, height: 500 } });
    const bob = await speaker(t, server, "bob");
    await bob.sayMany(0, 300);
    await bob.say("the answer", { reply_to: 20 });
    await waitBody(page, "the answer");
    await page.click(byId("msg-quote"));
    await until(() => page.$eval('[data-seq="20"]', (row) => "flash" in row.dataset).catch(() => false), "the quoted message");
    const inView = await page.$eval('[data-seq="20"]', (row) => {
        const at = row.getBoundingClientRect(), box = document.getElementById("scroller").getBoundingClientRect();
        return at.top >= box.top && at.bottom <= box.bottom;
    });
    assert.ok(inView);
});

pageTest("ArrowUp edits one's last message; others see the change", async (t) => {
    const server = await startChat(t);
    const ann = await openChat(t, browser, server, { name: "ann" });
    const bob = await openChat(t, browser, server, { name: "bob" });
    await say(ann, "teh message");
    await waitAllSent(ann);
    await say(bob, "mine");
    await waitBody(ann, "mine");
    await ann.focus(INPUT);
    await ann.keyboard.press("ArrowUp");
    await until(async () => (await ann.inputValue(INPUT)) === "teh message", "the message in the composer");
    assert.ok(await ann.isVisible(byId("edit-bar")));
    await ann.fill(INPUT, "the message");
    await ann.keyboard.press("Enter");
    for (const page of [ann, bob]) {
        await waitBody(page, "the message");
        assert.deepEqual(await bodies(page), ["the message", "mine"]);
        assert.equal(await page.textContent(`[data-seq="1"] ${byId("msg-edited")}`), "(edited)");
    }
    assert.equal(await ann.inputValue(INPUT), "");
    assert.ok(await ann.isHidden(byId("edit-bar")));
});

pageTest("a reaction of another is joined and taken back by a click", async (t) => {
    const server = await startChat(t);
    const ann = await openChat(t, browser, server);
    const bob = await speaker(t, server, "bob");
    await bob.say("nice?");
    await bob.react(1, "👍");
    const chip = ann.locator(byId("reaction"));
    const is = (n, pressed) => until(async () =>
        (await chip.innerText()).replace(/\s+/g, "") === `👍${n}` && (await chip.getAttribute("aria-pressed")) === pressed, `${n} thumbs`);
    await is(1, "false");
    await chip.click();
    await is(2, "true");
    await chip.click();
    await is(1, "false");
    await bob.react(1, "👍", false);
    await until(async () => (await chip.count()) === 0, "the reaction to go");
});

pageTest("somebody who writes is named while he does", async (t) => {
    const server = await startChat(t);
    const ann = await openChat(t, browser, server, { name: "ann" });
    const bob = await openChat(t, browser, server, { name: "bob" });
    const line = () => ann.textContent(byId("typing-line"));
    const height = () => ann.$eval(byId("typing-line"), (p) => p.getBoundingClientRect().height);
    const before = await height();
    await bob.focus(INPUT);
    await bob.keyboard.type("hm");
    await until(async () => (await line()) === "bob is typing…", "bob to be seen typing");
    assert.equal(await height(), before, "nothing shifts");
    await bob.keyboard.press("Enter");
    await waitBody(ann, "hm");
    await until(async () => (await line()) === "", "the line to be empty");
});

pageTest("two windows of one person count the same, within a second of reading", async (t) => {
    const server = await startChat(t);
    const password = "ann's long password";
    const one = await openChat(t, browser, server, { name: "ann", password });
    const two = await openChat(t, browser, server, { name: "ann", password, account: "login" });
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await join(one, bob, "ops");
    await two.waitForSelector(`[data-room="${bob.room}"]`);
    await openRoom(one, "lobby");
    await bob.sayMany(0, 5);
    await bob.say("@ann you, too");
    const counts = (page) => page.$eval(`[data-room="${bob.room}"]`, (row) => [row.dataset.unread, row.dataset.mentions].join());
    for (const page of [one, two]) await until(async () => (await counts(page)) === "6,1", "them to be counted");
    await openRoom(one, "ops");
    await until(async () => (await counts(one)) === "0,0", "them to be read");
    const since = Date.now();
    await until(async () => (await counts(two)) === "0,0", "the other window to know");
    assert.ok(Date.now() - since < SOON_MS, `after ${Date.now() - since} ms`);
});

pageTest("marked unread is so on all devices, and stays so until the room is left", async (t) => {
    const server = await startChat(t);
    const password = "ann's long password";
    const one = await openChat(t, browser, server, { name: "ann", password });
    const two = await openChat(t, browser, server, { name: "ann", password, account: "login" });
    const bob = await speaker(t, server, "bob", { room: "ops", guest: false });
    await join(one, bob, "ops");
    await two.waitForSelector(`[data-room="${bob.room}"]`);
    await bob.sayMany(0, 5);
    await waitBody(one, "number 4");
    const unread = (page) => page.$eval(`[data-room="${bob.room}"]`, (row) => row.dataset.unread);
    for (const page of [one, two]) await until(async () => (await unread(page)) === "0", "them to be read");
    await one.focus(`[data-seq="3"] article`);
    await one.keyboard.press("u");
    for (const page of [one, two]) await until(async () => (await unread(page)) === "3", "three to be unread");
    await bob.say("one more");
    await waitBody(one, "one more"); // seen, but not read
    for (const page of [one, two]) await until(async () => (await unread(page)) === "4", "four to be unread");
    await one.waitForTimeout(2500);
    assert.equal(await unread(two), "4");
    await openRoom(two, "ops");
    await until(async () => (await unread(one)) === "0", "the other device to have read them");
});
