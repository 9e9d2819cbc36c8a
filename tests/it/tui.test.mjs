// The full-screen client in a real terminal: tmux, on a socket of its own.
// tincan-test: timeout=240
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test as nodeTest } from "node:test";
import { ask, atEnd, BIN_DIR, chatSocket, createUser, newFolder, OURS_ONLY, sleep, startServer, until } from "./lib.mjs";

const test = (name, fn) => nodeTest(name, { skip: OURS_ONLY }, fn);
const cid = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const quoted = (text) => `'${text}'`;

let terminals = 0;

// A terminal with a shell in it, and what it shows.
class Terminal {
    constructor(t, width = 80, height = 24) {
        this.name = `tincan-${process.pid}-${++terminals}`;
        this.home = newFolder("tui-home");
        this.env = {
            PATH: process.env.PATH,
            HOME: this.home,
            LANG: "C.UTF-8",
            ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? "",
            TMUX_TMPDIR: newFolder("tui-tmux"),
        };
        this.tmux("-f", "/dev/null", "new-session", "-d", "-x", String(width), "-y", String(height), "sh");
        atEnd(t, () => this.tmux("kill-server"));
        this.keys("PS1='shell'; PS1=\"$PS1> \"", "Enter");
    }

    tmux(...args) {
        return execFileSync("tmux", ["-u", "-L", this.name, ...args], { env: this.env, encoding: "utf8" });
    }

    keys(...keys) {
        this.tmux("send-keys", ...keys);
    }

    type(text) {
        this.tmux("send-keys", "-l", text);
    }

    screen() {
        return this.tmux("capture-pane", "-p");
    }

    // Wait for the screen to match; the screen is told when it never does.
    async shows(pattern) {
        try {
            await until(() => pattern.test(this.screen()), String(pattern));
        } catch (error) {
            throw new Error(`${error.message}; the screen is\n${this.screen()}`);
        }
    }

    async hides(pattern) {
        await until(() => !pattern.test(this.screen()), `no ${pattern}`);
    }

    async start(server, name = "ana", before = "") {
        this.keys(`${before} ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} --name ${name} tui`, "Enter");
        await this.shows(/#lobby .*Live/);
    }

    kept() {
        const folder = join(this.home, ".local/state/tincan");
        return readdirSync(folder)
            .filter((file) => file.endsWith(".json"))
            .map((file) => ({ mode: statSync(join(folder, file)).mode & 0o777, ...JSON.parse(readFileSync(join(folder, file), "utf8")) }));
    }
}

// Somebody else, on a stock client.
async function other(t, server, name = "zoe") {
    const socket = await chatSocket(t, server, await createUser(server, name));
    const { rooms } = await ask(socket, "rooms");
    const room = rooms.find((one) => one.name === "lobby").id;
    return {
        socket,
        say: async (text, where = room) => {
            const reply = await ask(socket, "send", { room: where, cid: cid(), text });
            assert.equal(reply.ok, true, JSON.stringify(reply));
            return reply.seq;
        },
        create: async (name) => (await ask(socket, "room.create", { name, kind: "public" })).room.id,
        texts: async () => (await ask(socket, "history", { room, limit: 100 })).messages.map((message) => message.text),
    };
}

test("messages come and go, in both directions", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    await zoe.say("before **bold** `code`");
    const terminal = new Terminal(t);
    await terminal.start(server);
    await terminal.shows(/zoe {2}\d\d:\d\d\n.*before bold `code`/);
    await zoe.say("while it runs \u6f22\u5b57");
    await terminal.shows(/while it runs \u6f22\u5b57/);
    terminal.type("from the terminal");
    terminal.keys("Enter");
    await until(async () => (await zoe.texts()).includes("from the terminal"), "the message to be stored");
    await terminal.shows(/ana {2}\d\d:\d\d\n.*from the terminal/);
    terminal.keys("Up"); // edit the last one
    await terminal.shows(/Editing your message/);
    terminal.type(", mended");
    terminal.keys("Enter");
    await terminal.shows(/from the terminal, mended \(edited\)/);
    await until(async () => (await zoe.texts()).includes("from the terminal, mended"), "the edit to be stored");
    terminal.type("/react +1");
    terminal.keys("Enter");
    await terminal.shows(/\[\u{1F44D} 1\]/u);
});

test("rooms: unread counts, switching, creating, searching", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const tea = await zoe.create("tea");
    const terminal = new Terminal(t);
    await terminal.start(server);
    terminal.type("/join #tea");
    terminal.keys("Enter");
    await terminal.shows(/>#tea/);
    terminal.keys("C-k");
    await terminal.shows(/Go to room:/);
    terminal.type("lob");
    await terminal.shows(/> #lobby/);
    terminal.keys("Enter");
    await terminal.shows(/>#lobby/);
    await zoe.say("needle in the tea", tea);
    await zoe.say("hello @ana", tea);
    await terminal.shows(/#tea +2 @1/);
    terminal.keys("C-f");
    await terminal.shows(/Search:/);
    terminal.type("needle");
    terminal.keys("Enter");
    await terminal.shows(/> #tea zoe {2}needle in the tea/);
    terminal.keys("Enter");
    await terminal.shows(/>#tea/);
    await terminal.shows(/@ .*hello @ana/);
    await terminal.hides(/#tea +2 @1/); // it is read now
    terminal.type("/nonsense");
    terminal.keys("Enter");
    await terminal.shows(/no such command/);
});

test("the server dies: what is written is kept, and sent once when it is back", async (t) => {
    const data = newFolder("tui-data");
    const server = await startServer(t, ["--data", data]);
    const terminal = new Terminal(t);
    await terminal.start(server);
    await server.kill();
    await terminal.shows(/! Connection lost/);
    terminal.type("written while it was gone");
    terminal.keys("Enter");
    await terminal.shows(/Will send when online/);
    terminal.type("and a draft");
    await until(() => terminal.kept()[0].drafts.length === 1, "the draft to be kept");
    assert.equal(terminal.kept()[0].mode, 0o600);
    assert.equal(terminal.kept()[0].outbox.length, 1);
    terminal.keys("C-c");
    await terminal.shows(/Once more to leave/);
    terminal.keys("C-c");
    await terminal.shows(/shell>$/m);
    const again = await startServer(t, ["--data", data, "--listen", `127.0.0.1:${server.port}`]);
    await terminal.start(again);
    await terminal.shows(/> and a draft/);
    const zoe = await other(t, again);
    await until(async () => (await zoe.texts()).includes("written while it was gone"), "the message to be sent");
    await until(() => terminal.kept()[0].outbox.length === 0, "the outbox to be empty");
    assert.deepEqual(await zoe.texts(), ["written while it was gone"]);
});

test("a paste never sends, and wide characters stay in their columns", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const terminal = new Terminal(t);
    await terminal.start(server);
    terminal.tmux("set-buffer", "line one\nline two\n\u6f22\u5b57e\u0301\n");
    terminal.tmux("paste-buffer", "-p");
    await terminal.shows(/> line one\n.*line two\n.*\u6f22\u5b57e\u0301/);
    await sleep(300);
    assert.deepEqual(await zoe.texts(), []);
    terminal.keys("BSpace", "BSpace");
    terminal.type("!");
    terminal.keys("Enter");
    await until(async () => (await zoe.texts()).includes("line one\nline two\n\u6f22\u5b57!"), "the whole to be sent");
    writeFileSync(join(terminal.home, "long"), "word ".repeat(20000)); // on one line
    terminal.tmux("load-buffer", join(terminal.home, "long"));
    terminal.tmux("paste-buffer", "-p");
    terminal.keys("Enter");
    await terminal.shows(/Too long by 84000 characters\./);
    terminal.keys("C-u");
    await terminal.shows(/> Message lobby/);
});

test("sizes from 40x10 up; the screen comes back at the end, colours do not", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    await zoe.say(`a line ${"long ".repeat(20)}end`);
    const terminal = new Terminal(t, 80, 24);
    terminal.keys("echo what was here before", "Enter");
    await terminal.start(server, "ana", "NO_COLOR=1");
    terminal.tmux("resize-window", "-x", "40", "-y", "10");
    await terminal.shows(/^F1 help/m);
    await terminal.shows(/ end$/m);
    for (const line of terminal.screen().split("\n")) assert.ok(line.length <= 40, line);
    assert.doesNotMatch(terminal.tmux("capture-pane", "-p", "-e"), /\u001b\[[0-9;]*3[1-7]m/);
    terminal.tmux("resize-window", "-x", "100", "-y", "30");
    await terminal.shows(/>#lobby +\u2502/);
    terminal.keys("F1");
    await terminal.shows(/Ctrl\+K +go to a room/);
    terminal.keys("End"); // the commands are below the keys
    await terminal.shows(/\/quit +leave the program/);
    terminal.keys("Escape");
    await terminal.hides(/leave the program/);
    terminal.keys("C-q");
    await terminal.shows(/what was here before/);
    await terminal.hides(/Live/);
    terminal.keys("stty -a | grep -c ' icanon'", "Enter");
    await terminal.shows(/(^|> )1$/m); // the shell may have been slower than the keys
});

// The program that the shell of a terminal runs.
function childOf(terminal) {
    const pane = terminal.tmux("display", "-p", "#{pane_pid}").trim();
    return Number(readFileSync(`/proc/${pane}/task/${pane}/children`, "utf8").trim().split(" ")[0]);
}

test("stopped and continued, by Ctrl+Z or from outside: the terminal is the shell's meanwhile, and may get another size", async (t) => {
    const server = await startServer(t);
    const terminal = new Terminal(t, 100, 24);
    await terminal.start(server);
    const pid = childOf(terminal);
    const stops = { "Ctrl+Z": () => terminal.keys("C-z"), SIGTSTP: () => process.kill(pid, "SIGTSTP") };
    let width = 90;
    for (const [how, stop] of Object.entries(stops)) {
        stop();
        await terminal.shows(/Stopped/);
        await terminal.hides(/Ctrl\+K rooms/);
        terminal.keys("clear; stty -a | grep -c ' icanon'", "Enter");
        await terminal.shows(/(^|> )1$/m);
        terminal.tmux("resize-window", "-x", String((width -= 20)), "-y", "20");
        terminal.keys("fg", "Enter");
        await terminal.shows(/#lobby +Live$/m);
        terminal.type(how);
        await terminal.shows(new RegExp(`^.{0,24}> ${how.replace("+", ".")}\n.*F1 help`, "m"));
        assert.equal(terminal.screen().split("\n")[0].length, width - 1, terminal.screen());
        terminal.keys("C-u");
        await terminal.shows(/> Message lobby/);
    }
    terminal.keys("C-q");
    await terminal.shows(/shell>$/m);
});

test("a crash gives the terminal back", async (t) => {
    const server = await startServer(t);
    const terminal = new Terminal(t);
    await terminal.start(server);
    process.kill(childOf(terminal), "SIGBUS");
    await terminal.hides(/Ctrl\+K rooms/);
    terminal.keys("stty -a | grep -c ' icanon'", "Enter");
    await terminal.shows(/(^|> )1$/m); // the shell may have been slower than the keys
});

test("its words are those of LC_ALL, LC_MESSAGES or LANG, unless --language asks for others", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    await zoe.say("\u0645\u0631\u062d\u0628\u0627");
    const terminal = new Terminal(t);
    terminal.keys(`LC_MESSAGES=ar_EG.UTF-8 ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} --name ana tui`, "Enter");
    await terminal.shows(/\u0645\u062a\u0635\u0644/); // live
    await terminal.shows(/F1 \u0645\u0633\u0627\u0639\u062f\u0629/); // help
    await terminal.shows(/ {20}.?\u0645\u0631\u062d\u0628\u0627/); // at the right
    terminal.type("/nonsense");
    terminal.keys("Enter");
    await terminal.shows(/\u0644\u0627 \u064a\u0648\u062c\u062f \u0623\u0645\u0631/);
    terminal.keys("C-u", "C-q");
    await terminal.shows(/shell>$/m);
    terminal.keys(`LANG=ar ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} --language en tui`, "Enter");
    await terminal.shows(/Live/);
    terminal.keys("C-q");
    await terminal.shows(/shell>$/m);
    terminal.keys(`clear; ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} history '#lobby'`, "Enter");
    await terminal.shows(/\d\d:\d\d zoe: \u2068\u0645\u0631\u062d\u0628\u0627\u2069\n/);
    terminal.keys(`clear; ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} history '#lobby' | cat`, "Enter");
    await terminal.shows(/\d\d:\d\d zoe: \u0645\u0631\u062d\u0628\u0627\n/);
    const coffee = await zoe.create("\u0642\u0647\u0648\u0629");
    assert.equal((await ask(zoe.socket, "room.update", { room: coffee, topic: "\u0639\u0646 Kaffee" })).ok, true);
    terminal.keys(`clear; ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} join ${coffee}`, "Enter");
    await terminal.shows(/^#\u2068\u0642\u0647\u0648\u0629\u2069 +public/m);
    terminal.keys(`clear; ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} rooms`, "Enter");
    await terminal.shows(/^#lobby +public[^]*^#\u2068\u0642\u0647\u0648\u0629\u2069 +public +0 unread +0 mentions +\u2068\u0639\u0646 Kaffee\u2069$/m);
    terminal.keys(`clear; ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} rooms | cat`, "Enter");
    await terminal.shows(/^#\u0642\u0647\u0648\u0629 +public/m);
    terminal.keys(`clear; ${quoted(join(BIN_DIR, "tincan"))} --language xx tui`, "Enter");
    await terminal.shows(/--language must be en or ar, not: xx/);
    terminal.keys(`clear; TERM=dumb ${quoted(join(BIN_DIR, "tincan"))} tui; echo code $?`, "Enter");
    await terminal.shows(/this terminal cannot move its cursor; use tail and send\ncode 1\n/);
});

test("who is blocked: what they say is folded away, wherever it is shown", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const terminal = new Terminal(t);
    await terminal.start(server);
    await zoe.say("said to @ana before");
    await terminal.shows(/@ .*said to @ana before/);
    terminal.type("/reply");
    terminal.keys("Enter");
    await terminal.shows(/said to @ana before[^]*said to @ana before/);
    terminal.type("/block zoe");
    terminal.keys("Enter");
    await terminal.shows(/\n[^>]* Message from a blocked person\n[^]*Message from a blocked person/); // and what is replied to
    await terminal.hides(/said to @ana|@ +Message/);
    terminal.type("to that");
    terminal.keys("Enter");
    await terminal.shows(/\u2502 zoe: Message from a blocked person\n.*to that/);
    terminal.keys("C-f");
    terminal.type("said");
    terminal.keys("Enter");
    await terminal.shows(/> #lobby zoe {2}Message from a blocked person/);
    terminal.keys("Enter", "Tab", "k");
    await terminal.shows(/> +Message from a blocked person \(Enter: show it\)/);
    terminal.keys("Enter");
    await terminal.shows(/zoe {2}\d\d:\d\d\n.*said to @ana before\n/);
    terminal.keys("Tab");
    terminal.type("/blocked");
    terminal.keys("Enter");
    await terminal.shows(/Blocked people\n> zoe {2}zoe/);
    terminal.keys("Enter");
    await terminal.hides(/> zoe {2}zoe/);
    await terminal.shows(/Done\./);
});

test("a room is moderated: reports made and judged, invitations, somebody removed", async (t) => {
    const server = await startServer(t);
    const [zoe, cyd] = [await other(t, server), await other(t, server, "cyd")];
    const terminal = new Terminal(t);
    terminal.keys(`echo a long password | ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} register ana`, "Enter"); // guests make no rooms
    await terminal.start(server);
    await zoe.say("not nice");
    await terminal.shows(/not nice/);
    terminal.keys("Tab", "!");
    await terminal.shows(/> \/report/);
    terminal.type("it is rude");
    terminal.keys("Enter");
    await terminal.shows(/^It is reported\. Thank you\./m);
    terminal.type("/create #den");
    terminal.keys("Enter");
    await terminal.shows(/>#den/);
    const { room } = await ask(zoe.socket, "room.join", { room: "den" });
    await ask(cyd.socket, "room.join", { room: "den" });
    for (const text of ["spam", "bait"]) {
        const seq = await zoe.say(text, room.id);
        assert.equal((await ask(cyd.socket, "report", { room: room.id, seq, reason: `it is ${text}` })).ok, true);
    }
    await terminal.shows(/#den .*2 reports: \/reports {2}Live/);
    terminal.type("/reports");
    terminal.keys("Enter");
    await terminal.shows(/zoe: bait {2}Reported by cyd: it is bait/);
    terminal.keys("End", "x");
    await until(() => /Reports\n> zoe: \w+ .*\n\n/.test(terminal.screen()), "one to be dismissed");
    const left = /> zoe: (\w+)/.exec(terminal.screen())[1];
    terminal.keys("d");
    await terminal.shows(/Once more deletes it/);
    terminal.keys("d");
    await terminal.shows(/Nothing is reported here\./);
    terminal.keys("Escape");
    await terminal.shows(/This message was deleted\./);
    await terminal.hides(new RegExp(`reports?: /reports|${left}`));
    terminal.type("/invite");
    terminal.keys("Enter");
    await terminal.shows(new RegExp(`For 7 days:\\s+${server.url}/#/invite/[\\w-]+`));
    terminal.type("/kick zoe");
    terminal.keys("Enter");
    await until(async () => !(await ask(zoe.socket, "rooms")).rooms.some((one) => one.id === room.id && one.joined), "zoe to be out");
    const attic = (await ask(zoe.socket, "room.create", { name: "attic", kind: "private" })).room.id;
    const { invite } = await ask(zoe.socket, "room.invite", { room: attic, seconds: 600 });
    terminal.type(`/join ${server.url}/#/invite/${invite.token}`);
    terminal.keys("Enter");
    await terminal.shows(/>#attic/);
});

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

test("who is there: in direct messages and among the members", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const terminal = new Terminal(t);
    await terminal.start(server);
    terminal.type("/dm zeo hello at once");
    terminal.keys("Enter");
    await terminal.shows(/> \/dm zeo hello at once\nThere is nobody of that name\./); // it comes back
    terminal.keys("Escape");
    await terminal.shows(/> Message lobby/);
    terminal.type("/dm zoe hello at once");
    terminal.keys("Enter");
    await terminal.shows(/>\u25cfzoe[^]*ana {2}\d\d:\d\d\n.*hello at once/);
    const { rooms } = await ask(zoe.socket, "rooms");
    const { messages } = await ask(zoe.socket, "history", { room: rooms.find((one) => one.kind === "dm").id, limit: 10 });
    assert.deepEqual(messages.map((message) => message.text), ["hello at once"]);
    await terminal.shows(/^ \u25cf zoe  Online/m);
    terminal.keys("C-k");
    terminal.type("lobby");
    terminal.keys("Enter");
    await terminal.shows(/>#lobby/);
    assert.equal((await ask(zoe.socket, "profile", { bio: "Roasts coffee.\nNever sleeps.", zone: "Asia/Tokyo" })).ok, true);
    terminal.type("/whois @zoe");
    terminal.keys("Enter");
    await terminal.shows(/^zoe +@zoe \u00b7 Member\n +Online\nAbout +Roasts coffee\.\n +Never sleeps\.\nTime zone +Asia\/Tokyo/m);
    terminal.keys("Escape");
    await terminal.hides(/Roasts/);
    terminal.type("/members");
    terminal.keys("Enter");
    await terminal.shows(/\u25cf zoe {2}@zoe \u00b7 Member/);
    zoe.socket.disconnect();
    // The server waits a while before it calls somebody gone.
    await until(() => /\u25cb zoe {2}@zoe/.test(terminal.screen()), "zoe to be gone", 60000);
    terminal.keys("Escape");
    await terminal.shows(/ \u25cbzoe/);
});

test("marked unread outlives the program", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const tea = await zoe.create("tea");
    const terminal = new Terminal(t);
    await terminal.start(server);
    terminal.type("/join #tea");
    terminal.keys("Enter");
    await terminal.shows(/>#tea/);
    for (const text of ["one", "two", "three"]) await zoe.say(text, tea);
    await terminal.shows(/three/);
    await sleep(2500); // read
    terminal.keys("Tab");
    await terminal.shows(/r reply/);
    terminal.keys("k", "u");
    await terminal.shows(/>#tea +2\u2502/);
    terminal.keys("Tab");
    terminal.type("/join #lobby");
    terminal.keys("Enter");
    await terminal.shows(/>#lobby/);
    await terminal.shows(/ #tea +2\u2502/);
    terminal.keys("C-q");
    await terminal.shows(/shell>$/m);
    await terminal.start(server);
    await terminal.shows(/ #tea +2\u2502/);
});

test("a server that stops on purpose is said to restart; the whole of it is read on 40 columns", async (t) => {
    const data = newFolder("tui-data");
    const server = await startServer(t, ["--data", data]);
    const terminal = new Terminal(t, 40, 16);
    await terminal.start(server);
    await server.stop();
    await terminal.shows(/^! The server is restarting\. What you/m);
    await terminal.shows(/kept, and sent when it is\s+back\.\s+Next try in \d+ s/);
    await startServer(t, ["--data", data, "--listen", `127.0.0.1:${server.port}`]);
    await terminal.shows(/#lobby .*Live/);
    await terminal.hides(/restarting/);
});
