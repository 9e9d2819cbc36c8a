// The README's pictures: node tests/browser/pictures.mjs URL, of a server with an empty store. They go beside this file. Colours for the
// emojis come from Debian's fonts-noto-color-emoji.
import { chromium } from "playwright-core";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createUser, chatSocket } from "../it/lib.mjs";
import { cid, ok } from "../it/chat_lib.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const server = { url: process.argv[2] ?? "http://127.0.0.1:5000", port: Number(new URL(process.argv[2] ?? "http://127.0.0.1:5000").port) };
const ends = [];
const t = { after: (f) => ends.push(f) };
const PASSWORD = "a long pass phrase";

async function speaker(name, display) {
    const socket = await chatSocket(t, server, await createUser(server, name, { password: PASSWORD }));
    await ok(socket, "profile", { display });
    return socket;
}

const say = (who, room, text, more = {}) => ok(who, "send", { room: room.id, cid: cid(), text, ...more });

// A small team on an ordinary day.
async function tell() {
    const [ana, bo, chen] = [await speaker("ana", "Ana"), await speaker("bo", "Bo"), await speaker("chen", "Chen")];
    const { room: garden } = await ok(ana, "room.create", { name: "garden", kind: "public", topic: "Beds, seeds and who waters when" });
    const { room: tools } = await ok(ana, "room.create", { name: "tool-shed", kind: "private" });
    for (const who of [bo, chen]) await ok(who, "room.join", { room: garden.id });
    for (const user of ["bo", "chen"]) await ok(ana, "room.invite", { room: tools.id, user });
    await say(bo, garden, "Morning! The tomatoes came through the night **fine**.");
    await say(chen, garden, "Rain from noon, so no watering today 🌧️");
    const plan = await say(ana, garden, "Good. Then the plan for Saturday:\n- compost to the north bed\n- sow `kale` and `chard`\n- mend the fence");
    await say(bo, garden, "I can bring the post driver.", { reply_to: plan.seq });
    await ok(chen, "react", { room: garden.id, seq: plan.seq, emoji: "🌱", on: true });
    await ok(bo, "react", { room: garden.id, seq: plan.seq, emoji: "🌱", on: true });
    await ok(bo, "react", { room: garden.id, seq: plan.seq, emoji: "👍", on: true });
    await say(chen, garden, "> mend the fence\nThe photo of last year is at https://garden.example/fence");
    await say(bo, tools, "New blades are here.");
    const { room: direct } = await ok(bo, "dm", { user: "ana" });
    await say(bo, direct, "Do you have the key?");
    return { garden };
}

async function picture(browser, file, name, { garden }, { path = "", ...options }) {
    const context = await browser.newContext({ deviceScaleFactor: 1, ...options });
    const page = await context.newPage();
    await page.goto(`${server.url}/${path}#/room/${garden.id}`);
    await page.waitForSelector('[data-app="login"]', { state: "attached" });
    const press = (id) => (options.hasTouch ? page.tap : page.click).call(page, `[data-testid="${id}"]`);
    await press("login-way-login");
    await page.fill('[data-testid="login-name"]', name);
    await page.fill('[data-testid="login-password"]', PASSWORD);
    await press("login-submit");
    await page.waitForSelector('[data-testid="reaction"]');
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(HERE, file) });
    await context.close();
}

const rooms = await tell();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
await picture(browser, "desktop.png", "ana", rooms, { viewport: { width: 1100, height: 700 }, locale: "en-GB" });
await picture(browser, "phone.png", "chen", rooms, { viewport: { width: 390, height: 700 }, colorScheme: "dark", hasTouch: true, isMobile: true, locale: "en-GB" });
await picture(browser, "arabic.png", "bo", rooms, { viewport: { width: 1100, height: 700 }, locale: "ar" });
await browser.close();
for (const end of ends) await end();
