// Messages on /chat: sent once, changed, read back; and every request that is not understood, by the name of its field.
// tincan-test: reactors=1,4 tsan=long timeout=240
import assert from "node:assert/strict";
import { ask, cid, createRoom, device, heard, of, ok, person, refused, send, settled, onBothStores, unheard } from "./chat_lib.mjs";

async function pair(t, server) {
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    return { server, ana, bo, room: room.id };
}

onBothStores("a message is acknowledged with its numbers and reaches everybody, its sender too", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    const id = cid();
    const before = Date.now();
    const reply = await ok(ana, "send", { room, cid: id, text: "héllo\n\t\u{1F600}" });
    assert.deepEqual(Object.keys(reply).sort(), ["ev", "ok", "room", "seq", "ts"]);
    assert.equal(reply.room, room);
    assert.equal(reply.seq, 1);
    assert.ok(reply.ts >= before - 1000 && reply.ts <= Date.now() + 1000);
    for (const socket of [ana, bo]) {
        const event = await heard(socket, "event", (e) => e.kind === "message");
        assert.equal(event.room, room);
        assert.equal(event.ev, reply.ev);
        assert.equal(event.actor, ana.user.id);
        assert.equal(event.message.seq, 1);
        assert.equal(event.message.cid, id);
        assert.equal(event.message.text, "héllo\n\t\u{1F600}");
        assert.equal(event.message.from.id, ana.user.id);
        assert.equal(event.message.from.name, "ana");
        assert.equal(event.message.rev, 1);
        assert.equal(event.message.ts, reply.ts);
    }
    const second = await send(ana, room, "two", { reply_to: 1 });
    assert.deepEqual([second.seq, second.ev], [2, reply.ev + 1]);
    assert.equal((await heard(bo, "event", (e) => e.ev === second.ev)).message.reply_to, 1);
});

onBothStores("the same cid is the same message, for ever and for nobody to hear of twice", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    const id = cid();
    const first = await ok(ana, "send", { room, cid: id, text: "once" });
    const again = await ok(ana, "send", { room, cid: id, text: "once" });
    assert.deepEqual([again.seq, again.ev, again.dup], [first.seq, first.ev, true]);
    await refused(ana, "send", { room, cid: id, text: "twice" }, "cid_reused", "cid");
    await ok(bo, "send", { room, cid: id, text: "bo's own" });
    await settled(bo);
    assert.equal(of(bo, "event").filter((e) => e.kind === "message").length, 2);
});

onBothStores("an edit carries the revision it is of; a stale one gets the message as it is now", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    await send(ana, room, "helo");
    const reply = await ok(ana, "edit", { room, seq: 1, rev: 1, text: "hello" });
    assert.equal(reply.rev, 2);
    const event = await heard(bo, "event", (e) => e.kind === "edit");
    assert.equal(event.ev, reply.ev);
    assert.equal(event.message.text, "hello");
    assert.equal(event.message.rev, 2);
    assert.ok(event.message.edited_ts > 0);
    const stale = await refused(ana, "edit", { room, seq: 1, rev: 1, text: "hullo" }, "conflict", "rev");
    assert.equal(stale.message.text, "hello");
    assert.equal(stale.message.rev, 2);
    await refused(bo, "edit", { room, seq: 1, rev: 2, text: "mine" }, "forbidden");
});

onBothStores("a delete leaves a tombstone", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    await send(ana, room, "secret");
    await refused(bo, "delete", { room, seq: 1 }, "forbidden");
    const reply = await ok(ana, "delete", { room, seq: 1 });
    const event = await heard(bo, "event", (e) => e.kind === "delete");
    assert.equal(event.ev, reply.ev);
    assert.equal(event.message.deleted, true);
    assert.ok(!JSON.stringify(event).includes("secret"));
    const { messages } = await ok(bo, "history", { room });
    assert.equal(messages[0].deleted, true);
    assert.ok(!JSON.stringify(messages).includes("secret"));
    await ok(ana, "delete", { room, seq: 1 });
    await settled(bo);
    assert.equal(of(bo, "event").filter((e) => e.kind === "delete").length, 1);
});

onBothStores("reactions are a set", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    await send(ana, room, "nice");
    await ok(bo, "react", { room, seq: 1, emoji: "\u{1F44D}", on: true });
    await ok(bo, "react", { room, seq: 1, emoji: "\u{1F44D}", on: true });
    await ok(ana, "react", { room, seq: 1, emoji: "\u{1F44D}" });
    await settled(ana);
    const events = of(ana, "event").filter((e) => e.kind === "react");
    assert.equal(events.length, 2);
    assert.deepEqual(events[1].message.reactions, [{ emoji: "\u{1F44D}", users: [bo.user.id, ana.user.id] }]);
    await ok(bo, "react", { room, seq: 1, emoji: "\u{1F44D}", on: false });
    const last = await heard(ana, "event", (e) => e.ev === events[1].ev + 1);
    assert.deepEqual(last.message.reactions, [{ emoji: "\u{1F44D}", users: [ana.user.id] }]);
});

onBothStores("history, sync and search give back what was written", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    for (let i = 1; i <= 5; i++) await send(ana, room, `message number ${i}`);
    const latest = await ok(bo, "history", { room, limit: 2 });
    assert.deepEqual(latest.messages.map((m) => m.seq), [4, 5]);
    assert.deepEqual([latest.min_seq, latest.max_seq], [1, 5]);
    assert.deepEqual((await ok(bo, "history", { room, before: 4, limit: 2 })).messages.map((m) => m.seq), [2, 3]);
    assert.deepEqual((await ok(bo, "history", { room, after: 4 })).messages.map((m) => m.seq), [5]);
    assert.deepEqual((await ok(bo, "history", { room, around: 3, limit: 3 })).messages.map((m) => m.seq), [2, 3, 4]);
    const events = of(bo, "event").filter((e) => e.room === room);
    const cut = events.find((e) => e.message?.seq === 3).ev;
    const sync = await ok(bo, "sync", { room, after: cut });
    assert.deepEqual(sync.delta.map((e) => e.ev), [cut + 1, cut + 2]);
    assert.deepEqual(sync.delta[1].message.text, "message number 5");
    assert.equal(sync.ev, cut + 2);
    const hits = (await ok(bo, "search", { q: "umber 4", room })).hits;
    assert.deepEqual(hits.map((m) => m.seq), [4]);
    assert.deepEqual(hits[0].ranges, [[9, 16]]);
    await refused(bo, "history", { room, before: 1, after: 1 }, "invalid", "after");
});

onBothStores("a page of the longest messages is cut to what fits, at the far end", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    const text = "\u{1F600}".repeat(16000);
    const FIT = Math.floor((3 << 20) / (400 + 64000));
    for (let i = 0; i < FIT + 2; i++) await send(ana, room, text);
    const N = FIT + 2;
    const seqs = async (query) => (await ok(bo, "history", { room, limit: 100, ...query })).messages.map((m) => m.seq);
    const range = (low, n) => Array.from({ length: n }, (_, i) => low + i);
    assert.deepEqual(await seqs({}), range(N - FIT + 1, FIT));
    assert.deepEqual(await seqs({ before: N }), range(N - FIT, FIT));
    assert.deepEqual(await seqs({ after: 0 }), range(1, FIT));
    assert.deepEqual(await seqs({ after: 2 }), range(3, FIT), "what fits is whole");
    const around = await seqs({ around: 25 });
    assert.ok(around.includes(25) && around.length === FIT, `${around}`);
});

onBothStores("resume answers with all rooms, and what was missed where it was asked", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    const { ev } = await send(ana, room, "one");
    await send(ana, room, "two @bo");
    const first = await ok(bo, "resume", {});
    assert.equal(first.user.id, bo.user.id);
    assert.match(first.epoch, /\S/);
    assert.ok(Math.abs(first.now - Date.now()) < 60000, `the server's clock: ${first.now}`);
    const mine = first.rooms.find((r) => r.id === room);
    assert.deepEqual([mine.seq, mine.ev, mine.unread, mine.mentions, mine.joined], [2, ev + 1, 2, 1, true]);
    assert.equal(mine.delta ?? mine.reset, undefined);
    const known = await ok(bo, "resume", { epoch: first.epoch, rooms: { [room]: ev } });
    assert.deepEqual(known.rooms.find((r) => r.id === room).delta.map((e) => e.message.text), ["two @bo"]);
    const other = await ok(bo, "resume", { epoch: "another", rooms: { [room]: ev } });
    assert.deepEqual(other.rooms.find((r) => r.id === room).reset.messages.map((m) => m.text), ["one", "two @bo"]);
    const bare = await new Promise((resolve) => bo.emit("resume", resolve));
    assert.ok(bare.rooms.length >= 2, "resume without an argument");
});

onBothStores("read markers are the same on all devices", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    const second = await device(t, server, bo);
    for (const text of ["one", "two @bo", "three"]) await send(ana, room, text);
    const reply = await ok(bo, "read", { room, seq: 1 });
    assert.deepEqual([reply.read_seq, reply.unread, reply.mentions], [1, 2, 1]);
    const marks = { kind: "read", room, read_seq: 1, unread: 2, mentions: 1 };
    for (const socket of [bo, second]) assert.deepEqual(await heard(socket, "me", (m) => m.kind === "read"), marks);
    assert.equal((await ok(second, "read", { room, seq: 3 })).unread, 0);
    assert.equal((await ok(bo, "read", { room, seq: 2 })).read_seq, 3, "a marker does not go back");
    assert.equal((await ok(bo, "read", { room, seq: 2, on: true })).unread, 1, "unless it is told to");
    for (const socket of [bo, second]) await heard(socket, "me", (m) => m.kind === "read" && m.read_seq === 2 && m.on === true);
    await unheard(ana, "me", (m) => m.kind === "read");
});

const GOOD = (room) => ({
    send: { room, cid: cid(), text: "x" },
    edit: { room, seq: 1, rev: 1, text: "x" },
    delete: { room, seq: 1 },
    react: { room, seq: 1, emoji: "x" },
    history: { room },
    sync: { room, after: 0 },
    read: { room, seq: 0 },
    notify: { room, notify: "all" },
    typing: { room },
    "room.create": { name: "new", kind: "public" },
    "room.join": { room },
    "room.leave": { room },
    "room.invite": { room },
    "room.invites": { room },
    "room.revoke": { room, invite_id: 1 },
    "room.kick": { room, user: 1 },
    "room.ban": { room, user: 1 },
    "room.mute": { room, user: 1 },
    "room.role": { room, user: 1, role: "mod" },
    "room.update": { room, topic: "x" },
    "room.bans": { room },
    report: { room, seq: 1, reason: "x" },
    reports: { room },
    "report.close": { room, report_id: 1, outcome: "handled" },
    "room.members": { room },
    dm: { user: 1 },
    users: { q: "a" },
    search: { q: "abc" },
    auth: { token: "x" },
});

onBothStores("every request names the field that is missing or of the wrong type, and the socket stays", async (t, server) => {
    const { ana, room } = await pair(t, server);
    const optional = { "room.update": ["topic"], "room.invite": [], history: [] };
    for (const [event, good] of Object.entries(GOOD(room))) {
        for (const field of Object.keys(good)) {
            const without = { ...good };
            delete without[field];
            if (!(optional[event] ?? []).includes(field)) await refused(ana, event, without, "invalid", field);
            await refused(ana, event, { ...good, [field]: { not: "this" } }, "invalid", field);
        }
        for (const payload of [[], "text", 7, null, [good]]) await refused(ana, event, payload, "invalid");
    }
    for (const event of ["presence", "profile", "resume", "rooms"]) await refused(ana, event, "text", "invalid");
    await refused(ana, "presence", { state: "offline" }, "invalid", "state");
    await refused(ana, "presence", { watch: Array.from({ length: 201 }, (_, i) => i + 1) }, "invalid", "watch");
    assert.equal(ana.connected, true);
});

onBothStores("texts are counted in characters: 16000 are a message, 16001 are not", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    const longest = "\u{1F600}".repeat(16000);
    await ok(ana, "send", { room, cid: cid(), text: longest });
    assert.equal((await heard(bo, "event", (e) => e.kind === "message")).message.text, longest);
    await refused(ana, "send", { room, cid: cid(), text: `${longest}x` }, "invalid", "text");
    await refused(ana, "send", { room, cid: cid(), text: "" }, "invalid", "text");
    await refused(ana, "send", { room, cid: "abc", text: "x" }, "invalid", "cid");
    await refused(ana, "send", { room, cid: cid(), text: "a\u0000b" }, "invalid", "text");
});

onBothStores("an event nobody knows is refused, and the socket stays", async (t, server) => {
    const { ana } = await pair(t, server);
    for (const event of ["nonsense", "message", "event", "me", "bye"]) await refused(ana, event, {}, "invalid", "event");
    ana.emit("nonsense", {});
    await settled(ana);
    assert.equal(ana.connected, true);
});

onBothStores("who does not ask for an answer is heard all the same", async (t, server) => {
    const { ana, bo, room } = await pair(t, server);
    ana.emit("send", { room, cid: cid(), text: "no answer, please" });
    await heard(bo, "event", (e) => e.message?.text === "no answer, please");
    ana.emit("send", { room, cid: cid() });
    await settled(ana);
    assert.equal(ana.connected, true);
});

onBothStores("more arguments than one are no fault, nor are unknown members", async (t, server) => {
    const { ana, room } = await pair(t, server);
    const reply = await new Promise((resolve) => ana.emit("send", { room, cid: cid(), text: "x", future: [1] }, "more", resolve));
    assert.equal(reply.ok, true);
    assert.equal((await ask(ana, "send", { room, cid: cid(), text: "x", files: [1] })).error.field, "files");
});
