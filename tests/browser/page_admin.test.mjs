// Administration and moderation on our page, between people on their own browsers.
// tincan-test: timeout=300 slots=2
import assert from "node:assert/strict";
import { createOwner } from "../it/api_lib.mjs";
import { cid, ok, refused } from "../it/chat_lib.mjs";
import { axe, findingsText } from "./axe.mjs";
import { api, app, browser, byId, chatSocket, createUser, openChat, pageTest, startServer, until, waitRoom } from "./page_lib.mjs";

const DIALOG = byId("dialog");
const inDialog = (id) => `${DIALOG} ${byId(id)}`;
const act = (name, key) => `${DIALOG} [data-act="${name}"]${key === undefined ? "" : `[data-key="${key}"]`}`;
const tab = (which) => act("choice", which);
const PASSWORD = "correct horse battery";
const refusals = (text) => /status of 40[0-9]/.test(text);

// axe.mjs calls functions with several arguments, which this driver does not take.
async function assertDialogClean(page, what) {
    const driver = { evaluate: (f, ...args) => page.evaluate(`(${f})(...${JSON.stringify(args)})`) };
    const findings = await axe(driver, { within: "dialog" });
    assert.equal(findings.length, 0, `${what}:\n${findingsText(findings)}`);
}

const open = (t, server, name, more = {}) => openChat(t, browser, server, { name, password: PASSWORD, accept: refusals, reducedMotion: "reduce", ...more });

async function openAdministration(page) {
    await page.click(`[data-act="settings"]`);
    await page.click(act("admin"));
    await page.waitForSelector(tab(0));
}

async function openPerson(page, name) {
    await page.fill(inDialog("filter"), name);
    await until(async () => (await page.locator(inDialog("popup-option")).count()) === 1, `${name} to be found`);
    await page.click(inDialog("popup-option"));
    await page.waitForSelector(inDialog("settings-device"));
}

pageTest("an owner sees somebody's devices, signs one out, then all", async (t) => {
    const server = await startServer(t, ["--registration", "open"]);
    const olga = await createOwner(server);
    const desk = await open(t, server, "bo");
    const phone = await open(t, server, "bo", { account: "login", viewport: { width: 390, height: 800 } });
    const page = await open(t, server, "olga", { account: "login", password: olga.password });
    const devices = () => page.locator(inDialog("settings-device")).count();
    await openAdministration(page);
    await openPerson(page, "bo");
    assert.equal(await devices(), 2);
    await assertDialogClean(page, "somebody's devices");
    // The newest stands first: the phone.
    await page.locator(act("sign-out-device")).first().click();
    await until(async () => (await app(phone)) === "login", "the phone to be signed out");
    await until(async () => (await devices()) === 1, "the list to be one shorter");
    assert.equal(await app(desk), "ready");
    await page.click(act("sign-out"));
    assert.match(await page.textContent(DIALOG), /Sign out bo on every device\?/);
    assert.equal(await app(desk), "ready", "not before it is confirmed");
    await page.click(act("confirm"));
    await until(async () => (await app(desk)) === "login", "the desk to be signed out");
    await until(async () => /All devices are signed out/.test(await page.textContent(DIALOG)), "the page to say so");
    await until(async () => (await page.locator(act("sign-out")).count()) === 0, "nothing to be left to end");
});

pageTest("a room's owner sees who is banned or muted, and lifts it", async (t) => {
    const server = await startServer(t, ["--registration", "open"]);
    const [ana, bo, cy] = [await createUser(server, "ana", { password: PASSWORD }), await createUser(server, "bo"), await createUser(server, "cy")];
    const [owner, banned, muted] = await Promise.all([ana, bo, cy].map((user) => chatSocket(t, server, user)));
    const { room } = await ok(owner, "room.create", { name: "garden", kind: "public" });
    for (const socket of [banned, muted]) await ok(socket, "room.join", { room: room.id });
    await ok(owner, "room.ban", { room: room.id, user: bo.id });
    await ok(owner, "room.mute", { room: room.id, user: cy.id, seconds: 600 });
    const page = await open(t, server, "ana", { account: "login" });
    await page.click(`[data-room="${room.id}"]`);
    await waitRoom(page, "garden");
    await page.click(byId("room-menu"));
    await page.click(tab(2));
    const lines = () => page.locator(inDialog("ban"));
    await until(async () => (await lines().count()) === 2, "both of them");
    assert.match(await lines().nth(0).textContent(), /bo.*Banned for good, by ana/);
    assert.match(await lines().nth(1).textContent(), /cy.*Muted until .*, by ana/);
    assert.equal(await page.getAttribute(act("room-unban"), "aria-label"), "Lift the ban: bo");
    await assertDialogClean(page, "who is banned");
    await refused(banned, "room.join", { room: room.id }, "banned");
    await page.click(act("room-unban"));
    await until(async () => (await lines().count()) === 1, "the ban to be lifted");
    await ok(banned, "room.join", { room: room.id });
    await refused(muted, "send", { room: room.id, cid: cid(), text: "x" }, "muted");
    await page.click(act("room-mute"));
    await until(async () => /Nobody is banned or muted here/.test(await page.textContent(DIALOG)), "the mute to be lifted");
    await ok(muted, "send", { room: room.id, cid: cid(), text: "x" });
});

pageTest("the server's page tells what there is and what it was told", async (t) => {
    const server = await startServer(t, ["--registration", "open", "--ping-interval", "12345"]);
    const olga = await createOwner(server);
    const page = await open(t, server, "olga", { account: "login", password: olga.password });
    await openAdministration(page);
    await page.click(tab(3));
    await until(async () => (await page.locator(inDialog("fact")).count()) > 20, "the settings");
    const facts = await page.$$eval(inDialog("fact"), (all) => all.map((fact) => fact.innerText.replace(/\s+/g, " ")));
    assert.ok(facts.includes("Accounts 2"), JSON.stringify(facts));
    assert.match(facts.find((fact) => fact.startsWith("Database")), /^Database [1-9]\d* (kB|MB)$/);
    assert.ok(facts.includes("ping-interval 12345 from the command line"), JSON.stringify(facts));
    assert.ok(facts.includes("ping-timeout 20000 default"));
    await until(async () => /The server is well/.test(await page.textContent(DIALOG)), "what is to be said of it");
    await assertDialogClean(page, "the server's page");
});

for (const [locale, label, refusal, saved] of [
    ["en-GB", "What this chat is called", /This is too long/, /Saved/], ["ar-EG", "اسم هذه الدردشة", /هذا أطول من اللازم/, /حُفظ/],
]) {
    pageTest(`an administrator says by keyboard what it is all called, and every page says it at once (${locale})`, async (t) => {
        const server = await startServer(t, ["--registration", "open"]);
        const olga = await createOwner(server);
        const page = await open(t, server, "olga", { account: "login", password: olga.password, locale, viewport: { width: 1200, height: 800 } });
        const other = await open(t, server, "ana", { viewport: { width: 1200, height: 800 } });
        const shown = async (on, name) => {
            await until(async () => (await on.textContent(byId("workspace"))) === name, `the sidebar to say ${name}`);
            await until(async () => (await on.title()).endsWith(name), `the title to say ${name}`);
        };
        await shown(other, "Tincan");
        await openAdministration(page);
        await page.focus(tab(2));
        await page.keyboard.press("ArrowDown");
        await until(async () => (await page.locator(inDialog("fact")).count()) > 20, "the settings");
        const field = inDialog("admin-workspace");
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "admin-workspace");
        assert.equal((await page.locator(`label:has([data-testid="admin-workspace"]) > span`).first().textContent()).trim(), label);
        await assertDialogClean(page, "the server's page");
        await page.fill(field, "\u200b"); // nothing that could be seen
        await page.keyboard.press("Enter");
        await page.waitForSelector(inDialog("dialog-error"));
        assert.match(await page.textContent(inDialog("dialog-error")), refusal);
        assert.equal(await page.getAttribute(field, "aria-invalid"), "true");
        assert.equal(await page.getAttribute(field, "aria-describedby"), await page.getAttribute(inDialog("dialog-error"), "id"));
        await assertDialogClean(page, "a refused name");
        const name = `Kühne & <b>Söhne</b>`;
        await page.fill(field, `  ${name} `);
        await page.keyboard.press("Enter");
        await until(async () => saved.test(await page.textContent(`${DIALOG} [role=status]`)), "it to be saved");
        await shown(page, name);
        await shown(other, name);
        // What is said of it stands where one looks, in front of the long list.
        assert.ok(await page.evaluate(() => {
            const [said, fact] = ["dialog [role=status]", "dialog [data-testid=fact]"].map((which) => document.querySelector(which));
            return said.getBoundingClientRect().bottom <= fact.getBoundingClientRect().top && said.getBoundingClientRect().bottom <= innerHeight;
        }));
        await assertDialogClean(page, "a name that is saved");
        // Another administrator's is shown, too; and nothing is a name of its own.
        const change = (workspace) => api(server, "PATCH", "/admin/server", { token: olga.token, body: { workspace } });
        await change("Elsewhere");
        await until(async () => (await page.inputValue(field)) === "Elsewhere", "the field to follow");
        await page.fill(field, "");
        await page.keyboard.press("Enter");
        await shown(other, "Tincan");
        await shown(page, "Tincan");
    });
}

pageTest("a message is reported, and who moderates sees, deletes and dismisses", async (t) => {
    const server = await startServer(t, ["--registration", "open"]);
    const olga = await createOwner(server);
    const desk = await open(t, server, "olga", { account: "login", password: olga.password });
    const bo = await chatSocket(t, server, await createUser(server, "bo"));
    for (const text of ["something bad", "something else"]) await ok(bo, "send", { room: 1, cid: cid(), text });
    const page = await open(t, server, "ana");
    for (const text of ["something bad", "something else"]) {
        await page.hover(`${byId("msg-row")}:has-text("${text}")`);
        await page.click(`${byId("msg-row")}:has-text("${text}") [data-act="more"]`);
        await page.click(act("report"));
        await page.fill(inDialog("reason"), `no ${text}`);
        await assertDialogClean(page, "reporting");
        await page.click(inDialog("dialog-submit"));
        await page.waitForSelector(`${byId("toast")}:has-text("It is reported")`);
        await page.waitForSelector(DIALOG, { state: "detached" });
    }
    // She hears of it at once, and what she does is so for all.
    await until(async () => (await desk.innerText(byId("reports-count"))) === "2", "the count of reports");
    assert.match(await desk.getAttribute(byId("room-menu"), "aria-label"), /2 reports wait/);
    await desk.click(byId("room-menu"));
    await desk.click(tab(3));
    const reports = desk.locator(inDialog("report"));
    await until(async () => (await reports.count()) === 2, "the reports");
    assert.match((await reports.first().innerText()).replace(/\s+/g, " "), /bo: something bad Reported by ana: no something bad/);
    await assertDialogClean(desk, "the reports");
    await reports.first().locator(`[data-act="report-delete"]`).click();
    await desk.click(act("confirm"));
    await until(async () => (await reports.count()) === 1, "the report to be settled with its message");
    await page.waitForSelector(`${byId("msg-row")}:has-text("This message was deleted")`);
    await reports.first().locator(`[data-act="report-dismiss"]`).click();
    await until(async () => /Nothing is reported here/.test(await desk.textContent(DIALOG)), "the last to be dismissed");
    await desk.waitForSelector(byId("reports-count"), { state: "hidden" });
    await page.click(byId("room-menu"));
    assert.equal(await page.locator(tab(3)).count(), 0, "members do not see what is reported");
});
