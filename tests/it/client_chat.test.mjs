// The terminal client on /chat: signing in, rooms, sending with the store's acknowledgement, following a room over reconnects and over the
// death of its server.
// tincan-test: timeout=300
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test as nodeTest } from "node:test";
import { uploadFile } from "./api_lib.mjs";
import { Person, startGate, startTlsFront } from "./client_lib.mjs";
import { api, ask, chatSocket, createUser, login, newFolder, OURS_ONLY, sleep, startServer, until, within } from "./lib.mjs";

const test = (name, fn) => nodeTest(name, { skip: OURS_ONLY }, fn);
const cid = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const PASSWORD = "gruene wiese 7";

// A stock client that talks in the lobby.
async function talker(t, server, name = "zoe") {
    const user = await createUser(server, name);
    const socket = await chatSocket(t, server, user);
    const { rooms } = await ask(socket, "rooms");
    const lobby = rooms.find((room) => room.name === "lobby").id;
    return {
        user,
        socket,
        lobby,
        say: async (text, room = lobby) => {
            const reply = await ask(socket, "send", { room, cid: cid(), text });
            assert.equal(reply.ok, true, JSON.stringify(reply));
            return reply.seq;
        },
        ask: (event, payload) => ask(socket, event, payload),
    };
}

// ---- who one is -----------------------------------------------------------------------------------------------------

test("accounts: register, log out, log in, and what goes wrong with it", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    assert.equal(await ann.does(["register", "ann"], `${PASSWORD}\n`), "signed in as ann\n");
    assert.equal(statSync(ann.file).mode & 0o777, 0o600);
    assert.match(await ann.does(["rooms"]), /^#lobby\tpublic\t0 unread/);
    assert.equal(await ann.does(["logout"]), "signed out\n");
    assert.equal(await ann.does(["logout"]), "nobody was signed in\n");
    assert.match(await ann.fails(["login", "ann"], "gruene wiese 8\n"), /name or the password is wrong/);
    assert.match(await ann.fails(["login", "ann"], "\n"), /no password was given/);
    assert.match(await ann.fails(["login", "ann"], ""), /no password was given/);
    assert.equal(await ann.does(["login", "ann"], PASSWORD), "signed in as ann\n"); // without a line's end
    assert.match(await new Person(server, "cid").fails(["register", "cid"], "short\n"), /at least 10 characters/);
    assert.match(await new Person(server, "ann").fails(["register", "ann"], `${PASSWORD}\n`), /taken/);
});

test("a password of 1024 bytes is taken, one of 1025 is not cut", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    const long = [...Array(1024).keys()].map((i) => String.fromCharCode(97 + ((i * i) % 26))).join("");
    await ann.does(["register", "ann"], `${long}\n`);
    await ann.does(["login", "ann"], `${long}\r\n`);
    assert.match(await ann.fails(["login", "ann"], `${long}x\n`), /at most 1024 bytes/);
});

test("guests: by their own name, by another when it is taken, not without one that was asked for", async (t) => {
    const server = await startServer(t);
    const ben = new Person(server, "ben");
    assert.equal(await ben.does(["guest"]), "signed in as ben\n");
    const other = new Person(server, "ben", { flags: [] }); // only $USER
    await other.does(["send", "#lobby", "who am I?"]);
    assert.match(readFileSync(other.file, "utf8"), /\tben-\d{4}\n$/);
    assert.match(await new Person(server, "ben").fails(["send", "#lobby", "x"]), /not let in: .*taken/);
    const odd = new Person(server, "\u00e9\u00e8", { flags: [] }); // no name for a server
    await odd.does(["send", "#lobby", "x"]);
    assert.match(readFileSync(odd.file, "utf8"), /\tguest-\d{4}\n$/);
});

test("no guests: who has not signed in is told so", async (t) => {
    const server = await startServer(t, ["--guests", "off"]);
    assert.match(await new Person(server, "ann").fails(["send", "#lobby", "x"]), /not let in/);
});

test("the password is not seen at a terminal, and a signal leaves the terminal as it was", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    const script = `
import os, pty, sys, termios, time
def read_until(fd, what):
    seen = b""
    while what not in seen:
        try: part = os.read(fd, 1024)
        except OSError: break
        if not part: break
        seen += part
    return seen
def echoes(fd): return bool(termios.tcgetattr(fd)[3] & termios.ECHO)
def wait_quiet(fd):
    while echoes(fd): time.sleep(0.01)
def start(args):
    pid, fd = pty.fork()
    if pid == 0: os.execv(args[0], args)
    return pid, fd
args = sys.argv[1:]
pid, fd = start(args + ["register", "ann"])
seen = read_until(fd, b"Password: "); wait_quiet(fd); os.write(fd, b"${PASSWORD}\\n")
seen += read_until(fd, b"Once more: "); wait_quiet(fd); os.write(fd, b"${PASSWORD}\\n")
seen += read_until(fd, b"signed in as ann")
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, seen
assert b"wiese" not in seen, seen
pid, fd = start(args + ["register", "bob"])
read_until(fd, b"Password: "); wait_quiet(fd); os.write(fd, b"${PASSWORD}\\n")
read_until(fd, b"Once more: "); wait_quiet(fd); os.write(fd, b"${PASSWORD}8\\n")
assert b"not the same" in read_until(fd, b"not the same")
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
shell = "exec 3<&0; " + " ".join("'%s'" % a for a in args) + " login ann; stty -a <&3 | grep -q -- ' echo ' && echo echo is on; echo code $?"
pid, fd = start(["/bin/sh", "-c", "trap : INT; " + shell])
read_until(fd, b"Password: "); wait_quiet(fd); os.write(fd, b"\\x03")
seen = read_until(fd, b"code")
assert b"echo is on" in seen, seen
os.waitpid(pid, 0)
print("done")
`;
    const child = spawn("/usr/bin/python3", ["-c", script, join(process.env.TINCAN_BIN_DIR ?? "build/asan/bin", "tincan"), ...ann.flags], {
        stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    t.after(() => child.kill("SIGKILL"));
    await within(new Promise((resolve) => child.once("close", resolve)), () => `the terminal: ${out}${err}`);
    assert.equal(out, "done\n", err);
});

// ---- the token file -------------------------------------------------------------------------------------------------

test("the token file: private, one line a server, whole after whatever", async (t) => {
    const [one, two] = [await startServer(t), await startServer(t)];
    const ann = new Person(one, "ann");
    writeFileSync(ann.file, "http://elsewhere\tr\ta\t1\tx\n", { mode: 0o644 });
    chmodSync(ann.file, 0o644);
    await ann.does(["guest"]);
    assert.equal(statSync(ann.file).mode & 0o777, 0o600);
    await ann.does(["--server", two.url, "guest"]);
    const lines = readFileSync(ann.file, "utf8").split("\n");
    assert.deepEqual(lines.map((line) => line.split("\t")[0]), ["http://elsewhere", one.url, two.url, ""]);
    await ann.does(["--server", `${one.url}/`, "rooms"]); // the same server
    await ann.does(["logout"]);
    assert.deepEqual(readFileSync(ann.file, "utf8").split("\n").map((line) => line.split("\t")[0]), ["http://elsewhere", two.url, ""]);
    assert.ok(!existsSync(`${ann.file}.new`));
    const link = join(newFolder("link"), "token");
    symlinkSync(ann.file, link);
    await ann.does(["--token-file", link, "guest", "ann2"]);
    assert.match(readFileSync(ann.file, "utf8"), /\tann2\n$/); // what it points to was written, and it stays a link
    assert.match(await ann.fails(["--token-file", newFolder("dir"), "rooms"]), /directory/);
    assert.match(await ann.fails(["--token-file", "/nowhere/at/all", "rooms"]), /No such file/);
});

test("in the usual place when none is named", async (t) => {
    const server = await startServer(t);
    const [home, config] = [newFolder("home"), newFolder("config")];
    const ann = new Person(server, "ann", { env: { HOME: home, XDG_CONFIG_HOME: "" } });
    ann.flags = ["--server", server.url];
    await ann.does(["guest"]);
    assert.equal(statSync(join(home, ".config/tincan/token")).mode & 0o777, 0o600);
    assert.equal(statSync(join(home, ".config/tincan")).mode & 0o777, 0o700);
    ann.env.XDG_CONFIG_HOME = config;
    await ann.does(["guest", "ann2"]);
    assert.match(readFileSync(join(config, "tincan/token"), "utf8"), /\tann2\n$/);
});

// As if the access token had ended: the field of its end is 0.
function age(file) {
    const aged = readFileSync(file, "utf8").split("\n").map((line) => line.split("\t").map((field, i) => (i === 3 ? "0" : field)).join("\t"));
    writeFileSync(file, aged.join("\n"));
}

test("an access token that has ended is renewed, once for all programs", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    await ann.does(["register", "ann"], `${PASSWORD}\n`);
    const before = readFileSync(ann.file, "utf8");
    await ann.does(["rooms"]);
    assert.equal(readFileSync(ann.file, "utf8"), before); // still good
    for (let round = 0; round < 3; round++) {
        age(ann.file);
        // A refresh token that is used twice ends the session; so each program must see what the one before it has got.
        await Promise.all([...Array(5).keys()].map((i) => ann.does(["send", "#lobby", `${round} ${i}`])));
    }
    await ann.does(["rooms"]);
});

test("an access token that the server refuses is renewed, too", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    await ann.does(["register", "ann"], `${PASSWORD}\n`);
    writeFileSync(ann.file, readFileSync(ann.file, "utf8").replace(/\tey[^\t]*\t/, "\tnonsense\t"));
    await ann.does(["send", "#lobby", "hello"]);
});

test("a session that was ended elsewhere ends tail, and is forgotten", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    await ann.does(["register", "ann"], `${PASSWORD}\n`);
    const tail = await ann.tail(t, "#lobby");
    const elsewhere = await login(server, "ann", PASSWORD);
    const { body } = await api(server, "GET", "/sessions", { token: elsewhere.token });
    const theirs = body.sessions.find((session) => !session.current);
    assert.equal((await api(server, "DELETE", `/sessions/${theirs.id}`, { token: elsewhere.token })).status, 200);
    assert.equal(await within(tail.exited, "tail to end"), 1);
    assert.match(tail.err, /the session has ended; sign in again/);
    assert.equal(readFileSync(ann.file, "utf8"), "");
});

// ---- rooms and messages ---------------------------------------------------------------------------------------------

test("rooms: what is unread in them, as text and as JSON; join and leave", async (t) => {
    const server = await startServer(t);
    const zoe = await talker(t, server);
    const ben = new Person(server, "ben");
    await ben.does(["guest"]);
    await zoe.say("hello @ben");
    await zoe.say("how are you?");
    assert.equal(await ben.does(["rooms"]), "#lobby\tpublic\t2 unread\t1 mentions\n");
    const { room } = await zoe.ask("room.create", { name: "ops", kind: "public", topic: "what\u202e is on" });
    assert.match(await ben.fails(["leave", "#ops"]), /you are in no room called/);
    assert.match(await ben.does(["join", "#OPS"]), /^#ops\tpublic\t0 unread\t0 mentions\twhat\ufffd is on\n$/);
    const rooms = (await ben.does(["rooms", "--json"])).trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(rooms.map((r) => [r.name, r.unread]), [["lobby", 2], ["ops", 0]]);
    await ben.does(["leave", String(room.id)]); // by its number
    assert.equal((await ben.does(["rooms"])).split("\n").length, 2);
    const secret = await zoe.ask("room.create", { name: "secret", kind: "private" });
    assert.equal(secret.ok, true);
    for (const name of ["#secret", "#nowhere"]) {
        assert.match(await ben.fails(["send", name, "x"]), /^tincan: no such room: There is nothing like that here\n$/);
        assert.match(await ben.fails(["join", name]), /no such room/);
    }
});

test("send: stored when it says so, from the command line and the standard input; joins a public room", async (t) => {
    const server = await startServer(t);
    const zoe = await talker(t, server);
    const ann = new Person(server, "ann");
    const { room } = await zoe.ask("room.create", { name: "ops", kind: "public" });
    assert.equal(await ann.does(["send", "#ops", "from the command line"]), "");
    assert.equal(await ann.does(["send", "#ops"], "two\nlines\n"), "");
    assert.equal(await ann.does(["send", "--", "#ops", "-x"]), "");
    const { messages } = await zoe.ask("history", { room: room.id });
    assert.deepEqual(messages.map((m) => [m.from.name, m.text]), [["ann", "from the command line"], ["ann", "two\nlines"], ["ann", "-x"]]);
    assert.match(await ann.fails(["send", "#ops", "  \n "]), /^tincan: not sent: text is blank\n$/);
    assert.equal((await zoe.ask("room.update", { room: room.id, slow: 2 })).ok, true);
    for (const text of ["one", "two"]) await ann.does(["send", "#ops", text]); // it waits for the second one's time
    assert.equal((await zoe.ask("room.update", { room: room.id, slow: 3600 })).ok, true);
    assert.match(await ann.fails(["send", "#ops", "x"]), /^tincan: not sent: This room is in slow mode; wait before the next message\n$/);
    assert.equal((await zoe.ask("room.mute", { room: room.id, user: "ann", seconds: 600 })).ok, true);
    assert.match(await ann.fails(["send", "#ops", "x"]), /^tincan: not sent: You are muted in this room\n$/);
});

test("direct messages: to somebody by name, read by that one alone", async (t) => {
    const server = await startServer(t);
    const [ann, ben] = [new Person(server, "ann"), new Person(server, "ben")];
    await ben.does(["guest"]);
    await ann.does(["dm", "ben"], "between us\n");
    await ann.does(["dm", "@Ben", "and again"]);
    await ann.does(["send", "@ben", "and again"]);
    assert.match(await ben.does(["rooms"]), /\n@ann\tdm\t3 unread/);
    assert.match(await ben.does(["history", "@ann"]), /^\d\d:\d\d ann: between us\n(\d\d:\d\d ann: and again\n){2}$/);
    assert.match(await ann.fails(["dm", "nobody", "x"]), /there is nobody of that name/);
    assert.match(await ann.fails(["dm", "ann", "x"]), /tincan: /);
});

test("history: the latest of any number, and no more than there are", async (t) => {
    const server = await startServer(t);
    const zoe = await talker(t, server);
    const ann = new Person(server, "ann");
    assert.equal(await ann.does(["history", "#lobby"]), "");
    for (let i = 1; i <= 250; i++) await zoe.say(String(i));
    const numbers = (out) => out.split("\n").slice(0, -1).map((line) => Number(/zoe: (\d+)$/.exec(line)[1]));
    const range = (from, to) => [...Array(to - from + 1).keys()].map((i) => from + i);
    assert.deepEqual(numbers(await ann.does(["history", "#lobby"])), range(201, 250));
    assert.deepEqual(numbers(await ann.does(["history", "#lobby", "--last", "230"])), range(21, 250));
    assert.deepEqual(numbers(await ann.does(["history", "#lobby", "--last", "100000"])), range(1, 250));
    assert.equal(await ann.does(["history", "#lobby", "--last", "0"]), "");
    const last = JSON.parse(await ann.does(["history", "#lobby", "--last", "1", "--json"]));
    assert.deepEqual([last.seq, last.text, last.from.name], [250, "250", "zoe"]);
    await zoe.ask("edit", { room: zoe.lobby, seq: 249, rev: 1, text: "249, better" });
    await zoe.ask("delete", { room: zoe.lobby, seq: 250 });
    assert.match(await ann.does(["history", "#lobby", "--last", "2"]), /zoe: 249, better \(edited\)\n.*zoe: \(deleted\)\n$/);
});

test("what a blocked person says is left out, which --json only says", async (t) => {
    const server = await startServer(t);
    const zoe = await talker(t, server);
    const user = await createUser(server, "ann", { password: PASSWORD });
    const socket = await chatSocket(t, server, user);
    const ann = new Person(server, "ann");
    await ann.does(["login", "ann"], `${PASSWORD}\n`);
    const tail = await ann.tail(t, "#lobby");
    await zoe.say("before");
    await until(() => tail.lines().length === 1, "what is said before");
    assert.equal((await ask(socket, "block", { user: "zoe", on: true })).ok, true);
    await zoe.say("hidden");
    await until(() => tail.lines().length === 2, "that something was said");
    assert.deepEqual(tail.lines().map((line) => line.slice(6)), ["zoe: before", "zoe: (blocked)"]);
    assert.match(await ann.does(["history", "#lobby"]), /^..:.. zoe: \(blocked\)\n..:.. zoe: \(blocked\)\n$/);
    const last = JSON.parse(await ann.does(["history", "#lobby", "--last", "1", "--json"]));
    assert.deepEqual([last.text, last.blocked], ["hidden", true]);
    assert.equal((await ask(socket, "block", { user: "zoe", on: false })).ok, true);
    assert.match(await ann.does(["history", "#lobby"]), /before\n.*hidden\n$/);
});

test("what hangs on a message is named, with its size", async (t) => {
    const server = await startServer(t);
    const zoe = await talker(t, server);
    const ann = new Person(server, "ann");
    const files = [];
    for (const [name, n] of [["plan.txt", 5], ["big.bin", 12001], ["none", 0]]) {
        files.push((await uploadFile(server, zoe.user, zoe.lobby, name, Buffer.alloc(n, "x"))).id);
    }
    assert.equal((await zoe.ask("send", { room: zoe.lobby, cid: cid(), files: files.slice(0, 1) })).ok, true);
    assert.equal((await zoe.ask("send", { room: zoe.lobby, cid: cid(), text: "two", files: files.slice(1) })).ok, true);
    assert.match(await ann.does(["history", "#lobby"]), /zoe: \[plan\.txt, 5 bytes\]\n.*zoe: two \[big\.bin, 13 kB\] \[none, 0 bytes\]\n$/);
    const [first] = (await ann.does(["history", "#lobby", "--json"])).split("\n").map((line) => line && JSON.parse(line));
    assert.deepEqual(first.files, [{ id: files[0], name: "plan.txt", size: 5, type: "text/plain" }]);
});

for (const transport of ["polling", "websocket", "auto"]) {
    test(`tail (${transport}): from where it is told, then what comes, harmless for a terminal`, async (t) => {
        const server = await startServer(t);
        const zoe = await talker(t, server);
        for (let i = 1; i <= 130; i++) await zoe.say(String(i));
        const ann = new Person(server, "ann");
        const tail = await ann.tail(t, "#lobby", "--last", "120", "--transport", transport);
        const json = await ann.tail(t, "#lobby", "--json", "--transport", transport);
        await until(() => tail.lines().length === 120, "what was there");
        for (let i = 131; i <= 180; i++) await zoe.say(String(i));
        await zoe.say("two\nlines, \u202eevil");
        await until(() => tail.lines().length === 171 && json.lines().length === 51, () => `all: ${tail.lines().length}, ${json.lines().length}`);
        assert.deepEqual(tail.lines().slice(0, 170).map((line) => line.slice(6)), [...Array(170).keys()].map((i) => `zoe: ${i + 11}`));
        assert.equal(tail.lines()[170].slice(6), "zoe: two\u240alines, \ufffdevil");
        assert.deepEqual(json.lines().map((line) => JSON.parse(line).seq), [...Array(51).keys()].map((i) => i + 131));
        tail.child.kill("SIGINT");
        json.child.kill("SIGTERM");
        assert.deepEqual(await within(Promise.all([tail.exited, json.exited]), "both to end"), [0, 0]);
    });
}

test("over TLS, too", async (t) => {
    const server = await startServer(t);
    const front = await startTlsFront(t, server);
    const ann = new Person({ url: `https://localhost:${front.port}` }, "ann", { env: { SSL_CERT_FILE: front.cert } });
    await ann.does(["register", "ann"], `${PASSWORD}\n`);
    const tail = await ann.tail(t, "#lobby");
    await ann.does(["send", "#lobby", "s".repeat(16000)]);
    await until(() => tail.lines().length === 1, "the message");
});

test("who is thrown out of a room hears so, and tail ends", async (t) => {
    const server = await startServer(t);
    const zoe = await talker(t, server);
    const { room } = await zoe.ask("room.create", { name: "ops", kind: "public" });
    const ann = new Person(server, "ann");
    const tail = await ann.tail(t, "#ops");
    assert.equal((await zoe.ask("room.ban", { room: room.id, user: "ann" })).ok, true);
    assert.equal(await within(tail.exited, "tail to end"), 1);
    assert.match(tail.err, /you are not in this room any more/);
    assert.match(await ann.fails(["send", "#ops", "x"]), /banned/i);
});

// ---- when things break ----------------------------------------------------------------------------------------------

test("a tail that was away misses nothing, be it little, or more than a delta can hold", async (t) => {
    const server = await startServer(t);
    const gate = await startGate(t, server);
    const zoe = await talker(t, server);
    const tail = await new Person(gate, "ann").tail(t, "#lobby");
    let said = 0;
    for (const many of [1, 30, 620, 1]) {
        gate.shut();
        const before = tail.err.length;
        await until(() => /not connected/.test(tail.err.slice(before)), "tail to notice");
        for (let i = 0; i < many; i++) await zoe.say(String(++said));
        gate.open();
        await until(() => tail.lines().length >= said, () => `${said} lines, got ${tail.lines().length}: ${tail.err}`);
        await zoe.say(String(++said)); // and goes on from there
        await until(() => tail.lines().length >= said, "the next one");
    }
    assert.deepEqual(tail.lines().map((line) => Number(line.slice(11))), [...Array(said).keys()].map((i) => i + 1));
});

test("tail waits for a server, and can be interrupted while it does", async (t) => {
    const server = await startServer(t);
    await server.kill();
    const ann = new Person(server, "ann");
    const early = ann.start("tail", "#lobby");
    await until(() => /not connected/.test(early.err), "the first try");
    early.child.kill("SIGINT");
    assert.equal(await within(early.exited, "tail to end"), 0);
    const tail = ann.start("tail", "#lobby");
    t.after(() => tail.child.kill("SIGKILL"));
    await until(() => /not connected/.test(tail.err), "the first try");
    await startServer(t, ["--listen", `127.0.0.1:${server.port}`]);
    await until(() => /connected by/.test(tail.err), "tail to be connected");
});

test("a tail whose token ends while the server is away comes back all the same", async (t) => {
    const data = newFolder("away");
    const server = await startServer(t, ["--data", data]);
    const ann = new Person(server, "ann");
    const tail = await ann.tail(t, "#lobby");
    await server.kill();
    age(ann.file); // so that it has to be renewed, of which the first tries get no answer
    await until(() => /not connected/.test(tail.err), "tail to notice");
    await sleep(1500);
    await startServer(t, ["--data", data, "--listen", `127.0.0.1:${server.port}`]);
    await ann.does(["send", "#lobby", "there again"]);
    await until(() => tail.lines().length === 1, () => `the message: ${tail.err}`);
});

test("a store that was set back: tail says so, and goes on with what is there now", async (t) => {
    const data = newFolder("restore");
    const server = await startServer(t, ["--data", data]);
    const zoe = await talker(t, server);
    for (let i = 1; i <= 3; i++) await zoe.say(String(i));
    const ann = new Person(server, "ann");
    const tail = await ann.tail(t, "#lobby");
    const run = (args) =>
        new Promise((resolve) => {
            const child = spawn(join(process.env.TINCAN_BIN_DIR ?? "build/asan/bin", "tincand"), [...args, "--data", data], { stdio: ["ignore", "pipe", "pipe"] });
            let said = "";
            child.stdout.on("data", (part) => (said += part));
            child.stderr.on("data", (part) => (said += part));
            child.once("close", (code) => resolve({ code, said }));
        });
    const file = join(data, "copy.backup");
    const backup = await run(["backup", file]);
    assert.equal(backup.code, 0, backup.said);
    for (let i = 4; i <= 9; i++) await zoe.say(String(i));
    await until(() => tail.lines().length === 6, "what came after the backup");
    await server.stop();
    const restore = await run(["restore", file, "--force"]);
    assert.equal(restore.code, 0, restore.said);
    const again = await startServer(t, ["--data", data, "--listen", `127.0.0.1:${server.port}`]);
    await until(() => /set back to an earlier state/.test(tail.err), () => `tail to say so: ${tail.err}`);
    const yan = await talker(t, again, "yan");
    assert.equal(await yan.say("after it"), 4);
    await until(() => tail.lines().length === 7, "the next one");
    assert.match(tail.lines()[6], /yan: after it$/);
});

test("send and tail over many deaths of the server: exit code 0 exactly if it is stored, once, in order", async (t) => {
    const data = newFolder("kill");
    const flags = ["--data", data];
    let server = await startServer(t, flags);
    const port = server.port;
    const [ann, ben] = [new Person(server, "ann"), new Person(server, "ben")];
    const tail = await ben.tail(t, "#lobby");
    await ann.does(["send", "#lobby", "0"]);
    const sent = new Map([["0", 0]]);
    for (let round = 1; round <= 6; round++) {
        const sends = [0, 1, 2].map((i) => {
            const send = ann.start("send", "#lobby", `${round}.${i}`);
            send.child.stdin.end();
            return { send, text: `${round}.${i}` };
        });
        await sleep(Math.random() * 400);
        await server.kill();
        server = await startServer(t, [...flags, "--listen", `127.0.0.1:${port}`]);
        for (const { send, text } of sends) sent.set(text, await within(send.exited, () => `send to end: ${send.err}`, 45000));
    }
    const stored = (await ann.does(["history", "#lobby", "--json", "--last", "1000"])).trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(stored.map((m) => m.seq), stored.map((_, i) => i + 1));
    for (const [text, code] of sent) {
        const times = stored.filter((m) => m.text === text).length;
        assert.ok(code === 0 ? times === 1 : times <= 1, `${text}: exit code ${code}, stored ${times} times`);
    }
    assert.ok([...sent.values()].every((code) => code === 0), "whoever waits for a server that comes back is served");
    await until(() => tail.lines().length >= stored.length, "tail to have all");
    assert.deepEqual(tail.lines().map((line) => line.replace(/^.*: /, "")), stored.map((m) => m.text));
});
