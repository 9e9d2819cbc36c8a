// Rooms on /chat, live: who is let in hears from then on, who goes or is thrown out hears no more, on all devices at once.
// tincan-test: reactors=1,4 tsan=long timeout=240
import assert from "node:assert/strict";
import { ask, cid, createRoom, createUser, chatSocket, device, heard, of, ok, person, refused, send, settled, onBothStores, unheard } from "./chat_lib.mjs";

async function three(t, server) {
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const cy = await person(t, server, "cy");
    return { ana, bo, cy };
}

onBothStores("whoever makes a room is in it, with all devices, and owns it", async (t, server) => {
    const { ana, bo } = await three(t, server);
    const phone = await device(t, server, ana);
    const room = await createRoom(ana, "ops");
    assert.deepEqual([room.name, room.kind, room.joined, room.room_role, room.members], ["ops", "public", true, "owner", 1]);
    assert.equal((await heard(phone, "me", (m) => m.kind === "room")).room.id, room.id);
    await send(phone, room.id, "from the phone");
    await heard(ana, "event", (e) => e.message?.text === "from the phone");
    await heard(phone, "event", (e) => e.message?.text === "from the phone");
    await unheard(bo, "event", (e) => e.room === room.id);
    await refused(bo, "room.create", { name: "ops", kind: "public" }, "taken", "name");
});

onBothStores("joining and leaving, by id and by name; twice is fine", async (t, server) => {
    const { ana, bo } = await three(t, server);
    const phone = await device(t, server, bo);
    const room = await createRoom(ana, "ops");
    assert.equal((await ok(bo, "room.join", { room: "ops" })).room.id, room.id);
    for (const socket of [ana, bo, phone]) {
        await heard(socket, "event", (e) => e.room === room.id && e.change === "join" && e.user.id === bo.user.id);
    }
    await heard(phone, "me", (m) => m.kind === "room" && m.room.id === room.id);
    await ok(bo, "room.join", { room: room.id });
    await send(ana, room.id, "welcome");
    await heard(phone, "event", (e) => e.message?.text === "welcome");
    await ok(phone, "room.leave", { room: room.id });
    await heard(ana, "event", (e) => e.change === "leave" && e.user.id === bo.user.id);
    for (const socket of [bo, phone]) assert.equal((await heard(socket, "me", (m) => m.kind === "left")).room, room.id);
    await send(ana, room.id, "gone");
    await heard(ana, "event", (e) => e.message?.text === "gone");
    for (const socket of [bo, phone]) {
        await unheard(socket, "event", (e) => e.message?.text === "gone" || e.change === "leave");
        assert.equal(of(socket, "event").filter((e) => e.room === room.id && e.change === "join" && e.user.id === bo.user.id).length, 1);
    }
    await ok(bo, "room.leave", { room: room.id });
    await refused(bo, "send", { room: room.id, cid: cid(), text: "x" }, "forbidden");
});

onBothStores("a private room is not there for others; who is added hears from then on", async (t, server) => {
    const { ana, bo, cy } = await three(t, server);
    const room = await createRoom(ana, "den", "private");
    for (const [event, more] of [["room.join", {}], ["history", {}], ["sync", { after: 0 }], ["room.members", {}], ["typing", {}],
        ["send", { cid: cid(), text: "x" }], ["read", { seq: 0 }], ["room.kick", { user: ana.user.id }], ["room.invites", {}],
        ["room.update", { topic: "x" }], ["room.leave", {}], ["edit", { seq: 1, rev: 1, text: "x" }], ["room.invite", { user: bo.user.id }]]) {
        await refused(bo, event, { room: room.id, ...more }, "not_found");
    }
    await send(ana, room.id, "before");
    assert.equal((await ok(ana, "room.invite", { room: room.id, user: "bo" })).user.id, bo.user.id);
    const told = await heard(bo, "me", (m) => m.kind === "room" && m.room.id === room.id);
    assert.deepEqual([told.room.joined, told.room.seq, told.room.unread], [true, 1, 0]);
    await send(ana, room.id, "after");
    await heard(bo, "event", (e) => e.message?.text === "after");
    await unheard(cy, "event", (e) => e.room === room.id);
    assert.ok(!(await ok(cy, "rooms", { limit: 100 })).rooms.some((r) => r.id === room.id));
    assert.ok((await ok(bo, "rooms", { limit: 100 })).rooms.some((r) => r.id === room.id));
});

onBothStores("an invite is a link that lets in as often as it says", async (t, server) => {
    const { ana, bo, cy } = await three(t, server);
    const room = await createRoom(ana, "den", "private");
    const { invite } = await ok(ana, "room.invite", { room: room.id, uses: 1, seconds: 3600 });
    assert.match(invite.token, /^[A-Za-z0-9_-]{43}$/);
    assert.equal(invite.path, `/#/invite/${invite.token}`);
    assert.equal(invite.uses, 1);
    assert.ok(Math.abs(invite.expires - Date.now() - 3600000) < 60000);
    await refused(bo, "room.join", { room: room.id, invite: "wrong" }, "not_found");
    await ok(bo, "room.join", { room: room.id, invite: invite.token });
    await refused(cy, "room.join", { room: room.id, invite: invite.token }, "not_found");
    const second = (await ok(ana, "room.invite", { room: room.id })).invite;
    const { invites } = await ok(ana, "room.invites", { room: room.id });
    const row = invites.find((i) => i.id === second.id);
    assert.equal(row.by, ana.user.id);
    assert.equal(row.token, undefined, "the token is shown once only");
    await refused(bo, "room.invites", { room: room.id }, "forbidden");
    await ok(ana, "room.revoke", { room: room.id, invite_id: second.id });
    await refused(cy, "room.join", { room: room.id, invite: second.token }, "not_found");
});

onBothStores("who is kicked is out on all devices before the others hear of it, and may come back", async (t, server) => {
    const { ana, bo, cy } = await three(t, server);
    const phone = await device(t, server, bo);
    const room = await createRoom(ana, "ops");
    for (const socket of [bo, cy]) await ok(socket, "room.join", { room: room.id });
    await refused(bo, "room.kick", { room: room.id, user: cy.user.id }, "forbidden");
    await ok(ana, "room.kick", { room: room.id, user: "bo" });
    await send(ana, room.id, "behind the back");
    await heard(cy, "event", (e) => e.change === "kick" && e.user.id === bo.user.id);
    await heard(cy, "event", (e) => e.message?.text === "behind the back");
    for (const socket of [bo, phone]) {
        assert.deepEqual(await heard(socket, "me", (m) => m.kind === "left"), { kind: "left", room: room.id, change: "kick" });
        await unheard(socket, "event", (e) => e.change === "kick" || e.message);
    }
    await ok(bo, "room.join", { room: room.id });
    await send(ana, room.id, "again");
    await heard(phone, "event", (e) => e.message?.text === "again");
});

onBothStores("who is banned stays out until it is lifted", async (t, server) => {
    const { ana, bo, cy } = await three(t, server);
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    await ok(ana, "room.ban", { room: room.id, user: bo.user.id });
    assert.equal((await heard(bo, "me", (m) => m.kind === "left")).change, "ban");
    await unheard(bo, "event", (e) => e.change === "ban");
    await refused(bo, "room.join", { room: room.id }, "banned");
    await refused(bo, "history", { room: room.id }, "banned");
    await refused(bo, "send", { room: room.id, cid: cid(), text: "x" }, "banned");
    await ok(ana, "room.ban", { room: room.id, user: cy.user.id }); // never was a member
    await refused(cy, "room.join", { room: room.id }, "banned");
    await ok(ana, "room.ban", { room: room.id, user: bo.user.id, on: false });
    await ok(bo, "room.join", { room: room.id });
});

onBothStores("who is muted reads, and neither writes nor seems to", async (t, server) => {
    const { ana, bo } = await three(t, server);
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    await ok(ana, "room.mute", { room: room.id, user: bo.user.id, seconds: 3600 });
    const event = await heard(bo, "event", (e) => e.change === "mute");
    assert.equal(event.user.id, bo.user.id);
    assert.ok(event.until > Date.now());
    await refused(bo, "send", { room: room.id, cid: cid(), text: "x" }, "muted");
    await refused(bo, "typing", { room: room.id, on: true }, "muted");
    await send(ana, room.id, "for all");
    await heard(bo, "event", (e) => e.message?.text === "for all");
    await unheard(ana, "typing");
    await ok(ana, "room.mute", { room: room.id, user: bo.user.id, on: false });
    await send(bo, room.id, "at last");
});

onBothStores("roles, names and topics are changed for everybody to see", async (t, server) => {
    const { ana, bo, cy } = await three(t, server);
    const room = await createRoom(ana, "ops");
    for (const socket of [bo, cy]) await ok(socket, "room.join", { room: room.id });
    await refused(bo, "room.update", { room: room.id, topic: "mine" }, "forbidden");
    await ok(ana, "room.role", { room: room.id, user: bo.user.id, role: "admin" });
    assert.equal((await heard(cy, "event", (e) => e.change === "role")).role, "admin");
    assert.equal((await ok(bo, "room.update", { room: room.id, topic: "ours", name: "operations" })).room.topic, "ours");
    const { state } = await heard(cy, "event", (e) => e.kind === "room" && e.state?.topic === "ours");
    assert.deepEqual([state.id, state.name], [room.id, "operations"]);
    const { members } = await ok(cy, "room.members", { room: room.id });
    assert.deepEqual(members.map((m) => [m.name, m.room_role, m.presence]),
        [["ana", "owner", "online"], ["bo", "admin", "online"], ["cy", "member", "online"]]);
    assert.equal((await ok(bo, "room.update", { room: room.id, slow: 3600 })).room.slow, 3600);
    assert.equal((await heard(cy, "event", (e) => e.state?.slow)).state.slow, 3600);
    const first = { room: room.id, cid: cid(), text: "one" };
    await ok(cy, "send", first);
    assert.equal((await ok(cy, "send", first)).dup, true);
    const { error } = await ask(cy, "send", { room: room.id, cid: cid(), text: "two" });
    assert.deepEqual([error.code, error.field, error.retry], ["slow", "room", "same"]);
    assert.ok(error.retry_after_ms > 3500_000 && error.retry_after_ms <= 3600_000, error.retry_after_ms);
    await ok(bo, "send", { room: room.id, cid: cid(), text: "one" });
    await ok(bo, "send", { room: room.id, cid: cid(), text: "two" });
    await ok(ana, "room.update", { room: room.id, slow: 0 });
    await ok(cy, "send", { room: room.id, cid: cid(), text: "two" });
    await ok(ana, "room.update", { room: room.id, archived: true });
    await refused(cy, "send", { room: room.id, cid: cid(), text: "x" }, "archived");
    await refused(cy, "typing", { room: room.id }, "archived");
});

onBothStores("a last owner who leaves hands over first", async (t, server) => {
    const { ana, bo } = await three(t, server);
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    await ok(ana, "room.leave", { room: room.id });
    const left = await heard(bo, "event", (e) => e.room === room.id && e.change === "leave");
    const role = await heard(bo, "event", (e) => e.room === room.id && e.change === "role");
    assert.deepEqual([role.user.id, role.role, left.user.id], [bo.user.id, "owner", ana.user.id]);
    const evs = of(bo, "event").filter((e) => e.room === room.id).map((e) => e.ev);
    assert.deepEqual(evs, evs.map((_, i) => evs[0] + i), "each event once, in order");
    await ok(bo, "room.update", { room: room.id, topic: "mine" });
});

onBothStores("a dm is one room for two, opened by either, heard by both at once", async (t, server) => {
    const { ana, bo, cy } = await three(t, server);
    const phone = await device(t, server, bo);
    const { room } = await ok(ana, "dm", { user: "bo" });
    assert.deepEqual([room.kind, room.with.id, room.joined], ["dm", bo.user.id, true]);
    for (const socket of [bo, phone]) {
        const told = await heard(socket, "me", (m) => m.kind === "room" && m.room.id === room.id);
        assert.deepEqual([told.room.with.id, told.room.unread], [ana.user.id, 0]);
    }
    assert.equal((await ok(bo, "dm", { user: ana.user.id })).room.id, room.id);
    await send(phone, room.id, "psst");
    await heard(ana, "event", (e) => e.message?.text === "psst");
    await heard(bo, "event", (e) => e.message?.text === "psst");
    await unheard(cy, "event", (e) => e.room === room.id);
    await refused(cy, "history", { room: room.id }, "not_found");
    await refused(ana, "dm", { user: "nobody" }, "not_found", "user");
    await refused(ana, "dm", { user: ana.user.id }, "invalid", "user");
});

onBothStores("who is blocked opens no dm and sends nothing in one, and is told no more than that", async (t, server) => {
    const { ana, bo } = await three(t, server);
    const phone = await device(t, server, bo);
    const { room } = await ok(ana, "dm", { user: "bo" });
    await send(ana, room.id, "before");
    assert.deepEqual((await ok(bo, "block", { user: "ana" })).on, true);
    const told = await heard(phone, "me", (m) => m.kind === "block");
    assert.deepEqual([told.user.id, told.on], [ana.user.id, true]);
    assert.deepEqual((await ok(phone, "blocks", {})).users.map((u) => u.name), ["ana"]);
    assert.deepEqual((await ok(phone, "resume", {})).blocked.map((u) => u.name), ["ana"]);
    await refused(ana, "send", { room: room.id, cid: cid(), text: "x" }, "forbidden", "room");
    await refused(ana, "typing", { room: room.id }, "forbidden", "room");
    await refused(ana, "dm", { user: "bo" }, "forbidden");
    await unheard(ana, "me", (m) => m.kind === "block");
    await refused(bo, "block", { user: "bo" }, "invalid", "user");
    await ok(bo, "block", { user: ana.user.id, on: false });
    await send(ana, room.id, "after");
    await heard(phone, "event", (e) => e.message?.text === "after");
});

onBothStores("a dm that was left comes back to whoever left it, with what is unread there", async (t, server) => {
    const { ana, bo } = await three(t, server);
    const { room } = await ok(ana, "dm", { user: "bo" });
    await send(ana, room.id, "one");
    await ok(bo, "room.leave", { room: room.id });
    await heard(bo, "me", (m) => m.kind === "left");
    await send(ana, room.id, "two");
    bo.events.length = 0;
    await ok(ana, "dm", { user: "bo" });
    const told = await heard(bo, "me", (m) => m.kind === "room" && m.room.id === room.id);
    assert.deepEqual([told.room.with.id, told.room.joined, told.room.unread], [ana.user.id, true, 2]);
    await send(ana, room.id, "three");
    await heard(bo, "event", (e) => e.message?.text === "three");
    await unheard(bo, "event", (e) => e.message?.text === "two");
});

onBothStores("people are found by parts of their names, and say who they are", async (t, server) => {
    const { ana, bo } = await three(t, server);
    const phone = await device(t, server, ana);
    const { user } = await ok(ana, "profile", { display: "Ana Lucía", status: "out for lunch" });
    assert.deepEqual([user.display, user.status], ["Ana Lucía", "out for lunch"]);
    assert.equal((await heard(phone, "me", (m) => m.kind === "profile")).user.status, "out for lunch");
    assert.deepEqual((await ok(bo, "users", { q: "lucí" })).users.map((u) => u.name), ["ana"]);
    await refused(bo, "profile", { name: "ana" }, "taken", "name");
    const bio = "😀".repeat(500);
    await ok(ana, "profile", { bio, zone: "asia/tokyo" });
    const told = (await heard(bo, "profile", (p) => p.user.id === user.id && p.user.bio)).user;
    assert.deepEqual([told.bio, told.zone], [bio, "Asia/Tokyo"]);
    const asked = await ok(bo, "user", { user: "ana" });
    assert.deepEqual(asked.user, told);
    assert.deepEqual(asked.presence, { id: user.id, state: "online" });
    assert.deepEqual(Object.keys((await ok(bo, "users", { q: "lucí" })).users[0]), ["id", "name", "display", "status", "role"]);
    await refused(ana, "profile", { bio: `${bio}x` }, "invalid", "bio");
    await refused(ana, "profile", { zone: "Mars/Olympus" }, "invalid", "zone");
    await refused(ana, "user", { user: 9999 }, "not_found", "user");
    assert.equal((await ok(ana, "resume", {})).user.zone, "Asia/Tokyo");
});

onBothStores("notifications are set for all devices", async (t, server) => {
    const { ana } = await three(t, server);
    const phone = await device(t, server, ana);
    const room = await createRoom(ana, "ops");
    assert.equal((await ok(ana, "notify", { room: room.id, notify: "none" })).room.muted, true);
    const told = await heard(phone, "me", (m) => m.kind === "room" && m.room.notify === "none");
    assert.equal(told.room.id, room.id);
});

onBothStores("both transports hear the same", async (t, server) => {
    const ana = await person(t, server, "ana", { socket: { transports: ["websocket"] } });
    const bo = await person(t, server, "bo", { socket: { transports: ["polling"] } });
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    await send(bo, room.id, "by polling");
    await send(ana, room.id, "by WebSocket");
    for (const socket of [ana, bo]) {
        await heard(socket, "event", (e) => e.message?.text === "by WebSocket");
        const texts = of(socket, "event").filter((e) => e.kind === "message").map((e) => e.message.text);
        assert.deepEqual(texts, ["by polling", "by WebSocket"]);
    }
    await ok(ana, "room.kick", { room: room.id, user: bo.user.id });
    await send(ana, room.id, "alone");
    await heard(bo, "me", (m) => m.kind === "left");
    await unheard(bo, "event", (e) => e.message?.text === "alone");
});

onBothStores("rooms are those one may find, page by page", async (t, server) => {
    const { ana, bo } = await three(t, server);
    for (const name of ["aa-one", "aa-two", "aa-three"]) await createRoom(ana, name);
    const found = (await ok(bo, "rooms", { q: "aa-" })).rooms.map((r) => r.name);
    assert.deepEqual(found.sort(), ["aa-one", "aa-three", "aa-two"]);
    const first = (await ok(bo, "rooms", { limit: 2 })).rooms;
    const next = (await ok(bo, "rooms", { limit: 100, after: Math.max(...first.map((r) => r.id)) })).rooms;
    assert.equal(first.length, 2);
    assert.ok(next.length >= 2 && !next.some((r) => first.some((f) => f.id === r.id)));
});

onBothStores("guests chat, but make no rooms", async (t, server) => {
    const { ana } = await three(t, server);
    const guest = await createUser(server, "visitor", { guest: true });
    const socket = Object.assign(await chatSocket(t, server, guest), { user: guest });
    const lobby = (await ok(socket, "resume", {})).rooms.find((r) => r.name === "lobby");
    await send(socket, lobby.id, "hello from outside");
    await heard(ana, "event", (e) => e.message?.text === "hello from outside");
    await refused(socket, "room.create", { name: "mine", kind: "public" }, "forbidden");
    await settled(ana);
});

onBothStores("what is reported is told to who moderates the room, and closed by them", async (t, server) => {
    const { ana, bo, cy } = await three(t, server);
    const room = await createRoom(ana, "ops");
    for (const socket of [bo, cy]) await ok(socket, "room.join", { room: room.id });
    await ok(ana, "room.role", { room: room.id, user: cy.user.id, role: "mod" });
    const { seq } = await send(bo, room.id, "something bad");
    const mine = await send(cy, room.id, "of who moderates");
    await ok(ana, "report", { room: room.id, seq, reason: "it is rude\r\nreally" });
    assert.equal((await ok(ana, "report", { room: room.id, seq, reason: "again" })).dup, true);
    await ok(bo, "report", { room: room.id, seq: mine.seq, reason: "this, too" });
    const toldReports = (open) => (m) => m.kind === "reports" && m.room === room.id && m.open === open;
    assert.deepEqual(await heard(ana, "me", toldReports(2)), { kind: "reports", room: room.id, open: 2 });
    await heard(cy, "me", toldReports(1));
    const { reports, open } = await ok(ana, "reports", { room: room.id });
    assert.equal(open, 2);
    assert.deepEqual(reports.map((one) => [one.seq, one.text, one.reason, one.from.id, one.by.id]), [
        [seq, "something bad", "it is rude\nreally", bo.user.id, ana.user.id],
        [mine.seq, "of who moderates", "this, too", cy.user.id, bo.user.id],
    ]);
    assert.deepEqual((await ok(ana, "reports", { room: room.id, after: reports[0].id })).reports, reports.slice(1));
    // Who is reported learns nothing of it, whatever he is there.
    const hers = await ok(cy, "reports", { room: room.id });
    assert.deepEqual([hers.open, hers.reports], [1, reports.slice(0, 1)]);
    await unheard(cy, "me", toldReports(2));
    await refused(cy, "report.close", { room: room.id, report_id: reports[1].id, outcome: "dismissed" }, "not_found", "report_id");
    await ok(ana, "report.close", { room: room.id, report_id: reports[1].id, outcome: "handled" });
    await heard(ana, "me", toldReports(1));
    await ok(cy, "delete", { room: room.id, seq });
    for (const socket of [ana, cy]) await heard(socket, "me", toldReports(0));
    assert.deepEqual((await ok(ana, "reports", { room: room.id })).reports, []);
    await unheard(bo, "me", (m) => m.kind === "reports");
    await refused(bo, "reports", { room: room.id }, "forbidden", "room");
});
