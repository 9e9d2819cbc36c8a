// Every screen of our page in every theme: axe-core finds nothing, nothing is wider than the window, and pictures of each are in
// build/screens. One person walks through all of them; themes and windows change in place.
// tincan-test: reactors=2 timeout=400 slots=2
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OWNER_PASSWORD, setupToken } from "../it/api_lib.mjs";
import { chatSocket, cid, createUser, ok } from "../it/chat_lib.mjs";
import { axe, findingsText } from "./axe.mjs";
import { VIEWPORTS, startEngine } from "./engines.mjs";
import { OURS_ONLY, ROOT, startServer } from "./lib.mjs";
import { openWay } from "./way.mjs";

const PASSWORD = "correct horse battery";
const DIALOG = "dialog[open]";
const PNG = readFileSync(join(ROOT, "public", "icons", "tincan-192.png")).toString("base64");

// What a theme is: the system's wishes, and what the person has chosen over them. Only colours differ, so of the later ones only
// colours are asked about.
const THEMES = [
    { name: "light", colorScheme: "light" },
    { name: "dark", colorScheme: "dark" },
    { name: "light, more contrast", colorScheme: "light", contrast: "more" },
    { name: "high contrast", colorScheme: "light", chosen: "contrast" },
];

async function wear(page, { colorScheme, contrast = "no-preference", chosen }) {
    await page.native.emulateMedia({ colorScheme, contrast });
    await page.evaluate((chosen) => {
        if (chosen) document.documentElement.dataset.theme = chosen;
        else delete document.documentElement.dataset.theme;
    }, chosen);
}

// What is said against the screen that is shown now.
async function judge(page, name) {
    const within = (await page.count(DIALOG)) ? "dialog" : "html";
    const found = [];
    for (const theme of THEMES) {
        await wear(page, theme);
        const findings = await axe(page, { within, only: theme === THEMES[0] ? undefined : ["color-contrast"] });
        if (findings.length) found.push(`${name}, ${theme.name}:\n${findingsText(findings)}`);
    }
    for (const viewport of [VIEWPORTS.phone, VIEWPORTS.desktop]) {
        await page.resize(viewport);
        for (const theme of THEMES.slice(0, 2)) {
            await wear(page, theme);
            await page.shot(`screen-${name}`, theme.colorScheme);
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) found.push(`${name} is ${wide} px wider than a window of ${viewport.width}`);
    }
    await wear(page, THEMES[0]);
    return found;
}

// ---- the people and what they say ------------------------------------------------------------------------------------

const say = (who, room, text, more = {}) => ok(who, "send", { room: room.id, cid: cid(), text, ...more });

async function member(t, server, name, display) {
    const socket = await chatSocket(t, server, await createUser(server, name, { password: PASSWORD }));
    await ok(socket, "profile", { display });
    return socket;
}

// A room with everything that a message can be, a conversation, a quiet room and an archived one.
async function tell(t, server) {
    const [ana, bo] = [await member(t, server, "ana", "Ana Lindqvist"), await member(t, server, "bo", "Bo")];
    const { room } = await ok(ana, "room.create", { name: "garden", kind: "public", topic: "Beds, seeds and who waters when" });
    const { room: old } = await ok(ana, "room.create", { name: "harvest", kind: "public", topic: "What there was" });
    await ok(bo, "room.join", { room: room.id });
    await ok(ana, "room.invite", { room: room.id, user: "olga" });
    await ok(ana, "room.invite", { room: old.id, user: "olga" });
    const chen = await createUser(server, "chen");
    await ok(ana, "room.ban", { room: room.id, user: chen.id });
    await say(bo, room, "Morning! The tomatoes came through the night **fine**, and the `kale` did _too_.");
    await say(bo, room, "More at https://garden.example/weather");
    const plan = await say(ana, room, "The plan for Saturday:\n- compost to the north bed\n- sow chard\n- mend the fence");
    await say(bo, room, "> mend the fence\nI bring the post driver.", { reply_to: plan.seq });
    await say(ana, room, "```\nfor bed in beds:\n    water(bed, litres=12)\n```\nand @olga has the ||key||");
    const wrong = await say(bo, room, "Wrong room, sorry");
    await say(bo, room, "Rain from noom");
    await ok(bo, "delete", { room: room.id, seq: wrong.seq });
    await ok(bo, "edit", { room: room.id, seq: wrong.seq + 1, rev: 1, text: "Rain from noon" });
    for (const [who, emoji] of [[ana, "🌱"], [bo, "🌱"], [bo, "👍"]]) await ok(who, "react", { room: room.id, seq: plan.seq, emoji, on: true });
    await ok(ana, "report", { room: room.id, seq: plan.seq + 1, reason: "It is our post driver" });
    await say(ana, old, "Forty kilos of plums");
    await ok(ana, "room.update", { room: old.id, archived: true });
    const { room: direct } = await ok(bo, "dm", { user: "olga" });
    await say(bo, direct, "Do you have the key?");
    return { ana, bo, room, old, direct };
}

// ---- the walk ----------------------------------------------------------------------------------------------------------

const appIs = (state) => document.documentElement.dataset.app === state;
const connIs = (state) => document.documentElement.dataset.conn === state;
const roomIs = (name) => document.getElementById("room-name").textContent === name && document.getElementById("list").ariaBusy !== "true";
const tab = (which) => `dialog [data-act="choice"][data-key="${which}"]`;

async function open(page, room, name) {
    await page.evaluate((id) => (location.hash = `#/room/${id}`), room.id);
    await page.waitFor(roomIs, name);
    await page.frames();
}

const openDialog = async (page, target, inside = DIALOG) => {
    await page.click(target);
    await page.waitShown(inside);
};

async function closeDialog(page) {
    for (let n = 0; n < 3 && (await page.count(DIALOG)); n++) {
        await page.press("Escape");
        await page.frames();
    }
    await page.waitGone(DIALOG);
}

async function doors(look, page, server) {
    await page.waitFor(appIs, "login");
    await look("login-guest");
    await page.click("login-way-login");
    await look("login");
    await page.click("login-way-register");
    await look("register");
    await page.click("login-way-login");
    await page.fill("login-name", "olga");
    await page.fill("login-password", "not this one");
    await page.click("login-submit");
    await page.waitFor(() => document.getElementById("login-error").textContent);
    await look("login-refused");
    return server;
}

async function signIn(page, name, password) {
    await page.fill("login-name", name);
    await page.fill("login-password", password);
    await page.click("login-submit");
    await page.waitFor(appIs, "ready");
    await page.waitFor(connIs, "live");
}

async function roomOfEverything(look, page, { ana, room }) {
    await open(page, room, "garden");
    await page.files("composer-input", "paste", [{ name: "bed.png", type: "image/png", base64: PNG }]);
    await page.waitShown("upload-row");
    await page.fill("composer-input", "The bed as it is");
    await page.press("Enter");
    await page.waitFor(() => document.querySelector("[data-testid=msg-image] img")?.complete);
    await page.fill("composer-input", "\u2060"); // nothing that could be seen: refused
    await page.press("Enter");
    await page.waitShown("msg-retry");
    await ok(ana, "typing", { room: room.id, on: true });
    await page.waitText("typing-line", "Ana");
    await look("room");
    await page.click("msg-delete");
    await page.click("confirm");
    await page.hover({ css: "msg-row", text: "Rain from noon" });
    await page.click('[data-seq="7"] [data-testid="reply"]');
    await page.fill("composer-input", "To @a");
    await page.waitShown("popup-option");
    await look("reply-and-mention");
    await page.press("Escape");
    await page.press("Escape");
    await page.fill("composer-input", "");
    await page.focus('[data-seq="3"] article');
    await page.waitShown("msg-tools");
    await look("row-focused");
}

async function panels(look, page) {
    await page.click("members-open");
    await page.waitShown("member-row");
    await look("members");
    await page.click("panel-close");
    await page.click("search-open");
    await page.fill("search-input", "rain");
    await page.press("Enter");
    await page.waitShown("search-hit");
    await look("search");
    await page.fill("search-input", "nothing like this");
    await page.press("Enter");
    await page.waitText("search-status", "Nothing was found");
    await look("search-none");
    await page.click("panel-close");
}

async function dialogsOfRoom(look, page) {
    await openDialog(page, "room-menu");
    await look("room-menu");
    await page.click(tab(1));
    await page.click(tab(3 * 256 + 1));
    await page.click("dialog-submit");
    await page.waitShown("copy-text");
    await look("room-invites");
    await page.click(tab(2));
    await page.waitShown("ban");
    await look("room-bans");
    await page.click(tab(3));
    await page.waitShown("report");
    await look("room-reports");
    await closeDialog(page);
    await openDialog(page, "room-new");
    await page.press("Enter");
    await page.waitShown("dialog-error");
    await look("room-new");
    await page.click(tab(1));
    await look("room-find");
    await closeDialog(page);
    await openDialog(page, '[data-act="dm-new"]');
    await look("dm-new");
    await closeDialog(page);
    await openDialog(page, "switcher-open");
    await page.waitShown("popup-option");
    await look("switcher");
    await closeDialog(page);
    await openDialog(page, "emoji-open", ".emoji");
    await look("emoji");
    await closeDialog(page);
    await page.press("Control+/");
    await page.waitShown(DIALOG);
    await look("help");
    await closeDialog(page);
}

async function dialogsOfMessages(look, page) {
    await page.focus('[data-seq="3"] article');
    await page.press("Enter");
    await page.waitShown(DIALOG);
    await look("message-actions");
    await page.click('dialog [data-testid="person"]');
    await page.waitShown("profile-card");
    await look("profile");
    await closeDialog(page);
    await page.focus('[data-seq="4"] article'); // of somebody of a lower role
    await page.press("Delete");
    await page.waitShown('dialog [data-testid="confirm"]');
    await look("delete-confirm");
    await page.click('dialog [data-testid="confirm"]');
    await page.waitShown("toast-undo");
    await page.focus("toast-undo"); // it does not go away meanwhile
    await look("toast");
    await page.click("toast-undo");
}

async function settings(look, page) {
    await openDialog(page, "settings-open");
    for (const [which, name] of ["profile", "look", "chat", "account"].entries()) {
        await page.click(tab(which));
        if (name === "account") await page.waitShown("settings-device");
        await look(`settings-${name}`);
    }
    await page.click(tab(0));
    await page.evaluate(async () => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([await (await fetch("/icons/tincan-512.png")).blob()], "me.png"));
        document.querySelector("dialog").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    });
    await page.waitShown("crop");
    await look("settings-picture");
    await page.press("Escape");
    await page.waitGone("crop");
    await page.click('dialog [data-act="admin"]');
    for (const [which, name] of ["people", "rooms", "invitations", "server"].entries()) {
        await page.click(tab(which));
        if (name === "people" || name === "rooms") await page.waitShown("popup-option");
        await look(`admin-${name}`);
    }
    await page.click(tab(0));
    await page.click({ css: "popup-option", text: "Bo" });
    await page.waitShown("settings-device");
    await look("admin-person");
    await closeDialog(page);
}

async function away(look, page, way, { direct }) {
    await open(page, direct, "Bo");
    way.cut();
    await page.waitShown("conn-banner");
    await page.fill("composer-input", "Written meanwhile");
    await page.press("Enter");
    await page.waitText("msg-state", "Will send");
    await look("reconnecting");
    way.mend();
}

test("every screen is clean in every theme", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t, ["--registration", "open"]);
    const way = await openWay(t, server);
    const engine = await startEngine(t, "chromium");
    const page = await engine.open(way.url, { reducedMotion: true, accept: (text) => /status of 4|ERR_|WebSocket/.test(text) });
    const found = [];
    const look = async (name) => found.push(...(await judge(page, name)));
    const setup = await engine.open(`${server.url}/setup?token=${await setupToken(server)}`, { reducedMotion: true });
    found.push(...(await judge(setup, "setup")));
    // The form is sent as a person sends it: browsers have views on its Origin.
    await setup.evaluate((password) => {
        document.querySelector("[name=name]").value = "olga";
        document.querySelector("[name=password]").value = password;
        document.querySelector("form button").click();
    }, OWNER_PASSWORD);
    await setup.waitFor(() => document.body?.innerText.includes("Done."));
    await doors(look, page);
    await signIn(page, "olga", OWNER_PASSWORD);
    await look("empty");
    const told = await tell(t, server);
    await roomOfEverything(look, page, told);
    await panels(look, page);
    await dialogsOfRoom(look, page);
    await dialogsOfMessages(look, page);
    await settings(look, page);
    await open(page, told.direct, "Bo");
    await look("direct");
    await open(page, told.old, "harvest");
    await look("archived");
    await away(look, page, way, told);
    assert.equal(found.length, 0, `\n${found.join("\n")}`);
});
