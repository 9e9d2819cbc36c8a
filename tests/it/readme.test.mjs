// The README's scripts, as they stand there, run by somebody who has copied them.
// tincan-test: timeout=120
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { atEnd, newFolder, OURS_ONLY, ROOT, startServer, until } from "./lib.mjs";

const scripts = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/```js\n(.*?)```/gs)].map((found) => found[1]);

function run(t, script, args) {
    const folder = newFolder("readme");
    symlinkSync(join(ROOT, "tests/node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "chat.mjs"), script);
    const child = spawn(process.execPath, [join(folder, "chat.mjs"), ...args], { stdio: ["pipe", "pipe", "pipe"] });
    child.said = "";
    child.failed = "";
    child.stdout.on("data", (chunk) => (child.said += chunk));
    child.stderr.on("data", (chunk) => {
        child.failed += chunk;
        process.stderr.write(chunk);
    });
    child.ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
    atEnd(t, async () => {
        child.kill("SIGKILL");
        await child.ended;
    });
    return child;
}

test("the script of the first screen: two people chat, and the third sees what was said", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t);
    const script = scripts.find((text) => text.includes("/api/v1/guest"));
    assert.ok(script, "README.md has no script that signs in");
    const ada = run(t, script, ["ada", server.url]);
    const grace = run(t, script, ["grace", server.url]);
    ada.stdin.write("is anybody there?\n");
    await until(() => grace.said.includes("ada: is anybody there?\n"), "grace to hear ada");
    grace.stdin.write("I am\n");
    await until(() => ada.said.includes("grace: I am\n"), "ada to hear grace");
    ada.stdin.end();
    assert.equal(await ada.ended, 0, ada.failed);
    const third = run(t, script, ["katherine", server.url]);
    await until(() => third.said.endsWith("grace: I am\n"), "the history");
    assert.equal(third.said, "ada: is anybody there?\ngrace: I am\n");
});

test("the script without accounts: what is sent comes back", { skip: OURS_ONLY }, async (t) => {
    const server = await startServer(t);
    const script = scripts.find((text) => text.includes('io("http://localhost:5000")'));
    assert.ok(script, "README.md has no script for the open namespace");
    const one = run(t, script.replace("http://localhost:5000", server.url), []);
    await until(() => one.said.includes("hello from JavaScript"), "its own message");
});
