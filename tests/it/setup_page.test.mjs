// The page of the first start: what a browser sends and sees.
// tincan-test: tsan=long timeout=400
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, createUser, login, request, startPostgres, startServer } from "./lib.mjs";
import { createOwner, OWNER_PASSWORD, refusedApi, setupToken } from "./api_lib.mjs";

const form = (server, values, headers = {}) =>
    request(server, {
        method: "POST",
        path: "/setup",
        headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: server.url, ...headers },
        body: new URLSearchParams(values).toString(),
    });

test("the page works without scripts, and gives nothing away", async (t) => {
    const server = await startServer(t);
    const token = await setupToken(server);
    const page = await request(server, { path: `/setup?token=${token}` });
    assert.equal(page.status, 200);
    assert.match(page.headers["content-type"], /^text\/html/);
    assert.match(page.headers["content-security-policy"], /default-src 'none'/);
    assert.match(page.headers["content-security-policy"], /form-action 'self'/);
    assert.equal(page.headers["referrer-policy"], "same-origin");
    assert.equal(page.headers["cache-control"], "no-store");
    assert.ok(page.body.includes(`value="${token}"`));
    assert.ok(!/<script|onload|javascript:/i.test(page.body));
    const sly = await request(server, { path: `/setup?token=${encodeURIComponent('"><script>alert(1)</script>')}` });
    assert.ok(!sly.body.includes("<script"), sly.body);
    const foreign = await form(server, { token, name: "eve", password: OWNER_PASSWORD }, { Origin: "https://evil.example" });
    assert.equal(foreign.status, 403);
    assert.match(foreign.body, /^<!doctype html>.*sent from another page/);
    assert.ok(!foreign.body.includes("<form") && !foreign.body.includes(token) && !foreign.body.includes("eve"), "nothing of it comes back");
    for (const values of [{ token: "x", name: "eve", password: OWNER_PASSWORD }, { token, name: "eve", password: "short" }, { token, name: "eve" }, {},
        { token, name: "e!", password: OWNER_PASSWORD }, { token, name: "eve", password: "x".repeat(1100) }]) {
        const answer = await form(server, values);
        assert.equal(answer.status, values.token === token ? 400 : 403, JSON.stringify(values));
        assert.match(answer.headers["content-type"], /^text\/html/);
        assert.match(answer.body, /^<!doctype html>/);
    }
    for (const workspace of ["x".repeat(65), "\u0444".repeat(65), "two\nlines"]) {
        assert.equal((await form(server, { token, workspace, name: "Olga", password: OWNER_PASSWORD })).status, 400, workspace);
    }
    const done = await form(server, { token, workspace: " ", name: "Olga", password: "\u00fcber & so + \u0444 weiter=%" });
    assert.equal(done.status, 200, done.body);
    assert.match(done.body, /Done/);
    assert.ok(!done.body.includes("<form") && !done.body.includes(token));
    assert.equal((await login(server, "olga", "\u00fcber & so + \u0444 weiter=%")).role, "owner");
    assert.match((await request(server, { path: `/setup?token=${token}` })).body, /is set up/);
    // Who has sent it twice sees the second answer.
    const twice = await form(server, { token, name: "olga", password: OWNER_PASSWORD });
    assert.equal(twice.status, 403);
    assert.match(twice.body, /is set up.*Open the chat/);
});

test("the page for it speaks the browser's language, or the one that is chosen", async (t) => {
    const server = await startServer(t);
    const token = await setupToken(server);
    const get = (lang, browser) => request(server, { path: `/setup?token=${token}${lang}`, headers: browser ? { "Accept-Language": browser } : {} });
    const [english, arabic] = [/<html lang="en" dir="ltr">.*Create the account/s, /<html lang="ar" dir="rtl">.*أنشئ الحساب/s];
    for (const [lang, browser, says] of [
        ["", "", english], ["", "ar-EG, en;q=0.8", arabic], ["", "de, en-GB;q=0.9,ar;q=0.1", english], ["", "de", english], ["&lang=ar", "en", arabic],
        ["&lang=en", "ar", english], ["&lang=%22%3E%3Cscript", "", english], ["", ",".repeat(500), english],
    ]) {
        const { body } = await get(lang, browser);
        assert.match(body, says, `${lang} ${browser}`);
        assert.ok(!body.includes("<script"));
    }
    const wrong = await form(server, { token, lang: "ar", name: "e!", password: OWNER_PASSWORD });
    assert.match(wrong.body, arabic);
    assert.match((await form(server, { token, lang: "ar", name: "olga", password: OWNER_PASSWORD })).body, /lang="ar".*افتح الدردشة/s);
});

// ---- what is refused -------------------------------------------------------------------------------------------------

// What stands in a field of the page, as the browser reads it: undefined when nothing does.
function inField(body, name) {
    const [input] = new RegExp(`<input name="${name}"[^>]*>`).exec(body);
    const said = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
    return / value="([^"]*)"/.exec(input)?.[1].replace(/&[#\w]+;/g, (mark) => said[mark]);
}

// The field that is marked as wrong, or (general) as the one to go on with, and what is said.
const marked = (body) => /<input name="(\w+)"[^>]* aria-invalid="true" aria-describedby="why" autofocus/.exec(body)?.[1];
const next = (body) => /<input name="(\w+)"[^>]* aria-describedby="why" autofocus/.exec(body)?.[1];
const said = (body) => /<p id="why" role="alert">([^<]+)<\/p>/.exec(body)?.[1];
const LANGUAGES = { en: /<html lang="en" dir="ltr">/, ar: /<html lang="ar" dir="rtl">/ };
const HOSTILE = `"><script>alert(1)</script>' autofocus onfocus=alert(2) x="&lt;&#34;`;

test("a refused form says at the field what was wrong, and keeps what was typed", async (t) => {
    const server = await startServer(t);
    const token = await setupToken(server);
    await createUser(server, "taken");
    const good = { token, workspace: "Kühne & <Söhne>", name: "Olga", password: OWNER_PASSWORD };
    for (const [lang, says] of [
        ["en", { workspace: /one line of up to 64/, name: /2 to 32 of the letters/, password: /at least 10 characters/, taken: /is taken/, token: /not the address/ }],
        ["ar", { workspace: /سطر واحد/, name: /للاسم 2 إلى 32/, password: /10 أحرف على الأقل/, taken: /مأخوذ/, token: /ليس هذا العنوان/ }],
    ]) {
        for (const [wrong, field, what, status] of [
            [{ workspace: "x".repeat(65) }, "workspace", "workspace", 400], [{ workspace: "two\nlines" }, "workspace", "workspace", 400],
            [{ name: "e!" }, "name", "name", 400], [{ name: "" }, "name", "name", 400], [{ name: "x".repeat(500) }, "name", "name", 400],
            [{ name: "taken" }, "name", "taken", 409],
            [{ password: "short" }, "password", "password", 400], [{ password: "" }, "password", "password", 400], [{ password: "x".repeat(1100) }, "password", "password", 400],
            [{ token: "x" }, undefined, "token", 403], [{ workspace: HOSTILE.repeat(3) }, "workspace", "workspace", 400], [{ name: HOSTILE }, "name", "name", 400],
        ]) {
            const values = { ...good, ...wrong, lang };
            const { status: answered, body, headers } = await form(server, values);
            const about = `${lang} ${JSON.stringify(wrong)}: ${answered} ${body}`;
            assert.equal(answered, status, about);
            assert.match(headers["content-type"], /^text\/html/, about);
            assert.match(body, LANGUAGES[lang], about);
            assert.equal(marked(body), field, about);
            assert.equal(next(body), field ?? "password", about);
            assert.match(said(body) ?? "", says[what], about);
            assert.equal(body.split(`role="alert"`).length, 2, about);
            assert.equal(inField(body, "workspace"), values.workspace, about);
            assert.equal(inField(body, "name"), values.name, about);
            assert.equal(inField(body, "password"), undefined, about);
            assert.ok(!values.password || !body.includes(values.password), "a password never comes back");
            assert.ok(!/<script|<[^>]*"[^"]*" onfocus/.test(body), about);
            assert.equal(/name="token" value="([^"]*)"/.exec(body)[1], values.token === token ? token : "", about);
        }
    }
    // What is no text does not come back, and is not taken for nothing.
    const raw = await request(server, {
        method: "POST", path: "/setup", headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: server.url },
        body: `token=${token}&name=%FF%C0%BCscript%3E&workspace=%E2%82&password=%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF`,
    });
    assert.equal(raw.status, 400);
    assert.equal(inField(raw.body, "name"), "");
    const odd = await request(server, {
        method: "POST", path: "/setup", headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: server.url },
        body: `token=${token}&name=olga&password=%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF`,
    });
    assert.equal(odd.status, 400);
    assert.equal(marked(odd.body), "password");
    // A program is told the same in its own way.
    for (const [wrong, status, code, field] of [[{ workspace: "x".repeat(65) }, 400, "invalid", "workspace"], [{ name: "taken" }, 409, "taken", "name"], [{ token: "x" }, 403, "forbidden", "token"]]) {
        await refusedApi(server, "POST", "/setup", { body: { ...good, ...wrong } }, status, code, field);
    }
    const done = await form(server, good);
    assert.equal(done.status, 200, done.body);
});

test("too many tries are answered with a page to a browser, with JSON to a program", async (t) => {
    const server = await startServer(t, ["--limits", "on"]);
    const token = await setupToken(server);
    const values = { token: "x", workspace: "Acme", name: "Olga", password: OWNER_PASSWORD };
    for (let i = 0; i < 10; i++) assert.equal((await form(server, values)).status, 403);
    for (const [lang, says] of [["en", /^Too many tries.*: 1[5-9]$/], ["ar", /^جرت محاولات كثيرة.*: 1[5-9]$/]]) {
        const { status, headers, body } = await form(server, { ...values, token, lang });
        assert.equal(status, 429, body);
        assert.match(headers["content-type"], /^text\/html/);
        assert.match(headers["retry-after"], /^1[5-9]$/);
        assert.match(body, /^<!doctype html>/);
        assert.match(body, LANGUAGES[lang]);
        assert.match(said(body), says);
        assert.equal(marked(body), undefined);
        assert.equal(next(body), "password");
        assert.deepEqual([inField(body, "workspace"), inField(body, "name"), inField(body, "password")], ["Acme", "Olga", undefined]);
    }
    await refusedApi(server, "POST", "/setup", { body: { ...values, token } }, 429, "rate");
});

test("a store that is away is a 503, as a page and as JSON, and the form is there when it is back", async (t) => {
    const postgres = await startPostgres(t);
    const server = await startServer(t, ["--database", postgres.url]);
    const token = await setupToken(server);
    const values = { token, workspace: "Acme", name: "Olga", password: OWNER_PASSWORD };
    await postgres.stop();
    for (const [lang, says] of [["en", /cannot reach its storage/], ["ar", /لا يصل الخادم إلى مخزنه/]]) {
        const { status, headers, body } = await form(server, { ...values, lang });
        assert.equal(status, 503, body);
        assert.match(headers["content-type"], /^text\/html/);
        assert.match(headers["retry-after"], /^\d+$/);
        assert.match(body, LANGUAGES[lang]);
        assert.match(said(body), says);
        assert.deepEqual([inField(body, "workspace"), inField(body, "name"), next(body)], ["Acme", "Olga", "password"]);
    }
    await refusedApi(server, "POST", "/setup", { body: values }, 503, "unavailable");
    await postgres.start();
    const done = await form(server, values);
    assert.equal(done.status, 200, done.body);
    assert.equal((await login(server, "olga", OWNER_PASSWORD)).role, "owner");
});

test("before the store has answered once, the page says so and keeps what is sent", async (t) => {
    const postgres = await startPostgres(t);
    await postgres.stop();
    const server = await startServer(t, ["--database", postgres.url]);
    const token = "A".repeat(43);
    const page = await request(server, { path: `/setup?token=${token}&name=eve` });
    assert.equal(page.status, 503);
    assert.match(page.body, /^<!doctype html>/);
    assert.match(said(page.body), /cannot reach its storage/);
    assert.equal(inField(page.body, "name"), "", "an address fills nothing in");
    const sent = await form(server, { token, name: "Olga", workspace: "Acme", password: OWNER_PASSWORD });
    assert.equal(sent.status, 503);
    assert.deepEqual([inField(sent.body, "workspace"), inField(sent.body, "name")], ["Acme", "Olga"]);
    await refusedApi(server, "POST", "/setup", { body: { token } }, 503, "unavailable");
    await postgres.start();
    assert.equal((await createOwner(server)).role, "owner");
});
