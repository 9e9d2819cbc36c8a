// The full-screen client: what is done with rooms, files and one's own account.
// tincan-test: timeout=120
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { api, ask, BIN_DIR, chatSocket, newFolder, startServer, until } from "./lib.mjs";
import { createOwner } from "./api_lib.mjs";
import { heard } from "./chat_lib.mjs";
import { cid, other, quoted, Terminal, test } from "./tui_lib.mjs";

test("a room's links and bans are listed and ended, it is closed and opened again", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const terminal = new Terminal(t);
    const says = async (line, pattern) => {
        terminal.type(line);
        terminal.keys("Enter");
        await terminal.shows(pattern);
    };
    terminal.keys(`echo a long password | ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} register ana`, "Enter");
    await terminal.start(server);
    await says("/create #den", />#den/);
    const { room } = await ask(zoe.socket, "room.join", { room: "den" });
    await says("/mute zoe 5", /^Done\./m);
    terminal.keys("Escape");
    await terminal.hides(/^Done\./m);
    await says("/ban zoe", /^Done\./m);
    await says("/bans", /> zoe {2}Banned for good, by ana\n {2}zoe {2}Muted until today/);
    terminal.keys("x");
    await terminal.shows(/> zoe {2}Muted/);
    terminal.keys("x");
    await terminal.shows(/Nobody is banned or muted here\./);
    assert.equal((await ask(zoe.socket, "room.join", { room: "den" })).ok, true);
    terminal.keys("Escape");
    await terminal.hides(/Banned and muted/);
    await says("/invite", /#\/invite\//);
    await says("/invites", /> Until .* Any number of times/);
    terminal.keys("x");
    await terminal.shows(/There are no links now\./);
    terminal.keys("Escape");
    await terminal.hides(/Invitations/);
    await says("/archive", /Archive den\? [^]*> \/archive\n|> \/archive\nArchive den\? /);
    terminal.keys("Enter");
    await terminal.shows(/This room is archived\. It can be read, not written in\./);
    terminal.type("text");
    await terminal.shows(/Nothing can be written here\./);
    await says("/unarchive", /> Message den/);
    assert.equal((await ask(zoe.socket, "send", { room: room.id, cid: cid(), text: "open again" })).ok, true);
    await terminal.shows(/open again/);
});

test("files: sent with a text, taken back, sent when the server is back, saved under a free name", async (t) => {
    const data = newFolder("tui-data");
    const server = await startServer(t, ["--data", data]);
    const terminal = new Terminal(t);
    const content = randomBytes(2500000); // of three pieces
    writeFileSync(join(terminal.home, "a plan.bin"), content);
    terminal.keys('cd "$HOME"', "Enter");
    await terminal.start(server);
    const says = async (line, pattern) => {
        terminal.type(line);
        terminal.keys("Enter");
        await terminal.shows(pattern);
    };
    await says("/upload nothing.txt hello", /> \/upload nothing\.txt hello\nnothing\.txt cannot be sent: No such file/);
    terminal.keys("C-u");
    terminal.type("/upl");
    terminal.keys("Tab");
    await terminal.shows(/> \/upload *$/m);
    terminal.type("a");
    terminal.keys("Tab");
    await terminal.shows(/> \/upload a\\ plan\.bin *$/m);
    terminal.keys("C-u");
    await says("/upload 'a plan.bin' the first", /ana {2}\d\d:\d\d\n.* the first\n.*\[file\] a plan\.bin, 3 MB\n/);
    terminal.keys("Tab");
    await terminal.shows(/> .*\[file\] a plan\.bin, 3 MB \(s: save\)/);
    terminal.keys("s");
    await terminal.shows(/^Saved as a plan \(1\)\.bin/m);
    assert.ok(readFileSync(join(terminal.home, "a plan (1).bin")).equals(content));
    terminal.keys("Tab");
    await says("/save a\\ plan.bin", /^a plan\.bin is not saved: File exists/m);
    await says("/save nowhere/here", /is not saved: No such file or directory/);
    await server.kill();
    await terminal.shows(/! Connection lost/);
    await says("/upload a\\ plan.bin kept", /^.*a plan\.bin {2}0 % of 3 MB[^]*> kept/m);
    terminal.keys("Escape");
    await terminal.hides(/% of/);
    await terminal.shows(/> kept/); // the text stays
    terminal.keys("C-u");
    await says("/upload a\\ plan.bin the second", /a plan\.bin {2}0 % of 3 MB/);
    terminal.keys("C-q");
    await terminal.shows(/still on its way/);
    await startServer(t, ["--data", data, "--listen", `127.0.0.1:${server.port}`]);
    await terminal.shows(/ the second\n.*\[file\] a plan\.bin, 3 MB\n/);
    assert.deepEqual(readdirSync(terminal.home).filter((name) => name.endsWith(".bin")).sort(), ["a plan (1).bin", "a plan.bin"]);
});

test("one's own account: a password that nobody sees is changed, another device signed out", async (t) => {
    const server = await startServer(t);
    const terminal = new Terminal(t);
    const tincan = `${quoted(join(BIN_DIR, "tincan"))} --server ${server.url}`;
    terminal.keys(`echo a long password | ${tincan} register ana; echo a long password | ${tincan} --token-file "$HOME/other" login ana`, "Enter");
    await terminal.start(server);
    terminal.type("/devices");
    terminal.keys("Enter");
    await terminal.shows(/Devices\n[^]*This device, from [^]*x sign out/);
    await terminal.shows(/Last seen/);
    terminal.keys(.../> .*This device/.test(terminal.screen()) ? ["j", "x"] : ["x"]);
    await terminal.hides(/Last seen/);
    terminal.keys("Escape");
    await terminal.hides(/Devices/);
    terminal.type("/password");
    terminal.keys("Enter");
    for (const [prompt, text] of [
        ["Password now", "a wrong password"],
        ["New password", "another long one"],
        ["New password once more", "another long one"],
    ]) {
        await terminal.shows(new RegExp(`^${prompt}: *$`, "m"));
        terminal.type(text);
        await terminal.shows(new RegExp(`^${prompt}: \\*{16}$`, "m"));
        terminal.keys("Enter");
    }
    await terminal.shows(/^Password now: *$[^]*^[A-Z].*password/m); // it was wrong
    for (const text of ["a long password", "another long one", "another long one"]) {
        terminal.type(text);
        await terminal.shows(/\*{15}/);
        terminal.keys("Enter");
        await terminal.hides(/\*/);
    }
    await terminal.shows(/The password has been changed\./);
    assert.doesNotMatch(terminal.screen(), /long/);
    terminal.keys("C-q");
    await terminal.shows(/shell>$/m);
    terminal.keys(`clear; echo another long one | ${tincan} login ana`, "Enter");
    await terminal.shows(/signed in as ana/);
});

test("who administers lists the accounts and their roles", async (t) => {
    const data = newFolder("tui-users");
    const server = await startServer(t, ["--data", data]);
    const zoe = await other(t, server);
    await zoe.create("tea");
    const terminal = new Terminal(t);
    const tincan = `${quoted(join(BIN_DIR, "tincan"))} --server ${server.url}`;
    terminal.keys(`echo a long password | ${tincan} register ana`, "Enter");
    await terminal.shows(/signed in as ana/);
    execFileSync(join(BIN_DIR, "tincand"), ["user", "role", "ana", "admin", "--data", data]);
    await terminal.start(server);
    terminal.type("/users");
    terminal.keys("Enter");
    await terminal.shows(/^Accounts\n/m);
    await terminal.shows(/[> ] ana {2}@ana \u00b7 Admin\n/);
    await terminal.shows(/[> ] zoe {2}@zoe \u00b7 Member\n/);
    terminal.keys("Escape");
    await terminal.hides(/^Accounts/m);
    terminal.type("/users zo");
    terminal.keys("Enter");
    await terminal.shows(/^Accounts\n> zoe {2}@zoe \u00b7 Member\n\n/m);
    terminal.keys("Enter"); // one writes to them
    await terminal.shows(/> Message zoe/);
});

test("an administrator says what it is all called, and others hear it at once", async (t) => {
    const server = await startServer(t);
    const terminal = new Terminal(t);
    terminal.keys(`echo a long password | ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} register ana`, "Enter");
    await terminal.start(server);
    const says = async (line, pattern) => {
        terminal.type(line);
        terminal.keys("Enter");
        await terminal.shows(pattern);
    };
    await says("/workspace Acme", /You may not do that here\.[^]*> \/workspace Acme|> \/workspace Acme[^]*You may not do that here\./);
    const olga = await createOwner(server);
    const ana = (await api(server, "GET", "/admin/users?q=ana", { token: olga.token })).body.users[0];
    await api(server, "POST", `/admin/users/${ana.id}/role`, { token: olga.token, body: { role: "admin" } });
    const socket = await chatSocket(t, server, olga);
    terminal.keys("Enter");
    await terminal.shows(/^Saved\./m);
    assert.deepEqual(await heard(socket, "workspace"), { workspace: "Acme" });
    // The answer may be here ahead of what everybody hears.
    const called = (pattern) => until(async () => {
        terminal.type("/workspace");
        terminal.keys("Enter");
        await terminal.hides(/> \/workspace/);
        return pattern.test(terminal.screen());
    }, `it to be called ${pattern}`);
    await called(/^Acme$/m);
    await api(server, "PATCH", "/admin/server", { token: olga.token, body: { workspace: "Kühne & Söhne" } });
    await called(/^Kühne & Söhne$/m);
    await says("/workspace -", /^Saved\./m);
    await called(/^Tincan$/m);
});

test("a public room is read before it is joined: what is new comes, and /join works among its messages", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const tea = await zoe.create("tea");
    await zoe.say("a needle", tea);
    const terminal = new Terminal(t);
    await terminal.start(server);
    terminal.tmux("send-keys", "-H", "1b", "5b", "49"); // the focus: somebody looks
    terminal.type("/search needle");
    terminal.keys("Enter");
    await terminal.shows(/> another room: zoe {2}a needle/);
    terminal.keys("Enter");
    await terminal.shows(/You are reading tea\. \/join, to write\./);
    await zoe.say("while it is looked at", tea);
    await terminal.shows(/^1 new message \(Ctrl\+End\)/m);
    terminal.keys("C-End");
    await terminal.shows(/while it is looked at/);
    terminal.type("/join");
    await terminal.shows(/> \/join$/m);
    terminal.keys("Enter");
    await terminal.shows(/> Message tea/);
    await zoe.say("while one is in it", tea);
    await terminal.shows(/while one is in it/);
});
