// Drafts of our page on two devices of one person: what is written on one is on the other, and what is sent is gone from both.
// tincan-test: reactors=2 timeout=120
import assert from "node:assert/strict";
import { browser, byId, openChat, pageTest, startChat, until, waitBody } from "./page_lib.mjs";

const INPUT = byId("composer-input");

const holds = (page, text, what) => until(async () => (await page.inputValue(INPUT)) === text, what);

pageTest("a draft follows its person to the other device, and sending clears it there", async (t) => {
    const server = await startChat(t);
    const desk = await openChat(t, browser, server, { name: "ana", password: "correct horse battery" });
    await desk.fill(INPUT, "half a sentence");
    // A device that comes later has it when the room is opened.
    await desk.waitForTimeout(4000);
    const phone = await openChat(t, browser, server, { name: "ana", password: "correct horse battery", account: "login" });
    await holds(phone, "half a sentence", "the draft on the phone");
    // One that is there hears of it, unless it holds something newer itself.
    await phone.fill(INPUT, "half a sentence, and the rest");
    await holds(desk, "half a sentence, and the rest", "the draft on the desk");
    await desk.press(INPUT, "Enter");
    await waitBody(phone, "half a sentence, and the rest");
    await holds(phone, "", "the draft to be gone from the phone");
    // Both write at once: both texts are there, and the person chooses.
    await desk.fill(INPUT, "on the desk");
    await phone.fill(INPUT, "on the phone");
    const bar = byId("spare-bar");
    await until(async () => (await desk.isVisible(bar)) || phone.isVisible(bar), "the other text to be offered");
    const [later, first] = (await desk.isVisible(bar)) ? ["on the desk", "on the phone"] : ["on the phone", "on the desk"];
    const [at, other] = later === "on the desk" ? [desk, phone] : [phone, desk];
    assert.equal(await other.inputValue(INPUT), first);
    assert.equal(await at.inputValue(INPUT), later);
    assert.match(await at.textContent(bar), new RegExp(`Also written elsewhere: ${first}`));
    await at.click(byId("spare-use"));
    await holds(at, first, "the other text");
    assert.match(await at.textContent(bar), new RegExp(later));
    await at.click(byId("spare-use"));
    await at.click(byId("spare-drop"));
    await holds(other, later, "what was chosen, on the other device");
    assert.equal(await at.evaluate(() => document.activeElement.id), "composer-input");
    assert.ok(!(await at.isVisible(bar)));
    await at.fill(INPUT, "");
    await holds(other, "", "it to be cleared");
    // What came from the server before is not taken for newer after a reload.
    await desk.fill(INPUT, "once more");
    await holds(phone, "once more", "the second draft on the phone");
    await phone.fill(INPUT, "");
    await holds(desk, "", "the second draft to be cleared");
    await desk.reload();
    await until(() => desk.evaluate(() => document.documentElement.dataset.conn === "live"), "the desk to be back");
    await desk.waitForTimeout(500);
    assert.equal(await desk.inputValue(INPUT), "");
});
