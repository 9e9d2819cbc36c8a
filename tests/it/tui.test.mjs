// The full-screen client.
// tincan-test: timeout=240
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, BIN_DIR, newFolder, sleep, startServer, until } from "./lib.mjs";
import { other, quoted, Terminal, test } from "./tui_lib.mjs";

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
    terminal.tmux("pipe-pane", `cat > ${join(terminal.home, "output")}`);
    await zoe.say("needle in the tea", tea);
    await zoe.say("hello @ana", tea);
    await terminal.shows(/#tea +2 @1/);
    const bells = () => readFileSync(join(terminal.home, "output"), "latin1").split("\u0007").length - 1;
    await until(() => bells() === 1, "the bell, for what is said to ana");
    terminal.tmux("pipe-pane");
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
    terminal.keys("F1"); // page by page, nothing of it is gone by
    await terminal.shows(/^Help\n[^]*Esc close/m);
    const seen = new Set();
    for (let page = terminal.screen(), last; ; last = undefined) {
        page.match(/^\/\w+/gm)?.forEach((word) => seen.add(word));
        if (seen.has("/quit")) break;
        terminal.keys("PageDown");
        const before = page;
        await until(() => {
            const rests = page === last && page !== before; // drawn whole
            last = page;
            page = terminal.screen();
            return rests && page === last;
        }, "another page");
    }
    for (const word of ["/join", "/search", "/dm", "/upload", "/save", "/bans", "/reports", "/status", "/password"]) assert.ok(seen.has(word), word);
    terminal.keys("Escape");
    await terminal.hides(/^Help/m);
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

test("the window's title tells what is unread, and is the shell's again at the end", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server);
    const terminal = new Terminal(t);
    const title = () => terminal.tmux("display-message", "-p", "#{pane_title}").trim();
    const titled = (text) => until(() => title() === text, `the title ${text}, not ${title()}`);
    terminal.keys("printf '\\033]2;of the shell\\033\\\\'", "Enter");
    await titled("of the shell");
    await terminal.start(server);
    await titled("#lobby \u00b7 Tincan");
    await zoe.create("den");
    terminal.type("/join #den");
    terminal.keys("Enter");
    await titled("#den \u00b7 Tincan");
    await zoe.say("in the lobby");
    await titled("(1) #den \u00b7 Tincan");
    terminal.keys("C-z");
    await terminal.shows(/shell>$/m);
    await titled("of the shell");
    terminal.type("fg");
    terminal.keys("Enter");
    await titled("(1) #den \u00b7 Tincan");
    process.kill(childOf(terminal), "SIGSTOP"); // it cannot give anything back, nor is its title taken for the shell's
    await terminal.shows(/Stopped/);
    terminal.keys("fg", "C-j"); // the terminal is raw still
    await terminal.shows(/#den +Live/);
    terminal.keys("C-n");
    await titled("#lobby \u00b7 Tincan");
    terminal.keys("C-q");
    await terminal.shows(/shell>$/m);
    await titled("of the shell");
    terminal.keys("clear", "Enter");
    terminal.tmux("pipe-pane", `cat > ${join(terminal.home, "output")}`);
    await terminal.start(server, "ana", "TERM=vt220"); // which has none
    terminal.keys("C-q");
    await terminal.shows(/shell>$/m);
    terminal.tmux("pipe-pane");
    assert.doesNotMatch(readFileSync(join(terminal.home, "output"), "latin1"), /\u001b\]|\u001b\[2[23];2t/);
});

test("Tab completes commands and what stands behind them, also whom and what only the server knows", async (t) => {
    const server = await startServer(t);
    const zoe = await other(t, server, "zoe");
    await zoe.create("teapots");
    const terminal = new Terminal(t);
    await terminal.start(server);
    const completes = async (begun, whole, told = /./) => {
        terminal.type(begun);
        terminal.keys("Tab");
        await terminal.shows(new RegExp(`> ${whole}$`, "m"));
        await terminal.shows(told);
        terminal.keys("C-u");
        await terminal.shows(/> Message lobby/);
    };
    await completes("/nic", "/nick");
    await completes("/m", "/m", /^\/members \/mute \/msg/m);
    await completes("/msg zo", "/msg zoe"); // who has said nothing here
    await completes("/dm nobody", "/dm nobody", /^Nothing was found\./m);
    await completes("/join #teap", "/join #teapots");
    await completes("/role zoe ", "/role zoe", /^member mod admin owner/m);
    await completes("/zone Europe/Berl", "/zone Europe/Berlin");
    await completes("/search needle in:lo", "/search needle in:#lobby");
    terminal.type("/msg zo");
    terminal.keys("Tab");
    terminal.type("!"); // whoever types on is not disturbed
    await terminal.shows(/> \/msg zo(e !|!)$/m);
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
