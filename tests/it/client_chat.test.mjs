// The terminal client on /chat: signing in, rooms, sending with the store's acknowledgement, following a room over the death of its
// server.
// tincan-test: timeout=180
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BIN_DIR, newFolder, startServer, until, within } from "./lib.mjs";

const SANITIZER_REPORT = /ERROR: \w*Sanitizer|runtime error:|LeakSanitizer/;

class Person {
    constructor(server, name) {
        this.name = name;
        this.file = join(newFolder("token"), "token");
        this.flags = ["--server", server.url, "--token-file", this.file, "--name", name];
    }

    start(...args) {
        const child = spawn(join(BIN_DIR, "tincan"), [...this.flags, ...args], { stdio: ["pipe", "pipe", "pipe"] });
        const run = { child, out: "", err: "" };
        child.stdout.on("data", (data) => (run.out += data));
        child.stderr.on("data", (data) => (run.err += data));
        run.exited = once(child, "close").then(([code, signal]) => {
            assert.ok(!SANITIZER_REPORT.test(run.err), run.err);
            return signal ?? code;
        });
        return run;
    }

    async run(args, input = "") {
        const run = this.start(...args);
        run.child.stdin.end(input);
        return { code: await within(run.exited, args.join(" "), 40000), out: run.out, err: run.err };
    }

    async does(args, input) {
        const done = await this.run(args, input);
        assert.equal(done.code, 0, `${args.join(" ")}: ${done.err}`);
        return done.out;
    }

    async tail(t, room, ...args) {
        const run = this.start("tail", room, ...args);
        t.after(() => run.child.kill("SIGKILL"));
        await until(() => /connected by/.test(run.err), "tail to be connected");
        run.lines = () => run.out.split("\n").slice(0, -1);
        return run;
    }
}

test("guests, accounts, and the file that remembers them", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    assert.equal(await ann.does(["register", "ann"], "gruene wiese 7\n"), "signed in as ann\n");
    assert.equal(statSync(ann.file).mode & 0o777, 0o600);
    assert.match(await ann.does(["rooms"]), /^#lobby\tpublic\t0 unread/);
    assert.equal(await ann.does(["logout"]), "signed out\n");
    const wrong = await ann.run(["login", "ann"], "gruene wiese 8\n");
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /name or the password is wrong/);
    assert.equal(await ann.does(["login", "ann"], "gruene wiese 7\n"), "signed in as ann\n");
    const ben = new Person(server, "ben");
    assert.equal(await ben.does(["guest"]), "signed in as ben\n");
    const weak = await new Person(server, "cid").run(["register", "cid"], "short\n");
    assert.match(weak.err, /at least 10 characters/);
});

test("what is sent is there, in rooms and between two", async (t) => {
    const server = await startServer(t);
    const ann = new Person(server, "ann");
    const ben = new Person(server, "ben");
    await ben.does(["guest"]);
    await ann.does(["send", "#lobby", "hello @ben"]);
    assert.match(await ben.does(["rooms"]), /^#lobby\tpublic\t1 unread\t1 mentions/);
    await ann.does(["send", "@ben"], "between us\n");
    const rooms = (await ben.does(["rooms", "--json"])).trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(rooms.map((room) => room.kind), ["public", "dm"]);
    const tail = await ben.tail(t, "@ann", "--last", "10", "--json");
    await until(() => tail.lines().length === 1, "the message");
    assert.equal(JSON.parse(tail.lines()[0]).text, "between us");
    const nowhere = await ann.run(["send", "#nowhere", "x"]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /no such room/);
});

test("over the death of the server nothing is lost, doubled or out of order", async (t) => {
    const data = newFolder("kill");
    let server = await startServer(t, ["--data", data]);
    const ann = new Person(server, "ann");
    const ben = new Person(server, "ben");
    const tail = await ben.tail(t, "#lobby");
    await ann.does(["send", "#lobby", "0"]);
    for (let i = 1; i <= 4; i++) {
        const send = ann.start("send", "#lobby", String(i));
        send.child.stdin.end();
        if (i % 2) await new Promise((resolve) => setTimeout(resolve, 20 * i));
        await server.kill();
        server = await startServer(t, ["--data", data, "--listen", `127.0.0.1:${server.port}`]);
        assert.equal(await within(send.exited, "send to end", 40000), 0, send.err);
    }
    await until(() => tail.lines().length >= 5, "all messages");
    assert.deepEqual(tail.lines().map((line) => line.slice(-1)), ["0", "1", "2", "3", "4"]);
    tail.child.kill("SIGINT");
    assert.equal(await within(tail.exited, "tail to end"), 0);
});
