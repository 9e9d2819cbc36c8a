// The dialogs of our page, between people: rooms, invitations, somebody's card, a message that is deleted.
// tincan-test: reactors=2 timeout=300 slots=2
import assert from "node:assert/strict";
import { join } from "node:path";
import { axe, findingsText } from "./axe.mjs";
import { app, bodies, browser, byId, joinRoom, openPage, pageTest, ROOT, say, startServer, until, waitBody, waitConn } from "./page_lib.mjs";

const DIALOG = byId("dialog");
const inDialog = (id) => `${DIALOG} ${byId(id)}`;
const choice = (group, which) => `${DIALOG} [data-act="choice"][data-key="${group * 256 + which}"]`;
const isClosed = (page) => until(async () => (await page.locator(DIALOG).count()) === 0, "the dialog to be closed");
const focused = (page) => page.evaluate(() => document.activeElement.dataset.testid ?? document.activeElement.localName);
const roomName = (page) => page.textContent("#room-name");
const inRoom = (page, name) => until(async () => (await roomName(page)) === name, `the room ${name} to be open`);

// axe.mjs calls functions with several arguments, which this driver does not take.
async function assertDialogClean(page, what) {
    const driver = { evaluate: (f, ...args) => page.evaluate(`(${f})(...${JSON.stringify(args)})`) };
    const findings = await axe(driver, { within: "dialog" });
    assert.equal(findings.length, 0, `${what}:\n${findingsText(findings)}`);
}

// Members have an account, guests a name.
async function signIn(page, name, member) {
    await until(async () => (await app(page)) === "login", "the form");
    if (member) await page.click(byId("login-way-register"));
    await page.fill(byId("login-name"), name);
    if (member) await page.fill(byId("login-password"), "correct horse battery");
    await page.click(byId("login-submit"));
    await waitConn(page, "live");
    await until(() => page.locator(byId("room-row")).count(), "the rooms");
}

async function person(t, server, name, { member = true, path = "/", ...options } = {}) {
    const page = await openPage(t, browser, { accept: (text) => /status of 40[0-9]/.test(text), reducedMotion: "reduce", ...options });
    await page.goto(`${server.url}${path}`);
    await signIn(page, name, member);
    return page;
}

async function createRoom(page, name, kind = 0) {
    await page.click(byId("room-new"));
    await page.fill(inDialog("room-name"), name);
    if (kind) await page.click(choice(1, kind));
    await page.click(inDialog("dialog-submit"));
    await isClosed(page);
    await inRoom(page, name);
}

async function choosePerson(page, name) {
    await page.fill(inDialog("person"), name);
    await page.waitForSelector(inDialog("popup-option"));
    await page.press(inDialog("person"), "Enter");
}

pageTest("a room is created, refused at its field, and found by somebody else", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo", { member: false });
    await ana.click(byId("room-new"));
    assert.equal(await focused(ana), "room-name", "the first field has the focus");
    await assertDialogClean(ana, "the dialog for a room");
    await ana.keyboard.press("Enter");
    assert.equal(await ana.textContent(byId("dialog-error")), "The room needs a name.");
    assert.equal(await ana.getAttribute(inDialog("room-name"), "aria-invalid"), "true");
    await ana.keyboard.type("lobby");
    await ana.keyboard.press("Enter");
    await ana.waitForSelector(byId("dialog-error"));
    assert.equal(await ana.inputValue(inDialog("room-name")), "lobby", "what was typed is kept");
    await ana.keyboard.press("Escape");
    await isClosed(ana);
    assert.equal(await focused(ana), "room-new", "the focus goes back to what opened it");
    await createRoom(ana, "garden");
    await bo.click(byId("room-new"));
    assert.equal(await bo.locator(choice(0, 0)).count(), 0, "guests make no rooms");
    await bo.fill(inDialog("filter"), "gard");
    await until(async () => (await bo.locator(inDialog("popup-option")).count()) === 1, "one room to be found");
    assert.match(await bo.textContent(inDialog("popup-option")), /garden.*1 member/);
    await bo.press(inDialog("filter"), "Enter");
    await inRoom(bo, "garden");
});

pageTest("an invitation leads a stranger into a private room", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana");
    await createRoom(ana, "den", 1);
    await ana.click(byId("room-menu"));
    await ana.click(choice(0, 1));
    await ana.click(choice(3, 1));
    await ana.click(inDialog("dialog-submit"));
    await ana.waitForSelector(inDialog("copy-text"));
    await ana.waitForSelector(inDialog("line"));
    assert.match(await ana.textContent(inDialog("line")), /1 use left/);
    await assertDialogClean(ana, "the invitations");
    const link = await ana.inputValue(inDialog("copy-text"));
    assert.ok(link.startsWith(`${server.url}/#/invite/`), link);
    const cy = await openPage(t, browser);
    await cy.goto(link);
    await until(async () => (await cy.textContent("#login-lead")) === "ana invites you to den.", "the invitation at the door");
    await signIn(cy, "cy", false);
    await cy.waitForSelector(DIALOG);
    assert.match(await cy.textContent(DIALOG), /ana invites you to den\./);
    await cy.click(inDialog("dialog-submit"));
    await inRoom(cy, "den");
    const late = await person(t, server, "dee", { path: new URL(link).pathname + new URL(link).hash });
    await until(async () => !/invites/.test(await late.textContent(DIALOG)), "the invitation to have been used up");
    assert.equal(await late.locator(inDialog("dialog-submit")).count(), 0);
});

pageTest("people are let in by name, written to, muted and removed", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    await createRoom(ana, "den", 1);
    await ana.click(byId("room-menu"));
    await ana.click(choice(0, 1));
    await ana.click(inDialog("invite"));
    await choosePerson(ana, "bo");
    await until(async () => /bo is in the room now/.test(await ana.textContent(byId("toasts"))), "the toast");
    await ana.keyboard.press("Escape");
    await bo.click(`${byId("room-row")}:has-text("den")`);
    await say(bo, "hello");
    await waitBody(ana, "hello");
    await ana.focus(`${byId("msg-row")} article`);
    await ana.keyboard.press("Enter");
    await assertDialogClean(ana, "a message's actions");
    await ana.click(inDialog("person"));
    await ana.waitForSelector(inDialog("room-mute"));
    await assertDialogClean(ana, "somebody's card");
    assert.match(await ana.textContent(byId("profile-card")), /@bo/);
    await ana.click(inDialog("room-mute"));
    await until(async () => /Muted until/.test(await ana.textContent(byId("profile-card"))), "the mute to be shown");
    await ana.click(inDialog("room-kick"));
    await ana.click(inDialog("confirm"));
    await until(async () => !(await bo.locator(`${byId("room-row")}:has-text("den")`).count()), "bo to be out");
    await until(async () => /Not in den/.test(await ana.textContent(byId("profile-card"))), "the card to say so");
    assert.equal(await ana.locator(inDialog("room-kick")).count(), 0);
    await ana.click(inDialog("room-ban"));
    await ana.click(inDialog("confirm"));
    await until(async () => /They are banned/.test(await ana.textContent(DIALOG)), "the ban of who is not there");
    await ana.click(inDialog("message-person"));
    await inRoom(ana, "bo");
});

pageTest("a deletion is asked about, can be undone, and is done when its time is over", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const deleteRow = async (text, modifiers) => {
        await ana.hover(`${byId("msg-row")}:has-text("${text}")`);
        await ana.click(byId("delete"), { modifiers });
    };
    await say(ana, "first");
    await say(ana, "second");
    await waitBody(bo, "second");
    await deleteRow("second");
    assert.match(await ana.textContent(DIALOG), /“second”/);
    await ana.click(inDialog("confirm"));
    await waitBody(ana, "This message was deleted.");
    await waitBody(bo, "second");
    await ana.click(byId("toast-undo"));
    await waitBody(ana, "second");
    await deleteRow("second", ["Shift"]);
    await until(async () => !(await bodies(bo)).includes("second"), "bo not to see it any more");
    await deleteRow("first", ["Shift"]);
    await ana.evaluate(() => dispatchEvent(new Event("pagehide")));
    await until(async () => !(await bodies(bo)).includes("first"), "it to be deleted as the page goes");
});

pageTest("a room is described, archived, opened again and left", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana", { viewport: { width: 390, height: 800 } });
    await ana.evaluate((back) => document.querySelector(back).click(), byId("back"));
    await createRoom(ana, "den", 1);
    await ana.click(byId("room-menu"));
    await ana.fill(inDialog("room-topic"), "What bears do");
    await ana.click(inDialog("dialog-submit"));
    await until(async () => (await ana.textContent("#room-topic")) === "What bears do", "the topic");
    for (const readOnly of [true, false]) {
        await ana.click(byId("room-menu"));
        await ana.click(inDialog("archive"));
        await ana.click(inDialog("confirm"));
        await isClosed(ana);
        await until(async () => (await ana.isVisible(byId("read-only"))) === readOnly, "the room's state");
    }
    await ana.click(byId("room-menu"));
    await ana.click(inDialog("leave"));
    assert.match(await ana.textContent(DIALOG), /only when somebody lets you in/);
    await ana.keyboard.press("Escape");
    assert.equal(await ana.locator(inDialog("leave")).count(), 1, "one step back");
    await ana.click(inDialog("leave"));
    await ana.click(inDialog("confirm"));
    await until(async () => !(await ana.locator(`${byId("room-row")}:has-text("den")`).count()), "the room to be gone");
});

pageTest("slow mode and a mute are told where one writes, and what is written is kept", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    await createRoom(ana, "den", 0);
    const held = byId("composer-held"), input = byId("composer-input");
    const shows = (page, id, form) => until(async () => form.test(await page.textContent(id)), () => `${id} to show ${form}`);
    await joinRoom(bo, Number(new URL(ana.url()).hash.split("/")[2]), "den");
    assert.ok(await bo.isHidden(held));
    await ana.click(byId("room-menu"));
    await ana.click(choice(4, 1));
    await shows(bo, held, /^\s*Slow mode: one message every 10 seconds\./);
    await until(() => ana.isChecked(choice(4, 1)), "the choice to stay");
    await say(bo, "one");
    await waitBody(ana, "one");
    await shows(bo, byId("composer-held-left"), /^Next message in 0:(10|0\d)$/);
    await say(bo, "two");
    await shows(bo, byId("msg-state"), /^Will send when slow mode allows it$/);
    await ana.click(choice(4, 0)); // what waits goes at once
    await waitBody(ana, "two");
    assert.ok(await bo.isHidden(held));
    await ana.keyboard.press("Escape");
    await ana.click(`${byId("msg-author")}:has-text("bo")`);
    await ana.click(inDialog("room-mute"));
    await shows(bo, held, /^\s*You are muted in this room until .*\d:\d\d.*\. Your text stays here\./);
    await say(bo, "three");
    await shows(bo, byId("composer-hint"), /^You are muted/);
    assert.equal(await bo.inputValue(input), "three");
    await ana.click(inDialog("room-mute"));
    await until(async () => bo.isHidden(held), "bo to be let write again");
    await bo.press(input, "Enter");
    await waitBody(ana, "three");
    // The room is archived while bo writes: the focus goes to why, and comes back with the composer and its text.
    await bo.fill(input, "four");
    await ana.keyboard.press("Escape");
    for (const at of ["read-only", "composer-input"]) {
        await ana.click(byId("room-menu"));
        await ana.click(inDialog("archive"));
        await ana.click(inDialog("confirm"));
        await isClosed(ana);
        await until(async () => (await focused(bo)) === at, `bo to be at ${at}`);
    }
    assert.equal(await bo.inputValue(input), "four");
});

pageTest("who is blocked cannot write to the other one, who does not see what he says unless he wants to", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const author = `${byId("msg-author")}:has-text("ana")`;
    await say(ana, "before");
    await waitBody(bo, "before");
    await bo.click(author);
    await bo.click(inDialog("block"));
    await until(async () => (await bo.textContent(inDialog("block"))) === "Unblock", "ana to be blocked");
    await assertDialogClean(bo, "the card of somebody who is blocked");
    await bo.keyboard.press("Escape");
    await say(ana, "after");
    const folded = bo.locator(byId("msg-folded"));
    await until(async () => (await folded.count()) === 2, "both to be folded away");
    assert.deepEqual(await bodies(bo), []);
    assert.doesNotMatch(await bo.textContent(byId("msg-list")), /ana|after/);
    await bo.locator(byId("reveal")).last().click();
    await waitBody(bo, "after");
    assert.deepEqual(await bo.$$eval(byId("msg-author"), (all) => all.map((a) => a.innerText)), ["", "ana"], "what is shown has its author");
    assert.equal(await focused(bo), "article", "the focus is on what is shown");
    await bo.click(byId("search-open"));
    await bo.fill(byId("search-input"), "after");
    const hit = async () => bo.textContent(byId("search-hit"));
    await until(async () => /ana.*Message from a blocked person$/.test(await hit()), "the hit to be folded away");
    await say(bo, "hello");
    await waitBody(ana, "hello");
    await ana.click(`${byId("msg-author")}:has-text("bo")`);
    await ana.click(inDialog("message-person"));
    assert.equal(await ana.textContent(byId("dialog-error")), "You may not do that here.");
    await bo.click("#self-button");
    await bo.click(choice(0, 2));
    await bo.click(`${byId("settings-blocked")} ${byId("block")}`);
    await until(async () => (await folded.count()) === 0, "what ana said to be there again");
    await bo.keyboard.press("Escape");
    await waitBody(bo, "before");
    await until(async () => /ana.*after$/.test(await hit()), "the hit to be shown again");
    await ana.click(inDialog("message-person"));
    await inRoom(ana, "bo");
});

pageTest("what is typed after a dialog goes on where the writing was", async (t) => {
    const server = await startServer(t);
    const ana = await person(t, server, "ana");
    const input = byId("composer-input");
    const openings = [["the switcher", "Control+k"], ["the list of keys", "Control+/"]];
    for (const [what, keys] of openings) {
        for (const close of ["Escape", "the cross"]) {
            await ana.fill(input, "");
            await ana.click(input);
            await ana.keyboard.type("here ther");
            await ana.keyboard.press("ArrowLeft");
            await ana.keyboard.press(keys);
            await ana.waitForSelector("dialog[open]");
            if (close === "Escape") await ana.keyboard.press("Escape");
            else await ana.click(`dialog[open] ${byId("dialog-close")}`);
            await until(async () => (await ana.locator("dialog").count()) === 0, `${what} to be closed`);
            assert.equal(await focused(ana), "composer-input", `${what}, ${close}`);
            await ana.keyboard.type("e!");
            assert.equal(await ana.inputValue(input), "here thee!r", `${what}, ${close}`);
        }
    }
    await ana.fill(input, "here there");
    await ana.focus(input);
    for (let n = 0; n < 6; n++) await ana.keyboard.press("ArrowLeft");
    await ana.click(byId("emoji-open"));
    await ana.waitForSelector("dialog[open]");
    await ana.fill('dialog[open] [data-field="emoji"]', "rocket");
    await ana.waitForSelector('dialog[open] .emoji:has-text("🚀")');
    await ana.keyboard.press("Enter");
    await until(async () => (await ana.locator("dialog").count()) === 0, "the emojis to be closed");
    await ana.keyboard.type("!");
    assert.match(await ana.inputValue(input), /^here[^ ]+! there$/, "behind what the dialog put there");
});

// The picture that lies over a letter: its width once it is loaded, 0 when there is none.
const picture = (page, within) => page.evaluate((at) => document.querySelector(`${at} img`)?.naturalWidth ?? 0, within);

async function pick(page, file) {
    const chooser = page.waitForEvent("filechooser");
    await page.focus(inDialog("picture-pick"));
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(file);
}

pageTest("a card says what somebody says of himself, and what time it is there", async (t) => {
    const server = await startServer(t);
    const ann = await person(t, server, "ann", { timezoneId: "Europe/Berlin" });
    const bob = await person(t, server, "bob", { timezoneId: "Asia/Tokyo" });
    await say(ann, "hello");
    await waitBody(bob, "hello");
    await ann.click(byId("settings-open"));
    await ann.fill(inDialog("bio"), "Sails.\nSews.");
    await ann.fill(inDialog("zone"), "Mars/Olympus");
    await ann.click(inDialog("dialog-submit"));
    await until(async () => (await ann.getAttribute(inDialog("zone"), "aria-invalid")) === "true", "to be told that there is no such zone");
    assert.equal(await ann.textContent(inDialog("zone-use")), "Use Europe/Berlin");
    await ann.click(inDialog("zone-use"));
    assert.equal(await ann.inputValue(inDialog("zone")), "Europe/Berlin");
    await assertDialogClean(ann, "the profile with all its fields");
    await ann.click(inDialog("dialog-submit"));
    await until(async () => /Saved\./.test(await ann.textContent(DIALOG)), "it to be saved");
    await bob.locator(byId("msg-author")).first().click();
    await until(() => bob.locator(byId("person-time")).count(), "the time at hers");
    assert.equal(await bob.textContent(byId("person-bio")), "Sails.\nSews.");
    assert.match(await bob.textContent(byId("person-time")), /^Their local time: .*\d:\d\d.*\(Europe\/Berlin\)$/);
    // A browser that writes no date as it is read: the time is not known, rather than that of UTC.
    await bob.evaluate(() => { Date.prototype.toLocaleString = () => "28.11.2026, 12 o'clock"; });
    await bob.keyboard.press("Escape");
    await bob.locator(byId("msg-author")).first().click();
    await until(() => bob.locator(byId("person-bio")).count(), "the card again");
    assert.equal(await bob.locator(byId("person-time")).count(), 0);
});

// One pixel, so many times.
const gif = (frames) => Buffer.concat([Buffer.from("GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff", "latin1"),
    ...Array(frames).fill(Buffer.from("!\xf9\x04\0\x0a\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0", "latin1")), Buffer.from(";")]);

// Its square is chosen: this one.
async function useIt(page) {
    await page.waitForSelector(inDialog("crop"));
    await page.click(inDialog("dialog-submit"));
}

// The icon, let go of over an element; and into the clipboard.
const drop = (page, at) => page.evaluate(async (selector) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([await (await fetch("/icons/tincan-512.png")).blob()], "dropped.png", { type: "image/png" }));
    for (const type of ["dragenter", "dragover", "drop"]) {
        document.querySelector(selector).dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
}, at);

async function copyPicture(page) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.evaluate(async () => {
        const blob = await (await fetch("/icons/tincan-512.png")).blob();
        await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    });
}

pageTest("a picture is chosen, cut to a square, seen by others at once, and removed", async (t) => {
    const server = await startServer(t);
    const ann = await person(t, server, "ann");
    const bob = await person(t, server, "bob");
    await say(ann, "hello");
    await waitBody(bob, "hello");
    const avatar = `${byId("msg-row")} .avatar`, letter = () => bob.textContent(avatar);
    const box = await bob.locator(avatar).first().boundingBox();
    await ann.click(byId("settings-open"));
    await pick(ann, { name: "none.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await until(async () => /cannot read/.test(await ann.textContent(DIALOG)), "to be told that it is no picture");
    await pick(ann, { name: "moves.gif", mimeType: "image/gif", buffer: gif(2) });
    await until(async () => /That picture moves/.test(await ann.textContent(DIALOG)), "to be told that it moves");
    await pick(ann, { name: "still.gif", mimeType: "image/gif", buffer: gif(1) });
    await useIt(ann);
    await until(async () => (await picture(ann, `${DIALOG} .card-head`)) === 256, "a picture that stands still");
    await ann.click(inDialog("picture-drop"));
    await until(async () => (await picture(ann, `${DIALOG} .card-head`)) === 0, "it to be removed");
    await drop(ann, `${DIALOG} .card-head .avatar`);
    await useIt(ann);
    await until(async () => (await picture(ann, `${DIALOG} .card-head`)) === 256, "the picture that was dropped");
    await ann.click(inDialog("picture-drop"));
    await until(async () => (await picture(ann, `${DIALOG} .card-head`)) === 0, "it to be removed");
    await copyPicture(ann);
    await ann.focus(inDialog("display"));
    await ann.keyboard.press("Control+V");
    await useIt(ann);
    for (const [page, within] of [[ann, `${DIALOG} .card-head`], [ann, "#self-avatar"], [bob, avatar]]) {
        await until(async () => (await picture(page, within)) === 256, `the picture in ${within}`);
    }
    assert.deepEqual(await bob.locator(avatar).first().boundingBox(), box, "something has jumped");
    assert.equal(await letter(), "A");
    await assertDialogClean(ann, "the profile");
    await bob.click("#members-button");
    await until(async () => (await picture(bob, byId("member-row"))) === 256, "the picture among the members");
    await ann.click(inDialog("picture-drop"));
    for (const [page, within] of [[ann, `${DIALOG} .card-head`], [ann, "#self-avatar"], [bob, avatar], [bob, byId("member-row")]]) {
        await until(async () => (await picture(page, within)) === 0, `no picture in ${within}`);
    }
    assert.equal(await letter(), "A");
});

// A picture that says by its colours where one is in it: red 0 to 255 from left to right, green from top to bottom. With turned, a JPEG
// that is to be turned by a quarter to the right before it is shown (Exif).
async function map(page, width, height, turned = false) {
    const bytes = Buffer.from(await page.evaluate(([width, height, type]) => {
        const canvas = Object.assign(document.createElement("canvas"), { width, height });
        const to = canvas.getContext("2d"), image = to.createImageData(width, height);
        for (let at = 0; at < width * height; at++) image.data.set([((at % width) + 0.5) / width * 255, (Math.floor(at / width) + 0.5) / height * 255, 128, 255], at * 4);
        to.putImageData(image, 0, 0);
        return canvas.toDataURL(type, 0.98).split(",")[1];
    }, [width, height, turned ? "image/jpeg" : "image/png"]), "base64");
    if (!turned) return { name: "map.png", mimeType: "image/png", buffer: bytes };
    const exif = Buffer.from("ffe100224578696600004d4d002a00000008000101120003000000010006000000000000", "hex");
    return { name: "map.jpg", mimeType: "image/jpeg", buffer: Buffer.concat([bytes.subarray(0, 2), exif, bytes.subarray(2)]) };
}

// What the server keeps of somebody: the colours of its corners, a bit within them, as [x, y] in 1/255 of such a map, and its size.
const stored = (page) => page.evaluate(async () => {
    const { src } = document.querySelector("#self-avatar img");
    const image = await createImageBitmap(await (await fetch(src)).blob());
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    const at = (x, y) => [...canvas.getContext("2d").getImageData(x, y, 1, 1).data.slice(0, 2)];
    return { size: [image.width, image.height], first: at(8, 8), last: at(image.width - 9, image.height - 9) };
});

// A square of a map, in its pixels.
async function assertStored(page, [width, height], [x, y, side]) {
    await until(() => page.locator("#self-avatar img").count(), "the picture");
    const is = await stored(page);
    const seen = (part) => [(x + side * part) / width * 255, (y + side * part) / height * 255];
    assert.deepEqual(is.size, [256, 256]);
    for (const [name, part] of [["first", 8.5 / 256], ["last", 247.5 / 256]]) {
        seen(part).forEach((value, i) => assert.ok(Math.abs(is[name][i] - value) <= 5, `${name}: ${is[name]}, expected ${seen(part)}`));
    }
}

// As app/crop.c has it.
function zoomed(width, height, percent) {
    const times = Math.max(1, Math.min(16, Math.min(width, height) / 64));
    return Math.min(width, height) / (1 + (times - 1) * (percent / 100) ** 2);
}

const said = (page) => page.textContent(byId("crop-said"));
const zoom = (page) => page.inputValue(byId("zoom"));

pageTest("a part of a picture is chosen by the pointer", async (t) => {
    const server = await startServer(t);
    const ann = await person(t, server, "ann");
    await ann.click(byId("settings-open"));
    await pick(ann, await map(ann, 800, 400));
    await ann.waitForSelector(inDialog("crop"));
    await assertDialogClean(ann, "the picture's square");
    const { x, y, width } = await ann.locator(byId("crop")).boundingBox();
    const frame = width * 0.8;
    await ann.mouse.move(x + width / 2, y + width / 2);
    await ann.mouse.down();
    for (const part of [0.1, 0.3, 0.5]) await ann.mouse.move(x + width / 2 - frame * part / 2, y + width / 2 + 9);
    await ann.mouse.up();
    await ann.mouse.move(x + width / 2, y + width / 2); // not any more
    await ann.mouse.wheel(0, -480);
    await until(async () => (await zoom(ann)) === "30", "it to be larger");
    assert.equal(await said(ann), "");
    await ann.click(inDialog("dialog-submit"));
    const side = zoomed(800, 400, 30);
    await assertStored(ann, [800, 400], [500 - side / 2, 200 - side / 2, side]);
    assert.equal(await focused(ann), "picture-pick");

    // Another one: as a camera keeps it, and left without a change.
    await pick(ann, await map(ann, 300, 200, true));
    await ann.waitForSelector(inDialog("crop"));
    const before = await ann.getAttribute("#self-avatar img", "src");
    await ann.mouse.move(x + width / 2, y + width / 2);
    await ann.mouse.down();
    await ann.mouse.move(x + width / 2, y + width);
    await ann.mouse.up();
    await ann.click(inDialog("dialog-close"));
    await until(async () => (await focused(ann)) === "picture-pick", "the profile");
    assert.equal(await ann.getAttribute("#self-avatar img", "src"), before);
    await pick(ann, await map(ann, 300, 200, true));
    await ann.waitForSelector(inDialog("crop"));
    await ann.mouse.move(x + width / 2, y + width / 2);
    await ann.mouse.down();
    await ann.mouse.move(x + width / 2, y + width * 2); // its upper end, which was at the left
    await ann.mouse.up();
    await ann.click(inDialog("dialog-submit"));
    await until(async () => (await ann.getAttribute("#self-avatar img", "src")) !== before, "the other picture");
    const turned = await stored(ann);
    const near = (is, wanted) => is.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) <= 8, `${is}, expected ${wanted}`));
    near(turned.first, [6, 247]); // right is up, and what was below is at the left
    near(turned.last, [164, 8]);
});

pageTest("a part of a picture is chosen by keys alone", async (t) => {
    const server = await startServer(t);
    const ann = await person(t, server, "ann");
    await ann.focus(byId("settings-open"));
    await ann.keyboard.press("Enter");
    await ann.waitForSelector(inDialog("bio"));
    await ann.fill(inDialog("bio"), "Sails.");
    await pick(ann, await map(ann, 800, 400));
    await until(async () => (await focused(ann)) === "crop", "the picture to have the focus");
    await ann.keyboard.press("ArrowLeft");
    await ann.keyboard.press("Escape");
    await until(async () => (await focused(ann)) === "picture-pick", "the profile");
    assert.equal(await ann.inputValue(inDialog("bio")), "Sails.");
    assert.equal(await ann.locator("#self-avatar img").count(), 0);

    await pick(ann, await map(ann, 800, 400));
    await until(async () => (await focused(ann)) === "crop", "the picture to have the focus");
    for (let n = 0; n < 4; n++) await ann.keyboard.press("ArrowLeft");
    await until(async () => (await said(ann)) === "75 % from the left, 50 % from the top", "to be told where it is");
    for (const key of ["+", "+", "-", "="]) await ann.keyboard.press(key);
    await until(async () => (await said(ann)) === "Zoom 10", "to be told how large it is");
    await ann.keyboard.press("Tab");
    assert.equal(await focused(ann), "zoom");
    for (let n = 0; n < 10; n++) await ann.keyboard.press("ArrowRight");
    await until(async () => (await zoom(ann)) === "20", "the slider to have moved");
    await ann.keyboard.press("Tab");
    await ann.keyboard.press("Tab");
    assert.equal(await focused(ann), "dialog-submit");
    await ann.keyboard.press("Enter");
    const side = zoomed(800, 400, 20);
    await assertStored(ann, [800, 400], [500 - side / 2, 200 - side / 2, side]);
    await until(async () => (await focused(ann)) === "picture-pick", "the profile");
    assert.equal(await ann.inputValue(inDialog("bio")), "Sails.");
});

pageTest("a part of a picture is chosen by fingers, on a phone and in Arabic", async (t) => {
    const server = await startServer(t);
    const ann = await person(t, server, "ann", { viewport: { width: 320, height: 568 }, hasTouch: true, locale: "ar" });
    await ann.tap('[data-act="back"]');
    await ann.tap(byId("settings-open"));
    await pick(ann, await map(ann, 30, 700));
    await ann.waitForSelector(inDialog("crop"));
    assert.ok(await ann.isDisabled(byId("zoom")), "there are not enough pixels for that");
    assert.ok(await ann.evaluate(() => document.documentElement.scrollWidth <= 320 && document.querySelector("dialog").scrollWidth <= 320));
    await ann.tap(inDialog("dialog-close"));
    await pick(ann, await map(ann, 800, 400));
    await ann.waitForSelector(inDialog("crop"));
    await assertDialogClean(ann, "the picture's square in Arabic");
    const { x, y, width } = await ann.locator(byId("crop")).boundingBox();
    const client = await ann.context().newCDPSession(ann);
    const touch = (type, ...at) => client.send("Input.dispatchTouchEvent", { type, touchPoints: at.map(([x, y], id) => ({ x, y, id })) });
    const middle = [x + width / 2, y + width / 2];
    await touch("touchStart", middle);
    await touch("touchMove", [middle[0] + width * 0.2, middle[1]]); // a quarter of the frame; the same way in Arabic
    await touch("touchEnd");
    await touch("touchStart", [middle[0] - 20, middle[1]], [middle[0] + 20, middle[1]]);
    await touch("touchMove", [middle[0] - 60, middle[1]], [middle[0] + 60, middle[1]]);
    await touch("touchEnd");
    await until(async () => (await zoom(ann)) === "20", "it to be larger");
    await ann.tap(inDialog("dialog-submit"));
    const side = zoomed(800, 400, 20);
    await until(() => ann.locator("#self-avatar img").count(), "the picture");
    await assertStored(ann, [800, 400], [300 - side / 2, 200 - side / 2, side]);
});
