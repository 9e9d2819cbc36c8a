// Files in a real browser: a page uploads with what browsers have, shows pictures by their address, and nothing in a file runs.
// tincan-test: timeout=120
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { IS_REFERENCE, ROOT, browser, byId, openChat, openPage, say, startServer, until, waitRoom } from "./page_lib.mjs";

const ours = { skip: IS_REFERENCE && "only tincand has files" };
const PNG = readFileSync(join(ROOT, "public", "icons", "tincan-192.png")).toString("base64");

// In the page: an account, whose cookies the browser keeps, and uploads as a page does them.
const IN_PAGE = `
    const call = async (method, path, body, headers = {}) => {
        const answer = await fetch("/api/v1" + path, { method, body, headers: { ...headers, ...(window.token && { Authorization: "Bearer " + window.token }) } });
        return answer.json();
    };
    const json = { "Content-Type": "application/json" };
    window.signIn = async (name) => {
        const { token } = await call("POST", "/guest", JSON.stringify({ name }), json);
        window.token = token;
    };
    window.upload = async (name, blob) => {
        const room = 1;
        const { file, chunk } = await call("POST", "/files", JSON.stringify({ name, size: blob.size, room }), json);
        for (let offset = 0; ;) {
            const answer = await new Promise((resolve, reject) => {
                const sent = new XMLHttpRequest(); // what says how far it has got
                sent.open("PUT", "/api/v1/files/" + file.id + "?offset=" + offset);
                sent.setRequestHeader("Authorization", "Bearer " + window.token);
                sent.upload.onprogress = (e) => (window.progress = e.loaded);
                sent.onload = () => resolve(JSON.parse(sent.response));
                sent.onerror = reject;
                sent.send(blob.slice(offset, offset + chunk));
            });
            offset = answer.offset;
            if (answer.file) return answer.file;
        }
    };
    window.show = (id) => new Promise((resolve) => {
        const image = document.createElement("img");
        image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
        image.onerror = () => resolve(null);
        image.src = "/api/v1/files/" + id;
        document.body.append(image);
    });`;

// The page is one without an icon, which the browser asks for.
const noIcon = { accept: (text) => /status of 404/.test(text) };

async function open(t, server, browser, name, options = noIcon) {
    const page = await openPage(t, browser, options);
    await page.goto(`${server.url}/healthz`);
    await page.evaluate(IN_PAGE);
    if (name) await page.evaluate((who) => window.signIn(who), name);
    return page;
}

test("a picture is uploaded by a page and shown by its address, to its uploader alone", ours, async (t) => {
    const server = await startServer(t);
    const page = await open(t, server, browser, "ana");
    const file = await page.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        return window.upload("picture.png", new Blob([bytes]));
    }, PNG);
    assert.deepEqual([file.type, file.width, file.height], ["image/png", 192, 192]);
    assert.deepEqual(await page.evaluate((id) => window.show(id), file.id), [192, 192]);
    assert.ok(await page.evaluate(() => !document.cookie.includes("tincan")), "the page cannot read it");
    // Opened by itself, in another tab.
    await page.goto(`${server.url}/api/v1/files/${file.id}`);
    assert.deepEqual(await page.evaluate(() => [document.images[0].naturalWidth, document.images[0].naturalHeight]), [192, 192]);
    const refused = { accept: (text) => /status of 40[14]/.test(text) };
    for (const name of ["bo", null]) {
        const other = await open(t, server, browser, name, refused);
        assert.equal(await other.evaluate((id) => window.show(id), file.id), null);
    }
});

test("a large upload tells how far it has got, and is read as it was", ours, async (t) => {
    const server = await startServer(t);
    const page = await open(t, server, browser, "ana");
    const same = await page.evaluate(async () => {
        const bytes = new Uint8Array(5_000_000).map((_, i) => (i * 13) % 251);
        const { id, size } = await window.upload("big.bin", new Blob([bytes]));
        const back = new Uint8Array(await (await fetch(`/api/v1/files/${id}`)).arrayBuffer());
        return size === bytes.length && back.length === size && back.every((byte, i) => byte === bytes[i]) && window.progress > 0;
    });
    assert.ok(same);
});

test("nothing in a file runs, however it is opened", ours, async (t) => {
    const server = await startServer(t);
    const page = await open(t, server, browser, "ana", { acceptDownloads: true, accept: () => true });
    const script = "<script>localStorage.setItem('ran', '1'); document.title = 'ran'</script>";
    const bodies = {
        "evil.html": `<!doctype html><title>x</title>${script}`,
        "evil.svg": `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>localStorage.setItem('ran', '1')</script></svg>`,
        "evil.txt": `x ${script}`,
        "evil.gif": `GIF89a=1;localStorage.setItem('ran', '1')//`,
    };
    for (const [name, body] of Object.entries(bodies)) {
        const { id, type } = await page.evaluate(([n, text]) => window.upload(n, new Blob([text])), [name, body]);
        assert.ok(!/html|svg|script/.test(type), type);
        const url = `${server.url}/api/v1/files/${id}`;
        // As a frame, as a script, and opened.
        await page.evaluate(async (src) => {
            const tries = [["iframe", "src"], ["script", "src"], ["object", "data"], ["embed", "src"]];
            for (const [tag, attribute] of tries) {
                const element = document.createElement(tag);
                element[attribute] = src;
                const done = new Promise((resolve) => (element.onload = element.onerror = resolve));
                document.body.append(element);
                await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 500))]);
            }
        }, url);
        const tab = await page.context().newPage();
        await tab.goto(url).catch((error) => assert.match(String(error), /Download is starting|ERR_ABORTED/));
        assert.notEqual(await tab.title(), "ran", name);
        await tab.close();
        assert.equal(await page.evaluate(() => localStorage.getItem("ran")), null, name);
    }
});

test("what a picture shows is said beside its upload, by the keyboard, and read by the others", ours, async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const other = await openChat(t, browser, server);
    const pick = async (name, buffer = Buffer.from(PNG, "base64")) => {
        const chooser = page.waitForEvent("filechooser");
        await page.click(byId("attach"));
        await (await chooser).setFiles({ name, mimeType: "", buffer });
    };
    const alts = (who) => who.$$eval(`${byId("msg-image")} img`, (all) => all.map((image) => image.alt));
    const ready = () => page.waitForSelector(`${byId("upload-row")}[data-state="done"]`);
    await pick("cat.png");
    await ready();
    await page.focus(byId("upload-alt"));
    await page.keyboard.type("A tin can on a string");
    assert.equal(await page.getAttribute(byId("upload-alt"), "aria-label"), "Description of cat.png");
    // Another room and back: it is still there, as it is after a reload.
    await page.waitForTimeout(600);
    await page.reload();
    await waitRoom(page);
    await ready();
    assert.equal(await page.inputValue(byId("upload-alt")), "A tin can on a string");
    await say(page, "look");
    await until(async () => (await alts(other)).length === 1, "the picture");
    assert.deepEqual(await alts(other), ["A tin can on a string"]);
    // Without one, the name says what there is to say; what is no picture is not described.
    await pick("dog.png");
    await ready();
    await page.click(byId("send"));
    await until(async () => (await alts(other)).length === 2, "the second picture");
    assert.match((await alts(other))[1], /^Image dog\.png/);
    await pick("notes.txt", Buffer.from("x"));
    await ready();
    assert.ok(await page.isHidden(byId("upload-alt")));
});

test("a page is not left while a file is on its way", ours, async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const asked = [];
    page.on("dialog", async (dialog) => {
        asked.push(dialog.type());
        await dialog.dismiss();
    });
    const reload = () => page.evaluate(() => setTimeout(() => location.reload()));
    await page.route("**/api/v1/files/*?offset=*", () => {}); // never answered
    const chooser = page.waitForEvent("filechooser");
    await page.click(byId("attach"));
    await (await chooser).setFiles({ name: "notes.txt", mimeType: "", buffer: Buffer.from("x") });
    await page.waitForSelector(`${byId("upload-row")}[data-state="sending"]`);
    await page.type(byId("composer-input"), "look");
    await page.keyboard.press("Enter");
    await reload();
    await until(async () => asked.length === 1, "the question");
    assert.deepEqual(asked, ["beforeunload"]);
    assert.equal(await page.inputValue(byId("composer-input")), "look");
    // Without it, nobody asks.
    await page.click(`[data-act="upload-cancel"]`);
    await until(async () => (await page.$(byId("upload-row"))) === null, "no upload");
    await page.evaluate(() => (window.before = true));
    await reload();
    await until(() => page.evaluate(() => window.before !== true).catch(() => false), "another page");
    assert.equal(asked.length, 1);
    await waitRoom(page);
});

test("a piece that hangs in a dead link is sent anew over the next one", ours, async (t) => {
    const server = await startServer(t);
    const page = await openChat(t, browser, server);
    const links = [];
    await page.routeWebSocket("**/socket.io/**", (near) => {
        near.connectToServer();
        links.push(near);
    });
    await page.reload();
    await waitRoom(page);
    let pieces = 0;
    await page.route("**/api/v1/files/*?offset=*", (route) => (pieces++ === 0 ? undefined : route.continue())); // the first is never answered
    const chooser = page.waitForEvent("filechooser");
    await page.click(byId("attach"));
    await (await chooser).setFiles({ name: "notes.txt", mimeType: "", buffer: Buffer.from("x") });
    await until(() => pieces === 1, "the first piece");
    for (const link of links) await link.close();
    await page.waitForSelector(`${byId("upload-row")}[data-state="done"]`);
    assert.equal(pieces, 2);
});
