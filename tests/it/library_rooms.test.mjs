// Rooms and targets: who gets what, sets of sockets, the hooks of rooms.
// tincan-test: reactors=1,4 tsan
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "./lib.mjs";
import { ask, asked, disconnected, event, history, joined, settle, startLibrary } from "./library_lib.mjs";

// a, b, c, d with rooms: a: x; b: x, y; c: y; d: none.
async function four(t, nsp) {
    const server = await startLibrary(t);
    const sockets = [];
    for (const rooms of [["x"], ["x", "y"], ["y"], []]) {
        const socket = await joined(t, server, nsp, { transports: [sockets.length % 2 ? "polling" : "websocket"] });
        for (const room of rooms) await asked(socket, "join", room);
        sockets.push(socket);
    }
    return { server, sockets };
}

// Who got how many of the event "said" since the last look, as "abbc".
async function heard(sockets) {
    await settle(...sockets);
    return sockets
        .map((socket, i) => {
            const n = socket.events.filter((e) => e[0] === "said").length;
            socket.events.length = 0;
            return "abcd"[i].repeat(n);
        })
        .join("");
}

test("a target is a union of rooms less others, each socket once", async (t) => {
    const { sockets } = await four(t);
    const [a, b, c, d] = sockets;
    for (const [spec, expected] of [
        [{}, "abcd"],
        [{ others: true }, "bcd"],
        [{ to: ["x"] }, "ab"],
        [{ to: ["x"], others: true }, "b"],
        [{ to: ["x", "y"] }, "abc"],
        [{ to: ["x", "y", "x"], others: true }, "bc"],
        [{ to: ["y"], except: ["x"] }, "c"],
        [{ except: ["x"] }, "cd"],
        [{ except: ["x", "y"], others: true }, "d"],
        [{ except: ["nobody"] }, "abcd"],
        [{ to: ["nobody"] }, ""],
        [{ to: [] }, ""],
        [{ to: [b.id] }, "b"],
        [{ to: [a.id] }, "a"],
        [{ to: [a.id], others: true }, ""],
        [{ to: [d.id, "x", b.id] }, "abd"],
        [{ except: [b.id, c.id] }, "ad"],
        [{ to: ["x"], except: [b.id] }, "a"],
    ]) {
        await asked(a, "send", spec, "said", 1);
        assert.equal(await heard(sockets), expected, JSON.stringify(spec));
        const [ids, n] = await ask(a, "each", spec);
        const letters = ids.map((id) => "abcd"[sockets.findIndex((socket) => socket.id === id)]);
        assert.deepEqual([letters.sort().join(""), n], [expected, expected.length], `each ${JSON.stringify(spec)}`);
    }
    assert.deepEqual((await ask(a, "each", {}))[2], 4);
});

test("a target with attachments, and in a namespace of its own", async (t) => {
    const { server, sockets } = await four(t, "/plain");
    const stranger = await joined(t, server, "/");
    await asked(stranger, "join", "x");
    await asked(sockets[0], "send", { to: ["x", "y"], others: true }, "said", { at: Buffer.from([1, 2]) });
    assert.deepEqual(await event(sockets[1], "said"), [{ at: Buffer.from([1, 2]) }]);
    assert.equal(await heard(sockets), "c");
    await settle(stranger);
    assert.deepEqual(stranger.events.filter((e) => e[0] === "said"), []);
});

test("rooms are left, all at once too, and are gone with their last member", async (t) => {
    const { sockets } = await four(t);
    const [a, b] = sockets;
    assert.deepEqual((await ask(a, "all-rooms"))[0], { x: 2, y: 2 });
    await asked(b, "leave", "x");
    await asked(b, "leave", "never joined");
    await asked(a, "send", { to: ["x"] }, "said");
    assert.equal(await heard(sockets), "a");
    for (const room of ["1", "2", "3", "4", "5", "6"]) await asked(a, "join", room);
    await asked(a, "join", "6");
    assert.deepEqual((await asked(a, "rooms")).sort(), ["1", "2", "3", "4", "5", "6", a.id, "x"].sort());
    await asked(a, "leave-all");
    assert.deepEqual(await asked(a, "rooms"), [a.id]);
    assert.deepEqual(await ask(a, "all-rooms"), [{ y: 2 }, 4]);
    await asked(a, "leave", a.id); // one's own room is not left
    await asked(a, "send", { to: [a.id] }, "said");
    assert.equal(await heard(sockets), "a");
});

test("the room of another's id may be joined and is that socket's and the guest's", async (t) => {
    const { sockets } = await four(t);
    const [a, b, c] = sockets;
    await asked(c, "join", b.id);
    await asked(a, "send", { to: [b.id] }, "said");
    assert.equal(await heard(sockets), "bc");
    await asked(a, "send", { except: [b.id] }, "said");
    assert.equal(await heard(sockets), "ad");
});

test("sets of sockets are moved and disconnected", async (t) => {
    const { sockets } = await four(t);
    const [a, b, c, d] = sockets;
    await asked(a, "sockets-join", { to: ["x"] }, "z");
    await asked(a, "send", { to: ["z"] }, "said");
    assert.equal(await heard(sockets), "ab");
    await asked(a, "sockets-leave", { except: [a.id] }, "z");
    await asked(a, "sockets-leave", { to: ["y"] }, "y");
    assert.deepEqual((await ask(a, "all-rooms"))[0], { x: 2, z: 1 });
    const reasons = [b, d].map((socket) => new Promise((resolve) => socket.once("disconnect", resolve)));
    await asked(a, "kick", { others: true, except: [c.id] }, false);
    assert.deepEqual(await Promise.all(reasons), ["io server disconnect", "io server disconnect"]);
    assert.deepEqual((await ask(a, "all-rooms"))[1], 2);
    // All of them, the one that asks included.
    const last = [a, c].map((socket) => disconnected(socket));
    a.emit("kick", {}, true);
    assert.deepEqual(await Promise.all(last), ["io server disconnect", "io server disconnect"]);
});

test("long names of rooms stay apart", async (t) => {
    const { sockets } = await four(t);
    const [a, b] = sockets;
    const name = "r".repeat(590);
    await asked(a, "join", name + "1");
    await asked(b, "join", name + "2");
    assert.deepEqual((await ask(a, "all-rooms"))[0], { x: 2, y: 2, [name + "1"]: 1, [name + "2"]: 1 });
});

test("hooks hear of rooms, and may join and leave themselves", async (t) => {
    const server = await startLibrary(t);
    const [a, b] = [await joined(t, server, "/hooks"), await joined(t, server, "/hooks")];
    const rooms = async () => (await history(a)).filter((line) => /^(create|delete|join|leave) /.test(line));
    await rooms();
    await asked(a, "join", "r");
    await asked(b, "join", "r");
    await asked(b, "leave", "r");
    await asked(a, "leave", "r");
    assert.deepEqual(await rooms(), ["create r", "join r id", "join r id", "leave r id", "leave r id", "delete r"]);
    await asked(a, "join", "undone");
    assert.deepEqual(await rooms(), ["create undone", "join undone id", "leave undone id", "delete undone"]);
    await asked(b, "join", "sticky");
    await asked(b, "leave", "sticky");
    assert.deepEqual(await rooms(), ["create sticky", "join sticky id", "leave sticky id", "join sticky id"]);
    b.disconnect();
    const lines = [];
    await until(async () => lines.push(...(await rooms())) && lines.includes("delete sticky"), "the room to go with its member");
    assert.deepEqual(lines, ["leave sticky id", "delete sticky"]);
});

test("rooms come and go quickly without mixing up their members", async (t) => {
    const server = await startLibrary(t);
    const sockets = [];
    for (let i = 0; i < 6; i++) sockets.push(await joined(t, server, "/", { transports: ["websocket"] }));
    for (let n = 0; n < 150; n++) {
        const socket = sockets[n % 6];
        socket.emit("join", `room ${n % 7}`);
        socket.emit("send", { to: [`room ${n % 7}`] }, "said", `room ${n % 7}`, n);
        socket.emit("leave", `room ${n % 7}`);
    }
    await settle(...sockets);
    assert.deepEqual((await ask(sockets[0], "all-rooms"))[0], {});
    const total = sockets.flatMap((socket) => socket.events.filter((e) => e[0] === "said"));
    assert.ok(total.length >= 150);
    for (const [i, socket] of sockets.entries()) {
        const own = socket.events.filter((e) => e[0] === "said" && e[2] % 6 === i);
        assert.deepEqual(own.map((e) => e[2]), [...Array(150).keys()].filter((n) => n % 6 === i));
    }
});
