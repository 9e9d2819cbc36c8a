// What the acceptance tests share: a scene for each engine, and what people do and see in our page, whatever engine shows it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { sqlite } from "../it/api_lib.mjs";
import { ENGINES, startEngine } from "./engines.mjs";
import { startChat, until } from "./lib.mjs";

// Engines and pages take seconds to start: the tests of a file share those of an engine. f(scene) declares the tests of one; scene is
// empty but for { name, t, start } until one of them starts it. What is closed at its end is closed before the next engine starts.
export function eachEngine(f) {
    for (const name of ENGINES) {
        const ends = [];
        const t = { after: (end) => ends.push(end) };
        const scene = { name, t };
        scene.start = async () => {
            scene.server = await startChat(t);
            scene.engine = await startEngine(t, name);
        };
        scene.end = async () => {
            for (const end of ends.splice(0)) await end();
        };
        f(scene);
        after(scene.end);
    }
}

// What a page may complain about whose network goes away: that, but nothing that was thrown.
// Firefox throws it to nobody.
export const anyNetwork = (text) => /^console: |^uncaught: Error: (Firefox can’t establish a|The) connection to /.test(text);

const isApp = (state) => document.documentElement.dataset.app === state;

export const isConn = (page, ...states) =>
    page.waitFor((states) => states.includes(document.documentElement.dataset.conn), states);

// A room is shown, and one can write in it.
export async function inside(page, ...states) {
    await page.waitFor(isApp, "ready");
    await isConn(page, ...(states.length ? states : ["live"]));
    await page.waitFor(() => !document.getElementById("composer").hidden &&
        document.getElementById("room-name").textContent === "lobby" &&
        document.querySelector("[data-testid=msg-list]").getAttribute("aria-busy") !== "true");
}

// account: "guest", or with a password "register" or "login".
export async function signIn(page, name, { password, account = password ? "register" : "guest" } = {}) {
    await page.waitFor(isApp, "login");
    if (await page.visible(`login-way-${account}`)) await page.click(`login-way-${account}`);
    await page.fill("login-name", name);
    if (password) await page.fill("login-password", password);
    await page.click("login-submit");
    await inside(page);
}

export async function say(page, text) {
    await page.fill("composer-input", text);
    await page.press("Enter");
}

// The texts of the rows as people see them, oldest first.
export const bodies = (page) => page.findAll("msg-body", (all) => all.map((body) => body.innerText.trim()));

export const waitBody = (page, text) =>
    page.waitFor((text) => [...document.querySelectorAll("[data-testid=msg-body]")].some((body) => body.innerText.trim() === text), text);

export async function waitBodies(page, expected) {
    const same = async () => isDeepStrictEqual(await bodies(page), expected);
    await until(same, "").catch(async () => assert.deepEqual(await bodies(page), expected));
}

// The texts that the store has of the lobby, oldest first, read past the server.
export async function stored(server) {
    const sql = "SELECT message.text FROM message JOIN room ON room.id = message.room WHERE room.name = 'lobby' ORDER BY message.seq";
    return (await sqlite(join(server.data, "tincan.db"), sql)).split("\n");
}

export const waitAllSent = (page) =>
    page.waitFor(() => [...document.querySelectorAll("[data-testid=msg-row]")].every((row) => row.dataset.state === "sent"));

// How much wider a page is than its window, in px.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
