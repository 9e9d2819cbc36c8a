// What every engine has to do when the server or the network goes away: nothing is lost, said twice, or out of order, what was missed
// is there and marked, and where no WebSocket passes one chats by polling.
// tincan-test: reactors=2 timeout=300 slots=2
import assert from "node:assert/strict";
import { test } from "node:test";
import {
    anyNetwork, bodies, eachEngine, inside, isConn, overflow, say, signIn, stored, waitAllSent, waitBodies, waitBody,
} from "./acceptance_lib.mjs";
import { IS_LONG, OURS_ONLY, sleep, speaker, until } from "./lib.mjs";
import { openWay } from "./way.mjs";

const KILLED_MS = IS_LONG ? 60000 : 2500; // long enough for several tries to fail

const isAway = (page) => isConn(page, "reconnecting", "offline", "connecting");
// A try that meets the server in the middle of its start goes on by polling.
const BACK = ["live", "polling"];
const isBack = (page) => isConn(page, ...BACK);

const isRead = () => document.querySelector("[data-testid=room-row]").dataset.unread === "0";

// The text of the message behind the line "new", if there is one.
const marked = (page) => page.findAll("new-marker", ([line]) => line?.nextElementSibling.querySelector("[data-testid=msg-body]").innerText.trim());

// From the newest of the messages up to the first: what is shown is always one stretch without a hole, and all of it is all messages.
async function walkUp(page, all) {
    await waitBody(page, all.at(-1));
    for (let reached = all.length; reached > 0;) {
        const shown = await bodies(page);
        const from = all.indexOf(shown[0]);
        assert.deepEqual(shown, all.slice(from, from + shown.length));
        assert.ok(from < reached && from + shown.length >= reached, `${from} to ${from + shown.length}, and ${reached}`);
        assert.equal(await page.count("gap-row"), 0);
        reached = from;
        if (reached === 0) return;
        await page.scroll("msg-scroll", 0);
        await until(async () => (await bodies(page))[0] !== shown[0], "older messages");
    }
}

eachEngine((scene) => {
    const { name } = scene;
    const said = [];
    const step = (what, f) => test(`${name}: ${what}`, { skip: OURS_ONLY }, f);

    step("what is written while the server is killed is said once, in order, in both browsers", async () => {
        await scene.start();
        scene.way = await openWay(scene.t, scene.server);
        scene.ana = await scene.engine.open(scene.way.url, { accept: anyNetwork });
        await signIn(scene.ana, "ana");
        scene.bo = await scene.engine.open(scene.server.url, { accept: anyNetwork });
        await signIn(scene.bo, "bo");
        const pages = [scene.ana, scene.bo];
        for (const page of pages) page.waitMs += KILLED_MS; // the longer it was away, the longer the tries are apart
        await say(scene.ana, "before");
        for (const page of pages) await waitBody(page, "before");
        await waitAllSent(scene.ana);
        await scene.server.kill();
        for (const page of pages) await isAway(page);
        for (const text of ["one", "two", "three"]) await say(scene.ana, text);
        await sleep(KILLED_MS);
        assert.deepEqual(await scene.ana.findAll("msg-row", (rows) => rows.map((row) => row.dataset.state)),
            ["sent", "pending", "pending", "pending"]);
        scene.server = await scene.server.again();
        for (const page of pages) await isBack(page);
        await say(scene.bo, "after"); // while hers are on their way: only what one and the same person says has an order
        for (const page of pages) await waitAllSent(page);
        said.push(...await stored(scene.server));
        assert.deepEqual(said.filter((text) => text !== "after"), ["before", "one", "two", "three"]);
        assert.equal(said.length, 5, "each is there once");
        for (const page of pages) await waitBodies(page, said);
    });

    step("what was written in a tab that is closed is said once when the page is opened again", async () => {
        await scene.server.kill();
        await isAway(scene.ana);
        for (const text of ["four", "five"]) await say(scene.ana, text);
        await waitBody(scene.ana, "five");
        const { profile } = scene.ana;
        await scene.ana.close();
        scene.server = await scene.server.again();
        scene.ana = await profile.open(scene.way.url);
        await inside(scene.ana, ...BACK);
        said.push("four", "five");
        await isBack(scene.bo);
        await waitAllSent(scene.ana);
        for (const page of [scene.ana, scene.bo]) await waitBodies(page, said);
        await scene.ana.reload();
        await inside(scene.ana, ...BACK);
        await waitBodies(scene.ana, said);
    });

    step("what others changed, deleted and said while one was away is so afterwards", async () => {
        scene.chen = await speaker(scene.t, scene.server, "chen");
        for (const text of ["keep", "change", "remove"]) await scene.chen.say(text);
        await waitBody(scene.ana, "remove");
        scene.way.cut();
        await isAway(scene.ana);
        await scene.chen.edit(said.length + 2, "changed");
        await scene.chen.remove(said.length + 3);
        await scene.chen.react(said.length + 1, "👍");
        await scene.chen.say("new");
        await say(scene.ana, "mine");
        await waitBodies(scene.ana, [...said, "keep", "change", "remove", "mine"]);
        scene.way.mend();
        await isBack(scene.ana);
        await waitAllSent(scene.ana);
        said.push("keep", "changed", "This message was deleted.", "new", "mine");
        for (const page of [scene.ana, scene.bo]) await waitBodies(page, said);
        assert.deepEqual(await scene.ana.texts("msg-edited"), ["(edited)"]);
        assert.deepEqual((await scene.ana.texts("reaction")).map((text) => text.replace(/\s+/g, "")), ["👍1"]);
    });

    step("where WebSocket does not get through one chats by polling, and is told so", async () => {
        scene.way.webSocket = false;
        await scene.ana.reload();
        await inside(scene.ana, "polling");
        assert.ok(scene.way.refused > 0, "WebSocket was tried and refused");
        assert.match(await scene.ana.text("conn-state"), /^Live, by polling$/);
        await say(scene.ana, "by polling");
        await waitBody(scene.bo, "by polling");
        await say(scene.bo, "heard");
        await waitBody(scene.ana, "heard");
        await waitAllSent(scene.ana);
        await isConn(scene.ana, "polling");
        await scene.ana.shot("polling");
        assert.equal(await overflow(scene.ana), 0);
        said.push("by polling", "heard");
    });

    step("of 200 messages that were missed none is missing, and where they begin is marked", async () => {
        scene.way.webSocket = true;
        await scene.ana.reload();
        await inside(scene.ana, ...BACK);
        await scene.ana.front(); // only who looks has read
        await scene.ana.waitFor(isRead);
        await scene.ana.press("Escape");
        await scene.ana.waitGone("new-marker");
        scene.way.cut();
        await isAway(scene.ana);
        await scene.chen.sayMany(0, 200);
        scene.way.mend();
        await isBack(scene.ana);
        await walkUp(scene.ana, [...said, ...[...Array(200).keys()].map((n) => `number ${n}`)]);
        assert.equal(await marked(scene.ana), "number 0");
    });

    step("nothing was thrown in any page", () => scene.end());
});
