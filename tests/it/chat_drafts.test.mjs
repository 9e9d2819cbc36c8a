// Drafts on /chat: what is written on one device is on the others of the same person, and nowhere else.
// tincan-test: reactors=1,4 timeout=120
import assert from "node:assert/strict";
import { createRoom, device, heard, ok, person, refused, onBothStores, unheard } from "./chat_lib.mjs";

const TEXT_CHARS_MAX = 16000;

onBothStores("a draft is on all devices of its writer, guests too, and the last one wins", async (t, server) => {
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const phone = await device(t, server, ana);
    const room = await createRoom(ana, "ops");
    await ok(bo, "room.join", { room: room.id });
    const none = await ok(phone, "draft", { room: room.id });
    assert.deepEqual([none.rev, none.text, none.reply_to], [0, "", undefined]);
    const first = await ok(ana, "draft", { room: room.id, text: "half a\r\nsentence", reply_to: 7 });
    assert.deepEqual([first.rev, first.text, first.reply_to], [1, "half a\nsentence", 7]);
    assert.deepEqual(await heard(phone, "me", (m) => m.kind === "draft"), { kind: "draft", room: room.id, rev: 1, text: "half a\nsentence", reply_to: 7 });
    assert.equal((await ok(phone, "draft", { room: room.id, text: "another" })).rev, 2);
    assert.equal((await heard(ana, "me", (m) => m.kind === "draft" && m.rev === 2)).text, "another");
    // Who comes later asks for it.
    const tablet = await device(t, server, ana);
    assert.equal((await ok(tablet, "draft", { room: room.id })).text, "another");
    await ok(ana, "draft", { room: room.id, text: "" });
    assert.equal((await heard(phone, "me", (m) => m.kind === "draft" && m.rev === 3)).text, "");
    // What was not seen is not overwritten by who says what he has seen.
    await ok(phone, "draft", { room: room.id, text: "on the phone", rev: 3 });
    await refused(ana, "draft", { room: room.id, text: "on the desk", rev: 3 }, "conflict", "rev");
    assert.equal((await ok(ana, "draft", { room: room.id, text: "on the desk", rev: 4 })).rev, 5);
    // Nobody else hears of it, or has it.
    await unheard(bo, "me", (m) => m.kind === "draft");
    assert.equal((await ok(bo, "draft", { room: room.id })).rev, 0);
});

onBothStores("a draft is as long as a message, and for members only", async (t, server) => {
    const ana = await person(t, server, "ana");
    const bo = await person(t, server, "bo");
    const room = await createRoom(ana, "den", "private");
    assert.equal((await ok(ana, "draft", { room: room.id, text: "é".repeat(TEXT_CHARS_MAX) })).text.length, TEXT_CHARS_MAX);
    await refused(ana, "draft", { room: room.id, text: "é".repeat(TEXT_CHARS_MAX + 1) }, "invalid", "text");
    await refused(ana, "draft", { text: "x" }, "invalid", "room");
    await refused(bo, "draft", { room: room.id, text: "x" }, "not_found", "room");
    await refused(bo, "draft", { room: room.id }, "not_found", "room");
    await ok(ana, "room.invite", { room: room.id, user: bo.user.id });
    await ok(bo, "draft", { room: room.id, text: "soon gone" });
    await ok(ana, "room.kick", { room: room.id, user: bo.user.id });
    await refused(bo, "draft", { room: room.id }, "not_found", "room");
    await ok(ana, "room.invite", { room: room.id, user: bo.user.id });
    assert.equal((await ok(bo, "draft", { room: room.id })).text, "");
});
